package proxy

import (
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// refuseQuery substitutes a message that is answered by ReadyForQuery.
func (f *frontend) refuseQuery(r *rewrite.Refusal) (wire.Action, []byte, error) {
	f.session.refused(r)
	f.audit.refused = wire.MsgQuery
	f.endCycle()
	f.replacement = wire.AppendQuery(f.replacement[:0], f.substitutes.SQL(r))
	return wire.Replace, f.replacement, nil
}

// refuseParse substitutes a message of the extended protocol by a Parse of the
// statement name.
func (f *frontend) refuseParse(name string, r *rewrite.Refusal) (wire.Action, []byte, error) {
	f.session.refused(r)
	f.audit.refused = wire.MsgParse
	if f.names != nil && name == "" {
		f.dropUnnamed()
	}
	f.fails = true
	f.statements.cycles.begin()
	f.replacement = wire.AppendParse(f.replacement[:0], name, f.substitutes.SQL(r))
	return wire.Replace, f.replacement, nil
}

func (f *frontend) tooLong() *rewrite.Refusal {
	return rewrite.Refuse(rewrite.RuleTextTooLarge,
		"the statement is too long", "policy.max_sql_bytes bounds the text of one statement; large values belong in parameters.")
}

func errMalformed(message string) error {
	return wire.Fatalf(wire.ProtocolViolation, "malformed %s message", message)
}
