package catalog_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.MainCheckingLeaks(m) }

func load(t testing.TB, conn *pgconn.PgConn, prev *catalog.Snapshot) *catalog.Snapshot {
	t.Helper()
	snap, err := catalog.Load(t.Context(), conn, prev)
	if err != nil {
		t.Fatal(err)
	}
	if conn.TxStatus() != 'I' {
		t.Fatalf("Load leaves transaction status %c", conn.TxStatus())
	}
	return snap
}

func name(qualified string) catalog.Name {
	schema, rest, found := strings.Cut(qualified, ".")
	if !found {
		return catalog.Name{Schema: "public", Name: qualified}
	}
	return catalog.Name{Schema: schema, Name: rest}
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s\n got %+v\nwant %+v", what, got, want)
	}
}

// oid asks Postgres, so that no test repeats the query under test.
func oid(t *testing.T, d *pgtest.Database, kind, name string) uint32 {
	t.Helper()
	var n uint32
	if _, err := fmt.Sscan(d.Query(t, "SELECT $1::"+kind+"::oid", name)[0][0], &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestLoadReadsTheDemoSchema(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, s *pgtest.Server) {
		d := s.NewDatabase(t)
		snap := load(t, d.Connect(t, d.App()), nil)

		equal(t, "generation", snap.Generation, 1)
		equal(t, "database", snap.Database, d.Name)
		equal(t, "major version", snap.ServerVersion/10000, s.Major)
		equal(t, "loaded_at is set", snap.LoadedAt.IsZero(), false)
		equal(t, "role", snap.Role, catalog.Role{Name: demo.AppRole, OID: oid(t, d, "regrole", demo.AppRole)})
		equal(t, "schemas", snap.Schemas, map[string]bool{
			"public": true, "auth": true, "pg_catalog": true, "information_schema": true, "pg_toast": false,
		})
		equal(t, "privilege findings", snap.PrivilegeFindings("org_id"), nil)
		equal(t, "setting findings", snap.SettingFindings(), nil)

		equal(t, "organizations", snap.Relations[name("organizations")], &catalog.Relation{
			Name: name("organizations"), OID: oid(t, d, "regclass", "organizations"), Kind: catalog.Table,
			Owner: demo.OwnerRole, RLSEnabled: true, RLSForced: true, Policies: 1,
			Columns: []string{"id", "name", "plan_code", "country", "timezone", "billing_email", "created_at"},
		})
		for _, table := range demo.TenantTables() {
			rel := snap.Relations[name(table)]
			if rel == nil || !rel.RLSEnabled || !rel.RLSForced || rel.Policies != 1 || rel.RoleIsOwner || !rel.HasColumn("org_id") {
				t.Errorf("%s: %+v", table, rel)
			}
		}
		equal(t, "import_staging has row-level security", snap.Relations[name("import_staging")].RLSEnabled, false)
		equal(t, "sequence", snap.Relations[name("cold_call_logs_id_seq")].Kind, catalog.Sequence)

		summary, leaderboard := snap.Relations[name("campaign_summary")], snap.Relations[name("campaign_leaderboard")]
		equal(t, "summary is a security_invoker view", summary.SecurityInvoker, s.Major >= 15)
		equal(t, "summary's owner", summary.Owner, demo.OwnerRole)
		equal(t, "summary's owner bypasses", summary.OwnerBypassesRLS, false)
		equal(t, "leaderboard's owner bypasses", leaderboard.OwnerBypassesRLS, true)
		equal(t, "leaderboard is a security_invoker view", leaderboard.SecurityInvoker, false)
		equal(t, "kind", leaderboard.Kind, catalog.View)
		for _, want := range []string{"public.cold_call_logs", "public.campaigns", "public.organizations", "'appointment'::public.call_outcome"} {
			if !strings.Contains(leaderboard.Definition, want) {
				t.Errorf("definition lacks %s: %s", want, leaderboard.Definition)
			}
		}

		equal(t, "auth.jwt", snap.Functions[name("auth.jwt")], []*catalog.Function{{
			Name: name("auth.jwt"), OID: oid(t, d, "regprocedure", "auth.jwt()"), Kind: 'f', Volatility: 's',
			Language: "sql", Owner: demo.OwnerRole, ReturnType: "jsonb",
			Source: d.Query(t, "SELECT prosrc FROM pg_proc WHERE proname = 'jwt'")[0][0],
			Config: []string{"search_path=pg_catalog, pg_temp"}, Executable: true,
		}})
		equal(t, "call_outcome", snap.Types[name("call_outcome")],
			&catalog.Type{Name: name("call_outcome"), OID: oid(t, d, "regtype", "call_outcome"), Kind: 'e'})
		equal(t, "types", len(snap.Types), 3)
		equal(t, "operators", len(snap.Operators), 0)
		equal(t, "casts", len(snap.Casts), 0)
	})
}

func TestLoadReadsBuiltIns(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, s *pgtest.Server) {
		d := s.NewDatabase(t)
		snap := load(t, d.Connect(t, d.App()), nil)

		for _, count := range []struct {
			what string
			sql  string
			got  int
		}{
			{"relations", "SELECT count(*) FROM pg_class WHERE relkind NOT IN ('i', 'I', 't') AND relpersistence <> 't'", len(snap.Relations)},
			{"functions", "SELECT count(*) FROM pg_proc", len(snap.FunctionsByOID)},
		} {
			equal(t, count.what, fmt.Sprint(count.got), d.Query(t, count.sql)[0][0])
		}
		class := snap.Relations[name("pg_catalog.pg_class")]
		equal(t, "pg_class is a system relation", class.IsSystem() && class.Kind == catalog.Table && class.Owner == "postgres", true)
		settings := snap.Relations[name("pg_catalog.pg_settings")]
		equal(t, "pg_settings has rules, and no definition is kept", settings.HasRules && settings.Definition == "", true)

		sum := snap.Functions[name("pg_catalog.sum")]
		overloads := make([]string, 0, len(sum))
		for _, f := range sum {
			overloads = append(overloads, strings.Join(f.ArgTypes, ","))
			for _, code := range f.AggFunctions {
				if snap.FunctionsByOID[code] == nil {
					t.Errorf("sum(%v) runs unknown function %d", f.ArgTypes, code)
				}
			}
			equal(t, "sum is an aggregate that runs functions", f.Kind == 'a' && len(f.AggFunctions) > 0, true)
		}
		slices.Sort(overloads)
		equal(t, "overloads of sum", overloads,
			[]string{"bigint", "double precision", "integer", "interval", "money", "numeric", "real", "smallint"})
		byteain := snap.Functions[name("pg_catalog.array_recv")][0]
		equal(t, "array_recv", byteain.HasInternalArg && byteain.Language == "internal" && byteain.Source == "", true)
		equal(t, "pg_read_file is not executable", snap.Functions[name("pg_catalog.pg_read_file")][0].Executable, false)
		equal(t, "now is executable and stable", snap.Functions[name("pg_catalog.now")][0].Executable && snap.Functions[name("pg_catalog.now")][0].Volatility == 's', true)
	})
}

// everything has one of each that a snapshot describes.
const everything = `
CREATE SCHEMA hidden;
CREATE TABLE hidden.parent (org_id uuid, "Odd, ""name""" text, gone int, e int) PARTITION BY LIST (org_id);
ALTER TABLE hidden.parent DROP COLUMN gone;
CREATE TABLE hidden.child PARTITION OF hidden.parent DEFAULT;
CREATE MATERIALIZED VIEW hidden.mat AS SELECT 1 AS n;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE hidden.far (n int) SERVER nowhere;
CREATE TABLE hidden.ruled (n int);
CREATE RULE log AS ON INSERT TO hidden.ruled DO ALSO SELECT 1;
CREATE TYPE hidden.pair AS (a int, b int);

CREATE FUNCTION hidden.peek(hidden.ruled) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION hidden.peek_more(r hidden.ruled, more int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION hidden.peek_many(VARIADIC r hidden.ruled[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION hidden.no_peek(r hidden.ruled, more int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION hidden.definer(OUT x int, IN y text, OUT z int) LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET work_mem = '1MB' SET search_path = hidden, pg_temp AS $$ BEGIN x := 1; z := 2; END $$;
CREATE FUNCTION hidden.parsed(n int) RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count(*) FROM hidden.ruled WHERE ruled.n = parsed.n; END;
CREATE PROCEDURE hidden.act() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;
REVOKE ALL ON FUNCTION hidden.parsed FROM PUBLIC;
CREATE FUNCTION hidden.fallback() RETURNS text LANGUAGE sql AS 'SELECT ''''';
CREATE FUNCTION hidden.defaulted(a int, b text DEFAULT lower('X, y') || hidden.fallback(), OUT c int, d date DEFAULT current_date)
    LANGUAGE sql LEAKPROOF AS 'SELECT 1';
CREATE FUNCTION hidden.step(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
CREATE FUNCTION hidden.finish(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE AGGREGATE hidden.total(int) (SFUNC = hidden.step, STYPE = int, FINALFUNC = hidden.finish);
CREATE FUNCTION hidden.same(hidden.pair, hidden.pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR hidden.=== (LEFTARG = hidden.pair, RIGHTARG = hidden.pair, FUNCTION = hidden.same, COMMUTATOR = OPERATOR(hidden.===), NEGATOR = OPERATOR(hidden.!==));
CREATE FUNCTION hidden.differs(hidden.pair, hidden.pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
CREATE OPERATOR hidden.!== (LEFTARG = hidden.pair, RIGHTARG = hidden.pair, FUNCTION = hidden.differs, NEGATOR = OPERATOR(hidden.===));
CREATE FUNCTION hidden.compare(hidden.pair, hidden.pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 0';
CREATE OPERATOR FAMILY hidden.pairs USING hash;
CREATE OPERATOR CLASS hidden.pair_ops FOR TYPE hidden.pair USING btree AS OPERATOR 3 hidden.===, FUNCTION 1 hidden.compare(hidden.pair, hidden.pair);
CREATE OPERATOR CLASS hidden.int_ops FOR TYPE int USING btree AS OPERATOR 1 <, FUNCTION 1 pg_catalog.btint4cmp(int, int);
CREATE FUNCTION hidden.to_int(hidden.pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE CAST (hidden.pair AS int) WITH FUNCTION hidden.to_int AS ASSIGNMENT;
CREATE CAST (hidden.pair AS json) WITH INOUT;

CREATE FUNCTION hidden.fine(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE DOMAIN hidden.checked AS varchar(20) DEFAULT hidden.fallback() CHECK (hidden.fine(VALUE));
CREATE DOMAIN hidden.by_operator AS hidden.pair CHECK (VALUE OPERATOR(hidden.===) ROW(1, 2)::hidden.pair);
CREATE DOMAIN hidden.plain AS text CHECK (VALUE <> '');
CREATE DOMAIN hidden.nested AS hidden.checked[];
CREATE TYPE hidden.holder AS (n int, c hidden.checked);
CREATE FUNCTION hidden.distance(text, text) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT 1.0::float8';
CREATE TYPE hidden.span AS RANGE (subtype = text, subtype_diff = hidden.distance);
`

func TestLoadReadsEveryKindOfObject(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, s *pgtest.Server) {
		d := s.NewDatabase(t, everything)
		snap := load(t, d.Connect(t, d.App()), nil)
		functionOID := func(signature string) uint32 { return oid(t, d, "regprocedure", signature) }

		equal(t, "USAGE on hidden", snap.Schemas["hidden"], false)
		for relation, kind := range map[string]catalog.RelKind{
			"hidden.parent": catalog.PartitionedTable, "hidden.child": catalog.Table, "hidden.mat": catalog.MaterializedView,
			"hidden.far": catalog.ForeignTable, "hidden.ruled": catalog.Table, "hidden.pair": catalog.CompositeType,
		} {
			rel := snap.Relations[name(relation)]
			if rel == nil || rel.Kind != kind || rel != snap.RelationsByOID[rel.OID] {
				t.Errorf("%s: %+v", relation, rel)
				continue
			}
			equal(t, relation+" has rules", rel.HasRules, relation == "hidden.ruled")
		}
		equal(t, "columns", snap.Relations[name("hidden.parent")].Columns, []string{"org_id", `Odd, "name"`, "e"})

		row := snap.Relations[name("hidden.ruled")].OID
		for function, want := range map[string]uint32{"peek": row, "peek_more": row, "peek_many": row, "no_peek": 0, "step": 0} {
			equal(t, "row argument of "+function, snap.Functions[name("hidden."+function)][0].RowArg, want)
		}
		equal(t, "definer", snap.Functions[name("hidden.definer")][0], &catalog.Function{
			Name: name("hidden.definer"), OID: functionOID("hidden.definer(text)"), Kind: 'f', Volatility: 'v',
			SecurityDefiner: true, Language: "plpgsql", Owner: "postgres", ArgTypes: []string{"text"}, ReturnType: "record",
			ArgNames: []string{"x", "y", "z"}, OutTypes: []string{"integer", "text", "integer"},
			Source: " BEGIN x := 1; z := 2; END ", Config: []string{"work_mem=1MB", "search_path=hidden, pg_temp"}, Executable: true,
		})
		defaulted := snap.Functions[name("hidden.defaulted")][0]
		equal(t, "defaults", defaulted.Defaults, "(lower('X, y'::text) || hidden.fallback()), CURRENT_DATE")
		equal(t, "names of arguments", defaulted.ArgNames, []string{"a", "b", "c", "d"})
		equal(t, "types of arguments", defaulted.OutTypes, []string{"integer", "text", "integer", "date"})
		equal(t, "leakproof", defaulted.Leakproof, true)
		equal(t, "leakproof by default", snap.Functions[name("hidden.peek_more")][0].Leakproof, false)
		equal(t, "default of a number", snap.Functions[name("hidden.peek_more")][0].Defaults, "1")
		parsed := snap.Functions[name("hidden.parsed")][0]
		if !parsed.SQLBody || parsed.Executable || !strings.Contains(parsed.Source, "FROM hidden.ruled") {
			t.Errorf("parsed: %+v", parsed)
		}
		equal(t, "procedure", snap.Functions[name("hidden.act")][0].Kind, 'p')
		total := snap.Functions[name("hidden.total")][0]
		want := []uint32{functionOID("hidden.step(int,int)"), functionOID("hidden.finish(int)")}
		slices.Sort(want)
		equal(t, "functions of total", total.AggFunctions, want)
		equal(t, "state of total", total.AggStates, []string{"integer"})
		equal(t, "kind of total", total.Kind, 'a')

		same, differs := functionOID("hidden.same(hidden.pair,hidden.pair)"), functionOID("hidden.differs(hidden.pair,hidden.pair)")
		equal(t, "operators", snap.Operators, []*catalog.Operator{
			{Name: name("hidden.!=="), Function: differs, Substitutes: []uint32{same}},
			{Name: name("hidden.==="), Function: same, Substitutes: []uint32{differs}},
		})
		equal(t, "operator families", snap.Families, []*catalog.OperatorFamily{
			{Name: name("hidden.pair_ops"), Support: []uint32{functionOID("hidden.compare(hidden.pair,hidden.pair)")}, Operators: []uint32{same}},
		})
		equal(t, "casts", snap.Casts, []*catalog.Cast{
			{Source: "hidden.pair", Target: "integer", Function: functionOID("hidden.to_int(hidden.pair)"), Context: 'a'},
			{Source: "hidden.pair", Target: "json", Context: 'e'},
			// Comes with the range type.
			{Source: "hidden.span", Target: "hidden.span_multirange", Function: functionOID("hidden.span_multirange(hidden.span)"), Context: 'e'},
		})

		check := []uint32{functionOID("hidden.fine(text)"), functionOID("hidden.fallback()")}
		slices.Sort(check)
		for _, want := range []catalog.Type{
			{Name: name("hidden.pair"), Kind: 'c'},
			{Name: name("hidden.checked"), Kind: 'd', BaseType: "character varying", Functions: check},
			{Name: name("hidden.by_operator"), Kind: 'd', BaseType: "hidden.pair", Functions: []uint32{functionOID("hidden.same(hidden.pair,hidden.pair)")}},
			{Name: name("hidden.plain"), Kind: 'd', BaseType: "text"},
			{Name: name("hidden.nested"), Kind: 'd', BaseType: "hidden.checked[]", Functions: check},
			{Name: name("hidden.holder"), Kind: 'c', Functions: check},
			{Name: name("hidden.span"), Kind: 'r', Functions: []uint32{functionOID("hidden.distance(text,text)")}},
			{Name: name("hidden.span_multirange"), Kind: 'm', Functions: []uint32{functionOID("hidden.distance(text,text)")}},
		} {
			got := snap.Types[want.Name]
			want.OID = oid(t, d, "regtype", want.String())
			equal(t, "type "+want.String(), got, &want)
		}
		for typ := range snap.Types {
			if strings.HasPrefix(typ.Name, "_") || snap.Relations[typ] != nil && snap.Relations[typ].Kind != catalog.CompositeType {
				t.Errorf("type %s is an array or a row type", typ)
			}
		}
	})
}

func TestExtensionMembersAreTold(t *testing.T) {
	d := pgtest.NewDatabase(t, "CREATE EXTENSION citext SCHEMA public")
	snap := load(t, d.Connect(t, d.App()), nil)
	citext := snap.Types[name("citext")]
	equal(t, "extension of the type", citext.Extension, "citext")
	in := snap.Functions[name("citextin")]
	equal(t, "extension of citextin", in[0].Extension, "citext")
	equal(t, "citext's functions include citextin", slices.Contains(citext.Functions, in[0].OID), true)
	equal(t, "extension of auth.jwt", snap.Functions[name("auth.jwt")][0].Extension, "")
}

func TestSecurityInvokerInEverySpelling(t *testing.T) {
	d := pgtest.NewDatabase(t)
	conn := d.Connect(t, d.App())
	for _, c := range []struct {
		option string
		want   bool
	}{
		{"security_invoker", true}, {"security_invoker = on", true}, {"security_invoker = YES", true}, {"security_invoker = 1", true},
		{"security_invoker = tr", true}, {"security_invoker = off", false}, {"security_invoker = 0", false}, {"security_barrier", false},
	} {
		d.Exec(t, "DROP VIEW IF EXISTS spelled", "CREATE VIEW spelled WITH ("+c.option+") AS SELECT 1")
		equal(t, c.option, load(t, conn, nil).Relations[name("spelled")].SecurityInvoker, c.want)
	}
}

// What a client session may do to names and literals does not reach the texts.
func TestLoadPinsItsSession(t *testing.T) {
	d := pgtest.NewDatabase(t, "CREATE SCHEMA other", "CREATE TABLE other.target (at timestamptz)",
		`CREATE VIEW public.pinned AS SELECT at FROM other.target WHERE at > '2026-01-02 03:04:05+00' AND 'a\b' <> ''`)
	plain := load(t, d.Connect(t, d.App()), nil)
	conn := d.Connect(t, d.App())
	for _, setting := range []string{"search_path = other, pg_catalog", "quote_all_identifiers = on", "DateStyle = 'SQL, DMY'",
		"TimeZone = 'Asia/Tokyo'", "standard_conforming_strings = off", "default_transaction_read_only = on"} {
		if _, err := conn.Exec(t.Context(), "SET "+setting).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	twisted := load(t, conn, nil)
	definition := plain.Relations[name("pinned")].Definition
	equal(t, "definition", twisted.Relations[name("pinned")].Definition, definition)
	if !strings.Contains(definition, "other.target") || !strings.Contains(definition, "2026-01-02 03:04:05+00") {
		t.Errorf("definition: %s", definition)
	}
	equal(t, "the session's own setting is back", pgtest.Query(t, conn, "SHOW search_path")[0][0], "other, pg_catalog")
}

func TestLockedViewIsLeftWithoutADefinitionUntilItIsFree(t *testing.T) {
	d := pgtest.NewDatabase(t, "CREATE TABLE locked (n int)", "CREATE VIEW over_locked AS SELECT n FROM locked",
		"CREATE FUNCTION of_locked() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM locked; END")
	conn := d.Connect(t, d.App())
	holder := d.Connect(t, d.Superuser())
	pgtest.Query(t, holder, "BEGIN")
	pgtest.Query(t, holder, "LOCK TABLE locked IN ACCESS EXCLUSIVE MODE")

	during := load(t, conn, nil)
	equal(t, "definition while locked", during.Relations[name("over_locked")].Definition, "")
	equal(t, "body while locked", during.Functions[name("of_locked")][0].Source, "")
	equal(t, "another view has its definition", during.Relations[name("campaign_summary")].Definition != "", true)

	pgtest.Query(t, holder, "ROLLBACK")
	after := load(t, conn, during)
	equal(t, "definition is there again", after.Relations[name("over_locked")].Definition != "", true)
	equal(t, "body is there again", after.Functions[name("of_locked")][0].Source != "", true)
	equal(t, "generation", after.Generation, during.Generation+1)
}

func TestLoadFailsOnAnUnusableConnection(t *testing.T) {
	d := pgtest.NewDatabase(t)
	conn := d.Connect(t, d.App())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if snap, err := catalog.Load(ctx, conn, nil); err == nil || snap != nil {
		t.Errorf("got %v, %v", snap, err)
	}
	conn = d.Connect(t, d.App())
	pgtest.Query(t, conn, "BEGIN")
	if snap, err := catalog.Load(t.Context(), conn, nil); err == nil || snap != nil {
		t.Errorf("in a transaction: got %v, %v", snap, err)
	}
	conn = d.Connect(t, d.App())
	d.Query(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", demo.AppRole)
	if snap, err := catalog.Load(t.Context(), conn, nil); err == nil || snap != nil {
		t.Errorf("got %v, %v", snap, err)
	}
}
