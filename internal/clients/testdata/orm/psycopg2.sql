-- psycopg2 2.9.5 libpq 150018
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/psycopg2 -record
-- startup: application_name="worker" options="-c statement_timeout=30000 -c TimeZone=UTC"

BEGIN
=> allowed

SELECT id, email, name, settings FROM members WHERE active AND email LIKE '%@%' ORDER BY id
=> allowed

INSERT INTO members (email, name, settings) VALUES ('psycopg2@example.org', 'O''Hara \ x', '{"a": [1, null]}') ON CONFLICT (org_id, email) DO UPDATE SET name = EXCLUDED.name RETURNING id, (xmax = 0) AS inserted
=> allowed

INSERT INTO projects (owner_id, name, budget, tags) VALUES (25,'bulk 0',0,ARRAY['x','y']),(25,'bulk 1',1,ARRAY['x','y']),(25,'bulk 2',2,ARRAY['x','y']) RETURNING id
=> allowed

UPDATE projects SET budget = budget + 1 WHERE id = 25;UPDATE projects SET budget = budget + 1 WHERE id = 26;UPDATE projects SET budget = budget + 1 WHERE id = 27
=> allowed

SELECT p.*, m.name AS owner FROM projects p JOIN members m ON m.id = p.owner_id WHERE p.id = ANY(ARRAY[25,26,27])
=> allowed

SAVEPOINT s
=> allowed

INSERT INTO members (email, name) VALUES ('psycopg2@example.org', 'twice')
=> allowed

ROLLBACK TO SAVEPOINT s
=> allowed

DELETE FROM projects WHERE id IN (25, 26, 27)
=> allowed

DELETE FROM members WHERE id = 25
=> allowed

COMMIT
=> allowed

DECLARE "server_side" CURSOR WITHOUT HOLD FOR SELECT title FROM tasks ORDER BY id
=> allowed

FETCH FORWARD 2 FROM "server_side"
=> allowed

CLOSE "server_side"
=> allowed

COPY (SELECT id, title FROM tasks) TO STDOUT WITH CSV HEADER
=> allowed

SELECT state, due_at, NULL, now(), '{"a": 1}'::jsonb ->> 'a' FROM tasks WHERE search @@ plainto_tsquery('english', 'report')
=> allowed

SELECT * FROM pg_catalog.upper('x')
=> allowed

BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE
=> allowed

SELECT count(*) FROM tasks
=> allowed

SET default_transaction_isolation TO DEFAULT
=> allowed

SET default_transaction_read_only TO 'off'
=> allowed

SET default_transaction_deferrable TO 'off'
=> allowed

SELECT 1
=> allowed

DISCARD ALL
=> allowed

