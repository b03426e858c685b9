package proxy_test

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/observe/auditlog"
)

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
	n := 0
	for _, e := range f.events(t) {
		if e["event"] == "upstream.error" {
			n++
		}
	}
	if n < 5 {
		t.Errorf("only %d kinds of errors of Postgres: the test tries too little", n)
	}
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

func TestAuditReportMode(t *testing.T) {
	f := startAudited(t, auditlog.Options{Statements: auditlog.StatementsRefused}, func(s *setup) { s.Policy.Mode = "report" })
	conn := f.Connect(t, demo.OrgA)
	query(t, conn, "SELECT count(*) FROM import_staging")
	f.await(t, "statement.reported", 1)[0].has(t, "rule", "relation.rls_disabled", "object", "public.import_staging")
	f.await(t, "statement.executed", 0)
}

// TestAuditLiteralsOfOneKey has statements come that differ in constants only, and so share
// what was decided, more than a buffer has room for: each is recorded with its own.
func TestAuditLiteralsOfOneKey(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(*setup)) {
		f := startAudited(t, auditlog.Options{Literals: true}, mode)
		conn := f.Connect(t, demo.OrgA)
		var messages []pgproto3.FrontendMessage
		text := func(table string, i int) string { return fmt.Sprintf("SELECT FROM %s WHERE %d = 0", table, 10000+i) }
		const number = 2000
		for i := range number {
			messages = append(messages, &pgproto3.Query{String: text("contacts", i)}, &pgproto3.Query{String: text("import_staging", i)})
		}
		exchange(t, raw(t, conn), 2*number, messages...)
		executed, refused := f.await(t, "statement.executed", number), f.await(t, "statement.refused", number)
		for i := range number {
			executed[i].has(t, "text", text("contacts", i))
			refused[i].has(t, "text", text("import_staging", i))
		}
	})
}

// TestAuditLiterals has texts as they were sent, within a bound.
func TestAuditLiterals(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(*setup)) {
		f := startAudited(t, auditlog.Options{Literals: true}, mode)
		conn := f.Connect(t, demo.OrgA)
		query(t, conn, "SELECT 'short\n\x7f'")
		f.await(t, "statement.executed", 1)[0].has(t, "text", "SELECT 'short\n\x7f'")
		long := "SELECT '" + strings.Repeat("é", 100<<10) + "'"
		query(t, conn, long)
		if err := conn.ExecParams(t.Context(), long, nil, nil, nil, nil).Read().Err; err != nil {
			t.Fatal(err)
		}
		_, err := tryQuery(t, conn, "SELECT * FROM import_staging -- "+strings.Repeat("x", 100<<10))
		refused(t, err, "relation.rls_disabled")
		found := append(f.await(t, "statement.executed", 3)[1:], f.await(t, "statement.refused", 1)...)
		for _, e := range found {
			text := e["text"].(string)
			if len(text) < 60<<10 || len(text) > 64<<10+3 || !strings.HasSuffix(text, "…") || !utf8.ValidString(text) {
				t.Errorf("a text of %d bytes, …%q", len(text), text[max(0, len(text)-9):])
			}
		}
	})
}
