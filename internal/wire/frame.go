package wire

import "encoding/binary"

// HeaderLen is the length in bytes of a frame's header: the message type and a
// 32-bit length that counts itself but not the type (manual, "Message Flow").
const HeaderLen = 5

// Message types that a frontend sends (manual, "Message Formats").
const (
	MsgBind         = 'B'
	MsgClose        = 'C'
	MsgCopyData     = 'd'
	MsgCopyDone     = 'c'
	MsgCopyFail     = 'f'
	MsgDescribe     = 'D'
	MsgExecute      = 'E'
	MsgFlush        = 'H'
	MsgFunctionCall = 'F'
	MsgParse        = 'P'
	MsgPassword     = 'p'
	MsgQuery        = 'Q'
	MsgSync         = 'S'
	MsgTerminate    = 'X'
)

// Message types that a backend sends.
const (
	MsgBindComplete         = '2'
	MsgCloseComplete        = '3'
	MsgCommandComplete      = 'C'
	MsgCopyInResponse       = 'G'
	MsgCopyOutResponse      = 'H'
	MsgDataRow              = 'D'
	MsgEmptyQueryResponse   = 'I'
	MsgErrorResponse        = 'E'
	MsgFunctionCallResponse = 'V'
	MsgNoData               = 'n'
	MsgNoticeResponse       = 'N'
	MsgNotificationResponse = 'A'
	MsgParameterDescription = 't'
	MsgParameterStatus      = 'S'
	MsgParseComplete        = '1'
	MsgPortalSuspended      = 's'
	MsgReadyForQuery        = 'Z'
	MsgRowDescription       = 'T'
)

// AppendHeader appends a frame header for a body of bodyLen bytes.
func AppendHeader(dst []byte, msgType byte, bodyLen int) []byte {
	dst = append(dst, msgType)
	return binary.BigEndian.AppendUint32(dst, uint32(bodyLen+4))
}

// AppendQuery appends a Query frame for sql, which holds no NUL.
func AppendQuery(dst []byte, sql string) []byte {
	dst = AppendHeader(dst, MsgQuery, len(sql)+1)
	dst = append(dst, sql...)
	return append(dst, 0)
}

// AppendParse appends a Parse frame for the prepared statement name (empty: the
// unnamed one) with sql, neither of which holds a NUL, and no parameter types.
func AppendParse(dst []byte, name, sql string) []byte {
	return AppendTypedParse(dst, name, sql, []byte{0, 0})
}

// AppendTypedParse is AppendParse with the types of parameters as the message has
// them, the count first.
func AppendTypedParse(dst []byte, name, sql string, types []byte) []byte {
	dst = AppendHeader(dst, MsgParse, len(name)+1+len(sql)+1+len(types))
	dst = append(dst, name...)
	dst = append(dst, 0)
	dst = append(dst, sql...)
	dst = append(dst, 0)
	return append(dst, types...)
}
