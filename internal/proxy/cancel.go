package proxy

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"time"

	"tenantproxy/internal/wire"
)

// cancelTimeout bounds what a CancelRequest may take.
const cancelTimeout = 5 * time.Second

// register gives the session a cancel key of its own, which says nothing about
// the upstream's, and makes it known. Since protocol 3.2 the key is a long one.
func (s *Server) register(session *session, minor uint16) error {
	length := wire.ShortCancelKeyLen
	if minor >= 2 {
		length = wire.LongCancelKeyLen
	}
	session.secretKey = make([]byte, length)
	rand.Read(session.secretKey) // never fails: see crypto/rand
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return wire.Fatalf(wire.AdminShutdown, "tenantproxy is shutting down")
	}
	for {
		var id [4]byte
		rand.Read(id[:])
		// Clients take a process id for a positive int.
		session.processID = binary.BigEndian.Uint32(id[:]) &^ (1 << 31)
		if _, taken := s.sessions[session.processID]; !taken && session.processID != 0 {
			s.sessions[session.processID] = session
			return nil
		}
	}
}

func (s *Server) unregister(session *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, session.processID)
}

// cancelRequest passes a cancel with a right key on to the upstream. Nobody is
// told whether the key was right, as Postgres has it.
func (s *Server) cancelRequest(p *wire.StartupPacket) {
	s.mu.Lock()
	session := s.sessions[p.ProcessID]
	s.mu.Unlock()
	if session == nil || subtle.ConstantTimeCompare(session.secretKey, p.SecretKey) != 1 {
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, cancelTimeout)
	defer cancel()
	if err := session.cancel(ctx); err != nil {
		session.log.Warn("passing on a cancel request failed", "error", err)
	}
}
