-- Functions that run as their caller, which the proxy judges by what they do.

-- attack BODY-001: SQL that a function puts together
-- leak: NORLS-B
CREATE FUNCTION dyn(t text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'SELECT secret FROM ' || t; END $$;
CREATE FUNCTION over_dyn() RETURNS SETOF text LANGUAGE sql AS $$ SELECT dyn('nor' || 'ls') $$;
CREATE FUNCTION xml() RETURNS xml LANGUAGE sql AS $$ SELECT query_to_xml('TABLE nor' || 'ls', true, false, '') $$
=> setup
SELECT dyn('nor' || 'ls')
=> refused function.dynamic_sql
SELECT over_dyn()
=> refused function.dynamic_sql
SELECT xml()
=> refused function.never_allowed

-- attack BODY-002: a body that reads what is not kept apart
-- leak: NORLS-B
CREATE FUNCTION peek() RETURNS SETOF text LANGUAGE sql AS 'SELECT secret FROM norls';
CREATE FUNCTION atomic_peek() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC SELECT secret FROM norls; END;
CREATE FUNCTION over_peek() RETURNS text LANGUAGE sql RETURN (SELECT string_agg(p, ',') FROM peek() p);
CREATE FUNCTION last() RETURNS text LANGUAGE sql AS 'SELECT 1; SELECT string_agg(secret, '','') FROM norls';
CREATE PROCEDURE copies() LANGUAGE sql AS 'INSERT INTO comments (org_id, body) SELECT ''<A>'', secret FROM norls'
=> setup
SELECT peek()
=> refused relation.rls_disabled
SELECT atomic_peek()
=> refused relation.rls_disabled
SELECT id FROM claims WHERE secret = over_peek()
=> refused relation.rls_disabled
SELECT over_peek()
=> refused relation.rls_disabled
SELECT last()
=> refused relation.rls_disabled
CALL copies()
=> refused relation.rls_disabled

-- attack BODY-003: another org's context by a SET clause
-- leak: SECRET-B
CREATE FUNCTION as_b() RETURNS SETOF text LANGUAGE sql SET "request.jwt.claims" = '{"organization_id": "<B>"}' AS 'SELECT secret FROM claims';
CREATE FUNCTION as_b_lower() RETURNS SETOF text LANGUAGE sql SET "REQUEST.jwt.Claims" = '{"organization_id": "<B>"}' AS 'SELECT secret FROM claims'
=> setup
SELECT as_b()
=> refused setting.protected
SELECT as_b_lower()
=> refused setting.protected

-- attack BODY-004: another org's context by set_config in a body
-- leak: SECRET-B
CREATE FUNCTION cfg(n text) RETURNS text LANGUAGE sql AS $$ SELECT set_config(n, '{"organization_id": "<B>"}', false) $$;
CREATE FUNCTION cfg_here() RETURNS SETOF text LANGUAGE sql AS $$ SELECT set_config('request.jwt.' || 'claims', '{"organization_id": "<B>"}', true); SELECT secret FROM claims $$;
CREATE FUNCTION cfg_default(x text DEFAULT set_config('request.jwt.claims', '{"organization_id": "<B>"}', false)) RETURNS text LANGUAGE sql AS 'SELECT $1'
=> setup
SELECT cfg_here()
=> refused function.body
SELECT cfg_default()
=> refused function.body
SELECT cfg('request.jwt' || '.claims')
=> refused function.body
SELECT secret FROM claims
=> runs

-- attack BODY-005: a definer that an invoker calls
-- note: by name, as a default, as an operator, a cast, an aggregate, in a view, and after a dot
-- leak: SECRET-B
CREATE FUNCTION sd() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%' $$;
CREATE FUNCTION sd_of(text, text) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT sd()';
CREATE FUNCTION sd_row(claims) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT sd()';
CREATE OPERATOR <@@> (LEFTARG = text, RIGHTARG = text, FUNCTION = sd_of);
CREATE AGGREGATE sd_all(text) (SFUNC = sd_of, STYPE = text, INITCOND = '');
CREATE VIEW sd_view AS SELECT sd() AS s;
GRANT SELECT ON sd_view TO app;
CREATE FUNCTION calls() RETURNS text LANGUAGE sql AS 'SELECT sd()';
CREATE FUNCTION defaults(x text DEFAULT sd()) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION operates() RETURNS text LANGUAGE sql AS $$ SELECT ''::text <@@> ''::text $$;
CREATE FUNCTION operates_atomic() RETURNS text LANGUAGE sql RETURN ''::text <@@> ''::text;
CREATE FUNCTION sums() RETURNS text LANGUAGE sql AS $$ SELECT sd_all('x') $$;
CREATE FUNCTION views() RETURNS text LANGUAGE sql AS 'SELECT s FROM sd_view';
CREATE FUNCTION dots() RETURNS text LANGUAGE sql AS 'SELECT c.sd_row FROM claims c LIMIT 1';
CREATE FUNCTION dots_argument(c claims) RETURNS text LANGUAGE sql AS 'SELECT c.sd_row'
=> setup
SELECT calls()
=> refused function.security_definer
SELECT defaults()
=> refused function.security_definer
SELECT operates()
=> refused operator.user_defined
SELECT operates_atomic()
=> refused operator.user_defined
SELECT sums()
=> refused function.user_defined
SELECT views()
=> refused function.security_definer
SELECT dots()
=> refused function.column_call
SELECT dots_argument(c) FROM claims c LIMIT 1
=> refused function.column_call
SELECT c.dots_argument FROM claims c LIMIT 1
=> refused function.column_call

-- attack BODY-006: names that a SET search_path clause has mean something else
-- leak: SECRET-B
-- leak: SHADOW-SECRET-B
CREATE SCHEMA evil;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
CREATE TABLE evil.claims AS SELECT 'SHADOW-' || secret AS secret FROM claims;
GRANT SELECT ON evil.claims TO PUBLIC;
CREATE FUNCTION evil.upper(text) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT max(secret) FROM public.claims WHERE code LIKE ''B-%''';
CREATE FUNCTION plain() RETURNS SETOF text LANGUAGE sql AS 'SELECT secret FROM claims';
CREATE FUNCTION shadow() RETURNS SETOF text LANGUAGE sql SET search_path = evil, public AS 'SELECT secret FROM claims';
CREATE FUNCTION over_plain() RETURNS SETOF text LANGUAGE sql SET search_path = evil AS 'SELECT public.plain()';
CREATE FUNCTION builtin() RETURNS text LANGUAGE sql SET search_path = evil, pg_catalog AS 'SELECT upper(''x'')'
=> setup
SELECT plain()
=> runs
SELECT shadow()
=> refused relation.schema_not_allowed
SELECT over_plain()
=> refused relation.schema_not_allowed
SELECT plain()
=> runs
SELECT builtin()
=> refused function.security_definer

-- attack BODY-007: a function that calls itself leak-proof sees rows ahead of policies
-- note: its errors show them; the clause keeps it from being inlined
-- leak: SECRET-B
CREATE FUNCTION looks(text) RETURNS boolean LANGUAGE sql LEAKPROOF COST 0.0001 SET work_mem = '1MB'
	AS $$ SELECT CASE WHEN $1 LIKE 'SECRET-B%' THEN $1::int > 0 ELSE true END $$
=> setup
SELECT count(*) FROM claims WHERE looks(secret)
=> refused function.user_defined
