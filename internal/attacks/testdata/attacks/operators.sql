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
