package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tenantproxy/internal/auth/authtest"
	"tenantproxy/internal/browsertest"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// TestStatusPage looks at the page of a running proxy, while the schema changes.
func TestStatusPage(t *testing.T) {
	browser := browsertest.Open(t)
	db := pgtest.NewDatabase(t)
	issuer := authtest.NewIssuer(t)
	configFile, _ := writeConfig(t, db.App(), issuer, "  catalog_refresh: 500ms\n")
	s := startServe(t, configFile, adminOnAnyPort)
	address := s.operators(t)
	awaitReady(t, address, http.StatusOK, `"ready":true`)
	conn := login(t, clientDSN(s.address(t), db.Name, issuer.OrgToken(t, demo.OrgA, nil))+"&application_name=dialer")
	for sql, want := range map[string]string{"SELECT count(*) FROM contacts": "", "SELECT * FROM import_staging": "42501"} {
		if got := run1(t, conn, sql); got != want {
			t.Fatalf("%s: %q", sql, got)
		}
	}
	browser.Everywhere(t, "http://"+address+"/", "proxy-", func(t *testing.T) {
		awaitInPage(t, browser, "ready", "Ready")
		awaitInPage(t, browser, "relations", "public.import_staging")
		awaitInPage(t, browser, "sessions", "dialer")
		awaitInPage(t, browser, "orgs", demo.OrgA)
		awaitInPage(t, browser, "rules", "relation.rls_disabled")
		awaitInPage(t, browser, "keys", "HMAC secret")
		awaitInPage(t, browser, "databases", db.Name)
	})
	db.Exec(t, "CREATE TABLE a_new_table (id int)")
	awaitInPage(t, browser, "relations", "public.a_new_table")
	if complaints := browser.Complaints(); len(complaints) > 0 {
		t.Errorf("the browser says: %q", complaints)
	}
}

// awaitInPage waits until an element's text has what is wanted in it.
func awaitInPage(t *testing.T, browser *browsertest.Browser, id, want string) {
	t.Helper()
	got := ""
	for deadline := time.Now().Add(2 * patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		got = browsertest.Evaluate[string](t, browser, `document.getElementById("`+id+`").innerText`)
		if strings.Contains(got, want) {
			return
		}
	}
	t.Fatalf("#%s does not show %q: %s", id, want, got)
}
