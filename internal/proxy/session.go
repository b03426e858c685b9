package proxy

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/observe/metrics"
	"tenantproxy/internal/pool"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// session is one logged-in client with its upstream connection.
type session struct {
	// What every message uses comes first, and together: see memory.
	server  *Server
	client  *wire.Stream // once it is registered
	pool    *pool.Pool   // what the lease is from
	decider *Decider
	opts    *Options // those of the login
	// ended is why the proxy ends the session, once it does.
	ended atomic.Pointer[wire.Error]
	// cancelLost tells that a cancel may be on its way that nobody waits for: the
	// connection serves no other session.
	cancelLost atomic.Bool
	lease      lease
	place      pool.Place   // where a connection is acquired
	wanted     pool.Context // and with what
	front      frontend
	back       backend
	counts     metrics.Session
	audit      sessionAudit
	names      protocolNames // in transaction mode

	ctx   context.Context // ends with the server
	log   *slog.Logger
	often *slog.Logger // the same, for lines that the client can cause without end
	// isOver is called at the very end; stopsWithServer undoes what ends the session when
	// the server ends.
	isOver          func()
	stopsWithServer func() bool
	waiting         waiting
	// database is what a connection is acquired for, besides wanted.
	database string
	// canceling is held by the one cancel that is on its way.
	canceling sync.Mutex
	// org is the identity's.
	org string
	// identity is the newest token's. It is the client's reader's to change.
	identity atomic.Pointer[auth.Identity]
	// channelPrefix is what the org's channels begin with; empty: they are as the
	// client names them.
	channelPrefix string
	// noticed is the identity whose end the client was told of before; it is the
	// sweep's.
	noticed *auth.Identity

	// processID and secretKey are the cancel key that the client was given.
	processID uint32
	secretKey []byte

	began time.Time
	// application is the application_name of the startup message.
	application string

	idleTransaction idleTransaction
	silence         silence
}

// memory is what every message uses of the session.
func (s *session) memory() wire.Memory {
	if s.front.names != nil {
		return wire.MemoryOf(s, unsafe.Offsetof(s.names)+unsafe.Sizeof(s.names))
	}
	return wire.MemoryOf(s, unsafe.Offsetof(s.audit)+unsafe.Offsetof(s.audit.ctx))
}

// newSession owns upstream from then on.
func newSession(server *Server, upstream *pool.Upstream, decider *Decider, log *slog.Logger) *session {
	s := &session{
		server: server, ctx: server.ctx, log: log,
		often:   limitLines(log, sessionLinesPerSecond, sessionLineBurst),
		decider: decider, began: time.Now(),
	}
	s.lease.init(upstream)
	s.front.init(s)
	s.back.init(s)
	return s
}

// idle tells whether the session is outside a transaction and owes no answer.
func (s *session) idle() bool {
	return s.back.txStatus.Load() == wire.TxIdle && s.front.statements.cycles.settled()
}

// canHandBack tells whether the upstream connection owes nothing and is outside a
// transaction, as far as the goroutine that reads from the client knows.
func (s *session) canHandBack() bool {
	return s.idle() && !s.back.own.Load() && !s.front.scanner.InFrame() && !s.cancelLost.Load() && s.ended.Load() == nil
}

// release gives the upstream connection back, when the client has nothing more to
// say: at once if it can serve another session, else when it has ended, since
// Postgres may still have an answer to give.
func (s *session) release() {
	s.lease.keep()
	clean := func() bool { return s.front.left && !s.front.told && s.canHandBack() && s.back.scanner.Between() }
	if u := s.lease.take(clean); u != nil {
		detached(u)
		s.pool.Release(u, true)
		return
	}
	if s.front.left && !s.front.told || s.ended.Load() != nil {
		s.closeUpstream()
	}
	if u := s.lease.takeEnded(); u != nil {
		s.pool.Release(u, false)
	}
}

// mayBlock is for what runs in the client's Burst or in that of the upstream connection's
// stream. Safe for concurrent use.
func (s *session) mayBlock() {
	s.client.MayBlock()
	if u := s.lease.enter(); u != nil {
		u.Stream.MayBlock()
	}
	s.lease.leave(false)
}

// closeUpstream closes the upstream connection that the session has now, if any.
func (s *session) closeUpstream() {
	if u := s.lease.enter(); u != nil {
		u.Stream.Close()
	}
	s.lease.leave(false)
}

// refused notes a refused statement. Neither the text nor a literal of it is logged (I8).
func (s *session) refused(r *rewrite.Refusal) {
	if r.Rule == "" {
		return // an error of Postgres's own
	}
	s.countRefused(r)
	s.often.Info("statement refused", "rule", string(r.Rule), "object", r.Object)
	s.audit.refuse(r, s.front.audit.decision())
}
