package rewrite

import (
	"reflect"
	"strings"
	"testing"

	"tenantproxy/internal/catalog"
)

func TestParseExprIsOneExpression(t *testing.T) {
	for _, text := range []string{
		"", "a) FROM t --", "true), (false", "true); SELECT (true", "true UNION SELECT true", strings.Repeat("(", 5000) + "a" + strings.Repeat(")", 5000),
		"a\x00", "$1", "t.*", "a OPERATOR(public.=) b", "ARRAY(SELECT a)", "EXISTS (SELECT 1)", "count(*)", "a <> ANY (b)", "a::varchar(3)", "a::int[]", "a NOT IN (b)",
	} {
		if e := ParseExpr(text); e.Kind != ExprOther {
			t.Errorf("%.40q is %+v", text, e)
		}
	}
	for text, kind := range map[string]ExprKind{
		"a AND b": ExprAnd, "NOT a": ExprNot, `t."A b" = 1`: ExprOperator, "a IN (1, 2)": ExprAny, "a = ANY (SELECT f())": ExprAny, "( SELECT (a)::uuid AS uuid)": ExprSelect,
		"NULLIF(a, '')": ExprNullIf, "NULL::boolean": ExprNull, "'x'::text": ExprConstant, "pg_catalog.f(a)": ExprCall, "(a)::uuid": ExprCast, "a -- it is": ExprColumn,
	} {
		if e := ParseExpr(text); e.Kind != kind {
			t.Errorf("%q is %+v, want %d", text, e, kind)
		}
	}
}

func TestTextCalls(t *testing.T) {
	got := TextCalls(`BEGIN /* f('a') */ v := public."F x"('a'); w := current_setting ( 'app.org_id', true); -- g('b')
		x := 'h(1)' || $q$ i('c') $q$ || E'j(' || k(l); END`)
	want := []TextCall{
		{catalog.Name{Schema: "public", Name: "F x"}, "a"}, {catalog.Name{Name: "current_setting"}, "app.org_id"}, {catalog.Name{Name: "k"}, ""},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}
