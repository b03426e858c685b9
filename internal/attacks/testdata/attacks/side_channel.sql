-- Channels beside the rows: statistics, errors, locks, sequences, catalogs.

-- attack SIDE-002a: estimates of EXPLAIN, with the default policy
-- note: the planner's statistics are of all tenants; policy.explain: none closes it
-- leak: rows=
-- leak: reltuples
-- remains: plain EXPLAIN is allowed by default, and shows estimates
EXPLAIN SELECT * FROM claims WHERE code = 'nonexistent'
=> runs
EXPLAIN SELECT * FROM claims WHERE amount < 5
=> runs
SELECT relname, reltuples FROM pg_class WHERE relname = 'claims'
=> runs

-- attack SIDE-002b: estimates of EXPLAIN, refused by policy
-- leak: rows=
-- explain: none
EXPLAIN SELECT * FROM claims WHERE code = 'nonexistent'
=> refused statement.explain
EXPLAIN SELECT * FROM claims WHERE amount < 5
=> refused statement.explain
EXPLAIN (FORMAT json, COSTS on) TABLE claims
=> refused statement.explain

-- attack SIDE-003: a unique key tells that a value exists
-- note: Postgres leaves the detail out itself; the proxy cannot hide that the row is there
-- leak: duplicate key value
-- remains: the error is the answer of a constraint that all tenants share; put the tenant column into the key
BEGIN
=> runs
INSERT INTO claims (org_id, code) VALUES ('<A>', 'B-700')
=> runs
INSERT INTO claims (org_id, code) VALUES ('<A>', 'B-7')
=> fails 23505
ROLLBACK
=> runs

-- attack SIDE-004: the same without an error
-- leak: INSERT 0 0
-- remains: the number of rows is the answer
INSERT INTO claims (org_id, code) VALUES ('<A>', 'B-7') ON CONFLICT DO NOTHING
=> runs

-- attack SIDE-007: how much is inserted, by sequences
-- leak: last 30
SELECT pg_sequence_last_value('claims_id_seq'::regclass)
=> refused function.volatile
SELECT 'last ' || last_value FROM pg_sequences WHERE sequencename = 'claims_id_seq'
=> refused catalog.not_allowed
SELECT 'last ' || last_value FROM claims_id_seq
=> refused relation.sequence
SELECT setval('claims_id_seq', 1)
=> refused function.never_allowed

-- attack SIDE-013: advisory locks, which all tenants share
-- leak: lock=42
SELECT pg_try_advisory_lock(42)
=> refused function.volatile
SELECT pg_advisory_xact_lock_shared(42, 1)
=> refused function.volatile
SELECT 'lock=' || objid FROM pg_locks WHERE locktype = 'advisory'
=> refused catalog.not_allowed
SELECT pg_advisory_unlock_all()
=> runs

-- attack SIDE-014: samples of rows in the planner's statistics
-- leak: NORLS-B
SELECT most_common_vals FROM pg_stats WHERE tablename = 'norls'
=> refused catalog.not_allowed
SELECT histogram_bounds FROM pg_stats WHERE tablename = 'norls' AND attname = 'secret'
=> refused catalog.not_allowed
SELECT stavalues1 FROM pg_statistic
=> refused catalog.not_allowed
SELECT * FROM pg_catalog.pg_stats_ext
=> refused catalog.not_allowed

-- attack SIDE-016: a cheap function sees the rows that a view leaves out
-- leak: leak SECRET-B
CREATE VIEW vplain AS SELECT * FROM claims WHERE org_id = '<A>' AND length(secret) > 0;
GRANT SELECT ON vplain TO app
=> setup
CREATE FUNCTION pg_temp.leak(text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'leak %', $1; RETURN true; END $$
=> refused statement.not_allowed
SELECT count(*) FROM vplain WHERE pg_temp.leak(secret)
=> refused view.runs_as_owner

-- attack SIDE-017: a cast error prints a value that a view leaves out
-- leak: SECRET-B
CREATE VIEW vplain2 AS SELECT * FROM claims WHERE org_id::text || '' = '<A>';
GRANT SELECT ON vplain2 TO app
=> setup
SELECT * FROM vplain2 WHERE CASE WHEN secret LIKE 'SECRET' || '-B%' THEN secret::int = 1 END
=> refused view.runs_as_owner

-- attack SIDE-019: the text of functions and policies
-- leak: request.jwt.claims
-- remains: the schema is the same for all tenants, and drivers read it
SELECT prosrc FROM pg_proc WHERE proname = 'jwt'
=> runs
SELECT qual FROM pg_policies LIMIT 1
=> runs

-- attack SIDE-022: an exclusion constraint tells that a value exists
-- leak: conflicting key value violates exclusion
-- remains: as with a unique key, without the detail
CREATE TABLE ex (org_id uuid, r int4range, EXCLUDE USING gist (r WITH &&));
INSERT INTO ex VALUES ('<B>', '[1,5)');
ALTER TABLE ex ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON ex USING (org_id = (SELECT auth.org()));
GRANT SELECT, INSERT ON ex TO app
=> setup
INSERT INTO ex VALUES ('<A>', '[2,3)')
=> fails 23P01

-- attack SIDE-025: resources
-- leak: SET.*pg_sleep
SET work_mem = '2GB'
=> refused setting.value
SELECT pg_sleep(0.01)
=> refused function.volatile
SELECT pg_sleep_for('1 ms'), pg_sleep_until(now())
=> refused function.volatile

-- attack SIDE-101: errors that print values, on rows that a policy hides
-- note: only built-ins that are marked leakproof run before a policy's condition
SELECT * FROM claims WHERE secret::int = 1
=> fails 22P02
SELECT * FROM claims WHERE code LIKE 'B-%' AND secret::uuid IS NOT NULL
=> runs
SELECT * FROM claims WHERE CASE WHEN code LIKE 'B-%' THEN secret::jsonb IS NOT NULL END
=> runs
SELECT 1 / (amount - 15) FROM claims
=> runs
SELECT count(*) FROM claims WHERE secret::xml IS DOCUMENT AND org_id = '<B>'
=> runs
SELECT to_regclass(secret), secret::regclass FROM claims WHERE org_id = '<B>'
=> runs
UPDATE claims SET amount = secret::int WHERE org_id = '<B>'
=> runs
SELECT lo.secret::date FROM claims lo JOIN comments USING (org_id) WHERE lo.org_id = '<B>'
=> runs

-- attack SIDE-102: errors that print values, on a table without row-level security
-- leak: NORLS-B
SELECT secret::int FROM norls WHERE id = 2
=> refused relation.rls_disabled
SELECT CAST((SELECT secret FROM norls WHERE id = 2) AS numeric)
=> refused relation.rls_disabled
SELECT (SELECT secret FROM norls WHERE id = 2)::regclass
=> refused relation.rls_disabled
SELECT * FROM claims WHERE id = (SELECT secret FROM norls WHERE id = 2)::bigint
=> refused relation.rls_disabled
SELECT jsonb_path_query('{}', (SELECT secret FROM norls WHERE id = 2)::jsonpath)
=> refused relation.rls_disabled

-- attack SIDE-103: enumerations and domains fed with hidden values
-- leak: SECRET-B
CREATE TYPE mood AS ENUM ('good');
CREATE DOMAIN short AS text CHECK (length(VALUE) < 3);
CREATE VIEW hidden AS SELECT secret FROM claims WHERE org_id = '<B>';
GRANT SELECT ON hidden TO app
=> setup
SELECT secret::mood FROM hidden
=> refused view.runs_as_owner
SELECT (SELECT max(secret) FROM hidden)::mood
=> refused view.runs_as_owner
SELECT secret::short FROM claims WHERE org_id = '<B>'
=> runs
SELECT secret::mood FROM claims WHERE org_id = '<B>'
=> runs

-- attack SIDE-104: what other sessions do
-- leak: seen app
SELECT 'seen ' || usename FROM pg_stat_activity
=> refused catalog.not_allowed
SELECT * FROM pg_stat_get_activity(NULL)
=> refused function.builtin_refused
SELECT pg_stat_get_backend_activity(1)
=> refused function.builtin_refused
SELECT pid FROM pg_catalog.pg_stat_activity, pg_terminate_backend(pid)
=> refused catalog.not_allowed
SELECT pg_cancel_backend(0), pg_terminate_backend(0)
=> refused function.never_allowed
SELECT statement FROM pg_prepared_statements
=> refused catalog.not_allowed
SELECT statement FROM pg_cursors
=> refused catalog.not_allowed

-- attack SIDE-105: notification channels
-- leak: heard by all
LISTEN everyone
=> refused statement.listen_notify
NOTIFY everyone, 'heard by all'
=> refused statement.listen_notify
SELECT pg_notify('everyone', 'heard by all')
=> refused function.never_allowed
UNLISTEN *
=> runs

-- attack SIDE-106: counters and sizes
-- leak: n_tup_ins
-- leak: size \d
SELECT n_tup_ins FROM pg_stat_user_tables
=> refused catalog.not_allowed
SELECT pg_stat_get_live_tuples('claims'::regclass), pg_stat_get_tuples_inserted('claims'::regclass)
=> refused function.builtin_refused
SELECT 'size ' || pg_total_relation_size('claims')
=> refused function.volatile
SELECT 'size ' || pg_relation_size('claims', 'main')
=> refused function.volatile
SELECT txid_current_snapshot(), pg_current_snapshot()
=> refused function.builtin_refused
SELECT pg_export_snapshot()
=> refused function.never_allowed
SET TRANSACTION SNAPSHOT '00000003-0000001B-1'
=> refused statement.set_snapshot

-- attack SIDE-107: the server's files and connections
-- leak: Debian|PostgreSQL
SELECT pg_read_file('PG_VERSION')
=> refused function.never_allowed
SELECT * FROM pg_ls_dir('.')
=> refused function.never_allowed
SELECT * FROM pg_hba_file_rules
=> refused catalog.not_allowed
SELECT rolpassword FROM pg_authid
=> refused catalog.not_allowed
SELECT name, setting FROM pg_settings
=> refused catalog.not_allowed
SELECT setting FROM pg_settings WHERE name = 'data_directory'
=> refused catalog.not_allowed
SHOW hba_file
=> refused setting.not_readable
SHOW ALL
=> refused setting.not_readable
SELECT current_setting('data_' || 'directory')
=> refused function.argument

-- attack SIDE-108: the error of a foreign key prints a value
-- note: the proxy strips details of violations
BEGIN
=> runs
INSERT INTO comments (org_id, claim_id) VALUES ('<A>', 99999)
=> fails 23503
ROLLBACK
=> runs
DELETE FROM claims WHERE id = 11
=> runs

-- attack SIDE-007b: how much is inserted, by the next value
-- leak: next 3[1-9]
-- remains: inserting needs nextval, and sequences have no policies; use uuid keys where volume is a secret
SELECT 'next ' || nextval('claims_id_seq')
=> runs

-- attack SIDE-027: a trigger's error carries rows of all tenants
-- note: details of violations are stripped; what other errors say is the application's
-- leak: SECRET-B
CREATE FUNCTION chk() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RAISE check_violation USING message = 'limit reached', detail = (SELECT string_agg(secret, ',') FROM public.claims); END $$;
CREATE CONSTRAINT TRIGGER t AFTER INSERT ON comments DEFERRABLE FOR EACH ROW EXECUTE FUNCTION chk()
=> setup
INSERT INTO comments (org_id, claim_id, body) VALUES ('<A>', 1, 'z')
=> fails 23514
BEGIN
=> runs
SET CONSTRAINTS ALL DEFERRED
=> runs
INSERT INTO comments (org_id, claim_id, body) VALUES ('<A>', 1, 'z')
=> runs
COMMIT
=> fails 23514
