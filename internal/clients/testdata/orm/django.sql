-- Django 3.2.25 psycopg2 2.9.5
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/django -record
-- startup: 

SELECT t.oid, typarray FROM pg_type t JOIN pg_namespace ns ON typnamespace = ns.oid WHERE typname = 'hstore'
=> allowed

SELECT typarray FROM pg_type WHERE typname = 'citext'
=> allowed

SELECT "members"."email", "members"."name" FROM "members" WHERE ("members"."active" AND NOT ("members"."email"::text LIKE '%@nowhere')) ORDER BY "members"."created_at" DESC LIMIT 10
=> allowed

SELECT "members"."id", "members"."email", "members"."name", "members"."active", "members"."settings", "members"."created_at" FROM "members" WHERE "members"."email"::text LIKE 'ada%' LIMIT 21
=> allowed

INSERT INTO "projects" ("owner_id", "name", "budget", "tags", "starts_on", "created_at", "updated_at") VALUES (16, 'Django 100%', 0, ARRAY['a','b']::text[], NULL, '2026-11-24T17:56:46.024477+00:00'::timestamptz, '2026-11-24T17:56:46.024499+00:00'::timestamptz) RETURNING "projects"."id"
=> allowed

BEGIN
=> allowed

INSERT INTO "projects" ("owner_id", "name", "budget", "tags", "starts_on", "created_at", "updated_at") VALUES (16, 'bulk 0', 0, '{}'::text[], NULL, '2026-11-24T17:56:46.025922+00:00'::timestamptz, '2026-11-24T17:56:46.025932+00:00'::timestamptz), (16, 'bulk 1', 0, '{}'::text[], NULL, '2026-11-24T17:56:46.025944+00:00'::timestamptz, '2026-11-24T17:56:46.025947+00:00'::timestamptz), (16, 'bulk 2', 0, '{}'::text[], NULL, '2026-11-24T17:56:46.025955+00:00'::timestamptz, '2026-11-24T17:56:46.025958+00:00'::timestamptz) RETURNING "projects"."id"
=> allowed

COMMIT
=> allowed

INSERT INTO "tasks" ("project_id", "parent_id", "title", "state", "priority", "attributes", "due_at") VALUES (25, NULL, 'task 0', 'todo', 0, '{"n": 0, "tags": ["x"]}', NULL), (25, NULL, 'task 1', 'todo', 0, '{"n": 1, "tags": ["x"]}', NULL), (25, NULL, 'task 2', 'todo', 0, '{"n": 2, "tags": ["x"]}', NULL) RETURNING "tasks"."id"
=> allowed

SAVEPOINT "s139628490870848_x1"
=> allowed

INSERT INTO "members" ("email", "name", "active", "settings", "created_at") VALUES ('ada@mk-a1c5e7f0.example', 'twice', true, '{}', '2026-11-24T17:56:46.029187+00:00'::timestamptz) RETURNING "members"."id"
=> allowed

ROLLBACK TO SAVEPOINT "s139628490870848_x1"
=> allowed

RELEASE SAVEPOINT "s139628490870848_x1"
=> allowed

SELECT "tasks"."id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."attributes", "tasks"."due_at", "projects"."id", "projects"."owner_id", "projects"."name", "projects"."budget", "projects"."tags", "projects"."starts_on", "projects"."created_at", "projects"."updated_at" FROM "tasks" INNER JOIN "projects" ON ("tasks"."project_id" = "projects"."id") WHERE "tasks"."project_id" = 25 FOR UPDATE OF "tasks" SKIP LOCKED
=> allowed

SELECT "tasks"."id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."attributes", "tasks"."due_at" FROM "tasks" WHERE "tasks"."id" IN (73, 74, 75) FOR NO KEY UPDATE NOWAIT
=> allowed

UPDATE "tasks" SET "priority" = ("tasks"."priority" + 1), "title" = CONCAT("tasks"."title", '!') WHERE "tasks"."project_id" = 25
=> allowed

UPDATE "tasks" SET "title" = CAST(CASE WHEN ("tasks"."id" = 73) THEN 'changed' WHEN ("tasks"."id" = 74) THEN 'task 1' WHEN ("tasks"."id" = 75) THEN 'task 2' ELSE NULL END AS text) WHERE "tasks"."id" IN (73, 74, 75)
=> allowed

UPDATE "tasks" SET "priority" = 0 WHERE "tasks"."id" = 74
=> allowed

SELECT "tasks"."id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."attributes", "tasks"."due_at" FROM "tasks" WHERE ("tasks"."project_id" = 25 AND "tasks"."title" = 'task 2') LIMIT 21 FOR UPDATE
=> allowed

UPDATE "tasks" SET "project_id" = 25, "parent_id" = NULL, "title" = 'task 2', "state" = 'todo', "priority" = 9, "attributes" = '{"n": 2, "tags": ["x"]}', "due_at" = NULL WHERE "tasks"."id" = 75
=> allowed

INSERT INTO "labels" ("id", "name") VALUES ('00000000-0000-0000-0000-000000000001'::uuid, 'x') ON CONFLICT DO NOTHING
=> allowed

INSERT INTO "task_labels" ("task_id", "label_id") VALUES (73, '00000000-0000-0000-0000-000000000001'::uuid) ON CONFLICT DO NOTHING
=> allowed

SELECT "labels"."id", "labels"."name" FROM "labels"
=> allowed

SELECT "labels"."id" FROM "labels" INNER JOIN "task_labels" ON ("labels"."id" = "task_labels"."label_id") WHERE "task_labels"."task_id" = 73
=> allowed

INSERT INTO "task_labels" ("task_id", "label_id") VALUES (73, 'a6a68414-083c-4ec5-a536-740b5f85fd13'::uuid) ON CONFLICT DO NOTHING
=> allowed

SELECT "tasks"."id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."attributes", "tasks"."due_at", "projects"."id", "projects"."owner_id", "projects"."name", "projects"."budget", "projects"."tags", "projects"."starts_on", "projects"."created_at", "projects"."updated_at", "members"."id", "members"."email", "members"."name", "members"."active", "members"."settings", "members"."created_at" FROM "tasks" INNER JOIN "projects" ON ("tasks"."project_id" = "projects"."id") LEFT OUTER JOIN "members" ON ("projects"."owner_id" = "members"."id") ORDER BY "tasks"."id" ASC
=> allowed

SELECT ("task_labels"."task_id") AS "_prefetch_related_val_task_id", "labels"."id", "labels"."name" FROM "labels" INNER JOIN "task_labels" ON ("labels"."id" = "task_labels"."label_id") WHERE "task_labels"."task_id" IN (46, 47, 48, 49, 50, 51, 52, 53, 54, 73, 74, 75)
=> allowed

SELECT "projects"."id", "projects"."owner_id", "projects"."name", "projects"."budget", "projects"."tags", "projects"."starts_on", "projects"."created_at", "projects"."updated_at" FROM "projects"
=> allowed

SELECT "tasks"."id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."attributes", "tasks"."due_at" FROM "tasks" WHERE ("tasks"."priority" > 0 AND "tasks"."project_id" IN (16, 17, 18, 25, 26, 27, 28))
=> allowed

SELECT "projects"."name", COUNT(DISTINCT "tasks"."id") FILTER (WHERE "tasks"."state" = 'todo') AS "n", COALESCE(SUM("tasks"."priority"), 0) AS "total" FROM "projects" LEFT OUTER JOIN "tasks" ON ("projects"."id" = "tasks"."project_id") GROUP BY "projects"."id", "projects"."owner_id", "projects"."name", "projects"."budget", "projects"."tags", "projects"."starts_on", "projects"."created_at", "projects"."updated_at" HAVING COUNT(DISTINCT "tasks"."id") FILTER (WHERE ("tasks"."state" = 'todo')) >= 1
=> allowed

SELECT "tasks"."title", RANK() OVER (PARTITION BY "tasks"."project_id" ORDER BY "tasks"."priority" DESC) AS "r" FROM "tasks"
=> allowed

SELECT CASE WHEN "tasks"."priority" > 5 THEN 'big' ELSE 'small' END AS "size", COUNT(*) AS "n" FROM "tasks" GROUP BY CASE WHEN "tasks"."priority" > 5 THEN 'big' ELSE 'small' END
=> allowed

SELECT "projects"."id", "projects"."owner_id", "projects"."name", "projects"."budget", "projects"."tags", "projects"."starts_on", "projects"."created_at", "projects"."updated_at" FROM "projects" WHERE EXISTS(SELECT (1) AS "a" FROM "tasks" U0 WHERE (U0."project_id" = "projects"."id" AND U0."state" = 'done') LIMIT 1)
=> allowed

SELECT "projects"."id", "projects"."owner_id", "projects"."name", "projects"."budget", "projects"."tags", "projects"."starts_on", "projects"."created_at", "projects"."updated_at", (SELECT U0."title" FROM "tasks" U0 WHERE U0."project_id" = "projects"."id" ORDER BY U0."id" DESC LIMIT 1) AS "last" FROM "projects"
=> allowed

SELECT "projects"."id", "projects"."owner_id", "projects"."name", "projects"."budget", "projects"."tags", "projects"."starts_on", "projects"."created_at", "projects"."updated_at" FROM "projects" WHERE ("projects"."tags" @> ARRAY['red']::text[] OR (CASE WHEN "projects"."tags" IS NULL THEN NULL ELSE coalesce(array_length("projects"."tags", 1), 0) END = 2 AND "projects"."tags" && ARRAY['x']::text[]))
=> allowed

SELECT ("tasks"."attributes" -> 'colour') FROM "tasks" WHERE ("tasks"."attributes" @> '{"colour": "red"}' AND "tasks"."attributes" ? 'size' AND ("tasks"."attributes" -> 'size') >= '2')
=> allowed

SELECT "tasks"."id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."attributes", "tasks"."due_at", to_tsvector('english'::regconfig, COALESCE("tasks"."title", '')) AS "v", ts_rank(to_tsvector(COALESCE(CAST(to_tsvector('english'::regconfig, COALESCE("tasks"."title", '')) AS text), '')), websearch_to_tsquery('report')) AS "rank" FROM "tasks" WHERE to_tsvector('english'::regconfig, COALESCE("tasks"."title", '')) @@ plainto_tsquery('report') ORDER BY "rank" DESC
=> allowed

SELECT "tasks"."title" FROM "tasks" WHERE UPPER("tasks"."title"::text) LIKE UPPER('%REP\_\%%')
=> allowed

SELECT "tasks"."id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."attributes", "tasks"."due_at" FROM "tasks" WHERE ("tasks"."title"::text ~* '^w.*\d$' AND to_tsvector(COALESCE("tasks"."title", '')) @@ plainto_tsquery('report'))
=> allowed

SELECT DATE_TRUNC('month', "projects"."created_at" AT TIME ZONE 'Europe/Berlin') AS "month", EXTRACT('year' FROM "projects"."created_at" AT TIME ZONE 'Europe/Berlin') AS "year", COUNT("projects"."id") AS "n", AVG("projects"."budget") AS "avg" FROM "projects" GROUP BY DATE_TRUNC('month', "projects"."created_at" AT TIME ZONE 'Europe/Berlin'), EXTRACT('year' FROM "projects"."created_at" AT TIME ZONE 'Europe/Berlin') ORDER BY "month" ASC
=> allowed

SELECT "projects"."owner_id", ARRAY_AGG("projects"."name" ORDER BY "projects"."name") AS "names", STRING_AGG("projects"."name", ',' ) AS "text" FROM "projects" GROUP BY "projects"."owner_id"
=> allowed

(SELECT "members"."name" FROM "members") UNION (SELECT "projects"."name" FROM "projects") ORDER BY (1) ASC
=> allowed

SELECT DISTINCT ON ("members"."name") "members"."id", "members"."email", "members"."name", "members"."active", "members"."settings", "members"."created_at" FROM "members" WHERE (("members"."created_at" AT TIME ZONE 'Europe/Berlin')::date >= '2020-01-01'::date AND "members"."created_at" <= STATEMENT_TIMESTAMP()) ORDER BY "members"."name" ASC
=> allowed

SELECT (lower(title)) AS "lower" FROM "tasks"
=> allowed

SELECT DISTINCT DATE_TRUNC('month', "tasks"."due_at" AT TIME ZONE 'Europe/Berlin') AS "datefield" FROM "tasks" WHERE "tasks"."due_at" IS NOT NULL ORDER BY "datefield" ASC
=> allowed

SELECT * FROM tasks WHERE priority > 0
=> allowed

EXPLAIN SELECT "tasks"."id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."attributes", "tasks"."due_at" FROM "tasks" WHERE "tasks"."project_id" = 25
=> allowed

SELECT (1) AS "a" FROM "tasks" LIMIT 1
=> allowed

SELECT COUNT(*) AS "__count" FROM "tasks"
=> allowed

SELECT "tasks"."id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."attributes", "tasks"."due_at" FROM "tasks" WHERE "tasks"."id" IN (1)
=> allowed

SELECT AVG("tasks"."priority") AS "priority__avg" FROM "tasks"
=> allowed

DECLARE "_django_curs_139628490870848_sync_1" NO SCROLL CURSOR WITHOUT HOLD FOR SELECT "tasks"."id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."attributes", "tasks"."due_at" FROM "tasks"
=> allowed

FETCH FORWARD 2 FROM "_django_curs_139628490870848_sync_1"
=> allowed

CLOSE "_django_curs_139628490870848_sync_1"
=> allowed

SELECT "tasks"."id" FROM "tasks" WHERE "tasks"."project_id" IN (25)
=> allowed

SELECT "tasks"."id" FROM "tasks" WHERE "tasks"."parent_id" IN (73, 74, 75)
=> allowed

DELETE FROM "task_labels" WHERE "task_labels"."task_id" IN (73, 74, 75)
=> allowed

DELETE FROM "tasks" WHERE "tasks"."id" IN (75, 74, 73)
=> allowed

DELETE FROM "projects" WHERE "projects"."id" IN (25)
=> allowed

SELECT "projects"."id", "projects"."owner_id", "projects"."name", "projects"."budget", "projects"."tags", "projects"."starts_on", "projects"."created_at", "projects"."updated_at" FROM "projects" WHERE "projects"."name"::text LIKE 'bulk%'
=> allowed

SELECT "tasks"."id" FROM "tasks" WHERE "tasks"."project_id" IN (26, 27, 28)
=> allowed

DELETE FROM "projects" WHERE "projects"."id" IN (28, 27, 26)
=> allowed

SELECT "labels"."id", "labels"."name" FROM "labels" WHERE "labels"."name" = 'x'
=> allowed

DELETE FROM "task_labels" WHERE "task_labels"."label_id" IN ('00000000-0000-0000-0000-000000000001'::uuid)
=> allowed

DELETE FROM "labels" WHERE "labels"."id" IN ('00000000-0000-0000-0000-000000000001'::uuid)
=> allowed


            SELECT c.relname,
            CASE WHEN c.relispartition THEN 'p' WHEN c.relkind IN ('m', 'v') THEN 'v' ELSE 't' END
            FROM pg_catalog.pg_class c
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v')
                AND n.nspname NOT IN ('pg_catalog', 'pg_toast')
                AND pg_catalog.pg_table_is_visible(c.oid)
        
=> allowed


            SELECT
                a.attname AS column_name,
                NOT (a.attnotnull OR (t.typtype = 'd' AND t.typnotnull)) AS is_nullable,
                pg_get_expr(ad.adbin, ad.adrelid) AS column_default,
                CASE WHEN collname = 'default' THEN NULL ELSE collname END AS collation
            FROM pg_attribute a
            LEFT JOIN pg_attrdef ad ON a.attrelid = ad.adrelid AND a.attnum = ad.adnum
            LEFT JOIN pg_collation co ON a.attcollation = co.oid
            JOIN pg_type t ON a.atttypid = t.oid
            JOIN pg_class c ON a.attrelid = c.oid
            JOIN pg_namespace n ON c.relnamespace = n.oid
            WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v')
                AND c.relname = 'projects'
                AND n.nspname NOT IN ('pg_catalog', 'pg_toast')
                AND pg_catalog.pg_table_is_visible(c.oid)
        
=> allowed

SELECT * FROM "projects" LIMIT 1
=> allowed


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
            WHERE cl.relname = 'projects' AND pg_catalog.pg_table_is_visible(cl.oid)
        
=> allowed


            SELECT
                indexname, array_agg(attname ORDER BY arridx), indisunique, indisprimary,
                array_agg(ordering ORDER BY arridx), amname, exprdef, s2.attoptions
            FROM (
                SELECT
                    c2.relname as indexname, idx.*, attr.attname, am.amname,
                    CASE
                        WHEN idx.indexprs IS NOT NULL THEN
                            pg_get_indexdef(idx.indexrelid)
                    END AS exprdef,
                    CASE am.amname
                        WHEN 'btree' THEN
                            CASE (option & 1)
                                WHEN 1 THEN 'DESC' ELSE 'ASC'
                            END
                    END as ordering,
                    c2.reloptions as attoptions
                FROM (
                    SELECT *
                    FROM pg_index i, unnest(i.indkey, i.indoption) WITH ORDINALITY koi(key, option, arridx)
                ) idx
                LEFT JOIN pg_class c ON idx.indrelid = c.oid
                LEFT JOIN pg_class c2 ON idx.indexrelid = c2.oid
                LEFT JOIN pg_am am ON c2.relam = am.oid
                LEFT JOIN pg_attribute attr ON attr.attrelid = c.oid AND attr.attnum = idx.key
                WHERE c.relname = 'projects' AND pg_catalog.pg_table_is_visible(c.oid)
            ) s2
            GROUP BY indexname, indisunique, indisprimary, amname, exprdef, attoptions;
        
=> allowed


            SELECT a1.attname, c2.relname, a2.attname
            FROM pg_constraint con
            LEFT JOIN pg_class c1 ON con.conrelid = c1.oid
            LEFT JOIN pg_class c2 ON con.confrelid = c2.oid
            LEFT JOIN pg_attribute a1 ON c1.oid = a1.attrelid AND a1.attnum = con.conkey[1]
            LEFT JOIN pg_attribute a2 ON c2.oid = a2.attrelid AND a2.attnum = con.confkey[1]
            WHERE
                c1.relname = 'projects' AND
                con.contype = 'f' AND
                c1.relnamespace = c2.relnamespace AND
                pg_catalog.pg_table_is_visible(c1.oid)
        
=> allowed


            SELECT s.relname as sequence_name, col.attname
            FROM pg_class s
                JOIN pg_namespace sn ON sn.oid = s.relnamespace
                JOIN pg_depend d ON d.refobjid = s.oid AND d.refclassid = 'pg_class'::regclass
                JOIN pg_attrdef ad ON ad.oid = d.objid AND d.classid = 'pg_attrdef'::regclass
                JOIN pg_attribute col ON col.attrelid = ad.adrelid AND col.attnum = ad.adnum
                JOIN pg_class tbl ON tbl.oid = ad.adrelid
            WHERE s.relkind = 'S'
              AND d.deptype in ('a', 'n')
              AND pg_catalog.pg_table_is_visible(tbl.oid)
              AND tbl.relname = 'projects'
        
=> allowed


            SELECT
                a.attname AS column_name,
                NOT (a.attnotnull OR (t.typtype = 'd' AND t.typnotnull)) AS is_nullable,
                pg_get_expr(ad.adbin, ad.adrelid) AS column_default,
                CASE WHEN collname = 'default' THEN NULL ELSE collname END AS collation
            FROM pg_attribute a
            LEFT JOIN pg_attrdef ad ON a.attrelid = ad.adrelid AND a.attnum = ad.adnum
            LEFT JOIN pg_collation co ON a.attcollation = co.oid
            JOIN pg_type t ON a.atttypid = t.oid
            JOIN pg_class c ON a.attrelid = c.oid
            JOIN pg_namespace n ON c.relnamespace = n.oid
            WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v')
                AND c.relname = 'tasks'
                AND n.nspname NOT IN ('pg_catalog', 'pg_toast')
                AND pg_catalog.pg_table_is_visible(c.oid)
        
=> allowed

SELECT * FROM "tasks" LIMIT 1
=> allowed


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
            WHERE cl.relname = 'tasks' AND pg_catalog.pg_table_is_visible(cl.oid)
        
=> allowed


            SELECT
                indexname, array_agg(attname ORDER BY arridx), indisunique, indisprimary,
                array_agg(ordering ORDER BY arridx), amname, exprdef, s2.attoptions
            FROM (
                SELECT
                    c2.relname as indexname, idx.*, attr.attname, am.amname,
                    CASE
                        WHEN idx.indexprs IS NOT NULL THEN
                            pg_get_indexdef(idx.indexrelid)
                    END AS exprdef,
                    CASE am.amname
                        WHEN 'btree' THEN
                            CASE (option & 1)
                                WHEN 1 THEN 'DESC' ELSE 'ASC'
                            END
                    END as ordering,
                    c2.reloptions as attoptions
                FROM (
                    SELECT *
                    FROM pg_index i, unnest(i.indkey, i.indoption) WITH ORDINALITY koi(key, option, arridx)
                ) idx
                LEFT JOIN pg_class c ON idx.indrelid = c.oid
                LEFT JOIN pg_class c2 ON idx.indexrelid = c2.oid
                LEFT JOIN pg_am am ON c2.relam = am.oid
                LEFT JOIN pg_attribute attr ON attr.attrelid = c.oid AND attr.attnum = idx.key
                WHERE c.relname = 'tasks' AND pg_catalog.pg_table_is_visible(c.oid)
            ) s2
            GROUP BY indexname, indisunique, indisprimary, amname, exprdef, attoptions;
        
=> allowed


            SELECT a1.attname, c2.relname, a2.attname
            FROM pg_constraint con
            LEFT JOIN pg_class c1 ON con.conrelid = c1.oid
            LEFT JOIN pg_class c2 ON con.confrelid = c2.oid
            LEFT JOIN pg_attribute a1 ON c1.oid = a1.attrelid AND a1.attnum = con.conkey[1]
            LEFT JOIN pg_attribute a2 ON c2.oid = a2.attrelid AND a2.attnum = con.confkey[1]
            WHERE
                c1.relname = 'tasks' AND
                con.contype = 'f' AND
                c1.relnamespace = c2.relnamespace AND
                pg_catalog.pg_table_is_visible(c1.oid)
        
=> allowed


            SELECT s.relname as sequence_name, col.attname
            FROM pg_class s
                JOIN pg_namespace sn ON sn.oid = s.relnamespace
                JOIN pg_depend d ON d.refobjid = s.oid AND d.refclassid = 'pg_class'::regclass
                JOIN pg_attrdef ad ON ad.oid = d.objid AND d.classid = 'pg_attrdef'::regclass
                JOIN pg_attribute col ON col.attrelid = ad.adrelid AND col.attnum = ad.adnum
                JOIN pg_class tbl ON tbl.oid = ad.adrelid
            WHERE s.relkind = 'S'
              AND d.deptype in ('a', 'n')
              AND pg_catalog.pg_table_is_visible(tbl.oid)
              AND tbl.relname = 'tasks'
        
=> allowed

SELECT "django_migrations"."id", "django_migrations"."app", "django_migrations"."name", "django_migrations"."applied" FROM "django_migrations"
=> allowed

