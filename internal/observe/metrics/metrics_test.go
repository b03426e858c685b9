package metrics

import (
	"sync"
	"testing"
	"time"
)

// TestNil has a proxy without metrics.
func TestNil(t *testing.T) {
	var m *Metrics
	everyEvent(m)
	m.Register()
	m.SetSources(Sources{})
}

// everyEvent has everything happen once.
func everyEvent(m *Metrics) {
	m.Accepted()
	m.TurnedAway("limits.max_clients")
	m.Login(LoginAccepted, time.Millisecond)
	m.Login(LoginTokenRejected, 0)
	m.Cancel(CancelPassed)
	m.Panicked()
	m.Reloaded(nil)
	m.Acquired(time.Millisecond)
	m.NotAcquired("unreachable")
	m.UpstreamError("42703")
	m.Analysed(time.Millisecond)
	m.SampledHit(ByText, time.Microsecond)
	m.SampledHit(ByKey, time.Microsecond)
	s := began(m, "a")
	s.Received(10)
	s.Sent(20)
	s.Query()
	s.Parse()
	s.Execute()
	s.Hit()
	s.HitByKey()
	s.HitByKey()
	s.Refused("relation.rls_disabled")
	s.Reported("relation.unknown")
	s.End("57P01")
}

func TestCounts(t *testing.T) {
	m, _ := clocked(Options{Version: "v1", Rules: []string{"relation.rls_disabled", "relation.unknown"}})
	everyEvent(m)
	m.UpstreamError("ZZ999")  // raised by a function
	m.UpstreamError("\xff\n") // raised by nobody
	s := began(m, "a")
	s.Refused("no.such_rule")
	values := gather(t, m)
	for key, want := range map[string]float64{
		`tenantproxy_client_connections_accepted_total{}`:                               1,
		`tenantproxy_client_connections_turned_away_total{reason="limits.max_clients"}`: 1,
		`tenantproxy_logins_total{outcome="accepted"}`:                                  1,
		`tenantproxy_logins_total{outcome="token_rejected"}`:                            1,
		`tenantproxy_logins_total{outcome="limit"}`:                                     0,
		`tenantproxy_login_duration_seconds{}`:                                          1,
		`tenantproxy_sessions_ended_total{sqlstate="57P01"}`:                            1,
		`tenantproxy_cancel_requests_total{outcome="passed"}`:                           1,
		`tenantproxy_panics_total{}`:                                                    1,
		`tenantproxy_config_reloads_total{outcome="applied"}`:                           1,
		`tenantproxy_upstream_acquire_seconds{}`:                                        1,
		`tenantproxy_upstream_acquire_failures_total{reason="unreachable"}`:             1,
		`tenantproxy_upstream_errors_total{class="42"}`:                                 1,
		`tenantproxy_upstream_errors_total{class="other"}`:                              2,
		`tenantproxy_check_duration_seconds{cached="none"}`:                             1,
		`tenantproxy_check_duration_seconds{cached="text"}`:                             1,
		`tenantproxy_check_duration_seconds{cached="key"}`:                              1,
		`tenantproxy_verdict_cache_lookups_total{cached="none"}`:                        1,
		`tenantproxy_verdict_cache_lookups_total{cached="text"}`:                        1,
		`tenantproxy_verdict_cache_lookups_total{cached="key"}`:                         2,
		`tenantproxy_statements_total{rule="",verdict="allowed"}`:                       2,
		`tenantproxy_statements_total{rule="relation.rls_disabled",verdict="refused"}`:  1,
		`tenantproxy_statements_total{rule="relation.unknown",verdict="reported"}`:      1,
		`tenantproxy_statements_total{rule="relation.unknown",verdict="refused"}`:       0,
		`tenantproxy_statements_total{rule="other",verdict="refused"}`:                  1,
		`tenantproxy_executions_total{protocol="simple"}`:                               1,
		`tenantproxy_executions_total{protocol="extended"}`:                             1,
		`tenantproxy_bytes_total{direction="received"}`:                                 10,
		`tenantproxy_bytes_total{direction="sent"}`:                                     20,
		`tenantproxy_org_sessions{org="a"}`:                                             1,
		`tenantproxy_org_statements_total{org="a"}`:                                     2,
		`tenantproxy_org_refused_total{org="a"}`:                                        2,
		`tenantproxy_org_bytes_total{direction="sent",org="a"}`:                         20,
		`tenantproxy_build_info{version="v1"}`:                                          1,
	} {
		if got, ok := values[key]; !ok || got != want {
			t.Errorf("%s is %v (%v), want %v", key, got, ok, want)
		}
	}
}

// TestHistory looks at the last hour: what was counted in it, and nothing older.
func TestHistory(t *testing.T) {
	m, now := clocked(Options{Rules: []string{"a", "b"}})
	s := began(m, "org")
	for minute := range 150 {
		if minute%2 == 0 {
			s.Query()
			s.Refused("a")
		}
		if minute == 149 {
			s.Refused("b")
			s.Reported("a")
		}
		m.Summary()
		*now = now.Add(time.Minute)
	}
	*now = now.Add(-time.Minute)
	hour := m.Summary().Hour
	if len(hour) != 60 {
		t.Fatalf("%d minutes", len(hour))
	}
	allowed, refused := uint64(0), uint64(0)
	for i, minute := range hour {
		if i > 0 && minute.Start.Sub(hour[i-1].Start) != time.Minute {
			t.Errorf("after %v comes %v", hour[i-1].Start, minute.Start)
		}
		allowed += minute.Allowed
		refused += minute.Refused["a"]
	}
	last := hour[59]
	if !last.Start.Equal(now.Truncate(time.Minute)) || last.Refused["b"] != 1 || last.Reported["a"] != 1 {
		t.Errorf("the last minute: %+v", last)
	}
	if allowed != 30 || refused != 30 {
		t.Errorf("%d allowed and %d refused in the last hour", allowed, refused)
	}
	*now = now.Add(2 * time.Hour)
	for _, minute := range m.Summary().Hour {
		if minute.Allowed+uint64(len(minute.Refused)) != 0 {
			t.Errorf("two hours later: %+v", minute)
		}
	}
}

// TestConcurrentUse counts and looks at the same time.
func TestConcurrentUse(t *testing.T) {
	m := New(Options{MaxOrgs: 2, Rules: []string{"a"}})
	var running sync.WaitGroup
	for org := range 4 {
		running.Go(func() {
			for range 100 {
				s := began(m, string(rune('a'+org)))
				for range 10 {
					s.Query()
					s.Refused("a")
				}
				s.End("")
			}
		})
	}
	for range 20 {
		gather(t, m)
		m.Summary()
	}
	running.Wait()
	if got := gather(t, m)[`tenantproxy_executions_total{protocol="simple"}`]; got != 4000 {
		t.Errorf("%v executions", got)
	}
}

// BenchmarkMessage is what counting one simple Query and its answer costs.
func BenchmarkMessage(b *testing.B) {
	m := New(Options{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		s := began(m, "org")
		for pb.Next() {
			s.Received(60)
			s.Hit()
			s.Query()
			s.Sent(120)
		}
		s.End("")
	})
}

// BenchmarkAcquire is what timing how a session gets an upstream connection costs: in
// transaction mode once a transaction.
func BenchmarkAcquire(b *testing.B) {
	m := New(Options{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			began := time.Now()
			m.Acquired(time.Since(began))
		}
	})
}

// BenchmarkScrape is what a scrape costs with 10,000 sessions of as many orgs.
func BenchmarkScrape(b *testing.B) {
	m := New(Options{})
	for i := range 10000 {
		began(m, string(rune(i+0x4e00))).Query()
	}
	for b.Loop() {
		if _, err := m.registry.Gather(); err != nil {
			b.Fatal(err)
		}
	}
}

// began has a session of the org counted.
func began(m *Metrics, org string) *Session {
	s := new(Session)
	m.Begin(s, org)
	return s
}
