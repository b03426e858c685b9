package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tenantproxy/internal/hardening/seal"
	"tenantproxy/internal/hardening/verify"
	"tenantproxy/internal/pgtest"
)

// TestVerifyCommand runs verify on a database whose policies ask for a sealed org, and
// on what makes it fail.
func TestVerifyCommand(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	secret := "a seal key for a test, long enough"
	key, err := seal.NewKey([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	db := pgtest.NewDatabase(t, "DROP TABLE import_staging",
		seal.InstallSQL(seal.Options{OrgType: "uuid", OrgSetting: "app.org_id"}), key.AddKeySQL(),
		"ALTER POLICY own_organization ON contacts USING (org_id = (SELECT tenantproxy.org_id())) WITH CHECK (org_id = (SELECT tenantproxy.org_id()))")
	config := func(seal string) string {
		return "upstream: {dsn: '" + db.App() + "'}\npolicy: {allow_relations: [public.plans]}\n" + seal
	}
	sealed := write("sealed.yaml", config("tenant: {seal_key_file: '"+write("seal.key", secret+"\n")+"'}"))
	out := filepath.Join(dir, "evidence.json")
	if code := run([]string{"verify", "--config", sealed, "--admin-dsn", db.Superuser(), "--format", "json", "--out", out}); code != exitFine {
		t.Errorf("exit code %d", code)
	}
	content, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var result verify.Result
	if err := json.Unmarshal(content, &result); err != nil {
		t.Fatal(err)
	}
	if result.Count(verify.Isolated) < 90 || result.Failed() {
		t.Errorf("the evidence is %s", result.Summary())
	}
	if strings.Contains(string(content), secret) {
		t.Error("the evidence has the key")
	}
	page := filepath.Join(dir, "evidence.html")
	if code := run([]string{"verify", "--config", sealed, "--admin-dsn", db.Superuser(), "--format", "html", "--out", page}); code != exitFine {
		t.Errorf("exit code %d", code)
	}
	if content, err = os.ReadFile(page); err != nil {
		t.Fatal(err)
	}
	if text := string(content); !strings.Contains(text, `title="public.contacts">public.contacts</th>`) || !strings.Contains(text, "<b>0</b>leak") || strings.Contains(text, secret) {
		t.Errorf("the page is\n%s", text)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
	}{
		{"no seal where policies ask for one", []string{"--config", write("plain.yaml", config("")), "--admin-dsn", db.Superuser(), "--format", "markdown", "--out", out}, exitFindings},
		{"no administrator", []string{"--config", sealed}, exitUsage},
		{"no database", []string{"--config", sealed, "--admin-dsn", "postgres:///none?host=" + dir}, exitUnreachable},
		{"a format that is none", []string{"--config", sealed, "--admin-dsn", db.Superuser(), "--format", "pdf"}, exitUsage},
		{"no proxy", []string{"--config", sealed, "--admin-dsn", db.Superuser(), "--through-proxy", "postgres:///app?host=" + dir, "--secret-file", filepath.Join(dir, "seal.key")}, exitUnreachable},
		{"no token", []string{"--config", sealed, "--admin-dsn", db.Superuser(), "--through-proxy", "postgres:///app?host=" + dir}, exitUsage},
	} {
		if code := run(append([]string{"verify"}, c.args...)); code != c.code {
			t.Errorf("%s: exit code %d, want %d", c.name, code, c.code)
		}
	}
}
