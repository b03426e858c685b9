package audit

import (
	"strings"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/hardening/schema"
	"tenantproxy/internal/hardening/seal"
	"tenantproxy/internal/rewrite"
)

// A policy's expression, as pg_get_expr writes it, is parsed. What is not sure to
// tie the row ties nothing, so that T-CMD reports what is not understood.

// formula judges the expressions of policies. It remembers what it has parsed:
// thousands of policies have the same text.
type formula struct {
	// settings are those that the proxy puts the org and the claims into, in lower
	// case.
	settings map[string]bool
	// claims is the one that has the claims, or empty.
	claims string
	// example is a call that reads the org.
	example *rewrite.Expr
	// bodies are those of the functions of the sealed context.
	bodies map[string]string
	// helpers are all functions outside pg_catalog, overloads together.
	helpers map[catalog.Name][]*schema.Function
	parsed  map[string]*rewrite.Expr
	// reading tells of functions whether they give what the context says, for a
	// column of a type.
	reading map[answer]bool
}

const systemSchema = "pg_catalog"

type answer struct {
	fn         *schema.Function
	columnType string
}

func newFormula(s *schema.Schema, t Tenancy) *formula {
	f := &formula{
		settings: map[string]bool{strings.ToLower(t.Setting): true}, helpers: make(map[catalog.Name][]*schema.Function),
		bodies: seal.Bodies(seal.Options{OrgType: t.Type, OrgSetting: t.Setting}), parsed: make(map[string]*rewrite.Expr), reading: make(map[answer]bool),
	}
	f.example = &rewrite.Expr{Kind: rewrite.ExprCall, Name: "current_setting", Args: []*rewrite.Expr{{Kind: rewrite.ExprConstant, Name: t.Setting}}}
	if t.ClaimsSetting != "" {
		f.claims = strings.ToLower(t.ClaimsSetting)
		f.settings[f.claims] = true
	}
	for _, fn := range s.Functions {
		name := catalog.Name{Schema: fn.Schema, Name: fn.Name}
		f.helpers[name] = append(f.helpers[name], fn)
	}
	return f
}

func (f *formula) parse(text string) *rewrite.Expr {
	e := f.parsed[text]
	if e == nil {
		e = rewrite.ParseExpr(text)
		f.parsed[text] = e
	}
	return e
}

// alwaysTrue tells whether it is sure to be true for every row; a column equals
// itself, but for NULL.
func (f *formula) alwaysTrue(text string) bool { return text != "" && alwaysTrue(f.parse(text)) }

func alwaysTrue(e *rewrite.Expr) bool {
	switch e.Kind {
	case rewrite.ExprOr:
		return some(e.Args, alwaysTrue)
	case rewrite.ExprAnd:
		return every(e.Args, alwaysTrue)
	case rewrite.ExprNot:
		return neverTrue(e.Args[0]) && e.Args[0].Kind != rewrite.ExprNull
	case rewrite.ExprConstant:
		return e.Name == "true"
	case rewrite.ExprSelect:
		return alwaysTrue(e.Args[0])
	case rewrite.ExprOperator:
		left, right := e.Args[0], e.Args[1]
		same := left.Kind == right.Kind && left.Name == right.Name && (left.Kind == rewrite.ExprColumn || left.Kind == rewrite.ExprConstant)
		return same && (e.Name == "=" || e.Name == ">=" || e.Name == "<=")
	}
	return false
}

// neverTrue tells whether it is false or NULL for every row.
func neverTrue(e *rewrite.Expr) bool {
	return e.Kind == rewrite.ExprNull || e.Kind == rewrite.ExprConstant && (e.Name == "false" || e.Name == "f") ||
		e.Kind == rewrite.ExprNot && e.Args[0].Kind == rewrite.ExprConstant && e.Args[0].Name == "true"
}

func every(list []*rewrite.Expr, is func(*rewrite.Expr) bool) bool {
	for _, e := range list {
		if !is(e) {
			return false
		}
	}
	return len(list) > 0
}

func some(list []*rewrite.Expr, is func(*rewrite.Expr) bool) bool {
	for _, e := range list {
		if is(e) {
			return true
		}
	}
	return false
}

// tied tells whether no row passes but those whose column equals what the context
// says. The other side of the equality has no column in it at all.
func (f *formula) tied(text string, column *schema.Column) bool {
	return text != "" && column != nil && f.ties(f.parse(text), column)
}

func (f *formula) ties(e *rewrite.Expr, column *schema.Column) bool {
	ties := func(e *rewrite.Expr) bool { return f.ties(e, column) }
	switch e.Kind {
	case rewrite.ExprOr:
		return every(e.Args, ties)
	case rewrite.ExprAnd:
		return some(e.Args, ties)
	case rewrite.ExprOperator:
		return e.Name == "=" && (isColumn(e.Args[0], column) && f.fromContext(e.Args[1], column.Type) ||
			isColumn(e.Args[1], column) && f.fromContext(e.Args[0], column.Type))
	case rewrite.ExprAny:
		return isColumn(e.Args[0], column) && f.fromContext(e.Args[1], column.Type)
	}
	return neverTrue(e)
}

// isColumn tells whether it is the column, itself or under casts that keep
// different values different.
func isColumn(e *rewrite.Expr, column *schema.Column) bool {
	if e.Kind == rewrite.ExprCast {
		return keeps(column.Type, e) && isColumn(e.Args[0], column)
	}
	return e.Kind == rewrite.ExprColumn && e.Name == column.Name
}

// keeps tells whether a cast on the way from a value of the context to the column
// maps no two orgs to one. So a text is never read as a uuid or number there,
// which would fold its case and its zeros, unless the column is of that type.
func keeps(columnType string, cast *rewrite.Expr) bool {
	if cast.Schema != "" && cast.Schema != systemSchema {
		return false
	}
	switch cast.Name {
	case "text", "varchar":
		return columnType != "name" && !strings.HasPrefix(columnType, "character(") && columnType != "bpchar"
	case "uuid":
		return columnType == "uuid"
	case "int8", "numeric":
		return columnType == "bigint" || columnType == "integer" || columnType == "smallint"
	case "int4":
		return columnType == "integer" || columnType == "smallint"
	}
	return false
}

// keepsResult says the same of the type that a function returns.
func keepsResult(columnType, returned string) bool {
	switch returned = strings.TrimSuffix(returned, "[]"); returned {
	case "text", "character varying", "json", "jsonb":
		return true
	case "uuid":
		return columnType == "uuid"
	case "bigint", "integer", "smallint", "numeric":
		return columnType == "bigint" || columnType == "integer" || columnType == "smallint"
	}
	return false
}

// fromContext tells whether it is made of nothing but the settings of the proxy.
func (f *formula) fromContext(e *rewrite.Expr, columnType string) bool {
	context := func(e *rewrite.Expr) bool { return f.fromContext(e, columnType) }
	switch e.Kind {
	case rewrite.ExprSelect:
		return context(e.Args[0])
	case rewrite.ExprCast:
		json := (e.Schema == "" || e.Schema == systemSchema) && (e.Name == "json" || e.Name == "jsonb")
		return (json || keeps(columnType, e)) && context(e.Args[0])
	case rewrite.ExprNullIf:
		return context(e.Args[0]) && constant(e.Args[1])
	case rewrite.ExprArray:
		return every(e.Args, context)
	case rewrite.ExprCoalesce:
		return some(e.Args, context) && every(e.Args, func(e *rewrite.Expr) bool { return context(e) || saysNothing(e) })
	case rewrite.ExprOperator:
		return (e.Name == "->" || e.Name == "->>" || e.Name == "#>>") && context(e.Args[0]) && constant(e.Args[1])
	case rewrite.ExprCall:
		if e.Name == "current_setting" && (e.Schema == "" || e.Schema == systemSchema) {
			return len(e.Args) > 0 && every(e.Args, constant) && f.settings[strings.ToLower(e.Args[0].Name)]
		}
		given := func(e *rewrite.Expr) bool { return constant(e) || context(e) }
		return (len(e.Args) == 0 || every(e.Args, given)) && f.helperReads(f.helpers[catalog.Name{Schema: e.Schema, Name: e.Name}], columnType)
	}
	return false
}

// saysNothing tells of what stands in where there are no claims: nobody's org is in
// an empty object.
func saysNothing(e *rewrite.Expr) bool {
	return e.Kind == rewrite.ExprNull || e.Kind == rewrite.ExprConstant && e.Name == "{}"
}

func constant(e *rewrite.Expr) bool {
	return e.Kind == rewrite.ExprConstant || e.Kind == rewrite.ExprNull
}

// helperReads tells whether all functions of a name give what the context says: those
// that are one expression in SQL, that are plain PL/pgSQL, or that seal installs.
// Others are not judged, whatever they read.
func (f *formula) helperReads(all []*schema.Function, columnType string) bool {
	for _, fn := range all {
		key := answer{fn, columnType}
		reads, known := f.reading[key]
		if !known {
			f.reading[key] = false // while it is looked at: calling itself proves nothing
			if e := soleExpression(fn); e != nil {
				reads = f.fromContext(e, columnType)
			} else {
				reads = f.procedureReads(readProcedure(fn), columnType)
			}
			reads = (reads || f.sealed(fn)) && keepsResult(columnType, fn.ReturnType)
			f.reading[key] = reads
		}
		if !reads {
			return false
		}
	}
	return len(all) > 0
}

// sealed tells whether it is org_id of the sealed context, both functions of which are
// as seal installs them.
func (f *formula) sealed(fn *schema.Function) bool {
	unseal := f.helpers[catalog.Name{Schema: seal.Schema, Name: "unseal"}]
	return fn.Name == "org_id" && f.genuine(fn) && len(unseal) == 1 && f.genuine(unseal[0])
}

// genuine tells whether a function is one that seal installs, with the body that it has
// from there.
func (f *formula) genuine(fn *schema.Function) bool {
	body, installed := f.bodies[fn.Name]
	return installed && fn.Schema == seal.Schema && fn.Language == "plpgsql" && fn.Source == body
}

// soleExpression gives the expression of a SQL function that has no other.
func soleExpression(fn *schema.Function) *rewrite.Expr {
	if fn.Language != "sql" {
		return nil
	}
	body := strings.TrimSpace(fn.Source)
	if fn.SQLBody {
		if rest, ok := strings.CutPrefix(body, "RETURN "); ok {
			return rewrite.ParseExpr(rest)
		}
		body = strings.TrimSpace(strings.TrimPrefix(body, "BEGIN ATOMIC"))
		body = strings.TrimSpace(strings.TrimSuffix(body, "END"))
	}
	return rewrite.ParseSelectExpr(body)
}
