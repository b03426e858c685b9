// Package report writes what audit found, and what verify has proven, for
// people and for machines.
package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tenantproxy/internal/hardening/audit"
)

// Format is the version of the JSON report: it grows when a key changes its
// meaning or goes away, and not when one is added.
const Format = 1

// Report is one run, and its JSON form.
type Report struct {
	Format int       `json:"format"`
	Time   time.Time `json:"time"`
	// Version is tenantproxy's.
	Version string `json:"tenantproxy"`
	// Database, Role and Server say what the report is about: the upstream role,
	// and server_version.
	Database string         `json:"database"`
	Role     string         `json:"role"`
	Server   string         `json:"server_version"`
	Coverage audit.Coverage `json:"coverage"`
	// Checks are those that ran; DataChecked tells whether rows were looked at.
	Checks      []audit.Check   `json:"checks"`
	DataChecked bool            `json:"data_checked"`
	Findings    []audit.Finding `json:"findings"`
	// Controls is what the findings say for compliance.
	Controls []Control `json:"controls"`
	// Proof is what verify has tried on the same database, for the page; nil: nothing.
	Proof *Proof `json:"-"`
}

// Writer gives the writer for a format: text, json, markdown, html or sarif.
func Writer(format string) (write func(io.Writer, *Report) error, ok bool) {
	write, ok = map[string]func(io.Writer, *Report) error{
		"text": WriteText, "json": WriteJSON, "markdown": WriteMarkdown, "html": WriteHTML, "sarif": WriteSARIF,
	}[format]
	return write, ok
}

// Failed tells whether a finding that no baseline has is at least as bad as the
// severity; an empty severity is worse than all.
func (r *Report) Failed(least audit.Severity) bool {
	return least != "" && slices.ContainsFunc(r.Findings, func(f audit.Finding) bool {
		return !f.Known && f.Severity.Rank() >= least.Rank()
	})
}

// Count gives the number of findings of a severity, without known and unknown ones.
func (r *Report) Count(s audit.Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s && !f.Known && !f.Unknown {
			n++
		}
	}
	return n
}

// Summary is one line.
func (r *Report) Summary() string {
	parts := []string{}
	for _, s := range []audit.Severity{audit.Critical, audit.High, audit.Medium, audit.Low} {
		if n := r.Count(s); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	unknown, known := 0, 0
	for _, f := range r.Findings {
		switch {
		case f.Known:
			known++
		case f.Unknown:
			unknown++
		}
	}
	if unknown > 0 {
		parts = append(parts, fmt.Sprintf("%d unknown", unknown))
	}
	if known > 0 {
		parts = append(parts, fmt.Sprintf("%d known", known))
	}
	if len(parts) == 0 {
		return "no findings"
	}
	return strings.Join(parts, ", ")
}

// Isolation is the coverage in one line.
func (r *Report) Isolation() string {
	c := r.Coverage
	return fmt.Sprintf("%d of %d tables isolated for role %s; row-level security is switched on for %d", c.Isolated, c.Tables, c.Role, c.Enabled)
}

// WriteJSON writes the report as JSON.
func WriteJSON(to io.Writer, r *Report) error { return WriteIndented(to, r) }

// Title of a finding's check, or empty.
func (r *Report) check(id string) audit.Check {
	for _, c := range r.Checks {
		if c.ID == id {
			return c
		}
	}
	return audit.Check{ID: id}
}

// byCheck groups the findings by check, in their order.
func (r *Report) byCheck() [][]audit.Finding {
	var groups [][]audit.Finding
	sorted := slices.Clone(r.Findings)
	slices.SortStableFunc(sorted, func(a, b audit.Finding) int {
		return cmp.Or(cmp.Compare(b.Severity.Rank(), a.Severity.Rank()), cmp.Compare(a.Check, b.Check))
	})
	for _, f := range sorted {
		if n := len(groups); n == 0 || groups[n-1][0].Check != f.Check {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], f)
	}
	return groups
}
