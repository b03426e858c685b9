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

// ownServer starts a server for this test alone, with the demo's schema in a database.
func ownServer(t *testing.T, binDir, database string) *localpg.Cluster {
	t.Helper()
	cluster, err := localpg.Start(t.Context(), localpg.Options{BinDir: binDir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	for _, step := range [][2]string{{"postgres", "CREATE DATABASE " + database}, {database, demo.SchemaSQL()}, {database, demo.SeedSQL(demo.TestScale)}} {
		admin, err := pgconn.Connect(t.Context(), cluster.DSN(step[0], localpg.Superuser))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := admin.Exec(t.Context(), step[1]).ReadAll(); err != nil {
			t.Fatal(err)
		}
		admin.Close(t.Context())
	}
	return cluster
}

// TestFailover crashes the first host of the DSN between two transactions of one session
// and in the middle of another's: the one goes on with the second host, with what it has
// prepared and set; the other is told.
func TestFailover(t *testing.T) {
	db := pgtest.NewDatabase(t)
	first, second := ownServer(t, db.Server().BinDir(), db.Name), ownServer(t, db.Server().BinDir(), db.Name)
	f := start(t, transactionMode, func(s *setup) {
		s.DB, s.Pool.MaxUpstream = db, 2
		s.Upstream = fmt.Sprintf("host=%s,%s port=%d,%d user=%s dbname=%s",
			first.SocketDir(), second.SocketDir(), first.Port(), second.Port(), demo.AppRole, db.Name)
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	between, within := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgA)
	if _, err := between.Prepare(ctx, "s", seenBy, nil); err != nil {
		t.Fatal(err)
	}
	query(t, between, "SET work_mem = '7MB'")
	f.free(t)
	query(t, within, "BEGIN")
	if err := first.Halt(true); err != nil {
		t.Fatal(err)
	}
	_, err := tryQuery(t, within, "SELECT 1")
	if err == nil {
		t.Error("the transaction goes on")
	}
	f.Refresh(t)
	r := between.ExecPrepared(ctx, "s", nil, nil, nil).Read()
	if r.Err != nil || string(r.Rows[0][0]) != demo.OrgA {
		t.Fatalf("after the failover: %+v", r)
	}
	if got := one(t, between, "SHOW work_mem"); got != "7MB" {
		t.Errorf("work_mem is %s", got)
	}
	query(t, between, "BEGIN")
	admin, err := pgconn.Connect(t.Context(), second.DSN(db.Name, localpg.Superuser))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context())
	if rows := pgtest.Query(t, admin, "SELECT 1 FROM pg_stat_activity WHERE pid = $1::int", one(t, between, pidOf)); len(rows) != 1 {
		t.Error("it does not run on the second server")
	}
}
