package seal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/hardening/seal"
	"tenantproxy/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.MainCheckingLeaks(m) }

// testKey is a key that is the same for the same n.
func testKey(t testing.TB, n byte) seal.Key {
	t.Helper()
	return keyOf(t, n, 32)
}

func keyOf(t testing.TB, n byte, length int) seal.Key {
	t.Helper()
	secret := make([]byte, length)
	for i := range secret {
		secret[i] = n + byte(i)*7
	}
	key, err := seal.NewKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sealedDatabase makes a database and seals it, as a role that is no superuser, such
// as the administrator of a managed service.
func sealedDatabase(t testing.TB, server *pgtest.Server, o seal.Options, keys ...seal.Key) (db *pgtest.Database, admin *pgconn.PgConn) {
	t.Helper()
	role := server.CreateRole(t, "LOGIN") // before the database, which it will own a part of
	db = server.NewDatabase(t)
	db.Exec(t, "GRANT CREATE ON DATABASE "+db.Name+" TO "+role)
	admin = db.Connect(t, db.As(role))
	exec(t, admin, seal.InstallSQL(o))
	for _, key := range keys {
		exec(t, admin, key.AddKeySQL())
	}
	return db, admin
}

func exec(t testing.TB, conn *pgconn.PgConn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%v in %s", err, sql)
	}
}

func one(t testing.TB, conn *pgconn.PgConn, sql string, args ...string) string {
	t.Helper()
	return pgtest.Query(t, conn, sql, args...)[0][0]
}

// backend reads what a seal for the connection is about.
func backend(t testing.TB, conn *pgconn.PgConn) seal.Backend {
	t.Helper()
	row := pgtest.Query(t, conn, "SELECT pid, (EXTRACT(epoch FROM backend_start) * 1000000)::bigint, current_user FROM pg_stat_activity WHERE pid = pg_backend_pid()")[0]
	pid, err := strconv.ParseUint(row[0], 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	started, err := strconv.ParseInt(row[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return seal.Backend{PID: uint32(pid), Started: started, Role: row[2]}
}

// sealed is the org that counts with these settings; empty: none.
func sealed(t testing.TB, conn *pgconn.PgConn, org, value string) string {
	t.Helper()
	pgtest.Query(t, conn, "SELECT set_config('app.org_id', $1, false), set_config('tenantproxy.seal', $2, false)", org, value)
	return one(t, conn, "SELECT tenantproxy.org_id()")
}

var uuidOptions = seal.Options{OrgType: "uuid", OrgSetting: "app.org_id"}

// TestSeal has a valid seal count, and nothing else.
func TestSeal(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		key := testKey(t, 1)
		db, _ := sealedDatabase(t, server, uuidOptions, key)
		conn := db.Connect(t, db.App())
		here := backend(t, conn)
		if got := one(t, conn, "SELECT tenantproxy.org_id()"); got != "" {
			t.Errorf("without any setting the org is %q", got)
		}
		valid := key.Seal(demo.OrgA, here)
		if got := sealed(t, conn, demo.OrgA, valid); got != demo.OrgA {
			t.Fatalf("a valid seal gives %q", got)
		}
		other := db.Connect(t, db.App())
		for name, settings := range map[string][2]string{
			"another org":           {demo.OrgB, valid},
			"no org":                {"", valid},
			"no seal":               {demo.OrgA, ""},
			"garbage":               {demo.OrgA, "x"},
			"without its key's id":  {demo.OrgA, valid[9:]},
			"capital letters":       {demo.OrgA, strings.ToUpper(valid)},
			"cut":                   {demo.OrgA, valid[:len(valid)-2]},
			"a bit changed":         {demo.OrgA, valid[:len(valid)-1] + string("0123456789abcdef"[(strings.IndexByte("0123456789abcdef", valid[len(valid)-1])+1)%16])},
			"with something behind": {demo.OrgA, valid + "\n"},
			"an unknown key":        {demo.OrgA, testKey(t, 2).Seal(demo.OrgA, here)},
			"another key":           {demo.OrgA, key.ID() + testKey(t, 2).Seal(demo.OrgA, here)[8:]},
			"another backend":       {demo.OrgA, key.Seal(demo.OrgA, backend(t, other))},
			"the pid's last backend": {demo.OrgA, key.Seal(demo.OrgA,
				seal.Backend{PID: here.PID, Started: here.Started - 1, Role: here.Role})},
			"another role": {demo.OrgA, key.Seal(demo.OrgA, seal.Backend{PID: here.PID, Started: here.Started, Role: "postgres"})},
			"role and org elsewhere": {demo.OrgA, key.Seal(demo.OrgA[1:], seal.Backend{
				PID: here.PID, Started: here.Started, Role: here.Role + demo.OrgA[:1]})},
		} {
			if got := sealed(t, conn, settings[0], settings[1]); got != "" {
				t.Errorf("%s: the org is %q", name, got)
			}
		}
		if got := sealed(t, other, demo.OrgA, valid); got != "" {
			t.Errorf("the seal counts on another backend too: %q", got)
		}
	})
}

// TestBodies holds them to what Postgres has.
func TestBodies(t *testing.T) {
	db, _ := sealedDatabase(t, pgtest.Default(t), uuidOptions)
	for name, body := range seal.Bodies(uuidOptions) {
		if got := db.Query(t, "SELECT prosrc FROM pg_proc WHERE pronamespace = 'tenantproxy'::regnamespace AND proname = $1", name); len(got) != 1 || got[0][0] != body {
			t.Errorf("the body of %s is %q, and not %q", name, got, body)
		}
	}
}

// TestSealRole changes the role that a sealed session runs as.
func TestSealRole(t *testing.T) {
	server := pgtest.Default(t)
	become := server.CreateRole(t, "NOLOGIN")
	login := server.CreateRole(t, "LOGIN IN ROLE "+become)
	key := testKey(t, 1)
	db, _ := sealedDatabase(t, server, uuidOptions, key)
	db.Exec(t, "GRANT CONNECT ON DATABASE "+db.Name+" TO "+login)
	conn := db.Connect(t, db.As(login))
	here := backend(t, conn)
	if got := sealed(t, conn, demo.OrgA, key.Seal(demo.OrgA, here)); got != demo.OrgA {
		t.Fatalf("as the role that logged in the org is %q", got)
	}
	exec(t, conn, "SET ROLE "+become)
	if got := one(t, conn, "SELECT tenantproxy.org_id()"); got != "" {
		t.Errorf("after SET ROLE the org is %q", got)
	}
	exec(t, conn, "RESET ROLE")
	if got := one(t, conn, "SELECT tenantproxy.org_id()"); got != demo.OrgA {
		t.Errorf("after RESET ROLE the org is %q", got)
	}
	// A function that runs as another role asks for the session's org; its owner may
	// not read the session's start, and the owner of unseal may only with a grant.
	db.Exec(t, "GRANT USAGE ON SCHEMA public TO "+login,
		"CREATE FUNCTION public.ask() RETURNS uuid LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT tenantproxy.org_id()'",
		"ALTER FUNCTION public.ask() OWNER TO callcenter_owner")
	if got := one(t, conn, "SELECT public.ask()"); got != "" {
		t.Errorf("a definer's function has the org %q without the right to read the start", got)
	}
	db.Exec(t, "DO $$ BEGIN EXECUTE format('GRANT pg_read_all_stats TO %s', (SELECT proowner::regrole FROM pg_proc WHERE oid = 'tenantproxy.unseal(bigint)'::regprocedure)); END $$")
	if got := one(t, conn, "SELECT public.ask()"); got != demo.OrgA {
		t.Errorf("a definer's function has the org %q", got)
	}
}

// TestKeys rotates the key.
func TestKeys(t *testing.T) {
	keys := []seal.Key{testKey(t, 1), testKey(t, 2), keyOf(t, 3, 100)} // the last one is longer than a block
	db, admin := sealedDatabase(t, pgtest.Default(t), uuidOptions)
	conn := db.Connect(t, db.App())
	here := backend(t, conn)
	valid := func() string {
		var ids strings.Builder
		for i, key := range keys {
			if sealed(t, conn, demo.OrgA, key.Seal(demo.OrgA, here)) == demo.OrgA {
				fmt.Fprint(&ids, i+1)
			}
		}
		return ids.String()
	}
	for _, step := range []struct {
		sql, want string
	}{
		{"", ""},
		{keys[0].AddKeySQL(), "1"},
		{keys[1].AddKeySQL(), "12"},
		{keys[1].AddKeySQL(), "12"},
		{keys[2].AddKeySQL(), "23"},
		{keys[1].AddKeySQL(), "23"},
		{keys[2].DropOtherKeysSQL(), "3"},
		{seal.InstallSQL(uuidOptions), "3"},
	} {
		exec(t, admin, step.sql)
		if got := valid(); got != step.want {
			t.Errorf("keys %s are valid, want %s, after %.60s", got, step.want, step.sql)
		}
	}
	exec(t, admin, seal.RemoveSQL)
	exec(t, admin, seal.RemoveSQL)
}

// TestKeysAreSecret installs where default privileges give everything to everybody,
// and where somebody else has been before.
func TestKeysAreSecret(t *testing.T) {
	db := pgtest.NewDatabase(t,
		"ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO app_tenant; ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO PUBLIC",
		seal.InstallSQL(uuidOptions))
	conn := db.Connect(t, db.App())
	for _, sql := range []string{
		"SELECT * FROM tenantproxy.seal_keys", "DELETE FROM tenantproxy.seal_keys", "CREATE TABLE tenantproxy.t ()",
		"INSERT INTO tenantproxy.seal_keys SELECT 'aaaaaaaa', repeat('a', 64)::bytea, repeat('a', 64)::bytea",
	} {
		_, err := conn.Exec(t.Context(), sql).ReadAll()
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "42501" {
			t.Errorf("%s: %v", sql, err)
		}
	}
	planted := pgtest.NewDatabase(t, "CREATE SCHEMA tenantproxy; GRANT CREATE, USAGE ON SCHEMA tenantproxy TO app_tenant")
	exec(t, planted.Connect(t, planted.App()), "CREATE FUNCTION tenantproxy.org_id() RETURNS uuid LANGUAGE sql AS $$ SELECT NULL::uuid $$")
	_, err := planted.Connect(t, planted.Superuser()).Exec(t.Context(), seal.InstallSQL(uuidOptions)).ReadAll()
	if err == nil || !strings.Contains(err.Error(), "tenantproxy.org_id() must belong to") {
		t.Errorf("a function of the app's role was taken over: %v", err)
	}
}

// TestOrgTypes seals orgs of the other types.
func TestOrgTypes(t *testing.T) {
	for orgType, org := range map[string]string{"bigint": "9007199254740993", "text": "Zürich\nand 'others' \\ 𝄞"} {
		t.Run(orgType, func(t *testing.T) {
			key := testKey(t, 1)
			db, _ := sealedDatabase(t, pgtest.Default(t), seal.Options{OrgType: orgType, OrgSetting: "app.org_id"}, key)
			conn := db.Connect(t, db.App())
			if got := sealed(t, conn, org, key.Seal(org, backend(t, conn))); got != org {
				t.Errorf("the org is %q", got)
			}
			if got := one(t, conn, "SELECT pg_typeof(tenantproxy.org_id())"); got != orgType {
				t.Errorf("it is a %s", got)
			}
		})
	}
}

// sealPolicies has the demo's policies compare with the sealed org.
const sealPolicies = `DO $$ DECLARE p record; BEGIN
	FOR p IN SELECT * FROM pg_policies WHERE schemaname = 'public' LOOP
		EXECUTE format('ALTER POLICY %I ON public.%I USING (%I = (SELECT tenantproxy.org_id())) WITH CHECK (%3$I = (SELECT tenantproxy.org_id()))',
			p.policyname, p.tablename, CASE p.tablename WHEN 'organizations' THEN 'id' ELSE 'org_id' END);
	END LOOP;
END $$`

// TestOncePerStatement has the planner evaluate the function once a statement, also
// where workers share the scan, whose process ids are others.
func TestOncePerStatement(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		key := testKey(t, 1)
		db, _ := sealedDatabase(t, server, uuidOptions, key)
		db.Exec(t, sealPolicies)
		conn := db.Connect(t, db.App())
		if sealed(t, conn, demo.OrgA, key.Seal(demo.OrgA, backend(t, conn))) == "" {
			t.Fatal("the seal is not valid")
		}
		exec(t, conn, "SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off")
		var plan bytes.Buffer
		for _, row := range pgtest.Query(t, conn, "EXPLAIN (ANALYZE, COSTS off, TIMING off) SELECT count(transcript) FROM cold_call_logs") {
			fmt.Fprintln(&plan, row[0])
		}
		for _, part := range []string{"InitPlan", "Parallel Seq Scan", "Workers Launched"} {
			if !strings.Contains(plan.String(), part) {
				t.Errorf("the plan has no %s:\n%s", part, &plan)
			}
		}
		want := db.Query(t, "SELECT count(*) FROM cold_call_logs WHERE org_id = $1", demo.OrgA)[0][0]
		if got := one(t, conn, "SELECT count(transcript) FROM cold_call_logs"); got != want {
			t.Errorf("%s rows in parallel, want %s", got, want)
		}
	})
}

func TestNewKey(t *testing.T) {
	if _, err := seal.NewKey([]byte("short")); err == nil {
		t.Error("a short key is taken")
	}
	if _, err := seal.NewKey(make([]byte, 32)); err == nil {
		t.Error("zeros are taken")
	}
	key := testKey(t, 1)
	if text := fmt.Sprintf("%v %+v %#v %s", key, key, key, key); len(text) != 4*8+3 {
		t.Errorf("a key prints as %s", text)
	}
}

// BenchmarkStatement is what a statement costs with policies that read the setting,
// and with policies that ask for the sealed org.
func BenchmarkStatement(b *testing.B) {
	for _, kind := range []string{"plain", "sealed"} {
		for _, table := range []string{"agent_configurations", "cold_call_logs"} {
			b.Run(kind+"/"+table, func(b *testing.B) {
				key := testKey(b, 1)
				db, _ := sealedDatabase(b, pgtest.Default(b), uuidOptions, key)
				policies := sealPolicies
				if kind == "plain" {
					policies = strings.ReplaceAll(policies, "tenantproxy.org_id()", "nullif(current_setting(''app.org_id'', true), '''')::uuid")
				}
				db.Exec(b, policies)
				conn := db.Connect(b, db.App())
				if sealed(b, conn, demo.OrgA, key.Seal(demo.OrgA, backend(b, conn))) == "" {
					b.Fatal("the seal is not valid")
				}
				if _, err := conn.Prepare(context.Background(), "rows", "SELECT count(*) FROM "+table, nil); err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if result := conn.ExecPrepared(context.Background(), "rows", nil, nil, nil).Read(); result.Err != nil || string(result.Rows[0][0]) == "0" {
						b.Fatal(result)
					}
				}
			})
		}
	}
}
