-- ActiveRecord 6.1.7.10, pg 1.4.5, Ruby 3.1.2
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/activerecord -record
-- startup: application_name="rails"

SET client_min_messages TO 'warning'
=> allowed

SET standard_conforming_strings = on
=> allowed

SET intervalstyle = iso_8601
=> allowed

SET SESSION statement_timeout TO 30000
=> allowed

SET SESSION timezone TO 'UTC'
=> allowed

SELECT t.oid, t.typname
FROM pg_type as t
WHERE t.typname IN ('int2', 'int4', 'int8', 'oid', 'float4', 'float8', 'numeric', 'bool', 'timestamp', 'timestamptz')

=> allowed

SELECT t.oid, t.typname, t.typelem, t.typdelim, t.typinput, r.rngsubtype, t.typtype, t.typbasetype
FROM pg_type as t
LEFT JOIN pg_range as r ON oid = rngtypid
WHERE
  t.typname IN ('int2', 'int4', 'int8', 'oid', 'float4', 'float8', 'text', 'varchar', 'char', 'name', 'bpchar', 'bool', 'bit', 'varbit', 'timestamptz', 'date', 'money', 'bytea', 'point', 'hstore', 'json', 'jsonb', 'cidr', 'inet', 'uuid', 'xml', 'tsvector', 'macaddr', 'citext', 'ltree', 'line', 'lseg', 'box', 'path', 'polygon', 'circle', 'time', 'timestamp', 'numeric', 'interval')
  OR t.typtype IN ('r', 'e', 'd')
  OR t.typinput = 'array_in(cstring,oid,integer)'::regprocedure
  OR t.typelem != 0

=> allowed

SHOW TIME ZONE
=> allowed

SELECT 1
=> allowed

SELECT current_database()
=> allowed

SELECT current_schema
=> allowed

SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()
=> allowed

SELECT datcollate FROM pg_database WHERE datname = current_database()
=> allowed

SHOW search_path
=> allowed

SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relkind IN ('r','v','m','p','f')
=> allowed

SELECT a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
       c.collname, col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  LEFT JOIN pg_type t ON a.atttypid = t.oid
  LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
 WHERE a.attrelid = '"schema_migrations"'::regclass
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum

=> allowed

SELECT "schema_migrations"."version" FROM "schema_migrations" ORDER BY "schema_migrations"."version" ASC
=> allowed

SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relkind IN ('r','p')
=> allowed

SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relkind IN ('v','m')
=> allowed

SELECT extname FROM pg_extension
=> allowed

SELECT a.attname
  FROM (
         SELECT indrelid, indkey, generate_subscripts(indkey, 1) idx
           FROM pg_index
          WHERE indrelid = '"task_labels"'::regclass
            AND indisprimary
       ) i
  JOIN pg_attribute a
    ON a.attrelid = i.indrelid
   AND a.attnum = i.indkey[i.idx]
 ORDER BY i.idx

=> allowed

SELECT t2.oid::regclass::text AS to_table, a1.attname AS column, a2.attname AS primary_key, c.conname AS name, c.confupdtype AS on_update, c.confdeltype AS on_delete, c.convalidated AS valid
FROM pg_constraint c
JOIN pg_class t1 ON c.conrelid = t1.oid
JOIN pg_class t2 ON c.confrelid = t2.oid
JOIN pg_attribute a1 ON a1.attnum = c.conkey[1] AND a1.attrelid = t1.oid
JOIN pg_attribute a2 ON a2.attnum = c.confkey[1] AND a2.attrelid = t2.oid
JOIN pg_namespace t3 ON c.connamespace = t3.oid
WHERE c.contype = 'f'
  AND t1.relname = 'tasks'
  AND t3.nspname = ANY (current_schemas(false))
ORDER BY c.conname

=> allowed

SELECT distinct i.relname, d.indisunique, d.indkey, pg_get_indexdef(d.indexrelid), t.oid,
                pg_catalog.obj_description(i.oid, 'pg_class') AS comment
FROM pg_class t
INNER JOIN pg_index d ON t.oid = d.indrelid
INNER JOIN pg_class i ON d.indexrelid = i.oid
LEFT JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE i.relkind IN ('i', 'I')
  AND d.indisprimary = 'f'
  AND t.relname = 'tasks'
  AND n.nspname = ANY (current_schemas(false))
ORDER BY i.relname

=> allowed

SELECT a.attnum, a.attname
FROM pg_attribute a
WHERE a.attrelid = 17520
AND a.attnum IN (10)

=> allowed

SELECT pg_catalog.obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_class c
  LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'projects'
  AND c.relkind IN ('r','p')
  AND n.nspname = ANY (current_schemas(false))

=> allowed

SELECT attr.attname, nsp.nspname, seq.relname
FROM pg_class      seq,
     pg_attribute  attr,
     pg_depend     dep,
     pg_constraint cons,
     pg_namespace  nsp
WHERE seq.oid           = dep.objid
  AND seq.relkind       = 'S'
  AND attr.attrelid     = dep.refobjid
  AND attr.attnum       = dep.refobjsubid
  AND attr.attrelid     = cons.conrelid
  AND attr.attnum       = cons.conkey[1]
  AND seq.relnamespace  = nsp.oid
  AND cons.contype      = 'p'
  AND dep.classid       = 'pg_class'::regclass
  AND dep.refobjid      = '"projects"'::regclass

=> allowed

SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relname = 'tasks' AND c.relkind IN ('r','p')
=> allowed

SHOW max_identifier_length
=> allowed

SELECT a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
       c.collname, col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  LEFT JOIN pg_type t ON a.atttypid = t.oid
  LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
 WHERE a.attrelid = '"members"'::regclass
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum

=> allowed

SELECT "members".* FROM "members" WHERE "members"."active" = $1 AND (email LIKE '%@%') ORDER BY "members"."created_at" DESC LIMIT $2 OFFSET $3
=> allowed

SELECT a.attname
  FROM (
         SELECT indrelid, indkey, generate_subscripts(indkey, 1) idx
           FROM pg_index
          WHERE indrelid = '"members"'::regclass
            AND indisprimary
       ) i
  JOIN pg_attribute a
    ON a.attrelid = i.indrelid
   AND a.attnum = i.indkey[i.idx]
 ORDER BY i.idx

=> allowed

SELECT "members".* FROM "members" WHERE (email LIKE 'ada%') LIMIT $1
=> allowed

BEGIN
=> allowed

SET TRANSACTION ISOLATION LEVEL REPEATABLE READ
=> allowed

SELECT a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
       c.collname, col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  LEFT JOIN pg_type t ON a.atttypid = t.oid
  LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
 WHERE a.attrelid = '"projects"'::regclass
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum

=> allowed

SELECT a.attname
  FROM (
         SELECT indrelid, indkey, generate_subscripts(indkey, 1) idx
           FROM pg_index
          WHERE indrelid = '"projects"'::regclass
            AND indisprimary
       ) i
  JOIN pg_attribute a
    ON a.attrelid = i.indrelid
   AND a.attnum = i.indkey[i.idx]
 ORDER BY i.idx

=> allowed

INSERT INTO "projects" ("owner_id", "name", "budget", "tags", "created_at", "updated_at") VALUES ($1, $2, $3, $4, $5, $6) RETURNING "id"
=> allowed

SELECT a.attname
  FROM (
         SELECT indrelid, indkey, generate_subscripts(indkey, 1) idx
           FROM pg_index
          WHERE indrelid = '"tasks"'::regclass
            AND indisprimary
       ) i
  JOIN pg_attribute a
    ON a.attrelid = i.indrelid
   AND a.attnum = i.indkey[i.idx]
 ORDER BY i.idx

=> allowed

SELECT a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
       c.collname, col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  LEFT JOIN pg_type t ON a.atttypid = t.oid
  LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
 WHERE a.attrelid = '"tasks"'::regclass
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum

=> allowed

INSERT INTO "tasks" ("project_id","title") VALUES (25, 'one'), (25, 'two') ON CONFLICT  DO NOTHING RETURNING "id","title"
=> allowed

INSERT INTO "tasks" ("project_id", "title") VALUES ($1, $2) RETURNING "id"
=> allowed

SELECT exists(
  SELECT * FROM pg_proc
  WHERE proname = 'lower'
    AND proargtypes = ARRAY['text'::regtype]::oidvector
) OR exists(
  SELECT * FROM pg_proc
  INNER JOIN pg_cast
    ON ARRAY[casttarget]::oidvector = proargtypes
  WHERE proname = 'lower'
    AND castsource = 'text'::regtype
)

=> allowed

SELECT 1 AS one FROM "members" WHERE LOWER("members"."email") = LOWER($1) AND "members"."id" != $2 AND "members"."org_id" = $3 LIMIT $4
=> allowed

UPDATE "members" SET "settings" = $1 WHERE "members"."id" = $2
=> allowed

SAVEPOINT active_record_1
=> allowed

SELECT 1 AS one FROM "members" WHERE LOWER("members"."email") = LOWER($1) AND "members"."org_id" IS NULL LIMIT $2
=> allowed

INSERT INTO "members" ("email", "name", "created_at") VALUES ($1, $2, $3) RETURNING "id"
=> allowed

ROLLBACK TO SAVEPOINT active_record_1
=> allowed

SELECT distinct i.relname, d.indisunique, d.indkey, pg_get_indexdef(d.indexrelid), t.oid,
                pg_catalog.obj_description(i.oid, 'pg_class') AS comment
FROM pg_class t
INNER JOIN pg_index d ON t.oid = d.indrelid
INNER JOIN pg_class i ON d.indexrelid = i.oid
LEFT JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE i.relkind IN ('i', 'I')
  AND d.indisprimary = 'f'
  AND t.relname = 'members'
  AND n.nspname = ANY (current_schemas(false))
ORDER BY i.relname

=> allowed

SELECT a.attnum, a.attname
FROM pg_attribute a
WHERE a.attrelid = 17477
AND a.attnum IN (2,3)

=> allowed

INSERT INTO "members" ("email","name") VALUES ('ada@mk-a1c5e7f0.example', 'twice') RETURNING "id"
=> allowed

SELECT "tasks"."id", "tasks"."org_id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."due_at", "tasks"."search" FROM "tasks" WHERE "tasks"."id" = $1 LIMIT $2 FOR UPDATE
=> allowed

UPDATE "tasks" SET "title" = $1, "due_at" = $2 WHERE "tasks"."id" = $3
=> allowed

SELECT "projects".* FROM "projects" WHERE "projects"."id" = $1 LIMIT $2
=> allowed

SELECT "tasks"."id", "tasks"."org_id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."due_at", "tasks"."search" FROM "tasks" WHERE "tasks"."project_id" = $1 LIMIT $2 FOR UPDATE SKIP LOCKED
=> allowed

UPDATE "tasks" SET priority = priority + 1 WHERE "tasks"."project_id" = $1 AND "tasks"."title" IN ($2, $3)
=> allowed

UPDATE "tasks" SET "priority" = COALESCE("priority", 0) + $1 WHERE "tasks"."id" = $2
=> allowed

SELECT a.attname
  FROM (
         SELECT indrelid, indkey, generate_subscripts(indkey, 1) idx
           FROM pg_index
          WHERE indrelid = '"labels"'::regclass
            AND indisprimary
       ) i
  JOIN pg_attribute a
    ON a.attrelid = i.indrelid
   AND a.attnum = i.indkey[i.idx]
 ORDER BY i.idx

=> allowed

SELECT distinct i.relname, d.indisunique, d.indkey, pg_get_indexdef(d.indexrelid), t.oid,
                pg_catalog.obj_description(i.oid, 'pg_class') AS comment
FROM pg_class t
INNER JOIN pg_index d ON t.oid = d.indrelid
INNER JOIN pg_class i ON d.indexrelid = i.oid
LEFT JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE i.relkind IN ('i', 'I')
  AND d.indisprimary = 'f'
  AND t.relname = 'labels'
  AND n.nspname = ANY (current_schemas(false))
ORDER BY i.relname

=> allowed

SELECT a.attnum, a.attname
FROM pg_attribute a
WHERE a.attrelid = 17550
AND a.attnum IN (2,3)

=> allowed

SELECT a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
       c.collname, col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  LEFT JOIN pg_type t ON a.atttypid = t.oid
  LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
 WHERE a.attrelid = '"labels"'::regclass
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum

=> allowed

INSERT INTO "labels" ("name","colour") VALUES ('rails', '#112233') ON CONFLICT ("org_id","name") DO UPDATE SET "colour"=excluded."colour" RETURNING "id"
=> allowed

INSERT INTO "labels" ("name","colour") VALUES ('rails', '#445566') ON CONFLICT ("org_id","name") DO UPDATE SET "colour"=excluded."colour" RETURNING "id"
=> allowed

SELECT "labels".* FROM "labels" WHERE "labels"."name" = $1 LIMIT $2
=> allowed

SELECT a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
       c.collname, col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  LEFT JOIN pg_type t ON a.atttypid = t.oid
  LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
 WHERE a.attrelid = '"task_labels"'::regclass
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum

=> allowed

INSERT INTO "task_labels" ("task_id", "label_id") VALUES ($1, $2)
=> allowed

SELECT "labels".* FROM "labels" INNER JOIN "task_labels" ON "labels"."id" = "task_labels"."label_id" WHERE "task_labels"."task_id" = $1
=> allowed

DELETE FROM "task_labels" WHERE "task_labels"."task_id" = $1 AND "task_labels"."label_id" = $2
=> allowed

SELECT "labels".* FROM "labels" WHERE "labels"."name" = $1
=> allowed

DELETE FROM "labels" WHERE "labels"."id" = $1
=> allowed

SELECT "tasks"."id", "tasks"."org_id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."due_at", "tasks"."search" FROM "tasks" WHERE "tasks"."project_id" = $1
=> allowed

DELETE FROM "task_labels" WHERE "task_labels"."task_id" = $1
=> allowed

DELETE FROM "tasks" WHERE "tasks"."id" = $1
=> allowed

DELETE FROM "projects" WHERE "projects"."id" = $1
=> allowed

COMMIT
=> allowed

SELECT DISTINCT "projects"."id" FROM "projects" LEFT OUTER JOIN "members" ON "members"."id" = "projects"."owner_id" LEFT OUTER JOIN "tasks" ON "tasks"."project_id" = "projects"."id" LEFT OUTER JOIN "task_labels" ON "task_labels"."task_id" = "tasks"."id" LEFT OUTER JOIN "labels" ON "labels"."id" = "task_labels"."label_id" WHERE "tasks"."state" = $1 LIMIT $2
=> allowed

SELECT "projects"."id" AS t0_r0, "projects"."org_id" AS t0_r1, "projects"."owner_id" AS t0_r2, "projects"."name" AS t0_r3, "projects"."budget" AS t0_r4, "projects"."tags" AS t0_r5, "projects"."starts_on" AS t0_r6, "projects"."created_at" AS t0_r7, "projects"."updated_at" AS t0_r8, "members"."id" AS t1_r0, "members"."org_id" AS t1_r1, "members"."email" AS t1_r2, "members"."name" AS t1_r3, "members"."active" AS t1_r4, "members"."settings" AS t1_r5, "members"."created_at" AS t1_r6, "tasks"."id" AS t2_r0, "tasks"."org_id" AS t2_r1, "tasks"."project_id" AS t2_r2, "tasks"."parent_id" AS t2_r3, "tasks"."title" AS t2_r4, "tasks"."state" AS t2_r5, "tasks"."priority" AS t2_r6, "tasks"."due_at" AS t2_r7, "tasks"."search" AS t2_r8, "labels"."id" AS t3_r0, "labels"."org_id" AS t3_r1, "labels"."name" AS t3_r2, "labels"."colour" AS t3_r3 FROM "projects" LEFT OUTER JOIN "members" ON "members"."id" = "projects"."owner_id" LEFT OUTER JOIN "tasks" ON "tasks"."project_id" = "projects"."id" LEFT OUTER JOIN "task_labels" ON "task_labels"."task_id" = "tasks"."id" LEFT OUTER JOIN "labels" ON "labels"."id" = "task_labels"."label_id" WHERE "tasks"."state" = $1 AND "projects"."id" IN ($2, $3)
=> allowed

SELECT "projects".* FROM "projects" ORDER BY "projects"."id" ASC LIMIT $1
=> allowed

SELECT "members".* FROM "members" WHERE "members"."id" IN ($1, $2)
=> allowed

SELECT "tasks"."id", "tasks"."org_id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."due_at", "tasks"."search" FROM "tasks" WHERE "tasks"."project_id" IN ($1, $2)
=> allowed

SELECT "task_labels".* FROM "task_labels" WHERE "task_labels"."task_id" IN ($1, $2, $3, $4, $5, $6)
=> allowed

SELECT "labels".* FROM "labels" WHERE "labels"."id" = $1
=> allowed

SELECT "projects"."id" AS t0_r0, "projects"."org_id" AS t0_r1, "projects"."owner_id" AS t0_r2, "projects"."name" AS t0_r3, "projects"."budget" AS t0_r4, "projects"."tags" AS t0_r5, "projects"."starts_on" AS t0_r6, "projects"."created_at" AS t0_r7, "projects"."updated_at" AS t0_r8, "tasks"."id" AS t1_r0, "tasks"."org_id" AS t1_r1, "tasks"."project_id" AS t1_r2, "tasks"."parent_id" AS t1_r3, "tasks"."title" AS t1_r4, "tasks"."state" AS t1_r5, "tasks"."priority" AS t1_r6, "tasks"."due_at" AS t1_r7, "tasks"."search" AS t1_r8 FROM "projects" LEFT OUTER JOIN "members" ON "members"."id" = "projects"."owner_id" LEFT OUTER JOIN "tasks" ON "tasks"."project_id" = "projects"."id" WHERE "members"."id" IS NOT NULL ORDER BY lower(projects.name)
=> allowed

SELECT DISTINCT "projects".* FROM "projects" INNER JOIN "tasks" ON "tasks"."project_id" = "projects"."id" WHERE "tasks"."state" IN ($1, $2)
=> allowed

SELECT COUNT(*) AS count_all, "tasks"."state" AS tasks_state FROM "tasks" GROUP BY "tasks"."state"
=> allowed

SELECT AVG("tasks"."priority") FROM "tasks"
=> allowed

SELECT SUM("tasks"."priority") AS sum_priority, date_trunc('month', due_at AT TIME ZONE 'UTC') AS date_trunc_month_due_at_at_time_zone_utc FROM "tasks" GROUP BY date_trunc('month', due_at AT TIME ZONE 'UTC') HAVING (count(*) > 1)
=> allowed

SELECT COUNT(DISTINCT "tasks"."project_id") FROM "tasks"
=> allowed

SELECT 1 AS one FROM "tasks" WHERE "tasks"."state" = $1 LIMIT $2
=> allowed

SELECT MAX("tasks"."priority") FROM "tasks" WHERE "tasks"."priority" >= $1
=> allowed

SELECT "tasks"."id", attributes ->> 'colour' FROM "tasks"
=> allowed

SELECT "tasks"."id" FROM "tasks"
=> allowed

SELECT "projects".* FROM "projects" WHERE (tags @> ARRAY['red']::text[]) AND "projects"."id" IN (SELECT "tasks"."project_id" FROM "tasks" WHERE ("tasks"."priority" IN ($1, $2) OR "tasks"."priority" IS NULL))
=> allowed

SELECT "tasks"."id", "tasks"."org_id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."due_at", "tasks"."search" FROM "tasks" WHERE (attributes @> '{"colour":"red"}')
=> allowed

SELECT tasks.*, ts_rank(search, plainto_tsquery('english', 'report')) AS rank FROM "tasks" WHERE (search @@ websearch_to_tsquery('english', 'report')) ORDER BY rank DESC
=> allowed

SELECT "tasks"."id", "tasks"."org_id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."due_at", "tasks"."search" FROM (SELECT *, row_number() OVER (PARTITION BY project_id ORDER BY id) AS n FROM "tasks") tasks WHERE (n = 1)
=> allowed

SELECT "project_totals".* FROM "project_totals" WHERE (tasks > 0)
=> allowed

SELECT a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
       c.collname, col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  LEFT JOIN pg_type t ON a.atttypid = t.oid
  LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
 WHERE a.attrelid = '"project_totals"'::regclass
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum

=> allowed

SELECT "tasks"."id", "tasks"."org_id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."due_at", "tasks"."search" FROM "tasks" ORDER BY "tasks"."id" ASC LIMIT $1
=> allowed

SELECT "tasks"."id", "tasks"."org_id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."due_at", "tasks"."search" FROM "tasks" WHERE "tasks"."id" > $1 ORDER BY "tasks"."id" ASC LIMIT $2
=> allowed

EXPLAIN SELECT "tasks"."id", "tasks"."org_id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."due_at", "tasks"."search" FROM "tasks" WHERE "tasks"."project_id" = $1
=> allowed

SELECT title FROM tasks WHERE id = 1
=> allowed

SELECT name FROM members
=> allowed

SELECT $1::int AS n
=> allowed

DEALLOCATE a1
=> allowed

DEALLOCATE a2
=> allowed

DEALLOCATE a3
=> allowed

DEALLOCATE a4
=> allowed

DEALLOCATE a5
=> allowed

DEALLOCATE a6
=> allowed

DEALLOCATE a7
=> allowed

DEALLOCATE a8
=> allowed

DEALLOCATE a9
=> allowed

DEALLOCATE a10
=> allowed

DEALLOCATE a11
=> allowed

DISCARD ALL
=> allowed

DEALLOCATE a12
=> allowed

