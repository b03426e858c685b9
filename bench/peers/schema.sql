-- pgbench's tables, as a schema that many organizations share has them: the
-- tenant column, row-level security forced, and a policy that reads the setting.
-- bench_tenant is the proxy's upstream role, which gets the setting from the
-- proxy; bench_app has it stored, for those that inject none.
CREATE ROLE bench_tenant LOGIN PASSWORD 'bench';
CREATE ROLE bench_app LOGIN PASSWORD 'bench';
ALTER ROLE bench_app SET app.org_id = 'aaaaaaaa-0000-0000-0000-000000000001';

ALTER TABLE pgbench_accounts ADD COLUMN org_id uuid NOT NULL DEFAULT 'aaaaaaaa-0000-0000-0000-000000000001';
ALTER TABLE pgbench_branches ADD COLUMN org_id uuid NOT NULL DEFAULT 'aaaaaaaa-0000-0000-0000-000000000001';
ALTER TABLE pgbench_tellers ADD COLUMN org_id uuid NOT NULL DEFAULT 'aaaaaaaa-0000-0000-0000-000000000001';
ALTER TABLE pgbench_history ADD COLUMN org_id uuid NOT NULL DEFAULT (nullif(current_setting('app.org_id', true), '')::uuid);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['accounts', 'branches', 'tellers', 'history'] LOOP
        EXECUTE format('ALTER TABLE pgbench_%s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($p$CREATE POLICY own_org ON pgbench_%s
            USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid))$p$, name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON pgbench_%s TO bench_tenant, bench_app', name);
    END LOOP;
END
$$;
