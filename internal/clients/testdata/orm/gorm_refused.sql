-- github.com/jackc/pgx/v5 v5.12.0 gorm.io/driver/postgres v1.6.3 gorm.io/gorm v1.31.2 go1.26.8
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/gorm -record
-- startup: TimeZone="UTC" application_name="gorm" timezone="UTC"

-- ping
=> allowed

SELECT count(*) FROM information_schema.tables WHERE table_schema = CURRENT_SCHEMA() AND table_name = $1 AND table_type = $2
=> allowed

CREATE TABLE "notes" ("id" bigserial,"created_at" timestamptz,"updated_at" timestamptz,"deleted_at" timestamptz,"body" text,PRIMARY KEY ("id"))
=> refused statement.not_allowed

CREATE INDEX IF NOT EXISTS "idx_notes_body" ON "notes" ("body")
=> refused statement.not_allowed

CREATE INDEX IF NOT EXISTS "idx_notes_deleted_at" ON "notes" ("deleted_at")
=> refused statement.not_allowed

COMMENT ON COLUMN "notes"."body" IS 'x'
=> refused statement.not_allowed

SELECT CURRENT_DATABASE()
=> allowed

SELECT c.column_name, c.is_nullable = 'YES', c.udt_name, c.character_maximum_length, c.numeric_precision, c.numeric_precision_radix, c.numeric_scale, c.datetime_precision, 8 * typlen, c.column_default, pd.description, c.identity_increment FROM information_schema.columns AS c JOIN pg_type AS pgt ON c.udt_name = pgt.typname LEFT JOIN pg_catalog.pg_description as pd ON pd.objsubid = c.ordinal_position AND pd.objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname = c.table_name AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = c.table_schema)) where table_catalog = $1 AND table_schema = CURRENT_SCHEMA() AND table_name = $2
=> allowed

SELECT * FROM "tasks" LIMIT $1
=> allowed

SELECT constraint_name FROM information_schema.table_constraints tc JOIN information_schema.constraint_column_usage AS ccu USING (constraint_schema, constraint_catalog, table_name, constraint_name) JOIN information_schema.columns AS c ON c.table_schema = tc.constraint_schema AND tc.table_name = c.table_name AND ccu.column_name = c.column_name WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND c.table_catalog = $1 AND c.table_schema = CURRENT_SCHEMA() AND c.table_name = $2 AND constraint_type = $3
=> allowed

SELECT c.column_name, constraint_name, constraint_type FROM information_schema.table_constraints tc JOIN information_schema.constraint_column_usage AS ccu USING (constraint_schema, constraint_catalog, table_name, constraint_name) JOIN information_schema.columns AS c ON c.table_schema = tc.constraint_schema AND tc.table_name = c.table_name AND ccu.column_name = c.column_name WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND c.table_catalog = $1 AND c.table_schema = CURRENT_SCHEMA() AND c.table_name = $2
=> allowed

SELECT a.attname as column_name, format_type(a.atttypid, a.atttypmod) AS data_type	FROM pg_attribute a JOIN pg_class b ON a.attrelid = b.oid AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA())	WHERE a.attnum > 0	AND NOT a.attisdropped	AND b.relname = $1
=> allowed

DROP TABLE IF EXISTS "notes" CASCADE
=> refused statement.not_allowed

SELECT * FROM "members" WHERE active AND email LIKE $1 ORDER BY "members"."id" LIMIT $2
=> allowed

begin
=> allowed

INSERT INTO "projects" ("owner_id","name","budget","created_at","updated_at") VALUES ($1,$2,$3,$4,$5) RETURNING "id"
=> allowed

INSERT INTO "tasks" ("project_id","title","state","priority","attributes","due_at") VALUES ($1,$2,$3,$4,$5,$6),($7,$8,$9,$10,$11,$12) ON CONFLICT ("id") DO UPDATE SET "project_id"="excluded"."project_id" RETURNING "id"
=> allowed

SAVEPOINT sp3970019389181626218
=> allowed

INSERT INTO "tasks" ("project_id","title","state","priority","attributes","due_at") VALUES ($1,$2,$3,$4,$5,$6) RETURNING "id"
=> allowed

SAVEPOINT s
=> allowed

INSERT INTO "members" ("email","name","active","created_at") VALUES ($1,$2,$3,$4) RETURNING "id"
=> allowed

ROLLBACK TO SAVEPOINT s
=> allowed

SAVEPOINT sp16363642488909820080
=> allowed

UPDATE "tasks" SET "state"=$1 WHERE project_id = $2
=> allowed

ROLLBACK TO SAVEPOINT sp16363642488909820080
=> allowed

INSERT INTO "labels" ("name","org_id") VALUES ($1,$2) ON CONFLICT ("org_id","name") DO UPDATE SET "name"="excluded"."name" RETURNING "id","org_id"
=> allowed

INSERT INTO "labels" ("name","org_id") VALUES ($1,$2) ON CONFLICT DO NOTHING RETURNING "id","org_id"
=> allowed

SELECT * FROM "tasks" WHERE project_id = $1 FOR UPDATE SKIP LOCKED
=> allowed

UPDATE "tasks" SET "priority"=priority + $1,"title"=$2 WHERE "id" = $3 RETURNING *
=> allowed

INSERT INTO "labels" ("name","id","org_id") VALUES ($1,$2,$3) ON CONFLICT DO NOTHING RETURNING "id","org_id"
=> allowed

INSERT INTO "task_labels" ("task_id","label_id") VALUES ($1,$2) ON CONFLICT DO NOTHING RETURNING "label_id"
=> allowed

DELETE FROM "task_labels" WHERE "task_labels"."task_id" = $1 AND "task_labels"."label_id" <> $2
=> allowed

DELETE FROM "task_labels" WHERE "task_labels"."task_id" = $1
=> allowed

DELETE FROM "labels" WHERE name = $1
=> allowed

UPDATE "tasks" SET "project_id"=$1,"title"=$2,"state"=$3,"priority"=$4,"attributes"=$5,"due_at"=$6 WHERE "id" = $7
=> allowed

DELETE FROM "tasks" WHERE "tasks"."project_id" = $1
=> allowed

DELETE FROM "projects" WHERE "projects"."id" = $1
=> allowed

commit
=> allowed

SELECT "projects"."id","projects"."owner_id","projects"."name","projects"."budget","projects"."created_at","projects"."updated_at","Owner"."id" AS "Owner__id","Owner"."email" AS "Owner__email","Owner"."name" AS "Owner__name","Owner"."active" AS "Owner__active","Owner"."created_at" AS "Owner__created_at" FROM "projects" LEFT JOIN "members" "Owner" ON "projects"."owner_id" = "Owner"."id" WHERE projects.name ILIKE $1 ORDER BY projects.id desc LIMIT $2
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."project_id" IN ($1,$2) AND priority > $3
=> allowed

SELECT * FROM "task_labels" WHERE "task_labels"."task_id" IN ($1,$2,$3,$4,$5,$6)
=> allowed

SELECT * FROM "labels" WHERE "labels"."id" = $1
=> allowed

SELECT project_id, count(*) AS n, avg(priority) FROM "tasks" GROUP BY "project_id" HAVING count(*) > $1
=> allowed

SELECT title, row_number() OVER (PARTITION BY project_id ORDER BY id) AS r FROM "tasks" WHERE attributes @> $1 AND state IN ($2,$3)
=> allowed

SELECT * FROM "projects" WHERE EXISTS (SELECT 1 FROM "tasks" WHERE tasks.project_id = projects.id) OR ((budget BETWEEN $1 AND $2) AND "name" <> $3)
=> allowed

SELECT DISTINCT title FROM (SELECT "title" FROM "tasks" WHERE search @@ plainto_tsquery($1)) AS t
=> allowed

WITH open AS (SELECT * FROM tasks WHERE state = $1) SELECT count(*) FROM open
=> allowed

SELECT COUNT(DISTINCT("state")) FROM "tasks"
=> allowed

SELECT "title" FROM "tasks"
=> allowed

SELECT * FROM "labels" WHERE "labels"."name" = $1 ORDER BY "labels"."id" LIMIT $2
=> allowed

SELECT * FROM "tasks" ORDER BY "tasks"."id" LIMIT $1
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" > $1 ORDER BY "tasks"."id" LIMIT $2
=> allowed

SELECT * FROM "tasks"
=> allowed

SELECT count(*) FROM INFORMATION_SCHEMA.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name = $1 AND column_name = $2
=> allowed

SELECT count(*) FROM pg_indexes WHERE tablename = $1 AND indexname = $2 AND schemaname = CURRENT_SCHEMA()
=> allowed

SELECT count(*) FROM INFORMATION_SCHEMA.table_constraints WHERE table_schema = CURRENT_SCHEMA() AND table_name = $1 AND constraint_name = $2
=> allowed

SELECT table_name FROM information_schema.tables WHERE table_schema = CURRENT_SCHEMA() AND table_type = $1
=> allowed


SELECT
	ct.relname AS table_name,
	ci.relname AS index_name,
	i.indisunique AS non_unique,
	i.indisprimary AS primary,
	a.attname AS column_name
FROM
	pg_index i
	LEFT JOIN pg_class ct ON ct.oid = i.indrelid
	LEFT JOIN pg_class ci ON ci.oid = i.indexrelid
	LEFT JOIN pg_attribute a ON a.attrelid = ct.oid
	LEFT JOIN pg_constraint con ON con.conindid = i.indexrelid
WHERE
	a.attnum = ANY(i.indkey)
	AND con.oid IS NULL
	AND ct.relkind = 'r'
	AND ct.relname = $1
 AND ct.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = CURRENT_SCHEMA())
=> allowed

SELECT count(*) FROM information_schema.tables WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'notes'  AND table_type =  'BASE TABLE' 
=> allowed

SELECT c.column_name, c.is_nullable = 'YES', c.udt_name, c.character_maximum_length, c.numeric_precision, c.numeric_precision_radix, c.numeric_scale, c.datetime_precision, 8 * typlen, c.column_default, pd.description, c.identity_increment FROM information_schema.columns AS c JOIN pg_type AS pgt ON c.udt_name = pgt.typname LEFT JOIN pg_catalog.pg_description as pd ON pd.objsubid = c.ordinal_position AND pd.objoid = (SELECT oid FROM pg_catalog.pg_class WHERE relname = c.table_name AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = c.table_schema)) where table_catalog =  'test2'  AND table_schema = CURRENT_SCHEMA() AND table_name =  'tasks' 
=> allowed

SELECT * FROM "tasks" LIMIT  '1' 
=> allowed

SELECT constraint_name FROM information_schema.table_constraints tc JOIN information_schema.constraint_column_usage AS ccu USING (constraint_schema, constraint_catalog, table_name, constraint_name) JOIN information_schema.columns AS c ON c.table_schema = tc.constraint_schema AND tc.table_name = c.table_name AND ccu.column_name = c.column_name WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND c.table_catalog =  'test2'  AND c.table_schema = CURRENT_SCHEMA() AND c.table_name =  'tasks'  AND constraint_type =  'UNIQUE' 
=> allowed

SELECT c.column_name, constraint_name, constraint_type FROM information_schema.table_constraints tc JOIN information_schema.constraint_column_usage AS ccu USING (constraint_schema, constraint_catalog, table_name, constraint_name) JOIN information_schema.columns AS c ON c.table_schema = tc.constraint_schema AND tc.table_name = c.table_name AND ccu.column_name = c.column_name WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND c.table_catalog =  'test2'  AND c.table_schema = CURRENT_SCHEMA() AND c.table_name =  'tasks' 
=> allowed

SELECT a.attname as column_name, format_type(a.atttypid, a.atttypmod) AS data_type	FROM pg_attribute a JOIN pg_class b ON a.attrelid = b.oid AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA())	WHERE a.attnum > 0	AND NOT a.attisdropped	AND b.relname =  'tasks' 
=> allowed

SELECT * FROM "members" WHERE active AND email LIKE  'ada@%'  ORDER BY "members"."id" LIMIT  '1' 
=> allowed

INSERT INTO "projects" ("owner_id","name","budget","created_at","updated_at") VALUES ( '1' , 'Gorm' , '0' , '2026-11-24 18:06:58.11836Z' , '2026-11-24 18:06:58.11836Z' ) RETURNING "id"
=> allowed

INSERT INTO "tasks" ("project_id","title","state","priority","attributes","due_at") VALUES ( '26' , 'one' , 'todo' , '0' , '{}' , null ),( '26' , 'two' , 'todo' , '0' , '{}' , null ) ON CONFLICT ("id") DO UPDATE SET "project_id"="excluded"."project_id" RETURNING "id"
=> allowed

SAVEPOINT sp14912056497961439153
=> allowed

INSERT INTO "tasks" ("project_id","title","state","priority","attributes","due_at") VALUES ( '26' , 'a' , 'todo' , '0' , '{}' , null ) RETURNING "id"
=> allowed

INSERT INTO "tasks" ("project_id","title","state","priority","attributes","due_at") VALUES ( '26' , 'b' , 'todo' , '0' , '{}' , null ) RETURNING "id"
=> allowed

INSERT INTO "members" ("email","name","active","created_at") VALUES ( 'ada@mk-05ad1648.example' , 'twice' , 't' , '2026-11-24 18:06:58.121532Z' ) RETURNING "id"
=> allowed

SAVEPOINT sp12959688663930112982
=> allowed

UPDATE "tasks" SET "state"= 'done'  WHERE project_id =  '26' 
=> allowed

ROLLBACK TO SAVEPOINT sp12959688663930112982
=> allowed

INSERT INTO "labels" ("name","org_id") VALUES ( 'gorm' , 'a1c5e7f0-3b2d-4c6a-8e19-5d70b4f2a901' ) ON CONFLICT ("org_id","name") DO UPDATE SET "name"="excluded"."name" RETURNING "id","org_id"
=> allowed

INSERT INTO "labels" ("name","org_id") VALUES ( 'gorm' , 'a1c5e7f0-3b2d-4c6a-8e19-5d70b4f2a901' ) ON CONFLICT DO NOTHING RETURNING "id","org_id"
=> allowed

SELECT * FROM "tasks" WHERE project_id =  '26'  FOR UPDATE SKIP LOCKED
=> allowed

UPDATE "tasks" SET "priority"=priority +  '1' ,"title"= 'it''s'  WHERE "id" =  '77'  RETURNING *
=> allowed

INSERT INTO "labels" ("name","id","org_id") VALUES ( 'gorm' , 'be76b2d8-3d32-4fc7-93f9-fa72ceeb8157' , 'a1c5e7f0-3b2d-4c6a-8e19-5d70b4f2a901' ) ON CONFLICT DO NOTHING RETURNING "id","org_id"
=> allowed

INSERT INTO "task_labels" ("task_id","label_id") VALUES ( '77' , 'be76b2d8-3d32-4fc7-93f9-fa72ceeb8157' ) ON CONFLICT DO NOTHING RETURNING "label_id"
=> allowed

DELETE FROM "task_labels" WHERE "task_labels"."task_id" =  '77'  AND "task_labels"."label_id" <>  'be76b2d8-3d32-4fc7-93f9-fa72ceeb8157' 
=> allowed

DELETE FROM "task_labels" WHERE "task_labels"."task_id" =  '77' 
=> allowed

DELETE FROM "labels" WHERE name =  'gorm' 
=> allowed

UPDATE "tasks" SET "project_id"= '26' ,"title"= 'two' ,"state"= 'todo' ,"priority"= '0' ,"attributes"= '{}' ,"due_at"= null  WHERE "id" =  '78' 
=> allowed

DELETE FROM "tasks" WHERE "tasks"."project_id" =  '26' 
=> allowed

DELETE FROM "projects" WHERE "projects"."id" =  '26' 
=> allowed

SELECT "projects"."id","projects"."owner_id","projects"."name","projects"."budget","projects"."created_at","projects"."updated_at","Owner"."id" AS "Owner__id","Owner"."email" AS "Owner__email","Owner"."name" AS "Owner__name","Owner"."active" AS "Owner__active","Owner"."created_at" AS "Owner__created_at" FROM "projects" LEFT JOIN "members" "Owner" ON "projects"."owner_id" = "Owner"."id" WHERE projects.name ILIKE  '%project%'  ORDER BY projects.id desc LIMIT  '2' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."project_id" IN ( '24' , '23' ) AND priority >  '0' 
=> allowed

SELECT * FROM "task_labels" WHERE "task_labels"."task_id" IN ( '67' , '68' , '69' , '70' , '71' , '72' )
=> allowed

SELECT * FROM "labels" WHERE "labels"."id" =  '6e3de59c-b465-4e5d-b05f-1721359cf1a9' 
=> allowed

SELECT project_id, count(*) AS n, avg(priority) FROM "tasks" GROUP BY "project_id" HAVING count(*) >  '1' 
=> allowed

SELECT title, row_number() OVER (PARTITION BY project_id ORDER BY id) AS r FROM "tasks" WHERE attributes @>  '{"colour": "red"}'  AND state IN ( 'todo' , 'done' )
=> allowed

SELECT * FROM "projects" WHERE EXISTS (SELECT 1 FROM "tasks" WHERE tasks.project_id = projects.id) OR ((budget BETWEEN  '1'  AND  '2' ) AND "name" <>  'x' )
=> allowed

SELECT DISTINCT title FROM (SELECT "title" FROM "tasks" WHERE search @@ plainto_tsquery( 'report' )) AS t
=> allowed

WITH open AS (SELECT * FROM tasks WHERE state =  'todo' ) SELECT count(*) FROM open
=> allowed

SELECT * FROM "labels" WHERE "labels"."name" =  'none'  ORDER BY "labels"."id" LIMIT  '1' 
=> allowed

SELECT * FROM "tasks" ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" >  '4'  ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" >  '8'  ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" >  '12'  ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" >  '16'  ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" >  '20'  ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" >  '24'  ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" >  '28'  ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" >  '32'  ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" >  '36'  ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" >  '40'  ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" >  '44'  ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" >  '48'  ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" >  '52'  ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" >  '56'  ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" >  '60'  ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" >  '64'  ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" >  '68'  ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT * FROM "tasks" WHERE "tasks"."id" >  '72'  ORDER BY "tasks"."id" LIMIT  '4' 
=> allowed

SELECT count(*) FROM information_schema.tables WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'tasks'  AND table_type =  'BASE TABLE' 
=> allowed

SELECT count(*) FROM INFORMATION_SCHEMA.columns WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'tasks'  AND column_name =  'title' 
=> allowed

SELECT count(*) FROM pg_indexes WHERE tablename =  'tasks'  AND indexname =  'tasks_search'  AND schemaname = CURRENT_SCHEMA()
=> allowed

SELECT count(*) FROM INFORMATION_SCHEMA.table_constraints WHERE table_schema = CURRENT_SCHEMA() AND table_name =  'tasks'  AND constraint_name =  'tasks_pkey' 
=> allowed

SELECT table_name FROM information_schema.tables WHERE table_schema = CURRENT_SCHEMA() AND table_type =  'BASE TABLE' 
=> allowed


SELECT
	ct.relname AS table_name,
	ci.relname AS index_name,
	i.indisunique AS non_unique,
	i.indisprimary AS primary,
	a.attname AS column_name
FROM
	pg_index i
	LEFT JOIN pg_class ct ON ct.oid = i.indrelid
	LEFT JOIN pg_class ci ON ci.oid = i.indexrelid
	LEFT JOIN pg_attribute a ON a.attrelid = ct.oid
	LEFT JOIN pg_constraint con ON con.conindid = i.indexrelid
WHERE
	a.attnum = ANY(i.indkey)
	AND con.oid IS NULL
	AND ct.relkind = 'r'
	AND ct.relname =  'tasks' 
 AND ct.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = CURRENT_SCHEMA())
=> allowed

