-- Empties the database of all that the fixture and an attack have put there.
DO $$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT nspname FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\_%' LOOP
		EXECUTE format('DROP SCHEMA %I CASCADE', name);
	END LOOP;
	PERFORM lo_unlink(oid) FROM pg_largeobject_metadata;
	IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
		EXECUTE format('REVOKE ALL ON DATABASE %I FROM app', current_database());
	END IF;
END $$;
CREATE SCHEMA public;
GRANT USAGE ON SCHEMA public TO PUBLIC;
