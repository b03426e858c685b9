-- Sequel 5.63.0, pg 1.4.5, Ruby 3.1.2
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/sequel -record
-- startup: application_name="testdata/programs/sequel.rb"

SET standard_conforming_strings = ON
=> allowed

SET client_min_messages = 'WARNING'
=> allowed

SET DateStyle = 'ISO'
=> allowed

SELECT CAST(current_setting('server_version_num') AS integer) AS v
=> allowed

SELECT CAST("enumtypid" AS integer) AS "v", "enumlabel" FROM "pg_enum" ORDER BY "enumtypid", "enumsortorder"
=> allowed

SELECT "typname", CAST("typarray" AS integer) AS "v" FROM "pg_type" WHERE (("oid" IN (16390, 16400, 16412, 22177)) AND ("typarray" != 0))
=> allowed

SELECT "typarray", "oid" FROM "pg_type" WHERE ("typname" = 'campaign_status') LIMIT 1
=> allowed

SELECT "typarray", "oid" FROM "pg_type" WHERE ("typname" = 'call_outcome') LIMIT 1
=> allowed

SELECT "typarray", "oid" FROM "pg_type" WHERE ("typname" = 'appointment_status') LIMIT 1
=> allowed

SELECT "typarray", "oid" FROM "pg_type" WHERE ("typname" = 'task_state') LIMIT 1
=> allowed

SELECT NULL
=> allowed

SELECT * FROM "members" WHERE (("active" IS TRUE) AND ("email" LIKE '%@%')) ORDER BY "id" LIMIT 5
=> allowed

SELECT "pg_attribute"."attname" AS "name", CAST("pg_attribute"."atttypid" AS integer) AS "oid", CAST("basetype"."oid" AS integer) AS "base_oid", format_type("basetype"."oid", "pg_type"."typtypmod") AS "db_base_type", format_type("pg_type"."oid", "pg_attribute"."atttypmod") AS "db_type", pg_get_expr("pg_attrdef"."adbin", "pg_class"."oid") AS "default", NOT "pg_attribute"."attnotnull" AS "allow_null", COALESCE(("pg_attribute"."attnum" = ANY("pg_index"."indkey")), false) AS "primary_key", "pg_attribute"."attidentity", ("pg_attribute"."attgenerated" != '') AS "generated" FROM "pg_class" INNER JOIN "pg_attribute" ON ("pg_attribute"."attrelid" = "pg_class"."oid") INNER JOIN "pg_type" ON ("pg_type"."oid" = "pg_attribute"."atttypid") LEFT OUTER JOIN "pg_type" AS "basetype" ON ("basetype"."oid" = "pg_type"."typbasetype") LEFT OUTER JOIN "pg_attrdef" ON (("pg_attrdef"."adrelid" = "pg_class"."oid") AND ("pg_attrdef"."adnum" = "pg_attribute"."attnum")) LEFT OUTER JOIN "pg_index" ON (("pg_index"."indrelid" = "pg_class"."oid") AND ("pg_index"."indisprimary" IS TRUE)) WHERE (("pg_attribute"."attisdropped" IS FALSE) AND ("pg_attribute"."attnum" > 0) AND ("pg_class"."oid" = CAST(CAST('"projects"' AS regclass) AS oid))) ORDER BY "pg_attribute"."attnum"
=> allowed

SELECT "pg_attribute"."attname" AS "name", CAST("pg_attribute"."atttypid" AS integer) AS "oid", CAST("basetype"."oid" AS integer) AS "base_oid", format_type("basetype"."oid", "pg_type"."typtypmod") AS "db_base_type", format_type("pg_type"."oid", "pg_attribute"."atttypmod") AS "db_type", pg_get_expr("pg_attrdef"."adbin", "pg_class"."oid") AS "default", NOT "pg_attribute"."attnotnull" AS "allow_null", COALESCE(("pg_attribute"."attnum" = ANY("pg_index"."indkey")), false) AS "primary_key", "pg_attribute"."attidentity", ("pg_attribute"."attgenerated" != '') AS "generated" FROM "pg_class" INNER JOIN "pg_attribute" ON ("pg_attribute"."attrelid" = "pg_class"."oid") INNER JOIN "pg_type" ON ("pg_type"."oid" = "pg_attribute"."atttypid") LEFT OUTER JOIN "pg_type" AS "basetype" ON ("basetype"."oid" = "pg_type"."typbasetype") LEFT OUTER JOIN "pg_attrdef" ON (("pg_attrdef"."adrelid" = "pg_class"."oid") AND ("pg_attrdef"."adnum" = "pg_attribute"."attnum")) LEFT OUTER JOIN "pg_index" ON (("pg_index"."indrelid" = "pg_class"."oid") AND ("pg_index"."indisprimary" IS TRUE)) WHERE (("pg_attribute"."attisdropped" IS FALSE) AND ("pg_attribute"."attnum" > 0) AND ("pg_class"."oid" = CAST(CAST('"tasks"' AS regclass) AS oid))) ORDER BY "pg_attribute"."attnum"
=> allowed

BEGIN
=> allowed

SET TRANSACTION ISOLATION LEVEL SERIALIZABLE
=> allowed

INSERT INTO "projects" ("name", "tags", "budget") VALUES ('Sequel', ARRAY['a','b']::text[], 2.0) RETURNING *
=> allowed

INSERT INTO "tasks" ("project_id", "title") VALUES (25, 'one'), (25, 'two')
=> allowed

SAVEPOINT autopoint_1
=> allowed

UPDATE "tasks" SET "priority" = 9
=> allowed

ROLLBACK TO SAVEPOINT autopoint_1
=> allowed

SELECT * FROM "tasks" WHERE ("tasks"."project_id" = 25) FOR UPDATE SKIP LOCKED
=> allowed

INSERT INTO "labels" ("name") VALUES ('sequel') ON CONFLICT ("org_id", "name") DO UPDATE SET "name" = "excluded"."name" RETURNING *
=> allowed

DELETE FROM "labels" WHERE ("name" = 'sequel')
=> allowed

DELETE FROM "tasks" WHERE ("tasks"."project_id" = 25)
=> allowed

DELETE FROM "projects" WHERE "id" = 25
=> allowed

COMMIT
=> allowed

SELECT * FROM "projects"
=> allowed

SELECT * FROM "tasks" WHERE ("tasks"."project_id" IN (16, 17, 18))
=> allowed

SELECT "projects"."id", "projects"."org_id", "projects"."owner_id", "projects"."name", "projects"."budget", "projects"."tags", "projects"."starts_on", "projects"."created_at", "projects"."updated_at", "tasks"."id" AS "tasks_id", "tasks"."org_id" AS "tasks_org_id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."attributes", "tasks"."due_at", "tasks"."search" FROM "projects" LEFT OUTER JOIN "tasks" ON ("tasks"."project_id" = "projects"."id") LIMIT 2
=> allowed

SELECT count(*) AS "count" FROM "tasks" WHERE ("tasks"."project_id" IN (SELECT "projects"."id" FROM "projects" WHERE (("name" = 'x') AND ("projects"."id" IS NOT NULL)))) LIMIT 1
=> allowed

SELECT "state", count(*) AS "n" FROM "tasks" GROUP BY "state" HAVING (count(*) > 1)
=> allowed

WITH "open" AS (SELECT * FROM "tasks" WHERE ("state" != 'done')) SELECT "title", rank() OVER (PARTITION BY "project_id" ORDER BY "id") FROM "open"
=> allowed

SELECT * FROM "tasks" WHERE (to_tsvector(CAST('english' AS regconfig), (COALESCE("title", ''))) @@ to_tsquery(CAST('english' AS regconfig), 'report'))
=> allowed

DECLARE "sequel_cursor" NO SCROLL CURSOR WITHOUT HOLD FOR SELECT * FROM "tasks"
=> allowed

FETCH FORWARD 2 FROM "sequel_cursor"
=> allowed

CLOSE "sequel_cursor"
=> allowed

FETCH FORWARD 3 FROM "sequel_cursor"
=> allowed

COPY (SELECT "name" FROM "labels") TO STDOUT (FORMAT csv)
=> allowed

SELECT "relname" FROM "pg_class" INNER JOIN "pg_namespace" ON ("pg_namespace"."oid" = "pg_class"."relnamespace") WHERE (("relkind" IN ('r', 'p')) AND ("pg_namespace"."nspname" = any(current_schemas(false))))
=> allowed

SELECT "relname" FROM "pg_class" INNER JOIN "pg_namespace" ON ("pg_namespace"."oid" = "pg_class"."relnamespace") WHERE (("relkind" = 'v') AND ("pg_namespace"."nspname" = any(current_schemas(false))))
=> allowed

SELECT "indc"."relname" AS "name", "ind"."indisunique" AS "unique", "att"."attname" AS "column", "con"."condeferrable" AS "deferrable" FROM "pg_class" AS "tab" INNER JOIN "pg_index" AS "ind" ON ("ind"."indrelid" = "tab"."oid") INNER JOIN "pg_class" AS "indc" ON ("indc"."oid" = "ind"."indexrelid") INNER JOIN "pg_attribute" AS "att" ON (("att"."attrelid" = "tab"."oid") AND ("att"."attnum" = ANY("ind"."indkey"))) LEFT JOIN "pg_constraint" AS "con" ON ("con"."conname" = "indc"."relname") WHERE (("indc"."relkind" = 'i') AND ("ind"."indisprimary" IS FALSE) AND ("indexprs" IS NULL) AND ("indisvalid" IS TRUE) AND ("indisready" IS TRUE) AND ("indislive" IS TRUE) AND ("tab"."oid" = CAST(CAST('"tasks"' AS regclass) AS oid)) AND ("indpred" IS NULL)) ORDER BY "indc"."relname", array_position("ind"."indkey", "att"."attnum")
=> allowed

SELECT "co"."conname" AS "name", "att"."attname" AS "column", "co"."confupdtype" AS "on_update", "co"."confdeltype" AS "on_delete", "cl2"."relname" AS "table", "att2"."attname" AS "refcolumn", ("co"."condeferrable" AND "co"."condeferred") AS "deferrable", "nsp"."nspname" AS "schema" FROM "pg_constraint" AS "co" INNER JOIN "pg_class" AS "cl" ON ("cl"."oid" = "co"."conrelid") INNER JOIN "pg_attribute" AS "att" ON (("att"."attrelid" = "cl"."oid") AND ("att"."attnum" = ANY("co"."conkey"))) INNER JOIN "pg_class" AS "cl2" ON ("cl2"."oid" = "co"."confrelid") INNER JOIN "pg_attribute" AS "att2" ON (("att2"."attrelid" = "cl2"."oid") AND ("att2"."attnum" = ANY("co"."confkey"))) INNER JOIN "pg_namespace" AS "nsp" ON ("nsp"."oid" = "cl2"."relnamespace") WHERE (("cl"."relkind" IN ('r', 'p')) AND ("co"."contype" = 'f') AND (array_position("co"."conkey", "att"."attnum") = array_position("co"."confkey", "att2"."attnum")) AND ("cl"."oid" = CAST(CAST('"tasks"' AS regclass) AS oid))) ORDER BY "co"."conname", array_position("co"."conkey", "att"."attnum")
=> allowed

SELECT "name"."nspname" AS "schema", "seq"."relname" AS "sequence" FROM "pg_class" AS "seq", "pg_attribute" AS "attr", "pg_depend" AS "dep", "pg_namespace" AS "name", "pg_constraint" AS "cons", "pg_class" AS "t" WHERE (("seq"."oid" = "dep"."objid") AND ("seq"."relnamespace" = "name"."oid") AND ("seq"."relkind" = 'S') AND ("attr"."attrelid" = "dep"."refobjid") AND ("attr"."attnum" = "dep"."refobjsubid") AND ("attr"."attrelid" = "cons"."conrelid") AND ("attr"."attnum" = "cons"."conkey"[1]) AND ("attr"."attrelid" = "t"."oid") AND ("cons"."contype" = 'p') AND ("t"."oid" = CAST(CAST('"projects"' AS regclass) AS oid))) LIMIT 1
=> allowed

SELECT NULL AS "nil" FROM "tasks" LIMIT 1
=> allowed

SELECT "co"."conname" AS "constraint", "att"."attname" AS "column", pg_get_constraintdef("co"."oid") AS "definition" FROM "pg_constraint" AS "co" LEFT JOIN "pg_attribute" AS "att" ON (("att"."attrelid" = "co"."conrelid") AND ("att"."attnum" = ANY("co"."conkey"))) WHERE (("contype" = 'c') AND ("conrelid" = CAST(CAST('"projects"' AS regclass) AS oid)))
=> allowed

