package proxy

import (
	"bytes"
	"encoding/binary"

	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// parse decides about a Parse: name, SQL, and the types of its parameters.
func (f *frontend) parse(body []byte, bodyLen int) (wire.Action, []byte, error) {
	name, rest, ok := bytes.Cut(body, []byte{0})
	if !ok {
		return wire.Pass, nil, errMalformed("parse")
	}
	substitute := substituteName
	if len(name) == 0 {
		// Postgres drops the unnamed statement before it reads the new one
		// (exec_parse_message in tcop/postgres.c).
		substitute = ""
	}
	if bodyLen > f.session.server.options().MaxSQLBytes+maxParseExtra {
		return f.refuseParse(substitute, f.tooLong())
	}
	sql, types, ok := bytes.Cut(rest, []byte{0})
	if !ok || len(types) < 2 || len(types) != 2+4*int(binary.BigEndian.Uint16(types)) {
		return wire.Pass, nil, errMalformed("parse")
	}
	token, renews := rewrite.NewToken(sql)
	if renews {
		sql = []byte(tokenTaken)
	}
	rules, d, refusal := f.check(sql)
	if refusal == nil {
		refusal = rules.refusesTypes(types)
	}
	if refusal != nil {
		return f.refuseParse(substitute, refusal)
	}
	shared := f.names != nil && !f.keepsName(name) && !f.fullOf(name)
	if shared && len(name) > 0 {
		old, doubted, again, err := f.find(name, false)
		if again || err != nil {
			return wire.Again, nil, err
		}
		if old != nil && !doubted {
			f.keep(d.Verdict)
			return f.parseTaken(old, f.sent(d.Decision()), types)
		}
	}
	if renews {
		f.audit.renews() // the decision is about what stands for the statement
		action, refusal, err := f.renew(token)
		if refusal != nil {
			return f.refuseParse(substitute, refusal)
		}
		if action == wire.Again || err != nil {
			return action, nil, err
		}
	}
	f.session.counts.Parse()
	f.passes(d)
	edited := renews || f.edits(d.Verdict)
	decision := d.Decision() // it is kept
	text := f.sent(decision)
	if !shared {
		f.expect(wire.MsgParseComplete)
		f.statements.prepare(rules, name, decision, false)
	}
	// A PREPARE in it may be executed. So may a DEALLOCATE, but what it names is
	// kept: it may as well not be.
	f.notePrepares(rules, d, true)
	f.statements.cycles.begin()
	if shared {
		return f.parseShared(name, text, types, rules, decision, edited)
	}
	if edited {
		f.replacement = wire.AppendTypedParse(f.replacement[:0], string(name), text, types)
		return wire.Replace, f.replacement, nil
	}
	return wire.Pass, nil, nil
}

// bind lets the statement run that was decided at its Parse, unless the rules
// have changed since and refuse it now.
func (f *frontend) bind(body []byte, bodyLen int) (wire.Action, []byte, error) {
	portal, rest, ok := bytes.Cut(body, []byte{0})
	if !ok {
		return wire.Pass, nil, errMalformed("bind")
	}
	name, _, ok := bytes.Cut(rest, []byte{0})
	if !ok {
		return wire.Pass, nil, errMalformed("bind")
	}
	if refusal := f.session.unaudited(); refusal != nil {
		return f.refuseParse(substituteName, refusal)
	}
	if f.names != nil && !f.keepsName(name) {
		return f.bindShared(portal, name, bodyLen)
	}
	st := f.statements.find(f.session.decider.rules(), name)
	refusal := f.statements.refusal(st)
	copies, certain := st.copiesIn()
	if refusal == nil && !certain {
		refusal = rewrite.Refuse(rewrite.RulePreparedStale,
			"it is not known whether the statement takes data", "Prepare the statement again.")
	}
	if refusal != nil || f.statements.changed || f.session.audit.trail != nil {
		f.audit.bound = st.newest()
	}
	if refusal != nil {
		return f.refuseParse(substituteName, refusal)
	}
	resets := f.session.lease.upstream.ResetLosesContext && st.some(func(d *rewrite.Decision) bool { return f.resetsContext(d.Verdict) })
	if action, replacement, err := f.bindContext(resets); action != wire.Pass || err != nil {
		return action, replacement, err
	}
	if err := f.binds(portal, copies); err != nil {
		return wire.Pass, nil, err
	}
	if f.names != nil {
		st.some(func(d *rewrite.Decision) bool { f.followBound(d); return false })
		if st.some(func(d *rewrite.Decision) bool { return keepsState(d.Verdict) }) {
			f.session.lease.pinned.Store(true)
		}
	}
	f.session.report(f.statements.reported(st))
	return wire.Pass, nil, nil
}

// bindContext notes the Bind of a statement, which may reset the context. Anything
// but Pass is what becomes of the Bind.
func (f *frontend) bindContext(resets bool) (wire.Action, []byte, error) {
	if f.context.boundReset {
		return f.refuseParse(substituteName, resetUnavailable())
	}
	if resets {
		action, refusal, err := f.bindReset()
		if refusal != nil {
			return f.refuseParse(substituteName, refusal)
		}
		if action == wire.Again || err != nil {
			return action, nil, err
		}
	}
	f.context.bound = true
	f.statements.cycles.begin()
	return wire.Pass, nil, nil
}

// close notes that a prepared statement goes.
func (f *frontend) close(body []byte, bodyLen int) (wire.Action, []byte, error) {
	if bodyLen > len(body) || bodyLen < 2 || body[bodyLen-1] != 0 {
		return wire.Pass, nil, errMalformed("close")
	}
	f.statements.cycles.begin()
	if name := body[1 : bodyLen-1]; body[0] == 'S' {
		if f.names != nil && !f.keepsName(name) {
			return f.closeShared(name)
		}
		f.statements.close(name)
	}
	f.expect(wire.MsgCloseComplete)
	return wire.Pass, nil, nil
}
