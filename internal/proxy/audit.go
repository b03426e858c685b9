package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/observe/auditlog"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// attempt is a connection that is not a session yet: what is known of it so far. It
// belongs to the goroutine that handles the connection.
type attempt struct {
	log  *slog.Logger
	who  auditlog.Who
	host string // the address that refusals are counted by
}

// begins is the attempt of a connection.
func (s *Server) begins(conn net.Conn, id uint64) *attempt {
	return &attempt{
		log:  s.log.With("session", id, "client", clientAddress(conn)),
		who:  auditlog.Who{Session: id, Client: clientAddress(conn)},
		host: clientHost(conn),
	}
}

// asks notes what the client says of itself, on the connection that it is to go on
// with.
func (a *attempt) asks(conn net.Conn, p *wire.StartupPacket) {
	a.log = withCertificate(a.log, conn)
	a.who.Application, _ = p.Parameter("application_name")
}

// identified notes whose token it is, and the log of that.
func (a *attempt) identified(id *auth.Identity, log *slog.Logger) {
	a.log = log
	a.who.Org, a.who.Role, a.who.Subject, a.who.TokenID = id.Org, id.Role, id.Subject, id.TokenID
}

// auditAccepted notes that the client is in.
func (s *session) auditAccepted() {
	event := auditlog.LoginAccepted{Database: s.database, Expires: s.identity.Load().ExpiresAt}
	if secure, ok := s.client.Conn().(*tls.Conn); ok {
		state := secure.ConnectionState()
		event.TLS = tls.VersionName(state.Version)
		if len(state.PeerCertificates) > 0 {
			event.Certificate = state.PeerCertificates[0].Subject.String()
		}
	}
	s.audit.write(event)
}

// auditRefused notes that the client does not get in. It does not wait, and neither do the
// next two: who has no token costs bounded time (I2).
func (s *Server) auditRefused(a *attempt, answer *wire.Error, reason string) {
	s.options().Audit.Note(auditlog.NewActor(a.who), auditlog.LoginRefused{
		SQLSTATE: answer.SQLSTATE, Reason: reason, Address: a.host,
	})
}

// auditTurnedAway notes a connection that there was no room for.
func (s *Server) auditTurnedAway(conn net.Conn, refusal *wire.Error) {
	if refusal.SQLSTATE == wire.TooManyConnections {
		s.options().Audit.Note(auditlog.NewActor(auditlog.Who{Client: clientAddress(conn)}),
			auditlog.LimitReached{Limit: refusal.Message})
	}
}

// auditWrongKey notes a cancel request that is for no session.
func (s *Server) auditWrongKey(conn net.Conn) {
	s.options().Audit.Note(auditlog.NewActor(auditlog.Who{Client: clientAddress(conn)}),
		auditlog.CancelRefused{Address: clientHost(conn)})
}

// sessionAudit is what a session has of the audit log, and counts for it.
type sessionAudit struct {
	log *auditlog.Log // nil: there is none
	// trail follows statements to their answers; nil if not every one is recorded.
	trail *trail
	ctx   context.Context // the server's
	// mayBlock is for the Burst that runs, whichever it is.
	mayBlock func()
	actor    atomic.Pointer[auditlog.Actor]

	// What follows is the client's reader's. broken tells of a substitute in the open
	// cycle, behind which Postgres skips everything to the Sync.
	broken               bool
	statements, refusals uint64
	who                  auditlog.Who
}

// audited has the session record what the log is to have, as the attempt that it was.
func (s *session) audited(log *auditlog.Log, a *attempt) {
	s.audit.log, s.audit.ctx, s.audit.who = log, s.ctx, a.who
	s.audit.mayBlock = s.mayBlock
	s.audit.actor.Store(auditlog.NewActor(a.who))
	if log.All() {
		s.audit.trail = &trail{session: s}
		s.back.classes = &trailClasses
		s.back.scanner.Classes = s.back.classes
	}
}

// write records an event of the session. It may wait for room.
func (a *sessionAudit) write(e auditlog.Event) {
	if a.log.Full() {
		a.mayBlock()
	}
	a.log.Write(a.ctx, a.actor.Load(), e)
}

// note is write for those who must not wait.
func (a *sessionAudit) note(e auditlog.Event) { a.log.Note(a.actor.Load(), e) }

// renewed records that the session has another token from now on.
func (a *sessionAudit) renewed(id *auth.Identity) {
	a.who.Subject, a.who.TokenID = id.Subject, id.TokenID
	a.actor.Store(auditlog.NewActor(a.who))
	a.write(auditlog.TokenRefreshed{Expires: id.ExpiresAt})
}

// unaudited says why nothing may run that the audit log would have to record.
func (s *session) unaudited() *rewrite.Refusal {
	err := s.audit.log.Admit()
	if err == nil {
		return nil
	}
	var unavailable *auditlog.UnavailableError
	return rewrite.RefuseUnaudited(errors.As(err, &unavailable) && unavailable.DiskFull())
}

// unaudited is the same for a login.
func (o *Options) unaudited() error {
	err := o.Audit.Admit()
	if err == nil {
		return nil
	}
	var unavailable *auditlog.UnavailableError
	return refusalError(wire.SeverityFatal, rewrite.RefuseUnaudited(errors.As(err, &unavailable) && unavailable.DiskFull()))
}

// auditedMessage is what is known of a message of the client's when it has been decided
// about.
type auditedMessage struct {
	// checked is about its text, bound about that of the statement that it binds; nil if
	// there is none, or it is not known, or no statement of the client's.
	checked *rewrite.Decided
	bound   *rewrite.Decision
	refused byte // the type of its substitute, if it has one
}

// renews notes that it stands for the setting of a new token.
func (m *auditedMessage) renews() { m.checked = nil }

// decision is about the statement that it is, or binds; nil if there is none.
func (m *auditedMessage) decision() *rewrite.Decision {
	if m.checked != nil {
		return m.checked.Decision()
	}
	return m.bound
}

// sent notes that the message, or a substitute, is about to be sent to Postgres.
func (a *sessionAudit) sent(msgType byte, body []byte, m *auditedMessage) {
	switch {
	case m.refused != 0:
		a.broken = m.refused == wire.MsgParse
		a.trail.substitute(m.refused)
	case msgType == wire.MsgQuery:
		a.statements++
		a.trail.query(m)
	case msgType == wire.MsgExecute && !a.broken:
		a.statements++
		a.trail.execute(body)
	case a.trail == nil:
		a.broken = a.broken && msgType != wire.MsgSync
	case msgType == wire.MsgBind:
		a.trail.bind(body, m)
	case msgType == wire.MsgSync:
		a.broken = false
		a.trail.other(msgType)
	case msgType == wire.MsgParse, msgType == wire.MsgDescribe, msgType == wire.MsgExecute, msgType == wire.MsgClose:
		a.trail.other(msgType)
	}
}

// refuse records a refused statement; d, unless nil, is what was decided about its
// text. What is refused because the log cannot be written is not for the log, which
// counts it.
func (a *sessionAudit) refuse(r *rewrite.Refusal, d *rewrite.Decision) {
	a.refusals++
	if !a.log.Refused() || r.Rule == rewrite.RuleAuditUnavailable {
		return
	}
	e := auditlog.StatementRefused{Rule: string(r.Rule), Object: r.Object, SQLSTATE: r.SQLSTATE}
	if d != nil {
		e.Fingerprint, e.Text = d.Fingerprint(), a.text(d)
	}
	a.write(e)
}

// report records what report mode lets through.
func (a *sessionAudit) report(r *rewrite.Refusal, d *rewrite.Decision) {
	if !a.log.Refused() {
		return
	}
	e := auditlog.StatementReported{Rule: string(r.Rule), Object: r.Object}
	if d != nil {
		e.Fingerprint, e.Text = d.Fingerprint(), a.text(d)
	}
	a.write(e)
}

// text is the text for the log, if that may have it. One that may hold a token is not
// for any log (I8).
func (a *sessionAudit) text(d *rewrite.Decision) string {
	if !a.log.Literals() || rewrite.MayHoldToken(d.Text) {
		return ""
	}
	return d.Text
}

// upstreamError records an error of Postgres's.
func (a *sessionAudit) upstreamError(e *pgproto3.ErrorResponse) {
	if a.log != nil {
		a.write(auditlog.UpstreamError{SQLSTATE: e.Code, Message: errorText(e, a.log.Literals())})
	}
}

// auditEnd records the end of the session. Nobody else uses it any more, but for the
// sweep.
func (s *session) auditEnd(reason error) {
	if s.audit.log == nil {
		return
	}
	s.audit.trail.end()
	s.back.writing.Lock()
	sawFatal := s.back.sawFatal
	s.back.writing.Unlock()
	received, sent := s.counts.Bytes()
	e := auditlog.SessionEnded{
		Reason: reason.Error(), InTransaction: s.back.txStatus.Load() != wire.TxIdle,
		Duration: time.Since(s.began), BytesIn: received, BytesOut: sent,
		Statements: s.audit.statements, Refused: s.audit.refusals,
	}
	var own *wire.Error
	switch {
	case errors.As(reason, &own):
		e.Reason, e.SQLSTATE = own.Message, own.SQLSTATE
	case errors.Is(reason, errTerminated):
	case errors.Is(reason, io.EOF):
		e.Reason = "client closed the connection"
	case sawFatal:
		e.Reason = "the database ended the session"
	}
	s.audit.write(e)
}
