package schema

import "fmt"

// The SQL that a Schema is read with, for PostgreSQL 14 to 18. Each query is one
// pass over its catalogs: none is run once per table. It runs with an empty
// search_path, as that of package catalog does; columns are named as the fields
// that they fill. $1 is the OID of the upstream role where there is one.

// mine are the namespaces that are read: not the server's, not temporary ones.
const mine = `n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp_|toast_temp_)'`

// extensionOf gives the extension that an object belongs to.
func extensionOf(class, oid string) string {
	return fmt.Sprintf(`coalesce((SELECT e.extname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
        WHERE d.classid = 'pg_catalog.%s'::pg_catalog.regclass AND d.objid = %s AND d.objsubid = 0 AND d.deptype = 'e'), '')`, class, oid)
}

// serverSettings are those that some check asks for.
const serverSettingsQuery = `
SELECT name, setting FROM pg_catalog.pg_settings
WHERE name IN ('server_version', 'max_prepared_transactions', 'shared_preload_libraries', 'track_activity_query_size',
               'session_replication_role', 'row_security', 'password_encryption', 'log_statement', 'max_locks_per_transaction')`

const databaseQuery = `
SELECT d.oid, d.datname AS name, d.datdba AS owner, pg_catalog.pg_encoding_to_char(d.encoding)::pg_catalog.text AS encoding,
       pg_catalog.has_database_privilege($1::pg_catalog.oid, d.oid, 'CREATE') AS app_create,
       pg_catalog.has_database_privilege($1::pg_catalog.oid, d.oid, 'TEMPORARY') AS app_temp
FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`

const rolesQuery = `
SELECT oid, rolname AS name, rolsuper AS superuser, rolbypassrls AS bypass_rls, rolcreaterole AS create_role,
       rolcreatedb AS create_db, rolreplication AS replication, rolcanlogin AS login, rolinherit AS inherit
FROM pg_catalog.pg_roles ORDER BY oid`

// membershipsQuery is for servers with options on memberships (16) or without.
func membershipsQuery(version int) string {
	options := `bool_or(r.rolinherit) AS inherit, true AS set`
	if version >= 16_00_00 {
		// The same membership may be granted by several roles.
		options = `bool_or(m.inherit_option) AS inherit, bool_or(m.set_option) AS set`
	}
	return `
SELECT m.roleid AS role, m.member, bool_or(m.admin_option) AS admin, ` + options + `
FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.member
GROUP BY m.roleid, m.member ORDER BY m.roleid, m.member`
}

var namespacesQuery = `
SELECT n.oid, n.nspname AS name, n.nspowner AS owner,
       pg_catalog.has_schema_privilege($1::pg_catalog.oid, n.oid, 'USAGE') AS app_usage,
       pg_catalog.has_schema_privilege($1::pg_catalog.oid, n.oid, 'CREATE') AS app_create,
       ` + extensionOf("pg_namespace", "n.oid") + ` AS extension
FROM pg_catalog.pg_namespace n WHERE ` + mine + ` ORDER BY n.nspname`

const relkinds = `c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'`

var relationsQuery = `
SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.relowner AS owner,
       c.relrowsecurity AS rls_enabled, c.relforcerowsecurity AS rls_forced, c.relispartition AS partition,
       c.reltuples::pg_catalog.float8 AS rows,
       c.relpages::pg_catalog.int8 * pg_catalog.current_setting('block_size')::pg_catalog.int8 AS bytes,
       coalesce((SELECT option_value::pg_catalog.bool FROM pg_catalog.pg_options_to_table(c.reloptions) WHERE option_name = 'security_invoker'), false) AS security_invoker,
       coalesce((SELECT option_value::pg_catalog.bool FROM pg_catalog.pg_options_to_table(c.reloptions) WHERE option_name = 'security_barrier'), false) AS security_barrier,
       ` + extensionOf("pg_class", "c.oid") + ` AS extension,
       c.relacl IS NULL AS default_acl,
       coalesce(pg_catalog.obj_description(c.oid, 'pg_class'), '') AS comment
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE ` + relkinds + ` AND ` + mine + ` ORDER BY n.nspname, c.relname`

// privilegesQuery asks for whole relations and for columns, as a query may touch
// only some.
func privilegesQuery(version int) string {
	maintain := "false"
	if version >= 17_00_00 {
		maintain = "pg_catalog.has_table_privilege($1::pg_catalog.oid, c.oid, 'MAINTAIN')"
	}
	return `
SELECT c.oid,
       pg_catalog.has_any_column_privilege($1::pg_catalog.oid, c.oid, 'SELECT') AS "select",
       pg_catalog.has_any_column_privilege($1::pg_catalog.oid, c.oid, 'INSERT') AS "insert",
       pg_catalog.has_any_column_privilege($1::pg_catalog.oid, c.oid, 'UPDATE') AS "update",
       pg_catalog.has_table_privilege($1::pg_catalog.oid, c.oid, 'DELETE') AS "delete",
       pg_catalog.has_table_privilege($1::pg_catalog.oid, c.oid, 'TRUNCATE') AS truncate,
       pg_catalog.has_any_column_privilege($1::pg_catalog.oid, c.oid, 'REFERENCES') AS "references",
       pg_catalog.has_table_privilege($1::pg_catalog.oid, c.oid, 'TRIGGER') AS trigger,
       ` + maintain + ` AS maintain, false AS usage
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE ` + relkinds + ` AND c.relkind <> 'S' AND ` + mine + `
UNION ALL
SELECT c.oid, pg_catalog.has_sequence_privilege($1::pg_catalog.oid, c.oid, 'SELECT'), false, pg_catalog.has_sequence_privilege($1::pg_catalog.oid, c.oid, 'UPDATE'),
       false, false, false, false, false, pg_catalog.has_sequence_privilege($1::pg_catalog.oid, c.oid, 'USAGE')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND ` + mine
}

// columnsQuery looks past attnotnull where a NOT NULL constraint may be NOT VALID
// (PostgreSQL 18: pg_constraint, contype n).
func columnsQuery(version int) string {
	unvalidated := "false"
	if version >= 18_00_00 {
		unvalidated = `EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'n'
           AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated)`
	}
	return `
SELECT a.attrelid AS relation, a.attnum AS number, a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       a.atttypid AS type_oid, a.attnotnull AND NOT ` + unvalidated + ` AS not_null, a.attnotnull AND ` + unvalidated + ` AS not_null_unvalidated,
       a.atthasdef AS has_default, a.attgenerated::pg_catalog.text AS generated, a.attidentity::pg_catalog.text AS identity,
       a.attinhcount > 0 AS inherited
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'S' AND ` + relkinds + ` AND ` + mine + `
ORDER BY a.attrelid, a.attnum`
}

const inheritanceQuery = `SELECT inhrelid AS child, inhparent AS parent FROM pg_catalog.pg_inherits ORDER BY inhparent, inhseqno, inhrelid`

// foreignKeysQuery counts a key as disabled if one of the triggers that enforce
// it is (pg_trigger.tgconstraint).
var foreignKeysQuery = `
SELECT k.oid, k.conname AS name, k.conrelid AS relation_oid, k.confrelid AS parent_oid, k.conkey AS columns, k.confkey AS parent_columns,
       k.confdeltype::pg_catalog.text AS on_delete, k.confupdtype::pg_catalog.text AS on_update, k.convalidated AS validated,
       k.condeferrable AS deferrable, k.condeferred AS deferred, k.conparentid <> 0 AS inherited,
       coalesce(t.disabled, false) AS triggers_disabled, pg_catalog.pg_get_constraintdef(k.oid) AS definition
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN (SELECT tgconstraint, bool_or(tgenabled IN ('D', 'R')) AS disabled FROM pg_catalog.pg_trigger
           WHERE tgconstraint <> 0 GROUP BY tgconstraint) t ON t.tgconstraint = k.oid
WHERE k.contype = 'f' AND ` + mine + ` ORDER BY k.conrelid, k.conname`

var checksQuery = `
SELECT k.oid, k.conrelid AS relation_oid, k.conname AS name, coalesce(k.conkey, '{}') AS columns, k.convalidated AS validated,
       k.coninhcount > 0 AS inherited, '' AS definition
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'c' AND k.conrelid <> 0 AND ` + mine + ` ORDER BY k.conrelid, k.conname`

var indexesQuery = `
SELECT i.indexrelid AS oid, i.indrelid AS relation_oid, x.relname AS name, xn.nspname AS schema,
       (i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1] AS columns, i.indisunique AS "unique", i.indisprimary AS primary,
       i.indisexclusion AS exclusion, i.indisvalid AND i.indisready AS valid, i.indpred IS NOT NULL AS partial, m.amname AS method,
       coalesce(k.oid, 0) AS constraint, coalesce(k.conname, '') AS constraint_name, x.relispartition AS inherited
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_namespace xn ON xn.oid = x.relnamespace
JOIN pg_catalog.pg_am m ON m.oid = x.relam
LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
WHERE c.relpersistence <> 't' AND ` + mine + ` ORDER BY i.indrelid, x.relname`

var triggersQuery = `
SELECT t.oid, t.tgrelid AS relation_oid, t.tgname AS name, t.tgfoid AS function_oid, t.tgenabled::pg_catalog.text AS enabled
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND ` + mine + ` ORDER BY t.tgrelid, t.tgname`

var policiesQuery = `
SELECT p.oid, p.polrelid AS relation_oid, p.polname AS name, p.polcmd::pg_catalog.text AS command, p.polpermissive AS permissive,
       p.polroles AS roles, p.polqual IS NOT NULL AS has_using, p.polwithcheck IS NOT NULL AS has_check,
       coalesce(pg_catalog.obj_description(p.oid, 'pg_policy'), '') AS comment
FROM pg_catalog.pg_policy p
JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE ` + mine + ` ORDER BY p.polrelid, p.polname`

// The texts that Postgres writes back from parsed form, for a batch of OIDs: see
// reader.deparse.
const (
	policyTextsQuery = `
SELECT oid, coalesce(pg_catalog.pg_get_expr(polqual, polrelid), '') AS a, coalesce(pg_catalog.pg_get_expr(polwithcheck, polrelid), '') AS b
FROM pg_catalog.pg_policy WHERE oid = ANY ($1)`
	viewTextsQuery = `
SELECT oid, pg_catalog.pg_get_viewdef(oid) AS a, '' AS b FROM pg_catalog.pg_class WHERE oid = ANY ($1)`
	functionTextsQuery = `
SELECT oid, coalesce(pg_catalog.pg_get_function_sqlbody(oid), '') AS a, '' AS b FROM pg_catalog.pg_proc WHERE oid = ANY ($1)`
	indexTextsQuery = `
SELECT oid, coalesce(pg_catalog.pg_get_indexdef(oid), '') AS a, '' AS b FROM pg_catalog.pg_class WHERE oid = ANY ($1)`
	checkTextsQuery = `
SELECT oid, pg_catalog.pg_get_constraintdef(oid) AS a, '' AS b FROM pg_catalog.pg_constraint WHERE oid = ANY ($1)`
)

// dependenciesQuery has what policies and views mention. The server's own objects
// of an OID below 16384 are pinned and recorded for relations only by name in a
// view's rule; pg_depend then has them not at all.
const dependenciesQuery = `
SELECT DISTINCT 'policy' AS kind, d.objid AS object, d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AS is_function,
       d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AS is_operator, d.refobjid AS ref, d.deptype::pg_catalog.text AS deptype
FROM pg_catalog.pg_depend d
WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass
  AND d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass)
UNION ALL
SELECT DISTINCT 'view', r.ev_class, d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass,
       d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass, d.refobjid, 'n'
FROM pg_catalog.pg_rewrite r
JOIN pg_catalog.pg_class c ON c.oid = r.ev_class AND c.relkind IN ('v', 'm')
JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
WHERE r.rulename = '_RETURN' AND d.refobjid <> r.ev_class
  AND d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_class'::pg_catalog.regclass)
ORDER BY 1, 2, 5`

var functionsQuery = `
SELECT f.oid, n.nspname AS schema, f.proname AS name,
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(f.proname) || '(' || pg_catalog.pg_get_function_identity_arguments(f.oid) || ')' AS signature,
       f.proowner AS owner, f.prokind::pg_catalog.text AS kind, l.lanname AS language, f.provolatile::pg_catalog.text AS volatility,
       f.prosecdef AS security_definer, f.proleakproof AS leakproof, coalesce(f.proconfig, '{}') AS settings,
       CASE WHEN l.lanname IN ('internal', 'c') THEN '' ELSE f.prosrc END AS source, f.prosqlbody IS NOT NULL AS sql_body,
       f.prorettype IN ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype) AS returns_trigger,
       pg_catalog.format_type(f.prorettype, NULL) AS return_type, f.proretset AS returns_set,
       ` + extensionOf("pg_proc", "f.oid") + ` AS extension,
       pg_catalog.has_function_privilege($1::pg_catalog.oid, f.oid, 'EXECUTE') AND pg_catalog.has_schema_privilege($1::pg_catalog.oid, n.oid, 'USAGE') AS app_execute,
       f.proacl IS NULL AS default_acl,
       coalesce(pg_catalog.obj_description(f.oid, 'pg_proc'), '') AS comment
FROM pg_catalog.pg_proc f
JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = f.prolang
WHERE ` + mine + ` ORDER BY f.oid`

// builtInsQuery takes names of functions of pg_catalog in $2.
const builtInsQuery = `
SELECT f.oid, f.proname AS name, 'pg_catalog.' || pg_catalog.quote_ident(f.proname) || '(' || pg_catalog.pg_get_function_identity_arguments(f.oid) || ')' AS signature,
       pg_catalog.has_function_privilege($1::pg_catalog.oid, f.oid, 'EXECUTE') AS app_execute,
       f.proacl IS NULL OR EXISTS (SELECT FROM pg_catalog.aclexplode(f.proacl) a WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE') AS public
FROM pg_catalog.pg_proc f
WHERE f.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND f.proname = ANY ($2::pg_catalog.text[])
ORDER BY 3`

// codeQuery takes what has been made since initdb: OIDs from 16384 on
// (FirstNormalObjectId, transam.h).
var codeQuery = `
SELECT 'operator' AS kind, pg_catalog.pg_describe_object('pg_catalog.pg_operator'::pg_catalog.regclass, o.oid, 0) AS identity,
       o.oprcode::pg_catalog.oid AS function_oid, ` + extensionOf("pg_operator", "o.oid") + ` AS extension
FROM pg_catalog.pg_operator o WHERE o.oid >= 16384
UNION ALL
SELECT 'cast', pg_catalog.pg_describe_object('pg_catalog.pg_cast'::pg_catalog.regclass, c.oid, 0), c.castfunc, ` + extensionOf("pg_cast", "c.oid") + `
FROM pg_catalog.pg_cast c WHERE c.oid >= 16384 AND c.castfunc <> 0
UNION ALL
SELECT 'rule', pg_catalog.pg_describe_object('pg_catalog.pg_rewrite'::pg_catalog.regclass, r.oid, 0), 0, ` + extensionOf("pg_rewrite", "r.oid") + `
FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND ` + mine + `
ORDER BY 1, 2`

const eventTriggersQuery = `
SELECT oid, evtname AS name, evtevent AS event, evtfoid AS function_oid, evtowner AS owner, evtenabled::pg_catalog.text AS enabled
FROM pg_catalog.pg_event_trigger ORDER BY evtname`

const storedSettingsQuery = `
SELECT s.setrole AS role, s.setdatabase <> 0 AS database,
       pg_catalog.lower(pg_catalog.split_part(u.setting, '=', 1)) AS name, pg_catalog.substr(u.setting, pg_catalog.strpos(u.setting, '=') + 1) AS value
FROM pg_catalog.pg_db_role_setting s
JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database(),
     pg_catalog.unnest(s.setconfig) WITH ORDINALITY AS u (setting, n)
WHERE s.setdatabase IN (0, d.oid) ORDER BY s.setrole, s.setdatabase, u.n`

const parameterGrantsQuery = `
SELECT p.parname AS name, a.grantee, a.privilege_type AS privilege
FROM pg_catalog.pg_parameter_acl p, pg_catalog.aclexplode(p.paracl) a ORDER BY 1, 2, 3`

const hbaQuery = `
SELECT line_number AS line, coalesce(type, '') AS type, coalesce(database, '{}') AS databases, coalesce(user_name, '{}') AS users,
       coalesce(address, '') AS address, coalesce(netmask, '') AS netmask, coalesce(auth_method, '') AS method, coalesce(error, '') AS error
FROM pg_catalog.pg_hba_file_rules ORDER BY line_number`

const extensionsQuery = `
SELECT e.extname AS name, e.extversion AS version, n.nspname AS schema
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace ORDER BY 1`

const publicationsQuery = `
SELECT p.pubname AS name, p.puballtables AS all_tables,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = p.oid)::pg_catalog.int4 AS tables
FROM pg_catalog.pg_publication p ORDER BY 1`

const defaultGrantsQuery = `
SELECT d.defaclrole AS role, coalesce(n.nspname, '') AS schema, d.defaclobjtype::pg_catalog.text AS kind, a.grantee, a.privilege_type AS privilege, a.is_grantable AS grantable
FROM pg_catalog.pg_default_acl d
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace, pg_catalog.aclexplode(d.defaclacl) a
ORDER BY 1, 2, 3, 4, 5`

// grantsQuery lists the privileges on one kind of object.
func grantsQuery(from, object, column, acl, where string) string {
	return fmt.Sprintf(`
SELECT %s AS object, %s AS column, a.grantor, a.grantee, a.privilege_type AS privilege, a.is_grantable AS grantable
FROM %s, pg_catalog.aclexplode(%s) a WHERE %s`, object, column, from, acl, where)
}

var (
	relationGrantsQuery = grantsQuery(
		"pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace", "c.oid", "0::pg_catalog.int2",
		`coalesce(c.relacl, pg_catalog.acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner))`,
		relkinds+" AND "+mine)
	columnGrantsQuery = grantsQuery(
		"pg_catalog.pg_attribute t JOIN pg_catalog.pg_class c ON c.oid = t.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace",
		"c.oid", "t.attnum", "t.attacl", "t.attacl IS NOT NULL AND t.attnum > 0 AND NOT t.attisdropped AND "+mine)
	functionGrantsQuery = grantsQuery(
		"pg_catalog.pg_proc f JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace", "f.oid", "0::pg_catalog.int2",
		`coalesce(f.proacl, pg_catalog.acldefault('f', f.proowner))`, mine)
	namespaceGrantsQuery = grantsQuery("pg_catalog.pg_namespace n", "n.oid", "0::pg_catalog.int2",
		`coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))`, mine)
	databaseGrantsQuery = grantsQuery("pg_catalog.pg_database d", "d.oid", "0::pg_catalog.int2",
		`coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))`, "d.datname = pg_catalog.current_database()")
)
