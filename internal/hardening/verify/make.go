package verify

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/jackc/pgx/v5"

	"tenantproxy/internal/hardening/schema"
)

// Where an organization has no row in a table, or is not there at all, the administrator
// makes them in the transaction that tries the table, and then becomes the proxy's role.
// They go with its rollback.

// makeIDs chooses two organizations that do not exist.
func (v *verifier) makeIDs(of string) error {
	for i := range v.Orgs {
		switch of {
		case "bigint", "integer":
			n, err := rand.Int(rand.Reader, big.NewInt(1_000_000_000))
			if err != nil {
				return err
			}
			v.Orgs[i] = n.Add(n, big.NewInt(1_000_000_000)).String()
		case "uuid":
			var b [16]byte
			_, _ = rand.Read(b[:])               // it never fails (crypto/rand)
			b[6], b[8] = b[6]&15|64, b[8]&63|128 // version 4 (RFC 9562, section 5.4)
			v.Orgs[i] = fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
		default:
			v.Orgs[i] = "tenantproxy-" + rand.Text()
		}
	}
	v.result.Made = true
	return nil
}

// errNotMade tells that the administrator cannot act as the proxy's role.
var errNotMade = errors.New("the administrator cannot become the role")

// within runs f in a transaction as the proxy's role, with or without the context of the
// first organization. A table that lacks rows gets them, if that is possible: f has the
// table as it is then.
func (v *verifier) within(ctx context.Context, s *Session, t *table, enter bool, f func(tx pgx.Tx, t *table) error) error {
	if t.lacks && s.Enter != nil {
		err := v.asAdmin(ctx, func(tx pgx.Tx) error {
			tables, err := v.filled(ctx, tx, t)
			if err != nil {
				return err
			}
			tried, err := attemptKept(ctx, tx, "SET LOCAL row_security = on; SET LOCAL ROLE "+schema.Ident(v.Schema.App.Name))
			if err != nil {
				return err
			}
			if tried != nil {
				return errNotMade
			}
			if enter {
				if err := s.Enter(ctx, tx, v.Orgs[0]); err != nil {
					return err
				}
			}
			return f(tx, tables[0])
		})
		if !errors.Is(err, errNotMade) || v.result.Made {
			return err
		}
	}
	return rolledBack(ctx, s.Conn, func(tx pgx.Tx) error {
		if enter && s.Enter != nil {
			if err := s.Enter(ctx, tx, v.Orgs[0]); err != nil {
				return err
			}
		}
		return f(tx, t)
	})
}

// attemptKept is attempt for what is to stay in the transaction.
func attemptKept(ctx context.Context, tx pgx.Tx, sql string, args ...any) (tried error, err error) {
	sub, err := tx.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("setting savepoint: %w", err)
	}
	if _, tried = sub.Exec(ctx, sql, args...); tried != nil {
		return tried, sub.Rollback(ctx)
	}
	return nil, sub.Commit(ctx)
}

// filled makes the organizations, if they are not there, and a row in each of the tables
// for an organization that has none, as far as that is possible. It gives the tables as
// they are then.
func (v *verifier) filled(ctx context.Context, tx pgx.Tx, tables ...*table) ([]*table, error) {
	if !slices.ContainsFunc(tables, func(t *table) bool { return t.lacks }) {
		return tables, nil
	}
	if v.Schema.Admin.Superuser { // foreign keys to rows that are not there, and triggers, are beside the point
		if _, err := tx.Exec(ctx, "SET LOCAL session_replication_role = replica"); err != nil {
			return nil, err
		}
	}
	if v.result.Made {
		for _, org := range v.Orgs {
			for _, t := range v.tables {
				if t.Name != v.Table {
					continue
				}
				switch tried, err := v.makeRow(ctx, tx, t, org); {
				case err != nil:
					return nil, err
				case tried != nil:
					return nil, fmt.Errorf("there are no two organizations, and making one in %s failed (%s): make two", t.sql, detail(0, tried))
				}
			}
		}
	}
	now := slices.Clone(tables)
	for i, t := range now {
		if !t.lacks {
			continue
		}
		filled := *t
		now[i] = &filled
		for k, org := range v.Orgs {
			if t.rows[k] == 0 && t.Name != v.Table {
				if _, err := v.makeRow(ctx, tx, t, org); err != nil { // what is tried without a row is unknown
					return nil, err
				}
			}
		}
		if err := v.lookIn(ctx, tx, now[i]); err != nil {
			return nil, err
		}
	}
	if v.Schema.Admin.Superuser {
		if _, err := tx.Exec(ctx, "SET LOCAL session_replication_role = origin"); err != nil {
			return nil, err
		}
	}
	return now, nil
}
