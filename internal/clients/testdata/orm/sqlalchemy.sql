-- SQLAlchemy 1.4.46 psycopg2 2.9.5 asyncpg 0.27.0 Alembic 1.8.1
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/sqlalchemy -record
-- startup: 
-- startup: client_encoding="'utf-8'"

BEGIN ISOLATION LEVEL READ COMMITTED
=> allowed

SELECT t.oid, typarray
FROM pg_type t JOIN pg_namespace ns
    ON typnamespace = ns.oid
WHERE typname = 'hstore';

=> allowed

ROLLBACK
=> allowed

select pg_catalog.version()
=> allowed

select current_schema()
=> allowed

show transaction isolation level
=> allowed

show standard_conforming_strings
=> allowed

SELECT members.id, members.email, members.name, members.settings 
FROM members 
WHERE (members.email LIKE 'ada' || '%' ESCAPE '/')
=> allowed

INSERT INTO projects (owner_id, name, budget, tags) VALUES (16, 'SQLAlchemy', 10, ARRAY['a','b']::TEXT[]) RETURNING projects.id
=> allowed

INSERT INTO tasks (project_id, parent_id, title, priority, attributes, due_at) VALUES (25, NULL, 'task 0', 0, '{"n": 0}', NULL),(25, NULL, 'task 1', 1, '{"n": 1}', NULL),(25, NULL, 'task 2', 2, '{"n": 2}', NULL) RETURNING tasks.id
=> allowed

INSERT INTO projects (owner_id, name, budget, tags) VALUES (NULL, 'bulk 0', 0, '{}'::TEXT[]),(NULL, 'bulk 1', 1, '{}'::TEXT[]),(NULL, 'bulk 2', 2, '{}'::TEXT[]) RETURNING projects.id
=> allowed

SAVEPOINT sa_savepoint_1
=> allowed

INSERT INTO members (email, name) VALUES ('ada@mk-a1c5e7f0.example', 'twice') RETURNING members.id
=> allowed

ROLLBACK TO SAVEPOINT sa_savepoint_1
=> allowed

INSERT INTO members (email, name) VALUES ('ada@mk-a1c5e7f0.example', 'Ada'), ('new@example.org', 'New') ON CONFLICT (org_id, email) DO UPDATE SET name = excluded.name RETURNING members.id, members.email
=> allowed

INSERT INTO members (email, name) VALUES ('ada@mk-a1c5e7f0.example', 'no') ON CONFLICT DO NOTHING RETURNING members.id
=> allowed

INSERT INTO tasks (project_id, title) VALUES (25, 'many 0'),(25, 'many 1'),(25, 'many 2')
=> allowed

SELECT tasks.id, tasks.title 
FROM tasks 
WHERE tasks.project_id = 25 
 LIMIT 2 FOR UPDATE OF tasks SKIP LOCKED
=> allowed

SELECT tasks.id 
FROM tasks FOR NO KEY UPDATE NOWAIT
=> allowed

UPDATE tasks SET priority=(tasks.priority + 1) WHERE tasks.project_id = 25 RETURNING tasks.id
=> allowed

UPDATE tasks SET due_at=(now() + interval '1 day') FROM projects WHERE tasks.project_id = projects.id AND projects.name = 'SQLAlchemy' RETURNING tasks.id
=> allowed

UPDATE tasks SET title='changed' WHERE tasks.id = 73
=> allowed

SELECT labels.id, labels.name 
FROM labels
=> allowed

SELECT labels.id AS labels_id, labels.name AS labels_name 
FROM labels, task_labels 
WHERE 73 = task_labels.task_id AND labels.id = task_labels.label_id
=> allowed

INSERT INTO task_labels (task_id, label_id) VALUES (73, '98ea13e2-f8d5-40e8-947e-acdee4c888e0'::uuid)
=> allowed

COMMIT
=> allowed

SELECT 1
=> allowed

SET default_transaction_isolation TO DEFAULT
=> allowed

SELECT anon_1.id, anon_1.owner_id, anon_1.name, anon_1.budget, anon_1.tags, anon_1.created_at, members_1.id AS id_1, members_1.email, members_1.name AS name_1, members_1.settings, labels_1.id AS id_2, labels_1.name AS name_2, tasks_1.id AS id_3, tasks_1.project_id, tasks_1.parent_id, tasks_1.title, tasks_1.state, tasks_1.priority, tasks_1.attributes, tasks_1.due_at, tasks_1.search 
FROM (SELECT projects.id AS id, projects.owner_id AS owner_id, projects.name AS name, projects.budget AS budget, projects.tags AS tags, projects.created_at AS created_at 
FROM projects ORDER BY projects.id 
 LIMIT 3) AS anon_1 LEFT OUTER JOIN members AS members_1 ON members_1.id = anon_1.owner_id LEFT OUTER JOIN tasks AS tasks_1 ON anon_1.id = tasks_1.project_id LEFT OUTER JOIN (task_labels AS task_labels_1 JOIN labels AS labels_1 ON labels_1.id = task_labels_1.label_id) ON tasks_1.id = task_labels_1.task_id ORDER BY anon_1.id
=> allowed

SELECT projects.id, projects.owner_id, projects.name, projects.budget, projects.tags, projects.created_at, members_1.id AS id_1, members_1.email, members_1.name AS name_1, members_1.settings 
FROM projects LEFT OUTER JOIN members AS members_1 ON members_1.id = projects.owner_id ORDER BY projects.id 
 LIMIT 3
=> allowed

SELECT tasks.project_id AS tasks_project_id, tasks.id AS tasks_id, tasks.parent_id AS tasks_parent_id, tasks.title AS tasks_title, tasks.state AS tasks_state, tasks.priority AS tasks_priority, tasks.attributes AS tasks_attributes, tasks.due_at AS tasks_due_at, tasks.search AS tasks_search 
FROM tasks 
WHERE tasks.project_id IN (16, 17, 18)
=> allowed

SELECT tasks_1.id AS tasks_1_id, labels.id AS labels_id, labels.name AS labels_name 
FROM tasks AS tasks_1 JOIN task_labels AS task_labels_1 ON tasks_1.id = task_labels_1.task_id JOIN labels ON labels.id = task_labels_1.label_id 
WHERE tasks_1.id IN (46, 47, 48, 49, 50, 51, 52, 53, 54)
=> allowed

SELECT tasks.id AS tasks_id, tasks.project_id AS tasks_project_id, tasks.parent_id AS tasks_parent_id, tasks.title AS tasks_title, tasks.state AS tasks_state, tasks.priority AS tasks_priority, tasks.attributes AS tasks_attributes, tasks.due_at AS tasks_due_at, tasks.search AS tasks_search, anon_1.projects_id AS anon_1_projects_id 
FROM (SELECT projects.id AS projects_id 
FROM projects ORDER BY projects.id 
 LIMIT 3) AS anon_1 JOIN tasks ON anon_1.projects_id = tasks.project_id
=> allowed

SELECT projects.name, count(tasks.id) FILTER (WHERE tasks.state = 'todo') AS anon_1, sum(tasks.priority) AS sum_1 
FROM projects LEFT OUTER JOIN tasks ON projects.id = tasks.project_id GROUP BY projects.id 
HAVING count(tasks.id) > 0 ORDER BY projects.name DESC NULLS LAST
=> allowed

SELECT tasks.title, row_number() OVER (PARTITION BY tasks.project_id ORDER BY tasks.priority DESC) AS anon_1, lag(tasks.priority, 1) OVER (ORDER BY tasks.id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS anon_2 
FROM tasks
=> allowed

WITH RECURSIVE tree(id, parent_id) AS 
(SELECT tasks.id AS id, tasks.parent_id AS parent_id 
FROM tasks 
WHERE tasks.priority > 1 UNION ALL SELECT tasks.id AS id, tasks.parent_id AS parent_id 
FROM tasks JOIN tree ON tasks.parent_id = tree.id)
 SELECT anon_1.id 
FROM (SELECT tree.id AS id 
FROM tree UNION ALL SELECT tasks.id AS id 
FROM tasks) AS anon_1
=> allowed

SELECT projects.name 
FROM projects 
WHERE (EXISTS (SELECT * 
FROM tasks 
WHERE tasks.project_id = projects.id)) AND (projects.name IN ('a', 'b') OR projects.name ILIKE '%proj%') AND NOT projects.tags @> ARRAY['q']::TEXT[] AND 'red' = ANY (projects.tags)
=> allowed

SELECT tasks.attributes ->> 'colour' AS anon_1, tasks.attributes #> '{a, b}' AS anon_2, CAST(tasks.attributes ->> 'size' AS INTEGER) AS anon_3 
FROM tasks 
WHERE tasks.attributes @> '{"colour": "red"}' AND tasks.attributes ? 'size' AND CAST((tasks.attributes ->> 'size') AS INTEGER) > 0
=> allowed

SELECT tasks.title, ts_rank(tasks.search, plainto_tsquery('english', 'report')) AS ts_rank_1 
FROM tasks 
WHERE tasks.search @@ to_tsquery('english', 'report')
=> allowed

SELECT CASE WHEN (tasks.priority > 2) THEN 'high' ELSE 'low' END AS anon_1, count(*) AS count_1, array_agg(tasks.title ORDER BY tasks.id) AS array_agg_1, string_agg(tasks.title, ',') AS string_agg_1 
FROM tasks GROUP BY 1
=> allowed

SELECT date_trunc('month', projects.created_at) AS date_trunc_1, EXTRACT(year FROM projects.created_at) AS anon_1 
FROM projects
=> allowed

SELECT projects.name, anon_1.title 
FROM projects JOIN LATERAL (SELECT tasks.title AS title 
FROM tasks 
WHERE tasks.project_id = projects.id 
 LIMIT 1) AS anon_1 ON true
=> allowed

SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY tasks.priority) AS anon_1, jsonb_agg(jsonb_build_object('id', tasks.id)) AS jsonb_agg_1, count(DISTINCT tasks.state) AS count_1 
FROM tasks
=> allowed

SELECT tasks_1.id 
FROM tasks AS tasks_1 TABLESAMPLE bernoulli(50)
=> allowed

SELECT name FROM members WHERE settings @> CAST('{}' AS jsonb)
=> allowed

DECLARE "c_7fba18d63450_1" CURSOR WITHOUT HOLD FOR SELECT tasks.title 
FROM tasks
=> allowed

FETCH FORWARD 1 FROM "c_7fba18d63450_1"
=> allowed

FETCH FORWARD ALL FROM "c_7fba18d63450_1"
=> allowed

CLOSE "c_7fba18d63450_1"
=> allowed

DELETE FROM projects WHERE projects.name LIKE 'bulk%'
=> allowed

SELECT projects.id, projects.owner_id, projects.name, projects.budget, projects.tags, projects.created_at 
FROM projects 
WHERE projects.name = 'SQLAlchemy'
=> allowed

SELECT tasks.id AS tasks_id, tasks.project_id AS tasks_project_id, tasks.parent_id AS tasks_parent_id, tasks.title AS tasks_title, tasks.state AS tasks_state, tasks.priority AS tasks_priority, tasks.attributes AS tasks_attributes, tasks.due_at AS tasks_due_at, tasks.search AS tasks_search 
FROM tasks 
WHERE 25 = tasks.project_id
=> allowed

SELECT labels.id AS labels_id, labels.name AS labels_name 
FROM labels, task_labels 
WHERE 75 = task_labels.task_id AND labels.id = task_labels.label_id
=> allowed

SELECT labels.id AS labels_id, labels.name AS labels_name 
FROM labels, task_labels 
WHERE 78 = task_labels.task_id AND labels.id = task_labels.label_id
=> allowed

SELECT labels.id AS labels_id, labels.name AS labels_name 
FROM labels, task_labels 
WHERE 76 = task_labels.task_id AND labels.id = task_labels.label_id
=> allowed

SELECT labels.id AS labels_id, labels.name AS labels_name 
FROM labels, task_labels 
WHERE 74 = task_labels.task_id AND labels.id = task_labels.label_id
=> allowed

SELECT labels.id AS labels_id, labels.name AS labels_name 
FROM labels, task_labels 
WHERE 77 = task_labels.task_id AND labels.id = task_labels.label_id
=> allowed

DELETE FROM task_labels WHERE task_labels.task_id = 73 AND task_labels.label_id = '98ea13e2-f8d5-40e8-947e-acdee4c888e0'::uuid
=> allowed

DELETE FROM tasks WHERE tasks.id = 73;DELETE FROM tasks WHERE tasks.id = 74;DELETE FROM tasks WHERE tasks.id = 75;DELETE FROM tasks WHERE tasks.id = 76;DELETE FROM tasks WHERE tasks.id = 77;DELETE FROM tasks WHERE tasks.id = 78
=> allowed

DELETE FROM projects WHERE projects.id = 25
=> allowed

DELETE FROM members WHERE members.email = 'new@example.org'
=> allowed

SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg_%' ORDER BY nspname
=> allowed

SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind in ('r', 'p')
=> allowed

SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('v', 'm')
=> allowed

SELECT relname FROM pg_class c join pg_namespace n on n.oid=c.relnamespace where relkind='S' and n.nspname='public'
=> allowed


            SELECT t.typname as "name",
               -- no enum defaults in 8.4 at least
               -- t.typdefault as "default",
               pg_catalog.pg_type_is_visible(t.oid) as "visible",
               n.nspname as "schema",
               e.enumlabel as "label"
            FROM pg_catalog.pg_type t
                 LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
                 LEFT JOIN pg_catalog.pg_enum e ON t.oid = e.enumtypid
            WHERE t.typtype = 'e'
        AND n.nspname = 'public' ORDER BY "schema", "name", e.oid
=> allowed


            SELECT c.oid
            FROM pg_catalog.pg_class c
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE (pg_catalog.pg_table_is_visible(c.oid))
            AND c.relname = 'members' AND c.relkind in
            ('r', 'v', 'm', 'f', 'p')
        
=> allowed


            SELECT a.attname,
              pg_catalog.format_type(a.atttypid, a.atttypmod),
              (
                SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                FROM pg_catalog.pg_attrdef d
                WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum
                AND a.atthasdef
              ) AS DEFAULT,
              a.attnotnull,
              a.attrelid as table_oid,
              pgd.description as comment,
              a.attgenerated as generated,
                              (SELECT json_build_object(
                    'always', a.attidentity = 'a',
                    'start', s.seqstart,
                    'increment', s.seqincrement,
                    'minvalue', s.seqmin,
                    'maxvalue', s.seqmax,
                    'cache', s.seqcache,
                    'cycle', s.seqcycle)
                FROM pg_catalog.pg_sequence s
                JOIN pg_catalog.pg_class c on s.seqrelid = c."oid"
                WHERE c.relkind = 'S'
                AND a.attidentity != ''
                AND s.seqrelid = pg_catalog.pg_get_serial_sequence(
                    a.attrelid::regclass::text, a.attname
                )::regclass::oid
                ) as identity_options                
            FROM pg_catalog.pg_attribute a
            LEFT JOIN pg_catalog.pg_description pgd ON (
                pgd.objoid = a.attrelid AND pgd.objsubid = a.attnum)
            WHERE a.attrelid = 22915
            AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
        
=> allowed


            SELECT t.typname as "name",
               pg_catalog.format_type(t.typbasetype, t.typtypmod) as "attype",
               not t.typnotnull as "nullable",
               t.typdefault as "default",
               pg_catalog.pg_type_is_visible(t.oid) as "visible",
               n.nspname as "schema"
            FROM pg_catalog.pg_type t
               LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
            WHERE t.typtype = 'd'
        
=> allowed


            SELECT t.typname as "name",
               -- no enum defaults in 8.4 at least
               -- t.typdefault as "default",
               pg_catalog.pg_type_is_visible(t.oid) as "visible",
               n.nspname as "schema",
               e.enumlabel as "label"
            FROM pg_catalog.pg_type t
                 LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
                 LEFT JOIN pg_catalog.pg_enum e ON t.oid = e.enumtypid
            WHERE t.typtype = 'e'
        ORDER BY "schema", "name", e.oid
=> allowed


                SELECT a.attname
                FROM pg_attribute a JOIN (
                    SELECT unnest(ix.indkey) attnum,
                           generate_subscripts(ix.indkey, 1) ord
                    FROM pg_index ix
                    WHERE ix.indrelid = 22915 AND ix.indisprimary
                    ) k ON a.attnum=k.attnum
                WHERE a.attrelid = 22915
                ORDER BY k.ord
            
=> allowed


        SELECT conname
           FROM  pg_catalog.pg_constraint r
           WHERE r.conrelid = 22915 AND r.contype = 'p'
           ORDER BY 1
        
=> allowed


          SELECT r.conname,
                pg_catalog.pg_get_constraintdef(r.oid, true) as condef,
                n.nspname as conschema
          FROM  pg_catalog.pg_constraint r,
                pg_namespace n,
                pg_class c

          WHERE r.conrelid = 22915 AND
                r.contype = 'f' AND
                c.oid = confrelid AND
                n.oid = c.relnamespace
          ORDER BY 1
        
=> allowed


              SELECT
                  i.relname as relname,
                  ix.indisunique, ix.indexprs,
                  a.attname, a.attnum, c.conrelid, ix.indkey::varchar,
                  ix.indoption::varchar, i.reloptions, am.amname,
                  pg_get_expr(ix.indpred, ix.indrelid),
                  ix.indnkeyatts as indnkeyatts
              FROM
                  pg_class t
                        join pg_index ix on t.oid = ix.indrelid
                        join pg_class i on i.oid = ix.indexrelid
                        left outer join
                            pg_attribute a
                            on t.oid = a.attrelid and a.attnum = ANY(ix.indkey)
                        left outer join
                            pg_constraint c
                            on (ix.indrelid = c.conrelid and
                                ix.indexrelid = c.conindid and
                                c.contype in ('p', 'u', 'x'))
                        left outer join
                            pg_am am
                            on i.relam = am.oid
              WHERE
                  t.relkind IN ('r', 'v', 'f', 'm', 'p')
                  and t.oid = 22915
                  and ix.indisprimary = 'f'
              ORDER BY
                  t.relname,
                  i.relname
            
=> allowed


            SELECT
                cons.conname as name,
                cons.conkey as key,
                a.attnum as col_num,
                a.attname as col_name
            FROM
                pg_catalog.pg_constraint cons
                join pg_attribute a
                  on cons.conrelid = a.attrelid AND
                    a.attnum = ANY(cons.conkey)
            WHERE
                cons.conrelid = 22915 AND
                cons.contype = 'u'
        
=> allowed


            SELECT
                cons.conname as name,
                pg_get_constraintdef(cons.oid) as src
            FROM
                pg_catalog.pg_constraint cons
            WHERE
                cons.conrelid = 22915 AND
                cons.contype = 'c'
        
=> allowed


            SELECT
                pgd.description as table_comment
            FROM
                pg_catalog.pg_description pgd
            WHERE
                pgd.objsubid = 0 AND
                pgd.objoid = 22915
        
=> allowed


            SELECT c.oid
            FROM pg_catalog.pg_class c
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE (pg_catalog.pg_table_is_visible(c.oid))
            AND c.relname = 'projects' AND c.relkind in
            ('r', 'v', 'm', 'f', 'p')
        
=> allowed


            SELECT a.attname,
              pg_catalog.format_type(a.atttypid, a.atttypmod),
              (
                SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                FROM pg_catalog.pg_attrdef d
                WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum
                AND a.atthasdef
              ) AS DEFAULT,
              a.attnotnull,
              a.attrelid as table_oid,
              pgd.description as comment,
              a.attgenerated as generated,
                              (SELECT json_build_object(
                    'always', a.attidentity = 'a',
                    'start', s.seqstart,
                    'increment', s.seqincrement,
                    'minvalue', s.seqmin,
                    'maxvalue', s.seqmax,
                    'cache', s.seqcache,
                    'cycle', s.seqcycle)
                FROM pg_catalog.pg_sequence s
                JOIN pg_catalog.pg_class c on s.seqrelid = c."oid"
                WHERE c.relkind = 'S'
                AND a.attidentity != ''
                AND s.seqrelid = pg_catalog.pg_get_serial_sequence(
                    a.attrelid::regclass::text, a.attname
                )::regclass::oid
                ) as identity_options                
            FROM pg_catalog.pg_attribute a
            LEFT JOIN pg_catalog.pg_description pgd ON (
                pgd.objoid = a.attrelid AND pgd.objsubid = a.attnum)
            WHERE a.attrelid = 22934
            AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
        
=> allowed


                SELECT a.attname
                FROM pg_attribute a JOIN (
                    SELECT unnest(ix.indkey) attnum,
                           generate_subscripts(ix.indkey, 1) ord
                    FROM pg_index ix
                    WHERE ix.indrelid = 22934 AND ix.indisprimary
                    ) k ON a.attnum=k.attnum
                WHERE a.attrelid = 22934
                ORDER BY k.ord
            
=> allowed


        SELECT conname
           FROM  pg_catalog.pg_constraint r
           WHERE r.conrelid = 22934 AND r.contype = 'p'
           ORDER BY 1
        
=> allowed


          SELECT r.conname,
                pg_catalog.pg_get_constraintdef(r.oid, true) as condef,
                n.nspname as conschema
          FROM  pg_catalog.pg_constraint r,
                pg_namespace n,
                pg_class c

          WHERE r.conrelid = 22934 AND
                r.contype = 'f' AND
                c.oid = confrelid AND
                n.oid = c.relnamespace
          ORDER BY 1
        
=> allowed


              SELECT
                  i.relname as relname,
                  ix.indisunique, ix.indexprs,
                  a.attname, a.attnum, c.conrelid, ix.indkey::varchar,
                  ix.indoption::varchar, i.reloptions, am.amname,
                  pg_get_expr(ix.indpred, ix.indrelid),
                  ix.indnkeyatts as indnkeyatts
              FROM
                  pg_class t
                        join pg_index ix on t.oid = ix.indrelid
                        join pg_class i on i.oid = ix.indexrelid
                        left outer join
                            pg_attribute a
                            on t.oid = a.attrelid and a.attnum = ANY(ix.indkey)
                        left outer join
                            pg_constraint c
                            on (ix.indrelid = c.conrelid and
                                ix.indexrelid = c.conindid and
                                c.contype in ('p', 'u', 'x'))
                        left outer join
                            pg_am am
                            on i.relam = am.oid
              WHERE
                  t.relkind IN ('r', 'v', 'f', 'm', 'p')
                  and t.oid = 22934
                  and ix.indisprimary = 'f'
              ORDER BY
                  t.relname,
                  i.relname
            
=> allowed


            SELECT
                cons.conname as name,
                cons.conkey as key,
                a.attnum as col_num,
                a.attname as col_name
            FROM
                pg_catalog.pg_constraint cons
                join pg_attribute a
                  on cons.conrelid = a.attrelid AND
                    a.attnum = ANY(cons.conkey)
            WHERE
                cons.conrelid = 22934 AND
                cons.contype = 'u'
        
=> allowed


            SELECT
                cons.conname as name,
                pg_get_constraintdef(cons.oid) as src
            FROM
                pg_catalog.pg_constraint cons
            WHERE
                cons.conrelid = 22934 AND
                cons.contype = 'c'
        
=> allowed


            SELECT
                pgd.description as table_comment
            FROM
                pg_catalog.pg_description pgd
            WHERE
                pgd.objsubid = 0 AND
                pgd.objoid = 22934
        
=> allowed


            SELECT c.oid
            FROM pg_catalog.pg_class c
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE (pg_catalog.pg_table_is_visible(c.oid))
            AND c.relname = 'tasks' AND c.relkind in
            ('r', 'v', 'm', 'f', 'p')
        
=> allowed


            SELECT a.attname,
              pg_catalog.format_type(a.atttypid, a.atttypmod),
              (
                SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                FROM pg_catalog.pg_attrdef d
                WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum
                AND a.atthasdef
              ) AS DEFAULT,
              a.attnotnull,
              a.attrelid as table_oid,
              pgd.description as comment,
              a.attgenerated as generated,
                              (SELECT json_build_object(
                    'always', a.attidentity = 'a',
                    'start', s.seqstart,
                    'increment', s.seqincrement,
                    'minvalue', s.seqmin,
                    'maxvalue', s.seqmax,
                    'cache', s.seqcache,
                    'cycle', s.seqcycle)
                FROM pg_catalog.pg_sequence s
                JOIN pg_catalog.pg_class c on s.seqrelid = c."oid"
                WHERE c.relkind = 'S'
                AND a.attidentity != ''
                AND s.seqrelid = pg_catalog.pg_get_serial_sequence(
                    a.attrelid::regclass::text, a.attname
                )::regclass::oid
                ) as identity_options                
            FROM pg_catalog.pg_attribute a
            LEFT JOIN pg_catalog.pg_description pgd ON (
                pgd.objoid = a.attrelid AND pgd.objsubid = a.attnum)
            WHERE a.attrelid = 22958
            AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
        
=> allowed


                SELECT a.attname
                FROM pg_attribute a JOIN (
                    SELECT unnest(ix.indkey) attnum,
                           generate_subscripts(ix.indkey, 1) ord
                    FROM pg_index ix
                    WHERE ix.indrelid = 22958 AND ix.indisprimary
                    ) k ON a.attnum=k.attnum
                WHERE a.attrelid = 22958
                ORDER BY k.ord
            
=> allowed


        SELECT conname
           FROM  pg_catalog.pg_constraint r
           WHERE r.conrelid = 22958 AND r.contype = 'p'
           ORDER BY 1
        
=> allowed


          SELECT r.conname,
                pg_catalog.pg_get_constraintdef(r.oid, true) as condef,
                n.nspname as conschema
          FROM  pg_catalog.pg_constraint r,
                pg_namespace n,
                pg_class c

          WHERE r.conrelid = 22958 AND
                r.contype = 'f' AND
                c.oid = confrelid AND
                n.oid = c.relnamespace
          ORDER BY 1
        
=> allowed


              SELECT
                  i.relname as relname,
                  ix.indisunique, ix.indexprs,
                  a.attname, a.attnum, c.conrelid, ix.indkey::varchar,
                  ix.indoption::varchar, i.reloptions, am.amname,
                  pg_get_expr(ix.indpred, ix.indrelid),
                  ix.indnkeyatts as indnkeyatts
              FROM
                  pg_class t
                        join pg_index ix on t.oid = ix.indrelid
                        join pg_class i on i.oid = ix.indexrelid
                        left outer join
                            pg_attribute a
                            on t.oid = a.attrelid and a.attnum = ANY(ix.indkey)
                        left outer join
                            pg_constraint c
                            on (ix.indrelid = c.conrelid and
                                ix.indexrelid = c.conindid and
                                c.contype in ('p', 'u', 'x'))
                        left outer join
                            pg_am am
                            on i.relam = am.oid
              WHERE
                  t.relkind IN ('r', 'v', 'f', 'm', 'p')
                  and t.oid = 22958
                  and ix.indisprimary = 'f'
              ORDER BY
                  t.relname,
                  i.relname
            
=> allowed


            SELECT
                cons.conname as name,
                cons.conkey as key,
                a.attnum as col_num,
                a.attname as col_name
            FROM
                pg_catalog.pg_constraint cons
                join pg_attribute a
                  on cons.conrelid = a.attrelid AND
                    a.attnum = ANY(cons.conkey)
            WHERE
                cons.conrelid = 22958 AND
                cons.contype = 'u'
        
=> allowed


            SELECT
                cons.conname as name,
                pg_get_constraintdef(cons.oid) as src
            FROM
                pg_catalog.pg_constraint cons
            WHERE
                cons.conrelid = 22958 AND
                cons.contype = 'c'
        
=> allowed


            SELECT
                pgd.description as table_comment
            FROM
                pg_catalog.pg_description pgd
            WHERE
                pgd.objsubid = 0 AND
                pgd.objoid = 22958
        
=> allowed


            SELECT c.oid
            FROM pg_catalog.pg_class c
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE (pg_catalog.pg_table_is_visible(c.oid))
            AND c.relname = 'task_labels' AND c.relkind in
            ('r', 'v', 'm', 'f', 'p')
        
=> allowed


            SELECT a.attname,
              pg_catalog.format_type(a.atttypid, a.atttypmod),
              (
                SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                FROM pg_catalog.pg_attrdef d
                WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum
                AND a.atthasdef
              ) AS DEFAULT,
              a.attnotnull,
              a.attrelid as table_oid,
              pgd.description as comment,
              a.attgenerated as generated,
                              (SELECT json_build_object(
                    'always', a.attidentity = 'a',
                    'start', s.seqstart,
                    'increment', s.seqincrement,
                    'minvalue', s.seqmin,
                    'maxvalue', s.seqmax,
                    'cache', s.seqcache,
                    'cycle', s.seqcycle)
                FROM pg_catalog.pg_sequence s
                JOIN pg_catalog.pg_class c on s.seqrelid = c."oid"
                WHERE c.relkind = 'S'
                AND a.attidentity != ''
                AND s.seqrelid = pg_catalog.pg_get_serial_sequence(
                    a.attrelid::regclass::text, a.attname
                )::regclass::oid
                ) as identity_options                
            FROM pg_catalog.pg_attribute a
            LEFT JOIN pg_catalog.pg_description pgd ON (
                pgd.objoid = a.attrelid AND pgd.objsubid = a.attnum)
            WHERE a.attrelid = 23005
            AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
        
=> allowed


                SELECT a.attname
                FROM pg_attribute a JOIN (
                    SELECT unnest(ix.indkey) attnum,
                           generate_subscripts(ix.indkey, 1) ord
                    FROM pg_index ix
                    WHERE ix.indrelid = 23005 AND ix.indisprimary
                    ) k ON a.attnum=k.attnum
                WHERE a.attrelid = 23005
                ORDER BY k.ord
            
=> allowed


        SELECT conname
           FROM  pg_catalog.pg_constraint r
           WHERE r.conrelid = 23005 AND r.contype = 'p'
           ORDER BY 1
        
=> allowed


          SELECT r.conname,
                pg_catalog.pg_get_constraintdef(r.oid, true) as condef,
                n.nspname as conschema
          FROM  pg_catalog.pg_constraint r,
                pg_namespace n,
                pg_class c

          WHERE r.conrelid = 23005 AND
                r.contype = 'f' AND
                c.oid = confrelid AND
                n.oid = c.relnamespace
          ORDER BY 1
        
=> allowed


              SELECT
                  i.relname as relname,
                  ix.indisunique, ix.indexprs,
                  a.attname, a.attnum, c.conrelid, ix.indkey::varchar,
                  ix.indoption::varchar, i.reloptions, am.amname,
                  pg_get_expr(ix.indpred, ix.indrelid),
                  ix.indnkeyatts as indnkeyatts
              FROM
                  pg_class t
                        join pg_index ix on t.oid = ix.indrelid
                        join pg_class i on i.oid = ix.indexrelid
                        left outer join
                            pg_attribute a
                            on t.oid = a.attrelid and a.attnum = ANY(ix.indkey)
                        left outer join
                            pg_constraint c
                            on (ix.indrelid = c.conrelid and
                                ix.indexrelid = c.conindid and
                                c.contype in ('p', 'u', 'x'))
                        left outer join
                            pg_am am
                            on i.relam = am.oid
              WHERE
                  t.relkind IN ('r', 'v', 'f', 'm', 'p')
                  and t.oid = 23005
                  and ix.indisprimary = 'f'
              ORDER BY
                  t.relname,
                  i.relname
            
=> allowed


            SELECT
                cons.conname as name,
                cons.conkey as key,
                a.attnum as col_num,
                a.attname as col_name
            FROM
                pg_catalog.pg_constraint cons
                join pg_attribute a
                  on cons.conrelid = a.attrelid AND
                    a.attnum = ANY(cons.conkey)
            WHERE
                cons.conrelid = 23005 AND
                cons.contype = 'u'
        
=> allowed


            SELECT
                cons.conname as name,
                pg_get_constraintdef(cons.oid) as src
            FROM
                pg_catalog.pg_constraint cons
            WHERE
                cons.conrelid = 23005 AND
                cons.contype = 'c'
        
=> allowed


            SELECT
                pgd.description as table_comment
            FROM
                pg_catalog.pg_description pgd
            WHERE
                pgd.objsubid = 0 AND
                pgd.objoid = 23005
        
=> allowed


            SELECT c.oid
            FROM pg_catalog.pg_class c
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE (pg_catalog.pg_table_is_visible(c.oid))
            AND c.relname = 'events' AND c.relkind in
            ('r', 'v', 'm', 'f', 'p')
        
=> allowed


            SELECT a.attname,
              pg_catalog.format_type(a.atttypid, a.atttypmod),
              (
                SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                FROM pg_catalog.pg_attrdef d
                WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum
                AND a.atthasdef
              ) AS DEFAULT,
              a.attnotnull,
              a.attrelid as table_oid,
              pgd.description as comment,
              a.attgenerated as generated,
                              (SELECT json_build_object(
                    'always', a.attidentity = 'a',
                    'start', s.seqstart,
                    'increment', s.seqincrement,
                    'minvalue', s.seqmin,
                    'maxvalue', s.seqmax,
                    'cache', s.seqcache,
                    'cycle', s.seqcycle)
                FROM pg_catalog.pg_sequence s
                JOIN pg_catalog.pg_class c on s.seqrelid = c."oid"
                WHERE c.relkind = 'S'
                AND a.attidentity != ''
                AND s.seqrelid = pg_catalog.pg_get_serial_sequence(
                    a.attrelid::regclass::text, a.attname
                )::regclass::oid
                ) as identity_options                
            FROM pg_catalog.pg_attribute a
            LEFT JOIN pg_catalog.pg_description pgd ON (
                pgd.objoid = a.attrelid AND pgd.objsubid = a.attnum)
            WHERE a.attrelid = 23022
            AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
        
=> allowed


                SELECT a.attname
                FROM pg_attribute a JOIN (
                    SELECT unnest(ix.indkey) attnum,
                           generate_subscripts(ix.indkey, 1) ord
                    FROM pg_index ix
                    WHERE ix.indrelid = 23022 AND ix.indisprimary
                    ) k ON a.attnum=k.attnum
                WHERE a.attrelid = 23022
                ORDER BY k.ord
            
=> allowed


        SELECT conname
           FROM  pg_catalog.pg_constraint r
           WHERE r.conrelid = 23022 AND r.contype = 'p'
           ORDER BY 1
        
=> allowed


          SELECT r.conname,
                pg_catalog.pg_get_constraintdef(r.oid, true) as condef,
                n.nspname as conschema
          FROM  pg_catalog.pg_constraint r,
                pg_namespace n,
                pg_class c

          WHERE r.conrelid = 23022 AND
                r.contype = 'f' AND
                c.oid = confrelid AND
                n.oid = c.relnamespace
          ORDER BY 1
        
=> allowed


              SELECT
                  i.relname as relname,
                  ix.indisunique, ix.indexprs,
                  a.attname, a.attnum, c.conrelid, ix.indkey::varchar,
                  ix.indoption::varchar, i.reloptions, am.amname,
                  pg_get_expr(ix.indpred, ix.indrelid),
                  ix.indnkeyatts as indnkeyatts
              FROM
                  pg_class t
                        join pg_index ix on t.oid = ix.indrelid
                        join pg_class i on i.oid = ix.indexrelid
                        left outer join
                            pg_attribute a
                            on t.oid = a.attrelid and a.attnum = ANY(ix.indkey)
                        left outer join
                            pg_constraint c
                            on (ix.indrelid = c.conrelid and
                                ix.indexrelid = c.conindid and
                                c.contype in ('p', 'u', 'x'))
                        left outer join
                            pg_am am
                            on i.relam = am.oid
              WHERE
                  t.relkind IN ('r', 'v', 'f', 'm', 'p')
                  and t.oid = 23022
                  and ix.indisprimary = 'f'
              ORDER BY
                  t.relname,
                  i.relname
            
=> allowed


            SELECT
                cons.conname as name,
                cons.conkey as key,
                a.attnum as col_num,
                a.attname as col_name
            FROM
                pg_catalog.pg_constraint cons
                join pg_attribute a
                  on cons.conrelid = a.attrelid AND
                    a.attnum = ANY(cons.conkey)
            WHERE
                cons.conrelid = 23022 AND
                cons.contype = 'u'
        
=> allowed


            SELECT
                cons.conname as name,
                pg_get_constraintdef(cons.oid) as src
            FROM
                pg_catalog.pg_constraint cons
            WHERE
                cons.conrelid = 23022 AND
                cons.contype = 'c'
        
=> allowed


            SELECT
                pgd.description as table_comment
            FROM
                pg_catalog.pg_description pgd
            WHERE
                pgd.objsubid = 0 AND
                pgd.objoid = 23022
        
=> allowed

SELECT pg_get_viewdef(c.oid) view_def FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relname = 'project_totals' AND c.relkind IN ('v', 'm')
=> allowed

select relname from pg_class c join pg_namespace n on n.oid=c.relnamespace where pg_catalog.pg_table_is_visible(c.oid) and relname='tasks'
=> allowed


            SELECT c.oid
            FROM pg_catalog.pg_class c
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE (pg_catalog.pg_table_is_visible(c.oid))
            AND c.relname = 'organizations' AND c.relkind in
            ('r', 'v', 'm', 'f', 'p')
        
=> allowed


            SELECT a.attname,
              pg_catalog.format_type(a.atttypid, a.atttypmod),
              (
                SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                FROM pg_catalog.pg_attrdef d
                WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum
                AND a.atthasdef
              ) AS DEFAULT,
              a.attnotnull,
              a.attrelid as table_oid,
              pgd.description as comment,
              a.attgenerated as generated,
                              (SELECT json_build_object(
                    'always', a.attidentity = 'a',
                    'start', s.seqstart,
                    'increment', s.seqincrement,
                    'minvalue', s.seqmin,
                    'maxvalue', s.seqmax,
                    'cache', s.seqcache,
                    'cycle', s.seqcycle)
                FROM pg_catalog.pg_sequence s
                JOIN pg_catalog.pg_class c on s.seqrelid = c."oid"
                WHERE c.relkind = 'S'
                AND a.attidentity != ''
                AND s.seqrelid = pg_catalog.pg_get_serial_sequence(
                    a.attrelid::regclass::text, a.attname
                )::regclass::oid
                ) as identity_options                
            FROM pg_catalog.pg_attribute a
            LEFT JOIN pg_catalog.pg_description pgd ON (
                pgd.objoid = a.attrelid AND pgd.objsubid = a.attnum)
            WHERE a.attrelid = 16431
            AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
        
=> allowed


                SELECT a.attname
                FROM pg_attribute a JOIN (
                    SELECT unnest(ix.indkey) attnum,
                           generate_subscripts(ix.indkey, 1) ord
                    FROM pg_index ix
                    WHERE ix.indrelid = 16431 AND ix.indisprimary
                    ) k ON a.attnum=k.attnum
                WHERE a.attrelid = 16431
                ORDER BY k.ord
            
=> allowed


        SELECT conname
           FROM  pg_catalog.pg_constraint r
           WHERE r.conrelid = 16431 AND r.contype = 'p'
           ORDER BY 1
        
=> allowed


          SELECT r.conname,
                pg_catalog.pg_get_constraintdef(r.oid, true) as condef,
                n.nspname as conschema
          FROM  pg_catalog.pg_constraint r,
                pg_namespace n,
                pg_class c

          WHERE r.conrelid = 16431 AND
                r.contype = 'f' AND
                c.oid = confrelid AND
                n.oid = c.relnamespace
          ORDER BY 1
        
=> allowed


            SELECT c.oid
            FROM pg_catalog.pg_class c
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE (pg_catalog.pg_table_is_visible(c.oid))
            AND c.relname = 'plans' AND c.relkind in
            ('r', 'v', 'm', 'f', 'p')
        
=> allowed


            SELECT a.attname,
              pg_catalog.format_type(a.atttypid, a.atttypmod),
              (
                SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                FROM pg_catalog.pg_attrdef d
                WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum
                AND a.atthasdef
              ) AS DEFAULT,
              a.attnotnull,
              a.attrelid as table_oid,
              pgd.description as comment,
              a.attgenerated as generated,
                              (SELECT json_build_object(
                    'always', a.attidentity = 'a',
                    'start', s.seqstart,
                    'increment', s.seqincrement,
                    'minvalue', s.seqmin,
                    'maxvalue', s.seqmax,
                    'cache', s.seqcache,
                    'cycle', s.seqcycle)
                FROM pg_catalog.pg_sequence s
                JOIN pg_catalog.pg_class c on s.seqrelid = c."oid"
                WHERE c.relkind = 'S'
                AND a.attidentity != ''
                AND s.seqrelid = pg_catalog.pg_get_serial_sequence(
                    a.attrelid::regclass::text, a.attname
                )::regclass::oid
                ) as identity_options                
            FROM pg_catalog.pg_attribute a
            LEFT JOIN pg_catalog.pg_description pgd ON (
                pgd.objoid = a.attrelid AND pgd.objsubid = a.attnum)
            WHERE a.attrelid = 16421
            AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
        
=> allowed


                SELECT a.attname
                FROM pg_attribute a JOIN (
                    SELECT unnest(ix.indkey) attnum,
                           generate_subscripts(ix.indkey, 1) ord
                    FROM pg_index ix
                    WHERE ix.indrelid = 16421 AND ix.indisprimary
                    ) k ON a.attnum=k.attnum
                WHERE a.attrelid = 16421
                ORDER BY k.ord
            
=> allowed


        SELECT conname
           FROM  pg_catalog.pg_constraint r
           WHERE r.conrelid = 16421 AND r.contype = 'p'
           ORDER BY 1
        
=> allowed


          SELECT r.conname,
                pg_catalog.pg_get_constraintdef(r.oid, true) as condef,
                n.nspname as conschema
          FROM  pg_catalog.pg_constraint r,
                pg_namespace n,
                pg_class c

          WHERE r.conrelid = 16421 AND
                r.contype = 'f' AND
                c.oid = confrelid AND
                n.oid = c.relnamespace
          ORDER BY 1
        
=> allowed


              SELECT
                  i.relname as relname,
                  ix.indisunique, ix.indexprs,
                  a.attname, a.attnum, c.conrelid, ix.indkey::varchar,
                  ix.indoption::varchar, i.reloptions, am.amname,
                  pg_get_expr(ix.indpred, ix.indrelid),
                  ix.indnkeyatts as indnkeyatts
              FROM
                  pg_class t
                        join pg_index ix on t.oid = ix.indrelid
                        join pg_class i on i.oid = ix.indexrelid
                        left outer join
                            pg_attribute a
                            on t.oid = a.attrelid and a.attnum = ANY(ix.indkey)
                        left outer join
                            pg_constraint c
                            on (ix.indrelid = c.conrelid and
                                ix.indexrelid = c.conindid and
                                c.contype in ('p', 'u', 'x'))
                        left outer join
                            pg_am am
                            on i.relam = am.oid
              WHERE
                  t.relkind IN ('r', 'v', 'f', 'm', 'p')
                  and t.oid = 16421
                  and ix.indisprimary = 'f'
              ORDER BY
                  t.relname,
                  i.relname
            
=> allowed


            SELECT
                cons.conname as name,
                cons.conkey as key,
                a.attnum as col_num,
                a.attname as col_name
            FROM
                pg_catalog.pg_constraint cons
                join pg_attribute a
                  on cons.conrelid = a.attrelid AND
                    a.attnum = ANY(cons.conkey)
            WHERE
                cons.conrelid = 16421 AND
                cons.contype = 'u'
        
=> allowed


            SELECT
                cons.conname as name,
                pg_get_constraintdef(cons.oid) as src
            FROM
                pg_catalog.pg_constraint cons
            WHERE
                cons.conrelid = 16421 AND
                cons.contype = 'c'
        
=> allowed


            SELECT
                pgd.description as table_comment
            FROM
                pg_catalog.pg_description pgd
            WHERE
                pgd.objsubid = 0 AND
                pgd.objoid = 16421
        
=> allowed


              SELECT
                  i.relname as relname,
                  ix.indisunique, ix.indexprs,
                  a.attname, a.attnum, c.conrelid, ix.indkey::varchar,
                  ix.indoption::varchar, i.reloptions, am.amname,
                  pg_get_expr(ix.indpred, ix.indrelid),
                  ix.indnkeyatts as indnkeyatts
              FROM
                  pg_class t
                        join pg_index ix on t.oid = ix.indrelid
                        join pg_class i on i.oid = ix.indexrelid
                        left outer join
                            pg_attribute a
                            on t.oid = a.attrelid and a.attnum = ANY(ix.indkey)
                        left outer join
                            pg_constraint c
                            on (ix.indrelid = c.conrelid and
                                ix.indexrelid = c.conindid and
                                c.contype in ('p', 'u', 'x'))
                        left outer join
                            pg_am am
                            on i.relam = am.oid
              WHERE
                  t.relkind IN ('r', 'v', 'f', 'm', 'p')
                  and t.oid = 16431
                  and ix.indisprimary = 'f'
              ORDER BY
                  t.relname,
                  i.relname
            
=> allowed


            SELECT
                cons.conname as name,
                cons.conkey as key,
                a.attnum as col_num,
                a.attname as col_name
            FROM
                pg_catalog.pg_constraint cons
                join pg_attribute a
                  on cons.conrelid = a.attrelid AND
                    a.attnum = ANY(cons.conkey)
            WHERE
                cons.conrelid = 16431 AND
                cons.contype = 'u'
        
=> allowed


            SELECT
                cons.conname as name,
                pg_get_constraintdef(cons.oid) as src
            FROM
                pg_catalog.pg_constraint cons
            WHERE
                cons.conrelid = 16431 AND
                cons.contype = 'c'
        
=> allowed


            SELECT
                pgd.description as table_comment
            FROM
                pg_catalog.pg_description pgd
            WHERE
                pgd.objsubid = 0 AND
                pgd.objoid = 16431
        
=> allowed


            SELECT c.oid
            FROM pg_catalog.pg_class c
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE (pg_catalog.pg_table_is_visible(c.oid))
            AND c.relname = 'project_totals' AND c.relkind in
            ('r', 'v', 'm', 'f', 'p')
        
=> allowed


            SELECT a.attname,
              pg_catalog.format_type(a.atttypid, a.atttypmod),
              (
                SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                FROM pg_catalog.pg_attrdef d
                WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum
                AND a.atthasdef
              ) AS DEFAULT,
              a.attnotnull,
              a.attrelid as table_oid,
              pgd.description as comment,
              a.attgenerated as generated,
                              (SELECT json_build_object(
                    'always', a.attidentity = 'a',
                    'start', s.seqstart,
                    'increment', s.seqincrement,
                    'minvalue', s.seqmin,
                    'maxvalue', s.seqmax,
                    'cache', s.seqcache,
                    'cycle', s.seqcycle)
                FROM pg_catalog.pg_sequence s
                JOIN pg_catalog.pg_class c on s.seqrelid = c."oid"
                WHERE c.relkind = 'S'
                AND a.attidentity != ''
                AND s.seqrelid = pg_catalog.pg_get_serial_sequence(
                    a.attrelid::regclass::text, a.attname
                )::regclass::oid
                ) as identity_options                
            FROM pg_catalog.pg_attribute a
            LEFT JOIN pg_catalog.pg_description pgd ON (
                pgd.objoid = a.attrelid AND pgd.objsubid = a.attnum)
            WHERE a.attrelid = 23066
            AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
        
=> allowed


                SELECT a.attname
                FROM pg_attribute a JOIN (
                    SELECT unnest(ix.indkey) attnum,
                           generate_subscripts(ix.indkey, 1) ord
                    FROM pg_index ix
                    WHERE ix.indrelid = 23066 AND ix.indisprimary
                    ) k ON a.attnum=k.attnum
                WHERE a.attrelid = 23066
                ORDER BY k.ord
            
=> allowed


        SELECT conname
           FROM  pg_catalog.pg_constraint r
           WHERE r.conrelid = 23066 AND r.contype = 'p'
           ORDER BY 1
        
=> allowed


          SELECT r.conname,
                pg_catalog.pg_get_constraintdef(r.oid, true) as condef,
                n.nspname as conschema
          FROM  pg_catalog.pg_constraint r,
                pg_namespace n,
                pg_class c

          WHERE r.conrelid = 23066 AND
                r.contype = 'f' AND
                c.oid = confrelid AND
                n.oid = c.relnamespace
          ORDER BY 1
        
=> allowed


              SELECT
                  i.relname as relname,
                  ix.indisunique, ix.indexprs,
                  a.attname, a.attnum, c.conrelid, ix.indkey::varchar,
                  ix.indoption::varchar, i.reloptions, am.amname,
                  pg_get_expr(ix.indpred, ix.indrelid),
                  ix.indnkeyatts as indnkeyatts
              FROM
                  pg_class t
                        join pg_index ix on t.oid = ix.indrelid
                        join pg_class i on i.oid = ix.indexrelid
                        left outer join
                            pg_attribute a
                            on t.oid = a.attrelid and a.attnum = ANY(ix.indkey)
                        left outer join
                            pg_constraint c
                            on (ix.indrelid = c.conrelid and
                                ix.indexrelid = c.conindid and
                                c.contype in ('p', 'u', 'x'))
                        left outer join
                            pg_am am
                            on i.relam = am.oid
              WHERE
                  t.relkind IN ('r', 'v', 'f', 'm', 'p')
                  and t.oid = 23066
                  and ix.indisprimary = 'f'
              ORDER BY
                  t.relname,
                  i.relname
            
=> allowed


            SELECT
                cons.conname as name,
                cons.conkey as key,
                a.attnum as col_num,
                a.attname as col_name
            FROM
                pg_catalog.pg_constraint cons
                join pg_attribute a
                  on cons.conrelid = a.attrelid AND
                    a.attnum = ANY(cons.conkey)
            WHERE
                cons.conrelid = 23066 AND
                cons.contype = 'u'
        
=> allowed


            SELECT
                cons.conname as name,
                pg_get_constraintdef(cons.oid) as src
            FROM
                pg_catalog.pg_constraint cons
            WHERE
                cons.conrelid = 23066 AND
                cons.contype = 'c'
        
=> allowed


            SELECT
                pgd.description as table_comment
            FROM
                pg_catalog.pg_description pgd
            WHERE
                pgd.objsubid = 0 AND
                pgd.objoid = 23066
        
=> allowed

select relname from pg_class c join pg_namespace n on n.oid=c.relnamespace where pg_catalog.pg_table_is_visible(c.oid) and relname='alembic_version'
=> allowed

SELECT alembic_version.version_num 
FROM alembic_version
=> allowed

select c.relname, a.attname from pg_class as c join pg_depend d on d.objid=c.oid and d.classid='pg_class'::regclass and d.refclassid='pg_class'::regclass join pg_class t on t.oid=d.refobjid join pg_attribute a on a.attrelid=t.oid and a.attnum=d.refobjsubid where c.relkind='S' and c.relname='tasks_id_seq'
=> allowed

select c.relname, a.attname from pg_class as c join pg_depend d on d.objid=c.oid and d.classid='pg_class'::regclass and d.refclassid='pg_class'::regclass join pg_class t on t.oid=d.refobjid join pg_attribute a on a.attrelid=t.oid and a.attnum=d.refobjsubid where c.relkind='S' and c.relname='projects_id_seq'
=> allowed

BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY
=> allowed

SELECT
    t.oid,
    t.typelem     AS elemtype,
    t.typtype     AS kind
FROM
    pg_catalog.pg_type AS t
WHERE
    t.oid = $1

=> allowed

BEGIN ISOLATION LEVEL READ COMMITTED;
=> allowed

ROLLBACK;
=> allowed

SELECT tasks.title, tasks.attributes, tasks.state 
FROM tasks 
WHERE tasks.priority >= $1::integer AND tasks.state = $2 
 LIMIT $3::integer
=> allowed

WITH RECURSIVE typeinfo_tree(
    oid, ns, name, kind, basetype, elemtype, elemdelim,
    range_subtype, attrtypoids, attrnames, depth)
AS (
    SELECT
        ti.oid, ti.ns, ti.name, ti.kind, ti.basetype,
        ti.elemtype, ti.elemdelim, ti.range_subtype,
        ti.attrtypoids, ti.attrnames, 0
    FROM
            (
        SELECT
            t.oid                           AS oid,
            ns.nspname                      AS ns,
            t.typname                       AS name,
            t.typtype                       AS kind,
            (CASE WHEN t.typtype = 'd' THEN
                (WITH RECURSIVE typebases(oid, depth) AS (
                    SELECT
                        t2.typbasetype      AS oid,
                        0                   AS depth
                    FROM
                        pg_type t2
                    WHERE
                        t2.oid = t.oid

                    UNION ALL

                    SELECT
                        t2.typbasetype      AS oid,
                        tb.depth + 1        AS depth
                    FROM
                        pg_type t2,
                        typebases tb
                    WHERE
                       tb.oid = t2.oid
                       AND t2.typbasetype != 0
               ) SELECT oid FROM typebases ORDER BY depth DESC LIMIT 1)

               ELSE NULL
            END)                            AS basetype,
            t.typelem                       AS elemtype,
            elem_t.typdelim                 AS elemdelim,
            COALESCE(
                range_t.rngsubtype,
                multirange_t.rngsubtype)    AS range_subtype,
            (CASE WHEN t.typtype = 'c' THEN
                (SELECT
                    array_agg(ia.atttypid ORDER BY ia.attnum)
                FROM
                    pg_attribute ia
                    INNER JOIN pg_class c
                        ON (ia.attrelid = c.oid)
                WHERE
                    ia.attnum > 0 AND NOT ia.attisdropped
                    AND c.reltype = t.oid)

                ELSE NULL
            END)                            AS attrtypoids,
            (CASE WHEN t.typtype = 'c' THEN
                (SELECT
                    array_agg(ia.attname::text ORDER BY ia.attnum)
                FROM
                    pg_attribute ia
                    INNER JOIN pg_class c
                        ON (ia.attrelid = c.oid)
                WHERE
                    ia.attnum > 0 AND NOT ia.attisdropped
                    AND c.reltype = t.oid)

                ELSE NULL
            END)                            AS attrnames
        FROM
            pg_catalog.pg_type AS t
            INNER JOIN pg_catalog.pg_namespace ns ON (
                ns.oid = t.typnamespace)
            LEFT JOIN pg_type elem_t ON (
                t.typlen = -1 AND
                t.typelem != 0 AND
                t.typelem = elem_t.oid
            )
            LEFT JOIN pg_range range_t ON (
                t.oid = range_t.rngtypid
            )
            LEFT JOIN pg_range multirange_t ON (
                t.oid = multirange_t.rngmultitypid
            )
    )
 AS ti
    WHERE
        ti.oid = any($1::oid[])

    UNION ALL

    SELECT
        ti.oid, ti.ns, ti.name, ti.kind, ti.basetype,
        ti.elemtype, ti.elemdelim, ti.range_subtype,
        ti.attrtypoids, ti.attrnames, tt.depth + 1
    FROM
            (
        SELECT
            t.oid                           AS oid,
            ns.nspname                      AS ns,
            t.typname                       AS name,
            t.typtype                       AS kind,
            (CASE WHEN t.typtype = 'd' THEN
                (WITH RECURSIVE typebases(oid, depth) AS (
                    SELECT
                        t2.typbasetype      AS oid,
                        0                   AS depth
                    FROM
                        pg_type t2
                    WHERE
                        t2.oid = t.oid

                    UNION ALL

                    SELECT
                        t2.typbasetype      AS oid,
                        tb.depth + 1        AS depth
                    FROM
                        pg_type t2,
                        typebases tb
                    WHERE
                       tb.oid = t2.oid
                       AND t2.typbasetype != 0
               ) SELECT oid FROM typebases ORDER BY depth DESC LIMIT 1)

               ELSE NULL
            END)                            AS basetype,
            t.typelem                       AS elemtype,
            elem_t.typdelim                 AS elemdelim,
            COALESCE(
                range_t.rngsubtype,
                multirange_t.rngsubtype)    AS range_subtype,
            (CASE WHEN t.typtype = 'c' THEN
                (SELECT
                    array_agg(ia.atttypid ORDER BY ia.attnum)
                FROM
                    pg_attribute ia
                    INNER JOIN pg_class c
                        ON (ia.attrelid = c.oid)
                WHERE
                    ia.attnum > 0 AND NOT ia.attisdropped
                    AND c.reltype = t.oid)

                ELSE NULL
            END)                            AS attrtypoids,
            (CASE WHEN t.typtype = 'c' THEN
                (SELECT
                    array_agg(ia.attname::text ORDER BY ia.attnum)
                FROM
                    pg_attribute ia
                    INNER JOIN pg_class c
                        ON (ia.attrelid = c.oid)
                WHERE
                    ia.attnum > 0 AND NOT ia.attisdropped
                    AND c.reltype = t.oid)

                ELSE NULL
            END)                            AS attrnames
        FROM
            pg_catalog.pg_type AS t
            INNER JOIN pg_catalog.pg_namespace ns ON (
                ns.oid = t.typnamespace)
            LEFT JOIN pg_type elem_t ON (
                t.typlen = -1 AND
                t.typelem != 0 AND
                t.typelem = elem_t.oid
            )
            LEFT JOIN pg_range range_t ON (
                t.oid = range_t.rngtypid
            )
            LEFT JOIN pg_range multirange_t ON (
                t.oid = multirange_t.rngmultitypid
            )
    )
 ti,
        typeinfo_tree tt
    WHERE
        (tt.elemtype IS NOT NULL AND ti.oid = tt.elemtype)
        OR (tt.attrtypoids IS NOT NULL AND ti.oid = any(tt.attrtypoids))
        OR (tt.range_subtype IS NOT NULL AND ti.oid = tt.range_subtype)
        OR (tt.basetype IS NOT NULL AND ti.oid = tt.basetype)
)

SELECT DISTINCT
    *,
    basetype::regtype::text AS basetype_name,
    elemtype::regtype::text AS elemtype_name,
    range_subtype::regtype::text AS range_subtype_name
FROM
    typeinfo_tree
ORDER BY
    depth DESC

=> allowed

INSERT INTO projects (owner_id, name, budget, tags) VALUES ($1::bigint, $2::varchar, $3::numeric, $4) RETURNING projects.id
=> allowed

UPDATE projects SET name=$1::varchar WHERE projects.id = $2::bigint
=> allowed

RELEASE SAVEPOINT sa_savepoint_1
=> allowed

SELECT tasks.id AS tasks_id, tasks.project_id AS tasks_project_id, tasks.parent_id AS tasks_parent_id, tasks.title AS tasks_title, tasks.state AS tasks_state, tasks.priority AS tasks_priority, tasks.attributes AS tasks_attributes, tasks.due_at AS tasks_due_at, tasks.search AS tasks_search 
FROM tasks 
WHERE $1::bigint = tasks.project_id
=> allowed

DELETE FROM projects WHERE projects.id = $1::bigint
=> allowed

COMMIT;
=> allowed

