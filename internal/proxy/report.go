package proxy

import (
	"sync/atomic"

	"tenantproxy/internal/rewrite"
)

// ruleCounts counts by rule. The map is not changed after newRuleCounts, so it is
// safe for concurrent use.
type ruleCounts map[rewrite.Rule]*atomic.Uint64

func newRuleCounts() ruleCounts {
	counts := make(ruleCounts)
	for _, rule := range rewrite.Rules() {
		counts[rule.Rule] = new(atomic.Uint64)
	}
	return counts
}

// Reported counts, by rule, what report mode has let through since the server was
// made: one for each rule and object that a text breaks, whenever it comes by as
// a Query, a Parse or, prepared under another schema, a Bind. Rules without any
// are there with 0. The caller owns the map. Safe for concurrent use.
func (s *Server) Reported() map[rewrite.Rule]uint64 {
	counts := make(map[rewrite.Rule]uint64, len(s.reported))
	for rule, count := range s.reported {
		counts[rule] = count.Load()
	}
	return counts
}

// report notes what enforce mode would have refused a statement for. Neither the
// text nor a literal of it is logged (I8).
func (s *session) report(refusals []rewrite.Refusal) {
	for _, r := range refusals {
		s.server.reported[r.Rule].Add(1)
		s.counts.Reported(string(r.Rule))
		s.often.Info("statement would be refused", "rule", string(r.Rule), "object", r.Object)
		s.audit.report(&r, s.front.audit.decision())
	}
}
