package schema

import "strings"

// Role is a role of the cluster.
type Role struct {
	OID  uint32
	Name string
	// Superuser, BypassRLS, CreateRole, CreateDB, Replication, Login and Inherit
	// are its attributes.
	Superuser, BypassRLS, CreateRole, CreateDB, Replication, Login, Inherit bool
}

// EscapesRLS tells whether row-level security never applies to it.
func (r *Role) EscapesRLS() bool { return r.Superuser || r.BypassRLS }

// Membership says that Member is a direct member of Role.
type Membership struct {
	Role, Member uint32
	Admin        bool
	// Inherit and Set tell whether it gives the role's privileges, and SET ROLE.
	// Before PostgreSQL 16 the first is the member's attribute and the second is
	// true.
	Inherit, Set bool
}

// Effective gives the roles whose privileges the role has without SET ROLE, itself
// among them: what policies and grants count (has_privs_of_role in acl.c). A
// superuser has them all.
func (s *Schema) Effective(role uint32) map[uint32]bool {
	return s.reachable(role, func(m Membership) bool { return m.Inherit })
}

// Settable gives the roles that the role can become by SET ROLE, itself among
// them (member_can_set_role in acl.c). A superuser can become all.
func (s *Schema) Settable(role uint32) map[uint32]bool {
	return s.reachable(role, func(m Membership) bool { return m.Set })
}

func (s *Schema) reachable(role uint32, by func(Membership) bool) map[uint32]bool {
	set := map[uint32]bool{role: true}
	if r := s.Roles[role]; r != nil && r.Superuser {
		for oid := range s.Roles {
			set[oid] = true
		}
		return set
	}
	// Whoever owns the database is a member of pg_database_owner (acl.c,
	// roles_is_member_of), which pg_auth_members does not show.
	if owner := s.predefined("pg_database_owner"); owner != 0 && role == s.Database.Owner {
		set[owner] = true
	}
	for grown := true; grown; {
		grown = false
		for _, m := range s.Memberships {
			if set[m.Member] && !set[m.Role] && by(m) {
				set[m.Role], grown = true, true
				if m.Role == s.Database.Owner {
					set[s.predefined("pg_database_owner")] = true
				}
			}
		}
	}
	return set
}

func (s *Schema) predefined(name string) uint32 {
	for oid, r := range s.Roles {
		if r.Name == name {
			return oid
		}
	}
	return 0
}

// Grant is one privilege of an ACL.
type Grant struct {
	// Object is the OID of what it is on, and Column a column's number, 0 for the
	// whole.
	Object uint32
	Column int16
	// Grantor and Grantee are roles; Grantee 0 is PUBLIC.
	Grantor, Grantee uint32
	// Privilege is as aclexplode has it: SELECT, TRUNCATE, USAGE …
	Privilege string
	Grantable bool
}

// DefaultGrant is a privilege that new objects get.
type DefaultGrant struct {
	// Role is whose new objects they are; Schema is empty for all schemas.
	Role   uint32
	Schema string
	// Kind is defaclobjtype: r table, S sequence, f function, T type, n schema, L
	// large object.
	Kind      string
	Grantee   uint32
	Privilege string
	Grantable bool
}

// StoredSetting is an entry of pg_db_role_setting that applies in this database.
type StoredSetting struct {
	// Role is 0 for all roles; Database tells that it is for this database only.
	Role     uint32
	Database bool
	// Name is in lower case. Value may be a secret: it is not for reports.
	Name, Value string
}

// Scope says for whom it is stored.
func (t StoredSetting) Scope(s *Schema) string {
	switch {
	case t.Role == 0 && t.Database:
		return "database " + Ident(s.Database.Name)
	case t.Role == 0:
		return "all roles"
	case t.Database:
		return "role " + Ident(s.RoleName(t.Role)) + " in database " + Ident(s.Database.Name)
	default:
		return "role " + Ident(s.RoleName(t.Role))
	}
}

// ParameterGrant is a privilege on a setting.
type ParameterGrant struct {
	Name    string
	Grantee uint32
	// Privilege is SET or ALTER SYSTEM.
	Privilege string
}

// HBARule is a line of pg_hba.conf as pg_hba_file_rules shows it.
type HBARule struct {
	Line int
	// Type is local, host, hostssl, hostnossl, hostgssenc or hostnogssenc.
	Type             string
	Databases, Users []string
	// Address and Netmask are empty for local.
	Address, Netmask string
	Method           string
	// Error is why the line could not be read, or empty.
	Error string
}

// Function is a function, procedure or aggregate outside pg_catalog.
type Function struct {
	OID          uint32
	Schema, Name string
	// Signature is schema.name(argument types), as SQL has it.
	Signature string
	Owner     uint32
	// Kind is prokind: f function, p procedure, a aggregate, w window function.
	Kind     string
	Language string
	// Volatility is provolatile: i immutable, s stable, v volatile.
	Volatility string
	// SecurityDefiner and Leakproof are what they say.
	SecurityDefiner, Leakproof bool
	// Settings are the SET clauses, each name=value.
	Settings []string
	// Source is the body; that of a BEGIN ATOMIC one is written back by Postgres,
	// and then SQLBody is true. It is empty for C and internal functions.
	Source  string
	SQLBody bool
	// ReturnsTrigger tells that only a trigger can call it.
	ReturnsTrigger bool
	// ReturnType is as format_type gives it, and ReturnsSet tells of SETOF.
	ReturnType string
	ReturnsSet bool
	// Extension is the extension that it belongs to, or empty.
	Extension string
	// AppExecute tells whether the upstream role may execute it, and reach its
	// schema.
	AppExecute bool
	// DefaultACL tells that it has no stored ACL: PUBLIC may execute it.
	DefaultACL bool
	Comment    string
	// Grants are its privileges; those in force by default are among them.
	Grants []Grant `db:"-"`
}

// Setting gives the value of a SET clause.
func (f *Function) Setting(name string) (value string, ok bool) {
	for _, setting := range f.Settings {
		if n, v, _ := strings.Cut(setting, "="); strings.EqualFold(n, name) {
			return v, true
		}
	}
	return "", false
}

// BuiltIn is a function of pg_catalog.
type BuiltIn struct {
	OID                uint32
	Name, Signature    string
	AppExecute, Public bool
}

// Code is an object that can run code without naming a function.
type Code struct {
	// Kind is operator, cast or rule; Identity is how Postgres names it
	// (pg_describe_object).
	Kind, Identity string
	// FunctionOID is what it runs, 0 for a rule.
	FunctionOID uint32
	Extension   string
}

// EventTrigger is an event trigger of the database.
type EventTrigger struct {
	OID         uint32
	Name, Event string
	FunctionOID uint32
	Owner       uint32
	Enabled     string
}

// Extension is an installed extension.
type Extension struct {
	Name, Version, Schema string
}

// Publication is a publication for logical replication.
type Publication struct {
	Name string
	// AllTables is for FOR ALL TABLES.
	AllTables bool
	// Tables is the number of tables that it lists.
	Tables int
}
