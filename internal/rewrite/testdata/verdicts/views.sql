-- why: runs as its caller
SELECT * FROM v_invoker
=> allowed

-- why: runs as an owner that is subject to forced policies
SELECT * FROM v_forced
=> allowed

-- why: runs as an owner that may escape policies that are not forced
SELECT * FROM v_definer
=> refused 42501 view.runs_as_owner: view "public.v_definer" reads "public.unforced" as its owner, who is not subject to row-level security there [ALTER VIEW public.v_definer SET (security_invoker = true), or have a view owner without BYPASSRLS and ALTER TABLE public.unforced FORCE ROW LEVEL SECURITY.]

-- why: runs as a superuser
SELECT * FROM v_superuser
=> refused 42501 view.runs_as_owner: view "public.v_superuser" reads "public.contacts" as its owner, who is not subject to row-level security there [ALTER VIEW public.v_superuser SET (security_invoker = true), or have a view owner without BYPASSRLS and ALTER TABLE public.contacts FORCE ROW LEVEL SECURITY.]

-- why: reads a table without row-level security
SELECT * FROM v_norls
=> refused 42501 relation.rls_disabled: view "public.v_norls" is not allowed: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: runs as its caller over one that does not
SELECT * FROM v_over_definer
=> refused 42501 view.runs_as_owner: view "public.v_over_definer" is not allowed: view "public.v_definer" reads "public.unforced" as its owner, who is not subject to row-level security there [ALTER VIEW public.v_definer SET (security_invoker = true), or have a view owner without BYPASSRLS and ALTER TABLE public.unforced FORCE ROW LEVEL SECURITY.]

-- why: runs as its owner over one that runs as the caller
SELECT * FROM v_over_invoker
=> allowed

-- why: reads a shared table only
SELECT * FROM v_plans
=> allowed

-- why: and so may not be written
UPDATE v_plans SET name = 'x'
=> refused 42501 relation.shared_write: relation "public.v_plans" is shared by all tenants and may only be read [ALTER TABLE public.v_plans ENABLE ROW LEVEL SECURITY and give it a policy for what tenants may write.]

-- why: hides an unprotected table in a sub-select
SELECT * FROM v_sublink
=> refused 42501 relation.rls_disabled: view "public.v_sublink" is not allowed: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a CTE in a view
SELECT * FROM v_cte
=> allowed

-- why: reads readable catalogs
SELECT * FROM v_catalog
=> allowed

-- why: reads other sessions' queries
SELECT * FROM v_activity
=> refused 42501 catalog.not_allowed: view "public.v_activity" is not allowed: catalog relation "pg_catalog.pg_stat_activity" is not readable by tenants: it shows other sessions' activity or samples of all tenants' rows [Add pg_catalog.pg_stat_activity to policy.allow_relations if all tenants may see it.]

-- why: names itself by way of another
SELECT * FROM v_loop_a
=> refused 42501 view.not_analysed: view "public.v_loop_b" is not allowed: view "public.v_loop_a" is not allowed: its definition names itself [Add public.v_loop_a to policy.allow_relations if all tenants may see it.]

-- why: calls a user function
SELECT * FROM v_function
=> refused 42501 function.user_defined: view "public.v_function" is not allowed: function "auth.jwt" is not a built-in and has not been allowed [Add auth.jwt to policy.allow_functions if tenants may call it.]

-- why: its definition does not parse
SELECT * FROM v_broken
=> refused 42501 view.not_analysed: view "public.v_broken" is not allowed: its definition could not be read [Add public.v_broken to policy.allow_relations if all tenants may see it.]

-- why: reads the tenant's own setting
SELECT * FROM v_own_org
=> allowed

-- why: publishes a protected table of a private schema
SELECT * FROM v_private
=> allowed

-- why: written through
INSERT INTO v_invoker (name) VALUES ('x')
=> allowed

-- why: written through an unprotected one
DELETE FROM v_norls
=> refused 42501 relation.rls_disabled: view "public.v_norls" is not allowed: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a view of settings that may be read may not be written: an UPDATE is a SET
UPDATE v_own_settings SET setting = 'off'
=> refused 42501 catalog.write: view "public.v_own_settings" shows pg_settings and may not be written [Use SET.]

-- why: nor through another view
UPDATE v_over_settings SET setting = 'off'
=> refused 42501 catalog.write: view "public.v_over_settings" shows pg_settings and may not be written [Use SET.]

-- why: and it may be read
SELECT setting FROM v_own_settings
=> allowed

-- with: superuser

-- why: no policy holds for a superuser
SELECT * FROM contacts
=> refused 42501 relation.role_bypasses_rls: row-level security of relation "public.contacts" does not apply to the upstream role [Connect upstream with a role that has neither SUPERUSER nor BYPASSRLS.]

-- why: nor below a view that runs as its caller
SELECT * FROM v_invoker
=> refused 42501 relation.role_bypasses_rls: view "public.v_invoker" is not allowed: row-level security of relation "public.contacts" does not apply to the upstream role [Connect upstream with a role that has neither SUPERUSER nor BYPASSRLS.]

-- with: generous

-- why: a private schema through allow_relations
SELECT * FROM private.hidden
=> allowed

-- why: a materialized view through allow_relations
SELECT * FROM mv
=> allowed

-- why: a function of a view through allow_functions
SELECT * FROM v_function
=> allowed

-- why: a catalog through allow_relations
SELECT query FROM pg_stat_activity
=> allowed

-- why: a view over that catalog
SELECT * FROM v_activity
=> allowed

-- with: strict

-- why: without allow_relations the shared table is refused
SELECT * FROM plans
=> refused 42501 relation.rls_disabled: relation "public.plans" does not have row-level security [ALTER TABLE public.plans ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- with: schemas

-- why: a second schema on the path
SELECT * FROM daily
=> allowed

-- why: a schema without USAGE is skipped, as Postgres does
SELECT * FROM hidden
=> refused 42501 relation.unknown: relation "hidden" is not known [A relation of that name is in another schema: qualify it, or see policy.schemas.]; unknown
