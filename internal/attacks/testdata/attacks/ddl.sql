-- Statements that change the schema, or bring code into the server.

-- attack DATA-048: policies of an own table
-- leak: SECRET-B
CREATE TABLE mine (org text, s text);
INSERT INTO mine VALUES ('b', 'SECRET-B');
ALTER TABLE mine OWNER TO app;
ALTER TABLE mine ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY t ON mine USING (org = 'a')
=> setup
DROP POLICY t ON mine
=> refused statement.not_allowed
CREATE POLICY t2 ON mine USING (true)
=> refused statement.not_allowed
SELECT s FROM mine
=> runs

-- attack DDL-001: a trusted extension
-- leak: ext=1
GRANT CREATE ON DATABASE <database> TO app
=> setup
CREATE EXTENSION hstore
=> refused statement.not_allowed
SELECT 'ext=' || count(*) FROM pg_extension WHERE extname = 'hstore'
=> runs

-- attack DDL-003: what Postgres refuses natively
CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION pg_catalog.now()
=> refused statement.not_allowed
CREATE FUNCTION pg_temp.c() RETURNS int LANGUAGE c AS 'x', 'y'
=> refused statement.not_allowed
LOAD 'auto_explain'
=> refused statement.not_allowed
ALTER SYSTEM SET work_mem = '1GB'
=> refused statement.not_allowed
CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p
=> refused statement.not_allowed

-- attack DDL-101: tables that hold what a query reads
-- leak: NORLS-B
SELECT secret INTO TEMP t1 FROM norls
=> refused statement.select_into
CREATE TEMP TABLE t2 AS SELECT secret FROM norls
=> refused statement.select_into
CREATE TEMP TABLE t3 (LIKE norls INCLUDING ALL)
=> refused statement.not_allowed
CREATE TEMP VIEW v1 AS SELECT secret FROM norls
=> refused statement.not_allowed
SELECT secret FROM v1
=> refused relation.unknown
EXPLAIN ANALYZE CREATE TEMP TABLE t4 AS SELECT secret FROM norls
=> refused statement.explain
PREPARE p AS SELECT secret FROM claims
=> runs
CREATE TEMP TABLE t5 AS EXECUTE p
=> refused statement.select_into
SELECT secret FROM t2
=> refused relation.unknown
DEALLOCATE ALL
=> runs

-- attack DDL-102: triggers and code on an own table
-- leak: OWN-SECRET-B
CREATE TABLE mine (org_id uuid, s text);
ALTER TABLE mine OWNER TO app;
ALTER TABLE mine ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY t ON mine USING (org_id = (SELECT auth.org()));
CREATE TABLE loot AS SELECT 'OWN-SECRET-B'::text s;
GRANT SELECT ON loot TO app;
GRANT CREATE ON SCHEMA public TO app
=> setup
CREATE FUNCTION steal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', (SELECT s FROM loot); RETURN NEW; END $$
=> refused statement.not_allowed
CREATE TRIGGER t BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION steal()
=> refused statement.not_allowed
INSERT INTO mine VALUES ('<A>', 'x')
=> runs
ALTER TABLE mine ADD COLUMN c text DEFAULT (SELECT 1)
=> refused statement.not_allowed
CREATE INDEX ON mine ((s || 'x'))
=> refused statement.not_allowed
COMMENT ON TABLE mine IS 'x'
=> refused statement.not_allowed
ANALYZE mine
=> refused statement.not_allowed
VACUUM mine
=> refused statement.not_allowed

-- attack DDL-103: the rest of what a schema's owner can do
REASSIGN OWNED BY app TO app
=> refused statement.not_allowed
REINDEX TABLE claims
=> refused statement.not_allowed
CLUSTER claims
=> refused statement.not_allowed
CHECKPOINT
=> refused statement.not_allowed
REFRESH MATERIALIZED VIEW mv
=> refused statement.not_allowed
IMPORT FOREIGN SCHEMA x FROM SERVER s INTO public
=> refused statement.not_allowed
SECURITY LABEL ON TABLE claims IS 'x'
=> refused statement.not_allowed
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC
=> refused statement.not_allowed
ALTER DATABASE <database> SET search_path = x
=> refused statement.not_allowed
ALTER ROLE ALL SET search_path = x
=> refused statement.not_allowed
CREATE PUBLICATION p FOR ALL TABLES
=> refused statement.not_allowed
CREATE STATISTICS s ON code, amount FROM claims
=> refused statement.not_allowed
CREATE ROLE r SUPERUSER
=> refused statement.not_allowed
ALTER LARGE OBJECT 1 OWNER TO app
=> refused statement.not_allowed

-- attack DDL-104: SELECT INTO inside other statements
-- leak: NORLS-B
PREPARE p AS SELECT secret INTO TEMP t1 FROM norls
=> refused statement.select_into
SELECT secret INTO TEMP t2 FROM norls
=> refused statement.select_into
EXPLAIN ANALYZE SELECT secret INTO TEMP t3 FROM norls
=> refused statement.explain
EXPLAIN SELECT secret INTO TEMP t3 FROM norls
=> refused statement.select_into
SELECT 1 UNION SELECT id INTO TEMP t4 FROM norls
=> refused statement.select_into
CREATE SCHEMA AUTHORIZATION CURRENT_USER CREATE TABLE x AS SELECT 1
=> refused syntax.error
SELECT * FROM t2
=> refused relation.unknown
