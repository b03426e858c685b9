package rewrite

import (
	"strings"
	"testing"
)

// deep builds texts whose parse tree grows with n.
var deep = map[string]func(n int) string{
	"plus":        func(n int) string { return "SELECT 1" + repeat("+1", n) },
	"cast":        func(n int) string { return "SELECT 1" + repeat("::int", n) },
	"concat":      func(n int) string { return "SELECT 'a'" + repeat("||'a'", n) },
	"union":       func(n int) string { return "SELECT 1" + repeat(" UNION SELECT 1", n) },
	"union list":  func(n int) string { return "SELECT 1,2" + repeat(" UNION ALL SELECT 1,2", n) },
	"cross join":  func(n int) string { return "SELECT 1 FROM a" + repeat(" CROSS JOIN a", n) },
	"join on and": func(n int) string { return "SELECT 1 FROM a" + repeat(" JOIN a ON true AND true", n) },
	"is null":     func(n int) string { return "SELECT 1" + repeat(" IS NULL", n) },
	"between":     func(n int) string { return "SELECT 1" + repeat(" BETWEEN 1 AND 2 IS NULL", n) },
	"collate":     func(n int) string { return "SELECT 'a'" + repeat(` COLLATE "C"`, n) },
	"time zone":   func(n int) string { return "SELECT now()" + repeat(" AT TIME ZONE 'UTC'", n) },
	"not":         func(n int) string { return "SELECT " + repeat("NOT ", n) + "true" },
	"minus":       func(n int) string { return "SELECT " + repeat("- ", n) + "1" },
	"bracket":     func(n int) string { return "SELECT " + repeat("(", n) + "1" + repeat(")", n) },
	"call":        func(n int) string { return "SELECT " + repeat("abs(", n) + "1" + repeat(")", n) },
	"array":       func(n int) string { return "SELECT " + repeat("ARRAY[", n) + "1" + repeat("]", n) },
	"case":        func(n int) string { return "SELECT " + repeat("CASE WHEN true THEN ", n) + "1" + repeat(" END", n) },
	"sub-select":  func(n int) string { return "SELECT " + repeat("(SELECT ", n) + "1" + repeat(")", n) },
	"from":        func(n int) string { return repeat("SELECT * FROM (", n) + "SELECT 1" + repeat(") x", n) },
	"with":        func(n int) string { return repeat("WITH a AS (", n) + "SELECT 1" + repeat(") SELECT 1", n) },
	"label end": func(n int) string {
		return "SELECT " + repeat("1+1+1+1+1+1+1+1+1+1+CASE WHEN a.end AND ", n) + "true THEN 1" + repeat(" END", n) + " FROM a"
	},
	"join function": func(n int) string { return "SELECT 1" + repeat("+join(1)", n) },
	"dotted and":    func(n int) string { return "SELECT a.x" + repeat("+a.and+a.or+a.when", n) + " FROM a" },
	"E continuation": func(n int) string {
		return "SELECT E'a'\n'b\\'c', 1" + repeat("+1", n) + " || E'' -- '\n ''"
	},
	"both sides": func(n int) string {
		return "SELECT " + repeat("(", 500) + "1" + repeat("+1)", 500) + repeat("+1", n)
	},
}

func repeat(s string, n int) string { return strings.Repeat(s, n) }

func TestPrescanRefusesDepth(t *testing.T) {
	for kind, text := range deep {
		if _, r := prescan(text(100), defaultMaxBytes); r != nil && kind != "both sides" {
			t.Errorf("%s × 100: refused: %s", kind, r.Message)
		}
		if _, r := prescan(text(20000), defaultMaxBytes); r == nil || r.Rule != RuleTextTooDeep {
			t.Errorf("%s × 20000: %v, want %s", kind, r, RuleTextTooDeep)
		}
	}
}

func TestPrescanPassesLongLists(t *testing.T) {
	for kind, sql := range map[string]string{
		"IN of 10,000":        "SELECT * FROM contacts WHERE id IN (1" + repeat(",1", 10000) + ")",
		"IN of 100,000":       "SELECT * FROM contacts WHERE id IN (1" + repeat(",1", 100000) + ")",
		"INSERT of 100 kB":    "INSERT INTO contacts VALUES (1, 'abcdefgh', NULL)" + repeat(", (1, 'abcdefgh', now())", 4500),
		"OR of 5,000":         "SELECT * FROM contacts WHERE id = 1" + repeat(" OR id = 1", 5000),
		"OR of AND":           "SELECT * FROM contacts WHERE (id = 1 AND name = 'x')" + repeat(" OR (id = 1 AND name = 'x')", 5000),
		"AND and OR":          "SELECT * FROM contacts WHERE id = 1" + repeat(" AND id = 1 OR id = 2", 5000),
		"WHEN of 5,000":       "UPDATE contacts SET name = CASE " + repeat("WHEN id = 1 THEN 'x' ", 5000) + "ELSE name END",
		"1,000 columns":       "SELECT id" + repeat(", name AS n", 1000) + " FROM contacts",
		"10,000 statements":   repeat("SELECT 1; ", 10000),
		"BETWEEN of 2,000":    "SELECT * FROM contacts WHERE id BETWEEN 1 AND 2" + repeat(" OR id BETWEEN 1 AND 2", 2000),
		"a string of 500 kB":  "SELECT '" + repeat("(+1 ", 125000) + "'",
		"a comment of 500 kB": "SELECT 1 /*" + repeat("(+1 ", 125000) + "*/",
		"32 nested comments":  "SELECT 1 " + repeat("/*", 32) + repeat("*/", 32),
		"UNION of 500":        "SELECT 1" + repeat(" UNION ALL SELECT 1", 500),
	} {
		if empty, r := prescan(sql, defaultMaxBytes); r != nil || empty {
			t.Errorf("%s: refused: %v", kind, r)
		}
	}
}

func TestPrescanRefusesTexts(t *testing.T) {
	for kind, c := range map[string]struct {
		sql  string
		rule Rule
	}{
		"too long":          {repeat("x", 201), RuleTextTooLarge},
		"invalid UTF-8":     {"SELECT '\xff'", RuleTextEncoding},
		"cut UTF-8":         {"SELECT '\xc3", RuleTextEncoding},
		"surrogate":         {"SELECT '\xed\xa0\x80'", RuleTextEncoding},
		"overlong":          {"SELECT '\xc0\xa7'", RuleTextEncoding},
		"NUL":               {"SELECT 1\x00; SELECT secret", RuleTextEncoding},
		"33 nested":         {repeat("/*", 33), RuleTextComments},
		"closed and nested": {"/**/ " + repeat("/*/", 33), RuleTextComments},
	} {
		if _, r := prescan(c.sql, 200); r == nil || r.Rule != c.rule {
			t.Errorf("%s: %v, want %s", kind, r, c.rule)
		}
	}
}

// TestLexer holds the boundaries of tokens: what is inside a string or comment
// is none, and what is behind it is one.
func TestLexer(t *testing.T) {
	for sql, want := range map[string]string{
		`a 'b' c`:                       `a ' c`,
		`'a''b' c`:                      `' c`,
		`'a\' b`:                        `' b`,
		`E'a\' b' c`:                    `' c`,
		`e'a\\' b`:                      `' b`,
		`E'a''b\'' c`:                   `' c`,
		"E'a'\n'\\'b' c":                `' c`,
		"E'a' -- x\n '\\'b' c":          `' c`,
		"E'a' '\\'b":                    `' ' b`,
		"'a'\n'\\'b":                    `' ' b`,
		`U&'a\' b`:                      `' b`,
		`U&"a\" b`:                      `' b`,
		`u &'a' b`:                      `u ' ' b`,
		`B'1' X'f' N'x' b`:              `' ' N ' b`,
		`nope'x' b`:                     `nope ' b`,
		`"a""b" c`:                      `' c`,
		`$$a$$ b`:                       `' b`,
		`$x$a$$b$y$c$x$ d`:              `' d`,
		`$1 a`:                          `' a`,
		`a$1$b $2`:                      `a$1$b '`,
		`a$$b$$ c`:                      `a$$b$$ c`,
		`1$$b$$ c`:                      `' ' c`,
		`$x a`:                          `' x a`,
		`-- a`:                          ``,
		"-- a\rb":                       `b`,
		"a--b\nc":                       `a c`,
		`a - -b`:                        `a ' ' b`,
		`a/*b*/c`:                       `a c`,
		`a/*/*b*/*/c`:                   `a c`,
		`a/*/b*/c`:                      `a c`,
		`a/***/c`:                       `a c`,
		`a */*b*/c`:                     `a ' c`,
		`/* a`:                          `'`,
		`a(b)[c],d;e.f`:                 `a ( b ) [ c ] , d ; e . f`,
		`a+++b`:                         `a ' ' ' b`,
		"é ü_1":                         "é ü_1",
		`SELECT E'a` + "\n" + `b\'c' d`: `SELECT ' d`,
	} {
		l := lexer{sql: sql}
		var got []string
		for tok := l.next(); tok.kind != tokenEnd; tok = l.next() {
			switch tok.kind {
			case tokenString, tokenBits, tokenNumber, tokenOther:
				got = append(got, "'")
			case tokenComma:
				got = append(got, ",")
			case tokenSemicolon:
				got = append(got, ";")
			case tokenDot:
				got = append(got, ".")
			default:
				got = append(got, tok.text)
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q: got %s, want %s", sql, s, want)
		}
	}
}
