package pool

import (
	"bytes"
	"context"
	"errors"

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

// exchange is the owner of a connection that nobody relays on, while it answers
// the proxy's own messages.
type exchange struct {
	upstream *Upstream
	scanner  wire.Scanner
	cycles   int                       // ReadyForQuery that are to come
	row      func(values []byte) error // gets the body of each DataRow, unless nil
	answer   error                     // the first error that Postgres answered with
	done     chan error                // gets the result; it has room for it
}

// exchangeClasses are the messages that answer the proxy's own statements.
var exchangeClasses = wire.Classes{
	wire.MsgErrorResponse:        wire.Inspect,
	wire.MsgNoticeResponse:       wire.Inspect,
	wire.MsgNotificationResponse: wire.Inspect,
	wire.MsgParameterStatus:      wire.Inspect,
	wire.MsgReadyForQuery:        wire.Inspect,
	wire.MsgBindComplete:         wire.Inspect,
	wire.MsgCloseComplete:        wire.Inspect,
	wire.MsgCommandComplete:      wire.Inspect,
	wire.MsgDataRow:              wire.Inspect,
	wire.MsgParseComplete:        wire.Inspect,
	wire.MsgRowDescription:       wire.Inspect,
}

// exchange sends messages on a connection that has no owner, and waits for the
// answers up to the last of cycles ReadyForQuery, each of which must be outside a
// transaction. row, unless nil, gets the body of each DataRow. An error that
// Postgres answers with is a *pgconn.PgError, the first of them, after all answers
// are read; after any other error the connection is closed.
func (u *Upstream) exchange(ctx context.Context, messages []byte, cycles int, row func(values []byte) error) error {
	e := &exchange{upstream: u, cycles: cycles, row: row, done: make(chan error, 1)}
	e.scanner = wire.Scanner{MaxBody: maxAnswer, Classes: &exchangeClasses, Handler: e}
	if err := u.Attach(e); err != nil {
		u.Stream.Close()
		return err
	}
	stop := context.AfterFunc(ctx, func() { u.Stream.Close() })
	if err := u.Stream.Write(messages); err != nil {
		u.Stream.Close() // which ends the reader
	}
	err := <-e.done
	if !stop() {
		return context.Cause(ctx) // it is closed, or will be at any time
	}
	return err
}

// Burst implements Owner.
func (e *exchange) Burst(buf []byte, n int) error {
	if err := e.scanner.Burst(buf, n); err != nil {
		return err
	}
	if e.cycles == 0 && e.scanner.Between() {
		e.upstream.DetachInBurst()
		e.done <- e.answer
	}
	return nil
}

// Ended implements Owner.
func (e *exchange) Ended(err error) { e.done <- err }

// Send implements wire.Handler: the answers are the proxy's own.
func (e *exchange) Send([]byte) error { return nil }

// Need implements wire.Handler.
func (e *exchange) Need(_ byte, bodyLen int) int { return bodyLen }

// Frame implements wire.Handler.
func (e *exchange) Frame(msgType byte, body []byte, _ int) (wire.Action, []byte, error) {
	return wire.Pass, nil, e.message(msgType, body)
}

func (e *exchange) message(msgType byte, body []byte) error {
	switch msgType {
	case wire.MsgNoticeResponse, wire.MsgNotificationResponse:
		return nil
	case wire.MsgParameterStatus:
		return e.upstream.parameterStatus(body)
	}
	if e.cycles == 0 {
		return errNotIdle
	}
	switch msgType {
	case wire.MsgReadyForQuery:
		if len(body) != 1 || body[0] != wire.TxIdle {
			return errNotIdle
		}
		e.cycles--
	case wire.MsgDataRow:
		if e.row != nil {
			return e.row(body)
		}
	case wire.MsgErrorResponse:
		var message pgproto3.ErrorResponse
		if err := message.Decode(body); err != nil {
			return err
		}
		if e.answer == nil {
			e.answer = pgconn.ErrorResponseToPgError(&message)
		}
	}
	return nil
}

// errParameterStatus means that a ParameterStatus cannot be understood.
var errParameterStatus = errors.New("malformed parameter status message from upstream")

// parameterStatus keeps what the body of a ParameterStatus reports.
func (u *Upstream) parameterStatus(body []byte) error {
	name, rest, ok := bytes.Cut(body, []byte{0})
	value, tail, ok2 := bytes.Cut(rest, []byte{0})
	if !ok || !ok2 || len(tail) != 0 {
		return errParameterStatus
	}
	u.NoteParameter(string(name), string(value))
	return nil
}
