-- why: a protected table
SELECT id, name FROM contacts WHERE id = $1
=> allowed

-- why: schema-qualified
SELECT * FROM public.contacts
=> allowed

-- why: qualified with the current database
SELECT * FROM app.public.contacts
=> allowed

-- why: qualified with another database
SELECT * FROM other.public.contacts
=> refused 42501 relation.other_database: cross-database references are not implemented: "other.public.contacts"

-- why: a table without row-level security
SELECT secret FROM norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: the same, quoted
SELECT secret FROM "norls"
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a name that folds
SELECT * FROM NORLS
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a quoted name that does not fold to it
SELECT * FROM "NORLS"
=> refused 42P01 relation.unknown: relation "NORLS" does not exist; unknown

-- why: a mixed-case table as Prisma names them
SELECT "id" FROM "CamelCase"
=> allowed

-- why: the same without its quotes is another name
SELECT id FROM CamelCase
=> refused 42P01 relation.unknown: relation "camelcase" does not exist; unknown

-- why: exists nowhere: Postgres's own error
SELECT * FROM no_such_table
=> refused 42P01 relation.unknown: relation "no_such_table" does not exist; unknown

-- why: exists nowhere, qualified
SELECT * FROM public.no_such_table
=> refused 42P01 relation.unknown: relation "public.no_such_table" does not exist; unknown

-- why: exists in another schema only
SELECT * FROM daily
=> refused 42501 relation.unknown: relation "daily" is not known [A relation of that name is in another schema: qualify it, or see policy.schemas.]; unknown

-- why: exists in another schema, wrongly qualified
SELECT * FROM auth.contacts
=> refused 42501 relation.unknown: relation "auth.contacts" is not known [A relation of that name is in another schema: qualify it, or see policy.schemas.]; unknown

-- why: a schema that is not for tenants
SELECT * FROM reporting.daily
=> refused 42501 relation.schema_not_allowed: schema of relation "reporting.daily" is not one of those that tenants may use [Add reporting to policy.schemas, or reporting.daily to policy.allow_relations.]

-- why: a shared table may be read
SELECT * FROM plans
=> allowed

-- why: a shared table may be joined
SELECT c.name, p.name FROM contacts c JOIN plans p ON p.id = 1
=> allowed

-- why: a shared table may not be written
INSERT INTO plans (name) VALUES ('x')
=> refused 42501 relation.shared_write: relation "public.plans" is shared by all tenants and may only be read [ALTER TABLE public.plans ENABLE ROW LEVEL SECURITY and give it a policy for what tenants may write.]

-- why: nor updated
UPDATE plans SET price = 0
=> refused 42501 relation.shared_write: relation "public.plans" is shared by all tenants and may only be read [ALTER TABLE public.plans ENABLE ROW LEVEL SECURITY and give it a policy for what tenants may write.]

-- why: nor deleted from
DELETE FROM plans
=> refused 42501 relation.shared_write: relation "public.plans" is shared by all tenants and may only be read [ALTER TABLE public.plans ENABLE ROW LEVEL SECURITY and give it a policy for what tenants may write.]

-- why: a partitioned table with policies, read through the parent
SELECT * FROM calls
=> allowed

-- why: a partition without policies of its own, addressed directly
SELECT * FROM calls_2026
=> refused 42501 relation.rls_disabled: relation "public.calls_2026" does not have row-level security [ALTER TABLE public.calls_2026 ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: owned by the upstream role without FORCE
SELECT * FROM owned
=> refused 42501 relation.owner_not_forced: row-level security of relation "public.owned" is not forced on the upstream role, which owns it [ALTER TABLE public.owned FORCE ROW LEVEL SECURITY, or let another role own it.]

-- why: owned with FORCE
SELECT * FROM owned_forced
=> allowed

-- why: no policies at all means no rows
SELECT * FROM no_policies
=> allowed

-- why: a materialized view
SELECT * FROM mv
=> refused 42501 relation.kind_not_allowed: materialized view "public.mv" has no row-level security [Add public.mv to policy.allow_relations if all tenants may see it.]

-- why: a foreign table
SELECT * FROM ft
=> refused 42501 relation.kind_not_allowed: foreign table "public.ft" has no row-level security [Add public.ft to policy.allow_relations if all tenants may see it.]

-- why: a sequence as a relation
SELECT last_value FROM contacts_id_seq
=> refused 42501 relation.sequence: sequence "public.contacts_id_seq" may not be read as a relation [Use nextval or currval.]

-- why: a composite type is no relation to read
SELECT * FROM address
=> refused 42501 relation.kind_not_allowed: composite type "public.address" has no row-level security [Add public.address to policy.allow_relations if all tenants may see it.]

-- why: a temporary schema by name
SELECT * FROM pg_temp.contacts
=> refused 42501 relation.temporary: relation "pg_temp.contacts" is not reachable by name

-- why: a numbered temporary schema
SELECT * FROM pg_temp_3.contacts
=> refused 42501 relation.temporary: relation "pg_temp_3.contacts" is not reachable by name

-- why: a TOAST table
SELECT * FROM pg_toast.pg_toast_1
=> refused 42501 relation.temporary: relation "pg_toast.pg_toast_1" is not reachable by name

-- why: a table with rules may be read
SELECT * FROM ruled
=> allowed

-- why: but not written
INSERT INTO ruled (id) VALUES (1)
=> refused 42501 statement.rewrite_rules: relation "public.ruled" has rewrite rules and may not be written [Replace the rule by a trigger.]

-- why: ONLY
SELECT * FROM ONLY contacts
=> allowed

-- why: TABLE
TABLE norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: system columns
SELECT tableoid, ctid, xmin FROM contacts
=> allowed

-- why: FOR UPDATE OF names an alias, not a relation
SELECT * FROM contacts AS norls FOR UPDATE OF norls
=> allowed

-- why: FOR SHARE on a view
SELECT * FROM v_invoker FOR SHARE SKIP LOCKED
=> allowed

-- why: the right side of a join
SELECT * FROM contacts LEFT JOIN norls USING (id)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: nested joins
SELECT * FROM ((contacts JOIN campaigns ON true) JOIN norls ON true)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a set operation
SELECT id FROM contacts UNION ALL SELECT id FROM norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a set operation inside a set operation
(SELECT 1 EXCEPT SELECT 2) INTERSECT (SELECT 3 UNION SELECT id FROM norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: EXISTS
SELECT 1 WHERE EXISTS (SELECT FROM norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: IN (sub-select)
SELECT * FROM contacts WHERE id IN (SELECT id FROM norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: ARRAY(sub-select)
SELECT ARRAY(SELECT id FROM norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: LATERAL
SELECT * FROM contacts c, LATERAL (SELECT * FROM norls n WHERE n.id = c.id) x
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: LIMIT
SELECT 1 LIMIT (SELECT count(*) FROM norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: OFFSET
SELECT 1 OFFSET (SELECT count(*) FROM norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: FETCH FIRST
SELECT 1 FETCH FIRST (SELECT count(*) FROM norls) ROWS ONLY
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: ORDER BY
SELECT 1 ORDER BY (SELECT max(secret) FROM norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: GROUP BY
SELECT count(*) FROM contacts GROUP BY (SELECT max(secret) FROM norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: GROUPING SETS
SELECT count(*) FROM contacts GROUP BY GROUPING SETS ((), (name, (SELECT max(secret) FROM norls)))
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: HAVING
SELECT count(*) FROM contacts HAVING count(*) > (SELECT count(*) FROM norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: DISTINCT ON
SELECT DISTINCT ON ((SELECT max(secret) FROM norls)) id FROM contacts
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: WINDOW
SELECT sum(1) OVER w FROM contacts WINDOW w AS (PARTITION BY (SELECT max(secret) FROM norls))
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: OVER
SELECT sum(1) OVER (ORDER BY (SELECT max(secret) FROM norls)) FROM contacts
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a frame
SELECT sum(1) OVER (ORDER BY id ROWS (SELECT count(*) FROM norls) PRECEDING) FROM contacts
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: FILTER
SELECT max(name) FILTER (WHERE id IN (SELECT id FROM norls)) FROM contacts
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: ORDER BY in an aggregate
SELECT string_agg(name, ',' ORDER BY (SELECT max(secret) FROM norls)) FROM contacts
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: WITHIN GROUP
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY (SELECT count(*) FROM norls)) FROM contacts
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: VALUES
VALUES ((SELECT max(secret) FROM norls))
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: CASE
SELECT CASE WHEN EXISTS (TABLE norls) THEN 1 ELSE 2 END
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: COALESCE, GREATEST
SELECT COALESCE(NULL, GREATEST((SELECT max(secret) FROM norls)))
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: ROW
SELECT ROW(1, (SELECT max(secret) FROM norls))
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a subscript
SELECT (ARRAY[1,2])[(SELECT count(*) FROM norls)]
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a named argument
SELECT make_interval(days => (SELECT count(*)::int FROM norls))
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a sub-select of several columns in SET
UPDATE contacts SET (name, phone) = (SELECT secret, secret FROM norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: ROWS FROM
SELECT * FROM ROWS FROM (unnest(ARRAY(SELECT secret FROM norls)))
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: TABLESAMPLE of a protected table
SELECT * FROM contacts TABLESAMPLE bernoulli (10)
=> allowed

-- why: TABLESAMPLE with an argument that reads
SELECT g.* FROM contacts AS g TABLESAMPLE bernoulli ((SELECT 100 FROM norls LIMIT 1))
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: TABLESAMPLE … REPEATABLE
SELECT * FROM contacts TABLESAMPLE system (1) REPEATABLE ((SELECT count(*) FROM norls))
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: TABLESAMPLE of an unprotected table
SELECT * FROM norls TABLESAMPLE system (1)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a sampling method of an extension
SELECT * FROM contacts TABLESAMPLE system_rows (1)
=> refused 42501 tablesample.method: TABLESAMPLE is allowed with BERNOULLI and SYSTEM only

-- why: XMLTABLE
SELECT * FROM XMLTABLE('/a' PASSING xmlelement(name a, (SELECT max(secret) FROM norls)) COLUMNS v text PATH '.')
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: XMLTABLE, a default
SELECT * FROM XMLTABLE('/a' PASSING ('<a/>'::xml) COLUMNS v text PATH '.' DEFAULT (SELECT max(secret) FROM norls))
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: XML constructors
SELECT xmlforest((SELECT max(secret) FROM norls) AS a), xmlconcat(xmlcomment('x'))
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: XML attributes
SELECT xmlelement(name a, xmlattributes((SELECT max(secret) FROM norls) AS b))
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: XMLSERIALIZE
SELECT xmlserialize(content (SELECT max(secret)::xml FROM norls) AS text)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: COLLATE around a sub-select
SELECT (SELECT max(secret) FROM norls) COLLATE "C"
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: AT TIME ZONE
SELECT now() AT TIME ZONE (SELECT max(secret) FROM norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: BETWEEN
SELECT 1 WHERE 1 BETWEEN 0 AND (SELECT count(*) FROM norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: IS DISTINCT FROM
SELECT 1 IS DISTINCT FROM (SELECT count(*) FROM norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a row comparison
SELECT (1, 2) < ALL (SELECT id, id FROM norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a whole row
SELECT row_to_json(n) FROM norls n
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a whole row of a protected table
SELECT row_to_json(c), c FROM contacts c
=> allowed

-- why: generate_series
SELECT * FROM generate_series(1, 10) AS g(i), contacts
=> allowed

-- why: a column definition list
SELECT * FROM json_to_recordset('[]') AS x(a int, b mood)
=> allowed

-- why: a lock writes to the row, and the row is everybody's
SELECT name FROM plans FOR UPDATE
=> refused 42501 relation.shared_write: rows of relation "public.plans", which all tenants share, may not be locked [Leave FOR UPDATE or FOR SHARE out, or say OF which relations.]

-- why: the weakest lock blocks others, too
SELECT name FROM plans FOR KEY SHARE
=> refused 42501 relation.shared_write: rows of relation "public.plans", which all tenants share, may not be locked [Leave FOR UPDATE or FOR SHARE out, or say OF which relations.]

-- why: a lock reaches into a sub-select
SELECT * FROM (SELECT name FROM plans) p FOR SHARE
=> refused 42501 relation.shared_write: rows of relation "public.plans", which all tenants share, may not be locked [Leave FOR UPDATE or FOR SHARE out, or say OF which relations.]

-- why: OF says that only the tenant's own rows are locked
SELECT c.name FROM contacts c JOIN plans p ON true FOR UPDATE OF c
=> allowed

-- why: OF says that the shared rows are locked
SELECT c.name FROM contacts c JOIN plans p ON true FOR UPDATE OF c FOR SHARE OF p
=> refused 42501 relation.shared_write: rows of relation "public.plans", which all tenants share, may not be locked [Leave FOR UPDATE or FOR SHARE out, or say OF which relations.]

-- why: the tenant's own rows
SELECT name FROM contacts FOR UPDATE SKIP LOCKED
=> allowed

-- why: what \du asks
SELECT r.rolname, r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname !~ '^pg_' ORDER BY 1
=> allowed

-- why: settings stored for roles, secrets among them
SELECT rolconfig FROM pg_roles
=> refused 42501 catalog.not_allowed: column "rolconfig" of catalog relation "pg_catalog.pg_roles" is not readable by tenants: it holds settings stored for roles [Name the columns that you need.]

-- why: the same by a star
SELECT * FROM pg_roles
=> refused 42501 catalog.not_allowed: column "rolconfig" of catalog relation "pg_catalog.pg_roles" is not readable by tenants: it holds settings stored for roles [Name the columns that you need.]

-- why: the same by the command that is a star
TABLE pg_user
=> refused 42501 catalog.not_allowed: column "useconfig" of catalog relation "pg_catalog.pg_user" is not readable by tenants: it holds settings stored for roles [Name the columns that you need.]

-- why: the same by a whole row
SELECT row_to_json(r) FROM pg_roles r
=> refused 42501 catalog.not_allowed: column "rolconfig" of catalog relation "pg_catalog.pg_roles" is not readable by tenants: it holds settings stored for roles [Name the columns that you need.]

-- why: the same by the name of the relation
SELECT pg_roles::text FROM pg_roles
=> refused 42501 catalog.not_allowed: column "rolconfig" of catalog relation "pg_catalog.pg_roles" is not readable by tenants: it holds settings stored for roles [Name the columns that you need.]

-- why: the same under another name
SELECT i FROM pg_roles AS x(a, b, c, d, e, f, g, h, i, j, k, l, m)
=> refused 42501 catalog.not_allowed: column "rolconfig" of catalog relation "pg_catalog.pg_roles" is not readable by tenants: it holds settings stored for roles [Name the columns that you need.]

-- why: the same through the name of a join
SELECT j::text FROM (pg_roles JOIN pg_class ON true) AS j
=> refused 42501 catalog.not_allowed: column "rolconfig" of catalog relation "pg_catalog.pg_roles" is not readable by tenants: it holds settings stored for roles [Name the columns that you need.]

-- why: the same through a sub-select
SELECT s FROM (SELECT useconfig FROM pg_user) s
=> refused 42501 catalog.not_allowed: column "useconfig" of catalog relation "pg_catalog.pg_user" is not readable by tenants: it holds settings stored for roles [Name the columns that you need.]
