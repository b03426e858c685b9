package proxy

import (
	"context"
	"sync/atomic"
	"time"

	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// frontendClasses are the messages that a client may send after login (manual,
// "Message Formats"). Everything else, password messages among it, ends the session.
var frontendClasses = wire.Classes{
	wire.MsgQuery:        wire.Inspect,
	wire.MsgParse:        wire.Inspect,
	wire.MsgBind:         wire.Inspect,
	wire.MsgClose:        wire.Inspect,
	wire.MsgSync:         wire.Inspect,
	wire.MsgFunctionCall: wire.Inspect,
	wire.MsgTerminate:    wire.Inspect,
	wire.MsgDescribe:     wire.Inspect,
	wire.MsgExecute:      wire.Inspect,
	wire.MsgFlush:        wire.Forward,
	wire.MsgCopyData:     wire.Forward,
	wire.MsgCopyDone:     wire.Inspect,
	wire.MsgCopyFail:     wire.Inspect,
}

const (
	// maxParseExtra is what a Parse may have besides its SQL: a name and the
	// types of 65,535 parameters, in bytes.
	maxParseExtra = 4<<10 + 2 + 4*65535
	// maxNames bounds the two names that a Bind begins with, in bytes.
	maxNames = 4 << 10
	// refreshTimeout bounds how long a statement waits for the catalog to be
	// read again on its behalf.
	refreshTimeout = 5 * time.Second
	// substituteName is the prepared statement that the substitute of a Bind, or
	// of a Parse with a name, would have. It never comes to be, and leaves the
	// unnamed one alone.
	substituteName = "tenantproxy_refused"
)

// frontend takes what the client sends to the upstream: statements are checked,
// and forwarded or substituted. It belongs to the goroutine that reads from
// the client.
type frontend struct {
	session     *session
	scanner     wire.Scanner
	statements  statements
	temps       tempTables
	substitutes *rewrite.Substitutes
	context     reapply
	settings    settings
	names       *protocolNames // unless nil, the session is in transaction mode
	copyIn      copyIn
	others      bool            // messages were sent in this cycle since the last that names waits for
	fails       bool            // something that was sent in this cycle is sure to be answered by an error
	checks      uint8           // counts texts that were decided about; wraps
	skipping    bool            // to the next Sync, since there was no connection
	again       bool            // the current message was asked for again
	shownAgain  bool            // and this is the second time
	replacement []byte          // reused from one to the next
	checked     rewrite.Decided // of the text in the current message
	audit       auditedMessage  // the current message
	terminated  bool            // Terminate was seen
	forwarded   bool            // and sent on
	// left tells that the client has said goodbye, told that so was Postgres.
	left, told bool
	// leaving tells that the client has said goodbye, and that the upstream's
	// end is the answer to it.
	leaving atomic.Bool
}

func (f *frontend) init(s *session) {
	f.session = s
	f.substitutes = rewrite.NewSubstitutes()
	f.scanner = wire.Scanner{
		MaxBody: s.server.options().MaxMessageBytes,
		Classes: &frontendClasses,
		Handler: f,
	}
}

// mayBlock is for what follows in the client's Burst.
func (f *frontend) mayBlock() { f.session.client.MayBlock() }

// Send implements wire.Handler: it sends to the connection that the session has now.
func (f *frontend) Send(p []byte) error {
	return forward(f.session.lease.upstream.Stream, f.session.client, p)
}

// Burst implements wire.Receiver: it handles what one read from the client brought.
func (f *frontend) Burst(buf []byte, n int) error {
	f.session.lease.enter()
	defer f.session.lease.leave(false)
	f.session.counts.Received(n)
	if err := f.scanner.Burst(buf, n); err != nil {
		return err
	}
	if f.terminated {
		return errTerminated
	}
	return nil
}

// Need implements wire.Handler: statements are decided when they are whole,
// Bind and Close by the names that they begin with.
func (f *frontend) Need(msgType byte, bodyLen int) int {
	switch msgType {
	case wire.MsgQuery:
		if bodyLen > f.session.server.options().MaxSQLBytes+1 {
			return 0 // refused by its length, without reading it
		}
		return bodyLen
	case wire.MsgParse:
		if bodyLen > f.session.server.options().MaxSQLBytes+maxParseExtra {
			return maxNames // refused by its length, and the name
		}
		return bodyLen
	case wire.MsgBind, wire.MsgClose:
		return min(bodyLen, maxNames)
	case wire.MsgDescribe:
		if f.names != nil {
			return min(bodyLen, maxNames)
		}
		return 0
	case wire.MsgExecute:
		if f.session.audit.trail != nil || len(f.copyIn.portals) > 0 {
			return min(bodyLen, maxNames)
		}
		return 0
	default:
		return 0
	}
}

// Frame implements wire.Handler.
func (f *frontend) Frame(msgType byte, body []byte, bodyLen int) (wire.Action, []byte, error) {
	f.shownAgain, f.again = f.again, false
	if f.session.lease.upstream == nil {
		if err := f.unheld(msgType); err != nil || f.session.lease.upstream == nil {
			return wire.Replace, nil, err
		}
	}
	if f.copyIn.asked || f.copyIn.takes {
		if action, err := f.duringCopy(msgType); action != wire.Pass || err != nil {
			return action, nil, err
		}
	}
	rules := f.session.decider.rules()
	if rules != f.temps.rules {
		f.mayBlock() // all that was prepared is decided again
	}
	if err := f.temps.hide(rules); err != nil {
		return wire.Pass, nil, err
	}
	if action, err := f.before(msgType); action == wire.Again || err != nil {
		return action, nil, err
	}
	if f.names != nil && (msgType == wire.MsgQuery || msgType == wire.MsgFunctionCall) && f.statements.cycles.open.Load() {
		// How many ReadyForQuery will come depends on what fails.
		return wire.Pass, nil, wire.Fatalf(wire.ProtocolViolation, "a pipeline has to end with a Sync before a simple query")
	}
	action, replacement, err := f.handle(msgType, body, bodyLen)
	if action != wire.Again && err == nil {
		f.session.audit.sent(msgType, body, &f.audit)
	}
	f.checked, f.audit = rewrite.Decided{}, auditedMessage{} // body is another's from here on
	return action, replacement, err
}

// handle tells what becomes of a message, for which there is a connection.
func (f *frontend) handle(msgType byte, body []byte, bodyLen int) (wire.Action, []byte, error) {
	switch msgType {
	case wire.MsgQuery:
		return f.query(body, bodyLen)
	case wire.MsgParse:
		return f.parse(body, bodyLen)
	case wire.MsgBind:
		action, replacement, err := f.bind(body, bodyLen)
		f.others = true
		return action, replacement, err
	case wire.MsgClose:
		return f.close(body, bodyLen)
	case wire.MsgFunctionCall:
		// The fast path calls any function by its OID, past all SQL.
		refusal := rewrite.Refuse(rewrite.RuleFunctionCall,
			"the function call message is not allowed", "Call the function in a SELECT.")
		return f.refuseQuery(refusal)
	case wire.MsgDescribe:
		if f.names != nil && bodyLen > 1 && body[0] == 'S' {
			action, replacement, err := f.describe(body, bodyLen)
			f.others = true
			return action, replacement, err
		}
		f.others = true
		f.statements.cycles.begin()
	case wire.MsgExecute:
		if refusal := f.session.unaudited(); refusal != nil {
			return f.refuseParse(substituteName, refusal)
		}
		if again, err := f.executes(body); again || err != nil {
			return wire.Again, nil, err
		}
		f.others = true
		f.session.counts.Execute()
		f.statements.cycles.begin()
	case wire.MsgSync:
		f.endCycle()
	case wire.MsgTerminate:
		f.terminated = true
		if f.session.canHandBack() {
			return wire.Replace, nil, nil // Postgres is not to end: another session goes on with it
		}
		f.forwarded = true
		f.leaving.Store(true) // Postgres may close before the client's reader ends
	}
	return wire.Pass, nil, nil
}

// endCycle notes a message that is answered by ReadyForQuery.
func (f *frontend) endCycle() {
	f.others, f.fails = false, false
	f.context.endCycle()
	f.statements.cycles.end()
}

// query decides about a simple Query.
func (f *frontend) query(body []byte, bodyLen int) (wire.Action, []byte, error) {
	if bodyLen > f.session.server.options().MaxSQLBytes+1 {
		return f.refuseQuery(f.tooLong())
	}
	if bodyLen == 0 || body[bodyLen-1] != 0 {
		return wire.Pass, nil, errMalformed("query")
	}
	sql := body[:bodyLen-1]
	token, renews := rewrite.NewToken(sql)
	if renews {
		sql = []byte(tokenTaken)
	}
	rules, d, refusal := f.check(sql)
	if refusal != nil {
		return f.refuseQuery(refusal)
	}
	if f.context.boundReset {
		return f.refuseQuery(resetUnavailable())
	}
	if refusal := f.resetRefusal(d.Verdict); refusal != nil {
		return f.refuseQuery(refusal)
	}
	if len(f.ownSettings(d.Resets)) > 0 { // whether it begins in a transaction is to be known
		if again := f.flushed(); again {
			return wire.Again, nil, nil
		}
		if err := f.settle(); err != nil {
			return wire.Pass, nil, err
		}
	}
	if renews {
		f.audit.renews() // the decision is about what stands for the statement
		action, refusal, err := f.renew(token)
		if refusal != nil {
			return f.refuseQuery(refusal)
		}
		if action == wire.Again || err != nil {
			return action, nil, err
		}
	}
	f.session.counts.Query()
	f.passes(d)
	f.note(rules, d)
	f.context.lost = f.context.lost || f.losesContext(d.Resets)
	if string(sql) != tokenTaken {
		f.follow(d.Verdict)
	}
	edited := renews || f.edits(d.Verdict)
	if edited {
		f.replacement = wire.AppendQuery(f.replacement[:0], f.sent(d.Decision()))
	}
	if f.names != nil {
		f.dropUnnamed()
		f.deallocates(d.Verdict, true)
	}
	f.endCycle()
	if edited {
		return wire.Replace, f.replacement, nil
	}
	return wire.Pass, nil, nil
}

// check decides about one text. A relation that is not known may be newer than
// the catalog's snapshot, so that is read once more first, unless it is one of the
// session's temporary tables. The Decided is good for as long as sql, and until the next
// check.
func (f *frontend) check(sql []byte) (*rules, *rewrite.Decided, *rewrite.Refusal) {
	if refusal := f.session.unaudited(); refusal != nil {
		return nil, nil, refusal
	}
	decider := f.session.decider
	rules := decider.rules()
	d := &f.checked
	*d = f.decide(rules, sql)
	if d.UnknownRelation && (!d.Allowed || len(d.Reported) > 0 || f.temps.missing(d.Verdict)) {
		f.mayBlock()
		ctx, cancel := context.WithTimeout(f.session.ctx, refreshTimeout)
		err := decider.refresh(ctx)
		cancel()
		if err != nil {
			f.session.often.Warn("catalog refresh failed", "error", err)
		} else {
			rules = decider.rules()
			*d = f.decide(rules, sql)
		}
	}
	f.audit.checked = d
	if !d.Allowed || f.temps.missing(d.Verdict) {
		return rules, d, &d.Refusal
	}
	if refusal := f.temps.refusal(d.Verdict); refusal != nil {
		return rules, d, refusal
	}
	if refusal := f.sequenceRefusal(d.Verdict); refusal != nil {
		return rules, d, refusal
	}
	if refusal := f.nameRefusal(d.Verdict); refusal != nil {
		return rules, d, refusal
	}
	for _, name := range d.Executes {
		if refusal := f.statements.refusal(f.statements.find(rules, []byte(name))); refusal != nil {
			return rules, d, refusal
		}
	}
	return rules, d, nil
}

// resetsContext tells whether a statement takes away something of the context.
func (f *frontend) resetsContext(v *rewrite.Verdict) bool { return f.losesContext(v.Resets) }

// passes notes what an allowed text makes, and what enforce mode would refuse of it.
func (f *frontend) passes(d *rewrite.Decided) {
	f.keep(d.Verdict)
	f.session.report(d.Reported)
	f.temps.note(d.CreatesTemp)
	for _, name := range d.Executes {
		f.session.report(f.statements.reported(f.statements.get([]byte(name))))
	}
}

// note keeps the table of prepared statements in step with what an allowed Query does.
func (f *frontend) note(r *rules, d *rewrite.Decided) {
	f.notePrepares(r, d, false)
	for _, name := range d.Deallocates {
		f.statements.close([]byte(name))
	}
	if d.DeallocatesAll {
		f.statements.closeAll()
	}
}

// notePrepares adds the names that a text prepares, or may prepare.
func (f *frontend) notePrepares(r *rules, d *rewrite.Decided, maybe bool) {
	for _, name := range d.Prepares {
		f.statements.prepare(r, []byte(name), d.Decision(), maybe)
	}
}
