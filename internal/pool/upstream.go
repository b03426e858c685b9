package pool

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/wire"
)

// Context is what a session runs with, whatever its client says (I3).
type Context struct {
	// Settings go into the startup packet.
	Settings []wire.Parameter
	// Large is a setting that may be too long for the startup packet
	// (wire.MaxStartupPacketLen): it is then set right after login, by a bound
	// set_config. An empty Name means none.
	Large wire.Parameter
}

// Upstream is a dedicated connection to Postgres, logged in, idle, with its
// context in place.
type Upstream struct {
	// Stream is the connection; whoever has the Upstream reads and writes it.
	Stream *wire.Stream
	// Parameters are the ParameterStatus values at login, ordered by name as
	// Postgres sends them.
	Parameters []wire.Parameter
	// ResetLosesContext tells that Large did not fit into the startup packet: RESET ALL
	// and DISCARD ALL would clear it.
	ResetLosesContext bool

	hijacked *pgconn.HijackedConn
}

// Open dials a dedicated connection to database with the context. Errors are of
// type *OpenError.
func (d *Dialer) Open(ctx context.Context, database string, c Context) (*Upstream, error) {
	u, err := d.open(ctx, database, c)
	if err != nil {
		return nil, openError(err)
	}
	return u, nil
}

func (d *Dialer) open(ctx context.Context, database string, c Context) (*Upstream, error) {
	config, err := d.config()
	if err != nil {
		return nil, err
	}
	config.Database = database
	setParams(config, c.Settings)
	oversize := false
	if c.Large.Name != "" {
		setParams(config, []wire.Parameter{c.Large})
		if oversize = startupLen(config) > wire.MaxStartupPacketLen; oversize {
			delete(config.RuntimeParams, c.Large.Name)
		}
	}
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if oversize {
		if err := setConfig(ctx, conn, c.Large); err != nil {
			conn.Close(ctx)
			return nil, err
		}
	}
	hijacked, err := conn.Hijack()
	if err != nil {
		conn.Close(ctx)
		return nil, fmt.Errorf("taking over upstream connection: %w", err)
	}
	if hijacked.Frontend.ReadBufferLen() > 0 {
		// Bytes behind the ReadyForQuery that nobody asked for: a notice at an
		// unlucky moment, or something worse. They would be lost to the client.
		hijacked.Conn.Close()
		return nil, errors.New("upstream sent more than its login")
	}
	hijacked.Frontend = nil // Construct makes its own; the buffers are not needed
	u := &Upstream{
		Stream:            wire.NewStream(hijacked.Conn),
		ResetLosesContext: oversize,
		hijacked:          hijacked,
	}
	for name, value := range hijacked.ParameterStatuses {
		u.Parameters = append(u.Parameters, wire.Parameter{Name: name, Value: value})
	}
	slices.SortFunc(u.Parameters, func(a, b wire.Parameter) int {
		return cmp.Compare(wire.FoldASCII(a.Name), wire.FoldASCII(b.Name))
	})
	return u, nil
}

// Parameter gives the value of a ParameterStatus at login.
func (u *Upstream) Parameter(name string) string { return u.hijacked.ParameterStatuses[name] }

// Cancel asks Postgres to cancel what the connection is doing, over a connection
// of its own, encrypted as this one is. It returns when Postgres has taken the
// request; as with any cancel, nobody is told whether it hit.
func (u *Upstream) Cancel(ctx context.Context) error {
	// Construct makes a PgConn of copies and reads only the address and the key
	// from it; the Stream goes on undisturbed.
	conn, err := pgconn.Construct(u.hijacked)
	if err != nil {
		return fmt.Errorf("preparing cancel request: %w", err)
	}
	return conn.CancelRequest(ctx)
}

// setConfig sets a session setting with a bound value, outside a transaction.
func setConfig(ctx context.Context, conn *pgconn.PgConn, p wire.Parameter) error {
	result := conn.ExecParams(ctx, "SELECT pg_catalog.set_config($1, $2, false)",
		[][]byte{[]byte(p.Name), []byte(p.Value)}, nil, nil, nil).Read()
	if result.Err != nil {
		return fmt.Errorf("setting %s upstream: %w", p.Name, result.Err)
	}
	if len(result.Rows) != 1 || string(result.Rows[0][0]) != p.Value {
		return fmt.Errorf("setting %s upstream: another value came back", p.Name)
	}
	return nil
}
