package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tenantproxy/internal/auth/authtest"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// TestReloadAuditLog changes where the audit log is and what it has, under a session.
func TestReloadAuditLog(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first.log"), filepath.Join(dir, "second.log")
	r := startAudited(t, pgtest.NewDatabase(t), first, "statements: none", "")
	content, err := os.ReadFile(r.config)
	if err != nil {
		t.Fatal(err)
	}
	conn := r.login(t, nil)
	run1(t, conn, "SELECT * FROM import_staging")
	r.await(t, "login.accepted", demo.OrgA)

	to := func(path, statements string) string {
		return strings.NewReplacer(first, path, "statements: none", "statements: "+statements).Replace(string(content))
	}
	r.reload(t, r.config, to(filepath.Join(dir, "no", "such.log"), "all"), "audit_log.path: ")
	// What fails behind it leaves the audit log where it was.
	r.reload(t, r.config, strings.Replace(to(second, "refused"), r.db.App(), r.db.Superuser(), 1), "is a superuser")
	r.reload(t, r.config, to(first, "refused"), reloaded)
	run1(t, conn, "SELECT * FROM import_staging")
	r.await(t, "statement.refused", "relation.rls_disabled")

	r.reload(t, r.config, to(second, "none"), reloaded)
	r.log = second
	r.login(t, nil)
	r.await(t, "login.accepted", demo.OrgA)
	run1(t, conn, "SELECT * FROM import_staging")
	conn.Close(t.Context())
	r.await(t, "session.ended", demo.OrgA)
	text, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "statement.refused"); n != 1 {
		t.Errorf("%d refusals are in the first log: %s", n, text)
	}
	if text, err = os.ReadFile(second); err != nil || strings.Contains(string(text), "statement.refused") {
		t.Errorf("the second log: %v, %s", err, text)
	}
}

// TestReloadAdmin changes what operators need, and get.
func TestReloadAdmin(t *testing.T) {
	db := pgtest.NewDatabase(t)
	issuer := authtest.NewIssuer(t)
	token := write(t, t.TempDir(), "token", "a-token-of-a-test-only\n")
	file, _ := writeConfig(t, db.App(), issuer, "")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	with := func(admin string) string {
		return strings.Replace(string(content), `{listen: ""}`, "{"+admin+"}", 1)
	}
	if err := os.WriteFile(file, []byte(with("listen: '127.0.0.1:0'")), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, file)
	address := s.operators(t)
	expect := func(path string, want int) {
		t.Helper()
		if code, _ := ask(t, address, path); code != want {
			t.Errorf("%s: %d, want %d", path, code, want)
		}
	}
	expect("/api/status", http.StatusOK)
	expect("/debug/pprof/", http.StatusNotFound)
	s.reload(t, file, with("listen: '127.0.0.1:0', pprof: true"), reloaded)
	expect("/debug/pprof/", http.StatusOK)
	s.reload(t, file, with("listen: '127.0.0.1:0', token_file: /nowhere"), "reading admin.token_file")
	expect("/api/status", http.StatusOK)
	s.reload(t, file, with("listen: '127.0.0.1:0', token_file: "+token), reloaded)
	expect("/api/status", http.StatusUnauthorized)
	expect("/healthz", http.StatusOK)
	// With another address it stays as it is: this one may be for a token only.
	s.reload(t, file, with("listen: '127.0.0.1:1'"), reloaded)
	if !strings.Contains(s.text(), `"key":"admin.listen"`) {
		t.Error("the log does not say that the address needs a restart")
	}
	expect("/api/status", http.StatusUnauthorized)
	s.reload(t, file, with("listen: '127.0.0.1:0'"), reloaded)
	expect("/api/status", http.StatusOK)
}
