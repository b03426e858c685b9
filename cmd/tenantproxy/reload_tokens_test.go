package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/auth/authtest"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// TestReloadAndRefresh has sessions get new tokens after the key was changed: the one in
// force decides, not the one that they began with.
func TestReloadAndRefresh(t *testing.T) {
	db := pgtest.NewDatabase(t)
	old, next := authtest.NewIssuer(t), authtest.NewIssuer(t)
	file, _ := writeConfig(t, db.App(), old, "")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := startServe(t, file)
	conn := login(t, clientDSN(s.address(t), db.Name, old.OrgToken(t, demo.OrgA, nil)))
	renew := func(issuer *authtest.Issuer, org, sub string) string {
		return run1(t, conn, "SET tenantproxy.token = '"+issuer.OrgToken(t, org, map[string]any{"sub": sub})+"'")
	}
	sub := func() string {
		return pgtest.Query(t, conn, "SELECT current_setting('request.jwt.claims')::json ->> 'sub'")[0][0]
	}
	if got := renew(next, demo.OrgA, "early"); got != "28P01" {
		t.Errorf("a token of a key that is not known yet: %q", got)
	}
	s.reload(t, file, strings.Replace(string(content), old.SecretFile, next.SecretFile, 1), reloaded)
	if got := renew(old, demo.OrgA, "late"); got != "28P01" {
		t.Errorf("a token of the key of before: %q", got)
	}
	if got := renew(next, demo.OrgA, "renewed"); got != "" || sub() != "renewed" {
		t.Errorf("a token of the new key: %q, and the session is %s", got, sub())
	}
	// A reload that fails changes nothing about it.
	s.reload(t, file, string(content)+"nonsense: 1\n", "unknown key")
	if got := renew(next, demo.OrgA, "again"); got != "" || sub() != "again" {
		t.Errorf("after a reload that failed: %q, and the session is %s", got, sub())
	}
	if got := renew(next, demo.OrgB, "other"); got != "28000" {
		t.Errorf("a token of another org: %q", got)
	}
}

// TestReloadKeyAddress moves from one address of keys to another: the tokens of the first
// count no more, although they were verified before.
func TestReloadKeyAddress(t *testing.T) {
	db := pgtest.NewDatabase(t)
	type source struct {
		url, token string
		asked      chan struct{}
	}
	newSource := func(kid string) *source {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		s := &source{asked: make(chan struct{}, 100)}
		set := jwksOf(t, key, kid)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			s.asked <- struct{}{}
			w.Write(set)
		}))
		t.Cleanup(server.Close)
		s.url = server.URL
		s.token, err = auth.Mint(auth.MintOptions{Key: key, KeyID: kid, Claims: map[string]any{
			"organization_id": demo.OrgA, "exp": time.Now().Add(time.Hour).Unix(),
		}})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first, second := newSource("first"), newSource("second")
	issuer := authtest.NewIssuer(t)
	file, _ := writeConfig(t, db.App(), issuer, "")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	with := func(url string) string {
		return strings.NewReplacer("{hmac_secret_file: "+issuer.SecretFile+"}", "{jwks_url: '"+url+"'}", "HS256", "ES256").Replace(string(content))
	}
	if err := os.WriteFile(file, []byte(with(first.url)), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, file)
	address := s.address(t)
	try := func(token string) string {
		conn, err := pgconn.Connect(t.Context(), clientDSN(address, db.Name, token))
		if err == nil {
			conn.Close(t.Context())
		}
		return code(err)
	}
	running := login(t, clientDSN(address, db.Name, first.token))
	if got := try(second.token); got != "28P01" {
		t.Errorf("a token of the second address: %q", got)
	}
	s.reload(t, file, with(second.url), reloaded)
	// The set of the second address is fetched behind the reload.
	for deadline := time.Now().Add(patience); try(second.token) != ""; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the keys of the new address do not count: %s", try(second.token))
		}
	}
	if got := try(first.token); got != "28P01" {
		t.Errorf("a token of the first address: %q", got)
	}
	if got := run1(t, running, "SELECT count(*) FROM contacts"); got != "" {
		t.Errorf("the session of before: %s", got)
	}
	if len(first.asked) == 0 || len(second.asked) == 0 {
		t.Errorf("asked %d and %d times", len(first.asked), len(second.asked))
	}
	// An address that may not be asked leaves all as it was.
	s.reload(t, file, with("http://192.0.2.1/keys"), "stays the one of before")
	if got := try(second.token); got != "" {
		t.Errorf("after a reload that failed: %s", got)
	}
}

// TestReloadPoolLimits lowers the limits of the pool under running sessions, and raises
// them for one that waits.
func TestReloadPoolLimits(t *testing.T) {
	db := pgtest.NewDatabase(t)
	issuer := authtest.NewIssuer(t)
	file, _ := writeConfig(t, db.App(), issuer, "")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	with := func(pool string) string { return string(content) + "pool: {" + pool + "}\n" }
	if err := os.WriteFile(file, []byte(with("max_upstream: 3")), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, file)
	dsn := clientDSN(s.address(t), db.Name, issuer.OrgToken(t, demo.OrgA, nil))
	conns := []*pgconn.PgConn{login(t, dsn), login(t, dsn), login(t, dsn)}
	upstream := func() string { // without the catalog's
		return db.Query(t, "SELECT count(*) - 1 FROM pg_stat_activity WHERE usename = $1 AND datname = $2", demo.AppRole, db.Name)[0][0]
	}
	s.reload(t, file, with("max_upstream: 1, acquire_timeout: 200ms"), reloaded)
	for _, conn := range conns { // nobody is sent away
		if got := run1(t, conn, "SELECT 1"); got != "" {
			t.Errorf("a session over the limit: %s", got)
		}
	}
	conns[0].Close(t.Context())
	if _, err := pgconn.Connect(t.Context(), dsn); code(err) != "53300" || !strings.Contains(err.Error(), "pool.max_upstream") {
		t.Errorf("over the new limit: %v", err)
	}
	conns[1].Close(t.Context())
	conns[2].Close(t.Context())
	var held *pgconn.PgConn
	for deadline := time.Now().Add(patience); held == nil || upstream() != "1"; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("there are %s upstream connections", upstream())
		}
		if held == nil {
			held, _ = pgconn.Connect(t.Context(), dsn) // once there is a place
		}
	}
	t.Cleanup(func() { held.Close(context.Background()) })
	s.reload(t, file, with("max_upstream: 1, acquire_timeout: 30s, max_per_tenant: 5"), reloaded)
	waits := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		conn, err := pgconn.Connect(ctx, dsn)
		if err == nil {
			conn.Close(ctx)
		}
		waits <- err
	}()
	select {
	case err := <-waits:
		t.Fatalf("it does not wait: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	s.reload(t, file, with("max_upstream: 2"), reloaded)
	if err := <-waits; err != nil {
		t.Errorf("the one that waited: %v", err)
	}
	if got := run1(t, held, "SELECT 1"); got != "" {
		t.Errorf("the one that was there: %s", got)
	}
	s.reload(t, file, with("max_upstream: -1"), "must not be negative")
}
