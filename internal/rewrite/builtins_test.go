package rewrite

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/pgtest"
)

// builtinVerdicts gives the verdict about every function of the system schemas that is
// not immutable or not allowed, and about every relation there with the columns that
// may be read, as sorted lines that are easy to review.
func builtinVerdicts(t *testing.T, c *Checker) []string {
	lines := map[string]bool{}
	for name, overloads := range c.snap.Functions {
		for _, fn := range overloads {
			if !isBuiltin(fn) {
				continue
			}
			switch r := c.functionRefusal(fn); {
			case r != nil:
				lines[fmt.Sprintf("function %s %c refused %s", name, fn.Volatility, r.Rule)] = true
			case fn.Volatility != 'i':
				lines[fmt.Sprintf("function %s %c allowed", name, fn.Volatility)] = true
			}
		}
	}
	for name, rel := range c.snap.Relations {
		if !rel.IsSystem() {
			continue
		}
		if c.protection(rel, nil).readable {
			lines[fmt.Sprintf("relation %s readable %s", name, strings.Join(rel.Columns, ","))] = true
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
	return sorted
}

// compareVerdicts holds the lines to a golden file.
func compareVerdicts(t *testing.T, path string, lines []string) {
	t.Helper()
	got := []byte(strings.Join(lines, "\n") + "\n")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("verdicts about built-ins differ from %s: run with -update and review the difference", path)
	}
}

// TestBuiltins holds the verdicts about what PostgreSQL 15 comes with.
func TestBuiltins(t *testing.T) {
	compareVerdicts(t, "testdata/pg15_verdicts.txt", builtinVerdicts(t, newFixture(t).checker(testPolicy())))
}

// TestBuiltinsOfEachVersion compares the reviewed list with the functions that real
// servers have, and the verdicts with those about PostgreSQL 15: what differs is in
// testdata/pgNN_verdicts.diff.
func TestBuiltinsOfEachVersion(t *testing.T) {
	base := builtinVerdicts(t, newFixture(t).checker(testPolicy()))
	var mu sync.Mutex
	majors, found := map[int]bool{}, map[string]bool{}
	t.Run("versions", func(t *testing.T) {
		pgtest.EachVersion(t, func(t *testing.T, s *pgtest.Server) {
			d := s.NewEmptyDatabase(t)
			conn := d.Connect(t, d.Superuser())
			snap, err := catalog.Load(t.Context(), conn, nil)
			if err != nil {
				t.Fatal(err)
			}
			c, err := New(testPolicy(), snap)
			if err != nil {
				t.Fatal(err)
			}
			for _, fn := range snap.FunctionsByOID {
				if isBuiltin(fn) {
					checkReview(t, fn)
					mu.Lock()
					found[formOf(fn)] = true
					mu.Unlock()
				}
			}
			checkOperatorsAndCasts(t, snap, pgtest.Query(t, conn, "SELECT oprcode::oid, 'operator ' || oid::regoperator FROM pg_operator WHERE oprcode <> 0"+
				" UNION ALL SELECT castfunc, 'cast of ' || castsource::regtype || ' to ' || casttarget::regtype FROM pg_cast WHERE castfunc <> 0"))

			verdicts := builtinVerdicts(t, c)
			if s.Major == 15 {
				if diff := difference(base, verdicts); len(diff) > 0 {
					t.Errorf("testdata/pg15_*.tsv is not as this server is:\n%s", strings.Join(diff, "\n"))
				}
			} else {
				compareVerdicts(t, "testdata/pg"+strconv.Itoa(s.Major)+"_verdicts.diff", difference(base, verdicts))
			}
			mu.Lock()
			majors[s.Major] = true
			mu.Unlock()
		})
	})
	for major := 14; major <= 18; major++ {
		if !majors[major] {
			t.Logf("no PostgreSQL %d is here: what only it has was not compared", major)
			return
		}
	}
	for _, e := range reviewedEntries(t) {
		for _, form := range strings.Split(e.forms[1:len(e.forms)-1], ") (") {
			if !found[e.name+"("+form+")"] {
				t.Errorf("builtins.tsv has %s(%s), which no server has", e.name, form)
			}
		}
	}
}

// formOf names a function as builtins.tsv does.
func formOf(f *catalog.Function) string {
	return strings.TrimPrefix(f.String(), systemSchema+".") + "(" + strings.Join(f.ArgTypes, ",") + ")"
}

// checkReview holds a server's function against its class: the volatility that
// Postgres gives it must not be worse than what the class says, and what only the
// server itself may call is never allowed.
func checkReview(t *testing.T, f *catalog.Function) {
	classes := 0
	for _, e := range reviewedForms(f.Name) {
		if !strings.Contains(e.forms, "("+strings.Join(f.ArgTypes, ",")+")") {
			continue
		}
		classes++
		switch class := e.class; {
		case class == "pure" && f.Volatility != 'i', class == "reads" && f.Volatility == 'v':
			t.Errorf("%s is of class %s, and its volatility is %c", formOf(f), class, f.Volatility)
		case (f.HasInternalArg || hasArg(f, "cstring") && hasArg(f, "oid")) && !describeClass(class).never:
			t.Errorf("%s is of class %s, and takes what only the server has", formOf(f), class)
		case f.SecurityDefiner && describeClass(class).allowed:
			t.Errorf("%s is allowed, and SECURITY DEFINER", formOf(f))
		}
	}
	if classes != 1 {
		t.Errorf("%s (volatility %c, returns %s) is in %d classes of builtins.tsv: it has to be reviewed and put into one",
			formOf(f), f.Volatility, f.ReturnType, classes)
	}
}

// checkOperatorsAndCasts holds that what runs without being called by name is allowed:
// the operators and casts of pg_catalog are not judged one by one.
func checkOperatorsAndCasts(t *testing.T, snap *catalog.Snapshot, rows [][]string) {
	if len(rows) < 900 {
		t.Errorf("only %d operators and casts", len(rows))
	}
	for _, row := range rows {
		oid, err := strconv.ParseUint(row[0], 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		if f := snap.FunctionsByOID[uint32(oid)]; f == nil || !builtin(f).allowed {
			t.Errorf("%s runs %v, which is not allowed", row[1], f)
		}
	}
}

// difference lists what the second list lacks of the first (-) and has besides (+).
func difference(base, other []string) (diff []string) {
	in := func(list []string, line string) bool { _, ok := slices.BinarySearch(list, line); return ok }
	for _, line := range base {
		if !in(other, line) {
			diff = append(diff, "- "+line)
		}
	}
	for _, line := range other {
		if !in(base, line) {
			diff = append(diff, "+ "+line)
		}
	}
	sort.SliceStable(diff, func(i, j int) bool { return diff[i][2:] < diff[j][2:] })
	return diff
}

// reviewedEntries reads builtins.tsv from its beginning to its end.
func reviewedEntries(t *testing.T) (entries []reviewedEntry) {
	for text := reviewed; text != ""; {
		e, length := readEntry(text)
		if !strings.HasPrefix(e.name, "#") {
			entries = append(entries, e)
		}
		text = text[length:]
	}
	if len(entries) < 2500 {
		t.Fatalf("builtins.tsv has only %d entries", len(entries))
	}
	return entries
}

// TestReviewed holds the form of builtins.tsv, without which the search would miss
// what is there.
func TestReviewed(t *testing.T) {
	if !strings.HasSuffix(reviewed, "\n") {
		t.Error("builtins.tsv does not end with a newline")
	}
	last := ""
	for _, e := range reviewedEntries(t) {
		if e.name < last {
			t.Errorf("builtins.tsv is not sorted by bytes: %s comes after %s", e.name, last)
		}
		last = e.name
		if describeClass(e.class).reason == "" {
			t.Errorf("%s is of class %q, which does not exist", e.name, e.class)
		}
		name := catalog.Name{Schema: systemSchema, Name: e.name}
		if schema, inner, ok := strings.Cut(e.name, "."); ok {
			name = catalog.Name{Schema: schema, Name: inner}
		}
		if !slices.Contains(reviewedForms(name), e) {
			t.Errorf("the search does not find %v", e)
		}
	}
	for _, missing := range []string{"", "!", "a", "zz", "~", "abs\t", "abS", "information_schema"} {
		if got := reviewedForms(catalog.Name{Schema: systemSchema, Name: missing}); got != nil {
			t.Errorf("the search finds %v for %q", got, missing)
		}
	}
}

// TestLaterBuiltins holds that what is not in the list is refused, however pure it is
// said to be, and that form counts: only the reviewed arguments are known.
func TestLaterBuiltins(t *testing.T) {
	f := newFixture(t)
	add := func(name string, volatility byte, oid uint32, args ...string) *catalog.Function {
		return f.addFunction(&catalog.Function{
			Name: catalog.Name{Schema: "pg_catalog", Name: name}, OID: oid, Kind: 'f', Volatility: volatility,
			Language: "internal", Owner: "postgres", ArgTypes: args, HasInternalArg: slices.Contains(args, "internal"),
		})
	}
	c := f.checker(testPolicy())
	for _, test := range []struct {
		fn   *catalog.Function
		rule Rule
	}{
		{add("pg_input_is_valid", 's', 6210, "text", "text"), RuleFunctionNever},
		{add("some_new_pure", 'i', 9001, "text"), RuleFunctionBuiltin},
		{add("some_new_reader", 's', 9002), RuleFunctionBuiltin},
		{add("some_new_doer", 'v', 9003), RuleFunctionBuiltin},
		{add("some_new_internal", 'i', 9005, "internal"), RuleFunctionNever},
		{add("some_new_input", 'i', 9006, "cstring", "oid"), RuleFunctionNever},
		{add("lower", 'i', 9007, "text", "regclass"), RuleFunctionBuiltin},
		{add("lower", 'i', 9008, "text"), ""},
		{add("uuidv7", 'v', 9004), ""},
		{add("uuidv7", 'v', 9009, "interval"), ""},
		{add("uuidv7", 'v', 9010, "text"), RuleFunctionBuiltin},
		{add("pg_get_sequence_data", 'v', 9011, "regclass"), RuleFunctionVolatile},
		{add("planted_by_an_extension", 'i', 20000), RuleFunctionUser},
	} {
		if got := rule(c.functionRefusal(test.fn)); got != test.rule {
			t.Errorf("%s: %q, want %q", formOf(test.fn), got, test.rule)
		}
	}
	planted := add("pg_file_write", 'i', 12000, "text", "text")
	planted.Extension = "adminpack"
	if got := rule(c.functionRefusal(planted)); got != RuleFunctionUser {
		t.Errorf("a member of an unknown extension in pg_catalog: %q", got)
	}
	policy := testPolicy()
	policy.AllowFunctions = []string{"pg_catalog.some_new_reader", "pg_catalog.some_new_internal"}
	c = f.checker(policy)
	if r := c.functionRefusal(f.snap.FunctionsByOID[9002]); r != nil {
		t.Errorf("an operator cannot allow a function that is not known yet: %s", r.Message)
	}
	if r := c.functionRefusal(f.snap.FunctionsByOID[9005]); r == nil {
		t.Error("an operator can allow a function with an internal argument")
	}
}

func rule(r *Refusal) Rule {
	if r == nil {
		return ""
	}
	return r.Rule
}
