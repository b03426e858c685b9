package proxy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pool"
)

// These tests change the pool's limits as SIGHUP does, under sessions in transaction mode.

// asks has the client run a statement, be the n-th that waits for an upstream
// connection, and gives what becomes of it.
func (f *fixture) asks(t *testing.T, conn *pgconn.PgConn, n int) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		rows, err := tryQuery(t, conn, "SELECT 'served'")
		if err == nil && (len(rows) != 1 || rows[0] != "served") {
			err = fmt.Errorf("got %q", rows)
		}
		done <- err
	}()
	eventually(t, "the wait", func() bool { return f.Pool.Stats().Waiting == n })
	return done
}

// served takes what asks has promised.
func served(t *testing.T, done <-chan error) {
	t.Helper()
	select {
	case err := <-done:
		if err != nil {
			t.Fatalf("after the wait: %v", err)
		}
	case <-time.After(patience):
		t.Fatal("a session waits, although no limit keeps it")
	}
}

// atLimit checks that a statement gets 53300 with the limit's name, and not the end of
// the session.
func atLimit(t *testing.T, conn *pgconn.PgConn, limit string) {
	t.Helper()
	_, err := tryQuery(t, conn, "SELECT 1")
	if e := sqlstate(t, err, "53300"); e.Severity != "ERROR" || !strings.Contains(e.Message, limit) {
		t.Errorf("got %+v, want %s", e, limit)
	}
}

// begin has the client change something in a transaction, which it leaves open.
func begin(t *testing.T, conn *pgconn.PgConn, org, mark string) {
	t.Helper()
	query(t, conn, "BEGIN")
	query(t, conn, fmt.Sprintf("INSERT INTO contacts (org_id, full_name, phone) VALUES ('%s', '%s', '%[2]s')", org, mark))
}

// committed checks what has come of the transactions of begin.
func (f *fixture) committed(t *testing.T, mark string, want int) {
	t.Helper()
	if got := f.DB.Query(t, "SELECT count(*) FROM contacts WHERE full_name LIKE $1", mark+"%")[0][0]; got != fmt.Sprint(want) {
		t.Errorf("%s of %d transactions are there", got, want)
	}
}

// opens waits until there are n upstream connections.
func (f *fixture) opens(t *testing.T, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("being down to %d upstream connections", n), func() bool { return f.Pool.Stats().Open == n })
}

// TestRaisedLimits raises limits under sessions that wait without an end: they are
// served while others still hold what they have waited for.
func TestRaisedLimits(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	busy, second, other := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgB)
	begin(t, busy, demo.OrgA, "raised")
	a, b := f.asks(t, second, 1), f.asks(t, other, 2)
	raise := func(l pool.Limits) {
		t.Helper()
		f.Pool.SetLimits(l)
		if n := f.Pool.Stats().Waiting; n != 0 {
			t.Errorf("%d sessions wait until something else happens", n)
		}
	}
	raise(pool.Limits{MaxUpstream: 3})
	served(t, a)
	served(t, b)

	f.Pool.SetLimits(pool.Limits{MaxUpstream: 3, MaxPerTenant: 1})
	a = f.asks(t, second, 1)
	query(t, other, "SELECT 1") // is not org A's
	raise(pool.Limits{MaxUpstream: 3, MaxPerTenant: 2})
	served(t, a)

	f.Pool.SetLimits(pool.Limits{MaxUpstream: 1, MaxPerTenant: 1})
	a, b = f.asks(t, second, 1), f.asks(t, other, 2)
	raise(pool.Limits{}) // no limits
	served(t, a)
	served(t, b)
	query(t, busy, "COMMIT")
	f.committed(t, "raised", 1)
	f.free(t)
}

// TestLoweredMaxUpstream lowers the limit under open transactions: all of them go on to
// their ends. What is over the limit is closed when it is given back, although
// somebody waits for it, and so is what was free.
func TestLoweredMaxUpstream(t *testing.T) {
	f := start(t, transactionMode, func(s *setup) { s.Pool.MaxUpstream = 3 })
	orgs := []string{demo.OrgA, demo.OrgA, demo.OrgB}
	var sessions []*pgconn.PgConn
	transact := func() {
		for i, conn := range sessions {
			begin(t, conn, orgs[i], fmt.Sprint("lowered", time.Now().UnixNano()))
		}
	}
	for _, org := range orgs {
		sessions = append(sessions, f.Connect(t, org))
	}
	for _, conn := range sessions {
		query(t, conn, "SET work_mem = '7MB'")
		if _, err := conn.Prepare(t.Context(), "mine", seenBy, nil); err != nil {
			t.Fatal(err)
		}
	}
	waiting := f.Connect(t, demo.OrgB)
	transact()
	done := f.asks(t, waiting, 1)
	f.Pool.SetLimits(pool.Limits{MaxUpstream: 1})
	for i, conn := range sessions {
		query(t, conn, "SELECT 1")
		select {
		case err := <-done:
			t.Fatalf("somebody was served over the limit: %v", err)
		default:
		}
		query(t, conn, "COMMIT")
		f.opens(t, max(2-i, 1))
	}
	served(t, done)
	works := func() {
		t.Helper()
		for i, conn := range sessions {
			r := conn.ExecPrepared(t.Context(), "mine", nil, nil, nil).Read()
			if r.Err != nil || string(r.Rows[0][0]) != orgs[i] {
				t.Errorf("a session of %s has %+v", orgs[i], r)
			}
			if got := one(t, conn, "SHOW work_mem"); got != "7MB" {
				t.Errorf("work_mem is %s", got)
			}
		}
	}
	works()

	f.Pool.SetLimits(pool.Limits{MaxUpstream: 3})
	transact()
	for _, conn := range sessions {
		query(t, conn, "COMMIT")
	}
	f.free(t)
	f.opens(t, 3)
	f.Pool.SetLimits(pool.Limits{MaxUpstream: 1})
	if open := f.Pool.Stats().Open; open != 1 {
		t.Errorf("%d connections are open, all of them free", open)
	}
	works()
	f.committed(t, "lowered", 6)
}

// TestLoweredBelowPinned lowers the limit to what a pinned session has: it keeps its
// connection, and the others are told until it has ended.
func TestLoweredBelowPinned(t *testing.T) {
	f := start(t, transactionMode, func(s *setup) { s.Pool.MaxUpstream = 2 })
	pinned, other := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgB)
	query(t, pinned, "PREPARE p AS SELECT 7")
	pid := one(t, pinned, pidOf)
	begin(t, other, demo.OrgB, "pinned")
	f.Pool.SetLimits(pool.Limits{MaxUpstream: 1, AcquireTimeout: patience / 100})
	query(t, other, "COMMIT")
	f.opens(t, 1)
	f.committed(t, "pinned", 1)
	for range 2 {
		atLimit(t, other, "pool.max_upstream")
		if got := one(t, pinned, "EXECUTE p") + " " + one(t, pinned, pidOf); got != "7 "+pid {
			t.Errorf("the pinned session has %s", got)
		}
	}
	pinned.Close(t.Context())
	f.free(t)
	if got := one(t, other, seenBy); got != demo.OrgB {
		t.Errorf("org B sees %s", got)
	}
}

// TestLoweredMaxPerTenant lowers the limit of an org that has more: what it has, it
// keeps to the end of its transactions, and gets nothing new; the other org is served.
func TestLoweredMaxPerTenant(t *testing.T) {
	f := start(t, transactionMode, func(s *setup) { s.Pool.MaxUpstream = 5 })
	first, second, third, other := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgB)
	begin(t, first, demo.OrgA, "tenant 1")
	begin(t, second, demo.OrgA, "tenant 2")
	f.Pool.SetLimits(pool.Limits{MaxUpstream: 5, MaxPerTenant: 1, AcquireTimeout: patience / 100})
	for _, conn := range []*pgconn.PgConn{first, second} {
		atLimit(t, third, "pool.max_per_tenant")
		query(t, other, "SELECT 1")
		query(t, conn, "COMMIT")
	}
	f.free(t)
	if got := one(t, third, seenBy); got != demo.OrgA {
		t.Errorf("org A sees %s", got)
	}
	f.committed(t, "tenant", 2)
}

// TestChangedTimeouts changes how long sessions wait and how long connections are kept:
// the next wait, and the connections that are free, go by the new ones.
func TestChangedTimeouts(t *testing.T) {
	f := start(t, transactionMode, oneUpstream, func(s *setup) { s.Pool.AcquireTimeout = time.Hour })
	busy, conn := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgB)
	query(t, conn, "SET work_mem = '7MB'")
	query(t, busy, "BEGIN")
	f.Pool.SetLimits(pool.Limits{MaxUpstream: 1, AcquireTimeout: patience / 100})
	atLimit(t, conn, "pool.max_upstream")
	f.Pool.SetLimits(pool.Limits{MaxUpstream: 1, AcquireTimeout: time.Hour})
	done := f.asks(t, conn, 1)
	time.Sleep(patience / 50) // longer than it might have waited before
	query(t, busy, "COMMIT")
	served(t, done)

	f.free(t)
	for range 2 {
		f.Pool.SetLimits(pool.Limits{MaxUpstream: 1, IdleTimeout: time.Hour})
		pid := one(t, conn, pidOf)
		f.free(t)
		time.Sleep(1500 * time.Millisecond) // the pool looks once a second
		if got := one(t, conn, pidOf); got != pid {
			t.Error("a connection was closed long before pool.idle_timeout")
		}
		f.free(t)
		f.Pool.SetLimits(pool.Limits{MaxUpstream: 1, IdleTimeout: time.Millisecond})
		f.opens(t, 0)
		if got := one(t, conn, seenBy) + one(t, conn, "SHOW work_mem"); got != demo.OrgB+"7MB" {
			t.Errorf("org B has %s", got)
		}
	}
}
