-- Doctrine ORM 2.14.1+dfsg-1, DBAL 3.6.1+dfsg-1, PHP 8.2.36
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/doctrine -record
-- startup: 

SET NAMES 'utf8'
=> allowed

SELECT m0_.id AS id_0, m0_.email AS email_1, m0_.name AS name_2, m0_.active AS active_3 FROM members m0_ WHERE m0_.active = true AND m0_.email LIKE 'ada%'
=> allowed

BEGIN
=> allowed

SELECT NEXTVAL('tasks_id_seq')
=> allowed

SELECT NEXTVAL('projects_id_seq')
=> allowed

SAVEPOINT DOCTRINE2_SAVEPOINT_2
=> allowed

INSERT INTO projects (id, name, budget, owner_id) VALUES ($1, $2, $3, $4)
=> allowed

INSERT INTO tasks (id, title, priority, attributes, project_id) VALUES ($1, $2, $3, $4, $5)
=> allowed

RELEASE SAVEPOINT DOCTRINE2_SAVEPOINT_2
=> allowed

UPDATE projects SET name = $1 WHERE id = $2
=> allowed

SELECT 1 FROM projects t0 WHERE t0.id = $1 FOR UPDATE
=> allowed

SELECT t0.id AS id_1, t0.name AS name_2, t0.budget AS budget_3, t0.owner_id AS owner_id_4 FROM projects t0 WHERE t0.id = $1 FOR SHARE
=> allowed

SELECT t0.id AS id_1, t0.name AS name_2, t0.budget AS budget_3, t0.owner_id AS owner_id_4 FROM projects t0 WHERE t0.id = $1
=> allowed

INSERT INTO labels (name) VALUES ($1)
=> allowed

UPDATE labels SET name = $1 WHERE name = $2
=> allowed

ROLLBACK TO SAVEPOINT DOCTRINE2_SAVEPOINT_2
=> allowed

UPDATE tasks SET priority = priority + 1 WHERE project_id = $1
=> allowed

DELETE FROM tasks WHERE project_id = $1
=> allowed

SELECT t0.id AS id_1, t0.title AS title_2, t0.priority AS priority_3, t0.attributes AS attributes_4, t0.project_id AS project_id_5 FROM tasks t0 WHERE t0.project_id = $1
=> allowed

DELETE FROM projects WHERE id = $1
=> allowed

COMMIT
=> allowed

SELECT p0_.id AS id_0, p0_.name AS name_1, p0_.budget AS budget_2, t1_.id AS id_3, t1_.title AS title_4, t1_.priority AS priority_5, t1_.attributes AS attributes_6, m2_.id AS id_7, m2_.email AS email_8, m2_.name AS name_9, m2_.active AS active_10, p0_.owner_id AS owner_id_11, t1_.project_id AS project_id_12 FROM projects p0_ LEFT JOIN tasks t1_ ON p0_.id = t1_.project_id INNER JOIN members m2_ ON p0_.owner_id = m2_.id WHERE p0_.name LIKE $1 ORDER BY p0_.id ASC
=> allowed

SELECT DISTINCT id_0, MIN(sclr_7) AS dctrn_minrownum FROM (SELECT p0_.id AS id_0, p0_.name AS name_1, p0_.budget AS budget_2, t1_.id AS id_3, t1_.title AS title_4, t1_.priority AS priority_5, t1_.attributes AS attributes_6, ROW_NUMBER() OVER(ORDER BY p0_.name ASC) AS sclr_7 FROM projects p0_ INNER JOIN tasks t1_ ON p0_.id = t1_.project_id) dctrn_result GROUP BY id_0 ORDER BY dctrn_minrownum ASC LIMIT 2
=> allowed

SELECT p0_.id AS id_0, p0_.name AS name_1, p0_.budget AS budget_2, t1_.id AS id_3, t1_.title AS title_4, t1_.priority AS priority_5, t1_.attributes AS attributes_6, p0_.owner_id AS owner_id_7, t1_.project_id AS project_id_8 FROM projects p0_ INNER JOIN tasks t1_ ON p0_.id = t1_.project_id WHERE p0_.id IN ($1, $2) ORDER BY p0_.name ASC
=> allowed

SELECT t0_.project_id AS sclr_0, COUNT(t0_.id) AS sclr_1, AVG(t0_.priority) AS sclr_2, CASE WHEN MAX(t0_.priority) > 2 THEN 1 ELSE 0 END AS sclr_3 FROM tasks t0_ GROUP BY t0_.project_id HAVING COUNT(t0_.id) > 1
=> allowed

SELECT p0_.name AS name_0 FROM projects p0_ WHERE EXISTS (SELECT t1_.id FROM tasks t1_ WHERE t1_.project_id = p0_.id AND t1_.priority IN ($1, $2)) AND (SELECT COUNT(*) FROM tasks t2_ WHERE t2_.project_id = p0_.id) > 1
=> allowed

SELECT t0.id AS id_1, t0.title AS title_2, t0.priority AS priority_3, t0.attributes AS attributes_4, t0.project_id AS project_id_5 FROM tasks t0 WHERE t0.priority IN ($1, $2) ORDER BY t0.id DESC LIMIT 3 OFFSET 1
=> allowed

SELECT name FROM labels WHERE name LIKE $1 LIMIT 2
=> allowed

SELECT title FROM tasks WHERE id IN ($1, $2, $3)
=> allowed

SELECT CURRENT_DATABASE()
=> allowed

SELECT quote_ident(table_name) AS table_name,
       table_schema AS schema_name
FROM information_schema.tables
WHERE table_catalog = $1
  AND table_schema NOT LIKE 'pg\_%'
  AND table_schema != 'information_schema'
  AND table_name != 'geometry_columns'
  AND table_name != 'spatial_ref_sys'
  AND table_type = 'BASE TABLE'
=> allowed

SELECT schema_name
FROM   information_schema.schemata
WHERE  schema_name NOT LIKE 'pg\_%'
AND    schema_name != 'information_schema'
=> allowed

SHOW search_path
=> allowed

SELECT            a.attnum,
            quote_ident(a.attname) AS field,
            t.typname AS type,
            format_type(a.atttypid, a.atttypmod) AS complete_type,
            (SELECT tc.collcollate FROM pg_catalog.pg_collation tc WHERE tc.oid = a.attcollation) AS collation,
            (SELECT t1.typname FROM pg_catalog.pg_type t1 WHERE t1.oid = t.typbasetype) AS domain_type,
            (SELECT format_type(t2.typbasetype, t2.typtypmod) FROM
              pg_catalog.pg_type t2 WHERE t2.typtype = 'd' AND t2.oid = a.atttypid) AS domain_complete_type,
            a.attnotnull AS isnotnull,
            (SELECT 't'
             FROM pg_index
             WHERE c.oid = pg_index.indrelid
                AND pg_index.indkey[0] = a.attnum
                AND pg_index.indisprimary = 't'
            ) AS pri,
            (SELECT pg_get_expr(adbin, adrelid)
             FROM pg_attrdef
             WHERE c.oid = pg_attrdef.adrelid
                AND pg_attrdef.adnum=a.attnum
            ) AS default,
            (SELECT pg_description.description
                FROM pg_description WHERE pg_description.objoid = c.oid AND a.attnum = pg_description.objsubid
            ) AS comment
            FROM pg_attribute a
                INNER JOIN pg_class c
                    ON c.oid = a.attrelid
                INNER JOIN pg_type t
                    ON t.oid = a.atttypid
                INNER JOIN pg_namespace n
                    ON n.oid = c.relnamespace
                LEFT JOIN pg_depend d
                    ON d.objid = c.oid
                        AND d.deptype = 'e'
                        AND d.classid = (SELECT oid FROM pg_class WHERE relname = 'pg_class') WHERE a.attnum > 0 AND c.relkind = 'r' AND d.refobjid IS NULL AND n.nspname = ANY(current_schemas(false)) AND c.relname = 'projects' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY a.attnum
=> allowed

SELECT                   quote_ident(ic.relname) AS relname,
                   i.indisunique,
                   i.indisprimary,
                   i.indkey,
                   i.indrelid,
                   pg_get_expr(indpred, indrelid) AS "where"
              FROM pg_index i
                   JOIN pg_class AS tc ON tc.oid = i.indrelid
                   JOIN pg_namespace tn ON tn.oid = tc.relnamespace
                   JOIN pg_class AS ic ON ic.oid = i.indexrelid
             WHERE ic.oid IN (
                SELECT indexrelid
                FROM pg_index i, pg_class c, pg_namespace n WHERE c.oid = i.indrelid AND c.relnamespace = n.oid AND n.nspname = ANY(current_schemas(false)) AND c.relname = 'tasks' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast'))
=> allowed

SELECT attnum, attname FROM pg_attribute WHERE attrelid=17288 AND attnum IN (2 ,0) ORDER BY attnum ASC
=> allowed

SELECT attnum, attname FROM pg_attribute WHERE attrelid=17288 AND attnum IN (1) ORDER BY attnum ASC
=> allowed

SELECT attnum, attname FROM pg_attribute WHERE attrelid=17288 AND attnum IN (10) ORDER BY attnum ASC
=> allowed

SELECT                  quote_ident(r.conname) as conname,
                  pg_get_constraintdef(r.oid, true) as condef
                  FROM pg_constraint r
                      JOIN pg_class AS tc ON tc.oid = r.conrelid
                      JOIN pg_namespace tn ON tn.oid = tc.relnamespace
                  WHERE r.conrelid IN
                  (
                      SELECT c.oid
                      FROM pg_class c, pg_namespace n WHERE n.oid = c.relnamespace AND n.nspname = ANY(current_schemas(false)) AND c.relname = 'tasks' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')) AND r.contype = 'f'
=> allowed

SELECT sequence_name AS relname,
                       sequence_schema AS schemaname,
                       minimum_value AS min_value,
                       increment AS increment_by
                FROM   information_schema.sequences
                WHERE  sequence_catalog = 'test3'
                AND    sequence_schema NOT LIKE 'pg\_%'
                AND    sequence_schema != 'information_schema'
=> allowed

SELECT quote_ident(table_name) AS viewname,
                       table_schema AS schemaname,
                       view_definition AS definition
                FROM   information_schema.views
                WHERE  view_definition IS NOT NULL
=> allowed

SELECT c.relname,
       obj_description(c.oid, 'pg_class') AS comment
FROM pg_class c
     INNER JOIN pg_namespace n
         ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname = ANY(current_schemas(false)) AND c.relname = 'projects' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
=> allowed

SELECT                  quote_ident(r.conname) as conname,
                  pg_get_constraintdef(r.oid, true) as condef
                  FROM pg_constraint r
                      JOIN pg_class AS tc ON tc.oid = r.conrelid
                      JOIN pg_namespace tn ON tn.oid = tc.relnamespace
                  WHERE r.conrelid IN
                  (
                      SELECT c.oid
                      FROM pg_class c, pg_namespace n WHERE n.oid = c.relnamespace AND n.nspname = ANY(current_schemas(false)) AND c.relname = 'projects' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')) AND r.contype = 'f'
=> allowed

SELECT                   quote_ident(ic.relname) AS relname,
                   i.indisunique,
                   i.indisprimary,
                   i.indkey,
                   i.indrelid,
                   pg_get_expr(indpred, indrelid) AS "where"
              FROM pg_index i
                   JOIN pg_class AS tc ON tc.oid = i.indrelid
                   JOIN pg_namespace tn ON tn.oid = tc.relnamespace
                   JOIN pg_class AS ic ON ic.oid = i.indexrelid
             WHERE ic.oid IN (
                SELECT indexrelid
                FROM pg_index i, pg_class c, pg_namespace n WHERE c.oid = i.indrelid AND c.relnamespace = n.oid AND n.nspname = ANY(current_schemas(false)) AND c.relname = 'projects' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast'))
=> allowed

SELECT attnum, attname FROM pg_attribute WHERE attrelid=17264 AND attnum IN (1) ORDER BY attnum ASC
=> allowed

SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE
=> allowed

