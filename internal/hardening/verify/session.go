package verify

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"tenantproxy/internal/hardening/schema"
)

// direct verifies as the proxy's role, without the proxy.
func (v *verifier) direct(ctx context.Context) error {
	s, err := v.Direct(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = s.Conn.Close(ctx) }() // nothing in it is to be kept
	// A setting that was set once is empty after a rollback, and never unset again.
	if err := v.withoutContext(ctx, s, noContext{scope: "unset", unset: true}); err != nil {
		return err
	}
	if err := v.matrix(ctx, s); err != nil {
		return err
	}
	return v.withoutContext(ctx, s, noContext{scope: "empty"}, noContext{scope: "garbage", text: "\\x00 not an organization"}, noContext{scope: "empty object", text: "{}"})
}

// noContext is a context that is none.
type noContext struct {
	scope, text string
	unset       bool
}

// withoutContext has no row be seen and none be written where the context is missing or
// makes no sense.
func (v *verifier) withoutContext(ctx context.Context, s *Session, contexts ...noContext) error {
	for _, c := range contexts {
		for _, t := range v.tables {
			err := v.within(ctx, s, t, false, func(tx pgx.Tx, t *table) error {
				if !c.unset {
					for _, setting := range v.foreign {
						if _, err := tx.Exec(ctx, "SELECT pg_catalog.set_config($1, $2, true)", setting.Name, c.text); err != nil {
							return err
						}
					}
				}
				return v.reachNothing(ctx, tx, s.Via, c.scope, t)
			})
			if err != nil {
				return fmt.Errorf("verifying %s without context: %w", t.sql, err)
			}
		}
	}
	return nil
}

// reachNothing tries everything on a table for which no row may be in reach.
func (v *verifier) reachNothing(ctx context.Context, tx pgx.Tx, via, scope string, t *table) error {
	where := ""
	if !t.small() { // which would lock all rows
		where = " WHERE " + schema.Ident(t.column) + " = " + t.literal(v.Orgs[1])
	}
	column := schema.Ident(t.column)
	insert, values := "", []any(nil)
	if t.ctid != "" {
		insert, values = t.insertCopy(v.Orgs[0])
	}
	for _, a := range []struct {
		operation, sql string
		args           []any
	}{
		{"context", "SELECT FROM " + t.sql + " LIMIT 1", nil},
		{"context update", "UPDATE " + t.sql + " SET " + column + " = " + column + where, nil},
		{"context delete", "DELETE FROM " + t.sql + where, nil},
		{"context insert", insert, values},
	} {
		cell := Cell{Table: t.sql, Via: via, Operation: a.operation, Scope: scope}
		if a.sql == "" {
			cell.Outcome, cell.Detail = Unknown, "the organization has no row to copy"
			v.result.Cells = append(v.result.Cells, cell)
			continue
		}
		var n int64
		tried, err := v.attemptOn(ctx, tx, t, func(tx pgx.Tx) error {
			tag, err := tx.Exec(ctx, a.sql, a.args...)
			n = tag.RowsAffected()
			return err
		})
		if err != nil {
			return err
		}
		cell.Outcome = reached(n, t.rows[0]+t.rows[1], tried)
		if a.operation == "context insert" {
			cell.Outcome = written(n, tried)
		}
		if code, _ := sqlstate(tried); strings.HasPrefix(code, "22") || code == "42704" {
			cell.Outcome = Isolated // the policy does not take the value, or asks for a setting that is not there: no rows either
		}
		cell.Detail = detail(n, tried)
		v.result.Cells = append(v.result.Cells, cell)
	}
	return nil
}

// tamperingSQL are the statements that try to change the context, one a line.
//
//go:embed tampering.sql
var tamperingSQL string

// proxied verifies through the proxy.
func (v *verifier) proxied(ctx context.Context) error {
	s, err := v.Proxy(ctx, v.Orgs[0])
	if err != nil {
		return err
	}
	defer func() { _ = s.Conn.Close(ctx) }() // nothing in it is to be kept
	if err := v.matrix(ctx, s); err != nil {
		return err
	}
	return v.tamper(ctx)
}

// tamper tries each statement on a session of its own, and then looks for the other
// organization's rows.
func (v *verifier) tamper(ctx context.Context) error {
	var probe *table
	for _, t := range v.tables {
		if t.rows[1] > 0 && t.App.Select {
			probe = t
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(tamperingSQL), "\n") {
		if strings.HasPrefix(line, "--") {
			continue
		}
		for i, setting := range v.foreign {
			if i > 0 && !strings.Contains(line, "{setting}") {
				continue // it is the same for all
			}
			cell := Cell{Via: "proxy", Operation: "tamper", Scope: strings.ReplaceAll(line, "{setting}", setting.Name), Outcome: Unknown, Detail: "no table to look at"}
			if probe != nil {
				if err := v.tamperWith(ctx, line, setting, probe, &cell); err != nil {
					return err
				}
			}
			v.result.Cells = append(v.result.Cells, cell)
		}
	}
	return nil
}

func (v *verifier) tamperWith(ctx context.Context, line string, setting Setting, probe *table, cell *Cell) error {
	s, err := v.Proxy(ctx, v.Orgs[0])
	if err != nil {
		return err
	}
	defer func() { _ = s.Conn.Close(ctx) }() // nothing in it is to be kept
	sql := strings.NewReplacer("{setting}", setting.Name, "'{value}'", schema.Literal(setting.Value), "{table}", probe.sql).Replace(line)
	_, tried := s.Conn.PgConn().Exec(ctx, sql).ReadAll()
	var n int64
	err = s.Conn.QueryRow(ctx, "SELECT count(*) FROM "+probe.sql+" WHERE "+schema.Ident(probe.column)+" IS DISTINCT FROM "+probe.literal(v.Orgs[0])).Scan(&n)
	code, _ := sqlstate(tried)
	switch {
	case err != nil && s.Conn.IsClosed():
		cell.Outcome, cell.Detail = Isolated, "the proxy ended the session"
	case err != nil:
		cell.Outcome, cell.Detail = Unknown, detail(0, err)
	case n > 0:
		cell.Outcome, cell.Detail = Leak, detail(n, nil)
	case tried != nil && code == insufficientPrivilege:
		cell.Outcome, cell.Detail = Isolated, "refused"
	case tried != nil:
		cell.Outcome, cell.Detail = Isolated, detail(0, tried)
	default:
		cell.Outcome, cell.Detail = Isolated, "it ran, without effect"
	}
	return nil
}

// cascade has the first organization be deleted with everything that names it.
func (v *verifier) cascade(ctx context.Context) error {
	tenants := v.Schema.ByName[v.Table]
	if tenants == nil {
		return nil
	}
	err := v.asAdmin(ctx, func(tx pgx.Tx) error {
		tables, err := v.filled(ctx, tx, v.tables...)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if t.Relation != tenants {
				continue
			}
			tried, err := attempt(ctx, tx, func(sub pgx.Tx) error {
				if _, err := sub.Exec(ctx, "DELETE FROM "+t.sql+" WHERE "+schema.Ident(t.column)+" = "+t.literal(v.Orgs[0])); err != nil {
					return err
				}
				return v.leftBehind(ctx, sub, tables)
			})
			if err != nil {
				return err
			}
			if tried != nil {
				outcome := Unknown
				if _, constraint := sqlstate(tried); constraint {
					outcome = Broken
				}
				v.result.Cells = append(v.result.Cells, Cell{Table: t.sql, Via: "admin", Operation: "cascade", Scope: "own", Outcome: outcome, Detail: detail(0, tried)})
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("verifying the cascade: %w", err)
	}
	return nil
}

// leftBehind counts what names an organization that has been deleted.
func (v *verifier) leftBehind(ctx context.Context, tx pgx.Tx, tables []*table) error {
	for _, t := range tables {
		var n int64
		tried, err := attempt(ctx, tx, func(tx pgx.Tx) error {
			return tx.QueryRow(ctx, "SELECT count(*) FROM "+t.sql+" WHERE "+schema.Ident(t.column)+" = "+t.literal(v.Orgs[0])).Scan(&n)
		})
		if err != nil {
			return err
		}
		outcome := Works
		switch {
		case tried != nil:
			outcome = Unknown
		case n > 0:
			outcome = Broken
		case t.rows[0] <= 0:
			outcome = Unknown
		}
		v.result.Cells = append(v.result.Cells, Cell{Table: t.sql, Via: "admin", Operation: "cascade", Scope: "own", Outcome: outcome, Detail: detail(n, tried) + " left"})
	}
	return nil
}
