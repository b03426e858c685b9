package rewrite

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// outline writes what Split found, a statement or comment a line.
func outline(script Script) string {
	var b strings.Builder
	for _, s := range script.Statements {
		fmt.Fprintf(&b, "%d:%d-%d %s\n", s.Line, s.Column, s.EndLine, strings.ReplaceAll(s.Text, "\n", "⏎"))
	}
	for _, c := range script.Comments {
		fmt.Fprintf(&b, "%d:%d [%d] %s\n", c.Line, c.Column, c.Statement, c.Text)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func TestSplit(t *testing.T) {
	for _, c := range []struct{ why, script, want string }{
		{"nothing", "", ""},
		{"blanks, comments and semicolons", " ;\n;; /* x */ ;\n", ""},
		{"no semicolon at the end", "SELECT 1;\n  SELECT 2\n", "1:1-1 SELECT 1\n2:3-2 SELECT 2"},
		{"semicolons that end nothing", "SELECT ';', \";\", $$;$$, $a$;$$;$a$, E'\\';' /* ; /* ; */ ; */;SELECT 2",
			"1:1-1 SELECT ';', \";\", $$;$$, $a$;$$;$a$, E'\\';' /* ; /* ; */ ; */\n1:62-1 SELECT 2"},
		{"columns are characters", "SELECT 'äß€😀'; SELECT 2", "1:1-1 SELECT 'äß€😀'\n1:16-1 SELECT 2"},
		{"the semicolon on a line of its own", "SELECT 1\n;SELECT 2;", "1:1-2 SELECT 1\n2:2-2 SELECT 2"},
		{"other line ends", "SELECT 1;\r\nSELECT\r\n2;\r\n", "1:1-1 SELECT 1\n2:1-3 SELECT\r⏎2"},
		{"a byte order mark", "\ufeffSELECT 1;", "1:1-1 SELECT 1"},
		{"in brackets", "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3",
			"1:1-1 CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)\n1:58-1 SELECT 3"},
		{"in a function's body", "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3",
			"1:1-1 CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END\n1:95-1 SELECT 3"},
		{"a transaction is no body", "BEGIN; SELECT 1; END; SELECT 2", "1:1-1 BEGIN\n1:8-1 SELECT 1\n1:18-1 END\n1:23-1 SELECT 2"},
		{"a bracket too many closes nothing", "SELECT 1); SELECT 2", "1:1-1 SELECT 1)\n1:12-1 SELECT 2"},
		{"a string without an end", "SELECT 1; SELECT 'x; SELECT 3", "1:1-1 SELECT 1\n1:11-1 SELECT 'x; SELECT 3"},
		{"a comment without an end", "SELECT 1; /* SELECT 2; SELECT 3", "1:1-1 SELECT 1\n1:11-1 /* SELECT 2; SELECT 3"},

		{"comments", "-- a\n\n-- b\n/* c */\n-- d\nSELECT 1, -- e\n 2; -- f\n-- g\n\nSELECT 3",
			"6:1-7 SELECT 1, -- e⏎ 2\n10:1-10 SELECT 3\n1:1 [-1] -- a\n3:1 [0] -- b\n5:1 [0] -- d\n6:11 [0] -- e\n7:5 [0] -- f\n8:1 [-1] -- g"},
		{"the comment of the last on the line", "SELECT 1; SELECT 2; -- two\nSELECT 3 -- three",
			"1:1-1 SELECT 1\n1:11-1 SELECT 2\n2:1-2 SELECT 3\n1:21 [1] -- two\n2:10 [2] -- three"},
		{"no comments", "SELECT '-- a', \"-- b\", $$-- c$$, 1 /* -- d */", "1:1-1 SELECT '-- a', \"-- b\", $$-- c$$, 1"},
		{"between the strings of one", "SELECT 'a' -- b\n'c'", "1:1-2 SELECT 'a' -- b⏎'c'\n1:12 [0] -- b"},

		{"meta-commands", "\\set ON_ERROR_STOP on\n\\echo isn't; this\nSELECT 1\n\\p\n, 2;\n\\i other.sql\n", "3:1-5 SELECT 1⏎  ⏎, 2"},
		{"meta-commands that send", "SELECT 1 \\gset\nSELECT 2 \\bind 5 \\g\nSELECT 3\n\\gx (format=csv)\nSELECT 4 \\watch 1",
			"1:1-1 SELECT 1\n2:1-2 SELECT 2\n3:1-4 SELECT 3\n5:1-5 SELECT 4"},
		{"on one line", "\\set x 1 \\\\ SELECT 1; \\echo a \\\\ SELECT 2\\; SELECT 3;", "1:13-1 SELECT 1\n1:34-1 SELECT 2\n1:45-1 SELECT 3"},
		{"branches", "\\if :x\nSELECT 1;\n\\else\nSELECT 2;\n\\endif", "2:1-2 SELECT 1\n4:1-4 SELECT 2"},
		{"data", "COPY t (a, b) FROM stdin;\n1\tit's; --\n\\.\nSELECT 1;\nCOPY t FROM STDIN;\nSELECT 2;",
			"1:1-1 COPY t (a, b) FROM stdin\n4:1-4 SELECT 1\n5:1-5 COPY t FROM STDIN\n6:1-6 SELECT 2"},
		{"no data", "COPY t TO stdout;\nSELECT 'x\n\\.\n';", "1:1-1 COPY t TO stdout\n2:1-4 SELECT 'x⏎\\.⏎'"},

		{"variables", "SELECT :id, (:name), x=:'text', :\"col\" FROM t WHERE a = :b;", "1:1-1 SELECT $1 , ($1   ), x=$1     ,  \"col\" FROM t WHERE a = $1"},
		{"no variables", "SELECT x::int, a[1:n], a[i:j], f(b := 1), json_object('k':v), ':x', \"a\":: text",
			"1:1-1 SELECT x::int, a[1:n], a[i:j], f(b := 1), json_object('k':v), ':x', \"a\":: text"},
		{"sqlc", "-- name: Get :one\nSELECT sqlc.embed(t) FROM t WHERE a = sqlc.arg(id) AND b = SQLC.narg('x') AND c = ANY(sqlc.slice(\"y\")) AND d = @d;",
			"2:1-2 SELECT $1            FROM t WHERE a = $1           AND b = $1             AND c = ANY($1             ) AND d = @d\n1:1 [0] -- name: Get :one"},
		{"a schema of that name", "SELECT sqlc.other(x), sqlc.arg(a, b), sqlc.arg FROM sqlc.t", "1:1-1 SELECT sqlc.other(x), sqlc.arg(a, b), sqlc.arg FROM sqlc.t"},
	} {
		if got := outline(Split(c.script)); got != c.want {
			t.Errorf("%s: %s\n got:\n%s\nwant:\n%s", c.why, c.script, got, c.want)
		}
	}
}

// plainScripts are the texts of the golden verdicts that neither psql nor the
// like has a word in.
func plainScripts(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/verdicts/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	var scripts []string
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var sql []string
		for line := range strings.SplitSeq(string(content), "\n") {
			switch {
			case strings.HasPrefix(line, "=>"):
				text := strings.Join(sql, "\n")
				if utf8.ValidString(text) && !strings.Contains(text, "\x00") {
					scripts = append(scripts, text)
				}
				sql = nil
			case !strings.HasPrefix(line, "-- "):
				sql = append(sql, line)
			}
		}
	}
	if len(scripts) < 300 {
		t.Fatalf("only %d scripts", len(scripts))
	}
	return scripts
}

// TestSplitAgreesWithTheParser holds Split to the parser: each text that parses
// gives as many statements as it has, and each is what the parser reads there.
func TestSplitAgreesWithTheParser(t *testing.T) {
	compared := 0
	for _, text := range plainScripts(t) {
		parsed, err := pg_query.Parse(text)
		if err != nil {
			continue
		}
		script := Split(text)
		if len(script.Statements) != len(parsed.GetStmts()) {
			t.Errorf("%s: %d statements, the parser has %d", text, len(script.Statements), len(parsed.GetStmts()))
			continue
		}
		for i, statement := range script.Statements {
			alone, err := pg_query.Deparse(&pg_query.ParseResult{Stmts: []*pg_query.RawStmt{{Stmt: parsed.GetStmts()[i].GetStmt()}}})
			if err != nil {
				continue
			}
			again, err := pg_query.Parse(statement.Text)
			if err != nil {
				t.Errorf("%s: %v", statement.Text, err)
				continue
			}
			if got, err := pg_query.Deparse(again); err != nil || got != alone {
				t.Errorf("%s: reads as %s, the parser has %s", statement.Text, got, alone)
			}
			compared++
		}
	}
	if compared < 300 {
		t.Errorf("only %d statements were compared", compared)
	}
}

func TestErrorPosition(t *testing.T) {
	c := callCentre(t).checker(testPolicy())
	verdict := c.Check("SELECT 1\n  FROM ORDER")
	if line, column, ok := verdict.Refusal.ErrorPosition(); line != 2 || column != 8 || !ok {
		t.Errorf("%s: got %d, %d, %v", verdict.Refusal.Message, line, column, ok)
	}
	for _, refusal := range []Refusal{{}, {Rule: RuleSyntaxError, Message: "syntax error"}, c.Check("SELECT * FROM norls").Refusal} {
		if line, column, ok := refusal.ErrorPosition(); ok {
			t.Errorf("%+v: got %d, %d", refusal, line, column)
		}
	}
}

// FuzzSplit holds on any script: statements have a text, follow each other and
// stand within their lines; comments belong to statements that exist; and
// without replacements each statement is a part of the script as it is.
func FuzzSplit(f *testing.F) {
	for _, text := range plainScripts(f) {
		f.Add(text)
	}
	f.Add("\\set x 1 \\\\ SELECT :x; COPY t FROM stdin;\n\\.\n-- a\nSELECT sqlc.arg(x) \\g")
	f.Fuzz(func(t *testing.T, text string) {
		script := Split(text)
		lines := strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n")
		line, column := 1, 0
		for _, s := range script.Statements {
			if s.Text == "" || s.Line < line || s.Line == line && s.Column <= column || s.EndLine < s.Line || s.EndLine > len(lines) {
				t.Fatalf("%q: statement %+v after %d:%d", text, s, line, column)
			}
			if width := utf8.RuneCountInString(lines[s.Line-1]); s.Column > width+1 {
				t.Fatalf("%q: statement %+v in a line of %d", text, s, width)
			}
			if !strings.ContainsAny(text, "\\:") && !strings.Contains(strings.ToLower(text), "sqlc") && !strings.Contains(text, s.Text) {
				t.Fatalf("%q: %q is no part of it", text, s.Text)
			}
			line, column = s.Line, s.Column
		}
		if !slices.IsSortedFunc(script.Comments, func(a, b Comment) int { return a.Line - b.Line }) {
			t.Fatalf("%q: comments are out of order", text)
		}
		for _, c := range script.Comments {
			if c.Statement < -1 || c.Statement >= len(script.Statements) || !strings.HasPrefix(c.Text, "--") {
				t.Fatalf("%q: comment %+v of %d statements", text, c, len(script.Statements))
			}
		}
	})
}
