package audit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tenantproxy/internal/hardening/story"
	"tenantproxy/internal/pgtest"
)

// TestTied has a table for each expression, as its only policy: T-CMD reports those
// that do not tie the row to the org, whatever they look like. %C is the column, and
// ORG what the proxy has set.
func TestTied(t *testing.T) {
	const (
		org     = "nullif(current_setting('app.org_id', true), '')::uuid"
		claims  = "current_setting('request.jwt.claims', true)::jsonb"
		helpers = `
		CREATE FUNCTION org() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT nullif(current_setting(''APP.org_id'', true), '''')::uuid';
		CREATE FUNCTION org_of_org() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT public.org()';
		CREATE FUNCTION atomic() RETURNS uuid LANGUAGE sql STABLE BEGIN ATOMIC SELECT nullif(current_setting('app.org_id', true), '')::uuid; END;
		CREATE FUNCTION returned() RETURNS uuid LANGUAGE sql STABLE RETURN nullif(current_setting('app.org_id', true), '')::uuid;
		CREATE FUNCTION procedural() RETURNS uuid LANGUAGE plpgsql STABLE AS 'DECLARE o uuid; BEGIN o := current_setting(''app.org_id''); RETURN o; END';
		CREATE FUNCTION orgs() RETURNS SETOF uuid LANGUAGE sql STABLE AS 'SELECT id FROM public.organizations WHERE id = current_setting(''app.org_id'')::uuid';
		CREATE FUNCTION branches() RETURNS uuid LANGUAGE plpgsql STABLE AS $f$
			-- what the proxy has set
			DECLARE c CONSTANT jsonb DEFAULT nullif(current_setting('request.jwt.claims', true), '')::jsonb; o text; u uuid := NULL;
			BEGIN
				SELECT c -> 'app_metadata' ->> 'org' INTO o;
				IF o IS NULL OR o = '' THEN RETURN NULL; END IF;
				u := o::uuid;
				RETURN u;
			EXCEPTION WHEN others THEN RAISE DEBUG 'no org'; RETURN NULL;
			END$f$;
		CREATE FUNCTION one_branch() RETURNS uuid LANGUAGE plpgsql STABLE AS 'DECLARE o uuid; BEGIN o := current_setting(''app.org_id'')::uuid; IF o IS NULL THEN o := gen_random_uuid(); END IF; RETURN o; END';
		CREATE FUNCTION looked_up() RETURNS uuid LANGUAGE plpgsql STABLE AS 'DECLARE o uuid := current_setting(''app.org_id'')::uuid; BEGIN SELECT id INTO o FROM public.organizations LIMIT 1; RETURN o; END';
		CREATE FUNCTION dynamic() RETURNS uuid LANGUAGE plpgsql STABLE AS 'DECLARE o uuid := current_setting(''app.org_id'')::uuid; BEGIN EXECUTE ''SELECT gen_random_uuid()'' INTO o; RETURN o; END';
		CREATE FUNCTION hidden() RETURNS uuid LANGUAGE plpgsql STABLE AS 'BEGIN IF true -- THEN RETURN current_setting(''app.org_id'')::uuid;
			THEN RETURN gen_random_uuid(); END IF; END';
		CREATE FUNCTION narrowed() RETURNS text LANGUAGE plpgsql STABLE AS 'DECLARE o varchar(3) := current_setting(''app.org_id''); BEGIN RETURN o; END';
		CREATE FUNCTION nothing() RETURNS uuid LANGUAGE plpgsql STABLE AS 'BEGIN RETURN NULL; END';
		CREATE FUNCTION org_array() RETURNS uuid[] LANGUAGE plpgsql STABLE AS 'BEGIN RETURN ARRAY[current_setting(''app.org_id'')::uuid]; END';
		CREATE FUNCTION same(uuid) RETURNS uuid LANGUAGE sql STABLE AS 'SELECT $1 -- current_setting(''app.org_id'')';
		CREATE FUNCTION same_or(uuid) RETURNS uuid LANGUAGE plpgsql STABLE AS 'BEGIN RETURN coalesce(current_setting(''app.org_id'')::uuid, $1); END';
		CREATE FUNCTION commented() RETURNS uuid LANGUAGE plpgsql STABLE AS 'BEGIN /* current_setting(''app.org_id'') */ RETURN gen_random_uuid(); END';
		CREATE FUNCTION in_text() RETURNS uuid LANGUAGE plpgsql STABLE AS 'BEGIN RAISE DEBUG $x$current_setting(''app.org_id'')$x$; RETURN gen_random_uuid(); END';
		CREATE FUNCTION other_setting() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT current_setting(''app.other'')::uuid';
		CREATE FUNCTION fallback() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT coalesce(current_setting(''app.org_id'')::uuid, gen_random_uuid())';
		CREATE FUNCTION jwt() RETURNS jsonb LANGUAGE sql STABLE AS $f$SELECT coalesce(nullif(current_setting('request.jwt.claims', true), '')::jsonb, '{}'::jsonb)$f$;
		CREATE FUNCTION jwt_or_one() RETURNS jsonb LANGUAGE sql STABLE AS $f$SELECT coalesce(nullif(current_setting('request.jwt.claims', true), '')::jsonb, '{"org":"11111111-1111-4111-8111-111111111111"}'::jsonb)$f$;
		CREATE FUNCTION current_setting(text, boolean) RETURNS text LANGUAGE sql STABLE AS 'SELECT ''x''::text';
		CREATE FUNCTION loops() RETURNS uuid LANGUAGE plpgsql STABLE AS 'BEGIN RETURN public.loops(); END';
		CREATE FUNCTION as_name() RETURNS name LANGUAGE sql STABLE AS 'SELECT current_setting(''app.org_id'')::name';
		CREATE FUNCTION either() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT current_setting(''app.org_id'')::uuid';
		CREATE FUNCTION either(text) RETURNS uuid LANGUAGE sql STABLE AS 'SELECT $1::uuid';
		CREATE FUNCTION equal(uuid, uuid) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
		CREATE OPERATOR === (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = equal);
		CREATE FUNCTION equal(uuid, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
		CREATE OPERATOR public.= (LEFTARG = uuid, RIGHTARG = text, FUNCTION = equal);`
	)
	type expression struct {
		columnType, expr string
		ties             bool
	}
	var list []expression
	for _, e := range []string{
		"%C = ORG", "%C = (SELECT ORG)", "ORG = %C", "(SELECT ORG) = %C", "(%C)::text = current_setting('app.org_id')", "%C = (CLAIMS ->> 'org')::uuid",
		"%C = ((SELECT CLAIMS) #>> '{app_metadata,org}')::uuid", "%C = (SELECT (CLAIMS -> 'app_metadata' ->> 'org')::uuid)", "%C = coalesce(ORG, (CLAIMS ->> 'org')::uuid)",
		"%C = (SELECT nullif(jwt() ->> 'org', '')::uuid)", "%C = (coalesce(CLAIMS, '{}'::jsonb) ->> 'org')::uuid", "%C = coalesce(ORG, NULL)",
		"%C = ORG AND body = 'x'", "body = 'x' AND (%C = ORG AND true)", "(%C = ORG AND body = 'x') OR %C = ORG", "%C IN (SELECT ORG)", "%C = ANY (ARRAY[ORG, (CLAIMS ->> 'org')::uuid])",
		"%C = org()", "%C = (SELECT org_of_org())", "%C = atomic()", "%C = returned()", "%C = procedural()", "%C = branches()", "%C = ANY (org_array())",
		"ROW(%C) = ROW(ORG)", "(%C, body) = (ORG, body)", // which Postgres stores as terms with AND
		"false", "NULL", "%C = ORG AND NOT (body = 'x')",
	} {
		list = append(list, expression{"uuid", e, true})
	}
	for _, e := range []string{
		"%C IN (SELECT orgs())", "%C = same_or(ORG)", "%C = one_branch()", "%C = looked_up()", "%C = dynamic()", "%C = hidden()", "%C::text = narrowed()", "%C = nothing()",
		"%C = (jwt_or_one() ->> 'org')::uuid",
		"%C = gen_random_uuid()", "%C = %C", "%C = same(%C)", "%C = same_or(%C)", "%C = coalesce(ORG, %C)", "%C = coalesce(ORG, '11111111-1111-4111-8111-111111111111')", "%C = nullif(%C, ORG)",
		"%C = nullif('11111111-1111-4111-8111-111111111111', ORG)", "%C IN (SELECT id FROM organizations)", "%C IN (SELECT o.id FROM organizations o WHERE o.id = ORG OR true)", "%C = (SELECT id FROM organizations LIMIT 1)",
		"%C = (SELECT ORG WHERE body IS NULL)", "%C = (SELECT CASE WHEN body = 'x' THEN %C ELSE ORG END)", "%C IN (SELECT ORG UNION SELECT id FROM organizations)", "%C IN (VALUES (ORG))",
		"NOT (%C = ORG)", "NOT (%C <> ORG)", "%C <> ORG", "%C >= ORG", "%C = ORG OR body = 'x'", "%C = ORG OR true AND body <> ''", "%C IS NOT DISTINCT FROM ORG", "(%C = ORG) IS NOT FALSE", "(%C = ORG) IS NULL",
		"%C = ANY (ARRAY[ORG, %C])", "%C = ANY (ARRAY[ORG, gen_random_uuid()])", "%C <> ALL (ARRAY[ORG])", "(%C, body) = (%C, current_setting('app.org_id'))",
		"body = current_setting('app.org_id')", "left(%C::text, 8) = left(current_setting('app.org_id'), 8)", "%C::varchar(8) = current_setting('app.org_id')::varchar(8)", "lower(%C::text) = lower(current_setting('app.org_id'))",
		"%C::text = current_setting('app.org_id')::varchar(8)", "%C::text LIKE current_setting('app.org_id')", "CASE WHEN body = 'x' THEN true ELSE %C = ORG END", "coalesce(%C = ORG, true)",
		"%C = commented()", "%C = in_text()", "%C = other_setting()", "%C = fallback()", "%C = loops()", "%C = either('x')", "%C::text = as_name()", "%C = current_setting('app.other')::uuid",
		"%C::text = public.current_setting('app.org_id', true)", "%C = current_setting(body)::uuid", "%C === ORG", "%C OPERATOR(public.=) current_setting('app.org_id')",
		"EXISTS (SELECT FROM organizations o WHERE o.id = %C)", "EXISTS (SELECT WHERE %C = ORG)", "%C::text = (current_setting('app.org_id') || body)", "%C::text = '{}'::jsonb ->> current_setting('app.org_id')",
		"(%C = ORG) = (body = 'x')", "%C IS NOT NULL", "current_setting('app.org_id') = current_setting('app.org_id')",
	} {
		list = append(list, expression{"uuid", e, false})
	}
	list = append(list,
		expression{"text", "%C = current_setting('app.org_id')", true}, expression{"text", "%C = (CLAIMS ->> 'org')", true},
		expression{"text", "%C::uuid = ORG", false}, expression{"text", "%C = ORG::text", false}, expression{"text", "%C = org()::text", false},
		expression{"text", "lower(%C) = current_setting('app.org_id')", false}, expression{"text", `%C COLLATE "C" = current_setting('app.org_id')`, false}, expression{"text", "%C::name = current_setting('app.org_id')", false},
		expression{"varchar(40)", "%C = current_setting('app.org_id')", true}, expression{"varchar(40)", "%C::varchar(3) = current_setting('app.org_id')", false},
		expression{"bigint", "%C = nullif(current_setting('app.org_id', true), '')::bigint", true}, expression{"bigint", "%C::text = current_setting('app.org_id')", true},
		expression{"bigint", "%C::float8 = current_setting('app.org_id')::float8", false}, expression{"bigint", "%C = current_setting('app.org_id')::float8::bigint", false},
		expression{"integer", "%C = current_setting('app.org_id')::bigint", true},
	)
	for _, column := range []string{"org_id", `"Org ""Id"`} {
		t.Run(column, func(t *testing.T) {
			sql := story.SchemaSQL() + helpers
			var want []string
			for i, e := range list {
				expr := strings.NewReplacer("%C", column, "ORG", org, "CLAIMS", claims).Replace(e.expr)
				sql += fmt.Sprintf(`CREATE TABLE x%[1]d (%[2]s %[3]s NOT NULL, body text); ALTER TABLE x%[1]d ENABLE ROW LEVEL SECURITY; ALTER TABLE x%[1]d FORCE ROW LEVEL SECURITY;
					GRANT SELECT, INSERT, UPDATE, DELETE ON x%[1]d TO story_app; CREATE POLICY p ON x%[1]d USING (%[4]s);`, i, column, e.columnType, expr)
				if !e.ties {
					want = append(want, fmt.Sprintf("T-CMD public.x%d.p", i))
				}
			}
			db := pgtest.Default(t).NewEmptyDatabase(t, sql)
			tenancy := tenancy()
			tenancy.Column = strings.ReplaceAll(strings.Trim(column, `"`), `""`, `"`)
			findings, _ := audited(t, db, db.Superuser(), tenancy)
			got := names(findings)
			for i, e := range list {
				name := fmt.Sprintf("T-CMD public.x%d.p", i)
				// What is always true is P-TRUE's.
				found := slices.Contains(got, name) || slices.Contains(got, fmt.Sprintf("P-TRUE public.x%d.p", i))
				if found != slices.Contains(want, name) {
					t.Errorf("%s of %s: reported %v", e.expr, e.columnType, found)
				}
			}
		})
	}
}
