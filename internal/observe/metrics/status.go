package metrics

import "slices"

// maxListed bounds the orgs in a Summary.
const maxListed = 200

// Summary is what sessions have counted, for people.
type Summary struct {
	// Orgs are those with the most traffic of late, at most 200; OrgsInAll have a
	// session.
	Orgs      []Org `json:"orgs"`
	OrgsInAll int   `json:"orgs_in_all"`
	// Hour are the last 60 minutes, the oldest first.
	Hour []Minute `json:"hour"`
	// What was counted since the start.
	Allowed  uint64 `json:"allowed"`
	Refused  uint64 `json:"refused"`
	Reported uint64 `json:"reported"`
	Executed uint64 `json:"executed"`
	Received uint64 `json:"bytes_received"`
	Sent     uint64 `json:"bytes_sent"`
}

// Org is what one org has done since its first session, or since it came back after
// some time without one.
type Org struct {
	// Org is its name as in labels: cut and cleaned if it has to be.
	Org        string `json:"org"`
	Sessions   int    `json:"sessions"`
	Statements uint64 `json:"statements"`
	Refused    uint64 `json:"refused"`
	Received   uint64 `json:"bytes_received"`
	Sent       uint64 `json:"bytes_sent"`
}

// Summary gives what was counted until now. The caller owns it.
func (m *Metrics) Summary() Summary {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.settle()
	all := &m.orgs.all
	s := Summary{
		Orgs: []Org{}, Hour: m.history.hour(m.now()), Allowed: all.queries + all.parses, Executed: all.statements(),
		Received: all.received, Sent: all.sent,
	}
	for _, count := range m.rules {
		s.Refused += count.refused.Load()
		s.Reported += count.reported.Load()
	}
	accounts := make([]*account, 0, len(m.orgs.accounts))
	for _, a := range m.orgs.accounts {
		accounts = append(accounts, a)
		if len(a.sessions) > 0 {
			s.OrgsInAll++
		}
	}
	slices.SortFunc(accounts, byTraffic)
	for _, a := range accounts[:min(len(accounts), maxListed)] {
		s.Orgs = append(s.Orgs, Org{a.label, len(a.sessions), a.settled.statements(), a.settled.refused, a.settled.received, a.settled.sent})
	}
	return s
}
