package proxy

import (
	"time"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/observe/auditlog"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// expiryNotice is how long before its token expires a client is told.
const expiryNotice = time.Minute

// expire ends the session when its token has expired: outside a transaction, or
// when the grace is over, wherever it is. Before that it tells the client once.
func (s *session) expire(now time.Time, grace time.Duration) {
	id := s.identity.Load()
	switch at := id.ExpiresAt; {
	case s.opts.KeepExpired || at.IsZero() || now.Before(at.Add(-expiryNotice)):
	case now.Before(at):
		if s.noticed != id && s.notice("the token of this session expires at "+at.UTC().Format(time.RFC3339),
			"The session ends with it: SET "+rewrite.TokenSetting+" to a new one, or connect again.") {
			s.noticed = id
		}
	case s.idle() || now.After(at.Add(grace)):
		if s.ended.Load() == nil {
			s.audit.note(auditlog.TokenExpired{Expired: at})
		}
		s.terminate(wire.Fatalf(wire.AdminShutdown, "terminating connection because its token has expired"))
	}
}

// endIfRevoked ends a session whose token, subject or org is not let in any more,
// wherever it is.
func (s *session) endIfRevoked(revocations *auth.Revocations) {
	if what := revocations.Of(s.identity.Load()); what != "" {
		s.log.Warn("session revoked", "by", what)
		if s.ended.Load() == nil {
			s.audit.note(auditlog.TokenRevoked{By: what})
		}
		s.terminate(wire.Fatalf(wire.AdminShutdown, "terminating connection because its token was revoked"))
	}
}

// notice sends the client a notice, unless it is in the middle of being sent a
// message, or the session ends: then it tells that nothing was sent. The caller
// does not wait for a client that does not read.
func (s *session) notice(message, hint string) (sent bool) {
	if s.ended.Load() != nil || !s.back.writing.TryLock() {
		return false
	}
	if s.back.scanner.InFrame() || s.back.closed {
		s.back.writing.Unlock()
		return false
	}
	s.server.wg.Go(func() {
		defer s.back.writing.Unlock()
		if err := s.client.Write(wire.AppendNotice(nil, message, hint)); err != nil {
			s.back.closed = true // it may have a part of it: nothing can follow
			s.log.Info("client did not take a notice", "error", err)
		}
	})
	return true
}
