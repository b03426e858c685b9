package rewrite

import (
	"bytes"
	"fmt"
	"os"
	"sort"
	"testing"

	"tenantproxy/internal/catalog"
)

// TestBuiltins compares the verdict about every function of PostgreSQL 15's
// system schemas that is not immutable, and about every relation there, with a
// list that is easy to review.
func TestBuiltins(t *testing.T) {
	f := newFixture(t)
	c := f.checker(testPolicy())
	lines := map[string]bool{}
	for name, overloads := range f.snap.Functions {
		for _, fn := range overloads {
			switch r := c.functionRefusal(fn); {
			case r != nil:
				lines[fmt.Sprintf("function %s %c refused %s", name, fn.Volatility, r.Rule)] = true
			case fn.Volatility != 'i':
				lines[fmt.Sprintf("function %s %c allowed", name, fn.Volatility)] = true
			}
		}
	}
	for name, rel := range f.snap.Relations {
		p := c.protection(rel, nil)
		if p.readable {
			lines[fmt.Sprintf("relation %s readable", name)] = true
			continue
		}
		if _, known := refusedCatalog(name.Name); !known && rel.Schema == systemSchema {
			t.Errorf("%s is neither readable nor refused by name", name)
		}
		lines[fmt.Sprintf("relation %s refused", name)] = true
	}
	sorted := make([]string, 0, len(lines))
	for line := range lines {
		sorted = append(sorted, line)
	}
	sort.Strings(sorted)
	var got bytes.Buffer
	for _, line := range sorted {
		fmt.Fprintln(&got, line)
	}
	const path = "testdata/pg15_verdicts.txt"
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got.Bytes()) {
		t.Errorf("verdicts about built-ins differ from %s: run with -update and review the difference", path)
	}
}

// TestLaterBuiltins holds rules about functions that 15 does not have yet.
func TestLaterBuiltins(t *testing.T) {
	f := newFixture(t)
	add := func(name string, volatility byte, oid uint32) *catalog.Function {
		return f.addFunction(&catalog.Function{
			Name: catalog.Name{Schema: "pg_catalog", Name: name}, OID: oid, Kind: 'f', Volatility: volatility,
			Language: "internal", Owner: "postgres", ArgTypes: []string{"text", "text"},
		})
	}
	c := f.checker(testPolicy())
	for _, test := range []struct {
		name       string
		volatility byte
		oid        uint32
		rule       Rule
	}{
		{"pg_input_is_valid", 's', 6210, RuleFunctionNever},
		{"some_new_pure", 'i', 9001, ""},
		{"some_new_reader", 's', 9002, ""},
		{"some_new_doer", 'v', 9003, RuleFunctionVolatile},
		{"uuidv7", 'v', 9004, ""},
		{"planted_by_an_extension", 'i', 20000, RuleFunctionUser},
	} {
		r := c.functionRefusal(add(test.name, test.volatility, test.oid))
		if got := rule(r); got != test.rule {
			t.Errorf("%s: %q, want %q", test.name, got, test.rule)
		}
	}
	planted := add("pg_file_write", 'i', 12000)
	planted.Extension = "adminpack"
	if got := rule(c.functionRefusal(planted)); got != RuleFunctionUser {
		t.Errorf("a member of an unknown extension in pg_catalog: %q", got)
	}
}

func rule(r *Refusal) Rule {
	if r == nil {
		return ""
	}
	return r.Rule
}
