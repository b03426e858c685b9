package rewrite

import (
	"strings"
	"testing"
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
		"a IS NULL": ExprIsNull, "a IS NOT NULL": ExprNot, "a IS TRUE": ExprIsTrue, "a IS NOT FALSE": ExprNot, "a IS UNKNOWN": ExprIsNull,
		"a IS DISTINCT FROM b": ExprDistinct, "a IS NOT DISTINCT FROM b": ExprNot,
	} {
		if e := ParseExpr(text); e.Kind != kind {
			t.Errorf("%q is %+v, want %d", text, e, kind)
		}
	}
}
