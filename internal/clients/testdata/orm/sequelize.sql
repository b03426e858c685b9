-- Sequelize 6.37.8 node-postgres 8.23.1 Node v20.20.2
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/sequelize -record
-- startup: client_encoding="UTF8"

SET client_min_messages TO warning;SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE;
=> allowed

WITH ranges AS (  SELECT pg_range.rngtypid, pg_type.typname AS rngtypname,         pg_type.typarray AS rngtyparray, pg_range.rngsubtype    FROM pg_range LEFT OUTER JOIN pg_type ON pg_type.oid = pg_range.rngtypid)SELECT pg_type.typname, pg_type.typtype, pg_type.oid, pg_type.typarray,       ranges.rngtypname, ranges.rngtypid, ranges.rngtyparray  FROM pg_type LEFT OUTER JOIN ranges ON pg_type.oid = ranges.rngsubtype WHERE (pg_type.typtype IN('b', 'e'));
=> allowed

SELECT 1+1 AS result
=> allowed

SHOW SERVER_VERSION
=> allowed

SELECT "id", "email", "name", "active", "settings" FROM "members" AS "member" WHERE "member"."active" = true AND "member"."email" LIKE 'ada%' LIMIT 1;
=> allowed

SELECT count("project"."id") AS "count" FROM "projects" AS "project" INNER JOIN "members" AS "owner" ON "project"."owner_id" = "owner"."id";
=> allowed

SELECT "project"."id", "project"."name", "project"."budget", "project"."tags", "project"."starts_on" AS "startsOn", "project"."created_at" AS "createdAt", "project"."updated_at" AS "updatedAt", "project"."owner_id" AS "ownerId", "owner"."id" AS "owner.id", "owner"."email" AS "owner.email", "owner"."name" AS "owner.name", "owner"."active" AS "owner.active", "owner"."settings" AS "owner.settings" FROM "projects" AS "project" INNER JOIN "members" AS "owner" ON "project"."owner_id" = "owner"."id" ORDER BY "project"."name" ASC NULLS LAST LIMIT 2 OFFSET 0;
=> allowed

SELECT "id", "title", "state", "priority", "attributes", "due_at" AS "dueAt", "search", "project_id" AS "projectId" FROM "tasks" AS "task" WHERE "task"."project_id" IN ('16', '17') ORDER BY "task"."id" DESC;
=> allowed

SELECT "task".*, "labels"."id" AS "labels.id", "labels"."org_id" AS "labels.orgId", "labels"."name" AS "labels.name", "project"."id" AS "project.id", "project"."name" AS "project.name", "project"."budget" AS "project.budget", "project"."tags" AS "project.tags", "project"."starts_on" AS "project.startsOn", "project"."created_at" AS "project.createdAt", "project"."updated_at" AS "project.updatedAt", "project"."owner_id" AS "project.ownerId", "project->owner"."id" AS "project.owner.id", "project->owner"."email" AS "project.owner.email", "project->owner"."name" AS "project.owner.name", "project->owner"."active" AS "project.owner.active", "project->owner"."settings" AS "project.owner.settings" FROM (SELECT "task"."id", "task"."title", "task"."state", "task"."priority", "task"."attributes", "task"."due_at" AS "dueAt", "task"."search", "task"."project_id" AS "projectId" FROM "tasks" AS "task" WHERE ( SELECT "task_labels"."task_id" FROM "task_labels" AS "task_labels" INNER JOIN "labels" AS "label" ON "task_labels"."label_id" = "label"."id" AND "label"."name" ILIKE '%urgent%' WHERE ("task"."id" = "task_labels"."task_id") LIMIT 1 ) IS NOT NULL LIMIT 3) AS "task" INNER JOIN ( "task_labels" AS "labels->task_labels" INNER JOIN "labels" AS "labels" ON "labels"."id" = "labels->task_labels"."label_id") ON "task"."id" = "labels->task_labels"."task_id" AND "labels"."name" ILIKE '%urgent%' LEFT OUTER JOIN "projects" AS "project" ON "task"."projectId" = "project"."id" LEFT OUTER JOIN "members" AS "project->owner" ON "project"."owner_id" = "project->owner"."id";
=> allowed

START TRANSACTION;
=> allowed

SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
=> allowed

INSERT INTO "projects" ("id","name","budget","tags","starts_on","created_at","updated_at","owner_id") VALUES (DEFAULT,$1,$2,$3,$4,$5,$6,$7) RETURNING "id","name","budget","tags","starts_on","created_at","updated_at","owner_id";
=> allowed

INSERT INTO "tasks" ("id","title","project_id") VALUES (DEFAULT,$1,$2) RETURNING "id","title","state","priority","attributes","due_at","search","project_id";
=> allowed

INSERT INTO "tasks" ("id","title","attributes","project_id") VALUES (DEFAULT,$1,$2,$3) RETURNING "id","title","state","priority","attributes","due_at","search","project_id";
=> allowed

INSERT INTO "tasks" ("id","title","project_id") VALUES (DEFAULT,'a','25'),(DEFAULT,'b','25') RETURNING "id";
=> allowed

SAVEPOINT "e33c28cd-1522-4e9f-89a5-64dfc4ab619f-sp-1";
=> allowed

INSERT INTO "members" ("id","email","name") VALUES (DEFAULT,$1,$2) RETURNING "id","email","name","active","settings";
=> allowed

ROLLBACK TO SAVEPOINT "e33c28cd-1522-4e9f-89a5-64dfc4ab619f-sp-1";
=> allowed

SELECT "id", "title", "state", "priority", "attributes", "due_at" AS "dueAt", "search", "project_id" AS "projectId" FROM "tasks" AS "task" WHERE "task"."project_id" = '25' FOR UPDATE SKIP LOCKED;
=> allowed

SELECT "task"."id", "task"."title", "task"."state", "task"."priority", "task"."attributes", "task"."due_at" AS "dueAt", "task"."search", "task"."project_id" AS "projectId", "project"."id" AS "project.id", "project"."name" AS "project.name", "project"."budget" AS "project.budget", "project"."tags" AS "project.tags", "project"."starts_on" AS "project.startsOn", "project"."created_at" AS "project.createdAt", "project"."updated_at" AS "project.updatedAt", "project"."owner_id" AS "project.ownerId" FROM "tasks" AS "task" INNER JOIN "projects" AS "project" ON "task"."project_id" = "project"."id" WHERE "task"."project_id" = '25' FOR NO KEY UPDATE OF "task";
=> allowed

UPDATE "tasks" SET "priority"=$1 WHERE ("title" LIKE 'o%' OR "title" IN ('a', 'b')) AND "project_id" = $2 RETURNING "id","title","state","priority","attributes","due_at","search","project_id"
=> allowed

UPDATE "tasks" SET "priority"="priority"+ 1 WHERE "project_id" = '25' RETURNING *
=> allowed

INSERT INTO "labels" ("id","org_id","name") VALUES ($1,$2,$3) ON CONFLICT ("org_id","name") DO UPDATE SET "name"=EXCLUDED."name","org_id"=EXCLUDED."org_id" RETURNING "id","org_id","name";
=> allowed

INSERT INTO "labels" ("id","org_id","name") VALUES ('7811312c-03f8-4074-906a-4bd82aeebaa7','a1c5e7f0-3b2d-4c6a-8e19-5d70b4f2a901','seq') ON CONFLICT ("org_id","name") DO UPDATE SET "name"=EXCLUDED."name" RETURNING "id","org_id","name";
=> allowed

INSERT INTO "labels" ("id","org_id","name") VALUES ('a83f7c94-3ecd-495d-86eb-a416c63fdd46','a1c5e7f0-3b2d-4c6a-8e19-5d70b4f2a901','seq') ON CONFLICT DO NOTHING RETURNING "id","org_id","name";
=> allowed

SAVEPOINT "e33c28cd-1522-4e9f-89a5-64dfc4ab619f-sp-2";
=> allowed

SELECT "id", "org_id" AS "orgId", "name" FROM "labels" AS "label" WHERE "label"."name" = 'seq' LIMIT 1;
=> allowed

SELECT "id", "title", "state", "priority", "attributes", "due_at" AS "dueAt", "search", "project_id" AS "projectId" FROM "tasks" AS "task" WHERE "task"."project_id" = '25' LIMIT 1;
=> allowed

SELECT "task_id" AS "taskId", "label_id" AS "labelId" FROM "task_labels" AS "task_labels" WHERE "task_labels"."task_id" = '74' AND "task_labels"."label_id" IN ('f861e745-e86e-42e2-80dd-34e871196598');
=> allowed

INSERT INTO "task_labels" ("task_id","label_id") VALUES ('74','f861e745-e86e-42e2-80dd-34e871196598') RETURNING "task_id","label_id";
=> allowed

UPDATE "tasks" SET "title"=$1,"attributes"=$2 WHERE "id" = $3
=> allowed

SELECT "id", "title", "state", "priority", "attributes", "due_at" AS "dueAt", "search", "project_id" AS "projectId" FROM "tasks" AS "task" WHERE "task"."id" = '74';
=> allowed

DELETE FROM "labels" WHERE "name" = 'seq'
=> allowed

DELETE FROM "projects" WHERE "id" = '25'
=> allowed

COMMIT;
=> allowed

SELECT "project_id" AS "projectId", COUNT("id") AS "n", sum(priority) FILTER (WHERE priority > 1) AS "s" FROM "tasks" AS "task" GROUP BY "projectId" HAVING COUNT("id") > 1;
=> allowed

SELECT "id", "title", "state", "priority", "attributes", "due_at" AS "dueAt", "search", "project_id" AS "projectId" FROM "tasks" AS "task" WHERE (lower("title") = 'write the report') AND (("task"."attributes"#>>'{colour}') = 'red' AND CAST(("task"."attributes"#>>'{size}') AS DOUBLE PRECISION) >= 1);
=> allowed

SELECT "id", "title", "state", "priority", "attributes", "due_at" AS "dueAt", "search", "project_id" AS "projectId" FROM "tasks" AS "task" WHERE "task"."attributes" @> '{"colour":"red"}' AND "task"."search" @@ to_tsquery('report') AND "task"."title" ~* '^w';
=> allowed

SELECT "id", "name", "budget", "tags", "starts_on" AS "startsOn", "created_at" AS "createdAt", "updated_at" AS "updatedAt", "owner_id" AS "ownerId" FROM "projects" AS "project" WHERE ("project"."tags" @> ARRAY['red']::TEXT[] AND "project"."tags" && ARRAY['blue']::TEXT[]) AND ("project"."id" BETWEEN 1 AND 100000 AND "project"."id" = ANY (ARRAY(SELECT project_id FROM tasks)));
=> allowed

SELECT count(DISTINCT("state")) AS "count" FROM "tasks" AS "task";
=> allowed

SELECT max("priority") AS "max" FROM "tasks" AS "task";
=> allowed

SELECT sum("priority") AS "sum" FROM "tasks" AS "task";
=> allowed

SELECT title, rank() OVER (ORDER BY priority) FROM tasks WHERE title LIKE '%''report%'
=> allowed

SELECT * FROM project_totals WHERE tasks > $1
=> allowed

SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type LIKE '%TABLE' AND table_name != 'spatial_ref_sys';
=> allowed

SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'tasks'
=> allowed

SELECT i.relname AS name, ix.indisprimary AS primary, ix.indisunique AS unique, ix.indkey AS indkey, array_agg(a.attnum) as column_indexes, array_agg(a.attname) AS column_names, pg_get_indexdef(ix.indexrelid) AS definition FROM pg_class t, pg_class i, pg_index ix, pg_attribute a WHERE t.oid = ix.indrelid AND i.oid = ix.indexrelid AND a.attrelid = t.oid AND t.relkind = 'r' and t.relname = 'tasks' GROUP BY i.relname, ix.indexrelid, ix.indisprimary, ix.indisunique, ix.indkey ORDER BY i.relname;
=> allowed

SELECT DISTINCT tc.constraint_name as constraint_name, tc.constraint_schema as constraint_schema, tc.constraint_catalog as constraint_catalog, tc.table_name as table_name,tc.table_schema as table_schema,tc.table_catalog as table_catalog,tc.initially_deferred as initially_deferred,tc.is_deferrable as is_deferrable,kcu.column_name as column_name,ccu.table_schema  AS referenced_table_schema,ccu.table_catalog  AS referenced_table_catalog,ccu.table_name  AS referenced_table_name,ccu.column_name AS referenced_column_name FROM information_schema.table_constraints AS tc JOIN information_schema.key_column_usage AS kcu ON tc.constraint_name = kcu.constraint_name JOIN information_schema.constraint_column_usage AS ccu ON ccu.constraint_name = tc.constraint_name WHERE constraint_type = 'FOREIGN KEY' AND tc.table_name = 'tasks' AND tc.table_catalog = 'test25'
=> allowed

SELECT constraint_catalog AS "constraintCatalog", constraint_schema AS "constraintSchema", constraint_name AS "constraintName", table_catalog AS "tableCatalog", table_schema AS "tableSchema", table_name AS "tableName", constraint_type AS "constraintType", is_deferrable AS "isDeferrable", initially_deferred AS "initiallyDeferred" from INFORMATION_SCHEMA.table_constraints WHERE table_name='tasks';
=> allowed

SELECT schema_name FROM information_schema.schemata WHERE schema_name <> 'information_schema' AND schema_name != 'public' AND schema_name !~ E'^pg_';
=> allowed

SELECT "name" FROM "SequelizeMeta" AS "SequelizeMeta" ORDER BY "SequelizeMeta"."name" ASC;
=> allowed

