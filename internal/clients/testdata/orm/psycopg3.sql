-- psycopg 3.1.7 libpq 150018
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/psycopg3 -record
-- startup: options="-c DateStyle=ISO"

BEGIN
=> allowed

SELECT
    typname AS name, oid, typarray AS array_oid,
    oid::regtype::text AS regtype, typdelim AS delimiter
FROM pg_type t
WHERE t.oid = $1::regtype
ORDER BY t.oid

=> allowed

COMMIT
=> allowed

SELECT t.typname AS name, t.oid AS oid, t.typarray AS array_oid,
    t.oid::regtype::text AS regtype,
    r.rngsubtype AS subtype_oid
FROM pg_type t
JOIN pg_range r ON t.oid = r.rngtypid
WHERE t.oid = $1::regtype

=> allowed

SELECT
    t.typname AS name, t.oid AS oid, t.typarray AS array_oid,
    t.oid::regtype::text AS regtype,
    coalesce(a.fnames, '{}') AS field_names,
    coalesce(a.ftypes, '{}') AS field_types
FROM pg_type t
LEFT JOIN (
    SELECT
        attrelid,
        array_agg(attname) AS fnames,
        array_agg(atttypid) AS ftypes
    FROM (
        SELECT a.attrelid, a.attname, a.atttypid
        FROM pg_attribute a
        JOIN pg_type t ON t.typrelid = a.attrelid
        WHERE t.oid = $1::regtype
        AND a.attnum > 0
        AND NOT a.attisdropped
        ORDER BY a.attnum
    ) x
    GROUP BY attrelid
) a ON a.attrelid = t.typrelid
WHERE t.oid = $1::regtype

=> allowed

SELECT name, oid, array_oid, array_agg(label) AS labels
FROM (
    SELECT
        t.typname AS name, t.oid AS oid, t.typarray AS array_oid,
        e.enumlabel AS label
    FROM pg_type t
    LEFT JOIN  pg_enum e
    ON e.enumtypid = t.oid
    WHERE t.oid = $1::regtype
    ORDER BY e.enumsortorder
) x
GROUP BY name, oid, array_oid

=> allowed

ROLLBACK
=> allowed

SELECT * FROM members WHERE id > $1 ORDER BY id LIMIT 2 OFFSET $2
=> allowed

SAVEPOINT "_pg3_1"
=> allowed

INSERT INTO projects (name, tags, budget) VALUES ($1, $2, $3) RETURNING *
=> allowed

INSERT INTO tasks (project_id, title, attributes) VALUES ($1, $2, $3) RETURNING id
=> allowed

SAVEPOINT "_pg3_2"
=> allowed

UPDATE tasks SET state = $1 WHERE project_id = $2
=> allowed

ROLLBACK TO "_pg3_2"
=> allowed

RELEASE "_pg3_2"
=> allowed

DEALLOCATE ALL
=> allowed

SAVEPOINT "named"
=> allowed

SELECT id, state FROM tasks WHERE project_id = $1 FOR UPDATE SKIP LOCKED
=> allowed

RELEASE "named"
=> allowed

DELETE FROM projects WHERE id = ANY($1)
=> allowed

RELEASE "_pg3_1"
=> allowed

SELECT count(*) FROM tasks WHERE attributes @> $1
=> allowed

SELECT title, ts_rank(search, q) FROM tasks, websearch_to_tsquery('english', $1) q WHERE search @@ q
=> allowed

DECLARE "named cursor" CURSOR FOR SELECT title FROM tasks ORDER BY id
=> allowed

FETCH FORWARD 2 FROM "named cursor"
=> allowed

MOVE 1 FROM "named cursor"
=> allowed

FETCH FORWARD ALL FROM "named cursor"
=> allowed

CLOSE "named cursor"
=> allowed

COPY (SELECT name FROM projects) TO STDOUT (FORMAT text)
=> allowed

BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY
=> allowed

SELECT count(*) FROM events
=> allowed

