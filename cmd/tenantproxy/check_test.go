package main

import (
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/proxytest"
	"tenantproxy/internal/rewrite"
)

// checkedScript has one of everything that check says something about.
const checkedScript = `-- name: Contacts :many
SELECT id FROM contacts WHERE full_name = sqlc.arg(name);

-- tenantproxy: allow relation.rls_disabled rows are loaded before they have an org
-- name: Staging :many
SELECT payload
FROM import_staging;

SELECT 1; SELECT *
  FROM campaign_leaderboard;
TRUNCATE contacts; -- tenantproxy: allow statement.truncate
SELECT 2; -- tenantproxy: allow statement.do no DO is here
SELECT
  * FORM contacts;
-- tenantproxy: ignore this

-- tenantproxy: allow no.such_rule because
-- tenantproxy: allow statement.do the end
`

const leaderboardHint = `ALTER VIEW public.campaign_leaderboard SET (security_invoker = true), or have a view owner without BYPASSRLS and ALTER TABLE public.cold_call_logs FORCE ROW LEVEL SECURITY.`

func TestCheckText(t *testing.T) {
	config := checkConfig(t, pgtest.NewDatabase(t).App())
	t.Chdir(t.TempDir())
	write(t, ".", "db/q.sql", checkedScript)
	stdout, stderr, code := runWith(t, "", "check", "--config", config, "db/q.sql")
	want := `db/q.sql:6:1: accepted relation.rls_disabled: relation "public.import_staging" does not have row-level security
    reason: rows are loaded before they have an org
db/q.sql:9:11: view.runs_as_owner: view "public.campaign_leaderboard" reads "public.cold_call_logs" as its owner, who is not subject to row-level security there
    hint: ` + leaderboardHint + `
db/q.sql:11:1: statement.truncate: TRUNCATE is not allowed
    hint: Use DELETE, which row-level security applies to.
db/q.sql:11:20: allow.no_reason: rule statement.truncate is accepted without a reason
    hint: Write the reason behind the rule.
db/q.sql:12:11: allow.unused: the statement is not refused by rule statement.do
    hint: Remove the comment.
db/q.sql:14:5: syntax.error: syntax error
db/q.sql:15:1: allow.malformed: this comment is not understood
    hint: Write -- tenantproxy: allow RULE REASON.
db/q.sql:17:1: allow.malformed: there is no rule no.such_rule
    hint: docs/RULES.md lists the rules.
db/q.sql:18:1: allow.unused: this comment stands at no statement
    hint: Put it right above the statement, or on its line.
`
	if stdout != want || code != exitFindings {
		t.Errorf("exit code %d, got:\n%s\nwant:\n%s", code, stdout, want)
	}
	if want := "tenantproxy: 7 statements: 3 allowed, 1 accepted, 3 refused; 5 comments to correct\n"; stderr != want {
		t.Errorf("got %q, want %q", stderr, want)
	}
}

// TestCheckInReportMode: what is asked is what enforce mode would say.
func TestCheckInReportMode(t *testing.T) {
	config := checkConfig(t, pgtest.NewDatabase(t).App())
	t.Setenv("TENANTPROXY_POLICY_MODE", "report")
	stdout, _, code := runWith(t, "", "check", "--config", config, "SELECT * FROM import_staging")
	if code != exitFindings || !strings.Contains(stdout, "relation.rls_disabled") {
		t.Errorf("exit code %d, got:\n%s", code, stdout)
	}
}

func TestCheckJSON(t *testing.T) {
	config := checkConfig(t, pgtest.NewDatabase(t).App())
	stdout, stderr, code := runWith(t, "SELECT 1;\n  SELECT * FROM \"Import\"; -- tenantproxy: allow relation.unknown made <later>\n"+
		"SELECT * FROM import_staging;", "check", "--config", config, "--format", "json", "-")
	want := `{
  "format": 1,
  "catalog": {
    "database": "DATABASE",
    "role": "app_tenant",
    "server_version": VERSION
  },
  "summary": {
    "statements": 3,
    "allowed": 1,
    "accepted": 1,
    "refused": 1,
    "comments": 0
  },
  "findings": [
    {
      "kind": "accepted",
      "file": "<stdin>",
      "line": 2,
      "column": 3,
      "rule": "relation.unknown",
      "sqlstate": "42P01",
      "message": "relation \"Import\" does not exist",
      "object": "Import",
      "reason": "made <later>"
    },
    {
      "kind": "refused",
      "file": "<stdin>",
      "line": 3,
      "column": 1,
      "rule": "relation.rls_disabled",
      "sqlstate": "42501",
      "message": "relation \"public.import_staging\" does not have row-level security",
      "hint": "HINT",
      "object": "public.import_staging"
    }
  ]
}
`
	var got checkReport
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	version, err := json.Marshal(got.Catalog.ServerVersion)
	if err != nil {
		t.Fatal(err)
	}
	want = strings.NewReplacer("DATABASE", got.Catalog.Database, "VERSION", string(version), "HINT", got.Findings[len(got.Findings)-1].Hint).Replace(want)
	if stdout != want || code != exitFindings || got.Catalog.ServerVersion < 140000 {
		t.Errorf("exit code %d, %s, got:\n%s\nwant:\n%s", code, stderr, stdout, want)
	}
	stdout, stderr, code = runWith(t, "", "check", "--config", config, "--format", "json", "SELECT 1")
	if !strings.Contains(stdout, `"findings": []`) || stderr != "" || code != exitFine {
		t.Errorf("nothing found: exit code %d, %s\n%s", code, stderr, stdout)
	}
}

// TestCheckSARIF holds what the standard requires of the properties that are
// there (SARIF 2.1.0, 3.13 to 3.52), and what the findings have to become.
func TestCheckSARIF(t *testing.T) {
	config := checkConfig(t, pgtest.NewDatabase(t).App())
	t.Chdir(t.TempDir())
	write(t, ".", "db/a b.sql", checkedScript)
	stdout, _, code := runWith(t, "", "check", "--config", config, "--format", "sarif", "--file", "db", "TRUNCATE contacts")
	if code != exitFindings {
		t.Fatalf("exit code %d", code)
	}
	var log sarifLog
	decoder := json.NewDecoder(strings.NewReader(stdout))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || !strings.HasSuffix(log.Schema, "sarif-2.1.0.json") || len(log.Runs) != 1 {
		t.Fatalf("version %s, schema %s, %d runs", log.Version, log.Schema, len(log.Runs))
	}
	run := log.Runs[0]
	if run.Tool.Driver.Name != "tenantproxy" || run.Tool.Driver.Version == "" || run.ColumnKind != "unicodeCodePoints" {
		t.Errorf("tool %+v, columns %s", run.Tool.Driver.Name, run.ColumnKind)
	}
	ids := map[string]bool{}
	for _, rule := range run.Tool.Driver.Rules {
		if ids[rule.ID] || rule.ID == "" || rule.ShortDescription.Text == "" || !slices.Contains([]string{"error", "warning"}, rule.Configuration.Level) {
			t.Errorf("rule %+v", rule)
		}
		ids[rule.ID] = true
	}
	if want := len(rewrite.Rules()) + len(allowRules()); len(ids) != want {
		t.Errorf("%d rules, want %d", len(ids), want)
	}
	var got []string
	for _, r := range run.Results {
		if r.RuleIndex < 0 || r.RuleIndex >= len(run.Tool.Driver.Rules) || run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Fatalf("rule %d is not %s", r.RuleIndex, r.RuleID)
		}
		if r.Message.Text == "" || len(r.Locations) != 1 || r.Suppressions == nil || r.Level != run.Tool.Driver.Rules[r.RuleIndex].Configuration.Level {
			t.Fatalf("result %+v", r)
		}
		place := r.Locations[0].Physical
		if _, err := url.Parse(place.Artifact.URI); err != nil || place.Region.StartLine < 1 || place.Region.StartColumn < 1 {
			t.Errorf("place %+v: %v", place, err)
		}
		line := place.Artifact.URI + " " + r.RuleID
		for _, s := range r.Suppressions {
			line += " " + s.Kind + ": " + s.Justification
		}
		got = append(got, line)
	}
	want := []string{
		"db/a%20b.sql relation.rls_disabled inSource: rows are loaded before they have an org",
		"db/a%20b.sql view.runs_as_owner", "db/a%20b.sql statement.truncate", "db/a%20b.sql allow.no_reason",
		"db/a%20b.sql allow.unused", "db/a%20b.sql syntax.error", "db/a%20b.sql allow.malformed", "db/a%20b.sql allow.malformed",
		"db/a%20b.sql allow.unused", "%3Cargument%201%3E statement.truncate",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := fileURI("/srv/a b.sql"); got != "file:///srv/a%20b.sql" {
		t.Errorf("absolute: %s", got)
	}
}

func TestCheckExitCodes(t *testing.T) {
	directory := t.TempDir()
	db := pgtest.NewDatabase(t)
	config := checkConfig(t, db.App())
	catalogFile := dumped(t, config)
	unreachable := checkConfig(t, "postgres://nobody@"+url.PathEscape(directory)+"/db")
	for _, c := range []struct {
		code int
		want string // part of stdout and stderr
		args []string
	}{
		{exitFine, "1 statement: 1 allowed\n", []string{"--config", config, "SELECT * FROM contacts"}},
		{exitFine, "2 statements: 2 allowed\n", []string{"--config", config, "SELECT 1", "SELECT 2;"}},
		{exitFine, "0 statements: 0 allowed\n", []string{"--config", config, ""}},
		{exitFine, "1 allowed", []string{"--catalog", catalogFile, "SELECT * FROM contacts"}},
		{exitFindings, "statement.truncate", []string{"--config", config, "TRUNCATE contacts"}},
		{exitFindings, "1 refused", []string{"--catalog", catalogFile, "SELECT * FROM plans"}},
		{exitFine, "1 allowed", []string{"--catalog", catalogFile, "--config", config, "SELECT * FROM plans"}},
		{exitFindings, "<argument 2>:2:4: text.encoding", []string{"--config", config, "SELECT 1", "\n;; SELECT '\xff'"}},
		{exitUsage, "nothing to check", nil},
		{exitUsage, "nothing to check", []string{"--config", config}},
		{exitUsage, "unknown flag", []string{"--none"}},
		{exitUsage, "want text, json or sarif", []string{"--config", config, "--format", "xml", "SELECT 1"}},
		{exitUsage, "upstream.dsn", []string{"SELECT 1"}},
		{exitUsage, "reading configuration", []string{"--config", filepath.Join(directory, "none"), "SELECT 1"}},
		{exitUsage, "none.sql", []string{"--config", config, "none.sql"}},
		{exitUsage, "reading --file", []string{"--config", config, "--file", filepath.Join(directory, "none")}},
		{exitUsage, "no .sql file", []string{"--config", config, "--file", directory}},
		{exitUsage, "reading --catalog", []string{"--catalog", filepath.Join(directory, "none"), "SELECT 1"}},
		{exitUsage, "catalog dump makes one", []string{"--catalog", config, "SELECT 1"}},
		{exitUsage, "once only", []string{"--config", config, "-", "-"}},
		{exitUsage, "were all set", []string{"--catalog", catalogFile, "--database", "x", "SELECT 1"}},
		{exitUnreachable, "connect", []string{"--config", unreachable, "SELECT 1"}},
		{exitUnreachable, "does_not_exist", []string{"--config", checkConfig(t, db.As("does_not_exist")), "SELECT 1"}},
	} {
		stdout, stderr, code := runWith(t, "", append([]string{"check"}, c.args...)...)
		if code != c.code || !strings.Contains(stdout+stderr, c.want) {
			t.Errorf("%v: exit code %d, want %d and %s:\n%s%s", c.args, code, c.code, c.want, stdout, stderr)
		}
	}
}

func TestCheckWarnsOfWhatStopsTheProxy(t *testing.T) {
	stdout, stderr, code := runWith(t, "", "check", "--config", checkConfig(t, pgtest.NewDatabase(t).Superuser()), "SELECT 1")
	if code != exitFine || !strings.Contains(stderr, "warning: serve would refuse every statement") || !strings.Contains(stdout, "1 allowed") {
		t.Errorf("exit code %d:\n%s%s", code, stdout, stderr)
	}
}

func TestReadSources(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a.sql", "b c.sql", "dir/x.sql", "dir/sub/y.sql", "dir/sub/z.txt"} {
		write(t, ".", name, "text of "+name)
	}
	if err := os.MkdirAll("d e.sql", 0o700); err != nil {
		t.Fatal(err)
	}
	sources, err := readSources([]string{"dir", "dir/sub/z.txt"},
		[]string{"a.sql", "SELECT * FROM a.sql", "b c.sql", "-", "BEGIN", "dir", "d e.sql"}, strings.NewReader("text of stdin"))
	if err != nil {
		t.Fatal(err)
	}
	want := []checkSource{
		{"dir/sub/y.sql", "text of dir/sub/y.sql"}, {"dir/x.sql", "text of dir/x.sql"}, {"dir/sub/z.txt", "text of dir/sub/z.txt"},
		{"a.sql", "text of a.sql"}, {"<argument 2>", "SELECT * FROM a.sql"}, {"b c.sql", "text of b c.sql"}, {"<stdin>", "text of stdin"},
		{"<argument 5>", "BEGIN"}, {"<argument 6>", "dir"}, {"<argument 7>", "d e.sql"},
	}
	if !slices.Equal(sources, want) {
		t.Errorf("got  %q\nwant %q", sources, want)
	}
}

func TestTextStaysOnItsLine(t *testing.T) {
	var out strings.Builder
	report := &checkReport{Findings: []checkFinding{{File: "a\nb", Rule: "r", Message: "x\x1b[31m\ny", Hint: "h\r"}}}
	report.Summary.Refused = 1
	if err := writeText(&out, report); err != nil {
		t.Fatal(err)
	}
	if want := "a�b:0:0: r: x�[31m�y\n    hint: h�\n"; out.String() != want {
		t.Errorf("got %q", out.String())
	}
}

// TestTheProxyHonoursNoComments: what check accepts because of a comment, the
// proxy refuses all the same.
func TestTheProxyHonoursNoComments(t *testing.T) {
	proxy := proxytest.Start(t)
	config := checkConfig(t, proxy.DB.App())
	conn := proxy.Connect(t, demo.OrgA)
	defer conn.Close(t.Context())
	for _, text := range []string{
		"-- tenantproxy: allow relation.rls_disabled for a test\nSELECT * FROM import_staging",
		"SELECT * FROM import_staging -- tenantproxy: allow relation.rls_disabled for a test",
	} {
		if stdout, _, code := runWith(t, text, "check", "--config", config, "-"); code != exitFine || !strings.Contains(stdout, "1 accepted") {
			t.Errorf("check does not accept it:\n%s", stdout)
		}
		_, err := conn.Exec(t.Context(), text).ReadAll()
		var refusal *pgconn.PgError
		if !errors.As(err, &refusal) || refusal.Code != "42501" || refusal.Detail != "rule: relation.rls_disabled" {
			t.Errorf("%s: the proxy answers %v", text, err)
		}
		result := conn.ExecParams(t.Context(), text, nil, nil, nil, nil).Read()
		if !errors.As(result.Err, &refusal) || refusal.Code != "42501" || refusal.Detail != "rule: relation.rls_disabled" {
			t.Errorf("%s: the proxy answers %v", text, result.Err)
		}
	}
}
