package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/hardening/schema"
)

// DataOptions bound the data checks.
type DataOptions struct {
	// Timeout is for one query on one table.
	Timeout time.Duration
	// SampleBlocks is how many blocks of 8 kB are looked at of a table that takes
	// longer; 0 is 3,000, and less where that takes too long as well.
	SampleBlocks int64
	// Progress, if set, is told of each table before it is looked at.
	Progress func(done, total int, table string)
}

func (o DataOptions) samples() []int64 {
	if o.SampleBlocks > 0 {
		return []int64{o.SampleBlocks}
	}
	return []int64{3000, 300, 30}
}

// Data runs family D, which looks for rows that no org owns as the administrator,
// and reads each table as the upstream role without an org of its own (probe). It
// uses conn alone, and outside a transaction. Each query stops at the first 1,000
// rows that are wrong, waits 200 ms for a lock, and holds none after it. A table
// that cannot be read whole gives an unknown finding, which says what a sample showed
// if it was for want of time: with row_security off Postgres raises an error where
// policies would hide rows from the administrator.
func Data(ctx context.Context, conn *pgx.Conn, s *schema.Schema, t Tenancy, o DataOptions) ([]Finding, error) {
	r := newRun(s, t)
	var tables, probed []*schema.Relation
	if r.root != nil {
		probed = append(probed, r.root)
	}
	for rel := range s.Tables() {
		// A partition's rows are its parent's too.
		if r.tenantTable(rel) && rel != r.root && !rel.Partition {
			tables = append(tables, rel)
		}
	}
	probed = append(probed, tables...)
	done := make(map[*schema.Relation]bool)
	probe := func(rel *schema.Relation, contexts ...setting) (err error) {
		if done[rel] {
			return nil
		}
		if done[rel], err = r.probe(ctx, conn, rel, o, contexts...); err != nil {
			return fmt.Errorf("probing %s: %w", ref(rel), err)
		}
		return nil
	}
	for _, rel := range probed {
		if err := probe(rel, noContext()); err != nil {
			return nil, err
		}
	}
	for i, rel := range probed {
		if o.Progress != nil {
			o.Progress(i, len(probed), ref(rel))
		}
		if rel != r.root {
			if err := r.dataOf(ctx, conn, rel, o); err != nil {
				return nil, fmt.Errorf("checking the rows of %s: %w", ref(rel), err)
			}
		}
		if err := probe(rel, r.wrongContexts()...); err != nil {
			return nil, err
		}
	}
	return Sorted(r.findings), nil
}

// most bounds how many wrong rows are counted.
const most = 1000

func (r *run) dataOf(ctx context.Context, conn *pgx.Conn, rel *schema.Relation, o DataOptions) error {
	column := rel.Column(r.t.Column)
	col := schema.Ident(column.Name)
	type question struct{ check, object, what, condition, fix string }
	var questions []question
	if !column.NotNull {
		questions = append(questions, question{"D-NULL", ref(rel), "no org", "t." + col + " IS NULL",
			fmt.Sprintf("Give the rows an org, or move them away: SELECT * FROM %s WHERE %s IS NULL;", ref(rel), col)})
	}
	// A validated key proves that there is nothing; its triggers may be off.
	if key := r.rootKey(); key != nil && column.Type == key.Type && !r.proven(rel, column, key) {
		condition := fmt.Sprintf("t.%s IS NOT NULL AND NOT EXISTS (SELECT FROM %s o WHERE o.%s = t.%s)", col, ref(r.root), schema.Ident(key.Name), col)
		questions = append(questions, question{"D-ORPHAN", ref(rel), "an org that does not exist", condition,
			fmt.Sprintf("Move the rows away: SELECT * FROM %s t WHERE %s;", ref(rel), condition)})
	}
	for _, k := range rel.ForeignKeys {
		if k.Parent == nil || k.Parent == r.root || k.Inherited || !r.tenantTable(k.Parent) {
			continue
		}
		other := k.Parent.Column(r.t.Column)
		if k.Carries(column.Number, other.Number) || other.TypeOID != column.TypeOID {
			continue
		}
		join := fmt.Sprintf("p.%s <> t.%s", schema.Ident(other.Name), col)
		for i, c := range k.Columns {
			join += fmt.Sprintf(" AND p.%s = t.%s", schema.Ident(k.Parent.ColumnAt(k.ParentColumns[i]).Name), schema.Ident(rel.ColumnAt(c).Name))
		}
		condition := fmt.Sprintf("EXISTS (SELECT FROM %s p WHERE %s)", ref(k.Parent), join)
		questions = append(questions, question{"D-XREF", ref(rel) + "." + schema.Ident(k.Name), "a row of another org in " + ref(k.Parent) + " to refer to", condition,
			fmt.Sprintf("Look at the rows: SELECT * FROM %s t WHERE %s;", ref(rel), condition)})
	}
	for _, q := range questions {
		n := int64(0)
		err := readOnly(ctx, conn, o.Timeout, func(tx pgx.Tx) error {
			return tx.QueryRow(ctx, fmt.Sprintf("SELECT pg_catalog.count(*) FROM (SELECT FROM %s t WHERE %s LIMIT %d) x", ref(rel), q.condition, most)).Scan(&n)
		})
		if cutShort(err) {
			s, ok, sampleErr := r.sampled(ctx, conn, rel, q.condition, o)
			switch {
			case sampleErr != nil:
				err = sampleErr
			case ok && s.wrong > 0:
				r.add(q.check, q.object, rel, fmt.Sprintf("rows of %s have %s: %d of %d in a random sample of %d of about %d blocks; all of it was not done in time", ref(rel), q.what, s.wrong, s.rows, s.blocks, s.of), q.fix)
				continue
			case ok && s.whole():
				continue
			case ok:
				r.unknown(q.check, q.object, rel, fmt.Sprintf("whether rows of %s have %s was not found out in %s; %s", ref(rel), q.what, o.Timeout, s))
				continue
			}
		}
		var refusal *pgconn.PgError
		switch {
		case errors.As(err, &refusal):
			r.unknown(q.check, q.object, rel, fmt.Sprintf("whether rows of %s have %s is not known: %s", ref(rel), q.what, refusal.Message))
		case err != nil:
			return err
		case n >= most:
			r.add(q.check, q.object, rel, fmt.Sprintf("at least %d rows of %s have %s", most, ref(rel), q.what), q.fix)
		case n == 1:
			r.add(q.check, q.object, rel, fmt.Sprintf("1 row of %s has %s", ref(rel), q.what), q.fix)
		case n > 0:
			r.add(q.check, q.object, rel, fmt.Sprintf("%d rows of %s have %s", n, ref(rel), q.what), q.fix)
		}
	}
	return nil
}

func (r *run) proven(rel *schema.Relation, column, key *schema.Column) bool {
	for _, k := range rel.ForeignKeys {
		if k.Parent == r.root && k.Carries(column.Number, key.Number) && k.Validated && !k.TriggersDisabled && len(k.Columns) == 1 {
			return true
		}
	}
	return false
}

// cutShort tells of a statement_timeout.
func cutShort(err error) bool {
	var refusal *pgconn.PgError
	return errors.As(err, &refusal) && refusal.Code == queryCanceled
}

// The SQLSTATEs of statement_timeout and of lock_timeout.
const (
	queryCanceled    = "57014"
	lockNotAvailable = "55P03"
)

// readOnly runs f in a transaction that is rolled back, in which policies hide no rows,
// and which waits for little.
func readOnly(ctx context.Context, conn *pgx.Conn, timeout time.Duration, f func(tx pgx.Tx) error) (err error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tx.Rollback(ctx)) }() // it only reads
	if _, err := tx.Exec(ctx, `SELECT pg_catalog.set_config('search_path', '', true), pg_catalog.set_config('row_security', 'off', true),
		pg_catalog.set_config('lock_timeout', '200ms', true), pg_catalog.set_config('statement_timeout', $1, true)`,
		fmt.Sprint(timeout.Milliseconds())); err != nil {
		return err
	}
	return f(tx)
}
