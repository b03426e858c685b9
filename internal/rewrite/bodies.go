package rewrite

import (
	"fmt"
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"tenantproxy/internal/catalog"
)

// A function in SQL or PL/pgSQL that runs as its caller may be called if its body may be sent
// by the client: relations in it are checked for the same role, and functions in
// turn by their bodies. What it calls runs with the search_path of the function
// that calls, so a body is judged for each path that it runs with.
//
// Bodies are judged when they are first called by a text; those that lie below
// views, types, casts and aggregates by New (below.go).

// maxBodyCalls bounds how deep bodies may call each other.
const maxBodyCalls = 64

// bodyKey is a function with the search_path that its caller has.
type bodyKey struct {
	oid  uint32
	path string
}

// callRefusal says why a function may not be called where the walk is.
func (w *walker) callRefusal(f *catalog.Function) *Refusal {
	r := w.c.functionRefusal(f)
	switch {
	case r == nil || !w.c.mayHaveBody(f):
		return r
	case w.view != nil:
		// It runs with the client's privileges, whoever owns the view: ExecInitFunc
		// in execExpr.c, and relations in it are checked for the same.
		w.bound = true
		return w.c.bodyRefusalOn(w.c.path, f)
	}
	return w.judgedBody(f)
}

// judgedBody judges a function by its body, once for each path. One that is being
// judged already is taken for allowed: it is, if nothing else in it is refused.
func (w *walker) judgedBody(f *catalog.Function) *Refusal {
	key := bodyKey{f.OID, strings.Join(w.runtimePath(), "\x00")}
	if known, ok := w.c.bodies.Load(key); ok {
		return known.(*Refusal)
	}
	if w.calls == nil {
		w.calls = &bodyCalls{}
	}
	if w.calls.assume(key) {
		return nil
	}
	if len(w.calls.open) >= maxBodyCalls {
		return refuse(RuleFunctionUser, f.String(), allowFunctionHint(f), "function \"%s\" is not allowed: it is called too deep", f)
	}
	state := w.calls.enter(key)
	r := w.bodyRefusal(f)
	if r != nil && r.Object != f.String() {
		inside := *r
		inside.SQLSTATE = "42501"
		inside.Message = fmt.Sprintf("function \"%s\" is not allowed: %s", f, r.Message)
		if inside.Hint == "" {
			inside.Hint = allowFunctionHint(f)
		}
		r = &inside
	}
	if r != nil {
		w.calls.refused(state)
		w.c.bodies.Store(key, r)
		return r
	}
	for _, settled := range w.calls.allowed(key, state) {
		w.c.bodies.Store(settled, r)
	}
	return nil
}

// runtimePath is the search_path that is in force, which in a text that Postgres
// has written is not the one that its names are resolved by.
func (w *walker) runtimePath() []string {
	if w.running != nil {
		return w.running
	}
	return w.c.path
}

// bodyRefusal judges all that runs when f is called: the defaults of its
// arguments, the input of their types and of its result, and its body.
func (w *walker) bodyRefusal(f *catalog.Function) *Refusal {
	cannot := func(why string) *Refusal {
		return refuse(RuleFunctionUser, f.String(), allowFunctionHint(f), "function \"%s\" is not allowed: %s", f, why)
	}
	if !f.Executable {
		return cannot("the upstream role may not execute it")
	}
	if f.Leakproof {
		return cannot("it is LEAKPROOF, and so sees rows ahead of row-level security")
	}
	running, r := w.configPath(f)
	if r != nil {
		return r
	}
	if r := w.c.signatureRefusal(f); r != nil {
		return r
	}
	procedural := f.Language == proceduralLanguage
	if procedural {
		if r := w.c.proceduralSignature(f); r != nil {
			return r
		}
	}
	v := &Verdict{}
	inside := func(path, running []string, deparsed bool) *walker {
		return &walker{c: w.c, v: v, path: path, running: running, body: f, deparsed: deparsed,
			calls: w.calls}
	}
	system := []string{systemSchema}
	if f.Defaults != "" {
		// They run before the function does, and so with the caller's path.
		if r := inside(system, w.runtimePath(), true).bodyText("SELECT " + f.Defaults); r != nil {
			return r
		}
	}
	switch {
	case procedural:
		r = inside(running, running, false).proceduralText(f.Source)
	case !f.SQLBody:
		r = inside(running, running, false).bodyText(f.Source)
	case f.Source == "":
		r = cannot("its body could not be read")
	default:
		r = inside(system, running, true).bodyText("CREATE FUNCTION f() RETURNS void " + f.Source)
	}
	if r == nil && len(v.Reported) > 0 {
		r = &v.Reported[0] // nothing else is wrong: the caller tolerates it
	}
	return r
}

// configPath judges a function's SET clauses, and gives the search_path that its
// body runs with.
func (w *walker) configPath(f *catalog.Function) ([]string, *Refusal) {
	path := w.runtimePath()
	for _, setting := range f.Config {
		name, value, _ := strings.Cut(setting, "=")
		if foldASCII(name) != "search_path" {
			if r := w.c.CheckSetting(name, value); r != nil {
				return nil, r
			}
			continue
		}
		var schemas []string
		if value != "" && value != `""` {
			var ok bool
			if schemas, ok = splitIdentifierList(value); !ok || slices.Contains(schemas, "$user") {
				return nil, refuse(RuleFunctionUser, f.String(), allowFunctionHint(f), "function \"%s\" is not allowed: its search_path could not be read", f)
			}
		}
		// No temporary relation has the name of one that a body may use.
		schemas = slices.DeleteFunc(schemas, func(schema string) bool {
			usage, known := w.c.snap.Schemas[schema]
			return schema == tempSchema || schema != systemSchema && known && !usage
		})
		if !slices.Contains(schemas, systemSchema) {
			schemas = append([]string{systemSchema}, schemas...)
		}
		path = schemas
	}
	return path, nil
}

// signatureRefusal judges the types of a function's arguments and result, and
// the casts that may bring values to them.
func (c *Checker) signatureRefusal(f *catalog.Function) *Refusal {
	if c.implicit != nil {
		return c.implicit
	}
	for _, formatted := range slices.Concat(f.ArgTypes, f.OutTypes, []string{f.ReturnType}) {
		schema, name := splitFormatted(formatted)
		if r := c.casts[name]; r != nil {
			return r
		}
		if schema == "" || schema == systemSchema {
			continue
		}
		found, r := c.typeIn(schema, name)
		if r != nil {
			return r
		}
		if !found {
			return refuse(RuleTypeNone, formatted, "", "type \"%s\" is not known", formatted)
		}
	}
	return nil
}

// bodyText judges the statements of a body: queries only, and calls.
func (w *walker) bodyText(sql string) *Refusal {
	empty, r := prescan(sql, w.c.maxBytes)
	if r != nil {
		return r
	}
	if empty {
		return nil
	}
	raw, r := parse(sql, w.c.snap.ServerVersion)
	if r != nil {
		return r
	}
	var statements []*pg_query.Node
	for _, statement := range raw {
		statements = append(statements, statement.GetStmt())
	}
	if w.deparsed && len(raw) == 1 && raw[0].GetStmt().GetCreateFunctionStmt() != nil {
		statements = atomicStatements(raw[0].GetStmt().GetCreateFunctionStmt().GetSqlBody())
	}
	if len(statements) == 0 {
		return refuse(RuleFunctionBody, "", "", "a body is not known here")
	}
	for _, statement := range statements {
		w.root, w.qualifiers = statement, nil
		var r *Refusal
		switch {
		case isQuery(statement):
			r = w.node(statement)
		case statement.GetReturnStmt() != nil:
			r = w.node(statement.GetReturnStmt().GetReturnval())
		case statement.GetCallStmt() != nil:
			r = w.utility(statement.GetCallStmt())
		default:
			r = refuse(RuleFunctionBody, "", "", "its body holds a statement that is not a query")
		}
		if r != nil {
			return r
		}
	}
	return nil
}

// atomicStatements are those of BEGIN ATOMIC … END, or RETURN alone.
func atomicStatements(body *pg_query.Node) []*pg_query.Node {
	if list := body.GetList(); list != nil {
		var statements []*pg_query.Node
		for _, item := range list.GetItems() {
			statements = append(statements, atomicStatements(item)...)
		}
		return statements
	}
	if body == nil {
		return nil
	}
	return []*pg_query.Node{body}
}

// isArgument tells whether a qualifier may be an argument of the function whose
// body is walked, or the function's own name in front of one: argument.name calls
// the function of that name (sql_fn_post_column_ref in functions.c).
func (w *walker) isArgument(qualifier string) bool {
	return w.body != nil && w.variables == nil && (slices.Contains(w.body.ArgNames, qualifier) || w.body.Name.Name == qualifier)
}

// isVariable tells of a qualifier that can only be a variable or a label of PL/pgSQL:
// a name behind it is a field or an error, but calls nothing (resolve_column_ref in
// pl_comp.c).
func (w *walker) isVariable(qualifier string) bool {
	switch qualifier {
	case "excluded", "old", "new": // of ON CONFLICT, and of RETURNING from PostgreSQL 18 on
		return false
	}
	if !w.variables[qualifier] {
		return false
	}
	if w.qualifiers == nil {
		w.qualifiers = w.readQualifiers()
	}
	return w.qualifiers[qualifier] == nil && w.qualifiers[unnamedItem] == nil
}
