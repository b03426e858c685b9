package proxy

import (
	"bytes"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/observe/auditlog"
	"tenantproxy/internal/pool"
	"tenantproxy/internal/wire"
)

// backendClasses are the messages that Postgres sends after login (manual,
// "Message Formats"). CopyBothResponse is replication's, which no client of
// ours gets to; anything else means that the stream is out of step.
var backendClasses = wire.Classes{
	wire.MsgErrorResponse:        wire.Inspect,
	wire.MsgParameterStatus:      wire.Inspect,
	wire.MsgReadyForQuery:        wire.Inspect,
	wire.MsgBindComplete:         wire.Forward,
	wire.MsgCloseComplete:        wire.Forward,
	wire.MsgCommandComplete:      wire.Forward,
	wire.MsgCopyData:             wire.Forward,
	wire.MsgCopyDone:             wire.Forward,
	wire.MsgCopyInResponse:       wire.Inspect,
	wire.MsgCopyOutResponse:      wire.Forward,
	wire.MsgDataRow:              wire.Forward,
	wire.MsgEmptyQueryResponse:   wire.Forward,
	wire.MsgFunctionCallResponse: wire.Forward,
	wire.MsgNoData:               wire.Forward,
	wire.MsgNoticeResponse:       wire.Forward,
	wire.MsgNotificationResponse: wire.Inspect,
	wire.MsgParameterDescription: wire.Forward,
	wire.MsgParseComplete:        wire.Forward,
	wire.MsgPortalSuspended:      wire.Forward,
	wire.MsgRowDescription:       wire.Forward,
}

// ownClasses are for the answers to the proxy's own messages: all are looked at.
var ownClasses = func() (classes wire.Classes) {
	for msgType, class := range backendClasses {
		if class != wire.Invalid {
			classes[msgType] = wire.Inspect
		}
	}
	return classes
}()

// maxBackendBody is the longest message that Postgres can send, in bytes: the
// length field is a signed 32-bit number.
const maxBackendBody = 1<<31 - 1 - 4

// maxInspected bounds a message that is held to be looked at. Of a longer
// ErrorResponse, which only a function that raises a huge text can make, the
// client gets the beginning.
const maxInspected = 1 << 20

// backend takes what Postgres sends to the client: everything as it is, but for
// the errors that stand for refusals and details that may name another org's
// values, and it watches the settings that must not change. It belongs to the
// upstream connection's reader, but for txStatus and own.
type backend struct {
	session *session
	scanner wire.Scanner
	// writing is held by who writes to the client, and guards scanner; closed tells
	// that nothing may be written any more.
	writing sync.Mutex
	closed  bool
	// clientGone tells that the client takes nothing any more.
	clientGone bool
	// sawFatal tells that Postgres has told the client itself why it ends.
	sawFatal bool
	// failed tells that an ErrorResponse came since the last ReadyForQuery.
	failed atomic.Bool
	// lastFailed tells that the last ReadyForQuery ended something that failed.
	lastFailed atomic.Bool
	// txStatus is the status of the last ReadyForQuery.
	txStatus atomic.Uint32
	// own tells that the next ReadyForQuery, and what comes before it, answers
	// the proxy's own messages. It is set before they are sent.
	own atomic.Bool
	// reading tells that they ask for the values of these settings, instead of putting
	// applying in place.
	reading atomic.Pointer[[]string]
	// classes are those of what answers the client.
	classes *wire.Classes
	// watched are the settings that Postgres reports and that must keep the
	// value they had at login (I3).
	watched     pool.Watched
	replacement []byte
	applying    pool.Context // set before own is
	applied     bool         // it was confirmed
	values      []string     // those that were asked for
}

func (b *backend) init(s *session) {
	b.session = s
	b.txStatus.Store(wire.TxIdle)
	b.classes = &backendClasses
	b.scanner = wire.Scanner{
		MaxBody: maxBackendBody,
		Classes: b.classes,
		Handler: b,
	}
	b.watched = s.lease.upstream.Watched()
}

// Burst implements pool.Owner: it handles what one read from the upstream brought.
func (b *backend) Burst(buf []byte, n int) error {
	b.session.lease.enter()
	defer b.session.lease.leave(true)
	b.session.counts.Sent(n)
	if !b.writing.TryLock() { // a notice is on its way, to a client that may not read
		b.session.lease.upstream.Stream.MayBlock()
		b.writing.Lock()
	}
	defer b.writing.Unlock()
	if b.own.Load() {
		b.scanner.Classes = &ownClasses
	}
	return b.scanner.Burst(buf, n)
}

// Send implements wire.Handler: it writes to the client what the upstream connection's
// reader brought.
func (b *backend) Send(p []byte) error {
	return forward(b.session.client, b.session.lease.upstream.Stream, p)
}

// Need implements wire.Handler.
func (b *backend) Need(msgType byte, bodyLen int) int {
	if msgType == wire.MsgRowDescription {
		return 0 // of interest by its type only
	}
	return min(bodyLen, maxInspected)
}

// Frame implements wire.Handler.
func (b *backend) Frame(msgType byte, body []byte, bodyLen int) (wire.Action, []byte, error) {
	if b.scanner.Classes == &ownClasses && !isAsync(msgType) {
		return wire.Replace, nil, b.ownAnswer(msgType, body)
	}
	if msgType != wire.MsgParseComplete && msgType != wire.MsgCloseComplete {
		b.session.audit.trail.answer(msgType, body)
	}
	switch msgType {
	case wire.MsgReadyForQuery:
		if bodyLen != 1 {
			return wire.Pass, nil, errUpstream("ready for query")
		}
		if status := uint32(body[0]); b.txStatus.Load() != status { // to store costs more
			b.txStatus.Store(status)
		}
		if c := &b.session.front.copyIn; c.watches.Load() && body[0] == wire.TxIdle {
			c.idleAfter.Store(b.session.front.statements.cycles.answered.Load() + 1)
		}
		b.endNames()
		b.session.front.statements.cycles.answer()
	case wire.MsgParameterStatus:
		return b.parameterStatus(body)
	case wire.MsgErrorResponse:
		b.failed.Store(true)
		b.session.front.statements.cycles.wake()
		return b.errorResponse(body, bodyLen)
	case wire.MsgCopyInResponse:
		b.session.front.copyIn.begun.Store(true)
		b.session.front.statements.cycles.wake()
	case wire.MsgParseComplete, wire.MsgCloseComplete:
		action, replacement, err := b.completes(msgType)
		if action == wire.Pass {
			b.session.audit.trail.answer(msgType, body)
		}
		return action, replacement, err
	case wire.MsgNotificationResponse:
		return b.notification(body, bodyLen)
	}
	return wire.Pass, nil, nil
}

// isAsync tells of the messages that Postgres may send at any time (manual,
// "Asynchronous Operations").
func isAsync(msgType byte) bool {
	switch msgType {
	case wire.MsgNoticeResponse, wire.MsgNotificationResponse, wire.MsgParameterStatus:
		return true
	}
	return false
}

// ownAnswer takes one message that answers session.applyContext. Anything but the
// context as it was sent ends the session.
func (b *backend) ownAnswer(msgType byte, body []byte) error {
	if names := b.reading.Load(); names != nil {
		return b.settingsAnswer(msgType, body, *names)
	}
	switch msgType {
	case wire.MsgParseComplete, wire.MsgBindComplete, wire.MsgCommandComplete, wire.MsgCloseComplete:
		return nil
	case wire.MsgDataRow:
		if err := b.applying.CheckApplied(body); err != nil {
			return b.contextLost(err)
		}
		b.applied = true
		return nil
	case wire.MsgReadyForQuery:
		if !b.applied {
			return b.contextLost(errors.New("no answer"))
		}
		b.applied = false
		b.endOwn()
		return nil
	}
	return b.contextLost(&wire.InvalidFrameError{Type: msgType})
}

// settingsAnswer takes one message that answers session.readSettings, which a cancel of
// the client's may have hit.
func (b *backend) settingsAnswer(msgType byte, body []byte, names []string) (err error) {
	switch msgType {
	case wire.MsgParseComplete, wire.MsgBindComplete, wire.MsgCommandComplete, wire.MsgCloseComplete:
	case wire.MsgDataRow:
		b.values, err = pool.ReadValues(body)
	case wire.MsgErrorResponse:
		b.values = nil
	case wire.MsgReadyForQuery:
		b.session.learn(names, b.values)
		b.values = nil
		b.endOwn()
	default:
		return b.contextLost(&wire.InvalidFrameError{Type: msgType})
	}
	return err
}

// endOwn goes on with answers to the client.
func (b *backend) endOwn() {
	b.scanner.Classes = b.classes
	b.own.Store(false)
	b.session.front.statements.cycles.answer()
}

// contextLost ends a session whose context could not be put in place again.
func (b *backend) contextLost(err error) error {
	b.session.log.Error("the context was not put in place again", "error", err)
	b.session.audit.write(auditlog.ContextFailed{Reason: err.Error()})
	return wire.Fatalf(wire.AdminShutdown, "terminating connection because its context could not be set")
}

// notification takes the org's prefix off the channel. A notification without it
// is for somebody else, and is dropped.
func (b *backend) notification(body []byte, bodyLen int) (wire.Action, []byte, error) {
	prefix := b.session.channelPrefix
	if prefix == "" {
		return wire.Pass, nil, nil
	}
	const pid = 4 // bytes in front of the channel
	if len(body) < pid || bodyLen > len(body) {
		return wire.Pass, nil, errUpstream("notification response")
	}
	rest, ok := bytes.CutPrefix(body[pid:], []byte(prefix))
	if !ok {
		return wire.Replace, nil, nil
	}
	b.replacement = wire.AppendHeader(b.replacement[:0], wire.MsgNotificationResponse, pid+len(rest))
	b.replacement = append(append(b.replacement, body[:pid]...), rest...)
	return wire.Replace, b.replacement, nil
}

// errorResponse recognises the errors of substitutes, and strips others.
func (b *backend) errorResponse(body []byte, bodyLen int) (wire.Action, []byte, error) {
	b.session.front.statements.failed.Store(true)
	if bodyLen > len(body) {
		body = cutFields(body)
	}
	var e pgproto3.ErrorResponse
	if err := e.Decode(body); err != nil {
		return wire.Pass, nil, errUpstream("error response")
	}
	b.session.audit.trail.failed(e.Code)
	if r := b.session.front.substitutes.Match(e.Message); r != nil {
		b.replacement = refusalError(wire.SeverityError, r).Append(b.replacement[:0])
		return wire.Replace, b.replacement, nil
	}
	b.session.opts.Metrics.UpstreamError(e.Code)
	b.session.audit.upstreamError(&e)
	if e.SeverityUnlocalized == wire.SeverityFatal || e.SeverityUnlocalized == "PANIC" {
		b.sawFatal = true
	}
	renamed := b.renames(&e)
	strip := !b.session.server.options().PassErrorDetails && e.Detail != "" && wire.IsIntegrityViolation(e.Code) && !b.ownDetail(&e)
	if !strip && !renamed && bodyLen == len(body) {
		return wire.Pass, nil, nil
	}
	if strip {
		e.Detail = ""
	}
	if e.Message == "" {
		e.Message = "error message of the database is too long"
	}
	replacement, err := e.Encode(b.replacement[:0])
	if err != nil {
		return wire.Pass, nil, errUpstream("error response")
	}
	b.replacement = replacement
	return wire.Replace, b.replacement, nil
}

// cutFields ends the fields of an ErrorResponse, of which body is the beginning,
// behind the last one that is whole.
func cutFields(body []byte) []byte {
	last := bytes.LastIndexByte(body, 0)
	return append(body[:last+1:last+1], 0)
}

// parameterStatus ends the session when a setting changes that was pinned: how
// SQL is read, or who runs it, would no longer be what the checks rely on.
func (b *backend) parameterStatus(body []byte) (wire.Action, []byte, error) {
	name, rest, ok := bytes.Cut(body, []byte{0})
	value, tail, ok2 := bytes.Cut(rest, []byte{0})
	if !ok || !ok2 || len(tail) != 0 {
		return wire.Pass, nil, errUpstream("parameter status")
	}
	b.session.lease.upstream.NoteParameter(string(name), string(value))
	if setting := b.watched.Differs(b.session.lease.upstream.Watched()); setting != "" {
		b.session.log.Error("a pinned setting changed in the upstream session", "setting", setting)
		b.session.audit.write(auditlog.ContextFailed{Reason: "setting " + setting + " changed"})
		return wire.Pass, nil, wire.Fatalf(wire.AdminShutdown, "terminating connection because a protected setting changed")
	}
	return wire.Pass, nil, nil
}

// errUpstream means that what Postgres sends cannot be understood.
func errUpstream(message string) error {
	return wire.Fatalf(wire.ConnectionFailure, "malformed %s message from upstream", message)
}
