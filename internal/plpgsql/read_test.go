package plpgsql

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// TestRead has the fragments of a few bodies; verdicts/procedural.sql of rewrite has
// one of each statement.
func TestRead(t *testing.T) {
	const source = `DECLARE
	a int := length('x');
	r contacts%ROWTYPE;
BEGIN
	a := a + 1;
	SELECT id INTO STRICT a FROM contacts WHERE id = a;
	FOR r.id IN a .. b LOOP
		RETURN QUERY SELECT 1;
	END LOOP;
END`
	body, err := Read(source, "f", []string{"", "arg"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Fragment{
		{Type, "SELECT CAST(NULL AS int \n)", 2},
		{Expression, "SELECT length('x')", 2},
		{UnnamedType, "", 3},
		{Expression, "SELECT a + 1", 5},
		{Query, "SELECT id  FROM contacts WHERE id = a", 6},
		{UnnamedType, "", 7},
		{Expression, "SELECT a ", 7},
		{Expression, "SELECT b ", 7},
		{Query, "SELECT 1", 8},
	}
	if !slices.Equal(body.Fragments, want) {
		t.Errorf("got %+v\nwant %+v", body.Fragments, want)
	}
	for _, name := range []string{"a", "r", "f", "arg", "found"} {
		if !body.Names[name] {
			t.Errorf("%s is not among the names", name)
		}
	}
	if body.Names["id"] || body.Names["contacts"] || body.Names[""] {
		t.Errorf("names are %v", body.Names)
	}
}

// TestReadRefuses has bodies that are not read, with the line and part of the reason.
func TestReadRefuses(t *testing.T) {
	deep := func(n int) string {
		return strings.Repeat("BEGIN ", n) + "NULL; " + strings.Repeat("END; ", n)
	}
	for source, want := range map[string]string{
		"":                          "line 1: it has a statement of a form",
		"BEGIN":                     "line 1: it has a statement of a form",
		"BEGIN\nNULL\nEND":          "line 3: it has a statement of a form",
		"BEGIN 'x":                  "line 1: the text cannot be split",
		"BEGIN\n\nEXECUTE 'x'; END": "line 3: EXECUTE runs SQL",
		"DECLARE " + strings.Repeat("x", 64) + " int; BEGIN END":       "line 1: the text cannot be split",
		"DECLARE begin int; BEGIN END":                                 "line 1: it has a statement of a form",
		"DECLARE a int(1; BEGIN END":                                   "line 1: a type is missing",
		"DECLARE a; BEGIN END":                                         "line 1: a type is missing",
		"DECLARE a int":                                                "line 1: a declaration does not end",
		"DECLARE a int := ; BEGIN END":                                 "line 1: an expression is missing",
		"DECLARE a int := (1; BEGIN END":                               "line 1: a statement ends before its time",
		"DECLARE a int := 1); BEGIN END":                               "line 1: brackets do not match",
		"BEGIN SELECT 1":                                               "line 1: a statement does not end",
		"BEGIN SELECT (1; END":                                         "line 1: brackets do not match",
		"BEGIN IF true; END IF; END":                                   "line 1: a statement ends before its time",
		"BEGIN IF true THEN NULL; END LOOP; END":                       "line 1: it has a statement of a form",
		"BEGIN <<a>> RETURN; END":                                      "line 1: a label stands",
		"BEGIN RETURN found.x; \"NULL\"; END":                          "line 1: it has a statement of a form",
		"BEGIN found.a.b.c := 1; x.y := 2; END":                        "line 1: it assigns to something",
		"BEGIN NULL; END; END":                                         "line 1: there is text behind the end",
		"DECLARE insert text; x text; BEGIN SELECT insert INTO x; END": "line 1: a variable has the name of a keyword",
		"DECLARE array int; BEGIN FOREACH array IN ARRAY '{1}' LOOP NULL; END LOOP; END": "line 1: a variable has the name of a keyword",
		deep(maxNesting + 1): "line 1: it is nested too deeply",
		"BEGIN " + strings.Repeat("PERFORM 1;", maxFragments+1) + " END": "line 1: it holds too many",
	} {
		body, err := Read(source, "f", nil)
		var known *Error
		if err == nil || !errors.As(err, &known) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.100q: %v, %v, want %s", source, body, err, want)
		} else if known.Dynamic != strings.Contains(source, "EXECUTE") {
			t.Errorf("%.100q: dynamic is %t", source, known.Dynamic)
		}
	}
	for _, source := range []string{deep(maxNesting), "BEGIN " + strings.Repeat("PERFORM 1;", maxFragments) + " END"} {
		if _, err := Read(source, "f", nil); err != nil {
			t.Errorf("%.100q: %v", source, err)
		}
	}
}

// bodies gives the blocks of rewrite's golden cases.
func bodies(t testing.TB) (sources []string) {
	content, err := os.ReadFile("../rewrite/testdata/verdicts/procedural.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range regexp.MustCompile(`(?s)\nDO \$\$(.*?)\$\$\n=>`).FindAllStringSubmatch(string(content), -1) {
		sources = append(sources, match[1])
	}
	if len(sources) < 80 {
		t.Fatalf("only %d bodies", len(sources))
	}
	return sources
}

// missed lists the SQL that the grammar of PL/pgSQL itself, as the parser has it,
// finds in a body and that is in none of the fragments. read is false if it cannot be
// asked: it knows no types, and so neither cursors nor rows.
func missed(source string, body *Body) (texts []string, read bool) {
	tree, err := pg_query.ParsePlPgSqlToJSON("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $a_body$" + source + "$a_body$")
	if err != nil {
		return nil, false
	}
	ours := make(map[string]bool)
	for _, f := range body.Fragments {
		ours[strings.Join(strings.Fields(f.SQL), "")] = true
	}
	for _, match := range queryInTree.FindAllStringSubmatch(tree, -1) {
		var text string
		if json.Unmarshal([]byte(match[1]), &text) != nil {
			return nil, false
		}
		text = strings.Join(strings.Fields(text), "")
		found := false
		switch match[2] {
		case "0": // a statement
			found = ours[text]
		case "2": // an expression
			found = ours["SELECT"+text] || ours["SELECTNULL"+caseVariable.ReplaceAllString(text, "")]
		default: // an assignment
			for i := range text {
				if value := text[i+1:]; text[i] == '=' {
					target := strings.TrimSuffix(text[:i], ":")
					found = found || ours["SELECT("+target+"),"+value] || !strings.Contains(target, "[") && ours["SELECT"+value]
				}
			}
		}
		if !found {
			texts = append(texts, match[0])
		}
	}
	return texts, true
}

var (
	queryInTree  = regexp.MustCompile(`"query":("(?:[^"\\]|\\.)*"),"parseMode":(\d)`)
	caseVariable = regexp.MustCompile(`^"__Case__Variable_\d+__"`)
)

// TestAgainstGrammar holds that nothing is missed that Postgres's own grammar finds.
func TestAgainstGrammar(t *testing.T) {
	compared := 0
	for _, source := range bodies(t) {
		body, err := Read(source, "f", nil)
		if err != nil {
			continue
		}
		texts, read := missed(source, body)
		if len(texts) > 0 {
			t.Errorf("%s\nmissed are %s", source, texts)
		}
		if read {
			compared++
		}
	}
	if compared < 50 {
		t.Errorf("only %d bodies were compared", compared)
	}
	// What is missed is noticed.
	if texts, _ := missed("BEGIN PERFORM 1; IF true THEN NULL; END IF; END", &Body{Fragments: []Fragment{{Query, "SELECT 1", 1}}}); len(texts) != 1 {
		t.Errorf("missed are %s, want one", texts)
	}
}

// FuzzRead holds that Read neither panics nor hangs, gives no fragments with an error
// nor repeats the text in one, and misses nothing that Postgres's own grammar finds.
func FuzzRead(f *testing.F) {
	for _, source := range bodies(f) {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if !utf8.ValidString(source) || strings.ContainsRune(source, 0) || strings.Count(source, "/*") > 32 || len(source) > 2000 {
			t.Skip("not for the scanner of the parser")
		}
		body, err := Read(source, "f", []string{"arg"})
		if (err == nil) != (body != nil) {
			t.Fatalf("%q: %v, %v", source, body, err)
		}
		if err != nil || strings.Contains(source, "$a_body$") {
			return
		}
		for _, fragment := range body.Fragments {
			if fragment.Line < 1 || (fragment.Kind == UnnamedType) != (fragment.SQL == "") {
				t.Fatalf("%q: %+v", source, fragment)
			}
		}
		if texts, _ := missed(source, body); len(texts) > 0 {
			t.Fatalf("%q: missed are %s", source, fmt.Sprint(texts))
		}
	})
}
