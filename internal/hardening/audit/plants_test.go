package audit_test

// sound is a schema without a fault, beside which each plant has one.
const sound = `SET client_min_messages = warning;
		DO $$ DECLARE f regprocedure; BEGIN FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND ( proname ~ '^(query|table|schema|database|cursor)_to_xml' OR proname ~ '^lo_(open|creat|from_bytea|get|put|unlink|truncate)' OR proname IN ('ts_stat', 'ts_rewrite', 'pg_cancel_backend', 'pg_terminate_backend', 'loread', 'lowrite', 'pg_logical_emit_message')) LOOP EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f); END LOOP; END $$;
		DO $$ BEGIN
			IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'story_app') THEN CREATE ROLE story_app LOGIN; END IF;
			EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
		END $$;
		REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO story_app;
		CREATE TABLE organizations (id uuid PRIMARY KEY);
		ALTER TABLE organizations ENABLE ROW LEVEL SECURITY; ALTER TABLE organizations FORCE ROW LEVEL SECURITY;
		CREATE TABLE "Big ""T" (org_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE, id uuid NOT NULL DEFAULT gen_random_uuid(), body text, PRIMARY KEY (org_id, id));
		ALTER TABLE "Big ""T" ENABLE ROW LEVEL SECURITY; ALTER TABLE "Big ""T" FORCE ROW LEVEL SECURITY;
		GRANT SELECT, INSERT, UPDATE, DELETE ON "Big ""T" TO story_app;
		ALTER TABLE "Big ""T" RENAME TO t;`

const tied = `CREATE POLICY p ON t USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid));`

// members is a table that policies look up.
const members = `CREATE TABLE members (org_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE, sub text, PRIMARY KEY (org_id, sub)); ALTER TABLE members ENABLE ROW LEVEL SECURITY; ALTER TABLE members FORCE ROW LEVEL SECURITY;
		CREATE POLICY own ON members USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid));`

type plant struct {
	name, sql string
	want      []string
}

func plants() []plant {
	return []plant{
		{"sound", tied, nil},
		{"quoted names", tied + `ALTER TABLE t RENAME TO "Big ""T"; ALTER TABLE "Big ""T" NO FORCE ROW LEVEL SECURITY`, []string{`T-FORCE public."Big ""T"`}},
		{"missing WITH CHECK is no fault", `CREATE POLICY p ON t FOR UPDATE USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid));`, nil},
		{"true", tied + `CREATE POLICY q ON t FOR SELECT USING (true)`, []string{"P-TRUE public.t.q"}},
		{"or true", `CREATE POLICY q ON t USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid) OR 1 = 1)`, []string{"P-TRUE public.t.q"}},
		{"nothing ties", `CREATE POLICY q ON t FOR SELECT USING (body = 'public')`, []string{"T-CMD public.t.q"}},
		{"floor ties", `CREATE POLICY q ON t FOR SELECT USING (body = 'public');
			CREATE POLICY f ON t AS RESTRICTIVE USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid))`, nil},
		{"open without context", `CREATE POLICY q ON t USING (current_setting('app.org_id', true) IS NULL OR org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid))`,
			[]string{"P-NULLOPEN public.t.q", "P-PERF public.t.q", "T-CMD public.t.q"}},
		{"a default within a term that ties", `CREATE POLICY q ON t USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid) AND coalesce(body <> current_setting('app.org_id', true), true))`, []string{"P-PERF public.t.q"}},
		{"another setting", `CREATE POLICY q ON t USING (org_id = (SELECT nullif(current_setting('my.org', true), '')::uuid))`, []string{"P-GUC public.t.q", "T-CMD public.t.q"}},
		{"user metadata", `CREATE POLICY q ON t USING (org_id = (SELECT (current_setting('request.jwt.claims', true)::jsonb -> 'user_metadata' ->> 'org')::uuid))`, []string{"P-META public.t.q"}},
		{"restrictive for a role", tied + `CREATE POLICY q ON t AS RESTRICTIVE TO story_app USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid))`, []string{"P-ROLE public.t.q"}},
		{"helper", `CREATE FUNCTION org() RETURNS uuid LANGUAGE sql IMMUTABLE AS $$SELECT current_setting('app.org_id')::uuid$$; CREATE POLICY q ON t USING (org_id = (SELECT org()))`, []string{"P-FN public.org()"}},
		{"lookup without protection", `CREATE TABLE members (org_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE, sub text, PRIMARY KEY (org_id, sub)); GRANT INSERT, SELECT ON members TO story_app;
			CREATE POLICY q ON t USING (org_id IN (SELECT m.org_id FROM members m WHERE m.sub = current_setting('app.org_id')))`, []string{"P-REL public.t.q on public.members", "T-CMD public.t.q", "T-OFF public.members"}},
		{"lookup in a table that the app writes", members + `GRANT INSERT, SELECT ON members TO story_app;
			CREATE POLICY q ON t USING (org_id IN (SELECT m.org_id FROM members m WHERE m.sub = current_setting('app.org_id')))`, []string{"P-REL public.t.q on public.members", "T-CMD public.t.q"}},
		{"lookup above a floor", members + tied + `GRANT INSERT, SELECT ON members TO story_app;
			CREATE POLICY f ON t AS RESTRICTIVE USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid));
			CREATE POLICY q ON t USING (org_id IN (SELECT m.org_id FROM members m WHERE m.sub = current_setting('app.org_id')))`, nil},
		{"lookup beside a term that ties", members + `GRANT INSERT, SELECT ON members TO story_app;
			CREATE POLICY q ON t USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid) AND body IN (SELECT m.sub FROM members m))`, nil},
		{"lookup in a table of others", members + `GRANT SELECT ON members TO story_app; CREATE POLICY q ON t USING (org_id IN (SELECT m.org_id FROM members m))`, []string{"T-CMD public.t.q"}},
		{"helper with a path", tied + `CREATE FUNCTION org() RETURNS uuid LANGUAGE sql STABLE SET search_path = pg_catalog, public AS $$SELECT current_setting('app.org_id')::uuid$$; CREATE POLICY q ON t USING (org_id = (SELECT org()))`, []string{"P-FN public.org()"}},
		{"helper with a sound path", tied + `CREATE FUNCTION org() RETURNS uuid LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$SELECT current_setting('app.org_id')::uuid$$; CREATE POLICY q ON t USING (org_id = (SELECT org()))`, nil},
		{"helper with a path of the app", tied + `CREATE SCHEMA app; GRANT CREATE ON SCHEMA app TO story_app; CREATE FUNCTION org() RETURNS uuid LANGUAGE sql STABLE SET search_path = app, pg_temp AS $$SELECT current_setting('app.org_id')::uuid$$;
			CREATE POLICY q ON t USING (org_id = (SELECT org()))`, []string{"G-PRIV schema app", "P-FN public.org()"}},
		{"definer with a path of its caller", tied + `CREATE FUNCTION d() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = "$user", pg_temp AS 'SELECT 1'; REVOKE EXECUTE ON FUNCTION d() FROM PUBLIC`, []string{"S-PATH public.d()"}},
		{"cross key", tied + `ALTER TABLE t ADD UNIQUE (id); CREATE TABLE c (org_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE, id int, t uuid REFERENCES t (id), PRIMARY KEY (org_id, id));
			ALTER TABLE c ENABLE ROW LEVEL SECURITY; ALTER TABLE c FORCE ROW LEVEL SECURITY;
			INSERT INTO organizations VALUES ('11111111-1111-4111-8111-111111111111'), ('22222222-2222-4222-8222-222222222222');
			INSERT INTO t (org_id, id) VALUES ('11111111-1111-4111-8111-111111111111', '33333333-3333-4333-8333-333333333333');
			INSERT INTO c VALUES ('22222222-2222-4222-8222-222222222222', 1, '33333333-3333-4333-8333-333333333333')`,
			[]string{"D-XREF public.c.c_t_fkey", "I-UNIQ public.t.t_id_key", "I-XFK public.c.c_t_fkey"}},
		{"privileges", tied + `GRANT TRUNCATE, TRIGGER ON t TO story_app; GRANT CREATE ON SCHEMA public TO story_app`, []string{"G-PRIV public.t", "G-PRIV schema public"}},
		{"materialized view", tied + `CREATE MATERIALIZED VIEW m AS SELECT * FROM t; GRANT SELECT ON m TO story_app`, []string{"T-KIND public.m"}},
		{"tampering", tied + `CREATE PROCEDURE become(o text) LANGUAGE plpgsql AS $$BEGIN PERFORM set_config('app.org_id', o, false); END$$`, []string{"S-TAMPER public.become(IN o text)"}},
		{"tampering by SET", tied + `CREATE FUNCTION become() RETURNS void LANGUAGE sql AS $$SET LOCAL "request" . jwt."claims" = '{}'$$`, []string{"S-TAMPER public.become()"}},
		{"setting another", tied + `CREATE FUNCTION zone() RETURNS void LANGUAGE sql AS $$SET LOCAL app.zone = 'x'$$`, nil},
		{"key off", tied + `ALTER TABLE t DISABLE TRIGGER ALL`, []string{"C-FK public.t"}},
		{"wrong type, no column", tied + `CREATE TABLE w (org_id text NOT NULL, PRIMARY KEY (org_id)); ALTER TABLE w ENABLE ROW LEVEL SECURITY; ALTER TABLE w FORCE ROW LEVEL SECURITY;
			CREATE TABLE x (); ALTER TABLE x ENABLE ROW LEVEL SECURITY; ALTER TABLE x FORCE ROW LEVEL SECURITY`, []string{"C-COL public.w", "C-COL public.x", "C-FK public.w"}},
		{"open for any org", `INSERT INTO organizations VALUES ('11111111-1111-4111-8111-111111111111'); INSERT INTO t SELECT id FROM organizations;
			CREATE POLICY q ON t USING (current_setting('app.org_id') <> '' AND length(current_setting('app.org_id')) > 10)`,
			[]string{"P-PERF public.t.q", "P-TRUE public.t probed", "T-CMD public.t.q"}},
		{"open without an org", `INSERT INTO organizations VALUES ('11111111-1111-4111-8111-111111111111'); INSERT INTO t SELECT id FROM organizations;
			CREATE POLICY q ON t USING (length((SELECT current_setting('app.org_id', true))) IS DISTINCT FROM 32)`,
			[]string{"P-NULLOPEN public.t probed", "P-PERF public.t.q", "T-CMD public.t.q"}},
		{"open while the setting is unset", `INSERT INTO organizations VALUES ('11111111-1111-4111-8111-111111111111'); INSERT INTO t SELECT id FROM organizations;
			CREATE POLICY q ON t USING (length((SELECT current_setting('app.org_id', true))) IS NULL)`,
			[]string{"P-NULLOPEN public.t probed", "P-PERF public.t.q", "T-CMD public.t.q"}},
		{"secret", tied + `CREATE FUNCTION mint() RETURNS text LANGUAGE sql AS $$SELECT md5('a' || 'jwt_secret') -- jwt_secret = 'abcdefghijk'
			$$`, []string{"C-SECRET public.mint()"}},
		{"definer without a path", tied + `CREATE FUNCTION d() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; REVOKE EXECUTE ON FUNCTION d() FROM PUBLIC`, []string{"S-PATH public.d()"}},
		{"leakproof", tied + `CREATE FUNCTION l(int) RETURNS boolean LANGUAGE sql LEAKPROOF AS 'SELECT true'`, []string{"S-LEAK public.l(integer)"}},
		{"code without a name", tied + `CREATE FUNCTION f(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1'; CREATE AGGREGATE a(text) (SFUNC = f, STYPE = text);
			CREATE OPERATOR ### (LEFTARG = text, RIGHTARG = text, FUNCTION = f);
			CREATE TYPE pair AS (x int); CREATE FUNCTION c(pair) RETURNS text LANGUAGE sql AS 'SELECT ''x''::text'; CREATE CAST (pair AS text) WITH FUNCTION c(pair);
			CREATE RULE r AS ON DELETE TO t DO ALSO SELECT 1;
			CREATE FUNCTION tr() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tr()`,
			[]string{"O-CODE aggregate public.a(text)", "O-CODE cast from public.pair to text", "O-CODE operator public.###(text,text)", "O-CODE public.t.g", "O-CODE rule r on table public.t"}},
		{"current user", `CREATE POLICY q ON t USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid) AND body = CURRENT_USER)`, []string{"P-USER public.t.q"}},
		{"pattern", `CREATE POLICY q ON t USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid) AND body LIKE 'x%')`, []string{"P-LIKE public.t.q"}},
		{"pattern of the org", `CREATE POLICY q ON t USING (org_id::text LIKE (SELECT current_setting('app.org_id')))`, []string{"P-LIKE public.t.q", "T-CMD public.t.q"}},
		{"built-in", tied + `GRANT EXECUTE ON FUNCTION pg_read_file(text) TO story_app`, []string{"G-FN pg_catalog.pg_read_file(text)"}},
		{"built-ins of PUBLIC", tied + `GRANT EXECUTE ON FUNCTION query_to_xml(text, boolean, boolean, text), ts_stat(text), ts_rewrite(tsquery, tsquery, tsquery), lo_get(oid) TO PUBLIC; GRANT EXECUTE ON FUNCTION pg_terminate_backend(int, bigint) TO story_app`,
			[]string{"G-FN built-ins that run SQL text", "G-FN built-ins that reach other sessions", "G-FN built-ins that use large objects"}},
		{"built-ins that cannot be a fault", tied + `GRANT EXECUTE ON FUNCTION ts_rewrite(tsquery, tsquery, tsquery) TO PUBLIC`, nil},
		{"surroundings", tied + `CREATE PUBLICATION "Pub" FOR TABLE t; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER "S" FOREIGN DATA WRAPPER w; SELECT lo_create(0)`,
			[]string{`X-ENV publication "Pub"`, `X-ENV server "S"`, "X-ENV large objects"}},
		{"inheritance", tied + `CREATE TABLE child () INHERITS (t); GRANT SELECT ON child TO story_app`, []string{"C-FK public.child", "C-IDX public.child", "T-CHILD public.child"}},
		{"inheritance, protected", tied + `CREATE TABLE child (PRIMARY KEY (org_id, id), FOREIGN KEY (org_id) REFERENCES organizations ON DELETE CASCADE) INHERITS (t);
			ALTER TABLE child ENABLE ROW LEVEL SECURITY; ALTER TABLE child FORCE ROW LEVEL SECURITY`, nil},
		{"a policy without an expression", tied + `CREATE POLICY q ON t AS RESTRICTIVE; CREATE POLICY r ON t FOR SELECT`, nil},
	}
}
