package canary

import (
	"fmt"
	"strings"
	"testing"

	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/rewrite"
)

// schema is what statements are made of.
type schema struct {
	relations []relation
	// functions and operators are by result type; refused are functions that the
	// policy refuses.
	functions map[string][]function
	operators map[string][]operator
	refused   []function
	settings  []string
}

type relation struct {
	name    string
	columns []column
	// kind is protected, shared, unprotected or catalog.
	kind string
}

type column struct{ name, typ string }

type function struct {
	oid, schema, name, result string
	args                      []string
	set                       bool
	kind                      string // prokind
}

type operator struct{ name, left, right string }

// concrete stands for the pseudo-types in signatures.
var concrete = strings.NewReplacer(
	"anyelement", "integer", "anynonarray", "text", "anycompatiblenonarray", "text", "anycompatiblearray", "text[]",
	"anycompatiblerange", "int4range", "anycompatiblemultirange", "int4multirange", "anycompatible", "text",
	"anyarray", "integer[]", "anyenum", "campaign_status", "anyrange", "int4range", "anymultirange", "int4multirange", `"any"`, "text")

func (s *stage) schema(t *testing.T) *schema {
	t.Helper()
	conn := s.DB.Connect(t, s.DB.Superuser())
	sc := &schema{functions: make(map[string][]function), operators: make(map[string][]operator)}
	checker, err := rewrite.New(s.policy, s.Loader.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	byName := make(map[string]int)
	for _, row := range pgtest.Query(t, conn, `
		SELECT c.oid::regclass, a.attname, a.atttypid::regtype, CASE WHEN relnamespace <> 'public'::regnamespace THEN 'catalog'
		       WHEN relname IN ('import_staging', 'campaign_leaderboard') THEN 'unprotected' WHEN relname = 'plans' THEN 'shared' ELSE 'protected' END
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT attisdropped
		WHERE relkind IN ('r', 'v') AND relnamespace::regnamespace::text IN ('public', 'pg_catalog', 'information_schema') ORDER BY c.oid, a.attnum`) {
		i, known := byName[row[0]]
		if !known {
			i = len(sc.relations)
			byName[row[0]] = i
			sc.relations = append(sc.relations, relation{name: row[0], kind: row[3]})
		}
		sc.relations[i].columns = append(sc.relations[i].columns, column{row[1], row[2]})
	}
	for _, row := range pgtest.Query(t, conn, `
		SELECT pronamespace::regnamespace, proname, prorettype::regtype, array_to_string(ARRAY(SELECT t::regtype FROM unnest(proargtypes) t), '|'),
		       proretset::int, prokind, oid
		FROM pg_proc WHERE prokind IN ('f', 'a', 'w') AND pronamespace::regnamespace::text IN ('pg_catalog', 'auth')
		  AND NOT proargtypes::oid[] && ARRAY['cstring'::regtype, 'internal'::regtype, 'trigger'::regtype]::oid[]
		  AND prorettype NOT IN ('cstring'::regtype, 'internal'::regtype, 'trigger'::regtype, 'event_trigger'::regtype) ORDER BY oid`) {
		f := function{oid: row[6], schema: row[0], name: row[1], result: concrete.Replace(row[2]), set: row[4] == "1", kind: row[5]}
		var nulls []string
		if row[3] != "" {
			f.args = strings.Split(concrete.Replace(row[3]), "|")
			for _, arg := range f.args {
				nulls = append(nulls, "NULL::"+arg)
			}
		}
		over := ""
		if f.kind == "w" {
			over = " OVER ()"
		}
		switch v := checker.Check(fmt.Sprintf("SELECT %s.%q(%s)%s", f.schema, f.name, strings.Join(nulls, ","), over)); {
		case !v.Allowed:
			sc.refused = append(sc.refused, f)
		default:
			sc.functions[f.result] = append(sc.functions[f.result], f)
		}
	}
	for _, row := range pgtest.Query(t, conn, `SELECT oprname, oprleft::regtype, oprright::regtype, oprresult::regtype FROM pg_operator
		WHERE oprcode <> 0 AND oprleft <> 0 AND oprnamespace = 'pg_catalog'::regnamespace ORDER BY oid`) {
		result := concrete.Replace(row[3])
		sc.operators[result] = append(sc.operators[result], operator{row[0], concrete.Replace(row[1]), concrete.Replace(row[2])})
	}
	for _, row := range pgtest.Query(t, conn, "SELECT name FROM pg_settings ORDER BY 1") {
		sc.settings = append(sc.settings, row[0])
	}
	if len(sc.relations) < 150 || len(sc.functions) < 50 || len(sc.refused) < 100 || len(sc.operators) < 20 {
		t.Fatalf("the schema has %d relations, %d and %d functions, %d operators", len(sc.relations), len(sc.functions), len(sc.refused), len(sc.operators))
	}
	return sc
}

// of gives the relations of a kind.
func (s *schema) of(kind string) (of []relation) {
	for _, rel := range s.relations {
		if rel.kind == kind {
			of = append(of, rel)
		}
	}
	return of
}

// hideRefused has sqlsmith, which takes any function and relation that it finds,
// find those that are allowed: otherwise nearly every statement is refused. It
// leaves out what its query for functions excludes.
func (s *stage) hideRefused(t *testing.T) {
	t.Helper()
	var hide []string
	for _, f := range s.schema(t).refused {
		if f.schema == "pg_catalog" && f.name != "current_setting" { // which the policies call
			hide = append(hide, f.oid)
		}
	}
	s.DB.Exec(t, "UPDATE pg_proc SET proretset = true WHERE oid IN ("+strings.Join(hide, ", ")+")",
		"REVOKE ALL ON import_staging, campaign_leaderboard FROM app_tenant")
	s.Refresh(t)
}
