package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/hardening/report"
	"tenantproxy/internal/rewrite"
)

// reportFormat is the version of the JSON report: it grows when a key changes
// its meaning or goes away, and not when one is added.
const reportFormat = 1

// checkReport is the outcome of tenantproxy check, and its JSON form.
type checkReport struct {
	Format  int          `json:"format"`
	Catalog checkCatalog `json:"catalog"`
	Summary checkSummary `json:"summary"`
	// Findings are in the order of the files and of their lines.
	Findings []checkFinding `json:"findings"`
}

// checkCatalog says which snapshot the verdicts rest on.
type checkCatalog struct {
	Database      string `json:"database"`
	Role          string `json:"role"`
	ServerVersion int    `json:"server_version"`
}

// checkSummary counts statements by verdict, and the comments that are findings.
type checkSummary struct {
	Statements int `json:"statements"`
	Allowed    int `json:"allowed"`
	Accepted   int `json:"accepted"`
	Refused    int `json:"refused"`
	Comments   int `json:"comments"`
}

// String gives the counts for people.
func (s checkSummary) String() string {
	text := plural(s.Statements, "statement") + ": " + fmt.Sprintf("%d allowed", s.Allowed)
	if s.Accepted > 0 {
		text += fmt.Sprintf(", %d accepted", s.Accepted)
	}
	if s.Refused > 0 {
		text += fmt.Sprintf(", %d refused", s.Refused)
	}
	if s.Comments > 0 {
		text += "; " + plural(s.Comments, "comment") + " to correct"
	}
	return text
}

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// The kinds of finding.
const (
	findingRefused  = "refused"
	findingAccepted = "accepted"
	findingComment  = "comment"
)

// checkFinding is a statement that is refused or whose refusal is accepted, or a
// comment that does not do what it was written for.
type checkFinding struct {
	Kind     string       `json:"kind"`
	File     string       `json:"file"`
	Line     int          `json:"line"`
	Column   int          `json:"column"`
	Rule     rewrite.Rule `json:"rule"`
	SQLSTATE string       `json:"sqlstate,omitempty"`
	Message  string       `json:"message"`
	Hint     string       `json:"hint,omitempty"`
	Object   string       `json:"object,omitempty"`
	// Reason is why an accepted refusal is.
	Reason string `json:"reason,omitempty"`
}

func newCheckReport(snap *catalog.Snapshot) *checkReport {
	return &checkReport{
		Format:   reportFormat,
		Catalog:  checkCatalog{Database: snap.Database, Role: snap.Role.Name, ServerVersion: snap.ServerVersion},
		Findings: []checkFinding{},
	}
}

// failed tells whether anything is refused or to be corrected.
func (r *checkReport) failed() bool { return r.Summary.Refused+r.Summary.Comments > 0 }

// check adds the findings about one source.
func (r *checkReport) check(checker *rewrite.Checker, source checkSource) {
	var findings []checkFinding
	comment := func(line, column int, rule rewrite.Rule, message, hint string) {
		r.Summary.Comments++
		findings = append(findings, checkFinding{
			Kind: findingComment, File: source.name, Line: line, Column: column, Rule: rule, Message: message, Hint: hint,
		})
	}
	script := rewrite.Split(source.text)
	allowances := readAllowances(script, func(c rewrite.Comment, rule rewrite.Rule, message, hint string) {
		comment(c.Line, c.Column, rule, message, hint)
	})
	for i, statement := range script.Statements {
		r.Summary.Statements++
		verdict := checker.Check(statement.Text)
		if verdict.Allowed {
			r.Summary.Allowed++
			continue
		}
		f := refusedFinding(source.name, statement, &verdict.Refusal)
		for _, a := range allowances[i] {
			if a.rule == f.Rule && !a.used {
				a.used = true
				f.Kind, f.Reason = findingAccepted, a.reason
				break
			}
		}
		if f.Kind == findingAccepted {
			r.Summary.Accepted++
		} else {
			r.Summary.Refused++
		}
		findings = append(findings, f)
	}
	for i, list := range allowances {
		for _, a := range list {
			switch {
			case a.used:
			case i < 0:
				comment(a.line, a.column, ruleAllowUnused, "this comment stands at no statement", "Put it right above the statement, or on its line.")
			default:
				comment(a.line, a.column, ruleAllowUnused, "the statement is not refused by rule "+string(a.rule), "Remove the comment.")
			}
		}
	}
	slices.SortFunc(findings, func(a, b checkFinding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Rule, b.Rule))
	})
	r.Findings = append(r.Findings, findings...)
}

// refusedFinding places a refusal in its file: at the error if it is one of
// syntax, otherwise where the statement begins.
func refusedFinding(file string, statement rewrite.Statement, refusal *rewrite.Refusal) checkFinding {
	f := checkFinding{
		Kind: findingRefused, File: file, Line: statement.Line, Column: statement.Column,
		Rule: refusal.Rule, SQLSTATE: refusal.SQLSTATE, Message: refusal.Message, Hint: refusal.Hint, Object: refusal.Object,
	}
	if line, column, ok := refusal.ErrorPosition(); ok {
		if line == 1 {
			column += statement.Column - 1
		}
		f.Line, f.Column, f.Message = statement.Line+line-1, column, "syntax error"
	}
	return f
}

// writeText writes findings as compilers do, file:line:column: rule: message. On a
// terminal the rule has a color.
func writeText(to io.Writer, r *checkReport) error {
	out, colored := bufio.NewWriter(to), inColor(to)
	for _, f := range r.Findings {
		rule := string(f.Rule)
		if f.Kind == findingAccepted {
			rule = "accepted " + rule
		} else if colored {
			rule = "\x1b[1;31m" + rule + "\x1b[0m"
		}
		fmt.Fprintf(out, "%s:%d:%d: %s: %s\n", report.OneLine(f.File), f.Line, f.Column, rule, report.OneLine(f.Message))
		if f.Kind == findingAccepted {
			fmt.Fprintf(out, "    reason: %s\n", report.OneLine(f.Reason))
		} else if f.Hint != "" {
			fmt.Fprintf(out, "    hint: %s\n", report.OneLine(f.Hint))
		}
	}
	if !r.failed() { // otherwise the error says it
		fmt.Fprintln(out, r.Summary)
	}
	return out.Flush()
}

func writeJSON(to io.Writer, value *checkReport) error { return report.WriteIndented(to, value) }
