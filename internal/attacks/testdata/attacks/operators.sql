-- Operators that run in place of the one that is written.

-- attack OP-001: the negator of an operator that is allowed
-- note: the planner puts it in for NOT (negate_clause in prepqual.c)
-- allow function: public.same
-- leak: SECRET-B
CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 = $2; END';
CREATE FUNCTION differs(text, text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
	AS $$ BEGIN RAISE NOTICE '%', (SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%'); RETURN true; END $$;
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = same, NEGATOR = !==);
CREATE OPERATOR !== (LEFTARG = text, RIGHTARG = text, FUNCTION = differs, NEGATOR = ===)
=> setup
SELECT NOT (code === 'x') FROM claims LIMIT 1
=> refused operator.user_defined

-- attack OP-002: the operator class of a type
-- note: ORDER BY calls its support function, which no text names
-- leak: SECRET-B
CREATE TYPE odd AS (n int);
CREATE FUNCTION odd_less(odd, odd) RETURNS boolean LANGUAGE sql AS 'SELECT ($1).n < ($2).n';
CREATE OPERATOR <<< (LEFTARG = odd, RIGHTARG = odd, FUNCTION = odd_less);
CREATE FUNCTION odd_compare(odd, odd) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
	AS $$ BEGIN RAISE NOTICE '%', (SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%'); RETURN 0; END $$;
CREATE FUNCTION odd_equal(odd, odd) RETURNS boolean LANGUAGE sql AS 'SELECT ($1).n = ($2).n';
CREATE OPERATOR === (LEFTARG = odd, RIGHTARG = odd, FUNCTION = odd_equal);
CREATE OPERATOR CLASS odd_ops DEFAULT FOR TYPE odd USING btree AS OPERATOR 1 <<<, OPERATOR 3 ===, FUNCTION 1 odd_compare(odd, odd);
CREATE TABLE odds (org_id uuid, o odd);
INSERT INTO odds SELECT '<A>', ROW(n)::odd FROM generate_series(1, 3) n;
ALTER TABLE odds ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON odds USING (org_id = (SELECT auth.org()));
GRANT SELECT ON odds TO app
=> setup
SELECT o FROM odds ORDER BY o
=> refused operator.user_defined

-- attack OP-003: the operators of a class, which DISTINCT and joins call
-- allow function: public.odd_compare
-- leak: SECRET-B
CREATE TYPE odd AS (n int);
CREATE FUNCTION odd_equal(odd, odd) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
	AS $$ BEGIN RAISE NOTICE '%', (SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%'); RETURN true; END $$;
CREATE OPERATOR === (LEFTARG = odd, RIGHTARG = odd, FUNCTION = odd_equal);
CREATE FUNCTION odd_less(odd, odd) RETURNS boolean LANGUAGE sql AS 'SELECT ($1).n < ($2).n';
CREATE OPERATOR <<< (LEFTARG = odd, RIGHTARG = odd, FUNCTION = odd_less);
CREATE FUNCTION odd_compare(odd, odd) RETURNS int LANGUAGE sql AS 'SELECT ($1).n - ($2).n';
CREATE OPERATOR CLASS odd_ops DEFAULT FOR TYPE odd USING btree AS OPERATOR 1 <<<, OPERATOR 3 ===, FUNCTION 1 odd_compare(odd, odd);
CREATE TABLE odds (org_id uuid, o odd);
INSERT INTO odds SELECT '<A>', ROW(1)::odd FROM generate_series(1, 3) n;
ALTER TABLE odds ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON odds USING (org_id = (SELECT auth.org()));
GRANT SELECT ON odds TO app
=> setup
SELECT o, count(*) FROM odds GROUP BY o
=> refused operator.user_defined
