package rewrite

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"

	"tenantproxy/internal/catalog"
)

// fixture builds a catalog snapshot: the system schemas of a PostgreSQL 15
// (testdata/pg15_*.tsv, dumped from a server), and what a test adds.
type fixture struct {
	t       testing.TB
	snap    *catalog.Snapshot
	nextOID uint32
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{t: t, nextOID: firstNormalOID, snap: &catalog.Snapshot{
		Generation:     1,
		Database:       "app",
		ServerVersion:  150020,
		Role:           catalog.Role{Name: "app_tenant", OID: 16000},
		Schemas:        map[string]bool{"pg_catalog": true, "information_schema": true, "public": true},
		Relations:      map[catalog.Name]*catalog.Relation{},
		RelationsByOID: map[uint32]*catalog.Relation{},
		Functions:      map[catalog.Name][]*catalog.Function{},
		FunctionsByOID: map[uint32]*catalog.Function{},
		Types:          map[catalog.Name]*catalog.Type{},
	}}
	f.readTSV("testdata/pg15_relations.tsv", 5, func(c []string) {
		f.add(&catalog.Relation{
			Name: catalog.Name{Schema: c[1], Name: c[2]}, OID: f.number(c[0]), Kind: catalog.RelKind(c[3][0]),
			Owner: "postgres", OwnerBypassesRLS: true, Columns: strings.Split(c[4], ","),
		})
	})
	f.readTSV("testdata/pg15_functions.tsv", 9, func(c []string) {
		fn := &catalog.Function{
			Name: catalog.Name{Schema: c[1], Name: c[2]}, OID: f.number(c[0]), Kind: c[3][0], Volatility: c[4][0],
			SecurityDefiner: c[5] == "1", Language: c[6], Owner: "postgres", ReturnType: c[8], Executable: true,
		}
		if c[7] != "" {
			fn.ArgTypes = strings.Split(c[7], "|")
		}
		fn.HasInternalArg = hasArg(fn, "internal")
		f.addFunction(fn)
	})
	return f
}

func (f *fixture) readTSV(path string, columns int, row func([]string)) {
	f.t.Helper()
	file, err := os.Open(path)
	if err != nil {
		f.t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		c := strings.Split(lines.Text(), "\t")
		if len(c) != columns {
			f.t.Fatalf("%s: %d columns in %q, want %d", path, len(c), lines.Text(), columns)
		}
		row(c)
	}
}

func (f *fixture) number(s string) uint32 {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		f.t.Fatal(err)
	}
	return uint32(n)
}

func (f *fixture) oid() uint32 { f.nextOID++; return f.nextOID }

func (f *fixture) add(rel *catalog.Relation) *catalog.Relation {
	if rel.OID == 0 {
		rel.OID = f.oid()
	}
	f.snap.Relations[rel.Name] = rel
	f.snap.RelationsByOID[rel.OID] = rel
	return rel
}

func (f *fixture) addFunction(fn *catalog.Function) *catalog.Function {
	if fn.OID == 0 {
		fn.OID = f.oid()
	}
	f.snap.Functions[fn.Name] = append(f.snap.Functions[fn.Name], fn)
	f.snap.FunctionsByOID[fn.OID] = fn
	return fn
}

func name(qualified string) catalog.Name {
	schema, n, found := strings.Cut(qualified, ".")
	if !found {
		return catalog.Name{Schema: "public", Name: qualified}
	}
	return catalog.Name{Schema: schema, Name: n}
}

// table adds a table with row-level security enabled and forced.
func (f *fixture) table(qualified, columns string) *catalog.Relation {
	rel := f.open(qualified, columns)
	rel.RLSEnabled, rel.RLSForced, rel.Policies = true, true, 1
	return rel
}

// open adds a table without row-level security.
func (f *fixture) open(qualified, columns string) *catalog.Relation {
	return f.add(&catalog.Relation{
		Name: name(qualified), Kind: catalog.Table, Owner: "app_owner", Columns: strings.Fields(columns),
	})
}

// view adds a view that runs as app_owner, unless invoker.
func (f *fixture) view(qualified, columns string, invoker bool, definition string) *catalog.Relation {
	return f.add(&catalog.Relation{
		Name: name(qualified), Kind: catalog.View, Owner: "app_owner", Columns: strings.Fields(columns),
		SecurityInvoker: invoker, Definition: definition,
	})
}

// sqlFunction adds a function in SQL.
func (f *fixture) sqlFunction(qualified, source string, args ...string) *catalog.Function {
	fn := f.function(qualified, args...)
	fn.Language, fn.Source = "sql", source
	return fn
}

// function adds a function of the user in a language that is not analysed, SECURITY
// INVOKER and stable.
func (f *fixture) function(qualified string, args ...string) *catalog.Function {
	return f.addFunction(&catalog.Function{
		Name: name(qualified), Kind: 'f', Volatility: 's', Language: "plperl", Owner: "app_owner",
		ArgTypes: args, ReturnType: "text", Source: "return 1", Executable: true,
	})
}

// extension adds a C function of an extension.
func (f *fixture) extension(extension, qualified string, volatility byte, args ...string) *catalog.Function {
	fn := f.function(qualified, args...)
	fn.Extension, fn.Language, fn.Volatility, fn.Source = extension, "c", volatility, ""
	return fn
}

func (f *fixture) typ(qualified string, kind byte, functions ...*catalog.Function) *catalog.Type {
	t := &catalog.Type{Name: name(qualified), OID: f.oid(), Kind: kind}
	for _, fn := range functions {
		t.Functions = append(t.Functions, fn.OID)
	}
	f.snap.Types[t.Name] = t
	return t
}

func (f *fixture) operator(qualified, symbol string, fn *catalog.Function) {
	f.snap.Operators = append(f.snap.Operators, &catalog.Operator{
		Name: catalog.Name{Schema: qualified, Name: symbol}, Function: fn.OID,
	})
}

func (f *fixture) checker(policy Policy) *Checker {
	f.t.Helper()
	c, err := New(policy, f.snap)
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

// testPolicy is the default policy with one shared relation.
func testPolicy() Policy {
	return Policy{
		Schemas:           []string{"public"},
		AllowRelations:    []string{"public.plans"},
		Explain:           "plain",
		ProtectedSettings: []string{"app.org_id", "request.jwt.claims"},
	}
}

// callCentre is a multi-tenant schema as an application has it: tables with
// forced row-level security, and one of everything that is not fine.
func callCentre(t testing.TB) *fixture {
	f := newFixture(t)
	for _, schema := range []string{"auth", "extensions", "reporting"} {
		f.snap.Schemas[schema] = true
	}
	f.snap.Schemas["private"] = false

	f.table("organizations", "id name")
	f.table("contacts", "id org_id name phone status created_at")
	f.table("campaigns", "id org_id name starts_at")
	f.table("appointments", "id org_id contact_id starts_at ends_at note")
	f.table("calls", "id org_id contact_id campaign_id started_at seconds").Kind = catalog.PartitionedTable
	f.open("calls_2026", "id org_id contact_id campaign_id started_at seconds")
	f.table("reporting.daily", "org_id day calls")
	f.table("CamelCase", "id orgId")

	f.open("norls", "id org_id secret")
	f.open("import_staging", "id org_id line")
	f.open("plans", "id name price")
	owned := f.table("owned", "id org_id")
	owned.RoleIsOwner, owned.RLSForced = true, false
	forced := f.table("owned_forced", "id org_id")
	forced.RoleIsOwner = true
	unforced := f.table("unforced", "id org_id")
	unforced.RLSForced = false
	empty := f.table("no_policies", "id org_id")
	empty.Policies = 0
	ruled := f.table("ruled", "id org_id")
	ruled.HasRules = true

	f.open("mv", "id secret").Kind = catalog.MaterializedView
	f.open("ft", "id secret").Kind = catalog.ForeignTable
	f.open("contacts_id_seq", "last_value log_cnt is_called").Kind = catalog.Sequence
	f.open("address", "street city").Kind = catalog.CompositeType

	f.view("v_invoker", "id name", true, " SELECT contacts.id, contacts.name FROM public.contacts;")
	f.view("v_forced", "id name", false, " SELECT contacts.id, contacts.name FROM public.contacts;")
	f.view("v_definer", "id org_id", false, " SELECT unforced.id, unforced.org_id FROM public.unforced;")
	bypass := f.view("v_superuser", "id name", false, " SELECT contacts.id, contacts.name FROM public.contacts;")
	bypass.Owner, bypass.OwnerBypassesRLS = "postgres", true
	f.view("v_norls", "secret", true, " SELECT norls.secret FROM public.norls;")
	f.view("v_over_definer", "id", true, " SELECT v_definer.id FROM public.v_definer;")
	f.view("v_over_invoker", "id", false, " SELECT v_invoker.id FROM public.v_invoker;")
	f.view("v_plans", "id name", true, " SELECT plans.id, plans.name FROM public.plans;")
	f.view("v_sublink", "id", true, " SELECT contacts.id FROM public.contacts WHERE (contacts.id IN ( SELECT norls.id FROM public.norls));")
	f.view("v_cte", "id", true, " WITH norls AS ( SELECT contacts.id FROM public.contacts) SELECT norls.id FROM norls;")
	f.view("v_catalog", "relname", false, " SELECT c.relname FROM pg_class c;")
	f.view("v_activity", "query", false, " SELECT pg_stat_activity.query FROM pg_stat_activity;")
	f.view("v_loop_a", "id", true, " SELECT v_loop_b.id FROM public.v_loop_b;")
	f.view("v_loop_b", "id", true, " SELECT v_loop_a.id FROM public.v_loop_a;")
	f.view("v_function", "jwt", true, " SELECT auth.jwt() AS jwt;")
	f.view("v_broken", "id", true, "not a view")
	f.view("v_own_org", "id", true, " SELECT contacts.id FROM public.contacts WHERE (contacts.org_id = (current_setting('app.org_id'::text, true))::uuid);")
	f.view("v_private", "id", true, " SELECT hidden.id FROM private.hidden;")
	f.view("v_settings", "name setting", true, " SELECT pg_settings.name, pg_settings.setting FROM pg_settings;")
	f.view("v_own_settings", "name setting", true, " SELECT pg_settings.name, pg_settings.setting FROM pg_settings WHERE (pg_settings.name = 'search_path'::text);")
	f.view("v_over_settings", "name setting", true, " SELECT v_own_settings.name, v_own_settings.setting FROM public.v_own_settings;")
	f.view("v_norls_function", "id jwt", true, " SELECT norls.id, auth.jwt() AS jwt FROM public.norls;")
	f.table("private.hidden", "id org_id")

	f.function("auth.jwt")
	f.function("auth.org")
	f.function("helper", "integer")
	f.function("full_name", "contacts")
	f.function("status", "contacts")
	definer := f.function("definer", "integer")
	definer.SecurityDefiner = true
	f.function("do_things").Kind = 'p'
	f.function("auth.member").Source = "SELECT EXISTS (SELECT FROM Membership_cache m WHERE m.org_id = auth.org())"
	f.open("invoice_number_seq", "last_value log_cnt is_called").Kind = catalog.Sequence
	step := f.function("step", "text", "text")
	aggregate := f.function("user_agg", "text")
	aggregate.Kind, aggregate.AggFunctions = 'a', []uint32{step.OID}
	product := f.function("product", "numeric")
	product.Kind = 'a'
	for _, mul := range f.snap.Functions[catalog.Name{Schema: "pg_catalog", Name: "numeric_mul"}] {
		product.AggFunctions = append(product.AggFunctions, mul.OID)
	}
	f.function("allowed", "integer")
	f.function("lower", "text")

	f.extension("pgcrypto", "extensions.digest", 'i', "text", "text")
	f.extension("pgcrypto", "extensions.gen_random_bytes", 'v', "integer")
	f.extension("uuid-ossp", "uuid_generate_v4", 'v')
	f.extension("pg_trgm", "set_limit", 'v', "real")
	similarity := f.extension("pg_trgm", "similarity", 'i', "text", "text")
	f.extension("tablefunc", "crosstab", 'i', "text")
	f.extension("dblink", "dblink", 'v', "text", "text")
	f.extension("postgis", "st_estimatedextent", 's', "text", "text")
	f.extension("postgis", "st_makepoint", 'i', "double precision", "double precision")
	f.extension("hstore", "hstore_recv", 's', "internal").HasInternalArg = true
	f.extension("tsm_system_rows", "system_rows", 'v', "internal").HasInternalArg = true
	f.operator("public", "%", similarity)
	f.operator("public", "<@>", definer)
	f.operator("reporting", "+", definer)

	f.typ("mood", 'e')
	f.typ("hstore", 'b').Extension = "hstore"
	f.typ("blob", 'b').Extension = "mystery"
	f.typ("price_range", 'r')
	constructor := f.function("price_range", "numeric", "numeric")
	constructor.Language, constructor.Volatility = "internal", 'i'
	positive := f.typ("positive", 'd')
	positive.BaseType = "integer"
	small := f.typ("small_positive", 'd')
	small.BaseType = "positive"
	return f
}

// hostile is a schema with the constructions that run code without a call.
func hostile(t testing.TB) *fixture {
	f := callCentre(t)
	f.typ("checked", 'd', f.snap.Functions[name("definer")]...).BaseType = "text"
	f.typ("over_checked", 'd').BaseType = "checked[]"
	f.typ("pair", 'c')
	long := strings.Repeat("x", 62)
	f.typ(long+"y", 'd', f.snap.Functions[name("definer")]...).BaseType = "text"
	return f
}

// casting is a schema with a cast to text by a user function.
func casting(t testing.TB) *fixture {
	f := callCentre(t)
	f.typ("ct", 'c')
	f.snap.Casts = append(f.snap.Casts, &catalog.Cast{
		Source: "ct", Target: "text", Function: f.function("c2t", "ct").OID, Context: 'e',
	})
	return f
}

// implicitCasting is one whose cast needs no syntax.
func implicitCasting(t testing.TB) *fixture {
	f := casting(t)
	f.snap.Casts[0].Context = 'i'
	return f
}

// jsonCasting is one whose explicit cast is to json.
func jsonCasting(t testing.TB) *fixture {
	f := casting(t)
	f.snap.Casts[0].Target = "json"
	return f
}

// bodied is a schema with functions in SQL.
func bodied(t testing.TB) *fixture {
	f := callCentre(t)
	f.sqlFunction("own_contacts", "SELECT id FROM contacts WHERE org_id <> $1", "uuid")
	f.sqlFunction("add_contact", "INSERT INTO contacts (name) VALUES ($1) RETURNING id; SELECT 1", "text")
	f.sqlFunction("empty_body", "")
	f.sqlFunction("reads_norls", "SELECT secret FROM norls")
	f.sqlFunction("reads_and_sets", "SELECT secret FROM norls; SET app.org_id = 'x'")
	f.sqlFunction("over_norls", "SELECT reads_norls()")
	f.sqlFunction("own_path", "SELECT id FROM daily").Config = []string{"search_path=reporting, pg_temp"}
	f.sqlFunction("hidden_path", "SELECT secret FROM norls").Config = []string{`search_path=""`}
	f.sqlFunction("callee", "SELECT id FROM contacts")
	f.sqlFunction("reporting.contacts", "SELECT 1")
	f.open("reporting.contacts", "id")
	f.sqlFunction("caller", "SELECT public.callee()").Config = []string{"search_path=reporting"}
	f.sqlFunction("user_path", "SELECT 1").Config = []string{`search_path="$user", public`}
	f.sqlFunction("with_setting", "SELECT 1").Config = []string{"TimeZone=UTC"}
	f.sqlFunction("with_context", "SELECT 1").Config = []string{"app.org_id=x"}
	f.sqlFunction("sets_path", "SET search_path = private; SELECT 1")
	f.sqlFunction("sets_config", "SELECT set_config('timezone', 'UTC', false)")
	f.sqlFunction("reads_context", "SELECT current_setting('app.org_id')")
	f.sqlFunction("reads_any", "SELECT current_setting($1)", "text")
	f.sqlFunction("sleeps", "SELECT pg_sleep(1)")
	f.sqlFunction("makes_table", "SELECT * INTO copied FROM contacts")
	f.sqlFunction("executes", "EXECUTE prepared")
	f.sqlFunction("calls_itself", "SELECT calls_itself()")
	f.sqlFunction("mutual_a", "SELECT mutual_b()")
	f.sqlFunction("mutual_b", "SELECT mutual_a()")
	f.sqlFunction("mutual_c", "SELECT mutual_d()")
	f.sqlFunction("mutual_d", "SELECT mutual_c(); SELECT secret FROM norls")
	f.sqlFunction("calls_perl", "SELECT helper(1)")
	f.sqlFunction("broken", "SELEC 1")
	f.sqlFunction("unknown_relation", "SELECT * FROM no_such_relation")
	f.sqlFunction("definer_sql", "SELECT 1").SecurityDefiner = true
	f.sqlFunction("leakproof", "SELECT 1").Leakproof = true
	f.sqlFunction("not_executable", "SELECT 1").Executable = false
	f.sqlFunction("overloaded", "SELECT 1", "integer")
	f.sqlFunction("overloaded", "SELECT count(*) FROM norls", "text")
	f.sqlFunction("defaulted", "SELECT 1", "text").Defaults = "public.definer(1)"
	f.sqlFunction("harmless_default", "SELECT 1", "text").Defaults = "now(), 'x'::text"
	atomic := f.sqlFunction("atomic", "BEGIN ATOMIC\n SELECT contacts.id FROM public.contacts WHERE (contacts.org_id = atomic.org);\nEND", "uuid")
	atomic.SQLBody, atomic.ArgNames = true, []string{"org"}
	f.sqlFunction("atomic_norls", "BEGIN ATOMIC\n SELECT norls.secret FROM public.norls;\nEND").SQLBody = true
	f.sqlFunction("atomic_return", "RETURN (1 + public.definer(2))").SQLBody = true
	f.sqlFunction("atomic_locked", "").SQLBody = true
	hiding := f.sqlFunction("hiding", "SELECT b.status, (SELECT b.status FROM contacts b LIMIT 1)", "contacts")
	hiding.ArgNames = []string{"b"}
	f.sqlFunction("column_not_call", "SELECT c.status FROM contacts c")
	f.sqlFunction("settings_by_argument", "SELECT setting FROM pg_settings WHERE name = 'timezone'", "text")
	f.sqlFunction("returns_domain", "SELECT 1").ReturnType = "public.guarded"
	f.typ("guarded", 'd', f.snap.Functions[name("definer")]...).BaseType = "text"
	f.view("v_calls", "id", true, " SELECT public.own_contacts(NULL::uuid) AS id;")
	f.view("v_norls", "id", false, " SELECT public.reads_norls() AS id;")
	f.view("v_perl", "id", false, " SELECT public.helper(1) AS id;")
	f.sqlFunction("reads_v_cycle", "SELECT id FROM public.v_cycle")
	f.view("v_cycle", "id", false, " SELECT public.reads_v_cycle() AS id;")
	f.sqlFunction("reads_v_calls", "SELECT id FROM public.v_calls")
	f.view("v_over", "id", false, " SELECT v_calls.id FROM public.v_calls;")
	f.sqlFunction("reads_v_calls_by_path", "SELECT id FROM public.v_over").Config = []string{"search_path=reporting, public"}
	f.sqlFunction("checks", "SELECT EXISTS (SELECT FROM public.contacts)", "text")
	f.typ("checked", 'd', f.snap.Functions[name("checks")]...).BaseType = "text"
	f.sqlFunction("checks_itself", "SELECT 'x'::public.checked_itself IS NULL", "text")
	f.typ("checked_itself", 'd', f.snap.Functions[name("checks_itself")]...).BaseType = "text"
	f.sqlFunction("checks_norls", "SELECT EXISTS (SELECT FROM public.norls)", "text")
	f.typ("checked_norls", 'd', f.snap.Functions[name("checks_norls")]...).BaseType = "text"
	f.sqlFunction("checks_by_norls", "SELECT 'x'::public.checked_norls IS NULL", "text")
	f.typ("checked_by_norls", 'd', f.snap.Functions[name("checks_by_norls")]...).BaseType = "text"
	f.sqlFunction("checks_by_path", "SELECT EXISTS (SELECT FROM contacts)", "text")
	f.typ("checked_by_path", 'd', f.snap.Functions[name("checks_by_path")]...).BaseType = "text"
	f.aggregate("total", f.sqlFunction("add_up", "SELECT int4larger($1, $2)", "integer", "integer"))
	f.aggregate("total_norls", f.sqlFunction("add_norls", "SELECT count(*)::int FROM public.norls", "integer", "integer"))
	larger := f.snap.Functions[name("pg_catalog.int4larger")][0]
	f.aggregate("checked_state", larger).AggStates = []string{"public.checked", "integer[]"}
	f.aggregate("guarded_state", larger).AggStates = []string{"integer", "public.guarded[]"}
	f.aggregate("unknown_state", larger).AggStates = []string{"public.no_such_type"}
	f.operator("public", "<->", f.snap.Functions[name("add_norls")][0])
	op := f.sqlFunction("negated", "SELECT $1 = $2", "text", "text")
	f.snap.Operators = append(f.snap.Operators, &catalog.Operator{Name: name("<+>"), Function: op.OID})
	f.aggregate("by_operator", op)
	return f
}

// bodiedCast is a schema whose implicit cast runs a function in SQL, which is
// allowed by its body if that is.
func bodiedCast(t testing.TB, source string) *fixture {
	f := implicitCasting(t)
	fn := f.snap.FunctionsByOID[f.snap.Casts[0].Function]
	fn.Language, fn.Source = "sql", source
	return f
}

func (f *fixture) aggregate(qualified string, part *catalog.Function) *catalog.Function {
	fn := f.function(qualified, "integer")
	fn.Kind, fn.Language, fn.AggFunctions = 'a', "internal", []uint32{part.OID}
	return fn
}

// family adds an operator family over functions, for an index and by operators.
func family(t testing.TB, support, operator string) *fixture {
	f := callCentre(t)
	family := &catalog.OperatorFamily{Name: name("odd_ops")}
	if support != "" {
		family.Support = []uint32{f.sqlFunction("odd_compare", support, "text", "text").OID}
	}
	if operator != "" {
		family.Operators = []uint32{f.sqlFunction("odd_equal", operator, "text", "text").OID}
	}
	f.snap.Families = append(f.snap.Families, family)
	return f
}
