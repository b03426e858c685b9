package proxy

import (
	"crypto/tls"
	"log/slog"
	"net"
)

// servesTLS tells whether clients may use TLS.
func (s *Server) servesTLS() bool { return s.opts.TLS != nil && s.opts.TLSMode != TLSNever }

// handshake does the TLS handshake with a client, within the login's time.
func (s *Server) handshake(conn net.Conn) (*tls.Conn, error) {
	secured := tls.Server(conn, s.opts.TLS)
	if err := secured.HandshakeContext(s.ctx); err != nil {
		return nil, &handshakeError{err}
	}
	return secured, nil
}

// handshakeError ends a connection in the TLS handshake. The client has got TLS's
// alert at most: an ErrorResponse would be no TLS. It hides what it is made of, a
// timeout for one, from those who would answer it.
type handshakeError struct{ err error }

func (e *handshakeError) Error() string { return "doing the TLS handshake: " + e.err.Error() }

// prefixedConn is a connection of which the beginning was read.
type prefixedConn struct {
	net.Conn
	prefix []byte
}

func (c *prefixedConn) Read(p []byte) (int, error) {
	if len(c.prefix) > 0 {
		n := copy(p, c.prefix)
		c.prefix = c.prefix[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

// NetConn is the connection below, as of a *tls.Conn.
func (c *prefixedConn) NetConn() net.Conn { return c.Conn }

// withCertificate names the subject of the client's certificate in the log.
func withCertificate(log *slog.Logger, conn net.Conn) *slog.Logger {
	secured, ok := conn.(*tls.Conn)
	if !ok {
		return log
	}
	if chain := secured.ConnectionState().PeerCertificates; len(chain) > 0 {
		log = log.With("certificate", chain[0].Subject.String())
	}
	return log
}
