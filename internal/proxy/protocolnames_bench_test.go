package proxy

import (
	"testing"

	"tenantproxy/internal/pool"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// benchSession is a session in transaction mode with a connection, as far as prepared
// statements go, and what a Parse of its is.
func benchSession() (s *session, parse func(name []byte) (wire.Action, []byte, error)) {
	r := &rules{}
	s = &session{decider: &Decider{}}
	s.decider.current.Store(r)
	s.lease.upstream = &pool.Upstream{}
	s.back.session = s
	f := &s.front
	f.session, f.names = s, new(protocolNames)
	d := &rewrite.Decision{Text: "SELECT abalance FROM pgbench_accounts WHERE aid = $1", Verdict: &rewrite.Verdict{Allowed: true}}
	types := []byte{0, 1, 0, 0, 0, 23}
	return s, func(name []byte) (wire.Action, []byte, error) { return f.parseShared(name, d.Text, types, r, d, false) }
}

// BenchmarkUnnamedStatement is what transaction mode takes for the unnamed statement in a
// transaction of Parse, Bind and Sync, besides the decision.
func BenchmarkUnnamedStatement(b *testing.B) {
	s, parse := benchSession()
	b.ReportAllocs()
	for b.Loop() {
		if action, _, err := parse(nil); action != wire.Pass || err != nil {
			b.Fatal(action, err)
		}
		if action, _, err := s.front.bindShared(nil, nil, 20); action != wire.Pass || err != nil {
			b.Fatal(action, err)
		}
		s.front.endCycle()
		if action, _, err := s.back.completes(wire.MsgParseComplete); action != wire.Pass || err != nil {
			b.Fatal(action, err)
		}
		s.front.statements.cycles.answer()
		s.back.endNames()
	}
}

// BenchmarkNamedStatement is the same for a statement with a name in a transaction of Bind
// and Sync.
func BenchmarkNamedStatement(b *testing.B) {
	s, parse := benchSession()
	name := []byte("P_0")
	if action, _, err := parse(name); action != wire.Replace || err != nil {
		b.Fatal(action, err)
	}
	for _, answer := range []byte{wire.MsgCloseComplete, wire.MsgParseComplete} {
		if _, _, err := s.back.completes(answer); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if action, _, err := s.front.bindShared(nil, name, 20); action != wire.ReplaceHead || err != nil {
			b.Fatal(action, err)
		}
		s.front.endCycle()
		s.front.statements.cycles.answer()
		s.back.endNames()
	}
}
