package canary

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/rewrite/goldentest"
)

// plans asks Postgres what a statement means: it makes a function of it in a
// transaction that is rolled back, and reads the tree that Postgres stores. That has
// the OIDs of all relations and functions, also of pinned ones, which pg_depend leaves
// out, and views are followed into theirs.
type plans struct {
	conn    *pgconn.PgConn
	checker *rewrite.Checker
	// wrong says of relations and functions what must not be in an allowed statement,
	// by OID.
	wrong map[string]map[string]string
	// trees are those of views.
	views map[string]string
}

func newPlans(t testing.TB, d *pgtest.Database, policy rewrite.Policy) *plans {
	t.Helper()
	snap, err := catalog.Load(t.Context(), d.Connect(t, d.App()), nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &plans{conn: d.Connect(t, d.Superuser()), wrong: map[string]map[string]string{"relation": {}, "function": {}}, views: map[string]string{}}
	if p.checker, err = rewrite.New(policy, snap); err != nil {
		t.Fatal(err)
	}
	pgtest.Query(t, p.conn, "SELECT set_config('search_path', $1, false)", policy.SearchPath())

	// Tables as pg_class has them. Of catalogs and functions the property is that nothing
	// reaches what Check refuses where it is named: built-ins are on a reviewed list, and
	// bodies are judged; no function runs as its owner.
	for _, row := range pgtest.Query(t, p.conn, `
		SELECT c.oid, c.oid::regclass, relkind, relnamespace::regnamespace IN ('pg_catalog', 'information_schema'),
		       relrowsecurity AND relkind IN ('r', 'p') AND (relforcerowsecurity OR NOT pg_has_role('app_tenant', relowner, 'USAGE')) OR c.oid = 'plans'::regclass,
		       relkind = 'v' AND coalesce(rolsuper OR rolbypassrls, false) AND NOT coalesce(reloptions::text ~ 'security_invoker=true', false)
		FROM pg_class c LEFT JOIN pg_authid a ON a.oid = relowner WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')`) {
		oid, name, kind, system, fine, definer := row[0], row[1], row[2], row[3] == "t", row[4] == "t", row[5] == "t"
		switch {
		case name == "pg_settings":
			// Allowed with the constant names of settings that are not secret, as below.
		case system:
			if v := p.checker.Check("SELECT FROM " + name); !v.Allowed {
				p.wrong["relation"][oid] = name + ": " + v.Refusal.Message
			}
		case kind == "v":
			if definer {
				p.wrong["relation"][oid] = name + " runs as a role that sees all"
			}
		case !fine:
			p.wrong["relation"][oid] = name + " is not protected"
		}
	}
	for _, row := range pgtest.Query(t, p.conn, `
		SELECT p.oid, p.oid::regprocedure, quote_ident(nspname) || '.' || quote_ident(proname),
		       array_to_string(ARRAY(SELECT 'NULL::' || t::regtype FROM unnest(proargtypes) t), ', '), prokind,
		       p.oid >= 16384 AND prosecdef
		FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace`) {
		oid, name := row[0], row[1]
		if row[5] == "t" {
			p.wrong["function"][oid] = name + " runs as its owner"
			continue
		}
		over := map[string]string{"w": " OVER ()"}[row[4]]
		// These two are allowed with constants only, which Check sees.
		if strings.HasSuffix(row[2], ".set_config") || strings.HasSuffix(row[2], ".current_setting") {
			continue
		}
		if v := p.checker.Check("SELECT " + row[2] + "(" + concrete.Replace(row[3]) + ")" + over); !v.Allowed && strings.HasPrefix(string(v.Refusal.Rule), "function.") {
			p.wrong["function"][oid] = name + ": " + v.Refusal.Message
		}
	}
	for _, row := range pgtest.Query(t, p.conn, `SELECT ev_class, string_agg(ev_action::text, '') FROM pg_rewrite JOIN pg_class c ON c.oid = ev_class
		WHERE relnamespace::regnamespace NOT IN ('pg_catalog', 'information_schema') GROUP BY 1`) {
		p.views[row[0]] = row[1]
	}
	if len(p.wrong["function"]) < 300 || len(p.wrong["relation"]) < 20 {
		t.Fatalf("only %d functions and %d relations are refused", len(p.wrong["function"]), len(p.wrong["relation"]))
	}
	return p
}

var (
	relationInTree = regexp.MustCompile(`:relid (\d+)`)
	functionInTree = regexp.MustCompile(`:(?:funcid|opfuncid|aggfnoid|winfnoid|hashfuncid|negfuncid) (\d+)`)
	bindParameters = regexp.MustCompile(`\$\d`)
)

// tree gives the stored form of a statement, or why Postgres does not take it, or not
// into a function.
func (p *plans) tree(ctx context.Context, sql string) (tree string, err error) {
	exec := func(sql string) error { _, err := p.conn.Exec(ctx, sql).ReadAll(); return err }
	if err := exec("BEGIN"); err != nil {
		return "", err
	}
	defer func() { _ = exec("ROLLBACK") }() // shows with the next statement
	arguments := ""
	if bindParameters.MatchString(sql) {
		described, err := p.conn.Prepare(ctx, "", sql, nil)
		if err != nil {
			return "", err
		}
		var oids []string
		for _, oid := range described.ParamOIDs {
			oids = append(oids, fmt.Sprint(oid))
		}
		if len(oids) > 0 {
			rows := p.conn.ExecParams(ctx, "SELECT string_agg(o::regtype::text, ', ' ORDER BY n) FROM unnest('{"+strings.Join(oids, ",")+"}'::oid[]) WITH ORDINALITY u(o, n)", nil, nil, nil, nil).Read()
			if rows.Err != nil {
				return "", rows.Err
			}
			arguments = string(rows.Rows[0][0])
		}
	}
	// In the extended protocol, which takes one statement: no text ends the body early.
	if err := p.conn.ExecParams(ctx, "CREATE FUNCTION public.probe_of_a_plan("+arguments+") RETURNS void LANGUAGE sql BEGIN ATOMIC "+sql+"\n; END", nil, nil, nil, nil).Read().Err; err != nil {
		return "", err
	}
	rows := p.conn.ExecParams(ctx, "SELECT prosqlbody::text FROM pg_proc WHERE proname = 'probe_of_a_plan'", nil, nil, nil, nil).Read()
	if rows.Err != nil || len(rows.Rows) != 1 {
		return "", fmt.Errorf("reading the tree: %w", rows.Err)
	}
	return string(rows.Rows[0][0]), nil
}

// judge lists what must not be in a tree.
func (p *plans) judge(tree string, seen map[string]bool) (wrong []string) {
	for _, match := range functionInTree.FindAllStringSubmatch(tree, -1) {
		if why := p.wrong["function"][match[1]]; why != "" {
			wrong = append(wrong, "function "+why)
		}
	}
	for _, match := range relationInTree.FindAllStringSubmatch(tree, -1) {
		oid := match[1]
		if why := p.wrong["relation"][oid]; why != "" {
			wrong = append(wrong, "relation "+why)
		}
		if view := p.views[oid]; view != "" && !seen[oid] {
			seen[oid] = true
			wrong = append(wrong, p.judge(view, seen)...)
		}
	}
	return wrong
}

// inner gives the queries in a text, without the EXPLAIN, DECLARE, COPY or PREPARE around them.
func inner(sql string) (queries []string) {
	parsed, err := pg_query.Parse(sql)
	if err != nil {
		return nil
	}
	for _, statement := range parsed.GetStmts() {
		node := statement.GetStmt()
		for depth := 0; depth < 5; depth++ {
			var within *pg_query.Node
			switch {
			case node.GetExplainStmt() != nil:
				within = node.GetExplainStmt().GetQuery()
			case node.GetDeclareCursorStmt() != nil:
				within = node.GetDeclareCursorStmt().GetQuery()
			case node.GetPrepareStmt() != nil:
				within = node.GetPrepareStmt().GetQuery()
			case node.GetCreateTableAsStmt() != nil:
				within = node.GetCreateTableAsStmt().GetQuery()
			case node.GetCopyStmt() != nil:
				within = node.GetCopyStmt().GetQuery()
			}
			if within == nil {
				break
			}
			node = within
		}
		if node.GetSelectStmt() == nil && node.GetInsertStmt() == nil && node.GetUpdateStmt() == nil && node.GetDeleteStmt() == nil && node.GetMergeStmt() == nil {
			continue
		}
		text, err := pg_query.Deparse(&pg_query.ParseResult{Stmts: []*pg_query.RawStmt{{Stmt: node}}})
		if err == nil {
			queries = append(queries, text)
		}
	}
	return queries
}

// check holds the property for one text, and counts the trees that were read.
func (p *plans) check(t *testing.T, sql string) (trees int) {
	t.Helper()
	if v := p.checker.Check(sql); !v.Allowed || v.Empty || len(v.NeedsTemp) > 0 || len(v.CreatesTemp) > 0 {
		return 0
	}
	texts := inner(sql)
	if len(texts) == 1 && !strings.ContainsAny(sql, ";") {
		texts = append(texts, sql) // as it was written, where that is one query
	}
	for _, text := range texts {
		tree, err := p.tree(t.Context(), text)
		if p.conn.IsClosed() {
			t.Fatalf("%s\nended the session: %v", text, err)
		}
		if err != nil {
			continue // an error of Postgres's reaches nothing
		}
		trees++
		if wrong := p.judge(tree, map[string]bool{}); len(wrong) > 0 {
			t.Errorf("%s\nis allowed, and has\n  %s", text, strings.Join(wrong, "\n  "))
		}
	}
	return trees
}

func goldenTexts(t testing.TB) []string {
	t.Helper()
	return goldentest.Texts(t, "../rewrite/testdata/verdicts")
}

func goldenPlans(t testing.TB, s *pgtest.Server) *plans {
	t.Helper()
	schema, err := os.ReadFile("testdata/plans.sql")
	if err != nil {
		t.Fatal(err)
	}
	s.NewDatabase(t) // makes app_tenant
	owner := s.CreateRole(t, "")
	d := s.NewEmptyDatabase(t, strings.ReplaceAll(string(schema), "plans_owner", owner))
	return newPlans(t, d, rewrite.Policy{
		Schemas: []string{"public"}, AllowRelations: []string{"public.plans"}, Explain: "plain",
		ProtectedSettings: []string{"app.org_id", "request.jwt.claims"}, AllowDo: true,
	})
}

// TestPlansOfGoldenCases holds, on every server version, that what is allowed of the
// golden cases reads nothing that is not protected, shared or a catalog for all, and
// calls no function that is refused.
func TestPlansOfGoldenCases(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, s *pgtest.Server) {
		p, trees := goldenPlans(t, s), 0
		for _, sql := range goldenTexts(t) {
			trees += p.check(t, sql)
		}
		t.Logf("%d trees", trees)
		if trees < 150 {
			t.Errorf("only %d trees were read", trees)
		}
		// What must be found is found.
		for sql, want := range map[string]string{
			"SELECT * FROM norls":                                       "relation norls",
			"DELETE FROM contacts USING norls WHERE true":               "relation norls",
			"SELECT * FROM v_sublink":                                   "relation norls",
			"SELECT * FROM v_superuser":                                 "relation v_superuser",
			"SELECT FROM contacts ORDER BY definer(1)":                  "function definer",
			"SELECT c.full_name FROM contacts c":                        "function full_name",
			"SELECT <@> 1":                                              "function definer",
			"SELECT pg_sleep(1)":                                        "function pg_sleep",
			"SELECT * FROM pg_stat_activity":                            "relation pg_stat_activity",
			"INSERT INTO contacts (name) SELECT rolname FROM pg_authid": "relation pg_authid",
		} {
			tree, err := p.tree(t.Context(), sql)
			if err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			if wrong := strings.Join(p.judge(tree, map[string]bool{}), ", "); !strings.Contains(wrong, want) {
				t.Errorf("%s: found %q, want %s", sql, wrong, want)
			}
		}
	})
}

// TestPlansOfGenerated holds the same for generated statements.
func TestPlansOfGenerated(t *testing.T) {
	s := newStage(t)
	p := newPlans(t, s.DB, s.policy)
	g := &generator{r: rand.New(rand.NewPCG(*seed, 2)), schema: s.schema(t)}
	trees := 0
	for range *statements / 3 {
		for _, sql := range g.unit(true) {
			trees += p.check(t, sql)
		}
	}
	t.Logf("%d trees", trees)
	if trees < *statements/20 {
		t.Errorf("only %d trees were read", trees)
	}
}

// FuzzPlans starts from the golden cases.
func FuzzPlans(f *testing.F) {
	for _, sql := range goldenTexts(f) {
		f.Add(sql)
	}
	p := goldenPlans(f, pgtest.Default(f))
	f.Fuzz(func(t *testing.T, sql string) { p.check(t, sql) })
}
