// Package audit finds what in a database lets one tenant reach another's rows, or
// would let a bug do so. It reads a schema.Schema and judges it; the data checks
// also look at rows, in transactions that are rolled back.
//
// What cannot be told is a finding of its own (Unknown), never silence (I4).
package audit

import (
	"cmp"
	"slices"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/hardening/schema"
)

// Severity says how much a finding matters: Critical, High, Medium or Low.
type Severity string

// The severities. Critical: rows of another org are in reach, or lost, today.
// High: one mistake or one more fact away. Medium: it weakens a defence, tells
// something, or costs time. Low: worth knowing.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
)

// Rank orders severities: the higher, the worse; 0 for an unknown one.
func (s Severity) Rank() int {
	return map[Severity]int{Critical: 4, High: 3, Medium: 2, Low: 1}[s]
}

// Check is what is looked for. Its ID is stable: it never changes its meaning.
type Check struct {
	ID       string   `json:"id"`
	Severity Severity `json:"severity"`
	// Title says what it detects, Why why that matters.
	Title string `json:"title"`
	Why   string `json:"why"`
}

// Finding is one fault of one object.
type Finding struct {
	Check    string   `json:"check"`
	Severity Severity `json:"severity"`
	// Object is what has the fault, as SQL names it: with Check it identifies the
	// finding from one run to the next. Relation is the relation that it
	// concerns, or empty.
	Object   string `json:"object"`
	Relation string `json:"relation,omitempty"`
	Message  string `json:"message"`
	// Fix is SQL, or a sentence where SQL cannot mend it. Nothing in it is a value
	// of a row or a secret.
	Fix string `json:"fix,omitempty"`
	// Unknown tells that it could not be found out whether the fault is there.
	Unknown bool `json:"unknown,omitempty"`
	// Known tells that a baseline has it.
	Known bool `json:"known,omitempty"`
}

// Tenancy says how tenants are told apart: what the configuration has.
type Tenancy struct {
	// Column is the tenant column, and Table the tenants' own table.
	Column string
	Table  catalog.Name
	// Type is uuid, bigint or text.
	Type string
	// Setting and ClaimsSetting are what the proxy puts the org and the claims
	// into; ClaimsSetting may be empty.
	Setting, ClaimsSetting string
	// Schemas are those that tenants may use, and Shared the relations that are
	// shared on purpose.
	Schemas []string
	Shared  map[catalog.Name]bool
}

// run collects the findings of one audit.
type run struct {
	s *schema.Schema
	t Tenancy
	// effective and settable are the roles whose privileges the upstream role has,
	// and those that it can become.
	effective, settable map[uint32]bool
	root                *schema.Relation
	findings            []Finding
}

// Catalog runs the checks that need no rows. It is safe for concurrent use.
func Catalog(s *schema.Schema, t Tenancy) []Finding {
	r := newRun(s, t)
	r.columns()
	r.keys()
	r.rowSecurity()
	r.policies()
	r.views()
	r.functions()
	r.roles()
	r.grants()
	r.server()
	return Sorted(r.findings)
}

func newRun(s *schema.Schema, t Tenancy) *run {
	return &run{s: s, t: t, effective: s.Effective(s.App.OID), settable: s.Settable(s.App.OID), root: s.ByName[t.Table]}
}

// Sorted puts the worst first, then by check and object, and drops repetitions.
func Sorted(findings []Finding) []Finding {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Severity.Rank(), a.Severity.Rank()), cmp.Compare(a.Check, b.Check), cmp.Compare(a.Object, b.Object))
	})
	return slices.CompactFunc(findings, func(a, b Finding) bool { return a.Check == b.Check && a.Object == b.Object })
}

// add records a finding about an object that belongs to a relation, or to none.
func (r *run) add(check, object string, rel *schema.Relation, message, fix string) {
	f := Finding{Check: check, Severity: severityOf(check), Object: object, Message: message, Fix: fix}
	if rel != nil {
		f.Relation = schema.QuoteName(rel.Name)
	}
	r.findings = append(r.findings, f)
}

// unknown records that a check could not look.
func (r *run) unknown(check, object string, rel *schema.Relation, message string) {
	r.add(check, object, rel, message, "")
	r.findings[len(r.findings)-1].Unknown = true
}

// inScope tells whether a relation is one that tenants can get at: in a schema of
// theirs, or within the upstream role's privileges; those of extensions and
// those that are shared on purpose are left out.
func (r *run) inScope(rel *schema.Relation) bool {
	return rel.Extension == "" && !r.t.Shared[rel.Name] && (rel.App.Any() || slices.Contains(r.t.Schemas, rel.Schema))
}

// tenantColumn gives the column that ties a row to its org: the key of the
// tenants' own table, and the tenant column of others; nil if there is none.
func (r *run) tenantColumn(rel *schema.Relation) *schema.Column {
	if rel == r.root {
		return r.rootKey()
	}
	return rel.Column(r.t.Column)
}

// rootKey is the column of the tenants' table that others refer to.
func (r *run) rootKey() *schema.Column {
	if r.root == nil {
		return nil
	}
	if key := r.root.PrimaryKey(); key != nil && len(key.Columns) == 1 {
		return r.root.ColumnAt(key.Columns[0])
	}
	return nil
}

// tenantTable tells whether it is a table with rows of tenants.
func (r *run) tenantTable(rel *schema.Relation) bool {
	return rel.IsTable() && rel.Extension == "" && !r.t.Shared[rel.Name] && (rel == r.root || rel.Column(r.t.Column) != nil)
}

// ref gives a relation's name as SQL has it.
func ref(rel *schema.Relation) string { return schema.QuoteName(rel.Name) }
