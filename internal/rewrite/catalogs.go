package rewrite

import "strings"

// readableCatalogs are the relations of pg_catalog that describe the schema,
// which is the same for all tenants. Drivers, ORMs and psql read them.
// Everything else in pg_catalog is refused; refusedCatalogs says why for those
// that people ask for.
func readableCatalog(name string) bool {
	switch name {
	case "pg_aggregate", "pg_am", "pg_amop", "pg_amproc", "pg_attrdef", "pg_attribute",
		"pg_auth_members", "pg_available_extensions", "pg_available_extension_versions",
		"pg_cast", "pg_class", "pg_collation", "pg_constraint", "pg_conversion",
		"pg_database", "pg_default_acl", "pg_depend", "pg_description", "pg_enum",
		"pg_event_trigger", "pg_extension", "pg_foreign_data_wrapper", "pg_group",
		"pg_index", "pg_indexes", "pg_inherits", "pg_init_privs", "pg_language",
		"pg_matviews", "pg_namespace", "pg_opclass", "pg_operator", "pg_opfamily",
		"pg_partitioned_table", "pg_policies", "pg_policy", "pg_proc",
		"pg_publication", "pg_publication_namespace", "pg_publication_rel",
		"pg_publication_tables", "pg_range", "pg_rewrite", "pg_roles", "pg_rules",
		"pg_seclabel", "pg_seclabels", "pg_sequence", "pg_shdepend",
		"pg_shdescription", "pg_shseclabel", "pg_tables", "pg_tablespace",
		"pg_timezone_abbrevs", "pg_timezone_names", "pg_transform", "pg_trigger",
		"pg_ts_config", "pg_ts_config_map", "pg_ts_dict", "pg_ts_parser",
		"pg_ts_template", "pg_type", "pg_user", "pg_views":
		return true
	case "pg_statistic_ext":
		// The definitions of CREATE STATISTICS only; psql's \d reads it. The
		// data is in pg_statistic_ext_data.
		return true
	}
	return false
}

// hiddenColumn is the column of a readable catalog that is not to be read: the
// settings stored for roles, for which pg_db_role_setting is refused.
func hiddenColumn(name string) string {
	switch name {
	case "pg_roles":
		return "rolconfig"
	case "pg_user":
		return "useconfig"
	}
	return ""
}

// refusedCatalog says why a relation of pg_catalog is refused. Relations that
// neither this nor readableCatalog knows are refused as unknown.
func refusedCatalog(name string) (reason string, known bool) {
	switch name {
	case "pg_authid", "pg_shadow":
		return "holds password hashes", true
	case "pg_db_role_setting", "pg_parameter_acl":
		return "holds settings stored for roles and databases", true
	case "pg_settings":
		return "shows every setting, secrets among them", true
	case "pg_user_mapping", "pg_user_mappings", "pg_foreign_server", "pg_foreign_table",
		"pg_subscription", "pg_subscription_rel":
		return "holds connection options", true
	case "pg_largeobject", "pg_largeobject_metadata":
		return "holds large objects, which have no row-level security", true
	case "pg_locks", "pg_cursors", "pg_prepared_statements", "pg_prepared_xacts":
		return "shows what other sessions do", true
	case "pg_sequences":
		return "shows how much all tenants insert", true
	case "pg_hba_file_rules", "pg_ident_file_mappings", "pg_file_settings", "pg_config":
		return "shows the server's files", true
	case "pg_backend_memory_contexts", "pg_shmem_allocations", "pg_wait_events",
		"pg_shmem_allocations_numa", "pg_dsm_registry_allocations", "pg_aios":
		return "shows the server's internals", true
	case "pg_replication_origin", "pg_replication_origin_status", "pg_replication_slots":
		return "shows replication", true
	}
	if strings.HasPrefix(name, "pg_stat") {
		return "shows other sessions' activity or samples of all tenants' rows", true
	}
	return "is not on the list of readable catalogs", false
}

// readableInformationSchema tells of the views of information_schema that
// describe what the upstream role may use. Those about foreign servers and
// user mappings are left out: their options hold addresses and secrets.
func readableInformationSchema(name string) bool {
	switch name {
	case "administrable_role_authorizations", "applicable_roles", "attributes",
		"character_sets", "check_constraint_routine_usage", "check_constraints",
		"collation_character_set_applicability", "collations", "column_column_usage",
		"column_domain_usage", "column_privileges", "column_udt_usage", "columns",
		"constraint_column_usage", "constraint_table_usage", "data_type_privileges",
		"domain_constraints", "domain_udt_usage", "domains", "element_types",
		"enabled_roles", "information_schema_catalog_name", "key_column_usage",
		"parameters", "referential_constraints", "role_column_grants",
		"role_routine_grants", "role_table_grants", "role_udt_grants",
		"role_usage_grants", "routine_column_usage", "routine_privileges",
		"routine_routine_usage", "routine_sequence_usage", "routine_table_usage",
		"routines", "schemata", "sequences", "sql_features",
		"sql_implementation_info", "sql_parts", "sql_sizing", "table_constraints",
		"table_privileges", "tables", "transforms", "triggered_update_columns",
		"triggers", "udt_privileges", "usage_privileges", "user_defined_types",
		"view_column_usage", "view_routine_usage", "view_table_usage", "views":
		return true
	}
	return false
}
