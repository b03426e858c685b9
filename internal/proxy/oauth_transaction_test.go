package proxy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/demo"
)

// TestOAuthTransactionMode has sessions of two orgs, which have logged in by OAUTHBEARER,
// share one upstream connection: each has its own claims, also after it was given a new
// token in band, and ends with its own newest token.
func TestOAuthTransactionMode(t *testing.T) {
	f := start(t, byOAuth, transactionMode, oneUpstream)
	var tokens []string
	connect := func(org string, claims map[string]any) *pgconn.PgConn {
		t.Helper()
		token := f.Issuer.OrgToken(t, org, claims)
		tokens = append(tokens, token)
		conn, err := f.dialOAuth(t, token)
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	is := func(conn *pgconn.PgConn, sub, org string) {
		t.Helper()
		if got := one(t, conn, subOf) + " " + one(t, conn, seenBy); got != sub+" "+org {
			t.Errorf("%s of %s sees %s", sub, org, got)
		}
	}
	renew := func(conn *pgconn.PgConn, token string) error {
		t.Helper()
		tokens = append(tokens, token)
		_, err := tryQuery(t, conn, setToken(token))
		return err
	}
	a, same, b := connect(demo.OrgA, map[string]any{"sub": "a1"}), connect(demo.OrgA, map[string]any{"sub": "a1"}), connect(demo.OrgB, map[string]any{"sub": "b1"})
	pid := one(t, b, pidOf)
	begin(t, a, demo.OrgA, "by OAuth")
	is(a, "a1", demo.OrgA)
	query(t, a, "COMMIT")
	f.committed(t, "by OAuth", 1)
	sub := "a1"
	for _, next := range []string{"a2", "a3"} {
		for range 2 {
			is(a, sub, demo.OrgA)
			is(same, "a1", demo.OrgA)
			is(b, "b1", demo.OrgB)
		}
		if e := sqlstate(t, renew(a, "a.b.c"), "28P01"); e.Message != "token rejected" || e.Severity != "ERROR" {
			t.Errorf("with a bad token: %+v", e)
		}
		if err := renew(a, f.subToken(t, next)); err != nil {
			t.Fatal(err)
		}
		sub = next
	}
	if got := one(t, a, pidOf); got != pid {
		t.Errorf("there are two connections, %s and %s", pid, got)
	}
	if e := sqlstate(t, renew(same, f.Token(t, demo.OrgB)), "28000"); e.Severity != "FATAL" {
		t.Errorf("with another org's token: %+v", e)
	}
	is(a, "a3", demo.OrgA)
	is(b, "b1", demo.OrgB)

	// Each ends with its newest token, while it has no connection.
	soon := time.Now().Add(4 * time.Second)
	expiring, renewed := connect(demo.OrgA, map[string]any{"exp": soon.Unix()}), connect(demo.OrgA, map[string]any{"exp": soon.Unix()})
	if err := renew(renewed, f.subToken(t, "r2")); err != nil {
		t.Fatal(err)
	}
	if e := lastError(t, raw(t, expiring)); e.Code != "57P01" || !strings.Contains(e.Message, "expired") {
		t.Errorf("got %+v", e)
	}
	for time.Now().Before(soon.Add(1500 * time.Millisecond)) { // it is looked for once a second
		is(renewed, "r2", demo.OrgA)
		is(b, "b1", demo.OrgB)
		time.Sleep(50 * time.Millisecond)
	}
	if err := renew(renewed, f.subToken(t, "r3", "exp", time.Now().Add(2*time.Second).Unix())); err != nil {
		t.Fatal(err)
	}
	if e := lastError(t, raw(t, renewed)); e.Code != "57P01" || !strings.Contains(e.Message, "expired") {
		t.Errorf("got %+v", e)
	}
	is(b, "b1", demo.OrgB)
	f.free(t)
	for _, token := range tokens {
		if strings.Contains(f.Log.String(), token) {
			t.Error("the log has a token")
		}
	}
}
