package report

import (
	_ "embed"
	"html/template"
	"io"
	"time"
)

//go:embed proof.html
var proofPage string

// Proof is what verify has tried, for its page.
type Proof struct {
	Time time.Time
	// Version is tenantproxy's.
	Version                string
	Database, Role, Server string
	Orgs                   [2]string
	// Note says more of the organizations, or is empty.
	Note string
	// Counts are the numbers of outcomes, Ways the matrix of each way, and Attempts
	// what is in none, or needs to be seen.
	Counts   []Count
	Ways     []Way
	Attempts []Attempt
}

// Count is how often an outcome came.
type Count struct {
	Outcome string
	N       int
}

// Way is what was tried directly, or through the proxy: an outcome, or none, for each
// table and column.
type Way struct {
	Via     string
	Columns []string
	Rows    []WayRow
}

// WayRow is one table.
type WayRow struct {
	Table    string
	Outcomes []string
}

// Attempt is one that is told by itself.
type Attempt struct {
	What, Via, Table, Outcome, Detail string
}

// WriteProof writes one self-contained page, in the look of WriteHTML.
func WriteProof(to io.Writer, p *Proof) error {
	t, err := template.New("report").Funcs(functions(new(Report))).Parse(page)
	if err != nil {
		return err
	}
	if t, err = t.New("proof").Parse(proofPage); err != nil {
		return err
	}
	return t.Execute(to, p)
}

// class is how an outcome of verify looks.
func class(outcome string) string {
	switch outcome {
	case "isolated", "works":
		return "good"
	case "leak", "broken":
		return "critical"
	case "unknown":
		return "unknown"
	default:
		return "soft"
	}
}
