package proxy

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/pool"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// session is one logged-in client with its upstream connection.
type session struct {
	server   *Server
	ctx      context.Context // ends with the server
	log      *slog.Logger
	client   *wire.Stream
	pool     *pool.Pool // upstream is from it
	upstream *pool.Upstream
	decider  *Decider

	// leaseMu guards the end of the session's use of upstream: who holds it for
	// reading may use upstream unless released.
	leaseMu  sync.RWMutex
	released bool
	// canceling is held by the one cancel that is on its way.
	canceling sync.Mutex
	// cancelLost tells that a cancel may be on its way that nobody waits for.
	cancelLost atomic.Bool
	// handBack tells that upstream can serve another session.
	handBack bool
	// org is the identity's.
	org string
	// identity is the newest token's. It is the client's reader's to change.
	identity atomic.Pointer[auth.Identity]
	opts     *Options // those of the login
	// channelPrefix is what the org's channels begin with; empty: they are as the
	// client names them.
	channelPrefix string
	// noticed is the identity whose end the client was told of before; it is the
	// sweep's.
	noticed *auth.Identity

	// processID and secretKey are the cancel key that the client was given.
	processID uint32
	secretKey []byte

	front frontend
	back  backend

	idleTransaction idleTransaction

	// ended is why the proxy ends the session, once it does.
	ended atomic.Pointer[wire.Error]
}

// newSession owns conn and upstream from then on.
func newSession(server *Server, conn net.Conn, upstream *pool.Upstream, decider *Decider, log *slog.Logger) *session {
	s := &session{
		server: server, ctx: server.ctx, log: log,
		client: wire.NewStream(conn), upstream: upstream, decider: decider,
	}
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
	s.handBack = s.idle() && !s.back.own.Load() && !s.front.scanner.InFrame() && s.ended.Load() == nil
	return s.handBack
}

// release gives the upstream connection back. Both directions have ended.
func (s *session) release() {
	s.leaseMu.Lock() // waits for a cancel that is on its way
	s.released = true
	s.leaseMu.Unlock()
	reusable := s.handBack && !s.cancelLost.Load() && s.ended.Load() == nil && s.back.interrupted && s.back.scanner.Between()
	s.pool.Release(s.upstream, reusable)
}

// wake looks for a close that the poller has not told of.
func (s *session) wake() {
	if !s.leaseMu.TryRLock() {
		return // it is being released, and must not hold the sweep up
	}
	defer s.leaseMu.RUnlock()
	if !s.released {
		s.client.WakeIfClosed()
		s.upstream.Stream.WakeIfClosed()
	}
}

// refused notes a refused statement. Neither the text nor a literal of it is logged (I8).
func (s *session) refused(r *rewrite.Refusal) {
	s.log.Info("statement refused", "rule", string(r.Rule), "object", r.Object)
}
