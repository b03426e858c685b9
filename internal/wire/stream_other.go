//go:build !linux

package wire

import (
	"net"
	"syscall"
)

// rawConn is nil: without MSG_DONTWAIT and the measurements behind it, the
// ordinary Read and Write are what is known to work.
func rawConn(net.Conn) syscall.RawConn { return nil }

func (s *Stream) readRaw(handle func([]byte, int) error) error { return s.readConn(handle) }

func (s *Stream) writeRaw(p []byte) error {
	_, err := s.conn.Write(p)
	return err
}

func hasUnseen(syscall.RawConn) bool { return false }
