package pool

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/wire"
)

// resetCycles is how many ReadyForQuery answer resetMessages.
const resetCycles = 3

// resetMessages make Postgres forget a session. The Sync ends a pipeline that the
// client left open, which would have Postgres skip the rest. DISCARD ALL drops
// settings, prepared statements, cursors, temporary tables, advisory locks,
// LISTEN, cached plans and the state of sequences (manual, DISCARD). What it
// leaves is the seed of random(), which the last client may know.
func resetMessages() []byte {
	messages, err := (&pgproto3.Sync{}).Encode(nil)
	if err != nil {
		panic(err) // it has no content to be wrong
	}
	messages = wire.AppendQuery(messages, "DISCARD ALL")
	return wire.AppendQuery(messages, "SELECT pg_catalog.setseed("+randomSeed()+")")
}

// randomSeed is a number from 0 up to 1.
func randomSeed() string {
	var b [8]byte
	rand.Read(b[:]) // never fails: see crypto/rand
	return strconv.FormatFloat(float64(binary.BigEndian.Uint64(b[:])>>11)/(1<<53), 'f', -1, 64)
}

// insufficientPrivilege is Postgres's SQLSTATE for a function that the role may
// not call.
const insufficientPrivilege = "42501"

// reset makes the connection forget its session (I7). On error it must be closed.
func (u *Upstream) reset(ctx context.Context) error {
	u.Context, u.wanted, u.identity, u.unknown = Context{}, Context{}, identity{}, false
	u.Prepared.Clear()
	u.Prepared.SetUnnamed(nil)
	err := u.exchange(ctx, resetMessages(), resetCycles, nil)
	var answer *pgconn.PgError
	if errors.As(err, &answer) && answer.Code == insufficientPrivilege {
		return nil // of setseed: DISCARD ALL needs no privilege, and nobody's seed can be known
	}
	if err != nil {
		return fmt.Errorf("resetting the session: %w", err)
	}
	return nil
}
