package canary

import (
	"strings"
	"testing"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"tenantproxy/internal/pgtest"
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
