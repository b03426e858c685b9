package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// reader runs the queries of one Load and hashes all that they return.
type reader struct {
	conn   *pgconn.PgConn
	digest hash.Hash
	types  *pgtype.Map
	// role and login are the OIDs of Snapshot.Role and of the login role, once known.
	role, login uint32
	// complete is false once a definition could not be read.
	complete bool
}

func newReader(conn *pgconn.PgConn) *reader {
	return &reader{conn: conn, digest: sha256.New(), types: pgtype.NewMap(), complete: true}
}

// command runs a statement whose result does not matter.
func (r *reader) command(ctx context.Context, sql string) error {
	return r.conn.ExecParams(ctx, sql, nil, nil, nil, nil).Read().Err
}

// query runs one statement and gives each row to each, which must take all of
// its fields in order.
func (r *reader) query(ctx context.Context, sql string, args []string, each func(*fields)) error {
	params := make([][]byte, len(args))
	for i, arg := range args {
		params[i] = []byte(arg)
	}
	r.digest.Write([]byte(sql)) // keeps the rows of two queries apart
	result := r.conn.ExecParams(ctx, sql, params, nil, nil, nil)
	var failed error
	for result.NextRow() {
		if failed != nil {
			continue // to the end, as Close would
		}
		f := &fields{values: result.Values(), types: r.types}
		r.hash(f.values)
		each(f)
		if failed = f.err; failed == nil && f.next != len(f.values) {
			failed = fmt.Errorf("a row has %d values, %d were taken", len(f.values), f.next)
		}
	}
	_, err := result.Close()
	return errors.Join(err, failed)
}

// hash adds a row so that no two different rows add the same bytes.
func (r *reader) hash(values [][]byte) {
	var length [8]byte
	for _, value := range values {
		n := uint64(len(value))
		if value == nil {
			n = 1<<64 - 1
		}
		binary.BigEndian.PutUint64(length[:], n)
		r.digest.Write(length[:])
		r.digest.Write(value)
	}
}

// lockNotAvailable is the SQLSTATE of a lock_timeout.
const lockNotAvailable = "55P03"

// deparseBatch bounds how many objects are deparsed before their locks are
// released: the server has room for max_locks_per_transaction (64) for each
// connection, all in all.
const deparseBatch = 100

// deparse reads the texts that Postgres writes back from parsed form, by a
// query that takes an array of OIDs and returns OID and text.
//
// For that Postgres locks the relations in them, as a query would, and may have
// to wait for a migration. So when a batch takes longer than lock_timeout, each
// of its objects is read by itself, and those that are still locked are left
// without a text: whoever needs one refuses, and the others work.
func (r *reader) deparse(ctx context.Context, sql string, oids []uint32, set func(oid uint32, text string)) error {
	slices.Sort(oids)
	for batch := range slices.Chunk(oids, deparseBatch) {
		locked, err := r.deparseLocking(ctx, sql, batch, set)
		if err != nil {
			return err
		}
		if !locked {
			continue
		}
		// It is enough to have waited once.
		if err := r.command(ctx, "SELECT pg_catalog.set_config('lock_timeout', '10ms', true)"); err != nil {
			return err
		}
		for i, oid := range batch {
			locked, err := r.deparseLocking(ctx, sql, batch[i:i+1], set)
			if err != nil {
				return err
			}
			if locked {
				set(oid, "")
				r.complete = false
			}
		}
	}
	return nil
}

// deparseLocking reads the texts and releases the locks that this took. It
// tells if it could not get them in time.
func (r *reader) deparseLocking(ctx context.Context, sql string, oids []uint32, set func(oid uint32, text string)) (locked bool, err error) {
	if err := r.command(ctx, "SAVEPOINT deparse"); err != nil {
		return false, err
	}
	array := make([]string, len(oids))
	for i, oid := range oids {
		array[i] = oidText(oid)
	}
	err = r.query(ctx, sql, []string{"{" + strings.Join(array, ",") + "}"}, func(f *fields) {
		oid := f.oid()
		set(oid, f.text())
	})
	var refusal *pgconn.PgError
	if errors.As(err, &refusal) && refusal.Code == lockNotAvailable {
		locked, err = true, nil
	}
	if err != nil {
		return false, err
	}
	if err := r.command(ctx, "ROLLBACK TO deparse"); err != nil {
		return false, err
	}
	return locked, r.command(ctx, "RELEASE deparse")
}

func oidText(oid uint32) string { return strconv.FormatUint(uint64(oid), 10) }

// fields takes the values of a row, in text format, one after the other. The
// first that cannot be taken sets err.
type fields struct {
	values [][]byte
	next   int
	types  *pgtype.Map
	err    error
}

func (f *fields) take() []byte {
	if f.next >= len(f.values) {
		f.fail(errors.New("a row is too short"))
		return nil
	}
	f.next++
	return f.values[f.next-1]
}

func (f *fields) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

// text is empty for NULL.
func (f *fields) text() string { return string(f.take()) }

// bool fails on anything but t and f, so that NULL is never taken for false.
func (f *fields) bool() bool {
	switch value := string(f.take()); value {
	case "t":
		return true
	case "f":
		return false
	default:
		f.fail(fmt.Errorf("%q is no boolean", value))
		return false
	}
}

func (f *fields) int() int {
	n, err := strconv.Atoi(f.text())
	if err != nil {
		f.fail(err)
	}
	return n
}

func (f *fields) oid() uint32 {
	n, err := strconv.ParseUint(f.text(), 10, 32)
	if err != nil {
		f.fail(err)
	}
	return uint32(n)
}

func (f *fields) char() byte {
	value := f.take()
	if len(value) != 1 {
		f.fail(fmt.Errorf("%q is not one byte", value))
		return 0
	}
	return value[0]
}

// list is a text array; nil if it is empty.
func (f *fields) list() []string {
	var list []string
	value := f.take()
	if string(value) == "{}" {
		return nil
	}
	if err := f.types.Scan(pgtype.TextArrayOID, pgtype.TextFormatCode, value, &list); err != nil {
		f.fail(err)
	}
	return list
}

func (f *fields) oids() []uint32 {
	var oids []uint32
	for _, text := range f.list() {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			f.fail(err)
		}
		oids = append(oids, uint32(n))
	}
	return oids
}
