package proxy_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// roles are a login role and two that it may become: the editor may write contacts,
// the viewer only read them, and not those whose name begins with A.
type roles struct{ login, editor, viewer string }

func newRoles(t testing.TB, server *pgtest.Server, options ...string) roles {
	t.Helper()
	with := append(options, "", "", "")
	return roles{server.CreateRole(t, "LOGIN NOINHERIT "+with[0]), server.CreateRole(t, with[1]), server.CreateRole(t, with[2])}
}

// sql gives the roles their privileges.
func (r roles) sql() string {
	return strings.NewReplacer("$login", r.login, "$editor", r.editor, "$viewer", r.viewer).Replace(`
GRANT $editor, $viewer TO $login;
GRANT USAGE ON SCHEMA public, auth TO $login, $editor, $viewer;
GRANT EXECUTE ON FUNCTION auth.jwt() TO $editor, $viewer;
GRANT SELECT, INSERT, UPDATE, DELETE ON contacts TO $login, $editor;
GRANT SELECT ON contacts TO $viewer;
CREATE POLICY of_viewers ON contacts AS RESTRICTIVE TO $viewer USING (full_name !~ '^A');
CREATE FUNCTION for_editors() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM public.contacts';
REVOKE EXECUTE ON FUNCTION for_editors() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION for_editors() TO $editor;`)
}

// withRoles has tokens name one of the roles, for a database of its own.
func withRoles(db *pgtest.Database, r roles) func(*setup) {
	return func(s *setup) {
		s.DB, s.Role = db, r.login
		s.Auth.RoleClaim, s.Auth.Roles = "role", []string{r.editor, r.viewer}
	}
}

func (f *fixture) roleToken(t testing.TB, org, role string) string {
	t.Helper()
	return f.Issuer.OrgToken(t, org, map[string]any{"role": role})
}

func (f *fixture) as(t testing.TB, org, role string, params ...string) *pgconn.PgConn {
	t.Helper()
	conn, err := f.Dial(t, f.roleToken(t, org, role), params...)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

const whoAmI = "SELECT current_user || ' ' || session_user"

// eachKind runs the test with upstream connections that are reused, that are
// dedicated, and that are shared by the transaction.
func eachKind(t *testing.T, test func(t *testing.T, kind func(*setup))) {
	bothKinds(t, test)
	t.Run("by transaction", func(t *testing.T) {
		test(t, func(s *setup) { transactionMode(s); oneUpstream(s) })
	})
}

// TestRoles has sessions of two roles take turns: each runs as its own, with its own
// privileges and policies, whatever it resets (PROTO-001).
func TestRoles(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		r := newRoles(t, server)
		db := server.NewDatabase(t, r.sql())
		eachKind(t, func(t *testing.T, kind func(*setup)) {
			f := start(t, withRoles(db, r), kind)
			for range 2 { // the second ones may get the first ones' connections
				editor := f.as(t, demo.OrgA, r.editor)
				f.testRoleStays(t, editor, r.editor+" "+r.login)
				query(t, editor, "BEGIN; UPDATE contacts SET phone = phone; ROLLBACK")
				if got := one(t, editor, "SELECT count(*) > 0 FROM contacts WHERE full_name ~ '^A'"); got != "t" {
					t.Errorf("the editor sees no A")
				}
				query(t, editor, "SELECT for_editors()")
				editor.Close(t.Context())

				viewer := f.as(t, demo.OrgB, r.viewer)
				f.testRoleStays(t, viewer, r.viewer+" "+r.login)
				if got := one(t, viewer, seenBy); got != demo.OrgB {
					t.Errorf("the viewer sees %s", got)
				}
				if got := one(t, viewer, "SELECT count(*) FROM contacts WHERE full_name ~ '^A'"); got != "0" {
					t.Errorf("the viewer sees %s A", got)
				}
				for _, sql := range []string{"UPDATE contacts SET phone = phone", "SELECT for_editors()"} {
					_, err := tryQuery(t, viewer, sql)
					sqlstate(t, err, "42501")
				}
				viewer.Close(t.Context())
			}
		})
	})
}

// testRoleStays tries to become somebody else, in every way that there is.
func (f *fixture) testRoleStays(t *testing.T, conn *pgconn.PgConn, who string) {
	t.Helper()
	role, login, _ := strings.Cut(who, " ")
	is := func(after string) {
		t.Helper()
		if got := one(t, conn, whoAmI); got != who {
			t.Errorf("after %s the session is %s, want %s", after, got, who)
		}
	}
	is("login")
	for _, sql := range []string{
		"SET ROLE NONE", "SET ROLE " + login, "SET LOCAL ROLE NONE", "SET role = DEFAULT; SET ROLE NONE", `SET "Role" TO 'none'`,
		"SET SESSION AUTHORIZATION " + login, "SET LOCAL SESSION AUTHORIZATION " + login, "SET session_authorization = '" + login + "'",
		"SELECT set_config('role', 'none', false)", "SELECT set_config('session_authorization', '" + login + "', true)",
		"UPDATE pg_settings SET setting = 'none' WHERE name = 'role'",
		"DO $$ BEGIN SET ROLE NONE; END $$", "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql SET role = 'none' AS 'SELECT 1'",
	} {
		_, err := tryQuery(t, conn, sql)
		sqlstate(t, err, "42501")
		is(sql)
		if result := conn.ExecParams(t.Context(), sql, nil, nil, nil, nil).Read(); result.Err == nil {
			t.Errorf("%s by the extended protocol: no error", sql)
		}
		is(sql)
	}
	for _, sql := range []string{
		"RESET ROLE", "SET ROLE TO DEFAULT", "SET role = DEFAULT", "RESET SESSION AUTHORIZATION", "SET SESSION AUTHORIZATION DEFAULT",
		"RESET ALL", "DISCARD ALL", "BEGIN; RESET ROLE; ROLLBACK", "BEGIN; RESET ROLE; COMMIT", "BEGIN; RESET SESSION AUTHORIZATION; ROLLBACK",
		"BEGIN; RESET SESSION AUTHORIZATION; COMMIT", "BEGIN; SET LOCAL SESSION AUTHORIZATION DEFAULT; COMMIT",
		"BEGIN; SAVEPOINT a; RESET SESSION AUTHORIZATION; ROLLBACK TO a; COMMIT", "RESET ALL; SELECT 1/0",
	} {
		if _, err := tryQuery(t, conn, sql); err != nil {
			pgError(t, err)
		}
		is(sql)
		if strings.Contains(sql, ";") {
			continue
		}
		if result := conn.ExecParams(t.Context(), sql, nil, nil, nil, nil).Read(); result.Err != nil {
			pgError(t, result.Err)
		}
		is(sql)
	}
	if got := one(t, conn, "SHOW session_authorization"); got != login {
		t.Errorf("session_authorization is %s", got)
	}
	for _, params := range [][]string{{"role", "none"}, {"options", "-c role=none"}, {"options", "--session_authorization=" + login}} {
		_, err := f.Dial(t, f.roleToken(t, demo.OrgA, role), params...)
		sqlstate(t, err, "42501")
	}
}

// TestRoleByFunctions has functions that go back to the login role: the ones that do so for
// themselves and the ones that do so for the session.
func TestRoleByFunctions(t *testing.T) {
	server := pgtest.Default(t)
	r := newRoles(t, server)
	db := server.NewDatabase(t, r.sql(), `
CREATE FUNCTION by_clause() RETURNS name LANGUAGE sql SET role = 'none' AS 'SELECT current_user';
CREATE FUNCTION by_body() RETURNS text LANGUAGE sql AS $$ SELECT set_config('role', 'none', false) $$;
CREATE FUNCTION by_plpgsql() RETURNS name LANGUAGE plpgsql AS $$ BEGIN SET LOCAL ROLE NONE; RETURN current_user; END $$;
CREATE FUNCTION by_perform() RETURNS name LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('role', 'none', true); RETURN current_user; END $$;
CREATE FUNCTION by_execute() RETURNS name LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SET ROLE NONE'; RETURN current_user; END $$;
CREATE FUNCTION by_definer() RETURNS name LANGUAGE sql SECURITY DEFINER AS 'SELECT current_user';
CREATE PROCEDURE by_call() LANGUAGE plpgsql AS $$ BEGIN SET SESSION AUTHORIZATION DEFAULT; SET ROLE NONE; END $$`)
	direct := db.Connect(t, db.As(r.login)+"&role="+r.editor)
	f := start(t, withRoles(db, r))
	conn := f.as(t, demo.OrgA, r.editor)
	for _, sql := range []string{
		"SELECT by_clause()", "SELECT by_body(), current_user", "SELECT by_plpgsql()", "SELECT by_perform()", "SELECT by_execute()", "SELECT by_definer()", "CALL by_call()",
	} {
		query(t, direct, sql) // it can be done
		query(t, direct, "RESET ROLE")
		_, err := tryQuery(t, conn, sql)
		sqlstate(t, err, "42501")
		if got := one(t, conn, whoAmI); got != r.editor+" "+r.login {
			t.Errorf("after %s the session is %s", sql, got)
		}
	}
}

// TestRoleConnections has one upstream connection for all: a connection of one role is
// closed before it would serve another, and serves both orgs of its own.
func TestRoleConnections(t *testing.T) {
	server := pgtest.Default(t)
	r := newRoles(t, server)
	f := start(t, withRoles(server.NewDatabase(t, r.sql()), r), oneUpstream)
	pid := func(org, role string) string {
		conn := f.as(t, org, role)
		defer conn.Close(t.Context())
		if got := one(t, conn, seenBy); got != org {
			t.Errorf("%s of org %s sees %s", role, org, got)
		}
		return one(t, conn, pidOf)
	}
	first := pid(demo.OrgA, r.editor)
	if second := pid(demo.OrgB, r.editor); second != first {
		t.Errorf("the connection of the role was not reused: %s, then %s", first, second)
	}
	if third := pid(demo.OrgA, r.viewer); third == first {
		t.Error("a connection served two roles")
	}
}

// TestRoleRefused has tokens that name no role, or one that is not served.
func TestRoleRefused(t *testing.T) {
	server := pgtest.Default(t)
	r := newRoles(t, server)
	f := start(t, withRoles(server.NewDatabase(t, r.sql()), r))
	for _, token := range []string{
		f.Token(t, demo.OrgA), f.roleToken(t, demo.OrgA, r.login), f.roleToken(t, demo.OrgA, strings.ToUpper(r.editor)),
		f.roleToken(t, demo.OrgA, "none"), f.roleToken(t, demo.OrgA, ""),
		f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"role": []string{r.editor}}),
	} {
		_, err := f.Dial(t, token)
		if e := sqlstate(t, err, "28000"); !strings.HasPrefix(e.Message, "token claim role ") {
			t.Errorf("message %q", e.Message)
		}
	}
	if log := f.Log.String(); !strings.Contains(log, "names a role that is not served") || strings.Contains(log, strings.ToUpper(r.editor)) {
		t.Error("the log does not say why, or holds the value")
	}
	// A new token of another role, or of none, ends the session; one of its own does not.
	for _, token := range []string{f.roleToken(t, demo.OrgA, r.viewer), f.roleToken(t, demo.OrgA, r.login), f.Token(t, demo.OrgA)} {
		conn := f.as(t, demo.OrgA, r.editor)
		query(t, conn, setToken(f.roleToken(t, demo.OrgA, r.editor)))
		if got := one(t, conn, whoAmI); got != r.editor+" "+r.login {
			t.Errorf("after a new token: %s", got)
		}
		_, err := tryQuery(t, conn, setToken(token))
		if e := sqlstate(t, err, "28000"); e.Severity != "FATAL" {
			t.Errorf("got %+v", e)
		}
		if _, err := tryQuery(t, conn, "SELECT 1"); err == nil {
			t.Error("the session goes on")
		}
	}
}

// TestRoleVerdicts decides one statement in two ways: row-level security applies to one
// role only.
func TestRoleVerdicts(t *testing.T) {
	server := pgtest.Default(t)
	r := newRoles(t, server, "", "", "BYPASSRLS")
	db := server.NewDatabase(t, r.sql())
	f := start(t, withRoles(db, r), func(s *setup) { s.AcceptPrivileged = true })
	for range 2 { // the second time it is remembered
		query(t, f.as(t, demo.OrgA, r.editor), "SELECT count(*) FROM contacts")
		_, err := tryQuery(t, f.as(t, demo.OrgA, r.viewer), "SELECT count(*) FROM contacts")
		refused(t, err, "relation.role_bypasses_rls")
	}
	// Without that, sessions of the role have no statement, and those of the other have.
	// The login role could become it, so that all are refused (I9).
	f = start(t, withRoles(db, r))
	for _, role := range []string{r.editor, r.viewer} {
		_, err := tryQuery(t, f.as(t, demo.OrgA, role), "SELECT 1")
		refused(t, err, "role.privileged")
	}
	if log := f.Log.String(); !strings.Contains(log, "role "+r.login+" can SET ROLE to "+r.viewer) || !strings.Contains(log, "role "+r.viewer+" has BYPASSRLS") {
		t.Error("the log does not say why")
	}
	// What a role may do counts from the next reading on (I6).
	db.Exec(t, "ALTER ROLE "+r.viewer+" NOBYPASSRLS")
	f.Refresh(t)
	for _, role := range []string{r.editor, r.viewer} {
		query(t, f.as(t, demo.OrgA, role), "SELECT count(*) FROM contacts")
	}
}

// TestRoleOfAnotherCatalog gives rules for one role a snapshot of another.
func TestRoleOfAnotherCatalog(t *testing.T) {
	server := pgtest.Default(t)
	r := newRoles(t, server)
	db := server.NewDatabase(t, r.sql())
	f := start(t, withRoles(db, r))
	snap, err := catalog.Load(t.Context(), db.Connect(t, db.As(r.login)), nil)
	if err != nil {
		t.Fatal(err)
	}
	f.Decider.Install(snap)
	if err := f.Decider.Err(); err == nil || !strings.Contains(err.Error(), "read as role "+r.login) {
		t.Errorf("got %v", err)
	}
	_, err = f.Dial(t, f.roleToken(t, demo.OrgA, r.editor))
	sqlstate(t, err, "08006")
}

// TestSealOfRole has a sealed context in sessions whose role may not see the start of the
// session, and forges the org past the proxy's rules.
func TestSealOfRole(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		r := newRoles(t, server)
		for _, reuse := range []bool{true, false} {
			t.Run("reuse "+strconv.FormatBool(reuse), func(t *testing.T) {
				seal := sealed(t, server)
				f := start(t, seal, func(s *setup) {
					s.DB.Exec(t, r.sql())
					withRoles(s.DB, r)(s)
					s.Pool.Reuse = reuse
				})
				for org, other := range map[string]string{demo.OrgA: demo.OrgB, demo.OrgB: demo.OrgA} {
					conn := f.as(t, org, r.editor)
					for _, sql := range []string{"SELECT 1", "RESET ALL", "DISCARD ALL", "RESET ROLE", "RESET tenantproxy.seal", setToken(f.roleToken(t, org, r.editor))} {
						query(t, conn, sql)
						if got := one(t, conn, seenBy); got != org {
							t.Errorf("after %.30s org %s sees %q", sql, org, got)
						}
					}
					pgtest.Query(t, conn, "SELECT public.tamper('app.org_id', $1)", other)
					if got := one(t, conn, seenBy); got != "" {
						t.Errorf("with a forged org, it sees %q", got)
					}
					conn.Close(t.Context())
				}
			})
		}
	})
}
