-- why: context: forge the claims
SET request.jwt.claims = '{"organization_id":"bbbbbbbb-0000-0000-0000-000000000002"}'
=> refused 42501 setting.protected: setting "request.jwt.claims" may not be set [The proxy sets it from the token.]; literals

-- why: context: the same in capitals
SET "Request.JWT.Claims" = '{"organization_id":"b"}'
=> refused 42501 setting.protected: setting "request.jwt.claims" may not be set [The proxy sets it from the token.]; literals

-- why: context: the same, split at the dot
SET request."jwt.claims" = '{"organization_id":"b"}'
=> refused 42501 setting.protected: setting "request.jwt.claims" may not be set [The proxy sets it from the token.]; literals

-- why: context: set_config spelled with escapes
SELECT "pg_catalog".U&"set\005fconfig"(E'request.jwt\x2eclaims', '{"organization_id":"b"}', false)
=> refused 42501 setting.protected: setting "request.jwt.claims" may not be set [The proxy sets it from the token.]; literals

-- why: context: set before the scan of the same query
WITH x AS MATERIALIZED (SELECT set_config('request.jwt.claims', '{}', true) s) SELECT c.name FROM x, contacts c WHERE x.s IS NOT NULL
=> refused 42501 setting.protected: setting "request.jwt.claims" may not be set [The proxy sets it from the token.]; literals

-- why: context: set in FROM
SELECT c.name FROM set_config('request.jwt.claims', '{}', true) s, LATERAL (SELECT name FROM contacts OFFSET 0) c
=> refused 42501 setting.protected: setting "request.jwt.claims" may not be set [The proxy sets it from the token.]; literals

-- why: context: dynamic SQL in a block
DO $$ BEGIN EXECUTE 'SET request' || '.jwt.claims = ' || quote_literal('{}'); END $$
=> refused 42501 statement.do: DO is not allowed [Set policy.allow_do.]; literals

-- why: context: SQL text in XML clothes
SELECT query_to_xml('select set_config(''request.jwt.claims'',''{}'',false)', true, false, '')
=> refused 42501 function.never_allowed: function "pg_catalog.query_to_xml" is not allowed: it runs SQL text

-- why: context: SQL text in a text-search function
SELECT count(*) FROM ts_stat($q$select to_tsvector(set_config('request.jwt.claims', '{}', false))$q$)
=> refused 42501 function.never_allowed: function "pg_catalog.ts_stat" is not allowed: it runs SQL text

-- why: context: a setting stored for the shared role
ALTER ROLE CURRENT_USER SET search_path = 'evil,pg_catalog'
=> refused 42501 statement.not_allowed: ALTER ROLE SET is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: context: the claims stored for the shared role
ALTER ROLE app_tenant SET request.jwt.claims = '{}'
=> refused 42501 statement.not_allowed: ALTER ROLE SET is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: context: what is stored for roles
SELECT setconfig FROM pg_db_role_setting
=> refused 42501 catalog.not_allowed: catalog relation "pg_catalog.pg_db_role_setting" is not readable by tenants: it holds settings stored for roles and databases [Add pg_catalog.pg_db_role_setting to policy.allow_relations if all tenants may see it.]

-- why: context: SET in the form of an UPDATE
UPDATE pg_settings SET setting = 'off' WHERE name = 'standard_conforming_strings'
=> refused 42501 catalog.write: catalog relation "pg_catalog.pg_settings" may not be written

-- why: context: a temporary table in front of a policy's table
CREATE TEMP TABLE memberships (user_id text, org_id uuid)
=> refused 42501 statement.not_allowed: CREATE TABLE is not allowed [Set policy.allow_ddl to temp.]; literals

-- why: context: a schema to hide functions in
CREATE SCHEMA evil
=> refused 42501 statement.not_allowed: CREATE SCHEMA is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: context: and the function
CREATE FUNCTION evil.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS $$ select 'hijacked' $$
=> refused 42501 statement.not_allowed: CREATE FUNCTION or PROCEDURE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: context: and the path to it
SET search_path = evil, pg_catalog
=> refused 42501 setting.value: setting "search_path" may not be set to this value [It is always public, pg_catalog.]; literals

-- why: context: a cursor left for the next tenant
DECLARE c CURSOR WITH HOLD FOR SELECT name FROM contacts
=> refused 42501 statement.cursor_with_hold: DECLARE CURSOR WITH HOLD is not allowed [Set policy.cursor_with_hold.]; literals

-- why: context: locks left behind by two-phase commit
PREPARE TRANSACTION 'x'
=> refused 42501 statement.two_phase: two-phase commit is not allowed; literals

-- why: context: a domain in front of a type
CREATE DOMAIN pg_temp.uuid AS text
=> refused 42501 statement.not_allowed: CREATE DOMAIN is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: role: one that bypasses
SET ROLE tp_bypass
=> refused 42501 setting.role: setting "role" may not be set [The proxy decides which role a session has.]; literals

-- why: role: another session user
SET SESSION AUTHORIZATION app_owner
=> refused 42501 setting.role: setting "session_authorization" may not be set [The proxy decides which role a session has.]; literals

-- why: role: row security off
SET row_security = off
=> refused 42501 setting.value: setting "row_security" may not be set to this value [It is always on.]; literals

-- why: role: giving the shared role away
GRANT app_tenant TO evil_peer
=> refused 42501 statement.not_allowed: GRANT or REVOKE of a role is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: data: plain read
SELECT secret FROM norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: data: a CTE's name as a disguise
WITH norls AS (SELECT 1) SELECT * FROM public.norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: data: a CTE that has ended
SELECT * FROM (WITH norls AS (SELECT 1) SELECT 1) x, norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: data: a CTE that has not begun
WITH a AS (SELECT secret FROM norls), norls AS (SELECT 1) SELECT * FROM a
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: data: COPY
COPY norls TO STDOUT
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: data: COPY of a query
COPY (SELECT secret FROM norls) TO STDOUT
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: data: COPY to a program
COPY (SELECT 1) TO PROGRAM 'id'
=> refused 42501 statement.copy_file: COPY with a file or program of the server is not allowed [Use COPY … TO STDOUT, or psql's \copy.]; literals

-- why: data: COPY to a file
COPY (SELECT 1) TO '/var/lib/x'
=> refused 42501 statement.copy_file: COPY with a file or program of the server is not allowed [Use COPY … TO STDOUT, or psql's \copy.]; literals

-- why: data: a table given as a parameter
PREPARE t (regclass) AS SELECT table_to_xml($1, true, false, '')
=> refused 42501 function.never_allowed: function "pg_catalog.table_to_xml" is not allowed: it reads tables by name; literals

-- why: data: a table given as a number
SELECT table_to_xml((SELECT oid FROM pg_class WHERE relname = 'norls')::regclass, true, false, '')
=> refused 42501 function.never_allowed: function "pg_catalog.table_to_xml" is not allowed: it reads tables by name

-- why: data: a materialized view
SELECT secret FROM mv ORDER BY 1 DESC LIMIT 1
=> refused 42501 relation.kind_not_allowed: materialized view "public.mv" has no row-level security [Add public.mv to policy.allow_relations if all tenants may see it.]

-- why: data: a partition addressed directly
SELECT * FROM calls_2026
=> refused 42501 relation.rls_disabled: relation "public.calls_2026" does not have row-level security [ALTER TABLE public.calls_2026 ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: data: a foreign table
SELECT secret FROM ft
=> refused 42501 relation.kind_not_allowed: foreign table "public.ft" has no row-level security [Add public.ft to policy.allow_relations if all tenants may see it.]

-- why: data: another connection
SELECT * FROM dblink('host=/tmp user=postgres', 'select 1') AS t(a int)
=> refused 42501 function.user_defined: function "public.dblink" is not a built-in and has not been allowed [Add public.dblink to policy.allow_functions if tenants may call it.]

-- why: data: a function that runs as its owner
SELECT * FROM definer(1)
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: data: a function that looks like a column
SELECT c.full_name FROM contacts c LIMIT 1
=> refused 42501 function.column_call: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]

-- why: data: the same in brackets
SELECT (c).full_name FROM contacts c LIMIT 1
=> refused 42501 function.column_call: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]

-- why: data: an aggregate of the user's
SELECT user_agg(name) FROM contacts
=> refused 42501 function.user_defined: function "public.user_agg" is not a built-in and has not been allowed [Add public.user_agg to policy.allow_functions if tenants may call it.]

-- why: data: a procedure
CALL do_things()
=> refused 42501 function.user_defined: function "public.do_things" is not a built-in and has not been allowed [Add public.do_things to policy.allow_functions if tenants may call it.]; literals

-- why: data: TRUNCATE
TRUNCATE contacts
=> refused 42501 statement.truncate: TRUNCATE is not allowed [Use DELETE, which row-level security applies to.]; literals

-- why: data: a view of a superuser
SELECT * FROM v_superuser
=> refused 42501 view.runs_as_owner: view "public.v_superuser" reads "public.contacts" as its owner, who is not subject to row-level security there [ALTER VIEW public.v_superuser SET (security_invoker = true), or have a view owner without BYPASSRLS and ALTER TABLE public.contacts FORCE ROW LEVEL SECURITY.]

-- why: data: writing through that view
DELETE FROM v_superuser
=> refused 42501 view.runs_as_owner: view "public.v_superuser" reads "public.contacts" as its owner, who is not subject to row-level security there [ALTER VIEW public.v_superuser SET (security_invoker = true), or have a view owner without BYPASSRLS and ALTER TABLE public.contacts FORCE ROW LEVEL SECURITY.]

-- why: data: large objects listed
SELECT oid FROM pg_largeobject_metadata
=> refused 42501 catalog.not_allowed: catalog relation "pg_catalog.pg_largeobject_metadata" is not readable by tenants: it holds large objects, which have no row-level security [Add pg_catalog.pg_largeobject_metadata to policy.allow_relations if all tenants may see it.]

-- why: data: large objects read
SELECT convert_from(lo_get(424242), 'UTF8')
=> refused 42501 function.never_allowed: function "pg_catalog.lo_get" is not allowed: it reaches large objects, which have no row-level security

-- why: data: the write-ahead log
SELECT pg_create_logical_replication_slot('x', 'test_decoding')
=> refused 42501 function.never_allowed: function "pg_catalog.pg_create_logical_replication_slot" is not allowed: it reaches replication, its slots or the write-ahead log

-- why: data: dropping a policy of an own table
DROP POLICY t ON owned_forced
=> refused 42501 statement.not_allowed: DROP is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: data: a wider policy on an own table
CREATE POLICY t2 ON owned_forced USING (true)
=> refused 42501 statement.not_allowed: CREATE POLICY is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: data: a cursor opened by a function
SELECT definer(1)
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: data: a lock on everybody
LOCK TABLE contacts IN ACCESS EXCLUSIVE MODE
=> refused 42501 statement.lock_table: LOCK TABLE is not allowed [Use SELECT … FOR UPDATE, or set policy.lock_table.]; literals

-- why: side: who is locked
SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock'
=> refused 42501 catalog.not_allowed: catalog relation "pg_catalog.pg_locks" is not readable by tenants: it shows what other sessions do [Add pg_catalog.pg_locks to policy.allow_relations if all tenants may see it.]

-- why: side: a sequence's last value
SELECT pg_sequence_last_value('contacts_id_seq'::regclass)
=> refused 42501 function.volatile: function "pg_catalog.pg_sequence_last_value" is not allowed: it shows how much all tenants insert [Add pg_catalog.pg_sequence_last_value to policy.allow_functions if tenants may call it.]

-- why: side: all sequences' last values
SELECT last_value FROM pg_sequences WHERE sequencename = 'contacts_id_seq'
=> refused 42501 catalog.not_allowed: catalog relation "pg_catalog.pg_sequences" is not readable by tenants: it shows how much all tenants insert [Add pg_catalog.pg_sequences to policy.allow_relations if all tenants may see it.]

-- why: side: an advisory lock as a channel
SELECT pg_try_advisory_lock(42)
=> refused 42501 function.volatile: function "pg_catalog.pg_try_advisory_lock" is not allowed: it takes locks that all tenants share [Add pg_catalog.pg_try_advisory_lock to policy.allow_functions if tenants may call it.]

-- why: side: samples of rows
SELECT most_common_vals FROM pg_stats WHERE tablename = 'norls'
=> refused 42501 catalog.not_allowed: catalog relation "pg_catalog.pg_stats" is not readable by tenants: it shows other sessions' activity or samples of all tenants' rows [Add pg_catalog.pg_stats to policy.allow_relations if all tenants may see it.]

-- why: side: samples of rows in the raw
SELECT * FROM pg_statistic
=> refused 42501 catalog.not_allowed: catalog relation "pg_catalog.pg_statistic" is not readable by tenants: it shows other sessions' activity or samples of all tenants' rows [Add pg_catalog.pg_statistic to policy.allow_relations if all tenants may see it.]

-- why: side: a leaky function
CREATE FUNCTION pg_temp.leak(text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql AS $$ begin return true; end $$
=> refused 42501 statement.not_allowed: CREATE FUNCTION or PROCEDURE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: side: and its use
SELECT count(*) FROM v_invoker WHERE pg_temp.leak(name)
=> refused 42501 function.unknown: function "pg_temp.leak" is not reachable by name

-- why: side: memory
SET work_mem = '2GB'
=> refused 42501 setting.value: setting "work_mem" may not be set to this value [Up to 256MB is allowed.]; literals

-- why: side: time
SELECT pg_sleep(0.1)
=> refused 42501 function.volatile: function "pg_catalog.pg_sleep" is not allowed: it keeps a connection busy [Add pg_catalog.pg_sleep to policy.allow_functions if tenants may call it.]

-- why: side: other sessions' queries
SELECT query FROM pg_stat_activity
=> refused 42501 catalog.not_allowed: catalog relation "pg_catalog.pg_stat_activity" is not readable by tenants: it shows other sessions' activity or samples of all tenants' rows [Add pg_catalog.pg_stat_activity to policy.allow_relations if all tenants may see it.]

-- why: side: ending them
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
=> refused 42501 function.never_allowed: function "pg_catalog.pg_terminate_backend" is not allowed: it reaches other tenants' sessions

-- why: side: counts of filtered rows
EXPLAIN (ANALYZE true) SELECT * FROM contacts
=> refused 42501 statement.explain: EXPLAIN ANALYZE is not allowed [Set policy.explain to analyze.]; literals

-- why: side: password hashes
SELECT rolpassword FROM pg_authid
=> refused 42501 catalog.not_allowed: catalog relation "pg_catalog.pg_authid" is not readable by tenants: it holds password hashes [Add pg_catalog.pg_authid to policy.allow_relations if all tenants may see it.]

-- why: side: options of user mappings
SELECT * FROM information_schema.user_mapping_options
=> refused 42501 catalog.not_allowed: catalog relation "information_schema.user_mapping_options" is not on the list of readable ones [Add information_schema.user_mapping_options to policy.allow_relations if all tenants may see it.]

-- why: parser: strings read otherwise
SET standard_conforming_strings = off
=> refused 42501 setting.value: setting "standard_conforming_strings" may not be set to this value [It is always on.]; literals

-- why: parser: what follows it
SELECT 'a\'; SELECT secret FROM norls; --'
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: parser: an encoding that swallows backslashes
SET client_encoding = 'GBK'
=> refused 42501 setting.value: setting "client_encoding" may not be set to this value [It is always UTF8.]; literals

-- why: parser: another name of it
SET NAMES 'BIG5'
=> refused 42501 setting.value: setting "client_encoding" may not be set to this value [It is always UTF8.]; literals

-- why: parser: a grammar that only newer servers have
SELECT * FROM JSON_TABLE('[]', '$' COLUMNS (a int PATH '$'))
=> refused 42601 syntax.error: syntax error at line 1, column 36

-- why: parser: comments
SELECT /* ; */ secret /*/* nested */*/ FROM "norls"
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: parser: LIMIT
SELECT 1 LIMIT (SELECT count(*) FROM norls WHERE secret = 'x')
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: parser: INSERT … SELECT … RETURNING
INSERT INTO contacts (org_id, name) SELECT 'a', secret FROM norls RETURNING name
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: parser: MERGE
MERGE INTO contacts c USING norls n ON c.id = 3 AND n.id = 2 WHEN MATCHED THEN UPDATE SET name = n.secret
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: parser: a field of a whole row
SELECT (n).secret FROM norls n
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: parser: rows as JSON
SELECT json_agg(n) FROM norls n
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: ddl: new code by extension
CREATE EXTENSION hstore
=> refused 42501 statement.not_allowed: CREATE EXTENSION is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: ddl: an event trigger
CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION pg_catalog.now()
=> refused 42501 statement.not_allowed: CREATE EVENT TRIGGER is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: ddl: C code
CREATE FUNCTION pg_temp.c() RETURNS int LANGUAGE c AS 'x', 'y'
=> refused 42501 statement.not_allowed: CREATE FUNCTION or PROCEDURE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: ddl: a library
LOAD 'auto_explain'
=> refused 42501 statement.not_allowed: LOAD is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: ddl: the server's settings
ALTER SYSTEM SET work_mem = '1GB'
=> refused 42501 statement.not_allowed: ALTER SYSTEM is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: ddl: a subscription
CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p
=> refused 42501 statement.not_allowed: CREATE SUBSCRIPTION is not allowed [Run it directly on the database, with a role of its own.]; literals

-- with: hostile

-- why: data: a domain whose check runs as its owner
SELECT CAST('q' AS checked)
=> refused 42501 type.not_allowed: type "public.checked" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- with: cast

-- why: data: a cast by a user function
SELECT ('x'::ct)::text
=> refused 42501 cast.user_defined: the cast from ct to text runs function "public.c2t", which is not allowed [Add public.c2t to policy.allow_functions if tenants may call it.]

-- with: strict

-- why: side: estimates over all rows, where EXPLAIN is switched off
EXPLAIN SELECT * FROM contacts WHERE name = 'nonexistent'
=> refused 42501 statement.explain: EXPLAIN is not allowed [Set policy.explain to plain.]; literals
