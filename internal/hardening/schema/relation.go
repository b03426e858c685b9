package schema

import (
	"slices"
	"strings"

	"tenantproxy/internal/catalog"
)

// Relation is a table, view, materialized view, foreign table or sequence.
type Relation struct {
	catalog.Name
	OID   uint32
	Kind  catalog.RelKind
	Owner uint32
	// RLSEnabled and RLSForced are relrowsecurity and relforcerowsecurity.
	RLSEnabled, RLSForced bool
	// Partition tells that it is a partition of another.
	Partition bool
	// Rows is the estimate of reltuples; -1 if there is none yet.
	Rows float64
	// Bytes is the size of the table itself, without indexes and TOAST, as of
	// the last VACUUM or ANALYZE (relpages).
	Bytes int64
	// SecurityInvoker and SecurityBarrier are a view's options.
	SecurityInvoker, SecurityBarrier bool
	// Extension is the extension that it belongs to, or empty.
	Extension string
	// App is what the upstream role may do with it.
	App Privileges `db:"-"`
	// DefaultACL tells that it has no stored ACL; Grants then are what the owner
	// has by default.
	DefaultACL bool
	// Grants are its privileges and those of its columns.
	Grants []Grant `db:"-"`
	// Comment is its description.
	Comment string

	// Columns are the live columns in order, without system columns.
	Columns []*Column `db:"-"`
	// ForeignKeys are those from this relation, ReferencedBy those to it.
	ForeignKeys  []*ForeignKey `db:"-"`
	ReferencedBy []*ForeignKey `db:"-"`
	Checks       []*Check      `db:"-"`
	Indexes      []*Index      `db:"-"`
	Policies     []*Policy     `db:"-"`
	Triggers     []*Trigger    `db:"-"`
	// Parents and Children are the direct ones, of partitioning or inheritance.
	Parents  []*Relation `db:"-"`
	Children []*Relation `db:"-"`
	// Reads are the relations in a view's or materialized view's definition, and
	// Calls the functions outside pg_catalog.
	Reads []*Relation `db:"-"`
	Calls []*Function `db:"-"`
	// ReadsSystem tells that a view's definition has relations of pg_catalog or
	// information_schema.
	ReadsSystem bool `db:"-"`
	// Definition is a view's query, every name in it qualified; empty if it
	// could not be read because of a lock (see Unread).
	Definition string `db:"-"`
	// Unread tells that Definition, or a policy's text, could not be read.
	Unread bool `db:"-"`
}

// Privileges are what the upstream role may do with a relation, by its own
// privileges and those that it inherits; on columns count too.
type Privileges struct {
	Select, Insert, Update, Delete          bool
	Truncate, References, Trigger, Maintain bool
	// Usage is of sequences.
	Usage bool
}

// Any tells whether there is any privilege that reads or writes rows.
func (p Privileges) Any() bool { return p.Select || p.Insert || p.Update || p.Delete }

// IsTable tells whether it is an ordinary or a partitioned table.
func (r *Relation) IsTable() bool {
	return r.Kind == catalog.Table || r.Kind == catalog.PartitionedTable
}

// Column gives the live column of that name, or nil.
func (r *Relation) Column(name string) *Column {
	for _, c := range r.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// ColumnAt gives the live column with that number (attnum), or nil.
func (r *Relation) ColumnAt(number int16) *Column {
	for _, c := range r.Columns {
		if c.Number == number {
			return c
		}
	}
	return nil
}

// ColumnNames gives the names of the columns with these numbers.
func (r *Relation) ColumnNames(numbers []int16) []string {
	names := make([]string, 0, len(numbers))
	for _, n := range numbers {
		if c := r.ColumnAt(n); c != nil {
			names = append(names, c.Name)
		}
	}
	return names
}

// PrimaryKey gives the index of the primary key, or nil.
func (r *Relation) PrimaryKey() *Index {
	for _, i := range r.Indexes {
		if i.Primary {
			return i
		}
	}
	return nil
}

// Ancestors gives all parents and their parents, each once.
func (r *Relation) Ancestors() []*Relation {
	var all []*Relation
	for next := slices.Clone(r.Parents); len(next) > 0; next = next[1:] {
		if !slices.Contains(all, next[0]) {
			all = append(all, next[0])
			next = append(next, next[0].Parents...)
		}
	}
	return all
}

// KindName gives the kind in Postgres's words.
func (r *Relation) KindName() string { return r.Kind.Name() }

// Column is a live column of a relation.
type Column struct {
	// Relation is the OID of its relation.
	Relation uint32
	Number   int16
	Name     string
	// Type is the type as format_type gives it, every name qualified that is not
	// in pg_catalog.
	Type    string
	TypeOID uint32
	// NotNull tells that it has a valid NOT NULL constraint.
	NotNull bool
	// NotNullUnvalidated tells of one that is NOT VALID (PostgreSQL 18).
	NotNullUnvalidated bool
	// Default is its default or generation expression, or empty.
	HasDefault bool
	// Generated and Identity are attgenerated and attidentity, 0 if neither.
	Generated, Identity string
	// Inherited tells that it comes from a parent.
	Inherited bool
}

// ForeignKey is a foreign-key constraint.
type ForeignKey struct {
	OID  uint32
	Name string
	// RelationOID and ParentOID are both sides: the referencing and the
	// referenced table.
	RelationOID, ParentOID uint32
	// Columns and ParentColumns are their columns, pair by pair.
	Columns, ParentColumns []int16
	// OnDelete and OnUpdate are confdeltype and confupdtype: a no action, r
	// restrict, c cascade, n set null, d set default.
	OnDelete, OnUpdate string
	// Validated is convalidated, which is false too for one that is NOT ENFORCED
	// (PostgreSQL 18).
	Validated            bool
	Deferrable, Deferred bool
	// Inherited tells that it belongs to a constraint of a parent.
	Inherited bool
	// TriggersDisabled tells that a trigger that enforces it is disabled.
	TriggersDisabled bool
	// Definition is pg_get_constraintdef.
	Definition string

	// Relation and Parent are the tables. Parent is nil if it is not in the
	// Schema.
	Relation *Relation `db:"-"`
	Parent   *Relation `db:"-"`
}

// Carries tells whether the pair of columns is one of the key's.
func (k *ForeignKey) Carries(column, parentColumn int16) bool {
	for i, c := range k.Columns {
		if c == column && k.ParentColumns[i] == parentColumn {
			return true
		}
	}
	return false
}

// Check is a CHECK constraint.
type Check struct {
	OID         uint32
	RelationOID uint32
	Name        string
	Columns     []int16
	Validated   bool
	Inherited   bool
	// Definition is pg_get_constraintdef.
	Definition string
}

// Index is an index of a table.
type Index struct {
	OID         uint32
	RelationOID uint32
	Name        string
	Schema      string
	// Columns are the key columns in order, 0 for an expression; included
	// columns are not among them.
	Columns                    []int16
	Unique, Primary, Exclusion bool
	// Valid tells that queries may use it and, if it is unique, that it has been
	// checked for all rows (indisvalid and indisready).
	Valid bool
	// Partial tells that it has a predicate.
	Partial bool
	// Method is the access method, such as btree.
	Method string
	// Constraint is the OID of the constraint that it belongs to, or 0.
	Constraint uint32
	// ConstraintName is the name of that constraint, or empty.
	ConstraintName string
	// Inherited tells that it is attached to an index of a parent.
	Inherited bool
	// Definition is pg_get_indexdef, of an index that is more than unique columns:
	// with a predicate, an expression or an exclusion. It is empty for others, and if it
	// could not be read because of a lock.
	Definition string `db:"-"`
}

// plain tells whether it says no more than its columns do.
func (i *Index) plain() bool {
	return !i.Partial && !i.Exclusion && !slices.Contains(i.Columns, 0)
}

// Leads tells whether the first column of a valid index without predicate is
// this one, in a method that finds rows by it.
func (i *Index) Leads(column int16) bool {
	return i.Valid && !i.Partial && (i.Method == "btree" || i.Method == "hash") && len(i.Columns) > 0 && i.Columns[0] == column
}

// Trigger is a trigger that is not internal to a constraint.
type Trigger struct {
	OID         uint32
	RelationOID uint32
	Name        string
	FunctionOID uint32
	// Enabled is tgenabled: O origin, D disabled, R replica, A always.
	Enabled string

	// Function is nil for one of pg_catalog.
	Function *Function `db:"-"`
}

// Policy is a row-level-security policy.
type Policy struct {
	OID         uint32
	RelationOID uint32
	Name        string
	// Command is polcmd: r SELECT, a INSERT, w UPDATE, d DELETE, * ALL.
	Command    string
	Permissive bool
	// Roles are the roles that it applies to; 0 is PUBLIC.
	Roles []uint32
	// HasUsing and HasCheck tell which expressions there are; Using and Check are
	// these, every name in them qualified.
	HasUsing, HasCheck bool
	Using              string `db:"-"`
	Check              string `db:"-"`
	Comment            string
	// Unread tells that the expressions could not be read, because of a lock.
	Unread bool `db:"-"`

	Relation *Relation `db:"-"`
	// Calls and Reads are the functions outside pg_catalog and the relations that
	// its expressions depend on, by pg_depend; its own relation is not in Reads
	// unless a sub-select has it.
	Calls []*Function `db:"-"`
	Reads []*Relation `db:"-"`
	// CallsOperators tells that it uses operators outside pg_catalog.
	CallsOperators bool `db:"-"`
}

// The values of Policy.Command.
const (
	CmdSelect = "r"
	CmdInsert = "a"
	CmdUpdate = "w"
	CmdDelete = "d"
	CmdAll    = "*"
)

// CommandName gives the command in SQL's words.
func (p *Policy) CommandName() string {
	switch p.Command {
	case CmdSelect:
		return "SELECT"
	case CmdInsert:
		return "INSERT"
	case CmdUpdate:
		return "UPDATE"
	case CmdDelete:
		return "DELETE"
	default:
		return "ALL"
	}
}

// EffectiveCheck is the expression that new rows are checked by: that of WITH
// CHECK, or USING in its place (manual, CREATE POLICY).
func (p *Policy) EffectiveCheck() string {
	if p.HasCheck {
		return p.Check
	}
	return p.Using
}

// AppliesTo tells whether the policy is in force for a role that has the
// privileges of all of these (check_role_for_policy in policy.c).
func (p *Policy) AppliesTo(effective map[uint32]bool) bool {
	return slices.ContainsFunc(p.Roles, func(oid uint32) bool { return oid == 0 || effective[oid] })
}

// CreateSQL gives the statement that makes the policy as it is.
func (p *Policy) CreateSQL(s *Schema) string {
	var sql strings.Builder
	sql.WriteString("CREATE POLICY " + Ident(p.Name) + " ON " + QuoteName(p.Relation.Name))
	if !p.Permissive {
		sql.WriteString(" AS RESTRICTIVE")
	}
	sql.WriteString(" FOR " + p.CommandName() + " TO ")
	for i, oid := range p.Roles {
		if i > 0 {
			sql.WriteString(", ")
		}
		if oid == 0 {
			sql.WriteString("PUBLIC")
		} else {
			sql.WriteString(Ident(s.RoleName(oid)))
		}
	}
	if p.HasUsing {
		sql.WriteString(" USING (" + p.Using + ")")
	}
	if p.HasCheck {
		sql.WriteString(" WITH CHECK (" + p.Check + ")")
	}
	return sql.String()
}
