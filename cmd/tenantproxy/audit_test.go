package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tenantproxy/internal/hardening/report"
	"tenantproxy/internal/hardening/story"
	"tenantproxy/internal/pgtest"
)

// auditing gives a database with the story's schema, and the arguments for it.
func auditing(t *testing.T) (db *pgtest.Database, args []string) {
	t.Helper()
	db = pgtest.Default(t).NewEmptyDatabase(t, story.SchemaSQL())
	file := write(t, t.TempDir(), "c.yaml", fmt.Sprintf("upstream: {dsn: %q}", db.As(story.AppRole)))
	return db, []string{"audit", "--config", file, "--admin-dsn", db.Superuser()}
}

func TestAuditFormats(t *testing.T) {
	_, args := auditing(t)
	for format, contains := range map[string]string{
		"text": "P-ROOT", "json": `"check": "T-OFF"`, "markdown": "## T-OFF", "html": "<!doctype html>", "sarif": `"ruleId": "T-OFF"`,
	} {
		stdout, stderr, code := runWith(t, "", append(args, "--format", format)...)
		if code != exitFindings || !strings.Contains(stdout, contains) || !strings.Contains(stderr, "critical") {
			t.Errorf("--format %s: exit code %d, stderr %s", format, code, stderr)
		}
	}
}

func TestAuditSARIFShape(t *testing.T) {
	_, args := auditing(t)
	stdout, _, _ := runWith(t, "", append(args, "--format", "sarif")...)
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Message   struct{ Text string }
				Locations []struct {
					LogicalLocations []struct{ FullyQualifiedName string }
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(stdout), &log); err != nil || log.Version != "2.1.0" || len(log.Runs) != 1 || len(log.Runs[0].Results) == 0 {
		t.Fatalf("%v: %s", err, stdout)
	}
	rules := log.Runs[0].Tool.Driver.Rules
	for _, r := range log.Runs[0].Results {
		if rules[r.RuleIndex].ID != r.RuleID || r.Message.Text == "" || len(r.Locations) != 1 || r.Locations[0].LogicalLocations[0].FullyQualifiedName == "" {
			t.Errorf("result %+v", r)
		}
	}
}

// TestAuditBaseline: what is known does not fail, and what is new does.
func TestAuditBaseline(t *testing.T) {
	db, args := auditing(t)
	baseline := filepath.Join(t.TempDir(), "baseline.json")
	if _, stderr, code := runWith(t, "", append(args, "--write-baseline", baseline)...); code != exitFine {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	args = append(args, "--baseline", baseline)
	if _, stderr, code := runWith(t, "", args...); code != exitFine {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	db.Exec(t, "ALTER TABLE t40 NO FORCE ROW LEVEL SECURITY")
	stdout, _, code := runWith(t, "", append(args, "--format", "json")...)
	var r report.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || code != exitFindings {
		t.Fatalf("exit code %d, %v", code, err)
	}
	for _, f := range r.Findings {
		if f.Known == (f.Check == "T-FORCE") {
			t.Errorf("known is %t for %s %s", f.Known, f.Check, f.Object)
		}
	}
}

func TestAuditSelection(t *testing.T) {
	_, args := auditing(t)
	file := filepath.Join(t.TempDir(), "report.txt")
	stdout, stderr, code := runWith(t, "", append(args, "--only", "P-PERF", "--out", file)...)
	content, err := os.ReadFile(file)
	if err != nil || code != exitFine || stdout != "" || strings.Contains(string(content), "T-OFF") || !strings.Contains(string(content), "P-PERF") {
		t.Errorf("exit code %d, %v, %s, %s", code, err, stderr, content)
	}
	if _, _, code := runWith(t, "", append(args, "--only", "P-PERF", "--fail-on", "medium")...); code != exitFindings {
		t.Errorf("--fail-on medium: exit code %d", code)
	}
	if stdout, _, code := runWith(t, "", append(args, "--fail-on", "none", "--no-data")...); code != exitFine || strings.Contains(stdout, "D-NULL") || !strings.Contains(stdout, "rows were not looked at") {
		t.Errorf("--fail-on none: exit code %d", code)
	}
}

// TestAuditEvidence has the page show what verify has found, if it is about the same.
func TestAuditEvidence(t *testing.T) {
	_, args := auditing(t)
	dir := t.TempDir()
	evidence := filepath.Join(dir, "evidence.json")
	if _, stderr, code := runWith(t, "", append([]string{"verify", "--format", "json", "--out", evidence}, args[1:]...)...); code != exitFindings {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	args = append(args, "--format", "html")
	stdout, _, _ := runWith(t, "", append(args, "--evidence", evidence)...)
	for _, text := range []string{"Evidence of verify", story.OrgA, `<span class="critical">leak</span>`} {
		if !strings.Contains(stdout, text) {
			t.Errorf("the page does not have %s", text)
		}
	}
	if stdout, _, _ := runWith(t, "", args...); strings.Contains(stdout, "Evidence of verify") {
		t.Error("the page has evidence of nothing")
	}
	other := write(t, dir, "other.json", `{"database": "other", "role": "story_app"}`)
	for file, says := range map[string]string{other: "it is about database", filepath.Join(dir, "none"): "reading --evidence", write(t, dir, "bad.json", "<"): "verify --format json makes it"} {
		if _, stderr, code := runWith(t, "", append(args, "--evidence", file)...); code != exitUsage || !strings.Contains(stderr, says) {
			t.Errorf("%s: exit code %d, %s", file, code, stderr)
		}
	}
}

func TestAuditErrors(t *testing.T) {
	db, args := auditing(t)
	config := args[2]
	noRole := write(t, t.TempDir(), "c.yaml", fmt.Sprintf("upstream: {dsn: %q}", db.As("nobody_here")))
	for _, test := range []struct {
		name, stderr string
		code         int
		args         []string
	}{
		{"no admin DSN", "--admin-dsn", exitUsage, []string{"audit", "--config", config}},
		{"format", "markdown", exitUsage, append(args, "--format", "xml")},
		{"severity", "critical, high", exitUsage, append(args, "--fail-on", "bad")},
		{"check", "no check T-NO", exitUsage, append(args, "--only", "T-NO")},
		{"baseline", "no-such-file", exitUsage, append(args, "--baseline", "/no-such-file")},
		{"role", "nobody_here does not exist", exitUsage, []string{"audit", "--config", noRole, "--admin-dsn", db.Superuser()}},
		{"database", "no_such_db", exitUnreachable, []string{"audit", "--config", config, "--admin-dsn", db.Server().DSN("no_such_db", "postgres")}},
		{"DSN with a password", "administrator's DSN", exitUsage, []string{"audit", "--config", config, "--admin-dsn", "postgres://u:hunter2@h:x:y/"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, stderr, code := runWith(t, "", test.args...)
			if code != test.code || !strings.Contains(stderr, test.stderr) || strings.Contains(stderr, "hunter2") {
				t.Errorf("exit code %d, %s", code, stderr)
			}
		})
	}
}

// TestAuditWithoutTenantsTable says so, and goes on.
func TestAuditWithoutTenantsTable(t *testing.T) {
	db, args := auditing(t)
	db.Exec(t, `ALTER TABLE organizations RENAME TO "Customers"`)
	stdout, _, code := runWith(t, "", args...)
	if code != exitFindings || !strings.Contains(stdout, "set tenant.table") || !strings.Contains(stdout, "T-OFF") {
		t.Errorf("exit code %d, %s", code, stdout)
	}
	cmd := tenantproxy(t, []string{"TENANTPROXY_TENANT_TABLE=public.Customers"}, args...)
	if stdout, stderr, _ := runToEnd(t, cmd); strings.Contains(stdout, "set tenant.table") || !strings.Contains(stdout, "P-ROOT") {
		t.Error(stdout, stderr)
	}
}
