-- Statements that try to change what a session runs with, one a line.
SET {setting} = '{value}'
SET LOCAL {setting} = '{value}'
SET SESSION "{setting}" TO '{value}'
SELECT set_config('{setting}', '{value}', false)
SELECT pg_catalog.set_config(lower('{setting}'), '{value}', false)
WITH x AS MATERIALIZED (SELECT set_config('{setting}', '{value}', false)) SELECT * FROM x
RESET {setting}
RESET ALL
DISCARD ALL
SET ROLE NONE
SET ROLE postgres
SET SESSION AUTHORIZATION DEFAULT
SET row_security = off
SET search_path = pg_temp, public
DO $$ BEGIN PERFORM set_config('{setting}', '{value}', false); END $$
UPDATE pg_settings SET setting = '{value}' WHERE name = '{setting}'
PREPARE p AS SELECT set_config('{setting}', '{value}', false); EXECUTE p
CREATE FUNCTION public.tenantproxy_verify() RETURNS text LANGUAGE sql AS $$ SELECT set_config('{setting}', '{value}', false) $$
ALTER TABLE {table} DISABLE ROW LEVEL SECURITY
COPY {table} TO PROGRAM 'true'
SELECT * FROM query_to_xml('SELECT 1', true, true, '')
