// Package goldentest gives the SQL of rewrite's golden cases to other tests.
package goldentest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Texts gives the SQL of all cases in the files of dir, rewrite's testdata/verdicts;
// their form is described at rewrite's TestGolden.
func Texts(t testing.TB, dir string) (texts []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var sql []string
		for _, line := range strings.Split(string(content), "\n") {
			switch {
			case strings.HasPrefix(line, "-- why: "), strings.HasPrefix(line, "-- with: "):
				sql = nil
			case strings.HasPrefix(line, "=>"):
				texts = append(texts, strings.Join(sql, "\n"))
			default:
				sql = append(sql, line)
			}
		}
	}
	return texts
}
