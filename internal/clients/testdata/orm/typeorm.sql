-- TypeORM 1.1.1 node-postgres 8.23.1 Node v20.20.2
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/typeorm -record
-- startup: application_name="typeorm" client_encoding="UTF8"

SELECT version()
=> allowed

SELECT * FROM current_schema()
=> allowed

SELECT "members"."id" AS "members_id", "members"."email" AS "members_email", "members"."name" AS "members_name", "members"."active" AS "members_active", "members"."settings" AS "members_settings", "members"."created_at" AS "members_created_at" FROM "members" "members" WHERE (("members"."email" ILIKE $1) AND ("members"."active" = $2)) LIMIT 1
=> allowed

SELECT DISTINCT "distinctAlias"."projects_id" AS "ids_projects_id", "distinctAlias"."projects_id" FROM (SELECT "projects"."id" AS "projects_id", "projects"."name" AS "projects_name", "projects"."budget" AS "projects_budget", "projects"."tags" AS "projects_tags", "projects"."starts_on" AS "projects_starts_on", "projects"."created_at" AS "projects_created_at", "projects"."updated_at" AS "projects_updated_at", "projects"."owner_id" AS "projects_owner_id", "projects__projects_owner"."id" AS "projects__projects_owner_id", "projects__projects_owner"."email" AS "projects__projects_owner_email", "projects__projects_owner"."name" AS "projects__projects_owner_name", "projects__projects_owner"."active" AS "projects__projects_owner_active", "projects__projects_owner"."settings" AS "projects__projects_owner_settings", "projects__projects_owner"."created_at" AS "projects__projects_owner_created_at", "projects__projects_tasks"."id" AS "projects__projects_tasks_id", "projects__projects_tasks"."title" AS "projects__projects_tasks_title", "projects__projects_tasks"."state" AS "projects__projects_tasks_state", "projects__projects_tasks"."priority" AS "projects__projects_tasks_priority", "projects__projects_tasks"."attributes" AS "projects__projects_tasks_attributes", "projects__projects_tasks"."due_at" AS "projects__projects_tasks_due_at", "projects__projects_tasks"."project_id" AS "projects__projects_tasks_project_id", "projects__projects_tasks__projects__projects_tasks_labels"."id" AS "projects__projects_tasks__projects__projects_tasks_labels_id", "projects__projects_tasks__projects__projects_tasks_labels"."org_id" AS "602848895942a4839d39abe6e5f6b0d36be44d56", "projects__projects_tasks__projects__projects_tasks_labels"."name" AS "projects__projects_tasks__projects__projects_tasks_labels_name" FROM "projects" "projects" LEFT JOIN "members" "projects__projects_owner" ON "projects__projects_owner"."id"="projects"."owner_id"  LEFT JOIN "tasks" "projects__projects_tasks" ON "projects__projects_tasks"."project_id"="projects"."id" LEFT JOIN "task_labels" "bb36422e74e16ff9b4c023766b4264262c56a2ec" ON "bb36422e74e16ff9b4c023766b4264262c56a2ec"."task_id"="projects__projects_tasks"."id" LEFT JOIN "labels" "projects__projects_tasks__projects__projects_tasks_labels" ON "projects__projects_tasks__projects__projects_tasks_labels"."id"="bb36422e74e16ff9b4c023766b4264262c56a2ec"."label_id" WHERE (((("projects__projects_tasks"."priority" > $1))))) "distinctAlias" ORDER BY "distinctAlias"."projects_id" DESC, "projects_id" ASC LIMIT 2 OFFSET 0
=> allowed

SELECT "projects"."id" AS "projects_id", "projects"."name" AS "projects_name", "projects"."budget" AS "projects_budget", "projects"."tags" AS "projects_tags", "projects"."starts_on" AS "projects_starts_on", "projects"."created_at" AS "projects_created_at", "projects"."updated_at" AS "projects_updated_at", "projects"."owner_id" AS "projects_owner_id", "projects__projects_owner"."id" AS "projects__projects_owner_id", "projects__projects_owner"."email" AS "projects__projects_owner_email", "projects__projects_owner"."name" AS "projects__projects_owner_name", "projects__projects_owner"."active" AS "projects__projects_owner_active", "projects__projects_owner"."settings" AS "projects__projects_owner_settings", "projects__projects_owner"."created_at" AS "projects__projects_owner_created_at", "projects__projects_tasks"."id" AS "projects__projects_tasks_id", "projects__projects_tasks"."title" AS "projects__projects_tasks_title", "projects__projects_tasks"."state" AS "projects__projects_tasks_state", "projects__projects_tasks"."priority" AS "projects__projects_tasks_priority", "projects__projects_tasks"."attributes" AS "projects__projects_tasks_attributes", "projects__projects_tasks"."due_at" AS "projects__projects_tasks_due_at", "projects__projects_tasks"."project_id" AS "projects__projects_tasks_project_id", "projects__projects_tasks__projects__projects_tasks_labels"."id" AS "projects__projects_tasks__projects__projects_tasks_labels_id", "projects__projects_tasks__projects__projects_tasks_labels"."org_id" AS "602848895942a4839d39abe6e5f6b0d36be44d56", "projects__projects_tasks__projects__projects_tasks_labels"."name" AS "projects__projects_tasks__projects__projects_tasks_labels_name" FROM "projects" "projects" LEFT JOIN "members" "projects__projects_owner" ON "projects__projects_owner"."id"="projects"."owner_id"  LEFT JOIN "tasks" "projects__projects_tasks" ON "projects__projects_tasks"."project_id"="projects"."id" LEFT JOIN "task_labels" "bb36422e74e16ff9b4c023766b4264262c56a2ec" ON "bb36422e74e16ff9b4c023766b4264262c56a2ec"."task_id"="projects__projects_tasks"."id" LEFT JOIN "labels" "projects__projects_tasks__projects__projects_tasks_labels" ON "projects__projects_tasks__projects__projects_tasks_labels"."id"="bb36422e74e16ff9b4c023766b4264262c56a2ec"."label_id" WHERE ( (((("projects__projects_tasks"."priority" > $1)))) ) AND ( "projects"."id" IN ($2, $3) ) ORDER BY "projects"."id" DESC
=> allowed

SELECT "projects"."id" AS "projects_id", "projects"."name" AS "projects_name", "projects"."budget" AS "projects_budget", "projects"."tags" AS "projects_tags", "projects"."starts_on" AS "projects_starts_on", "projects"."created_at" AS "projects_created_at", "projects"."updated_at" AS "projects_updated_at", "projects"."owner_id" AS "projects_owner_id" FROM "projects" "projects" LIMIT 1
=> allowed

SELECT "tasks"."id" AS "tasks_id", "tasks"."title" AS "tasks_title", "tasks"."state" AS "tasks_state", "tasks"."priority" AS "tasks_priority", "tasks"."attributes" AS "tasks_attributes", "tasks"."due_at" AS "tasks_due_at", "tasks"."project_id" AS "tasks_project_id" FROM "tasks" "tasks" WHERE "tasks"."project_id" IN ($1)
=> allowed

SELECT "tasks"."id" AS "tasks_tasks_id", "tasks"."project_id" AS "projects_id" FROM "tasks" "tasks" WHERE "tasks"."project_id" IN ($1)
=> allowed

SELECT "tasks"."id" AS "tasks_id", "tasks"."title" AS "tasks_title" FROM "tasks" "tasks" WHERE (((("tasks"."state" IN ($1)))) OR ((("tasks"."due_at" IS NULL) AND ("tasks"."title" != $2))))
=> allowed

START TRANSACTION
=> allowed

SET TRANSACTION ISOLATION LEVEL SERIALIZABLE
=> allowed

INSERT INTO "projects"("name", "budget", "tags", "starts_on", "created_at", "updated_at", "owner_id") VALUES ($1, DEFAULT, $2, DEFAULT, DEFAULT, DEFAULT, $3) RETURNING "id", "budget", "tags", "created_at", "updated_at"
=> allowed

INSERT INTO "tasks"("title", "state", "priority", "attributes", "due_at", "project_id") VALUES ($1, DEFAULT, DEFAULT, DEFAULT, DEFAULT, $2), ($3, DEFAULT, DEFAULT, $4, DEFAULT, $5) RETURNING "id", "state", "priority", "attributes"
=> allowed

SAVEPOINT typeorm_1
=> allowed

INSERT INTO "members"("email", "name", "active", "settings", "created_at") VALUES ($1, $2, DEFAULT, DEFAULT, DEFAULT) RETURNING "id", "active", "settings", "created_at"
=> allowed

ROLLBACK TO SAVEPOINT typeorm_1
=> allowed

SELECT "projects"."id" AS "projects_id", "projects"."name" AS "projects_name", "projects"."budget" AS "projects_budget", "projects"."tags" AS "projects_tags", "projects"."starts_on" AS "projects_starts_on", "projects"."created_at" AS "projects_created_at", "projects"."updated_at" AS "projects_updated_at", "projects"."owner_id" AS "projects_owner_id" FROM "projects" "projects" WHERE "projects"."id" = $1
=> allowed

SELECT "tasks"."project_id" AS "project_id", "tasks"."id" AS "id" FROM "tasks" "tasks" WHERE (("tasks"."project_id" = $1))
=> allowed

SELECT "tasks"."id" AS "tasks_id", "tasks"."title" AS "tasks_title", "tasks"."state" AS "tasks_state", "tasks"."priority" AS "tasks_priority", "tasks"."attributes" AS "tasks_attributes", "tasks"."due_at" AS "tasks_due_at", "tasks"."project_id" AS "tasks_project_id" FROM "tasks" "tasks" WHERE "tasks"."id" IN ($1, $2)
=> allowed

UPDATE "projects" SET "name" = $1, "updated_at" = CURRENT_TIMESTAMP WHERE "id" = $2 RETURNING "updated_at"
=> allowed

INSERT INTO "labels"("id", "org_id", "name") VALUES (DEFAULT, $1, $2) ON CONFLICT ( "org_id", "name" ) DO UPDATE SET "org_id" = EXCLUDED."org_id", "name" = EXCLUDED."name" RETURNING "id"
=> allowed

INSERT INTO "labels"("id", "org_id", "name") VALUES (DEFAULT, $1, $2) ON CONFLICT DO NOTHING  RETURNING "id"
=> allowed

SELECT "labels"."id" AS "labels_id", "labels"."org_id" AS "labels_org_id", "labels"."name" AS "labels_name" FROM "labels" "labels" WHERE (("labels"."name" = $1)) LIMIT 1
=> allowed

INSERT INTO "task_labels"("task_id", "label_id") VALUES ($1, $2)
=> allowed

SELECT "tasks"."id" AS "tasks_id", "tasks"."title" AS "tasks_title", "tasks"."state" AS "tasks_state", "tasks"."priority" AS "tasks_priority", "tasks"."attributes" AS "tasks_attributes", "tasks"."due_at" AS "tasks_due_at", "tasks"."project_id" AS "tasks_project_id" FROM "tasks" "tasks" LEFT JOIN "projects" "tasks__tasks_project" ON "tasks__tasks_project"."id"="tasks"."project_id" WHERE (((("tasks__tasks_project"."id" = $1)))) FOR UPDATE SKIP LOCKED
=> allowed

SELECT "tasks"."id" AS "tasks_id", "tasks"."title" AS "tasks_title", "tasks"."state" AS "tasks_state", "tasks"."priority" AS "tasks_priority", "tasks"."attributes" AS "tasks_attributes", "tasks"."due_at" AS "tasks_due_at", "tasks"."project_id" AS "tasks_project_id" FROM "tasks" "tasks" LEFT JOIN "projects" "tasks__tasks_project" ON "tasks__tasks_project"."id"="tasks"."project_id" WHERE (((("tasks__tasks_project"."id" = $1)))) FOR NO KEY UPDATE OF "tasks"
=> allowed

UPDATE "tasks" SET "priority" = "priority" + 2 WHERE "project_id" = $1
=> allowed

UPDATE "tasks" SET "state" = $1, "due_at" = now() WHERE "project_id" = $2
=> allowed

DELETE FROM "labels" WHERE "name" = $1
=> allowed

SELECT "tasks_labels_rid"."label_id" AS "label_id", "tasks_labels_rid"."task_id" AS "task_id" FROM "labels" "labels" INNER JOIN "task_labels" "tasks_labels_rid" ON ("tasks_labels_rid"."task_id" = $1 AND "tasks_labels_rid"."label_id" = "labels"."id") OR ("tasks_labels_rid"."task_id" = $2 AND "tasks_labels_rid"."label_id" = "labels"."id") ORDER BY "tasks_labels_rid"."label_id" ASC, "tasks_labels_rid"."task_id" ASC
=> allowed

DELETE FROM "tasks" WHERE ("id" = $1 OR "id" = $2)
=> allowed

DELETE FROM "projects" WHERE "id" = $1
=> allowed

COMMIT
=> allowed

SELECT "t"."id" AS "t_id", "t"."title" AS "t_title", "t"."state" AS "t_state", "t"."priority" AS "t_priority", "t"."attributes" AS "t_attributes", "t"."due_at" AS "t_due_at", "t"."project_id" AS "t_project_id", "p"."id" AS "p_id", "p"."name" AS "p_name", "p"."budget" AS "p_budget", "p"."tags" AS "p_tags", "p"."starts_on" AS "p_starts_on", "p"."created_at" AS "p_created_at", "p"."updated_at" AS "p_updated_at", "p"."owner_id" AS "p_owner_id", "m"."id" AS "m_id", "m"."email" AS "m_email", "m"."name" AS "m_name", "m"."active" AS "m_active", "m"."settings" AS "m_settings", "m"."created_at" AS "m_created_at" FROM "tasks" "t" INNER JOIN "projects" "p" ON "p"."id"="t"."project_id"  LEFT JOIN "members" "m" ON "m"."id" = "p"."owner_id" WHERE ("t"."title" ILIKE $1 OR "t"."attributes" @> $2) AND EXISTS (SELECT 1 FROM "labels" "l") ORDER BY "t"."id" ASC NULLS LAST LIMIT 2
=> allowed

SELECT "t"."project_id", count(*) AS "n", max("t"."priority") FILTER (WHERE "t"."priority" > 1) AS "m" FROM "tasks" "t" GROUP BY "t"."project_id" HAVING count(*) > $1
=> allowed

WITH "open" AS (SELECT "t"."id" AS "id" FROM "tasks" "t") SELECT count(*) FROM "open" "o"
=> allowed

SELECT "projects"."id" AS "projects_id", "projects"."name" AS "projects_name", "projects"."budget" AS "projects_budget", "projects"."tags" AS "projects_tags", "projects"."starts_on" AS "projects_starts_on", "projects"."created_at" AS "projects_created_at", "projects"."updated_at" AS "projects_updated_at", "projects"."owner_id" AS "projects_owner_id" FROM "projects" "projects" WHERE (("projects"."tags" @> $1) AND ("projects"."created_at" < now()))
=> allowed

SELECT DISTINCT ON ("t"."title") "t"."title" AS "t_title", ts_rank(search, plainto_tsquery($1)) AS "rank" FROM "tasks" "t" WHERE search @@ plainto_tsquery($1)
=> allowed

SELECT COUNT(1) AS "cnt" FROM "tasks" "tasks"
=> allowed

SELECT 1 AS "row_exists" FROM (SELECT 1 AS dummy_column) "dummy_table" WHERE EXISTS (SELECT 1 FROM "tasks" "tasks" WHERE (("tasks"."state" = $1))) LIMIT 1
=> allowed

SELECT SUM("tasks"."priority") AS "SUM" FROM "tasks" "tasks"
=> allowed

SELECT AVG("tasks"."priority") AS "AVG" FROM "tasks" "tasks"
=> allowed

SELECT "labels"."id" AS "labels_id", "labels"."org_id" AS "labels_org_id", "labels"."name" AS "labels_name" FROM "labels" "labels"
=> allowed

SELECT * FROM current_database()
=> allowed

SELECT "table_schema", "table_name", obj_description((quote_ident("table_schema") || '.' || quote_ident("table_name"))::regclass, 'pg_class') AS table_comment FROM "information_schema"."tables" WHERE ("table_schema" = 'public' AND "table_name" = 'projects')
=> allowed

SELECT TRUE FROM information_schema.columns WHERE table_name = 'pg_class' and column_name = 'relispartition'
=> allowed

SELECT columns.*, pg_catalog.col_description((quote_ident(table_catalog) || '.' || quote_ident(table_schema) || '.' || quote_ident(table_name))::regclass::oid, ordinal_position) AS description, ('"' || "udt_schema" || '"."' || "udt_name" || '"')::"regtype"::text AS "regtype", pg_catalog.format_type("col_attr"."atttypid", "col_attr"."atttypmod") AS "format_type" FROM "information_schema"."columns" LEFT JOIN "pg_catalog"."pg_attribute" AS "col_attr" ON "col_attr"."attname" = "columns"."column_name" AND "col_attr"."attrelid" = ( SELECT "cls"."oid" FROM "pg_catalog"."pg_class" AS "cls" LEFT JOIN "pg_catalog"."pg_namespace" AS "ns" ON "ns"."oid" = "cls"."relnamespace" WHERE "cls"."relname" = "columns"."table_name" AND "ns"."nspname" = "columns"."table_schema" ) WHERE ("table_schema" = 'public' AND "table_name" = 'projects')
=> allowed

SELECT "ns"."nspname" AS "table_schema", "t"."relname" AS "table_name", "cnst"."conname" AS "constraint_name", pg_get_constraintdef("cnst"."oid") AS "expression", CASE "cnst"."contype" WHEN 'p' THEN 'PRIMARY' WHEN 'u' THEN 'UNIQUE' WHEN 'c' THEN 'CHECK' WHEN 'x' THEN 'EXCLUDE' END AS "constraint_type", "a"."attname" AS "column_name" FROM "pg_constraint" "cnst" INNER JOIN "pg_class" "t" ON "t"."oid" = "cnst"."conrelid" INNER JOIN "pg_namespace" "ns" ON "ns"."oid" = "cnst"."connamespace" LEFT JOIN "pg_attribute" "a" ON "a"."attrelid" = "cnst"."conrelid" AND "a"."attnum" = ANY ("cnst"."conkey") WHERE "t"."relkind" IN ('r', 'p') AND (("ns"."nspname" = 'public' AND "t"."relname" = 'projects'))
=> allowed

SELECT "ns"."nspname" AS "table_schema", "t"."relname" AS "table_name", "i"."relname" AS "constraint_name", "a"."attname" AS "column_name", CASE "ix"."indisunique" WHEN 't' THEN 'TRUE' ELSE'FALSE' END AS "is_unique", pg_get_expr("ix"."indpred", "ix"."indrelid") AS "condition", "types"."typname" AS "type_name", "am"."amname" AS "index_type" FROM "pg_class" "t" INNER JOIN "pg_index" "ix" ON "ix"."indrelid" = "t"."oid" INNER JOIN "pg_attribute" "a" ON "a"."attrelid" = "t"."oid"  AND "a"."attnum" = ANY ("ix"."indkey") INNER JOIN "pg_namespace" "ns" ON "ns"."oid" = "t"."relnamespace" INNER JOIN "pg_class" "i" ON "i"."oid" = "ix"."indexrelid" INNER JOIN "pg_type" "types" ON "types"."oid" = "a"."atttypid" INNER JOIN "pg_am" "am" ON "i"."relam" = "am"."oid" LEFT JOIN "pg_constraint" "cnst" ON "cnst"."conname" = "i"."relname" WHERE "t"."relkind" IN ('r', 'p') AND "cnst"."contype" IS NULL AND (("ns"."nspname" = 'public' AND "t"."relname" = 'projects'))
=> allowed

SELECT "con"."conname" AS "constraint_name", "con"."nspname" AS "table_schema", "con"."relname" AS "table_name", "att2"."attname" AS "column_name", "ns"."nspname" AS "referenced_table_schema", "cl"."relname" AS "referenced_table_name", "att"."attname" AS "referenced_column_name", "con"."confdeltype" AS "on_delete", "con"."confupdtype" AS "on_update", "con"."condeferrable" AS "deferrable", "con"."condeferred" AS "deferred" FROM ( SELECT UNNEST ("con1"."conkey") AS "parent", UNNEST ("con1"."confkey") AS "child", "con1"."confrelid", "con1"."conrelid", "con1"."conname", "con1"."contype", "ns"."nspname", "cl"."relname", "con1"."condeferrable", CASE WHEN "con1"."condeferred" THEN 'INITIALLY DEFERRED' ELSE 'INITIALLY IMMEDIATE' END as condeferred, CASE "con1"."confdeltype" WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END as "confdeltype", CASE "con1"."confupdtype" WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END as "confupdtype" FROM "pg_class" "cl" INNER JOIN "pg_namespace" "ns" ON "cl"."relnamespace" = "ns"."oid" INNER JOIN "pg_constraint" "con1" ON "con1"."conrelid" = "cl"."oid" WHERE "con1"."contype" = 'f' AND (("ns"."nspname" = 'public' AND "cl"."relname" = 'projects')) ) "con" INNER JOIN "pg_attribute" "att" ON "att"."attrelid" = "con"."confrelid" AND "att"."attnum" = "con"."child" INNER JOIN "pg_class" "cl" ON "cl"."oid" = "con"."confrelid"  AND "cl"."relispartition" = 'f'INNER JOIN "pg_namespace" "ns" ON "cl"."relnamespace" = "ns"."oid" INNER JOIN "pg_attribute" "att2" ON "att2"."attrelid" = "con"."conrelid" AND "att2"."attnum" = "con"."parent"
=> allowed

SELECT "udt_schema", "udt_name" FROM "information_schema"."columns" WHERE "table_schema" = 'public' AND "table_name" = 'projects' AND "column_name"='tags'
=> allowed

SELECT "e"."enumlabel" AS "value" FROM "pg_enum" "e" INNER JOIN "pg_type" "t" ON "t"."oid" = "e"."enumtypid" INNER JOIN "pg_namespace" "n" ON "n"."oid" = "t"."typnamespace" WHERE "n"."nspname" = 'public' AND "t"."typname" = 'text' ORDER BY "e"."enumsortorder"
=> allowed

SELECT * FROM "information_schema"."tables" WHERE "table_schema" = $1 AND "table_name" = $2
=> allowed

SELECT * FROM "information_schema"."columns" WHERE "table_schema" = $1 AND "table_name" = $2 AND "column_name" = $3
=> allowed

SELECT * FROM "information_schema"."schemata" WHERE "schema_name" = $1
=> allowed

SELECT * FROM "migrations" "migrations" ORDER BY "id" DESC
=> allowed

SELECT "t"."title" AS "title" FROM "tasks" "t"
=> allowed

SELECT title FROM tasks WHERE id = ANY($1)
=> allowed

