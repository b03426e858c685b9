package proxy_test

import (
	"fmt"
	"strings"
	"testing"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// callable are functions in SQL of all the forms that are judged by their bodies.
const callable = `
CREATE FUNCTION contacts_of(wanted uuid DEFAULT nullif(current_setting('app.org_id', true), '')::uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE AS 'SELECT org_id FROM contacts WHERE org_id = wanted';
CREATE FUNCTION all_contacts() RETURNS SETOF uuid LANGUAGE sql AS 'SELECT org_id FROM contacts';
CREATE FUNCTION by_path() RETURNS SETOF uuid LANGUAGE sql SET search_path = public, pg_temp AS 'SELECT org_id FROM contacts';
CREATE FUNCTION atomic() RETURNS SETOF uuid LANGUAGE sql BEGIN ATOMIC SELECT org_id FROM contacts WHERE email IS NOT DISTINCT FROM email; END;
CREATE FUNCTION nested() RETURNS SETOF uuid LANGUAGE sql AS 'SELECT all_contacts() UNION ALL SELECT by_path()';
CREATE FUNCTION row_typed(c contacts) RETURNS uuid LANGUAGE sql AS 'SELECT c.org_id';
CREATE FUNCTION take_over() RETURNS bigint LANGUAGE sql AS
    $$ WITH u AS (UPDATE contacts SET org_id = org_id RETURNING 1) SELECT count(*) FROM u $$;
CREATE PROCEDURE touch() LANGUAGE sql AS 'UPDATE contacts SET org_id = org_id; SELECT count(*) FROM contacts';
CREATE VIEW calling AS SELECT all_contacts() AS org_id UNION ALL SELECT f FROM contacts_of() f;
CREATE VIEW over_calling WITH (security_barrier) AS SELECT count(*) FILTER (WHERE org_id IS NOT NULL) AS n FROM calling;
CREATE FUNCTION known(e text) RETURNS boolean LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM public.contacts WHERE email = e)';
CREATE DOMAIN known_email AS text CHECK (known(VALUE));
CREATE FUNCTION add_org(uuid[], uuid) RETURNS uuid[] LANGUAGE sql AS 'SELECT pg_catalog.array_append($1, c.org_id) FROM public.contacts c WHERE c.org_id = $2 LIMIT 1';
CREATE AGGREGATE orgs(uuid) (SFUNC = add_org, STYPE = uuid[], INITCOND = '{}');
CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT $1 = $2 AND EXISTS (SELECT FROM public.contacts WHERE email = $1)';
CREATE OPERATOR =~= (LEFTARG = text, RIGHTARG = text, FUNCTION = same);
CREATE TYPE counted AS ENUM ('contacts');
CREATE FUNCTION count_as(counted) RETURNS bigint LANGUAGE sql AS 'SELECT pg_catalog.count(*) FROM public.contacts';
CREATE CAST (counted AS bigint) WITH FUNCTION count_as AS IMPLICIT;
GRANT SELECT ON calling, over_calling TO PUBLIC;

CREATE FUNCTION staged() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM import_staging';
CREATE FUNCTION over_staged(n bigint DEFAULT staged()) RETURNS bigint LANGUAGE sql AS 'SELECT n';
CREATE FUNCTION atomic_staged() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM import_staging; END;
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.contacts AS SELECT * FROM contacts;
GRANT USAGE ON SCHEMA elsewhere TO PUBLIC;
GRANT SELECT ON elsewhere.contacts TO PUBLIC;
CREATE VIEW staging AS SELECT staged() AS n;
CREATE VIEW moved AS SELECT * FROM calling;
GRANT SELECT ON staging, moved TO PUBLIC;
CREATE FUNCTION moved_path() RETURNS SETOF uuid LANGUAGE sql SET search_path = elsewhere AS 'SELECT org_id FROM public.moved';
CREATE FUNCTION other_path() RETURNS SETOF uuid LANGUAGE sql SET search_path = elsewhere AS 'SELECT public.all_contacts()';
`

// TestFunctionBodies calls functions in SQL: those that read protected tables give
// rows of the caller's org, and the others are refused (I1).
func TestFunctionBodies(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		testFunctionBodies(t, start(t, func(s *setup) { s.DB = server.NewDatabase(t, callable) }))
	})
}

func testFunctionBodies(t *testing.T, f *fixture) {
	conn := f.Connect(t, demo.OrgA)
	own := f.DB.Query(t, "SELECT count(*) FROM contacts WHERE org_id = $1", demo.OrgA)[0][0]
	for _, call := range []string{"contacts_of()", "all_contacts()", "by_path()", "atomic()", "nested()"} {
		sql := fmt.Sprintf("SELECT count(*), count(*) FILTER (WHERE f <> '%s') FROM %s f", demo.OrgA, call)
		want := own + "|0"
		if call == "nested()" {
			want = f.DB.Query(t, "SELECT 2 * $1::int", own)[0][0] + "|0"
		}
		if got := one(t, conn, sql); got != want {
			t.Errorf("%s: %s, want %s", call, got, want)
		}
	}
	for sql, want := range map[string]string{
		"SELECT count(*) FROM contacts_of('" + demo.OrgB + "')": "0",
		"SELECT take_over()": own,
		"SELECT count(DISTINCT row_typed(c)) FROM contacts c":               "1",
		"SELECT count(DISTINCT c.row_typed) FROM contacts c":                "1",
		"SELECT count(*) FROM contacts c WHERE row_typed(c) <> c.org_id":    "0",
		"SELECT count(*) FROM contacts_of(wanted => '" + demo.OrgB + "') x": "0",
	} {
		if got := one(t, conn, sql); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
	query(t, conn, "CALL touch()")
	// Functions run as the client below views too, whose owner is a superuser here.
	twice := f.DB.Query(t, "SELECT 2 * $1::int", own)[0][0]
	for sql, want := range map[string]string{
		"SELECT count(*) FROM calling":                                             twice,
		"SELECT count(*) FROM calling WHERE org_id <> '" + demo.OrgA + "'":         "0",
		"SELECT n FROM over_calling":                                               twice,
		"SELECT (min(email)::known_email)::text IS NULL FROM contacts":             "f",
		"SELECT orgs(id) FROM organizations":                                       "{" + demo.OrgA + "}",
		"SELECT bool_and(email =~= email) FROM contacts WHERE email IS NOT NULL":   "t",
		"SELECT 0 + 'contacts'::counted":                                           own,
		"SELECT count(*) FROM contacts WHERE 'contacts'::counted::bigint = " + own: own,
		"SELECT orgs(o) FROM (VALUES (NULL::uuid)) v (o) WHERE false":              "{}",
	} {
		if got := one(t, conn, sql); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
	foreign := f.DB.Query(t, "SELECT email FROM contacts WHERE org_id = $1 AND email NOT IN (SELECT email FROM contacts WHERE org_id = $2 AND email IS NOT NULL) LIMIT 1", demo.OrgB, demo.OrgA)[0][0]
	_, err := tryQuery(t, conn, "SELECT '"+foreign+"'::known_email")
	sqlstate(t, err, "23514")
	for sql, rule := range map[string]string{
		"SELECT staged()":                                 "relation.rls_disabled",
		"SELECT over_staged()":                            "relation.rls_disabled",
		"SELECT over_staged(1)":                           "relation.rls_disabled",
		"SELECT atomic_staged()":                          "relation.rls_disabled",
		"SELECT other_path()":                             "relation.schema_not_allowed",
		"SELECT moved_path()":                             "view.not_analysed",
		"UPDATE contacts SET email = staged()::text":      "relation.rls_disabled",
		"SELECT 1 FROM contacts ORDER BY over_staged()":   "relation.rls_disabled",
		"PREPARE p AS SELECT staged()":                    "relation.rls_disabled",
		"DECLARE c CURSOR FOR SELECT * FROM other_path()": "relation.schema_not_allowed",
	} {
		_, err := tryQuery(t, conn, sql)
		refused(t, err, rule)
		if e := pgError(t, err); !strings.HasPrefix(e.Message, `function "public.`) || !strings.Contains(e.Message, `" is not allowed: `) {
			t.Errorf("%s: %s", sql, e.Message)
		}
	}
}

// TestFunctionsBelow refuses what runs functions that do not pass, without their
// being named.
func TestFunctionsBelow(t *testing.T) {
	f := start(t, func(s *setup) {
		s.DB = pgtest.Default(t).NewDatabase(t, callable, `
CREATE FUNCTION staged_email(e text) RETURNS boolean LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM public.import_staging)';
CREATE DOMAIN staged_domain AS text CHECK (staged_email(VALUE))`)
	})
	conn := f.Connect(t, demo.OrgA)
	for sql, rule := range map[string]string{
		"SELECT n FROM staging":    "relation.rls_disabled",
		"SELECT ''::staged_domain": "type.not_allowed",
	} {
		_, err := tryQuery(t, conn, sql)
		refused(t, err, rule)
	}
	for _, c := range []struct{ change, sql, rule string }{
		{"FUNCTION known(e text) RETURNS boolean LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM public.import_staging)'",
			"SELECT ''::known_email", "type.not_allowed"},
		{"FUNCTION add_org(uuid[], uuid) RETURNS uuid[] LANGUAGE sql AS 'SELECT $1 FROM public.import_staging'",
			"SELECT orgs(id) FROM organizations", "function.user_defined"},
		{"FUNCTION same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT $1 = $2 FROM public.import_staging'",
			"SELECT count(*) FROM contacts WHERE email =~= 'x'", "operator.user_defined"},
		{"FUNCTION count_as(counted) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT pg_catalog.count(*) FROM public.contacts'",
			"SELECT 1", "cast.user_defined"},
	} {
		f.DB.Exec(t, "CREATE OR REPLACE "+c.change)
		f.Refresh(t)
		_, err := tryQuery(t, conn, c.sql)
		refused(t, err, c.rule)
	}
}

// TestFunctionBodyChange replaces the body of a function under a statement that is
// prepared: it does not run again until the body is one that may (I6).
func TestFunctionBodyChange(t *testing.T) {
	f := start(t, func(s *setup) { s.DB = pgtest.Default(t).NewDatabase(t, callable) })
	conn := f.Connect(t, demo.OrgA)
	if _, err := conn.Prepare(t.Context(), "p", "SELECT count(*) FROM nested()", nil); err != nil {
		t.Fatal(err)
	}
	query(t, conn, "PREPARE q AS SELECT count(*) FROM nested()")
	execute := func() error {
		return conn.ExecPrepared(t.Context(), "p", nil, nil, nil).Read().Err
	}
	replace := func(source string) {
		t.Helper()
		f.DB.Exec(t, "CREATE OR REPLACE FUNCTION all_contacts() RETURNS SETOF uuid LANGUAGE sql AS '"+source+"'")
		f.Refresh(t)
	}
	const good, bad = "SELECT org_id FROM contacts", "SELECT org_id FROM elsewhere.contacts"
	if err := execute(); err != nil {
		t.Fatal(err)
	}
	replace(bad)
	err := execute()
	refused(t, err, "relation.schema_not_allowed")
	const want = `function "public.nested" is not allowed: function "public.all_contacts" is not allowed: schema of relation "elsewhere.contacts" `
	if e := pgError(t, err); !strings.HasPrefix(e.Message, want) {
		t.Errorf("the reason inside: %s", e.Message)
	}
	_, err = tryQuery(t, conn, "EXECUTE q")
	refused(t, err, "relation.schema_not_allowed")
	replace(good)
	if err := execute(); err != nil {
		t.Errorf("after the body is a good one again: %v", err)
	}
	f.DB.Exec(t, "ALTER FUNCTION all_contacts() SECURITY DEFINER")
	f.Refresh(t)
	refused(t, execute(), "function.security_definer")
	f.DB.Exec(t, "ALTER FUNCTION all_contacts() SECURITY INVOKER SET search_path = elsewhere")
	f.Refresh(t)
	refused(t, execute(), "relation.schema_not_allowed")
}
