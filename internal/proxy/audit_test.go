package proxy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/observe/auditlog"
	"tenantproxy/internal/pgtest"
)

// audited is a proxy with an audit log.
type audited struct {
	*fixture
	log  *auditlog.Log
	path string
}

// startAudited starts a proxy with an audit log of all statements, or as opts has it.
func startAudited(t testing.TB, opts auditlog.Options, change ...func(*setup)) *audited {
	t.Helper()
	if opts.Path == "" {
		opts.Path = filepath.Join(t.TempDir(), "audit.log")
	}
	if opts.Statements == "" {
		opts.Statements = auditlog.StatementsAll
	}
	log, err := auditlog.Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // after the proxy's end
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = log.Close(ctx)
	})
	f := start(t, append([]func(*setup){func(s *setup) { s.Options.Audit = log }}, change...)...)
	return &audited{f, log, opts.Path}
}

// event is a line of the log.
type event map[string]any

// events gives what the log has so far, but what the log says of itself.
func (f *audited) events(t testing.TB) (events []event) {
	t.Helper()
	text, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	for line := range bytes.Lines(whole) {
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if !strings.HasPrefix(e["event"].(string), "audit.") {
			events = append(events, e)
		}
	}
	return events
}

// await gives the events of the name, when there are n.
func (f *audited) await(t testing.TB, name string, n int) (found []event) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		found = nil
		for _, e := range f.events(t) {
			if e["event"] == name {
				found = append(found, e)
			}
		}
		if len(found) == n {
			return found
		}
		if len(found) > n || time.Now().After(deadline) {
			t.Fatalf("%d times %s, want %d: %v", len(found), name, n, f.events(t))
		}
	}
}

// has checks the values of fields, given as name, value …
func (e event) has(t testing.TB, want ...any) {
	t.Helper()
	for i := 0; i < len(want); i += 2 {
		if got := e[want[i].(string)]; fmt.Sprint(got) != fmt.Sprint(want[i+1]) {
			t.Errorf("%s is %v, want %v, in %v", want[i], got, want[i+1], e)
		}
	}
}

// bothModes runs a test in session mode and in transaction mode.
func bothModes(t *testing.T, test func(t *testing.T, mode func(*setup))) {
	t.Run("session", func(t *testing.T) { test(t, func(*setup) {}) })
	t.Run("transaction", func(t *testing.T) {
		test(t, func(s *setup) { s.Options.TransactionPooling = true })
	})
}

func TestAuditSession(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(*setup)) {
		f := startAudited(t, auditlog.Options{}, mode)
		token := f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"sub": "user-7", "jti": "token-9"})
		conn, err := f.Dial(t, token, "application_name", "reports")
		if err != nil {
			t.Fatal(err)
		}
		query(t, conn, "SELECT 1; SELECT 2")
		_, err = tryQuery(t, conn, "SELECT * FROM import_staging")
		refused(t, err, "relation.rls_disabled")
		conn.Close(t.Context())
		end := f.await(t, "session.ended", 1)[0]
		end.has(t, "org", demo.OrgA, "sub", "user-7", "jti", "token-9", "application_name", "reports",
			"statements", 1, "refused", 1, "reason", "client terminated", "in_transaction", nil)
		if end["bytes_in"].(float64) < 40 || end["bytes_out"].(float64) < 40 {
			t.Errorf("few bytes: %v", end)
		}
		accepted := f.await(t, "login.accepted", 1)[0]
		accepted.has(t, "session", end["session"], "database", f.DB.Name, "sub", "user-7", "tls", nil)
		f.await(t, "statement.refused", 1)[0].has(t, "session", end["session"], "org", demo.OrgA,
			"rule", "relation.rls_disabled", "object", "public.import_staging", "sqlstate", "42501", "text", nil)
	})
}

// TestAuditStatements has every way in which a statement can run and end.
func TestAuditStatements(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(*setup)) {
		f := startAudited(t, auditlog.Options{}, mode, func(s *setup) { s.Policy.AllowDDL = "temp" })
		conn := f.Connect(t, demo.OrgA)
		seen := 0
		// next gives the events since the last call, which must be as many.
		next := func(n int) []event {
			t.Helper()
			all := f.await(t, "statement.executed", seen+n)
			seen += n
			return all[seen-n:]
		}

		query(t, conn, "SELECT generate_series(1, 5); SELECT generate_series(1, 2)")
		next(1)[0].has(t, "outcome", "ok", "command", "SELECT", "rows", 7, "statements", 2)
		query(t, conn, "")
		next(1)[0].has(t, "outcome", "ok", "rows", 0, "command", nil)
		_, err := tryQuery(t, conn, "SELECT 1; SELECT 1/0; SELECT 2")
		sqlstate(t, err, "22012")
		next(1)[0].has(t, "outcome", "failed", "sqlstate", "22012", "rows", 1, "command", "SELECT")

		exec := func(sql string, args ...string) error {
			values := make([][]byte, len(args))
			for i, arg := range args {
				values[i] = []byte(arg)
			}
			return conn.ExecParams(t.Context(), sql, values, nil, nil, nil).Read().Err
		}
		if err := exec("SELECT count(*) FROM contacts WHERE id = $1", "00000000-0000-0000-0000-000000000000"); err != nil {
			t.Fatal(err)
		}
		one := next(1)[0]
		one.has(t, "outcome", "ok", "rows", 1)
		query(t, conn, "select count(*) from contacts where id = '00000000-0000-0000-0000-000000000001'")
		next(1)[0].has(t, "fingerprint", one["fingerprint"])
		// At the Bind: Postgres leaves the Execute out.
		sqlstate(t, exec("SELECT $1::int", "x"), "22P02")
		next(1)[0].has(t, "outcome", "skipped", "sqlstate", "22P02")
		sqlstate(t, exec("SELECT 1/(random()*$1::int)::int", "0"), "22012")
		next(1)[0].has(t, "outcome", "failed", "sqlstate", "22012")
		refused(t, exec("SELECT * FROM import_staging"), "relation.rls_disabled")
		f.await(t, "statement.refused", 1)

		// A pipeline: the second fails, and what is behind it is left out, to the Sync.
		batch := &pgconn.Batch{}
		for _, sql := range []string{"SELECT generate_series(1, 3)", "SELECT 1/(random()*0)::int", "SELECT 4"} {
			batch.ExecParams(sql, nil, nil, nil, nil)
		}
		if _, err := conn.ExecBatch(t.Context(), batch).ReadAll(); err == nil {
			t.Error("division by zero passed")
		}
		piped := next(3)
		piped[0].has(t, "outcome", "ok", "rows", 3)
		piped[1].has(t, "outcome", "failed", "sqlstate", "22012")
		piped[2].has(t, "outcome", "skipped", "sqlstate", nil)

		query(t, conn, "BEGIN")
		query(t, conn, "CREATE TEMP TABLE copied (n int) ON COMMIT DROP")
		if _, err := conn.CopyFrom(t.Context(), strings.NewReader("1\n2\n"), "COPY copied FROM STDIN"); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if _, err := conn.CopyTo(t.Context(), &out, "COPY copied TO STDOUT"); err != nil {
			t.Fatal(err)
		}
		query(t, conn, "DECLARE c CURSOR FOR SELECT generate_series(1, 9)")
		query(t, conn, "FETCH 4 FROM c")
		query(t, conn, "ROLLBACK")
		in := next(7)
		for i, want := range [][2]any{
			{"BEGIN", 0}, {"CREATE TABLE", 0}, {"COPY", 2}, {"COPY", 2}, {"DECLARE CURSOR", 0}, {"FETCH", 4}, {"ROLLBACK", 0},
		} {
			in[i].has(t, "command", want[0], "rows", want[1], "outcome", "ok")
		}

		f.suspended(t, conn, next)
		conn.Close(t.Context())
		f.await(t, "session.ended", 1)[0].has(t, "statements", seen)
	})
}

// suspended fetches a portal in parts, and leaves a session before an answer.
func (f *audited) suspended(t *testing.T, conn *pgconn.PgConn, next func(n int) []event) {
	front := conn.Frontend()
	for _, m := range []pgproto3.FrontendMessage{
		&pgproto3.Parse{Query: "SELECT generate_series(1, 5)"}, &pgproto3.Bind{DestinationPortal: "p"},
		&pgproto3.Describe{ObjectType: 'P', Name: "p"}, &pgproto3.Execute{Portal: "p", MaxRows: 3}, &pgproto3.Execute{Portal: "p"},
		&pgproto3.Close{ObjectType: 'P', Name: "p"}, &pgproto3.Sync{},
	} {
		front.Send(m)
	}
	if err := front.Flush(); err != nil {
		t.Fatal(err)
	}
	for {
		m, err := front.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if _, ready := m.(*pgproto3.ReadyForQuery); ready {
			break
		}
	}
	parts := next(2)
	parts[0].has(t, "outcome", "suspended", "rows", 3, "command", nil)
	parts[1].has(t, "outcome", "ok", "rows", 2, "fingerprint", parts[0]["fingerprint"])
}

// TestAuditUnanswered records what was sent, whatever became of it.
func TestAuditUnanswered(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(*setup)) {
		f := startAudited(t, auditlog.Options{}, mode)
		conn := f.Connect(t, demo.OrgA)
		peer := raw(t, conn)
		sent, _ := (&pgproto3.Query{String: "SELECT pg_sleep(600)"}).Encode(nil)
		if _, err := peer.Write(sent); err != nil {
			t.Fatal(err)
		}
		f.sleeps(t)
		if err := peer.(*net.TCPConn).SetLinger(0); err != nil { // a reset
			t.Fatal(err)
		}
		peer.Close()
		e := f.await(t, "statement.executed", 1)[0]
		e.has(t, "outcome", "unanswered")
		if e["fingerprint"] == nil {
			t.Errorf("no fingerprint: %v", e)
		}
	})
}

// TestAuditMisuse sends what makes Postgres answer less often than it is asked: every
// statement is recorded all the same.
func TestAuditMisuse(t *testing.T) {
	f := startAudited(t, auditlog.Options{}, func(s *setup) { s.Policy.AllowDDL = "temp" })
	conn := f.Connect(t, demo.OrgA)
	query(t, conn, "CREATE TEMP TABLE copied (n int)")
	peer := raw(t, conn)
	var sent []byte
	for range 50 {
		for _, m := range []pgproto3.FrontendMessage{
			&pgproto3.Query{String: "COPY copied FROM STDIN"}, &pgproto3.Query{String: "SELECT 1"}, &pgproto3.CopyDone{}, &pgproto3.Sync{},
		} {
			var err error
			if sent, err = m.Encode(sent); err != nil {
				t.Fatal(err)
			}
		}
	}
	sent, _ = (&pgproto3.Terminate{}).Encode(sent)
	if _, err := peer.Write(sent); err != nil {
		t.Fatal(err)
	}
	closes(t, peer)
	f.await(t, "session.ended", 1)
	f.await(t, "statement.executed", 101)
}

func TestAuditLogins(t *testing.T) {
	f := startAudited(t, auditlog.Options{}, func(s *setup) {
		s.Options.MaxClientsPerTenant = 1
	}, withTLS(pgtest.NewCertificate(t), "auto"))
	for _, c := range []struct {
		token, sqlstate, reason string
		org                     any
	}{
		{f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}), "28P01", "expired", nil},
		{"nonsense", "28P01", "", nil},
		{f.Issuer.Token(t, map[string]any{"sub": "x", "exp": time.Now().Add(time.Hour).Unix()}), "28000", "organization_id", nil},
	} {
		_, err := f.Dial(t, c.token, "application_name", "evil\n\x1b[31m<script>"+strings.Repeat("x", 1000))
		sqlstate(t, err, c.sqlstate)
	}
	refusals := f.await(t, "login.refused", 3)
	refusals[0].has(t, "sqlstate", "28P01", "reason", "expired (exp)")
	refusals[2].has(t, "sqlstate", "28000")
	for _, e := range refusals {
		name := e["application_name"].(string)
		if !strings.HasPrefix(name, "evil\n\x1b[31m<script>xxx") || len(name) > 140 {
			t.Errorf("application_name %q", name)
		}
	}
	text, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.ContainsAny(text, "\x1b<") {
		t.Errorf("not escaped: %s", text)
	}
	conn, err := pgconn.Connect(t.Context(), strings.Replace(f.DSN(f.Token(t, demo.OrgA)), "sslmode=disable", "sslmode=require", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	f.await(t, "login.accepted", 1)[0].has(t, "tls", "TLS 1.3", "org", demo.OrgA)
	_, err = f.Dial(t, f.Token(t, demo.OrgA))
	sqlstate(t, err, "53300")
	f.await(t, "login.refused", 4)[3].has(t, "sqlstate", "53300", "org", demo.OrgA)
}

// TestAuditLimits floods the proxy as somebody without a token can.
func TestAuditLimits(t *testing.T) {
	f := startAudited(t, auditlog.Options{}, func(s *setup) { s.Options.MaxUnauthenticatedPerAddress = 1 })
	f.rawConnect(t)
	eventually(t, "the connection", func() bool { return f.Server.Connections() == 1 })
	const connections = 30
	for range connections {
		f.rawConnect(t).Close()
	}
	for _, e := range f.await(t, "limit.reached", 5) {
		e.has(t, "limit", "too many connections from this address that have not logged in: limits.max_unauthenticated_per_address is reached")
	}
	for range connections {
		conn := f.rawConnect(t)
		conn.Write([]byte{0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 1, 0, 0, 0, 2})
		closes(t, conn)
	}
	f.await(t, "cancel.refused", 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := f.log.Close(ctx); err != nil {
		t.Fatal(err)
	}
	// At the end the log has them all.
	f.await(t, "limit.reached", 6)[5].has(t, "repeated", connections*2-6)
	f.await(t, "cancel.refused", 2)[1].has(t, "repeated", connections-2)
}

func TestAuditTokens(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(*setup)) {
		f := startAudited(t, auditlog.Options{Literals: true}, mode)
		conn := f.Connect(t, demo.OrgA)
		fresh := f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"sub": "somebody else", "jti": "fresh"})
		query(t, conn, "SET tenantproxy.token = '"+fresh+"'")
		f.await(t, "token.refreshed", 1)[0].has(t, "sub", "somebody else", "jti", "fresh", "org", demo.OrgA)
		stale := f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"exp": time.Now().Add(-time.Hour).Unix()})
		if _, err := tryQuery(t, conn, "SET tenantproxy.token = '"+stale+"'"); err == nil {
			t.Error("an expired token was taken")
		}
		f.await(t, "token.refused", 1)[0].has(t, "reason", "expired (exp)")
		f.await(t, "statement.refused", 1)[0].has(t, "rule", "token.rejected", "sub", "somebody else", "text", nil)
		// What hides a token is not for the log either, although it may have literals.
		hidden := f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"jti": "hidden"})
		if _, err := tryQuery(t, conn, "SELECT 1; SET tenantproxy.token = '"+hidden+"'"); err == nil {
			t.Error("a token in a text passed")
		}
		f.await(t, "statement.refused", 2)[1].has(t, "text", nil)
		foreign := f.Issuer.OrgToken(t, demo.OrgB, nil)
		_, err := tryQuery(t, conn, "SET tenantproxy.token = '"+foreign+"'")
		sqlstate(t, err, "28000")
		f.await(t, "session.ended", 1)[0].has(t, "sqlstate", "28000")
		f.holdsNone(t, fresh, stale, hidden, foreign)
	})
}

// holdsNone checks that neither log has one of the secrets, or a part of them.
func (f *audited) holdsNone(t *testing.T, secrets ...string) {
	t.Helper()
	text, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range secrets {
		for _, part := range append(strings.Split(secret, "."), secret) {
			if len(part) > 40 { // every token has the same header
				part = part[20:]
			}
			for name, log := range map[string]string{"audit log": string(text), "log": f.Log.String()} {
				if strings.Contains(log, part) {
					t.Errorf("the %s holds %s", name, part)
				}
			}
		}
	}
}

func TestAuditEndsOfTokens(t *testing.T) {
	file := filepath.Join(t.TempDir(), "revoked")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := startAudited(t, auditlog.Options{}, func(s *setup) {
		revocations, err := auth.NewRevocations(file, "uuid", s.Options.Log)
		if err != nil {
			t.Fatal(err)
		}
		s.Auth.Revocations = revocations
	})
	if _, err := f.Dial(t, f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"jti": "short", "exp": time.Now().Add(2 * time.Second).Unix()})); err != nil {
		t.Fatal(err)
	}
	f.await(t, "token.expired", 1)[0].has(t, "jti", "short")
	f.await(t, "session.ended", 1)[0].has(t, "jti", "short", "sqlstate", "57P01")
}

// TestAuditKeepsNoLiterals runs statements with secrets, in all ways in which one can
// come back in an error.
func TestAuditKeepsNoLiterals(t *testing.T) {
	const secret = "s3cr3t-hunter2"
	f := startAudited(t, auditlog.Options{}, func(s *setup) { s.Policy.AllowFunctions = []string{"public.raises"} })
	f.DB.Exec(t, `CREATE FUNCTION raises(code text, message text) RETURNS void LANGUAGE plpgsql AS $$
		BEGIN RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message, DETAIL = message, TABLE = message; END $$`)
	f.Refresh(t)
	conn := f.Connect(t, demo.OrgA)
	for _, sql := range []string{
		"SELECT '" + secret + "'",
		"SELECT '" + secret + "'::uuid",
		"SELECT '" + secret + "'::int",
		"SELECT '" + secret + "'::date",
		"SELECT '{\"" + secret + "'::json",
		"SELECT to_timestamp('" + secret + "', '" + secret + "')",
		"SELECT * FROM contacts WHERE name = \"" + secret + "\"",
		"SELECT E'\\x" + secret + "' '" + secret,
		"SELECT $a$" + secret,
		"SELECT raises('42703', '" + secret + "')",
		"SELECT raises('42601', 'near \"x\" of " + secret + " and \"y\"')",
		"SELECT raises('23505', '" + secret + "')",
		"SET app.org_id = '" + secret + "'",
		"SELECT set_config('app.org_id', '" + secret + "', false)",
		"ALTER ROLE postgres PASSWORD '" + secret + "'",
		"SET TIME ZONE '" + secret + "'",
		"SELECT now() AT TIME ZONE '" + secret + "'",
		"SELECT regexp_replace('x', '(" + secret + "', '')",
		"LISTEN \"" + secret + "\"",
		"SELECT 'x' LIKE 'x' ESCAPE '" + secret + "'",
		"INSERT INTO contacts (id) VALUES ('" + secret + "')",
		"EXECUTE \"" + secret + "\"",
		"SELECT * FROM import_staging WHERE '" + secret + "' = '" + secret + "' -- " + secret,
	} {
		_, _ = tryQuery(t, conn, sql)
		_ = conn.ExecParams(t.Context(), sql, nil, nil, nil, nil).Read().Err
	}
	_ = conn.ExecParams(t.Context(), "SELECT $1::int", [][]byte{[]byte(secret)}, nil, nil, nil).Read().Err
	conn.Close(t.Context())
	f.await(t, "session.ended", 1)
	f.holdsNone(t, secret, "hunter2")
	if n := len(f.await(t, "upstream.error", len(f.upstreamErrors(t)))); n < 5 {
		t.Errorf("only %d kinds of errors of Postgres: the test tries too little", n)
	}
}

func (f *audited) upstreamErrors(t *testing.T) (found []event) {
	for _, e := range f.events(t) {
		if e["event"] == "upstream.error" {
			found = append(found, e)
		}
	}
	return found
}

func TestAuditUpstreamErrors(t *testing.T) {
	f := startAudited(t, auditlog.Options{})
	conn := f.Connect(t, demo.OrgA)
	for range 5 {
		_, err := tryQuery(t, conn, "SELECT organizations.status FROM organizations")
		sqlstate(t, err, "42703")
	}
	_, err := tryQuery(t, conn, "SELECT 'x'::uuid")
	sqlstate(t, err, "22P02")
	errors := f.await(t, "upstream.error", 2)
	errors[0].has(t, "sqlstate", "42703", "message", "column organizations.status does not exist", "org", demo.OrgA)
	errors[1].has(t, "sqlstate", "22P02", "message", nil)

	f = startAudited(t, auditlog.Options{Literals: true})
	_, err = tryQuery(t, f.Connect(t, demo.OrgA), "SELECT 'x'::uuid")
	sqlstate(t, err, "22P02")
	f.await(t, "upstream.error", 1)[0].has(t, "message", `invalid input syntax for type uuid: "x"`)
	f.await(t, "statement.executed", 1)[0].has(t, "text", "SELECT 'x'::uuid")
}

func TestAuditCatalog(t *testing.T) {
	f := startAudited(t, auditlog.Options{})
	first := f.await(t, "catalog.changed", 1)[0]
	first.has(t, "lost", nil, "gained", nil, "added", nil, "database", f.DB.Name)
	f.DB.Exec(t, "ALTER TABLE contacts DISABLE ROW LEVEL SECURITY")
	f.Refresh(t)
	second := f.await(t, "catalog.changed", 2)[1]
	second.has(t, "lost", "[public.contacts]", "gained", nil, "protected", first["protected"].(float64)-1)
	f.DB.Exec(t, "ALTER TABLE contacts ENABLE ROW LEVEL SECURITY")
	f.DB.Exec(t, "CREATE TABLE new_one (id int)")
	f.DB.Exec(t, "DROP TABLE import_staging CASCADE")
	f.Refresh(t)
	f.await(t, "catalog.changed", 3)[2].has(t, "gained", "[public.contacts]", "added", "[public.new_one]",
		"removed", "[public.import_staging]", "lost", nil)
	f.Decider.Install(nil)
	f.await(t, "catalog.unavailable", 1)[0].has(t, "reason", "the catalog cannot be read")
}

func TestAuditReportMode(t *testing.T) {
	f := startAudited(t, auditlog.Options{Statements: auditlog.StatementsRefused}, func(s *setup) { s.Policy.Mode = "report" })
	conn := f.Connect(t, demo.OrgA)
	query(t, conn, "SELECT count(*) FROM import_staging")
	f.await(t, "statement.reported", 1)[0].has(t, "rule", "relation.rls_disabled", "object", "public.import_staging")
	f.await(t, "statement.executed", 0)
}

// TestAuditUnavailable lets nothing run while the log cannot be written, and goes on
// when it can.
func TestAuditUnavailable(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(*setup)) {
		path := filepath.Join(t.TempDir(), "audit.log")
		f := startAudited(t, auditlog.Options{Path: path}, mode)
		conn := f.Connect(t, demo.OrgA)
		if _, err := conn.Prepare(t.Context(), "known", "SELECT 1", nil); err != nil {
			t.Fatal(err)
		}
		query(t, conn, "SELECT 1")
		aside(t, path, "/dev/full")
		if err := f.log.Reopen(t.Context()); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the failure", func() bool { return f.log.Err() != nil })
		_, err := tryQuery(t, conn, "DELETE FROM contacts")
		unaudited(t, err)
		unaudited(t, conn.ExecParams(t.Context(), "DELETE FROM contacts", nil, nil, nil, nil).Read().Err)
		unaudited(t, conn.ExecPrepared(t.Context(), "known", nil, nil, nil).Read().Err)
		_, err = f.Dial(t, f.Token(t, demo.OrgA))
		unaudited(t, err)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := f.log.Reopen(t.Context()); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the recovery", func() bool { return f.log.Err() == nil })
		if query(t, conn, "SELECT count(*) FROM contacts")[0] == "0" {
			t.Error("it was deleted")
		}
		f.await(t, "statement.refused", 0)
	})
}

// aside moves a file out of the way, and puts a link to another in its place.
func aside(t *testing.T, path, target string) {
	t.Helper()
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func unaudited(t *testing.T, err error) {
	t.Helper()
	if e := sqlstate(t, err, "53100"); e.Detail != "rule: audit.unavailable" {
		t.Errorf("got %+v", e)
	}
}

// TestAuditDrain ends a transaction with the proxy.
func TestAuditDrain(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(*setup)) {
		f := startAudited(t, auditlog.Options{}, mode)
		open, idle := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgB)
		query(t, open, "BEGIN")
		query(t, idle, "SELECT 1")
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if err := f.Server.Shutdown(ctx); err == nil {
			t.Error("nobody was in a transaction")
		}
		for _, e := range f.await(t, "session.ended", 2) {
			if e["org"] == demo.OrgA {
				e.has(t, "in_transaction", true)
			} else {
				e.has(t, "in_transaction", nil)
			}
			e.has(t, "sqlstate", "57P01", "reason", "terminating connection because tenantproxy is shutting down")
		}
	})
}

func TestAuditNoConnection(t *testing.T) {
	f := startAudited(t, auditlog.Options{}, func(s *setup) {
		s.Options.TransactionPooling = true
		s.Pool.MaxUpstream, s.Pool.AcquireTimeout = 1, 50*time.Millisecond
	})
	holder := f.Connect(t, demo.OrgA)
	query(t, holder, "SELECT 1")
	waiter := f.Connect(t, demo.OrgB)
	query(t, holder, "BEGIN")
	_, err := tryQuery(t, waiter, "SELECT 1")
	sqlstate(t, err, "53300")
	f.await(t, "limit.reached", 1)[0].has(t, "org", demo.OrgB)
	_, err = f.Dial(t, f.Token(t, demo.OrgB))
	sqlstate(t, err, "53300")
	f.await(t, "login.refused", 1)[0].has(t, "org", demo.OrgB, "sqlstate", "53300")
}

// TestAuditStalled has nobody read the log: sessions wait, and end all the same when the
// proxy does.
func TestAuditStalled(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(*setup)) {
		fifo := filepath.Join(t.TempDir(), "audit.fifo")
		if err := syscall.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
		reader, err := os.OpenFile(fifo, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		f := startAudited(t, auditlog.Options{Path: fifo, QueueBytes: 1 << 10}, mode)
		t.Cleanup(func() { reader.Close() }) // before the log's end, which it holds up
		conn := f.Connect(t, demo.OrgA)
		ended := make(chan error, 1)
		go func() {
			batch := &pgconn.Batch{}
			for range 1000 {
				batch.ExecParams("SELECT 1", nil, nil, nil, nil)
			}
			_, err := conn.ExecBatch(context.Background(), batch).ReadAll()
			ended <- err
		}()
		eventually(t, "the stall", func() bool { return f.log.Err() != nil })
		select {
		case err := <-ended:
			t.Fatalf("nothing waits for the log: %v", err)
		default:
		}
		f.Server.Close()
		<-ended
	})
}
