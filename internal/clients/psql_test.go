package clients

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/proxytest"
)

// TestPsql goes through the commands by which psql shows a schema; others are in
// internal/proxy.
func TestPsql(t *testing.T) { testPsql(t) }

// TestPsqlTransactionMode does so in transaction mode.
func TestPsqlTransactionMode(t *testing.T) { testPsql(t, transactionMode) }

func testPsql(t *testing.T, change ...func(*proxytest.Setup)) {
	f := start(t, change...)
	invokerView(t, f.DB)
	f.Refresh(t)
	program := filepath.Join(f.DB.Server().BinDir(), "psql")
	if _, err := os.Stat(program); err != nil {
		if program, err = exec.LookPath("psql"); err != nil {
			t.Skip("psql is not installed")
		}
	}
	psql := func(t *testing.T, script string) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, program, "-X", "-A", f.DSN(f.Token(t, demo.OrgA)))
		cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "PAGER=cat", "PSQLRC=/dev/null", "PGOPTIONS=")
		cmd.Stdin = strings.NewReader(script)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("psql: %v: %s", err, out)
		}
		return string(out)
	}
	// Each by itself, so that the one that fails is known.
	for command, want := range map[string]string{
		`\d`: "tasks", `\d tasks`: "tasks_search", `\d+ tasks`: "POLICY \"own\"", `\d events`: "Partition key: RANGE (at)", `\d+ events`: "events_past",
		`\d project_totals`: "project_id", `\d+ project_totals`: "View definition", `\d tasks_id_seq`: "Sequence", `\d task_labels_pkey`: "primary key",
		`\dt`: "members", `\dt *.*`: "pg_class", `\dv`: "project_totals", `\di`: "tasks_pkey", `\ds`: "tasks_id_seq", `\dm`: "", `\dE`: "",
		`\df`: "", `\df auth.*`: "jwt", `\df+ auth.jwt`: "jwt", `\df pg_catalog.upper`: "upper", `\da sum`: "sum", `\do =`: "=",
		`\dp`: "tasks", `\dp tasks`: "own:", `\z`: "tasks", `\ddp`: "", `\dn`: "public", `\dn+`: "public", `\dT`: "task_state", `\dT+ task_state`: "doing",
		`\dD`: "colour", `\dC`: "", `\dO`: "", `\dc`: "", `\dd`: "", `\du`: demo.AppRole, `\dg`: demo.AppRole,
		`\l`: f.DB.Name, `\dx`: "plpgsql", `\dX`: "", `\dy`: "", `\dRp`: "", `\dew`: "",
		`\dF`: "english", `\dFd`: "simple", `\dFp`: "default", `\dFt`: "simple", `\dA`: "btree", `\dAc btree`: "int4", `\dAf btree`: "integer_ops",
		`\dAo btree integer_ops`: "=", `\dAp btree integer_ops`: "btint4cmp", `\dL`: "plpgsql", `\dP`: "events",
		`\sf auth.jwt`: "request.jwt.claims", `\sf+ auth.jwt`: "request.jwt.claims", `\sv project_totals`: "CREATE OR REPLACE VIEW",
		`\conninfo`: "You are connected", `\encoding`: "UTF8", `\x \\ SELECT title FROM tasks LIMIT 1;`: "title|Write the report",
		`SELECT state, priority, count(*) FROM tasks GROUP BY 1, 2 \crosstabview`: "todo|",
		`SELECT 'SELECT 42 AS answer' \gexec`:                                     "answer", `SELECT title FROM tasks \gdesc`: "title|text",
		`SELECT count(*) AS n FROM tasks \gset` + "\n" + `\echo :n tasks`: "9 tasks",
		`\copy (SELECT title FROM tasks) TO STDOUT`:                       demo.Marker(demo.OrgA), `\copy labels TO STDOUT`: demo.Marker(demo.OrgA),
		`\set FETCH_COUNT 2` + "\n" + `SELECT title FROM tasks;`: demo.Marker(demo.OrgA),
	} {
		t.Run(command, func(t *testing.T) {
			out := psql(t, command+"\n")
			if strings.Contains(out, "ERROR") || strings.Contains(out, "FATAL") || strings.Contains(out, "invalid command") || !strings.Contains(out, want) {
				t.Errorf("want %q in:\n%s", want, out)
			}
			if strings.Contains(out, demo.Marker(demo.OrgB)) {
				t.Errorf("rows of another organization:\n%s", out)
			}
		})
	}
	// Sizes and connection options are not for tenants; the hint says what allows them.
	for command, hint := range map[string]string{
		`\dt+`: "pg_catalog.pg_table_size to policy.allow_functions", `\dv+`: "pg_catalog.pg_table_size to policy.allow_functions",
		`\dPn+`: "pg_catalog.pg_table_size to policy.allow_functions", `\db`: "pg_catalog.pg_tablespace_location to policy.allow_functions",
		`\drds`: "pg_catalog.pg_db_role_setting to policy.allow_relations", `\dRs`: "pg_catalog.pg_subscription to policy.allow_relations",
		`\des`: "pg_catalog.pg_foreign_server to policy.allow_relations", `\deu`: "pg_catalog.pg_user_mappings to policy.allow_relations",
		`\det`: "pg_catalog.pg_foreign_table to policy.allow_relations", `\copy labels FROM STDIN`: "Use INSERT",
	} {
		t.Run(command, func(t *testing.T) {
			if out := psql(t, command+"\n"); !strings.Contains(out, "HINT:  ") || !strings.Contains(out, hint) {
				t.Errorf("want %q in:\n%s", hint, out)
			}
		})
	}
}
