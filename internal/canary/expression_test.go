package canary

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator makes statements. The same seed makes the same ones.
type generator struct {
	r      *rand.Rand
	schema *schema
	// scope holds what column references may name, the innermost last.
	scope []item
	names int
	// aggregates says whether an aggregate may stand here.
	aggregates bool
	// hidden says that nothing refused is named: most statements are to pass.
	hidden bool
}

// item is an alias in FROM.
type item struct {
	alias   string
	columns []column
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// chance is true once in n times.
func (g *generator) chance(n int) bool { return g.r.IntN(n) == 0 }

func (g *generator) name(prefix string) string {
	g.names++
	return fmt.Sprint(prefix, g.names)
}

var commonTypes = []string{
	"text", "text", "text", "text", "integer", "integer", "bigint", "boolean", "uuid", "uuid", "timestamp with time zone",
	"numeric", "jsonb", "text[]", "date", "interval", "double precision", "json", "bytea",
}

// expression gives one of the type.
func (g *generator) expression(typ string, depth int) string {
	if depth <= 0 {
		return g.atom(typ)
	}
	switch g.r.IntN(12) {
	case 0, 1, 2:
		return g.atom(typ)
	case 3, 4, 5, 6:
		return g.call(typ, depth-1)
	case 7, 8:
		if ops := g.schema.operators[typ]; len(ops) > 0 {
			op := pick(g.r, ops)
			sign := op.name
			if g.chance(20) {
				sign = "OPERATOR(pg_catalog." + op.name + ")"
			}
			return "(" + g.expression(op.left, depth-1) + " " + sign + " " + g.expression(op.right, depth-1) + ")"
		}
		return g.atom(typ)
	case 9:
		return g.special(typ, depth-1)
	case 10:
		inner := g.aggregates
		g.aggregates = false
		defer func() { g.aggregates = inner }()
		return "(" + g.query([]string{typ}, depth-1) + " LIMIT 1)"
	default:
		return "CAST(" + g.expression(pick(g.r, []string{"text", typ, pick(g.r, commonTypes)}), depth-1) + " AS " + typ + ")"
	}
}

// special gives what is neither a call nor an operator in the grammar.
func (g *generator) special(typ string, depth int) string {
	e := func() string { return g.expression(typ, depth) }
	truth := func() string { return g.expression("boolean", depth) }
	switch typ {
	case "boolean":
		other := pick(g.r, commonTypes[:8])
		o := func() string { return g.expression(other, depth) }
		return pick(g.r, []func() string{
			func() string { return "(" + o() + " IS DISTINCT FROM " + o() + ")" },
			func() string { return "(" + o() + " IN (" + o() + ", " + o() + "))" },
			func() string { return "(" + o() + " = ANY (" + g.query([]string{other}, depth) + "))" },
			func() string { return "EXISTS (" + g.query(nil, depth) + ")" },
			func() string { return "(" + o() + " BETWEEN SYMMETRIC " + o() + " AND " + o() + ")" },
			func() string { return "(" + truth() + " AND NOT " + truth() + ")" },
			func() string { return "(" + truth() + " OR " + truth() + ")" },
			func() string {
				return "(" + g.expression("text", depth) + " SIMILAR TO " + g.expression("text", depth) + ")"
			},
			func() string { return "((" + o() + ", " + truth() + ") < (" + o() + ", " + truth() + "))" },
			func() string { return "(" + g.expression("text", depth) + " IS JSON)" },
		})()
	case "text":
		if len(g.scope) > 0 {
			alias := pick(g.r, g.scope).alias
			return pick(g.r, []string{
				alias + "::text", "row_to_json(" + alias + ")::text", "to_jsonb(" + alias + ")::text", "(" + alias + ".*)::text", alias + ".tableoid::text", alias + ".ctid::text",
				"format('%s %L %I', " + alias + ", " + alias + ", 1)", "current_setting('timezone')", "current_user::text", "current_catalog::text",
			})
		}
	case "integer":
		if g.aggregates && len(g.scope) > 0 {
			return "count(*)::integer"
		}
		return "EXTRACT(day FROM " + g.expression("timestamp with time zone", depth) + ")::integer"
	case "text[]":
		return "ARRAY[" + g.expression("text", depth) + ", " + g.expression("text", depth) + "]"
	}
	return pick(g.r, []func() string{
		func() string { return "CASE WHEN " + truth() + " THEN " + e() + " ELSE " + e() + " END" },
		func() string { return "coalesce(" + e() + ", " + e() + ")" },
		func() string { return "nullif(" + e() + ", " + e() + ")" },
		func() string { return "greatest(" + e() + ", " + e() + ")" },
		func() string { return "(ARRAY[" + e() + "])[1]" },
		func() string { return "(" + e() + ")::text::" + typ },
	})()
}

func (g *generator) call(typ string, depth int) string {
	functions := g.schema.functions[typ]
	if !g.hidden && g.chance(200) {
		functions = g.schema.refused
	}
	if len(functions) == 0 {
		return g.atom(typ)
	}
	f := pick(g.r, functions)
	if f.set || f.kind != "f" && !g.aggregates {
		return g.atom(typ)
	}
	inner := g.aggregates
	if f.kind == "a" {
		g.aggregates = false // they do not nest
	}
	var args []string
	for _, arg := range f.args {
		args = append(args, g.expression(arg, depth))
	}
	g.aggregates = inner
	name := `"` + f.name + `"`
	if f.schema != "pg_catalog" || g.chance(4) {
		name = f.schema + "." + name
	}
	text := name + "(" + strings.Join(args, ", ") + ")"
	switch {
	case f.kind == "w", f.kind == "a" && g.chance(3):
		text += " OVER (ORDER BY " + g.atom("text") + ")"
	case f.kind == "a" && g.chance(3):
		text += " FILTER (WHERE " + g.atom("boolean") + ")"
	}
	return text
}

// atom gives a column of the type, or a constant.
func (g *generator) atom(typ string) string {
	var columns []string
	for _, it := range g.scope {
		for _, c := range it.columns {
			if c.typ == typ {
				columns = append(columns, it.alias+"."+c.name)
			}
		}
	}
	if len(columns) > 0 && !g.chance(4) {
		return pick(g.r, columns)
	}
	return g.constant(typ)
}

func (g *generator) constant(typ string) string {
	if g.chance(12) {
		return "NULL::" + typ
	}
	switch typ {
	case "integer", "bigint", "smallint":
		return pick(g.r, []string{"0", "1", "-1", "7", "20"}) + "::" + typ
	case "numeric", "double precision", "real":
		return pick(g.r, []string{"0", "0.5", "'NaN'", "-3.25"}) + "::" + typ
	case "boolean":
		return pick(g.r, []string{"true", "false", "NULL::boolean"})
	case "text", "character varying", "name", "character":
		return pick(g.r, []string{"''", "'a'", "'%'", "E'\\n'", "'org_id'", "'contacts'", "'1'", "'\\d+'", "'public'", "$q$it's$q$", "'{}'", "'2026-11-25'", "U&'\\00e9'"}) + "::" + typ
	case "uuid":
		return pick(g.r, []string{"'00000000-0000-0000-0000-000000000000'::uuid", "gen_random_uuid()"})
	case "timestamp with time zone", "timestamp without time zone", "date":
		return pick(g.r, []string{"now()", "'2026-11-25'", "'infinity'", "'epoch'"}) + "::" + typ
	case "interval":
		return pick(g.r, []string{"'1 day'", "'-3 hours'", "'1 year 2 mons'"}) + "::interval"
	case "json", "jsonb":
		return pick(g.r, []string{`'{"a": [1, {"b": null}]}'`, `'[]'`, `'"x"'`, `'{}'`}) + "::" + typ
	case "jsonpath":
		return pick(g.r, []string{"'$'", "'$.**'", "'$.a[*] ? (@ > 1)'"}) + "::jsonpath"
	case "text[]":
		return pick(g.r, []string{"'{}'", "'{a,b}'", "'{NULL}'"}) + "::text[]"
	case "integer[]":
		return "'{1,2,3}'::integer[]"
	case "bytea":
		return `'\x00ff'::bytea`
	case "regclass", "regproc", "regtype", "oid":
		return pick(g.r, map[string][]string{
			"regclass": {"'contacts'", "'pg_class'", "'import_staging'"}, "regproc": {"'now'"}, "regtype": {"'text'"}, "oid": {"1259", "'contacts'::regclass", "0"},
		}[typ]) + "::" + typ
	}
	return "NULL::" + typ
}
