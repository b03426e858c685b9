package audit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tenantproxy/internal/hardening/audit"
	"tenantproxy/internal/hardening/schema"
	"tenantproxy/internal/pgtest"
)

// TestOpenWithoutContext has a policy for each expression: P-NULLOPEN reports those
// that are true because there is no context, and no others.
func TestOpenWithoutContext(t *testing.T) {
	const helpers = `
		CREATE FUNCTION org() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT nullif(current_setting(''app.org_id'', true), '''')::uuid';
		CREATE FUNCTION jwt() RETURNS jsonb LANGUAGE sql STABLE AS $f$SELECT coalesce(nullif(current_setting('request.jwt.claims', true), '')::jsonb, '{}'::jsonb)$f$;
		CREATE FUNCTION is_worker() RETURNS boolean LANGUAGE sql STABLE AS 'SELECT coalesce(current_setting(''app.org_id'', true), '''') = ''''';`
	const org, tie = "current_setting('app.org_id', true)", "org_id = nullif(current_setting('app.org_id', true), '')::uuid"
	type expression struct {
		expr string
		open bool
	}
	var list []expression
	for _, e := range []string{
		"ORG IS NULL", "ORG IS NULL OR TIE", "TIE OR ORG = ''", "(SELECT ORG) IS NULL OR TIE", "coalesce(TIE, true)", "COALESCE(nullif(ORG, '') = body, true)", "(TIE) IS NOT FALSE", "NOT (ORG IS NOT NULL)",
		"nullif(ORG, '') IS NULL", "coalesce(ORG, '') = ''", "ORG IS NOT DISTINCT FROM ''", "org() IS NULL", "(SELECT org()) IS NULL OR org_id = org()", "(jwt() ->> 'org') IS NULL", "is_worker()", "is_worker() OR TIE",
		"body = 'x' AND ORG IS NULL", "(body = 'x' AND ORG IS NULL) OR TIE", "(TIE) IS NULL", "(TIE) IS UNKNOWN", "coalesce(ORG, 'none') = 'none'", "current_setting('app.org_id') = ''",
		"(current_setting('request.jwt.claims', true)::jsonb ->> 'role') IS DISTINCT FROM 'user'", "NOT (jwt() ? 'org')", "ORG IS NULL AND ORG IS NULL",
		"ORG IS NOT NULL", // an empty one is not NULL
	} {
		list = append(list, expression{e, true})
	}
	for _, e := range []string{
		"TIE", "TIE AND coalesce(body = ORG, true)", "TIE AND ORG IS NULL", "coalesce(TIE, false)", "(TIE) IS TRUE", "ORG IS NOT NULL AND TIE", "org_id = org()", "org_id = coalesce(org(), org_id)",
		"org_id IS NOT DISTINCT FROM org()", "current_setting('app.org_id') IS NULL", "true", "body = 'x'", "body IS NULL", "coalesce(body = 'x', true)", "ORG = 'x'", "ORG <> ''", "current_setting('app.other', true) IS NULL",
		"(ORG IS NULL) = false", "ORG IS NULL AND false", "ORG IS NULL AND ORG <> ''", "(jwt() ->> 'org')::uuid = org_id", "NOT is_worker()", "body = (ORG || 'x')", "nullif(ORG, '')::uuid::text = ''",
		"'org IS NULL' = ORG", "body = 'COALESCE(x, true)'",
	} {
		list = append(list, expression{e, false})
	}
	sql := sound + helpers + "CREATE POLICY p ON t USING (true);"
	for i, e := range list {
		expr := strings.NewReplacer("ORG", org, "TIE", tie).Replace(e.expr)
		sql += fmt.Sprintf("CREATE POLICY p%d ON t USING (%s);", i, expr)
	}
	db := pgtest.Default(t).NewEmptyDatabase(t, sql)
	s, err := schema.Read(t.Context(), connect(t, db.Superuser()), schema.Options{Role: "story_app"})
	if err != nil {
		t.Fatal(err)
	}
	found := names(audit.Catalog(s, tenancy()))
	for i, e := range list {
		if got := slices.Contains(found, fmt.Sprintf("P-NULLOPEN public.t.p%d", i)); got != e.open {
			t.Errorf("%s: reported %t", e.expr, got)
		}
	}
}
