package proxy_test

import (
	"strings"
	"testing"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/rewrite"
)

// TestReportMode has a server that lets through what it would refuse.
func TestReportMode(t *testing.T) {
	f := start(t, func(s *setup) { s.Policy.Mode = "report" })
	conn := f.Connect(t, demo.OrgA)
	count := func(rule rewrite.Rule) uint64 { return f.Server.Reported()[rule] }
	all := f.DB.Query(t, "SELECT count(*) FROM import_staging")[0][0]

	// Let through, by every way, and counted.
	if got := one(t, conn, "SELECT count(*) FROM import_staging"); got != all {
		t.Errorf("got %s of %s rows", got, all)
	}
	if _, err := conn.Prepare(t.Context(), "p", "SELECT count(*) FROM import_staging", nil); err != nil {
		t.Fatal(err)
	}
	for range 3 { // reported when it was prepared
		if err := conn.ExecPrepared(t.Context(), "p", nil, nil, nil).Read().Err; err != nil {
			t.Fatal(err)
		}
	}
	if got := count(rewrite.RuleRelationRLS); got != 2 {
		t.Errorf("%s is counted %d times", rewrite.RuleRelationRLS, got)
	}
	query(t, conn, "SELECT count(*) FROM contacts")
	query(t, conn, "SELECT 1 FROM import_staging, import_staging i; LISTEN a")
	if got := count(rewrite.RuleRelationRLS); got != 3 {
		t.Errorf("%s is counted %d times", rewrite.RuleRelationRLS, got)
	}
	if got := count(rewrite.RuleStatementNotify); got != 1 {
		t.Errorf("%s is counted %d times", rewrite.RuleStatementNotify, got)
	}
	for _, want := range []string{
		`msg="statement would be refused"`, "rule=relation.rls_disabled object=public.import_staging", "rule=statement.listen_notify",
	} {
		if !strings.Contains(f.Log.String(), want) {
			t.Errorf("the log does not have %s", want)
		}
	}

	// Policies apply as ever to what they are on.
	own := f.DB.Query(t, "SELECT count(*) FROM contacts WHERE org_id = $1", demo.OrgA)[0][0]
	if got := one(t, conn, "SELECT count(*) FROM contacts"); got != own {
		t.Errorf("sees %s contacts, its own are %s", got, own)
	}

	// The context stays, and with it all that could move it.
	for sql, rule := range map[string]string{
		"SET app.org_id = '" + demo.OrgB + "'":                                            "setting.protected",
		"SELECT set_config('app.org_id', payload::text, false) FROM import_staging":       "setting.protected",
		"SELECT set_config(payload::text, 'x', false) FROM import_staging":                "function.argument",
		"SELECT 1 FROM import_staging; SET ROLE " + demo.OwnerRole:                        "setting.role",
		"SELECT query_to_xml('SELECT 1', true, true, '') FROM import_staging":             "function.never_allowed",
		"DO $$ BEGIN PERFORM set_config('app.org_id', 'x', false); END $$":                "statement.do",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql SET app.org_id = 'x' AS 'SELECT 1'": "statement.not_allowed",
		"CREATE TABLE t AS SELECT set_config('app.org_id', 'x', false)":                   "setting.protected",
		"RESET ALL; SELECT * FROM import_staging":                                         "statement.after_reset",
		"COPY import_staging TO PROGRAM 'cat'":                                            "statement.copy_file",
	} {
		_, err := tryQuery(t, conn, sql)
		refused(t, err, rule)
	}
	if got := one(t, conn, "SELECT current_setting('app.org_id'), current_user"); got != demo.OrgA+"|"+demo.AppRole {
		t.Errorf("the context is %s", got)
	}

	// What was prepared under another schema is reported when it runs.
	if _, err := conn.Prepare(t.Context(), "later", "SELECT count(*) FROM contacts", nil); err != nil {
		t.Fatal(err)
	}
	query(t, conn, "PREPARE later_too AS SELECT count(*) FROM contacts")
	before := count(rewrite.RuleRelationRLS)
	f.DB.Exec(t, "ALTER TABLE contacts DISABLE ROW LEVEL SECURITY")
	f.Refresh(t)
	if err := conn.ExecPrepared(t.Context(), "later", nil, nil, nil).Read().Err; err != nil {
		t.Errorf("after the change: %v", err)
	}
	query(t, conn, "EXECUTE later_too")
	if got := count(rewrite.RuleRelationRLS); got != before+2 {
		t.Errorf("%d were reported after the change, want 2", got-before)
	}
}

// TestReportModeIsNoWayIn has what no mode lets through.
func TestReportModeIsNoWayIn(t *testing.T) {
	report := func(s *setup) { s.Policy.Mode = "report" }
	t.Run("privileged role", func(t *testing.T) {
		f := start(t, withRole(t, "LOGIN BYPASSRLS"), report)
		_, err := tryQuery(t, f.Connect(t, demo.OrgA), "SELECT 1")
		refused(t, err, "role.privileged")
	})
	t.Run("unknown catalog", func(t *testing.T) {
		f := start(t, report)
		conn := f.Connect(t, demo.OrgA)
		f.Decider.Install(nil)
		_, err := tryQuery(t, conn, "SELECT 1")
		refused(t, err, "catalog.unavailable")
	})
	t.Run("startup", func(t *testing.T) {
		f := start(t, report)
		_, err := f.Dial(t, f.Token(t, demo.OrgA), "replication", "database")
		refused(t, err, "protocol.replication")
		_, err = f.Dial(t, f.Token(t, demo.OrgA), "options", "-c app.org_id="+demo.OrgB)
		refused(t, err, "setting.protected")
	})
	t.Run("a table that is newer than the snapshot", func(t *testing.T) {
		f := start(t, report)
		conn := f.Connect(t, demo.OrgA)
		f.DB.Exec(t, "CREATE TABLE brand_new AS SELECT 1 AS n; GRANT SELECT ON brand_new TO PUBLIC")
		if got := one(t, conn, "SELECT n FROM brand_new"); got != "1" {
			t.Errorf("got %s", got)
		}
		if got := f.Server.Reported()[rewrite.RuleRelationRLS]; got != 1 {
			t.Errorf("counted %d times", got)
		}
		_, err := tryQuery(t, conn, "SELECT * FROM never_was")
		if e := sqlstate(t, err, "42P01"); e.Position == 0 {
			t.Errorf("the error is not Postgres's: %+v", e)
		}
	})
	t.Run("COPY FROM", func(t *testing.T) {
		f := start(t, report)
		conn := f.Connect(t, demo.OrgA)
		f.DB.Exec(t, "CREATE TABLE bulk (n int); GRANT ALL ON bulk TO PUBLIC")
		f.Refresh(t)
		if _, err := conn.CopyFrom(t.Context(), strings.NewReader("1\n2\n"), "COPY bulk FROM STDIN"); err != nil {
			t.Fatal(err)
		}
		if got := pgtest.Query(t, f.DB.Connect(t, f.DB.Superuser()), "SELECT sum(n) FROM bulk")[0][0]; got != "3" {
			t.Errorf("got %s", got)
		}
	})
}
