package audit_test

import (
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/hardening/audit"
	"tenantproxy/internal/hardening/schema"
	"tenantproxy/internal/pgtest"
)

// of leaves the findings of some families.
func of(found []string, families ...string) []string {
	return slices.DeleteFunc(found, func(name string) bool {
		return !slices.ContainsFunc(families, func(f string) bool { return strings.HasPrefix(name, f) })
	})
}

// TestRoles has an upstream role for each way to escape.
func TestRoles(t *testing.T) {
	for role, test := range map[string]struct {
		sql  string
		want []string
	}{
		"r_sound":    {"", nil},
		"r_attr":     {"ALTER ROLE r_attr BYPASSRLS CREATEROLE REPLICATION", []string{"R-ROLE r_attr"}},
		"r_super":    {"ALTER ROLE r_super SUPERUSER", []string{"R-ROLE r_super"}},
		"r_member":   {"CREATE ROLE r_boss BYPASSRLS; CREATE ROLE r_between; GRANT r_boss TO r_between; GRANT r_between TO r_member", []string{"R-ROLE r_member member of r_boss"}},
		"r_settable": {"ALTER ROLE r_settable NOINHERIT; CREATE ROLE r_boss2 CREATEROLE; GRANT r_boss2 TO r_settable", []string{"R-ROLE r_settable member of r_boss2"}},
		"r_files":    {"GRANT pg_read_server_files TO r_files", []string{"R-ROLE r_files member of pg_read_server_files"}},
		"r_owner":    {"ALTER TABLE t OWNER TO r_owner", []string{"R-ROLE r_owner owner"}},
		"r_of_owner": {"CREATE ROLE r_tables; GRANT r_tables TO r_of_owner; ALTER TABLE t OWNER TO r_tables", []string{"R-ROLE r_of_owner member of r_tables"}},
		"r_stored": {"ALTER ROLE r_stored SET app.org_id = 'x'; ALTER ROLE r_stored SET row_security = off; ALTER ROLE r_stored SET search_path = public; ALTER ROLE r_stored SET work_mem = '8MB'",
			[]string{"R-SET role r_stored app.org_id", "R-SET role r_stored row_security", "R-SET role r_stored search_path"}},
		"r_secret": {"ALTER ROLE r_secret SET app.jwt_secret = 'abc'", []string{"C-SECRET role r_secret app.jwt_secret"}},
		"r_param":  {"GRANT SET ON PARAMETER session_replication_role TO r_param", []string{"R-SET parameter session_replication_role"}},
	} {
		t.Run(role, func(t *testing.T) {
			db := pgtest.Default(t).NewEmptyDatabase(t, sound+tied+fmt.Sprintf("CREATE ROLE %s LOGIN; GRANT USAGE ON SCHEMA public TO %[1]s; GRANT SELECT ON t TO %[1]s;", role)+test.sql)
			// Roles and what is stored for them are the cluster's.
			defer db.Exec(t, fmt.Sprintf("ALTER ROLE %s RESET ALL", role))
			findings, _ := auditedFor(t, role, db.Superuser(), tenancy())
			compare(t, of(names(findings), "R-", "C-SECRET"), test.want)
		})
	}
}

// model reads a sound database, for what a test cannot have a server be.
func model(t *testing.T) *schema.Schema {
	t.Helper()
	db := pgtest.Default(t).NewEmptyDatabase(t, sound+tied)
	s, err := schema.Read(t.Context(), connect(t, db.Superuser()), schema.Options{Role: "story_app", BuiltIns: audit.BuiltIns()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestServer(t *testing.T) {
	s := model(t)
	for version, open := range map[int]bool{
		14_00_24: true, 14_00_25: false, 15_00_19: true, 15_00_20: false, 16_00_15: true, 16_00_16: false, 17_00_11: true, 17_00_12: false, 18_00_06: true, 18_00_07: false, 19_00_00: false,
	} {
		s.Server.Version = version
		if got := slices.Contains(names(audit.Catalog(s, tenancy())), "X-VER server"); got != open {
			t.Errorf("%d: X-VER is %v", version, got)
		}
	}
	s.Database.Encoding, s.Server.Settings["max_prepared_transactions"] = "SQL_ASCII", "10"
	s.Extensions = []schema.Extension{{Name: "dblink"}, {Name: "pgcrypto"}}
	compare(t, of(names(audit.Catalog(s, tenancy())), "X-ENV"), []string{"X-ENV encoding", "X-ENV extension dblink", "X-ENV max_prepared_transactions"})
}

func TestLogins(t *testing.T) {
	s := model(t)
	s.Memberships = append(s.Memberships, schema.Membership{Role: s.Admin.OID + 1_000_000, Member: s.App.OID, Inherit: true, Set: true})
	s.Roles[s.Admin.OID+1_000_000] = &schema.Role{OID: s.Admin.OID + 1_000_000, Name: "apps"}
	all, database := []string{"all"}, s.Database.Name
	for i, test := range []struct {
		rule schema.HBARule
		open bool
	}{
		{schema.HBARule{Type: "host", Databases: all, Users: all, Address: "0.0.0.0", Netmask: "0.0.0.0", Method: "scram-sha-256"}, true},
		{schema.HBARule{Type: "hostssl", Databases: []string{database}, Users: []string{"story_app"}, Address: "all", Method: "scram-sha-256"}, true},
		{schema.HBARule{Type: "host", Databases: all, Users: []string{"+apps"}, Address: "::", Method: "scram-sha-256"}, true},
		{schema.HBARule{Type: "host", Databases: all, Users: []string{"/^story_"}, Address: "all", Method: "scram-sha-256"}, true},
		{schema.HBARule{Type: "host", Databases: []string{"/("}, Users: []string{"/("}, Address: "all", Method: "scram-sha-256"}, true},
		{schema.HBARule{Type: "host", Databases: all, Users: all, Address: "10.0.0.7", Netmask: "255.255.255.255", Method: "trust"}, true},
		{schema.HBARule{Type: "host", Databases: all, Users: all, Address: "10.0.0.7", Netmask: "255.255.255.255", Method: "scram-sha-256"}, false},
		{schema.HBARule{Type: "local", Databases: all, Users: all, Method: "trust"}, false},
		{schema.HBARule{Type: "host", Databases: all, Users: all, Address: "127.0.0.1", Netmask: "255.255.255.255", Method: "trust"}, false},
		{schema.HBARule{Type: "host", Databases: all, Users: all, Address: "all", Method: "reject"}, false},
		{schema.HBARule{Type: "host", Databases: all, Users: []string{"other", "+others", "/^x"}, Address: "all", Method: "scram-sha-256"}, false},
		{schema.HBARule{Type: "host", Databases: []string{"other", "sameuser", "replication"}, Users: all, Address: "all", Method: "scram-sha-256"}, false},
	} {
		test.rule.Line = i + 1
		s.HBA = []schema.HBARule{test.rule}
		if got := slices.Contains(names(audit.Catalog(s, tenancy())), fmt.Sprintf("H-HBA pg_hba.conf:%d", i+1)); got != test.open {
			t.Errorf("%+v: H-HBA is %v", test.rule, got)
		}
	}
}

// TestKeysOfOtherTypes has orgs that are numbers or texts, and names that must be
// quoted: a sound table, one that is open, and one with orphans.
func TestKeysOfOtherTypes(t *testing.T) {
	for of, test := range map[string]struct{ value, orphan string }{"bigint": {"7", "8"}, "text": {"'acme'", "'gone'"}} {
		t.Run(of, func(t *testing.T) {
			table := func(name, policy string) string {
				return strings.NewReplacer("NAME", name, "TYPE", of, "CONDITION", policy).Replace(`CREATE TABLE "App"."NAME" ("Org" TYPE NOT NULL REFERENCES "App"."Orgs" ON DELETE CASCADE, id int, PRIMARY KEY ("Org", id));
					ALTER TABLE "App"."NAME" ENABLE ROW LEVEL SECURITY; ALTER TABLE "App"."NAME" FORCE ROW LEVEL SECURITY; GRANT SELECT, INSERT ON "App"."NAME" TO story_app; CREATE POLICY "P" ON "App"."NAME" USING (CONDITION);`)
			}
			tie := fmt.Sprintf(`"Org" = (SELECT nullif(current_setting('app.org_id', true), '')::%s)`, of)
			db := pgtest.Default(t).NewEmptyDatabase(t, sound+fmt.Sprintf(`DROP TABLE t; CREATE SCHEMA "App"; GRANT USAGE ON SCHEMA "App" TO story_app; CREATE TABLE "App"."Orgs" ("Key" %s PRIMARY KEY);
				ALTER TABLE "App"."Orgs" ENABLE ROW LEVEL SECURITY; ALTER TABLE "App"."Orgs" FORCE ROW LEVEL SECURITY; INSERT INTO "App"."Orgs" VALUES (%s);`, of, test.value)+
				table("Sound", tie)+table("Open", `"Org" IS NOT NULL`)+table("Lost", tie)+
				fmt.Sprintf(`INSERT INTO "App"."Sound" VALUES (%[1]s, 1); INSERT INTO "App"."Open" VALUES (%[1]s, 1);
				ALTER TABLE "App"."Lost" DROP CONSTRAINT "Lost_Org_fkey"; INSERT INTO "App"."Lost" VALUES (%[2]s, 1);`, test.value, test.orphan))
			tenancy := tenancy()
			tenancy.Column, tenancy.Table, tenancy.Type, tenancy.Schemas = "Org", catalog.Name{Schema: "App", Name: "Orgs"}, of, []string{"App"}
			findings, _ := audited(t, db, db.Superuser(), tenancy)
			compare(t, names(findings), []string{`C-FK "App"."Lost"`, `D-ORPHAN "App"."Lost"`, `P-NULLOPEN "App"."Open" probed`, `T-CMD "App"."Open"."P"`})
		})
	}
}

// BenchmarkFull audits 5,000 tables with 10,000 policies; making them takes longer. It
// also tells how much of the time the server was at work, by its own statistics, and the
// heap that is in use at the end of a run.
//
//	go test ./internal/hardening/audit -run '^$' -bench Full -benchtime 3x
func BenchmarkFull(b *testing.B) {
	const tables, batch = 5000, 200
	db := pgtest.Default(b).NewEmptyDatabase(b, sound+tied)
	for first := 1; first <= tables; first += batch {
		db.Exec(b, fmt.Sprintf(`DO $$ BEGIN FOR i IN %d..%d LOOP
			EXECUTE format('CREATE TABLE many%%s (org_id uuid NOT NULL, id int, PRIMARY KEY (org_id, id))', i);
			EXECUTE format('ALTER TABLE many%%s ENABLE ROW LEVEL SECURITY', i);
			EXECUTE format('CREATE POLICY a ON many%%s USING (org_id = (SELECT nullif(current_setting(''app.org_id'', true), '''')::uuid))', i);
			EXECUTE format('CREATE POLICY b ON many%%s USING (org_id IS NOT NULL AND id <> %%s)', i, i);
		END LOOP; END $$`, first, first+batch-1))
	}
	active := func() float64 {
		ms, err := strconv.ParseFloat(db.Query(b, "SELECT active_time FROM pg_stat_database WHERE datname = current_database()")[0][0], 64)
		if err != nil {
			b.Fatal(err)
		}
		return ms
	}
	before, most := active(), uint64(0)
	for b.Loop() {
		conn := connect(b, db.Superuser())
		s, err := schema.Read(b.Context(), conn, schema.Options{Role: "story_app", BuiltIns: audit.BuiltIns()})
		if err != nil {
			b.Fatal(err)
		}
		if n := len(audit.Catalog(s, tenancy())); n < tables {
			b.Fatalf("%d findings", n)
		}
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		most = max(most, memory.HeapInuse)
		_ = conn.Close(b.Context()) // which is when the server adds up
	}
	b.ReportMetric((active()-before)/1000/float64(b.N), "server-s/op")
	b.ReportMetric(float64(most)/(1<<20), "heap-MiB")
}
