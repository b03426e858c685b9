package proxy

import (
	"testing"

	"tenantproxy/internal/pool"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// BenchmarkUnnamedStatement is what transaction mode takes for the unnamed statement in a
// transaction of Parse, Bind and Sync, besides the decision.
func BenchmarkUnnamedStatement(b *testing.B) {
	decider := &Decider{}
	r := &rules{}
	decider.current.Store(r)
	s := &session{decider: decider}
	f := &s.front
	f.session, f.names = s, new(protocolNames)
	s.back.session = s
	s.lease.upstream = &pool.Upstream{}
	d := &rewrite.Decision{Text: "SELECT abalance FROM pgbench_accounts WHERE aid = $1", Verdict: &rewrite.Verdict{Allowed: true}}
	types := []byte{0, 1, 0, 0, 0, 23}
	b.ReportAllocs()
	for b.Loop() {
		if action, _, err := f.parseShared(nil, d.Text, types, r, d, false); action != wire.Pass || err != nil {
			b.Fatal(action, err)
		}
		if action, _, err := f.bindShared(nil, nil, 20); action != wire.Pass || err != nil {
			b.Fatal(action, err)
		}
		f.endCycle()
		if action, _, err := s.back.completes(wire.MsgParseComplete); action != wire.Pass || err != nil {
			b.Fatal(action, err)
		}
		s.front.statements.cycles.answer()
		s.back.endNames()
	}
}
