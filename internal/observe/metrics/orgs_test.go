package metrics

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	dto "github.com/prometheus/client_model/go"
)

// clocked gives Metrics with a clock that stands still until it is moved.
func clocked(o Options) (*Metrics, *time.Time) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	m := New(o)
	m.now = func() time.Time { return now }
	m.history = history{}
	m.history.init(now)
	return m, &now
}

// gather gives what a scrape would, by name and labels: name{label="value",…}.
func gather(t testing.TB, m *Metrics) map[string]float64 {
	t.Helper()
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := make(map[string]float64)
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			var labels []string
			for _, pair := range metric.GetLabel() {
				labels = append(labels, fmt.Sprintf("%s=%q", pair.GetName(), pair.GetValue()))
			}
			value := metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
			if family.GetType() == dto.MetricType_HISTOGRAM {
				value = float64(metric.GetHistogram().GetSampleCount())
			}
			values[family.GetName()+"{"+strings.Join(labels, ",")+"}"] = value
		}
	}
	return values
}

// series counts the series of a metric.
func series(values map[string]float64, name string) (n int, sum float64) {
	for key, value := range values {
		if strings.HasPrefix(key, name+"{") {
			n++
			sum += value
		}
	}
	return n, sum
}

// TestManyOrgs has 10,000 orgs, of which those with the most traffic get series. What
// all have done adds up, whoever has a series when.
func TestManyOrgs(t *testing.T) {
	m, now := clocked(Options{MaxOrgs: 20})
	var sessions []*Session
	for i := range 10000 {
		s := began(m, fmt.Sprintf("org-%05d", i))
		s.Query()
		s.Received(100)
		sessions = append(sessions, s)
	}
	values := gather(t, m)
	if n, sum := series(values, "tenantproxy_org_sessions"); n != 21 || sum != 10000 {
		t.Errorf("%d series of sessions with %v in all", n, sum)
	}
	if values["tenantproxy_orgs{}"] != 10000 {
		t.Errorf("%v orgs", values["tenantproxy_orgs{}"])
	}
	// The first are the ones that have series, as long as nobody does much more.
	if _, ok := values[`tenantproxy_org_statements_total{org="org-00019"}`]; !ok {
		t.Error("the first orgs have no series")
	}
	want := 10000.0
	for round := range 5 {
		for i := range 30 {
			sessions[9000+100*round+i].Query()
			sessions[9000+100*round+i].Received(1_000_000)
			want++
		}
		before := gather(t, m)
		*now = now.Add(time.Minute)
		after := gather(t, m)
		for _, name := range []string{"tenantproxy_org_statements_total", "tenantproxy_org_bytes_total", "tenantproxy_org_refused_total", "tenantproxy_org_sessions"} {
			for key, value := range after {
				if strings.HasPrefix(key, name) && strings.Contains(key, `org="other"`) && value < before[key] {
					t.Errorf("%s falls from %v to %v", key, before[key], value)
				}
			}
		}
		if n, _ := series(after, "tenantproxy_org_statements_total"); n != 21 {
			t.Errorf("round %d: %d series", round, n)
		}
		if _, ok := after[fmt.Sprintf(`tenantproxy_org_sessions{org="org-%05d"}`, 9000+100*round)]; !ok && round == 0 {
			t.Errorf("round %d: the busiest org has no series", round)
		}
	}
	values = gather(t, m)
	if got := values[`tenantproxy_executions_total{protocol="simple"}`]; got != want {
		t.Errorf("%v executions, want %v", got, want)
	}
	for _, s := range sessions {
		s.End("")
	}
	*now = now.Add(24 * time.Hour)
	gather(t, m)
	if n := len(m.orgs.accounts); n > 20 {
		t.Errorf("%d accounts are kept for nothing", n)
	}
	values = gather(t, m)
	if got := values[`tenantproxy_executions_total{protocol="simple"}`]; got != want {
		t.Errorf("%v executions after the sessions' end, want %v", got, want)
	}
}

// TestSeriesAddUp compares the series of orgs with the sum over all, while orgs take
// series from each other.
func TestSeriesAddUp(t *testing.T) {
	m, now := clocked(Options{MaxOrgs: 2})
	var sessions []*Session
	for i := range 6 {
		sessions = append(sessions, began(m, fmt.Sprint(i)))
	}
	increase, last := 0.0, make(map[string]float64)
	for round := range 60 {
		busy := sessions[round/10]
		for range round + 1 {
			busy.Query()
		}
		busy.Received(1000)
		*now = now.Add(time.Minute)
		current := gather(t, m)
		for key, value := range current {
			if !strings.HasPrefix(key, "tenantproxy_org_statements_total") {
				continue
			}
			if value < last[key] { // as Prometheus sees a counter that fell
				increase += value
			} else {
				increase += value - last[key]
			}
		}
		last = current
	}
	if all := last[`tenantproxy_executions_total{protocol="simple"}`]; increase != all || all != 60*61/2 {
		t.Errorf("the orgs' series have grown by %v, all together by %v", increase, all)
	}
}

// TestHostileOrgs has orgs of type text that a label cannot hold as they are.
func TestHostileOrgs(t *testing.T) {
	m, _ := clocked(Options{MaxOrgs: 100})
	orgs := []string{
		"", "other", "other~", "a\x00b", "ab", "a\nb", "\xff\xfe", `<script>alert(1)</script>`, `"}\`, "\u202egro",
		strings.Repeat("x", 1024), strings.Repeat("x", 1023) + "y", strings.Repeat("ü", 600),
	}
	for _, org := range orgs {
		began(m, org).Query()
	}
	values := gather(t, m)
	if n, sum := series(values, "tenantproxy_org_sessions"); n != len(orgs)+1 || int(sum) != len(orgs) {
		t.Errorf("%d series with %v sessions", n, sum)
	}
	if values[`tenantproxy_org_sessions{org="other"}`] != 0 {
		t.Error("an org is taken for the others")
	}
	for _, org := range orgs {
		label := orgLabel(org)
		if !utf8.ValidString(label) || len(label) > maxLabelBytes+len(altered)+16 || strings.ContainsAny(label, "\x00\n\u202e") {
			t.Errorf("org %q has the label %q", org, label)
		}
	}
	if got := orgLabel("0b39cf0c-7b8d-4bd7-9e7c-0e9a0a2f2f11"); got != "0b39cf0c-7b8d-4bd7-9e7c-0e9a0a2f2f11" {
		t.Errorf("a uuid becomes %q", got)
	}
}

// TestAccountsAreDropped has many orgs that come and go while nobody looks.
func TestAccountsAreDropped(t *testing.T) {
	m, now := clocked(Options{MaxOrgs: 5})
	for i := range 20000 {
		s := began(m, fmt.Sprint(i))
		s.Query()
		s.End("")
		*now = now.Add(time.Second)
	}
	if n := len(m.orgs.accounts); n > 2*spare {
		t.Errorf("%d accounts are kept", n)
	}
	if got := gather(t, m)[`tenantproxy_executions_total{protocol="simple"}`]; got != 20000 {
		t.Errorf("%v executions", got)
	}
}
