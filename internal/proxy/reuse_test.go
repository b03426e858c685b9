package proxy_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
)

// oneUpstream gives all sessions the same upstream connection, one after the other.
func oneUpstream(s *setup) { s.Pool.MaxUpstream = 1 }

const (
	pidOf  = "SELECT pg_backend_pid()"
	seenBy = "SELECT string_agg(DISTINCT org_id::text, ',') FROM contacts"
)

// TestReuse serves two orgs by one upstream connection, whichever way the first
// one leaves, and has the second one try to get the first one's context back.
func TestReuse(t *testing.T) {
	for name, leave := range map[string]func(t *testing.T, f *fixture){
		"terminate": func(t *testing.T, f *fixture) {
			f.Connect(t, demo.OrgA).Close(t.Context())
		},
		"without a word": func(t *testing.T, f *fixture) {
			raw(t, f.Connect(t, demo.OrgA)).Close()
		},
		"with settings, statements and locks": func(t *testing.T, f *fixture) {
			conn := f.Connect(t, demo.OrgA, "application_name", "org A's", "datestyle", "german")
			query(t, conn, "SET work_mem = '7MB'; SET default_transaction_read_only = on; PREPARE mine AS SELECT 1; SELECT setseed(0.5)")
			conn.Close(t.Context())
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, oneUpstream)
			first := f.Connect(t, demo.OrgA)
			pid := one(t, first, pidOf)
			if got := one(t, first, seenBy); got != demo.OrgA {
				t.Fatalf("org A sees %s", got)
			}
			first.Close(t.Context())
			leave(t, f)
			conn := f.Connect(t, demo.OrgB)
			if got := one(t, conn, pidOf); got != pid {
				t.Fatalf("the upstream connection was not reused: %s, then %s", pid, got)
			}
			if got := conn.ParameterStatus("application_name"); got != "" {
				t.Errorf("application_name is %q at login", got)
			}
			for _, sql := range []string{
				"SELECT 1", "RESET ALL", "DISCARD ALL", "RESET app.org_id", `RESET "App.Org_ID"`, "SET app.org_id TO DEFAULT",
				"RESET request.jwt.claims", "SET SESSION AUTHORIZATION DEFAULT", "RESET SESSION AUTHORIZATION", "RESET ROLE",
				"BEGIN; RESET ALL; ROLLBACK", "BEGIN; RESET ALL; COMMIT", "SET LOCAL app.org_id TO DEFAULT",
				"ROLLBACK", "SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL",
				"RESET ALL; SELECT 1/0", "RESET ALL; SELECT org_id FROM contacts",
			} {
				if _, err := tryQuery(t, conn, sql); err != nil {
					pgError(t, err) // an answer, not a broken connection
				}
				if got := one(t, conn, seenBy); got != demo.OrgB {
					t.Errorf("after %s org B sees %q", sql, got)
				}
				if got := one(t, conn, "SELECT current_setting('request.jwt.claims')::json ->> 'organization_id'"); got != demo.OrgB {
					t.Errorf("after %s the claims are those of %q", sql, got)
				}
			}
			if got := one(t, conn, "SHOW work_mem") + one(t, conn, "SHOW default_transaction_read_only") + one(t, conn, "SHOW datestyle"); got != "4MBoffISO, MDY" {
				t.Errorf("settings are left: %s", got)
			}
			_, err := tryQuery(t, conn, "EXECUTE mine")
			sqlstate(t, err, "26000")
		})
	}
}

// TestReuseDirtyLeaves ends sessions in the middle of something: their upstream
// connection serves nobody else, and what they had begun is undone.
func TestReuseDirtyLeaves(t *testing.T) {
	for name, begin := range map[string][]pgproto3.FrontendMessage{
		"in a transaction":        {&pgproto3.Query{String: "BEGIN; UPDATE contacts SET full_name = 'changed'"}},
		"in a failed transaction": {&pgproto3.Query{String: "BEGIN; SELECT 1/0"}},
		"in a pipeline": {
			&pgproto3.Parse{Query: "UPDATE contacts SET full_name = 'changed'"}, &pgproto3.Bind{}, &pgproto3.Execute{}, &pgproto3.Flush{},
		},
		"behind an error in a pipeline": {&pgproto3.Execute{Portal: "none"}, &pgproto3.Flush{}},
		"in a statement":                {&pgproto3.Query{String: "SELECT pg_sleep(4)"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, oneUpstream)
			first := f.Connect(t, demo.OrgA)
			pid := one(t, first, pidOf)
			conn := raw(t, first)
			send(t, conn, begin...)
			if !strings.Contains(name, "in a statement") {
				time.Sleep(20 * time.Millisecond) // so that it is under way, as a rule
			}
			conn.Close()
			second := f.Connect(t, demo.OrgB)
			if got := one(t, second, pidOf); got == pid {
				t.Error("the upstream connection was reused")
			}
			if got := one(t, second, seenBy); got != demo.OrgB {
				t.Errorf("org B sees %s", got)
			}
			if got := f.DB.Query(t, "SELECT count(*) FROM contacts WHERE full_name = 'changed'")[0][0]; got != "0" {
				t.Errorf("%s rows were changed by half a session", got)
			}
		})
	}
}

// TestResetInPipeline goes through the extended protocol's ways to run something
// behind a reset and before the context is back.
func TestResetInPipeline(t *testing.T) {
	reset := []pgproto3.FrontendMessage{&pgproto3.Parse{Name: "r", Query: "RESET ALL"}, &pgproto3.Bind{PreparedStatement: "r", DestinationPortal: "r"}, &pgproto3.Execute{Portal: "r"}}
	read := []pgproto3.FrontendMessage{&pgproto3.Parse{Name: "s", Query: seenBy}, &pgproto3.Bind{PreparedStatement: "s", DestinationPortal: "s"}, &pgproto3.Execute{Portal: "s"}}
	sync := []pgproto3.FrontendMessage{&pgproto3.Sync{}}
	simple := func(sql string) []pgproto3.FrontendMessage {
		return []pgproto3.FrontendMessage{&pgproto3.Query{String: sql}}
	}
	for _, c := range []struct {
		name    string
		parts   [][]pgproto3.FrontendMessage
		syncs   int
		refused bool
		rows    int // of seenBy
	}{
		{"alone", [][]pgproto3.FrontendMessage{reset, sync, read, sync}, 2, false, 1},
		{"then a read", [][]pgproto3.FrontendMessage{reset, read, sync}, 1, true, 0},
		{"behind a read", [][]pgproto3.FrontendMessage{read, reset, sync}, 1, true, 1},
		{"then a query without a Sync", [][]pgproto3.FrontendMessage{reset, simple(seenBy), sync}, 2, true, 0},
		{"in a transaction", [][]pgproto3.FrontendMessage{simple("BEGIN"), reset, sync, simple("ROLLBACK"), read, sync}, 4, true, 1},
		{"before a portal that is bound", [][]pgproto3.FrontendMessage{
			simple("BEGIN"), read[:2], sync, simple("RESET ALL"), read[2:], sync, simple("COMMIT"),
		}, 5, false, 1},
		{"before a cursor", [][]pgproto3.FrontendMessage{
			simple("BEGIN; DECLARE c CURSOR FOR " + seenBy), simple("RESET ALL"), simple("FETCH c"), simple("COMMIT"),
		}, 4, false, 1},
		{"to a savepoint", [][]pgproto3.FrontendMessage{
			simple("BEGIN"), simple("SAVEPOINT s"), simple("RESET ALL"), simple("ROLLBACK TO s"), read, sync, simple("COMMIT"), simple(seenBy),
		}, 7, false, 2},
		{"in a failed transaction", [][]pgproto3.FrontendMessage{
			simple("BEGIN; SAVEPOINT s"), simple("RESET ALL; SELECT 1/0"), simple("ROLLBACK TO s"), simple(seenBy), simple("COMMIT"), simple(seenBy),
		}, 6, false, 2},
		{"many times", [][]pgproto3.FrontendMessage{
			simple("RESET ALL"), simple("DISCARD ALL"), reset, sync, reset[1:], sync, simple(seenBy), simple("RESET ALL"), simple(seenBy),
		}, 7, false, 2},
		{"all by name", [][]pgproto3.FrontendMessage{
			{&pgproto3.Parse{Query: "RESET app.org_id"}, &pgproto3.Bind{}, &pgproto3.Execute{}}, read, sync,
		}, 1, true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := start(t, oneUpstream)
			conn := raw(t, f.Connect(t, demo.OrgA))
			var messages []pgproto3.FrontendMessage
			for _, part := range c.parts {
				messages = append(messages, part...)
			}
			send(t, conn, messages...) // all at once
			rows, refusals := 0, 0
			for range c.syncs {
				for _, reply := range until(t, conn, 'Z') {
					switch reply.Type {
					case 'D':
						rows++
						if got := string(reply.Body[6:]); got != demo.OrgA {
							t.Errorf("org A saw %q", got)
						}
					case 'E':
						if strings.Contains(reply.ErrorResponse(t).Detail, "rule: setting.reset_unavailable") {
							refusals++
						}
					}
				}
			}
			if rows != c.rows || (refusals > 0) != c.refused {
				t.Errorf("%d rows, %d refusals", rows, refusals)
			}
			send(t, conn, &pgproto3.Query{String: seenBy})
			for _, reply := range until(t, conn, 'Z') {
				if reply.Type == 'D' && string(reply.Body[6:]) != demo.OrgA {
					t.Errorf("afterwards org A sees %q", reply.Body)
				}
			}
		})
	}
}

// TestLateCancel has clients of one org leave with a cancel on its way, and
// another org's client go on with their upstream connection: no cancel is the
// other's.
func TestLateCancel(t *testing.T) {
	f := start(t, oneUpstream)
	for range 50 {
		first := f.Connect(t, demo.OrgA)
		var cancels sync.WaitGroup
		for range 3 {
			cancels.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				defer cancel()
				_ = first.CancelRequest(ctx) // it may come too late for its connection
			})
		}
		if _, err := tryQuery(t, first, "SELECT count(*) FROM generate_series(1, 1000)"); err != nil {
			sqlstate(t, err, "57014")
		}
		first.Close(t.Context())
		second := f.Connect(t, demo.OrgB)
		for range 5 {
			query(t, second, "SELECT count(*) FROM generate_series(1, 20000)")
		}
		second.Close(t.Context())
		cancels.Wait()
	}
}

// TestReuseUnderLoad has many clients of two orgs come and go over two upstream
// connections, each looking at all that it gets.
func TestReuseUnderLoad(t *testing.T) {
	f := start(t, func(s *setup) { s.Pool.MaxUpstream = 2 })
	var clients sync.WaitGroup
	for i := range 8 {
		org := []string{demo.OrgA, demo.OrgB}[i%2]
		token := f.Token(t, org)
		clients.Go(func() {
			for n := range 10 {
				conn, err := f.Dial(t, token)
				if err != nil {
					t.Error(err)
					return
				}
				for _, sql := range []string{seenBy, "RESET ALL", seenBy, "BEGIN", seenBy, "DISCARD PLANS", seenBy} {
					rows, err := tryQuery(t, conn, sql)
					if err != nil {
						t.Errorf("%s: %v", sql, err)
					}
					if sql == seenBy && (len(rows) != 1 || rows[0] != org) {
						t.Errorf("%s sees %v", org, rows)
					}
				}
				if n%2 == 0 {
					query(t, conn, "COMMIT")
				}
				conn.Close(t.Context())
			}
		})
	}
	clients.Wait()
	f.gone(t)
}

// TestPoolLimits tells a client which limit it waits for in vain.
func TestPoolLimits(t *testing.T) {
	for limit, change := range map[string]func(*setup){
		"pool.max_upstream":   func(s *setup) { s.Pool.MaxUpstream = 1 },
		"pool.max_per_tenant": func(s *setup) { s.Pool.MaxPerTenant = 1 },
	} {
		t.Run(limit, func(t *testing.T) {
			f := start(t, change, func(s *setup) { s.Pool.AcquireTimeout = 100 * time.Millisecond })
			first := f.Connect(t, demo.OrgA)
			_, err := f.Dial(t, f.Token(t, demo.OrgA))
			if e := sqlstate(t, err, "53300"); !strings.Contains(e.Message, limit) {
				t.Errorf("got %q", e.Message)
			}
			first.Close(t.Context())
			f.Connect(t, demo.OrgA)
		})
	}
}
