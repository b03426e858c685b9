package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"tenantproxy/internal/hardening/audit"
)

// mark says what is special about a finding.
func mark(f audit.Finding) string {
	switch {
	case f.Known:
		return " (known)"
	case f.Unknown:
		return " (unknown)"
	default:
		return ""
	}
}

// WriteText writes the report for people.
func WriteText(to io.Writer, r *Report) error {
	return writeText(to, r, func(audit.Severity) (begin, end string) { return "", "" })
}

// WriteColoredText writes it for a terminal that has colors.
func WriteColoredText(to io.Writer, r *Report) error {
	return writeText(to, r, func(s audit.Severity) (begin, end string) {
		switch s {
		case audit.Critical, audit.High:
			return "\x1b[1;31m", "\x1b[0m"
		case audit.Medium:
			return "\x1b[33m", "\x1b[0m"
		default:
			return "", ""
		}
	})
}

func writeText(to io.Writer, r *Report, color func(audit.Severity) (begin, end string)) error {
	out := bufio.NewWriter(to)
	fmt.Fprintf(out, "database %s, role %s, PostgreSQL %s\n%s\n", OneLine(r.Database), OneLine(r.Role), OneLine(r.Server), OneLine(r.Isolation()))
	if !r.DataChecked {
		fmt.Fprintln(out, "rows were not looked at")
	}
	for _, group := range r.byCheck() {
		check := r.check(group[0].Check)
		begin, end := color(group[0].Severity)
		fmt.Fprintf(out, "\n%s%-8s%s  %s  %s\n", begin, group[0].Severity, end, group[0].Check, check.Title)
		for _, f := range group {
			fmt.Fprintf(out, "          %s: %s%s\n", OneLine(f.Object), OneLine(f.Message), mark(f))
			for fix := range strings.Lines(f.Fix) {
				fmt.Fprintf(out, "            %s\n", OneLine(strings.TrimRight(fix, "\n")))
			}
		}
	}
	fmt.Fprintf(out, "\n%s\n", r.Summary())
	return out.Flush()
}

// WriteMarkdown writes the report to paste into a ticket.
func WriteMarkdown(to io.Writer, r *Report) error {
	out := bufio.NewWriter(to)
	fmt.Fprintf(out, "# Tenant isolation of %s\n\n%s. PostgreSQL %s, %s.\n\n**%s**\n", Cell(r.Database), Cell(r.Isolation()), Cell(r.Server),
		r.Time.Format("2006-01-02 15:04 MST"), r.Summary())
	if !r.DataChecked {
		fmt.Fprint(out, "\nRows were not looked at.\n")
	}
	for _, group := range r.byCheck() {
		check := r.check(group[0].Check)
		fmt.Fprintf(out, "\n## %s: %s (%s)\n\n%s\n\n| object | finding |\n| --- | --- |\n", check.ID, check.Title, group[0].Severity, check.Why)
		for _, f := range group {
			fmt.Fprintf(out, "| %s | %s%s |\n", Cell(f.Object), Cell(f.Message), mark(f))
		}
		fmt.Fprint(out, "\n```sql\n")
		for _, f := range group {
			if f.Fix != "" && !f.Known {
				fmt.Fprintln(out, strings.ReplaceAll(f.Fix, "```", "'''"))
			}
		}
		fmt.Fprint(out, "```\n")
	}
	fmt.Fprint(out, "\n## Coverage\n\n| relation | switched on | forced | isolated | not tied |\n| --- | --- | --- | --- | --- |\n")
	for _, c := range r.Coverage.Relations {
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s |\n", Cell(c.Name), yes(c.Enabled), yes(c.Forced), yes(c.Isolated), open(c))
	}
	fmt.Fprint(out, "\n## Controls\n\n| control | state | facts |\n| --- | --- | --- |\n")
	for _, c := range r.Controls {
		fmt.Fprintf(out, "| %s | %s | %s |\n", Cell(c.Name), c.State, Cell(c.Facts))
	}
	return out.Flush()
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// open names the granted commands that nothing ties to the tenant.
func open(c audit.Relation) string {
	var names []string
	for _, command := range c.Commands {
		if command.Granted && !command.Isolated {
			names = append(names, command.Name)
		}
	}
	return strings.Join(names, " ")
}
