package rewrite

import (
	"errors"
	"fmt"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/plpgsql"
)

// A body in PL/pgSQL is judged by the SQL in it: each expression and statement as
// in a body in SQL, and the types of its variables. What is not SQL in it moves
// values between those. A name may be that of a variable only where a column may
// stand (plpgsql_parser_setup in pl_comp.c), so it hides no relation, function or type.

// proceduralLanguage is what PL/pgSQL is called in pg_language, and in DO.
const proceduralLanguage = "plpgsql"

// proceduralText judges a body in PL/pgSQL.
func (w *walker) proceduralText(source string) *Refusal {
	if r := checkText(source, w.c.maxBytes); r != nil {
		return r
	}
	if r := checkComments(source); r != nil {
		return r
	}
	body, err := plpgsql.Read(source, w.body.Name.Name, w.body.ArgNames)
	if err != nil {
		return bodyUnread(err)
	}
	w.variables = body.Names
	for _, fragment := range body.Fragments {
		if r := w.fragment(fragment); r != nil {
			return r
		}
	}
	return nil
}

func bodyUnread(err error) *Refusal {
	var unread *plpgsql.Error
	switch {
	case !errors.As(err, &unread):
		return refuse(RuleFunctionBody, "", "", "the body could not be read")
	case unread.Dynamic:
		return refuse(RuleFunctionDynamic, "", "", "line %d of the body: %s", unread.Line, unread.Reason)
	}
	return refuse(RuleFunctionBody, "", "", "line %d of the body: %s", unread.Line, unread.Reason)
}

// fragment judges a piece of SQL in a body.
func (w *walker) fragment(f plpgsql.Fragment) *Refusal {
	if f.Kind == plpgsql.UnnamedType {
		return w.c.rowTypes // as a column's, which a row type has too
	}
	notOne := refuse(RuleFunctionBody, "", "", "line %d of the body: it has a statement that is not a query", f.Line)
	empty, r := prescan(f.SQL, w.c.maxBytes)
	if r == nil && !empty {
		var raw []*pg_query.RawStmt
		if raw, r = parse(f.SQL, w.c.snap.ServerVersion); len(raw) == 1 {
			w.root, w.qualifiers = raw[0].GetStmt(), nil
		} else if r == nil {
			r = notOne
		}
	}
	switch {
	case r != nil && r.Rule == RuleSyntaxError:
		r.Message = fmt.Sprintf("syntax error in or behind line %d of the body", f.Line)
		return r
	case r != nil:
		return r
	case empty:
		return notOne
	case f.Kind == plpgsql.Type:
		return w.declaredType()
	case f.Kind == plpgsql.Expression && w.root.GetSelectStmt() != nil, f.Kind == plpgsql.Query && isQuery(w.root):
		return w.node(w.root)
	case f.Kind == plpgsql.Query && w.root.GetCallStmt() != nil:
		return w.utility(w.root.GetCallStmt())
	}
	return notOne
}

// declaredType judges the type of a variable. Postgres looks it up once in a session,
// when the function is first called by anybody, on the path that is in force then: so
// without a schema it may be that of any (plpgsql_compile in pl_comp.c).
func (w *walker) declaredType() *Refusal {
	targets := w.root.GetSelectStmt().GetTargetList()
	var name *pg_query.TypeName
	if len(targets) == 1 {
		name = targets[0].GetResTarget().GetVal().GetTypeCast().GetTypeName()
	}
	parts, ok := nameParts(name.GetNames())
	if !ok {
		return refuse(RuleFunctionBody, "", "", "the body declares a variable of a type that is not known here")
	}
	if len(parts) == 1 {
		for _, element := range elementNames(parts[0]) {
			if w.c.relationNames[element] && w.c.rowTypes != nil {
				return w.c.rowTypes
			}
			for t, r := range w.c.types {
				if t.Name.Name == element {
					return r
				}
			}
		}
	}
	return w.node(w.root)
}

// proceduralSignature judges what a signature lets happen in a body in PL/pgSQL.
func (c *Checker) proceduralSignature(f *catalog.Function) *Refusal {
	for _, formatted := range append(append([]string{f.ReturnType}, f.ArgTypes...), f.OutTypes...) {
		switch name := strings.Trim(formatted, `"`); {
		case name == "trigger" || name == "event_trigger":
			return refuse(RuleFunctionUser, f.String(), "", "function \"%s\" is not allowed: it can be called by a trigger only", f)
		case strings.HasPrefix(name, "any"):
			return c.rowTypes
		}
	}
	return nil
}

// do judges DO by its block, which runs as the client's own statements do.
func (w *walker) do(n *pg_query.DoStmt) *Refusal {
	if !w.c.policy.AllowDo {
		return refuse(RuleStatementDo, "", "Set policy.allow_do.", "DO is not allowed")
	}
	options := map[string]string{"language": proceduralLanguage}
	seen := make(map[string]bool)
	for _, arg := range n.GetArgs() {
		name, value := arg.GetDefElem().GetDefname(), arg.GetDefElem().GetArg().GetString_()
		if value == nil || seen[name] {
			return refuse(RuleNodeUnknown, "DoStmt", "", "this form of DO is not known here")
		}
		seen[name], options[name] = true, value.GetSval()
	}
	if len(seen) > 2 || !seen["as"] || len(seen) == 2 && !seen["language"] {
		return refuse(RuleNodeUnknown, "DoStmt", "", "this form of DO is not known here")
	}
	if options["language"] != proceduralLanguage {
		return refuse(RuleStatementDo, "", "", "DO is allowed in PL/pgSQL only")
	}
	w.reaches = true
	block := &catalog.Function{Name: catalog.Name{Name: "inline_code_block"}, Kind: 'p', Language: proceduralLanguage}
	inside := &walker{c: w.c, v: w.v, path: w.path, body: block}
	return inside.proceduralText(options["as"])
}
