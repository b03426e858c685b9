package proxy

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"sync"
	"time"

	"tenantproxy/internal/observe/auditlog"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// trailClasses are backendClasses where all that ends a message of the client's is
// looked at.
var trailClasses = func() wire.Classes {
	classes := backendClasses
	for _, msgType := range []byte{
		wire.MsgParseComplete, wire.MsgBindComplete, wire.MsgCloseComplete, wire.MsgRowDescription, wire.MsgNoData,
		wire.MsgCommandComplete, wire.MsgEmptyQueryResponse, wire.MsgPortalSuspended,
	} {
		classes[msgType] = wire.Inspect
	}
	return classes
}()

// The bounds of a trail. Messages past maxSent are such that Postgres will not answer:
// a client can send, in the middle of COPY, what is answered by an error that ends the
// COPY. Portals past maxPortals have no statement in the log, and texts past maxTexts
// bytes, for auditlog.Options.Literals, are left out.
const (
	maxSent    = 1 << 14
	maxPortals = 256
	maxTexts   = 4 << 20
	// spareSent is for how many messages room is kept when there are none.
	spareSent = 64
)

// ran is what the log calls a statement.
type ran struct {
	fingerprint, text string
	renews            bool // it stands for the setting of a new token
}

// ran is what the log calls the statement that was decided about; nil is not known.
func (a *sessionAudit) ran(d *rewrite.Decision) ran {
	if d == nil {
		return ran{}
	}
	text := a.text(d)
	if len(text) > auditlog.MaxSQL {
		text = strings.Clone(text[:auditlog.MaxSQL+1]) // so that it is seen to be cut
	}
	return ran{d.Fingerprint(), text, d.Text == tokenTaken}
}

// trail finds what becomes of a session's statements: it keeps what was sent, in order,
// until it is answered. Each Query and Execute that Postgres gets is recorded once,
// also if no answer is found for it: whoever misuses the protocol can at the most have
// rows and times of one statement of its own recorded with another.
//
// What others call may be called on nil. The messages are noted by the goroutine that reads
// from the client, the answers by the upstream connection's reader.
type trail struct {
	session *session
	portals map[string]ran // the client's reader's

	mu    sync.Mutex
	texts int           // bytes of the texts in sent
	sent  []sentMessage // sent[next:] are not answered yet
	next  int
	// What the answers so far say of the first of them.
	rows, commands uint64
	command        string
	sqlstate       string
	skipping       bool // to the next Sync, behind an error

	due []auditlog.StatementExecuted // to be recorded; the upstream reader's
}

// sentMessage is a message that Postgres has to answer.
type sentMessage struct {
	kind    byte
	quiet   bool // it is no statement of the client's that may run
	refused bool // it is the substitute of one
	ran     ran
	maxRows uint32 // of an Execute; 0: all
	at      time.Time
}

func (m *sentMessage) isStatement() bool {
	return !m.quiet && (m.kind == wire.MsgQuery || m.kind == wire.MsgExecute)
}

func (t *trail) push(m sentMessage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next == len(t.sent) {
		if t.sent, t.next = t.sent[:0], 0; cap(t.sent) > spareSent {
			t.sent = nil
		}
	} else if t.next > spareSent && t.next > len(t.sent)/2 {
		t.sent, t.next = append(t.sent[:0], t.sent[t.next:]...), 0
	}
	if len(t.sent)-t.next == maxSent {
		if first := t.pop(); first.isStatement() {
			t.session.audit.note(t.executed(first, auditlog.OutcomeUnanswered))
		}
	}
	if t.texts += len(m.ran.text); t.texts > maxTexts {
		t.texts -= len(m.ran.text)
		m.ran.text = ""
	}
	t.sent = append(t.sent, m)
}

// query notes a Query; one without a decision stands for the setting of a new token.
func (t *trail) query(m *auditedMessage) {
	if t != nil {
		d := m.decision()
		t.push(sentMessage{kind: wire.MsgQuery, ran: t.session.audit.ran(d), quiet: d == nil, at: time.Now()})
	}
}

// substitute notes a substitute, which is a Query or a Parse.
func (t *trail) substitute(kind byte) {
	if t != nil {
		t.push(sentMessage{kind: kind, quiet: true, refused: true})
	}
}

// other notes a message that runs nothing.
func (t *trail) other(kind byte) {
	if t != nil {
		t.push(sentMessage{kind: kind, quiet: true})
	}
}

// bind notes a Bind, which begins with the name of a portal, of a statement.
func (t *trail) bind(body []byte, m *auditedMessage) {
	if t == nil {
		return
	}
	portal, _, _ := bytes.Cut(body, []byte{0})
	portal = cutName(portal)
	if t.portals == nil {
		t.portals = make(map[string]ran)
	}
	if _, known := t.portals[string(portal)]; known || len(t.portals) < maxPortals {
		t.portals[string(portal)] = t.session.audit.ran(m.decision())
	}
	t.push(sentMessage{kind: wire.MsgBind, quiet: true})
}

// execute notes an Execute: a portal, and how many rows it may give at the most.
func (t *trail) execute(body []byte) {
	if t == nil {
		return
	}
	m := sentMessage{kind: wire.MsgExecute, at: time.Now()}
	if portal, rest, ok := bytes.Cut(body, []byte{0}); ok {
		m.ran = t.portals[string(cutName(portal))]
		if len(rest) == 4 {
			m.maxRows = binary.BigEndian.Uint32(rest)
		}
	}
	m.quiet = m.ran.renews
	t.push(m)
}

// pop takes the first message. mu is held.
func (t *trail) pop() sentMessage {
	m := t.sent[t.next]
	t.texts -= len(m.ran.text)
	t.sent[t.next].ran = ran{}
	t.next++
	return m
}

// first gives the first message, nil if there is none. mu is held.
func (t *trail) first() *sentMessage {
	if t.next == len(t.sent) {
		return nil
	}
	return &t.sent[t.next]
}

// answer takes a message of Postgres's, but for errors.
func (t *trail) answer(msgType byte, body []byte) {
	if t == nil {
		return
	}
	t.mu.Lock()
	switch msgType {
	case wire.MsgParseComplete:
		t.answers(wire.MsgParse)
	case wire.MsgBindComplete:
		t.answers(wire.MsgBind)
	case wire.MsgCloseComplete:
		t.answers(wire.MsgClose)
	case wire.MsgRowDescription, wire.MsgNoData:
		t.answers(wire.MsgDescribe)
	case wire.MsgCommandComplete, wire.MsgEmptyQueryResponse, wire.MsgPortalSuspended:
		t.result(msgType, body)
	case wire.MsgReadyForQuery:
		t.ready()
	}
	t.mu.Unlock()
	t.record()
}

// answers takes the first message off if it is of the kind. mu is held.
func (t *trail) answers(kind byte) {
	if m := t.first(); m != nil && m.kind == kind {
		t.pop()
	}
}

// result takes the end of one statement. A Sync in front of it was swallowed by a COPY
// (CopyGetData in commands/copyfromparse.c). mu is held.
func (t *trail) result(msgType byte, body []byte) {
	m := t.first()
	for m != nil && m.kind != wire.MsgQuery && m.kind != wire.MsgExecute {
		t.pop()
		m = t.first()
	}
	if m == nil {
		return
	}
	outcome := auditlog.OutcomeOK
	switch msgType {
	case wire.MsgCommandComplete:
		command, rows := commandTag(body)
		t.command, t.rows, t.commands = command, t.rows+rows, t.commands+1
	case wire.MsgPortalSuspended: // it has given as many as it was asked for
		outcome, t.rows = auditlog.OutcomeSuspended, uint64(m.maxRows)
	}
	if m.kind == wire.MsgExecute {
		t.ends(t.pop(), outcome)
	}
}

// failed takes an error: that of the first message, and in the extended protocol of
// all up to the next Sync. One that comes for the Sync itself is of the commit.
func (t *trail) failed(sqlstate string) {
	if t == nil {
		return
	}
	t.mu.Lock()
	if m := t.first(); m != nil && !t.skipping {
		t.sqlstate = sqlstate
		switch m.kind {
		case wire.MsgQuery: // ReadyForQuery follows
		case wire.MsgSync:
			t.command = "COMMIT"
			t.ends(sentMessage{kind: wire.MsgExecute, at: time.Now()}, auditlog.OutcomeFailed)
		case wire.MsgExecute:
			t.ends(t.pop(), auditlog.OutcomeFailed)
			t.skipping = true
		default: // a statement behind it is recorded with the error that kept it from running
			t.skipping = true
			if m.refused {
				t.sqlstate = ""
			}
		}
	}
	t.mu.Unlock()
	t.record()
}

// ready takes a ReadyForQuery. mu is held.
func (t *trail) ready() {
	for t.first() != nil {
		m := t.pop()
		switch {
		case m.kind == wire.MsgSync:
			t.skipping, t.sqlstate = false, ""
			return
		case m.kind == wire.MsgQuery && !t.skipping:
			t.ends(m, auditlog.OutcomeOK)
			return
		default: // Postgres skips a Query too
			t.ends(m, auditlog.OutcomeSkipped)
		}
	}
	t.skipping, t.sqlstate = false, ""
}

// ends has what became of m recorded, if it is a statement. mu is held.
func (t *trail) ends(m sentMessage, outcome string) {
	if t.sqlstate != "" && outcome == auditlog.OutcomeOK {
		outcome = auditlog.OutcomeFailed
	}
	if m.isStatement() {
		t.due = append(t.due, t.executed(m, outcome))
	} else if outcome == auditlog.OutcomeSkipped {
		return // the error is for the first statement behind it
	}
	t.rows, t.commands, t.command, t.sqlstate = 0, 0, "", ""
}

func (t *trail) executed(m sentMessage, outcome string) auditlog.StatementExecuted {
	return auditlog.StatementExecuted{
		Outcome: outcome, Command: t.command, Rows: t.rows, Statements: t.commands,
		Duration: time.Since(m.at), SQLSTATE: t.sqlstate, Fingerprint: m.ran.fingerprint, Text: m.ran.text,
	}
}

// record writes what is due. It may wait for room in the log, so mu is not held.
func (t *trail) record() {
	for i := range t.due {
		t.session.audit.write(t.due[i])
		t.due[i] = auditlog.StatementExecuted{}
	}
	t.due = t.due[:0]
}

// end records the statements that had no answer, when there will be none.
func (t *trail) end() {
	if t == nil {
		return
	}
	t.mu.Lock()
	for t.first() != nil {
		t.ends(t.pop(), auditlog.OutcomeUnanswered)
	}
	t.mu.Unlock()
	t.record()
}

// commandTag takes the body of a CommandComplete apart (manual, "Message Formats"):
// SELECT 5, INSERT 0 5, CREATE TABLE.
func commandTag(body []byte) (command string, rows uint64) {
	tag := bytes.TrimSuffix(body, []byte{0})
	if i := bytes.LastIndexByte(tag, ' '); i >= 0 {
		n, err := strconv.ParseUint(string(tag[i+1:]), 10, 64)
		if err == nil {
			tag, rows = bytes.TrimSuffix(tag[:i], []byte(" 0")), n // INSERT once had an OID there
		}
	}
	switch string(tag) { // the frequent ones cost no allocation
	case "SELECT":
		return "SELECT", rows
	case "INSERT":
		return "INSERT", rows
	case "UPDATE":
		return "UPDATE", rows
	case "DELETE":
		return "DELETE", rows
	case "BEGIN":
		return "BEGIN", rows
	case "COMMIT":
		return "COMMIT", rows
	}
	return string(tag), rows
}
