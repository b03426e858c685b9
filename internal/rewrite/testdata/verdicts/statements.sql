-- why: begin
BEGIN
=> allowed; literals

-- why: begin with modes
START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY, DEFERRABLE
=> allowed; literals

-- why: commit
COMMIT
=> allowed; literals

-- why: commit and chain
COMMIT AND CHAIN
=> allowed; literals

-- why: rollback
ROLLBACK
=> allowed; literals

-- why: savepoints
SAVEPOINT a; RELEASE a; ROLLBACK TO SAVEPOINT a
=> allowed; literals

-- why: two-phase
PREPARE TRANSACTION 'x'
=> refused 42501 statement.two_phase: two-phase commit is not allowed; literals

-- why: two-phase commit
COMMIT PREPARED 'x'
=> refused 42501 statement.two_phase: two-phase commit is not allowed; literals

-- why: two-phase rollback
ROLLBACK PREPARED 'x'
=> refused 42501 statement.two_phase: two-phase commit is not allowed; literals

-- why: insert
INSERT INTO contacts (org_id, name) VALUES ($1, $2) RETURNING id
=> allowed

-- why: insert many
INSERT INTO contacts (name) VALUES ('a'), ('b'), (DEFAULT)
=> allowed

-- why: insert default values
INSERT INTO contacts DEFAULT VALUES
=> allowed

-- why: insert select
INSERT INTO contacts (name) SELECT secret FROM norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: insert into an unprotected table
INSERT INTO import_staging (line) VALUES ('x')
=> refused 42501 relation.rls_disabled: relation "public.import_staging" does not have row-level security [ALTER TABLE public.import_staging ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: insert into a catalog
INSERT INTO pg_class (relname) VALUES ('x')
=> refused 42501 catalog.write: catalog relation "pg_catalog.pg_class" may not be written

-- why: on conflict do nothing
INSERT INTO contacts (id) VALUES (1) ON CONFLICT DO NOTHING
=> allowed

-- why: on conflict do update
INSERT INTO contacts (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = excluded.name
=> allowed

-- why: on conflict do update where
INSERT INTO contacts (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE contacts.id > 0
=> allowed

-- why: on conflict do update through a view
INSERT INTO v_invoker (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = 'x'
=> allowed

-- why: on conflict that reads
INSERT INTO contacts (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = (SELECT max(secret) FROM norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: an index predicate that reads
INSERT INTO contacts (id) VALUES (1) ON CONFLICT (id) WHERE (SELECT true FROM norls) DO NOTHING
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: update
UPDATE contacts SET name = 'x' WHERE id = 1
=> allowed

-- why: update from
UPDATE contacts SET name = n.secret FROM norls n
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: update that reads
UPDATE contacts SET name = (SELECT max(secret) FROM norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: delete
DELETE FROM contacts WHERE id = 1
=> allowed

-- why: delete using
DELETE FROM contacts USING norls WHERE contacts.id = norls.id
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: delete returning
DELETE FROM contacts RETURNING (SELECT max(secret) FROM norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: where current of
UPDATE contacts SET name = 'x' WHERE CURRENT OF c
=> allowed

-- why: merge
MERGE INTO contacts c USING (VALUES (1)) v(i) ON c.id = v.i WHEN MATCHED THEN UPDATE SET name = 'x' WHEN NOT MATCHED THEN INSERT (name) VALUES ('x')
=> allowed

-- why: merge from an unprotected table
MERGE INTO contacts c USING norls n ON c.id = n.id WHEN MATCHED THEN UPDATE SET name = n.secret
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: merge into an unprotected table
MERGE INTO norls c USING contacts n ON c.id = n.id WHEN MATCHED THEN DELETE
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: merge whose action reads
MERGE INTO contacts c USING (VALUES (1)) v(i) ON true WHEN MATCHED AND (SELECT true FROM norls) THEN DO NOTHING
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: select into
SELECT * INTO copy FROM contacts
=> refused 42501 statement.select_into: SELECT INTO is not allowed [Use INSERT … SELECT into a table that has row-level security.]

-- why: select into temp
SELECT * INTO TEMP copy FROM contacts
=> refused 42501 statement.select_into: SELECT INTO is not allowed [Set policy.allow_ddl to temp.]

-- why: create table as
CREATE TABLE copy AS SELECT * FROM contacts
=> refused 42501 statement.select_into: CREATE TABLE AS is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: create temp table
CREATE TEMP TABLE contacts (id int)
=> refused 42501 statement.not_allowed: CREATE TABLE is not allowed [Set policy.allow_ddl to temp.]; literals

-- why: create table
CREATE TABLE x (id int)
=> refused 42501 statement.not_allowed: CREATE TABLE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: create schema
CREATE SCHEMA evil
=> refused 42501 statement.not_allowed: CREATE SCHEMA is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: create function
CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql AS $$ begin return true; end $$
=> refused 42501 statement.not_allowed: CREATE FUNCTION or PROCEDURE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: create domain
CREATE DOMAIN pg_temp.uuid AS text
=> refused 42501 statement.not_allowed: CREATE DOMAIN is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: create policy
CREATE POLICY p ON contacts USING (true)
=> refused 42501 statement.not_allowed: CREATE POLICY is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: drop policy
DROP POLICY p ON contacts
=> refused 42501 statement.not_allowed: DROP is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: alter table
ALTER TABLE contacts DISABLE ROW LEVEL SECURITY
=> refused 42501 statement.not_allowed: ALTER TABLE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: alter role
ALTER ROLE CURRENT_USER SET search_path = 'x'
=> refused 42501 statement.not_allowed: ALTER ROLE SET is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: alter system
ALTER SYSTEM SET work_mem = '1GB'
=> refused 42501 statement.not_allowed: ALTER SYSTEM is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: alter database
ALTER DATABASE app SET row_security = off
=> refused 42501 statement.not_allowed: ALTER DATABASE SET is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: grant
GRANT app_tenant TO other
=> refused 42501 statement.not_allowed: GRANT or REVOKE of a role is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: create extension
CREATE EXTENSION IF NOT EXISTS hstore
=> refused 42501 statement.not_allowed: CREATE EXTENSION is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: truncate
TRUNCATE contacts
=> refused 42501 statement.truncate: TRUNCATE is not allowed [Use DELETE, which row-level security applies to.]; literals

-- why: do
DO $$ BEGIN NULL; END $$
=> refused 42501 statement.do: DO is not allowed [Set policy.allow_do.]; literals

-- why: load
LOAD 'auto_explain'
=> refused 42501 statement.not_allowed: LOAD is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: vacuum
VACUUM contacts
=> refused 42501 statement.not_allowed: VACUUM or ANALYZE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: analyze
ANALYZE contacts
=> refused 42501 statement.not_allowed: VACUUM or ANALYZE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: refresh
REFRESH MATERIALIZED VIEW mv
=> refused 42501 statement.not_allowed: REFRESH MATERIALIZED VIEW is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: comment
COMMENT ON TABLE contacts IS 'x'
=> refused 42501 statement.not_allowed: COMMENT is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: checkpoint
CHECKPOINT
=> refused 42501 statement.not_allowed: CHECKPOINT is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: lock
LOCK TABLE contacts IN ACCESS EXCLUSIVE MODE
=> refused 42501 statement.lock_table: LOCK TABLE is not allowed [Use SELECT … FOR UPDATE, or set policy.lock_table.]; literals

-- why: listen
LISTEN a
=> refused 42501 statement.listen_notify: LISTEN is not allowed [Set policy.listen_notify.]; literals

-- why: notify
NOTIFY a, 'b'
=> refused 42501 statement.listen_notify: NOTIFY is not allowed [Set policy.listen_notify.]; literals

-- why: unlisten
UNLISTEN a
=> refused 42501 statement.listen_notify: UNLISTEN is not allowed [Set policy.listen_notify.]; literals

-- why: unlisten all
UNLISTEN *
=> allowed; literals

-- why: discard all
DISCARD ALL
=> allowed; deallocates all; resets all; literals

-- why: discard plans
DISCARD PLANS
=> allowed; literals

-- why: prepare
PREPARE p (int) AS SELECT * FROM contacts WHERE id = $1
=> allowed; prepares=p; literals

-- why: prepare an unprotected read
PREPARE p AS SELECT * FROM norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: prepare DML
PREPARE p AS DELETE FROM contacts WHERE id = $1
=> allowed; prepares=p; literals

-- why: execute
EXECUTE p (1)
=> allowed; executes=p; literals

-- why: execute with an argument that reads
EXECUTE p ((SELECT max(secret) FROM norls))
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: a long name is cut
EXECUTE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
=> allowed; executes=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; literals

-- why: deallocate
DEALLOCATE PREPARE p
=> allowed; deallocates=p; literals

-- why: deallocate all
DEALLOCATE ALL
=> allowed; deallocates all; literals

-- why: declare
DECLARE c CURSOR FOR SELECT * FROM contacts
=> allowed; literals

-- why: declare over an unprotected table
DECLARE c CURSOR FOR SELECT * FROM norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: declare with hold
DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT * FROM contacts
=> refused 42501 statement.cursor_with_hold: DECLARE CURSOR WITH HOLD is not allowed [Set policy.cursor_with_hold.]; literals

-- why: fetch, move, close
FETCH 10 FROM c; MOVE NEXT IN c; CLOSE c; CLOSE ALL
=> allowed; literals

-- why: explain
EXPLAIN SELECT * FROM contacts
=> allowed; literals

-- why: explain of an unprotected read
EXPLAIN SELECT * FROM norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: explain in json
EXPLAIN (FORMAT json, COSTS off, VERBOSE) SELECT * FROM contacts
=> allowed; literals

-- why: explain analyze
EXPLAIN ANALYZE SELECT * FROM contacts
=> refused 42501 statement.explain: EXPLAIN ANALYZE is not allowed [Set policy.explain to analyze.]; literals

-- why: explain analyze in brackets
EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM contacts
=> refused 42501 statement.explain: EXPLAIN ANALYZE is not allowed [Set policy.explain to analyze.]; literals

-- why: explain analyze on
EXPLAIN (ANALYZE on) SELECT * FROM contacts
=> refused 42501 statement.explain: EXPLAIN ANALYZE is not allowed [Set policy.explain to analyze.]; literals

-- why: explain analyze off
EXPLAIN (ANALYZE off) SELECT * FROM contacts
=> allowed; literals

-- why: explain with an unknown option
EXPLAIN (SERIALIZE) SELECT 1
=> refused 42501 statement.explain: this option of EXPLAIN is not allowed; literals

-- why: explain execute
EXPLAIN EXECUTE p (1)
=> allowed; executes=p; literals

-- why: explain declare
EXPLAIN DECLARE c CURSOR WITH HOLD FOR SELECT 1
=> refused 42501 statement.cursor_with_hold: DECLARE CURSOR WITH HOLD is not allowed [Set policy.cursor_with_hold.]; literals

-- why: explain create table as
EXPLAIN CREATE TABLE x AS SELECT * FROM contacts
=> refused 42501 statement.select_into: CREATE TABLE AS is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: copy to stdout
COPY contacts TO STDOUT
=> allowed; literals

-- why: copy with options
COPY contacts (id, name) TO STDOUT WITH (FORMAT csv, HEADER, DELIMITER ';')
=> allowed; literals

-- why: copy an unprotected table
COPY norls TO STDOUT
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: copy a query
COPY (SELECT * FROM contacts) TO STDOUT WITH CSV
=> allowed; literals

-- why: copy an unprotected query
COPY (SELECT secret FROM norls) TO STDOUT
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: copy DML
COPY (DELETE FROM norls RETURNING secret) TO STDOUT
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: copy from stdin
COPY contacts FROM STDIN
=> refused 42501 statement.copy_from: COPY FROM is not allowed [Use INSERT, with several rows in each statement.]; literals

-- why: copy from a shared table's stdin
COPY plans FROM STDIN
=> refused 42501 statement.copy_from: COPY FROM is not allowed [Use INSERT, with several rows in each statement.]; literals

-- why: copy to a file
COPY (SELECT 1) TO '/tmp/x'
=> refused 42501 statement.copy_file: COPY with a file or program of the server is not allowed [Use COPY … TO STDOUT, or psql's \copy.]; literals

-- why: copy from a file
COPY contacts FROM '/etc/passwd'
=> refused 42501 statement.copy_file: COPY with a file or program of the server is not allowed [Use COPY … TO STDOUT, or psql's \copy.]; literals

-- why: copy to a program
COPY (SELECT 1) TO PROGRAM 'id'
=> refused 42501 statement.copy_file: COPY with a file or program of the server is not allowed [Use COPY … TO STDOUT, or psql's \copy.]; literals

-- why: copy a catalog of secrets
COPY pg_authid TO STDOUT
=> refused 42501 catalog.not_allowed: catalog relation "pg_catalog.pg_authid" is not readable by tenants: it holds password hashes [Add pg_catalog.pg_authid to policy.allow_relations if all tenants may see it.]; literals

-- why: several statements, all fine
SELECT 1; SELECT * FROM contacts;
=> allowed

-- why: several statements, one not
SELECT 1; SELECT * FROM norls; SELECT 2
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a transaction in one text
BEGIN; UPDATE contacts SET name = 'x'; COMMIT
=> allowed; literals

-- with: unfixed

-- why: on conflict do update where, on a server without the fix
INSERT INTO contacts (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE contacts.id > 0
=> refused 42501 statement.on_conflict: INSERT … ON CONFLICT DO UPDATE with WHERE, or through a view, is not allowed on this server [Update the server to 14.25, 15.20, 16.16, 17.12, 18.7 or later.]

-- why: on conflict do update through a view there
INSERT INTO v_invoker (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = 'x'
=> refused 42501 statement.on_conflict: INSERT … ON CONFLICT DO UPDATE with WHERE, or through a view, is not allowed on this server [Update the server to 14.25, 15.20, 16.16, 17.12, 18.7 or later.]

-- why: plain on conflict do update there
INSERT INTO contacts (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = excluded.name
=> allowed

-- why: do nothing there
INSERT INTO v_invoker (id) VALUES (1) ON CONFLICT DO NOTHING
=> allowed

-- why: in a CTE there
WITH x AS (INSERT INTO contacts (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = 'x' WHERE true RETURNING id) SELECT * FROM x
=> refused 42501 statement.on_conflict: INSERT … ON CONFLICT DO UPDATE with WHERE, or through a view, is not allowed on this server [Update the server to 14.25, 15.20, 16.16, 17.12, 18.7 or later.]

-- with: newer

-- why: and on one with it
INSERT INTO contacts (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE contacts.id > 0
=> allowed

-- why: a grammar newer than ours
SELECT * FROM JSON_TABLE('[]', '$' COLUMNS (a int PATH '$'))
=> refused 42601 syntax.error: syntax error at line 1, column 36 [The statement is read with the grammar of PostgreSQL 16; the server is 18.]

-- with: generous

-- why: explain analyze, allowed
EXPLAIN ANALYZE SELECT * FROM contacts
=> allowed; literals

-- why: explain analyze of an unprotected read
EXPLAIN ANALYZE SELECT * FROM norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: with hold, allowed
DECLARE c CURSOR WITH HOLD FOR SELECT * FROM contacts
=> allowed; literals

-- why: lock, allowed
LOCK TABLE contacts, campaigns IN SHARE MODE
=> allowed; literals

-- why: lock of an unprotected table
LOCK TABLE norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: lock of a shared table
LOCK TABLE plans
=> refused 42501 relation.shared_write: relation "public.plans" is shared by all tenants and may only be read [ALTER TABLE public.plans ENABLE ROW LEVEL SECURITY and give it a policy for what tenants may write.]; literals

-- why: listen and notify, allowed
LISTEN a; NOTIFY a; UNLISTEN a
=> allowed; literals

-- why: each would have the proxy read the catalog again
NOTIFY tenantproxy_catalog
=> refused 42501 statement.listen_notify: channel "tenantproxy_catalog" is the proxy's own; literals

-- why: the name as Postgres folds it
NOTIFY TenantProxy_Catalog, 'x'
=> refused 42501 statement.listen_notify: channel "tenantproxy_catalog" is the proxy's own; literals

-- why: and as it is quoted
LISTEN U&"tenantproxy\005Fcatalog"
=> refused 42501 statement.listen_notify: channel "tenantproxy_catalog" is the proxy's own; literals

-- with: strict

-- why: no explain at all
EXPLAIN SELECT * FROM contacts
=> refused 42501 statement.explain: EXPLAIN is not allowed [Set policy.explain to plain.]; literals
