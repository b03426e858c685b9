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
	defer s.Conn.Close(ctx)
	if err := v.matrix(ctx, s); err != nil {
		return err
	}
	return v.withoutContext(ctx, s)
}

// withoutContext has no row be seen where the context is missing or makes no sense.
func (v *verifier) withoutContext(ctx context.Context, s *Session) error {
	for _, value := range []struct{ scope, text string }{{"unset", ""}, {"empty", ""}, {"garbage", "\\x00 not an organization"}, {"empty object", "{}"}} {
		for _, t := range v.tables {
			err := rolledBack(ctx, s.Conn, func(tx pgx.Tx) error {
				if value.scope != "unset" {
					for _, setting := range v.foreign {
						if _, err := tx.Exec(ctx, "SELECT pg_catalog.set_config($1, $2, true)", setting.Name, value.text); err != nil {
							return err
						}
					}
				}
				var n int64
				tried, err := attempt(ctx, tx, func(tx pgx.Tx) error {
					return tx.QueryRow(ctx, "SELECT count(*) FROM (SELECT FROM "+t.sql+" LIMIT 1) r").Scan(&n)
				})
				if err != nil {
					return err
				}
				outcome := reached(n, t.rows[0]+t.rows[1], tried)
				if code, _ := sqlstate(tried); strings.HasPrefix(code, "22") {
					outcome = Isolated // the policy does not take the value: no rows either
				}
				v.result.Cells = append(v.result.Cells, Cell{Table: t.sql, Via: s.Via, Operation: "context", Scope: value.scope, Outcome: outcome, Detail: detail(n, tried)})
				return nil
			})
			if err != nil {
				return fmt.Errorf("verifying %s without context: %w", t.sql, err)
			}
		}
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
	defer s.Conn.Close(ctx)
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
	defer s.Conn.Close(ctx)
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
		for _, t := range v.tables {
			if t.Relation != tenants {
				continue
			}
			tried, err := attempt(ctx, tx, func(sub pgx.Tx) error {
				if _, err := sub.Exec(ctx, "DELETE FROM "+t.sql+" WHERE "+schema.Ident(t.column)+" = "+t.literal(v.Orgs[0])); err != nil {
					return err
				}
				return v.leftBehind(ctx, sub)
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
func (v *verifier) leftBehind(ctx context.Context, tx pgx.Tx) error {
	for _, t := range v.tables {
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
