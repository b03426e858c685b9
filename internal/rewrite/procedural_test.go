package rewrite

import (
	"strings"
	"testing"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"tenantproxy/internal/plpgsql"
)

// FuzzProceduralBody holds that no body in PL/pgSQL takes the analysis down, and that
// the SQL in one that passes is none that the client could not have sent itself.
func FuzzProceduralBody(f *testing.F) {
	for _, sql := range goldenTexts(f) {
		if parsed, err := pg_query.Parse(sql); err == nil && len(parsed.GetStmts()) == 1 {
			for _, arg := range parsed.GetStmts()[0].GetStmt().GetDoStmt().GetArgs() {
				f.Add(arg.GetDefElem().GetArg().GetString_().GetSval())
			}
		}
		if !strings.Contains(sql, ";") {
			f.Add("DECLARE r record; BEGIN FOR r IN " + sql + " LOOP RETURN; END LOOP; END")
		}
	}
	fixed := procedural(f)
	fuzzed := fixed.procedural("fuzzed", "", "text")
	c := fixed.checker(testPolicy())
	f.Fuzz(func(t *testing.T, source string) {
		fuzzed.Source = source
		c.bodies.Clear()
		v := c.Check("SELECT fuzzed('x')")
		if v.Refusal.Rule == RuleInternalError {
			t.Fatalf("a panic inside: %q", source)
		}
		if !v.Allowed {
			if v.Refusal.Rule == "" || v.Refusal.Message == "" || len(v.Refusal.SQLSTATE) != 5 {
				t.Fatalf("%q: refusal lacks a field: %+v", source, v.Refusal)
			}
			return
		}
		body, err := plpgsql.Read(source, "fuzzed", nil)
		if err != nil {
			t.Fatalf("%q passes and is not read: %v", source, err)
		}
		for _, fragment := range body.Fragments {
			if fragment.Kind == plpgsql.UnnamedType {
				continue
			}
			// A variable's field is no call, where a column's might be one.
			if direct := c.Check(fragment.SQL); !direct.Allowed && direct.Refusal.Rule != RuleColumnCall {
				t.Fatalf("%q passes in a body, and is refused by itself: %s", fragment.SQL, describe(direct))
			}
		}
	})
}

// TestProceduralBadInput has bodies that the parser and the reader must not see, and
// some that they must bear.
func TestProceduralBadInput(t *testing.T) {
	policy := testPolicy()
	policy.AllowDo = true
	c := callCentre(t).checker(policy)
	deep := func(open, inside, end string, n int) string {
		return strings.Repeat(open, n) + inside + strings.Repeat(end, n)
	}
	for source, want := range map[string]Rule{
		"BEGIN /* " + deep("/* ", "", "*/ ", maxCommentDepth+1) + "*/ END":          RuleTextComments,
		"BEGIN PERFORM 1" + strings.Repeat(" + 1", maxDepth) + "; END":              RuleTextTooDeep,
		"BEGIN PERFORM " + deep("(", "1", ")", maxDepth) + "; END":                  RuleTextTooDeep,
		"DECLARE a int" + strings.Repeat("[]", 2*maxDepth) + "; BEGIN END":          RuleTextTooDeep,
		deep("BEGIN ", "NULL; ", "END; ", 50_000):                                   RuleFunctionBody,
		deep("BEGIN IF true THEN ", "NULL; ", "END IF; END; ", 10_000):              RuleFunctionBody,
		"BEGIN " + strings.Repeat("NULL;", 200_000) + " END":                        "",
		"BEGIN " + strings.Repeat("PERFORM 1;", 1_000) + " END":                     "",
		"BEGIN " + strings.Repeat("PERFORM 1;", 100_000) + " END":                   RuleFunctionBody,
		"BEGIN PERFORM 1 WHERE 1 IN (1" + strings.Repeat(", 1", 100_000) + "); END": "",
	} {
		v := c.Check("DO $body$ " + source + " $body$")
		if v.Refusal.Rule != want || v.Allowed != (want == "") {
			t.Errorf("%.60s…: %s", source, describe(v))
		}
	}
}
