package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgproto3"
)

// AppendAuthenticationCleartextPassword appends the request for a password in
// clear text: the form in which a token fits.
func AppendAuthenticationCleartextPassword(dst []byte) []byte {
	return appendMessage(dst, &pgproto3.AuthenticationCleartextPassword{})
}

// AppendNegotiateProtocolVersion appends the answer to a client that asked for a
// newer minor version than LatestMinor or for protocol options: the minor version
// that will be spoken, and the options that are not known here. The field has the
// whole version, as Postgres sends it (SendNegotiateProtocolVersion in
// tcop/backend_startup.c) and libpq 18 insists on, whatever its name says.
func AppendNegotiateProtocolVersion(dst []byte, minor uint16, unknown []string) []byte {
	return appendMessage(dst, &pgproto3.NegotiateProtocolVersion{
		NewestMinorProtocol: 3<<16 | uint32(minor), UnrecognizedOptions: unknown,
	})
}

// LatestMinor is the newest minor version of protocol 3 that is spoken here. All
// that 3.2 adds to 3.0 are longer cancel keys (manual, "Protocol Versions").
const LatestMinor = 2

// The lengths in bytes of cancel keys: of a CancelRequest's, and of those that
// Postgres makes, 4 up to protocol 3.1 and 32 (MAX_CANCEL_KEY_LENGTH in
// libpq/pqcomm.h) since 3.2.
const (
	MinCancelKeyLen   = 4
	MaxCancelKeyLen   = 256
	ShortCancelKeyLen = 4
	LongCancelKeyLen  = 32
)

// Welcome is what a client gets when its login is complete.
type Welcome struct {
	Parameters []Parameter // sent as ParameterStatus, in this order
	ProcessID  uint32
	SecretKey  []byte
}

// Append appends AuthenticationOk, the ParameterStatus messages, BackendKeyData
// and ReadyForQuery outside a transaction.
func (w *Welcome) Append(dst []byte) []byte {
	dst = appendMessage(dst, &pgproto3.AuthenticationOk{})
	for _, p := range w.Parameters {
		dst = AppendParameterStatus(dst, p)
	}
	dst = appendMessage(dst, &pgproto3.BackendKeyData{ProcessID: w.ProcessID, SecretKey: w.SecretKey})
	return appendMessage(dst, &pgproto3.ReadyForQuery{TxStatus: TxIdle})
}

// AppendParameterStatus appends the message that tells a client of a setting.
func AppendParameterStatus(dst []byte, p Parameter) []byte {
	return appendMessage(dst, &pgproto3.ParameterStatus{Name: p.Name, Value: p.Value})
}

// The transaction statuses in ReadyForQuery that make a difference here.
const (
	TxIdle   = 'I' // outside a transaction
	TxFailed = 'E' // in a transaction that has failed
)

// ErrPasswordTooLong means a password over the limit, of which nothing was read.
var ErrPasswordTooLong = errors.New("password is too long")

// ReadPassword reads a PasswordMessage of at most maxLen bytes of password from
// r, and not a byte more. A longer one gives ErrPasswordTooLong; another message,
// or one without its terminator, an *Error with SQLSTATE 08P01. io.EOF means that
// the client left instead: psql does, to ask its user for a password.
func ReadPassword(r io.Reader, maxLen int) (string, error) {
	body, err := readPasswordBody(r, 1, maxLen+1)
	if err != nil {
		return "", err
	}
	if bytes.IndexByte(body, 0) != len(body)-1 {
		return "", Fatalf(ProtocolViolation, "invalid password message")
	}
	return string(body[:len(body)-1]), nil
}

// readPasswordBody reads the body, of minLen to maxLen bytes, of a message of type
// p, and not a byte more: a password, or a step of SASL.
func readPasswordBody(r io.Reader, minLen, maxLen int) ([]byte, error) {
	var head [HeaderLen]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	if head[0] != MsgPassword {
		return nil, Fatalf(ProtocolViolation, "expected password response, got message type 0x%02x", head[0])
	}
	length := binary.BigEndian.Uint32(head[1:])
	if uint64(length) < uint64(4+minLen) {
		return nil, Fatalf(ProtocolViolation, "invalid length of password message")
	}
	if uint64(length) > uint64(4+maxLen) {
		return nil, ErrPasswordTooLong
	}
	body := make([]byte, length-4)
	if _, err := io.ReadFull(r, body); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("reading password message: %w", err)
	}
	return body, nil
}

// AppendReadyForQuery appends a ReadyForQuery with a transaction status.
func AppendReadyForQuery(dst []byte, txStatus byte) []byte {
	return append(dst, MsgReadyForQuery, 0, 0, 0, 5, txStatus)
}
