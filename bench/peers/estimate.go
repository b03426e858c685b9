package main

import (
	"math/rand/v2"
	"slices"
)

// estimate is a ratio of two peers' figures with the bounds that 95 of 100 runs like
// this one would keep to. The zero value is no estimate.
type estimate struct{ low, ratio, high float64 }

// resamples is how many runs are drawn for the bounds.
const resamples = 2000

// ratio is what a figure of one peer is in parts of another's: the median of the ratios
// of each round, since what disturbs a round disturbs both. base, unless empty, is a peer
// whose figure is taken off both first: then it is the median of what the one adds in each
// round in parts of the median of what the other adds. One round's ratio would have a
// small and noisy number below the line.
func (r *results) ratio(workload, peer, to, base string, of metric) estimate {
	samples := r.Samples[workload]
	number := min(len(samples[peer]), len(samples[to]))
	if base != "" {
		number = min(number, len(samples[base]))
	}
	var rounds []round
	for i := range number {
		one := round{a: of(samples[peer][i]), b: of(samples[to][i])}
		if base != "" {
			one.base = of(samples[base][i])
		}
		if one.a > 0 && one.b > 0 && (base == "" || one.base > 0) {
			rounds = append(rounds, one)
		}
	}
	if len(rounds) == 0 {
		return estimate{}
	}
	compare := medianRatio
	if base != "" {
		compare = ratioOfMedians
	}
	return bootstrap(rounds, compare)
}

// round is a figure of two peers in one round, and that of the base or 0.
type round struct{ a, b, base float64 }

func medianRatio(rounds []round) float64 {
	ratios := make([]float64, len(rounds))
	for i, r := range rounds {
		ratios[i] = r.a / r.b
	}
	return spreadOf(ratios).median
}

func ratioOfMedians(rounds []round) float64 {
	a, b := make([]float64, len(rounds)), make([]float64, len(rounds))
	for i, r := range rounds {
		a[i], b[i] = r.a-r.base, r.b-r.base
	}
	return spreadOf(a).median / spreadOf(b).median
}

// bootstrap estimates by compare, with the bounds found by drawing as many rounds as
// there were, again and again (Efron's percentile bootstrap). The draws are the same
// every time.
func bootstrap(rounds []round, compare func([]round) float64) estimate {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a report that can be made again
	drawn := make([]round, len(rounds))
	ratios := make([]float64, resamples)
	for i := range ratios {
		for j := range drawn {
			drawn[j] = rounds[random.IntN(len(rounds))]
		}
		ratios[i] = compare(drawn)
	}
	slices.Sort(ratios)
	return estimate{ratios[resamples*25/1000], compare(rounds), ratios[resamples*975/1000]}
}

// String gives the ratio and, in brackets, the bounds.
func (e estimate) String() string { return spread{e.low, e.ratio, e.high}.String() }
