package proxy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// TestIsolation reads and writes every tenant table as org A: it sees all of
// its own rows and no other, and reaches none of B's (I1).
func TestIsolation(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		testIsolation(t, start(t, func(s *setup) { s.DB = server.NewDatabase(t) }))
	})
}

func testIsolation(t *testing.T, f *fixture) {
	a := f.Connect(t, demo.OrgA)
	for _, table := range append(demo.TenantTables(), "organizations") {
		column := "org_id"
		if table == "organizations" {
			column = "id"
		}
		own := f.DB.Query(t, "SELECT count(*) FROM "+table+" WHERE "+column+" = $1", demo.OrgA)[0][0]
		if own == "0" {
			t.Fatalf("%s has no rows of the org: nothing is tested", table)
		}
		if got := one(t, a, "SELECT count(*) FROM "+table); got != own {
			t.Errorf("%s: sees %s rows, its own are %s", table, got, own)
		}
		if got := one(t, a, fmt.Sprintf("SELECT count(*) FROM %s WHERE %s <> '%s'", table, column, demo.OrgA)); got != "0" {
			t.Errorf("%s: %s foreign rows", table, got)
		}
		text := strings.Join(query(t, a, "SELECT t::text FROM "+table+" t"), "\n")
		if strings.Contains(text, demo.Marker(demo.OrgB)) {
			t.Errorf("%s: org B's marker is there", table)
		}
		before := f.DB.Query(t, "SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM "+table+" t WHERE "+column+" = $1", demo.OrgB)
		for _, sql := range []string{
			fmt.Sprintf("DELETE FROM %s WHERE %s = '%s'", table, column, demo.OrgB),
			fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s = '%s'", table, column, column, column, demo.OrgB),
			fmt.Sprintf("UPDATE %s SET %s = '%s'", table, column, demo.OrgB),
		} {
			if result, err := a.Exec(t.Context(), sql).ReadAll(); err == nil && result[0].CommandTag.RowsAffected() != 0 {
				t.Errorf("%s: %s", sql, result[0].CommandTag)
			}
		}
		after := f.DB.Query(t, "SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM "+table+" t WHERE "+column+" = $1", demo.OrgB)
		if before[0][0] != after[0][0] {
			t.Errorf("%s: org B's rows changed", table)
		}
	}
}

// TestContextStays does what could move a session to another org, and checks
// after each that it has not (I3).
func TestContextStays(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		testContextStays(t, start(t, func(s *setup) { s.DB = server.NewDatabase(t) }))
	})
}

func testContextStays(t *testing.T, f *fixture) {
	conn := f.Connect(t, demo.OrgA)
	context := func() string {
		return one(t, conn, `SELECT current_setting('app.org_id'), current_setting('request.jwt.claims')::jsonb ->> 'organization_id',
			current_user, session_user, current_setting('row_security'), current_setting('search_path'),
			current_setting('client_encoding'), current_setting('standard_conforming_strings'), current_setting('backslash_quote')`)
	}
	want := strings.Join([]string{demo.OrgA, demo.OrgA, demo.AppRole, demo.AppRole, "on", "public, pg_catalog", "UTF8", "on", "safe_encoding"}, "|")
	if got := context(); got != want {
		t.Fatalf("at first: %s, want %s", got, want)
	}
	for _, sql := range []string{
		"RESET ALL", "DISCARD ALL", "DISCARD TEMP", "RESET app.org_id", `RESET "Request.JWT.Claims"`, "RESET role", "RESET search_path",
		"RESET SESSION AUTHORIZATION",
		"SET app.org_id = '" + demo.OrgB + "'",
		"SET LOCAL app.org_id = '" + demo.OrgB + "'",
		`SET "APP".Org_Id = '` + demo.OrgB + "'",
		"SET app.org_id TO DEFAULT",
		`SET request."jwt.claims" = '{"organization_id":"` + demo.OrgB + `"}'`,
		"SELECT set_config('app.org_id', '" + demo.OrgB + "', false)",
		"SELECT pg_catalog.set_config('app.' || 'org_id', '" + demo.OrgB + "', false)",
		"UPDATE pg_settings SET setting = '" + demo.OrgB + "' WHERE name = 'app.org_id'",
		"SET ROLE " + demo.OwnerRole, "SET ROLE NONE", "SET SESSION AUTHORIZATION DEFAULT", "SET SESSION AUTHORIZATION postgres",
		"SET row_security = off", "SET search_path = auth", "SET search_path = pg_temp", "SET client_encoding = 'GBK'", "SET NAMES 'BIG5'",
		"SET standard_conforming_strings = off", "SET backslash_quote = on",
		"ALTER ROLE CURRENT_USER SET app.org_id = 'x'",
		"BEGIN; SET LOCAL application_name = 'x'; ROLLBACK",
		"DO $$ BEGIN PERFORM set_config('app.org_id', '" + demo.OrgB + "', false); END $$",
	} {
		if _, err := tryQuery(t, conn, sql); err != nil {
			pgError(t, err) // an answer, not a broken connection
		}
		if got := context(); got != want {
			t.Errorf("after %s: %s, want %s", sql, got, want)
		}
	}
}

// TestLargeClaims has claims that do not fit into the startup packet, and resets
// on both kinds of upstream connection.
func TestLargeClaims(t *testing.T) {
	for _, reuse := range []bool{false, true} {
		t.Run(fmt.Sprintf("reuse=%v", reuse), func(t *testing.T) { testLargeClaims(t, reuse) })
	}
}

func testLargeClaims(t *testing.T, reuse bool) {
	f := start(t, func(s *setup) {
		s.Options.MaxTokenBytes, s.Auth.MaxTokenBytes = 64<<10, 64<<10
		s.Pool.Reuse = reuse
	})
	note := strings.Repeat("ä long note ", 2000)
	token := f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"note": note})
	conn, err := f.Dial(t, token)
	if err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		if got := one(t, conn, "SELECT current_setting('request.jwt.claims')::jsonb ->> 'note'"); got != note {
			t.Errorf("the claims are cut: %d bytes of %d", len(got), len(note))
		}
		if got := one(t, conn, "SELECT count(*) > 0, bool_and(org_id = '"+demo.OrgA+"') FROM contacts"); got != "t|t" {
			t.Errorf("rows: %s", got)
		}
	}
	check()
	for _, sql := range []string{"RESET ALL", "DISCARD ALL", "RESET request.jwt.claims", `RESET "Request.jwt.Claims"`} {
		query(t, conn, sql)
		check()
	}
	query(t, conn, "SET statement_timeout = '5s'; RESET statement_timeout")
	check()
}

// TestErrorDetails checks that key violations do not show another org's values,
// unless the operator wants them. Postgres leaves the detail out itself where
// row-level security applies to whom the statement runs as: so not in a function
// that runs as its owner.
func TestErrorDetails(t *testing.T) {
	schema := `ALTER TABLE contacts ADD COLUMN badge text;
		CREATE UNIQUE INDEX contacts_badge ON contacts (badge);
		UPDATE contacts SET badge = 'secret-of-b' WHERE ctid = (SELECT ctid FROM contacts WHERE org_id = '` + demo.OrgB + `' LIMIT 1);
		CREATE FUNCTION take_badge() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public
			AS $$ UPDATE contacts SET badge = 'secret-of-b' WHERE ctid = (SELECT ctid FROM contacts WHERE org_id = '` + demo.OrgA + `' LIMIT 1) $$`
	for _, pass := range []bool{false, true} {
		t.Run(fmt.Sprintf("pass=%v", pass), func(t *testing.T) {
			f := start(t, func(s *setup) {
				s.Options.PassErrorDetails = pass
				s.Policy.AllowFunctions = append(s.Policy.AllowFunctions, "public.take_badge")
			})
			f.DB.Exec(t, schema)
			f.Refresh(t)
			conn := f.Connect(t, demo.OrgA)
			_, err := tryQuery(t, conn, "SELECT take_badge()")
			e := sqlstate(t, err, "23505")
			if (e.Detail != "") != pass || e.ConstraintName != "contacts_badge" || !strings.Contains(e.Message, "contacts_badge") {
				t.Errorf("got %+v", e)
			}
		})
	}
}

// TestOwnErrorDetails has violations whose detail shows nothing of another org, and
// passes, beside those that do, or might. Values are there only because functions
// run as somebody whom no policy applies to.
func TestOwnErrorDetails(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		for _, keys := range []string{"org_id", ""} {
			testOwnErrorDetails(t, keys, start(t, temporaryTables, func(s *setup) {
				s.DB = server.NewDatabase(t, `
					CREATE TABLE badges (org_id uuid NOT NULL, badge text, n int, UNIQUE (org_id, badge), UNIQUE (n, org_id),
						EXCLUDE USING btree (org_id WITH =, n WITH =), CHECK (n < 100));
					CREATE TABLE worn (org_id uuid, badge text, CONSTRAINT worn_badge FOREIGN KEY (org_id, badge) REFERENCES badges (org_id, badge));
					ALTER TABLE badges ENABLE ROW LEVEL SECURITY; ALTER TABLE worn ENABLE ROW LEVEL SECURITY;
					CREATE POLICY own ON worn USING (org_id = nullif(current_setting('app.org_id', true), '')::uuid);
					GRANT ALL ON badges, worn TO app_tenant;
					CREATE FUNCTION make(org uuid, badge text, n int) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public
						AS $$ INSERT INTO badges VALUES (org, badge, n) $$;
					CREATE FUNCTION wear(org uuid, badge text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public
						AS $$ INSERT INTO worn VALUES (org, badge) $$;
					CREATE FUNCTION complain(org uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
						AS $$ BEGIN RAISE 'x' USING ERRCODE = '23505', DETAIL = format('Key (org_id, badge)=(%s, secret-of-b) exists', org), SCHEMA = 'pg_temp_3', TABLE = 'mi' || 'ne'; END $$;
					SELECT make('`+demo.OrgA+`', 'first', 1), make('`+demo.OrgB+`', 'secret-of-b', 2)`)
				s.Policy.AllowFunctions = append(s.Policy.AllowFunctions, "public.make", "public.wear", "public.complain")
				s.Options.TenantKeys = keys
			}))
		}
	})
}

func testOwnErrorDetails(t *testing.T, keys string, f *fixture) {
	conn := f.Connect(t, demo.OrgA)
	query(t, conn, "CREATE TEMP TABLE mine (id int PRIMARY KEY, n int NOT NULL); INSERT INTO mine VALUES (1, 1)")
	for _, c := range []struct {
		sql, code, detail string
		byKey             bool // passed because the key is the org's
	}{
		{"SELECT make('" + demo.OrgA + "', 'first', 3)", "23505", "Key (org_id, badge)=(" + demo.OrgA + ", first) already exists.", true},
		{"SELECT make('" + demo.OrgB + "', 'secret-of-b', 3)", "23505", "", false},
		{"SELECT make('" + demo.OrgA + "', 'other', 1)", "23505", "", false},
		{"SELECT make('" + demo.OrgA + "', 'other', 100)", "23514", "", false},
		{"SELECT make(NULL, 'secret-of-b', 4)", "23502", "", false},
		{"SELECT wear('" + demo.OrgA + "', 'none')", "23503", "Key (org_id, badge)=(" + demo.OrgA + ", none) is not present in table \"badges\".", true},
		{"SELECT wear('" + demo.OrgB + "', 'none')", "23503", "", false},
		{"INSERT INTO worn VALUES ('" + demo.OrgA + "', 'none')", "23503", `Key is not present in table "badges".`, false},
		{"SELECT complain('" + demo.OrgA + "')", "23505", "", false},
		{"INSERT INTO mine VALUES (1, 2)", "23505", "Key (id)=(1) already exists.", false},
		{"INSERT INTO mine VALUES (2, NULL)", "23502", "Failing row contains (2, null).", false},
	} {
		_, err := tryQuery(t, conn, c.sql)
		e := sqlstate(t, err, c.code)
		want := c.detail
		if c.byKey && keys == "" {
			want = ""
		}
		if e.Detail != want || e.Message == "" {
			t.Errorf("%s: got %+v, want detail %q", c.sql, e, want)
		}
	}
}

// TestPrivilegedRole has upstream roles that policies do not apply to: nothing
// is served (I9).
func TestPrivilegedRole(t *testing.T) {
	for name, options := range map[string]string{
		"superuser": "LOGIN SUPERUSER", "bypassrls": "LOGIN BYPASSRLS", "replication": "LOGIN REPLICATION",
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, withRole(t, options))
			if err := f.Decider.Err(); err == nil || !strings.Contains(err.Error(), strings.ToUpper(name)) && !strings.Contains(err.Error(), name) {
				t.Errorf("the decider says %v", err)
			}
			conn := f.Connect(t, demo.OrgA)
			_, err := tryQuery(t, conn, "SELECT 1")
			refused(t, err, "role.privileged")
		})
	}
	t.Run("accepted", func(t *testing.T) {
		f := start(t, withRole(t, "LOGIN REPLICATION"), func(s *setup) { s.AcceptPrivileged = true })
		if got := one(t, f.Connect(t, demo.OrgA), "SELECT 1"); got != "1" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("later", func(t *testing.T) {
		f := start(t, withRole(t, "LOGIN"))
		conn := f.Connect(t, demo.OrgA)
		if got := one(t, conn, "SELECT 1"); got != "1" {
			t.Fatalf("got %s", got)
		}
		f.DB.Exec(t, "ALTER ROLE "+one(t, conn, "SELECT current_user")+" BYPASSRLS")
		f.Refresh(t)
		_, err := tryQuery(t, conn, "SELECT 1")
		refused(t, err, "role.privileged")
	})
}

// TestCatalogUnread has a proxy that knows nothing of the database yet.
func TestCatalogUnread(t *testing.T) {
	f := start(t)
	conn := f.Connect(t, demo.OrgA)
	f.Decider.Install(nil)
	_, err := tryQuery(t, conn, "SELECT 1")
	refused(t, err, "catalog.unavailable")
	_, err = conn.Prepare(t.Context(), "s", "SELECT 1", nil)
	refused(t, err, "catalog.unavailable")
	_, err = f.Dial(t, f.Token(t, demo.OrgA), "application_name", "x")
	sqlstate(t, err, "08006")
	f.Decider.Install(f.Loader.Snapshot())
	if got := one(t, conn, "SELECT 1"); got != "1" {
		t.Errorf("got %s", got)
	}
}

// TestSchemaChange has the schema change under statements that are prepared: what
// the new schema refuses does not run again (I6).
func TestSchemaChange(t *testing.T) {
	f := start(t)
	conn := f.Connect(t, demo.OrgA)
	for _, name := range []string{"p1", "p2"} {
		if _, err := conn.Prepare(t.Context(), name, "SELECT count(*) FROM contacts", nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.Prepare(t.Context(), "other", "SELECT count(*) FROM campaigns", nil); err != nil {
		t.Fatal(err)
	}
	query(t, conn, "PREPARE sql1 AS SELECT count(*) FROM contacts")
	execute := func(name string) error {
		return conn.ExecPrepared(t.Context(), name, nil, nil, nil).Read().Err
	}
	for _, name := range []string{"p1", "p2", "other", "sql1"} {
		if err := execute(name); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	f.DB.Exec(t, "ALTER TABLE contacts DISABLE ROW LEVEL SECURITY")
	f.Refresh(t)
	refused(t, execute("p1"), "relation.rls_disabled")
	refused(t, execute("p2"), "relation.rls_disabled")
	refused(t, execute("sql1"), "relation.rls_disabled")
	_, err := tryQuery(t, conn, "EXECUTE sql1")
	refused(t, err, "relation.rls_disabled")
	_, err = tryQuery(t, conn, "EXPLAIN EXECUTE p1")
	refused(t, err, "relation.rls_disabled")
	if err := execute("other"); err != nil {
		t.Errorf("a statement that the change does not touch: %v", err)
	}
	// A name that is cut as Postgres cuts it is the same name.
	long := strings.Repeat("n", 63)
	if _, err := conn.Prepare(t.Context(), long+"abc", "SELECT count(*) FROM campaigns", nil); err != nil {
		t.Fatal(err)
	}
	f.DB.Exec(t, "ALTER TABLE contacts ENABLE ROW LEVEL SECURITY; ALTER TABLE campaigns DISABLE ROW LEVEL SECURITY")
	f.Refresh(t)
	refused(t, execute(long+"xyz"), "relation.rls_disabled")
	if err := execute("p1"); err != nil {
		t.Errorf("after the table is protected again: %v", err)
	}
	if got := one(t, conn, "EXECUTE sql1"); got == "0" {
		t.Errorf("got %s", got)
	}
}

// TestSchemaChangeIsNoticed has the schema change under a statement that is
// prepared, with nobody asking for the catalog: the database tells of it, or else
// it is read after catalog_refresh (I6).
func TestSchemaChangeIsNoticed(t *testing.T) {
	for name, c := range map[string]struct {
		schema   string
		interval time.Duration
	}{
		"notified":  {catalog.CreateNotifySQL, time.Hour},
		"read":      {"", 50 * time.Millisecond},
		"both":      {catalog.CreateNotifySQL, 50 * time.Millisecond},
		"reinstall": {catalog.CreateNotifySQL + catalog.DropNotifySQL + catalog.CreateNotifySQL, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, func(s *setup) {
				s.DB = pgtest.NewDatabase(t, c.schema)
				s.Interval = c.interval
			})
			conn := f.Connect(t, demo.OrgA)
			if _, err := conn.Prepare(t.Context(), "p", "SELECT count(*) FROM contacts", nil); err != nil {
				t.Fatal(err)
			}
			bind := func() error { return conn.ExecPrepared(t.Context(), "p", nil, nil, nil).Read().Err }
			if err := bind(); err != nil {
				t.Fatal(err)
			}
			f.DB.Exec(t, "ALTER TABLE contacts DISABLE ROW LEVEL SECURITY")
			var err error
			eventually(t, "the refusal", func() bool { err = bind(); return err != nil })
			refused(t, err, "relation.rls_disabled")
			f.DB.Exec(t, "ALTER TABLE contacts ENABLE ROW LEVEL SECURITY")
			eventually(t, "the end of the refusal", func() bool { return bind() == nil })
		})
	}
}

// TestUnknownRelation has a table that is newer than the snapshot.
func TestUnknownRelation(t *testing.T) {
	f := start(t)
	conn := f.Connect(t, demo.OrgA)
	_, err := tryQuery(t, conn, "SELECT * FROM brand_new")
	sqlstate(t, err, "42P01")
	f.DB.Exec(t, `CREATE TABLE brand_new (org_id uuid, note text); GRANT SELECT ON brand_new TO app_tenant;
		INSERT INTO brand_new VALUES ('`+demo.OrgA+`', 'mine'), ('`+demo.OrgB+`', 'theirs')`)
	_, err = tryQuery(t, conn, "SELECT note FROM brand_new")
	refused(t, err, "relation.rls_disabled")
	f.DB.Exec(t, `ALTER TABLE brand_new ENABLE ROW LEVEL SECURITY;
		CREATE POLICY own ON brand_new USING (org_id = (auth.jwt() ->> 'organization_id')::uuid)`)
	f.Refresh(t)
	if got := one(t, conn, "SELECT note FROM brand_new"); got != "mine" {
		t.Errorf("got %s", got)
	}
}

// withRole serves through a new role with the options instead of the demo's.
func withRole(t *testing.T, options string) func(*setup) {
	return func(s *setup) {
		s.Role = pgtest.Default(t).CreateRole(t, options) // first: it goes last
		s.DB = pgtest.NewDatabase(t)
		s.DB.Exec(t, "GRANT CONNECT ON DATABASE "+s.DB.Name+" TO "+s.Role)
	}
}
