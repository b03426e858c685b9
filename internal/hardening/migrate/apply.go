package migrate

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/hardening/report"
)

// lockTimeout bounds how long a statement waits for a lock, and with it everybody who
// waits behind it.
const lockTimeout = "SET lock_timeout = '5s'"

// StepError tells at which step an application has stopped. Those before it are done.
type StepError struct {
	// Done is the number of steps that are done, of Total.
	Done, Total int
	Step        Step
	Err         error
}

func (e *StepError) Error() string {
	return fmt.Sprintf("applying step %d of %d (%s: %s): %v; the steps before it are done, and another run does the rest",
		e.Done+1, e.Total, e.Step.Object, e.Step.Why, e.Err)
}

// Unwrap gives the cause.
func (e *StepError) Unwrap() error { return e.Err }

// Apply runs the steps, each in a transaction of its own, and stops at the first that
// fails with a *StepError. progress, unless nil, is told of each before it runs.
func (p *Plan) Apply(ctx context.Context, conn *pgconn.PgConn, progress func(n int, s Step)) error {
	if _, err := conn.Exec(ctx, lockTimeout).ReadAll(); err != nil {
		return fmt.Errorf("setting lock_timeout: %w", err)
	}
	for i, s := range p.Steps {
		if progress != nil {
			progress(i+1, s)
		}
		// A text of several statements is one transaction (manual, "Simple Query").
		if _, err := conn.Exec(ctx, s.Up).ReadAll(); err != nil {
			return &StepError{Done: i, Total: len(p.Steps), Step: s, Err: err}
		}
	}
	return nil
}

// UpSQL is the migration as a script for psql.
func (p *Plan) UpSQL() string {
	var b strings.Builder
	b.WriteString("-- Made by tenantproxy harden. Stop at the first error: psql -v ON_ERROR_STOP=1 -f up.sql\n" + lockTimeout + ";\n")
	for _, s := range p.Steps {
		write(&b, s, s.Up)
	}
	return b.String()
}

// DownSQL is the rollback: the steps backwards.
func (p *Plan) DownSQL() string {
	var b strings.Builder
	b.WriteString("-- Made by tenantproxy harden: undoes up.sql. psql -v ON_ERROR_STOP=1 -f down.sql\n" + lockTimeout + ";\n")
	for i := len(p.Steps) - 1; i >= 0; i-- {
		if s := p.Steps[i]; s.Down != "" {
			write(&b, s, s.Down)
		}
	}
	return b.String()
}

func write(b *strings.Builder, s Step, sql string) {
	fmt.Fprintf(b, "\n-- %s: %s\n", oneLine(s.Object), oneLine(s.Why))
	sql = strings.TrimRight(sql, "; \n")
	if s.Alone {
		fmt.Fprintf(b, "%s;\n", sql)
		return
	}
	fmt.Fprintf(b, "BEGIN;\n%s;\nCOMMIT;\n", sql)
}

// oneLine keeps a name with a line break from ending its comment.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Report is what the migration does, as Markdown.
func (p *Plan) Report() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Hardening\n\n%d steps.\n\n| object | what for | SQL |\n| --- | --- | --- |\n", len(p.Steps))
	for _, s := range p.Steps {
		sql := oneLine(s.Up)
		if len(sql) > 200 {
			sql = sql[:200] + " …"
		}
		fmt.Fprintf(&b, "| %s | %s | `%s` |\n", report.Cell(s.Object), s.Why, report.Cell(sql))
	}
	if len(p.Notes) > 0 {
		b.WriteString("\n## What stays\n\nThis is left to you, with what would mend it: something may need what that takes away.\n\n")
		for _, n := range p.Notes {
			b.WriteString("- " + report.OneLine(n.Text) + "\n")
			if n.Consider != "" {
				b.WriteString("\n  ```\n  " + strings.ReplaceAll(strings.ReplaceAll(n.Consider, "```", "'''"), "\n", "\n  ") + "\n  ```\n\n")
			}
		}
	}
	return b.String()
}
