package metrics

import "sync/atomic"

// Session counts what one session does. Nobody else writes to its counters, so that
// counting costs a few nanoseconds. A nil *Session counts nothing. Safe for
// concurrent use.
type Session struct {
	metrics *Metrics
	account *account

	// What the goroutine that reads from the client counts.
	received, queries, parses, executes, hits, hitsByKey atomic.Uint64

	_ [64]byte // another processor's cache line

	// What the upstream connection's reader counts.
	sent    atomic.Uint64
	refused atomic.Uint64
}

// Begin counts a session of the org until End.
func (m *Metrics) Begin(org string) *Session {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.orgs.crowded() {
		m.settle()
	}
	s := &Session{metrics: m, account: m.orgs.account(org)}
	s.account.sessions[s] = struct{}{}
	return s
}

// End is called once. sqlstate is the error that the proxy ended the session with;
// empty if not the proxy has.
func (s *Session) End(sqlstate string) {
	if s == nil {
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
func (s *Session) Received(n int) {
	if s != nil {
		s.received.Add(uint64(n))
	}
}

// Sent counts bytes that came from Postgres for the client.
func (s *Session) Sent(n int) {
	if s != nil {
		s.sent.Add(uint64(n))
	}
}

// Query counts a Query message that is allowed, Parse a Parse, and Execute an
// Execute.
func (s *Session) Query() {
	if s != nil {
		s.queries.Add(1)
	}
}

// Parse is described at Query.
func (s *Session) Parse() {
	if s != nil {
		s.parses.Add(1)
	}
}

// Execute is described at Query.
func (s *Session) Execute() {
	if s != nil {
		s.executes.Add(1)
	}
}

// Hit counts a text that was remembered.
func (s *Session) Hit() {
	if s != nil {
		s.hits.Add(1)
	}
}

// HitByKey counts a text that was remembered but for its constants.
func (s *Session) HitByKey() {
	if s != nil {
		s.hitsByKey.Add(1)
	}
}

// Refused counts a statement that was refused by the rule.
func (s *Session) Refused(rule string) {
	if s != nil {
		s.refused.Add(1)
		s.metrics.rule(rule).refused.Add(1)
	}
}

// Reported counts what report mode has let through and the rule would refuse.
func (s *Session) Reported(rule string) {
	if s != nil {
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
