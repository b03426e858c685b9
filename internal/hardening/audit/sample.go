package audit

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"tenantproxy/internal/hardening/schema"
)

// A check that takes too long is asked of a sample. It is one of blocks (TABLESAMPLE
// SYSTEM), since one of rows reads the whole table, and rows that were written together
// are often wrong together: so what is said is about blocks as well.

// sample is what was seen of a table.
type sample struct {
	// blocks, of the table's, with rows rows, of which wrong are.
	blocks, of, rows, wrong int64
}

// whole tells that all of the table was seen.
func (s sample) whole() bool { return s.blocks >= s.of }

// String says what no wrong row in a sample proves. If a share p of the blocks has one,
// n blocks have none with probability (1-p)^n, which is under 5 % for p = 3/n.
func (s sample) String() string {
	return fmt.Sprintf("a random sample of %d of about %d blocks, with %d rows, has none, so that with 95 %% confidence under %s %% of the blocks have one",
		s.blocks, s.of, s.rows, strconv.FormatFloat(300/float64(s.blocks), 'g', 2, 64))
}

// sampled counts the rows of a table for which condition, where the table is t, holds in
// a sample. ok is false if no sample was done in time.
func (r *run) sampled(ctx context.Context, conn *pgx.Conn, rel *schema.Relation, condition string, o DataOptions) (s sample, ok bool, err error) {
	blocks, err := r.blocks(ctx, conn, rel, o)
	if cutShort(err) {
		return s, false, nil
	}
	for _, size := range o.samples() { // until one is done in time
		if err != nil {
			break
		}
		s = sample{of: blocks}
		sql := fmt.Sprintf("SELECT pg_catalog.count(DISTINCT (t.tableoid, (t.ctid::text::point)[0])), pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE %s) FROM %s t %s",
			condition, ref(rel), tableSample(size, blocks))
		err = readOnly(ctx, conn, o.Timeout, func(tx pgx.Tx) error { return tx.QueryRow(ctx, sql).Scan(&s.blocks, &s.rows, &s.wrong) })
		switch {
		case cutShort(err):
			err = nil
		case err == nil && size >= blocks:
			s.blocks = blocks // those without rows are not counted
			return s, true, nil
		case err == nil && s.blocks > 0:
			return s, true, nil
		}
	}
	return s, false, err
}

// blocks is the size of a table with those below it.
func (r *run) blocks(ctx context.Context, conn *pgx.Conn, rel *schema.Relation, o DataOptions) (n int64, err error) {
	oids := []uint32{rel.OID}
	for next := rel.Children; len(next) > 0; next = next[1:] {
		oids = append(oids, next[0].OID)
		next = append(next, next[0].Children...)
	}
	err = readOnly(ctx, conn, o.Timeout, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT coalesce(pg_catalog.sum(pg_catalog.pg_relation_size(c)) / pg_catalog.current_setting('block_size')::pg_catalog.int8, 0)::pg_catalog.int8
			FROM pg_catalog.unnest($1::pg_catalog.oid[]) c`, oids).Scan(&n)
	})
	return n, err
}

func tableSample(size, blocks int64) string {
	percent := 100.0
	if size < blocks {
		percent = 100 * float64(size) / float64(blocks)
	}
	return "TABLESAMPLE SYSTEM (" + strconv.FormatFloat(percent, 'f', -1, 64) + ")"
}
