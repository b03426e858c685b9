package main

// target is a bound that the proxy is built to, as a ratio within one run.
type target struct {
	figure string
	// atLeast tells that more is better.
	atLeast    bool
	must, goal float64
	ratios     []named // one for each workload that it is about
}

// named is the estimate of a workload.
type named struct {
	workload string
	estimate
}

// targets compares the run with the bounds.
func (r *results) targets() []target {
	each := func(workloads []string, peer, to, base string, of metric) (all []named) {
		for _, w := range workloads {
			if e := r.ratio(w, peer, to, base, of); e != (estimate{}) {
				all = append(all, named{w, e})
			}
		}
		return all
	}
	atEight := []string{"simple-8", "extended-8", "prepared-8"}
	at64 := []string{"simple-64", "extended-64", "prepared-64"}
	all := []target{
		{
			figure: "CPU per transaction, extended and prepared, 8 and 64 clients, to PgBouncer session", must: 1.2, goal: 1.0,
			ratios: each([]string{"extended-8", "extended-64", "prepared-8", "prepared-64"}, tenantproxySession, pgbouncerSession, "", cpuMicros),
		}, {
			figure: "CPU per transaction, simple with new literals, 8 and 64 clients, to PgBouncer session", must: 1.6, goal: 1.3,
			ratios: each([]string{"simple-8", "simple-64"}, tenantproxySession, pgbouncerSession, "", cpuMicros),
		}, {
			figure: "throughput at 64 clients, to PgBouncer session", atLeast: true, must: 0.95, goal: 1.1,
			ratios: each(at64, tenantproxySession, pgbouncerSession, "", tps),
		}, {
			figure: "throughput at 64 clients, transaction mode, to PgBouncer transaction", atLeast: true, must: 0.95, goal: 1.1,
			ratios: each(at64, tenantproxyTx, pgbouncerTx, "", tps),
		}, {
			figure: "p99 latency added at 8 clients, to what PgBouncer session adds", must: 1.2, goal: 1.0,
			ratios: each(atEight, tenantproxySession, pgbouncerSession, direct, p99Millis),
		}, {
			figure: "a million rows by COPY, rows per second, to direct", atLeast: true, must: 0.9, goal: 0.97,
			ratios: each([]string{"copy-1M"}, tenantproxySession, direct, "", rowsPerSec),
		}, {
			figure: "login with a token and one query, time, to PgBouncer's SCRAM login", must: 1.0, goal: 0.5,
			ratios: each([]string{"churn-8"}, pgbouncerSession, tenantproxySession, "", tps), // times are the other way round
		},
	}
	if bytes, ok := r.Idle[tenantproxyTx][5000]; ok {
		kib := bytes / 1024
		all = append(all, target{
			figure: "KiB of resident memory for each of 5,000 idle clients", must: 16, goal: 6,
			ratios: []named{{"", estimate{kib, kib, kib}}},
		})
	}
	return all
}

// worst is the ratio that is furthest from the goal.
func (t target) worst() (w estimate, ok bool) {
	for i, e := range t.ratios {
		if i == 0 || (e.ratio > w.ratio) != t.atLeast {
			w = e.estimate
		}
	}
	return w, len(t.ratios) > 0
}

// verdict says in a word how the run stands to the bounds, and whether another run could
// well miss what must be, or reach it.
func (t target) verdict() string {
	w, ok := t.worst()
	if !ok {
		return "not measured"
	}
	meets := func(bound float64) bool { return t.atLeast && w.ratio >= bound || !t.atLeast && w.ratio <= bound }
	verdict := "missed"
	switch {
	case meets(t.goal):
		verdict = "goal"
	case meets(t.must):
		verdict = "met"
	}
	if w.low < t.must && t.must < w.high {
		verdict += ", not certain"
	}
	return verdict
}
