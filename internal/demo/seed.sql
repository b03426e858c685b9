-- Data for schema.sql, the same on every run. SeedSQL sets, before this runs:
--   demo.other_orgs       organizations besides the two named ones
--   demo.named_org_calls  calls of each named organization
--   demo.other_org_calls  calls of each other organization
-- All else follows from the number of calls.

SET client_min_messages = warning;
SELECT setseed(0.42);

INSERT INTO public.plans VALUES
    ('starter', 'Starter', 4900, 2, '{"sms": false}'),
    ('growth', 'Growth', 19900, 10, '{"sms": true}'),
    ('scale', 'Scale', 79900, 100, '{"sms": true, "sso": true}');

-- One row per organization: its calls, and the marker that its rows carry.
CREATE TEMP TABLE org AS
    SELECT id, name, country, timezone, calls, 'mk-' || left(id::text, 8) AS marker,
           greatest(calls / 5, 3) AS contacts, greatest(calls / 200, 2) AS campaigns
    FROM (
        VALUES ('a1c5e7f0-3b2d-4c6a-8e19-5d70b4f2a901'::uuid, 'Aurora Dental Group', 'US', 'America/Denver',
                current_setting('demo.named_org_calls')::integer),
               ('b27d90c4-81fe-4a35-9c02-6e4bd813f7b2'::uuid, 'Borealis Solar', 'DE', 'Europe/Berlin',
                current_setting('demo.named_org_calls')::integer)
        UNION ALL
        SELECT overlay(md5('organization ' || n) PLACING '4' FROM 13)::uuid,
               (ARRAY['Cedar', 'Delta', 'Ember', 'Fjord', 'Granite', 'Harbor', 'Indigo', 'Juniper'])[1 + n % 8] || ' '
                   || (ARRAY['Insurance', 'Clinics', 'Realty', 'Motors', 'Energy', 'Finance', 'Travel'])[1 + n % 7] || ' ' || n,
               (ARRAY['US', 'GB', 'FR', 'IN', 'BR'])[1 + n % 5], 'UTC',
               current_setting('demo.other_org_calls')::integer
        FROM generate_series(1, current_setting('demo.other_orgs')::integer) n
    ) o (id, name, country, timezone, calls);

INSERT INTO public.organizations (id, name, plan_code, country, timezone, billing_email, created_at)
    SELECT id, name, CASE WHEN calls > 1000 THEN 'scale' ELSE (ARRAY['starter', 'growth'])[1 + (random() < 0.4)::integer] END,
           country, timezone, 'billing@' || marker || '.example', timestamptz '2025-01-06 09:00+00' + random() * interval '300 days'
    FROM org;

-- The identifier of the n-th row of a table in an organization.
CREATE FUNCTION pg_temp.row_id(table_name text, org_id uuid, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN md5(table_name || org_id::text || n::text)::uuid;

INSERT INTO public.calendar_connections (org_id, id, provider, account_email, scopes, sync_cursor, last_synced_at, created_at)
    SELECT id, pg_temp.row_id('calendar', id, n), (ARRAY['google', 'microsoft', 'caldav'])[n],
           'desk' || n || '@' || marker || '.example', '{events.read,events.write}', md5(marker || n),
           timestamptz '2026-06-01 06:00+00' - random() * interval '1 day', timestamptz '2025-12-01 09:00+00'
    FROM org, generate_series(1, 2) n;

INSERT INTO public.integration_settings (org_id, id, integration, is_enabled, secret_ref, config, updated_at)
    SELECT id, pg_temp.row_id('integration', id, n), name, n < 3, 'vault:' || marker || '/' || name,
           jsonb_build_object('account', marker, 'region', country), timestamptz '2026-03-01 12:00+00'
    FROM (SELECT id, marker, country FROM org) o,
         unnest(ARRAY['telephony', 'sms', 'crm']) WITH ORDINALITY i (name, n);

INSERT INTO public.agent_configurations (org_id, id, name, voice, temperature, prompt, created_at)
    SELECT id, pg_temp.row_id('agent', id, n), (ARRAY['Opener', 'Closer'])[n], (ARRAY['alto', 'tenor'])[n],
           round((random() * 0.9)::numeric, 2), 'You call on behalf of ' || name || ' (' || marker || '). Be brief and kind.',
           timestamptz '2025-12-01 09:00+00'
    FROM org, generate_series(1, 2) n;

INSERT INTO public.campaigns (org_id, id, agent_configuration_id, name, status, daily_call_limit, starts_on, ends_on, created_at)
    SELECT id, pg_temp.row_id('campaign', id, n), pg_temp.row_id('agent', id, 1 + n % 2),
           (ARRAY['Spring', 'Summer', 'Autumn', 'Winter'])[1 + n % 4] || ' outreach ' || n || ' ' || marker,
           (ARRAY['running', 'running', 'paused', 'finished', 'draft'])[1 + n % 5]::public.campaign_status,
           100 * (1 + n % 4), date '2026-01-05' + n::integer, date '2026-07-05' + n::integer, timestamptz '2025-12-15 09:00+00'
    FROM org, generate_series(1, campaigns) n;

INSERT INTO public.contacts (org_id, id, full_name, phone, email, company, tags, attributes, do_not_call, created_at)
    SELECT id, pg_temp.row_id('contact', id, n),
           (ARRAY['Ada', 'Ben', 'Chloe', 'Dev', 'Eva', 'Femi', 'Gita', 'Hugo', 'Ines', 'Jon'])[1 + n % 10] || ' '
               || (ARRAY['Adler', 'Brandt', 'Costa', 'Dietz', 'Evans', 'Fofana', 'Gruber'])[1 + n % 7],
           '+1555' || lpad(n::text, 7, '0'), 'contact' || n || '@' || marker || '.example', 'Customer of ' || marker,
           CASE WHEN random() < 0.3 THEN '{warm}'::text[] ELSE '{}' END, jsonb_build_object('source', 'list ' || 1 + n % 9),
           random() < 0.03, timestamptz '2025-12-20 09:00+00' + random() * interval '30 days'
    FROM org, generate_series(1, contacts) n;

-- Most of the rows: without the triggers that check each foreign key, in half
-- the time. The keys are those of the rows made above.
SET session_replication_role = replica;
INSERT INTO public.cold_call_logs (org_id, campaign_id, contact_id, started_at, duration_seconds, outcome, sentiment, cost_cents, transcript)
    SELECT org_id, pg_temp.row_id('campaign', org_id, 1 + n % campaigns), pg_temp.row_id('contact', org_id, 1 + n % contacts),
           timestamptz '2026-01-05 09:00+00' + random() * interval '147 days', (luck * 600)::integer,
           (CASE WHEN luck < 0.45 THEN 'no_answer' WHEN luck < 0.65 THEN 'voicemail' WHEN luck < 0.85 THEN 'declined'
                 WHEN luck < 0.95 THEN 'callback' ELSE 'appointment' END)::public.call_outcome,
           round((luck * 2 - 1)::numeric, 2), 1 + (luck * 40)::integer,
           'Call ' || n || ' for ' || marker || ': the agent introduced itself, and the contact '
               || CASE WHEN luck < 0.65 THEN 'was not reached.' ELSE 'asked about prices and dates.' END
    FROM (SELECT id AS org_id, marker, campaigns, contacts, n, random() AS luck
          FROM org, generate_series(1, calls) n) calls;
RESET session_replication_role;

INSERT INTO public.appointments (org_id, id, contact_id, campaign_id, status, starts_at, ends_at, notes, created_at)
    SELECT org_id, pg_temp.row_id('appointment', org_id, n), pg_temp.row_id('contact', org_id, 1 + n % contacts),
           pg_temp.row_id('campaign', org_id, 1 + n % campaigns),
           (ARRAY['proposed', 'confirmed', 'confirmed', 'cancelled', 'completed'])[1 + n % 5]::public.appointment_status,
           starts_at, starts_at + interval '30 minutes', 'Booked by the agent of ' || marker, timestamptz '2026-05-20 09:00+00'
    FROM (SELECT id AS org_id, marker, campaigns, contacts, n,
                 timestamptz '2026-06-01 08:00+00' + (random() * 2000)::integer * interval '15 minutes' AS starts_at
          FROM org, generate_series(1, greatest(calls / 20, 2)) n) slots;

INSERT INTO public.appointment_holds (org_id, id, calendar_connection_id, slot, held_for, expires_at)
    SELECT id, pg_temp.row_id('hold', id, n), pg_temp.row_id('calendar', id, 1 + n % 2),
           tstzrange(timestamptz '2026-06-15 08:00+00' + n * interval '1 hour', timestamptz '2026-06-15 08:30+00' + n * interval '1 hour'),
           'caller ' || n || ' of ' || marker, timestamptz '2026-06-14 20:00+00'
    FROM org, generate_series(1, 3) n;

INSERT INTO public.appointment_bookings (org_id, id, appointment_id, calendar_connection_id, external_event_id, booked_at)
    SELECT a.org_id, pg_temp.row_id('booking', a.org_id, row_number() OVER (ORDER BY a.org_id, a.id)), a.id,
           pg_temp.row_id('calendar', a.org_id, 1), marker || '-' || left(a.id::text, 13), a.created_at
    FROM public.appointments a JOIN org ON org.id = a.org_id
    WHERE a.status IN ('confirmed', 'completed');

INSERT INTO public.sms_confirmation_logs (org_id, appointment_id, to_phone, body, delivered, sent_at)
    SELECT a.org_id, a.id, c.phone, 'Your appointment with ' || marker || ' is confirmed.', random() < 0.97, a.created_at
    FROM public.appointments a
    JOIN org ON org.id = a.org_id
    JOIN public.contacts c ON c.org_id = a.org_id AND c.id = a.contact_id
    WHERE a.status IN ('confirmed', 'completed')
    ORDER BY a.org_id, a.id;

INSERT INTO public.import_staging (org_id, payload, loaded_at)
    SELECT id, jsonb_build_object('line', n, 'note', 'imported for ' || marker), timestamptz '2026-05-31 23:00+00'
    FROM org, generate_series(1, 3) n;

DROP TABLE org;
DROP FUNCTION pg_temp.row_id;
ANALYZE;
