package rewrite

import "strings"

// What the built-in functions may do, as data. The base is volatility: an
// immutable function computes, a stable one reads, a volatile one may do
// anything. So immutable ones pass, stable ones pass but for those below, and
// volatile ones are refused but for those below.

// neverAllowed gives the reason why a built-in is refused with no setting that
// allows it, or "".
func neverAllowed(name string) string {
	switch name {
	case "set_config":
		return "sets the tenant's context; allowed only with a literal name that SET would allow"
	case "query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema",
		"cursor_to_xml", "cursor_to_xmlschema", "ts_stat":
		return "runs SQL text"
	case "ts_rewrite":
		return "runs SQL text in its form with two arguments"
	case "table_to_xml", "table_to_xmlschema", "table_to_xml_and_xmlschema",
		"schema_to_xml", "schema_to_xmlschema", "schema_to_xml_and_xmlschema",
		"database_to_xml", "database_to_xmlschema", "database_to_xml_and_xmlschema":
		return "reads tables by name"
	case "pg_cancel_backend", "pg_terminate_backend":
		return "reaches other tenants' sessions"
	case "pg_notify":
		return "reaches other tenants' sessions; use NOTIFY where policy.listen_notify allows it"
	case "setval":
		return "changes a sequence for all tenants"
	case "loread", "lowrite":
		return "reaches large objects, which have no row-level security"
	case "pg_input_is_valid", "pg_input_error_info":
		return "runs the input function of a type given as text"
	case "pg_export_snapshot":
		return "shares a transaction's snapshot"
	}
	for _, p := range []struct{ prefix, reason string }{
		{"lo_", "reaches large objects, which have no row-level security"},
		{"pg_read_", "reads the server's files"},
		{"pg_ls_", "lists the server's files"},
		{"pg_file_", "changes the server's files"},
		{"pg_stat_file", "looks at the server's files"},
		{"pg_logical_", "reads the write-ahead log"},
		{"pg_create_", "creates a replication slot or restore point"},
		{"pg_copy_", "copies a replication slot"},
		{"pg_drop_", "drops a replication slot"},
		{"pg_replication_", "reaches replication"},
		{"binary_upgrade_", "is for pg_upgrade only"},
	} {
		if strings.HasPrefix(name, p.prefix) {
			return p.reason
		}
	}
	return ""
}

// refusedStable gives the reason why a stable built-in is refused, or "".
func refusedStable(name string) string {
	switch name {
	case "pg_show_all_settings":
		return "shows every setting"
	case "current_setting":
		return "reads a setting; allowed only with the literal name of one that SHOW would allow"
	case "pg_cursor", "pg_prepared_statement", "pg_prepared_xact", "pg_get_replication_slots":
		return "shows what other sessions do"
	case "pg_current_snapshot", "txid_current_snapshot":
		return "shows other sessions' transactions"
	case "pg_config", "pg_relation_filepath", "pg_relation_filenode", "pg_filenode_relation",
		"pg_tablespace_location", "pg_tablespace_databases":
		return "shows the server's files"
	case "pg_mcv_list_items":
		return "shows samples of all tenants' rows"
	case "fmgr_sql_validator", "fmgr_c_validator", "fmgr_internal_validator":
		return "parses function bodies"
	}
	if strings.HasPrefix(name, "pg_stat_get_") {
		return "shows other sessions' activity"
	}
	if strings.HasPrefix(name, "pg_event_trigger_") {
		return "is for event triggers only"
	}
	return ""
}

// allowedVolatile tells of volatile built-ins that touch nothing but the
// session's own state, or that show nothing but the schema.
func allowedVolatile(name string) bool {
	switch name {
	case "clock_timestamp", "timeofday", "random", "random_normal", "setseed",
		"gen_random_uuid", "uuidv4", "uuidv7",
		"nextval", "currval", "lastval",
		"txid_current", "pg_current_xact_id",
		"timezone", // AT TIME ZONE; of PostgreSQL 14 for timetz, stable later
		"current_query", "pg_is_in_recovery",
		"pg_advisory_unlock_all":
		return true
	case "pg_partition_tree", "pg_partition_ancestors", "pg_partition_root",
		"pg_collation_actual_version":
		// The partition tree is read by psql's \d.
		return true
	}
	return false
}

// builtinTypes tells of the names of pg_catalog's own types that can stand in
// an expression, without their array forms.
func builtinType(name string) bool {
	switch name {
	case "aclitem", "bit", "bool", "box", "bpchar", "bytea", "char", "cid", "cidr",
		"circle", "cstring", "date", "datemultirange", "daterange", "float4", "float8",
		"gtsvector", "inet", "int2", "int2vector", "int4", "int4multirange",
		"int4range", "int8", "int8multirange", "int8range", "interval", "json",
		"jsonb", "jsonpath", "line", "lseg", "macaddr", "macaddr8", "money", "name",
		"numeric", "nummultirange", "numrange", "oid", "oidvector", "path", "pg_lsn",
		"pg_node_tree", "pg_snapshot", "point", "polygon", "record", "refcursor",
		"regclass", "regcollation", "regconfig", "regdatabase", "regdictionary",
		"regnamespace", "regoper", "regoperator", "regproc", "regprocedure",
		"regrole", "regtype", "text", "tid", "time", "timestamp", "timestamptz",
		"timetz", "tsmultirange", "tsquery", "tsrange", "tstzmultirange",
		"tstzrange", "tsvector", "txid_snapshot", "unknown", "uuid", "varbit",
		"varchar", "void", "xid", "xid8", "xml",
		"anyarray", "anyelement", "anyenum", "anynonarray", "anyrange",
		"anymultirange", "any":
		return true
	}
	return false
}

// formatName gives the name that format_type shows for a type of pg_catalog
// whose SQL name differs.
func formatName(name string) string {
	switch name {
	case "bool":
		return "boolean"
	case "bpchar":
		return "character"
	case "char":
		return `"char"`
	case "varchar":
		return "character varying"
	case "varbit":
		return "bit varying"
	case "int2":
		return "smallint"
	case "int4":
		return "integer"
	case "int8":
		return "bigint"
	case "float4":
		return "real"
	case "float8":
		return "double precision"
	case "time":
		return "time without time zone"
	case "timetz":
		return "time with time zone"
	case "timestamp":
		return "timestamp without time zone"
	case "timestamptz":
		return "timestamp with time zone"
	}
	return name
}

// curatedExtension tells of extensions whose functions only compute, so that
// the rule of volatility holds for them too.
func curatedExtension(name string) bool {
	switch name {
	case "btree_gin", "btree_gist", "citext", "cube", "dict_int", "dict_xsyn",
		"earthdistance", "fuzzystrmatch", "hstore", "intarray", "isn", "ltree",
		"pg_trgm", "pgcrypto", "postgis", "postgis_sfcgal", "seg", "unaccent",
		"uuid-ossp", "vector":
		return true
	}
	return false
}

// allowedExtensionVolatile tells of volatile functions of curated extensions
// that make values and nothing else.
func allowedExtensionVolatile(extension, name string) bool {
	switch extension {
	case "uuid-ossp":
		return strings.HasPrefix(name, "uuid_generate_") || strings.HasPrefix(name, "uuid_ns_")
	case "pgcrypto":
		return strings.HasPrefix(name, "gen_") || strings.HasPrefix(name, "pgp_") || name == "armor" || name == "dearmor"
	}
	return false
}

// refusedExtension gives the reason why a function of a curated extension is
// refused although its volatility would let it pass, or "".
func refusedExtension(extension, name string) string {
	if !strings.HasPrefix(extension, "postgis") {
		return ""
	}
	switch name {
	case "st_estimatedextent", "st_estimated_extent", "_postgis_stats", "_postgis_selectivity",
		"_postgis_join_selectivity", "_postgis_index_extent":
		return "shows statistics of all tenants' rows"
	case "st_findextent", "st_find_extent", "find_srid", "find_extent":
		return "reads a table given as text"
	}
	return ""
}
