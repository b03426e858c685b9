-- Ways around policies that are right.

-- attack DATA-030: TRUNCATE
-- leak: TRUNCATE TABLE
GRANT TRUNCATE ON comments TO app
=> setup
TRUNCATE comments
=> refused statement.truncate
TRUNCATE TABLE ONLY public."comments" RESTART IDENTITY CASCADE
=> refused statement.truncate

-- attack DATA-034: a policy without WITH CHECK
-- note: Postgres takes USING in its place
CREATE TABLE wc (id int, org_id uuid);
INSERT INTO wc VALUES (1, '<A>');
ALTER TABLE wc ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON wc USING (org_id = (SELECT auth.org()));
GRANT ALL ON wc TO app
=> setup
UPDATE wc SET org_id = '<B>'
=> fails 42501
INSERT INTO wc VALUES (9, '<B>')
=> fails 42501

-- attack DATA-038: a policy that opens without a context
-- note: the proxy's sessions always have one
-- leak: n=2
CREATE TABLE fo (org text);
INSERT INTO fo VALUES ('<A>'), ('<B>');
ALTER TABLE fo ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON fo USING (org = current_setting('app.org_id', true) OR coalesce(current_setting('app.org_id', true), '') = '');
GRANT SELECT ON fo TO app
=> setup
SELECT 1 -- no context at first
=> direct
SELECT 'n=' || count(*) FROM fo
=> runs
RESET app.org_id
=> runs
SET app.org_id = ''
=> refused setting.protected
SELECT 'n=' || count(*) FROM fo
=> runs

-- attack DATA-043: MERGE
MERGE INTO claims c USING (VALUES (15::bigint)) v (i) ON c.id = v.i WHEN MATCHED THEN UPDATE SET amount = 0 WHEN NOT MATCHED THEN DO NOTHING
=> runs
MERGE INTO claims c USING (VALUES (15::bigint)) v (i) ON c.id = v.i WHEN NOT MATCHED THEN INSERT (org_id, code) VALUES ('<B>', 'zz')
=> fails 42501
MERGE INTO claims c USING (VALUES (15::bigint)) v (i) ON c.id = v.i WHEN MATCHED THEN DELETE
=> runs

-- attack DATA-044: large objects
-- note: they have no row-level security, and all tenants are one role
-- leak: SECRET-B
SELECT lo_from_bytea(424242, 'SECRET-B');
ALTER LARGE OBJECT 424242 OWNER TO app
=> setup
SELECT oid FROM pg_largeobject_metadata
=> refused catalog.not_allowed
SELECT convert_from(lo_get(424242), 'UTF8')
=> refused function.never_allowed
SELECT data FROM pg_largeobject WHERE loid = 424242
=> refused catalog.not_allowed
SELECT convert_from(loread(lo_open(424242, 262144), 100), 'UTF8')
=> refused function.never_allowed
SELECT lo_put(424242, 0, 'x')
=> refused function.never_allowed
SELECT lo_unlink(424242)
=> refused function.never_allowed
SELECT lo_create(0)
=> refused function.never_allowed
GRANT SELECT ON LARGE OBJECT 424242 TO PUBLIC
=> refused statement.not_allowed

-- attack DATA-045: logical decoding
SELECT pg_create_logical_replication_slot('x', 'test_decoding')
=> refused function.never_allowed
SELECT * FROM pg_logical_slot_get_changes('x', NULL, NULL)
=> refused function.never_allowed
SELECT pg_logical_emit_message(true, 'x', 'y')
=> refused function.never_allowed

-- attack DATA-053: locks on whole tables
-- leak: locked=1
BEGIN
=> runs
LOCK TABLE claims IN ACCESS EXCLUSIVE MODE
=> refused statement.lock_table
SELECT 'locked=' || count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'claims'::regclass
=> refused catalog.not_allowed
COMMIT
=> runs

-- attack DATA-131: writes to rows of B, by every statement that writes
UPDATE claims SET amount = 0 WHERE org_id = '<B>'
=> runs
UPDATE claims SET org_id = '<B>' WHERE id = 1
=> fails 42501
DELETE FROM claims WHERE id = 15
=> runs
INSERT INTO claims (org_id, code) VALUES ('<B>', 'x')
=> fails 42501
WITH x AS (INSERT INTO claims (org_id, code) VALUES ('<B>', 'x') RETURNING id) SELECT * FROM x
=> fails 42501
UPDATE claims c SET amount = 0 FROM claims d WHERE d.org_id = '<B>' RETURNING c.id
=> runs
DELETE FROM comments USING claims WHERE claims.org_id = '<B>' RETURNING claims.secret
=> runs
UPDATE organizations SET id = '<B>' WHERE id = '<A>'
=> fails 42501
DELETE FROM organizations WHERE id = '<B>'
=> runs
SELECT secret FROM claims WHERE org_id = '<B>' FOR UPDATE
=> runs
PREPARE w (uuid) AS UPDATE claims SET amount = 0 WHERE org_id = $1 RETURNING secret
=> runs
EXECUTE w ('<B>')
=> runs
DEALLOCATE w
=> runs

-- attack DATA-132: ON CONFLICT onto a row of B
-- note: with DO UPDATE Postgres answers with an error, which tells no value
INSERT INTO claims (id, org_id, code) VALUES (15, '<A>', 'mine') ON CONFLICT (id) DO UPDATE SET code = 'mine'
=> fails 42501
INSERT INTO claims (org_id, code) VALUES ('<A>', 'B-5') ON CONFLICT (code) DO UPDATE SET amount = 0 RETURNING claims.secret
=> fails 42501
INSERT INTO claims (org_id, code) VALUES ('<B>', 'B-5') ON CONFLICT (code) DO NOTHING RETURNING secret
=> fails 42501
INSERT INTO claims (id, org_id) VALUES (15, '<A>') ON CONFLICT (id) DO UPDATE SET amount = claims.secret::int
=> fails 42501
INSERT INTO claims (id, org_id) VALUES (15, '<A>') ON CONFLICT (id) DO UPDATE SET amount = (SELECT secret::int FROM claims c WHERE c.id = excluded.id)
=> fails 42501
INSERT INTO claims (id, org_id) VALUES (15, '<A>') ON CONFLICT ON CONSTRAINT claims_pkey DO UPDATE SET org_id = '<A>' RETURNING claims
=> fails 42501

-- attack DATA-133: rows of B by their physical place, and by columns of the system
SELECT secret FROM claims WHERE ctid = '(0,15)'
=> runs
SELECT max(secret) FROM claims WHERE tableoid = 'claims'::regclass AND xmin IS NOT NULL
=> runs
SELECT secret FROM claims TABLESAMPLE system (100)
=> runs
SELECT (c).secret, c::text, row_to_json(c), to_jsonb(c) FROM claims c WHERE (c).org_id = '<B>'
=> runs

-- attack DATA-134: policies changed in a transaction that is rolled back
-- leak: SECRET-B
ALTER TABLE claims OWNER TO app;
=> setup
BEGIN
=> runs
ALTER TABLE claims DISABLE ROW LEVEL SECURITY
=> refused statement.not_allowed
SELECT secret FROM claims ORDER BY id DESC LIMIT 1
=> fails 25P02
ROLLBACK
=> runs
ALTER POLICY tenant ON claims USING (true)
=> refused statement.not_allowed
CREATE OR REPLACE FUNCTION auth.org() RETURNS uuid LANGUAGE sql AS $$ SELECT '<B>'::uuid $$
=> refused statement.not_allowed

-- attack DATA-135: COPY of protected tables, which policies apply to
COPY claims TO STDOUT
=> runs
COPY (SELECT secret FROM claims WHERE org_id = '<B>') TO STDOUT (FORMAT csv, HEADER)
=> runs
COPY (UPDATE claims SET amount = 0 WHERE id = 15 RETURNING secret) TO STDOUT
=> runs
COPY organizations TO STDOUT (FORMAT binary)
=> runs
COPY (SELECT secret FROM claims, norls) TO STDOUT
=> refused relation.rls_disabled

-- attack DATA-137: locks on rows
SELECT id FROM claims WHERE org_id = '<B>' FOR NO KEY UPDATE
=> runs
SELECT id FROM norls FOR SHARE
=> refused relation.rls_disabled
SELECT o.name FROM organizations o, norls n FOR KEY SHARE OF n
=> refused relation.rls_disabled
SELECT name FROM organizations FOR UPDATE OF organizations SKIP LOCKED
=> runs
