-- A schema before its hardening: 59 tables, the tenants' own among them, of which
-- 52 are alike and sound. What is wrong with the others is said at each. Run as
-- superuser in an empty database; PostgreSQL 14 or newer.

SET client_min_messages = warning;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'story_owner') THEN
        CREATE ROLE story_owner NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'story_app') THEN
        CREATE ROLE story_app LOGIN;
    END IF;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO story_app', current_database());
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO story_owner;
GRANT USAGE ON SCHEMA public TO story_app;

-- G-FN: what PUBLIC has by default.
DO $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND (
        proname ~ '^(query|table|schema|database|cursor)_to_xml' OR proname ~ '^lo_(open|creat|from_bytea|get|put|unlink|truncate)'
        OR proname IN ('ts_stat', 'ts_rewrite', 'pg_cancel_backend', 'pg_terminate_backend', 'loread', 'lowrite', 'pg_logical_emit_message'))
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
END
$$;

SET ROLE story_owner;

-- P-ROOT: "correct", said the report of that time. It is forced, and so are all.
CREATE TABLE organizations (id uuid PRIMARY KEY, name text NOT NULL);
ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;
CREATE POLICY org_all ON organizations FOR ALL USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON organizations TO story_app;
INSERT INTO organizations SELECT i, 'org ' || left(i::text, 1) FROM unnest(ARRAY[
    '11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222']::uuid[]) i;

-- 54 tables, sound but for what is done to two of them below.
DO $$
BEGIN
    FOR i IN 1..54 LOOP
        EXECUTE format('CREATE TABLE t%1$s (
            org_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
            id uuid NOT NULL DEFAULT gen_random_uuid(), body text, PRIMARY KEY (org_id, id));
            ALTER TABLE t%1$s ENABLE ROW LEVEL SECURITY;
            ALTER TABLE t%1$s FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON t%1$s USING (org_id = (SELECT nullif(current_setting(''app.org_id'', true), '''')::uuid));
            GRANT SELECT, INSERT, UPDATE, DELETE ON t%1$s TO story_app', lpad(i::text, 2, '0'));
    END LOOP;
END
$$;

-- T-OFF on two, T-DORMANT on one: three tables without row-level security.
CREATE TABLE leads (LIKE t01 INCLUDING ALL, FOREIGN KEY (org_id) REFERENCES organizations ON DELETE CASCADE);
GRANT SELECT, INSERT, UPDATE, DELETE ON leads TO story_app;
CREATE TABLE notes (LIKE t01 INCLUDING ALL, FOREIGN KEY (org_id) REFERENCES organizations ON DELETE CASCADE);
GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO story_app;
ALTER TABLE t01 DISABLE ROW LEVEL SECURITY;

-- D-NULL, D-ORPHAN, C-NN, C-FK, C-IDX: orphans behind a column without rules.
CREATE TABLE calls (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), org_id uuid, body text);
ALTER TABLE calls ENABLE ROW LEVEL SECURITY;
ALTER TABLE calls FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON calls USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON calls TO story_app;

-- P-PERF: the helper runs for each row.
DROP POLICY tenant ON t02;
CREATE POLICY per_row ON t02 USING (org_id = current_setting('app.org_id')::uuid);

-- T-CHILD: a partition has no row-level security of its own.
CREATE TABLE events (org_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE, at date NOT NULL, PRIMARY KEY (org_id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
ALTER TABLE events FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON events USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON events, events_2026 TO story_app;

RESET ROLE;

INSERT INTO calls (org_id) VALUES (NULL), ('33333333-3333-4333-8333-333333333333'), ('11111111-1111-4111-8111-111111111111');
DO $$
BEGIN
    FOR i IN 1..54 LOOP
        EXECUTE format('INSERT INTO t%s (org_id, body) SELECT id, ''row'' FROM organizations', lpad(i::text, 2, '0'));
    END LOOP;
END
$$;

-- V-INV: owned by a superuser, and runs as such.
CREATE VIEW org_totals AS SELECT org_id, count(*) FROM t03 GROUP BY org_id;
GRANT SELECT ON org_totals TO story_app;

-- S-DEF, with a search_path that is pinned.
CREATE FUNCTION all_orgs() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'SELECT id FROM public.organizations';
