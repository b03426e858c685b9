-- postgres.js 3.4.9 Node v20.20.2
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/postgresjs -record
-- startup: application_name="postgres.js" client_encoding="UTF8" statement_timeout="30000"


      select b.oid, b.typarray
      from pg_catalog.pg_type a
      left join pg_catalog.pg_type b on b.oid = a.typelem
      where a.typcategory = 'A'
      group by b.oid, b.typarray
      order by b.oid
    
=> allowed

SELECT id, email, settings FROM members WHERE active = $1 AND email = ANY($2) OR name IN ($3,$4)
=> allowed

SELECT "id","title","attributes" FROM "tasks" WHERE state = $1 AND priority >= $2 ORDER BY "id" DESC LIMIT $3
=> allowed

begin ISOLATION LEVEL SERIALIZABLE
=> allowed

INSERT INTO projects ("name","tags","budget")values($1,$2,$3) RETURNING *
=> allowed

INSERT INTO tasks ("project_id","title")values($1,$2),($3,$4)
=> allowed

UPDATE tasks SET "title"=$1,"attributes"=$2 WHERE project_id = $3
=> allowed

savepoint "s0"
=> allowed

UPDATE projects SET name = NULL WHERE id = $1
=> allowed

rollback to "s0"
=> allowed

savepoint "s1_named"
=> allowed

UPDATE tasks AS t SET title = v.title FROM (VALUES ($1,$2),($3,$4)) AS v (id, title) WHERE t.id = v.id::int AND t.project_id = $5
=> allowed

DELETE FROM projects WHERE id = $1
=> allowed

commit
=> allowed

SELECT title FROM tasks ORDER BY id
=> allowed

SELECT name FROM projects
=> allowed

SELECT count(*) FROM tasks
=> allowed

SELECT 1; SELECT 2
=> allowed

SELECT 1
=> allowed

COPY (SELECT title FROM tasks) TO STDOUT
=> allowed

SELECT $1::int[], $2::timestamptz, $3::bytea, $4::text
=> allowed

