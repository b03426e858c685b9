-- pg 1.4.5, libpq 150018, Ruby 3.1.2
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/ruby_pg -record
-- startup: application_name="ruby" options="-c statement_timeout=30000 -c intervalstyle=iso_8601"

				SELECT t.oid, t.typname, t.typelem, t.typdelim, ti.proname AS typinput
				FROM pg_type as t
				JOIN pg_proc as ti ON ti.oid = t.typinput

=> allowed

SELECT id, email, name, created_at FROM members ORDER BY id
=> allowed

SELECT * FROM tasks WHERE id = ANY($1::bigint[]) OR title LIKE $2 LIMIT 3
=> allowed

SELECT title FROM tasks WHERE state = $1::task_state ORDER BY id
=> allowed

BEGIN
=> allowed

INSERT INTO projects (name, tags) VALUES ($1, $2::text[]) RETURNING id
=> allowed

SAVEPOINT one
=> allowed

UPDATE projects SET name = NULL WHERE id = $1
=> allowed

ROLLBACK TO SAVEPOINT one
=> allowed

DELETE FROM projects WHERE id = $1
=> allowed

COMMIT
=> allowed

COPY (SELECT id, title FROM tasks) TO STDOUT CSV
=> allowed

SELECT title FROM tasks
=> allowed

SELECT name FROM projects WHERE budget > $1
=> allowed

DISCARD ALL
=> allowed

DEALLOCATE ALL; SELECT 1
=> allowed

