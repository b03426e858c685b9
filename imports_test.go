// Package tenantproxy holds what is true of the project as a whole.
package tenantproxy

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport lists, for each package, what it may import of this project, and
// why not more. A package that is not here may not exist.
var mayImport = map[string]struct {
	packages []string
	why      string
}{
	"cmd/tenantproxy":             {[]string{"internal/auth", "internal/catalog", "internal/certs", "internal/config", "internal/demo", "internal/hardening/audit", "internal/hardening/migrate", "internal/hardening/report", "internal/hardening/schema", "internal/hardening/seal", "internal/hardening/verify", "internal/localpg", "internal/observe/admin", "internal/observe/auditlog", "internal/observe/metrics", "internal/pool", "internal/proxy", "internal/rewrite", "internal/wire"}, "it wires everything but test helpers"},
	"internal/config":             {nil, "what is configured knows nothing of what it configures"},
	"internal/wire":               {nil, "the protocol knows nothing of tenants, tokens or SQL"},
	"internal/auth":               {[]string{"internal/filewatch"}, "a token is verified by itself, with keys from files that change"},
	"internal/filewatch":          {nil, "it looks at files, whatever is in them"},
	"internal/auth/authtest":      {[]string{"internal/auth"}, "it signs tokens for tests"},
	"internal/catalog":            {nil, "a snapshot describes and does not judge"},
	"internal/rewrite":            {[]string{"internal/catalog", "internal/plpgsql"}, "a verdict depends on text, policy and snapshot alone"},
	"internal/rewrite/goldentest": {nil, "it reads golden cases for tests"},
	"internal/pool":               {[]string{"internal/hardening/seal", "internal/wire"}, "an upstream connection is made from settings, whosever they are; seal says what of the connection a seal is for"},
	"internal/proxy":              {[]string{"internal/wire", "internal/auth", "internal/rewrite", "internal/catalog", "internal/pool", "internal/hardening/seal", "internal/observe/auditlog", "internal/observe/metrics"}, "it does not know where its options come from"},
	"internal/plpgsql":            {nil, "it finds the SQL in a text and does not judge it"},
	"internal/browsertest":        {nil, "it opens any page"},
	"internal/observe/metrics":    {nil, "it counts what it is told of"},
	"internal/observe/admin":      {[]string{"internal/observe/metrics"}, "it shows what it is given, and what was counted"},
	"internal/localpg":            {nil, "it runs any Postgres"},
	"internal/hardening/audit":    {[]string{"internal/catalog", "internal/hardening/schema", "internal/hardening/seal", "internal/rewrite"}, "it judges what was read, and does not know how it is shown; seal says which functions are its own; rewrite parses the policies' expressions for it, because the parser is rewrite's alone"},
	"internal/hardening/report":   {[]string{"internal/hardening/audit"}, "it writes what was found, whatever found it"},
	"internal/hardening/story":    {nil, "it is a schema"},
	"internal/hardening/schema":   {[]string{"internal/catalog"}, "it describes a database and does not judge"},
	"internal/hardening/seal":     {nil, "what is sealed is a few values, whoever asks"},
	"internal/hardening/migrate":  {[]string{"internal/catalog", "internal/hardening/audit", "internal/hardening/report", "internal/hardening/schema", "internal/hardening/seal"}, "what is to be done follows from the schema and what audit finds in it"},
	"internal/hardening/verify":   {[]string{"internal/catalog", "internal/hardening/report", "internal/hardening/schema"}, "it tries what the schema allows, over connections that it is given"},
	"internal/demo":               {nil, "it is a schema"},
	"internal/pgtest":             {[]string{"internal/localpg", "internal/demo"}, "it gives tests a Postgres, with or without a proxy before it"},
	"internal/proxytest":          {[]string{"internal/auth", "internal/auth/authtest", "internal/catalog", "internal/demo", "internal/pgtest", "internal/pool", "internal/proxy", "internal/rewrite"}, "it runs the proxy for tests"},
	"internal/attacks":            {nil, "it is tests only"},
	"internal/clients":            {nil, "it is tests only"},
	"internal/certs":              {[]string{"internal/filewatch"}, "it knows of files and TLS only"},
	"bench/peers":                 {[]string{"internal/auth", "internal/localpg"}, "it measures programs from outside: it mints a token and starts a Postgres"},
	"internal/canary":             {nil, "it is tests only"},
	"internal/observe/auditlog":   {nil, "it records what it is told, whatever tells it"},
}

// only lists packages from outside that only some of ours may import.
var only = map[string][]string{
	"github.com/pganalyze/pg_query_go/v5":         {"internal/rewrite", "internal/plpgsql"},
	"github.com/pganalyze/pg_query_go/v5/parser":  {"internal/rewrite"},
	"github.com/goccy/go-yaml":                    {"internal/config"},
	"github.com/golang-jwt/jwt/v5":                {"internal/auth"},
	"github.com/spf13/cobra":                      {"cmd/tenantproxy"},
	"github.com/spf13/cobra/doc":                  {"cmd/tenantproxy"},
	"github.com/coreos/go-systemd/v22/daemon":     {"cmd/tenantproxy"},
	"github.com/coreos/go-systemd/v22/activation": {"cmd/tenantproxy"},
}

func TestImports(t *testing.T) {
	const module = "tenantproxy/"
	seen := make(map[string]bool)
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		of := filepath.ToSlash(filepath.Dir(path))
		seen[of] = true
		allowed, known := mayImport[of]
		if !known {
			t.Errorf("%s: the package is not in mayImport", path)
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if ours, ok := strings.CutPrefix(imported, module); ok && !slices.Contains(allowed.packages, ours) {
				t.Errorf("%s imports %s: %s", path, ours, allowed.why)
			}
			if owners, ok := only[imported]; ok && !slices.Contains(owners, of) {
				t.Errorf("%s imports %s, which is for %s alone", path, imported, owners)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for of := range mayImport {
		if !seen[of] {
			t.Errorf("mayImport has %s, which is not there", of)
		}
	}
}
