package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents are all Markdown files of the repository, by their name from its root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := filepath.WalkDir("../..", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel("../..", name)
		if err != nil {
			return err
		}
		if entry.IsDir() && relative != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || entry.Name() == "bin") {
			return filepath.SkipDir
		}
		if filepath.Ext(name) == ".md" {
			content, err := os.ReadFile(name)
			found[relative] = string(content)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestCommandsInDocumentsParse reads the calls of this program in all documents, also
// in blocks that are not run: the commands and flags are there.
func TestCommandsInDocumentsParse(t *testing.T) {
	total := 0
	for name, content := range documents(t) {
		for _, b := range blocksOf(content) {
			var text string
			switch b.language {
			case "sh", "bash":
				text = b.text
				if b.kind == "" {
					t.Errorf("%s:%d: say above the block whether it is run", name, b.line)
				}
			case "":
				for line := range strings.Lines(strings.ReplaceAll(b.text, "\\\n", " ")) { // lines that begin so
					if regexp.MustCompile(`^\s*(bin/)?tenantproxy [a-z]`).MatchString(line) {
						text += line
					}
				}
			}
			calls, err := callsIn(text)
			if err != nil {
				t.Errorf("%s:%d: %v", name, b.line, err)
			}
			for _, call := range calls {
				total++
				if slices.Contains(call, "…") {
					continue
				}
				if err := parses(call); err != nil {
					t.Errorf("%s:%d: tenantproxy %s: %v", name, b.line, strings.Join(call, " "), err)
				}
			}
		}
	}
	if total < 20 {
		t.Errorf("only %d calls were found", total)
	}
}

// headingLink is what a heading is linked to as, on most hosts.
func headingLink(heading string) string {
	heading = strings.ToLower(strings.Trim(heading, "# "))
	heading = regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(heading, "")
	return strings.ReplaceAll(heading, " ", "-")
}

// TestLinksInDocuments follows the links between documents, and to files and headings.
func TestLinksInDocuments(t *testing.T) {
	all := documents(t)
	headings := make(map[string]map[string]bool)
	for name, content := range all {
		headings[name] = make(map[string]bool)
		for _, match := range regexp.MustCompile(`(?m)^#+ .*$`).FindAllString(content, -1) {
			headings[name][headingLink(match)] = true
		}
	}
	for name, content := range all {
		for _, match := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(content, -1) {
			target, heading, _ := strings.Cut(match[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			file := name
			if target != "" {
				file = filepath.Join(filepath.Dir(name), target)
			}
			if _, err := os.Stat(filepath.Join("../..", file)); err != nil {
				t.Errorf("%s links to %s, which is not there", name, match[1])
			}
			if heading != "" && !headings[file][heading] {
				t.Errorf("%s links to %s, which is no heading", name, match[1])
			}
		}
	}
	// Each document is in the index.
	for name := range all {
		file, ok := strings.CutPrefix(name, "docs/")
		if ok && file != "README.md" && !strings.Contains(all["docs/README.md"], "]("+file+")") {
			t.Errorf("docs/README.md does not list %s", file)
		}
	}
}

// TestErrorsAreDocumented: docs/TROUBLESHOOTING.md has every SQLSTATE that the proxy
// raises, and shows no line of the log that there is not.
func TestErrorsAreDocumented(t *testing.T) {
	document := documents(t)["docs/TROUBLESHOOTING.md"]
	code := regexp.MustCompile(`(?:= |SQLSTATE: *)"([0-9][0-9A-Z]{4}|XX000)"`)
	found := make(map[string]bool)
	var sources strings.Builder
	for _, pattern := range []string{"*.go", "../../internal/*/*.go", "../../internal/*/*/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sources.Write(content)
			if of := filepath.Base(filepath.Dir(file)); of == "wire" || of == "rewrite" {
				for _, match := range code.FindAllStringSubmatch(string(content), -1) {
					found[match[1]] = true
				}
			}
		}
	}
	for sqlstate := range found {
		if !strings.Contains(document, "["+sqlstate+"](#") {
			t.Errorf("there is nothing about %s", sqlstate)
		}
	}
	if len(found) < 14 {
		t.Errorf("only %d SQLSTATEs were found", len(found))
	}
	_, lines, _ := strings.Cut(document, "## By line of the log")
	for _, match := range regexp.MustCompile("(?m)^\\| `([^`]+)`").FindAllStringSubmatch(lines, -1) {
		if !strings.Contains(sources.String(), `"`+match[1]) {
			t.Errorf("no log has %q", match[1])
		}
	}
}

// TestMetricsInDocuments: the metrics that documents name are there.
func TestMetricsInDocuments(t *testing.T) {
	files, err := filepath.Glob("../../internal/observe/metrics/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources of metrics: %v", err)
	}
	var sources strings.Builder
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sources.Write(content)
	}
	named := 0
	for name, content := range documents(t) {
		for _, match := range regexp.MustCompile("`tenantproxy_([a-z_]+[a-z])[`{]").FindAllStringSubmatch(content, -1) {
			if match[1] == "catalog" {
				continue // the channel of that name
			}
			named++
			if !strings.Contains(sources.String(), `"`+match[1]+`"`) {
				t.Errorf("%s names tenantproxy_%s, which is no metric", name, match[1])
			}
		}
	}
	if named < 5 {
		t.Errorf("only %d metrics are named", named)
	}
}
