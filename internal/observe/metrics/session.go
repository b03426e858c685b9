package metrics

import "sync/atomic"

// Session counts what one session does, also when there are no Metrics that it counts
// for. Nobody else writes to its counters, so that counting costs a few nanoseconds. It is
// a part of the session's own memory, which is used anyway. The zero value is ready. Safe
// for concurrent use.
type Session struct {
	// What the goroutine that reads from the client counts.
	received, queries, parses, executes, hits, hitsByKey atomic.Uint64
	// What the upstream connection's reader counts.
	sent    atomic.Uint64
	refused atomic.Uint64

	metrics *Metrics // nil: none
	account *account
}

// Begin counts what s does, for the org, until its End. s is of this session alone.
func (m *Metrics) Begin(s *Session, org string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.orgs.crowded() {
		m.settle()
	}
	s.metrics, s.account = m, m.orgs.account(org)
	s.account.sessions[s] = struct{}{}
}

// End is called once. sqlstate is the error that the proxy ended the session with;
// empty if not the proxy has.
func (s *Session) End(sqlstate string) {
	if s.metrics == nil {
		return
	}
	if sqlstate == "" {
		sqlstate = "00000"
	}
	m := s.metrics
	m.ended.WithLabelValues(sqlstate).Inc()
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(s.account.sessions, s)
	s.account.past.add(s.totals())
}

// Received counts bytes that came from the client.
func (s *Session) Received(n int) { s.received.Add(uint64(n)) }

// Sent counts bytes that came from Postgres for the client.
func (s *Session) Sent(n int) { s.sent.Add(uint64(n)) }

// Bytes are those that were Received and Sent so far.
func (s *Session) Bytes() (received, sent uint64) { return s.received.Load(), s.sent.Load() }

// Query counts a Query message that is allowed, Parse a Parse, and Execute an
// Execute.
func (s *Session) Query() { s.queries.Add(1) }

// Parse is described at Query.
func (s *Session) Parse() { s.parses.Add(1) }

// Execute is described at Query.
func (s *Session) Execute() { s.executes.Add(1) }

// Hit counts a text that was remembered.
func (s *Session) Hit() { s.hits.Add(1) }

// HitByKey counts a text that was remembered but for its constants.
func (s *Session) HitByKey() { s.hitsByKey.Add(1) }

// Refused counts a statement that was refused by the rule.
func (s *Session) Refused(rule string) {
	s.refused.Add(1)
	if s.metrics != nil {
		s.metrics.rule(rule).refused.Add(1)
	}
}

// Reported counts what report mode has let through and the rule would refuse.
func (s *Session) Reported(rule string) {
	if s.metrics != nil {
		s.metrics.rule(rule).reported.Add(1)
	}
}

// totals are what sessions count.
type totals struct {
	received, sent, queries, parses, executes, hits, hitsByKey, refused uint64
}

func (s *Session) totals() totals {
	return totals{
		received: s.received.Load(), sent: s.sent.Load(), queries: s.queries.Load(), parses: s.parses.Load(),
		executes: s.executes.Load(), hits: s.hits.Load(), hitsByKey: s.hitsByKey.Load(), refused: s.refused.Load(),
	}
}

func (t *totals) add(o totals) {
	t.received += o.received
	t.sent += o.sent
	t.queries += o.queries
	t.parses += o.parses
	t.executes += o.executes
	t.hits += o.hits
	t.hitsByKey += o.hitsByKey
	t.refused += o.refused
}

// since is what came on top of before.
func (t totals) since(before totals) totals {
	return totals{
		received: t.received - before.received, sent: t.sent - before.sent, queries: t.queries - before.queries,
		parses: t.parses - before.parses, executes: t.executes - before.executes, hits: t.hits - before.hits,
		hitsByKey: t.hitsByKey - before.hitsByKey, refused: t.refused - before.refused,
	}
}

// statements is how many statements ran, as far as the proxy knows.
func (t totals) statements() uint64 { return t.queries + t.executes }
