package proxy

import (
	"context"
	"errors"
	"net"
	"runtime/debug"
	"time"

	"tenantproxy/internal/wire"
)

// The bounds of refuse: how many clients are told in order at a time, and how long
// each may take.
const (
	maxRefusing = 100
	refusalTime = 2 * time.Second
)

// refuse tells a client over a limit so, where it can hear it: behind TLS, if it
// asks for that. A cancel is served too, so that clients can cancel when all places
// are taken. If too many are being refused, the rest are told at once or not at all.
func (s *Server) refuse(conn net.Conn, refusal *wire.Error) {
	if !s.mayRefuse() {
		sendRefusal(conn, refusal)
		conn.Close()
		return
	}
	go func() {
		defer s.wg.Done()
		defer func() {
			if p := recover(); p != nil {
				s.log.Error("refusing a connection failed", "panic", p, "stack", string(debug.Stack()))
			}
			conn.Close()
			<-s.refusing
		}()
		conn.SetDeadline(time.Now().Add(refusalTime))
		defer context.AfterFunc(s.ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
		secure, startup, err := s.negotiate(conn)
		var handshake *handshakeError
		if startup == nil && err == nil || errors.As(err, &handshake) {
			return
		}
		sendRefusal(secure, refusal)
		wire.CloseLingering(secure)
	}()
}

// mayRefuse takes a place to refuse a connection in, and counts it for Close.
func (s *Server) mayRefuse() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	select {
	case s.refusing <- struct{}{}:
		s.wg.Add(1)
		return true
	default:
		return false
	}
}

func sendRefusal(conn net.Conn, refusal *wire.Error) {
	conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write(refusal.Append(nil)) // nothing depends on it
}
