package pgtest

import (
	"strings"
	"testing"
)

// Catalogs gives what the catalogs have of schema public that a migration can touch,
// to compare before and after: relations with their options and privileges, policies,
// constraints, columns, indexes and triggers, the schemas and event triggers, and the
// privileges on the database and on what is still to come.
func (d *Database) Catalogs(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	for _, sql := range []string{
		`SELECT c.oid::regclass, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.reloptions, obj_description(c.oid), (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(c.relacl) a), c.relowner
			FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace ORDER BY c.relname`,
		`SELECT polrelid::regclass, polname, polcmd, polpermissive, polroles, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid), obj_description(oid, 'pg_policy') FROM pg_policy ORDER BY 1, 2`,
		`SELECT conrelid::regclass, conname, convalidated, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`,
		`SELECT attrelid::regclass, attname, attnotnull FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE attnum > 0 AND c.relnamespace = 'public'::regnamespace ORDER BY 1, attnum`,
		`SELECT indexrelid::regclass, indisvalid, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1`,
		`SELECT tgrelid::regclass, tgname, tgenabled, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal AND c.relnamespace = 'public'::regnamespace ORDER BY 1, 2`,
		`SELECT nspname, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(coalesce(nspacl, acldefault('n', nspowner))) a) FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1`,
		`SELECT datname, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(coalesce(datacl, acldefault('d', datdba))) a) FROM pg_database WHERE datname = current_database()`,
		`SELECT defaclrole, defaclnamespace, defaclobjtype, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(defaclacl) a) FROM pg_default_acl ORDER BY 1, 2, 3`,
		`SELECT attrelid::regclass, attname, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(attacl) a) FROM pg_attribute WHERE array_length(attacl, 1) > 0 ORDER BY 1, 2`,
		`SELECT evtname FROM pg_event_trigger ORDER BY 1`,
	} {
		for _, row := range d.Query(t, sql) {
			b.WriteString(strings.Join(row, "|") + "\n")
		}
	}
	return b.String()
}
