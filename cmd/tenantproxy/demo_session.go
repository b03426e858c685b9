package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/demo"
)

// showStep is a statement of the shown session, with what has to come of it.
type showStep struct {
	title string
	sql   string
	// refused tells that an error has to come back; otherwise result, unless
	// empty, has to be the one row.
	refused bool
	result  string
}

// showSession runs statements as the first organization and prints what comes
// back, as psql would. It fails if that is not what the demo says it is.
func showSession(ctx context.Context, out io.Writer, dsnA, dsnB string) error {
	a, err := pgconn.Connect(ctx, dsnA)
	if err != nil {
		return &exitError{exitUnreachable, err}
	}
	defer a.Close(ctx)
	b, err := pgconn.Connect(ctx, dsnB)
	if err != nil {
		return &exitError{exitUnreachable, err}
	}
	defer b.Close(ctx)
	foreign, err := queryText(ctx, b, "SELECT id FROM contacts ORDER BY id LIMIT 1")
	if err != nil {
		return err
	}
	foreignID := foreign[len(foreign)-1]

	for _, part := range []struct {
		heading string
		steps   []showStep
	}{
		{"Allowed: " + demo.OrgAName + " works with its own rows", []showStep{
			{"", "SELECT name, plan_code FROM organizations", false, ""},
			{"", "SELECT status, count(*) FROM campaigns GROUP BY status ORDER BY status", false, ""},
			{"a table that is shared on purpose (policy.allow_relations)", "SELECT code, name FROM plans ORDER BY code", false, ""},
		}},
		{"Isolated: the rows of " + demo.OrgBName + " are not there", []showStep{
			{"", "SELECT count(*) FROM contacts WHERE org_id = '" + demo.OrgB + "'", false, "0"},
			{"one of its contacts, by its key", "SELECT count(*) FROM contacts WHERE id = '" + foreignID + "'", false, "0"},
			{"a row in its name", "UPDATE campaigns SET org_id = '" + demo.OrgB + "'", true, ""},
		}},
		{"Refused: what row-level security does not cover, or what would change who asks", []showStep{
			{"a table without row-level security", "SELECT * FROM import_staging", true, ""},
			{"a view that runs as its owner", "SELECT * FROM campaign_leaderboard", true, ""},
			{"row-level security does not apply to it", "TRUNCATE contacts", true, ""},
			{"the tenant's context", "SET app.org_id = '" + demo.OrgB + "'", true, ""},
			{"the same, hidden", "SELECT set_config('request.jwt' || '.claims', '{}', false)", true, ""},
			{"allowed, and of no use: the proxy puts the context back", "RESET ALL", false, ""},
			{"", "SELECT current_setting('app.org_id') = '" + demo.OrgA + "'", false, "t"},
		}},
	} {
		fmt.Fprintf(out, "\n── %s\n", part.heading)
		for _, step := range part.steps {
			if err := show(ctx, out, a, step); err != nil {
				return err
			}
		}
	}
	return nil
}

// show runs one step and prints it.
func show(ctx context.Context, out io.Writer, conn *pgconn.PgConn, step showStep) error {
	fmt.Fprintln(out)
	if step.title != "" {
		fmt.Fprintf(out, "-- %s\n", step.title)
	}
	fmt.Fprintf(out, "=> %s;\n", step.sql)
	lines, err := queryText(ctx, conn, step.sql)
	var e *pgconn.PgError
	switch {
	case errors.As(err, &e):
		fmt.Fprintf(out, "%s:  %s: %s\n", e.Severity, e.Code, e.Message)
		for _, more := range []struct{ name, text string }{{"DETAIL", e.Detail}, {"HINT", e.Hint}} {
			if more.text != "" {
				fmt.Fprintf(out, "%s:  %s\n", more.name, more.text)
			}
		}
	case err != nil:
		return &exitError{exitUnreachable, err}
	default:
		for _, line := range lines {
			fmt.Fprintln(out, line)
		}
	}
	if (e != nil) != step.refused || e == nil && step.result != "" && strings.TrimSpace(lines[len(lines)-1]) != step.result {
		return &exitError{exitFindings, fmt.Errorf("the demo did not show what it should: %s", step.sql)}
	}
	return nil
}

// queryText runs SQL and gives its last result as lines, with a heading.
func queryText(ctx context.Context, conn *pgconn.PgConn, sql string) ([]string, error) {
	results, err := conn.Exec(ctx, sql).ReadAll()
	if err != nil {
		return nil, err
	}
	last := results[len(results)-1]
	var heading []string
	for _, field := range last.FieldDescriptions {
		heading = append(heading, field.Name)
	}
	lines := []string{strings.Join(heading, " | ")}
	for _, row := range last.Rows {
		lines = append(lines, string(bytes.Join(row, []byte(" | "))))
	}
	return lines, nil
}
