package rewrite

import (
	"reflect"
	"strings"
	"sync"
	"testing"

	"tenantproxy/internal/catalog"
)

func TestSearchPath(t *testing.T) {
	for want, schemas := range map[string][]string{
		`pg_catalog`:                         nil,
		`public, pg_catalog`:                 {"public"},
		`a1, "B", "c d", "e""f", pg_catalog`: {"a1", "B", "c d", `e"f`},
		`"1a", "ü", pg_catalog`:              {"1a", "ü"},
	} {
		p := Policy{Schemas: schemas}
		if got := p.SearchPath(); got != want {
			t.Errorf("%q: got %s, want %s", schemas, got, want)
		}
		names, ok := splitIdentifierList(p.SearchPath())
		if !ok || !reflect.DeepEqual(names, p.path()) {
			t.Errorf("%s is read back as %q", p.SearchPath(), names)
		}
	}
}

func TestNewRefusesPolicies(t *testing.T) {
	snap := newFixture(t).snap
	for want, p := range map[string]Policy{
		"policy.schemas":         {Schemas: []string{"$user"}},
		"cannot be a schema":     {Schemas: []string{"pg_temp_1"}},
		`"pg_catalog" cannot`:    {Schemas: []string{"pg_catalog"}},
		"named twice":            {Schemas: []string{"public", "public"}},
		"policy.mode":            {Mode: "warn"},
		"policy.allow_ddl":       {AllowDDL: "all"},
		"policy.explain":         {Explain: "yes"},
		"policy.listen_notify":   {ListenNotify: "some"},
		"policy.max_sql_bytes":   {MaxSQLBytes: -1},
		"policy.allow_relations": {AllowRelations: []string{"plans"}},
		"of the form":            {AllowRelations: []string{"public.a.b"}},
		"policy.deny_functions":  {DenyFunctions: []string{"public."}},
		"policy.allow_functions": {AllowFunctions: []string{`public."x`}},
		"it runs SQL text":       {AllowFunctions: []string{"pg_catalog.query_to_xml"}},
		"tenant's context":       {AllowFunctions: []string{"pg_catalog.SET_CONFIG"}},
	} {
		if _, err := New(p, snap); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", p, err, want)
		}
	}
	if _, err := New(Policy{}, nil); err == nil {
		t.Error("a Checker without a snapshot")
	}
}

func TestWarnings(t *testing.T) {
	c := callCentre(t).checker(Policy{
		Schemas:        []string{"public", "absent"},
		AllowRelations: []string{"public.plans", `public."CamelCase"`, "public.CamelCase"},
		AllowFunctions: []string{"public.no_such"},
		DenyFunctions:  []string{"public.helper", "public.none"},
	})
	want := []string{
		"policy.allow_functions: there is no function public.no_such",
		"policy.allow_relations: there is no relation public.camelcase",
		"policy.deny_functions: there is no function public.none",
		"policy.schemas: there is no schema absent",
	}
	if got := c.Warnings(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRelations(t *testing.T) {
	c := callCentre(t).checker(testPolicy())
	got := map[string]string{}
	last := ""
	for _, v := range c.Relations() {
		name := v.Relation.String()
		if name <= last {
			t.Errorf("%s comes after %s", name, last)
		}
		last = name
		switch {
		case v.Protected && v.Readable:
			got[name] = "protected"
		case v.Readable:
			got[name] = "shared"
		case v.Refusal != nil && !v.Protected:
			got[name] = string(v.Refusal.Rule)
		default:
			t.Errorf("%s: %+v", name, v)
		}
	}
	for name, want := range map[string]string{
		"public.contacts":        "protected",
		"public.calls":           "protected",
		"public.calls_2026":      "relation.rls_disabled",
		"public.plans":           "shared",
		"public.v_invoker":       "protected",
		"public.v_plans":         "shared",
		"public.v_definer":       "view.runs_as_owner",
		"public.mv":              "relation.kind_not_allowed",
		"public.contacts_id_seq": "relation.sequence",
		"reporting.daily":        "relation.schema_not_allowed",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
	if _, ok := got["public.address"]; ok {
		t.Error("a composite type is listed")
	}
}

// TestSearchPathWithoutCatalog holds that the short form is refused where it
// would find another relation.
func TestSearchPathWithoutCatalog(t *testing.T) {
	f := callCentre(t)
	f.table("pg_class", "id")
	c := f.checker(testPolicy())
	if v := c.Check(`SET search_path = "public"`); v.Allowed {
		t.Error("the short form is allowed although public.pg_class hides pg_catalog.pg_class")
	}
	if v := c.Check(`SET search_path = public, pg_catalog`); !v.Allowed {
		t.Error(v.Refusal.Message)
	}
}

func TestRules(t *testing.T) {
	seen := map[Rule]bool{}
	for _, r := range Rules() {
		if seen[r.Rule] || r.Text == "" || !strings.Contains(string(r.Rule), ".") || strings.ToLower(string(r.Rule)) != string(r.Rule) {
			t.Errorf("rule %q: %q", r.Rule, r.Text)
		}
		seen[r.Rule] = true
		if r.Report != StillRefused && r.Report != LetThrough {
			t.Errorf("rule %s: nobody has said what report mode does", r.Rule)
		}
	}
	for _, c := range setups(t) {
		for _, v := range c.Relations() {
			if v.Refusal != nil && !seen[v.Refusal.Rule] {
				t.Errorf("rule %q is not listed", v.Refusal.Rule)
			}
		}
	}
}

func TestZeroValuesRefuse(t *testing.T) {
	if (&Verdict{}).Allowed || (protection{}).readable {
		t.Error("a zero value allows")
	}
	v := (&Checker{maxBytes: 100}).Check("SELECT * FROM contacts")
	if v.Allowed || v.Refusal.Rule != RuleInternalError || v.Refusal.SQLSTATE != "42501" {
		t.Errorf("a panic inside gives %+v", v)
	}
	if (&catalog.Snapshot{}).Generation != 0 {
		t.Error("a zero snapshot has a generation")
	}
}

// TestConcurrentChecks is for the race detector: a Checker is shared by all
// sessions.
func TestConcurrentChecks(t *testing.T) {
	c := callCentre(t).checker(testPolicy())
	texts := goldenTexts(t)
	var group sync.WaitGroup
	for worker := 0; worker < 4; worker++ {
		group.Go(func() {
			for i := worker; i < len(texts); i += 2 {
				if v := c.Check(texts[i]); v.Refusal.Rule == RuleInternalError {
					t.Errorf("a panic inside: %s", texts[i])
				}
			}
			c.Relations()
		})
	}
	group.Wait()
}

// TestSharedQuoted: a shared relation is the one that is spelled so, not the one that
// its name folds to.
func TestSharedQuoted(t *testing.T) {
	for text, want := range map[string]catalog.Name{
		`public."Plans"`: {Schema: "public", Name: "Plans"}, `PUBLIC.Plans`: {Schema: "public", Name: "plans"}, `"A.b"."c""d"`: {Schema: "A.b", Name: `c"d`},
	} {
		if got, err := ParseName(text); err != nil || got != want {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{`public."Plans`, `public.""`, `public."a"b`, `a.b.c`, `"a.b"`, `public.Price List`} {
		if got, err := ParseName(text); err == nil {
			t.Errorf("%s is %v", text, got)
		}
	}
}
