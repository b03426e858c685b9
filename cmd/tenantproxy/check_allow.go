package main

import (
	"regexp"
	"strings"

	"tenantproxy/internal/rewrite"
)

// The rules about "-- tenantproxy: allow" comments. They are check's own: the
// proxy knows no such comments.
const (
	ruleAllowMalformed rewrite.Rule = "allow.malformed"
	ruleAllowNoReason  rewrite.Rule = "allow.no_reason"
	ruleAllowUnused    rewrite.Rule = "allow.unused"
)

// allowRules explains them.
func allowRules() []rewrite.RuleText {
	return []rewrite.RuleText{
		{Rule: ruleAllowMalformed, Text: "The comment is not of the form -- tenantproxy: allow RULE REASON, or there is no such rule."},
		{Rule: ruleAllowNoReason, Text: "The comment accepts a rule without a reason, and so does not count."},
		{Rule: ruleAllowUnused, Text: "The comment accepts a rule that does not refuse the statement, or stands at no statement."},
	}
}

// allowance is a comment that accepts a rule for a statement.
type allowance struct {
	rule         rewrite.Rule
	reason       string
	line, column int
	used         bool
}

var (
	directive  = regexp.MustCompile(`^--\s*tenantproxy\s*:\s*(.*)$`)
	allowWords = regexp.MustCompile(`^allow\s+(\S+)\s*(.*)$`)
)

// readAllowances finds the allowances of a script by the index of their
// statement; those of none are under -1. What is wrong with a comment is given
// to report.
func readAllowances(script rewrite.Script, report func(c rewrite.Comment, rule rewrite.Rule, message, hint string)) map[int][]*allowance {
	allowances := make(map[int][]*allowance)
	for _, c := range script.Comments {
		found := directive.FindStringSubmatch(strings.TrimSpace(c.Text))
		if found == nil {
			continue
		}
		words := allowWords.FindStringSubmatch(found[1])
		switch {
		case words == nil:
			report(c, ruleAllowMalformed, "this comment is not understood", "Write -- tenantproxy: allow RULE REASON.")
		case !isRule(rewrite.Rule(words[1])):
			report(c, ruleAllowMalformed, "there is no rule "+words[1], "docs/RULES.md lists the rules.")
		case words[2] == "":
			report(c, ruleAllowNoReason, "rule "+words[1]+" is accepted without a reason", "Write the reason behind the rule.")
		default:
			allowances[c.Statement] = append(allowances[c.Statement], &allowance{
				rule: rewrite.Rule(words[1]), reason: words[2], line: c.Line, column: c.Column,
			})
		}
	}
	return allowances
}

func isRule(rule rewrite.Rule) bool {
	for _, known := range rewrite.Rules() {
		if known.Rule == rule {
			return true
		}
	}
	return false
}
