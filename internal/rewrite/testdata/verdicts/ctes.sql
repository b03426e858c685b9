-- why: a CTE hides a table of its name
WITH norls AS (SELECT 1 AS id) SELECT * FROM norls
=> allowed

-- why: but not when qualified
WITH norls AS (SELECT 1) SELECT * FROM public.norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: nor outside its query
SELECT * FROM (WITH norls AS (SELECT 1) SELECT 1) x, norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a plain WITH does not see itself
WITH norls AS (SELECT * FROM norls) SELECT * FROM norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: nor what comes later
WITH a AS (SELECT secret FROM norls), norls AS (SELECT 1) SELECT * FROM a
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: the third form of it
WITH a AS (TABLE norls), norls AS (SELECT 1) SELECT 1
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: it sees what comes before
WITH norls AS (SELECT 1 AS id), a AS (SELECT * FROM norls) SELECT * FROM a
=> allowed

-- why: WITH RECURSIVE sees itself
WITH RECURSIVE norls AS (SELECT 1 AS id UNION ALL SELECT id + 1 FROM norls WHERE id < 5) SELECT * FROM norls
=> allowed

-- why: WITH RECURSIVE sees what comes later
WITH RECURSIVE a AS (SELECT * FROM norls), norls AS (SELECT 1) SELECT * FROM a
=> allowed

-- why: a sub-select sees the CTE around it
WITH norls AS (SELECT 1 AS id) SELECT * FROM contacts WHERE id IN (SELECT id FROM norls)
=> allowed

-- why: a nested WITH hides only inside
WITH a AS (WITH norls AS (SELECT 1) SELECT * FROM norls) SELECT * FROM a
=> allowed

-- why: a nested WITH ends
WITH a AS (WITH norls AS (SELECT 1) SELECT * FROM norls) SELECT * FROM norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: an arm of a set operation
(WITH norls AS (SELECT 1) SELECT * FROM norls) UNION SELECT id FROM norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a set operation as a whole
WITH norls AS (SELECT 1) SELECT * FROM norls UNION SELECT * FROM norls
=> allowed

-- why: DML in a CTE
WITH d AS (DELETE FROM norls RETURNING secret) SELECT * FROM d
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: DML in a CTE on a protected table
WITH d AS (DELETE FROM contacts WHERE id = 1 RETURNING name) SELECT * FROM d
=> allowed

-- why: a CTE is no target of DML
WITH norls AS (SELECT 1) DELETE FROM norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: nor of INSERT
WITH norls AS (SELECT 1) INSERT INTO norls SELECT 1
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: INSERT … SELECT reads the outer CTE
WITH norls AS (SELECT 'x' AS n) INSERT INTO contacts (name) SELECT n FROM norls
=> allowed

-- why: INSERT with a WITH on its SELECT
INSERT INTO contacts (name) WITH norls AS (SELECT 'x' AS n) SELECT n FROM norls
=> allowed

-- why: UPDATE … FROM a CTE
WITH norls AS (SELECT 1 AS id) UPDATE contacts SET name = 'x' FROM norls WHERE contacts.id = norls.id
=> allowed

-- why: RETURNING sees it too
WITH norls AS (SELECT 1 AS id) DELETE FROM contacts RETURNING (SELECT id FROM norls)
=> allowed

-- why: MERGE using a CTE
WITH norls AS (SELECT 1 AS id) MERGE INTO contacts c USING norls n ON c.id = n.id WHEN MATCHED THEN DELETE
=> allowed

-- why: names are compared as they are
WITH "Norls" AS (SELECT 1) SELECT * FROM norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: SEARCH
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM t WHERE id < 3) SEARCH DEPTH FIRST BY id SET ord SELECT * FROM t
=> allowed

-- why: CYCLE with a value that reads
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM t WHERE id < 3) CYCLE id SET c TO 'a' DEFAULT 'b' USING p SELECT * FROM t, norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]
