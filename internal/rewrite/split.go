package rewrite

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Script is a text of several statements, as a file or a person gives it, split
// for checking each. The proxy never uses it: it decides about whole texts, as
// they reach the server.
type Script struct {
	Statements []Statement
	// Comments are the comments that begin with --, in the order of the text.
	Comments []Comment
}

// Statement is one statement of a Script.
type Statement struct {
	// Text is the statement without its semicolon, for Check. It is as long as
	// what stands in the script: what belongs to psql or sqlc is blanked out or
	// replaced in place, so that lines and columns stay right.
	Text string
	// Line and Column are where it begins, from 1; columns are characters.
	Line, Column int
	// EndLine is the line of its semicolon, or else of its last character.
	EndLine int
}

// Comment is one comment from -- to the end of its line.
type Comment struct {
	Text         string
	Line, Column int
	// Statement is the index of the statement on whose lines the comment stands,
	// or that begins below it with nothing but comments in between; -1 if
	// there is none.
	Statement int
}

// Split splits a script at its top-level semicolons, as psql does: not at those
// in brackets, as in CREATE RULE, nor between BEGIN ATOMIC and its END. It works
// in linear time on any input; what does not parse is for Check to refuse.
//
// Of psql it understands meta-commands, which are left out (those that send
// the query, such as \g and \gexec, end a statement), the data below COPY …
// FROM STDIN up to \., and :name and :'name', which become the parameter $1, and
// :"name", which becomes a quoted name. Of sqlc it understands sqlc.arg(…),
// narg, slice and embed, which become $1, too. A byte order mark in front is
// skipped.
func Split(script string) Script {
	s := splitter{lex: lexer{sql: script}, text: []byte(script), line: 1, first: -1}
	if strings.HasPrefix(script, "\ufeff") {
		s.lex.pos, s.at, s.last = len("\ufeff"), len("\ufeff"), len("\ufeff")
	}
	for s.step() {
	}
	return s.script
}

// splitter goes through a script token by token.
type splitter struct {
	lex lexer
	// text is the script with replacements, byte for byte in place.
	text   []byte
	script Script

	// line and column (from 0) are those of the byte at.
	at, line, column int

	// first is where the statement began, -1 between statements; last is where
	// the last token of the script ended.
	first, last int
	start       Statement
	// pending are the comments since the last statement, indexes in
	// script.Comments; pendingEnd is where each ended.
	pending, pendingEnd []int

	// brackets counts those that are open, atomic the levels of BEGIN ATOMIC …
	// END and of CASE … END in it.
	brackets, atomic int
	// word is the last token if it was a word, in lower case.
	word string
	// copies counts how far the statement is on its way to be COPY … FROM STDIN.
	copies int
	// noData tells that no line in the rest ends the data of a COPY.
	noData bool
}

// step reads one token; false at the end.
func (s *splitter) step() bool {
	s.lex.start = -1
	tok := s.lex.next()
	switch {
	case tok.kind == tokenEnd:
		s.comments(s.lex.pos)
		s.end(s.last, s.last)
		return false
	case s.lex.start < 0:
		// A comment that does not end, or is nested too deeply for us to say
		// where: it and all that follows is one statement.
		s.begin(len(s.text) - len(strings.TrimLeft(s.lex.sql[s.last:], " \t\r\n\f")))
		s.end(len(s.text), len(s.text))
		return false
	}
	start := s.lex.start
	s.comments(start)
	if tok.kind == tokenOther && s.lex.sql[start] == '\\' {
		s.metaCommand(start)
		s.last = s.lex.pos
		return true
	}
	if tok.kind == tokenSemicolon && s.brackets == 0 && s.atomic == 0 {
		s.last = s.lex.pos
		copied := s.copies == copyFromStdin
		s.end(start, s.lex.pos)
		if copied {
			s.copyData()
		}
		return true
	}
	s.begin(start)
	s.follow(tok)
	s.last = s.lex.pos
	return true
}

// follow keeps account of a token of the statement.
func (s *splitter) follow(tok token) {
	word := ""
	switch tok.kind {
	case tokenOpen:
		s.brackets++
	case tokenClose:
		s.brackets = max(s.brackets-1, 0)
	case tokenWord:
		word = foldASCII(tok.text)
		s.followWord(word)
	case tokenOther:
		if s.lex.sql[s.lex.start] == ':' {
			s.variable(s.lex.start)
		}
	}
	s.word = word
}

func (s *splitter) followWord(word string) {
	switch {
	case word == "atomic" && s.word == "begin", word == "case" && s.atomic > 0:
		s.atomic++
	case word == "end" && s.atomic > 0:
		s.atomic--
	case word == "sqlc":
		s.macro(s.lex.start)
	}
	switch {
	case word == "copy" && s.first == s.lex.start:
		s.copies = 1
	case word == "from" && s.copies == 1 && s.brackets == 0:
		s.copies = 2
	case word == "stdin" && s.copies == 2 && s.word == "from":
		s.copies = copyFromStdin
	}
}

// copyFromStdin is splitter.copies of a COPY … FROM STDIN.
const copyFromStdin = 3

// begin notes where a statement begins, unless it has, and which comments
// belong to it.
func (s *splitter) begin(start int) {
	if s.first >= 0 {
		return
	}
	s.first = start
	s.moveTo(start)
	s.start = Statement{Line: s.line, Column: s.column + 1}
	below := start
	for i := len(s.pending) - 1; i >= 0; i-- {
		if hasBlankLine(s.lex.sql[s.pendingEnd[i]:below]) {
			break
		}
		s.script.Comments[s.pending[i]].Statement = len(s.script.Statements)
		below = s.pendingEnd[i]
	}
	s.pending, s.pendingEnd = s.pending[:0], s.pendingEnd[:0]
}

// end closes the statement, if there is one: its text goes up to end, and what
// closes it up to after.
func (s *splitter) end(end, after int) {
	if s.first < 0 {
		return
	}
	s.moveTo(after)
	s.start.EndLine = s.line
	s.start.Text = strings.TrimRight(string(s.text[s.first:end]), " \t\r\n\f")
	s.script.Statements = append(s.script.Statements, s.start)
	s.first, s.brackets, s.atomic, s.copies, s.word = -1, 0, 0, 0, ""
}

// comments reads the comments between the last token and to.
func (s *splitter) comments(to int) {
	lex := lexer{sql: s.lex.sql[:to], pos: s.last}
	for lex.pos < to {
		switch {
		case strings.HasPrefix(lex.sql[lex.pos:], "--"):
			start := lex.pos
			lex.lineComment()
			s.comment(start, lex.pos)
		case strings.HasPrefix(lex.sql[lex.pos:], "/*"):
			lex.blockComment()
		default:
			lex.pos++
		}
	}
}

func (s *splitter) comment(start, end int) {
	s.moveTo(start)
	statement := -1
	if s.first >= 0 {
		statement = len(s.script.Statements)
	} else if n := len(s.script.Statements); n > 0 && s.script.Statements[n-1].EndLine == s.line {
		statement = n - 1
	} else {
		s.pending = append(s.pending, len(s.script.Comments))
		s.pendingEnd = append(s.pendingEnd, end)
	}
	s.script.Comments = append(s.script.Comments, Comment{
		Text: s.lex.sql[start:end], Line: s.line, Column: s.column + 1, Statement: statement,
	})
}

// moveTo counts lines and columns up to a later byte.
func (s *splitter) moveTo(to int) {
	passed := s.lex.sql[s.at:max(s.at, to)]
	if newline := strings.LastIndexByte(passed, '\n'); newline >= 0 {
		s.line += strings.Count(passed, "\n")
		s.column = 0
		passed = passed[newline+1:]
	}
	s.column += utf8.RuneCountInString(passed)
	s.at = max(s.at, to)
}

// blank overwrites a part of the text, lines apart, after what stands for it.
func (s *splitter) blank(start, end int, replacement string) {
	for i := start + copy(s.text[start:end], replacement); i < end; i++ {
		if s.text[i] != '\n' {
			s.text[i] = ' '
		}
	}
}

// metaCommand passes over a meta-command of psql, which ends with its line or
// at \\.
func (s *splitter) metaCommand(start int) {
	rest := s.lex.sql[start:]
	if strings.HasPrefix(rest, `\;`) {
		s.blank(start, start+2, "")
		s.lex.pos = start + 2
		s.end(start, start+2)
		return
	}
	if newline := strings.IndexByte(rest, '\n'); newline >= 0 {
		rest = rest[:newline]
	}
	if next := strings.Index(rest, `\\`); next >= 0 {
		rest = rest[:next+2]
	}
	s.blank(start, start+len(rest), "")
	s.lex.pos = start + len(rest)
	if sendsQuery(rest) {
		s.end(start, s.lex.pos)
	}
}

// sendsQuery tells whether one of the meta-commands on a line sends the query
// before it.
func sendsQuery(line string) bool {
	for _, command := range strings.Split(line, `\`)[1:] {
		length := 0
		for length < len(command) && isNameStart(command[length]) {
			length++
		}
		switch command[:length] {
		case "g", "gx", "gset", "gexec", "gdesc", "watch", "crosstabview", "parse", "sendpipeline":
			return true
		}
	}
	return false
}

// variable replaces a variable of psql, or a named parameter of another tool. A
// colon right after a name, number, string or bracket is something else: part
// of a slice, a cast or an object of JSON.
func (s *splitter) variable(start int) {
	sql := s.lex.sql
	if start > 0 {
		if before := sql[start-1]; isNamePart(before) || strings.IndexByte(`:'")]`, before) >= 0 {
			return
		}
	}
	end := start + 1
	switch c := s.lex.at(end); {
	case c == '"':
		s.blank(start, start+1, "")
		return
	case c == '\'':
		length := strings.IndexByte(sql[end+1:], '\'')
		if length < 0 {
			return
		}
		end += length + 2
	case isNameStart(c):
		for isNamePart(s.lex.at(end)) {
			end++
		}
	default:
		return
	}
	s.blank(start, end, "$1")
	s.lex.pos = end
}

// macro replaces a macro of sqlc, which stands for a parameter.
func (s *splitter) macro(start int) {
	ahead := s.lex
	if ahead.next().kind != tokenDot {
		return
	}
	switch foldASCII(ahead.next().text) {
	case "arg", "narg", "slice", "embed":
	default:
		return
	}
	if open := ahead.next(); open.kind != tokenOpen {
		return
	}
	switch ahead.next().kind {
	case tokenWord, tokenString, tokenOther:
	default:
		return
	}
	if end := ahead.next(); end.kind != tokenClose {
		return
	}
	s.blank(start, ahead.pos, "$1")
	s.lex.pos = ahead.pos
}

// copyData passes over the rows that follow COPY … FROM STDIN, if there is the
// line that ends them.
func (s *splitter) copyData() {
	rest := s.lex.sql[s.lex.pos:]
	for offset := 0; !s.noData; {
		newline := strings.IndexByte(rest[offset:], '\n')
		if newline < 0 {
			s.noData = true
			return
		}
		offset += newline + 1
		line, _, _ := strings.Cut(rest[offset:], "\n")
		if strings.TrimSuffix(line, "\r") == `\.` {
			s.lex.pos += offset + len(line)
			s.last = s.lex.pos
			return
		}
	}
}

// hasBlankLine tells whether text, which begins within a line and ends within
// another, has an empty line in it.
func hasBlankLine(text string) bool {
	lines := strings.Split(text, "\n")
	if len(lines) < 3 {
		return false
	}
	for _, line := range lines[1 : len(lines)-1] {
		if strings.TrimSpace(line) == "" {
			return true
		}
	}
	return false
}

// ErrorPosition is where in the text a syntax error is, as the message says it;
// ok is false for any other refusal.
func (r *Refusal) ErrorPosition() (line, column int, ok bool) {
	if r.Rule != RuleSyntaxError {
		return 0, 0, false
	}
	n, err := fmt.Sscanf(r.Message, "syntax error at line %d, column %d", &line, &column)
	return line, column, err == nil && n == 2
}
