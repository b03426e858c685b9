package pool

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/hardening/seal"
	"tenantproxy/internal/wire"
)

// Upstream is a connection to Postgres, logged in, idle, with the context of one
// session in place. There are two kinds, which never mix:
//
//   - A dedicated one serves one session. Its context is in the startup packet,
//     so that it is what Postgres goes back to at RESET ALL and DISCARD ALL.
//   - A reused one may serve another session later. It began with an empty
//     context, since otherwise a reset would bring the first org's back for the
//     second; its context is set after login, and again after each reset.
type Upstream struct {
	// What each transaction needs is side by side, for the sake of the processor's caches.

	// Stream is the connection. Whoever has the Upstream writes to it; what comes is
	// the Owner's.
	Stream    *wire.Stream
	lease     lease
	identity  identity // of wanted
	givenBack uint64   // a later one is higher: slots.givenBack
	// Prepared are the statements that sessions in transaction mode have prepared.
	Prepared Prepared
	paramsMu sync.Mutex
	watched  Watched // paramsMu is held for it, and for hijacked.ParameterStatuses
	unknown  bool    // the context may have been lost
	// ResetLosesContext tells that RESET ALL and DISCARD ALL clear the context,
	// or a part of it: it must be applied again before anything else runs.
	ResetLosesContext bool
	born              time.Time
	idleAt            time.Time // the first sweep that found it free; zero: there was none yet
	reading           reading

	// Context is what is in place. Whoever has the Upstream may change it by Become, and
	// then puts it in place.
	Context  Context
	wanted   Context // Context without its seal
	hijacked *pgconn.HijackedConn
	backend  seal.Backend // once a seal has needed it
}

// Open dials a dedicated connection to database with the context, which waits in
// poller unless that is nil. Errors are of type *OpenError.
func (d *Dialer) Open(ctx context.Context, database string, c Context, poller *wire.Poller) (*Upstream, error) {
	// Postgres takes no startup packet over a certain size: what does not fit
	// is set afterwards.
	inStartup := len(c.Own)
	var u *Upstream
	config, err := d.config()
	if err == nil {
		config.Database = database
		setParams(config, c.Client)
		setParams(config, c.Own)
		if c.Role != "" {
			setParams(config, []wire.Parameter{c.role()})
		}
		for startupLen(config) > wire.MaxStartupPacketLen && inStartup > 0 {
			inStartup--
			delete(config.RuntimeParams, c.Own[inStartup].Name)
		}
		u, err = open(ctx, config, poller)
	}
	if err != nil {
		return nil, openError(err)
	}
	err = u.adopt(ctx, c)
	if err == nil && inStartup < len(u.Context.Own) { // a seal is made after the login
		u.ResetLosesContext = true
		err = u.apply(ctx)
	}
	if err != nil {
		u.Stream.Close()
		return nil, openError(err)
	}
	return u, nil
}

// openNeutral dials a connection that can be reused, with the settings of c
// empty, and without its client's.
func (d *Dialer) openNeutral(ctx context.Context, database string, c *Context, poller *wire.Poller) (*Upstream, error) {
	config, err := d.config()
	if err != nil {
		return nil, err
	}
	config.Database = database
	setParams(config, c.neutral())
	u, err := open(ctx, config, poller)
	if err != nil {
		return nil, err
	}
	u.ResetLosesContext = true
	return u, nil
}

// open dials with config.
func open(ctx context.Context, config *pgconn.Config, poller *wire.Poller) (*Upstream, error) {
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	// On a busy machine pgconn has begun to read in the background: what that came to
	// read would be lost.
	if err := conn.SyncConn(ctx); err != nil {
		conn.Close(ctx)
		return nil, fmt.Errorf("taking over upstream connection: %w", err)
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
	u := &Upstream{Stream: wire.NewStream(hijacked.Conn, poller), hijacked: hijacked, born: time.Now()}
	u.watched = watch(hijacked.ParameterStatuses)
	u.startReading()
	return u, nil
}

// has tells whether the context is in place for certain.
func (u *Upstream) has(c *Context) bool {
	if u.unknown {
		return false
	}
	if known := c.known(); known != (identity{}) && u.identity != (identity{}) {
		return known == u.identity
	}
	return u.wanted.equal(c)
}

// takeOver puts c in place on an idle connection. Unless it is there already, or none is,
// the connection forgets the session before first, with all that Postgres keeps (I7).
// An error of Postgres about c is a *pgconn.PgError.
func (u *Upstream) takeOver(ctx context.Context, c Context) error {
	if u.has(&c) {
		return nil
	}
	if !u.has(&Context{}) {
		if err := u.reset(ctx); err != nil {
			return &OpenError{Err: err}
		}
	}
	if err := u.adopt(ctx, c); err != nil {
		return err
	}
	return u.apply(ctx)
}

// apply puts the context in place on an idle connection. An error of Postgres is
// a *pgconn.PgError: a setting of the client's has a value that it does not take.
func (u *Upstream) apply(ctx context.Context) error {
	if u.Context.len() == 0 {
		return nil
	}
	applied := false
	err := u.exchange(ctx, u.Context.AppendApply(nil), 1, func(row []byte) error {
		applied = true
		return u.Context.CheckApplied(row)
	})
	if err == nil && !applied {
		err = errNotApplied
	}
	if err != nil {
		return fmt.Errorf("putting the context in place: %w", err)
	}
	return nil
}

// Parameters are the values that Postgres has reported by ParameterStatus,
// ordered by name as it does at login. It is safe for concurrent use.
func (u *Upstream) Parameters() []wire.Parameter {
	u.paramsMu.Lock()
	defer u.paramsMu.Unlock()
	all := make([]wire.Parameter, 0, len(u.hijacked.ParameterStatuses))
	for name, value := range u.hijacked.ParameterStatuses {
		all = append(all, wire.Parameter{Name: name, Value: value})
	}
	slices.SortFunc(all, func(a, b wire.Parameter) int {
		return cmp.Compare(wire.FoldASCII(a.Name), wire.FoldASCII(b.Name))
	})
	return all
}
