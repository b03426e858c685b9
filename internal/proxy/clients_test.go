package proxy_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tenantproxy/internal/demo"
)

// client finds a program of Postgres's: beside the server, or on PATH. The
// builds from npm have servers only.
func (f *fixture) client(t *testing.T, name string) string {
	t.Helper()
	beside := filepath.Join(f.DB.Server().BinDir(), name)
	if _, err := os.Stat(beside); err == nil {
		return beside
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

// command is the program with a time limit, in a locale of its own.
func command(t *testing.T, program string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "PGOPTIONS=", "PSQLRC=/dev/null", "PAGER=cat")
	return cmd
}

// psql runs a script and gives everything it prints.
func (f *fixture) psql(t *testing.T, script string, args ...string) string {
	t.Helper()
	cmd := command(t, f.client(t, "psql"), append([]string{"-X", "-A", "-t", f.DSN(f.Token(t, demo.OrgA))}, args...)...)
	cmd.Stdin = strings.NewReader(script)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("psql: %v: %s", err, out)
	}
	return string(out)
}

// TestPsql goes through what a person types.
func TestPsql(t *testing.T) {
	f := start(t)
	t.Run("describe", func(t *testing.T) {
		out := f.psql(t, `\d
\dt
\d contacts
\d+ campaigns
\df
\dp contacts
\dn
\dv
\di
\du
\l
\dT
\ds
\dx
`)
		if strings.Contains(out, "ERROR") || strings.Contains(out, "FATAL") {
			t.Errorf("a describe command was refused:\n%s", out)
		}
		for _, want := range []string{"cold_call_logs", "own_organization", "campaign_summary", "contacts_pkey", demo.AppRole} {
			if !strings.Contains(out, want) {
				t.Errorf("%s is missing in:\n%s", want, out)
			}
		}
	})
	t.Run("refusal in a transaction", func(t *testing.T) {
		out := f.psql(t, `BEGIN;
SELECT 'before', count(*) > 0 FROM contacts;
SELECT * FROM import_staging;
SELECT 'not reached';
ROLLBACK;
SELECT 'after', count(*) > 0 FROM contacts;
`)
		for _, want := range []string{
			"before|t", `ERROR:  relation "public.import_staging" does not have row-level security`, "DETAIL:  rule: relation.rls_disabled",
			"HINT:  ALTER TABLE", "current transaction is aborted", "ROLLBACK", "after|t",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("%q is missing in:\n%s", want, out)
			}
		}
		if strings.Contains(out, "not reached\n") {
			t.Errorf("a statement ran in a failed transaction:\n%s", out)
		}
	})
	t.Run("copy", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "contacts.csv")
		out := f.psql(t, `\copy (SELECT id, org_id FROM contacts) TO '`+file+`' CSV`)
		content, err := os.ReadFile(file)
		if err != nil || !strings.Contains(out, "COPY ") || !bytes.Contains(content, []byte(demo.OrgA)) || bytes.Contains(content, []byte(demo.OrgB)) {
			t.Errorf("%s%v: %.300s", out, err, content)
		}
		out = f.psql(t, `\copy contacts FROM '`+file+`' CSV`)
		if !strings.Contains(out, "statement.copy_from") {
			t.Errorf("got %s", out)
		}
	})
	t.Run("Ctrl-C", func(t *testing.T) {
		cmd := command(t, f.client(t, "psql"), "-X", f.DSN(f.Token(t, demo.OrgA)), "-c", "SELECT pg_sleep(601)")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the sleep", func() bool {
			return f.DB.Query(t, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(601)%' AND state = 'active' AND datname = $1 AND pid <> pg_backend_pid()", f.DB.Name)[0][0] == "1"
		})
		cmd.Process.Signal(syscall.SIGINT)
		cmd.Wait() // psql exits with 1
		if !strings.Contains(out.String(), "canceling statement due to user request") {
			t.Errorf("got %s", out.String())
		}
	})
	t.Run("wrong token", func(t *testing.T) {
		cmd := command(t, f.client(t, "psql"), "-X", "-w", f.DSN("not-a-token"), "-c", "SELECT 1")
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "FATAL:  token rejected") {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("the C locale", func(t *testing.T) {
		cmd := command(t, f.client(t, "psql"), "-X", "-A", "-t", f.DSN(f.Token(t, demo.OrgA)), "-c", "SHOW client_encoding")
		cmd.Env = append(cmd.Env, "LC_ALL=C", "PGCLIENTENCODING=SQL_ASCII")
		if out, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "UTF8" {
			t.Errorf("%v: %s", err, out)
		}
	})
}

// pgbenchSchema gives pgbench's tables to one org, under row-level security.
const pgbenchSchema = `
DO $$ DECLARE t text; BEGIN
	FOREACH t IN ARRAY ARRAY['accounts', 'branches', 'tellers', 'history'] LOOP
		EXECUTE format('ALTER TABLE pgbench_%s ADD COLUMN org_id uuid NOT NULL DEFAULT %L', t, '` + demo.OrgA + `');
		EXECUTE format('ALTER TABLE pgbench_%s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY own ON pgbench_%s USING (org_id = (SELECT nullif(current_setting(''app.org_id'', true), '''')::uuid))', t);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON pgbench_%s TO ` + demo.AppRole + `', t);
	END LOOP;
END $$`

// TestPgbench runs pgbench in its three protocols, and TPC-B, with several
// clients at once, in both modes of the pool.
func TestPgbench(t *testing.T) {
	t.Run("session", func(t *testing.T) { start(t).testPgbench(t) })
	t.Run("transaction", func(t *testing.T) {
		start(t, transactionMode, func(s *setup) { s.Pool.MaxUpstream = 4 }).testPgbench(t)
	})
}

func (f *fixture) testPgbench(t *testing.T) {
	pgbench := f.client(t, "pgbench")
	if out, err := command(t, pgbench, "-i", "-q", f.DB.Superuser()).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	f.DB.Exec(t, pgbenchSchema)
	f.Refresh(t)
	for _, args := range [][]string{
		{"-S", "-M", "simple"}, {"-S", "-M", "extended"}, {"-S", "-M", "prepared"}, {"-M", "prepared"}, {"-S", "-C", "-M", "simple", "-t", "20"},
	} {
		t.Run(strings.Join(args, ""), func(t *testing.T) {
			args := append([]string{"-n", "-c", "4", "-t", "200"}, args...)
			out, err := command(t, pgbench, append(args, f.DSN(f.Token(t, demo.OrgA)))...).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "number of failed transactions: 0") {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	// Rows of another org are not there to be updated.
	conn := f.Connect(t, demo.OrgB)
	if got := one(t, conn, "SELECT count(*) FROM pgbench_accounts"); got != "0" {
		t.Errorf("org B sees %s accounts", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if result, err := conn.Exec(ctx, "UPDATE pgbench_accounts SET abalance = 0").ReadAll(); err != nil || result[0].CommandTag.RowsAffected() != 0 {
		t.Errorf("org B updates %v, %v", result, err)
	}
}
