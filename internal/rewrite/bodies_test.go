package rewrite

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"

	"tenantproxy/internal/catalog"
)

func (c *Checker) bodiesJudged() (n int) {
	c.bodies.Range(func(any, any) bool { n++; return true })
	return n
}

// TestBodiesAreJudgedWhenCalled has more functions than New may look into.
func TestBodiesAreJudgedWhenCalled(t *testing.T) {
	f := callCentre(t)
	for i := range 2000 {
		f.sqlFunction(fmt.Sprint("f", i), "SELECT count(*) FROM contacts")
	}
	f.sqlFunction("caller", "SELECT f7(), f8()")
	c := f.checker(testPolicy())
	if n := c.bodiesJudged(); n != 0 {
		t.Fatalf("New has judged %d bodies", n)
	}
	for range 2 {
		if v := c.Check("SELECT caller()"); !v.Allowed {
			t.Fatal(describe(v))
		}
		if n := c.bodiesJudged(); n != 3 {
			t.Fatalf("%d bodies are judged, want that of caller and of the two that it calls", n)
		}
	}
}

// TestBodiesCallingDeep has a chain longer than is followed, and judges from both
// ends: the order must not let through what is refused.
func TestBodiesCallingDeep(t *testing.T) {
	f := callCentre(t)
	const length = 3 * maxBodyCalls
	for i := range length {
		f.sqlFunction(fmt.Sprint("f", i), fmt.Sprintf("SELECT f%d()", i+1))
	}
	f.sqlFunction(fmt.Sprint("f", length), "SELECT count(*) FROM norls")
	for _, order := range [][]int{{0, length}, {length - 1, 0}, {length / 2, 0, length - 1}} {
		c := f.checker(testPolicy())
		for _, i := range order {
			if v := c.Check(fmt.Sprintf("SELECT f%d()", i)); v.Allowed {
				t.Errorf("f%d is allowed", i)
			}
		}
	}
}

// TestRecursiveBodies has functions that call each other at random, some of which read
// what is not kept apart: whatever is judged first, a function is allowed exactly if it
// reaches none of those.
func TestRecursiveBodies(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		n := 4 + r.IntN(6)
		f := callCentre(t)
		reaches := make([]map[int]bool, n) // what each function calls, itself included
		bad := make([]bool, n)
		for i := range n {
			reaches[i] = map[int]bool{i: true}
			body := "SELECT 1"
			for range r.IntN(4) {
				callee := r.IntN(n)
				if r.IntN(3) == 0 {
					// A column for certain, whatever the function by its name may be.
					body += fmt.Sprintf("; SELECT w.f%d FROM wide w", callee)
					continue
				}
				reaches[i][callee] = true
				body += fmt.Sprintf("; SELECT f%d('x')", callee)
			}
			if bad[i] = r.IntN(6) == 0; bad[i] {
				body += "; SELECT secret FROM norls"
			}
			f.sqlFunction(fmt.Sprint("f", i), body, "text")
		}
		f.table("wide", "f0 f1 f2 f3 f4 f5 f6 f7 f8 f9")
		for range n { // as far as any path goes
			for i := range n {
				for j := range reaches[i] {
					maps.Copy(reaches[i], reaches[j])
				}
			}
		}
		c := f.checker(testPolicy())
		for _, i := range append(r.Perm(n), r.Perm(n)...) {
			want := true
			for j := range reaches[i] {
				want = want && !bad[j]
			}
			if v := c.Check(fmt.Sprintf("SELECT f%d('x')", i)); v.Allowed != want {
				for _, fn := range f.snap.FunctionsByOID {
					if fn.Schema == "public" && fn.Language == "sql" {
						t.Log(fn, fn.Source)
					}
				}
				t.Fatalf("f%d: %s", i, describe(v))
			}
		}
	}
}

// TestRecursiveBodiesInAnyOrder has four functions of which one reads what is not kept
// apart and that all others reach. What rests on a body that rests on another must
// not be taken for settled when the first is, whichever of them is judged first.
func TestRecursiveBodiesInAnyOrder(t *testing.T) {
	f := callCentre(t)
	f.table("wide", "f0 f2")
	f.sqlFunction("f0", "SELECT w.f2 FROM wide w; SELECT f2('x'); SELECT w.f0 FROM wide w", "text")
	f.sqlFunction("f1", "SELECT f2('x'); SELECT w.f2 FROM wide w; SELECT f3('x')", "text")
	f.sqlFunction("f2", "SELECT f1('x')", "text")
	f.sqlFunction("f3", "SELECT f1('x'); SELECT f0('x'); SELECT secret FROM norls", "text")
	r := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		c, order := f.checker(testPolicy()), r.Perm(4)
		for _, i := range order {
			if v := c.Check(fmt.Sprintf("SELECT f%d('x')", i)); v.Allowed {
				t.Fatalf("%v: f%d is allowed", order, i)
			}
		}
	}
}

// TestBodiesConcurrently judges the same bodies from many sides, in a cycle too.
func TestBodiesConcurrently(t *testing.T) {
	c := bodied(t).checker(testPolicy())
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for _, sql := range []string{"SELECT own_contacts($1)", "SELECT mutual_a()", "SELECT mutual_c()", "SELECT mutual_d()", "SELECT caller()"} {
				if v := c.Check(sql); v.Allowed != (sql == "SELECT own_contacts($1)" || sql == "SELECT mutual_a()") {
					t.Errorf("%d: %s: %s", i, sql, describe(v))
				}
			}
		})
	}
	wait.Wait()
}

// TestFunctionsBelowSettle has domains whose checks use the next one, down to one
// that passes, one that does not, or the first again.
func TestFunctionsBelowSettle(t *testing.T) {
	for _, c := range []struct {
		length  int
		last    string
		allowed bool
	}{
		{5, "SELECT true", true},
		{5, "SELECT 'x'::d0 IS NULL", true},
		{5, "SELECT EXISTS (SELECT FROM norls)", false},
		{maxRounds + 20, "SELECT true", true},
		{maxRounds + 20, "SELECT EXISTS (SELECT FROM norls)", false},
	} {
		f := callCentre(t)
		for i := range c.length {
			body := fmt.Sprintf("SELECT 'x'::d%d IS NULL", i+1)
			if i == c.length-1 {
				body = c.last
			}
			f.typ(fmt.Sprint("d", i), 'd', f.sqlFunction(fmt.Sprint("check", i), body, "text")).BaseType = "text"
		}
		f.sqlFunction("plain", "SELECT true", "text")
		f.typ("fine", 'd', f.snap.Functions[name("plain")]...).BaseType = "text"
		checker := f.checker(testPolicy())
		for i := range c.length {
			if v := checker.Check(fmt.Sprintf("SELECT 'x'::d%d", i)); v.Allowed != c.allowed {
				t.Errorf("%d domains down to %q: d%d: %s", c.length, c.last, i, describe(v))
			}
		}
		// What does not settle in time takes the others along.
		if v := checker.Check("SELECT 'x'::fine"); v.Allowed != (c.allowed || c.length < maxRounds) {
			t.Errorf("%d domains down to %q: fine: %s", c.length, c.last, describe(v))
		}
	}
}

// FuzzBody holds that no body takes the analysis down, and that one that passes
// holds nothing that the client could not have sent itself. The one form that a
// client cannot send, RETURN, is no statement outside BEGIN ATOMIC.
func FuzzBody(f *testing.F) {
	for _, sql := range goldenTexts(f) {
		f.Add(sql, false)
		f.Add("BEGIN ATOMIC "+sql+"; END", true)
	}
	fixed := bodied(f)
	for _, fn := range fixed.snap.FunctionsByOID {
		if fn.Language == "sql" {
			f.Add(fn.Source, fn.SQLBody)
		}
	}
	fuzzed := fixed.sqlFunction("fuzzed", "", "text")
	c := fixed.checker(testPolicy())
	f.Fuzz(func(t *testing.T, source string, atomic bool) {
		fuzzed.Source, fuzzed.SQLBody = source, atomic
		c.bodies.Clear()
		v := c.Check("SELECT fuzzed('x')")
		if v.Refusal.Rule == RuleInternalError {
			t.Fatalf("a panic inside: %q", source)
		}
		if !v.Allowed {
			if v.Refusal.Rule == "" || v.Refusal.Message == "" || len(v.Refusal.SQLSTATE) != 5 {
				t.Fatalf("%q: refusal lacks a field: %+v", source, v.Refusal)
			}
			return
		}
		if atomic {
			return
		}
		if direct := c.Check(source); !direct.Allowed {
			t.Fatalf("%q passes as a body, and is refused by itself: %s", source, describe(direct))
		}
	})
}

// TestFunctionsOfOtherLanguages has a text in languages that are not analysed.
func TestFunctionsOfOtherLanguages(t *testing.T) {
	for _, language := range []string{"PLPGSQL", "plperl", "c", "internal", "plpython3u", "SQL", ""} {
		f := callCentre(t)
		f.sqlFunction("f", "SELECT 1").Language = language
		if v := f.checker(testPolicy()).Check("SELECT f()"); v.Allowed || v.Refusal.Rule != RuleFunctionUser {
			t.Errorf("%q: %s", language, describe(v))
		}
	}
	for _, change := range []func(*catalog.Function){
		func(fn *catalog.Function) { fn.Kind = 'w' },
		func(fn *catalog.Function) { fn.Kind = 'a' },
		func(fn *catalog.Function) { fn.Extension = "unheard_of" },
	} {
		f := callCentre(t)
		change(f.sqlFunction("f", "SELECT 1"))
		if v := f.checker(testPolicy()).Check("SELECT f()"); v.Allowed || v.Refusal.Rule != RuleFunctionUser {
			t.Errorf("%s", describe(v))
		}
	}
}
