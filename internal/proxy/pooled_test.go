package proxy_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pool"
)

// transactionMode has sessions share upstream connections by the transaction.
func transactionMode(s *setup) { s.Options.TransactionPooling = true }

// free waits until no session has an upstream connection.
func (f *fixture) free(t *testing.T) {
	t.Helper()
	eventually(t, "giving the connection back", func() bool { s := f.Pool.Stats(); return s.Free == s.Open })
}

// TestTransactionPooling has two orgs take turns on one upstream connection.
func TestTransactionPooling(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	a, b := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgB, "application_name", "b's", "datestyle", "german")
	pid := one(t, a, pidOf)
	for range 3 {
		if got := one(t, a, seenBy) + one(t, a, "SHOW application_name") + one(t, a, "SHOW datestyle"); got != demo.OrgA+"ISO, MDY" {
			t.Errorf("org A sees %s", got)
		}
		query(t, b, "BEGIN")
		if got := one(t, b, seenBy) + one(t, b, "SHOW application_name") + one(t, b, "SHOW datestyle"); got != demo.OrgB+"b'sGerman, DMY" {
			t.Errorf("org B sees %s", got)
		}
		if _, err := tryQuery(t, b, "SELECT 1/0"); err == nil {
			t.Error("no error")
		}
		query(t, b, "ROLLBACK")
		if got := one(t, b, pidOf); got != pid {
			t.Errorf("there are two connections, %s and %s", pid, got)
		}
	}
	f.free(t)
}

// TestTransactionHolds keeps the other org waiting while a transaction is open, and
// tells it which limit it waits for; its session goes on.
func TestTransactionHolds(t *testing.T) {
	f := start(t, transactionMode, oneUpstream, func(s *setup) { s.Pool.AcquireTimeout = patience / 100 })
	a, b := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgB)
	query(t, a, "BEGIN")
	_, err := tryQuery(t, b, "SELECT 1")
	if e := sqlstate(t, err, "53300"); e.Severity != "ERROR" || !strings.Contains(e.Message, "pool.max_upstream") {
		t.Errorf("got %+v", e)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err = b.Prepare(ctx, "", "SELECT 1", nil) // is skipped up to its Sync
	sqlstate(t, err, "53300")
	query(t, a, "COMMIT")
	if got := one(t, b, seenBy); got != demo.OrgB {
		t.Errorf("org B sees %s", got)
	}
}

// TestTransactionWatches has the one upstream connection report another value of a
// setting that never changes while no session has it: nothing runs on it any more, whether
// it has the context of the session that comes in place or not (I3).
func TestTransactionWatches(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	for setting, value := range map[string]string{
		"client_encoding": "SQL_ASCII", "standard_conforming_strings": "off", "is_superuser": "on", "session_authorization": "postgres",
	} {
		for _, inPlace := range []bool{true, false} {
			conn := f.Connect(t, demo.OrgA)
			f.free(t)
			database, neutral := f.Pool.Dialer().DefaultDatabase(), pool.Context{}
			place := f.Pool.Place(database, neutral.Role, demo.OrgA)
			u, err := f.Pool.Acquire(t.Context(), &place, &neutral, func() {})
			if err != nil {
				t.Fatal(err)
			}
			f.Pool.Park(u, false)
			if inPlace {
				query(t, conn, "SELECT 1")
				f.free(t)
			}
			u.NoteParameter(setting, value)
			_, err = tryQuery(t, conn, "SELECT 1")
			if e := sqlstate(t, err, "57P01"); !strings.Contains(e.Message, "a protected setting changed") {
				t.Errorf("%s: got %+v", setting, e)
			}
			if got := f.Log.String(); !strings.Contains(got, "a pinned setting differs in an upstream session") || !strings.Contains(got, setting) {
				t.Errorf("%s: the log says\n%s", setting, got)
			}
			eventually(t, "the end of the connection", func() bool { return f.Pool.Stats().Open == 0 })
			if got := one(t, f.Connect(t, demo.OrgA), seenBy); got != demo.OrgA {
				t.Errorf("the next session sees %s", got)
			}
		}
	}
}

// TestTransactionPins leaves one thing of every kind that Postgres keeps for a session
// and that a tenant may make: the session stays with its connection, and the next one
// on it finds nothing (I7).
func TestTransactionPins(t *testing.T) {
	allow := func(s *setup) {
		s.Policy.AllowDDL, s.Policy.ListenNotify, s.Policy.CursorWithHold = "temp", "allow", true
		s.Policy.AllowFunctions = append(s.Policy.AllowFunctions, "pg_catalog.pg_advisory_lock")
	}
	for name, c := range map[string]struct{ leave, probe, want string }{
		"PREPARE":         {"PREPARE p AS SELECT 7", "EXECUTE p", "7"},
		"temporary table": {"CREATE TEMP TABLE t7 AS SELECT 7 AS n", "SELECT n FROM t7", "7"},
		"cursor":          {"DECLARE c CURSOR WITH HOLD FOR SELECT 7", "FETCH c", "7"},
		"seed":            {"SELECT setseed(0.5)", "SELECT 7", "7"},
		"listen":          {"LISTEN ch", "SELECT 7", "7"},
		"advisory lock":   {"SELECT pg_advisory_lock(7)", "SELECT 7", "7"},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, transactionMode, allow, func(s *setup) { s.Pool.MaxUpstream = 2 })
			a, b := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgB)
			query(t, a, c.leave)
			pid := one(t, a, pidOf)
			for range 3 {
				query(t, b, "SELECT 1")
				if got := one(t, a, c.probe); got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
				if one(t, a, pidOf) != pid || one(t, b, pidOf) == pid {
					t.Error("the session is not pinned")
				}
				if name == "cursor" {
					break
				}
			}
			a.Close(t.Context())
			f.free(t)
			found := false
			for range 2 { // one of the two is the connection
				query(t, b, "BEGIN")
				other := f.Connect(t, demo.OrgA)
				for _, conn := range []func() string{func() string { return one(t, other, pidOf) }, func() string { return one(t, b, pidOf) }} {
					found = conn() == pid || found
				}
				if name == "temporary table" || name == "PREPARE" {
					if _, err := tryQuery(t, other, c.probe); err == nil {
						t.Error("the next session has it, too")
					}
				}
				other.Close(t.Context())
				query(t, b, "COMMIT")
			}
			if !found {
				t.Error("the connection was not used again")
			}
			if got := f.DB.Query(t, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")[0][0]; got != "0" {
				t.Errorf("%s advisory locks are left", got)
			}
		})
	}
}

// TestTransactionPrepared goes through the ways to use a prepared statement in a later
// transaction.
func TestTransactionPrepared(t *testing.T) {
	f := start(t, transactionMode, func(s *setup) { s.Pool.MaxUpstream = 2 })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	named := f.Connect(t, demo.OrgA)
	if _, err := named.Prepare(ctx, "mine", seenBy, nil); err != nil {
		t.Fatal(err)
	}
	other := f.Connect(t, demo.OrgA)
	for range 3 {
		query(t, other, "SELECT 1")
		if r := named.ExecPrepared(ctx, "mine", nil, nil, nil).Read(); r.Err != nil || string(r.Rows[0][0]) != demo.OrgA {
			t.Fatalf("%+v", r)
		}
	}
	if r := other.ExecPrepared(ctx, "mine", nil, nil, nil).Read(); r.Err == nil {
		t.Error("another session has the statement")
	}
	named.Close(t.Context())

	// The unnamed statement lives to its first Bind, and is nobody else's.
	f.free(t)
	a, b := raw(t, other), raw(t, f.Connect(t, demo.OrgA))
	send(t, a, &pgproto3.Parse{Query: "SELECT 'a'"}, &pgproto3.Describe{ObjectType: 'S'}, &pgproto3.Sync{})
	until(t, a, 'Z')
	send(t, b, &pgproto3.Query{String: "SELECT 'b'"})
	until(t, b, 'Z')
	send(t, a, &pgproto3.Bind{}, &pgproto3.Execute{}, &pgproto3.Sync{})
	if got := fmt.Sprint(until(t, a, 'Z')); strings.Contains(got, "26000") {
		t.Errorf("got %s", got)
	}
	f.free(t)
	for _, message := range []pgproto3.FrontendMessage{&pgproto3.Bind{}, &pgproto3.Describe{ObjectType: 'S'}} {
		send(t, b, message, &pgproto3.Execute{}, &pgproto3.Sync{})
		replies := until(t, b, 'Z')
		if replies[0].Type != 'E' || replies[0].ErrorResponse(t).Code != "26000" {
			t.Errorf("%T of another's unnamed statement: %v", message, replies)
		}
	}
}

// TestTransactionStray sends what needs no connection, and what Postgres ignores.
func TestTransactionStray(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	busy := f.Connect(t, demo.OrgB)
	conn := raw(t, f.Connect(t, demo.OrgA))
	query(t, busy, "BEGIN")
	send(t, conn, &pgproto3.Flush{}, &pgproto3.CopyData{Data: []byte("x")}, &pgproto3.CopyDone{}, &pgproto3.Sync{}, &pgproto3.Sync{})
	for range 2 {
		if got := until(t, conn, 'Z'); len(got) != 1 || string(got[0].Body) != "I" {
			t.Errorf("got %v", got)
		}
	}
	query(t, busy, "COMMIT")
	_, err := tryQuery(t, busy, "SELECT lastval()")
	refused(t, err, "sequence.session_state")
}

// TestTransactionReplaced ends upstream connections between transactions, which
// nobody notices, and in one.
func TestTransactionReplaced(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	conn := f.Connect(t, demo.OrgA)
	for range 3 {
		pid := one(t, conn, pidOf)
		f.free(t)
		f.DB.Query(t, "SELECT pg_terminate_backend($1::int, 20000)", pid)
		eventually(t, "noticing the end", func() bool { return f.Pool.Stats().Open == 0 })
		if got := one(t, conn, seenBy); got != demo.OrgA {
			t.Errorf("org A sees %s", got)
		}
	}
	query(t, conn, "BEGIN")
	f.DB.Query(t, "SELECT pg_terminate_backend($1::int, 20000)", one(t, conn, pidOf))
	_, err := tryQuery(t, conn, "SELECT 1")
	if err == nil {
		t.Error("the transaction goes on")
	}
}

// TestTransactionCrowd has many clients of two orgs on two connections, each looking at
// all that it gets, while others cancel, leave in the middle and are killed.
func TestTransactionCrowd(t *testing.T) {
	f := start(t, transactionMode, func(s *setup) { s.Pool.MaxUpstream = 2 })
	var clients sync.WaitGroup
	for i := range 12 {
		org := []string{demo.OrgA, demo.OrgB}[i%2]
		zone := fmt.Sprintf("Etc/GMT-%d", i%3+1)
		token := f.Token(t, org)
		clients.Go(func() {
			conn, err := f.Dial(t, token, "timezone", zone)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close(context.Background())
			for n := range 20 {
				for _, sql := range []string{seenBy, "BEGIN", seenBy, "SHOW timezone", "COMMIT", "SHOW timezone"} {
					rows, err := tryQuery(t, conn, sql)
					if err != nil {
						t.Errorf("%s: %v", sql, err)
						return
					}
					if sql == seenBy && (len(rows) != 1 || rows[0] != org) || strings.HasPrefix(sql, "SHOW") && rows[0] != zone {
						t.Errorf("%s: %s sees %v", sql, org, rows)
					}
				}
				if n%5 == 0 {
					ctx, cancel := context.WithTimeout(context.Background(), patience)
					_ = conn.CancelRequest(ctx) // it may hit nothing
					cancel()
				}
			}
		})
		clients.Go(func() {
			for range 4 {
				conn, err := f.Dial(t, token)
				if err != nil {
					t.Error(err)
					return
				}
				query(t, conn, "BEGIN; UPDATE contacts SET full_name = 'changed'")
				raw(t, conn).Close()
			}
		})
	}
	clients.Wait()
	f.gone(t)
	if got := f.DB.Query(t, "SELECT count(*) FROM contacts WHERE full_name = 'changed'")[0][0]; got != "0" {
		t.Errorf("%s rows were changed by half a transaction", got)
	}
}
