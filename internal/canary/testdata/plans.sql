-- The schema that the golden verdicts of internal/rewrite speak of, as a real one.
CREATE SCHEMA auth;
CREATE SCHEMA extensions;
CREATE SCHEMA reporting;
CREATE SCHEMA private;
GRANT USAGE ON SCHEMA public, auth, extensions, reporting TO app_tenant;

CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE price_range AS RANGE (subtype = numeric);
CREATE TYPE address AS (street text, city text);
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN small_positive AS positive;

CREATE TABLE organizations (id bigint PRIMARY KEY, name text);
CREATE TABLE contacts (id bigint PRIMARY KEY, org_id uuid, name text, phone text, status text, created_at timestamptz);
CREATE TABLE campaigns (id bigint PRIMARY KEY, org_id uuid, name text, starts_at timestamptz);
CREATE TABLE appointments (id bigint PRIMARY KEY, org_id uuid, contact_id bigint, starts_at timestamptz, ends_at timestamptz, note text);
CREATE TABLE calls (id bigint, org_id uuid, contact_id bigint, campaign_id bigint, started_at timestamptz, seconds integer) PARTITION BY RANGE (id);
CREATE TABLE reporting.daily (org_id uuid, day date, calls bigint);
CREATE TABLE "CamelCase" (id bigint PRIMARY KEY, "orgId" uuid);
CREATE TABLE owned_forced (id bigint PRIMARY KEY, org_id uuid);
CREATE TABLE unforced (id bigint PRIMARY KEY, org_id uuid);
CREATE TABLE no_policies (id bigint PRIMARY KEY, org_id uuid);
CREATE TABLE private.hidden (id bigint PRIMARY KEY, org_id uuid);
DO $$
DECLARE t regclass;
BEGIN
    FOREACH t IN ARRAY ARRAY['organizations', 'contacts', 'campaigns', 'appointments', 'calls', 'reporting.daily', '"CamelCase"',
        'owned_forced', 'unforced', 'no_policies', 'private.hidden']::regclass[]
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
        IF t <> 'unforced'::regclass THEN
            EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
        END IF;
        IF t <> 'no_policies'::regclass THEN
            EXECUTE format('CREATE POLICY own ON %s USING (current_setting(''app.org_id'', true) <> '''')', t);
        END IF;
    END LOOP;
END $$;
CREATE TABLE calls_2026 PARTITION OF calls FOR VALUES FROM (0) TO (1000000);
CREATE TABLE norls (id bigint PRIMARY KEY, org_id uuid, secret text);
CREATE TABLE import_staging (id bigint PRIMARY KEY, org_id uuid, line text);
CREATE TABLE plans (id bigint PRIMARY KEY, name text, price numeric);
CREATE MATERIALIZED VIEW mv AS SELECT id, secret FROM norls;
CREATE SEQUENCE contacts_id_seq;
CREATE SEQUENCE invoice_number_seq;

CREATE FUNCTION auth.jwt() RETURNS text LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 1; END';
CREATE FUNCTION helper(integer) RETURNS text LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 1; END';
CREATE FUNCTION definer(integer) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER AS 'BEGIN RETURN 1; END';
CREATE FUNCTION full_name(contacts) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER AS 'BEGIN RETURN 1; END';
CREATE FUNCTION lower(text, integer DEFAULT 1) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN 1; END';
CREATE OPERATOR <@> (rightarg = integer, function = definer);

-- The views of the golden cases, as PostgreSQL 14 understands them too.
CREATE VIEW v_forced AS SELECT id, name FROM contacts;
CREATE VIEW v_definer AS SELECT id, org_id FROM unforced;
CREATE VIEW v_norls AS SELECT secret FROM norls;
CREATE VIEW v_plans AS SELECT id, name FROM plans;
CREATE VIEW v_sublink AS SELECT id FROM contacts WHERE id IN (SELECT id FROM norls);
CREATE VIEW v_cte AS WITH norls AS (SELECT id FROM contacts) SELECT norls.id FROM norls;
CREATE VIEW v_catalog AS SELECT relname FROM pg_class;
CREATE VIEW v_activity AS SELECT query FROM pg_stat_activity;
CREATE VIEW v_function AS SELECT auth.jwt() AS jwt;
CREATE VIEW v_private AS SELECT id FROM private.hidden;
CREATE VIEW v_superuser AS SELECT id, name FROM contacts;
CREATE VIEW v_over_forced AS SELECT id FROM v_forced;
CREATE VIEW v_over_definer AS SELECT id FROM v_definer;
DO $$
DECLARE v text;
BEGIN
    GRANT USAGE ON SCHEMA auth, private TO plans_owner;
    GRANT ALL ON ALL TABLES IN SCHEMA public, private, reporting TO plans_owner;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, reporting TO app_tenant;
    FOR v IN SELECT viewname FROM pg_views WHERE schemaname = 'public' AND viewname <> 'v_superuser' LOOP
        EXECUTE format('ALTER VIEW %I OWNER TO plans_owner', v);
    END LOOP;
    IF current_setting('server_version_num')::int >= 150000 THEN
        CREATE VIEW v_invoker AS SELECT id, name FROM contacts;
        CREATE VIEW v_over_invoker AS SELECT id FROM v_invoker;
        CREATE VIEW v_invoker_norls AS SELECT secret FROM norls;
        ALTER VIEW v_invoker SET (security_invoker = true);
        ALTER VIEW v_invoker_norls SET (security_invoker = true);
        GRANT SELECT ON v_invoker, v_over_invoker, v_invoker_norls TO app_tenant, plans_owner;
        ALTER VIEW v_over_invoker OWNER TO plans_owner;
    END IF;
END $$;
