package proxy

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/pool"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// login takes a connection from its startup message to ReadyForQuery: it asks
// for the token, verifies it, opens an upstream connection with the identity's
// context, and only then tells the client that it is in (I2). in is called just
// before.
func (s *Server) login(conn net.Conn, startup *wire.StartupPacket, a *attempt, deadline time.Time, in func()) (_ *session, failed error) {
	opts := s.options() // one login is by one configuration
	ctx, cancel := context.WithDeadline(s.ctx, deadline)
	defer cancel()
	authenticate := opts.byPassword
	if opts.OAuth {
		authenticate = opts.byOAuth
	}
	id, err := authenticate(ctx, conn)
	if err != nil {
		return nil, err
	}
	log := a.log.With("org", id.Org)
	if id.Role != "" {
		log = log.With("role", id.Role)
	}
	a.identified(id, log)
	if err := opts.unaudited(); err != nil {
		return nil, err
	}
	if err := s.admitOrg(id.Org); err != nil {
		return nil, err
	}
	defer func() {
		if failed != nil {
			s.orgLeft(id.Org)
		}
	}()
	database, decider, err := opts.database(startup, id.Role)
	if err != nil {
		return nil, err
	}
	rules := decider.rules()
	if rules.unread() {
		return nil, wire.Fatalf(wire.ConnectionFailure, "the database is not reachable")
	}
	settings, err := opts.clientSettings(rules, startup)
	if err != nil {
		return nil, err
	}
	wanted := opts.sessionContext(id, settings)
	waits, arrived := whileThere(ctx, conn)
	place := opts.Pool.Place(database, id.Role, id.Org)
	upstream, err := opts.acquire(waits, &place, &wanted, func() {})
	arrived()
	if err != nil {
		return nil, err
	}
	// From here on only the relay's own rules bound the time.
	if err := conn.SetDeadline(time.Time{}); err != nil {
		opts.Pool.Release(upstream, false)
		return nil, err
	}
	session := newSession(s, upstream, decider, log)
	session.pool, session.opts, session.org = opts.Pool, opts, id.Org
	session.identity.Store(id)
	session.database, session.place, session.wanted = database, place, wanted
	session.application, _ = startup.Parameter("application_name")
	if opts.TransactionPooling {
		session.shareByTransaction()
	}
	session.audited(opts.Audit, a)
	if decider.prefixesChannels() {
		session.channelPrefix = rewrite.ChannelPrefix(id.Org)
	}
	if err := s.register(session, conn, startup.Minor, opts); err != nil {
		opts.Pool.Release(upstream, false)
		return nil, err
	}
	in()
	welcome := wire.Welcome{
		Parameters: upstream.Parameters(),
		ProcessID:  session.processID, SecretKey: session.secretKey,
	}
	if err := session.client.Write(welcome.Append(nil)); err != nil {
		s.unregister(session)
		session.client.Close()
		opts.Pool.Release(upstream, false)
		return nil, err
	}
	log.Info("login", "sub", id.Subject, "database", database)
	session.auditAccepted()
	return session, nil
}

// byPassword takes the password for the token.
func (o *Options) byPassword(ctx context.Context, conn net.Conn) (*auth.Identity, error) {
	if _, err := conn.Write(wire.AppendAuthenticationCleartextPassword(nil)); err != nil {
		return nil, err
	}
	token, err := wire.ReadPassword(conn, o.MaxTokenBytes)
	if err != nil {
		return nil, err
	}
	return o.Verifier.Verify(ctx, token)
}

// database is the database that the client asks for, and its rules for the role, if it
// is served.
func (o *Options) database(startup *wire.StartupPacket, role string) (string, *Decider, error) {
	database, _ := startup.Parameter("database")
	if database == "" {
		database = o.Pool.Dialer().DefaultDatabase()
	}
	decider := o.Deciders[Served{database, role}]
	if decider == nil {
		return "", nil, wire.Fatalf(wire.InvalidCatalogName, "database %.63q is not served here", database)
	}
	return database, decider, nil
}

// rejectLogin logs why there will be no session, and tells the client as much
// as it may know.
func (s *Server) rejectLogin(conn net.Conn, a *attempt, err error) {
	answer, reason := loginError(err)
	if s.isClosed() {
		answer, reason = wire.Fatalf(wire.AdminShutdown, "tenantproxy is shutting down"), "shutting down"
	}
	s.options().Metrics.Login(loginOutcome(answer), 0)
	if answer == nil {
		a.log.Debug("connection ended before login", "reason", reason)
		return
	}
	a.log.Warn("login refused", "sqlstate", answer.SQLSTATE, "reason", reason)
	s.auditRefused(a, answer, reason)
	conn.SetWriteDeadline(time.Now().Add(lastWordsTime))
	if _, err := conn.Write(answer.Append(nil)); err == nil {
		wire.CloseLingering(conn)
	}
}

// loginError is what the client is told about a login that failed, nil when it
// has left, and the reason for the log.
func loginError(err error) (answer *wire.Error, reason string) {
	var rejected *auth.RejectedError
	var claim *auth.ClaimError
	var own *wire.Error
	var upstream *pool.OpenError
	var limit *pool.LimitError
	switch {
	case errors.As(err, &upstream): // first: what it wraps may look like the client's
		return upstreamError(upstream), upstream.Error()
	case errors.As(err, &limit):
		return wire.Fatalf(wire.TooManyConnections, "%s", limit.Error()), limit.Error()
	case errors.As(err, &rejected):
		return tokenRejected(), rejected.Reason
	case errors.Is(err, wire.ErrPasswordTooLong):
		return tokenRejected(), "the token is longer than auth.max_token_bytes"
	case errors.As(err, &claim):
		return wire.Fatalf(wire.InvalidAuthorization, "%s", claim.Error()), claim.Error()
	case errors.As(err, &own):
		return own, own.Error()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return wire.Fatalf(wire.QueryCanceled, "canceling authentication due to timeout"), "timeout"
	}
	return nil, err.Error()
}

// tokenRejected is the one answer to every token that is not accepted.
func tokenRejected() *wire.Error { return wire.Fatalf(wire.InvalidPassword, "token rejected") }

// upstreamError is what a client is told when it gets no upstream connection.
func upstreamError(err *pool.OpenError) *wire.Error {
	if err.Server != nil {
		switch {
		case err.Server.Code == wire.TooManyConnections:
			return wire.Fatalf(wire.TooManyConnections, "no free upstream connection")
		case err.Server.Code[:2] == "22":
			// A setting that the client gave, with a value that Postgres does not take.
			return wire.Fatalf(err.Server.Code, "%s", err.Server.Message)
		}
	}
	return wire.Fatalf(wire.ConnectionFailure, "the database is not reachable")
}
