-- Relations that row-level security does not protect.

-- attack DATA-001: a table without row-level security
-- leak: NORLS-B
SELECT secret FROM norls
=> refused relation.rls_disabled

-- attack DATA-003: a CTE of the same name, out of scope
-- note: in a WITH that is not recursive an item sees those before it only
-- leak: NORLS-B
WITH norls AS (SELECT 1) SELECT * FROM public.norls
=> refused relation.rls_disabled
SELECT * FROM (WITH norls AS (SELECT 1) SELECT 1) x, norls
=> refused relation.rls_disabled
WITH a AS (SELECT secret FROM norls), norls AS (SELECT 1) SELECT * FROM a
=> refused relation.rls_disabled

-- attack DATA-004: COPY of a table and of a query
-- leak: NORLS-B
COPY norls TO STDOUT
=> refused relation.rls_disabled
COPY (SELECT secret FROM norls) TO STDOUT
=> refused relation.rls_disabled
COPY norls (secret) TO STDOUT (FORMAT csv)
=> refused relation.rls_disabled

-- attack DATA-005: COPY with a file or a program
COPY (SELECT 1) TO PROGRAM 'id'
=> refused statement.copy_file
COPY (SELECT 1) TO '/var/lib/x'
=> refused statement.copy_file
COPY claims FROM '/etc/passwd'
=> refused statement.copy_file

-- attack DATA-007: a table given as a parameter or an OID
-- leak: NORLS-B
PREPARE t (regclass) AS SELECT table_to_xml($1, true, false, '')
=> refused function.never_allowed
EXECUTE t ('norls')
=> fails 26000
SELECT table_to_xml((SELECT oid FROM pg_class WHERE relname = 'norls')::regclass, true, false, '')
=> refused function.never_allowed

-- attack DATA-011: a schema of the role's name hides public
-- note: the default search_path begins with "$user"; the pinned one does not, so the protected table is read
-- leak: USERSCHEMA-SECRET-B
CREATE SCHEMA app AUTHORIZATION app;
CREATE TABLE app.claims AS SELECT 'USERSCHEMA-SECRET-B'::text secret;
GRANT SELECT ON app.claims TO app
=> setup
SELECT secret FROM claims LIMIT 1
=> runs
SELECT secret FROM app.claims LIMIT 1
=> refused relation.schema_not_allowed

-- attack DATA-016: a materialized view
-- leak: SECRET-B
CREATE MATERIALIZED VIEW mv AS SELECT * FROM claims;
GRANT SELECT ON mv TO app
=> setup
SELECT secret FROM mv ORDER BY 1 DESC LIMIT 1
=> refused relation.kind_not_allowed

-- attack DATA-019: an inheritance child, read directly
-- leak: SECRET-B
CREATE TABLE ih (org text, secret text);
CREATE TABLE ih_child () INHERITS (ih);
INSERT INTO ih_child VALUES ('b', 'SECRET-B');
ALTER TABLE ih ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON ih USING (org = 'a');
GRANT SELECT ON ih, ih_child TO app
=> setup
SELECT secret FROM ih_child
=> refused relation.rls_disabled
SELECT secret FROM ih
=> runs
SELECT secret FROM ONLY ih
=> runs

-- attack DATA-020: a foreign table on the same database
-- leak: SECRET-B
CREATE EXTENSION postgres_fdw;
CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '<socket>', port '<port>', dbname '<database>');
CREATE USER MAPPING FOR app SERVER s OPTIONS (user 'postgres', password_required 'false');
CREATE FOREIGN TABLE ft (secret text) SERVER s OPTIONS (schema_name 'public', table_name 'claims');
GRANT SELECT ON ft TO app
=> setup
SELECT secret FROM ft ORDER BY 1 DESC LIMIT 1
=> refused relation.kind_not_allowed

-- attack DATA-021: dblink
-- note: Postgres wants a password of those who are not superuser; who knows one is past the proxy
CREATE EXTENSION dblink
=> setup
SELECT * FROM dblink('host=<socket> port=<port> user=postgres dbname=<database>', 'select secret from claims') AS t (a text)
=> refused function.user_defined
SELECT dblink_connect('host=<socket> port=<port> user=postgres dbname=<database>')
=> refused function.user_defined

-- attack DATA-101: a view that runs as its owner
-- note: the owner is the superuser, to whom no policy applies
-- leak: SECRET-B
CREATE VIEW v_owner AS SELECT * FROM claims;
CREATE VIEW v_over WITH (security_invoker = true) AS SELECT * FROM v_owner;
GRANT SELECT, UPDATE, DELETE ON v_owner, v_over TO app
=> setup
SELECT secret FROM v_owner ORDER BY id DESC LIMIT 1
=> refused view.runs_as_owner
SELECT secret FROM v_over ORDER BY id DESC LIMIT 1
=> refused view.runs_as_owner
UPDATE v_owner SET amount = 0 WHERE id = 15
=> refused view.runs_as_owner
DELETE FROM v_over WHERE id = 16
=> refused view.runs_as_owner

-- attack DATA-102: a view that runs as its invoker, over a table without protection
-- leak: NORLS-B
CREATE VIEW v_invoker WITH (security_invoker = true) AS SELECT c.id, n.secret FROM claims c, norls n;
GRANT SELECT ON v_invoker TO app
=> setup
SELECT secret FROM v_invoker
=> refused relation.rls_disabled

-- attack DATA-103: a rule that runs as the table's owner
-- leak: SECRET-B
CREATE TABLE ruled (org_id uuid, t text);
ALTER TABLE ruled ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON ruled USING (org_id = (SELECT auth.org()));
CREATE RULE r AS ON INSERT TO ruled DO INSTEAD SELECT max(secret) FROM claims WHERE code LIKE 'B-%';
GRANT SELECT, INSERT ON ruled TO app
=> setup
INSERT INTO ruled VALUES ('<A>', 'x')
=> refused statement.rewrite_rules
WITH x AS (SELECT 1) INSERT INTO public.ruled SELECT '<A>', 'x' FROM x
=> refused statement.rewrite_rules

-- attack DATA-104: CTE names, nested, recursive and of DML
-- leak: NORLS-B
WITH x AS (WITH norls AS (SELECT 'x'::text AS secret) SELECT secret FROM norls) SELECT n.secret FROM x, norls n
=> refused relation.rls_disabled
WITH RECURSIVE r AS (SELECT secret, 1 AS n FROM norls UNION ALL SELECT secret, n + 1 FROM r WHERE n < 2) SELECT * FROM r
=> refused relation.rls_disabled
WITH norls AS (SELECT * FROM norls) SELECT * FROM norls
=> refused relation.rls_disabled
SELECT (WITH a AS (SELECT 1) SELECT max(secret) FROM (WITH norls2 AS (TABLE norls) TABLE norls2) q)
=> refused relation.rls_disabled
WITH RECURSIVE norls AS (SELECT 'x' AS secret) SELECT secret FROM "public"."norls"
=> refused relation.rls_disabled

-- attack DATA-105: names, quoted and escaped
-- leak: NORLS-B
TABLE "norls"
=> refused relation.rls_disabled
SELECT * FROM U&"n\006frls"
=> refused relation.rls_disabled
SELECT * FROM U&"n!006frls" UESCAPE '!'
=> refused relation.rls_disabled
SELECT * FROM pUbLiC.NoRlS
=> refused relation.rls_disabled
SELECT * FROM <database>.public.norls
=> refused relation.rls_disabled
SELECT * FROM ONLY (norls)
=> refused relation.rls_disabled
SELECT * FROM norls *
=> refused relation.rls_disabled

-- attack DATA-106: cursors
-- leak: NORLS-B
BEGIN
=> runs
DECLARE c SCROLL CURSOR FOR SELECT secret FROM norls
=> refused relation.rls_disabled
FETCH ALL c
=> fails 25P02
MOVE BACKWARD ALL IN c
=> fails 25P02
ROLLBACK
=> runs
DECLARE h CURSOR WITH HOLD FOR SELECT secret FROM claims
=> refused statement.cursor_with_hold
DECLARE h BINARY INSENSITIVE CURSOR WITH HOLD FOR SELECT secret FROM norls
=> refused statement.cursor_with_hold
FETCH ALL h
=> fails 34000

-- attack DATA-107: PREPARE, EXECUTE and EXPLAIN EXECUTE
-- leak: NORLS-B
PREPARE p AS SELECT secret FROM norls
=> refused relation.rls_disabled
EXECUTE p
=> fails 26000
EXPLAIN EXECUTE p
=> fails 26000
EXPLAIN ANALYZE EXECUTE p
=> refused statement.explain
PREPARE q AS DELETE FROM norls WHERE id = 2 RETURNING *
=> refused relation.rls_disabled
EXECUTE q
=> fails 26000

-- attack DATA-108: joins, lateral references and set operations
-- leak: NORLS-B
SELECT n.secret FROM claims c LEFT JOIN norls n ON true LIMIT 2
=> refused relation.rls_disabled
SELECT x.secret FROM claims c, LATERAL (SELECT secret FROM norls WHERE id > c.id - c.id) x
=> refused relation.rls_disabled
SELECT secret FROM claims WHERE false UNION ALL SELECT secret FROM norls
=> refused relation.rls_disabled
SELECT secret FROM claims WHERE false UNION (SELECT secret FROM claims INTERSECT TABLE claims) EXCEPT TABLE norls
=> refused relation.rls_disabled
(SELECT id, org_id, secret FROM claims LIMIT 0) UNION (TABLE norls)
=> refused relation.rls_disabled
SELECT * FROM claims NATURAL RIGHT JOIN norls
=> refused relation.rls_disabled
SELECT * FROM (claims JOIN norls USING (org_id)) AS j
=> refused relation.rls_disabled

-- attack DATA-109: tables that policies and triggers need, in other schemas
-- leak: SECRET-B
CREATE SCHEMA internal;
CREATE TABLE internal.keys AS SELECT 'SECRET-B'::text k;
GRANT USAGE ON SCHEMA internal TO app;
GRANT SELECT ON internal.keys TO app
=> setup
SELECT * FROM internal.keys
=> refused relation.schema_not_allowed
SELECT (SELECT k FROM internal.keys)
=> refused relation.schema_not_allowed
SELECT * FROM keys
=> refused relation.unknown

-- attack DATA-110: writes to a table that all tenants share
-- leak: UPDATE 1
-- allow relation: public.plans
CREATE TABLE plans (id int PRIMARY KEY, name text);
INSERT INTO plans VALUES (1, 'basic');
GRANT SELECT, INSERT, UPDATE, DELETE ON plans TO app
=> setup
SELECT name FROM plans
=> runs
UPDATE plans SET name = 'owned' WHERE id = 1
=> refused relation.shared_write
INSERT INTO plans VALUES (2, 'x')
=> refused relation.shared_write
DELETE FROM plans
=> refused relation.shared_write
WITH x AS (DELETE FROM plans RETURNING *) SELECT * FROM x
=> refused relation.shared_write
MERGE INTO plans p USING claims c ON p.id = c.id WHEN MATCHED THEN DELETE
=> refused relation.shared_write

-- attack DATA-111: a partition, read and written directly
-- leak: SECRET-B
CREATE TABLE part (org_id uuid, secret text) PARTITION BY LIST (org_id);
CREATE TABLE part_a PARTITION OF part FOR VALUES IN ('<A>');
CREATE TABLE part_b PARTITION OF part FOR VALUES IN ('<B>');
INSERT INTO part VALUES ('<B>', 'SECRET-B');
ALTER TABLE part ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON part USING (org_id = (SELECT auth.org()));
GRANT ALL ON part, part_a, part_b TO app
=> setup
SELECT secret FROM part_b
=> refused relation.rls_disabled
UPDATE part_b SET secret = 'x'
=> refused relation.rls_disabled
DELETE FROM part_b
=> refused relation.rls_disabled
INSERT INTO part_a VALUES ('<A>', 'x')
=> refused relation.rls_disabled
SELECT secret FROM part
=> runs
INSERT INTO part VALUES ('<B>', 'x')
=> fails 42501
SELECT tableoid::regclass, secret FROM part
=> runs

-- attack DATA-112: catalogs hidden by tables of the application
-- note: public comes before pg_catalog, so a table of that name is what the text means
-- leak: SECRET-B
CREATE TABLE public.pg_class AS SELECT 'SECRET-B'::text AS relname;
GRANT SELECT ON public.pg_class TO app
=> setup
SELECT relname FROM public.pg_class
=> refused relation.rls_disabled
SELECT relname FROM pg_class
=> refused relation.rls_disabled
SET search_path = public
=> refused setting.value
SELECT count(*) FROM pg_catalog.pg_class
=> runs
