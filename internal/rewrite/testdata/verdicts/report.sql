-- with: report
-- why: what is allowed is not reported
SELECT * FROM contacts
=> allowed

-- why: the usual finding
SELECT * FROM norls
=> allowed; reported relation.rls_disabled public.norls

-- why: each relation once
SELECT * FROM norls n, norls m, import_staging, contacts
=> allowed; reported relation.rls_disabled public.norls, relation.rls_disabled public.import_staging

-- why: every statement of the text
SELECT * FROM norls; SELECT * FROM contacts; SELECT * FROM v_definer
=> allowed; reported relation.rls_disabled public.norls, view.runs_as_owner public.v_definer

-- why: what is let through does not hide what stays refused, behind it
SELECT * FROM norls; SET app.org_id = '2'
=> refused 42501 setting.protected: setting "app.org_id" may not be set [The proxy sets it from the token.]; literals

-- why: in the same statement
SELECT set_config('app.org_id', secret, false) FROM norls
=> refused 42501 setting.protected: setting "app.org_id" may not be set [The proxy sets it from the token.]; literals

-- why: in its FROM
SELECT * FROM norls, query_to_xml('SELECT 1', true, true, '')
=> refused 42501 function.never_allowed: function "pg_catalog.query_to_xml" is not allowed: it runs SQL text

-- why: in a sub-select of a write
UPDATE norls SET secret = (SELECT definer(1))
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: in a CTE
WITH x AS (SELECT helper(id) FROM norls) INSERT INTO norls SELECT 1 FROM x
=> refused 42501 function.user_defined: function "public.helper" is not a built-in and has not been allowed [Add public.helper to policy.allow_functions if tenants may call it.]

-- why: under SELECT INTO
SELECT set_config('app.org_id', '2', false) INTO TEMP t FROM norls
=> refused 42501 setting.protected: setting "app.org_id" may not be set [The proxy sets it from the token.]; literals

-- why: under CREATE TABLE AS
CREATE TABLE t AS SELECT helper(1)
=> refused 42501 function.user_defined: function "public.helper" is not a built-in and has not been allowed [Add public.helper to policy.allow_functions if tenants may call it.]; literals

-- why: under EXPLAIN ANALYZE
EXPLAIN ANALYZE SELECT set_config('role', 'postgres', false)
=> refused 42501 setting.role: setting "role" may not be set [The proxy decides which role a session has.]; literals

-- why: under EXPLAIN ANALYZE CREATE TABLE AS
EXPLAIN (ANALYZE, MEMORY) CREATE TABLE t AS SELECT definer(1) FROM norls
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: under a cursor WITH HOLD
DECLARE c CURSOR WITH HOLD FOR SELECT definer(1) FROM norls
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: under COPY
COPY (SELECT helper(id) FROM norls) TO STDOUT
=> refused 42501 function.user_defined: function "public.helper" is not a built-in and has not been allowed [Add public.helper to policy.allow_functions if tenants may call it.]; literals

-- why: in COPY FROM's condition
COPY norls FROM STDIN WHERE helper(id) = 'x'
=> refused 42501 function.user_defined: function "public.helper" is not a built-in and has not been allowed [Add public.helper to policy.allow_functions if tenants may call it.]; literals

-- why: in ON CONFLICT
INSERT INTO norls (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET secret = definer(1)
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: an operator, a type and a column that call functions
SELECT secret <@> 1 FROM norls
=> refused 42501 operator.user_defined: operator public.<@> runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a name that calls a function
SELECT n.status FROM norls n
=> refused 42501 function.column_call: the name "status" after a dot may call function "public.status", which is not allowed [Add public.status to policy.allow_functions if tenants may call it.]

-- why: a relation that nobody knows is Postgres's to refuse
SELECT * FROM no_such_table
=> allowed; reported relation.unknown no_such_table; unknown

-- why: and what stays refused is found there too
SELECT definer(1) FROM no_such_table
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a write to what is shared
DELETE FROM plans
=> allowed; reported relation.shared_write public.plans

-- why: a lock on what is shared
SELECT * FROM plans FOR UPDATE
=> allowed; reported relation.shared_write public.plans

-- why: an UPDATE of pg_settings is a SET
UPDATE pg_settings SET setting = 'x' WHERE name = 'app.org_id'
=> refused 42501 catalog.write: catalog relation "pg_catalog.pg_settings" may not be written

-- why: through a view too, whatever else is wrong with it
UPDATE v_settings SET setting = 'x' WHERE name = 'row_security'
=> refused 42501 catalog.write: view "public.v_settings" shows pg_settings and may not be written [Use SET.]

-- why: and through a view of the view
UPDATE v_over_settings SET setting = 'off'
=> refused 42501 catalog.write: view "public.v_over_settings" shows pg_settings and may not be written [Use SET.]

-- why: reading it is let through
SELECT * FROM v_settings
=> allowed; reported catalog.not_allowed pg_catalog.pg_settings

-- why: a view that calls a function
SELECT * FROM v_function
=> refused 42501 function.user_defined: view "public.v_function" is not allowed: function "auth.jwt" is not a built-in and has not been allowed [Add auth.jwt to policy.allow_functions if tenants may call it.]

-- why: a view that reads norls and calls a function below it
SELECT * FROM v_norls_function
=> refused 42501 function.user_defined: view "public.v_norls_function" is not allowed: function "auth.jwt" is not a built-in and has not been allowed [Add auth.jwt to policy.allow_functions if tenants may call it.]

-- why: a view whose definition nobody can read
SELECT * FROM v_broken
=> refused 42501 view.not_analysed: view "public.v_broken" is not allowed: its definition could not be read [Add public.v_broken to policy.allow_relations if all tenants may see it.]

-- why: another session's activity
SELECT query FROM pg_stat_activity
=> allowed; reported catalog.not_allowed pg_catalog.pg_stat_activity

-- why: a setting's value
SHOW data_directory
=> allowed; reported setting.not_readable data_directory; literals

-- why: the same by a function
SELECT current_setting('data_directory')
=> allowed; reported setting.not_readable data_directory; literals

-- why: a name that is not known may be any
SELECT current_setting($1)
=> refused 42501 function.argument: function "pg_catalog.current_setting" is allowed with a literal name only [Write the name of the setting as a literal.]; literals

-- why: settings stay as they are
SET log_statement = 'none'
=> refused 42501 setting.not_allowed: setting "log_statement" may not be set by a tenant; literals

-- why: how texts are read
SET standard_conforming_strings = off
=> refused 42501 setting.value: setting "standard_conforming_strings" may not be set to this value [It is always on.]; literals

-- why: who runs them
SET ROLE postgres
=> refused 42501 setting.role: setting "role" may not be set [The proxy decides which role a session has.]; literals

-- why: a snapshot of another session
SET TRANSACTION SNAPSHOT '00000003-0000001B-1'
=> allowed; reported statement.set_snapshot; literals

-- why: what follows a reset
RESET ALL; TRUNCATE contacts
=> refused 42501 statement.after_reset: a statement that follows a reset of the session's context in the same text is not allowed [Send the reset as a text of its own.]; literals

-- why: a table without row-level security after a reset
DISCARD ALL; SELECT * FROM norls
=> refused 42501 statement.after_reset: a statement that follows a reset of the session's context in the same text is not allowed [Send the reset as a text of its own.]; literals

-- why: truncate
TRUNCATE contacts
=> allowed; reported statement.truncate; literals

-- why: lock
LOCK TABLE norls
=> allowed; reported statement.lock_table, relation.rls_disabled public.norls; literals

-- why: two-phase commit
PREPARE TRANSACTION 'x'
=> allowed; reported statement.two_phase; literals

-- why: channels
LISTEN a; NOTIFY b; UNLISTEN a
=> allowed; reported statement.listen_notify; literals

-- why: a table of one's own
SELECT * INTO t FROM contacts
=> allowed; reported statement.select_into

-- why: from a prepared statement
CREATE TABLE t AS EXECUTE p (helper(1))
=> refused 42501 function.user_defined: function "public.helper" is not a built-in and has not been allowed [Add public.helper to policy.allow_functions if tenants may call it.]; literals

-- why: and one that is fine
CREATE TABLE t AS EXECUTE p (1)
=> allowed; reported statement.select_into; executes=p; literals

-- why: a materialized view is refreshed by others
CREATE MATERIALIZED VIEW m AS SELECT 1
=> refused 42501 statement.not_allowed: CREATE MATERIALIZED VIEW is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: the schema is not changed
CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'SELECT set_config(''app.org_id'', ''2'', false)'
=> refused 42501 statement.not_allowed: CREATE FUNCTION or PROCEDURE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: code that is not analysed
DO $$ BEGIN END $$
=> refused 42501 statement.do: DO is not allowed [Set policy.allow_do.]; literals

-- why: the server's files
COPY norls TO '/tmp/x'
=> refused 42501 statement.copy_file: COPY with a file or program of the server is not allowed [Use COPY … TO STDOUT, or psql's \copy.]; literals

-- why: a program of the server
COPY norls FROM PROGRAM 'id'
=> refused 42501 statement.copy_file: COPY with a file or program of the server is not allowed [Use COPY … TO STDOUT, or psql's \copy.]; literals

-- why: a text that does not parse
SELECT * FORM norls
=> refused 42601 syntax.error: syntax error at line 1, column 10

-- why: COPY FROM into a table without row-level security, as before the proxy
COPY norls FROM STDIN
=> allowed; reported statement.copy_from, relation.rls_disabled public.norls; literals

-- why: a catalog is not written by COPY either
COPY pg_settings FROM STDIN
=> refused 42501 catalog.write: catalog relation "pg_catalog.pg_settings" may not be written; literals

-- why: PREPARE
PREPARE p AS SELECT * FROM norls
=> allowed; reported relation.rls_disabled public.norls; prepares=p; literals

-- why: temporary relations
SELECT * FROM pg_temp.x
=> allowed; reported relation.temporary pg_temp.x

-- why: another database
SELECT * FROM other.public.contacts
=> allowed; reported relation.other_database public.contacts

-- why: sequences, materialized views, foreign tables
SELECT * FROM contacts_id_seq, mv, ft
=> allowed; reported relation.sequence public.contacts_id_seq, relation.kind_not_allowed public.mv, relation.kind_not_allowed public.ft

-- why: a schema that is not the tenants'
SELECT * FROM private.hidden
=> allowed; reported relation.schema_not_allowed private.hidden
