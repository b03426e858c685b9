package proxy

import (
	"errors"
	"io"
	"net"
	"strings"

	"tenantproxy/internal/wire"
)

// negotiate takes a connection to its startup message: it answers SSLRequest
// and GSSENCRequest, each at most once, does the TLS handshake and serves a
// CancelRequest. The startup message is nil when there will be no session; the
// error, if any, is then for the client. The connection it gives is the one to
// go on with, in any case.
func (s *Server) negotiate(conn net.Conn) (net.Conn, *wire.StartupPacket, error) {
	var sslAsked, gssAsked, secure bool
	for {
		p, err := wire.ReadStartup(conn)
		if err != nil {
			if errors.Is(err, io.EOF) {
				return conn, nil, nil // a port check
			}
			return conn, nil, err
		}
		switch p.Kind {
		case wire.SSLRequest:
			if sslAsked || secure {
				return conn, nil, wire.Fatalf(wire.ProtocolViolation, "unexpected SSL request")
			}
			sslAsked = true
			if !s.servesTLS() {
				if _, err := conn.Write([]byte{'N'}); err != nil {
					return conn, nil, err
				}
				continue
			}
			if _, err := conn.Write([]byte{'S'}); err != nil {
				return conn, nil, err
			}
			// Nothing was read past the request, so whatever a third party put
			// behind it is taken for TLS, and fails (CVE-2021-23214).
			secured, err := s.handshake(conn)
			if err != nil {
				return conn, nil, err
			}
			conn, secure = secured, true
		case wire.DirectTLS:
			if sslAsked || gssAsked || secure || !s.servesTLS() {
				return conn, nil, &handshakeError{errors.New("unexpected direct TLS")}
			}
			secured, err := s.handshake(&prefixedConn{Conn: conn, prefix: p.Read})
			if err != nil {
				return conn, nil, err
			}
			if secured.ConnectionState().NegotiatedProtocol == "" {
				// Another protocol's client may have been led here (ALPACA); one that
				// names a protocol, and not ours, fails in the handshake.
				return conn, nil, &handshakeError{errors.New("direct TLS without ALPN")}
			}
			conn, secure = secured, true
		case wire.GSSENCRequest:
			if gssAsked || secure {
				return conn, nil, wire.Fatalf(wire.ProtocolViolation, "unexpected GSSAPI encryption request")
			}
			gssAsked = true
			if _, err := conn.Write([]byte{'N'}); err != nil {
				return conn, nil, err
			}
		case wire.CancelRequest:
			s.cancelRequest(conn, p)
			return conn, nil, nil
		default:
			if !secure && s.tlsRequired(conn) {
				return conn, nil, &wire.Error{
					SQLSTATE: wire.InvalidAuthorization, Message: "TLS required",
					Hint: "Connect with sslmode=require or stricter.",
				}
			}
			return conn, p, s.negotiateVersion(conn, p)
		}
	}
}

// negotiateVersion tells a client that wants a newer minor version of the
// protocol than there is, or protocol options, what it gets.
func (s *Server) negotiateVersion(conn net.Conn, p *wire.StartupPacket) error {
	var unknown []string
	for _, param := range p.Parameters {
		if strings.HasPrefix(param.Name, "_pq_.") {
			unknown = append(unknown, param.Name)
		}
	}
	if p.Minor <= wire.LatestMinor && len(unknown) == 0 {
		return nil
	}
	_, err := conn.Write(wire.AppendNegotiateProtocolVersion(nil, min(p.Minor, wire.LatestMinor), unknown))
	return err
}

// tlsRequired tells whether a client on conn must use TLS.
func (s *Server) tlsRequired(conn net.Conn) bool {
	switch s.opts.TLSMode {
	case TLSAlways:
		return true
	case TLSNever:
		return false
	}
	switch addr := conn.RemoteAddr().(type) {
	case *net.TCPAddr:
		return !addr.IP.IsLoopback()
	case *net.UnixAddr:
		return false
	}
	return true
}

// clientHost is the address that limits before login are counted by; all
// clients of unix sockets are one.
func clientHost(conn net.Conn) string {
	if addr, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		return addr.IP.String()
	}
	return "unix"
}

// clientAddress is what logs call the client.
func clientAddress(conn net.Conn) string {
	if addr, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		return addr.String()
	}
	return "unix"
}
