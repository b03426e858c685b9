package proxy_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

const subOf = "SELECT current_setting('request.jwt.claims')::json ->> 'sub'"

func setToken(token string) string { return "SET tenantproxy.token = '" + token + "'" }

// subToken is a token of org A for sub.
func (f *fixture) subToken(t testing.TB, sub string, more ...any) string {
	t.Helper()
	claims := map[string]any{"sub": sub}
	for i := 0; i < len(more); i += 2 {
		claims[more[i].(string)] = more[i+1]
	}
	return f.Issuer.OrgToken(t, demo.OrgA, claims)
}

// bothKinds runs the test with upstream connections that are reused, and with
// dedicated ones.
func bothKinds(t *testing.T, test func(t *testing.T, kind func(*setup))) {
	for name, reuse := range map[string]bool{"reused": true, "dedicated": false} {
		t.Run(name, func(t *testing.T) {
			test(t, func(s *setup) { s.Pool.Reuse, s.Pool.MaxUpstream = reuse, 1 })
		})
	}
}

// TestRenew gives a session new tokens in every way that there is: from then on its
// claims are those of the newest, whatever is reset.
func TestRenew(t *testing.T) {
	bothKinds(t, func(t *testing.T, kind func(*setup)) {
		f := start(t, kind)
		conn := f.Connect(t, demo.OrgA, "application_name", "at login")
		query(t, conn, "SET application_name = 'later'; SET work_mem = '7MB'; PREPARE mine AS "+subOf)
		shows := func(sub string) {
			t.Helper()
			for _, sql := range []string{subOf, "EXECUTE mine"} {
				if got := one(t, conn, sql); got != sub {
					t.Errorf("%s gives %s, want %s", sql, got, sub)
				}
			}
			if got := one(t, conn, seenBy); got != demo.OrgA {
				t.Errorf("org A sees %s", got)
			}
		}
		shows("user-of-" + demo.OrgA)
		for sub, sql := range map[string]string{
			"u1": setToken(f.subToken(t, "u1")),
			"u2": "/* of the app */ set Session TenantProxy.\"token\" TO '" + f.subToken(t, "u2") + "' ; -- done",
		} {
			results, err := conn.Exec(t.Context(), sql).ReadAll()
			if err != nil || len(results) != 1 || results[0].CommandTag.String() != "SET" {
				t.Fatalf("%v, %v", results, err)
			}
			shows(sub)
		}
		if result := conn.ExecParams(t.Context(), setToken(f.subToken(t, "u3")), nil, nil, nil, nil).Read(); result.Err != nil || result.CommandTag.String() != "SET" {
			t.Fatalf("%v", result)
		}
		shows("u3")
		if got := one(t, conn, "SHOW application_name") + one(t, conn, "SHOW work_mem"); got != "later7MB" {
			t.Errorf("the client's settings became %s", got)
		}
		for _, sql := range []string{
			"RESET ALL", "RESET request.jwt.claims", "SET request.jwt.claims TO DEFAULT", "BEGIN; RESET ALL; ROLLBACK",
			"BEGIN; RESET ALL; COMMIT", "BEGIN; SELECT 1; ROLLBACK", "RESET ALL; SELECT 1/0", "SET SESSION AUTHORIZATION DEFAULT",
		} {
			if _, err := tryQuery(t, conn, sql); err != nil {
				pgError(t, err)
			}
			shows("u3")
			query(t, conn, setToken(f.subToken(t, "behind "+sql)))
			shows("behind " + sql)
			query(t, conn, setToken(f.subToken(t, "u3")))
		}
		if result := conn.ExecParams(t.Context(), "RESET ALL", nil, nil, nil, nil).Read(); result.Err != nil {
			t.Fatal(result.Err)
		}
		shows("u3")
		query(t, conn, "DISCARD ALL")
		query(t, conn, "PREPARE mine AS "+subOf)
		shows("u3")
		conn.Close(t.Context())
		if got := one(t, f.Connect(t, demo.OrgB), subOf); got != "user-of-"+demo.OrgB {
			t.Errorf("the next session is %s", got)
		}
	})
}

// TestRenewTransactionMode has two orgs share one upstream connection: a new token goes
// with its session and does not bind it to the connection.
func TestRenewTransactionMode(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	a, b := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgB)
	for i, give := range []func(string) error{
		func(sql string) error { _, err := tryQuery(t, a, sql); return err },
		func(sql string) error { return a.ExecParams(t.Context(), sql, nil, nil, nil, nil).Read().Err },
	} {
		sub := "u" + strconv.Itoa(i)
		if err := give(setToken(f.subToken(t, sub))); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got := one(t, b, subOf); got != "user-of-"+demo.OrgB {
				t.Errorf("org B is %s", got)
			}
			if got := one(t, a, subOf) + one(t, a, seenBy); got != sub+demo.OrgA {
				t.Errorf("org A is %s", got)
			}
		}
		query(t, a, "BEGIN")
		refused(t, give(setToken(f.subToken(t, "no"))), "token.unavailable")
		query(t, a, "ROLLBACK")
	}
	f.free(t)
}

// TestRenewIsNotTheNeighbours has two sessions of one token, of which one gets a new
// one: the other does not come to run with its claims.
func TestRenewIsNotTheNeighbours(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	token := f.subToken(t, "old")
	var pair [2]*pgconn.PgConn
	for i := range pair {
		conn, err := f.Dial(t, token)
		if err != nil {
			t.Fatal(err)
		}
		pair[i] = conn
	}
	query(t, pair[0], setToken(f.subToken(t, "new")))
	for range 2 {
		if got := one(t, pair[1], subOf) + one(t, pair[0], subOf); got != "oldnew" {
			t.Errorf("got %s", got)
		}
	}
}

// TestRenewByPgx goes through what pgx makes of it.
func TestRenewByPgx(t *testing.T) {
	f := start(t)
	conn, err := pgx.Connect(t.Context(), f.DSN(f.Token(t, demo.OrgA)))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, mode := range []pgx.QueryExecMode{
		pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
	} {
		sub := "by " + mode.String()
		tag, err := conn.Exec(t.Context(), setToken(f.subToken(t, sub)), mode)
		if err != nil || tag.String() != "SET" {
			t.Fatalf("%s: %v, %v", mode, tag, err)
		}
		var got string
		if err := conn.QueryRow(t.Context(), subOf, mode).Scan(&got); err != nil || got != sub {
			t.Errorf("%s: %s, %v", mode, got, err)
		}
	}
}

// TestRenewInPipeline sends new tokens among other messages, all at once: each answer
// has its place, and what comes behind has the new claims.
func TestRenewInPipeline(t *testing.T) {
	bothKinds(t, func(t *testing.T, kind func(*setup)) {
		f := start(t, kind)
		conn := raw(t, f.Connect(t, demo.OrgA))
		ask := &pgproto3.Query{String: subOf}
		parsed := func(sql string) []pgproto3.FrontendMessage {
			return []pgproto3.FrontendMessage{&pgproto3.Parse{Query: sql}, &pgproto3.Bind{}, &pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{}}
		}
		messages := []pgproto3.FrontendMessage{ask, &pgproto3.Query{String: setToken(f.subToken(t, "u1"))}, ask, &pgproto3.Query{String: "RESET ALL"}}
		messages = append(append(messages, parsed(setToken(f.subToken(t, "u2")))...), parsed(subOf)...)
		messages = append(append(messages, &pgproto3.Sync{}), parsed("SELECT 1")...)
		messages = append(append(messages, parsed(setToken(f.subToken(t, "u3")))...), &pgproto3.Sync{}, ask,
			&pgproto3.Query{String: setToken(f.subToken(t, "u4"))}, &pgproto3.Query{String: setToken("no token")}, ask)
		send(t, conn, messages...)
		var got strings.Builder
		for range 9 {
			for _, reply := range until(t, conn, 'Z') {
				switch reply.Type {
				case 'D':
					got.Write(reply.Body[6:])
				case 'E':
					got.WriteString(reply.ErrorResponse(t).Code)
				case 'C':
					got.WriteString("(" + strings.TrimRight(string(reply.Body), "\x00") + ")")
				}
			}
			got.WriteString("; ")
		}
		const want = "user-of-" + demo.OrgA + "(SELECT 1); (SET); u1(SELECT 1); (RESET); (SET)u2(SELECT 1); 1(SELECT 1)42501; u2(SELECT 1); (SET); 28P01; "
		if got.String() != want {
			t.Errorf("got  %s\nwant %s", got.String(), want)
		}
		if last := until(t, conn, 'Z'); string(last[1].Body[6:]) != "u4" {
			t.Errorf("at the end: %v", last)
		}
	})
}

// TestRenewRefused tries tokens that are not accepted, and places where none may be:
// the session goes on as it was. One of another org, or of none, ends it.
func TestRenewRefused(t *testing.T) {
	bothKinds(t, func(t *testing.T, kind func(*setup)) {
		f := start(t, kind)
		good := f.subToken(t, "u1")
		conn := f.Connect(t, demo.OrgA)
		extended := func(sql string) error { return conn.ExecParams(t.Context(), sql, nil, nil, nil, nil).Read().Err }
		simple := func(sql string) error { _, err := tryQuery(t, conn, sql); return err }
		for name, run := range map[string]func(string) error{"simple": simple, "extended": extended} {
			for _, token := range []string{
				"", "garbage", good[:len(good)-5] + "AAAAA", strings.Repeat("x", 9<<10),
				f.subToken(t, "u1", "exp", time.Now().Add(-time.Hour).Unix()),
			} {
				e := sqlstate(t, run(setToken(token)), "28P01")
				if e.Message != "token rejected" || e.Severity != "ERROR" {
					t.Errorf("%s: %+v", name, e)
				}
			}
			query(t, conn, "BEGIN")
			refused(t, run(setToken(good)), "token.unavailable")
			sqlstate(t, run("SELECT 1"), "25P02")
			refused(t, run(setToken(good)), "token.unavailable")
			query(t, conn, "ROLLBACK")
			for _, sql := range []string{
				"SET LOCAL tenantproxy.token = '" + good + "'", "SET tenantproxy.token = E'" + good + "'", "SET tenantproxy.token = $$" + good + "$$",
				"SET tenantproxy.token TO DEFAULT; SET tenantproxy.token = 'x'", "SELECT set_config('tenantproxy.token', '" + good + "', false)",
				"SHOW tenantproxy.token", "SELECT current_setting('tenantproxy.token')", "SET tenantproxy.token = '" + good + "', 'b'",
				`SET U&"tenantpro\0078y".token = '` + good + "'",
			} {
				refused(t, run(sql), "setting.protected")
			}
			for _, sql := range []string{"SET tenantproxy.token = " + good, "SET tenantproxy.token = '" + good, "SET tenantproxy.token '" + good + "'", "SET tenantproxy.token = '" + good + "' 'b'"} {
				sqlstate(t, run(sql), "42601")
			}
			refused(t, simple(setToken(good)+"; SELECT 1"), "setting.protected")
			refused(t, simple("SELECT 1; "+setToken(good)), "setting.protected")
		}
		err := conn.ExecParams(t.Context(), "SELECT set_config('tenantproxy.token', $1, false)", [][]byte{[]byte(good)}, nil, nil, nil).Read().Err
		refused(t, err, "setting.protected")
		if got := one(t, conn, subOf); got != "user-of-"+demo.OrgA {
			t.Errorf("the session is %s", got)
		}
		conn.Close(t.Context())

		for name, token := range map[string]string{
			"other org": f.Token(t, demo.OrgB),
			"no org":    f.Issuer.Token(t, map[string]any{"exp": time.Now().Add(time.Hour).Unix()}),
		} {
			conn := f.Connect(t, demo.OrgA)
			client := raw(t, conn)
			send(t, client, &pgproto3.Query{String: setToken(token)}, &pgproto3.Query{String: seenBy})
			client.SetReadDeadline(time.Now().Add(patience))
			reply, err := pgtest.ReadReply(client)
			if err != nil {
				t.Fatal(err)
			}
			if e := reply.ErrorResponse(t); e.Code != "28000" || e.Severity != "FATAL" {
				t.Errorf("%s: %+v", name, e)
			}
			if rest := closes(t, client); len(rest) > 0 {
				t.Errorf("%s: then %q", name, rest)
			}
		}
	})
}

// TestRenewExpiry has the end of the session, and the notice before it, be those of
// the new token.
func TestRenewExpiry(t *testing.T) {
	f := start(t)
	config, err := pgconn.ParseConfig(f.DSN(f.subToken(t, "u1", "exp", time.Now().Add(4*time.Second).Unix())))
	if err != nil {
		t.Fatal(err)
	}
	notices := make(chan string, 10)
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { notices <- n.Message }
	conn, err := pgconn.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	end := time.Now().Add(4 * time.Second)
	query(t, conn, setToken(f.subToken(t, "u2")))
	for len(notices) > 0 { // of the first token
		<-notices
	}
	for time.Now().Before(end.Add(2500 * time.Millisecond)) { // over the end of the first
		query(t, conn, "SELECT 1")
		time.Sleep(50 * time.Millisecond)
	}
	if len(notices) > 0 {
		t.Errorf("told %q", <-notices)
	}
	query(t, conn, setToken(f.subToken(t, "u3", "exp", time.Now().Add(3*time.Second).Unix())))
	eventually(t, "the end", func() bool {
		_, err := tryQuery(t, conn, "SELECT 1")
		if err != nil {
			sqlstate(t, err, "57P01")
		}
		return err != nil
	})
	if len(notices) != 1 {
		t.Errorf("%d notices", len(notices))
	}
}

// TestRenewRevoked has a session go by its newest token when tokens are revoked.
func TestRenewRevoked(t *testing.T) {
	file := filepath.Join(t.TempDir(), "revoked")
	if err := os.WriteFile(file, []byte("jti:gone\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	revocations, err := auth.NewRevocations(file, "uuid", nil)
	if err != nil {
		t.Fatal(err)
	}
	f := start(t, func(s *setup) { s.Auth.Revocations = revocations })
	conns := map[string]*pgconn.PgConn{"t-1": f.Connect(t, demo.OrgA), "t-2": f.Connect(t, demo.OrgA)}
	for jti, conn := range conns {
		query(t, conn, setToken(f.subToken(t, "u", "jti", "t-0")))
		_, err := tryQuery(t, conn, setToken(f.subToken(t, "u", "jti", "gone")))
		sqlstate(t, err, "28P01")
		query(t, conn, setToken(f.subToken(t, "u", "jti", jti)))
	}
	if err := os.WriteFile(file, []byte("jti:t-0\njti:t-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := revocations.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e := lastError(t, raw(t, conns["t-1"])); e.Code != "57P01" || !strings.Contains(e.Message, "revoked") {
		t.Errorf("got %+v", e)
	}
	query(t, conns["t-2"], "SELECT 1")
}

// TestRenewSecrecy looks for tokens in the server's log, in pg_stat_activity and in
// the proxy's log (I8).
func TestRenewSecrecy(t *testing.T) {
	db := pgtest.NewDatabase(t)
	db.Exec(t, `ALTER DATABASE "`+db.Name+`" SET log_statement = 'all'`)
	f := start(t, func(s *setup) { s.DB = db })
	conn := f.Connect(t, demo.OrgA)
	good, bad := f.subToken(t, "u1"), f.subToken(t, "u1", "exp", 1)
	query(t, conn, "SELECT 'in the log'")
	for _, token := range []string{good, bad} {
		for _, sql := range []string{setToken(token), setToken(token) + "; SELECT 1", "SET LOCAL tenantproxy.token = '" + token + "'", "SET tenantproxy.token = '" + token} {
			if _, err := tryQuery(t, conn, sql); err != nil && strings.Contains(err.Error()+pgError(t, err).Detail, token) {
				t.Error(err)
			}
			if err := conn.ExecParams(t.Context(), sql, nil, nil, nil, nil).Read().Err; err != nil {
				pgError(t, err)
			}
			for _, row := range db.Query(t, "SELECT query FROM pg_stat_activity") {
				if strings.Contains(row[0], token) {
					t.Errorf("pg_stat_activity: %s", row[0])
				}
			}
		}
		query(t, conn, "BEGIN")
		if _, err := tryQuery(t, conn, setToken(token)); err == nil {
			t.Error("a token in a transaction")
		}
		query(t, conn, "ROLLBACK")
	}
	server, err := os.ReadFile(filepath.Join(filepath.Dir(db.Query(t, "SHOW data_directory")[0][0]), "log"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(server), "SELECT 'in the log'") {
		t.Error("the server does not log statements")
	}
	for _, token := range []string{good, bad} {
		signature := token[strings.LastIndexByte(token, '.'):]
		if strings.Contains(string(server), signature) {
			t.Error("a token is in the server's log")
		}
		if strings.Contains(f.Log.String(), signature) {
			t.Error("a token is in the proxy's log")
		}
	}
	for _, what := range []string{"token replaced", "new token refused", "rule=token.rejected"} {
		if !strings.Contains(f.Log.String(), what) {
			t.Errorf("the log does not have %q", what)
		}
	}
}
