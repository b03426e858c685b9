package proxy

import (
	"context"
	"errors"
	"slices"
	"time"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/observe/auditlog"
	"tenantproxy/internal/pool"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// tokenTaken stands for a SET tenantproxy.token whose token was accepted: it gives
// the client its CommandComplete, at its place among the answers, and sets what is
// so anyway (PinnedSettings).
const tokenTaken = "SET row_security = on"

// renewTimeout bounds how long the check of a new token may wait for the keys.
const renewTimeout = 5 * time.Second

// renew gives the session a new token, outside a transaction, with nothing of its
// cycle sent yet: what has begun to run goes on with the claims that it began with.
// With an Again the message is to be shown again when everything before it is sent.
// By the extended protocol that is done at the Parse, so that the token is in nothing
// that is kept.
func (f *frontend) renew(token string) (wire.Action, *rewrite.Refusal, error) {
	if again := f.flushed(); again {
		return wire.Again, nil, nil
	}
	if err := f.settle(); err != nil {
		return wire.Pass, nil, err
	}
	if f.session.back.txStatus.Load() != wire.TxIdle || f.statements.cycles.open.Load() {
		return wire.Pass, tokenUnavailable(), nil
	}
	f.mayBlock()
	id, refusal, err := f.session.verify(token)
	if id == nil {
		return wire.Pass, refusal, err
	}
	return wire.Pass, nil, f.session.become(id)
}

// verify checks a token that is to replace the session's, by the configuration in
// force. It gives a refusal for one that a login would be rejected with; one that is
// not of the session's org and role ends the session, since whoever sent it takes the session
// for another one.
func (s *session) verify(token string) (*auth.Identity, *rewrite.Refusal, error) {
	ctx, cancel := context.WithTimeout(s.ctx, renewTimeout)
	defer cancel()
	id, err := s.server.options().Verifier.Verify(ctx, token)
	var rejected *auth.RejectedError
	var claim *auth.ClaimError
	switch {
	case errors.As(err, &rejected):
		s.often.Warn("new token refused", "reason", rejected.Reason)
		s.audit.write(auditlog.TokenRefused{Reason: rejected.Reason})
		return nil, rewrite.RefuseToken(), nil
	case errors.As(err, &claim):
		s.audit.write(auditlog.TokenRefused{Reason: claim.Error()})
		return nil, nil, wire.Fatalf(wire.InvalidAuthorization, "%s", claim.Error())
	case err != nil:
		return nil, nil, wire.Fatalf(wire.InternalError, "internal error")
	case id.Org != s.org:
		s.audit.write(auditlog.TokenRefused{Reason: "it is of another organization than the session"})
		return nil, nil, wire.Fatalf(wire.InvalidAuthorization, "the token is of another organization than the session")
	case id.Role != s.wanted.Role:
		s.audit.write(auditlog.TokenRefused{Reason: "it is of another role than the session"})
		return nil, nil, wire.Fatalf(wire.InvalidAuthorization, "the token is of another role than the session")
	}
	return id, nil, nil
}

// become puts the identity in the place of the session's, with its claims. What a
// reset goes back to from then on has the first token's, or none.
func (s *session) become(id *auth.Identity) error {
	s.identity.Store(id)
	s.often.Info("token replaced", "sub", id.Subject)
	s.audit.renewed(id)
	claims := slices.IndexFunc(s.wanted.Own, func(p wire.Parameter) bool { return p.Name == s.opts.ClaimsSetting })
	if claims < 0 {
		return nil // they are not shown to Postgres
	}
	s.wanted.Own = slices.Clone(s.wanted.Own)
	s.wanted.Own[claims].Value = id.ClaimsJSON
	u := s.lease.upstream
	u.Become(s.wanted)
	u.ResetLosesContext = true
	return s.applyContext(pool.Context{Role: u.Context.Role, Own: u.Context.Own}) // the client's settings stay as they are now
}

func tokenUnavailable() *rewrite.Refusal {
	return rewrite.Refuse(rewrite.RuleTokenUnavailable, "the session's token cannot be replaced here",
		"Set it outside a transaction and, in a pipeline, as the first statement after a Sync.")
}
