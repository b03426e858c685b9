package migrate_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/hardening/audit"
	"tenantproxy/internal/hardening/migrate"
	"tenantproxy/internal/hardening/schema"
	"tenantproxy/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.MainCheckingLeaks(m) }

// before is a schema as it is before anybody has hardened it.
const before = `
CREATE TABLE public."Odd ""Name""" ("id" int PRIMARY KEY, org_id uuid, "Text" text);
GRANT ALL ON public."Odd ""Name""" TO app_tenant;
INSERT INTO public."Odd ""Name""" SELECT 1, id, 'x' FROM organizations LIMIT 1;
CREATE TABLE public.notes (id int PRIMARY KEY, org_id uuid REFERENCES organizations, body text);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON public.notes FOR SELECT TO app_tenant USING (true);
COMMENT ON POLICY everything ON public.notes IS 'it''s open';
GRANT SELECT ON public.notes TO app_tenant;
CREATE POLICY open_root ON public.organizations USING (true) WITH CHECK (true);
CREATE TABLE public.events (id int, org_id uuid NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE public.events_1 PARTITION OF public.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO public.events SELECT 1, id, '2026-02-02' FROM organizations;
GRANT SELECT, INSERT ON public.events, public.events_1 TO app_tenant;
ALTER TABLE public.events ENABLE ROW LEVEL SECURITY;
CREATE POLICY truism ON public.notes FOR UPDATE TO app_tenant USING (body IS NULL OR 1 = 1) WITH CHECK (body IS NULL);
CREATE POLICY unset ON public.notes FOR DELETE USING (COALESCE(org_id::text = current_setting('app.org_id', true), true));
GRANT TRUNCATE ON public.notes TO PUBLIC;
CREATE TABLE public.rates (org_id uuid REFERENCES organizations, rate int);
CREATE VIEW public.rates_of_all AS SELECT * FROM public.rates;
CREATE VIEW public.inner_notes AS SELECT * FROM public.notes;
CREATE VIEW public.outer_notes AS SELECT * FROM public.inner_notes;
GRANT SELECT ON public.rates_of_all, public.inner_notes, public.outer_notes TO app_tenant;
GRANT CREATE ON SCHEMA public TO PUBLIC;
REVOKE CREATE ON SCHEMA public FROM callcenter_owner;
GRANT REFERENCES (org_id, body) ON public.notes TO app_tenant WITH GRANT OPTION;
CREATE SEQUENCE public."Numbers";
GRANT UPDATE ON SEQUENCE public."Numbers" TO app_tenant;
CREATE TABLE public.lookup (code text PRIMARY KEY);
GRANT SELECT, TRIGGER, TRUNCATE ON public.lookup TO app_tenant;
ALTER DEFAULT PRIVILEGES FOR ROLE callcenter_owner IN SCHEMA public GRANT SELECT, TRUNCATE ON TABLES TO app_tenant WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE callcenter_owner GRANT TRIGGER ON TABLES TO PUBLIC;
CREATE POLICY some_floor ON public.notes AS RESTRICTIVE TO app_tenant, callcenter_owner USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid));
CREATE POLICY some_rule ON public.notes AS RESTRICTIVE FOR SELECT TO callcenter_owner USING (body IS NOT NULL);
DO $$ BEGIN EXECUTE format('GRANT TEMPORARY, CREATE ON DATABASE %I TO PUBLIC', current_database()); END $$;
`

func plan(t *testing.T, db *pgtest.Database) (*migrate.Plan, migrate.Options, *pgx.Conn) {
	t.Helper()
	admin, err := pgx.Connect(t.Context(), db.Superuser())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close(context.Background()) })
	s, err := schema.Read(t.Context(), admin, schema.Options{Role: demo.AppRole})
	if err != nil {
		t.Fatal(err)
	}
	o := migrate.Options{
		Schema: s, Org: migrate.SettingOrg("app.org_id"),
		Tenancy: audit.Tenancy{
			Column: "org_id", Table: catalog.Name{Schema: "public", Name: "organizations"}, Type: "uuid", Setting: "app.org_id",
			ClaimsSetting: "request.jwt.claims", Schemas: []string{"public"}, Shared: map[catalog.Name]bool{{Schema: "public", Name: "plans"}: true},
		},
	}
	return migrate.Make(o), o, admin
}

// openness is what org A sees of and can do to each table, as the upstream role.
func openness(t *testing.T, conn *pgconn.PgConn) map[string]string {
	t.Helper()
	open := make(map[string]string)
	pgtest.Query(t, conn, "SELECT set_config('app.org_id', $1, false), set_config('request.jwt.claims', $2, false)", demo.OrgA, `{"organization_id": "`+demo.OrgA+`"}`)
	for _, row := range pgtest.Query(t, conn, "SELECT oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')") {
		for command, sql := range map[string]string{"read": "SELECT * FROM " + row[0], "delete": "DELETE FROM " + row[0]} {
			if _, err := conn.Exec(t.Context(), "BEGIN").ReadAll(); err != nil {
				t.Fatal(err)
			}
			tag, err := conn.Exec(t.Context(), sql).ReadAll()
			n := int64(0)
			if err == nil {
				n = tag[0].CommandTag.RowsAffected()
			}
			open[command+" "+row[0]] = strings.Repeat("r", int(n))
			if _, err := conn.Exec(t.Context(), "ROLLBACK").ReadAll(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return open
}

// TestUpAndDown applies the migration step by step and takes it back step by step: it
// ends where it began, and nothing is more open on the way than at the start.
func TestUpAndDown(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.NewDatabase(t, before)
		app := db.Connect(t, db.App())
		start, first := db.Catalogs(t), openness(t, app)
		p, _, admin := plan(t, db)
		run := func(s migrate.Step, sql string) {
			t.Helper()
			if _, err := admin.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
				t.Fatalf("%s: %v in %s", s.Object, err, sql)
			}
			for what, rows := range openness(t, app) {
				if len(rows) > len(first[what]) {
					t.Errorf("%s finds %d rows, and before it found %d, after %s", what, len(rows), len(first[what]), sql)
				}
			}
		}
		for _, s := range p.Steps {
			run(s, s.Up)
		}
		again, _, _ := plan(t, db)
		for _, s := range again.Steps {
			t.Errorf("a second run has something to do: %s: %s", s.Object, s.Up)
		}
		// What another org has is out of reach now.
		for what, rows := range openness(t, app) {
			if strings.Contains(what, "organizations") && len(rows) > 1 || strings.Contains(what, "events") && len(rows) > 1 {
				t.Errorf("%s finds %d rows", what, len(rows))
			}
		}
		for i := len(p.Steps) - 1; i >= 0; i-- {
			run(p.Steps[i], p.Steps[i].Down)
		}
		if end := db.Catalogs(t); end != start {
			t.Errorf("the schema is not what it was:\n%s\nit was\n%s", end, start)
		}
	})
}

// TestReach mends what is open in more ways than the obvious ones, and says what it
// leaves.
func TestReach(t *testing.T) {
	db := pgtest.NewDatabase(t, before)
	p, _, admin := plan(t, db)
	if err := p.Apply(t.Context(), admin.PgConn(), nil); err != nil {
		t.Fatal(err)
	}
	for policy, want := range map[string]string{"everything": "(org_id = ( SELECT", "truism": ") AND (org_id = ( SELECT", "unset": ") AND (org_id = ( SELECT"} {
		if got := db.Query(t, "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = $1", policy)[0][0]; !strings.Contains(got, want) {
			t.Errorf("policy %s asks %s", policy, got)
		}
	}
	// What a policy asked besides stays.
	if got := db.Query(t, "SELECT pg_get_expr(polwithcheck, polrelid) FROM pg_policy WHERE polname = 'truism'")[0][0]; !strings.Contains(got, "body IS NULL") {
		t.Errorf("the check is %s", got)
	}
	for privilege, want := range map[string]string{
		"has_table_privilege('app_tenant', 'notes', 'TRUNCATE')": "f", "has_any_column_privilege('app_tenant', 'notes', 'REFERENCES')": "f",
		"has_table_privilege('app_tenant', 'lookup', 'TRIGGER, TRUNCATE')": "f", "has_table_privilege('app_tenant', 'lookup', 'SELECT')": "t",
		`has_sequence_privilege('app_tenant', '"Numbers"', 'UPDATE')`: "f", `has_sequence_privilege('app_tenant', '"Numbers"', 'USAGE')`: "t",
		"has_schema_privilege('app_tenant', 'public', 'CREATE')": "f", "has_schema_privilege('callcenter_owner', 'public', 'CREATE')": "t",
		"has_database_privilege('app_tenant', current_database(), 'CREATE, TEMPORARY')": "f",
	} {
		if got := db.Query(t, "SELECT "+privilege)[0][0]; got != want {
			t.Errorf("%s is %s", privilege, got)
		}
	}
	db.Exec(t, "SET ROLE callcenter_owner; CREATE TABLE to_come (); RESET ROLE")
	if got := db.Query(t, "SELECT has_table_privilege('app_tenant', 'to_come', 'SELECT'), has_table_privilege('app_tenant', 'to_come', 'TRUNCATE, TRIGGER')")[0]; got[0] != "t" || got[1] != "f" {
		t.Errorf("a new table gives %q", got)
	}
	if got := db.Query(t, "SELECT polname FROM pg_policy WHERE NOT polpermissive AND polroles <> '{0}'"); len(got) != 1 || got[0][0] != "some_rule" {
		t.Errorf("restrictive policies that are not TO PUBLIC: %q", got)
	}
	for _, stays := range []string{"P-ROLE: restrictive policy some_rule is not TO PUBLIC", "ALTER POLICY some_rule ON public.notes TO PUBLIC"} {
		if !strings.Contains(p.Report(), stays) {
			t.Errorf("the report does not say: %s", stays)
		}
	}
	if major := db.Server().Major; major >= 15 {
		for view, want := range map[string]string{"rates_of_all": "", "inner_notes": "{security_invoker=true}", "outer_notes": "{security_invoker=true}"} {
			if got := db.Query(t, "SELECT reloptions::text FROM pg_class WHERE relname = $1", view)[0][0]; got != want {
				t.Errorf("view %s has %q", view, got)
			}
		}
		if !strings.Contains(p.Report(), "view public.rates_of_all runs as postgres: as the upstream role it would need SELECT on public.rates") {
			t.Errorf("what stays is not said: %s", p.Report())
		}
	}
}

// TestQuarantineOfReferences moves a row that refers to another org's, and stops where
// rows would be lost with one that is moved.
func TestQuarantineOfReferences(t *testing.T) {
	db := pgtest.NewDatabase(t, `CREATE TABLE parents (id int PRIMARY KEY, org_id uuid);
		CREATE TABLE children (id int PRIMARY KEY, org_id uuid, parent int REFERENCES parents ON DELETE CASCADE);
		INSERT INTO parents VALUES (1, '`+demo.OrgA+`'), (2, NULL);
		INSERT INTO children VALUES (1, '`+demo.OrgA+`', 1), (2, '`+demo.OrgB+`', 1), (3, '`+demo.OrgA+`', 2)`)
	_, o, admin := plan(t, db)
	stray, err := migrate.FindStray(t.Context(), admin, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(stray) != 2 || stray[0].ID != "D-XREF" || stray[0].Rows != 1 || stray[1].ID != "D-NULL" {
		t.Fatalf("found %+v", stray)
	}
	if _, err := admin.PgConn().Exec(t.Context(), migrate.QuarantineSQL(stray)).ReadAll(); err == nil || !strings.Contains(err.Error(), "rows of public.children refer to rows of public.parents") {
		t.Fatalf("it did not stop: %v", err)
	}
	if _, err := admin.Exec(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if got := db.Query(t, "SELECT count(*) FROM children")[0][0]; got != "3" {
		t.Errorf("%s children are left", got)
	}
	db.Exec(t, "UPDATE children SET parent = NULL WHERE id = 3", migrate.QuarantineSQL(stray))
	got := db.Query(t, "SELECT finding, relation, contents->>'id' FROM tenantproxy_quarantine.rows ORDER BY 1")
	if len(got) != 2 || got[1][0] != "D-XREF" || got[1][1] != "public.children" || got[1][2] != "2" {
		t.Errorf("in quarantine are %q", got)
	}
}

// TestResume stops in the middle, and has a second run do the rest.
func TestResume(t *testing.T) {
	db := pgtest.NewDatabase(t, before)
	p, _, admin := plan(t, db)
	total := len(p.Steps)
	broken := p.Steps[total/2]
	p.Steps[total/2].Up = "SELECT 1/0"
	var stopped *migrate.StepError
	if err := p.Apply(t.Context(), admin.PgConn(), nil); err == nil || !errors.As(err, &stopped) || stopped.Done != total/2 {
		t.Fatalf("it did not stop at %s: %v", broken.Object, err)
	}
	rest, _, _ := plan(t, db)
	if len(rest.Steps) != total-total/2 {
		t.Errorf("%d steps are left of %d after %d", len(rest.Steps), total, total/2)
	}
	if err := rest.Apply(t.Context(), admin.PgConn(), nil); err != nil {
		t.Fatal(err)
	}
	if done, _, _ := plan(t, db); len(done.Steps) != 0 {
		t.Errorf("%d steps are left", len(done.Steps))
	}
}

// TestStray finds rows without an org, and moves them away.
func TestStray(t *testing.T) {
	db := pgtest.NewDatabase(t, before, "INSERT INTO notes VALUES (1, NULL, 'x'); INSERT INTO import_staging (org_id, payload) VALUES (gen_random_uuid(), '{}')")
	_, o, admin := plan(t, db)
	stray, err := migrate.FindStray(t.Context(), admin, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(stray) != 2 || stray[0].ID != "D-ORPHAN" || stray[1].ID != "D-NULL" {
		t.Fatalf("found %+v", stray)
	}
	db.Exec(t, migrate.QuarantineSQL(stray))
	if stray, err = migrate.FindStray(t.Context(), admin, o); err != nil || len(stray) != 0 {
		t.Errorf("left are %+v, %v", stray, err)
	}
	if got := db.Query(t, "SELECT count(*) FROM tenantproxy_quarantine.rows")[0][0]; got != "2" {
		t.Errorf("%s rows are in quarantine", got)
	}
}
