package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"tenantproxy/internal/pgtest"
)

// sarifSchema is that of OASIS for SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0/errata01),
// as the Go module github.com/owenrumney/go-sarif/v3 carries it.
func sarifSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile(filepath.Join("..", "..", "internal", "hardening", "report", "testdata", "sarif-schema-2.1.0.json"))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validate(t *testing.T, schema *jsonschema.Schema, text string) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

// TestSARIFIsValid holds what audit and check write to the schema: with findings of each
// kind, known ones, names that must be escaped, and none at all.
func TestSARIFIsValid(t *testing.T) {
	schema := sarifSchema(t)
	db, args := auditing(t)
	db.Exec(t, `CREATE TABLE "Odd | "" <name>\n" (org_id text); CREATE FUNCTION "f %s" () RETURNS void LANGUAGE sql SECURITY DEFINER AS ''`)
	dir := t.TempDir()
	baseline := filepath.Join(dir, "baseline.json")
	if _, stderr, code := runWith(t, "", append(args, "--write-baseline", baseline)...); code != exitFine {
		t.Fatal(stderr)
	}
	db.Exec(t, "ALTER TABLE t40 NO FORCE ROW LEVEL SECURITY")
	plain := pgtest.NewDatabase(t)
	config := write(t, dir, "c.yaml", fmt.Sprintf("upstream: {dsn: %q}\npolicy: {allow_relations: [public.plans]}", plain.App()))
	sql := write(t, dir, "a b.sql", "SELECT 1;\nSELECT * FROM import_staging;\n-- tenantproxy: allow relation.rls_disabled \"it\" is <shared>\nSELECT * FROM import_staging;\nSELEC;\n")
	var last string // of audit
	for name, command := range map[string][]string{
		"audit":                 args,
		"audit with a baseline": append(args, "--baseline", baseline),
		"audit of one check":    append(args, "--only", "I-UNIQ"),
		"check":                 {"check", "--config", config, sql},
		"check without finding": {"check", "--config", config, write(t, dir, "fine.sql", "SELECT 1")},
	} {
		stdout, stderr, code := runWith(t, "", append(command, "--format", "sarif")...)
		if code > exitFindings {
			t.Fatalf("%s: exit code %d, %s", name, code, stderr)
		}
		if err := validate(t, schema, stdout); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name == "audit" {
			last = stdout
		}
	}
	for right, wrong := range map[string]string{`"level": "error"`: `"level": "fatal"`, `"version": "2.1.0"`: `"version": "2"`, `"text": `: `"words": `} {
		if !strings.Contains(last, right) || validate(t, schema, strings.Replace(last, right, wrong, 1)) == nil {
			t.Errorf("with %s it is still valid", wrong)
		}
	}
}
