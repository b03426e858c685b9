package proxy

import (
	"context"
	"errors"

	"tenantproxy/internal/observe/auditlog"
	"tenantproxy/internal/pool"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// In transaction mode a session has an upstream connection from the first message of
// a transaction to the ReadyForQuery that ends it, and then gives it back with its
// context in place. What Postgres keeps for longer than that (rewrite.Verdict's
// KeepsState, PREPARE) pins the session to its connection until it ends, when the
// connection forgets it as in session mode. The prepared statements of the protocol
// go with the session (shared.go).

// pooledBackendClasses are backendClasses with the answers that protocolNames waits for.
var pooledBackendClasses = func() wire.Classes {
	classes := backendClasses
	classes[wire.MsgParseComplete] = wire.Inspect
	classes[wire.MsgCloseComplete] = wire.Inspect
	return classes
}()

// pooledClasses are frontendClasses where every message is looked at: without a
// connection there is nowhere to forward it to.
var pooledClasses = func() (classes wire.Classes) {
	for msgType, class := range frontendClasses {
		if class != wire.Invalid {
			classes[msgType] = wire.Inspect
		}
	}
	return classes
}()

// shareByTransaction makes the session one that gives its connection back after each transaction.
func (s *session) shareByTransaction() {
	s.front.scanner.Classes = &pooledClasses
	s.front.names = &s.names
	s.back.classes = &pooledBackendClasses
	s.back.scanner.Classes = s.back.classes
	s.front.settings.startup = s.wanted.Client
	s.lease.parks = s
}

// atRest tells, when nobody uses the connection, whether the session does not need it now.
func (s *session) atRest() bool {
	if !s.canHandBack() || !s.back.scanner.Between() {
		return false
	}
	s.front.settledReset()
	return true
}

// contextLost tells whether the context that is in place is not known any more.
func (s *session) contextLost() bool {
	lost := s.front.context.lost || s.front.settings.left
	s.front.settings.left = false
	return lost
}

// unheld decides about a message that comes while the session has no connection, and
// so owes no answer and is outside a transaction. If the message needs a connection
// the session has one afterwards; otherwise it is done with.
func (f *frontend) unheld(msgType byte) error {
	s := f.session
	switch msgType {
	case wire.MsgTerminate:
		f.terminated = true
		return nil
	case wire.MsgFlush, wire.MsgCopyData, wire.MsgCopyDone, wire.MsgCopyFail:
		return nil // Postgres ignores them outside COPY (PostgresMain)
	case wire.MsgSync:
		f.skipping = false
		return s.back.write(wire.AppendReadyForQuery(nil, wire.TxIdle))
	}
	if f.skipping {
		return nil
	}
	ctx := s.ctx
	err := s.acquireAtOnce()
	if errors.Is(err, errMustWait) {
		f.statements.cycles.begin() // so that the session does not count as idle
		ctx = s.waiting.begin(s.ctx)
		err = s.acquire(ctx)
		s.waiting.done()
		f.statements.cycles.open.Store(false) // nothing of the cycle was sent yet
	}
	if err == nil {
		return nil
	}
	var own *wire.Error
	answer, reason := loginError(err)
	switch cause := context.Cause(ctx); {
	case errors.As(err, &own):
		return err
	case errors.Is(cause, errWaitCanceled):
		answer, reason = wire.Fatalf(wire.QueryCanceled, "canceling statement due to user request"), cause.Error()
	case cause != nil:
		return cause
	case answer == nil:
		return err
	}
	s.often.Warn("no upstream connection", "sqlstate", answer.SQLSTATE, "reason", reason)
	if answer.SQLSTATE == wire.TooManyConnections {
		s.audit.write(auditlog.LimitReached{Limit: reason})
	}
	answer.Severity = wire.SeverityError
	reply := answer.Append(nil)
	if msgType == wire.MsgQuery || msgType == wire.MsgFunctionCall {
		reply = wire.AppendReadyForQuery(reply, wire.TxIdle)
	} else {
		f.skipping = true
	}
	return s.back.write(reply)
}

// acquireTries bounds how many connections in turn may turn out to be gone.
const acquireTries = 3

// errMustWait means that acquire has to be called: there is no connection at once.
var errMustWait = errors.New("there is no upstream connection at once")

// acquireAtOnce gets the session a connection that is free with its context in place.
func (s *session) acquireAtOnce() error {
	u := s.opts.acquireAtOnce(&s.place, &s.wanted)
	if u == nil || s.tryHold(u) != nil {
		return errMustWait
	}
	return s.holds(u)
}

// acquire gets the session a connection with its context in place, for which it waits.
func (s *session) acquire(ctx context.Context) error {
	for try := 1; ; try++ {
		u, err := s.opts.acquire(ctx, &s.place, &s.wanted, s.client.MayBlock)
		if err != nil {
			return err
		}
		if err = s.tryHold(u); err == nil {
			return s.holds(u)
		}
		if try == acquireTries {
			return &pool.OpenError{Err: err}
		}
	}
}

// tryHold has the session hold a connection, which is released if it turns out to be gone.
func (s *session) tryHold(u *pool.Upstream) error {
	s.lease.hold(u)
	err := s.attach(u)
	if err != nil {
		s.lease.hold(nil)
		s.client.MayBlock()
		s.pool.Release(u, false)
	}
	return err
}

// holds is for what has to be so before anything is sent on a connection.
func (s *session) holds(u *pool.Upstream) error {
	if s.front.context.lost {
		s.front.context.lost = false
		if err := s.tellSettings(); err != nil {
			return err
		}
	}
	if s.ended.Load() != nil { // terminate may have come too early for u
		u.Stream.Close()
	}
	if setting := s.back.watched.Differs(u.Watched()); setting != "" {
		s.log.Error("a pinned setting differs in an upstream session", "setting", setting)
		s.audit.write(auditlog.ContextFailed{Reason: "setting " + setting + " differs"})
		changed := wire.Fatalf(wire.AdminShutdown, "terminating connection because a protected setting changed")
		s.terminate(changed) // at once: u is not to be given back
		return changed
	}
	return nil
}

// keep pins the session if what is about to be sent leaves something that Postgres
// keeps beyond the transaction.
func (f *frontend) keep(v *rewrite.Verdict) {
	if keepsState(v) {
		f.session.lease.pinned.Store(true)
	}
}

func keepsState(v *rewrite.Verdict) bool {
	return v.KeepsState || len(v.Prepares) > 0 || len(v.CreatesTemp) > 0
}

// sequenceRefusal says why a text may not read what the session did with sequences in
// an earlier transaction: that was on another connection, or this one has somebody
// else's. Only what is certain to begin a transaction is refused.
func (f *frontend) sequenceRefusal(v *rewrite.Verdict) *rewrite.Refusal {
	cycles := &f.statements.cycles
	if !v.ReadsSequences || f.session.lease.parks == nil || f.session.lease.pinned.Load() ||
		f.session.back.txStatus.Load() != wire.TxIdle || cycles.answered.Load() != cycles.sent.Load() {
		return nil
	}
	return rewrite.Refuse(rewrite.RuleSequenceState, "currval and lastval are not available outside a transaction",
		"Use INSERT … RETURNING, or call them in the transaction of the nextval. pool.mode is transaction.")
}

// write sends to a client whose session has no connection.
func (b *backend) write(p []byte) error {
	b.session.client.MayBlock()
	b.writing.Lock()
	defer b.writing.Unlock()
	return forward(b.session.client, b.session.client, p)
}
