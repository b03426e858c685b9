-- Functions in PL/pgSQL and DO, which the proxy judges by the SQL in them.

-- attack PLPGSQL-001: a body that reads what is not kept apart
-- note: wherever an expression or a query may stand
-- leak: NORLS-B
CREATE FUNCTION p_return() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT string_agg(secret, ',') FROM norls); END $$;
CREATE FUNCTION p_from() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN string_agg(secret, ',') FROM norls; END $$;
CREATE FUNCTION p_query() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT secret FROM norls; END $$;
CREATE FUNCTION p_into() RETURNS text LANGUAGE plpgsql AS $$ DECLARE norls record; BEGIN SELECT * FROM norls WHERE id = 2 INTO norls; RETURN norls.secret; END $$;
CREATE FUNCTION p_loop() RETURNS SETOF text LANGUAGE plpgsql AS $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM norls LOOP RETURN NEXT r.secret; END LOOP; END $$;
CREATE FUNCTION p_cursor() RETURNS SETOF text LANGUAGE plpgsql AS $$ DECLARE c CURSOR FOR SELECT * FROM norls; BEGIN FOR r IN c LOOP RETURN NEXT r.secret; END LOOP; END $$;
CREATE FUNCTION p_open() RETURNS text LANGUAGE plpgsql AS $$ DECLARE c refcursor; s text; BEGIN OPEN c FOR SELECT secret FROM norls WHERE id = 2; FETCH c INTO s; RETURN s; END $$;
CREATE FUNCTION p_declare() RETURNS text LANGUAGE plpgsql AS $$ DECLARE r record := (SELECT n FROM norls n WHERE id = 2); BEGIN RETURN r.secret; END $$;
CREATE FUNCTION p_raise() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', (SELECT secret FROM norls WHERE id = 2); END $$;
CREATE FUNCTION p_using() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'x' USING HINT = (SELECT secret FROM norls WHERE id = 2); END $$;
CREATE FUNCTION p_assert() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ASSERT false, (SELECT secret FROM norls WHERE id = 2); END $$;
CREATE FUNCTION p_handler() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 1 / 0; EXCEPTION WHEN division_by_zero THEN RETURN (SELECT secret FROM norls WHERE id = 2); END $$;
CREATE FUNCTION p_foreach() RETURNS SETOF text LANGUAGE plpgsql AS $$ DECLARE s text; BEGIN FOREACH s IN ARRAY (SELECT array_agg(secret) FROM norls) LOOP RETURN NEXT s; END LOOP; END $$;
CREATE PROCEDURE p_copies() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO comments (org_id, body) SELECT '<A>', secret FROM norls; END $$
=> setup
SELECT p_return()
=> refused relation.rls_disabled
SELECT p_from()
=> refused relation.rls_disabled
SELECT p_query()
=> refused relation.rls_disabled
SELECT p_into()
=> refused relation.rls_disabled
SELECT p_loop()
=> refused relation.rls_disabled
SELECT p_cursor()
=> refused relation.rls_disabled
SELECT p_open()
=> refused relation.rls_disabled
SELECT p_declare()
=> refused relation.rls_disabled
SELECT p_raise()
=> refused relation.rls_disabled
SELECT p_using()
=> refused relation.rls_disabled
SELECT p_assert()
=> refused relation.rls_disabled
SELECT p_handler()
=> refused relation.rls_disabled
SELECT p_foreach()
=> refused relation.rls_disabled
CALL p_copies()
=> refused relation.rls_disabled

-- attack PLPGSQL-002: SQL that is put together, in each of its forms
-- leak: NORLS-B
CREATE FUNCTION d_execute() RETURNS text LANGUAGE plpgsql AS $$ DECLARE s text; BEGIN EXECUTE 'SELECT secret FROM nor' || 'ls WHERE id = 2' INTO s; RETURN s; END $$;
CREATE FUNCTION d_for() RETURNS SETOF text LANGUAGE plpgsql AS $$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT secret FROM nor' || 'ls' LOOP RETURN NEXT r.secret; END LOOP; END $$;
CREATE FUNCTION d_open() RETURNS text LANGUAGE plpgsql AS $$ DECLARE c refcursor; s text; BEGIN OPEN c FOR EXECUTE 'SELECT secret FROM nor' || 'ls WHERE id = 2'; FETCH c INTO s; RETURN s; END $$;
CREATE FUNCTION d_comment() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY/**/EXECUTE/* ; */'SELECT secret FROM nor' || 'ls'; END $$
=> setup
SELECT d_execute()
=> refused function.dynamic_sql
SELECT d_for()
=> refused function.dynamic_sql
SELECT d_open()
=> refused function.dynamic_sql
SELECT d_comment()
=> refused function.dynamic_sql

-- attack PLPGSQL-003: another org's context in a body
-- leak: SECRET-B
CREATE FUNCTION c_set() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN SET LOCAL request.jwt.claims = '{"organization_id": "<B>"}'; RETURN QUERY SELECT secret FROM claims; END $$;
CREATE FUNCTION c_perform() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('request.jwt.claims', '{"organization_id": "<B>"}', false); RETURN QUERY SELECT secret FROM claims; END $$;
CREATE FUNCTION c_declare() RETURNS SETOF text LANGUAGE plpgsql AS $$ DECLARE x record := (SELECT set_config('request.jwt.claims', '{"organization_id": "<B>"}', false)); BEGIN RETURN QUERY SELECT secret FROM claims; END $$;
CREATE FUNCTION c_clause() RETURNS SETOF text LANGUAGE plpgsql SET request.jwt.claims = '{"organization_id": "<B>"}' AS $$ BEGIN RETURN QUERY SELECT secret FROM claims; END $$
=> setup
SELECT c_set()
=> refused function.body
SELECT c_perform()
=> refused function.body
SELECT c_declare()
=> refused function.body
SELECT c_clause()
=> refused setting.protected
SELECT secret FROM claims
=> runs

-- attack PLPGSQL-004: a definer below what looks harmless
-- note: a type, CASE, a path of the function's own
-- leak: SECRET-B
CREATE FUNCTION sd(text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RAISE NOTICE '%', (SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%'); RETURN true; END $$;
CREATE SCHEMA evil;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
CREATE DOMAIN evil.guarded AS text CHECK (public.sd(VALUE));
CREATE FUNCTION evil.upper(text) RETURNS text LANGUAGE sql AS $$ SELECT public.sd($1)::text $$;
CREATE TABLE public.guarded_claims (org_id uuid, g evil.guarded);
ALTER TABLE guarded_claims ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION t_domain() RETURNS text LANGUAGE plpgsql AS $$ DECLARE g evil.guarded := 'x'; BEGIN RETURN g; END $$;
CREATE FUNCTION t_path() RETURNS text LANGUAGE plpgsql SET search_path = public, evil AS $$ DECLARE g guarded; BEGIN g := 'x'; RETURN g; END $$;
CREATE FUNCTION t_copied() RETURNS text LANGUAGE plpgsql AS $$ DECLARE g guarded_claims.g%TYPE; BEGIN g := 'x'; RETURN g; END $$;
CREATE FUNCTION t_row() RETURNS text LANGUAGE plpgsql AS $$ DECLARE r guarded_claims%ROWTYPE; BEGIN r.g := 'x'; RETURN r.g; END $$;
CREATE FUNCTION t_field() RETURNS text LANGUAGE plpgsql AS $$ DECLARE r record; BEGIN SELECT * INTO r FROM guarded_claims; r.g := 'x'; RETURN r.g; END $$;
CREATE FUNCTION t_case() RETURNS text LANGUAGE plpgsql AS $$ BEGIN CASE true WHEN false, sd('x') THEN RETURN 'y'; END CASE; END $$;
CREATE FUNCTION t_upper() RETURNS text LANGUAGE plpgsql SET search_path = evil, public AS $$ BEGIN RETURN upper('x'); END $$
=> setup
SELECT t_domain()
=> refused type.not_allowed
SELECT t_path()
=> refused type.not_allowed
SELECT t_copied()
=> refused type.not_allowed
SELECT t_row()
=> refused type.not_allowed
SELECT t_field()
=> refused type.not_allowed
SELECT t_case()
=> refused function.security_definer
SELECT t_upper()
=> refused function.security_definer

-- attack PLPGSQL-005: a type that the first call of a session has looked up
-- note: Postgres keeps the types of variables by function, not by path, so that a
-- note: call with another path, here from a policy's helper, decides
-- leak: SECRET-B
CREATE SCHEMA evil;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
CREATE FUNCTION sd(text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN IF $1 <> 'x' THEN RAISE NOTICE '%', (SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%'); END IF; RETURN true; END $$;
CREATE DOMAIN evil.code AS text CHECK (public.sd(VALUE));
CREATE DOMAIN public.code AS text;
CREATE FUNCTION typed(t text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE c code; BEGIN c := t; RETURN c; END $$;
CREATE FUNCTION helper() RETURNS boolean LANGUAGE plpgsql SET search_path = evil AS $$ BEGIN RETURN public.typed('x') = 'x'; END $$;
CREATE TABLE helped (id int);
INSERT INTO helped VALUES (1);
ALTER TABLE helped ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON helped USING (helper());
GRANT SELECT ON helped TO app
=> setup
SELECT * FROM helped
=> runs
SELECT typed('y')
=> refused type.not_allowed

-- attack PLPGSQL-006: DO
-- allow do
-- leak: NORLS-B
-- leak: SECRET-B
CREATE FUNCTION sd() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%' $$
=> setup
DO $$ BEGIN RAISE NOTICE '%', (SELECT secret FROM norls WHERE id = 2); END $$
=> refused relation.rls_disabled
DO E'BEGIN\n RAISE NOTICE \'%\', (SELECT secret FROM n\x6frls WHERE id = 2); END'
=> refused relation.rls_disabled
DO LANGUAGE 'plpgsql' U&'BEGIN RAISE NOTICE ''%'', (SELECT secret FROM \006eorls WHERE id = 2); END'
=> refused relation.rls_disabled
DO $$ DECLARE s text; BEGIN EXECUTE 'SELECT secret FROM nor' || 'ls WHERE id = 2' INTO s; RAISE NOTICE '%', s; END $$
=> refused function.dynamic_sql
DO $$ BEGIN RAISE NOTICE '%', sd(); END $$
=> refused function.security_definer
DO $$ BEGIN SET request.jwt.claims = '{"organization_id": "<B>"}'; END $$
=> refused function.body
DO $$ BEGIN RESET request.jwt.claims; END $$
=> refused function.body

-- attack PLPGSQL-007: the detail of a violation, handed on
-- note: Postgres leaves it out where row-level security applies, not where a definer writes
-- allow do
-- allow function: public.ins
-- leak: Key \(code\)=\(B-1\)
CREATE FUNCTION ins(code text) RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ INSERT INTO claims (org_id, code) VALUES ('<A>', code) $$
=> setup
DO $$ DECLARE d text; BEGIN PERFORM ins('B-' || 1); EXCEPTION WHEN unique_violation THEN GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL; RAISE NOTICE '%', d; END $$
=> refused function.body
DO $$ BEGIN PERFORM ins('B-' || 1); EXCEPTION WHEN unique_violation THEN RAISE; END $$
=> fails 23505
DO $$ DECLARE d text; BEGIN PERFORM ins('B-' || 1); EXCEPTION WHEN unique_violation THEN GET STACKED DIAGNOSTICS d = PG_EXCEPTION_CONTEXT; RAISE NOTICE '% %', SQLERRM, d; END $$
=> runs

-- attack PLPGSQL-008: DO by default
-- leak: NORLS-B
DO $$ BEGIN RAISE NOTICE '%', (SELECT secret FROM norls WHERE id = 2); END $$
=> refused statement.do

-- attack PLPGSQL-009: names behind a dot
-- note: a field of a variable is none of a function, but a row's in brackets or of a table may be
-- leak: SECRET-B
CREATE FUNCTION sd() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%' $$;
CREATE FUNCTION sd_row(claims) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT sd()';
CREATE FUNCTION n_brackets() RETURNS text LANGUAGE plpgsql AS $$ DECLARE c claims; BEGIN RETURN (c).sd_row; END $$;
CREATE FUNCTION n_table() RETURNS text LANGUAGE plpgsql AS $$ DECLARE x int; BEGIN RETURN c.sd_row FROM claims c LIMIT 1; END $$;
CREATE FUNCTION n_both() RETURNS text LANGUAGE plpgsql AS $$ #variable_conflict use_column
DECLARE c record; BEGIN RETURN (SELECT c.sd_row FROM claims c LIMIT 1); END $$;
CREATE FUNCTION n_field() RETURNS text LANGUAGE plpgsql AS $$ DECLARE c claims; BEGIN RETURN c.sd_row; END $$
=> setup
SELECT n_brackets()
=> refused function.column_call
SELECT n_table()
=> refused function.column_call
SELECT n_both()
=> refused function.column_call
SELECT n_field()
=> fails 42703

-- attack PLPGSQL-010: arguments of a cursor, of which Postgres makes one query
-- allow do
-- leak: NORLS-B
DO $$ DECLARE c CURSOR (x text, y text) FOR SELECT x; BEGIN FOR r IN c (norls.secret FROM claims RIGHT JOIN (VALUES (1)) v ON false, norls) LOOP RAISE NOTICE '%', r; END LOOP; END $$
=> refused syntax.error
DO $$ DECLARE c CURSOR (x text, y text) FOR SELECT x; r record; BEGIN OPEN c (max(norls.secret) FROM claims, norls); FETCH c INTO r; RAISE NOTICE '%', r; END $$
=> refused syntax.error

-- attack PLPGSQL-011: subscripts of an assignment, which see the FROM behind its value
-- allow do
-- leak: SECRET-B
CREATE FUNCTION sd_row(claims) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RAISE NOTICE '%', (SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%'); RETURN 1; END $$
=> setup
DO $$ DECLARE a text[]; c int; BEGIN a[c.sd_row::int] := 'x' FROM claims c LIMIT 1; END $$
=> refused function.column_call
