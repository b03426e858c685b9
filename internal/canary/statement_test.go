package canary

import (
	"fmt"
	"slices"
	"strings"

	"tenantproxy/internal/demo"
)

// query gives a SELECT with columns c1, c2, … of the types; nil for any types.
func (g *generator) query(types []string, depth int) string {
	all := types == nil && g.chance(3)
	if types == nil {
		for range 1 + g.r.IntN(4) {
			types = append(types, pick(g.r, commonTypes))
		}
	}
	outer, aggregates := len(g.scope), g.aggregates
	defer func() { g.scope, g.aggregates = g.scope[:outer], aggregates }()
	if all {
		from := g.from(depth)
		list := pick(g.r, []string{"*", g.scope[outer].alias, g.scope[outer].alias + ".*, " + g.expression("text", depth)})
		g.aggregates = false
		return "SELECT " + list + " FROM " + from + pick(g.r, []string{"", " WHERE " + g.expression("boolean", 1)})
	}
	if g.chance(15) {
		return "(" + g.query(types, depth-1) + ") " + pick(g.r, []string{"UNION ALL", "UNION", "INTERSECT", "EXCEPT"}) + " (" + g.query(types, depth-1) + ")"
	}
	if g.chance(25) {
		return "VALUES (" + g.list(types, depth-1, false) + "), (" + g.list(types, depth-1, false) + ")"
	}
	from := g.from(depth)
	where := ""
	if g.chance(2) {
		g.aggregates = false
		where = " WHERE " + g.expression("boolean", depth)
	}
	g.aggregates = g.chance(4)
	text := "SELECT " + pick(g.r, []string{"", "", "", "", "DISTINCT "}) + g.list(types, depth, true) + " FROM " + from + where
	if g.aggregates && g.chance(2) {
		g.aggregates = false
		text += " GROUP BY " + g.atom("text") + ", " + g.atom("uuid")
	}
	if g.chance(4) {
		text += fmt.Sprintf(" ORDER BY %d %s", 1+g.r.IntN(len(types)), pick(g.r, []string{"", "DESC", "NULLS FIRST"}))
	}
	return text
}

func (g *generator) list(types []string, depth int, named bool) string {
	var list []string
	for i, typ := range types {
		e := g.expression(typ, depth)
		if named {
			e += fmt.Sprint(" AS c", i+1)
		}
		list = append(list, e)
	}
	return strings.Join(list, ", ")
}

// from gives a FROM list, whose aliases come into scope.
func (g *generator) from(depth int) string {
	text := g.source(depth)
	for range g.r.IntN(3) {
		join := pick(g.r, []string{"JOIN", "LEFT JOIN", "FULL JOIN", "RIGHT JOIN", "CROSS JOIN", "CROSS JOIN LATERAL", ","})
		// Only what is lateral may see what is on its left.
		visible := g.scope
		if !strings.Contains(join, "LATERAL") {
			g.scope = nil
		}
		right := g.source(depth - 1)
		if strings.Contains(join, "LATERAL") && !strings.HasPrefix(right, "(") {
			join = "CROSS JOIN"
		} else if !strings.Contains(join, "LATERAL") {
			g.scope = append(slices.Clone(visible), g.scope...)
		}
		text += " " + join + " " + right
		if !strings.Contains(join, "CROSS") && join != "," {
			inner := g.aggregates
			g.aggregates = false
			if strings.Contains(join, "FULL") || len(g.scope[len(g.scope)-1].columns) == 0 {
				text += " ON true"
			} else {
				left, on := g.scope, g.scope[len(g.scope)-1]
				g.scope = left[len(left)-1:]
				text += " ON " + on.alias + "." + pick(g.r, on.columns).name + " IS NOT NULL AND " + g.expression("boolean", 1)
				g.scope = left
			}
			g.aggregates = inner
		}
	}
	return text
}

// source gives one item of FROM.
func (g *generator) source(depth int) string {
	alias := g.name("t")
	switch {
	case depth > 0 && g.chance(6):
		var types []string
		columns := []column{}
		for i := range 1 + g.r.IntN(3) {
			types = append(types, pick(g.r, commonTypes))
			columns = append(columns, column{fmt.Sprint("c", i+1), types[i]})
		}
		names := make([]string, len(columns))
		for i, c := range columns {
			names[i] = c.name
		}
		inner := g.aggregates
		text := "(" + g.query(types, depth-1) + " LIMIT 20) AS " + alias + "(" + strings.Join(names, ", ") + ")"
		g.aggregates = inner
		g.scope = append(g.scope, item{alias, columns})
		return text
	case depth > 0 && g.chance(15):
		typ := pick(g.r, []string{"text", "integer", "jsonb", "record"})
		for range 5 {
			if f := pick(g.r, g.schema.functions[typ]); f.set && f.kind == "f" {
				inner := g.aggregates
				g.aggregates = false
				var args []string
				for _, arg := range f.args {
					args = append(args, g.expression(arg, 0))
				}
				g.aggregates = inner
				ordinality := pick(g.r, []string{"", " WITH ORDINALITY"})
				g.scope = append(g.scope, item{alias, nil})
				return `"` + f.name + `"(` + strings.Join(args, ", ") + ")" + ordinality + " AS " + alias
			}
		}
	}
	rel := g.relation()
	g.scope = append(g.scope, item{alias, rel.columns})
	sample := ""
	if rel.kind == "protected" && rel.name != "campaign_summary" && g.chance(20) {
		sample = " TABLESAMPLE " + pick(g.r, []string{"SYSTEM", "BERNOULLI"}) + " (50)"
	}
	return rel.name + " AS " + alias + sample
}

func (g *generator) relation() relation {
	switch n := g.r.IntN(100); {
	case n < 85:
		return pick(g.r, g.schema.of("protected"))
	case n < 90:
		return pick(g.r, g.schema.of("shared"))
	case n < 96 && !g.hidden:
		return pick(g.r, g.schema.of("unprotected"))
	case n < 98 && !g.hidden:
		return pick(g.r, g.schema.of("catalog"))
	default:
		return relation{name: pick(g.r, []string{"pg_class", "pg_namespace", "pg_type", "pg_attribute"}), kind: "catalog", columns: []column{{"oid", "oid"}}}
	}
}

// change gives INSERT, UPDATE, DELETE or MERGE of a tenant table.
func (g *generator) change() string {
	defer func() { g.scope = nil }()
	g.scope, g.aggregates = nil, false
	var rel relation
	for rel.name == "" || rel.name == "campaign_summary" {
		rel = pick(g.r, g.schema.of("protected"))
	}
	target := item{"target", rel.columns}
	returning := func() string {
		g.scope = []item{target}
		if g.chance(2) {
			return pick(g.r, []string{"", " RETURNING *", " RETURNING target.*, target::text"})
		}
		return " RETURNING " + g.list([]string{"text", "uuid"}, 2, false)
	}
	value := func(c column) string {
		if c.name == "org_id" {
			return "'" + demo.OrgA + "'"
		}
		return g.expression(c.typ, 2)
	}
	set := func() string {
		c := pick(g.r, rel.columns)
		return c.name + " = " + value(c)
	}
	switch g.r.IntN(4) {
	case 0:
		var names, values []string
		for _, c := range rel.columns {
			if c.name == "org_id" || !g.chance(3) {
				names, values = append(names, c.name), append(values, value(c))
			}
		}
		text := "INSERT INTO " + rel.name + " AS target (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(values, ", ") + ")"
		if g.chance(2) {
			g.scope = []item{{"s", rel.columns}}
			for i, name := range names {
				if name != "id" {
					values[i] = "s." + name
				} else {
					values[i] = pick(g.r, []string{"s.id", "DEFAULT"})
				}
			}
			text = "INSERT INTO " + rel.name + " AS target (" + strings.Join(names, ", ") + ") SELECT " + strings.ReplaceAll(strings.Join(values, ", "), "DEFAULT", "s.id") + " FROM " + rel.name + " AS s LIMIT 3"
			g.scope = nil
		}
		if g.chance(2) {
			g.scope = []item{target}
			text += pick(g.r, []string{" ON CONFLICT DO NOTHING", " ON CONFLICT (org_id, id) DO UPDATE SET " + set()})
		}
		return text + returning()
	case 1:
		g.scope = []item{target}
		text := "UPDATE " + rel.name + " AS target SET " + set()
		if g.chance(2) {
			g.scope = nil
			from := g.source(1)
			g.scope = append(g.scope, target)
			text += " FROM " + from
		}
		return text + " WHERE " + g.expression("boolean", 2) + returning()
	case 2:
		g.scope = nil
		using := ""
		if g.chance(2) {
			using = " USING " + g.source(1)
		}
		g.scope = append(g.scope, target)
		return "DELETE FROM " + rel.name + " AS target" + using + " WHERE " + g.expression("boolean", 2) + returning()
	default:
		g.scope = nil
		source := g.source(1)
		g.scope = append(g.scope, target)
		return "MERGE INTO " + rel.name + " AS target USING " + source + " ON " + g.expression("boolean", 1) + " WHEN MATCHED AND " + g.expression("boolean", 1) +
			pick(g.r, []string{" THEN DELETE", " THEN DO NOTHING", " THEN UPDATE SET " + set()})
	}
}

// top gives a whole query.
func (g *generator) top() string {
	g.scope, g.aggregates = nil, false
	g.hidden = !g.chance(5)
	text := g.query(nil, 3)
	if g.chance(8) {
		g.scope = nil
		text = "WITH w AS " + pick(g.r, []string{"", "MATERIALIZED ", "NOT MATERIALIZED "}) + "(" + g.query([]string{"text"}, 2) + ") SELECT w.c1, q.* FROM w, (" + text + ") q"
	}
	text += " LIMIT 30"
	if g.chance(20) {
		text += " FOR " + pick(g.r, []string{"UPDATE", "SHARE", "NO KEY UPDATE SKIP LOCKED", "KEY SHARE NOWAIT"})
	}
	return text
}

// unit gives texts that belong together; writes says whether they may change rows.
func (g *generator) unit(writes bool) []string {
	q := g.top()
	session := []string{
		"RESET ALL", "DISCARD ALL", "DISCARD PLANS", "DEALLOCATE ALL", "CLOSE ALL", "UNLISTEN *", "SET ROLE callcenter_owner", "RESET ROLE", "SET ROLE none",
		"SET SESSION AUTHORIZATION DEFAULT", "SET row_security = off", "RESET row_security", "SHOW row_security", "SHOW ALL", "RESET app.org_id", "SHOW app.org_id",
		"RESET request.jwt.claims", `SET "request.jwt.claims" = '{}'`, "SET LOCAL app.org_id TO DEFAULT", "SET search_path = public", "SET search_path = pg_temp, public",
		"SET search_path = auth", "SELECT set_config('app.org_id', '', false)", "SELECT set_config('search_path', 'public', true)", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s",
		"ROLLBACK TO s", "RELEASE s", "SET TRANSACTION READ ONLY", "SET default_transaction_isolation = serializable", "LISTEN c", "NOTIFY c, 'x'", "DISCARD TEMP", "CHECKPOINT", "ANALYZE contacts",
		"SET plan_cache_mode = force_generic_plan", "SET client_min_messages = debug1", "SET debug_print_plan = on", "SET constraint_exclusion = on", "SET enable_seqscan = off",
	}
	switch n := g.r.IntN(100); {
	case n < 6 && writes:
		return []string{"BEGIN", g.block(q, g.change()), "ROLLBACK"}
	case n < 6:
		return []string{g.block(q, "PERFORM 1")}
	case n < 50:
		return []string{q}
	case n < 65 && writes:
		return []string{"BEGIN", g.change(), q, "ROLLBACK"}
	case n < 68 && writes:
		// What is kept must leave A rows to work on.
		if text := g.change(); !strings.HasPrefix(text, "DELETE") && !strings.HasPrefix(text, "MERGE") {
			return []string{text}
		}
		return []string{q}
	case n < 70 && writes:
		return []string{"BEGIN", "WITH w AS (" + g.change() + ") SELECT w.* FROM w", "ROLLBACK"}
	case n < 76:
		return []string{"BEGIN", "DECLARE cur " + pick(g.r, []string{"", "SCROLL ", "INSENSITIVE ", "BINARY "}) + "CURSOR FOR " + q, "FETCH 3 FROM cur", "FETCH BACKWARD 1 FROM cur", "MOVE cur", "FETCH ALL cur", pick(g.r, []string{"COMMIT", "ROLLBACK", "CLOSE cur", "DISCARD ALL"}), "COMMIT"}
	case n < 81:
		name := pick(g.r, []string{"p1", "p2", `"P3"`})
		return []string{"PREPARE " + name + " AS " + q, "EXECUTE " + name, pick(g.r, session), "EXECUTE " + name, "DEALLOCATE " + name}
	case n < 88:
		return []string{pick(g.r, session), pick(g.r, session), q}
	case n < 91:
		setting := pick(g.r, g.schema.settings)
		return []string{"SET " + setting + " = " + pick(g.r, []string{"DEFAULT", "on", "off", "'0'", "'x'"}), "SHOW " + setting, q, "RESET " + setting}
	case n < 94:
		return []string{"EXPLAIN " + pick(g.r, []string{"", "(VERBOSE, COSTS) ", "(FORMAT JSON) ", "ANALYZE "}) + q}
	case n < 97:
		return []string{"COPY (" + q + ") TO STDOUT" + pick(g.r, []string{"", " (FORMAT csv, HEADER)", " (FORMAT binary)"}), "COPY " + g.relation().name + " TO STDOUT"}
	case n < 98:
		temp := g.name("temporary")
		return []string{"CREATE TEMP TABLE " + temp + " AS " + q, "SELECT * FROM " + temp, "DROP TABLE " + temp}
	default:
		return []string{g.malformed(q), g.malformed(pick(g.r, session)), q + "; " + pick(g.r, session) + "; " + g.top()}
	}
}

// block has a query, and a statement that changes something, in PL/pgSQL.
func (g *generator) block(q, change string) string {
	show := pick(g.r, []string{"RAISE NOTICE '%', r", "RAISE INFO USING MESSAGE = r::text", "RAISE WARNING '% %', r, SQLSTATE", "ASSERT r IS NULL, r::text", "n := n || r::text"})
	body := pick(g.r, []string{
		"FOR r IN " + q + " LOOP " + show + "; END LOOP",
		"OPEN c FOR " + q + "; LOOP FETCH c INTO r; EXIT WHEN NOT found; " + show + "; END LOOP; CLOSE c",
		"r := (SELECT s FROM (" + q + ") s LIMIT 1); " + show,
		"PERFORM * FROM (" + q + ") s; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE '%', n",
		"IF EXISTS (" + q + ") THEN RAISE NOTICE 'some'; ELSE " + change + "; END IF",
		change + "; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE '%', n",
		"CASE (SELECT s::text FROM (" + q + ") s LIMIT 1) WHEN 'x', (SELECT max(s::text) FROM (" + q + ") s) THEN NULL; END CASE",
		"EXECUTE 'SELECT * FROM contacts' INTO r; " + show,
		"n := array_agg(s::text) FROM (" + q + ") s; RAISE NOTICE '%', n",
	})
	if g.chance(2) {
		body = "BEGIN " + body + "; " + pick(g.r, []string{change, "RAISE EXCEPTION USING ERRCODE = '23505', DETAIL = n", "n := 1 / 0"}) +
			"; EXCEPTION WHEN others THEN GET STACKED DIAGNOSTICS n = " + pick(g.r, []string{"MESSAGE_TEXT", "PG_EXCEPTION_CONTEXT", "PG_EXCEPTION_HINT", "PG_EXCEPTION_DETAIL"}) +
			"; RAISE NOTICE '% % %', SQLERRM, SQLSTATE, n; " + pick(g.r, []string{"RAISE", "NULL", change}) + "; END"
	}
	return "DO $block$ DECLARE r record; n text := ''; c refcursor; BEGIN " + body + "; END $block$"
}

// malformed damages a text.
func (g *generator) malformed(text string) string {
	p := []byte(text)
	for range 1 + g.r.IntN(3) {
		from := g.r.IntN(len(p))
		to := min(len(p), from+1+g.r.IntN(20))
		switch g.r.IntN(4) {
		case 0:
			p = slices.Delete(p, from, to)
		case 1:
			p = slices.Insert(p, from, slices.Clone(p[from:to])...)
		case 2:
			p = slices.Insert(p, from, []byte(pick(g.r, []string{"/*", "*/", "--", ";", "'", `"`, "$$", "(", ")", "\xff", "\x00", "U&'", "E'\\", "::", "$1", "\u00a0", "import_staging"}))...)
		default:
			p[from] = byte(g.r.IntN(256))
		}
		if len(p) == 0 {
			return ";"
		}
	}
	return string(p)
}
