package rewrite

import "strings"

// builtinType tells of the names of pg_catalog's own types that can stand in
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
