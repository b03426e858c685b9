package proxy_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
)

// TestTransactionPinEnds has org A leave what pins it to the one upstream connection,
// and forget it: org B, which waits meanwhile, goes on with that connection and finds
// nothing of it (I7).
func TestTransactionPinEnds(t *testing.T) {
	f := start(t, transactionMode, oneUpstream, func(s *setup) {
		s.Policy.AllowDDL, s.Policy.ListenNotify, s.Policy.CursorWithHold = "temp", "allow", true
		s.Policy.AllowFunctions = append(s.Policy.AllowFunctions, "pg_catalog.pg_advisory_lock")
	})
	for name, c := range map[string]struct{ leave, probe string }{
		"PREPARE":         {"PREPARE p AS SELECT 7", "EXECUTE p"},
		"temporary table": {"CREATE TEMP TABLE t7 AS SELECT 7 AS n", "SELECT n FROM t7"},
		"cursor":          {"DECLARE c CURSOR WITH HOLD FOR SELECT 7", "FETCH c"},
		"seed":            {"SELECT setseed(0.5)", ""},
		"listen":          {"LISTEN ch", ""},
		"advisory lock":   {"SELECT pg_advisory_lock(7)", ""},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgB)
			query(t, a, "BEGIN")
			pid := one(t, a, pidOf)
			query(t, a, c.leave)
			query(t, a, "COMMIT")
			done := f.waits(t, func() error { _, err := tryQuery(t, b, "SELECT 1"); return err })
			query(t, a, "DISCARD ALL")
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			query(t, b, "BEGIN")
			if got := one(t, b, pidOf); got != pid {
				t.Errorf("org B has %s, not %s", got, pid)
			}
			if got := f.DB.Query(t, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")[0][0]; got != "0" {
				t.Errorf("%s advisory locks are left", got)
			}
			if name == "seed" && one(t, b, "SELECT random()") == f.DB.Query(t, "SELECT setseed(0.5), random()")[0][1] {
				t.Error("the seed is left")
			}
			if c.probe != "" {
				if _, err := tryQuery(t, b, c.probe); err == nil {
					t.Error("org B has it, too")
				}
			}
			query(t, b, "ROLLBACK")
			if c.probe != "" {
				if _, err := tryQuery(t, a, c.probe); err == nil {
					t.Error("org A still has it")
				}
			}
			a.Close(t.Context())
			b.Close(t.Context())
		})
	}
}

// TestTransactionCarriesNothing has two orgs take turns on one upstream connection, and
// the second look for what the first one's transactions leave (I7).
func TestTransactionCarriesNothing(t *testing.T) {
	f := start(t, transactionMode, oneUpstream, func(s *setup) { s.Policy.ListenNotify = "allow" })
	f.DB.Exec(t, `CREATE TABLE numbered (n serial, org_id uuid NOT NULL);
		ALTER TABLE numbered ENABLE ROW LEVEL SECURITY;
		CREATE POLICY own ON numbered USING (org_id = current_setting('app.org_id')::uuid);
		GRANT ALL ON numbered TO `+demo.AppRole+`; GRANT ALL ON SEQUENCE numbered_n_seq TO `+demo.AppRole)
	f.Refresh(t)
	a, b := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgB)
	pid := one(t, a, pidOf)
	next := func() {
		t.Helper()
		if got := one(t, b, pidOf); got != pid {
			t.Fatalf("another connection: %s, not %s", got, pid)
		}
	}

	// Sequences: what the last INSERT of the session got.
	query(t, a, "INSERT INTO numbered (org_id) VALUES ('"+demo.OrgA+"')")
	next()
	query(t, b, "BEGIN")
	for _, sql := range []string{"SELECT lastval()", "SELECT currval('numbered_n_seq')"} {
		query(t, b, "SAVEPOINT s")
		_, err := tryQuery(t, b, sql)
		sqlstate(t, err, "55000")
		query(t, b, "ROLLBACK TO s")
	}
	query(t, b, "ROLLBACK")
	_, err := tryQuery(t, a, "SELECT lastval()")
	refused(t, err, "sequence.session_state")

	// Cursors and portals end with the transaction.
	query(t, a, "BEGIN; DECLARE c CURSOR FOR SELECT 7; COMMIT")
	next()
	_, err = tryQuery(t, b, "FETCH c")
	sqlstate(t, err, "34000")

	// Statements of the protocol, by the client's name and the proxy's.
	if _, err := a.Prepare(t.Context(), "s", seenBy, nil); err != nil {
		t.Fatal(err)
	}
	next()
	sqlstate(t, b.ExecPrepared(t.Context(), "s", nil, nil, nil).Read().Err, "26000")

	// Plans: the same text, prepared by both, has each one's rows.
	for range 7 { // from the sixth time on Postgres may take a generic plan
		for org, conn := range map[string]*pgconn.PgConn{demo.OrgA: a, demo.OrgB: b} {
			r := conn.ExecParams(t.Context(), "SELECT count(*), count(*) FILTER (WHERE org_id = $1::text::uuid) FROM contacts", [][]byte{[]byte(org)}, nil, nil, nil).Read()
			if r.Err != nil || string(r.Rows[0][0]) != string(r.Rows[0][1]) {
				t.Errorf("%s: %v, %s", org, r.Err, r.Rows)
			}
		}
	}

	// A NOTIFY in a transaction is sent, and nobody listens.
	query(t, a, "BEGIN; NOTIFY ch; COMMIT")
	conn := raw(t, b)
	if got := brief(t, exchange(t, conn, 1, &pgproto3.Query{String: "SELECT 1"})); strings.Contains(got, "A") {
		t.Errorf("org B was notified: %s", got)
	}
}

// TestTransactionPoolsApart keeps the orgs' connections apart.
func TestTransactionPoolsApart(t *testing.T) {
	f := start(t, transactionMode, func(s *setup) { s.Pool.ShareAcrossTenants = false })
	a, b := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgB)
	seen := make(map[string]string)
	for range 3 {
		for _, c := range []struct {
			org string
			pid string
		}{{demo.OrgA, one(t, a, pidOf)}, {demo.OrgB, one(t, b, pidOf)}} {
			if org, ok := seen[c.pid]; ok && org != c.org {
				t.Errorf("connection %s serves %s and %s", c.pid, org, c.org)
			}
			seen[c.pid] = c.org
		}
	}
	if len(seen) != 2 {
		t.Errorf("connections %v", seen)
	}
}
