package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/auth/authtest"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// poolKeys is a section pool for transaction mode, with more of its keys.
func poolKeys(more string) string { return "pool: {mode: transaction" + more + "}\n" }

// TestReloadPool changes the limits of the pool under sessions in transaction mode, one
// of which is in a transaction all the time: it goes on to its end.
func TestReloadPool(t *testing.T) {
	db := pgtest.NewDatabase(t)
	issuer := authtest.NewIssuer(t)
	file, _ := writeConfig(t, db.App(), issuer, "")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	first := string(content)
	to := func(keys string) string { return first + poolKeys(keys) }
	if err := os.WriteFile(file, []byte(to("")), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, file)
	connect := func(org string) *pgconn.PgConn {
		return login(t, clientDSN(s.address(t), db.Name, issuer.OrgToken(t, org, nil)))
	}
	busy, second, other := connect(demo.OrgA), connect(demo.OrgA), connect(demo.OrgB)
	if got := run1(t, busy, "BEGIN; UPDATE contacts SET company = 'reloaded'"); got != "" {
		t.Fatal(got)
	}
	limited := func(conn *pgconn.PgConn, limit string) {
		t.Helper()
		_, err := conn.Exec(t.Context(), "SELECT 1").ReadAll()
		if code(err) != "53300" || !strings.Contains(err.Error(), limit) {
			t.Errorf("got %v, want %s", err, limit)
		}
	}
	works := func(conns ...*pgconn.PgConn) {
		t.Helper()
		for _, conn := range conns {
			if got := run1(t, conn, "SELECT 1"); got != "" {
				t.Errorf("got %s", got)
			}
		}
	}
	works(busy, second, other)
	s.reload(t, file, to(", max_upstream: 1, acquire_timeout: 100ms"), reloaded)
	limited(second, "pool.max_upstream")
	limited(other, "pool.max_upstream")
	s.reload(t, file, to(", max_per_tenant: 1, acquire_timeout: 100ms"), reloaded)
	limited(second, "pool.max_per_tenant")
	works(busy, other)

	// Who waits is served by what has been raised.
	s.reload(t, file, to(", max_upstream: 1, acquire_timeout: 0s"), reloaded)
	done := make(chan string, 1)
	go func() {
		_, err := second.Exec(t.Context(), "SELECT 1").ReadAll()
		done <- code(err)
	}()
	select {
	case got := <-done:
		t.Fatalf("it did not wait, but got %q", got)
	case <-time.After(300 * time.Millisecond):
	}
	s.reload(t, file, to(", max_upstream: 2, acquire_timeout: 0s"), reloaded)
	select {
	case got := <-done:
		if got != "" {
			t.Errorf("after the wait: %s", got)
		}
	case <-time.After(patience):
		t.Fatal("who waits is not served by the new limit")
	}

	// Free connections end by the new idle_timeout, and the transaction does not.
	s.reload(t, file, to(", idle_timeout: 1s"), reloaded)
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		left := db.Query(t, "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND usename = $2", db.Name, demo.AppRole)[0][0]
		if left == "2" { // the catalog's, and the one in the transaction
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s connections are left", left)
		}
	}
	works(busy, second, other)
	if got := run1(t, busy, "COMMIT"); got != "" {
		t.Errorf("the transaction ends with %s", got)
	}
	if got := db.Query(t, "SELECT count(*) FROM contacts WHERE company = 'reloaded' AND org_id = $1", demo.OrgA)[0][0]; got == "0" {
		t.Error("the transaction is lost")
	}
}
