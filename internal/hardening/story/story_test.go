package story_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/hardening/audit"
	"tenantproxy/internal/hardening/migrate"
	"tenantproxy/internal/hardening/schema"
	"tenantproxy/internal/hardening/seal"
	"tenantproxy/internal/hardening/story"
	"tenantproxy/internal/hardening/verify"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/proxytest"
)

func TestMain(m *testing.M) { pgtest.MainCheckingLeaks(m) }

// rows give each org a row in the tables that the story leaves empty: what has none
// proves nothing.
const rows = `INSERT INTO leads (org_id) SELECT id FROM organizations;
	INSERT INTO notes (org_id) SELECT id FROM organizations;
	INSERT INTO calls (org_id) VALUES ('` + story.OrgB + `');
	INSERT INTO events (org_id, at) SELECT id, '2026-02-02' FROM organizations;`

// chapter is the story at one point: one database, and its administrator.
type chapter struct {
	db    *pgtest.Database
	admin *pgx.Conn
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func (c *chapter) schema(t *testing.T) *schema.Schema {
	t.Helper()
	s, err := schema.Read(t.Context(), c.admin, schema.Options{Role: story.AppRole, BuiltIns: audit.BuiltIns()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func tenancy() audit.Tenancy {
	return audit.Tenancy{
		Column: "org_id", Table: catalog.Name{Schema: "public", Name: "organizations"}, Type: "uuid", Setting: "app.org_id",
		ClaimsSetting: "request.jwt.claims", Schemas: []string{"public"}, Shared: map[catalog.Name]bool{},
	}
}

// findings are audit's, but those about the server that the test has.
func (c *chapter) findings(t *testing.T) []string {
	t.Helper()
	s := c.schema(t)
	data, err := audit.Data(t.Context(), c.admin, s, tenancy(), audit.DataOptions{Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, f := range audit.Sorted(append(audit.Catalog(s, tenancy()), data...)) {
		if f.Check != "X-VER" && f.Object != "max_prepared_transactions" {
			list = append(list, f.Check+" "+f.Object)
		}
	}
	slices.Sort(list)
	return list
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant:\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func (c *chapter) options(t *testing.T) migrate.Options {
	t.Helper()
	return migrate.Options{
		Schema: c.schema(t), Tenancy: tenancy(), Org: migrate.SettingOrg("app.org_id"),
		Before: []migrate.Step{{Object: "database", Why: "tells the proxy of schema changes", Up: catalog.CreateNotifySQL, Down: catalog.DropNotifySQL + ";\nDROP SCHEMA IF EXISTS tenantproxy"}},
	}
}

// verify proves, directly, or through the proxy too.
func (c *chapter) verify(t *testing.T, proxy *proxytest.Proxy) *verify.Result {
	t.Helper()
	o := verify.Options{
		Admin: c.admin, Schema: c.schema(t), Schemas: []string{"public"}, Column: "org_id", Table: tenancy().Table,
		Orgs: [2]string{story.OrgA, story.OrgB},
		Context: func(org string) ([]verify.Setting, error) {
			return []verify.Setting{{Name: "app.org_id", Value: org}}, nil
		},
		Direct: func(context.Context) (*verify.Session, error) {
			return &verify.Session{Via: "direct", Conn: connect(t, c.db.As(story.AppRole)), Enter: func(ctx context.Context, tx pgx.Tx, org string) error {
				_, err := tx.Exec(ctx, "SELECT set_config('app.org_id', $1, true)", org)
				return err
			}}, nil
		},
	}
	if proxy != nil {
		o.Proxy = func(_ context.Context, org string) (*verify.Session, error) {
			return &verify.Session{Via: "proxy", Conn: connect(t, proxy.DSN(proxy.Token(t, org)))}, nil
		}
	}
	result, err := verify.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// TestStory is what a team goes through: audit finds the planted faults; harden refuses
// while there are rows of no org, and then mends; audit finds nothing more but what
// harden leaves to people; verify proves, directly and through the proxy, which serves
// each org its own; and the rollback gives back what there was.
func TestStory(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.NewEmptyDatabase(t, story.SchemaSQL(), rows)
		c := &chapter{db: db, admin: connect(t, db.Superuser())}
		// What harden does not touch: the text of policies that are sound but slow, and
		// functions.
		left := []string{"P-PERF public.t02.per_row", "S-DEF public.all_orgs()"}
		if c.schema(t).Server.Version < 150000 {
			left = append(left, "V-INV public.org_totals") // it has no security_invoker
		}
		catalogs := []string{
			"C-FK public.calls", "C-IDX public.calls", "C-NN public.calls",
			"P-PERF public.t02.per_row", "P-ROOT public.organizations.org_all", "S-DEF public.all_orgs()", "T-CHILD public.events_2026",
			"T-DORMANT public.t01", "T-OFF public.leads", "T-OFF public.notes", "V-INV public.org_totals",
		}
		same(t, "audit finds", c.findings(t), slices.Insert(slices.Clone(catalogs), 3, "D-NULL public.calls", "D-ORPHAN public.calls"))
		if r := c.verify(t, nil); r.Count(verify.Leak) == 0 {
			t.Error("nothing leaks before")
		}

		stray, err := migrate.FindStray(t.Context(), c.admin, c.options(t))
		if err != nil {
			t.Fatal(err)
		}
		if len(stray) != 2 || stray[0].ID != "D-NULL" || stray[1].ID != "D-ORPHAN" || stray[0].Rows != 1 || stray[1].Rows != 1 {
			t.Fatalf("stray rows are %+v", stray)
		}
		db.Exec(t, migrate.QuarantineSQL(stray))
		same(t, "audit finds after the quarantine", c.findings(t), catalogs)

		before := db.Catalogs(t)
		plan := migrate.Make(c.options(t))
		if err := plan.Apply(t.Context(), c.admin.PgConn(), nil); err != nil {
			t.Fatal(err)
		}
		if again := migrate.Make(migrate.Options{Schema: c.schema(t), Tenancy: tenancy(), Org: migrate.SettingOrg("app.org_id")}); len(again.Steps) > 0 {
			t.Errorf("a second run has %d steps, the first %+v", len(again.Steps), again.Steps[0])
		}
		same(t, "audit finds after harden", c.findings(t), left)
		for _, f := range left {
			check, _, _ := strings.Cut(f, " ")
			if !strings.Contains(plan.Report(), check+":") && check != "V-INV" {
				t.Errorf("the report does not say that %s stays", f)
			}
		}
		if s := c.schema(t); audit.Cover(s, tenancy()).Isolated != 60 {
			t.Errorf("%d tables are isolated", audit.Cover(s, tenancy()).Isolated)
		}

		proxy := proxytest.Start(t, func(s *proxytest.Setup) {
			s.DB, s.Role, s.Policy.AllowRelations = db, story.AppRole, nil
		})
		for _, cell := range c.verify(t, proxy).Cells {
			if cell.Outcome != verify.Isolated && cell.Outcome != verify.Works {
				t.Errorf("%+v", cell)
			}
		}
		for _, org := range []string{story.OrgA, story.OrgB} {
			conn := proxy.Connect(t, org)
			for _, table := range []string{"t01", "t02", "leads", "calls", "events", "events_2026"} {
				if got := pgtest.Query(t, conn, "SELECT DISTINCT org_id FROM "+table); len(got) != 1 || got[0][0] != org {
					t.Errorf("%s sees %q in %s", org, got, table)
				}
			}
			if got := pgtest.Query(t, conn, "SELECT id FROM organizations"); len(got) != 1 || got[0][0] != org {
				t.Errorf("%s sees the organizations %q", org, got)
			}
			if _, err := conn.Exec(t.Context(), "SELECT all_orgs()").ReadAll(); err == nil {
				t.Error("the function that runs as its owner is not refused")
			}
		}

		for _, s := range slices.Backward(plan.Steps) {
			if _, err := c.admin.PgConn().Exec(t.Context(), s.Down).ReadAll(); err != nil {
				t.Fatalf("%s: %v in %s", s.Object, err, s.Down)
			}
		}
		if after := db.Catalogs(t); after != before {
			t.Error("the schema is not what it was")
			was := strings.Split(before, "\n")
			for _, line := range strings.Split(after, "\n") {
				if !slices.Contains(was, line) {
					t.Log(line)
				}
			}
		}
		same(t, "audit finds after the rollback", c.findings(t), catalogs)
	})
}

// TestSealedStory hardens with the sealed context: audit takes it for what ties rows to
// the tenant, and finds nothing but what it finds without. A function that is not as it
// was installed any more is found.
func TestSealedStory(t *testing.T) {
	db := pgtest.Default(t).NewEmptyDatabase(t, story.SchemaSQL(), rows, "DELETE FROM calls WHERE org_id IS NULL OR org_id NOT IN (SELECT id FROM organizations)")
	c := &chapter{db: db, admin: connect(t, db.Superuser())}
	key, err := seal.NewKey([]byte("a seal key for a test, long enough"))
	if err != nil {
		t.Fatal(err)
	}
	o := c.options(t)
	o.Org = seal.Org("uuid")
	o.Before = append(o.Before, migrate.Step{
		Object: "schema tenantproxy", Why: "the sealed context", Up: seal.InstallSQL(seal.Options{OrgType: "uuid", OrgSetting: "app.org_id"}) + key.AddKeySQL(),
	})
	if err := migrate.Make(o).Apply(t.Context(), c.admin.PgConn(), nil); err != nil {
		t.Fatal(err)
	}
	same(t, "audit finds after harden --sealed", c.findings(t), []string{
		"P-PERF public.t02.per_row", "S-DEF public.all_orgs()",
	})
	if n := audit.Cover(c.schema(t), tenancy()).Isolated; n != 60 {
		t.Errorf("%d tables are isolated", n)
	}
	db.Exec(t, `DO $$ BEGIN EXECUTE replace(pg_get_functiondef('tenantproxy.unseal(bigint)'::regprocedure), 'RETURN NULL', 'RETURN org'); END $$`)
	if found := c.findings(t); !slices.Contains(found, "S-DEF tenantproxy.unseal(started bigint)") || !slices.Contains(found, "T-CMD public.leads.tenantproxy_org") {
		t.Errorf("a seal that everybody may forge is not found: %q", found)
	}
	db.Exec(t, seal.InstallSQL(seal.Options{OrgType: "uuid", OrgSetting: "app.org_id"}))
	// Without a seal nobody sees a row, whatever the setting says.
	app := connect(t, db.As(story.AppRole))
	for _, table := range []string{"t01", "leads", "calls", "events", "organizations"} {
		var n int
		if _, err := app.Exec(t.Context(), "SELECT set_config('app.org_id', $1, false)", story.OrgA); err != nil {
			t.Fatal(err)
		}
		if err := app.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows of %s without a seal, %v", n, table, err)
		}
	}
}
