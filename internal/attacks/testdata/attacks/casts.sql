-- Casts that run without a word of the statement asking for them.

-- attack CAST-001: a cast that needs no syntax, on what an allowed function gives
-- note: the statement names neither a table nor the type
-- allow function: public.mood_now
-- leak: SECRET-B
CREATE TYPE mood AS ENUM ('x');
CREATE FUNCTION mood_now() RETURNS mood LANGUAGE sql AS $$ SELECT 'x'::mood $$;
CREATE FUNCTION mood_text(mood) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%' $$;
CREATE CAST (mood AS text) WITH FUNCTION mood_text AS IMPLICIT
=> setup
SELECT upper(mood_now())
=> refused cast.user_defined

-- attack CAST-002: a cast that needs no syntax, between types of the server
-- leak: SECRET-B
CREATE FUNCTION int_text(integer) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(secret) FROM public.claims WHERE code LIKE 'B-%' $$;
CREATE CAST (integer AS text) WITH FUNCTION int_text AS IMPLICIT
=> setup
SELECT upper(1)
=> refused cast.user_defined
SELECT lower(relnatts) FROM pg_class LIMIT 1
=> refused cast.user_defined

-- attack CAST-003: an explicit cast to json, which to_json looks for
-- allow function: public.mood_now
-- leak: SECRET-B
CREATE TYPE mood AS ENUM ('x');
CREATE FUNCTION mood_now() RETURNS mood LANGUAGE sql AS $$ SELECT 'x'::mood $$;
CREATE FUNCTION mood_json(mood) RETURNS json LANGUAGE sql SECURITY DEFINER AS $$ SELECT to_json(max(secret)) FROM public.claims WHERE code LIKE 'B-%' $$;
CREATE CAST (mood AS json) WITH FUNCTION mood_json
=> setup
SELECT to_json(mood_now())
=> refused cast.user_defined
SELECT row_to_json(x) FROM (SELECT mood_now()) x
=> refused cast.user_defined
SELECT jsonb_agg(mood_now())
=> refused cast.user_defined
