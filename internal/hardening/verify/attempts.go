package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/hardening/schema"
)

// smallTable is up to how many rows of both organizations UPDATE and DELETE are
// tried without a condition too, which needs no policy for SELECT to reach rows.
const smallTable = 10_000

// matrix tries everything on every table, as the first organization.
func (v *verifier) matrix(ctx context.Context, s *Session) error {
	for _, t := range v.tables {
		if v.Progress != nil {
			v.Progress(t.sql)
		}
		err := v.within(ctx, s, t, true, func(tx pgx.Tx, t *table) error { return v.onTable(ctx, tx, s.Via, t) })
		if err != nil {
			return fmt.Errorf("verifying %s: %w", t.sql, err)
		}
	}
	return nil
}

// onTable tries everything on one table.
func (v *verifier) onTable(ctx context.Context, tx pgx.Tx, via string, t *table) error {
	column := schema.Ident(t.column)
	own, foreign := t.literal(v.Orgs[0]), t.literal(v.Orgs[1])
	note := func(operation, scope string, outcome Outcome, detail string) {
		v.result.Cells = append(v.result.Cells, Cell{Table: t.sql, Via: via, Operation: operation, Scope: scope, Outcome: outcome, Detail: detail})
	}
	count := func(sql string) (n int64, tried, err error) {
		tried, err = v.attemptOn(ctx, tx, t, func(tx pgx.Tx) error { return tx.QueryRow(ctx, sql).Scan(&n) })
		return n, tried, err
	}
	exec := func(sql string, args ...any) (n int64, tried, err error) {
		tried, err = v.attemptOn(ctx, tx, t, func(tx pgx.Tx) error {
			tag, err := tx.Exec(ctx, sql, args...)
			n = tag.RowsAffected()
			return err
		})
		return n, tried, err
	}

	n, tried, err := count("SELECT count(*) FROM " + t.sql)
	if err != nil {
		return err
	}
	note("read", "own", ownRead(n, t.rows[0], tried), detail(n, tried))
	n, tried, err = count("SELECT count(*) FROM " + t.sql + " WHERE " + column + " IS DISTINCT FROM " + own)
	if err != nil {
		return err
	}
	note("read", "foreign", reached(n, t.rows[1], tried), detail(n, tried))

	for _, statement := range []struct{ operation, sql, all string }{
		{"update", "UPDATE " + t.sql + " SET " + column + " = " + column + " WHERE " + column + " = ", "UPDATE " + t.sql + " SET " + column + " = " + own},
		{"delete", "DELETE FROM " + t.sql + " WHERE " + column + " = ", "DELETE FROM " + t.sql},
	} {
		n, tried, err = exec(statement.sql + foreign)
		if err != nil {
			return err
		}
		outcome := reached(n, t.rows[1], tried)
		why := detail(n, tried)
		if outcome == Isolated && t.small() {
			all, tried, err := exec(statement.all)
			if err != nil {
				return err
			}
			if tried == nil && all > t.rows[0] {
				outcome, why = Leak, fmt.Sprintf("%d rows without a condition, of which %d are its own", all, t.rows[0])
			}
		}
		note(statement.operation, "foreign", outcome, why)
		if t.ctid == "" {
			note(statement.operation, "own", Unknown, "the organization has no row")
			continue
		}
		n, tried, err = exec(statement.sql+own+" AND ctid = $1::text::tid", t.ctid)
		if err != nil {
			return err
		}
		note(statement.operation, "own", ownWrite(n, tried), detail(n, tried))
	}
	if t.ctid == "" {
		for _, operation := range []string{"insert", "move"} {
			note(operation, "foreign", Unknown, "the organization has no row to copy")
		}
		note("insert", "own", Unknown, "the organization has no row to copy")
		return nil
	}
	n, tried, err = exec("UPDATE "+t.sql+" SET "+column+" = "+foreign+" WHERE "+column+" = "+own+" AND ctid = $1::text::tid", t.ctid)
	if err != nil {
		return err
	}
	outcome, why := written(n, tried), detail(n, tried)
	if outcome == Isolated && t.small() {
		// A condition asks the policies for SELECT too, of the new row as well.
		n, tried, err = exec("UPDATE " + t.sql + " SET " + column + " = " + foreign)
		if err != nil {
			return err
		}
		if again := written(n, tried); again == Leak {
			outcome, why = again, detail(n, tried)+" without a condition"
		}
	}
	note("move", "foreign", outcome, why)
	for scope, org := range map[string]string{"own": v.Orgs[0], "foreign": v.Orgs[1]} {
		sql, args := t.insertCopy(org)
		n, tried, err = exec(sql, args...)
		if err != nil {
			return err
		}
		outcome := ownWrite(n, tried)
		if scope == "foreign" {
			outcome = written(n, tried)
		}
		note("insert", scope, outcome, detail(n, tried))
	}
	return nil
}

// small tells whether all rows of both organizations may be touched at once.
func (t *table) small() bool {
	return t.rows[0] >= 0 && t.rows[1] >= 0 && t.rows[0]+t.rows[1] <= smallTable
}

// insertCopy inserts a copy of the sample for an organization. Policies are checked
// before constraints (ExecInsert in executor/nodeModifyTable.c), so that a violation
// of one means that the policy has let the row pass.
func (t *table) insertCopy(org string) (sql string, args []any) {
	var names, places []string
	for i, name := range t.columns {
		value := t.values[i]
		if name == t.column {
			value = &org
		}
		args = append(args, value)
		names = append(names, schema.Ident(name))
		places = append(places, fmt.Sprintf("$%d::text::%s", len(args), t.Column(name).Type))
	}
	return "INSERT INTO " + t.sql + " (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(places, ", ") + ")", args
}

// sqlstate gives the code of a server's error, and whether it is of a constraint.
func sqlstate(err error) (code string, constraint bool) {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return "", false
	}
	return e.Code, strings.HasPrefix(e.Code, "23") && (e.ConstraintName != "" || e.ColumnName != "")
}

// The SQLSTATEs that count.
const (
	insufficientPrivilege = "42501" // of privileges, policies and the proxy
	lockNotAvailable      = "55P03" // of lock_timeout
)

func detail(n int64, err error) string {
	var e *pgconn.PgError
	switch {
	case errors.As(err, &e):
		return "SQLSTATE " + e.Code
	case errors.As(err, new(unknownType)):
		return err.Error()
	case err != nil:
		return "not answered"
	}
	return fmt.Sprintf("%d rows", n)
}

// ownRead judges that all own rows are seen, and no others.
func ownRead(n, want int64, err error) Outcome {
	code, _ := sqlstate(err)
	switch {
	case code == insufficientPrivilege:
		return Denied
	case err != nil, want < 0:
		return Unknown
	case n > want:
		return Leak
	case n < want:
		return Broken
	case want == 0:
		return Unknown
	}
	return Works
}

// reached judges a statement that must find none of the other's rows.
func reached(n, there int64, err error) Outcome {
	code, constraint := sqlstate(err)
	switch {
	case code == insufficientPrivilege:
		return Isolated
	case constraint:
		return Leak // of a row that it has found
	case err != nil:
		return Unknown
	case n > 0:
		return Leak
	case there <= 0:
		return Unknown
	}
	return Isolated
}

// written judges a row for the other that must not come to be.
func written(n int64, err error) Outcome {
	code, constraint := sqlstate(err)
	switch {
	case code == insufficientPrivilege:
		return Isolated
	case constraint:
		return Leak
	case err != nil:
		return Unknown
	case n > 0:
		return Leak
	}
	return Unknown
}

// ownWrite judges a write of an own row.
func ownWrite(n int64, err error) Outcome {
	code, constraint := sqlstate(err)
	switch {
	case code == insufficientPrivilege:
		return Denied
	case constraint:
		return Works
	case err != nil:
		return Unknown
	case n == 0:
		return Broken
	}
	return Works
}
