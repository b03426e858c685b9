package main

import (
	"math/rand/v2"
	"testing"
)

// TestRatio has figures of which the ratio is known, in rounds that are as noisy as
// those on a machine with other loads, most of it common to the peers of a round.
func TestRatio(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	noisy := func(v, by float64) float64 { return v * (1 + by*(2*random.Float64()-1)) }
	const base, adds, ratio = 0.6, 0.3, 1.2
	r := &results{Samples: map[string]map[string][]sample{}}
	for range 60 {
		common := noisy(1, 0.5)
		r.add("load", direct, sample{P99Millis: common * noisy(base, 0.1)})
		r.add("load", pgbouncerSession, sample{P99Millis: common * noisy(base+adds, 0.1), TPS: common * noisy(100, 0.1)})
		r.add("load", tenantproxySession, sample{P99Millis: common * noisy(base+ratio*adds, 0.1), TPS: common * noisy(100*ratio, 0.1)})
	}
	for name, e := range map[string]estimate{
		"a ratio":              r.ratio("load", tenantproxySession, pgbouncerSession, "", tps),
		"a ratio above a base": r.ratio("load", tenantproxySession, pgbouncerSession, direct, p99Millis),
	} {
		if e.ratio < ratio*0.85 || e.ratio > ratio*1.15 {
			t.Errorf("%s: %v is not near %v", name, e, ratio)
		}
		if !(e.low < ratio && ratio < e.high && e.low > 0.5*ratio && e.high < 2*ratio) {
			t.Errorf("%s: the bounds of %v do not hold %v, or say nothing", name, e, ratio)
		}
	}
	if e := r.ratio("load", haproxy, pgbouncerSession, "", tps); e != (estimate{}) {
		t.Errorf("a peer that did not run has %v", e)
	}
	if e := r.ratio("load", direct, pgbouncerSession, "", tps); e != (estimate{}) {
		t.Errorf("a figure that was not measured has %v", e)
	}
}

// TestWorst has the workload that is furthest from the goal decide.
func TestWorst(t *testing.T) {
	low, high := estimate{0.8, 0.9, 1}, estimate{1.1, 1.2, 1.3}
	for _, test := range []struct {
		target
		decides estimate
		says    string
	}{
		{target{must: 1.4, goal: 1, ratios: []named{{"a", low}, {"b", high}}}, high, "met"},
		{target{must: 1.25, goal: 1, ratios: []named{{"a", low}, {"b", high}}}, high, "met, not certain"},
		{target{must: 1.1, goal: 1, ratios: []named{{"a", high}, {"b", low}}}, high, "missed"},
		{target{must: 0.95, goal: 1.1, atLeast: true, ratios: []named{{"a", high}, {"b", low}}}, low, "missed, not certain"},
		{target{must: 0.7, goal: 1.1, atLeast: true, ratios: []named{{"a", low}, {"b", high}}}, low, "met"},
		{target{must: 0.9, goal: 1.1, atLeast: true, ratios: []named{{"b", high}}}, high, "goal"},
		{target{must: 0.9, goal: 1.1}, estimate{}, "not measured"},
	} {
		if worst, _ := test.worst(); worst != test.decides || test.verdict() != test.says {
			t.Errorf("%+v: the worst is %v, and it is %s", test.target, worst, test.verdict())
		}
	}
}
