package verify

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"tenantproxy/internal/hardening/report"
)

// WriteJSON writes the whole of the evidence.
func (r *Result) WriteJSON(to io.Writer) error {
	return report.WriteIndented(to, r)
}

// columns of the matrix.
var columns = []struct{ operation, scope string }{
	{"read", "own"}, {"read", "foreign"}, {"insert", "own"}, {"insert", "foreign"}, {"update", "own"}, {"update", "foreign"},
	{"move", "foreign"}, {"delete", "own"}, {"delete", "foreign"},
}

// made says what the organizations are where there were no two.
const made = "There are no two organizations: these were made, with rows, in each transaction that was rolled back."

// WriteText writes the matrix of each way, the rest by its numbers, and every cell
// that is not as it should be.
func (r *Result) WriteText(to io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Database %s on PostgreSQL %s, as %s: %s against %s\n", report.OneLine(r.Database), r.ServerVersion, report.OneLine(r.Role), report.OneLine(r.Orgs[0]), report.OneLine(r.Orgs[1]))
	if r.Made {
		b.WriteString(made + "\n")
	}
	for _, via := range []string{"direct", "proxy"} {
		rows := r.matrix(via)
		if len(rows) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s\n", via)
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		fmt.Fprint(w, "table")
		for _, c := range columns {
			fmt.Fprintf(w, "\t%s %s", c.operation, c.scope)
		}
		fmt.Fprintln(w)
		for _, row := range rows {
			row[0] = report.OneLine(row[0])
			fmt.Fprintln(w, strings.Join(row, "\t"))
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	b.WriteString("\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, c := range r.Cells {
		if c.Outcome == Leak || c.Outcome == Broken || c.Outcome == Unknown {
			fmt.Fprintf(w, "%s\t%s\t%s %s\t%s\t%s\n", strings.ToUpper(string(c.Outcome)), c.Via, c.Operation, c.Scope, report.OneLine(c.Table), c.Detail)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(&b, r.Summary())
	_, err := io.WriteString(to, b.String())
	return err
}

// Summary is the numbers of outcomes in one line.
func (r *Result) Summary() string {
	var parts []string
	for _, o := range outcomes {
		parts = append(parts, fmt.Sprintf("%d %s", r.Count(o), o))
	}
	return strings.Join(parts, ", ")
}

// WriteMarkdown writes the same as WriteText.
func (r *Result) WriteMarkdown(to io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Isolation of tenants\n\nDatabase `%s`, PostgreSQL %s, role `%s`, organizations `%s` and `%s`: %s.\n",
		report.Cell(r.Database), r.ServerVersion, report.Cell(r.Role), report.Cell(r.Orgs[0]), report.Cell(r.Orgs[1]), r.Summary())
	if r.Made {
		b.WriteString("\n" + made + "\n")
	}
	for _, via := range []string{"direct", "proxy"} {
		rows := r.matrix(via)
		if len(rows) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n| table |", via)
		for _, c := range columns {
			fmt.Fprintf(&b, " %s %s |", c.operation, c.scope)
		}
		b.WriteString("\n|" + strings.Repeat(" --- |", len(columns)+1) + "\n")
		for _, row := range rows {
			b.WriteString("| " + report.Cell(row[0]) + " | " + strings.Join(row[1:], " | ") + " |\n")
		}
	}
	b.WriteString("\n## The rest\n\n| outcome | via | what | table | detail |\n| --- | --- | --- | --- | --- |\n")
	for _, c := range r.Cells {
		if c.apart() {
			fmt.Fprintf(&b, "| %s | %s | %s `%s` | %s | %s |\n", c.Outcome, c.Via, c.Operation, strings.ReplaceAll(c.Scope, "|", "\\|"), report.Cell(c.Table), c.Detail)
		}
	}
	_, err := io.WriteString(to, b.String())
	return err
}

// WriteHTML writes the same as one self-contained page.
func (r *Result) WriteHTML(to io.Writer) error { return report.WriteProof(to, r.Proof()) }

// Proof is the evidence as pages show it.
func (r *Result) Proof() *report.Proof {
	p := &report.Proof{Time: r.Time, Version: r.Version, Database: r.Database, Role: r.Role, Server: r.ServerVersion, Orgs: r.Orgs, Note: map[bool]string{true: made}[r.Made]}
	for _, o := range outcomes {
		p.Counts = append(p.Counts, report.Count{Outcome: string(o), N: r.Count(o)})
	}
	for _, via := range []string{"direct", "proxy"} {
		way := report.Way{Via: via}
		for _, c := range columns {
			way.Columns = append(way.Columns, c.operation+" "+c.scope)
		}
		for _, row := range r.matrix(via) {
			way.Rows = append(way.Rows, report.WayRow{Table: row[0], Outcomes: row[1:]})
		}
		if len(way.Rows) > 0 {
			p.Ways = append(p.Ways, way)
		}
	}
	for _, c := range r.Cells {
		if c.apart() {
			p.Attempts = append(p.Attempts, report.Attempt{What: c.Operation + " " + c.Scope, Via: c.Via, Table: c.Table, Outcome: string(c.Outcome), Detail: c.Detail})
		}
	}
	return p
}

// apart tells whether a cell is told by itself, and not in a matrix alone.
func (c Cell) apart() bool {
	return c.Outcome == Leak || c.Outcome == Broken || c.Outcome == Unknown || c.Operation == "cascade" || c.Operation == "tamper"
}

// outcomes are all, the worst first.
var outcomes = []Outcome{Leak, Broken, Isolated, Works, Denied, Unknown}

// matrix gives the rows of one way: the table, and an outcome for each column.
func (r *Result) matrix(via string) [][]string {
	var rows [][]string
	at := make(map[string]int)
	for _, c := range r.Cells {
		for i, column := range columns {
			if c.Via != via || c.Operation != column.operation || c.Scope != column.scope {
				continue
			}
			if _, ok := at[c.Table]; !ok {
				at[c.Table] = len(rows)
				row := make([]string, len(columns)+1)
				row[0] = c.Table
				rows = append(rows, row)
			}
			rows[at[c.Table]][i+1] = string(c.Outcome)
		}
	}
	return rows
}
