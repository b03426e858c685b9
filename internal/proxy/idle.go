package proxy

import (
	"net"
	"time"

	"tenantproxy/internal/wire"
)

// keepAliveConfig finds out about a client that vanished without a word while
// nothing was on its way to it: first probe after 15 s of silence, then two more,
// 5 s apart. There is no TCP_USER_TIMEOUT: it would also end a client that lives
// and does not read for a while. endIfVanished finds those that leave something
// unacknowledged.
var keepAliveConfig = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}

// keepAlive turns on keepalives where conn has them. The kernel refuses them for
// a connection that is gone already, and reading finds that.
func keepAlive(conn net.Conn) {
	if c, ok := conn.(*net.TCPConn); ok {
		_ = c.SetKeepAliveConfig(keepAliveConfig)
	}
}

// endIfVanished ends a session whose client has acknowledged nothing for longer than the
// limit, although there was something. It looks twice, since a client that was idle for
// long owes something in the moment in which it is sent something. It is called by the
// sweep.
func (s *session) endIfVanished(now time.Time, limit time.Duration) {
	if limit <= 0 || now.Sub(s.silence.lookedAt) < limit/10 {
		return
	}
	vanished := s.client.Silence() > limit
	if vanished && s.silence.vanished {
		s.terminate(wire.Fatalf(wire.ConnectionFailure, "the client acknowledges nothing any more"))
	}
	s.silence = silence{now, vanished}
}

// silence is what endIfVanished has found when it last looked. It is the sweep's alone.
type silence struct {
	lookedAt time.Time
	vanished bool
}

// idleTransaction is when a session was first seen idle in a transaction. It is
// the sweep's alone.
type idleTransaction struct {
	since    time.Time // zero: it was not when last looked at
	answered uint64    // ReadyForQuery so far: another number is another idleness
}

// endIdleTransaction ends a session that has been idle in a transaction, failed
// or not, for so long. It is called by the sweep, which costs the relay nothing,
// and so is as exact as the sweep is frequent.
func (s *session) endIdleTransaction(now time.Time, timeout time.Duration) {
	answered := s.front.statements.cycles.answered.Load()
	if timeout <= 0 || s.back.txStatus.Load() == wire.TxIdle || !s.front.statements.cycles.settled() {
		s.idleTransaction = idleTransaction{}
		return
	}
	if s.idleTransaction.since.IsZero() || s.idleTransaction.answered != answered {
		s.idleTransaction = idleTransaction{since: now, answered: answered}
		return
	}
	if now.Sub(s.idleTransaction.since) >= timeout {
		s.terminate(wire.Fatalf(wire.IdleInTransaction, "terminating connection due to idle-in-transaction timeout"))
	}
}
