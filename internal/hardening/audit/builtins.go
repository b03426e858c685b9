package audit

import (
	"fmt"
	"slices"
	"strings"

	"tenantproxy/internal/hardening/schema"
)

// family is a kind of functions of pg_catalog that G-FN is about. set_config is in none:
// the proxy calls it as the upstream role. Nor are pg_notify and advisory locks, which
// apps use, and which the proxy keeps apart or refuses.
type family struct {
	// name identifies the finding; it is empty for functions that nobody but a
	// superuser may execute by default, each of which is a finding of its own.
	name, why string
	functions []string
}

func families() []family {
	return []family{
		{"", "", []string{
			"pg_read_file", "pg_read_binary_file", "pg_ls_dir", "pg_ls_logdir", "pg_ls_waldir", "pg_stat_file", "lo_import", "lo_export",
			"pg_switch_wal", "pg_reload_conf", "pg_rotate_logfile",
		}},
		{"run SQL text", "run SQL text that they are given, which nobody has looked at", []string{
			"query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "table_to_xml", "table_to_xmlschema", "table_to_xml_and_xmlschema",
			"schema_to_xml", "schema_to_xmlschema", "schema_to_xml_and_xmlschema", "database_to_xml", "database_to_xmlschema",
			"database_to_xml_and_xmlschema", "cursor_to_xml", "cursor_to_xmlschema", "ts_stat", "ts_rewrite",
		}},
		{"reach other sessions", "reach other sessions of the role, which are other tenants'", []string{"pg_cancel_backend", "pg_terminate_backend"}},
		{"use large objects", "use large objects, which have no policies", []string{
			"lo_open", "lo_create", "lo_creat", "lo_from_bytea", "lo_get", "lo_put", "loread", "lowrite", "lo_unlink", "lo_truncate", "lo_truncate64",
		}},
		{"write to the log of changes", "write what they like into the log of changes, which others replicate", []string{"pg_logical_emit_message"}},
	}
}

// BuiltIns are the functions of pg_catalog that schema.Read must read for Catalog:
// those of G-FN.
func BuiltIns() []string {
	var names []string
	for _, f := range families() {
		names = append(names, f.functions...)
	}
	return names
}

// builtIns is G-FN. What PUBLIC has by default is one finding for each family.
func (r *run) builtIns() {
	revoke := func(signatures ...string) string {
		return fmt.Sprintf("REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC, %s;", strings.Join(signatures, ", "), schema.Ident(r.s.App.Name))
	}
	for _, family := range families() {
		var has []string
		for _, f := range r.s.BuiltIns {
			harmless := f.Name == "ts_rewrite" && strings.Count(f.Signature, ",") != 1 // which replaces one word
			if f.AppExecute && slices.Contains(family.functions, f.Name) && !harmless {
				has = append(has, f.Signature)
			}
		}
		switch {
		case len(has) == 0:
		case family.name == "":
			for _, signature := range has {
				r.add("G-FN", signature, nil, "the upstream role may execute "+signature, revoke(signature))
			}
		default:
			r.add("G-FN", "built-ins that "+family.name, nil, fmt.Sprintf("the upstream role may execute %d functions that %s", len(has), family.why), revoke(has...))
		}
	}
}
