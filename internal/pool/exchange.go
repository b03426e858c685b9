package pool

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/wire"
)

// maxAnswer bounds one message that answers the proxy's own statements, in bytes:
// claims come back in them.
const maxAnswer = 1 << 20

// errNotIdle means that a connection was not outside a transaction, or had more
// to say than it was asked.
var errNotIdle = errors.New("the upstream connection is not idle")

// exchange sends messages on a connection that nobody relays on, and reads the
// answers up to the last of cycles ReadyForQuery, each of which must be outside a
// transaction. row, unless nil, gets the body of each DataRow. An error that
// Postgres answers with is given back, the first of them, after all answers are
// read; after any other error the connection cannot be used any more.
func (u *Upstream) exchange(ctx context.Context, messages []byte, cycles int, row func(values []byte) error) error {
	conn := u.Stream.Conn()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	answer, err := u.converse(messages, cycles, row)
	if !stop() && err == nil {
		// The deadline may be set at any time from now on.
		err = context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	return answer
}

// converse is exchange without its deadlines: answer is the error of Postgres,
// err any other.
func (u *Upstream) converse(messages []byte, cycles int, row func([]byte) error) (answer, err error) {
	if err := u.Stream.Write(messages); err != nil {
		return nil, err
	}
	front := pgproto3.NewFrontend(u.Stream.Conn(), u.Stream.Conn())
	front.SetMaxBodyLen(maxAnswer)
	for cycles > 0 {
		message, err := front.Receive()
		if err != nil {
			return nil, err
		}
		switch m := message.(type) {
		case *pgproto3.ReadyForQuery:
			if m.TxStatus != wire.TxIdle {
				return nil, errNotIdle
			}
			cycles--
		case *pgproto3.DataRow:
			if row == nil {
				continue
			}
			values, err := m.Encode(nil)
			if err != nil {
				return nil, err
			}
			if err := row(values[wire.HeaderLen:]); err != nil {
				return nil, err
			}
		case *pgproto3.ParameterStatus:
			u.NoteParameter(m.Name, m.Value)
		case *pgproto3.ErrorResponse:
			if answer == nil {
				answer = pgconn.ErrorResponseToPgError(m)
			}
		case *pgproto3.CopyInResponse, *pgproto3.CopyOutResponse, *pgproto3.CopyBothResponse:
			return nil, fmt.Errorf("%w: it copies", errNotIdle)
		}
	}
	if front.ReadBufferLen() > 0 {
		return nil, errNotIdle
	}
	return answer, nil
}
