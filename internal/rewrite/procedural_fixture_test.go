package rewrite

import (
	"testing"

	"tenantproxy/internal/catalog"
)

// procedure adds a function in PL/pgSQL.
func (f *fixture) procedural(qualified, source string, args ...string) *catalog.Function {
	fn := f.function(qualified, args...)
	fn.Language, fn.Source = proceduralLanguage, source
	return fn
}

// procedural is a schema with functions in PL/pgSQL.
func procedural(t testing.TB) *fixture {
	f := bodied(t)
	named := func(fn *catalog.Function, names ...string) *catalog.Function {
		fn.ArgNames = names
		return fn
	}
	named(f.procedural("own_names", `
DECLARE
	r contacts%ROWTYPE;
	n bigint := 0;
BEGIN
	FOR r IN SELECT * FROM contacts WHERE org_id = org LOOP
		n := n + length(r.name);
	END LOOP;
	RETURN n;
END`, "uuid"), "org")
	f.procedural("pl_norls", "BEGIN RETURN (SELECT secret FROM norls); END")
	f.procedural("dynamic", "BEGIN RETURN QUERY EXECUTE format('SELECT secret FROM %I', $1); END", "text")
	f.procedural("pl_definer", "BEGIN RETURN 1; END").SecurityDefiner = true
	f.procedural("pl_leakproof", "BEGIN RETURN 1; END").Leakproof = true
	f.procedural("calls_pl_norls", "BEGIN PERFORM pl_norls(); RETURN 1; END")
	f.procedural("calls_sql", "BEGIN RETURN reads_norls(); END")
	f.sqlFunction("sql_calls_pl", "SELECT pl_norls()")
	f.sqlFunction("sql_calls_own", "SELECT own_names($1)", "uuid")
	f.procedural("pl_path", "BEGIN RETURN (SELECT count(*) FROM daily); END").Config = []string{"search_path=reporting"}
	f.procedural("triggered", "BEGIN RETURN NEW; END").ReturnType = "trigger"
	f.procedural("polymorphic", "BEGIN RETURN $1; END", "anyelement").ReturnType = "anyelement"
	f.procedural("sets", "BEGIN SET LOCAL app.org_id = 'x'; END")
	named(f.procedural("field_of_argument", "BEGIN RETURN c.status; END", "contacts"), "c")
	named(f.procedural("field_of_either", "BEGIN RETURN (SELECT c.status FROM (SELECT 1) c); END", "contacts"), "c")
	f.procedural("row_call", "BEGIN RETURN (SELECT max(c.full_name) FROM contacts c); END")
	p := f.procedural("pl_procedure", "BEGIN UPDATE contacts SET name = 'x'; COMMIT; END")
	p.Kind = 'p'
	p = f.procedural("pl_shared", "BEGIN UPDATE plans SET price = 0; END")
	p.Kind = 'p'
	f.view("v_pl", "n", true, " SELECT public.own_names(NULL::uuid) AS n;")
	f.procedural("pl_checks", "BEGIN RETURN EXISTS (SELECT FROM public.contacts); END", "text")
	f.typ("pl_checked", 'd', f.snap.Functions[name("pl_checks")]...).BaseType = "text"
	delete(f.snap.Types, name("guarded"))
	for _, refused := range []string{"checked_norls", "checked_by_norls", "checked_by_path"} {
		delete(f.snap.Types, name(refused))
	}
	return f
}

// proceduralHostile adds a domain that may not be used, in a schema off the path.
func proceduralHostile(t testing.TB) *fixture {
	f := procedural(t)
	f.typ("reporting.guarded", 'd', f.snap.Functions[name("definer")]...).BaseType = "text"
	return f
}
