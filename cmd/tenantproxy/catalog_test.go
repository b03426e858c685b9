package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tenantproxy/internal/pgtest"
)

// runWith runs tenantproxy with this standard input.
func runWith(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := tenantproxy(t, nil, args...)
	cmd.Stdin = strings.NewReader(stdin)
	return runToEnd(t, cmd)
}

// write makes a file and gives its name.
func write(t *testing.T, directory, name, text string) string {
	t.Helper()
	name = filepath.Join(directory, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// checkConfig writes a configuration without auth, which check and catalog dump
// do not need.
func checkConfig(t *testing.T, dsn string) string {
	t.Helper()
	return write(t, t.TempDir(), "tenantproxy.yaml", fmt.Sprintf("upstream: {dsn: %q}\npolicy: {allow_relations: [public.plans]}\n", dsn))
}

// dumped writes the catalog of a database to a file.
func dumped(t *testing.T, config string) string {
	t.Helper()
	stdout, stderr, code := runWith(t, "", "catalog", "dump", "--config", config)
	if code != exitFine || stderr != "" {
		t.Fatalf("catalog dump: exit code %d, %s", code, stderr)
	}
	return write(t, t.TempDir(), "catalog.json", stdout)
}

// goldenStatements are the statements that internal/rewrite has verdicts for,
// on a schema of its own: here most relations are unknown, and the rest counts.
func goldenStatements(t testing.TB) string {
	t.Helper()
	files, err := filepath.Glob("../../internal/rewrite/testdata/verdicts/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden verdicts: %v", err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "=>") {
				line = ";\n"
			}
			all.WriteString(line)
		}
	}
	return all.String()
}

const demoStatements = `
SELECT * FROM contacts;
SELECT auth.jwt();
SELECT * FROM campaign_summary;
SELECT * FROM campaign_leaderboard;
SELECT * FROM import_staging;
SELECT * FROM plans;
UPDATE plans SET name = 'x';
SELECT 'running'::campaign_status, 'x'::public.call_outcome;
INSERT INTO contacts (org_id, full_name, phone) VALUES ($1, $2, $3) ON CONFLICT (org_id, phone) DO UPDATE SET full_name = excluded.full_name;
SELECT nextval('cold_call_logs_id_seq');
`

func TestOfflineVerdictsAreTheLiveOnes(t *testing.T) {
	config := checkConfig(t, pgtest.NewDatabase(t).App())
	file := dumped(t, config)
	script := demoStatements + goldenStatements(t)
	live, _, liveCode := runWith(t, script, "check", "--config", config, "--format", "json", "-")
	offline, _, offlineCode := runWith(t, script, "check", "--config", config, "--catalog", file, "--format", "json", "-")
	if live != offline || liveCode != offlineCode {
		t.Errorf("live (exit code %d) and offline (%d) differ:\n%s\n%s", liveCode, offlineCode, live, offline)
	}
	var report checkReport
	if err := json.Unmarshal([]byte(live), &report); err != nil {
		t.Fatal(err)
	}
	if s := report.Summary; s.Statements < 500 || s.Allowed < 200 || s.Refused < 200 {
		t.Errorf("too few statements were compared: %+v", s)
	}
}

func TestDumpIsTheSameTwice(t *testing.T) {
	config := checkConfig(t, pgtest.NewDatabase(t).App())
	loadedAt := regexp.MustCompile(`(?m)^ "loaded_at": .*$`)
	strip := func(name string) string {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(loadedAt.ReplaceAll(content, nil))
	}
	if first, second := strip(dumped(t, config)), strip(dumped(t, config)); first != second || !strings.Contains(first, `"import_staging"`) {
		t.Error("two dumps of one schema differ")
	}
}

func TestDumpChoosesTheDatabase(t *testing.T) {
	first, second := pgtest.NewDatabase(t), pgtest.Default(t).NewEmptyDatabase(t, "CREATE TABLE elsewhere ()")
	config := write(t, t.TempDir(), "c.yaml", fmt.Sprintf("upstream: {dsn: %q, databases: [%s, %s]}", first.Superuser(), first.Name, second.Name))
	if stdout, stderr, code := runWith(t, "", "catalog", "dump", "--config", config, "--database", second.Name); code != exitFine || !strings.Contains(stdout, `"elsewhere"`) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if stdout, stderr, code := runWith(t, "", "catalog", "dump", "--config", config); code != exitFine || strings.Contains(stdout, `"elsewhere"`) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if _, stderr, code := runWith(t, "", "catalog", "dump", "--config", config, "--database", "postgres"); code != exitUsage || !strings.Contains(stderr, first.Name) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
