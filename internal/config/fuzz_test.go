package config

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzReadYAML reads any file: it may be refused, it must not panic, and what
// is accepted can be printed.
func FuzzReadYAML(f *testing.F) {
	reference, err := os.ReadFile(filepath.Join("testdata", "all_keys.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(reference))
	f.Add(minimal)
	for _, content := range []string{"a: &x [*x]", "? {a: b}\n: c", "<<: *x", "auth: {keys: [{}, []]}", "log: !!map {level: 1}", "auth:\n  required_claims:\n    ? [a]\n    : b", "--- |\n x", "\"\\ud800\": 1"} {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content string) {
		l := &loader{config: Default(), source: "t.yaml", origins: make(map[string]string), refused: make(map[string]bool)}
		l.readYAML([]byte(content))
		if len(l.problems) == 0 {
			if _, err := l.config.Summary(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
