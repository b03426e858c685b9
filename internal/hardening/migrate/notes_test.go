package migrate_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/hardening/audit"
	"tenantproxy/internal/hardening/migrate"
	"tenantproxy/internal/hardening/schema"
	"tenantproxy/internal/pgtest"
)

// TestStatementsToConsider has the report say how to mend what harden leaves, and runs
// what it says about keys: audit does not find them any more.
func TestStatementsToConsider(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.NewDatabase(t, `CREATE TABLE parents ("Id" int PRIMARY KEY, org_id uuid NOT NULL, code text UNIQUE, lower_code text);
			CREATE UNIQUE INDEX partial ON parents (code) WHERE code <> ''; CREATE UNIQUE INDEX plain ON parents (lower_code, code); CREATE UNIQUE INDEX expression ON parents (lower(code));
			CREATE TABLE children (id int, org_id uuid NOT NULL, "Parent" int REFERENCES parents ON UPDATE CASCADE ON DELETE SET NULL, PRIMARY KEY (org_id, id));
			CREATE FUNCTION meta() RETURNS uuid LANGUAGE sql IMMUTABLE AS $$SELECT (current_setting('request.jwt.claims', true)::jsonb -> 'user_metadata' ->> 'org')::uuid$$;
			CREATE POLICY of_user ON children USING (org_id = meta()); CREATE POLICY of_setting ON children USING (org_id = (SELECT current_setting('my.org', true)::uuid));`)
		p, o, admin := plan(t, db)
		report := p.Report()
		for _, says := range []string{
			"- P-GUC: ", "Read app.org_id, or set tenant.setting", "- P-META: ", "Read a claim that only the issuer writes",
			"- P-FN: ", "ALTER FUNCTION public.meta() STABLE SET search_path = pg_catalog, pg_temp;",
			`ALTER TABLE public.children ADD FOREIGN KEY (org_id, "Parent") REFERENCES public.parents (org_id, "Id")`,
			"ALTER TABLE public.parents ADD UNIQUE (org_id, lower_code, code);\n  DROP INDEX public.plain;", "Put org_id in front of what it is about: CREATE UNIQUE INDEX partial",
		} {
			if !strings.Contains(report, says) {
				t.Errorf("the report does not say: %s\n%s", says, report)
			}
		}
		if err := p.Apply(t.Context(), admin.PgConn(), nil); err != nil {
			t.Fatal(err)
		}
		ran := 0
		for _, check := range []string{"I-XFK", "I-UNIQ"} { // a key refers to an index
			for _, n := range p.Notes {
				if strings.HasPrefix(n.Text, check) && strings.HasPrefix(n.Consider, "ALTER") && (strings.Contains(n.Text, "public.parents") || strings.Contains(n.Text, "public.children")) {
					db.Exec(t, n.Consider)
					ran++
				}
			}
		}
		s, err := schema.Read(t.Context(), admin, schema.Options{Role: demo.AppRole})
		if err != nil {
			t.Fatal(err)
		}
		var left []string
		for _, f := range audit.Catalog(s, o.Tenancy) {
			if strings.HasPrefix(f.Check, "I-") && (f.Relation == "public.parents" || f.Relation == "public.children") {
				left = append(left, f.Object)
			}
		}
		if got := strings.Join(left, " "); ran != 4 || got != "public.parents.expression public.parents.partial" {
			t.Errorf("%d statements were run; left is %s", ran, got)
		}
		want := "ON UPDATE CASCADE"
		if s.Server.Version >= 150000 {
			want += ` ON DELETE SET NULL ("Parent")`
		}
		if got := db.Query(t, "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'children'::regclass AND array_length(conkey, 1) = 2 AND contype = 'f'"); len(got) != 1 || !strings.Contains(got[0][0], want) {
			t.Errorf("the key is %q", got)
		}
	})
}

// TestNotTheOwner plans as an administrator who may not revoke: it says so, and has no
// step that would fail.
func TestNotTheOwner(t *testing.T) {
	server := pgtest.Default(t)
	role := server.CreateRole(t, "LOGIN")
	db := server.NewDatabase(t, before)
	_, o, _ := plan(t, db)
	conn, err := pgx.Connect(t.Context(), db.As(role))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if o.Schema, err = schema.Read(t.Context(), conn, schema.Options{Role: demo.AppRole}); err != nil {
		t.Fatal(err)
	}
	p := migrate.Make(o)
	for _, s := range p.Steps {
		if strings.HasPrefix(s.Up, "REVOKE") || strings.HasPrefix(s.Up, "ALTER DEFAULT") || strings.HasPrefix(s.Up, "GRANT") {
			t.Errorf("it would fail: %s", s.Up)
		}
	}
	report := p.Report()
	for _, says := range []string{"REVOKE TEMPORARY ON DATABASE " + db.Name + " FROM PUBLIC;", "REVOKE CREATE ON SCHEMA public FROM PUBLIC;", "and " + role + " is not its owner", "ALTER DEFAULT PRIVILEGES FOR ROLE callcenter_owner REVOKE TRIGGER ON TABLES FROM PUBLIC;"} {
		if !strings.Contains(report, says) {
			t.Errorf("the report does not say: %s", says)
		}
	}
}
