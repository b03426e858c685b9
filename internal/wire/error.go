package wire

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"
)

// The severities of an ErrorResponse: an ERROR ends the statement, a FATAL the
// session (manual, "Error and Notice Message Fields").
const (
	SeverityError = "ERROR"
	SeverityFatal = "FATAL"
)

// Error is an error as a client sees it. Message, Detail and Hint never hold a
// secret or a literal of a statement (I8).
type Error struct {
	// Severity is SeverityError or SeverityFatal; empty means SeverityFatal.
	Severity string
	SQLSTATE string
	Message  string
	Detail   string
	Hint     string
}

// Fatalf makes a FATAL error without detail and hint.
func Fatalf(sqlstate, format string, args ...any) *Error {
	return &Error{Severity: SeverityFatal, SQLSTATE: sqlstate, Message: fmt.Sprintf(format, args...)}
}

// Error gives message and SQLSTATE, for logs.
func (e *Error) Error() string { return fmt.Sprintf("%s (SQLSTATE %s)", e.Message, e.SQLSTATE) }

// Append appends the error to dst as an ErrorResponse frame and returns the
// extended slice.
func (e *Error) Append(dst []byte) []byte {
	severity := e.Severity
	if severity == "" {
		severity = SeverityFatal
	}
	return appendMessage(dst, &pgproto3.ErrorResponse{
		Severity:            severity,
		SeverityUnlocalized: severity,
		Code:                e.SQLSTATE,
		Message:             e.Message,
		Detail:              e.Detail,
		Hint:                e.Hint,
	})
}

// AppendNotice appends a NOTICE with SQLSTATE 00000, as Postgres raises it. A client
// takes one at any time between other messages (manual, "Asynchronous Operations").
func AppendNotice(dst []byte, message, hint string) []byte {
	return appendMessage(dst, &pgproto3.NoticeResponse{
		Severity: "NOTICE", SeverityUnlocalized: "NOTICE", Code: "00000", Message: message, Hint: hint,
	})
}

// encoder is what the pgproto3 messages have in common.
type encoder interface {
	Encode(dst []byte) ([]byte, error)
}

// appendMessage appends m to dst as a frame. Encode fails only for a message
// over 1 GiB or a NUL in a string; the messages built here hold neither, so a
// failure sends the client the one error that is always well formed.
func appendMessage(dst []byte, m encoder) []byte {
	out, err := m.Encode(dst)
	if err != nil {
		fallback := pgproto3.ErrorResponse{
			Severity: SeverityFatal, SeverityUnlocalized: SeverityFatal,
			Code: InternalError, Message: "internal error",
		}
		out, _ = fallback.Encode(dst)
	}
	return out
}
