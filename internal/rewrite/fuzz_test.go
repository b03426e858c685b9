package rewrite

import (
	"regexp"
	"strings"
	"testing"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"tenantproxy/internal/rewrite/goldentest"
)

// goldenTexts gives the SQL of all golden cases.
func goldenTexts(t testing.TB) []string {
	t.Helper()
	return goldentest.Texts(t, "testdata/verdicts")
}

// FuzzCheck holds what can be held without a server: Check never panics, no
// refusal lacks its fields, and an allowed text names no relation that is not
// protected. The names are found in the parser's JSON, so by none of the code
// under test.
func FuzzCheck(f *testing.F) {
	for _, sql := range goldenTexts(f) {
		f.Add(sql)
	}
	c := callCentre(f).checker(testPolicy())
	unprotected := map[string]bool{}
	for _, v := range c.Relations() {
		if !v.Readable {
			unprotected[v.Relation.Name.Name] = true
		}
	}
	relname := regexp.MustCompile(`"relname":"([^"\\]*)"`)
	f.Fuzz(func(t *testing.T, sql string) {
		v := c.Check(sql)
		if v.Refusal.Rule == RuleInternalError {
			t.Fatalf("a panic inside: %q", sql)
		}
		if !v.Allowed {
			if v.Refusal.Rule == "" || v.Refusal.Message == "" || len(v.Refusal.SQLSTATE) != 5 ||
				v.Refusal.Detail != "rule: "+string(v.Refusal.Rule) {
				t.Fatalf("%q: refusal lacks a field: %+v", sql, v.Refusal)
			}
			return
		}
		if v.Empty {
			return
		}
		tree, err := pg_query.ParseToJSON(sql)
		if err != nil {
			t.Fatalf("%q is allowed and does not parse: %v", sql, err)
		}
		if strings.Contains(tree, `"ConstraintsSetStmt"`) || strings.Contains(tree, `"LockingClause"`) {
			// These name constraints and aliases in the form of relations.
			return
		}
		for _, match := range relname.FindAllStringSubmatch(tree, -1) {
			if unprotected[match[1]] && !strings.Contains(tree, `"ctename":"`+match[1]+`"`) {
				t.Fatalf("%q is allowed and names %s", sql, match[1])
			}
		}
	})
}

// FuzzKey holds that a verdict that did not look at literals is the verdict of
// every text of the same key: here, of the one with all constants replaced.
func FuzzKey(f *testing.F) {
	for _, sql := range goldenTexts(f) {
		f.Add(sql)
	}
	c := callCentre(f).checker(testPolicy())
	constants := strings.NewReplacer(markString, "'q'", markBits, "B'1'", markNumber, "7")
	f.Fuzz(func(t *testing.T, sql string) {
		key, ok := keyOf(c, sql)
		if !ok {
			return
		}
		other := constants.Replace(key)
		if again, ok := keyOf(c, other); !ok || again != key {
			// What is put in may lex together with what is around it.
			return
		}
		v, w := c.Check(sql), c.Check(other)
		if v.LooksAtLiterals || unparsed(v) || unparsed(w) {
			return
		}
		if w.LooksAtLiterals {
			t.Fatalf("%q looks at literals, %q does not", other, sql)
		}
		if v.Allowed != w.Allowed || v.Refusal != w.Refusal {
			t.Fatalf("%q: %s\n%q: %s", sql, describe(v), other, describe(w))
		}
	})
}

// unparsed tells of a refusal that may rest on a constant itself, such as one
// with an escape that is none: the server would not parse it either.
func unparsed(v *Verdict) bool {
	return v.Refusal.Rule == RuleSyntaxError || v.Refusal.Rule == RuleTextTooDeep
}

// FuzzLexer holds that the lexer of prescan agrees with the parser's about
// where tokens are: the parser reports no more tokens than were counted.
func FuzzLexer(f *testing.F) {
	for _, sql := range goldenTexts(f) {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		if _, r := prescan(sql, defaultMaxBytes); r != nil {
			return
		}
		scan, err := pg_query.Scan(sql)
		if err != nil {
			return
		}
		theirs := 0
		for _, token := range scan.GetTokens() {
			if token.GetToken() != pg_query.Token_SQL_COMMENT && token.GetToken() != pg_query.Token_C_COMMENT {
				theirs++
			}
		}
		ours := 0
		for l := (lexer{sql: sql}); l.next().kind != tokenEnd; {
			ours++
		}
		if ours < theirs {
			t.Fatalf("%q: counted %d tokens, the parser has %d", sql, ours, theirs)
		}
	})
}

// TestRefusalsHoldNoLiterals holds I8: what a text has in quotes is in no
// field of its refusal.
func TestRefusalsHoldNoLiterals(t *testing.T) {
	c := callCentre(t).checker(testPolicy())
	for _, sql := range []string{
		"SELECT 'hunter2' FROM norls",
		"SELECT * FROM norls WHERE a = 'hunter2' AND",
		"SELECT 'it's hunter2'",
		"SET app.org_id = 'hunter2'",
		"SET search_path = 'hunter2'",
		"SET my.own = 'hunter2'",
		"SET work_mem = hunter2",
		"SELECT set_config('app.org_id', 'hunter2', false)",
		"SELECT query_to_xml('hunter2', true, false, '')",
		"SELECT 'hunter2'::no_such_type",
		"SELECT no_such('hunter2')",
		"ALTER ROLE x PASSWORD 'hunter2'",
		"COPY norls FROM '/hunter2'",
		"COPY norls TO PROGRAM 'hunter2'",
		"DO 'hunter2'",
		"NOTIFY x, 'hunter2'",
		"EXPLAIN (hunter2) SELECT 1",
		"PREPARE TRANSACTION 'hunter2'",
		"SET TRANSACTION SNAPSHOT 'hunter2'",
		"SELECT E'hunter2\\xff'",
		"hunter2",
		"/* hunter2",
		"SELECT $$hunter2",
	} {
		v := c.Check(sql)
		if v.Allowed {
			t.Errorf("%s is allowed", sql)
		}
		r := v.Refusal
		if strings.Contains(r.Message+r.Detail+r.Hint+r.Object, "hunter2") {
			t.Errorf("%s: %+v", sql, r)
		}
	}
}
