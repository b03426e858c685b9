// Package metrics counts what the proxy does, for Prometheus and the status page.
//
// What happens for each message is counted by the session itself (session.go), in
// counters that no other session writes to; they are added up when somebody looks
// (collect.go). Orgs are too many to give each a series: the busiest have one, the
// rest share one (orgs.go). The last hour is kept minute by minute (history.go).
//
// docs/METRICS.md lists the metrics; a test holds it.
package metrics

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// defaultMaxOrgs is how many orgs have series of their own.
const defaultMaxOrgs = 50

// Options configure Metrics.
type Options struct {
	// Version is the program's.
	Version string
	// Rules are the ids of all rules that refuse.
	Rules []string
	// MaxOrgs bounds the orgs that have series of their own; 0: 50.
	MaxOrgs int
}

// Metrics has the counters of one proxy. A nil *Metrics counts nothing, and all its
// methods may be called. Safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	sources  atomic.Pointer[Sources]
	now      func() time.Time

	accepted   prometheus.Counter
	turnedAway *prometheus.CounterVec
	logins     *prometheus.CounterVec
	loginTime  prometheus.Histogram
	ended      *prometheus.CounterVec
	cancels    *prometheus.CounterVec
	panics     prometheus.Counter
	reloads    *prometheus.CounterVec

	checkTime   [numFound]prometheus.Observer
	analysed    atomic.Uint64         // texts; sessions count the others
	rules       map[string]*ruleCount // not changed after New
	acquireTime prometheus.Histogram
	acquireFail *prometheus.CounterVec
	errors      *prometheus.CounterVec

	mu      sync.Mutex
	orgs    orgs
	history history
}

// ruleCount counts the refusals by one rule.
type ruleCount struct{ refused, reported atomic.Uint64 }

// otherRule counts the rules that Options did not name, which would be a bug.
const otherRule = "other"

// New makes Metrics with a registry of its own.
func New(o Options) *Metrics {
	if o.MaxOrgs <= 0 {
		o.MaxOrgs = defaultMaxOrgs
	}
	m := &Metrics{registry: prometheus.NewRegistry(), now: time.Now, rules: make(map[string]*ruleCount)}
	for _, rule := range append([]string{otherRule}, o.Rules...) {
		m.rules[rule] = new(ruleCount)
	}
	m.orgs = newOrgs(o.MaxOrgs)
	m.history.init(m.now())

	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: prefix + name, Help: help})
		m.registry.MustRegister(c)
		return c
	}
	counters := func(name, help string, label string, values ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help}, []string{label})
		for _, value := range values { // a series that begins at 0 has a rate from its first event on
			c.WithLabelValues(value)
		}
		m.registry.MustRegister(c)
		return c
	}
	m.accepted = counter("client_connections_accepted_total", "Client connections that were accepted, those that were turned away at once not among them.")
	m.turnedAway = counters("client_connections_turned_away_total", "Client connections that were over a limit, by the limit's key, or came while the proxy was shutting down.",
		"reason", "limits.max_clients", "limits.max_unauthenticated_per_address", "shutdown")
	m.logins = counters("logins_total", "Connections that came to the end of their login, or did not, by outcome.", "outcome", LoginOutcomes()...)
	m.loginTime = m.histogram("login_duration_seconds", "Time from accepting a connection to ReadyForQuery, of logins that were accepted.",
		[]float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10})
	m.ended = counters("sessions_ended_total", "Sessions that have ended, by the SQLSTATE that the proxy gave the client; 00000: the client or Postgres ended it.", "sqlstate", "00000")
	m.cancels = counters("cancel_requests_total", "Cancel requests: passed on to Postgres, with a key that is not known, from an address with too many of those, or not passed on for an error.",
		"outcome", CancelPassed, CancelUnknown, CancelIgnored, CancelFailed)
	m.panics = counter("panics_total", "Sessions that ended by a bug of the proxy; each has a stack in the log.")
	m.reloads = counters("config_reloads_total", "Reloads of the configuration, by outcome.", "outcome", "applied", "rejected")

	check := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: prefix + "check_duration_seconds",
		Help: "Time that deciding about one SQL text took, by what was remembered of it: text, the very text; key, the text but for its constants; none, it was parsed. Of texts and keys one in 256 is timed.",
		// A remembered text takes some 50 ns, a large one that is not 10 ms.
		Buckets: []float64{100e-9, 250e-9, 1e-6, 2.5e-6, 5e-6, 10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 1e-3, 2.5e-3, 10e-3, 100e-3, 1},
	}, []string{"cached"})
	m.registry.MustRegister(check)
	for found, name := range foundNames {
		m.checkTime[found] = check.WithLabelValues(name)
	}
	m.acquireTime = m.histogram("upstream_acquire_seconds", "Time that a session waited for its upstream connection, with the dialing of a new one and its context.",
		[]float64{1e-6, 10e-6, 100e-6, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10})
	m.acquireFail = counters("upstream_acquire_failures_total", "Sessions that got no upstream connection, by reason: the key of the limit that was reached, or unreachable.",
		"reason", "pool.max_upstream", "pool.max_per_tenant", "unreachable")
	m.errors = counters("upstream_errors_total", "Errors of Postgres that clients got, by the class of their SQLSTATE (manual, appendix A); refusals of the proxy are not among them.", "class")

	m.registry.MustRegister(
		(*collector)(m), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: prefix + "build_info", Help: "1, with the version of the program.", ConstLabels: prometheus.Labels{"version": cleanLabel(o.Version)},
		}, func() float64 { return 1 }),
	)
	return m
}

const prefix = "tenantproxy_"

func (m *Metrics) histogram(name, help string, buckets []float64) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: prefix + name, Help: help, Buckets: buckets})
	m.registry.MustRegister(h)
	return h
}

// Register adds metrics of another part of the program to what Handler serves. It
// panics if they have the name of others.
func (m *Metrics) Register(c ...prometheus.Collector) {
	if m != nil {
		m.registry.MustRegister(c...)
	}
}

// Handler serves the metrics in the formats of Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// settleInterval is how often Run looks: history is exact to it.
const settleInterval = 5 * time.Second

// Run keeps the history of the last hour until ctx ends.
func (m *Metrics) Run(ctx context.Context) {
	tick := time.NewTicker(settleInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			m.mu.Lock()
			m.settle()
			m.mu.Unlock()
		}
	}
}
