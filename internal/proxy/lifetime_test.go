package proxy_test

import (
	"testing"
	"time"

	"tenantproxy/internal/demo"
)

// TestTransactionExpiry has tokens expire in transaction mode: of a session that has no
// upstream connection then, and of one in a transaction, which may end it.
func TestTransactionExpiry(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	token := f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"exp": time.Now().Add(4 * time.Second).Unix()})
	idle, err := f.Dial(t, token)
	if err != nil {
		t.Fatal(err)
	}
	busy, err := f.Dial(t, token)
	if err != nil {
		t.Fatal(err)
	}
	query(t, busy, "BEGIN")
	if e := lastError(t, raw(t, idle)); e.Code != "57P01" {
		t.Errorf("the idle session ends with %+v", e)
	}
	query(t, busy, "SELECT 1") // the grace is an hour here
	query(t, busy, "COMMIT")
	if e := lastError(t, raw(t, busy)); e.Code != "57P01" {
		t.Errorf("the busy session ends with %+v", e)
	}
	if got := one(t, f.Connect(t, demo.OrgB), seenBy); got != demo.OrgB {
		t.Errorf("org B sees %s", got)
	}
}
