package proxy_test

import (
	"fmt"
	"strings"
	"testing"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// procedural are functions in PL/pgSQL that are judged by their bodies.
const procedural = `
CREATE FUNCTION pl_query() RETURNS SETOF uuid LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT org_id FROM contacts; END $$;
CREATE FUNCTION pl_loop(wanted uuid DEFAULT NULL) RETURNS SETOF uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
    r contacts%ROWTYPE;
    o contacts.org_id%TYPE;
BEGIN
    FOR r IN SELECT * FROM contacts c WHERE wanted IS NULL OR c.org_id = wanted LOOP
        o := r.org_id;
        RETURN NEXT o;
    END LOOP;
END $$;
CREATE FUNCTION pl_cursor() RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE
    c CURSOR (least text) FOR SELECT org_id FROM contacts WHERE email IS NOT DISTINCT FROM email AND coalesce(email, 'a') > least;
    d refcursor;
    o uuid;
BEGIN
    FOR r IN c (least := '') LOOP
        RETURN NEXT r.org_id;
    END LOOP;
    OPEN d FOR SELECT org_id FROM contacts;
    FETCH d INTO o;
    CLOSE d;
    ASSERT o IS NOT NULL;
END $$;
CREATE FUNCTION pl_nested() RETURNS SETOF uuid LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT * FROM pl_query() UNION ALL SELECT * FROM sql_over_pl(); END $$;
CREATE FUNCTION sql_over_pl() RETURNS SETOF uuid LANGUAGE sql AS 'SELECT pl_loop()';
CREATE FUNCTION pl_take_over() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint; one uuid;
BEGIN
    UPDATE contacts SET org_id = org_id;
    GET DIAGNOSTICS n = ROW_COUNT;
    SELECT org_id INTO STRICT one FROM contacts LIMIT 1;
    RETURN n;
EXCEPTION WHEN no_data_found OR SQLSTATE '23505' THEN
    RAISE NOTICE '% %', SQLERRM, SQLSTATE;
    RETURN -1;
END $$;
CREATE FUNCTION pl_down(n int) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN IF n = 0 THEN RETURN (SELECT count(*) FROM contacts); END IF; RETURN pl_down(n - 1); END $$;
CREATE PROCEDURE pl_touch() LANGUAGE plpgsql AS $$ BEGIN UPDATE contacts SET org_id = org_id; COMMIT; UPDATE contacts SET org_id = org_id; ROLLBACK; END $$;
CREATE FUNCTION pl_known(e text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN EXISTS (SELECT FROM public.contacts WHERE email = e); END $$;
CREATE DOMAIN pl_email AS text CHECK (pl_known(VALUE));

CREATE FUNCTION pl_staged() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN IF false THEN RETURN (SELECT count(*) FROM import_staging); END IF; RETURN 0; END $$;
CREATE FUNCTION pl_over_staged() RETURNS bigint LANGUAGE sql AS 'SELECT pl_staged()';
CREATE FUNCTION pl_dynamic(t text) RETURNS bigint LANGUAGE plpgsql AS $$ DECLARE n bigint; BEGIN EXECUTE 'SELECT count(*) FROM ' || t INTO n; RETURN n; END $$;
CREATE FUNCTION pl_context() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN SET LOCAL app.org_id = ''; RETURN 1; END $$;
CREATE FUNCTION pl_config() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('app.org_id', '', true); RETURN 1; END $$;
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.contacts AS SELECT * FROM contacts;
GRANT USAGE ON SCHEMA elsewhere TO PUBLIC;
GRANT SELECT ON elsewhere.contacts TO PUBLIC;
CREATE FUNCTION pl_elsewhere() RETURNS SETOF uuid LANGUAGE plpgsql SET search_path = elsewhere AS $$ BEGIN RETURN QUERY SELECT * FROM public.pl_query(); END $$;
`

// TestProceduralBodies calls functions in PL/pgSQL, as TestFunctionBodies those in SQL.
func TestProceduralBodies(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		testProceduralBodies(t, start(t, func(s *setup) { s.DB = server.NewDatabase(t, procedural) }))
	})
}

func testProceduralBodies(t *testing.T, f *fixture) {
	conn := f.Connect(t, demo.OrgA)
	own := f.DB.Query(t, "SELECT count(*) FROM contacts WHERE org_id = $1", demo.OrgA)[0][0]
	twice := f.DB.Query(t, "SELECT 2 * $1::int", own)[0][0]
	for sql, want := range map[string]string{
		"SELECT count(*), count(*) FILTER (WHERE f <> '" + demo.OrgA + "') FROM pl_query() f":  own + "|0",
		"SELECT count(*), count(*) FILTER (WHERE f <> '" + demo.OrgA + "') FROM pl_loop() f":   own + "|0",
		"SELECT count(*), count(*) FILTER (WHERE f <> '" + demo.OrgA + "') FROM pl_cursor() f": own + "|0",
		"SELECT count(*), count(*) FILTER (WHERE f <> '" + demo.OrgA + "') FROM pl_nested() f": twice + "|0",
		"SELECT count(*) FROM pl_loop('" + demo.OrgB + "')":                                    "0",
		"SELECT pl_take_over()": own,
		"SELECT pl_down(3)":     own,
		"SELECT (min(email)::pl_email)::text IS NULL FROM contacts": "f",
	} {
		if got := one(t, conn, sql); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
	query(t, conn, "CALL pl_touch()")
	if got := one(t, conn, "SELECT count(*) FROM contacts"); got != own {
		t.Errorf("after transactions in a procedure there are %s rows, want %s", got, own)
	}
	foreign := f.DB.Query(t, "SELECT email FROM contacts WHERE org_id = $1 AND email NOT IN (SELECT email FROM contacts WHERE org_id = $2 AND email IS NOT NULL) LIMIT 1", demo.OrgB, demo.OrgA)[0][0]
	_, err := tryQuery(t, conn, "SELECT '"+foreign+"'::pl_email")
	sqlstate(t, err, "23514")
	for sql, rule := range map[string]string{
		"SELECT pl_staged()":                       "relation.rls_disabled",
		"SELECT pl_over_staged()":                  "relation.rls_disabled",
		"SELECT pl_dynamic('contacts')":            "function.dynamic_sql",
		"SELECT pl_context()":                      "function.body",
		"SELECT pl_config()":                       "function.body",
		"SELECT pl_elsewhere()":                    "relation.schema_not_allowed",
		"DO $$ BEGIN NULL; END $$":                 "statement.do",
		"INSERT INTO contacts SELECT pl_dynamic()": "function.dynamic_sql",
	} {
		_, err := tryQuery(t, conn, sql)
		refused(t, err, rule)
	}
}

// TestProceduralBodyChange replaces a body in PL/pgSQL under a prepared statement (I6).
func TestProceduralBodyChange(t *testing.T) {
	f := start(t, func(s *setup) { s.DB = pgtest.Default(t).NewDatabase(t, procedural) })
	conn := f.Connect(t, demo.OrgA)
	if _, err := conn.Prepare(t.Context(), "p", "SELECT count(*) FROM pl_nested()", nil); err != nil {
		t.Fatal(err)
	}
	execute := func() error { return conn.ExecPrepared(t.Context(), "p", nil, nil, nil).Read().Err }
	replace := func(body string) {
		t.Helper()
		f.DB.Exec(t, "CREATE OR REPLACE FUNCTION pl_query() RETURNS SETOF uuid LANGUAGE plpgsql AS $$ BEGIN "+body+"; END $$")
		f.Refresh(t)
	}
	if err := execute(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ body, rule string }{
		{"RETURN QUERY SELECT org_id FROM elsewhere.contacts", "relation.schema_not_allowed"},
		{"RETURN QUERY EXECUTE 'SELECT org_id FROM contacts'", "function.dynamic_sql"},
		{"RETURN QUERY SELECT org_id FROM contacts; RESET ALL", "function.body"},
	} {
		replace(c.body)
		refused(t, execute(), c.rule)
	}
	replace("RETURN QUERY SELECT org_id FROM contacts")
	if err := execute(); err != nil {
		t.Errorf("after the body is a good one again: %v", err)
	}
}

// TestDo has blocks of DO, which policy.allow_do allows.
func TestDo(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		f := start(t, func(s *setup) { s.DB, s.Policy.AllowDo = server.NewDatabase(t, procedural), true })
		conn := f.Connect(t, demo.OrgA)
		own := f.DB.Query(t, "SELECT count(*) FROM contacts WHERE org_id = $1", demo.OrgA)[0][0]
		for sql, want := range map[string]string{
			`DO $$ DECLARE n int := 0; r record; BEGIN
				FOR r IN SELECT * FROM contacts LOOP n := n + 1; ASSERT r.org_id = '` + demo.OrgA + `'; END LOOP;
				RAISE 'counted %', n USING ERRCODE = 'TP001'; END $$`: own,
			`DO LANGUAGE plpgsql E'BEGIN\n RAISE \'counted %\', (SELECT count(*) FROM contacts) USING ERRCODE = \'TP001\'; END'`: own,
			`DO $$ DECLARE n int; BEGIN UPDATE contacts SET org_id = org_id; GET DIAGNOSTICS n = ROW_COUNT; COMMIT;
				RAISE 'counted %', n USING ERRCODE = 'TP001'; END $$`: own,
			`DO $$ BEGIN ROLLBACK; RAISE 'counted %', current_setting('app.org_id') USING ERRCODE = 'TP001'; END $$`: demo.OrgA,
		} {
			_, err := tryQuery(t, conn, sql)
			if e := sqlstate(t, err, "TP001"); e.Message != fmt.Sprint("counted ", want) {
				t.Errorf("%s\n%s, want %s", sql, e.Message, want)
			}
		}
		for sql, rule := range map[string]string{
			"DO $$ BEGIN PERFORM * FROM import_staging; END $$":                             "relation.rls_disabled",
			"DO E'BEGIN PERFORM * FROM \\x69mport_staging; END'":                            "relation.rls_disabled",
			"DO $$ BEGIN EXECUTE 'SET app.org_id = ''''';  END $$":                          "function.dynamic_sql",
			"DO $$ BEGIN SET app.org_id = ''; END $$":                                       "function.body",
			"DO $$ BEGIN PERFORM pl_staged(); END $$":                                       "relation.rls_disabled",
			"DO $$ BEGIN CREATE FUNCTION f() RETURNS int RETURN 1; END $$":                  "function.body",
			"DO LANGUAGE sql 'SELECT 1'":                                                    "statement.do",
			"BEGIN; DO $$ BEGIN PERFORM * FROM import_staging; END $$; COMMIT":              "relation.rls_disabled",
			"DO $$ BEGIN PERFORM 1; EXCEPTION WHEN others THEN PERFORM lo_creat(1); END $$": "function.never_allowed",
		} {
			_, err := tryQuery(t, conn, sql)
			refused(t, err, rule)
		}
		if got := one(t, conn, "SELECT current_setting('app.org_id')"); got != demo.OrgA {
			t.Errorf("in the end the context is %s", got)
		}
	})
}

// TestDoShowsNoDetail has a violation whose DETAIL quotes another org's row, and
// blocks that try to hand it on.
func TestDoShowsNoDetail(t *testing.T) {
	f := start(t, func(s *setup) {
		s.DB = pgtest.Default(t).NewDatabase(t, `CREATE TABLE codes (org_id uuid, code text UNIQUE);
			INSERT INTO codes VALUES ('`+demo.OrgB+`', 'secret-of-b');
			ALTER TABLE codes ENABLE ROW LEVEL SECURITY;
			CREATE POLICY own ON codes USING (org_id = nullif(current_setting('app.org_id', true), '')::uuid);
			GRANT ALL ON codes TO `+demo.AppRole+`;
			CREATE FUNCTION put(code text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$ INSERT INTO codes VALUES (NULL, code) $$`)
		s.Policy.AllowDo, s.Policy.AllowFunctions = true, append(s.Policy.AllowFunctions, "public.put")
	})
	conn := f.Connect(t, demo.OrgA)
	const violate = "PERFORM put('secret-' || 'of-b');"
	direct := f.DB.Connect(t, f.DB.App())
	if _, err := tryQuery(t, direct, "DO $$ BEGIN "+violate+" END $$"); !strings.Contains(pgError(t, err).Detail, "secret-of-b") {
		t.Fatalf("there is nothing to show: %v", err)
	}
	for block, rule := range map[string]string{
		"BEGIN " + violate + " END":                                   "",
		"BEGIN " + violate + " EXCEPTION WHEN others THEN RAISE; END": "",
		"BEGIN " + violate + " EXCEPTION WHEN others THEN RAISE SQLSTATE '22012' USING MESSAGE = SQLERRM; END":                                                             "",
		"DECLARE d text; BEGIN " + violate + " EXCEPTION WHEN others THEN GET STACKED DIAGNOSTICS d = PG_EXCEPTION_CONTEXT; RAISE SQLSTATE '22012' USING MESSAGE = d; END": "",
		"DECLARE d text; BEGIN " + violate + " EXCEPTION WHEN others THEN GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL; RAISE SQLSTATE '22012' USING MESSAGE = d; END":  "function.body",
	} {
		_, err := tryQuery(t, conn, "DO $$ "+block+" $$")
		e := pgError(t, err)
		if rule != "" {
			refused(t, err, rule)
			continue
		}
		if shown := fmt.Sprintf("%+v", e); strings.Contains(shown, "secret-of-b") {
			t.Errorf("%s shows %s", block, shown)
		}
	}
}
