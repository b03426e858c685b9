package pool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgconn"
)

// Cancel asks Postgres to cancel what the connection is doing, over a connection
// of its own, encrypted as this one is. It returns when Postgres has closed that:
// the process that closes it has sent its signal before (ProcessCancelRequestPacket
// in tcop/backend_startup.c), so what is sent on u from now on comes after it. As
// with any cancel, nobody is told whether it hit.
//
// After an error the request may be on its way for any time. In either case it
// could hit the next session: Cancel must not run beside Release, and after an
// error u is not reusable.
func (u *Upstream) Cancel(ctx context.Context) error {
	// Construct makes a PgConn of copies and reads only the address and the key
	// from it; the Stream goes on undisturbed.
	copied := *u.hijacked
	copied.ParameterStatuses = nil // the reading goroutine's
	copied.Config = copied.Config.Copy()
	dial := copied.Config.DialFunc
	var sent *watchedConn
	copied.Config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		sent = &watchedConn{Conn: conn}
		return sent, nil
	}
	conn, err := pgconn.Construct(&copied)
	if err != nil {
		return fmt.Errorf("preparing cancel request: %w", err)
	}
	if err := conn.CancelRequest(ctx); err != nil {
		return fmt.Errorf("sending cancel request: %w", err)
	}
	// pgconn does not say how the wait for the close ended.
	if sent.broke.Load() {
		return errors.New("sending cancel request: nobody knows whether it was taken")
	}
	return nil
}

// watchedConn notes whether a read ended otherwise than with the peer's close.
type watchedConn struct {
	net.Conn
	broke atomic.Bool
}

func (c *watchedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		c.broke.Store(true)
	}
	return n, err
}
