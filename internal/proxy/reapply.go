package proxy

import (
	"time"

	"tenantproxy/internal/pool"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// reapply keeps the session's context in place on an upstream connection whose
// resets lose it (pool.Upstream.ResetLosesContext): after a statement that may
// have reset it, it is put in place again before anything else runs (I3).
//
// By the simple protocol that is easy: the reset is the end of its Query, or only
// what reads nothing follows it (rewrite sees to that), and the next message
// waits. In a pipeline a second statement could run before the Sync, so there
// a reset must be the only statement of its cycle, outside a transaction, where
// no portal of before is left. Everything else is refused.
//
// It belongs to the goroutine that reads from the client.
type reapply struct {
	lost       bool // the context may be gone
	bound      bool // the open cycle has a Bind
	boundReset bool // it is the Bind of a statement that resets the context
}

// settleLimit bounds how long a message waits for the answers to those before
// it. It ends what would wait for good: a client that misuses the protocol so
// that Postgres answers less often than was asked (cycles.settled).
const settleLimit = time.Minute

// endCycle notes a message that is answered by ReadyForQuery.
func (r *reapply) endCycle() {
	r.lost = r.lost || r.boundReset
	r.bound, r.boundReset = false, false
}

// before runs before a message of the client's is looked at. With an Again the
// message is to be shown again when everything before it is sent.
func (f *frontend) before(msgType byte) (wire.Action, error) {
	lost := f.context.lost && msgType != wire.MsgTerminate
	if !lost && f.session.back.reading.Load() == nil {
		return wire.Pass, nil
	}
	if again := f.flushed(); again {
		return wire.Again, nil
	}
	if err := f.settle(); err != nil {
		return wire.Pass, err
	}
	if !lost {
		return wire.Pass, nil
	}
	f.context.lost = false
	if f.session.back.txStatus.Load() == wire.TxIdle {
		f.settledReset()
	}
	if f.session.back.txStatus.Load() == wire.TxFailed {
		// The reset is undone with the rest of the transaction, and until then
		// nothing runs.
		f.settings.back = nil
		return wire.Pass, nil
	}
	return wire.Pass, f.session.applyContext(f.lostContext())
}

// flushed asks, unless that was done, for the current message to be shown again, when
// everything before it is sent.
func (f *frontend) flushed() (again bool) {
	f.again = !f.shownAgain
	return f.again
}

// settle waits until everything that was sent is answered.
func (f *frontend) settle() error {
	f.mayBlock()
	if f.statements.cycles.wait(settleLimit) {
		return nil
	}
	return wire.Fatalf(wire.ProtocolViolation, "terminating connection because its messages are out of step")
}

// bindReset decides about the Bind of a statement that resets the context.
func (f *frontend) bindReset() (action wire.Action, refusal *rewrite.Refusal, err error) {
	if f.context.bound {
		return wire.Pass, resetUnavailable(), nil
	}
	if again := f.flushed(); again {
		return wire.Again, nil, nil
	}
	if err := f.settle(); err != nil {
		return wire.Pass, nil, err
	}
	if f.session.back.txStatus.Load() != wire.TxIdle {
		return wire.Pass, resetUnavailable(), nil
	}
	f.context.boundReset = true
	return wire.Pass, nil, nil
}

// losesContext tells whether a reset takes away something of the context.
func (f *frontend) losesContext(scope rewrite.ResetScope) bool {
	upstream := f.session.lease.upstream
	if !upstream.ResetLosesContext {
		return false
	}
	if scope.All {
		return true
	}
	client := upstream.Context.Client
	if f.names != nil {
		client = f.settings.startup // what it has set since is gone with a reset
	}
	for _, name := range scope.Names {
		for _, settings := range [][]wire.Parameter{client, upstream.Context.Own} {
			for _, p := range settings {
				if name == wire.FoldASCII(p.Name) {
					return true
				}
			}
		}
	}
	return false
}

func resetUnavailable() *rewrite.Refusal {
	return rewrite.Refuse(rewrite.RuleResetUnavailable, "settings cannot be reset here",
		"In the extended protocol a reset of the session's settings is the only statement before its Sync, outside a transaction. Otherwise use a simple Query.")
}

// applyContext puts c in place on an upstream connection that owes no answer. The
// answer, a cycle of its own, is the backend's to check; the client's next message
// may follow at once.
func (s *session) applyContext(c pool.Context) error {
	s.back.applying = c
	s.back.own.Store(true)
	s.front.statements.cycles.end()
	return s.front.Send(c.AppendApply(nil))
}
