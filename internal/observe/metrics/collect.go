package metrics

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Sources are asked when somebody looks. They must not wait for long.
type Sources struct {
	// ClientStates counts the client connections by state: ClientStates' keys.
	ClientStates func() map[string]int
	// Upstream describes the upstream connections.
	Upstream func() Upstream
	// Databases describes each database.
	Databases func() []Database
	// Keys describes where the keys for tokens come from.
	Keys func() []KeySource
	// Certificate is when the certificate for clients ends; zero without one.
	Certificate func() time.Time
	// Ready tells, by the name of what is looked at, whether it is in order.
	Ready func() map[string]bool
	// Draining tells that the proxy is shutting down.
	Draining func() bool
	// AuditLog describes the audit log.
	AuditLog func() AuditLog
}

// The states of client connections.
const (
	StateLogin             = "login"
	StateIdle              = "idle"
	StateActive            = "active"
	StateIdleInTransaction = "idle_in_transaction"
)

// Upstream describes the upstream connections.
type Upstream struct {
	InUse   int `json:"in_use"`  // a session has them, or they are being dialed
	Free    int `json:"free"`    // no session has them
	Waiting int `json:"waiting"` // sessions that want one
	Max     int `json:"max"`     // pool.max_upstream; 0: no limit
}

// Database describes one database, as one role.
type Database struct {
	// Role is one of tenant.roles, empty without them.
	Name, Role string
	// Generation is the catalog's; 0: it is not known.
	Generation uint64
	// Read is when the catalog was last read; zero: never.
	Read time.Time
	// InForce tells that statements are decided about; otherwise all are refused.
	InForce bool
	// Protected, Shared and Refused count the relations.
	Protected, Shared, Refused int
	// CacheBytes is what the remembered verdicts take, CacheEntries their number.
	CacheBytes, CacheEntries int
}

// KeySource describes one of auth.keys.
type KeySource struct {
	Name string
	Keys int
	// Read is when it was last read or asked; zero: never.
	Read time.Time
}

// AuditLog describes the audit log.
type AuditLog struct {
	// Events are all that it was given, those that it has dropped among them.
	Events, Dropped uint64
	QueuedBytes     int
}

// SetSources says whom to ask. What nobody answers for is left out.
func (m *Metrics) SetSources(s Sources) {
	if m != nil {
		m.sources.Store(&s)
	}
}

// collector is Metrics as Prometheus looks at it.
type collector Metrics

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prefix+name, help, labels, nil)
}

var (
	descStatements = describe("statements_total", "SQL texts that were decided about, by verdict: allowed, refused, or reported, which report mode has let through, once for each rule.", "verdict", "rule")
	descExecuted   = describe("executions_total", "Statements that were sent to Postgres to run, by protocol: Query messages are simple, Execute messages extended.", "protocol")
	descBytes      = describe("bytes_total", "Bytes of sessions, by direction: received from clients, sent to clients.", "direction")
	descCache      = describe("verdict_cache_lookups_total", "SQL texts that were decided about, by what was remembered of them: text, key, or none.", "cached")

	descOrgSessions   = describe("org_sessions", "Sessions of the orgs with the most traffic; other: of the rest.", "org")
	descOrgStatements = describe("org_statements_total", "Statements that orgs have run, as in executions_total.", "org")
	descOrgRefused    = describe("org_refused_total", "Statements of orgs that were refused.", "org")
	descOrgBytes      = describe("org_bytes_total", "Bytes of orgs, as in bytes_total.", "org", "direction")
	descOrgs          = describe("orgs", "Orgs that have a session.")

	descClients  = describe("client_connections", "Client connections by state: login, idle, active, idle_in_transaction.", "state")
	descUpstream = describe("upstream_connections", "Upstream connections by state: in_use, which a session has or that are being dialed, and free.", "state")
	descWaiting  = describe("upstream_waiting", "Sessions that wait for an upstream connection.")
	descMax      = describe("upstream_connections_max", "pool.max_upstream; 0: no limit.")

	descGeneration = describe("catalog_generation", "Generation of the catalog's snapshot; 0: it is not known.", "database", "role")
	descAge        = describe("catalog_age_seconds", "Time since the catalog was last read.", "database", "role")
	descInForce    = describe("rules_in_force", "1 if statements are decided about; 0 if all are refused, since the catalog is not known or the upstream role is not fit.", "database", "role")
	descRelations  = describe("relations", "Relations but sequences, by what tenants may do: protected by row-level security, shared by policy.allow_relations or read only, refused.", "database", "role", "protection")
	descCacheBytes = describe("verdict_cache_bytes", "Memory that remembered verdicts take, as accounted for by policy.verdict_cache_bytes.", "database", "role")
	descEntries    = describe("verdict_cache_entries", "Verdicts that are remembered.", "database", "role")

	descKeys     = describe("token_keys", "Keys that tokens are verified with, by source.", "source")
	descKeysAge  = describe("token_keys_age_seconds", "Time since the source of keys was last read, or asked with success.", "source")
	descNotAfter = describe("tls_certificate_not_after_timestamp_seconds", "End of the certificate for clients, in Unix time.")
	descReady    = describe("ready", "1 if it is in order, by what is looked at for /readyz.", "check")
	descDraining = describe("draining", "1 if the proxy is shutting down.")

	descAuditEvents  = describe("audit_log_events_total", "Events that the audit log was given, those that it has dropped among them.")
	descAuditDropped = describe("audit_log_dropped_total", "Events that the audit log has lost since it could not write fast enough, or at all.")
	descAuditQueue   = describe("audit_log_queue_bytes", "What the audit log has still to write.")
)

// Describe implements prometheus.Collector.
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descStatements, descExecuted, descBytes, descCache,
		descOrgSessions, descOrgStatements, descOrgRefused, descOrgBytes, descOrgs,
		descClients, descUpstream, descWaiting, descMax,
		descGeneration, descAge, descInForce, descRelations, descCacheBytes, descEntries,
		descKeys, descKeysAge, descNotAfter, descReady, descDraining,
		descAuditEvents, descAuditDropped, descAuditQueue,
	} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	m := (*Metrics)(c)
	m.collectSessions(to)
	if s := m.sources.Load(); s != nil {
		s.collect(to, m.now())
	}
}

func counter(to chan<- prometheus.Metric, d *prometheus.Desc, value uint64, labels ...string) {
	to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value), labels...)
}

func gauge(to chan<- prometheus.Metric, d *prometheus.Desc, value float64, labels ...string) {
	to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

// settle brings everything that is kept up to date. mu is held.
func (m *Metrics) settle() {
	now := m.now()
	m.orgs.settle(now)
	m.history.update(now, m.orgs.all.queries+m.orgs.all.parses, m.rules)
}

// collectSessions gives what sessions have counted.
func (m *Metrics) collectSessions(to chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.settle()
	all := &m.orgs.all
	counter(to, descStatements, all.queries+all.parses, "allowed", "")
	for rule, count := range m.rules {
		counter(to, descStatements, count.refused.Load(), "refused", rule)
		counter(to, descStatements, count.reported.Load(), "reported", rule)
	}
	counter(to, descExecuted, all.queries, "simple")
	counter(to, descExecuted, all.executes, "extended")
	counter(to, descBytes, all.received, "received")
	counter(to, descBytes, all.sent, "sent")
	counter(to, descCache, all.hits, foundNames[ByText])
	counter(to, descCache, all.hitsByKey, foundNames[ByKey])
	counter(to, descCache, m.analysed.Load(), foundNames[NotFound])

	series := func(label string, sessions int, t *totals) {
		gauge(to, descOrgSessions, float64(sessions), label)
		counter(to, descOrgStatements, t.statements(), label)
		counter(to, descOrgRefused, t.refused, label)
		counter(to, descOrgBytes, t.received, label, "received")
		counter(to, descOrgBytes, t.sent, label, "sent")
	}
	present, others := 0, 0
	for _, a := range m.orgs.accounts {
		if len(a.sessions) > 0 {
			present++
		}
		if a.own {
			series(a.label, len(a.sessions), &a.series)
		} else {
			others += len(a.sessions)
		}
	}
	series(otherOrgs, others, &m.orgs.other)
	gauge(to, descOrgs, float64(present))
}

// collect gives what the sources say.
func (s *Sources) collect(to chan<- prometheus.Metric, now time.Time) {
	if s.ClientStates != nil {
		for state, n := range s.ClientStates() {
			gauge(to, descClients, float64(n), state)
		}
	}
	if s.Upstream != nil {
		u := s.Upstream()
		gauge(to, descUpstream, float64(u.InUse), "in_use")
		gauge(to, descUpstream, float64(u.Free), "free")
		gauge(to, descWaiting, float64(u.Waiting))
		gauge(to, descMax, float64(u.Max))
	}
	if s.Databases != nil {
		for _, db := range s.Databases() {
			db.collect(to, now)
		}
	}
	if s.Keys != nil {
		collectKeys(to, now, s.Keys())
	}
	if s.Certificate != nil {
		if end := s.Certificate(); !end.IsZero() {
			gauge(to, descNotAfter, float64(end.Unix()))
		}
	}
	if s.Ready != nil {
		for check, ok := range s.Ready() {
			gauge(to, descReady, number(ok), check)
		}
	}
	if s.Draining != nil {
		gauge(to, descDraining, number(s.Draining()))
	}
	if s.AuditLog != nil {
		a := s.AuditLog()
		counter(to, descAuditEvents, a.Events)
		counter(to, descAuditDropped, a.Dropped)
		gauge(to, descAuditQueue, float64(a.QueuedBytes))
	}
}

func (db *Database) collect(to chan<- prometheus.Metric, now time.Time) {
	name, role := cleanLabel(db.Name), cleanLabel(db.Role)
	gauge(to, descGeneration, float64(db.Generation), name, role)
	if !db.Read.IsZero() {
		gauge(to, descAge, now.Sub(db.Read).Seconds(), name, role)
	}
	gauge(to, descInForce, number(db.InForce), name, role)
	gauge(to, descRelations, float64(db.Protected), name, role, "protected")
	gauge(to, descRelations, float64(db.Shared), name, role, "shared")
	gauge(to, descRelations, float64(db.Refused), name, role, "refused")
	gauge(to, descCacheBytes, float64(db.CacheBytes), name, role)
	gauge(to, descEntries, float64(db.CacheEntries), name, role)
}

// collectKeys gives one series for each name, whatever is named twice.
func collectKeys(to chan<- prometheus.Metric, now time.Time, sources []KeySource) {
	var seen []string
	for _, source := range sources {
		name := cleanLabel(source.Name)
		if slices.Contains(seen, name) {
			continue
		}
		seen = append(seen, name)
		gauge(to, descKeys, float64(source.Keys), name)
		if !source.Read.IsZero() {
			gauge(to, descKeysAge, now.Sub(source.Read).Seconds(), name)
		}
	}
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
