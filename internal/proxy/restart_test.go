package proxy_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/localpg"
	"tenantproxy/internal/pgtest"
)

// TestRestart restarts Postgres, in good order and by a crash, while sessions in
// transaction mode are idle, in a transaction, and pinned. Who is idle does not notice,
// and has what it has set and prepared; a statement while there is no server gets an
// error, not the session's end.
func TestRestart(t *testing.T) {
	for name, crash := range map[string]bool{"stop": false, "crash": true} {
		t.Run(name, func(t *testing.T) {
			db := pgtest.NewDatabase(t)
			server := ownServer(t, db.Server().BinDir(), db.Name)
			f := start(t, transactionMode, func(s *setup) {
				s.DB, s.Upstream, s.Pool.MaxUpstream = db, server.DSN(db.Name, demo.AppRole), 5
			})
			testRestart(t, f, server, crash)
		})
	}
}

func testRestart(t *testing.T, f *fixture, server *localpg.Cluster, crash bool) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	orgs := []string{demo.OrgA, demo.OrgB, demo.OrgA}
	var idle []*pgconn.PgConn
	for i, org := range orgs {
		conn := f.Connect(t, org, "application_name", fmt.Sprint("idle ", i))
		query(t, conn, fmt.Sprintf("SET work_mem = '%dMB'; SET timezone = 'Etc/GMT-%d'", 7+i, i+1))
		if _, err := conn.Prepare(ctx, "mine", fmt.Sprintf("SELECT %d, string_agg(DISTINCT org_id::text, ',') FROM contacts", i), nil); err != nil {
			t.Fatal(err)
		}
		idle = append(idle, conn)
	}
	query(t, idle[0], setToken(f.subToken(t, "renewed")))
	for _, conn := range idle { // one upstream connection each
		query(t, conn, "BEGIN")
	}
	pids := make(map[string]bool)
	for _, conn := range idle {
		pids[one(t, conn, pidOf)] = true
		query(t, conn, "COMMIT")
	}
	f.free(t)
	if len(pids) != len(idle) {
		t.Fatalf("there are %d upstream connections", len(pids))
	}
	within, pinned := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgB)
	query(t, pinned, "PREPARE p AS SELECT 7")
	query(t, within, "BEGIN; UPDATE contacts SET company = 'restarted'")

	if err := server.Halt(crash); err != nil {
		t.Fatal(err)
	}
	f.opens(t, 0)
	for _, conn := range []*pgconn.PgConn{within, pinned} {
		_, err := tryQuery(t, conn, "SELECT 1")
		if err == nil {
			t.Error("a session goes on without its connection")
		} else if e := pgError(t, err); e.Severity != "FATAL" || e.Code != "08006" && e.Code != "57P01" {
			t.Errorf("got %+v", e)
		}
	}
	for range 2 {
		_, err := tryQuery(t, idle[0], "SELECT 1")
		if e := sqlstate(t, err, "08006"); e.Severity != "ERROR" {
			t.Errorf("without a server: %+v", e)
		}
		err = idle[1].ExecPrepared(ctx, "mine", nil, nil, nil).Read().Err
		if e := sqlstate(t, err, "08006"); e.Severity != "ERROR" {
			t.Errorf("without a server: %+v", e)
		}
	}

	if err := server.Resume(ctx); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for i, conn := range idle {
			r := conn.ExecPrepared(ctx, "mine", nil, nil, nil).Read()
			if r.Err != nil || string(r.Rows[0][0]) != fmt.Sprint(i) || string(r.Rows[0][1]) != orgs[i] {
				t.Fatalf("session %d has %+v", i, r)
			}
			got := one(t, conn, "SHOW work_mem") + " " + one(t, conn, "SHOW timezone") + " " + one(t, conn, "SHOW application_name")
			if want := fmt.Sprintf("%dMB Etc/GMT-%d idle %d", 7+i, i+1, i); got != want {
				t.Errorf("session %d has the settings %s, want %s", i, got, want)
			}
		}
	}
	if got := one(t, idle[0], subOf); got != "renewed" {
		t.Errorf("the session with a new token is %s", got)
	}
	if got := one(t, idle[0], "SELECT count(*) FROM contacts WHERE company = 'restarted'"); got != "0" {
		t.Errorf("%s rows of half a transaction", got)
	}
	f.free(t)
}
