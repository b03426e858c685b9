package audit_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"tenantproxy/internal/hardening/audit"
)

//go:generate go test -run ^TestChecksAreDocumented$ -update .

var update = flag.Bool("update", false, "rewrite the list of checks in docs/AUDIT.md")

// TestChecksAreDocumented holds the list of checks in docs/AUDIT.md to the code.
func TestChecksAreDocumented(t *testing.T) {
	const file, heading = "../../../docs/AUDIT.md", "\n## Checks\n"
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, _, found := strings.Cut(string(content), heading)
	if !found {
		t.Fatalf("%s has no list of checks", file)
	}
	var doc strings.Builder
	doc.WriteString(before + heading)
	for _, c := range audit.Checks() {
		fmt.Fprintf(&doc, "\n### %s\n\n%s, **%s**. %s\n", c.ID, strings.ToUpper(c.Title[:1])+c.Title[1:], c.Severity, c.Why)
	}
	if doc.String() == string(content) {
		return
	}
	if !*update {
		t.Fatalf("%s does not list the checks as they are: go generate ./internal/hardening/audit", file)
	}
	if err := os.WriteFile(file, []byte(doc.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}
