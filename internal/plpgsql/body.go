// Package plpgsql reads the structure of a function in PL/pgSQL, to find the SQL
// that it runs: every expression, query and type in it, as Postgres would cut them
// out of the text (pl_gram.y and pl_scanner.c, PostgreSQL 14 to 18). What the SQL
// may do is not its business.
//
// It knows the statements of the language and refuses the rest, a text that is not
// surely read as Postgres reads it, and SQL that is put together at run time.
package plpgsql

import (
	"fmt"
	"strings"
)

// Kind says what a Fragment is.
type Kind byte

// The kinds of fragments.
const (
	// Expression is a SELECT of the expression, and of whatever else the text has
	// behind it: Postgres lets one go on with FROM and so on. It must be one SELECT.
	Expression Kind = iota + 1
	// Query is a statement of SQL, without its INTO clause. It must be one statement.
	Query
	// Type is a SELECT of NULL, cast to the type of a variable.
	Type
	// UnnamedType has no text: it stands for a type that is a column's or another
	// variable's, as with %TYPE, %ROWTYPE and the field of a record that is assigned.
	UnnamedType
)

// Fragment is a piece of SQL in a body.
type Fragment struct {
	Kind Kind
	// SQL is a text to parse, empty for UnnamedType.
	SQL string
	// Line is where it begins in the body, from 1.
	Line int
}

// Body is what Read finds.
type Body struct {
	// Fragments are in the order of the text.
	Fragments []Fragment
	// Names are those of arguments, variables and labels, of all blocks together:
	// in front of a dot they stand for a variable, where no table goes by them.
	Names map[string]bool
}

// Error is why a body is not read. Its text holds nothing of the body.
type Error struct {
	Line   int
	Reason string
	// Dynamic tells of SQL that is put together at run time.
	Dynamic bool
}

// Error gives the line and the reason.
func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

const (
	// maxNesting bounds how deep blocks, loops and conditions may be nested, and
	// maxFragments how much SQL there may be, since each piece is parsed by itself.
	maxNesting   = 64
	maxFragments = 5000
	// maxName is NAMEDATALEN - 1: Postgres cuts names to it.
	maxName = 63
)

// Read reads the body of a function with that name and those names of arguments,
// of which some may be empty. The source must be valid UTF-8, and comments in it
// nested so little that the scanner of the parser can take it. The error is an *Error.
func Read(source, function string, arguments []string) (*Body, error) {
	r := &reader{source: source, names: map[string]bool{function: true, "found": true}, cursors: make(map[string]bool)}
	for _, name := range arguments {
		if name != "" {
			r.names[name] = true
		}
	}
	if !r.scan() {
		return nil, &Error{Line: 1, Reason: "the text cannot be split into words"}
	}
	r.options()
	r.block()
	r.accept(";")
	if r.peek().kind != endToken {
		r.fail("there is text behind the end, or a statement that is not known")
	}
	if r.err != nil {
		return nil, r.err
	}
	return &Body{r.fragments, r.names}, nil
}

// reader goes through a body. After the first error it is at the end of the text.
type reader struct {
	source string
	tokens []token
	pos    int
	// names are all that have been declared so far, cursors those that are bound
	// to a query. Scopes do not matter: a name that is gone makes Postgres refuse
	// what is read here with it.
	names, cursors map[string]bool
	fragments      []Fragment
	depth          int
	err            *Error
	// lines is how many end before counted, an offset.
	lines, counted int
}

func (r *reader) fail(reason string) {
	if r.err == nil {
		r.err = &Error{Line: r.line(r.peek().start), Reason: reason}
	}
	r.pos = len(r.tokens) - 1
}

func (r *reader) dynamic() {
	if r.err == nil {
		r.fail("EXECUTE runs SQL that is put together at run time")
		r.err.Dynamic = true
	}
}

// line gives the line of an offset, from 1.
func (r *reader) line(offset int) int {
	if offset < r.counted {
		return 1 + r.lines - strings.Count(r.source[offset:r.counted], "\n")
	}
	r.lines += strings.Count(r.source[r.counted:offset], "\n")
	r.counted = offset
	return 1 + r.lines
}

func (r *reader) add(kind Kind, sql string, offset int) {
	if r.err != nil {
		return
	}
	if len(r.fragments) >= maxFragments {
		r.fail("it holds too many expressions and statements")
		return
	}
	r.fragments = append(r.fragments, Fragment{kind, sql, r.line(offset)})
}

// options reads the lines in front that begin with #. Which of a column and a
// variable a name means does not matter here. #option dump writes to the server's log,
// and so is none of them.
func (r *reader) options() {
	for r.accept("#") {
		switch {
		case r.accept("print_strict_params"):
			r.oneOf("on", "off")
		case r.accept("variable_conflict"):
			r.oneOf("error", "use_variable", "use_column")
		default:
			r.fail("it has an option that is not known")
		}
	}
}

// block reads [<<label>>] [DECLARE …] BEGIN … [EXCEPTION …] END [label].
func (r *reader) block() {
	r.label()
	r.unlabelled()
}

func (r *reader) unlabelled() {
	if r.depth++; r.depth > maxNesting {
		r.fail("it is nested too deeply")
	}
	defer func() { r.depth-- }()
	if r.accept("declare") {
		r.declarations()
	}
	r.expect("begin")
	r.statements()
	if r.accept("exception") {
		r.handlers()
	}
	r.expect("end")
	r.optionalName()
}

// handlers reads WHEN condition [OR condition …] THEN statements, once or more.
func (r *reader) handlers() {
	for more := true; more && r.err == nil; more = r.peek().is("when") {
		r.expect("when")
		r.condition()
		for r.accept("or") {
			r.condition()
		}
		r.expect("then")
		r.statements()
	}
}

func (r *reader) condition() {
	if r.name() == "sqlstate" {
		r.expectString()
	}
}

// label reads <<name>>, if it is there.
func (r *reader) label() {
	if r.accept("<<") {
		r.declare(r.name())
		r.expect(">>")
	}
}

func (r *reader) declare(name string) { r.names[name] = true }
