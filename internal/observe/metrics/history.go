package metrics

import "time"

// historyMinutes is how far back the history goes.
const historyMinutes = 60

// history has what was decided in each of the last minutes. It is guarded by
// Metrics.mu.
type history struct {
	minutes [historyMinutes]Minute // of the times that they stand for, by unix minute
	allowed uint64                 // what was known when it was last updated
	rules   map[string]ruleSeen
}

type ruleSeen struct{ refused, reported uint64 }

// Minute is what was decided in one minute.
type Minute struct {
	Start   time.Time `json:"start"`
	Allowed uint64    `json:"allowed"`
	// Refused and Reported are by rule, those without any left out.
	Refused  map[string]uint64 `json:"refused"`
	Reported map[string]uint64 `json:"reported"`
}

func (h *history) init(now time.Time) {
	h.rules = make(map[string]ruleSeen)
	h.minute(now)
}

// minute gives the one that now is in.
func (h *history) minute(now time.Time) *Minute {
	start := now.UTC().Truncate(time.Minute)
	m := &h.minutes[start.Unix()/60%historyMinutes]
	if !m.Start.Equal(start) {
		*m = Minute{Start: start, Refused: make(map[string]uint64), Reported: make(map[string]uint64)}
	}
	return m
}

// update adds what has come since the last time.
func (h *history) update(now time.Time, allowed uint64, rules map[string]*ruleCount) {
	m := h.minute(now)
	m.Allowed += allowed - h.allowed
	h.allowed = allowed
	for rule, count := range rules {
		before := h.rules[rule]
		seen := ruleSeen{count.refused.Load(), count.reported.Load()}
		if seen == before {
			continue
		}
		h.rules[rule] = seen
		if n := seen.refused - before.refused; n > 0 {
			m.Refused[rule] += n
		}
		if n := seen.reported - before.reported; n > 0 {
			m.Reported[rule] += n
		}
	}
}

// hour gives the last hour, the oldest minute first, also those in which nothing
// was. The maps are copies.
func (h *history) hour(now time.Time) []Minute {
	current := now.UTC().Truncate(time.Minute)
	hour := make([]Minute, historyMinutes)
	for i := range hour {
		start := current.Add(time.Duration(i+1-historyMinutes) * time.Minute)
		kept := &h.minutes[start.Unix()/60%historyMinutes]
		hour[i] = Minute{Start: start, Refused: map[string]uint64{}, Reported: map[string]uint64{}}
		if kept.Start.Equal(start) {
			hour[i].Allowed = kept.Allowed
			copyCounts(hour[i].Refused, kept.Refused)
			copyCounts(hour[i].Reported, kept.Reported)
		}
	}
	return hour
}

func copyCounts(to, from map[string]uint64) {
	for rule, n := range from {
		to[rule] = n
	}
}
