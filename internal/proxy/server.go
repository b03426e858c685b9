package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/hardening/seal"
	"tenantproxy/internal/observe/auditlog"
	"tenantproxy/internal/observe/metrics"
	"tenantproxy/internal/pool"
	"tenantproxy/internal/wire"
)

// ErrServerClosed is what Serve returns after Shutdown or Close.
var ErrServerClosed = errors.New("proxy: server closed")

// TLSMode says which clients must use TLS.
type TLSMode string

// The TLS modes.
const (
	TLSAuto   TLSMode = "auto"   // all but those on loopback and unix sockets
	TLSAlways TLSMode = "always" // all
	TLSNever  TLSMode = "never"  // none
)

// Served is what rules are for: catalogs are a database's own, and privileges a role's.
type Served struct {
	Database string
	// Role is what tokens name; empty if they name none, for the login role.
	Role string
}

// Options configure a Server. They are not changed once it has them: Reconfigure
// gives it others.
type Options struct {
	Verifier *auth.Verifier
	// Pool has the upstream connections. Whoever made it closes it, after the
	// Server.
	Pool *pool.Pool
	// Deciders have the rules of each database and role that is served.
	Deciders map[Served]*Decider

	// Pinned are the settings that the Dialer pins (PinnedSettings).
	Pinned []wire.Parameter
	// TenantSetting gets the org; ClaimsSetting, unless empty, the claims as JSON.
	TenantSetting, ClaimsSetting string
	// TransactionPooling has sessions give their upstream connection back after each
	// transaction (pool.mode: transaction). The Pool must reuse connections.
	TransactionPooling bool
	// Seal, unless nil, makes the setting that proves to Postgres that the org is
	// the proxy's word, on one upstream connection.
	Seal func(org string, b seal.Backend) wire.Parameter
	// PassErrorDetails lets the DETAIL of key violations through.
	PassErrorDetails bool
	// TenantKeys is the tenant column, if keys that lead with it may show their
	// values where these are of the session's org: so if no org's text begins with
	// another's and a comma or bracket, as uuids and numbers do not. Empty: none may.
	TenantKeys string

	// TLS is for clients; nil answers SSLRequest with no. Its NextProtos, or those
	// that it gives for a client, are the ALPN of Postgres (certs.ALPN): with it, and
	// without none, direct TLS begins.
	TLS     *tls.Config
	TLSMode TLSMode

	// OAuth asks for the token by the SASL mechanism OAUTHBEARER, not as a password.
	OAuth bool
	// OAuthDiscovery is the address that a client is told with a failure, at which its
	// issuer describes itself. Empty: none.
	OAuthDiscovery string

	// MaxTokenBytes bounds the password message; MaxMessageBytes one frame
	// after login; MaxSQLBytes the text of one statement.
	MaxTokenBytes, MaxMessageBytes, MaxSQLBytes int
	// MaxClients bounds the connections of all clients;
	// MaxUnauthenticatedPerAddress those of one address before login.
	MaxClients, MaxUnauthenticatedPerAddress int
	// MaxClientsPerTenant bounds the sessions of one org, those that wait for an
	// upstream connection among them; 0 is no bound.
	MaxClientsPerTenant int
	// IdleInTransactionTimeout ends sessions that are idle in a transaction for so
	// long, to about a second; 0: never.
	IdleInTransactionTimeout time.Duration
	// MaxSilence ends sessions whose client has not acknowledged anything for so long
	// while something was on its way to it, to a fifth of it; 0: the system decides.
	MaxSilence time.Duration
	// ExpiryGrace is how long a session may stay in a transaction after its token
	// has expired; outside one it ends within a second.
	ExpiryGrace time.Duration
	// KeepExpired lets sessions outlive their token instead.
	KeepExpired bool
	// LoginTimeout bounds the time from accept to the end of the login.
	LoginTimeout time.Duration

	// Metrics counts what goes on; nil: nobody does. It stays the same.
	Metrics *metrics.Metrics
	// Audit is the audit log; nil: there is none. It stays the same.
	Audit *auditlog.Log
	Log   *slog.Logger
}

// Server accepts clients and serves each in a session of its own. Its methods
// are safe for concurrent use.
type Server struct {
	// current are the options in force, replaced as a whole under mu.
	current atomic.Pointer[Options]
	log     *slog.Logger

	// ctx ends when the server is closed, and with it what sessions wait for.
	ctx    context.Context
	cancel context.CancelFunc

	// reported counts what report mode lets through.
	reported ruleCounts
	cancels  cancelGuesses

	refusing chan struct{} // has a token for each refuse that runs

	wg sync.WaitGroup // connections, and the sweep

	mu              sync.Mutex
	closed          bool // no new connections
	listeners       map[net.Listener]struct{}
	connections     map[net.Conn]struct{} // all, also before login
	loggingIn       map[net.Conn]struct{} // of connections, those before the end of their login
	unauthenticated map[string]int        // by address
	tenants         map[string]int        // sessions and logins with a token, by org
	sessions        map[uint32]*session   // logged in, by process id of the cancel key
	nextID          uint64
}

// sweepInterval is how often sessions are looked at: for an expired token, and for a
// transaction that is idle for too long.
const sweepInterval = time.Second

// NewServer makes a Server. Close or Shutdown end it.
func NewServer(opts Options) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		log: limitLines(opts.Log, linesPerSecond, lineBurst), ctx: ctx, cancel: cancel, reported: newRuleCounts(),
		listeners:       make(map[net.Listener]struct{}),
		connections:     make(map[net.Conn]struct{}),
		loggingIn:       make(map[net.Conn]struct{}),
		refusing:        make(chan struct{}, maxRefusing),
		unauthenticated: make(map[string]int),
		tenants:         make(map[string]int),
		sessions:        make(map[uint32]*session),
	}
	s.current.Store(&opts)
	s.wg.Go(s.sweep)
	return s
}

// Serve accepts connections from ln until Shutdown or Close, and then returns
// ErrServerClosed; another error means that ln failed. It closes ln.
func (s *Server) Serve(ln net.Listener) error {
	defer ln.Close()
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrServerClosed
	}
	s.listeners[ln] = struct{}{}
	s.mu.Unlock()

	var pause time.Duration
	for {
		conn, err := ln.Accept()
		if err != nil {
			if s.isClosed() {
				return ErrServerClosed
			}
			if !isTemporary(err) {
				return err
			}
			// Out of descriptors, most likely: wait for some to come back.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.log.Error("accepting a connection failed", "error", err, "retry_in", pause)
			select {
			case <-time.After(pause):
			case <-s.ctx.Done():
			}
			continue
		}
		pause = 0
		id, refusal := s.admit(conn)
		if refusal != nil {
			s.log.Warn("connection refused", "client", clientAddress(conn), "error", refusal)
			s.auditTurnedAway(conn, refusal)
			s.refuse(conn, refusal)
			continue
		}
		keepAlive(conn)
		s.wg.Go(func() { s.handle(conn, id) })
	}
}

// isTemporary tells an accept that may succeed later from a listener that is gone.
func isTemporary(err error) bool {
	var ne interface{ Temporary() bool }
	return errors.As(err, &ne) && ne.Temporary()
}

// admit takes a connection in, or says why not.
func (s *Server) admit(conn net.Conn) (id uint64, refusal *wire.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	host := clientHost(conn)
	switch {
	case s.closed:
		return 0, s.turnAway("shutdown", wire.Fatalf(wire.AdminShutdown, "tenantproxy is shutting down"))
	case len(s.connections) >= s.options().MaxClients:
		return 0, s.turnAway("limits.max_clients", wire.Fatalf(wire.TooManyConnections, "too many clients: limits.max_clients is reached"))
	case s.unauthenticated[host] >= s.options().MaxUnauthenticatedPerAddress:
		return 0, s.turnAway("limits.max_unauthenticated_per_address", wire.Fatalf(wire.TooManyConnections,
			"too many connections from this address that have not logged in: limits.max_unauthenticated_per_address is reached"))
	}
	s.connections[conn] = struct{}{}
	s.loggingIn[conn] = struct{}{}
	s.unauthenticated[host]++
	s.nextID++
	s.options().Metrics.Accepted()
	return s.nextID, nil
}

// loginEnded takes the connection off its address's account.
func (s *Server) loginEnded(conn net.Conn) {
	host := clientHost(conn)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.loggingIn, conn)
	if s.unauthenticated[host]--; s.unauthenticated[host] <= 0 {
		delete(s.unauthenticated, host)
	}
}

// admitOrg counts a login of the org, or says why it may not go on. orgLeft ends
// what it counts.
func (s *Server) admitOrg(org string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if limit := s.options().MaxClientsPerTenant; limit > 0 && s.tenants[org] >= limit {
		return wire.Fatalf(wire.TooManyConnections, "too many clients of this organization: limits.max_clients_per_tenant is reached")
	}
	s.tenants[org]++
	return nil
}

func (s *Server) orgLeft(org string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tenants[org]--; s.tenants[org] <= 0 {
		delete(s.tenants, org)
	}
}

// handle is the whole life of one connection; a session goes on without the goroutine of
// its login. A bug in one must not take the others down.
func (s *Server) handle(conn net.Conn, id uint64) {
	attempt := s.begins(conn, id)
	loginEnded := sync.OnceFunc(func() { s.loginEnded(conn) })
	gone := func() {
		conn.Close()
		s.mu.Lock()
		delete(s.connections, conn)
		s.mu.Unlock()
		loginEnded()
	}
	var session *session
	s.guard(attempt.log, func() { session = s.begin(conn, attempt, loginEnded) })
	if session == nil {
		gone()
		return
	}
	s.wg.Add(1)
	ended := sync.OnceFunc(func() {
		gone()
		s.orgLeft(session.org)
		s.wg.Done()
	})
	if !s.guard(session.log, func() { session.run(ended) }) {
		ended()
	}
}

// guard logs a panic of f, and tells whether there was none.
func (s *Server) guard(log *slog.Logger, f func()) (fine bool) {
	defer func() {
		if p := recover(); p != nil {
			s.panicked(log, p, debug.Stack())
		}
	}()
	f()
	return true
}

// panicked logs and counts a bug.
func (s *Server) panicked(log *slog.Logger, p any, stack []byte) {
	s.options().Metrics.Panicked()
	log.Error("session failed", "panic", p, "stack", string(stack))
}

// begin takes a connection from its first byte to the end of the login. It gives nil for
// one that comes to no session.
func (s *Server) begin(conn net.Conn, attempt *attempt, loginEnded func()) *session {
	began := time.Now()
	deadline := began.Add(s.options().LoginTimeout)
	if conn.SetDeadline(deadline) != nil {
		return nil
	}
	secure, startup, err := s.negotiate(conn)
	if startup == nil {
		if err != nil {
			s.rejectLogin(secure, attempt, err)
		}
		return nil
	}
	attempt.asks(secure, startup)
	session, err := s.login(secure, startup, attempt, deadline, loginEnded)
	if err != nil {
		s.rejectLogin(secure, attempt, err)
		return nil
	}
	session.opts.Metrics.Login(metrics.LoginAccepted, time.Since(began))
	return session
}

// sweep ends the sessions whose token has expired or was revoked.
func (s *Server) sweep() {
	tick := time.NewTicker(sweepInterval)
	defer tick.Stop()
	for {
		revocations := s.options().Verifier.Revocations()
		select {
		case <-s.ctx.Done():
			return
		case now := <-tick.C:
			s.cancels.sweep()
			for _, session := range s.allSessions() {
				session.endIfGone()
				session.endIfRevoked(revocations)
				session.expire(now, s.options().ExpiryGrace)
				session.endIdleTransaction(now, s.options().IdleInTransactionTimeout)
				session.endIfVanished(now, s.options().MaxSilence)
			}
		case <-revocations.Changed():
			for _, session := range s.allSessions() {
				session.endIfRevoked(revocations)
			}
		}
	}
}

func (s *Server) allSessions() []*session {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*session, 0, len(s.sessions))
	for _, session := range s.sessions {
		all = append(all, session)
	}
	return all
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// stopAccepting closes the listeners.
func (s *Server) stopAccepting() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for ln := range s.listeners {
		ln.Close()
	}
}

// drainInterval is how often a draining server looks for sessions to end.
const drainInterval = 50 * time.Millisecond

// Shutdown stops accepting, ends logins and, as soon as they are outside a transaction,
// sessions, with SQLSTATE 57P01, and returns when all are gone. When ctx ends it ends
// the rest in the same way, wherever they are, and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stopAccepting()
	s.mu.Lock()
	for conn := range s.loggingIn {
		wakeLogin(conn)
	}
	s.mu.Unlock()
	shutdown := wire.Fatalf(wire.AdminShutdown, "terminating connection because tenantproxy is shutting down")
	tick := time.NewTicker(drainInterval)
	defer tick.Stop()
	for {
		for _, session := range s.allSessions() {
			if session.idle() {
				session.terminate(shutdown)
			}
		}
		if s.Connections() == 0 {
			break
		}
		select {
		case <-tick.C:
			continue
		case <-ctx.Done():
		}
		for _, session := range s.allSessions() {
			session.terminate(shutdown)
		}
		s.Close()
		return ctx.Err()
	}
	s.Close()
	return nil
}

// wakeLogin ends what a login waits to read. A session takes it for nothing
// (wire.Stream).
func wakeLogin(conn net.Conn) { conn.SetReadDeadline(time.Unix(1, 0)) }

// Connections is the number of client connections, also those that have not
// logged in yet.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.connections)
}

// Close ends everything at once and returns when it is gone. Sessions that
// terminate was called for get their last words out first, within a second or so.
func (s *Server) Close() {
	s.stopAccepting()
	s.cancel()
	s.mu.Lock()
	for conn := range s.connections {
		wakeLogin(conn) // sessions are woken by the context
	}
	s.mu.Unlock()
	s.wg.Wait()
}
