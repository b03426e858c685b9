package main

import (
	"errors"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/auth/authtest"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// reload writes another configuration, sends SIGHUP and waits for the log to say
// how that went.
func (s *server) reload(t *testing.T, file, content, says string) {
	t.Helper()
	before := len(s.text())
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); !strings.Contains(s.text()[before:], says); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the log does not say %q: %s", says, s.text()[before:])
		}
	}
}

func login(t *testing.T, dsn string) *pgconn.PgConn {
	t.Helper()
	conn, err := pgconn.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(t.Context()) })
	return conn
}

// code is the SQLSTATE of an error; empty for none.
func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func run1(t *testing.T, conn *pgconn.PgConn, sql string) string {
	t.Helper()
	_, err := conn.Exec(t.Context(), sql).ReadAll()
	return code(err)
}

const reloaded = `"configuration reloaded"`

// TestReload changes rules, limits and keys under running sessions.
func TestReload(t *testing.T) {
	db := pgtest.NewDatabase(t)
	issuer := authtest.NewIssuer(t)
	file, _ := writeConfig(t, db.App(), issuer, "")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	first := string(content)
	s := startServe(t, file)
	dsn := clientDSN(s.address(t), db.Name, issuer.OrgToken(t, demo.OrgA, nil))
	conn := login(t, dsn)
	if _, err := conn.Prepare(t.Context(), "plans", "SELECT count(*) FROM plans", nil); err != nil {
		t.Fatal(err)
	}
	prepared := func() string {
		return code(conn.ExecPrepared(t.Context(), "plans", nil, nil, nil).Read().Err)
	}
	if got := prepared(); got != "" {
		t.Fatal(got)
	}

	s.reload(t, file, first+"nonsense: 1\n", `unknown key \"nonsense\"`)
	s.reload(t, file, first+"tls: {cert_file: /nowhere.crt, key_file: /nowhere.key}\n", "/nowhere.crt")
	s.reload(t, file, first+"  allow_functions: [pg_catalog.query_to_xml]\n", "can never be allowed")
	if got := prepared(); got != "" {
		t.Errorf("after reloads that failed: %s", got)
	}

	// What a statement may do counts from the next one on, prepared or not.
	s.reload(t, file, strings.Replace(first, "public.plans", "", 1)+"limits: {max_clients_per_tenant: 1}\n", reloaded)
	if got := prepared(); got != "42501" {
		t.Errorf("a prepared statement that is no longer allowed: %q", got)
	}
	if got := run1(t, conn, "SELECT count(*) FROM contacts"); got != "" {
		t.Errorf("the session: %s", got)
	}
	if _, err := pgconn.Connect(t.Context(), dsn); code(err) != "53300" {
		t.Errorf("over the new limit: %v", err)
	}
	s.reload(t, file, first, reloaded)
	if got := prepared(); got != "" {
		t.Errorf("allowed again: %s", got)
	}
	const block = "DO $$ BEGIN PERFORM * FROM contacts; END $$"
	if got := run1(t, conn, block); got != "42501" {
		t.Errorf("DO: %q", got)
	}
	s.reload(t, file, first+"  allow_do: true\n", reloaded)
	if got := run1(t, conn, block); got != "" {
		t.Errorf("DO, when it is allowed: %s", got)
	}

	// Another key: old tokens open no session, those that are open go on.
	other := authtest.NewIssuer(t)
	s.reload(t, file, strings.Replace(first, issuer.SecretFile, other.SecretFile, 1), reloaded)
	if _, err := pgconn.Connect(t.Context(), dsn); code(err) != "28P01" {
		t.Errorf("a token of the old key: %v", err)
	}
	login(t, clientDSN(s.address(t), db.Name, other.OrgToken(t, demo.OrgA, nil)))
	if got := prepared(); got != "" {
		t.Errorf("the session of before: %s", got)
	}
	s.reload(t, file, strings.Replace(first, "127.0.0.1:0", "127.0.0.1:1", 1), "needs a restart")
	s.reload(t, file, first+"log: {format: text}\n", `level=INFO msg="configuration reloaded"`)
}

// TestReloadUpstream moves to another database: sessions begin there, and end on
// the old one when their transaction does.
func TestReloadUpstream(t *testing.T) {
	old, next := pgtest.NewDatabase(t), pgtest.NewDatabase(t)
	issuer := authtest.NewIssuer(t)
	file, _ := writeConfig(t, old.App(), issuer, "")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	first := string(content)
	second := strings.Replace(first, old.App(), next.App(), 1)
	s := startServe(t, file)
	token := issuer.OrgToken(t, demo.OrgA, nil)
	idle := login(t, clientDSN(s.address(t), old.Name, token))
	busy := login(t, clientDSN(s.address(t), old.Name, token))
	if got := run1(t, busy, "BEGIN"); got != "" {
		t.Fatal(got)
	}

	s.reload(t, file, strings.Replace(first, old.App(), next.Superuser(), 1), "is a superuser")
	s.reload(t, file, strings.Replace(first, url.PathEscape(old.Name), "nosuch", 1), "stays the one of before")
	if got := run1(t, idle, "SELECT 1"); got != "" {
		t.Errorf("after reloads that failed: %s", got)
	}

	s.reload(t, file, second, reloaded)
	login(t, clientDSN(s.address(t), next.Name, token))
	if _, err := pgconn.Connect(t.Context(), clientDSN(s.address(t), old.Name, token)); code(err) != "3D000" {
		t.Errorf("the old database: %v", err)
	}
	if got := run1(t, busy, "SELECT count(*) FROM contacts; COMMIT"); got != "" {
		t.Errorf("a transaction of before: %s", got)
	}
	for name, conn := range map[string]*pgconn.PgConn{"idle": idle, "no longer busy": busy} {
		time.Sleep(200 * time.Millisecond) // it may be asked once more before it is looked at
		if got := run1(t, conn, "SELECT 1"); got != "57P01" {
			t.Errorf("%s: %q", name, got)
		}
	}

	// A session cannot go on with another context: it ends wherever it is.
	third := login(t, clientDSN(s.address(t), next.Name, token))
	run1(t, third, "BEGIN")
	s.reload(t, file, second+"tenant: {claims_setting: \"\"}\n", reloaded)
	time.Sleep(200 * time.Millisecond)
	if got := run1(t, third, "SELECT 1"); got != "57P01" {
		t.Errorf("with the context of before: %q", got)
	}
	login(t, clientDSN(s.address(t), next.Name, token))
	s.process.Signal(syscall.SIGTERM)
	if code := s.exit(t); code != exitFine {
		t.Errorf("exit code %d", code)
	}
}
