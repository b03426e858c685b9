// Package catalog holds what tenantproxy knows of the database behind it: an
// immutable Snapshot of relations, functions, operators, types and roles, and
// the Loader that reads it and keeps it fresh.
//
// A Snapshot describes; it does not judge. What a tenant may reach is decided
// in internal/rewrite, from a Snapshot and a policy.
package catalog

import (
	"crypto/sha256"
	"time"
)

// Name is a schema-qualified object name, case-sensitive as Postgres stores it.
type Name struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
}

// String gives schema.name without quoting, for messages.
func (n Name) String() string { return n.Schema + "." + n.Name }

// RelKind is pg_class.relkind.
type RelKind byte

// The kinds of relation that Postgres has (pg_class.h, RELKIND_*).
const (
	Table            RelKind = 'r'
	PartitionedTable RelKind = 'p'
	View             RelKind = 'v'
	MaterializedView RelKind = 'm'
	ForeignTable     RelKind = 'f'
	Sequence         RelKind = 'S'
	Index            RelKind = 'i'
	PartitionedIndex RelKind = 'I'
	CompositeType    RelKind = 'c'
	ToastTable       RelKind = 't'
)

// Name gives the kind in Postgres's words; what holds no rows that a query could read
// is a relation.
func (k RelKind) Name() string {
	switch k {
	case Table:
		return "table"
	case PartitionedTable:
		return "partitioned table"
	case View:
		return "view"
	case MaterializedView:
		return "materialized view"
	case ForeignTable:
		return "foreign table"
	case Sequence:
		return "sequence"
	}
	return "relation"
}

// Snapshot is one consistent reading of the catalogs, made in a single
// REPEATABLE READ transaction. It is immutable after Load returns it and safe
// for concurrent use. Maps are never nil in a loaded snapshot.
type Snapshot struct {
	// Generation identifies the content: a Loader gives a new, larger one only
	// when something that a verdict can depend on has changed (I6).
	Generation uint64 `json:"generation"`
	// LoadedAt is when the content was last read (not when it was last
	// confirmed unchanged).
	LoadedAt time.Time `json:"loaded_at"`
	// Database is current_database().
	Database string `json:"database"`
	// ServerVersion is server_version_num, for example 150018.
	ServerVersion int `json:"server_version"`
	// Role is the upstream role that serves tenants: what statements on the catalog's
	// connection run as (current_user).
	Role Role `json:"role"`
	// Login is the role that this connection logged in as (session_user), if it is
	// another one; otherwise nil. A session could go back to it, so I9 holds for both.
	Login *Role `json:"login,omitempty"`
	// Schemas are all schemas by name; the value tells whether Role has USAGE.
	Schemas map[string]bool `json:"schemas"`
	// Relations are all entries of pg_class but indexes and TOAST tables,
	// also those of pg_catalog and information_schema; temporary relations of
	// any session are left out.
	Relations map[Name]*Relation `json:"-"`
	// RelationsByOID indexes Relations.
	RelationsByOID map[uint32]*Relation `json:"-"`
	// Functions are all entries of pg_proc by qualified name, each overload an element.
	Functions map[Name][]*Function `json:"-"`
	// FunctionsByOID indexes Functions.
	FunctionsByOID map[uint32]*Function `json:"-"`
	// Operators are the operators outside pg_catalog.
	Operators []*Operator `json:"operators"`
	// Families are the operator families that run functions outside pg_catalog.
	Families []*OperatorFamily `json:"operator_families"`
	// Types are the types outside pg_catalog and information_schema, without
	// the row types of relations and without array types.
	Types map[Name]*Type `json:"-"`
	// Casts are the casts that call a function outside pg_catalog, or that
	// belong to no built-in.
	Casts []*Cast `json:"casts"`

	// fingerprint and digest tell Load whether another snapshot would differ:
	// the catalogs' row versions, and a hash of all that was read. Empty in a
	// snapshot that does not come from Load.
	fingerprint string
	digest      [sha256.Size]byte
}

// Role is the upstream role with all that matters for I9.
type Role struct {
	Name        string `json:"name"`
	OID         uint32 `json:"oid"`
	Superuser   bool   `json:"superuser"`
	BypassRLS   bool   `json:"bypass_rls"`
	Replication bool   `json:"replication"`
	CreateRole  bool   `json:"create_role"`
	// Memberships are all roles that Role is a member of, directly or not,
	// each with the attributes that make it dangerous to SET ROLE to.
	Memberships []Membership `json:"memberships"`
	// Settings are the entries of pg_db_role_setting that apply to sessions that log
	// in as Role to this database, as "name=value"; none if no session does.
	Settings []string `json:"settings"`
}

// Membership is a role that the upstream role is a member of.
type Membership struct {
	Name        string `json:"name"`
	OID         uint32 `json:"oid"`
	Superuser   bool   `json:"superuser"`
	BypassRLS   bool   `json:"bypass_rls"`
	Replication bool   `json:"replication"`
	// CanSet tells whether SET ROLE to it is allowed; before PostgreSQL 16
	// every membership allows it.
	CanSet bool `json:"can_set"`
}

// Relation is an entry of pg_class.
type Relation struct {
	Name
	OID  uint32  `json:"oid"`
	Kind RelKind `json:"kind"`
	// Owner is the owning role.
	Owner string `json:"owner"`
	// RoleIsOwner tells whether the upstream role owns it, or is a member
	// of the role that does (with the privileges of the owner, and so exempt
	// from row-level security where it is not forced).
	RoleIsOwner bool `json:"role_is_owner"`
	// LoginIsOwner tells whether the login role owns it, or is a member of the role
	// that does, in whatever way.
	LoginIsOwner bool `json:"login_is_owner,omitempty"`
	// OwnerBypassesRLS tells whether Owner is superuser or has BYPASSRLS: what
	// counts for a view that runs as its owner.
	OwnerBypassesRLS bool `json:"owner_bypasses_rls"`
	// RLSEnabled and RLSForced are relrowsecurity and relforcerowsecurity.
	RLSEnabled bool `json:"rls_enabled"`
	RLSForced  bool `json:"rls_forced"`
	// Policies is the number of policies on it.
	Policies int `json:"policies"`
	// SecurityInvoker tells whether a view has security_invoker on.
	SecurityInvoker bool `json:"security_invoker"`
	// Columns are the live column names in order, system columns left out.
	Columns []string `json:"columns"`
	// Definition is pg_get_viewdef of a view, every name qualified that is not
	// in pg_catalog; empty for others, and for views of pg_catalog and
	// information_schema.
	Definition string `json:"definition,omitempty"`
	// HasRules tells of rewrite rules beyond a view's own ON SELECT rule.
	HasRules bool `json:"has_rules"`
}

// IsSystem tells whether the relation is in pg_catalog or information_schema.
func (r *Relation) IsSystem() bool {
	return r.Schema == "pg_catalog" || r.Schema == "information_schema"
}

// HasColumn tells whether name is a live user column.
func (r *Relation) HasColumn(name string) bool {
	for _, c := range r.Columns {
		if c == name {
			return true
		}
	}
	return false
}

// Function is an entry of pg_proc.
type Function struct {
	Name
	OID uint32 `json:"oid"`
	// Kind is prokind: 'f' function, 'p' procedure, 'a' aggregate, 'w' window.
	Kind byte `json:"kind"`
	// Volatility is provolatile: 'i', 's' or 'v'.
	Volatility byte `json:"volatility"`
	// SecurityDefiner is prosecdef.
	SecurityDefiner bool `json:"security_definer"`
	// Language is the name in pg_language: internal, c, sql, plpgsql …
	Language string `json:"language"`
	// Owner is the owning role.
	Owner string `json:"owner"`
	// ArgTypes are the input argument types, as format_type gives them.
	ArgTypes []string `json:"arg_types"`
	// ArgNames are the names of all arguments, those of OUT and TABLE too, empty
	// where there is none; nil for functions that came with the server.
	ArgNames []string `json:"arg_names,omitempty"`
	// OutTypes are the types of all arguments if some are OUT, INOUT or TABLE, as
	// format_type gives them; nil for functions that came with the server.
	OutTypes []string `json:"out_types,omitempty"`
	// Defaults are the expressions of the arguments that have one, separated by
	// commas, every name qualified that is not in pg_catalog; empty for functions
	// that came with the server.
	Defaults string `json:"defaults,omitempty"`
	// HasInternalArg tells of an argument of type internal.
	HasInternalArg bool `json:"has_internal_arg"`
	// ReturnType is prorettype, as format_type gives it.
	ReturnType string `json:"return_type"`
	// Source is prosrc, or pg_get_function_sqlbody for a body that was parsed
	// at creation (BEGIN ATOMIC); empty for internal and C functions.
	Source string `json:"source,omitempty"`
	// SQLBody tells that Source comes from a parsed body.
	SQLBody bool `json:"sql_body,omitempty"`
	// Config is proconfig, each "name=value".
	Config []string `json:"config,omitempty"`
	// Extension is the extension that it belongs to, or empty.
	Extension string `json:"extension,omitempty"`
	// RowArg is the relation whose row type is its only required argument, so that
	// row.name calls it (SQL_POLICY: columns that are calls); zero if none.
	RowArg uint32 `json:"row_arg,omitempty"`
	// AggFunctions are, for an aggregate, the OIDs of the functions it runs
	// (transition, final, combine, serial, deserial, moving forms).
	AggFunctions []uint32 `json:"agg_functions,omitempty"`
	// AggStates are, for an aggregate, the types of its states, as format_type gives
	// them; nil for those that came with the server.
	AggStates []string `json:"agg_states,omitempty"`
	// Leakproof is proleakproof: the function may see rows before row-level
	// security has taken those of others out.
	Leakproof bool `json:"leakproof,omitempty"`
	// Executable tells whether the upstream role has EXECUTE.
	Executable bool `json:"executable"`
}

// Operator is an entry of pg_operator outside pg_catalog.
type Operator struct {
	Name
	// Function is oprcode's OID.
	Function uint32 `json:"function"`
	// Substitutes are the OIDs of the functions of its negator and its commutator,
	// in ascending order, where they are others: the planner may run those instead.
	Substitutes []uint32 `json:"substitutes,omitempty"`
}

// OperatorFamily is an entry of pg_opfamily with those of its functions that are
// outside pg_catalog, in ascending order of OIDs. They run without being named: for
// ORDER BY, DISTINCT, joins and the like, and in indexes.
type OperatorFamily struct {
	Name
	// Support are the support functions (pg_amproc), which an index calls on its
	// entries, whoever may see their rows.
	Support []uint32 `json:"support,omitempty"`
	// Operators are the functions of its operators (pg_amop).
	Operators []uint32 `json:"operators,omitempty"`
}

// Type is an entry of pg_type outside pg_catalog.
type Type struct {
	Name
	OID uint32 `json:"oid"`
	// Kind is typtype: 'b' base, 'c' composite, 'd' domain, 'e' enum, 'p'
	// pseudo, 'r' range, 'm' multirange.
	Kind byte `json:"kind"`
	// Extension is the extension that it belongs to, or empty.
	Extension string `json:"extension,omitempty"`
	// Functions are the OIDs of functions outside pg_catalog that run when a
	// value of the type is read, written, cast to its type modifier or checked
	// (input, output, receive, send, typmod, subtype diff, canonical; for a
	// domain those that its constraints depend on).
	Functions []uint32 `json:"functions,omitempty"`
	// BaseType is, for a domain, the type it is over, as format_type gives it.
	BaseType string `json:"base_type,omitempty"`
}

// Cast is an entry of pg_cast that runs a function outside pg_catalog.
type Cast struct {
	Source   string `json:"source"`
	Target   string `json:"target"`
	Function uint32 `json:"function"`
	// Context is castcontext: 'e' explicit, 'a' assignment, 'i' implicit.
	Context byte `json:"context"`
}
