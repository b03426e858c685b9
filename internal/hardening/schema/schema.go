// Package schema reads what audit, harden and verify need to know of a
// database: one immutable Schema, read as an administrator in one transaction,
// with what the upstream role may do in it.
//
// It describes and does not judge. Unlike catalog.Snapshot, which is what the
// proxy decides statements from, it has constraints, indexes, triggers, grants
// and the texts of policies, leaves out what came with the server, and is read
// once for each run.
package schema

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"tenantproxy/internal/catalog"
)

// Schema is what was read of one database, as of one moment. It is immutable
// after Read returns it and safe for concurrent use. Objects of pg_catalog,
// information_schema and pg_toast, and temporary ones, are left out, unless a
// field says otherwise. Lists are in the order of names.
type Schema struct {
	Server   Server
	Database Database
	// Admin is the role that read it, App the upstream role that it is about.
	Admin, App *Role
	// Roles are all roles of the cluster by OID.
	Roles map[uint32]*Role
	// Memberships are all direct memberships of the cluster.
	Memberships []Membership
	// Namespaces are the schemas by name.
	Namespaces map[string]*Namespace
	// Relations are tables, views, materialized views, foreign tables and
	// sequences by OID; ByName has the same by name.
	Relations map[uint32]*Relation
	ByName    map[catalog.Name]*Relation
	// Functions are functions, procedures and aggregates by OID, those of
	// extensions included.
	Functions map[uint32]*Function
	// BuiltIns are the functions of pg_catalog that the audit asks for, with
	// whether App may execute them.
	BuiltIns []BuiltIn
	// Code are objects that can run a function without naming it: operators,
	// casts and rules.
	Code []Code
	// EventTriggers are all of the database.
	EventTriggers []EventTrigger
	// DefaultGrants are what ALTER DEFAULT PRIVILEGES has stored.
	DefaultGrants []DefaultGrant
	// StoredSettings are those of pg_db_role_setting that apply in this database.
	StoredSettings []StoredSetting
	// ParameterGrants are the grants of SET and ALTER SYSTEM on settings; none
	// before PostgreSQL 15.
	ParameterGrants []ParameterGrant
	// HBA are the rules of pg_hba.conf in order. It is nil if Admin may not read
	// them.
	HBA []HBARule
	// Extensions, ForeignServers and Publications are what their names say.
	Extensions     []Extension
	ForeignServers []string
	Publications   []Publication
	// LargeObjects is the number of large objects in the database.
	LargeObjects int64
}

// Server is the cluster that the database is in.
type Server struct {
	// Version is server_version_num, for example 150018; VersionText is
	// server_version.
	Version     int
	VersionText string
	// Settings are the values in force for a few settings, by name.
	Settings map[string]string
}

// Database is the one that was read.
type Database struct {
	OID   uint32
	Name  string
	Owner uint32
	// Encoding is the server-side encoding, such as UTF8.
	Encoding string
	// AppCreate and AppTemp tell whether App has CREATE and TEMPORARY on it.
	AppCreate, AppTemp bool
	// Grants are its privileges; those in force by default are among them.
	Grants []Grant `db:"-"`
}

// Namespace is a schema of the database.
type Namespace struct {
	OID   uint32
	Name  string
	Owner uint32
	// AppUsage and AppCreate tell whether App has USAGE and CREATE on it.
	AppUsage, AppCreate bool
	// Extension is the extension that it belongs to, or empty.
	Extension string
	// Grants are its privileges; those in force by default are among them.
	Grants []Grant `db:"-"`
}

// Tables gives tables and partitioned tables in the order of their names.
func (s *Schema) Tables() iter.Seq[*Relation] {
	return func(yield func(*Relation) bool) {
		for _, r := range s.Sorted() {
			if r.IsTable() && !yield(r) {
				return
			}
		}
	}
}

// Sorted gives all relations in the order of their names.
func (s *Schema) Sorted() []*Relation {
	return slices.SortedFunc(maps.Values(s.Relations), func(a, b *Relation) int {
		return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Name.Name, b.Name.Name))
	})
}

// SortedFunctions gives all functions in the order of their signatures.
func (s *Schema) SortedFunctions() []*Function {
	return slices.SortedFunc(maps.Values(s.Functions), func(a, b *Function) int {
		return cmp.Compare(a.Signature, b.Signature)
	})
}

// RoleName gives the name of a role, PUBLIC for 0, and the OID for a role that
// is no longer there.
func (s *Schema) RoleName(oid uint32) string {
	if oid == 0 {
		return "PUBLIC"
	}
	if r := s.Roles[oid]; r != nil {
		return r.Name
	}
	return "role with OID " + oidText(oid)
}

// Ident gives one name as SQL has it: quoted only where it must be, as
// quote_ident would for a name that is no keyword.
func Ident(name string) string {
	plain := name != "" && name[0] != '$' && (name[0] < '0' || name[0] > '9')
	for _, c := range []byte(name) {
		if c != '_' && c != '$' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			plain = false
		}
	}
	if plain && !reserved(name) && !strings.Contains(name, "$") {
		return name
	}
	return pgx.Identifier{name}.Sanitize()
}

// QuoteName gives schema.name with each part as Ident gives it.
func QuoteName(n catalog.Name) string { return Ident(n.Schema) + "." + Ident(n.Name) }

// Literal gives a text as a SQL string constant, for standard_conforming_strings
// on.
func Literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// reserved tells of keywords that a name must be quoted for (pg_get_keywords,
// catcode R, T and C, of PostgreSQL 18).
func reserved(name string) bool {
	const list = ` all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both
case cast char character check coalesce collate collation column concurrently constraint create cross current_catalog
current_date current_role current_schema current_time current_timestamp current_user dec decimal default deferrable desc
distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest group grouping having
ilike in initially inner inout int integer intersect interval into is isnull join json json_array json_arrayagg json_exists
json_object json_objectagg json_query json_scalar json_serialize json_table json_value lateral leading least left like limit
localtime localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset on only or
order out outer overlaps overlay placing position precision primary real references returning right row select session_user
setof similar smallint some substring symmetric system_user table tablesample then time timestamp to trailing treat trim true
union unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists
xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable `
	return strings.Contains(strings.ReplaceAll(list, "\n", " "), " "+name+" ")
}
