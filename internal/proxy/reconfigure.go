package proxy

import (
	"context"
	"time"

	"tenantproxy/internal/pool"
	"tenantproxy/internal/wire"
)

// options are those in force. Who needs several that fit together takes them once.
func (s *Server) options() *Options { return s.current.Load() }

// Reconfigure puts other options in force, but for Log, which stays. Logins that
// have begun go on by those that they began with, as far as TLS, the token and the
// context are concerned; limits count at once, and for sessions MaxSQLBytes,
// PassErrorDetails, ExpiryGrace and IdleInTransactionTimeout. With another Pool,
// the sessions of the one before have to be ended by Retire. Safe for concurrent use.
func (s *Server) Reconfigure(opts Options) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current.Store(&opts)
}

// Retire ends the sessions that have their upstream connection from a pool which
// Reconfigure has replaced, with SQLSTATE 57P01: as soon as they are outside a
// transaction, and the rest, wherever they are, when ctx ends. It returns when none
// is left.
func (s *Server) Retire(ctx context.Context, old *pool.Pool) {
	tick := time.NewTicker(drainInterval)
	defer tick.Stop()
	for ended := ctx.Done(); ; {
		left := false
		for _, session := range s.allSessions() {
			if session.pool != old {
				continue
			}
			left = true
			if session.idle() || ctx.Err() != nil {
				session.terminate(configurationChanged())
			}
		}
		if !left {
			return
		}
		select {
		case <-tick.C:
		case <-ended:
			ended = nil
		}
	}
}

func configurationChanged() *wire.Error {
	return wire.Fatalf(wire.AdminShutdown, "terminating connection because the configuration has changed")
}
