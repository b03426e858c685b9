package schema

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// lockNotAvailable is the SQLSTATE of a lock_timeout.
const lockNotAvailable = "55P03"

// deparseBatch bounds how many objects are deparsed before their locks are
// released: the server has room for max_locks_per_transaction (64) for each
// connection, all in all.
const deparseBatch = 200

// deparse reads texts that Postgres writes back from parsed form, by a query that
// takes OIDs and returns each with two texts.
//
// For that Postgres may lock the relations in them, and have to wait for a
// migration. So when a batch takes longer than lock_timeout, each of its objects
// is read by itself, and those that are still locked are left without a text.
func (r *reader) deparse(ctx context.Context, sql string, oids iter.Seq[uint32], set func(oid uint32, a, b string, read bool)) error {
	for batch := range slices.Chunk(slices.Sorted(oids), deparseBatch) {
		locked, err := r.deparseLocking(ctx, sql, batch, set)
		if err != nil {
			return err
		}
		if !locked {
			continue
		}
		// It is enough to have waited once.
		if _, err := r.tx.Exec(ctx, "SELECT pg_catalog.set_config('lock_timeout', '10ms', true)"); err != nil {
			return err
		}
		for i, oid := range batch {
			locked, err := r.deparseLocking(ctx, sql, batch[i:i+1], set)
			if err != nil {
				return err
			}
			if locked {
				set(oid, "", "", false)
			}
		}
	}
	return nil
}

// deparseLocking reads the texts and releases the locks that this took. It tells
// if it could not get them in time.
func (r *reader) deparseLocking(ctx context.Context, sql string, oids []uint32, set func(oid uint32, a, b string, read bool)) (locked bool, err error) {
	var texts []struct {
		OID  uint32
		A, B string
	}
	err = r.attempt(ctx, func() (err error) {
		texts, err = rows[struct {
			OID  uint32
			A, B string
		}](ctx, r.tx, sql, oids)
		return err
	})
	var refusal *pgconn.PgError
	if errors.As(err, &refusal) && refusal.Code == lockNotAvailable {
		return true, nil
	}
	for _, t := range texts {
		set(t.OID, t.A, t.B, true)
	}
	return false, err
}

// attempt runs something under a savepoint and takes it back, with the locks that
// it took, whether it failed or not.
func (r *reader) attempt(ctx context.Context, do func() error) error {
	if _, err := r.tx.Exec(ctx, "SAVEPOINT attempt"); err != nil {
		return err
	}
	failed := do()
	// In one text, and so in one round trip.
	_, err := r.tx.Exec(ctx, "ROLLBACK TO attempt; RELEASE attempt", pgx.QueryExecModeSimpleProtocol)
	return errors.Join(failed, err)
}
