-- Attacks on the session's context: the settings that policies read, and those
-- that decide how text is read and names are found.

-- attack CTX-001: SET of the claims
-- leak: SECRET-B
SET request.jwt.claims = '{"organization_id":"<B>"}'
=> refused setting.protected
SELECT secret FROM claims ORDER BY id DESC LIMIT 1
=> runs

-- attack CTX-003: capitals and split quoting
-- note: names of settings are folded, and dots inside and outside quotes are the same
-- leak: SECRET-B
SET "Request.JWT.Claims" = '{"organization_id":"<B>"}'
=> refused setting.protected
SET request."jwt.claims" = '{"organization_id":"<B>"}'
=> refused setting.protected
SET LOCAL "REQUEST"."JWT"."Claims" TO '{"organization_id":"<B>"}'
=> refused setting.protected
SET SESSION U&"request.jwt\002eclaims" = '{"organization_id":"<B>"}'
=> refused setting.protected
SELECT secret FROM claims ORDER BY id DESC LIMIT 1
=> runs

-- attack CTX-004: RESET of the claims
-- leak: claims=\[\]
SELECT set_config('request.jwt.claims', '{"organization_id":"<A>"}', false)
=> direct
RESET request.jwt.claims
=> runs
SELECT 'claims=[' || current_setting('request.jwt.claims', true) || ']'
=> runs

-- attack CTX-005: RESET ALL and DISCARD ALL
-- note: on a connection whose proxy injects by SET
-- leak: ctx=\[\]
-- leak: ctx2=\[\]
SELECT set_config('app.org_id', '<A>', false)
=> direct
RESET ALL
=> runs
SELECT 'ctx=[' || coalesce(current_setting('app.org_id', true), 'NULL') || ']'
=> runs
DISCARD ALL
=> runs
SELECT 'ctx2=[' || coalesce(current_setting('app.org_id', true), 'NULL') || ']'
=> runs

-- attack CTX-008: set_config in disguise
-- leak: SECRET-B
SELECT "pg_catalog".U&"set\005fconfig"(E'request.jwt\x2eclaims', '{"organization_id":"<B>"}', false)
=> refused setting.protected
SELECT secret FROM claims ORDER BY id DESC LIMIT 1
=> runs

-- attack CTX-009: set_config in the query that reads
-- note: a CTE or a function in FROM runs before the policy reads the setting
-- leak: SECRET-B
WITH x AS MATERIALIZED (SELECT set_config('request.jwt.claims', '{"organization_id":"<B>"}', true) s) SELECT c.secret FROM x, claims c WHERE x.s IS NOT NULL
=> refused setting.protected
SELECT c.secret FROM set_config('request.jwt.claims', '{"organization_id":"<B>"}', true) s, LATERAL (SELECT secret FROM claims OFFSET 0) c
=> refused setting.protected

-- attack CTX-011: dynamic SQL in DO
-- leak: SECRET-B
DO $$ BEGIN EXECUTE 'SET request' || '.jwt.claims = ' || quote_literal('{"organization_id":"<B>"}'); END $$
=> refused statement.do
SELECT secret FROM claims ORDER BY id DESC LIMIT 1
=> runs

-- attack CTX-015: query_to_xml runs SQL text
-- leak: SECRET-B
SELECT query_to_xml('select set_config(''request.jwt.claims'', ''{"organization_id":"<B>"}'', false)', true, false, '')
=> refused function.never_allowed
SELECT secret FROM claims ORDER BY id DESC LIMIT 1
=> runs

-- attack CTX-016: ts_stat runs SQL text
-- leak: SECRET-B
SELECT count(*) FROM ts_stat($q$select to_tsvector(set_config('request.jwt.claims', '{"organization_id":"<B>"}', false))$q$)
=> refused function.never_allowed
SELECT secret FROM claims ORDER BY id DESC LIMIT 1
=> runs

-- attack CTX-020: settings stored for the shared role
-- note: a role needs no privilege to store settings for itself, and every tenant's next session has them
-- leak: evil
ALTER ROLE CURRENT_USER SET search_path = 'evil, pg_catalog'
=> refused statement.not_allowed
ALTER ROLE app SET request.jwt.claims = '{"organization_id":"<B>"}'
=> refused statement.not_allowed
SELECT setconfig FROM pg_db_role_setting
=> refused catalog.not_allowed
ALTER ROLE app RESET ALL
=> cleanup

-- attack CTX-022: UPDATE of pg_settings
-- note: its rule calls set_config
-- leak: search_path evil
-- leak: reading off
UPDATE pg_settings SET setting = 'evil' WHERE name = 'search_path'
=> refused catalog.write
SELECT 'search_path ' || current_setting('search_path')
=> runs
UPDATE pg_settings SET setting = 'off' WHERE name = 'standard_conforming_strings'
=> refused catalog.write
SELECT 'reading ' || current_setting('standard_conforming_strings')
=> runs
WITH x AS (UPDATE pg_catalog.pg_settings SET setting = 'off' WHERE name = 'row_security' RETURNING name) SELECT * FROM x
=> refused catalog.write

-- attack CTX-112: a view of pg_settings, which the schema lets tenants update
-- note: pg_settings has a rule that makes of an UPDATE a set_config
-- leak: row_security.*off
CREATE VIEW own_settings AS SELECT name, setting FROM pg_settings WHERE name = 'row_security';
CREATE VIEW shown_settings AS SELECT * FROM own_settings;
GRANT SELECT, UPDATE ON own_settings, shown_settings TO app
=> setup
SELECT setting FROM own_settings
=> runs
UPDATE own_settings SET setting = 'off'
=> refused catalog.write
UPDATE shown_settings SET setting = 'off'
=> refused catalog.write
SHOW row_security
=> runs

-- attack CTX-025: ROLLBACK TO SAVEPOINT takes a SET back
-- leak: ctx=\[(NULL)?\]
SELECT 1 -- no context at first
=> direct
BEGIN
=> runs
SAVEPOINT s
=> runs
SET LOCAL application_name = 'x'
=> runs
ROLLBACK TO s
=> runs
SELECT 'ctx=[' || coalesce(current_setting('app.org_id', true), 'NULL') || ']'
=> runs
COMMIT
=> runs

-- attack CTX-028: a temporary table hides the one that a policy reads
-- note: pg_temp is searched first for relations and types
-- leak: SECRET-B
CREATE TABLE memberships (user_id text, org_id uuid);
INSERT INTO memberships VALUES ('u1', '<A>');
CREATE FUNCTION auth.my_orgs() RETURNS SETOF uuid LANGUAGE sql STABLE AS $$ SELECT org_id FROM memberships WHERE user_id = 'u1' $$;
CREATE TABLE claims3 AS SELECT * FROM claims WHERE org_id <> '<A>';
ALTER TABLE claims3 ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON claims3 USING (org_id IN (SELECT auth.my_orgs()));
GRANT SELECT ON claims3, memberships TO app
=> setup
CREATE TEMP TABLE memberships (user_id text, org_id uuid)
=> refused statement.not_allowed
INSERT INTO memberships VALUES ('u1', '<B>')
=> refused relation.rls_disabled
SELECT secret FROM claims3 LIMIT 1
=> runs

-- attack CTX-029: an unqualified function name that the attacker's schema hides
-- note: the last statement is one that a proxy would send
-- leak: hijacked
GRANT CREATE ON DATABASE <database> TO app
=> setup
CREATE SCHEMA evil
=> refused statement.not_allowed
CREATE FUNCTION evil.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT 'hijacked' $$
=> refused statement.not_allowed
SET search_path = evil, pg_catalog
=> refused setting.value
SELECT set_config('application_name', 'x', false)
=> runs

-- attack CTX-032: a prepared transaction stays behind with its locks
-- leak: held=1
BEGIN
=> runs
LOCK TABLE claims IN ROW EXCLUSIVE MODE
=> refused statement.lock_table
PREPARE TRANSACTION 'x'
=> refused statement.two_phase
SELECT 'held=' || count(*) FROM pg_prepared_xacts
=> refused catalog.not_allowed
ROLLBACK PREPARED 'x'
=> cleanup

-- attack CTX-034: a type in pg_temp hides a built-in
-- leak: uuid resolves to \d{5}
CREATE DOMAIN pg_temp.uuid AS text
=> refused statement.not_allowed
SELECT 'uuid resolves to ' || 'uuid'::regtype::oid::text
=> runs

-- attack CTX-101: set_config with a name from an expression, a column or a sub-select
-- leak: SECRET-B
SELECT set_config('request.' || 'jwt.claims', '{"organization_id":"<B>"}', false)
=> refused function.argument
SELECT set_config(name, '{"organization_id":"<B>"}', false) FROM (VALUES ('request.jwt.claims')) v (name)
=> refused function.argument
SELECT set_config((SELECT 'request.jwt.claims'), '{"organization_id":"<B>"}', false)
=> refused function.argument
SELECT set_config(setting_name => 'request.jwt.claims', new_value => '{"organization_id":"<B>"}', is_local => false)
=> refused function.argument
SELECT secret FROM claims ORDER BY id DESC LIMIT 1
=> runs

-- attack CTX-102: set_config prepared, its name a parameter
-- leak: SECRET-B
PREPARE p (text, text) AS SELECT set_config($1, $2, false)
=> refused function.argument
EXECUTE p ('request.jwt.claims', '{"organization_id":"<B>"}')
=> fails 26000
SELECT secret FROM claims ORDER BY id DESC LIMIT 1
=> runs

-- attack CTX-103: set_config where a statement has expressions that are easily missed
-- leak: SECRET-B
BEGIN
=> runs
DECLARE c CURSOR FOR SELECT set_config('request.jwt.claims', '{"organization_id":"<B>"}', false)
=> refused setting.protected
FETCH c
=> fails 25P02
SELECT secret FROM claims ORDER BY id DESC LIMIT 1
=> fails 25P02
COMMIT
=> runs

-- attack CTX-104: set_config by COPY, EXPLAIN ANALYZE, RETURNING, ON CONFLICT and LIMIT
-- leak: SECRET-B
COPY (SELECT set_config('request.jwt.claims', '{"organization_id":"<B>"}', false)) TO STDOUT
=> refused setting.protected
EXPLAIN (ANALYZE) SELECT set_config('request.jwt.claims', '{"organization_id":"<B>"}', false)
=> refused statement.explain
EXPLAIN SELECT set_config('request.jwt.claims', '{"organization_id":"<B>"}', false)
=> refused setting.protected
UPDATE claims SET amount = amount WHERE id = 1 RETURNING set_config('request.jwt.claims', '{"organization_id":"<B>"}', false)
=> refused setting.protected
INSERT INTO claims (id, org_id) VALUES (1, '<A>') ON CONFLICT (id) DO UPDATE SET code = set_config('request.jwt.claims', '{"organization_id":"<B>"}', false)
=> refused setting.protected
SELECT 1 LIMIT length(set_config('request.jwt.claims', '{"organization_id":"<B>"}', false))
=> refused setting.protected
SELECT secret FROM claims ORDER BY id DESC LIMIT 1
=> runs

-- attack CTX-105: SET LOCAL before a savepoint, which ROLLBACK TO keeps
-- leak: SECRET-B
BEGIN
=> runs
SET LOCAL request.jwt.claims TO '{"organization_id":"<B>"}'
=> refused setting.protected
SAVEPOINT s
=> fails 25P02
ROLLBACK TO s
=> fails 3B001
SELECT secret FROM claims ORDER BY id DESC LIMIT 1
=> fails 25P02
ROLLBACK
=> runs

-- attack CTX-106: comments and a line break inside the statement
-- leak: SECRET-B
SET/* setting */request . /* . */ jwt
	. claims/**/=/**/'{"organization_id":'
'"<B>"}'
=> refused setting.protected
SELECT secret FROM claims ORDER BY id DESC LIMIT 1
=> runs

-- attack CTX-107: SET FROM CURRENT, TIME ZONE and other forms are no way around
-- leak: SECRET-B
SET request.jwt.claims FROM CURRENT
=> refused setting.not_allowed
BEGIN; SET LOCAL TIME ZONE 'UTC'; SET request.jwt.claims = '{"organization_id":"<B>"}'; COMMIT
=> refused setting.protected
SELECT secret FROM claims ORDER BY id DESC LIMIT 1
=> runs

-- attack CTX-108: row-type and XML functions that run SQL text
-- leak: SECRET-B
SELECT query_to_xml_and_xmlschema('select set_config(''request.jwt.claims'', ''{"organization_id":"<B>"}'', false)', true, false, '')
=> refused function.never_allowed
SELECT ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, set_config(''request.jwt.claims'', ''{"organization_id":"<B>"}'', false)::text::tsquery')
=> refused function.never_allowed
SELECT xmlparse(CONTENT '<a/>'), query_to_xml($$ select secret from norls $$, true, false, '')
=> refused function.never_allowed
SELECT secret FROM claims ORDER BY id DESC LIMIT 1
=> runs

-- attack CTX-109: EXECUTE of a statement made under another name
-- note: names are cut to 63 bytes and shared by PREPARE and Parse
-- leak: SECRET-B
PREPARE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaax AS SELECT set_config('request.jwt.claims', '{"organization_id":"<B>"}', false)
=> refused setting.protected
EXECUTE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaay
=> fails 26000
SELECT secret FROM claims ORDER BY id DESC LIMIT 1
=> runs

-- attack CTX-110: a policy helper's other setting
-- note: a setting with a dot that nobody declared can be read by a policy; none may be set
-- leak: SECRET-B
CREATE TABLE claims5 AS SELECT * FROM claims;
ALTER TABLE claims5 ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON claims5 USING (org_id = (SELECT auth.org()) OR current_setting('app.support', true) = 'on');
GRANT SELECT ON claims5 TO app
=> setup
SET app.support = on
=> refused setting.not_allowed
SELECT set_config('app.support', 'on', false)
=> refused setting.not_allowed
SELECT secret FROM claims5 ORDER BY id DESC LIMIT 1
=> runs

-- attack CTX-111: a built-in's name in a schema that is searched first
-- note: the application's own function set_config in public is what the client gets
-- leak: SECRET-B
CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%' $$
=> setup
SET search_path = public, pg_catalog
=> runs
SELECT lower('x')
=> refused function.security_definer
SELECT c.lower FROM (SELECT 'x'::text AS "other") c
=> refused function.column_call
