package rewrite

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the verdicts in testdata/verdicts")

// setups are what a golden file can run its cases with ("-- with: name").
func setups(t testing.TB) map[string]*Checker {
	change := func(f func(*Policy)) Policy {
		p := testPolicy()
		f(&p)
		return p
	}
	fixed := callCentre(t)
	unfixed := callCentre(t)
	unfixed.snap.ServerVersion = 150019
	newer := callCentre(t)
	newer.snap.ServerVersion = 180007
	superuser := callCentre(t)
	superuser.snap.Role.Superuser = true
	shadowed := callCentre(t)
	definer := shadowed.snap.Functions[name("definer")][0]
	for _, hidden := range []string{"json_array", "json_object", "system"} {
		shadowed.function(hidden, "integer").SecurityDefiner = true
	}
	shadowed.operator("public", "=", definer)
	shadowed.operator("public", ">=", definer)
	return map[string]*Checker{
		"shadowed":  shadowed.checker(testPolicy()),
		"default":   fixed.checker(testPolicy()),
		"unfixed":   unfixed.checker(testPolicy()),
		"newer":     newer.checker(testPolicy()),
		"superuser": superuser.checker(testPolicy()),
		"hostile":   hostile(t).checker(testPolicy()),
		"cast":      casting(t).checker(testPolicy()),
		"implicit":  implicitCasting(t).checker(testPolicy()),
		"json":      jsonCasting(t).checker(testPolicy()),
		"generous": fixed.checker(change(func(p *Policy) {
			p.Explain, p.ListenNotify = "analyze", "allow"
			p.CursorWithHold, p.LockTable = true, true
			p.AllowRelations = append(p.AllowRelations, "pg_catalog.pg_stat_activity", "public.mv", "private.hidden")
			p.AllowFunctions = []string{"public.allowed", "public.definer", "auth.jwt", "pg_catalog.pg_sleep", "pg_catalog.pg_table_size", "public.do_things"}
			p.DenyFunctions = []string{"pg_catalog.random"}
		})),
		"prefix":             fixed.checker(change(func(p *Policy) { p.ListenNotify = "prefix" })),
		"bodies":             bodied(t).checker(testPolicy()),
		"bodies report":      bodied(t).checker(change(func(p *Policy) { p.Mode = "report" })),
		"procedural":         procedural(t).checker(change(func(p *Policy) { p.AllowDo = true })),
		"procedural temp":    procedural(t).checker(change(func(p *Policy) { p.AllowDo, p.AllowDDL = true, "temp" })),
		"procedural report":  procedural(t).checker(change(func(p *Policy) { p.AllowDo, p.Mode = true, "report" })),
		"procedural hostile": proceduralHostile(t).checker(change(func(p *Policy) { p.AllowDo = true })),
		"family":             family(t, "SELECT 0", "").checker(testPolicy()),
		"family allowed":     family(t, "SELECT 0", "SELECT true").checker(change(func(p *Policy) { p.AllowFunctions = []string{"public.odd_compare"} })),
		"family norls":       family(t, "", "SELECT EXISTS (SELECT FROM norls)").checker(testPolicy()),
		"body cast":          bodiedCast(t, "SELECT id::text FROM contacts LIMIT 1").checker(testPolicy()),
		"body cast norls":    bodiedCast(t, "SELECT secret FROM norls LIMIT 1").checker(testPolicy()),
		"temp":               fixed.checker(change(func(p *Policy) { p.AllowDDL = "temp" })),
		"report":             fixed.checker(change(func(p *Policy) { p.Mode = "report" })),
		"strict":             fixed.checker(change(func(p *Policy) { p.Explain = "none"; p.AllowRelations = nil })),
		"schemas": fixed.checker(change(func(p *Policy) {
			p.Schemas = []string{"public", "reporting", "private"}
		})),
	}
}

// TestGolden runs the cases of testdata/verdicts/*.sql. A case is
//
//	-- why: one line
//	SQL, on as many lines as it needs
//	=> verdict
//
// and "-- with: name" chooses the setup for the cases after it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/verdicts/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	checkers := setups(t)
	cases := 0
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var after bytes.Buffer
			setup, sql, why := "default", []string{}, ""
			for number, line := range strings.Split(strings.TrimRight(string(before), "\n"), "\n") {
				switch {
				case strings.HasPrefix(line, "-- with: "):
					setup = strings.TrimPrefix(line, "-- with: ")
					if checkers[setup] == nil {
						t.Fatalf("line %d: no setup %q", number+1, setup)
					}
				case strings.HasPrefix(line, "-- why: "):
					why = strings.TrimPrefix(line, "-- why: ")
				case strings.HasPrefix(line, "=>"):
					text := strings.Join(sql, "\n")
					got := "=> " + describe(checkers[setup].Check(text))
					if why == "" {
						t.Errorf("line %d: a case without a why", number+1)
					}
					if !*update && got != line {
						t.Errorf("line %d (%s): %s\n got %s\nwant %s", number+1, why, text, got, line)
					}
					line, sql, why = got, nil, ""
					cases++
				case line != "" || len(sql) > 0:
					sql = append(sql, line)
				}
				fmt.Fprintln(&after, line)
			}
			if len(sql) > 0 {
				t.Fatal("the last case has no verdict line")
			}
			if *update && !bytes.Equal(before, after.Bytes()) {
				if err := os.WriteFile(path, after.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	if cases < 300 {
		t.Errorf("only %d cases were run", cases)
	}
}

// describe writes a verdict on one line.
func describe(v *Verdict) string {
	var b strings.Builder
	if v.Allowed {
		b.WriteString("allowed")
		for _, e := range v.edits {
			if e.temporary {
				fmt.Fprintf(&b, "; pg_temp at %d", e.start)
			} else {
				fmt.Fprintf(&b, "; channel %q at %d to %d", e.channel, e.start, e.end)
			}
		}
	} else {
		fmt.Fprintf(&b, "refused %s %s: %s", v.Refusal.SQLSTATE, v.Refusal.Rule, v.Refusal.Message)
		if v.Refusal.Hint != "" {
			fmt.Fprintf(&b, " [%s]", v.Refusal.Hint)
		}
	}
	var reported []string
	for _, r := range v.Reported {
		reported = append(reported, strings.TrimSpace(string(r.Rule)+" "+r.Object))
	}
	flags := []struct {
		set  bool
		text string
	}{
		{len(reported) > 0, "reported " + strings.Join(reported, ", ")},
		{len(v.CreatesTemp) > 0, "creates temporary " + strings.Join(v.CreatesTemp, ",")},
		{len(v.NeedsTemp) > 0, "needs temporary " + strings.Join(v.NeedsTemp, ",") + " or " + string(v.Refusal.Rule)},
		{v.Empty, "empty"},
		{len(v.Prepares) > 0, "prepares=" + strings.Join(v.Prepares, ",")},
		{len(v.Executes) > 0, "executes=" + strings.Join(v.Executes, ",")},
		{len(v.Deallocates) > 0, "deallocates=" + strings.Join(v.Deallocates, ",")},
		{v.DeallocatesAll, "deallocates all"},
		{v.Resets.All, "resets all"},
		{len(v.Resets.Names) > 0, "resets=" + strings.Join(v.Resets.Names, ",")},
		{v.UnknownRelation, "unknown"},
		{v.LooksAtLiterals, "literals"},
	}
	for _, f := range flags {
		if f.set {
			b.WriteString("; " + f.text)
		}
	}
	return b.String()
}
