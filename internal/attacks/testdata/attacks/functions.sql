-- Functions that reach further than their caller, and names that call them.

-- attack DATA-022: SECURITY DEFINER
-- note: EXECUTE is granted to PUBLIC by default
-- leak: SECRET-B
CREATE FUNCTION sd() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS $$ SELECT secret FROM public.claims ORDER BY id DESC LIMIT 1 $$
=> setup
SELECT * FROM sd()
=> refused function.security_definer
SELECT sd()
=> refused function.security_definer
SELECT * FROM ROWS FROM (generate_series(1, 2), public."sd"()) r
=> refused function.security_definer
EXPLAIN SELECT sd()
=> refused function.security_definer

-- attack DATA-025: a column name that calls a function
-- leak: SECRET-B
CREATE FUNCTION peek(claims) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%' $$
=> setup
SELECT c.peek FROM claims c LIMIT 1
=> refused function.column_call
SELECT (c).peek FROM claims c LIMIT 1
=> refused function.column_call
SELECT claims.peek FROM claims LIMIT 1
=> refused function.column_call
SELECT (array_agg(c))[1].peek FROM claims c
=> refused function.column_call
UPDATE claims c SET amount = amount WHERE id = 1 RETURNING c.peek
=> refused function.column_call
SELECT x.peek FROM (SELECT c FROM claims c LIMIT 1) y (x)
=> refused function.column_call
INSERT INTO claims (id, org_id) VALUES (1, '<A>') ON CONFLICT (id) DO UPDATE SET amount = 1 RETURNING claims.peek
=> refused function.column_call

-- attack DATA-027: casts, domains and types that run functions
-- leak: SECRET-B|DOMRUN
CREATE FUNCTION domf(text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RAISE NOTICE 'DOMRUN %', (SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%'); RETURN true; END $$;
CREATE DOMAIN dom AS text CHECK (domf(VALUE));
CREATE TYPE ct AS (a text);
CREATE FUNCTION c2t(ct) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%' $$;
CREATE CAST (ct AS text) WITH FUNCTION c2t(ct)
=> setup
SELECT ROW('x')::ct::text
=> refused type.not_allowed
SELECT CAST('q' AS dom)
=> refused type.not_allowed
SELECT dom 'q'
=> refused type.not_allowed
SELECT dom('q')
=> refused type.not_allowed
SELECT '{q}'::dom[]
=> refused type.not_allowed
SELECT '{q}'::_dom
=> refused type.not_allowed
SELECT * FROM json_to_record('{"x":"q"}') AS r (x dom)
=> refused type.not_allowed
SELECT * FROM json_populate_record(NULL::ct, '{"a":"q"}')
=> refused type.not_allowed
PREPARE d (dom) AS SELECT $1
=> refused type.not_allowed

-- attack DATA-028: aggregates
-- leak: SECRET-B
CREATE FUNCTION sf(text, text) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%' $$;
CREATE AGGREGATE agg (text) (SFUNC = sf, STYPE = text, INITCOND = '')
=> setup
SELECT agg(secret) FROM claims
=> refused function.user_defined
SELECT agg(secret) OVER (ORDER BY id) FROM claims
=> refused function.user_defined
SELECT agg(secret ORDER BY id) FILTER (WHERE id > 0) FROM claims
=> refused function.user_defined
SELECT 1 FROM claims GROUP BY id HAVING agg(secret) > ''
=> refused function.user_defined

-- attack DATA-029: CALL
-- leak: SECRET-B
CREATE PROCEDURE pr() LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RAISE NOTICE '%', (SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%'); END $$
=> setup
CALL pr()
=> refused function.security_definer
CALL public."pr"()
=> refused function.security_definer

-- attack DATA-051: a cursor that a function opens, fetched by name
-- leak: NORLS-B
CREATE FUNCTION rc(refcursor) RETURNS refcursor LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN OPEN $1 FOR SELECT secret FROM public.norls; RETURN $1; END $$
=> setup
BEGIN
=> runs
SELECT rc('zz')
=> refused function.security_definer
FETCH ALL zz
=> fails 25P02
COMMIT
=> runs

-- attack DATA-121: operators of the application
-- leak: SECRET-B
CREATE FUNCTION op_sd(text, text) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%' $$;
CREATE FUNCTION op_eq(text, int) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RAISE NOTICE '%', (SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%'); RETURN true; END $$;
CREATE OPERATOR public.|#| (LEFTARG = text, RIGHTARG = text, FUNCTION = op_sd);
CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = int, FUNCTION = op_eq)
=> setup
SELECT 'a'::text |#| 'b'::text
=> refused operator.user_defined
SELECT 'a' OPERATOR(public.|#|) 'b'
=> refused operator.user_defined
SELECT 'a'::text = 1
=> refused operator.user_defined
SELECT 'a'::text IN (1, 2)
=> refused operator.user_defined
SELECT 'a'::text = ANY (ARRAY[1])
=> refused operator.user_defined
SELECT CASE 'a'::text WHEN 1 THEN 'x' END
=> refused operator.user_defined
SELECT secret FROM claims ORDER BY secret USING OPERATOR(public.|#|)
=> refused operator.user_defined

-- attack DATA-122: a function as default, of overloads and with VARIADIC
-- leak: SECRET-B
CREATE FUNCTION over(int, text DEFAULT 'x') RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%' $$;
CREATE FUNCTION over(VARIADIC text[]) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%' $$;
CREATE FUNCTION public.abs(text) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%' $$
=> setup
SELECT over(1)
=> refused function.security_definer
SELECT over('a', 'b', 'c')
=> refused function.security_definer
SELECT over(VARIADIC ARRAY['a'])
=> refused function.security_definer
SELECT abs('x'::text)
=> refused function.security_definer

-- attack DATA-123: built-ins that take a table's name or an OID as a value
-- leak: NORLS-B
SELECT schema_to_xml('public', true, false, '')
=> refused function.never_allowed
SELECT database_to_xml(true, false, '')
=> refused function.never_allowed
SELECT table_to_xml('norls', true, false, '')
=> refused function.never_allowed
SELECT table_to_xml_and_xmlschema('public.norls'::regclass, true, false, '')
=> refused function.never_allowed
SELECT xpath('//secret/text()', query_to_xml('TABLE norls', true, false, ''))
=> refused function.never_allowed
SELECT * FROM XMLTABLE('//row' PASSING query_to_xml('TABLE norls', true, false, '') COLUMNS secret text)
=> refused function.never_allowed
SELECT json_agg(x) FROM (SELECT query_to_xml('TABLE norls', true, false, '')::text) x
=> refused function.never_allowed

-- attack DATA-124: a cursor given to an XML function
-- leak: NORLS-B
BEGIN
=> runs
DECLARE c CURSOR FOR SELECT secret FROM norls
=> refused relation.rls_disabled
SELECT cursor_to_xml('c', 10, true, false, '')
=> refused function.never_allowed
COMMIT
=> runs

-- attack DATA-125: extensions that run SQL text
-- leak: NORLS-B
CREATE EXTENSION tablefunc;
CREATE EXTENSION xml2
=> setup
SELECT * FROM crosstab('SELECT 1, 1, secret FROM norls WHERE id = 2') AS t (a int, b text)
=> refused function.user_defined
SELECT * FROM xpath_table('1', 'secret', 'norls', '/', 'true') AS t (a text)
=> refused function.user_defined
SELECT * FROM connectby('norls', 'secret', 'secret', 'NORLS' || '-B', 0) AS t (a text, b text, c int)
=> refused function.user_defined

-- attack DATA-126: functions with SQL text below built-in shapes
-- note: window, ordinality, table functions and row comparisons
-- leak: SECRET-B
CREATE FUNCTION sd() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%' $$
=> setup
SELECT first_value(sd()) OVER (PARTITION BY sd() ORDER BY sd()) FROM claims
=> refused function.security_definer
SELECT * FROM sd() WITH ORDINALITY
=> refused function.security_definer
SELECT (ARRAY[1, 2])[length(sd())], ARRAY[sd()]
=> refused function.security_definer
SELECT ROW(sd(), 1) IS DISTINCT FROM ROW('', 1), COALESCE(sd(), ''), NULLIF(sd(), '')
=> refused function.security_definer
SELECT 1 FROM claims TABLESAMPLE bernoulli (length(sd())) REPEATABLE (length(sd()))
=> refused function.security_definer
VALUES (sd())
=> refused function.security_definer
SELECT DISTINCT ON (sd()) id FROM claims GROUP BY GROUPING SETS ((id), (sd()))
=> refused function.security_definer
INSERT INTO comments (org_id, body) VALUES ('<A>', sd()) RETURNING body
=> refused function.security_definer
EXECUTE nothing (sd())
=> refused function.security_definer
SELECT XMLELEMENT(name a, XMLATTRIBUTES(sd() AS b)), XMLFOREST(sd() AS c)
=> refused function.security_definer
SELECT json_object('a' : sd())
=> refused function.security_definer
