package proxy_test

import (
	"testing"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/hardening/seal"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/wire"
)

// sealedSQL has the demo's policies compare with the sealed org, and makes three
// functions that an operator might allow without having read them.
const sealedSQL = `DO $$ DECLARE p record; BEGIN
	FOR p IN SELECT * FROM pg_policies WHERE schemaname = 'public' LOOP
		EXECUTE format('ALTER POLICY %I ON public.%I USING (%I = (SELECT tenantproxy.org_id())) WITH CHECK (%3$I = (SELECT tenantproxy.org_id()))',
			p.policyname, p.tablename, CASE p.tablename WHEN 'organizations' THEN 'id' ELSE 'org_id' END);
	END LOOP;
END $$;
CREATE FUNCTION public.tamper(setting text, value text) RETURNS text LANGUAGE sql AS 'SELECT set_config(setting, value, false)';
CREATE FUNCTION public.tamper_locally(setting text, value text) RETURNS text LANGUAGE sql AS 'SELECT set_config(setting, value, true)';
CREATE FUNCTION public.peek(setting text) RETURNS text LANGUAGE sql AS 'SELECT current_setting(setting, true)';`

// sealed gives the proxy a database with a sealed context, and its key.
func sealed(t testing.TB, server *pgtest.Server) func(*setup) {
	t.Helper()
	key, err := seal.NewKey([]byte("a key of a test, 32 bytes or more"))
	if err != nil {
		t.Fatal(err)
	}
	db := server.NewDatabase(t, seal.InstallSQL(seal.Options{OrgType: "uuid", OrgSetting: "app.org_id"}), key.AddKeySQL(), sealedSQL)
	return func(s *setup) {
		s.DB = db
		s.Policy.AllowFunctions = append(s.Policy.AllowFunctions, "public.tamper", "public.tamper_locally", "public.peek")
		s.Options.Seal = func(org string, b seal.Backend) wire.Parameter {
			return wire.Parameter{Name: seal.Setting, Value: key.Seal(org, b)}
		}
	}
}

// TestSeal has the sealed context in place through everything that a session does,
// and tries to forge another org's past the proxy's rules.
func TestSeal(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		for name, mode := range map[string]func(*setup){
			"reuse true": func(s *setup) { s.Pool.Reuse = true }, "reuse false": func(s *setup) { s.Pool.Reuse = false }, "transaction": transactionMode,
		} {
			t.Run(name, func(t *testing.T) {
				f := start(t, sealed(t, server), mode)
				testSealStays(t, f)
				testSealForged(t, f)
			})
		}
	})
}

func testSealStays(t *testing.T, f *fixture) {
	for range 2 { // the second one may get the first one's connection
		for _, org := range []string{demo.OrgA, demo.OrgB} {
			conn := f.Connect(t, org, "datestyle", "german")
			for _, sql := range []string{
				"SELECT 1", "RESET ALL", "DISCARD ALL", "RESET app.org_id", "RESET tenantproxy.seal", `SET "TenantProxy"."seal" TO DEFAULT`,
				"BEGIN; RESET tenantproxy.seal; ROLLBACK", "BEGIN; SELECT 1/0", "ROLLBACK", "SET LOCAL tenantproxy.seal TO DEFAULT",
				setToken(f.Token(t, org)), "RESET ALL", "DISCARD ALL", setToken(f.Token(t, org)) + ";", "BEGIN; RESET ALL; ROLLBACK",
			} {
				if _, err := tryQuery(t, conn, sql); err != nil {
					pgError(t, err)
				}
				if sql == "BEGIN; SELECT 1/0" {
					continue // nothing runs before the ROLLBACK
				}
				if got := one(t, conn, seenBy); got != org {
					t.Errorf("after %s org %s sees %q", sql, org, got)
				}
				if got := one(t, conn, "SELECT current_setting('request.jwt.claims')::json ->> 'organization_id'"); got != org {
					t.Errorf("after %s the claims are those of %q", sql, got)
				}
			}
			for _, sql := range []string{"SHOW tenantproxy.seal", "SELECT current_setting('tenantproxy.seal')", "SET tenantproxy.seal = ''", "SHOW ALL"} {
				_, err := tryQuery(t, conn, sql)
				sqlstate(t, err, "42501")
			}
			conn.Close(t.Context())
		}
	}
}

func testSealForged(t *testing.T, f *fixture) {
	a, b := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgB)
	tamper := func(setting, value string) {
		t.Helper()
		pgtest.Query(t, a, "SELECT public.tamper($1, $2)", setting, value)
	}
	ours := one(t, a, "SELECT public.peek('tenantproxy.seal')")
	theirs := one(t, b, "SELECT public.peek('tenantproxy.seal')")
	// A call of such a function keeps the connection in transaction mode.
	if one(t, a, pidOf) == one(t, b, pidOf) {
		t.Fatal("two sessions have one connection")
	}
	sees := func(what, want string) {
		t.Helper()
		if got := one(t, a, seenBy); got != want {
			t.Errorf("%s: org A sees %q, want %q", what, got, want)
		}
	}
	sees("untouched", demo.OrgA)
	tamper("app.org_id", demo.OrgB)
	sees("another org's setting", "")
	_, err := tryQuery(t, a, "INSERT INTO contacts (org_id, full_name, phone) VALUES ('"+demo.OrgB+"', 'forged', '1')")
	sqlstate(t, err, "42501")
	if got := query(t, a, "UPDATE contacts SET full_name = 'forged' RETURNING 1"); len(got) != 0 {
		t.Errorf("%d rows are changed", len(got))
	}
	tamper("tenantproxy.seal", theirs)
	sees("another org's seal", "")
	tamper("tenantproxy.seal", "")
	sees("no seal", "")
	tamper("tenantproxy.seal", ours)
	tamper("app.org_id", demo.OrgA)
	sees("what it was", demo.OrgA)
	if got := f.DB.Query(t, "SELECT count(*) FROM contacts WHERE full_name = 'forged'")[0][0]; got != "0" {
		t.Errorf("%s rows were written", got)
	}
	// Without the seal the same forgery works: the test can fail.
	f.DB.Exec(t, "ALTER POLICY own_organization ON public.contacts USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid))")
	tamper("app.org_id", demo.OrgB)
	sees("a policy that reads the setting", demo.OrgB)
	f.DB.Exec(t, "ALTER POLICY own_organization ON public.contacts USING (org_id = (SELECT tenantproxy.org_id()))")
}

// TestSealInTransactions tampers on the one connection that two orgs have after each
// other: nobody sees a row of the other's, and the next has its own context again.
func TestSealInTransactions(t *testing.T) {
	f := start(t, sealed(t, pgtest.Default(t)), transactionMode, oneUpstream)
	for _, function := range []string{"tamper", "tamper_locally"} {
		for _, end := range []string{"ROLLBACK", "COMMIT"} {
			for org, other := range map[string]string{demo.OrgA: demo.OrgB, demo.OrgB: demo.OrgA} {
				// A call of such a function keeps the connection until the session ends.
				conn := f.Connect(t, org)
				if got := one(t, conn, seenBy); got != org {
					t.Fatalf("before %s and %s org %s sees %q", function, end, org, got)
				}
				query(t, conn, "BEGIN")
				pgtest.Query(t, conn, "SELECT public."+function+"('app.org_id', $1)", other)
				if got := one(t, conn, seenBy); got != "" {
					t.Errorf("org %s, tampering by %s, sees %q", org, function, got)
				}
				query(t, conn, end)
				if got := one(t, conn, seenBy); got != "" && got != org {
					t.Errorf("after %s and %s org %s sees %q", function, end, org, got)
				}
				conn.Close(t.Context())
			}
		}
	}
}

// TestSealOfAnEarlierTenant shows what a seal does not do, and what does: a seal is
// good for its backend as long as that lives.
func TestSealOfAnEarlierTenant(t *testing.T) {
	replay := func(t *testing.T, f *fixture) string {
		first := f.Connect(t, demo.OrgA)
		theirs := one(t, first, "SELECT public.peek('tenantproxy.seal')")
		first.Close(t.Context())
		conn := f.Connect(t, demo.OrgB)
		pgtest.Query(t, conn, "SELECT public.tamper('tenantproxy.seal', $1)", theirs)
		pgtest.Query(t, conn, "SELECT public.tamper('app.org_id', $1)", demo.OrgA)
		return one(t, conn, seenBy)
	}
	t.Run("shared", func(t *testing.T) {
		if got := replay(t, start(t, sealed(t, pgtest.Default(t)), oneUpstream)); got != demo.OrgA {
			t.Errorf("org B sees %q: docs/HARDEN.md says that it sees org A's rows", got)
		}
	})
	t.Run("not shared", func(t *testing.T) {
		f := start(t, sealed(t, pgtest.Default(t)), oneUpstream, func(s *setup) { s.Pool.ShareAcrossTenants = false })
		if got := replay(t, f); got != "" {
			t.Errorf("org B sees %q", got)
		}
	})
}

// TestSealWithoutInstallation serves a database that is not sealed, so that proxies
// can be given the key first.
func TestSealWithoutInstallation(t *testing.T) {
	f := start(t, sealed(t, pgtest.Default(t)), func(s *setup) { s.DB = pgtest.NewDatabase(t) })
	if got := one(t, f.Connect(t, demo.OrgA), seenBy); got != demo.OrgA {
		t.Errorf("org A sees %q", got)
	}
}
