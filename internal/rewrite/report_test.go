package rewrite

import "testing"

// reporting is a Checker with another's catalog and policy, in report mode.
func reporting(t *testing.T, c *Checker) *Checker {
	t.Helper()
	policy := c.policy
	policy.Mode = "report"
	report, err := New(policy, c.snap)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestReportMode compares report mode with enforce mode, for every golden text
// under every setup: it reports what the other refuses, first things first, and
// refuses by no rule that it lets through.
func TestReportMode(t *testing.T) {
	actions := make(map[Rule]ReportAction)
	for _, rule := range Rules() {
		actions[rule.Rule] = rule.Report
	}
	texts := goldenTexts(t)
	for name, enforce := range setups(t) {
		if enforce.policy.Mode == "report" {
			continue
		}
		report := reporting(t, enforce)
		through := 0
		for _, text := range texts {
			want, got := enforce.Check(text), report.Check(text)
			switch {
			case want.Allowed:
				if !got.Allowed || len(got.Reported) > 0 {
					t.Errorf("%s: allowed, but report mode says %s: %s", name, describe(got), text)
				}
			case got.Allowed:
				through++
				if len(got.Reported) == 0 || got.Reported[0] != want.Refusal {
					t.Errorf("%s: report mode says %s, enforce mode %s: %s", name, describe(got), describe(want), text)
				}
				for _, r := range got.Reported {
					if actions[r.Rule] != LetThrough {
						t.Errorf("%s: %s is let through: %s", name, r.Rule, text)
					}
				}
			case actions[got.Refusal.Rule] != StillRefused:
				t.Errorf("%s: report mode refuses by %s: %s", name, got.Refusal.Rule, text)
			}
		}
		if through == 0 {
			t.Errorf("%s: nothing is let through: nothing is tested", name)
		}
	}
}

// TestReportModeFindsWhatIsHidden puts what stays refused beside what is let
// through: the one does not hide the other.
func TestReportModeFindsWhatIsHidden(t *testing.T) {
	c := reporting(t, callCentre(t).checker(testPolicy()))
	queries := 0
	for _, text := range goldenTexts(t) {
		v := c.Check(text)
		if v.Allowed || v.Refusal.Rule == RuleSyntaxError {
			continue
		}
		for _, around := range [][2]string{{"SELECT * FROM norls; ", ""}, {"TRUNCATE contacts; ", ""}, {"", "\n; SELECT * FROM norls"}} {
			whole := around[0] + text + around[1]
			if c.Check(whole).Allowed {
				t.Errorf("let through: %s", whole)
			}
		}
		for _, around := range [][2]string{
			{"SELECT * FROM norls, (", "\n) AS x"}, {"SELECT * FROM no_such_table WHERE EXISTS (", "\n)"},
			{"WITH x AS (", "\n) SELECT * FROM mv"}, {"INSERT INTO plans ", ""}, {"CREATE TABLE t AS ", ""},
			{"EXPLAIN ANALYZE ", ""}, {"DECLARE c CURSOR WITH HOLD FOR ", ""}, {"COPY (", "\n) TO STDOUT"},
			{"PREPARE p AS ", ""},
		} {
			whole := around[0] + text + around[1]
			v := c.Check(whole)
			if v.Allowed {
				t.Errorf("let through: %s", whole)
			}
			if v.Refusal.Rule != RuleSyntaxError {
				queries++
			}
		}
	}
	if queries < 500 {
		t.Errorf("only %d texts were more than a syntax error", queries)
	}
}
