package attacks

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestListed compares the list of attacks by messages and tokens with the tests: each
// attack has a test that names it, and none that a test names is missing.
func TestListed(t *testing.T) {
	cited := citations(t)
	list, err := os.ReadFile("testdata/messages_and_tokens.txt")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for line := range strings.Lines(string(list)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, rest, _ := strings.Cut(line, " ")
		title, tests, ok := strings.Cut(rest, ": ")
		if !ok || title == "" {
			t.Errorf("%s has no title or no test", line)
			continue
		}
		ids = append(ids, id)
		for _, test := range strings.Split(tests, ", ") {
			switch by, found := cited[test]; {
			case !found:
				t.Errorf("%s: there is no test %s", id, test)
			case !slices.Contains(by, id):
				t.Errorf("%s: the comment of %s does not name it", id, test)
			}
		}
	}
	if len(ids) < 20 || !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("%d attacks, which are to be in order and there once: %v", len(ids), ids)
	}
	for test, by := range cited {
		for _, id := range by {
			if !slices.Contains(ids, id) {
				t.Errorf("%s names %s, which is not in the list", test, id)
			}
		}
	}
}

// citations are all tests by package and name, with the attacks that their comments name.
func citations(t *testing.T) map[string][]string {
	t.Helper()
	id := regexp.MustCompile(`\b(?:PROTO|JWT)-\d{3}\b`)
	cited := make(map[string][]string)
	for _, dir := range []string{"../attacks", "../auth", "../proxy"} {
		files, err := filepath.Glob(dir + "/*_test.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("no tests in %s: %v", dir, err)
		}
		for _, file := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, declared := range parsed.Decls {
				if f, ok := declared.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Test") {
					cited[filepath.Base(dir)+"."+f.Name.Name] = id.FindAllString(f.Doc.Text(), -1)
				}
			}
		}
	}
	return cited
}
