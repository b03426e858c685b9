package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// MaxStartupPacketLen is the longest startup packet, in bytes, that Postgres
// reads and so we do (MAX_STARTUP_PACKET_LENGTH in libpq/pqcomm.h).
const MaxStartupPacketLen = 10000

// The codes in place of a protocol version that make a startup packet a
// request of another kind (libpq/pqcomm.h).
const (
	cancelRequestCode = 1234<<16 | 5678
	sslRequestCode    = 1234<<16 | 5679
	gssEncRequestCode = 1234<<16 | 5680
)

// tlsHandshake is the first byte of a TLS handshake (RFC 8446, 5.1, ContentType). A
// startup packet that began with it would be far too long.
const tlsHandshake = 0x16

// StartupKind tells the startup packets apart.
type StartupKind uint8

// The kinds of startup packet.
const (
	StartupMessage StartupKind = iota + 1
	SSLRequest
	GSSENCRequest
	CancelRequest
	// DirectTLS is no packet: the client begins with the TLS handshake
	// (manual, "SSL Session Encryption").
	DirectTLS
)

// Parameter is a name and a value, as in a startup message or ParameterStatus.
type Parameter struct{ Name, Value string }

// StartupPacket is a packet without a message type: the first on a connection.
type StartupPacket struct {
	Kind StartupKind
	// Major and Minor are the protocol version of a StartupMessage.
	Major, Minor uint16
	// Parameters of a StartupMessage, in order, each name once.
	Parameters []Parameter
	// ProcessID and SecretKey of a CancelRequest.
	ProcessID uint32
	SecretKey []byte
	// Read is the beginning of the handshake of DirectTLS, which was read.
	Read []byte
}

// Parameter gives the value of the parameter, and whether it was sent.
func (p *StartupPacket) Parameter(name string) (string, bool) {
	for _, param := range p.Parameters {
		if param.Name == name {
			return param.Value, true
		}
	}
	return "", false
}

// ReadStartup reads one startup packet from r and not a byte more, so that
// nothing is buffered behind an SSLRequest (CVE-2021-23214); of a TLS handshake it
// reads four bytes. It allocates at
// most MaxStartupPacketLen bytes. A packet that is malformed gives an *Error
// with SQLSTATE 08P01; a connection closed before the first byte gives io.EOF.
func ReadStartup(r io.Reader) (*StartupPacket, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	if head[0] == tlsHandshake {
		return &StartupPacket{Kind: DirectTLS, Read: head[:]}, nil
	}
	length := binary.BigEndian.Uint32(head[:])
	if length < 8 || length > MaxStartupPacketLen {
		return nil, Fatalf(ProtocolViolation, "invalid length of startup packet")
	}
	body := make([]byte, length-4)
	if _, err := io.ReadFull(r, body); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("reading startup packet: %w", err)
	}
	code := binary.BigEndian.Uint32(body)
	rest := body[4:]
	switch code {
	case sslRequestCode, gssEncRequestCode:
		if len(rest) != 0 {
			return nil, Fatalf(ProtocolViolation, "invalid length of startup packet")
		}
		if code == sslRequestCode {
			return &StartupPacket{Kind: SSLRequest}, nil
		}
		return &StartupPacket{Kind: GSSENCRequest}, nil
	case cancelRequestCode:
		// The key has 4 bytes up to protocol 3.0, up to 256 since 3.2.
		if len(rest) < 4+MinCancelKeyLen || len(rest) > 4+MaxCancelKeyLen {
			return nil, Fatalf(ProtocolViolation, "invalid length of cancel request")
		}
		return &StartupPacket{
			Kind:      CancelRequest,
			ProcessID: binary.BigEndian.Uint32(rest),
			SecretKey: rest[4:],
		}, nil
	}
	p := &StartupPacket{Kind: StartupMessage, Major: uint16(code >> 16), Minor: uint16(code)}
	if p.Major != 3 {
		return nil, Fatalf(FeatureNotSupported, "unsupported frontend protocol %d.%d: server supports 3.0 to 3.%d", p.Major, p.Minor, LatestMinor)
	}
	var err error
	p.Parameters, err = parseParameters(rest)
	return p, err
}

// parseParameters reads the name and value pairs of a startup message. Of a
// name that comes twice Postgres takes the last and other readers the first,
// so it is refused unless the values are the same: GORM sends TimeZone and
// timezone.
func parseParameters(body []byte) ([]Parameter, error) {
	malformed := Fatalf(ProtocolViolation, "invalid startup packet layout")
	var params []Parameter
	seen := make(map[string]string)
	next := func() (string, bool) {
		end := bytes.IndexByte(body, 0)
		if end < 0 {
			return "", false
		}
		s := string(body[:end])
		body = body[end+1:]
		return s, true
	}
	for {
		name, ok := next()
		if !ok {
			return nil, malformed
		}
		if name == "" {
			if len(body) != 0 {
				return nil, malformed
			}
			return params, nil
		}
		value, ok := next()
		if !ok {
			return nil, malformed
		}
		if !utf8.ValidString(name) || !utf8.ValidString(value) {
			return nil, Fatalf(ProtocolViolation, "startup packet is not valid UTF-8")
		}
		// Settings fold their case, so User= and user= may not both come.
		folded := FoldASCII(name)
		if first, twice := seen[folded]; twice {
			if first != value {
				return nil, Fatalf(ProtocolViolation, "parameter appears twice in startup packet")
			}
			continue
		}
		seen[folded] = value
		params = append(params, Parameter{name, value})
	}
}

// FoldASCII lower-cases A to Z and nothing else, as Postgres compares the
// names of settings (guc_name_compare in utils/misc/guc.c).
func FoldASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
