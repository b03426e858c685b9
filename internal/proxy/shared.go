package proxy

import (
	"bytes"
	"errors"

	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// In transaction mode the prepared statements of the protocol go with the session from
// one upstream connection to the next. A statement with a name has another one
// upstream, made of its text and parameter types: sessions that prepare the same share
// it on each connection. Before a Bind or Describe where the connection does not have
// it, a Parse is put in, whose error is the client's answer to the Bind. A Parse of the
// client's is always sent, so that Postgres says what it has to say about it. The
// unnamed statement is prepared again likewise, if the connection may have another one.
//
// A name that SQL knows, by PREPARE, is the connection's own, to which the session is
// pinned; so is one that there is no more room for here.

// sent is the text of d as it is sent.
func (f *frontend) sent(d *rewrite.Decision) string {
	switch {
	case d.Edited():
		return d.Rewritten(f.session.channelPrefix)
	case f.deallocatesShared(d.Verdict):
		return "DEALLOCATE ALL"
	}
	return d.Text
}

// edits tells whether a text is sent otherwise than it was written.
func (f *frontend) edits(v *rewrite.Verdict) bool { return v.Edited() || f.deallocatesShared(v) }

// deallocatesShared tells of a DEALLOCATE of a statement that is shared: the connection
// is to forget all of them, and they are prepared again where they are needed.
func (f *frontend) deallocatesShared(v *rewrite.Verdict) bool {
	return f.names != nil && len(v.Deallocates) == 1 && f.names.has([]byte(v.Deallocates[0]))
}

// keepsName tells of a name that is the same upstream.
func (f *frontend) keepsName(name []byte) bool {
	return len(name) > 0 && f.statements.get(name) != nil
}

// fullOf tells that no more statements are remembered. Those that come then are the
// connection's own.
func (f *frontend) fullOf(name []byte) bool {
	if len(name) == 0 || isProxyName(name) || !f.names.full() || f.names.has(cutName(name)) {
		return false
	}
	f.session.lease.pinned.Store(true)
	return true
}

// find tells what the client means by a name; toRun tells that it uses the statement. With
// again, the message is to be shown again.
func (f *frontend) find(name []byte, toRun bool) (t *preparedText, doubted, again bool, err error) {
	name = cutName(name)
	t, doubted, known := f.names.find(name, f.statements.cycles.sent.Load(), toRun)
	if known {
		return t, doubted, false, nil
	}
	if f.flushed() {
		return nil, false, true, nil
	}
	if err := f.settle(); err != nil {
		return nil, false, false, err
	}
	t, doubted, _ = f.names.find(name, f.statements.cycles.sent.Load(), toRun)
	return t, doubted, false, nil
}

// findToRun is find for a message that uses the statement. inPlace tells that whatever
// there is of it is on the connection already.
func (f *frontend) findToRun(name []byte) (t *preparedText, inPlace, again bool, err error) {
	t, doubted, again, err := f.find(name, true)
	if doubted && len(name) == 0 {
		if !f.names.isUnnamed(f.session.lease.upstream.Prepared.Unnamed()) {
			return nil, false, again, err // it went with the connection
		}
		inPlace = true
	}
	return t, inPlace, again, err
}

// push notes that a message is about to be sent whose answer protocolNames waits for.
func (f *frontend) push(r reply) {
	f.names.push(f.next(r))
}

// next gives a reply its place among the messages of the cycle.
func (f *frontend) next(r reply) reply {
	r.first, r.skipped = !f.others, f.fails
	f.others = false
	return r
}

// expect notes that a message is about to be sent whose answer changes no name.
func (f *frontend) expect(msgType byte) {
	if f.names != nil {
		f.push(reply{msgType: msgType, cycle: f.statements.cycles.sent.Load()})
	}
}

// parseShared sends what the client prepares, which r has let through by d. types are
// copied.
func (f *frontend) parseShared(name []byte, sql string, types []byte, r *rules, d *rewrite.Decision, edited bool) (wire.Action, []byte, error) {
	confirmation := reply{msgType: wire.MsgParseComplete, cycle: f.statements.cycles.sent.Load()}
	if len(name) == 0 {
		t := f.names.pushUnnamed(f.next(confirmation), sql, types, r, d)
		f.sends(t)
		f.session.lease.upstream.Prepared.SetUnnamed(nil) // until it is confirmed
		if !edited {
			return wire.Pass, nil, nil
		}
		f.replacement = t.append(f.replacement[:0])
		return wire.Replace, f.replacement, nil
	}
	t := newPreparedText(true, sql, bytes.Clone(types), r, d)
	dst := f.makeRoom(f.replacement[:0], t)
	f.sends(t)
	confirmation.entry, confirmation.statement, confirmation.upstream = f.names.entry(cutName(name)), t, t.name
	f.push(confirmation)
	f.replacement = t.append(dst)
	return wire.Replace, f.replacement, nil
}

// parseTaken sends a Parse whose name the client has in use, for old: by a name that is
// in use upstream, so that Postgres finds all that is wrong with it.
func (f *frontend) parseTaken(old *preparedText, sql string, types []byte) (wire.Action, []byte, error) {
	f.statements.cycles.begin()
	dst := f.prepares(f.replacement[:0], old)
	f.fails = true
	f.replacement = wire.AppendTypedParse(dst, old.name, sql, types)
	return wire.Replace, f.replacement, nil
}

// makeRoom appends what closes the statement of t's name, if there is one, and those
// for which there is no room any more.
func (f *frontend) makeRoom(dst []byte, t *preparedText) []byte {
	if t.name == "" {
		return dst
	}
	prepared := &f.session.lease.upstream.Prepared
	for _, name := range prepared.MakeRoom() {
		dst = f.closes(dst, name, true)
	}
	return f.closes(dst, t.name, prepared.Remove(t.name))
}

// closes appends a Close of the proxy's own. there tells that there is such a statement.
func (f *frontend) closes(dst []byte, name string, there bool) []byte {
	f.push(reply{
		msgType: wire.MsgCloseComplete, cycle: f.statements.cycles.sent.Load(), swallow: true, upstream: name, there: there,
	})
	return appendNamed(dst, &pgproto3.Close{ObjectType: 'S', Name: name})
}

// appendNamed appends a message of a name.
func appendNamed(dst []byte, m pgproto3.FrontendMessage) []byte {
	dst, err := m.Encode(dst)
	if err != nil {
		panic(err) // only for messages over a gigabyte
	}
	return dst
}

// sends notes that t is sent now.
func (f *frontend) sends(t *preparedText) {
	t.sent, t.sentOn = f.statements.cycles.sent.Load()+1, f.session.lease.upstream
}

// prepares appends what prepares t where the connection may not have it.
func (f *frontend) prepares(dst []byte, t *preparedText) []byte {
	upstream := f.session.lease.upstream
	switch {
	case t.sent == f.statements.cycles.sent.Load()+1 && t.sentOn == upstream:
		return dst // in this cycle: if that fails, so does what needs it
	case t.name == "" && upstream.Prepared.Unnamed() == t, t.name != "" && upstream.Prepared.Has(t.name):
		return dst
	}
	dst = f.makeRoom(dst, t)
	f.sends(t)
	r := reply{msgType: wire.MsgParseComplete, cycle: f.statements.cycles.sent.Load(), swallow: true, upstream: t.name}
	if t.name == "" {
		upstream.Prepared.SetUnnamed(nil)
		r.unnamed = t
	}
	f.push(r)
	return t.append(dst)
}

// bindShared lets a statement run, as bind does.
func (f *frontend) bindShared(portal, name []byte, bodyLen int) (wire.Action, []byte, error) {
	t, inPlace, again, err := f.findToRun(name)
	switch {
	case again || err != nil:
		return wire.Again, nil, err
	case t == nil && isProxyName(name):
		return f.refuseParse(substituteName, undefinedStatement(cutName(name)))
	case t == nil:
		action, replacement, err := f.bindContext(false)
		if action != wire.Pass || err != nil || len(name) > 0 {
			return action, replacement, err
		}
		return f.behind(f.closes(f.replacement[:0], "", false), wire.MsgBind, bodyLen)
	}
	refusal := t.refused(f.session.decider.rules())
	f.audit.bound = t.decision
	if refusal != nil {
		return f.refuseParse(substituteName, refusal)
	}
	action, replacement, err := f.bindContext(f.resetsContext(t.decision.Verdict))
	if action != wire.Pass || err != nil {
		return action, replacement, err
	}
	if err := f.binds(portal, t.decision.CopiesIn); err != nil {
		return wire.Pass, nil, err
	}
	f.keep(t.decision.Verdict)
	f.followBound(t.decision)
	if t.again {
		f.session.report(t.decision.Reported)
	}
	dst := f.replacement[:0]
	if !inPlace {
		dst = f.prepares(dst, t)
	}
	f.deallocates(t.decision.Verdict, false)
	if t.name == "" {
		if len(dst) == 0 {
			return wire.Pass, nil, nil
		}
		return f.behind(dst, wire.MsgBind, bodyLen)
	}
	head := len(portal) + 1 + len(name) + 1
	dst = wire.AppendHeader(dst, wire.MsgBind, bodyLen-len(name)+len(t.name))
	dst = append(append(dst, portal...), 0)
	dst = append(append(dst, t.name...), 0)
	f.scanner.Head = head
	f.replacement = dst
	return wire.ReplaceHead, dst, nil
}

// behind sends the current message as it is, behind dst.
func (f *frontend) behind(dst []byte, msgType byte, bodyLen int) (wire.Action, []byte, error) {
	f.replacement = wire.AppendHeader(dst, msgType, bodyLen)
	f.scanner.Head = 0
	return wire.ReplaceHead, f.replacement, nil
}

// describe passes on a Describe of a statement.
func (f *frontend) describe(body []byte, bodyLen int) (wire.Action, []byte, error) {
	if bodyLen > len(body) || body[bodyLen-1] != 0 {
		return wire.Pass, nil, errMalformed("describe")
	}
	name := body[1 : bodyLen-1]
	if f.keepsName(name) {
		f.statements.cycles.begin()
		return wire.Pass, nil, nil
	}
	t, inPlace, again, err := f.findToRun(name)
	switch {
	case again || err != nil:
		return wire.Again, nil, err
	case t == nil && isProxyName(name):
		return f.refuseParse(substituteName, undefinedStatement(cutName(name)))
	}
	f.statements.cycles.begin()
	switch {
	case t != nil:
		refusal := t.refused(f.session.decider.rules())
		f.audit.bound = t.decision
		if refusal != nil {
			return f.refuseParse(substituteName, refusal)
		}
		dst := f.replacement[:0]
		if !inPlace {
			dst = f.prepares(dst, t)
		}
		f.replacement = appendNamed(dst, &pgproto3.Describe{ObjectType: 'S', Name: t.name})
		return wire.Replace, f.replacement, nil
	case len(name) == 0:
		return f.behind(f.closes(f.replacement[:0], "", false), wire.MsgDescribe, bodyLen)
	}
	return wire.Pass, nil, nil
}

// closeShared takes a statement away from the client. Upstream it stays, for others: a
// Close of a name that there is not gives the answer.
func (f *frontend) closeShared(name []byte) (wire.Action, []byte, error) {
	r := reply{msgType: wire.MsgCloseComplete, cycle: f.statements.cycles.sent.Load()}
	if f.names.has(cutName(name)) {
		r.entry = f.names.entry(cutName(name))
	}
	if len(name) == 0 {
		f.session.lease.upstream.Prepared.SetUnnamed(nil)
	}
	f.push(r)
	if isProxyName(name) {
		f.replacement = appendNamed(f.replacement[:0], &pgproto3.Close{ObjectType: 'S', Name: substituteName})
		return wire.Replace, f.replacement, nil
	}
	return wire.Pass, nil, nil
}

// dropUnnamed notes that a Query is sent, or a Parse that is refused.
func (f *frontend) dropUnnamed() {
	f.names.dropUnnamed()
	f.session.lease.upstream.Prepared.SetUnnamed(nil)
}

// deallocates notes what a text that is about to run takes away of the client's
// statements; simple tells that it is a Query.
func (f *frontend) deallocates(v *rewrite.Verdict, simple bool) {
	r := reply{cycle: f.statements.cycles.sent.Load(), all: v.DeallocatesAll, alone: simple && v.Alone}
	if f.deallocatesShared(v) {
		r.entry = f.names.entry([]byte(v.Deallocates[0]))
	}
	if r.all || r.entry != nil {
		f.push(r)
	}
}

// nameRefusal says why a text may not name what it does: a statement that is shared
// goes by another name upstream, but for a DEALLOCATE by itself.
func (f *frontend) nameRefusal(v *rewrite.Verdict) *rewrite.Refusal {
	if f.names == nil {
		return nil
	}
	for i, names := range [][]string{v.Executes, v.Prepares, v.Deallocates} {
		for _, name := range names {
			shared := f.names.has([]byte(name)) && (i < 2 || !v.Alone)
			if shared || isProxyName(name) {
				return rewrite.Refuse(rewrite.RulePreparedName, `prepared statement "`+name+`" cannot be named in SQL`,
					"Use it by the protocol, or prepare it by PREPARE. pool.mode is transaction.")
			}
		}
	}
	return nil
}

// completes takes a ParseComplete or CloseComplete.
func (b *backend) completes(msgType byte) (wire.Action, []byte, error) {
	names := b.session.front.names
	if names == nil {
		return wire.Pass, nil, nil
	}
	swallow, due := names.answered(msgType, &b.session.lease.upstream.Prepared)
	if !due {
		return wire.Pass, nil, b.contextLost(errors.New("an answer that was not due"))
	}
	if swallow {
		return wire.Replace, nil, nil
	}
	return wire.Pass, nil, nil
}

// endNames takes the end of a cycle.
func (b *backend) endNames() {
	if names := b.session.front.names; names != nil {
		names.ended(b.session.front.statements.cycles.answered.Load(), b.failed.Load(), &b.session.lease.upstream.Prepared)
	}
	failed := b.failed.Load()
	if b.lastFailed.Load() != failed {
		b.lastFailed.Store(failed)
	}
	if failed {
		b.failed.Store(false)
	}
}

// renames has an error speak of a statement by the client's name.
func (b *backend) renames(e *pgproto3.ErrorResponse) bool {
	names := b.session.front.names
	if names == nil {
		return false
	}
	if e.Code == wire.UndefinedStatement {
		b.session.lease.upstream.Prepared.Clear() // a function may have dropped them
	}
	before := e.Message
	e.Message = names.inClientsWords(before)
	return e.Message != before
}
