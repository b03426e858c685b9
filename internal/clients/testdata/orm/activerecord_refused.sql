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

CREATE TABLE "notes" ("id" bigserial primary key, "task_id" bigint, "body" character varying NOT NULL, "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL, CONSTRAINT "fk_rails_124568dd88"
FOREIGN KEY ("task_id")
  REFERENCES "tasks" ("id")
)
=> refused statement.not_allowed

SHOW max_identifier_length
=> allowed

CREATE INDEX "index_notes_on_task_id" ON "notes" ("task_id")
=> refused statement.not_allowed

COMMENT ON COLUMN "notes"."body" IS 'x'
=> refused statement.not_allowed

CREATE UNIQUE INDEX "index_notes_on_body" ON "notes" ("body")
=> refused statement.not_allowed

SELECT 'integer'::regtype::oid
=> allowed

ALTER TABLE "notes" ADD "rank" integer DEFAULT 1
=> refused statement.not_allowed

ALTER TABLE "notes" RENAME COLUMN "rank" TO "position"
=> refused statement.not_allowed

SELECT distinct i.relname, d.indisunique, d.indkey, pg_get_indexdef(d.indexrelid), t.oid,
                pg_catalog.obj_description(i.oid, 'pg_class') AS comment
FROM pg_class t
INNER JOIN pg_index d ON t.oid = d.indrelid
INNER JOIN pg_class i ON d.indexrelid = i.oid
LEFT JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE i.relkind IN ('i', 'I')
  AND d.indisprimary = 'f'
  AND t.relname = 'notes'
  AND n.nspname = ANY (current_schemas(false))
ORDER BY i.relname

=> allowed

SELECT a.attnum, a.attname
FROM pg_attribute a
WHERE a.attrelid = 17930
AND a.attnum IN (3)

=> allowed

SELECT a.attnum, a.attname
FROM pg_attribute a
WHERE a.attrelid = 17930
AND a.attnum IN (2)

=> allowed

DROP TABLE "notes"
=> refused statement.not_allowed

SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relname = 'schema_migrations' AND c.relkind IN ('r','p')
=> allowed

SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relname = 'ar_internal_metadata' AND c.relkind IN ('r','p')
=> allowed

SELECT current_database()
=> allowed

SELECT pg_try_advisory_lock(4887669469634178255)
=> refused function.volatile

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

SELECT a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
       c.collname, col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  LEFT JOIN pg_type t ON a.atttypid = t.oid
  LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
 WHERE a.attrelid = '"ar_internal_metadata"'::regclass
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum

=> allowed

SHOW search_path
=> allowed

SELECT "ar_internal_metadata".* FROM "ar_internal_metadata" WHERE "ar_internal_metadata"."key" = $1 LIMIT $2
=> allowed

SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relkind IN ('r','v','m','p','f')
=> allowed

BEGIN
=> allowed

INSERT INTO "ar_internal_metadata" ("key", "value", "created_at", "updated_at") VALUES ($1, $2, $3, $4) RETURNING "key"
=> refused relation.shared_write

COMMIT
=> allowed

SELECT pg_advisory_unlock(4887669469634178255)
=> refused function.volatile

SELECT pg_try_advisory_lock(4711)
=> refused function.volatile

SELECT pg_advisory_unlock(4711)
=> refused function.volatile

SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relkind IN ('r','p')
=> allowed

ALTER TABLE "organizations" DISABLE TRIGGER ALL;ALTER TABLE "calendar_connections" DISABLE TRIGGER ALL;ALTER TABLE "integration_settings" DISABLE TRIGGER ALL;ALTER TABLE "agent_configurations" DISABLE TRIGGER ALL;ALTER TABLE "campaigns" DISABLE TRIGGER ALL;ALTER TABLE "contacts" DISABLE TRIGGER ALL;ALTER TABLE "cold_call_logs" DISABLE TRIGGER ALL;ALTER TABLE "appointments" DISABLE TRIGGER ALL;ALTER TABLE "appointment_holds" DISABLE TRIGGER ALL;ALTER TABLE "appointment_bookings" DISABLE TRIGGER ALL;ALTER TABLE "sms_confirmation_logs" DISABLE TRIGGER ALL;ALTER TABLE "plans" DISABLE TRIGGER ALL;ALTER TABLE "import_staging" DISABLE TRIGGER ALL;ALTER TABLE "members" DISABLE TRIGGER ALL;ALTER TABLE "projects" DISABLE TRIGGER ALL;ALTER TABLE "tasks" DISABLE TRIGGER ALL;ALTER TABLE "labels" DISABLE TRIGGER ALL;ALTER TABLE "task_labels" DISABLE TRIGGER ALL;ALTER TABLE "events" DISABLE TRIGGER ALL;ALTER TABLE "events_past" DISABLE TRIGGER ALL;ALTER TABLE "events_now" DISABLE TRIGGER ALL;ALTER TABLE "alembic_version" DISABLE TRIGGER ALL;ALTER TABLE "django_migrations" DISABLE TRIGGER ALL;ALTER TABLE "schema_migrations" DISABLE TRIGGER ALL;ALTER TABLE "ar_internal_metadata" DISABLE TRIGGER ALL;ALTER TABLE "SequelizeMeta" DISABLE TRIGGER ALL;ALTER TABLE "knex_migrations" DISABLE TRIGGER ALL;ALTER TABLE "knex_migrations_lock" DISABLE TRIGGER ALL;ALTER TABLE "migrations" DISABLE TRIGGER ALL;ALTER TABLE "_prisma_migrations" DISABLE TRIGGER ALL
=> refused statement.not_allowed

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

DELETE FROM "labels"
=> allowed

ALTER TABLE "organizations" ENABLE TRIGGER ALL;ALTER TABLE "calendar_connections" ENABLE TRIGGER ALL;ALTER TABLE "integration_settings" ENABLE TRIGGER ALL;ALTER TABLE "agent_configurations" ENABLE TRIGGER ALL;ALTER TABLE "campaigns" ENABLE TRIGGER ALL;ALTER TABLE "contacts" ENABLE TRIGGER ALL;ALTER TABLE "cold_call_logs" ENABLE TRIGGER ALL;ALTER TABLE "appointments" ENABLE TRIGGER ALL;ALTER TABLE "appointment_holds" ENABLE TRIGGER ALL;ALTER TABLE "appointment_bookings" ENABLE TRIGGER ALL;ALTER TABLE "sms_confirmation_logs" ENABLE TRIGGER ALL;ALTER TABLE "plans" ENABLE TRIGGER ALL;ALTER TABLE "import_staging" ENABLE TRIGGER ALL;ALTER TABLE "members" ENABLE TRIGGER ALL;ALTER TABLE "projects" ENABLE TRIGGER ALL;ALTER TABLE "tasks" ENABLE TRIGGER ALL;ALTER TABLE "labels" ENABLE TRIGGER ALL;ALTER TABLE "task_labels" ENABLE TRIGGER ALL;ALTER TABLE "events" ENABLE TRIGGER ALL;ALTER TABLE "events_past" ENABLE TRIGGER ALL;ALTER TABLE "events_now" ENABLE TRIGGER ALL;ALTER TABLE "alembic_version" ENABLE TRIGGER ALL;ALTER TABLE "django_migrations" ENABLE TRIGGER ALL;ALTER TABLE "schema_migrations" ENABLE TRIGGER ALL;ALTER TABLE "ar_internal_metadata" ENABLE TRIGGER ALL;ALTER TABLE "SequelizeMeta" ENABLE TRIGGER ALL;ALTER TABLE "knex_migrations" ENABLE TRIGGER ALL;ALTER TABLE "knex_migrations_lock" ENABLE TRIGGER ALL;ALTER TABLE "migrations" ENABLE TRIGGER ALL;ALTER TABLE "_prisma_migrations" ENABLE TRIGGER ALL
=> refused statement.not_allowed

TRUNCATE TABLE "labels", "task_labels"
=> refused statement.truncate

ALTER TABLE "organizations" ENABLE TRIGGER ALL;ALTER TABLE "calendar_connections" ENABLE TRIGGER ALL;ALTER TABLE "integration_settings" ENABLE TRIGGER ALL;ALTER TABLE "agent_configurations" ENABLE TRIGGER ALL;ALTER TABLE "campaigns" ENABLE TRIGGER ALL;ALTER TABLE "contacts" ENABLE TRIGGER ALL;ALTER TABLE "cold_call_logs" ENABLE TRIGGER ALL;ALTER TABLE "appointments" ENABLE TRIGGER ALL;ALTER TABLE "appointment_holds" ENABLE TRIGGER ALL;ALTER TABLE "appointment_bookings" ENABLE TRIGGER ALL;ALTER TABLE "sms_confirmation_logs" ENABLE TRIGGER ALL;ALTER TABLE "plans" ENABLE TRIGGER ALL;ALTER TABLE "import_staging" ENABLE TRIGGER ALL;ALTER TABLE "labels" ENABLE TRIGGER ALL;ALTER TABLE "task_labels" ENABLE TRIGGER ALL;ALTER TABLE "members" ENABLE TRIGGER ALL;ALTER TABLE "projects" ENABLE TRIGGER ALL;ALTER TABLE "tasks" ENABLE TRIGGER ALL;ALTER TABLE "events" ENABLE TRIGGER ALL;ALTER TABLE "events_past" ENABLE TRIGGER ALL;ALTER TABLE "events_now" ENABLE TRIGGER ALL;ALTER TABLE "alembic_version" ENABLE TRIGGER ALL;ALTER TABLE "django_migrations" ENABLE TRIGGER ALL;ALTER TABLE "schema_migrations" ENABLE TRIGGER ALL;ALTER TABLE "ar_internal_metadata" ENABLE TRIGGER ALL;ALTER TABLE "SequelizeMeta" ENABLE TRIGGER ALL;ALTER TABLE "knex_migrations" ENABLE TRIGGER ALL;ALTER TABLE "knex_migrations_lock" ENABLE TRIGGER ALL;ALTER TABLE "migrations" ENABLE TRIGGER ALL;ALTER TABLE "_prisma_migrations" ENABLE TRIGGER ALL
=> refused statement.not_allowed

