package proxy_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/wire"
)

// TestExpiryNotice tells of the end before it: an idle client, and one in the middle
// of a result, which must stay whole. With on_expiry: keep nothing is said.
func TestExpiryNotice(t *testing.T) {
	f := start(t)
	soon := f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"exp": time.Now().Add(50 * time.Second).Unix()})
	connect := func(password string) (*pgconn.PgConn, func() int) {
		t.Helper()
		config, err := pgconn.ParseConfig(f.DSN(password))
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		told := 0
		config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
			mu.Lock()
			defer mu.Unlock()
			if n.Code == "00000" && strings.Contains(n.Message, "the token of this session expires at") {
				told++
			}
		}
		conn, err := pgconn.ConnectConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close(context.Background()) })
		return conn, func() int { mu.Lock(); defer mu.Unlock(); return told }
	}
	idle, toldIdle := connect(soon)
	later, toldLater := connect(f.Token(t, demo.OrgA))
	busy, toldBusy := connect(soon)
	// Rows that take some reads each, until the notice has come in between.
	for deadline := time.Now().Add(patience); toldBusy() == 0; {
		rows := query(t, busy, "SELECT repeat('x', 300000) FROM generate_series(1, 20)")
		for _, row := range rows {
			if row != strings.Repeat("x", 300000) {
				t.Fatal("a row is damaged")
			}
		}
		if len(rows) != 20 || time.Now().After(deadline) {
			t.Fatalf("%d rows, %d notices", len(rows), toldBusy())
		}
	}
	query(t, idle, "SELECT 1")
	query(t, later, "SELECT 1")
	if toldIdle() != 1 || toldLater() != 0 {
		t.Errorf("notices: %d to an idle client, %d to one with a fresh token", toldIdle(), toldLater())
	}
	query(t, busy, "SELECT 1")
	if toldBusy() != 1 {
		t.Errorf("%d notices", toldBusy())
	}
}

// TestExpiryNoticeNotRead has a client that does not read when it would be told: the
// others are, and the proxy closes in time.
func TestExpiryNoticeNotRead(t *testing.T) {
	f := start(t)
	soon := f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"exp": time.Now().Add(50 * time.Second).Unix()})
	stuck, err := f.Dial(t, soon)
	if err != nil {
		t.Fatal(err)
	}
	raw(t, stuck).Write(wire.AppendQuery(nil, "SELECT repeat('x', 1000000) FROM generate_series(1, 200)"))
	idle, err := f.Dial(t, soon)
	if err != nil {
		t.Fatal(err)
	}
	conn := raw(t, idle)
	conn.SetReadDeadline(time.Now().Add(patience))
	reply, err := pgtest.ReadReply(conn)
	if err != nil || reply.Type != 'N' {
		t.Fatalf("got %v, %v", reply, err)
	}
}

// TestRevocation ends sessions and refuses logins, by token, subject and org.
func TestRevocation(t *testing.T) {
	file := filepath.Join(t.TempDir(), "revoked")
	revoke := func(lines string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	revoke("")
	revocations, err := auth.NewRevocations(file, "uuid", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { revocations.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	f := start(t, func(s *setup) {
		s.Auth.Revocations = revocations
		s.Options.KeepExpired = true // which is no reason to keep a revoked one
	})
	other := f.Connect(t, demo.OrgB)
	for _, line := range []string{"jti:t-1", "sub:user-of-" + demo.OrgA, "org:" + demo.OrgA} {
		revoke("")
		token := f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"jti": "t-1"})
		var conn *pgconn.PgConn
		eventually(t, "the login", func() bool {
			conn, err = f.Dial(t, token)
			return err == nil
		})
		query(t, conn, "BEGIN")
		query(t, conn, "SELECT 1")
		revoke(line + "\n")
		if e := lastError(t, raw(t, conn)); e.Code != "57P01" || !strings.Contains(e.Message, "revoked") {
			t.Errorf("%s: got %+v", line, e)
		}
		_, err := f.Dial(t, token)
		if e := sqlstate(t, err, "28P01"); e.Message != "token rejected" {
			t.Errorf("%s: %s", line, e.Message)
		}
		if got := one(t, other, "SELECT 1"); got != "1" {
			t.Errorf("%s: the other org got %s", line, got)
		}
	}
	for _, what := range []string{"by=jti", "by=sub", "by=org", "revoked (jti)"} {
		if !strings.Contains(f.Log.String(), what) {
			t.Errorf("the log does not have %s", what)
		}
	}
}
