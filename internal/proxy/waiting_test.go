package proxy_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/proxy"
)

// waits has conn's client wait for the one upstream connection, which somebody else
// has, and gives its answer.
func (f *fixture) waits(t *testing.T, query func() error) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- query() }()
	eventually(t, "the wait", func() bool { return f.Pool.Stats().Waiting == 1 })
	return done
}

// TestWaitCanceled cancels a statement that waits for an upstream connection, by the
// simple and the extended protocol.
func TestWaitCanceled(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	busy, conn := f.Connect(t, demo.OrgB), f.Connect(t, demo.OrgA)
	query(t, busy, "BEGIN")
	for range 2 {
		for _, give := range []func() error{
			func() error { _, err := tryQuery(t, conn, "SELECT 1"); return err },
			func() error { return conn.ExecParams(t.Context(), "SELECT 1", nil, nil, nil, nil).Read().Err },
		} {
			done := f.waits(t, give)
			if err := conn.CancelRequest(t.Context()); err != nil {
				t.Fatal(err)
			}
			sqlstate(t, <-done, "57014")
			eventually(t, "giving up the place", func() bool { return f.Pool.Stats().Waiting == 0 })
		}
	}
	query(t, busy, "COMMIT")
	if got := one(t, conn, seenBy); got != demo.OrgA {
		t.Errorf("org A sees %s", got)
	}
	f.cancels(t, conn) // what runs, too
}

// TestWaitGone has clients leave while they wait, with and without something more that
// they have sent: they give up their places.
func TestWaitGone(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	busy := f.Connect(t, demo.OrgB)
	for _, more := range []bool{false, true} {
		conn := raw(t, f.Connect(t, demo.OrgA))
		query(t, busy, "BEGIN")
		send(t, conn, &pgproto3.Query{String: "SELECT 1"})
		eventually(t, "the wait", func() bool { return f.Pool.Stats().Waiting == 1 })
		if more {
			send(t, conn, &pgproto3.Query{String: "SELECT 2"}, &pgproto3.Terminate{})
		}
		conn.Close()
		eventually(t, "giving up the place", func() bool { return f.Pool.Stats().Waiting == 0 })
		query(t, busy, "COMMIT")
	}
	// The same at login, which waits in any mode.
	query(t, busy, "BEGIN")
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan struct{})
	token := f.Token(t, demo.OrgA)
	go func() {
		defer close(left)
		if conn, err := pgconn.Connect(ctx, f.DSN(token)); err == nil {
			conn.Close(ctx)
			t.Error("logged in")
		}
	}()
	eventually(t, "the wait", func() bool { return f.Pool.Stats().Waiting == 1 })
	cancel()
	<-left
	eventually(t, "giving up the place", func() bool { return f.Pool.Stats().Waiting == 0 })
	query(t, busy, "COMMIT")
}

// TestWaitEnds ends sessions that wait: by a drain that is out of patience.
func TestWaitEnds(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	busy, conn := f.Connect(t, demo.OrgB), f.Connect(t, demo.OrgA)
	query(t, busy, "BEGIN")
	done := f.waits(t, func() error { _, err := tryQuery(t, conn, "SELECT 1"); return err })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_ = f.Server.Shutdown(ctx)
	sqlstate(t, <-done, "57P01")
	if _, err := tryQuery(t, busy, "COMMIT"); err == nil || strings.Contains(err.Error(), proxy.ErrServerClosed.Error()) {
		t.Errorf("got %v", err)
	}
}
