package verify_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/hardening/schema"
	"tenantproxy/internal/hardening/verify"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/proxytest"
)

func TestMain(m *testing.M) { pgtest.MainCheckingLeaks(m) }

func connect(t testing.TB, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// options are for the demo schema in db.
func options(t testing.TB, db *pgtest.Database) verify.Options {
	t.Helper()
	admin := connect(t, db.Superuser())
	s, err := schema.Read(t.Context(), admin, schema.Options{Role: demo.AppRole})
	if err != nil {
		t.Fatal(err)
	}
	return verify.Options{
		Admin: admin, Schema: s, Schemas: []string{"public"}, Column: "org_id",
		Table:  catalog.Name{Schema: "public", Name: "organizations"},
		Orgs:   [2]string{demo.OrgA, demo.OrgB},
		Shared: map[catalog.Name]bool{{Schema: "public", Name: "plans"}: true}, Context: func(org string) ([]verify.Setting, error) {
			return []verify.Setting{{Name: "app.org_id", Value: org}, {Name: "request.jwt.claims", Value: `{"organization_id": "` + org + `"}`}}, nil
		},
		Direct: func(context.Context) (*verify.Session, error) {
			return &verify.Session{Via: "direct", Conn: connect(t, db.App()), Enter: func(ctx context.Context, tx pgx.Tx, org string) error {
				_, err := tx.Exec(ctx, "SELECT set_config('app.org_id', $1, true), set_config('request.jwt.claims', $2, true)", org, `{"organization_id": "`+org+`"}`)
				return err
			}}, nil
		},
	}
}

func run(t testing.TB, o verify.Options) *verify.Result {
	t.Helper()
	result, err := verify.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// failures are the cells that are no good, and those that are not known.
func failures(r *verify.Result, outcomes ...verify.Outcome) []string {
	var list []string
	for _, c := range r.Cells {
		if slices.Contains(outcomes, c.Outcome) {
			list = append(list, c.Via+" "+c.Table+" "+c.Operation+" "+c.Scope+": "+string(c.Outcome))
		}
	}
	slices.Sort(list)
	return list
}

// inEachContext gives the cells of attempts without a context.
func inEachContext(operations ...string) (cells []string) {
	for _, operation := range operations {
		for _, scope := range []string{"unset", "empty", "garbage", "empty object"} {
			cells = append(cells, operation+" "+scope)
		}
	}
	return cells
}

// fingerprint is all that is in the tables.
func fingerprint(t testing.TB, db *pgtest.Database) string {
	t.Helper()
	var b strings.Builder
	for _, table := range append(demo.TenantTables(), "organizations", "plans", "import_staging") {
		b.WriteString(table + db.Query(t, "SELECT md5(string_agg(r::text || xmin::text, '' ORDER BY r::text)) FROM public."+table+" r")[0][0])
	}
	return b.String()
}

// TestDemo verifies the demo: what has policies is isolated, and the table without
// is found. Nothing is changed.
func TestDemo(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.NewDatabase(t)
		before := fingerprint(t, db)
		result := run(t, options(t, db))
		for _, failure := range failures(result, verify.Leak, verify.Broken) {
			if !strings.Contains(failure, "import_staging") {
				t.Error(failure)
			}
		}
		want := []string{
			"admin public.import_staging cascade own: broken",
			"direct public.import_staging delete foreign: leak", "direct public.import_staging insert foreign: leak",
			"direct public.import_staging move foreign: leak", "direct public.import_staging read foreign: leak",
			"direct public.import_staging read own: leak", "direct public.import_staging update foreign: leak",
		}
		for _, cell := range inEachContext("context", "context insert", "context update", "context delete") {
			want = append(want, "direct public.import_staging "+cell+": leak")
		}
		slices.Sort(want)
		if got := failures(result, verify.Leak, verify.Broken); !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if unknown := failures(result, verify.Unknown); len(unknown) != 0 {
			t.Errorf("unknown:\n%s", strings.Join(unknown, "\n"))
		}
		if after := fingerprint(t, db); after != before {
			t.Error("the data is not what it was")
		}
	})
}

// TestPlantedHoles plants one hole at a time, and has it be found.
func TestPlantedHoles(t *testing.T) {
	for name, hole := range map[string]struct {
		sql  string
		want []string
	}{
		"policy that is always true": {
			"CREATE POLICY all_of_them ON contacts FOR SELECT USING (true)",
			append(inEachContext("context"), "read foreign", "read own"),
		},
		"check that is always true": {"ALTER POLICY own_organization ON contacts WITH CHECK (true)", append(inEachContext("context insert"), "insert foreign", "move foreign")},
		"delete of everything": {
			"CREATE POLICY sweep ON contacts FOR DELETE USING (true)", append(inEachContext("context delete"), "delete foreign"),
		},
		"a policy for nobody":       {"CREATE POLICY nobody ON contacts AS RESTRICTIVE USING (false)", []string{"delete own", "read own", "update own"}},
		"row security off":          {"ALTER TABLE contacts DISABLE ROW LEVEL SECURITY", append(inEachContext("context", "context insert", "context update", "context delete"), "delete foreign", "insert foreign", "move foreign", "read foreign", "read own", "update foreign")},
		"key that does not cascade": {"ALTER TABLE contacts DROP CONSTRAINT contacts_org_id_fkey", []string{"cascade own"}},
	} {
		t.Run(name, func(t *testing.T) {
			db := pgtest.NewDatabase(t, "DROP TABLE import_staging", hole.sql)
			var got []string
			for _, f := range failures(run(t, options(t, db)), verify.Leak, verify.Broken) {
				_, what, _ := strings.Cut(f, "public.contacts ")
				if what, _, _ = strings.Cut(what, ":"); what == "" {
					what = f
				}
				got = append(got, what)
			}
			slices.Sort(got)
			if slices.Sort(hole.want); !slices.Equal(got, hole.want) {
				t.Errorf("got  %q\nwant %q", got, hole.want)
			}
		})
	}
}

// TestThroughProxy verifies through the running proxy, which refuses the table
// without policies.
func TestThroughProxy(t *testing.T) {
	f := proxytest.Start(t)
	o := options(t, f.DB)
	o.Proxy = func(_ context.Context, org string) (*verify.Session, error) {
		return &verify.Session{Via: "proxy", Conn: connect(t, f.DSN(f.Token(t, org)))}, nil
	}
	before := fingerprint(t, f.DB)
	result := run(t, o)
	tampered := 0
	for _, c := range result.Cells {
		if c.Via != "proxy" {
			continue
		}
		if c.Outcome == verify.Leak || c.Outcome == verify.Broken || c.Outcome == verify.Unknown {
			t.Errorf("%+v", c)
		}
		if c.Operation == "tamper" {
			tampered++
		}
	}
	if tampered < 20 {
		t.Errorf("%d tampering statements were tried", tampered)
	}
	if after := fingerprint(t, f.DB); after != before {
		t.Error("the data is not what it was")
	}
	// The same statements do tamper where nobody refuses them: the test can fail.
	o.Proxy = func(ctx context.Context, org string) (*verify.Session, error) {
		conn := connect(t, f.DB.App())
		_, err := conn.Exec(ctx, "SELECT set_config('request.jwt.claims', $1, false)", `{"organization_id": "`+org+`"}`)
		return &verify.Session{Via: "proxy", Conn: conn}, err
	}
	if got := failures(run(t, o), verify.Leak); !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "tamper") }) {
		t.Errorf("no tampering is found where it works: %q", got)
	}
}

// TestBadInput has what cannot be proven be an error, and not a proof.
func TestBadInput(t *testing.T) {
	db := pgtest.NewDatabase(t)
	for name, change := range map[string]func(o *verify.Options){
		"no such column": func(o *verify.Options) { o.Column = "tenant" },
		"an administrator that policies apply to": func(o *verify.Options) {
			o.Admin, o.Orgs = connect(t, db.App()), [2]string{}
		},
	} {
		o := options(t, db)
		change(&o)
		if name == "no such column" {
			o.Table = catalog.Name{Schema: "public", Name: "none"}
		}
		if _, err := verify.Run(t.Context(), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
