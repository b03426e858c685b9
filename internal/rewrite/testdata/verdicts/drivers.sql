-- why: pgx: types by name
select oid from pg_type where typname = $1
=> allowed

-- why: pgx LoadType: kind of a type
select typtype::text, typbasetype, typelem, typrelid from pg_type where oid = $1
=> allowed

-- why: pgx LoadType: composite fields
select attname, atttypid
from pg_attribute
where attrelid = $1
	and not attisdropped
	and attnum > 0
order by attnum
=> allowed

-- why: pgx LoadType: range
select pg_range.rngsubtype from pg_range where pg_range.rngtypid = $1
=> allowed

-- why: pgx: session check
show transaction_read_only
=> allowed; literals

-- why: libpq: target_session_attrs
SELECT pg_catalog.pg_is_in_recovery()
=> allowed

-- why: database/sql ping
;
=> allowed; empty

-- why: psycopg2: hstore look-up
SELECT t.oid, typarray
FROM pg_type t JOIN pg_namespace ns
    ON typnamespace = ns.oid
WHERE typname = 'hstore'
=> allowed

-- why: psycopg2: date style
SET datestyle TO 'ISO'
=> allowed; literals

-- why: psycopg 3: TypeInfo.fetch
SELECT
    typname AS name, oid, typarray AS array_oid,
    oid::regtype::text AS regtype, typdelim AS delimiter
FROM pg_type t
WHERE t.oid = to_regtype($1)
ORDER BY t.oid
=> allowed

-- why: psycopg 3: enum
SELECT name, oid, array_oid, array_agg(label) AS labels
FROM (
    SELECT t.typname AS name, t.oid AS oid, t.typarray AS array_oid, e.enumlabel AS label
    FROM pg_type t LEFT JOIN pg_enum e ON e.enumtypid = t.oid
    WHERE t.oid = to_regtype($1)
    ORDER BY e.enumsortorder
) x
GROUP BY name, oid, array_oid
=> allowed

-- why: asyncpg: pool reset
SELECT pg_advisory_unlock_all();
CLOSE ALL;
UNLISTEN *;
RESET ALL;
=> allowed; resets all; literals

-- why: asyncpg: switching jit off while it looks up types
SELECT current_setting('jit') AS cur, set_config('jit', 'off', false) AS new
=> allowed; literals

-- why: asyncpg: and on again
SELECT set_config('jit', $1, false)
=> allowed; resets=jit; literals

-- why: asyncpg: type introspection
WITH RECURSIVE typeinfo_tree(
    oid, ns, name, kind, basetype, elemtype, elemdelim,
    range_subtype, attrtypoids, attrnames, depth)
AS (
    SELECT ti.oid, ti.ns, ti.name, ti.kind, ti.basetype, ti.elemtype, ti.elemdelim,
        ti.range_subtype, ti.attrtypoids, ti.attrnames, 0
    FROM (
        SELECT t.oid AS oid, ns.nspname AS ns, t.typname AS name, t.typtype AS kind,
            (CASE WHEN t.typtype = 'd' THEN (WITH RECURSIVE typebases(oid, depth) AS (
                SELECT t2.typbasetype AS oid, 0 AS depth FROM pg_type t2 WHERE t2.oid = t.oid
                UNION ALL
                SELECT t2.typbasetype AS oid, tb.depth + 1 AS depth FROM pg_type t2, typebases tb
                WHERE tb.oid = t2.oid AND t2.typbasetype != 0
            ) SELECT oid FROM typebases ORDER BY depth DESC LIMIT 1) ELSE NULL END) AS basetype,
            t.typelem AS elemtype, elem_t.typdelim AS elemdelim,
            COALESCE(range_t.rngsubtype, multirange_t.rngsubtype) AS range_subtype,
            (CASE WHEN t.typtype = 'c' THEN (
                SELECT array_agg(ia.atttypid ORDER BY ia.attnum)
                FROM pg_attribute ia INNER JOIN pg_class c ON (ia.attrelid = c.oid)
                WHERE ia.attnum > 0 AND NOT ia.attisdropped AND c.reltype = t.oid
            ) ELSE NULL END) AS attrtypoids,
            (CASE WHEN t.typtype = 'c' THEN (
                SELECT array_agg(ia.attname::text ORDER BY ia.attnum)
                FROM pg_attribute ia INNER JOIN pg_class c ON (ia.attrelid = c.oid)
                WHERE ia.attnum > 0 AND NOT ia.attisdropped AND c.reltype = t.oid
            ) ELSE NULL END) AS attrnames
        FROM pg_catalog.pg_type AS t
        INNER JOIN pg_catalog.pg_namespace ns ON (ns.oid = t.typnamespace)
        LEFT JOIN pg_type elem_t ON (t.typlen = -1 AND t.typelem != 0 AND t.typelem = elem_t.oid)
        LEFT JOIN pg_range range_t ON (t.oid = range_t.rngtypid)
        LEFT JOIN pg_range multirange_t ON (t.oid = multirange_t.rngmultitypid)
    ) AS ti
    WHERE ti.oid = any($1::oid[])
    UNION ALL
    SELECT ti.oid, ti.typname, ti.typname, ti.typtype, 0, 0, ',', 0, NULL, NULL, tt.depth + 1
    FROM pg_type ti, typeinfo_tree tt WHERE tt.elemtype != 0 AND ti.oid = tt.elemtype
)
SELECT DISTINCT *, basetype::regtype::text AS basetype_name, elemtype::regtype::text AS elemtype_name,
    range_subtype::regtype::text AS range_subtype_name
FROM typeinfo_tree ORDER BY depth DESC
=> allowed

-- why: asyncpg: server version
SELECT pg_catalog.version()
=> allowed

-- why: node-postgres: application settings
SET application_name TO 'x'; SET statement_timeout TO 10000
=> allowed; literals

-- why: postgres.js: array types
select b.oid, b.typarray
from pg_catalog.pg_type a
left join pg_catalog.pg_type b on b.oid = a.typelem
where a.typcategory = 'A'
group by b.oid, b.typarray
order by b.oid
=> allowed

-- why: pgjdbc: connection set-up
SET extra_float_digits = 3
=> allowed; literals

-- why: pgjdbc: application name
SET application_name = 'PostgreSQL JDBC Driver'
=> allowed; literals

-- why: pgjdbc: isolation level
SHOW TRANSACTION ISOLATION LEVEL
=> allowed; literals

-- why: pgjdbc: setTransactionIsolation
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE
=> allowed; literals

-- why: pgjdbc: isValid

=> allowed; empty

-- why: pgjdbc: getMaxIndexKeys
SELECT setting FROM pg_catalog.pg_settings WHERE name='max_index_keys'
=> allowed; literals

-- why: pgjdbc: name length
SELECT t.typlen FROM pg_catalog.pg_type t, pg_catalog.pg_namespace n WHERE t.typnamespace=n.oid AND t.typname='name' AND n.nspname='pg_catalog'
=> allowed

-- why: pgjdbc: type by name
SELECT n.nspname = ANY(current_schemas(true)), n.nspname, t.typname FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON t.typnamespace = n.oid WHERE t.oid = $1
=> allowed

-- why: pgjdbc: SQL type
SELECT typinput='pg_catalog.array_in'::regproc as is_array, typtype, typname, pg_type.oid  FROM pg_catalog.pg_type   LEFT JOIN (select ns.oid as nspoid, ns.nspname, r.r           from pg_namespace as ns           join ( select s.r, (current_schemas(false))[s.r] as nspname                    from generate_series(1, array_upper(current_schemas(false), 1)) as s(r) ) as r          using ( nspname )        ) as sp     ON sp.nspoid = typnamespace  WHERE pg_type.oid = $1  ORDER BY sp.r, pg_type.oid DESC
=> allowed

-- why: pgjdbc: getTables
SELECT NULL AS TABLE_CAT, n.nspname AS TABLE_SCHEM, c.relname AS TABLE_NAME,  CASE n.nspname ~ '^pg_' OR n.nspname = 'information_schema'  WHEN true THEN CASE  WHEN n.nspname = 'pg_catalog' OR n.nspname = 'information_schema' THEN CASE c.relkind   WHEN 'r' THEN 'SYSTEM TABLE'   WHEN 'v' THEN 'SYSTEM VIEW'   WHEN 'i' THEN 'SYSTEM INDEX'   ELSE NULL   END  WHEN n.nspname = 'pg_toast' THEN CASE c.relkind   WHEN 'r' THEN 'SYSTEM TOAST TABLE'   WHEN 'i' THEN 'SYSTEM TOAST INDEX'   ELSE NULL   END  ELSE CASE c.relkind   WHEN 'r' THEN 'TEMPORARY TABLE'   WHEN 'p' THEN 'TEMPORARY TABLE'   WHEN 'i' THEN 'TEMPORARY INDEX'   WHEN 'S' THEN 'TEMPORARY SEQUENCE'   WHEN 'v' THEN 'TEMPORARY VIEW'   ELSE NULL   END  END  WHEN false THEN CASE c.relkind  WHEN 'r' THEN 'TABLE'  WHEN 'p' THEN 'PARTITIONED TABLE'  WHEN 'i' THEN 'INDEX'  WHEN 'P' then 'PARTITIONED INDEX'  WHEN 'S' THEN 'SEQUENCE'  WHEN 'v' THEN 'VIEW'  WHEN 'c' THEN 'TYPE'  WHEN 'f' THEN 'FOREIGN TABLE'  WHEN 'm' THEN 'MATERIALIZED VIEW'  ELSE NULL  END  ELSE NULL  END  AS TABLE_TYPE, d.description AS REMARKS,  '' as TYPE_CAT, '' as TYPE_SCHEM, '' as TYPE_NAME, '' AS SELF_REFERENCING_COL_NAME, '' AS REF_GENERATION  FROM pg_catalog.pg_namespace n, pg_catalog.pg_class c  LEFT JOIN pg_catalog.pg_description d ON (c.oid = d.objoid AND d.objsubid = 0  and d.classoid = 'pg_class'::regclass)  WHERE c.relnamespace = n.oid  AND c.relname LIKE 'x' AND (false  OR ( c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ) ) ORDER BY TABLE_TYPE,TABLE_SCHEM,TABLE_NAME
=> allowed

-- why: pgjdbc: getColumns
SELECT * FROM (SELECT n.nspname,c.relname,a.attname,a.atttypid,a.attnotnull OR (t.typtype = 'd' AND t.typnotnull) AS attnotnull,a.atttypmod,a.attlen,t.typtypmod,row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS attnum, nullif(a.attidentity, '') as attidentity,nullif(a.attgenerated, '') as attgenerated,pg_catalog.pg_get_expr(def.adbin, def.adrelid) AS adsrc,dsc.description,t.typbasetype,t.typtype  FROM pg_catalog.pg_namespace n  JOIN pg_catalog.pg_class c ON (c.relnamespace = n.oid)  JOIN pg_catalog.pg_attribute a ON (a.attrelid=c.oid)  JOIN pg_catalog.pg_type t ON (a.atttypid = t.oid)  LEFT JOIN pg_catalog.pg_attrdef def ON (a.attrelid=def.adrelid AND a.attnum = def.adnum)  LEFT JOIN pg_catalog.pg_description dsc ON (c.oid=dsc.objoid AND a.attnum = dsc.objsubid)  LEFT JOIN pg_catalog.pg_class dc ON (dc.oid=dsc.classoid AND dc.relname='pg_class')  LEFT JOIN pg_catalog.pg_namespace dn ON (dc.relnamespace=dn.oid AND dn.nspname='pg_catalog')  WHERE c.relkind in ('r','p','v','f','m') and a.attnum > 0 AND NOT a.attisdropped  AND c.relname LIKE 'contacts') c WHERE true  ORDER BY nspname,c.relname,attnum
=> allowed

-- why: pgjdbc: getPrimaryKeys
SELECT result.TABLE_CAT, result.TABLE_SCHEM, result.TABLE_NAME, result.COLUMN_NAME, result.KEY_SEQ, result.PK_NAME FROM (SELECT NULL AS TABLE_CAT, n.nspname AS TABLE_SCHEM, ct.relname AS TABLE_NAME, a.attname AS COLUMN_NAME, (information_schema._pg_expandarray(i.indkey)).n AS KEY_SEQ, ci.relname AS PK_NAME, information_schema._pg_expandarray(i.indkey) AS KEYS, a.attnum AS A_ATTNUM FROM pg_catalog.pg_class ct JOIN pg_catalog.pg_attribute a ON (ct.oid = a.attrelid) JOIN pg_catalog.pg_namespace n ON (ct.relnamespace = n.oid) JOIN pg_catalog.pg_index i ON ( a.attrelid = i.indrelid) JOIN pg_catalog.pg_class ci ON (ci.oid = i.indexrelid) WHERE true AND ct.relname = 'contacts' AND i.indisprimary ) result where result.A_ATTNUM = (result.KEYS).x ORDER BY result.table_name, result.pk_name, result.key_seq
=> allowed

-- why: Npgsql: reset of a pooled connection
DISCARD ALL
=> allowed; deallocates all; resets all; literals

-- why: Npgsql: reset without deallocating
SET SESSION AUTHORIZATION DEFAULT;
RESET ALL;
CLOSE ALL;
UNLISTEN *;
SELECT pg_advisory_unlock_all();
DISCARD SEQUENCES;
DISCARD TEMP
=> allowed; resets all; resets=session_authorization,role; literals

-- why: Npgsql: type loading
SELECT ns.nspname, t.oid, t.typname, t.typtype, t.typnotnull, t.elemtypoid
FROM (
    SELECT
        typ.oid, typ.typnamespace, typ.typname, typ.typtype, typ.typrelid, typ.typnotnull, typ.relkind,
        elemtyp.oid AS elemtypoid, elemtyp.typname AS elemtypname, elemcls.relkind AS elemrelkind,
        CASE WHEN elemproc.proname='array_recv' THEN 'a' ELSE elemtyp.typtype END AS elemtyptype
    FROM (
        SELECT typ.oid, typnamespace, typname, typrelid, typnotnull, relkind, typelem AS elemoid,
            CASE WHEN proc.proname='array_recv' THEN 'a' ELSE typ.typtype END AS typtype,
            CASE
                WHEN proc.proname='array_recv' THEN typ.typelem
                WHEN typ.typtype='r' THEN rngsubtype
                WHEN typ.typtype='m' THEN (SELECT rngtypid FROM pg_range WHERE rngmultitypid = typ.oid)
                WHEN typ.typtype='d' THEN typ.typbasetype
            END AS elemtypoid2
        FROM pg_type AS typ
        LEFT JOIN pg_class AS cls ON (cls.oid = typ.typrelid)
        LEFT JOIN pg_proc AS proc ON proc.oid = typ.typreceive
        LEFT JOIN pg_range ON (pg_range.rngtypid = typ.oid)
    ) AS typ
    LEFT JOIN pg_type AS elemtyp ON elemtyp.oid = elemtypoid2
    LEFT JOIN pg_class AS elemcls ON (elemcls.oid = elemtyp.typrelid)
    LEFT JOIN pg_proc AS elemproc ON elemproc.oid = elemtyp.typreceive
) AS t
JOIN pg_namespace AS ns ON (ns.oid = typnamespace)
WHERE
    typtype IN ('b', 'r', 'm', 'e', 'd') OR
    (typtype = 'c' AND relkind='c') OR
    (typtype = 'p' AND typname IN ('record', 'void', 'unknown')) OR
    (typtype = 'a' AND (elemtyptype IN ('b', 'r', 'm', 'e', 'd') OR (elemtyptype = 'p' AND elemtypname IN ('record', 'void')) OR (elemtyptype = 'c' AND elemrelkind='c')))
ORDER BY CASE WHEN typtype IN ('b', 'e', 'p') THEN 0 WHEN typtype = 'c' THEN 1 WHEN typtype = 'r' THEN 2 ELSE 3 END
=> allowed

-- why: SQLAlchemy: connection set-up
select pg_catalog.version()
=> allowed

-- why: SQLAlchemy: schema
select current_schema()
=> allowed

-- why: SQLAlchemy: strings
show standard_conforming_strings
=> allowed; literals

-- why: SQLAlchemy: has_table
SELECT pg_catalog.pg_class.relname
FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_catalog.pg_namespace.oid = pg_catalog.pg_class.relnamespace
WHERE pg_catalog.pg_class.relname = $4 AND pg_catalog.pg_class.relkind = ANY (ARRAY[$1, $2]) AND pg_catalog.pg_table_is_visible(pg_catalog.pg_class.oid) AND pg_catalog.pg_namespace.nspname != $3
=> allowed

-- why: SQLAlchemy: columns
SELECT pg_catalog.pg_attribute.attname AS name, pg_catalog.format_type(pg_catalog.pg_attribute.atttypid, pg_catalog.pg_attribute.atttypmod) AS format_type, (SELECT pg_catalog.pg_get_expr(pg_catalog.pg_attrdef.adbin, pg_catalog.pg_attrdef.adrelid) AS pg_get_expr_1
FROM pg_catalog.pg_attrdef
WHERE pg_catalog.pg_attrdef.adrelid = pg_catalog.pg_attribute.attrelid AND pg_catalog.pg_attrdef.adnum = pg_catalog.pg_attribute.attnum AND pg_catalog.pg_attribute.atthasdef) AS "default", pg_catalog.pg_attribute.attnotnull AS not_null, pg_catalog.pg_class.relname AS table_name, pg_catalog.pg_description.description AS comment, (SELECT json_build_object('always', pg_catalog.pg_attribute.attidentity = 'a', 'start', pg_catalog.pg_sequence.seqstart) AS json_build_object_1
FROM pg_catalog.pg_sequence
WHERE pg_catalog.pg_attribute.attidentity != '' AND pg_catalog.pg_sequence.seqrelid = CAST(CAST(pg_catalog.pg_get_serial_sequence(CAST(CAST(pg_catalog.pg_attribute.attrelid AS REGCLASS) AS TEXT), pg_catalog.pg_attribute.attname) AS REGCLASS) AS OID)) AS identity_options
FROM pg_catalog.pg_class LEFT OUTER JOIN pg_catalog.pg_attribute ON pg_catalog.pg_class.oid = pg_catalog.pg_attribute.attrelid AND pg_catalog.pg_attribute.attnum > 0 AND NOT pg_catalog.pg_attribute.attisdropped LEFT OUTER JOIN pg_catalog.pg_description ON pg_catalog.pg_description.objoid = pg_catalog.pg_attribute.attrelid AND pg_catalog.pg_description.objsubid = pg_catalog.pg_attribute.attnum AND pg_catalog.pg_description.classoid = CAST('pg_catalog.pg_class' AS REGCLASS) JOIN pg_catalog.pg_namespace ON pg_catalog.pg_namespace.oid = pg_catalog.pg_class.relnamespace
WHERE pg_catalog.pg_class.relkind = ANY (ARRAY['r', 'p', 'f', 'v', 'm']) AND pg_catalog.pg_table_is_visible(pg_catalog.pg_class.oid) ORDER BY pg_catalog.pg_class.relname, pg_catalog.pg_attribute.attnum
=> allowed

-- why: SQLAlchemy: indexes
SELECT i.relname, ix.indisunique, array_agg(CASE WHEN idx.attnum = 0 THEN pg_catalog.pg_get_indexdef(idx.indexrelid, idx.ord + 1, true) ELSE CAST(a.attname AS TEXT) END ORDER BY idx.ord) AS elements
FROM (SELECT pg_catalog.pg_index.indexrelid, pg_catalog.pg_index.indrelid, unnest(pg_catalog.pg_index.indkey) AS attnum, generate_subscripts(pg_catalog.pg_index.indkey, 1) AS ord FROM pg_catalog.pg_index WHERE NOT pg_catalog.pg_index.indisprimary AND pg_catalog.pg_index.indrelid IN (SELECT 'contacts'::regclass)) AS idx
JOIN pg_catalog.pg_index ix ON ix.indexrelid = idx.indexrelid JOIN pg_catalog.pg_class i ON i.oid = ix.indexrelid LEFT JOIN pg_catalog.pg_attribute a ON a.attnum = idx.attnum AND a.attrelid = idx.indrelid
GROUP BY i.relname, ix.indisunique
=> allowed

-- why: Django: time zone, psycopg 3
SELECT set_config('TimeZone', $1, false)
=> allowed; resets=timezone; literals

-- why: Django: server version
SHOW server_version
=> allowed; literals

-- why: Django: tables
SELECT
    c.relname,
    CASE
        WHEN c.relispartition THEN 'p'
        WHEN c.relkind IN ('m', 'v') THEN 'v'
        ELSE 't'
    END,
    obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_class c
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v')
    AND n.nspname NOT IN ('pg_catalog', 'pg_toast')
    AND pg_catalog.pg_table_is_visible(c.oid)
=> allowed

-- why: Django: constraints
SELECT
    c.conname,
    array(
        SELECT attname
        FROM unnest(c.conkey) WITH ORDINALITY cols(colid, arridx)
        JOIN pg_attribute AS ca ON cols.colid = ca.attnum
        WHERE ca.attrelid = c.conrelid
        ORDER BY cols.arridx
    ),
    c.contype,
    (SELECT fkc.relname || '.' || fka.attname
    FROM pg_attribute AS fka
    JOIN pg_class AS fkc ON fka.attrelid = fkc.oid
    WHERE fka.attrelid = c.confrelid AND fka.attnum = c.confkey[1]),
    cl.reloptions
FROM pg_constraint AS c
JOIN pg_class AS cl ON c.conrelid = cl.oid
WHERE cl.relname = $1
    AND pg_catalog.pg_table_is_visible(cl.oid)
=> allowed

-- why: Django: deferred constraints
SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED
=> allowed; literals

-- why: Django: server-side cursor without hold
DECLARE "_django_curs_1" NO SCROLL CURSOR FOR SELECT "contacts"."id" FROM "contacts" 
=> allowed; literals

-- why: Django: bulk update
UPDATE contacts SET name = (CASE WHEN (id = 1) THEN 'a' WHEN (id = 2) THEN 'b' ELSE NULL END)::text WHERE id IN (1, 2)
=> allowed

-- why: ActiveRecord: connection set-up
SET client_min_messages TO 'warning'
=> allowed; literals

-- why: ActiveRecord: strings
SET standard_conforming_strings = on
=> allowed; literals

-- why: ActiveRecord: intervals
SET intervalstyle = iso_8601
=> allowed; literals

-- why: ActiveRecord: time zone
SET SESSION timezone TO 'UTC'
=> allowed; literals

-- why: ActiveRecord: identifiers
SHOW max_identifier_length
=> allowed; literals

-- why: ActiveRecord: types
SELECT t.oid, t.typname, t.typelem, t.typdelim, t.typinput, r.rngsubtype, t.typtype, t.typbasetype
FROM pg_type as t
LEFT JOIN pg_range as r ON oid = rngtypid
WHERE
  t.typname IN ('int2', 'int4')
  OR t.typtype IN ('r', 'e', 'd')
  OR t.typelem IN (16, 17)
=> allowed

-- why: ActiveRecord: columns
SELECT a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
       c.collname, col_description(a.attrelid, a.attnum) AS comment,
       attidentity AS identity,
       attgenerated as attgenerated
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  LEFT JOIN pg_type t ON a.atttypid = t.oid
  LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
 WHERE a.attrelid = '"contacts"'::regclass
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
=> allowed

-- why: ActiveRecord: migrations take an advisory lock, which all tenants share
SELECT pg_try_advisory_lock(1234)
=> refused 42501 function.volatile: function "pg_catalog.pg_try_advisory_lock" is not allowed: it takes locks that all tenants share [Add pg_catalog.pg_try_advisory_lock to policy.allow_functions if tenants may call it.]

-- why: Prisma: search path
SET search_path = "public"
=> allowed; literals

-- why: Prisma: version
SELECT version()
=> allowed

-- why: Prisma: tables
SELECT
  tbl.relname AS table_name,
  namespace.nspname as namespace,
  (tbl.relhassubclass and tbl.relkind = 'p') as is_partition,
  (tbl.relhassubclass and tbl.relkind = 'r') as has_subclass,
  tbl.relrowsecurity as has_row_level_security,
  reloptions,
  obj_description(tbl.oid, 'pg_class') as description
FROM pg_class AS tbl
INNER JOIN pg_namespace AS namespace ON namespace.oid = tbl.relnamespace
WHERE
  ( tbl.relkind = 'r' OR tbl.relkind = 'p' )
  AND namespace.nspname = ANY ( $1 )
ORDER BY namespace, table_name
=> allowed

-- why: Prisma: columns
SELECT oid.namespace, info.table_name, info.column_name, format_type(att.atttypid, att.atttypmod) as formatted_type, info.numeric_precision, info.data_type, info.is_nullable, info.is_identity, pg_get_expr(attdef.adbin, attdef.adrelid) AS column_default
FROM information_schema.columns info
JOIN pg_attribute att ON att.attname = info.column_name
JOIN (
  SELECT pg_class.oid, relname, pg_namespace.nspname as namespace
  FROM pg_class JOIN pg_namespace on pg_namespace.oid = pg_class.relnamespace
  WHERE reltype > 0 AND pg_namespace.nspname = ANY ( $1 )
) as oid on oid.oid = att.attrelid AND relname = info.table_name AND namespace = info.table_schema
LEFT OUTER JOIN pg_attrdef attdef ON attdef.adrelid = att.attrelid AND attdef.adnum = att.attnum AND table_schema = namespace
WHERE info.table_schema = ANY ( $1 ) ORDER BY namespace, info.table_name, info.ordinal_position
=> allowed

-- why: Prisma: CRUD
SELECT "public"."contacts"."id", "public"."contacts"."name" FROM "public"."contacts" WHERE ("public"."contacts"."id" = $1 AND 1=1) LIMIT $2 OFFSET $3
=> allowed

-- why: Prisma: insert
INSERT INTO "public"."contacts" ("name","org_id") VALUES ($1,$2) RETURNING "public"."contacts"."id" 
=> allowed

-- why: Sequelize: version
SHOW SERVER_VERSION
=> allowed; literals

-- why: Sequelize: types
SELECT typname, typtype, oid, typarray FROM pg_type WHERE (typtype = 'b' AND typname IN ('hstore', 'geometry', 'geography')) OR (typtype = 'e')
=> allowed

-- why: Sequelize: set-up
SET standard_conforming_strings=on;SET client_min_messages TO warning;SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE;
=> allowed; literals

-- why: Sequelize: describeTable
SELECT pk.constraint_type as "Constraint", c.column_name as "Field", c.column_default as "Default", c.is_nullable as "Null", (CASE WHEN c.udt_name = 'hstore' THEN c.udt_name ELSE c.data_type END) || (CASE WHEN c.character_maximum_length IS NOT NULL THEN '(' || c.character_maximum_length || ')' ELSE '' END) as "Type", (SELECT array_agg(e.enumlabel) FROM pg_catalog.pg_type t JOIN pg_catalog.pg_enum e ON t.oid=e.enumtypid WHERE t.typname=c.udt_name) AS "special", (SELECT pgd.description FROM pg_catalog.pg_statio_all_tables AS st INNER JOIN pg_catalog.pg_description pgd on (pgd.objoid=st.relid) WHERE c.ordinal_position=pgd.objsubid AND c.table_name=st.relname) AS "Comment" FROM information_schema.columns c LEFT JOIN information_schema.key_column_usage pk2 ON false LEFT JOIN information_schema.table_constraints pk ON false WHERE c.table_name = 'contacts'
=> refused 42501 catalog.not_allowed: catalog relation "pg_catalog.pg_statio_all_tables" is not readable by tenants: it shows other sessions' activity or samples of all tenants' rows [Add pg_catalog.pg_statio_all_tables to policy.allow_relations if all tenants may see it.]

-- why: TypeORM: version
SELECT version()
=> allowed

-- why: TypeORM: schema
SELECT * FROM current_schema()
=> allowed

-- why: TypeORM: database
SELECT * FROM current_database()
=> allowed

-- why: TypeORM: columns
SELECT columns.*, pg_catalog.col_description(('"' || table_catalog || '"."' || table_schema || '"."' || table_name || '"')::regclass::oid, ordinal_position) AS description, ('"' || "udt_schema" || '"."' || "udt_name" || '"')::"regtype" AS "regtype", pg_catalog.format_type("col_attr"."atttypid", "col_attr"."atttypmod") AS "format_type" FROM "information_schema"."columns" LEFT JOIN "pg_catalog"."pg_attribute" AS "col_attr" ON "col_attr"."attname" = "columns"."column_name" WHERE ("table_schema" = 'public' AND "table_name" = 'contacts')
=> allowed

-- why: TypeORM: extensions are for migrations
CREATE EXTENSION IF NOT EXISTS "uuid-ossp"
=> refused 42501 statement.not_allowed: CREATE EXTENSION is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: Knex: ping
SELECT 1
=> allowed

-- why: GORM: has table
SELECT count(*) FROM information_schema.tables WHERE table_schema = CURRENT_SCHEMA() AND table_name = 'contacts' AND table_type = 'BASE TABLE'
=> allowed

-- why: Hibernate: sequences of the schema
select * from information_schema.sequences
=> allowed

-- why: Hibernate: next id
select nextval ('contacts_id_seq')
=> allowed

-- why: Hibernate: paging
select c1_0.id,c1_0.name from contacts c1_0 where c1_0.org_id=$1 order by c1_0.id fetch first $2 rows only for no key update
=> allowed

-- why: PostgREST-like json
WITH pgrst_source AS (SELECT contacts.* FROM contacts LIMIT 10) SELECT null::bigint AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total, coalesce(json_agg(_postgrest_t), '[]') AS body FROM (SELECT * FROM pgrst_source) _postgrest_t
=> allowed

-- why: an upsert with many rows
INSERT INTO contacts (id, name) SELECT * FROM unnest($1::bigint[], $2::text[]) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name RETURNING (xmax = 0) AS inserted
=> allowed

-- why: a queue
WITH next AS (SELECT id FROM appointments WHERE starts_at < now() ORDER BY starts_at FOR UPDATE SKIP LOCKED LIMIT 1) UPDATE appointments a SET note = 'taken' FROM next WHERE a.id = next.id RETURNING a.*
=> allowed

-- why: full-text search
SELECT id, ts_rank_cd(to_tsvector('english', name), q) AS rank, ts_headline('english', name, q) FROM contacts, websearch_to_tsquery('english', $1) q WHERE to_tsvector('english', name) @@ q ORDER BY rank DESC
=> allowed

-- why: json
SELECT jsonb_path_query_array(to_jsonb(c), '$.name'), to_jsonb(c) - 'org_id', jsonb_build_object('a', c.id) || '{}' FROM contacts c WHERE to_jsonb(c) @> '{}' AND (to_jsonb(c) ->> 'name') ILIKE $1
=> allowed

-- why: windows and grouping sets
SELECT date_trunc('day', started_at) d, campaign_id, count(*), sum(seconds) FILTER (WHERE seconds > 0), percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds), rank() OVER (PARTITION BY campaign_id ORDER BY count(*) DESC) FROM calls GROUP BY GROUPING SETS ((1, 2), (1), ()) HAVING count(*) > 1 ORDER BY 1 NULLS LAST
=> allowed
