package rewrite

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

func TestNewToken(t *testing.T) {
	for sql, want := range map[string]string{
		"SET tenantproxy.token = 'a.b.c'":                           "a.b.c",
		" set session TenantProxy . \"token\"\nTo'a.b.c'; ;":        "a.b.c",
		"/* x */ SET tenantproxy./**/token -- y\n= 'a.b.c' /* z */": "a.b.c",
		"SET \"tenantproxy\".\"token\" = 'a.b.c'":                   "a.b.c",
		"SET tenantproxy.token = ''":                                "",
		"SET LOCAL tenantproxy.token = 'a'":                         "no",
		"SET tenantproxy.token = 'a''b'":                            "no",
		"SET tenantproxy.token = 'a''":                              "no",
		"SET tenantproxy.token = 'a":                                "no",
		"SET tenantproxy.token = '":                                 "no",
		"SET tenantproxy.token = 'a'\n'b'":                          "no",
		"SET tenantproxy.token = E'a'":                              "no",
		"SET tenantproxy.token = $$a$$":                             "no",
		"SET tenantproxy.token = 'a'; SELECT 1":                     "no",
		"SET tenantproxy.token = 'a', 'b'":                          "no",
		"SET tenantproxy.token 'a'":                                 "no",
		"SET tenantproxy.tokens = 'a'":                              "no",
		"SET tenantproxy.token.x = 'a'":                             "no",
		"SELECT 1; SET tenantproxy.token = 'a'":                     "no",
		"SELECT 'SET tenantproxy.token = ''a'''":                    "no",
		"SET tenantproxy.token = 'a' /* open":                       "no",
		"SET tenantproxy.token = ":                                  "no",
		"SET":                                                       "no",
		"--":                                                        "no",
		"/*":                                                        "no",
		"":                                                          "no",
	} {
		got, ok := NewToken([]byte(sql))
		if ok != (want != "no") || ok && got != want {
			t.Errorf("%s: %q, %t", sql, got, ok)
		}
	}
	for _, sql := range [][]byte{[]byte("SELECT * FROM contacts WHERE id = 1"), []byte("/* x */ SELECT 1")} {
		if n := testing.AllocsPerRun(100, func() { NewToken(sql) }); n > 0 {
			t.Errorf("%v allocations for %s", n, sql)
		}
	}
}

// FuzzNewToken holds what is taken for a new token to be one to Postgres's grammar, and
// not to be remembered if it were checked.
func FuzzNewToken(f *testing.F) {
	for _, sql := range []string{
		"SET tenantproxy.token = 'a.b.c'", "/* x */ set session \"tenantproxy\" . token -- y\n TO 'a';;", "SET tenantproxy.token = 'a' 'b'", "SET tenantproxy.token = 'a''b'",
	} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		token, ok := NewToken([]byte(sql))
		if !ok || strings.ContainsRune(sql, 0) || !utf8.ValidString(sql) { // the parser takes neither
			return
		}
		if !namesProxy([]byte(sql)) {
			t.Errorf("%q would be remembered", sql)
		}
		tree, err := pg_query.Parse(sql)
		if err != nil || len(tree.GetStmts()) != 1 {
			t.Fatalf("%q: %v", sql, err)
		}
		set := tree.GetStmts()[0].GetStmt().GetVariableSetStmt()
		if !strings.EqualFold(set.GetName(), TokenSetting) || set.GetIsLocal() || len(set.GetArgs()) != 1 || set.GetArgs()[0].GetAConst().GetSval().GetSval() != token {
			t.Errorf("%q gives %q", sql, token)
		}
	})
}

// TestTokensAreNotRemembered looks for texts that may hold a token in the cache, and
// holds all of them to be refused, in report mode too.
func TestTokensAreNotRemembered(t *testing.T) {
	enforce := setups(t)["default"]
	for _, sql := range []string{
		"SET tenantproxy.token = 'secret'", "SET LOCAL TENANTPROXY.token = 'secret'", "SELECT set_config('tenantproxy.token', 'secret', false)",
		`SET "tenantproxy".token = $$secret$$`, "SET tenantproxy.token = secret.x", "RESET tenantproxy.token; SET tenantproxy.token = 'secret'",
		"SET tenantproxy.tokn = 'secret'", "UPDATE pg_settings SET setting = 'secret' WHERE name = 'tenantproxy.token'",
	} {
		for _, checker := range []*Checker{enforce, reporting(t, enforce)} {
			cache := NewCache(checker, 1<<20)
			for range 100 { // some would be remembered the second time
				if d := cache.Check([]byte(sql)); d.Allowed || strings.Contains(fmt.Sprintf("%+v", d.Refusal), "secret") {
					t.Fatalf("%s: %+v", sql, d.Verdict)
				}
			}
			if bytes, decisions := cache.Size(); bytes != 0 || decisions != 0 {
				t.Errorf("%s is remembered", sql)
			}
		}
	}
}
