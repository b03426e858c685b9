package pool

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/wire"
)

const (
	// resetTimeout bounds how long a connection may take to forget a session.
	resetTimeout = 5 * time.Second
	// maxAge is when a free connection is closed however busy it is otherwise:
	// what Postgres caches for a session grows, and defaults of the role and the
	// database are read at login only.
	maxAge = time.Hour
	// maxDialing bounds how many connections are being made at a time.
	maxDialing = 16
	// sweepInterval is how often free connections are looked at.
	sweepInterval = time.Second
)

// Options configure a Pool.
type Options struct {
	Dialer *Dialer
	// Reuse lets a connection serve another session when one has ended. Without
	// it every session has a dedicated one.
	Reuse bool
	// ShareAcrossTenants lets a connection serve a second org.
	ShareAcrossTenants bool
	// MaxUpstream bounds the connections, MaxPerTenant those in use for one org;
	// 0 is no bound.
	MaxUpstream, MaxPerTenant int
	// IdleTimeout is how long a connection may be free; 0: for as long as it lives. It
	// is closed up to two seconds later, by a sweep.
	IdleTimeout time.Duration
	// AcquireTimeout bounds how long a session waits for a slot; 0: as long as
	// its context allows.
	AcquireTimeout time.Duration
	Log            *slog.Logger
}

// Pool gives sessions their upstream connections, within limits, and fairly: who
// has to wait gets the next one by turns of the orgs, so that one org's crowd
// does not starve the rest. Safe for concurrent use.
type Pool struct {
	opts   Options // those of SetLimits are guarded by mu
	poller *wire.Poller

	dialing chan struct{} // has a token for each connection that is being made

	stop context.CancelFunc
	wg   sync.WaitGroup // the sweep

	mu     sync.Mutex
	closed bool // nothing is kept any more
	slots  slots
	swept  time.Time // the last sweep: the time of what needs no clock of its own
}

// Limits are the options that SetLimits changes.
type Limits struct {
	MaxUpstream, MaxPerTenant   int
	IdleTimeout, AcquireTimeout time.Duration
}

// SetLimits puts other limits in force; they mean what they do in Options. Who
// waits is served by them. Connections over them are closed when they are free; none
// is taken away.
func (p *Pool) SetLimits(l Limits) {
	p.mu.Lock()
	p.opts.MaxUpstream, p.opts.MaxPerTenant = l.MaxUpstream, l.MaxPerTenant
	p.opts.IdleTimeout, p.opts.AcquireTimeout = l.IdleTimeout, l.AcquireTimeout
	p.slots.maxOpen, p.slots.maxPerTenant = l.MaxUpstream, l.MaxPerTenant
	evicted := append(p.slots.shrink(), p.slots.serve()...)
	p.mu.Unlock()
	closeAll(evicted)
}

// NewPool makes a Pool. Close ends it.
func NewPool(opts Options) *Pool {
	ctx, cancel := context.WithCancel(context.Background())
	p := &Pool{
		opts: opts, stop: cancel, dialing: make(chan struct{}, maxDialing),
		slots: newSlots(opts.MaxUpstream, opts.MaxPerTenant), swept: time.Now(),
	}
	var err error
	if p.poller, err = wire.NewPoller(); err != nil { // there are no descriptors left, most likely
		opts.Log.Warn("connections are read in the slower way", "error", err)
	}
	p.wg.Go(func() { p.sweep(ctx) })
	return p
}

// Dialer is what the pool's connections are made by.
func (p *Pool) Dialer() *Dialer { return p.opts.Dialer }

// Poller is what the pool's connections wait in, and their clients' may; nil if there
// is none. It lives until Close has been called and none is left in it.
func (p *Pool) Poller() *wire.Poller { return p.poller }

// LimitError means that no connection became free in time.
type LimitError struct {
	// Limit is the setting that was reached.
	Limit string
}

// Error names the setting.
func (e *LimitError) Error() string { return "no free upstream connection: " + e.Limit + " is reached" }

// errOtherRole means that a connection was wanted for another role than its Place is for.
var errOtherRole = errors.New("acquiring an upstream connection: the context has another role than its place")

// AcquireAtOnce is Acquire where that needs neither a wait nor a message: it gives a free
// connection that has the context in place, or nil.
func (p *Pool) AcquireAtOnce(at *Place, c *Context) *Upstream {
	c.identify()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.slots.takeAtOnce(at, c)
}

// Acquire gives a connection with the context of the session whose place it is. It waits
// for one when a limit is reached: a *LimitError tells that none became free in time, an
// *OpenError that none could be made. The caller gives it back with Release or Park. It
// calls mayBlock, which the Burst of a wire.Receiver needs, before it waits for anything.
// Of c it changes only what it remembers of it.
func (p *Pool) Acquire(ctx context.Context, at *Place, c *Context, mayBlock func()) (*Upstream, error) {
	if c.Role != at.key.role {
		return nil, errOtherRole
	}
	if u := p.AcquireAtOnce(at, c); u != nil {
		return u, nil
	}
	u, l, err := p.wait(ctx, at, c, mayBlock)
	if err != nil {
		return nil, err
	}
	if u == nil || !u.has(c) {
		mayBlock()
		if u, err = p.prepare(ctx, u, at.key.database, *c); err != nil {
			p.giveBack(l, nil)
			return nil, err
		}
	}
	u.lease = l
	return u, nil
}

// wait gets a slot: a connection that is free, or nil for one to be dialed.
func (p *Pool) wait(ctx context.Context, at *Place, wanted *Context, mayBlock func()) (*Upstream, lease, error) {
	p.mu.Lock()
	w := p.slots.ask(at, wanted)
	evicted := p.slots.serve()
	timeout := p.opts.AcquireTimeout
	p.mu.Unlock()
	closeAll(evicted)

	select {
	case g := <-w.granted: // as a rule, without waiting
		return g.upstream, w.lease, nil
	default:
	}
	mayBlock()
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	select {
	case g := <-w.granted:
		return g.upstream, w.lease, nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case g := <-w.granted: // at the last moment
		return g.upstream, w.lease, nil
	default:
	}
	blockedBy := p.slots.blockedBy(w)
	p.slots.withdraw(w)
	if err := ctx.Err(); !errors.Is(err, context.DeadlineExceeded) {
		return nil, lease{}, err
	}
	return nil, lease{}, &LimitError{Limit: string(blockedBy)}
}

// prepare puts the context in place on u, which has another, or on a new connection
// when u is nil or turns out to be gone.
func (p *Pool) prepare(ctx context.Context, u *Upstream, database string, c Context) (*Upstream, error) {
	if !p.opts.Reuse {
		if err := p.mayDial(ctx); err != nil {
			return nil, openError(err)
		}
		defer p.dialed()
		return p.opts.Dialer.Open(ctx, database, c, p.poller)
	}
	if u != nil {
		err := within(ctx, resetTimeout, func(ctx context.Context) error { return u.takeOver(ctx, c) })
		if err == nil {
			return u, nil
		}
		u.Stream.Close()
		var forgot *OpenError
		if err := openError(err); err.Server != nil && !errors.As(err.Err, &forgot) {
			return nil, err // the client's settings, not the connection
		}
	}
	if err := p.mayDial(ctx); err != nil {
		return nil, openError(err)
	}
	defer p.dialed()
	u, err := p.opts.Dialer.openNeutral(ctx, database, &c, p.poller)
	if err != nil {
		return nil, openError(err)
	}
	err = within(ctx, resetTimeout, func(ctx context.Context) error {
		if err := u.adopt(ctx, c); err != nil {
			return err
		}
		return u.apply(ctx)
	})
	if err != nil {
		u.Stream.Close()
		return nil, openError(err)
	}
	u.whenLost(p.lost)
	return u, nil
}

// within runs f with a limit of its own.
func within(ctx context.Context, limit time.Duration, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return f(ctx)
}

// mayDial waits until few enough connections are being made: a server that comes back,
// or is slow, does not get them all at once. dialed ends what it begins.
func (p *Pool) mayDial(ctx context.Context) error {
	select {
	case p.dialing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (p *Pool) dialed() { <-p.dialing }

// Release ends the use of a connection. reusable tells that it is outside a
// transaction, owes no answer, has no Owner, and that nobody else uses it: nobody
// writes to it, and no Cancel runs. It is then made to forget the session, and kept;
// otherwise it is closed, and what it was doing ends.
func (p *Pool) Release(u *Upstream, reusable bool) {
	p.mu.Lock()
	reusable = reusable && p.opts.Reuse && p.keeps(u)
	p.mu.Unlock()
	if reusable {
		ctx, cancel := context.WithTimeout(context.Background(), resetTimeout)
		err := u.reset(ctx)
		cancel()
		if err == nil {
			p.giveBack(u.lease, u)
			return
		}
		p.opts.Log.Warn("an upstream connection was not reused", "org", u.lease.tenant.org, "error", err)
	}
	u.Stream.Close()
	p.giveBack(u.lease, nil)
}

// Park gives a connection back for any session, with its context in place, which the
// next one may want too; one that wants another makes it forget this one first. lost
// tells that the context may have been lost. For the rest it is as for Release, and
// Postgres must keep nothing of the session but that context.
func (p *Pool) Park(u *Upstream, lost bool) {
	p.mu.Lock()
	if !p.opts.Reuse || !p.keeps(u) {
		p.mu.Unlock()
		p.Release(u, false)
		return
	}
	u.unknown = lost
	evicted := p.takeBack(u.lease, u)
	p.mu.Unlock()
	closeAll(evicted)
}

// keeps tells whether a connection is worth to be kept. mu is held.
func (p *Pool) keeps(u *Upstream) bool { return !p.closed && p.swept.Sub(u.born) < maxAge }

// lost takes out a free connection that has ended. One that is being given to a
// session, or back, is found to have ended then.
func (p *Pool) lost(u *Upstream) {
	p.mu.Lock()
	p.slots.takeFreeIf(func(free *Upstream) bool { return free == u })
	evicted := p.slots.serve()
	p.mu.Unlock()
	closeAll(evicted)
}

// giveBack ends a lease and serves who waits. u is nil when the connection is gone.
func (p *Pool) giveBack(l lease, u *Upstream) {
	p.mu.Lock()
	evicted := p.takeBack(l, u)
	p.mu.Unlock()
	closeAll(evicted)
}

// takeBack is giveBack for who holds mu, and closes what it returns.
func (p *Pool) takeBack(l lease, u *Upstream) (evicted []*Upstream) {
	p.slots.giveBack(l, u)
	if u != nil && !u.alive() { // lost may have looked for it too early
		p.slots.takeFreeIf(func(free *Upstream) bool { return free == u })
	}
	evicted = append(p.slots.shrink(), p.slots.serve()...) // in this order: who waits would take what is over the limit
	if p.closed {
		evicted = append(evicted, p.slots.takeFreeIf(func(*Upstream) bool { return true })...)
	}
	return evicted
}

// sweep closes free connections that are too old, every sweepInterval.
func (p *Pool) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.mu.Lock()
			stale := p.sweepAt(time.Now()) // the tick may have been a while ago
			p.mu.Unlock()
			closeAll(stale)
		}
	}
}

// sweepAt takes the free connections that are too old at a time that is not before
// anything that has happened. mu is held.
func (p *Pool) sweepAt(now time.Time) []*Upstream {
	p.swept = now
	stale := p.slots.takeFreeIf(func(u *Upstream) bool {
		if u.idleAt.IsZero() {
			u.idleAt = now
		}
		return p.opts.IdleTimeout > 0 && now.Sub(u.idleAt) >= p.opts.IdleTimeout || now.Sub(u.born) >= maxAge || !u.alive()
	})
	stale = append(stale, p.slots.serve()...)
	p.slots.tidy()
	return stale
}

// Close closes the free connections, and lets none be kept from now on. Those in
// use are closed when they are released.
func (p *Pool) Close() {
	p.stop()
	p.wg.Wait()
	p.mu.Lock()
	p.closed = true
	free := p.slots.takeFreeIf(func(*Upstream) bool { return true })
	p.mu.Unlock()
	closeAll(free)
	if p.poller != nil {
		p.poller.Close()
	}
}

// Stats are the numbers of connections at a moment.
type Stats struct {
	Open    int // all, those being dialed among them
	Free    int // those that no session has
	Waiting int // sessions that want one
	Max     int // MaxUpstream
}

// Stats counts.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Stats{Open: p.slots.open, Max: p.slots.maxOpen}
	for _, t := range p.slots.turn {
		s.Waiting += len(t.waiters)
	}
	for _, of := range p.slots.shelves {
		s.Free += len(of.free)
	}
	return s
}

// closeAll closes connections that nobody uses, and lets Postgres know.
func closeAll(free []*Upstream) {
	for _, u := range free {
		goodbye, err := (&pgproto3.Terminate{}).Encode(nil)
		if err == nil && u.Stream.SetWriteDeadline(time.Now().Add(sweepInterval)) == nil {
			_ = u.Stream.Write(goodbye) // the close says it too
		}
		u.Stream.Close()
	}
}
