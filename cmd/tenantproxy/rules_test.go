package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/proxytest"
)

// TestProxyRulesAreDocumented holds the errors of docs/RULES.md that the proxy
// makes, rather than internal/rewrite, to what a client gets.
func TestProxyRulesAreDocumented(t *testing.T) {
	document, err := os.ReadFile("../../docs/RULES.md")
	if err != nil {
		t.Fatal(err)
	}
	for rule, provoke := range map[string]func(t *testing.T) error{
		"text.too_large": func(t *testing.T) error {
			return query(t, proxytest.Start(t).Connect(t, demo.OrgA), "SELECT '"+strings.Repeat("x", 1<<20)+"'")
		},
		"catalog.unavailable": func(t *testing.T) error {
			f := proxytest.Start(t)
			conn := f.Connect(t, demo.OrgA)
			f.Decider.Install(nil)
			return query(t, conn, "SELECT 1")
		},
		"role.privileged": func(t *testing.T) error {
			f := proxytest.Start(t, func(s *proxytest.Setup) { s.Role = "postgres" })
			return query(t, f.Connect(t, demo.OrgA), "SELECT 1")
		},
		"prepared.stale": func(t *testing.T) error {
			f := proxytest.Start(t)
			conn := f.Connect(t, demo.OrgA)
			// More than the proxy keeps the texts of: 16 MiB.
			for i := range 18 {
				text := "SELECT 1 /* " + strings.Repeat("x", 1<<20-100) + " */"
				if _, err := conn.Prepare(t.Context(), fmt.Sprintf("s%d", i), text, nil); err != nil {
					t.Fatal(err)
				}
			}
			f.DB.Exec(t, "CREATE TABLE changed ()")
			f.Refresh(t)
			return conn.ExecPrepared(t.Context(), "s17", nil, nil, nil).Read().Err
		},
		"temporary.too_many": func(t *testing.T) error {
			f := proxytest.Start(t, func(s *proxytest.Setup) { s.Policy.AllowDDL = "temp" })
			conn := f.Connect(t, demo.OrgA)
			for i := range 1000 {
				if err := query(t, conn, fmt.Sprintf("CREATE TEMP TABLE many%d () ON COMMIT DROP", i)); err != nil {
					t.Fatal(err)
				}
			}
			return query(t, conn, "CREATE TEMP TABLE one_more ()")
		},
		"protocol.function_call": func(t *testing.T) error {
			conn := proxytest.Start(t).Connect(t, demo.OrgA)
			conn.Frontend().Send(&pgproto3.FunctionCall{Function: 1299})
			if err := conn.Frontend().Flush(); err != nil {
				t.Fatal(err)
			}
			message, err := conn.ReceiveMessage(t.Context())
			if err != nil {
				return err
			}
			refusal, ok := message.(*pgproto3.ErrorResponse)
			if !ok {
				t.Fatalf("got %T", message)
			}
			return pgconn.ErrorResponseToPgError(refusal)
		},
		"protocol.replication": func(t *testing.T) error {
			f := proxytest.Start(t)
			_, err := f.Dial(t, f.Token(t, demo.OrgA), "replication", "database")
			return err
		},
		"protocol.options": func(t *testing.T) error {
			f := proxytest.Start(t)
			_, err := f.Dial(t, f.Token(t, demo.OrgA), "options", "-d 5")
			return err
		},
		"setting.reset_unavailable": func(t *testing.T) error {
			f := proxytest.Start(t)
			conn := f.Connect(t, demo.OrgA)
			var batch pgconn.Batch
			batch.ExecParams("RESET ALL", nil, nil, nil, nil)
			batch.ExecParams("SELECT count(*) FROM contacts", nil, nil, nil, nil)
			_, err := conn.ExecBatch(t.Context(), &batch).ReadAll()
			return err
		},
	} {
		t.Run(rule, func(t *testing.T) {
			var refusal *pgconn.PgError
			if err := provoke(t); !errors.As(err, &refusal) {
				t.Fatalf("got %v", err)
			}
			shown := fmt.Sprintf("\nERROR:  %s: %s\nDETAIL:  %s\n", refusal.Code, refusal.Message, refusal.Detail)
			if refusal.Hint != "" {
				shown += "HINT:  " + refusal.Hint + "\n"
			}
			_, after, found := strings.Cut(string(document), "\n### "+rule+"\n")
			section, _, _ := strings.Cut(after, "\n#")
			if !found || !strings.Contains(section, "```text"+shown+"```\n") || refusal.Detail != "rule: "+rule {
				t.Errorf("docs/RULES.md does not have the error of %s, which is%s", rule, shown)
			}
		})
	}
}

// query runs one statement and gives its error.
func query(t *testing.T, conn *pgconn.PgConn, sql string) error {
	t.Helper()
	_, err := conn.Exec(t.Context(), sql).ReadAll()
	return err
}
