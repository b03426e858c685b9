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

-- attack DDL-105: where tenants may have temporary tables, one that hides what a policy reads
-- allow ddl: temp
-- leak: SECRET-B
CREATE TABLE memberships (user_id text, org_id uuid);
INSERT INTO memberships VALUES ('u1', '<A>');
CREATE FUNCTION auth.my_orgs() RETURNS SETOF uuid LANGUAGE sql STABLE AS $$ SELECT org_id FROM memberships WHERE user_id = 'u1' $$;
CREATE TABLE claims3 AS SELECT * FROM claims WHERE org_id <> '<A>';
ALTER TABLE claims3 ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON claims3 USING (org_id IN (SELECT auth.my_orgs()));
GRANT SELECT ON claims3, memberships TO app
=> setup
CREATE TEMP TABLE own (n int)
=> runs
CREATE TABLE pg_temp.memberships (user_id text, org_id uuid)
=> refused temporary.name
SELECT 'u1' AS user_id, '<B>'::uuid AS org_id INTO TEMP memberships
=> refused temporary.name
CREATE TEMP TABLE memberships AS SELECT 'u1' AS user_id, '<B>'::uuid AS org_id
=> refused temporary.name
CREATE TEMP TABLE IF NOT EXISTS "memberships" (LIKE claims)
=> refused temporary.name
INSERT INTO pg_temp.memberships VALUES ('u1', '<B>')
=> refused relation.temporary
SELECT secret FROM claims3 LIMIT 1
=> runs

-- attack DDL-106: a temporary table that a policy's function keeps for itself, made before it
-- allow ddl: temp
-- leak: SECRET-B
CREATE FUNCTION auth.cached_org() RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE IF NOT EXISTS org_cache AS SELECT auth.org() AS org;
	RETURN (SELECT org FROM org_cache);
END $$;
CREATE TABLE claims3 AS SELECT * FROM claims WHERE org_id <> '<A>';
ALTER TABLE claims3 ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON claims3 USING (org_id = auth.cached_org());
GRANT SELECT ON claims3 TO app
=> setup
CREATE TEMP TABLE org_cache AS SELECT '<B>'::uuid AS org
=> refused temporary.name
CREATE TEMP TABLE "ORG_cache" AS SELECT '<B>'::uuid AS org
=> refused temporary.name
SELECT secret FROM claims3 LIMIT 1
=> runs

-- attack DDL-107: code in the definition of a temporary table
-- allow ddl: temp
-- leak: SECRET-B
CREATE TEMP TABLE own (n int DEFAULT 1, x text DEFAULT set_config('request.jwt.claims', '{"organization_id":"<B>"}', false))
=> refused temporary.definition
INSERT INTO own DEFAULT VALUES
=> refused relation.unknown
CREATE TEMP TABLE checked (n int CHECK (set_config('request.jwt.claims', '{"organization_id":"<B>"}', false) <> n::text))
=> refused temporary.definition
CREATE TEMP TABLE child () INHERITS (norls)
=> refused temporary.definition
CREATE TEMP TABLE copied AS SELECT secret FROM norls
=> refused relation.rls_disabled
CREATE TEMP TABLE alike (LIKE norls INCLUDING ALL)
=> refused temporary.definition
CREATE TEMP TABLE alike (LIKE norls)
=> refused relation.rls_disabled
CREATE TEMP VIEW seen AS SELECT secret FROM norls
=> refused statement.not_allowed
SELECT secret FROM claims
=> runs

-- attack DDL-108: where tenants may drop temporary tables, another one
-- allow ddl: temp
DROP TABLE claims
=> refused statement.not_allowed
DROP TABLE IF EXISTS pg_temp.claims, claims
=> refused statement.not_allowed
DROP TABLE IF EXISTS no_such, norls CASCADE
=> refused statement.not_allowed
TRUNCATE claims
=> refused statement.truncate
CREATE INDEX ON claims (code)
=> refused statement.not_allowed
ANALYZE claims
=> refused statement.not_allowed
