package catalog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// LoaderOptions configure a Loader.
type LoaderOptions struct {
	// Dial opens the catalog's own connection, as the role that serves
	// tenants, with onNotification as its handler of notifications. The Loader
	// closes it.
	Dial func(ctx context.Context, onNotification pgconn.NotificationHandler) (*pgconn.PgConn, error)
	// Interval is the time between readings; 0: 5 seconds.
	Interval time.Duration
	// StaleAfter is how long a snapshot counts after the last successful
	// reading; 0: three intervals, but at least 15 seconds.
	StaleAfter time.Duration
	// OnChange, if set, is called with each new generation before Snapshot
	// returns it, and with nil when the snapshot has become stale. Calls do not
	// overlap. It must not call the Loader's Refresh.
	OnChange func(*Snapshot)
	// Log gets failures and recoveries; nil: nowhere.
	Log *slog.Logger
}

const (
	defaultInterval = 5 * time.Second
	minStaleAfter   = 15 * time.Second
	// minGap is the least time between the starts of two readings, however
	// many ask: a client can make us ask by naming unknown relations. It is at
	// least twice what the last reading took: where the catalog is large, no
	// client, and no burst of notifications as from a migration, has us read more
	// than half of the time.
	minGap = 200 * time.Millisecond
	// minNotifiedGap is the same for a notification that the schema has changed.
	minNotifiedGap = 20 * time.Millisecond
	// maxRetryWait bounds the wait after a failure; a shorter interval counts.
	maxRetryWait = time.Second
)

// Loader keeps a current Snapshot. While the catalog cannot be read it goes on
// trying; after StaleAfter it has no snapshot any more, so that nothing is
// decided on old knowledge (I4, I6). Safe for concurrent use.
type Loader struct {
	opts LoaderOptions
	// snapshot is nil until loaded, and while stale.
	snapshot atomic.Pointer[Snapshot]
	// latest is what was read last, also when stale: a later reading may find
	// it unchanged. Run's alone.
	latest *Snapshot
	// wake tells Run that waiters has grown, notified that the database has told
	// of a schema change.
	wake, notified chan struct{}

	// mu orders what becomes known: readings, expiry, OnChange.
	mu          sync.Mutex
	lastSuccess time.Time
	failure     error // of the last reading
	expiry      *time.Timer

	waitersMu sync.Mutex
	// waiters want a reading that has not started yet.
	waiters []chan<- error
	// ended is set when Run has returned.
	ended bool
}

// NewLoader makes a Loader that reads nothing until Run.
func NewLoader(opts LoaderOptions) *Loader {
	if opts.Interval <= 0 {
		opts.Interval = defaultInterval
	}
	if opts.StaleAfter <= 0 {
		opts.StaleAfter = max(3*opts.Interval, minStaleAfter)
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return &Loader{opts: opts, wake: make(chan struct{}, 1), notified: make(chan struct{}, 1)}
}

// Snapshot returns the current snapshot, or nil when there is none: not loaded
// yet, or not confirmed for StaleAfter. Nothing may pass on nil.
func (l *Loader) Snapshot() *Snapshot { return l.snapshot.Load() }

// LastSuccess is when the catalog was last read; zero: never.
func (l *Loader) LastSuccess() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lastSuccess
}

// Failure is why the last reading failed; nil if it did not, or there was none.
func (l *Loader) Failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failure
}

// errEnded is what Refresh returns once Run has.
var errEnded = errors.New("refreshing the catalog: the loader has ended")

// Refresh returns when the catalog has been read from a point after the call,
// and Snapshot and OnChange know the result. All that wait share one reading,
// which starts no sooner than 200 ms after the one before, or twice as long as that
// took. Run must be running,
// now or before ctx ends.
func (l *Loader) Refresh(ctx context.Context) error {
	done := make(chan error, 1) // Run does not wait for us
	l.waitersMu.Lock()
	if l.ended {
		l.waitersMu.Unlock()
		return errEnded
	}
	l.waiters = append(l.waiters, done)
	l.waitersMu.Unlock()
	raise(l.wake)
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("refreshing the catalog: %w", context.Cause(ctx))
	}
}

// raise sends on a channel with room for one, unless it is raised already.
func raise(signal chan<- struct{}) {
	select {
	case signal <- struct{}{}:
	default:
	}
}

// takeWaiters empties the list; with end nobody can wait any more.
func (l *Loader) takeWaiters(end bool) []chan<- error {
	l.waitersMu.Lock()
	defer l.waitersMu.Unlock()
	taken := l.waiters
	l.waiters, l.ended = nil, l.ended || end
	return taken
}

// Run reads the catalog at once, every Interval, on Refresh and when the database
// tells of a change (CreateNotifySQL), until ctx ends. The snapshot then becomes
// stale as if the catalog could not be read. Call it once.
func (l *Loader) Run(ctx context.Context) {
	var conn *pgconn.PgConn
	defer func() {
		closeConn(conn)
		for _, done := range l.takeWaiters(true) {
			done <- errEnded
		}
	}()
	for ctx.Err() == nil {
		started := time.Now()
		waiters := l.takeWaiters(false)
		var err error
		conn, err = l.read(ctx, conn)
		for _, done := range waiters {
			done <- err
		}
		wait := l.opts.Interval
		if err != nil {
			wait = min(wait, maxRetryWait)
		}
		conn = l.pause(ctx, conn, started, wait)
	}
}

// pause waits for the next reading, and listens meanwhile. It returns the
// connection, nil if that was lost.
func (l *Loader) pause(ctx context.Context, conn *pgconn.PgConn, started time.Time, wait time.Duration) *pgconn.PgConn {
	if conn == nil {
		l.await(ctx, nil, started, wait)
		return nil
	}
	listening, stop := context.WithCancel(ctx)
	lost := make(chan struct{})
	go func() {
		defer close(lost)
		for conn.WaitForNotification(listening) == nil {
		}
	}()
	l.await(ctx, lost, started, wait)
	stop()
	<-lost
	if conn.IsClosed() {
		return nil
	}
	return conn
}

// await returns after wait, or sooner if a reading is asked for, a change is
// notified or the connection is lost, but not before the least time after the
// start of the last reading.
func (l *Loader) await(ctx context.Context, lost <-chan struct{}, started time.Time, wait time.Duration) {
	next := time.Now().Add(wait)
	twice := 2 * time.Since(started)
	gap, notifiedGap := max(minGap, twice), max(minNotifiedGap, twice)
	for {
		timer := time.NewTimer(time.Until(next))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
			return
		case <-l.wake:
			next = earlier(next, started.Add(gap))
		case <-l.notified:
			next = earlier(next, started.Add(notifiedGap))
		case <-lost:
			lost = nil
			next = earlier(next, started.Add(gap))
		}
		timer.Stop()
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// read makes one reading known and returns the connection for the next one,
// nil if there has to be a new one.
func (l *Loader) read(ctx context.Context, conn *pgconn.PgConn) (*pgconn.PgConn, error) {
	// A server that does not answer must not hold up the next attempt for ever.
	readCtx, cancel := context.WithTimeout(ctx, l.opts.StaleAfter)
	defer cancel()
	if conn == nil {
		dialed, err := l.connect(readCtx)
		if err != nil {
			err = fmt.Errorf("connecting to read the catalog: %w", err)
			l.failed(ctx, err)
			return nil, err
		}
		conn = dialed
	}
	began := time.Now()
	snap, err := Load(readCtx, conn, l.latest)
	if err != nil {
		closeConn(conn)
		l.failed(ctx, err)
		return nil, err
	}
	l.succeeded(snap, began)
	return conn, nil
}

// connect dials, and listens before anything is read: what changes after the
// reading will be heard.
func (l *Loader) connect(ctx context.Context) (*pgconn.PgConn, error) {
	conn, err := l.opts.Dial(ctx, func(_ *pgconn.PgConn, n *pgconn.Notification) {
		if n.Channel == NotifyChannel {
			raise(l.notified)
		}
	})
	if err != nil {
		return nil, err
	}
	err = conn.Exec(ctx, "LISTEN "+NotifyChannel).Close()
	var refusal *pgconn.PgError
	switch {
	case errors.As(err, &refusal):
		// A standby has no LISTEN; the catalog is read every Interval all the same.
		l.opts.Log.Info("the database does not tell of schema changes", "error", err, "read_every", l.opts.Interval)
	case err != nil:
		closeConn(conn)
		return nil, err
	}
	return conn, nil
}

func (l *Loader) failed(ctx context.Context, err error) {
	if ctx.Err() == nil { // else we are just ending
		l.mu.Lock()
		l.failure = err
		l.mu.Unlock()
		l.opts.Log.Warn("catalog cannot be read", "error", err, "last_success", l.LastSuccess())
	}
}

// succeeded makes a reading known, which counts from when it began.
func (l *Loader) succeeded(snap *Snapshot, began time.Time) {
	l.latest = snap
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lastSuccess, l.failure = began, nil
	if l.expiry != nil {
		l.expiry.Stop()
	}
	l.expiry = time.AfterFunc(time.Until(began.Add(l.opts.StaleAfter)), l.expire)
	if current := l.snapshot.Load(); current == nil || current.Generation != snap.Generation {
		l.opts.Log.Info("catalog read", "generation", snap.Generation, "database", snap.Database,
			"role", snap.Role.Name, "relations", len(snap.Relations), "took", time.Since(began))
		if l.opts.OnChange != nil {
			l.opts.OnChange(snap)
		}
	}
	l.snapshot.Store(snap)
}

// expire takes the snapshot away unless it has been confirmed meanwhile.
func (l *Loader) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.snapshot.Load() == nil || time.Since(l.lastSuccess) < l.opts.StaleAfter {
		return
	}
	l.snapshot.Store(nil)
	l.opts.Log.Error("catalog is stale: no statement passes until it can be read", "last_success", l.lastSuccess)
	if l.opts.OnChange != nil {
		l.opts.OnChange(nil)
	}
}

func closeConn(conn *pgconn.PgConn) {
	if conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // it may be broken, and nothing depends on it
}
