// Package verify proves on a live database that two organizations are kept apart:
// for every tenant table it tries, as the proxy's role, what one organization must
// and must not be able to do, and compares with what an administrator sees. Whatever
// it tries is rolled back; no transaction is ever committed, so that a crash leaves
// nothing either. What stays are numbers that sequences have given out.
package verify

import "time"

// Outcome is what came of one attempt.
type Outcome string

// The outcomes. The zero value is none of them.
const (
	// Isolated: the other organization was out of reach.
	Isolated Outcome = "isolated"
	// Works: the organization's own rows can be used.
	Works Outcome = "works"
	// Denied: the role lacks the privilege, for its own rows and others'.
	Denied Outcome = "denied"
	// Leak: the other organization was reached.
	Leak Outcome = "leak"
	// Broken: the organization cannot use its own rows.
	Broken Outcome = "broken"
	// Unknown: it could not be tried. It is never counted as isolated.
	Unknown Outcome = "unknown"
)

// Cell is one attempt and its outcome.
type Cell struct {
	// Table is schema.name, quoted as in SQL; empty for what is about the session.
	Table string `json:"table,omitempty"`
	// Via is direct or proxy.
	Via string `json:"via"`
	// Operation is read, insert, update, move (update into another organization),
	// delete; context (read without one), context insert, context update, context
	// delete; cascade or tamper.
	Operation string `json:"operation"`
	// Scope is own or foreign; or what the context, or the statement, was.
	Scope   string  `json:"scope"`
	Outcome Outcome `json:"outcome"`
	// Detail says why, with a SQLSTATE or numbers of rows; never a value of a row.
	Detail string `json:"detail,omitempty"`
}

// Result is the evidence of one run.
type Result struct {
	Time time.Time `json:"time"`
	// Version is tenantproxy's; Run leaves it empty.
	Version       string    `json:"tenantproxy"`
	Database      string    `json:"database"`
	ServerVersion string    `json:"server_version"`
	Role          string    `json:"role"`
	Orgs          [2]string `json:"organizations"`
	// Made tells that the organizations were made, in each transaction again.
	Made  bool   `json:"organizations_made,omitempty"`
	Cells []Cell `json:"cells"`
}

// Failed tells whether there is a leak or something broken.
func (r *Result) Failed() bool { return r.Count(Leak)+r.Count(Broken) > 0 }

// Count counts the cells with an outcome.
func (r *Result) Count(o Outcome) int {
	n := 0
	for _, c := range r.Cells {
		if c.Outcome == o {
			n++
		}
	}
	return n
}
