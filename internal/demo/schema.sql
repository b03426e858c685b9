-- A call-centre product for many organizations in one schema, isolated by
-- row-level security. Run as superuser in an empty database; PostgreSQL 14 or
-- newer.
--
-- Two holes are in it on purpose: the table import_staging has no row-level
-- security, and the view campaign_leaderboard runs as a superuser.

SET client_min_messages = warning;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'callcenter_owner') THEN
        CREATE ROLE callcenter_owner NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app_tenant') THEN
        CREATE ROLE app_tenant LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
    END IF;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO app_tenant', current_database());
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO callcenter_owner;
GRANT USAGE ON SCHEMA public TO app_tenant;
CREATE SCHEMA auth AUTHORIZATION callcenter_owner;
GRANT USAGE ON SCHEMA auth TO app_tenant;

SET ROLE callcenter_owner;

-- The verified claims of the signed-in user; an empty object without any.
CREATE FUNCTION auth.jwt() RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$ SELECT coalesce(nullif(current_setting('request.jwt.claims', true), '')::jsonb, '{}'::jsonb) $$;
REVOKE ALL ON FUNCTION auth.jwt() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.jwt() TO app_tenant;

CREATE TYPE public.campaign_status AS ENUM ('draft', 'running', 'paused', 'finished');
CREATE TYPE public.call_outcome AS ENUM ('no_answer', 'voicemail', 'declined', 'callback', 'appointment');
CREATE TYPE public.appointment_status AS ENUM ('proposed', 'confirmed', 'cancelled', 'completed');

-- Shared by all organizations.
CREATE TABLE public.plans (
    code                text PRIMARY KEY,
    name                text NOT NULL,
    monthly_price_cents integer NOT NULL CHECK (monthly_price_cents >= 0),
    max_agents          integer NOT NULL CHECK (max_agents > 0),
    features            jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE public.organizations (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name          text NOT NULL,
    plan_code     text NOT NULL REFERENCES public.plans,
    country       char(2) NOT NULL,
    timezone      text NOT NULL DEFAULT 'UTC',
    billing_email text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- Keys lead with the organization: a key without it would tell one tenant
-- that another has a value, and a reference without it could cross tenants.

CREATE TABLE public.calendar_connections (
    org_id         uuid NOT NULL REFERENCES public.organizations ON DELETE CASCADE,
    id             uuid NOT NULL DEFAULT gen_random_uuid(),
    provider       text NOT NULL CHECK (provider IN ('google', 'microsoft', 'caldav')),
    account_email  text NOT NULL,
    scopes         text[] NOT NULL DEFAULT '{}',
    sync_cursor    text,
    is_active      boolean NOT NULL DEFAULT true,
    last_synced_at timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, provider, account_email)
);

CREATE TABLE public.integration_settings (
    org_id      uuid NOT NULL REFERENCES public.organizations ON DELETE CASCADE,
    id          uuid NOT NULL DEFAULT gen_random_uuid(),
    integration text NOT NULL,
    is_enabled  boolean NOT NULL DEFAULT false,
    -- A name in the secret store, never the secret.
    secret_ref  text,
    config      jsonb NOT NULL DEFAULT '{}',
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, integration)
);

CREATE TABLE public.agent_configurations (
    org_id           uuid NOT NULL REFERENCES public.organizations ON DELETE CASCADE,
    id               uuid NOT NULL DEFAULT gen_random_uuid(),
    name             text NOT NULL,
    language         text NOT NULL DEFAULT 'en-US',
    voice            text NOT NULL,
    temperature      numeric(3, 2) NOT NULL DEFAULT 0.40 CHECK (temperature BETWEEN 0 AND 2),
    max_call_seconds integer NOT NULL DEFAULT 600 CHECK (max_call_seconds > 0),
    calling_hours    int4range NOT NULL DEFAULT '[9,18)',
    prompt           text NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, name)
);

CREATE TABLE public.campaigns (
    org_id                 uuid NOT NULL REFERENCES public.organizations ON DELETE CASCADE,
    id                     uuid NOT NULL DEFAULT gen_random_uuid(),
    agent_configuration_id uuid NOT NULL,
    name                   text NOT NULL,
    status                 public.campaign_status NOT NULL DEFAULT 'draft',
    daily_call_limit       integer NOT NULL DEFAULT 200 CHECK (daily_call_limit > 0),
    starts_on              date NOT NULL,
    ends_on                date,
    created_at             timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, agent_configuration_id) REFERENCES public.agent_configurations,
    CHECK (ends_on >= starts_on)
);
CREATE INDEX ON public.campaigns (org_id, status);
CREATE INDEX ON public.campaigns (org_id, agent_configuration_id);

CREATE TABLE public.contacts (
    org_id      uuid NOT NULL REFERENCES public.organizations ON DELETE CASCADE,
    id          uuid NOT NULL DEFAULT gen_random_uuid(),
    full_name   text NOT NULL,
    phone       text NOT NULL,
    email       text,
    company     text,
    tags        text[] NOT NULL DEFAULT '{}',
    attributes  jsonb NOT NULL DEFAULT '{}',
    do_not_call boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, phone)
);

CREATE TABLE public.cold_call_logs (
    org_id           uuid NOT NULL REFERENCES public.organizations ON DELETE CASCADE,
    id               bigint GENERATED BY DEFAULT AS IDENTITY,
    campaign_id      uuid NOT NULL,
    contact_id       uuid NOT NULL,
    started_at       timestamptz NOT NULL DEFAULT now(),
    duration_seconds integer NOT NULL DEFAULT 0 CHECK (duration_seconds >= 0),
    outcome          public.call_outcome NOT NULL,
    sentiment        numeric(3, 2) CHECK (sentiment BETWEEN -1 AND 1),
    cost_cents       integer NOT NULL DEFAULT 0,
    transcript       text,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, campaign_id) REFERENCES public.campaigns ON DELETE CASCADE,
    FOREIGN KEY (org_id, contact_id) REFERENCES public.contacts ON DELETE CASCADE
);
CREATE INDEX ON public.cold_call_logs (org_id, started_at DESC);
CREATE INDEX ON public.cold_call_logs (org_id, campaign_id);
CREATE INDEX ON public.cold_call_logs (org_id, contact_id);

CREATE TABLE public.appointments (
    org_id      uuid NOT NULL REFERENCES public.organizations ON DELETE CASCADE,
    id          uuid NOT NULL DEFAULT gen_random_uuid(),
    contact_id  uuid NOT NULL,
    campaign_id uuid,
    status      public.appointment_status NOT NULL DEFAULT 'proposed',
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    notes       text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, contact_id) REFERENCES public.contacts ON DELETE CASCADE,
    FOREIGN KEY (org_id, campaign_id) REFERENCES public.campaigns,
    CHECK (ends_at > starts_at)
);
CREATE INDEX ON public.appointments (org_id, starts_at);
CREATE INDEX ON public.appointments (org_id, contact_id);
CREATE INDEX ON public.appointments (org_id, campaign_id);

CREATE TABLE public.appointment_holds (
    org_id                 uuid NOT NULL REFERENCES public.organizations ON DELETE CASCADE,
    id                     uuid NOT NULL DEFAULT gen_random_uuid(),
    calendar_connection_id uuid NOT NULL,
    slot                   tstzrange NOT NULL CHECK (NOT isempty(slot)),
    held_for               text NOT NULL,
    expires_at             timestamptz NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, calendar_connection_id) REFERENCES public.calendar_connections ON DELETE CASCADE
);
CREATE INDEX ON public.appointment_holds (org_id, expires_at);
CREATE INDEX ON public.appointment_holds (org_id, calendar_connection_id);

CREATE TABLE public.appointment_bookings (
    org_id                 uuid NOT NULL REFERENCES public.organizations ON DELETE CASCADE,
    id                     uuid NOT NULL DEFAULT gen_random_uuid(),
    appointment_id         uuid NOT NULL,
    calendar_connection_id uuid NOT NULL,
    external_event_id      text NOT NULL,
    booked_at              timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, external_event_id),
    FOREIGN KEY (org_id, appointment_id) REFERENCES public.appointments ON DELETE CASCADE,
    FOREIGN KEY (org_id, calendar_connection_id) REFERENCES public.calendar_connections ON DELETE CASCADE
);
CREATE INDEX ON public.appointment_bookings (org_id, appointment_id);
CREATE INDEX ON public.appointment_bookings (org_id, calendar_connection_id);

CREATE TABLE public.sms_confirmation_logs (
    org_id         uuid NOT NULL REFERENCES public.organizations ON DELETE CASCADE,
    id             bigint GENERATED BY DEFAULT AS IDENTITY,
    appointment_id uuid NOT NULL,
    to_phone       text NOT NULL,
    body           text NOT NULL,
    delivered      boolean,
    sent_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, appointment_id) REFERENCES public.appointments ON DELETE CASCADE
);
CREATE INDEX ON public.sms_confirmation_logs (org_id, sent_at DESC);
CREATE INDEX ON public.sms_confirmation_logs (org_id, appointment_id);

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organization ON public.organizations
    USING (id = (SELECT nullif(auth.jwt() ->> 'organization_id', '')::uuid))
    WITH CHECK (id = (SELECT nullif(auth.jwt() ->> 'organization_id', '')::uuid));
GRANT SELECT, UPDATE ON public.organizations TO app_tenant;

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY[
        'calendar_connections', 'integration_settings', 'agent_configurations', 'campaigns', 'contacts',
        'cold_call_logs', 'appointments', 'appointment_holds', 'appointment_bookings', 'sms_confirmation_logs']
    LOOP
        EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format($policy$
            CREATE POLICY own_organization ON public.%I
                USING (org_id = (SELECT nullif(auth.jwt() ->> 'organization_id', '')::uuid))
                WITH CHECK (org_id = (SELECT nullif(auth.jwt() ->> 'organization_id', '')::uuid))
            $policy$, tenant_table);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO app_tenant', tenant_table);
    END LOOP;
END
$$;

GRANT SELECT ON public.plans TO app_tenant;

-- A good view: what it reads is filtered for whoever asks. The option is new
-- in PostgreSQL 15; on 14 the view runs as callcenter_owner, who is filtered
-- too because row-level security is forced.
CREATE VIEW public.campaign_summary AS
    SELECT c.org_id, c.id AS campaign_id, c.name, c.status,
           count(l.id) AS calls,
           count(l.id) FILTER (WHERE l.outcome = 'appointment') AS appointments,
           max(l.started_at) AS last_call_at
    FROM public.campaigns c
    LEFT JOIN public.cold_call_logs l ON l.org_id = c.org_id AND l.campaign_id = c.id
    GROUP BY c.org_id, c.id;
DO $$
BEGIN
    IF current_setting('server_version_num')::integer >= 150000 THEN
        ALTER VIEW public.campaign_summary SET (security_invoker = true);
    END IF;
END
$$;
GRANT SELECT ON public.campaign_summary TO app_tenant;

-- Hole: a table for bulk imports that somebody added in a hurry.
CREATE TABLE public.import_staging (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id    uuid,
    payload   jsonb NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.import_staging TO app_tenant;

RESET ROLE;

-- Hole: made in a superuser's session, so it reads past every policy.
CREATE VIEW public.campaign_leaderboard AS
    SELECT o.name AS organization, c.name AS campaign, count(*) AS appointments
    FROM public.cold_call_logs l
    JOIN public.campaigns c ON c.org_id = l.org_id AND c.id = l.campaign_id
    JOIN public.organizations o ON o.id = l.org_id
    WHERE l.outcome = 'appointment'
    GROUP BY o.name, c.name;
GRANT SELECT ON public.campaign_leaderboard TO app_tenant;
