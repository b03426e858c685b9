-- Prisma 7.10.0 @prisma/adapter-pg 7.10.1 node-postgres 8.23.1 Node v20.20.2
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/prisma -record
-- startup: client_encoding="UTF8"

INSERT INTO "public"."labels" ("org_id","name","colour") VALUES ($1,$2,$3) ON CONFLICT ("org_id","name") DO UPDATE SET "colour" = $4 WHERE (("public"."labels"."org_id" = $5 AND "public"."labels"."name" = $6) AND 1=1) RETURNING "public"."labels"."id", "public"."labels"."org_id", "public"."labels"."name", "public"."labels"."colour"
=> allowed

SELECT "public"."members"."id", "public"."members"."org_id", "public"."members"."email", "public"."members"."name", "public"."members"."active", "public"."members"."settings", "public"."members"."created_at" FROM "public"."members" WHERE ("public"."members"."active" = $1 AND "public"."members"."email" ILIKE ($2 || '%')) LIMIT $3 OFFSET $4
=> allowed

SELECT "public"."projects"."id", "public"."projects"."owner_id", "public"."projects"."name", "public"."projects"."budget", "public"."projects"."tags", "public"."projects"."starts_on", "public"."projects"."created_at", "public"."projects"."updated_at", COALESCE("aggr_selection_0_tasks"."_aggr_count_tasks", 0) AS "_aggr_count_tasks" FROM "public"."projects" LEFT JOIN (SELECT "public"."tasks"."project_id", COUNT(*) AS "_aggr_count_tasks" FROM "public"."tasks" WHERE 1=1 GROUP BY "public"."tasks"."project_id") AS "aggr_selection_0_tasks" ON ("public"."projects"."id" = "aggr_selection_0_tasks"."project_id") WHERE (("public"."projects"."name"::text LIKE ('%' || $1 || '%') OR "public"."projects"."tags" @> $2 OR "public"."projects"."tags" && $3) AND (NOT "public"."projects"."starts_on" < $4)) ORDER BY "public"."projects"."name" ASC, "public"."projects"."starts_on"DESC NULLS LAST LIMIT $5 OFFSET $6
=> allowed

SELECT "public"."members"."id", "public"."members"."org_id", "public"."members"."email", "public"."members"."name", "public"."members"."active", "public"."members"."settings", "public"."members"."created_at" FROM "public"."members" WHERE "public"."members"."id" IN (NULL) OFFSET $1
=> allowed

SELECT "public"."tasks"."id", "public"."tasks"."project_id", "public"."tasks"."title", "public"."tasks"."state"::text, "public"."tasks"."priority", "public"."tasks"."attributes", "public"."tasks"."due_at" FROM "public"."tasks" WHERE ("public"."tasks"."priority" > $1 AND "public"."tasks"."project_id" IN (NULL)) ORDER BY "public"."tasks"."id" DESC OFFSET $2
=> allowed

SELECT "public"."task_labels"."task_id", "public"."task_labels"."label_id" FROM "public"."task_labels" WHERE "public"."task_labels"."task_id" IN (NULL) OFFSET $1
=> allowed

SELECT "public"."labels"."id", "public"."labels"."org_id", "public"."labels"."name", "public"."labels"."colour" FROM "public"."labels" WHERE "public"."labels"."id" IN (NULL) OFFSET $1
=> allowed

SELECT "public"."tasks"."id", "public"."tasks"."project_id", "public"."tasks"."title", "public"."tasks"."state"::text, "public"."tasks"."priority", "public"."tasks"."attributes", "public"."tasks"."due_at" FROM "public"."tasks" LEFT JOIN "public"."projects" AS "j0" ON ("j0"."id") = ("public"."tasks"."project_id") LEFT JOIN "public"."members" AS "j1" ON ("j1"."id") = ("j0"."owner_id") WHERE (("j1"."email"::text LIKE ('%' || $1) AND ("j1"."id" IS NOT NULL) AND ("j0"."id" IS NOT NULL)) AND EXISTS(SELECT "t2"."task_id" FROM "public"."task_labels" AS "t2" LEFT JOIN "public"."labels" AS "j3" ON ("j3"."id") = ("t2"."label_id") WHERE ("j3"."name" <> $2 AND ("j3"."id" IS NOT NULL) AND ("public"."tasks"."id") = ("t2"."task_id") AND "t2"."task_id" IS NOT NULL)) AND "public"."tasks"."state" IN (CAST($3::text AS "public"."task_state"),CAST($4::text AS "public"."task_state")) AND "public"."tasks"."id" <= (SELECT "public"."tasks"."id" FROM "public"."tasks" WHERE ("public"."tasks"."id") = ($5))) ORDER BY "public"."tasks"."id" DESC OFFSET $6
=> allowed

SELECT "public"."tasks"."id", "public"."tasks"."title", "public"."tasks"."attributes" FROM "public"."tasks" WHERE ("public"."tasks"."attributes"#>ARRAY[$1]::text[])::jsonb::jsonb = $2 OFFSET $3
=> allowed

BEGIN
=> allowed

SELECT "public"."members"."id" FROM "public"."members" WHERE ("public"."members"."id" = $1 AND 1=1) LIMIT $2 OFFSET $3
=> allowed

INSERT INTO "public"."projects" ("owner_id","name","budget","tags","starts_on","created_at","updated_at") VALUES ($1,$2,$3,$4,$5,$6,$7) RETURNING "public"."projects"."id"
=> allowed

INSERT INTO "public"."tasks" ("project_id","title","state","priority","attributes") VALUES ($1,$2,CAST($3::text AS "public"."task_state"),$4,$5), ($6,$7,CAST($8::text AS "public"."task_state"),$9,$10)
=> allowed

SELECT "public"."projects"."id", "public"."projects"."owner_id", "public"."projects"."name", "public"."projects"."budget", "public"."projects"."tags", "public"."projects"."starts_on", "public"."projects"."created_at", "public"."projects"."updated_at" FROM "public"."projects" WHERE "public"."projects"."id" = $1 LIMIT $2 OFFSET $3
=> allowed

SELECT "public"."tasks"."id", "public"."tasks"."project_id", "public"."tasks"."title", "public"."tasks"."state"::text, "public"."tasks"."priority", "public"."tasks"."attributes", "public"."tasks"."due_at" FROM "public"."tasks" WHERE "public"."tasks"."project_id" = $1 OFFSET $2
=> allowed

COMMIT
=> allowed

SET TRANSACTION ISOLATION LEVEL SERIALIZABLE
=> allowed

INSERT INTO "public"."tasks" ("project_id","title","state","priority","attributes") VALUES ($1,$2,CAST($3::text AS "public"."task_state"),$4,$5), ($6,$7,CAST($8::text AS "public"."task_state"),$9,$10) ON CONFLICT DO NOTHING
=> allowed

INSERT INTO "public"."tasks" ("project_id","title","state","priority","attributes") VALUES ($1,$2,CAST($3::text AS "public"."task_state"),$4,$5) RETURNING "public"."tasks"."id", "public"."tasks"."project_id", "public"."tasks"."title", "public"."tasks"."state"::text, "public"."tasks"."priority", "public"."tasks"."attributes", "public"."tasks"."due_at"
=> allowed

UPDATE "public"."tasks" SET "priority" = ("public"."tasks"."priority" + $1), "state" = CAST($2::text AS "public"."task_state") WHERE ("public"."tasks"."project_id" = $3 AND "public"."tasks"."title" <> $4)
=> allowed

UPDATE "public"."tasks" SET "due_at" = $1 WHERE "public"."tasks"."project_id" = $2 RETURNING "public"."tasks"."id", "public"."tasks"."project_id", "public"."tasks"."title", "public"."tasks"."state"::text, "public"."tasks"."priority", "public"."tasks"."attributes", "public"."tasks"."due_at"
=> allowed

UPDATE "public"."tasks" SET "title" = $1 WHERE ("public"."tasks"."id" = $2 AND 1=1) RETURNING "public"."tasks"."id", "public"."tasks"."project_id", "public"."tasks"."title", "public"."tasks"."state"::text, "public"."tasks"."priority", "public"."tasks"."attributes", "public"."tasks"."due_at"
=> allowed

SELECT "public"."projects"."id" FROM "public"."projects" WHERE (1=1 AND "public"."projects"."id" IN ($1)) OFFSET $2
=> allowed

UPDATE "public"."projects" SET "name" = $1, "updated_at" = $2 WHERE ("public"."projects"."id" IN ($3) AND 1=1) RETURNING "public"."projects"."id"
=> allowed

SELECT "public"."tasks"."id", "public"."tasks"."project_id", "public"."tasks"."title", "public"."tasks"."state"::text, "public"."tasks"."priority", "public"."tasks"."attributes", "public"."tasks"."due_at" FROM "public"."tasks" WHERE "public"."tasks"."id" = $1 LIMIT $2 OFFSET $3
=> allowed

SELECT "public"."labels"."id" FROM "public"."labels" WHERE (("public"."labels"."org_id" = $1 AND "public"."labels"."name" = $2) AND 1=1) OFFSET $3
=> allowed

UPDATE "public"."labels" SET "colour" = $1 WHERE ("public"."labels"."id" IN ($2) AND (("public"."labels"."org_id" = $3 AND "public"."labels"."name" = $4) AND 1=1)) RETURNING "public"."labels"."id", "public"."labels"."org_id", "public"."labels"."name", "public"."labels"."colour"
=> allowed

SELECT "public"."labels"."id", "public"."labels"."org_id", "public"."labels"."name", "public"."labels"."colour" FROM "public"."labels" WHERE "public"."labels"."id" = $1 LIMIT $2 OFFSET $3
=> allowed

DELETE FROM "public"."labels" WHERE "public"."labels"."name" = $1
=> allowed

SELECT id FROM tasks WHERE project_id = $1 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
=> allowed

SELECT COUNT(*) AS "_count$_all" FROM (SELECT "public"."tasks"."id" FROM "public"."tasks" WHERE 1=1 OFFSET $1) AS "sub"
=> allowed

UPDATE "public"."members" SET "settings" = $1 WHERE ("public"."members"."id" = $2 AND 1=1) RETURNING "public"."members"."id", "public"."members"."org_id", "public"."members"."email", "public"."members"."name", "public"."members"."active", "public"."members"."settings", "public"."members"."created_at"
=> allowed

INSERT INTO "public"."members" ("org_id","email","name","active","settings","created_at") VALUES ($1,$2,$3,$4,$5,$6) RETURNING "public"."members"."id", "public"."members"."org_id", "public"."members"."email", "public"."members"."name", "public"."members"."active", "public"."members"."settings", "public"."members"."created_at"
=> allowed

DELETE FROM "public"."tasks" WHERE "public"."tasks"."project_id" = $1
=> allowed

ROLLBACK
=> allowed

DELETE FROM "public"."projects" WHERE ("public"."projects"."id" = $1 AND 1=1) RETURNING "public"."projects"."id", "public"."projects"."owner_id", "public"."projects"."name", "public"."projects"."budget", "public"."projects"."tags", "public"."projects"."starts_on", "public"."projects"."created_at", "public"."projects"."updated_at"
=> allowed

SELECT COUNT(*) AS "_count$_all", AVG("public"."tasks"."priority") AS "_avg$priority", "public"."tasks"."project_id", "public"."tasks"."state"::text FROM "public"."tasks" WHERE 1=1 GROUP BY "public"."tasks"."project_id", "public"."tasks"."state" HAVING MAX("public"."tasks"."priority") > $1 ORDER BY "public"."tasks"."project_id" ASC OFFSET $2
=> allowed

SELECT SUM("priority") AS "_sum$priority", MIN("due_at") AS "_min$due_at" FROM (SELECT "public"."tasks"."priority", "public"."tasks"."due_at" FROM "public"."tasks" WHERE "public"."tasks"."title"::text LIKE ('%' || $1 || '%') OFFSET $2) AS "sub"
=> allowed

SELECT "public"."projects"."id", "public"."projects"."owner_id", "public"."projects"."name", "public"."projects"."budget", "public"."projects"."tags", "public"."projects"."starts_on", "public"."projects"."created_at", "public"."projects"."updated_at" FROM "public"."projects" WHERE ("public"."projects"."budget" >= $1 AND "public"."projects"."owner_id" = $2) OFFSET $3
=> allowed

SELECT "public"."tasks"."id", "public"."tasks"."project_id", "public"."tasks"."title", "public"."tasks"."state"::text, "public"."tasks"."priority", "public"."tasks"."attributes", "public"."tasks"."due_at" FROM "public"."tasks" WHERE "public"."tasks"."id" IN ($1,$2,$3) OFFSET $4
=> allowed

SELECT "public"."labels"."id", "public"."labels"."org_id", "public"."labels"."name", "public"."labels"."colour" FROM "public"."labels" WHERE "public"."labels"."id" IN ($1) OFFSET $2
=> allowed

SELECT "public"."labels"."id", "public"."labels"."org_id", "public"."labels"."name", "public"."labels"."colour" FROM "public"."labels" WHERE 1=1 OFFSET $1
=> allowed

SELECT title, rank() OVER (ORDER BY priority) FROM tasks WHERE search @@ websearch_to_tsquery($1) AND id = ANY($2::bigint[])
=> allowed

UPDATE tasks SET priority = priority WHERE id = $1
=> allowed

SELECT 1
=> allowed

