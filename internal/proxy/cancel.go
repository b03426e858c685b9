package proxy

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"net"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tenantproxy/internal/observe/metrics"
	"tenantproxy/internal/wire"
)

// cancelTimeout bounds what a CancelRequest may take.
const cancelTimeout = 5 * time.Second

// register gives the session a cancel key of its own, which says nothing about
// the upstream's, and makes it known. Since protocol 3.2 the key is a long one. From
// then on conn is the session's.
func (s *Server) register(session *session, conn net.Conn, minor uint16, opts *Options) error {
	length := wire.ShortCancelKeyLen
	if minor >= 2 {
		length = wire.LongCancelKeyLen
	}
	session.secretKey = make([]byte, length)
	rand.Read(session.secretKey) // never fails: see crypto/rand
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return wire.Fatalf(wire.AdminShutdown, "tenantproxy is shutting down")
	}
	if s.options().Pool != opts.Pool {
		return configurationChanged() // meanwhile, and Retire may have been already
	}
	for {
		var id [4]byte
		rand.Read(id[:])
		// Clients take a process id for a positive int.
		session.processID = binary.BigEndian.Uint32(id[:]) &^ (1 << 31)
		if _, taken := s.sessions[session.processID]; !taken && session.processID != 0 {
			session.client = wire.NewStream(conn, opts.Pool.Poller())
			s.sessions[session.processID] = session
			return nil
		}
	}
}

func (s *Server) unregister(session *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, session.processID)
}

// cancelRequest passes a cancel with a right key on to the upstream. Nobody is
// told whether the key was right, as Postgres has it. An address that tries many
// keys that are not is not listened to for a while.
func (s *Server) cancelRequest(conn net.Conn, p *wire.StartupPacket) {
	host, count := clientHost(conn), s.options().Metrics.Cancel
	if !s.cancels.mayTry(host) {
		count(metrics.CancelIgnored)
		return
	}
	s.mu.Lock()
	session := s.sessions[p.ProcessID]
	s.mu.Unlock()
	if session == nil || subtle.ConstantTimeCompare(session.secretKey, p.SecretKey) != 1 {
		s.cancels.failed(host)
		count(metrics.CancelUnknown)
		s.auditWrongKey(conn)
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, cancelTimeout)
	defer cancel()
	if err := session.cancel(ctx); err != nil {
		session.often.Warn("passing on a cancel request failed", "error", err)
		count(metrics.CancelFailed)
		return
	}
	count(metrics.CancelPassed)
}

// cancel asks Postgres to cancel what the session is doing, if it still has a
// connection. Cancels of one session go one after the other, so that a client
// cannot open more than one connection at a time with them.
func (s *session) cancel(ctx context.Context) error {
	s.canceling.Lock()
	defer s.canceling.Unlock()
	u := s.lease.enter()
	defer s.lease.leave(false)
	if u == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	err := u.Cancel(ctx)
	if err != nil {
		s.cancelLost.Store(true)
	}
	return err
}

// The bounds of cancelGuesses. Who cancels a session that has just ended has a
// wrong key too, so there are many to spend; a key has at least 63 unknown bits.
const (
	guessesPerSecond = 1
	guessBurst       = 100
)

// cancelGuesses limits how often an address may name a wrong cancel key. Safe for
// concurrent use.
type cancelGuesses struct {
	mu        sync.Mutex
	addresses map[string]*rate.Limiter // those that have guessed lately
}

// mayTry tells whether the address has a guess left.
func (g *cancelGuesses) mayTry(host string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	limiter := g.addresses[host]
	return limiter == nil || limiter.Tokens() >= 1
}

// failed takes a guess from the address.
func (g *cancelGuesses) failed(host string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	limiter := g.addresses[host]
	if limiter == nil {
		if g.addresses == nil {
			g.addresses = make(map[string]*rate.Limiter)
		}
		limiter = rate.NewLimiter(guessesPerSecond, guessBurst)
		g.addresses[host] = limiter
	}
	limiter.Allow()
}

// sweep forgets the addresses that have all their guesses again.
func (g *cancelGuesses) sweep() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for host, limiter := range g.addresses {
		if limiter.Tokens() >= guessBurst {
			delete(g.addresses, host)
		}
	}
}
