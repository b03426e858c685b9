-- PHP 8.2.36, libpq 15.18
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/pdo -record
-- startup: 

set names 'utf8'
=> allowed

DEALLOCATE pdo_stmt_00000001
=> allowed

set time zone 'UTC'
=> allowed

DEALLOCATE pdo_stmt_00000002
=> allowed

set application_name to 'php'
=> allowed

DEALLOCATE pdo_stmt_00000003
=> allowed

SELECT id, email, settings FROM members WHERE active = $1 AND email LIKE $2 ORDER BY id LIMIT 5
=> allowed

BEGIN
=> allowed

insert into "projects" ("name", "tags") values ($1, $2) returning "id"
=> allowed

SAVEPOINT trans2
=> allowed

update "projects" set "name" = null where "id" = $1
=> allowed

DEALLOCATE pdo_stmt_00000006
=> allowed

ROLLBACK TO SAVEPOINT trans2
=> allowed

SELECT LASTVAL()
=> allowed

SELECT CURRVAL($1)
=> allowed

delete from "projects" where "id" in ($1)
=> allowed

DEALLOCATE pdo_stmt_00000007
=> allowed

COMMIT
=> allowed

SELECT title, now() AS t FROM tasks
=> allowed

SELECT RELNAME FROM PG_CLASS WHERE OID=17760
=> allowed

DEALLOCATE pdo_stmt_00000008
=> allowed

DEALLOCATE pdo_stmt_00000004
=> allowed

SELECT id, email, settings FROM members WHERE active = 't' AND email LIKE '%@%' ORDER BY id LIMIT 5
=> allowed

DEALLOCATE pdo_stmt_00000005
=> allowed

insert into "projects" ("name", "tags") values ('it''s \ php', '{a,b}') returning "id"
=> allowed

update "projects" set "name" = null where "id" = '26'
=> allowed

delete from "projects" where "id" in ('26')
=> allowed

set client_encoding to 'UTF8'
=> allowed

SELECT title FROM tasks WHERE id > $1
=> allowed

SELECT name FROM members WHERE name = $1
=> allowed

SELECT a.attname, a.attnum, t.typname, a.attlen, a.attnotnull, a.atthasdef, a.attndims, t.typtype FROM pg_class as c  JOIN pg_attribute a ON (a.attrelid = c.oid)  JOIN pg_type t ON (a.atttypid = t.oid)  JOIN pg_namespace n ON (c.relnamespace = n.oid) WHERE a.attnum > 0 AND c.relname = 'projects' AND n.nspname = 'public' ORDER BY a.attnum;
=> allowed

SELECT 1;
=> allowed

COPY labels TO STDOUT DELIMITER E'	' NULL AS E'\\N'
=> allowed

