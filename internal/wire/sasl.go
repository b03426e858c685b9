package wire

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/jackc/pgx/v5/pgproto3"
)

// AppendAuthenticationSASL appends the request to log in by one of the mechanisms.
func AppendAuthenticationSASL(dst []byte, mechanisms ...string) []byte {
	return appendMessage(dst, &pgproto3.AuthenticationSASL{AuthMechanisms: mechanisms})
}

// AppendAuthenticationSASLContinue appends a step of the server's.
func AppendAuthenticationSASLContinue(dst, data []byte) []byte {
	return appendMessage(dst, &pgproto3.AuthenticationSASLContinue{Data: data})
}

// maxMechanism bounds the name of a SASL mechanism, in bytes (RFC 4422, section 3.1).
const maxMechanism = 20

// ReadSASLInitialResponse reads a SASLInitialResponse with at most maxLen bytes of
// data from r, and not a byte more (manual, "Message Formats"). A longer one gives
// ErrPasswordTooLong; another message, or one that is malformed, or without data, an
// *Error with SQLSTATE 08P01; io.EOF means that the client left.
func ReadSASLInitialResponse(r io.Reader, maxLen int) (mechanism string, data []byte, err error) {
	body, err := readPasswordBody(r, 0, maxMechanism+1+4+maxLen)
	if err != nil {
		return "", nil, err
	}
	name, rest, ok := bytes.Cut(body, []byte{0})
	if !ok || len(rest) < 4 || uint64(binary.BigEndian.Uint32(rest)) != uint64(len(rest)-4) {
		return "", nil, Fatalf(ProtocolViolation, "invalid SASL initial response")
	}
	return string(name), rest[4:], nil
}

// ReadSASLResponse reads a SASLResponse of at most maxLen bytes, with the errors of
// ReadSASLInitialResponse.
func ReadSASLResponse(r io.Reader, maxLen int) ([]byte, error) {
	return readPasswordBody(r, 0, maxLen)
}
