-- node-postgres 8.23.1 pg-cursor 2.22.0 pg-query-stream 4.17.0 Node v20.20.2
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/node_postgres -record
-- startup: application_name="web" client_encoding="UTF8" idle_in_transaction_session_timeout="30000" options="-c lock_timeout=5000" statement_timeout="30000"
-- startup: client_encoding="UTF8"

SELECT NOW()
=> allowed

SELECT id, email, settings FROM members WHERE active = $1 AND email ILIKE $2 ORDER BY id LIMIT $3
=> allowed

SELECT t.*, p.name FROM tasks t JOIN projects p ON p.id = t.project_id WHERE t.state = $1
=> allowed

SELECT unnest(tags), count(*) FROM projects WHERE id = ANY($1::int8[]) OR true GROUP BY 1
=> allowed

BEGIN ISOLATION LEVEL REPEATABLE READ
=> allowed

INSERT INTO projects (name, tags, budget) VALUES ($1, $2, $3) RETURNING *
=> allowed

INSERT INTO tasks (project_id, title, attributes) SELECT $1, t, $3::jsonb FROM unnest($2::text[]) t
=> allowed

SAVEPOINT one
=> allowed

UPDATE tasks SET priority = NULL WHERE project_id = $1
=> allowed

ROLLBACK TO SAVEPOINT one
=> allowed

RELEASE SAVEPOINT one
=> allowed

UPDATE tasks SET state = $2 WHERE id IN (SELECT id FROM tasks WHERE project_id = $1 ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id, state
=> allowed

INSERT INTO labels (name, colour) VALUES ($1, $2) ON CONFLICT (org_id, name) DO UPDATE SET colour = EXCLUDED.colour
=> allowed

DELETE FROM labels WHERE name = $1
=> allowed

DELETE FROM projects WHERE id = $1
=> allowed

COMMIT
=> allowed

SELECT title, row_number() OVER (ORDER BY id) FROM tasks WHERE id > $1
=> allowed

SELECT title FROM tasks
=> allowed

SELECT 1 AS a; SELECT 2 AS b
=> allowed

WITH open AS (SELECT project_id, count(*) n FROM tasks WHERE state <> 'done' GROUP BY 1)
    SELECT p.name, coalesce(o.n, 0) AS n, CASE WHEN o.n > 1 THEN 'many' ELSE 'few' END, p.created_at AT TIME ZONE 'UTC'
    FROM projects p LEFT JOIN open o ON o.project_id = p.id WHERE EXISTS (SELECT 1 FROM tasks t WHERE t.project_id = p.id AND t.search @@ websearch_to_tsquery($1))
=> allowed

SELECT attributes->>'colour', attributes #>> '{a,b}', jsonb_agg(title) FROM tasks WHERE attributes @> $1 AND attributes ? 'size' GROUP BY 1, 2
=> allowed

DISCARD ALL
=> allowed

SELECT pg_backend_pid() > 0
=> allowed

SELECT current_user, current_database(), version()
=> allowed

