package verify_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/hardening/verify"
	"tenantproxy/internal/pgtest"
)

// TestNoOrganizations verifies a database without any: two are made, with rows, and gone
// afterwards.
func TestNoOrganizations(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.NewDatabase(t, "DROP TABLE import_staging; TRUNCATE organizations CASCADE")
		o := options(t, db)
		o.Orgs = [2]string{}
		result := run(t, o)
		if !result.Made || result.Orgs[0] == result.Orgs[1] {
			t.Fatalf("the organizations are %q", result.Orgs)
		}
		if bad := failures(result, verify.Leak, verify.Broken, verify.Unknown); len(bad) > 0 {
			t.Errorf("got\n%s", strings.Join(bad, "\n"))
		}
		if n := result.Count(verify.Works); n < 4*len(demo.TenantTables()) {
			t.Errorf("%s", result.Summary())
		}
		if got := db.Query(t, "SELECT count(*) FROM organizations")[0][0]; got != "0" {
			t.Errorf("%s organizations are left", got)
		}
	})
}

// TestOneOrganization finds a hole with organizations that are made, in tables of all
// kinds of columns.
func TestOneOrganization(t *testing.T) {
	const of = "CREATE POLICY p ON odd USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid)); "
	for name, hole := range map[string]struct {
		sql  string
		want []string
	}{
		"none": {"", nil},
		"read": {"CREATE POLICY q ON odd FOR SELECT USING (true)", append(inEachContext("context"), "read foreign", "read own")},
		"write without a context": {"CREATE POLICY q ON odd FOR INSERT WITH CHECK (nullif(current_setting('app.org_id', true), '') IS NULL)",
			[]string{"context insert empty", "context insert unset"}},
		"read while the setting is unset": {"CREATE POLICY q ON odd FOR SELECT USING (length(current_setting('app.org_id', true)) IS NULL)", []string{"context unset"}},
	} {
		t.Run(name, func(t *testing.T) {
			db := pgtest.NewDatabase(t, "DROP TABLE import_staging; DELETE FROM organizations WHERE id <> '"+demo.OrgA+"'", `
				CREATE TYPE mood AS ENUM ('it''s', 'so'); CREATE DOMAIN short AS varchar(3) CHECK (VALUE <> '');
				CREATE TABLE odd ("Key" short PRIMARY KEY, org_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE, m mood NOT NULL, ip inet NOT NULL, j jsonb NOT NULL, b bytea NOT NULL, at timestamptz NOT NULL,
					a int[] NOT NULL, r int4range NOT NULL, n numeric(12, 2) NOT NULL, s smallint UNIQUE NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, twice numeric GENERATED ALWAYS AS (n * 2) STORED, ok boolean NOT NULL, i interval NOT NULL);
				ALTER TABLE odd ENABLE ROW LEVEL SECURITY; ALTER TABLE odd FORCE ROW LEVEL SECURITY; GRANT SELECT, INSERT, UPDATE, DELETE ON odd TO app_tenant;`+of+hole.sql)
			o := options(t, db)
			o.Orgs = [2]string{}
			result := run(t, o)
			var got []string
			for _, f := range failures(result, verify.Leak, verify.Broken, verify.Unknown) {
				_, what, _ := strings.Cut(f, "public.odd ")
				what, _, _ = strings.Cut(what, ":")
				got = append(got, what)
			}
			slices.Sort(got)
			if slices.Sort(hole.want); !slices.Equal(got, hole.want) {
				t.Errorf("got  %q\nwant %q", got, hole.want)
			}
			var page strings.Builder
			if err := result.WriteText(&page); err != nil || !strings.Contains(page.String(), "There are no two organizations") {
				t.Errorf("%v, %s", err, page.String())
			}
		})
	}
}

// TestEmptyTable finds a hole in a table that has no rows yet.
func TestEmptyTable(t *testing.T) {
	db := pgtest.NewDatabase(t, "DROP TABLE import_staging", `CREATE TABLE fresh (id int PRIMARY KEY, org_id uuid REFERENCES organizations ON DELETE CASCADE);
		ALTER TABLE fresh ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON fresh USING (true); GRANT SELECT ON fresh TO app_tenant`)
	result := run(t, options(t, db))
	got := failures(result, verify.Leak, verify.Broken)
	if !slices.Contains(got, "direct public.fresh read foreign: leak") || result.Made {
		t.Errorf("got %q", got)
	}
	if left := db.Query(t, "SELECT count(*) FROM fresh")[0][0]; left != "0" {
		t.Errorf("%s rows are left", left)
	}
}

// TestOrganizationsThatCannotBeMade says why nothing is proven.
func TestOrganizationsThatCannotBeMade(t *testing.T) {
	empty := "TRUNCATE organizations CASCADE; "
	for name, test := range map[string]struct {
		sql, says string
		proxy     bool
	}{
		"through the proxy": {empty, "through the proxy those count that are committed", true},
		"a constraint":      {empty + "ALTER TABLE organizations ADD CHECK (false)", "SQLSTATE 23514", false},
		"a type":            {empty + "ALTER TABLE organizations ADD t txid_snapshot NOT NULL", "no value is known for type txid_snapshot", false},
	} {
		db := pgtest.NewDatabase(t, test.sql)
		o := options(t, db)
		o.Orgs = [2]string{}
		if test.proxy {
			o.Proxy = func(context.Context, string) (*verify.Session, error) { panic("it is not asked for") }
		}
		if _, err := verify.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
