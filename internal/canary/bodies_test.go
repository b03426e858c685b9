package canary

import (
	"cmp"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/plpgsql"
)

// TestBodiesCompile holds, on every server version, that what is allowed of the golden
// blocks of PL/pgSQL is PL/pgSQL: Postgres makes procedures of them, for which it reads
// all of their statements and looks all of their types up.
func TestBodiesCompile(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, s *pgtest.Server) {
		p, compiled := goldenPlans(t, s), 0
		for _, sql := range goldenTexts(t) {
			body, ok := blockOf(sql)
			if !ok || !p.checker.Check(sql).Allowed {
				continue
			}
			if strings.Contains(body, "MERGE") && p.checker.Snapshot().ServerVersion < 150000 {
				continue // the parser knows more than the server
			}
			compiled++
			if err := p.compile(t, body); err != nil {
				t.Errorf("%s\nis allowed, and Postgres says: %v", sql, err)
			}
		}
		if compiled < 25 {
			t.Errorf("only %d blocks were compiled", compiled)
		}
		if err := p.compile(t, "BEGIN PERFORM 1 +; END"); err == nil {
			t.Error("Postgres does not say what is wrong")
		}
	})
}

// blockOf gives the body of a DO that stands alone.
func blockOf(sql string) (body string, ok bool) {
	parsed, err := pg_query.Parse(sql)
	if err != nil || len(parsed.GetStmts()) != 1 {
		return "", false
	}
	for _, arg := range parsed.GetStmts()[0].GetStmt().GetDoStmt().GetArgs() {
		if arg.GetDefElem().GetDefname() == "as" {
			return arg.GetDefElem().GetArg().GetString_().GetSval(), true
		}
	}
	return "", false
}

// compile makes a procedure of a body, and takes it back.
func (p *plans) compile(t *testing.T, body string) error {
	t.Helper()
	pgtest.Query(t, p.conn, "BEGIN")
	err := p.conn.ExecParams(t.Context(), "CREATE PROCEDURE public.probe_of_a_body() LANGUAGE plpgsql AS $a_body$"+body+"$a_body$", nil, nil, nil, nil).Read().Err
	pgtest.Query(t, p.conn, "ROLLBACK")
	return err
}

// TestBodiesAsPostgresReadsThem holds, on every server version, that there is no SQL in
// the golden blocks but what is judged: Postgres, asked by #option dump, writes down
// what it runs (pl_funcs.c).
func TestBodiesAsPostgresReadsThem(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, s *pgtest.Server) {
		p, compared := goldenPlans(t, s), 0
		log, err := os.Open(filepath.Join(filepath.Dir(pgtest.Query(t, p.conn, "SHOW data_directory")[0][0]), "log"))
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		unread := func(body, read string) (string, bool) {
			ours, err := plpgsql.Read(read, "probe_of_a_body", nil)
			if err != nil {
				return "", false
			}
			if _, err := log.Seek(0, io.SeekEnd); err != nil {
				t.Fatal(err)
			}
			if err := p.compile(t, "#option dump\n"+body); err != nil {
				return "", false
			}
			written, err := io.ReadAll(log)
			if err != nil {
				t.Fatal(err)
			}
			_, tree, begins := strings.Cut(string(written), "\nFunction's data area:")
			tree, _, ends := strings.Cut(tree, "\nEnd of execution tree")
			if !begins || !ends {
				t.Fatalf("no tree in %q", written)
			}
			return leftOver(tree, ours), true
		}
		for _, sql := range goldenTexts(t) {
			body, ok := blockOf(sql)
			if !ok {
				continue
			}
			left, ok := unread(body, body)
			if left != "" {
				t.Errorf("%s\nPostgres finds more in it: %s", body, left)
			}
			if ok {
				compared++
			}
		}
		if compared < 60 {
			t.Errorf("only %d blocks were compared", compared)
		}
		for body, read := range map[string]string{
			"BEGIN PERFORM 1; IF true THEN NULL; END IF; END":                              "BEGIN PERFORM 1; END",
			"DECLARE a int[]; BEGIN a[length('x')] := 2; END":                              "DECLARE a int[]; BEGIN a := 2; END",
			"DECLARE c CURSOR (a int) FOR SELECT a; BEGIN OPEN c (length('x')); END":       "DECLARE c CURSOR (a int) FOR SELECT a; BEGIN OPEN c (1); END",
			"DECLARE r record := ROW(1); BEGIN FOR r IN SELECT 1 LOOP NULL; END LOOP; END": "DECLARE r record; BEGIN FOR r IN SELECT 1 LOOP NULL; END LOOP; END",
		} {
			if left, ok := unread(body, read); !ok || left == "" {
				t.Errorf("%s\nPostgres finds no more in it than in %s", body, read)
			}
		}
	})
}

var (
	spaces   = regexp.MustCompile(`\s+`)
	raised   = regexp.MustCompile(`(RAISElevel=\d+)message='(''|[^'])*'`)
	caseOf   = regexp.MustCompile(`"__Case__Variable_\d+__"`)
	assigned = regexp.MustCompile(`^\(([\w."$]+\[.*\][\w.]*)\),(.*)$`)
	// emptied is what is left of a cursor's arguments and its query, which have quotes of
	// their own.
	emptied = regexp.MustCompile(`arguments='+,*'+|query=''`)
	// itsOwn is quoted, and no SQL of the body.
	itsOwn = regexp.MustCompile(`Function'sstatements:|label='\w+'|condname='\w+'|DEFAULT''\w+'::pg_catalog.refcursor'`)
)

// leftOver gives what is between quotes in a tree and in none of the fragments.
func leftOver(tree string, body *plpgsql.Body) string {
	squeeze := func(text string) string { return spaces.ReplaceAllString(text, "") }
	tree = raised.ReplaceAllString(squeeze(tree), "$1")
	tree = caseOf.ReplaceAllString(tree, "NULL")
	tree = itsOwn.ReplaceAllString(tree, "")
	fragments := slices.Clone(body.Fragments)
	slices.SortFunc(fragments, func(a, b plpgsql.Fragment) int { return cmp.Compare(len(b.SQL), len(a.SQL)) })
	for _, f := range fragments {
		text := squeeze(f.SQL)
		value, isExpression := strings.CutPrefix(text, "SELECT")
		switch {
		case f.Kind == plpgsql.Query:
			tree = strings.ReplaceAll(tree, "'"+text+"'", "")
		case f.Kind != plpgsql.Expression || !isExpression:
		default:
			tree = strings.ReplaceAll(tree, "'"+value+"'", "")
			if argument, ok := strings.CutPrefix(value, "("); ok {
				argument = regexp.QuoteMeta(strings.TrimSuffix(argument, ")"))
				tree = regexp.MustCompile(`([',])`+argument+`(?:AS[a-z]+)?([',])`).ReplaceAllString(tree, "$1$2")
			}
			target := `[\w."$]+`
			if m := assigned.FindStringSubmatch(value); m != nil {
				target, value = regexp.QuoteMeta(m[1]), m[2]
			}
			tree = regexp.MustCompile(`'`+target+`:?=`+regexp.QuoteMeta(value)+`'`).ReplaceAllString(tree, "")
		}
	}
	tree = emptied.ReplaceAllString(tree, "")
	if i := strings.IndexByte(tree, '\''); i >= 0 {
		return tree[max(0, i-40):]
	}
	return ""
}
