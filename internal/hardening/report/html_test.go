package report_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"tenantproxy/internal/hardening/audit"
	"tenantproxy/internal/hardening/report"
)

// sample has what could break a page: long names, markup, every state.
func sample() *report.Report {
	long := `public."` + strings.Repeat("very_long_name_", 6) + `<script>alert(1)</script>"`
	findings := []audit.Finding{
		{Check: "P-ROOT", Severity: audit.Critical, Object: "public.organizations.org_all", Relation: "public.organizations", Message: "policy org_all for ALL on the tenants' table is always true; deleting a row of it cascades to 57 tables", Fix: "DROP POLICY org_all ON public.organizations;"},
		{Check: "D-NULL", Severity: audit.Critical, Object: "public.calls", Relation: "public.calls", Message: "not known", Unknown: true},
		{Check: "T-FORCE", Severity: audit.High, Object: long, Relation: long, Message: "row-level security is not forced on " + long, Fix: "ALTER TABLE " + long + " FORCE ROW LEVEL SECURITY;"},
		{Check: "C-IDX", Severity: audit.Medium, Object: "public.calls", Relation: "public.calls", Message: "no valid index", Known: true},
	}
	commands := []audit.Command{{Name: "SELECT", Granted: true, By: []string{"org_all"}}}
	coverage := audit.Coverage{Role: "app", Tables: 3, Enabled: 3, Isolated: 1, Relations: []audit.Relation{
		{Name: "public.organizations", Enabled: true, Forced: true, Commands: commands}, {Name: "public.calls", Enabled: true, Forced: true, Isolated: true}, {Name: long, Enabled: true},
	}}
	return &report.Report{
		Format: report.Format, Time: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), Version: "test", Database: "app", Role: "app", Server: "15.20",
		Coverage: coverage, Checks: audit.Checks(), DataChecked: true, Findings: findings, Controls: report.Controls(findings, coverage, true),
	}
}

// sampleProof has every outcome, and names that could break a page.
func sampleProof() *report.Proof {
	long := `public."` + strings.Repeat("very_long_name_", 6) + `<script>alert(1)</script>"`
	outcomes := []string{"leak", "broken", "isolated", "works", "denied", "unknown"}
	p := &report.Proof{
		Time: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), Version: "test", Database: "app", Role: "app", Server: "15.20",
		Orgs: [2]string{"11111111-1111-4111-8111-111111111111", strings.Repeat("a long organization ", 8)}, Note: "These were made.",
	}
	for i, outcome := range outcomes {
		p.Counts = append(p.Counts, report.Count{Outcome: outcome, N: i})
		p.Attempts = append(p.Attempts, report.Attempt{What: "tamper SELECT set_config('app.org_id', '22222222-2222-4222-8222-222222222222', false)", Via: "proxy", Table: long, Outcome: outcome, Detail: "SQLSTATE 42501"})
	}
	for _, via := range []string{"direct", "proxy"} {
		p.Ways = append(p.Ways, report.Way{
			Via: via, Columns: []string{"read own", "read foreign", "insert own", "insert foreign", "update own", "update foreign"},
			Rows: []report.WayRow{{Table: "public.contacts", Outcomes: outcomes}, {Table: long, Outcomes: []string{"", "", "", "", "", ""}}},
		})
	}
	return p
}

func TestProofIsSelfContainedAndEscaped(t *testing.T) {
	var out strings.Builder
	if err := report.WriteProof(&out, sampleProof()); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "http://", "https://", "ZgotmplZ"} {
		if strings.Contains(out.String(), bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	for _, good := range []string{"&lt;script&gt;", "These were made.", "SQLSTATE 42501", `class="good"`} {
		if !strings.Contains(out.String(), good) {
			t.Errorf("the page lacks %s", good)
		}
	}
}

func TestHTMLIsSelfContainedAndEscaped(t *testing.T) {
	var out strings.Builder
	if err := report.WriteHTML(&out, sample()); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "http://", "https://", "ZgotmplZ"} {
		if strings.Contains(out.String(), bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	for _, good := range []string{"&lt;script&gt;", "1 / 3", "1 critical, 1 high, 1 unknown, 1 known"} {
		if !strings.Contains(out.String(), good) {
			t.Errorf("the page lacks %s", good)
		}
	}
}

// TestColored has colours, and no other control characters, and the same text as without.
func TestColored(t *testing.T) {
	r := sample()
	r.Findings[0].Object = "public.a\x1b[31m"
	var plain, colored strings.Builder
	if err := report.WriteText(&plain, r); err != nil {
		t.Fatal(err)
	}
	if err := report.WriteColoredText(&colored, r); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(colored.String(), "\x1b[1;31mcritical") || strings.Contains(plain.String(), "\x1b") {
		t.Errorf("colours: %q", colored.String())
	}
	if got := regexp.MustCompile(`\x1b\[[\d;]+m`).ReplaceAllString(colored.String(), ""); got != plain.String() {
		t.Errorf("got\n%s\nwant\n%s", got, plain.String())
	}
}

func TestFailed(t *testing.T) {
	r := sample()
	if !r.Failed(audit.High) || r.Failed("") {
		t.Error("high findings must fail, and nothing does with none")
	}
	r.Findings = r.Findings[3:]
	if r.Failed(audit.Low) {
		t.Error("a known finding must not fail")
	}
	r.Findings = sample().Findings[1:2]
	if !r.Failed(audit.Critical) {
		t.Error("an unknown finding must fail as the fault would")
	}
}

func TestMarkdownAndTextKeepNamesInPlace(t *testing.T) {
	r := sample()
	r.Findings[0].Object = "public.a|b\x1b[31m\nnext"
	for _, format := range []string{"markdown", "text"} {
		write, _ := report.Writer(format)
		var out strings.Builder
		if err := write(&out, r); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "\x1b") || strings.Contains(out.String(), "\nnext") {
			t.Errorf("%s lets a name write to the terminal or begin a line", format)
		}
	}
}
