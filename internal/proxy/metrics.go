package proxy

import (
	"context"
	"errors"
	"time"

	"tenantproxy/internal/observe/metrics"
	"tenantproxy/internal/pool"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// The hooks of internal/observe/metrics that are more than a line where they are
// called. Without metrics they count nothing.

// turnAway counts a connection that there is no room for.
func (s *Server) turnAway(reason string, refusal *wire.Error) *wire.Error {
	s.options().Metrics.TurnedAway(reason)
	return refusal
}

// loginOutcome is the outcome of a login that failed, by what the client was told; nil
// if it has left.
func loginOutcome(answer *wire.Error) string {
	if answer == nil {
		return metrics.LoginLeft
	}
	switch answer.SQLSTATE {
	case wire.InvalidPassword:
		return metrics.LoginTokenRejected
	case wire.InvalidAuthorization:
		return metrics.LoginUnauthorized
	case wire.InsufficientPrivilege:
		return metrics.LoginRefused
	case wire.TooManyConnections:
		return metrics.LoginLimit
	case wire.ConnectionFailure:
		return metrics.LoginUnreachable
	case wire.InvalidCatalogName:
		return metrics.LoginNoDatabase
	case wire.QueryCanceled:
		return metrics.LoginTimeout
	case wire.ProtocolViolation:
		return metrics.LoginProtocol
	case wire.AdminShutdown:
		return metrics.LoginShutdown
	}
	return metrics.LoginOther
}

// acquireAtOnce is Pool.AcquireAtOnce, counted as no time.
func (o *Options) acquireAtOnce(at *pool.Place, wanted *pool.Context) *pool.Upstream {
	u := o.Pool.AcquireAtOnce(at, wanted)
	if u != nil {
		o.Metrics.Acquired(0)
	}
	return u
}

// acquire is Pool.Acquire, timed.
func (o *Options) acquire(ctx context.Context, at *pool.Place, wanted *pool.Context, mayBlock func()) (*pool.Upstream, error) {
	began := time.Now()
	u, err := o.Pool.Acquire(ctx, at, wanted, mayBlock)
	if err == nil {
		o.Metrics.Acquired(time.Since(began))
		return u, nil
	}
	var limit *pool.LimitError
	var unreachable *pool.OpenError
	switch {
	case errors.As(err, &limit):
		o.Metrics.NotAcquired(limit.Limit)
	case errors.As(err, &unreachable):
		o.Metrics.NotAcquired("unreachable")
	}
	return nil, err
}

// decide is rules.checkInBurst, counted and timed. Of the texts of which something is
// remembered one in 256 is timed, since to read the clock would take as long as the
// decision; the time of those that are analysed begins with the first call of mayBlock.
func (f *frontend) decide(r *rules, sql []byte) rewrite.Decided {
	m := f.session.opts.Metrics
	if m == nil || r.closed != nil {
		return r.checkInBurst(sql, f.mayBlock)
	}
	var began time.Time
	f.checks++
	sampled := f.checks == 0
	if sampled {
		began = time.Now()
	}
	d := r.cache.Decide(sql, func() {
		if began.IsZero() {
			began = time.Now()
		}
		f.mayBlock()
	})
	switch d.Found {
	case rewrite.FoundText:
		f.session.counts.Hit()
		if sampled {
			m.SampledHit(metrics.ByText, time.Since(began))
		}
	case rewrite.FoundKey:
		f.session.counts.HitByKey()
		if sampled {
			m.SampledHit(metrics.ByKey, time.Since(began))
		}
	default:
		m.Analysed(time.Since(began))
	}
	return d
}

// countRefused counts a refusal. One without a rule is Postgres's own error.
func (s *session) countRefused(r *rewrite.Refusal) {
	if r.Rule != "" {
		s.counts.Refused(string(r.Rule))
	}
}

// endCounts ends what counts the session.
func (s *session) endCounts() {
	sqlstate := ""
	if ended := s.ended.Load(); ended != nil {
		sqlstate = ended.SQLSTATE
	}
	s.counts.End(sqlstate)
}

// ClientStates counts the client connections by state (metrics.StateLogin and others).
// Safe for concurrent use.
func (s *Server) ClientStates() map[string]int {
	states := map[string]int{metrics.StateIdle: 0, metrics.StateActive: 0, metrics.StateIdleInTransaction: 0}
	s.mu.Lock()
	states[metrics.StateLogin] = len(s.loggingIn)
	s.mu.Unlock()
	for _, session := range s.allSessions() {
		states[session.state()]++
	}
	return states
}

// state is what the session does at the moment, as the backend's last ReadyForQuery
// and what is outstanding tell.
func (s *session) state() string {
	switch {
	case !s.front.statements.cycles.settled():
		return metrics.StateActive
	case s.back.txStatus.Load() == wire.TxIdle:
		return metrics.StateIdle
	}
	return metrics.StateIdleInTransaction
}
