package demo_test

import (
	"strings"
	"testing"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// asOrg is a connection of the app role with the claims of the organization.
func asOrg(t *testing.T, d *pgtest.Database, org string) func(sql string, args ...string) [][]string {
	conn := d.Connect(t, d.App())
	pgtest.Query(t, conn, "SELECT set_config('request.jwt.claims', $1, false)", `{"organization_id": "`+org+`"}`)
	return func(sql string, args ...string) [][]string {
		t.Helper()
		return pgtest.Query(t, conn, sql, args...)
	}
}

func TestEachOrganizationSeesItsOwnRowsOnly(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, s *pgtest.Server) {
		d := s.NewDatabase(t)
		for _, org := range []string{demo.OrgA, demo.OrgB} {
			query := asOrg(t, d, org)
			for _, table := range append(demo.TenantTables(), "organizations", "campaign_summary") {
				from, column := table, "org_id"
				switch table {
				case "organizations":
					column = "id"
				case "campaign_summary": // on 14 it is empty for the superuser, too
					from = "campaigns"
				}
				all := d.Query(t, "SELECT count(*) FROM "+from+" WHERE "+column+" = $1", org)[0][0]
				rows := query("SELECT r::text FROM " + table + " r")
				if all == "0" || len(rows) == 0 {
					t.Fatalf("%s is empty for %s", table, org)
				}
				if seen := query("SELECT count(*) FROM " + table)[0][0]; seen != all {
					t.Errorf("%s: %s sees %s of its %s rows", table, org, seen, all)
				}
				for _, row := range rows {
					if !strings.Contains(row[0], demo.Marker(org)) || strings.Count(row[0], "mk-") != strings.Count(row[0], demo.Marker(org)) {
						t.Fatalf("%s: %s sees a row without its marker: %s", table, org, row[0])
					}
				}
			}
		}
	})
}

func TestNoContextMeansNoRows(t *testing.T) {
	d := pgtest.NewDatabase(t)
	for _, claims := range []string{"", "{}", `{"organization_id": null}`, `{"organization_id": ""}`} {
		conn := d.Connect(t, d.App())
		pgtest.Query(t, conn, "SELECT set_config('request.jwt.claims', $1, false)", claims)
		for _, table := range append(demo.TenantTables(), "organizations") {
			if n := pgtest.Query(t, conn, "SELECT count(*) FROM "+table)[0][0]; n != "0" {
				t.Errorf("claims %q: %s rows of %s", claims, n, table)
			}
		}
	}
}

func TestThePlantedHolesLeak(t *testing.T) {
	d := pgtest.NewDatabase(t)
	query := asOrg(t, d, demo.OrgA)
	if n := query("SELECT count(*) FROM import_staging WHERE org_id = $1", demo.OrgB)[0][0]; n == "0" {
		t.Error("import_staging has no rows of the other organization")
	}
	if n := query("SELECT count(*) FROM campaign_leaderboard WHERE organization = $1", demo.OrgBName)[0][0]; n == "0" {
		t.Error("campaign_leaderboard has no rows of the other organization")
	}
}

// What an audit would look for besides the planted holes.
func TestTheRestOfTheSchemaIsSound(t *testing.T) {
	d := pgtest.NewDatabase(t)
	for name, sql := range map[string]string{
		"table with org_id that is not isolated": `
			SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id'
			WHERE c.relkind = 'r' AND c.relname <> 'import_staging'
			  AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND a.attnotnull)`,
		"table with org_id that is not in TenantTables": `
			SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id'
			WHERE c.relkind = 'r' AND c.relname <> ALL (string_to_array('import_staging,` + strings.Join(demo.TenantTables(), ",") + `', ','))`,
		"tenant table without a cascading key to organizations": `
			SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relrowsecurity AND c.relname <> 'organizations'
			  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'
			                  AND k.confrelid = 'organizations'::regclass AND k.confdeltype = 'c' AND k.convalidated)`,
		"index that does not lead with org_id": `
			SELECT i.indexrelid::regclass FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = 'org_id'
			WHERE i.indrelid <> 'import_staging'::regclass AND a.attnum <> i.indkey[0]`,
		"foreign key between tenant tables without org_id": `
			SELECT k.conname FROM pg_constraint k
			JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attname = 'org_id'
			JOIN pg_attribute p ON p.attrelid = k.confrelid AND p.attname = 'org_id'
			WHERE k.contype = 'f' AND NOT a.attnum = ANY (k.conkey)`,
		"privilege that row-level security does not check": `
			SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v')
			  AND c.relnamespace = 'public'::regnamespace AND has_table_privilege('app_tenant', c.oid, 'TRUNCATE, REFERENCES, TRIGGER')`,
		"schema that the app can create in": `
			SELECT nspname FROM pg_namespace WHERE has_schema_privilege('app_tenant', oid, 'CREATE') AND nspname !~ '^pg_temp'`,
		"function that runs as its owner": `
			SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace::regnamespace::text IN ('public', 'auth')`,
		"object of the app role": `
			SELECT objid FROM pg_shdepend WHERE refobjid = 'app_tenant'::regrole AND deptype = 'o'`,
	} {
		if rows := d.Query(t, sql); len(rows) != 0 {
			t.Errorf("%s: %v", name, rows)
		}
	}
}

func TestDeletingAnOrganizationLeavesNothingOfIt(t *testing.T) {
	d := pgtest.NewDatabase(t)
	d.Exec(t, "DELETE FROM organizations WHERE id = '"+demo.OrgA+"'")
	for _, table := range demo.TenantTables() {
		if n := d.Query(t, "SELECT count(*) FROM "+table+" WHERE org_id = $1", demo.OrgA)[0][0]; n != "0" {
			t.Errorf("%s rows are left in %s", n, table)
		}
		if n := d.Query(t, "SELECT count(*) FROM "+table+" WHERE org_id = $1", demo.OrgB)[0][0]; n == "0" {
			t.Errorf("the other organization's rows in %s are gone", table)
		}
	}
}

func TestFullScaleHasTheVolumesItPromises(t *testing.T) {
	d := pgtest.Default(t).NewEmptyDatabase(t, demo.SchemaSQL(), demo.SeedSQL(demo.FullScale))
	for _, check := range []struct{ sql, want string }{
		{"SELECT count(*) FROM organizations", "302"},
		{"SELECT name FROM organizations WHERE id = '" + demo.OrgA + "'", demo.OrgAName},
		{"SELECT name FROM organizations WHERE id = '" + demo.OrgB + "'", demo.OrgBName},
		{"SELECT count(*) FROM cold_call_logs WHERE org_id = '" + demo.OrgA + "'", "10000"},
		{"SELECT count(*) FROM cold_call_logs", "101000"},
		// The seed loads these without the triggers that would check them.
		{"SELECT count(*) FROM cold_call_logs l JOIN organizations o ON o.id = l.org_id " +
			"JOIN campaigns c ON (c.org_id, c.id) = (l.org_id, l.campaign_id) " +
			"JOIN contacts p ON (p.org_id, p.id) = (l.org_id, l.contact_id)", "101000"},
		// So that no two organizations have the same marker.
		{"SELECT count(DISTINCT left(id::text, 8)) FROM organizations", "302"},
	} {
		if got := d.Query(t, check.sql)[0][0]; got != check.want {
			t.Errorf("%s: got %s, want %s", check.sql, got, check.want)
		}
	}
}

func TestSeedIsTheSameOnEveryRun(t *testing.T) {
	var contents []string
	for range 2 {
		d := pgtest.Default(t).NewEmptyDatabase(t, demo.SchemaSQL(), demo.SeedSQL(demo.TestScale))
		content := ""
		for _, table := range append(demo.TenantTables(), "organizations", "import_staging", "plans") {
			content += d.Query(t, "SELECT string_agg(r::text, chr(10) ORDER BY r::text) FROM "+table+" r")[0][0]
		}
		contents = append(contents, content)
	}
	if contents[0] != contents[1] {
		t.Error("two runs differ")
	}
}
