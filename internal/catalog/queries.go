package catalog

import (
	"fmt"
	"strings"
)

// The SQL that a snapshot is read with, for PostgreSQL 14 to 18. It runs with
// an empty search_path (see PinSession), so an operator or a function can only
// be one of pg_catalog's; relations and types are qualified all the same,
// since pg_temp would come first for them.
//
// Every query has a total order, because the content is compared by hash.

// PinSession sets, for the transaction, what changes how catalog functions
// write names and literals, and how much of the server's time we may take. The
// lock_timeout is well below deadlock_timeout, so that a migration that waits
// for us while we wait for it does not end as a deadlock.
const PinSession = `
SELECT pg_catalog.set_config('search_path', '', true),
       pg_catalog.set_config('client_encoding', 'UTF8', true),
       pg_catalog.set_config('standard_conforming_strings', 'on', true),
       pg_catalog.set_config('quote_all_identifiers', 'off', true),
       pg_catalog.set_config('extra_float_digits', '1', true),
       pg_catalog.set_config('DateStyle', 'ISO, MDY', true),
       pg_catalog.set_config('IntervalStyle', 'postgres', true),
       pg_catalog.set_config('TimeZone', 'UTC', true),
       pg_catalog.set_config('bytea_output', 'hex', true),
       pg_catalog.set_config('max_parallel_workers_per_gather', '0', true),
       pg_catalog.set_config('lock_timeout', '200ms', true),
       pg_catalog.set_config('statement_timeout', '30s', true)`

// versioned are the catalogs that a snapshot is made of, each with the rows
// that matter. Temporary objects do not: they come and go, and no snapshot has
// them.
var versioned = []struct{ catalog, rows string }{
	{"pg_namespace", "nspname !~ '^pg_(toast_)?temp_'"},
	{"pg_class", "relpersistence <> 't'"},
	{"pg_attribute", "attnum > 0 AND attrelid NOT IN (SELECT oid FROM pg_catalog.pg_class WHERE relpersistence = 't')"},
	{"pg_policy", "true"},
	{"pg_rewrite", "ev_class NOT IN (SELECT oid FROM pg_catalog.pg_class WHERE relpersistence = 't')"},
	{"pg_proc", "true"},
	{"pg_aggregate", "true"},
	{"pg_language", "true"},
	{"pg_operator", "true"},
	{"pg_opfamily", "true"},
	{"pg_amproc", "true"},
	{"pg_amop", "true"},
	{"pg_type", "typnamespace NOT IN (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname ~ '^pg_(toast_)?temp_')"},
	{"pg_range", "true"},
	{"pg_constraint", "contypid <> 0"}, // of domains
	{"pg_cast", "true"},
	{"pg_extension", "true"},
	{"pg_depend", "deptype = 'e'"}, // members of extensions
	{"pg_auth_members", "true"},
	{"pg_db_role_setting", "true"},
}

// fingerprintQuery changes its answer whenever something that a snapshot is
// made of may have changed. A row's version is told by its place and the
// transaction that made it; what VACUUM and ANALYZE write to pg_class they
// write in place (heap_inplace_update), without a new version. pg_authid is
// not readable, so roles count by their values. (Who owns the database is in
// pg_database_owner.)
func fingerprintQuery() string {
	var sql strings.Builder
	sql.WriteString(`
SELECT 'session', datname || ' ' || datdba || ' ' || SESSION_USER || ' ' || CURRENT_USER || ' ' || pg_catalog.current_setting('server_version_num')
FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
UNION ALL
SELECT 'roles', pg_catalog.count(*) || ' ' || pg_catalog.bit_xor(pg_catalog.hashtextextended(
           ROW(oid, rolname, rolsuper, rolinherit, rolcreaterole, rolbypassrls, rolreplication)::pg_catalog.text, 0))
FROM pg_catalog.pg_roles`)
	for _, v := range versioned {
		fmt.Fprintf(&sql, `
UNION ALL
SELECT '%[1]s', pg_catalog.count(*) || ' ' || coalesce(pg_catalog.bit_xor(
           pg_catalog.hashtidextended(ctid, xmin::pg_catalog.text::pg_catalog.int8)), 0)
FROM pg_catalog.%[1]s WHERE %[2]s`, v.catalog, v.rows)
	}
	sql.WriteString("\nORDER BY 1")
	return sql.String()
}

// identityQuery reads the database, the role that statements run as, and the login
// role if that is another one. Settings are the catalog's, not those in force: a
// startup parameter may hide one. Only those of the login role count for a session
// (InitPostgres in utils/init/postinit.c, process_settings).
const identityQuery = `
SELECT pg_catalog.current_database(), pg_catalog.current_setting('server_version_num'),
       r.rolname, r.oid, r.rolsuper, r.rolbypassrls, r.rolreplication, r.rolcreaterole,
       ARRAY(
           SELECT setting
           FROM pg_catalog.pg_db_role_setting s
           JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database(),
                pg_catalog.unnest(s.setconfig) WITH ORDINALITY AS u (setting, n)
           WHERE s.setrole IN (0, r.oid) AND s.setdatabase IN (0, d.oid) AND r.rolname = SESSION_USER
           ORDER BY s.setrole, s.setdatabase, n
       )
FROM pg_catalog.pg_roles r
WHERE r.rolname IN (CURRENT_USER, SESSION_USER)
ORDER BY r.rolname = CURRENT_USER DESC`

// membershipsQuery takes the role's OID and the kind of membership that lets
// it SET ROLE: 'SET' from PostgreSQL 16 on, 'MEMBER' before. The memberships
// are followed here, because pg_has_role makes a superuser a member of all.
const membershipsQuery = `
WITH RECURSIVE membership (oid) AS (
    SELECT roleid FROM pg_catalog.pg_auth_members WHERE member = $1::pg_catalog.oid
    UNION
    SELECT a.roleid FROM membership m JOIN pg_catalog.pg_auth_members a ON a.member = m.oid
)
SELECT r.rolname, r.oid, r.rolsuper, r.rolbypassrls, r.rolreplication,
       pg_catalog.pg_has_role($1::pg_catalog.oid, r.oid, $2::pg_catalog.text)
FROM membership m
JOIN pg_catalog.pg_roles r ON r.oid = m.oid
ORDER BY r.oid`

const schemasQuery = `
SELECT nspname, pg_catalog.has_schema_privilege($1::pg_catalog.oid, oid, 'USAGE')
FROM pg_catalog.pg_namespace
WHERE nspname !~ '^pg_(toast_)?temp_'
ORDER BY oid`

// relationsQuery asks for ownership as row-level security does
// (check_enable_rls in rls.c): with the privileges of the owner. Of the login role,
// its second argument, it asks for any membership.
const relationsQuery = `
SELECT c.oid, n.nspname, c.relname, c.relkind, o.rolname,
       pg_catalog.pg_has_role($1::pg_catalog.oid, c.relowner, 'USAGE'),
       pg_catalog.pg_has_role($2::pg_catalog.oid, c.relowner, 'MEMBER'),
       o.rolsuper OR o.rolbypassrls, c.relrowsecurity, c.relforcerowsecurity,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid),
       c.relkind = 'v' AND coalesce((
           SELECT option_value::pg_catalog.bool
           FROM pg_catalog.pg_options_to_table(c.reloptions)
           WHERE option_name = 'security_invoker'), false),
       EXISTS (SELECT FROM pg_catalog.pg_rewrite w WHERE w.ev_class = c.oid AND w.rulename <> '_RETURN'),
       ARRAY(SELECT a.attname FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles o ON o.oid = c.relowner
WHERE c.relkind NOT IN ('i', 'I', 't') AND c.relpersistence <> 't'
ORDER BY c.oid`

const viewDefinitionsQuery = `
SELECT oid, pg_catalog.pg_get_viewdef(oid)
FROM pg_catalog.pg_class
WHERE oid = ANY ($1::pg_catalog.oid[])
ORDER BY oid`

// functionsQuery finds in row_arg the relation whose rows the function can be
// called on as row.name: its first argument has that row type, and the rest
// have defaults. A single VARIADIC argument takes a row as its element.
const functionsQuery = `
SELECT f.oid, n.nspname, f.proname, f.prokind, f.provolatile, f.prosecdef, l.lanname, o.rolname,
       ARRAY(SELECT pg_catalog.format_type(t, NULL) FROM pg_catalog.unnest(f.proargtypes) WITH ORDINALITY AS u (t, n) ORDER BY n),
       CASE WHEN f.oid < 16384 THEN '{}' ELSE coalesce(f.proargnames, '{}') END,
       ARRAY(SELECT pg_catalog.format_type(t, NULL) FROM pg_catalog.unnest(f.proallargtypes) WITH ORDINALITY AS u (t, n) WHERE f.oid >= 16384 ORDER BY n),
       CASE WHEN f.oid < 16384 THEN '' ELSE coalesce(pg_catalog.pg_get_expr(f.proargdefaults, 0), '') END,
       'pg_catalog.internal'::pg_catalog.regtype = ANY (f.proargtypes),
       pg_catalog.format_type(f.prorettype, NULL),
       CASE WHEN l.lanname IN ('internal', 'c') THEN '' ELSE f.prosrc END,
       f.prosqlbody IS NOT NULL,
       coalesce(f.proconfig, '{}'),
       coalesce(e.extname, ''),
       coalesce(row_type.typrelid, 0),
       ARRAY(SELECT DISTINCT code::pg_catalog.oid FROM pg_catalog.unnest(ARRAY[
                 a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
                 a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]) AS u (code)
             WHERE code <> 0 ORDER BY 1),
       ARRAY(SELECT pg_catalog.format_type(state, NULL) FROM pg_catalog.unnest(ARRAY[a.aggtranstype, a.aggmtranstype]) AS u (state)
             WHERE state <> 0 AND f.oid >= 16384),
       f.proleakproof,
       pg_catalog.has_function_privilege($1::pg_catalog.oid, f.oid, 'EXECUTE')
FROM pg_catalog.pg_proc f
JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = f.prolang
JOIN pg_catalog.pg_roles o ON o.oid = f.proowner
LEFT JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = f.oid
LEFT JOIN pg_catalog.pg_depend d ON d.deptype = 'e' AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = f.oid
LEFT JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
LEFT JOIN pg_catalog.pg_type row_type
    ON row_type.typtype = 'c' AND f.pronargs >= 1 AND f.pronargs - f.pronargdefaults <= 1
   AND row_type.oid = CASE WHEN f.pronargs = 1 AND f.provariadic <> 0 THEN f.provariadic ELSE f.proargtypes[0] END
WHERE n.nspname !~ '^pg_temp_'
ORDER BY f.oid`

const functionBodiesQuery = `
SELECT oid, pg_catalog.pg_get_function_sqlbody(oid)
FROM pg_catalog.pg_proc
WHERE oid = ANY ($1::pg_catalog.oid[])
ORDER BY oid`

const operatorsQuery = `
SELECT n.nspname, o.oprname, o.oprcode::pg_catalog.oid,
       ARRAY(SELECT DISTINCT other.oprcode::pg_catalog.oid FROM pg_catalog.pg_operator other
             WHERE other.oid IN (o.oprnegate, o.oprcom) AND other.oprcode <> 0 AND other.oprcode <> o.oprcode ORDER BY 1)
FROM pg_catalog.pg_operator o
JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
WHERE n.nspname <> 'pg_catalog'
ORDER BY o.oid`

const familiesQuery = `
WITH outside AS (
    SELECT f.oid FROM pg_catalog.pg_proc f JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace WHERE n.nspname <> 'pg_catalog'
), families AS (
    SELECT f.oid, n.nspname, f.opfname,
           ARRAY(SELECT DISTINCT p.amproc::pg_catalog.oid FROM pg_catalog.pg_amproc p
                 WHERE p.amprocfamily = f.oid AND p.amproc::pg_catalog.oid IN (SELECT oid FROM outside) ORDER BY 1) AS support,
           ARRAY(SELECT DISTINCT o.oprcode::pg_catalog.oid FROM pg_catalog.pg_amop a JOIN pg_catalog.pg_operator o ON o.oid = a.amopopr
                 WHERE a.amopfamily = f.oid AND o.oprcode::pg_catalog.oid IN (SELECT oid FROM outside) ORDER BY 1) AS operators
    FROM pg_catalog.pg_opfamily f
    JOIN pg_catalog.pg_namespace n ON n.oid = f.opfnamespace
)
SELECT nspname, opfname, support, operators FROM families
WHERE support <> '{}' OR operators <> '{}'
ORDER BY oid`

// typesQuery follows a type to those it is made of (the base of a domain, the
// element of an array, the columns of a composite, the subtype of a range),
// since their functions run with its own.
const typesQuery = `
WITH RECURSIVE listed AS (
    SELECT t.oid, n.nspname, t.typname, t.typtype, t.typbasetype
    FROM pg_catalog.pg_type t
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast_)?temp_'
      AND coalesce(c.relkind, 'c') = 'c'
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_type element WHERE element.typarray = t.oid)
), made_of (type, part) AS (
    SELECT oid, oid FROM listed
    UNION
    SELECT m.type, p.part
    FROM made_of m
    JOIN pg_catalog.pg_type t ON t.oid = m.part,
    LATERAL (
        SELECT t.typbasetype
        UNION ALL SELECT t.typelem
        UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a
            WHERE t.typrelid <> 0 AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)
        UNION ALL SELECT r.rngtypid FROM pg_catalog.pg_range r WHERE r.rngmultitypid = t.oid
    ) p (part)
    WHERE p.part <> 0
), code (type, function) AS (
    SELECT m.type, u.function
    FROM made_of m
    JOIN pg_catalog.pg_type t ON t.oid = m.part
    LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid,
    pg_catalog.unnest(ARRAY[t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout,
                            t.typsubscript, r.rngcanonical, r.rngsubdiff]::pg_catalog.oid[]) AS u (function)
    -- A domain's constraints and default: the functions that they depend on,
    -- also under operators. Dependencies on built-ins are not recorded.
    UNION
    SELECT m.type, CASE d.refclassid WHEN 'pg_catalog.pg_proc'::pg_catalog.regclass THEN d.refobjid ELSE o.oprcode::pg_catalog.oid END
    FROM made_of m
    LEFT JOIN pg_catalog.pg_constraint k ON k.contypid = m.part
    JOIN pg_catalog.pg_depend d
        ON (d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = k.oid)
        OR (d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = m.part)
    LEFT JOIN pg_catalog.pg_operator o ON d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = d.refobjid
    WHERE d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass)
)
SELECT l.nspname, l.typname, l.oid, l.typtype, coalesce(e.extname, ''),
       ARRAY(SELECT DISTINCT c.function FROM code c
             JOIN pg_catalog.pg_proc f ON f.oid = c.function
             JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace AND n.nspname <> 'pg_catalog'
             WHERE c.type = l.oid ORDER BY 1),
       CASE WHEN l.typbasetype = 0 THEN '' ELSE pg_catalog.format_type(l.typbasetype, NULL) END
FROM listed l
LEFT JOIN pg_catalog.pg_depend d ON d.deptype = 'e' AND d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = l.oid
LEFT JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
ORDER BY l.oid`

// castsQuery tells user casts by the OID too: genbki and initdb stay below
// FirstNormalObjectId (transam.h).
const castsQuery = `
SELECT pg_catalog.format_type(c.castsource, NULL), pg_catalog.format_type(c.casttarget, NULL), c.castfunc, c.castcontext
FROM pg_catalog.pg_cast c
LEFT JOIN pg_catalog.pg_proc f ON f.oid = c.castfunc
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
WHERE c.oid >= 16384 OR n.nspname <> 'pg_catalog'
ORDER BY c.oid`
