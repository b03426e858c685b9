package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// markdown is the report for people.
func (r *results) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# tenantproxy beside its peers\n\n")
	fmt.Fprintf(&b, "Made by `%s` at commit %s on %s. Machine: %s.\n", r.Command, r.Commit, r.Date, r.Machine)
	fmt.Fprintf(&b, "%d interleaved rounds, %s each run of pgbench, scale %d; medians, with minimum–maximum. "+
		"Only what stands in one table is comparable, and ratios only.\n\n", r.Rounds, r.Duration, r.Scale)
	if len(r.Load) > 0 {
		fmt.Fprintf(&b, "Load average of the machine after each round, what else ran on it included: %s.\n\n", strings.Join(r.Load, ", "))
	}
	for _, p := range r.Peers {
		fmt.Fprintf(&b, "- %s: %s\n", p, r.Versions[p])
	}
	fmt.Fprintf(&b, "\nAll stand before the same Postgres, over loopback TCP, with row-level security on pgbench's tables. tenantproxy has all its checks on.\n")

	r.targetsTable(&b)
	r.table(&b, "CPU time of the proxy process, µs a transaction", cpuMicros, func(w string) bool { return !isRows(w) })
	r.table(&b, "Transactions a second (churn: connections)", tps, func(w string) bool { return !isRows(w) })
	r.table(&b, "99th percentile of latency, ms", p99Millis, func(w string) bool { return !isRows(w) })
	r.table(&b, "Large results, rows a second", rowsPerSec, isRows)
	r.idleTable(&b)
	fmt.Fprintf(&b, "\n![CPU time of the proxy process](peers.svg)\n")
	return b.String()
}

func isRows(workload string) bool { return strings.HasSuffix(workload, "-1M") }

func (r *results) targetsTable(b *strings.Builder) {
	fmt.Fprintf(b, "\n## What it is built to reach\n\nRatios within this run, in brackets the bounds that 95 of 100 such runs would keep to "+
		"(bootstrap over the rounds); where several workloads count, the worst decides.\n\n")
	fmt.Fprintf(b, "| figure | must | goal | here | |\n| --- | --- | --- | --- | --- |\n")
	for _, t := range r.targets() {
		sign := "≤"
		if t.atLeast {
			sign = "≥"
		}
		var here []string
		for _, e := range t.ratios {
			text := e.String()
			if len(t.ratios) > 1 {
				text = e.workload + " " + text
			}
			here = append(here, text)
		}
		if len(here) == 0 {
			here = []string{"–"}
		}
		fmt.Fprintf(b, "| %s | %s %g | %s %g | %s | %s |\n", t.figure, sign, t.must, sign, t.goal, strings.Join(here, ", "), t.verdict())
	}
}

// table is one figure by workload and peer.
func (r *results) table(b *strings.Builder, title string, of metric, has func(workload string) bool) {
	var rows strings.Builder
	for _, w := range r.Workloads {
		if !has(w) {
			continue
		}
		fmt.Fprintf(&rows, "| %s |", w)
		for _, p := range r.Peers {
			if s := spreadOf(r.values(w, p, of)); s != (spread{}) {
				fmt.Fprintf(&rows, " %s |", s)
			} else {
				fmt.Fprintf(&rows, " – |")
			}
		}
		fmt.Fprintln(&rows)
	}
	if rows.Len() == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n| workload | %s |\n| --- |%s\n%s", title,
		strings.Join(r.Peers, " | "), strings.Repeat(" --- |", len(r.Peers)), &rows)
}

func (r *results) idleTable(b *strings.Builder) {
	sizes := r.idleNumbers()
	if len(sizes) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## Resident memory for each idle client, KiB\n\nOf those that need no upstream connection for one.\n\n| clients |")
	var peers []string
	for _, p := range r.Peers {
		if len(r.Idle[p]) > 0 {
			peers = append(peers, p)
			fmt.Fprintf(b, " %s |", p)
		}
	}
	fmt.Fprintf(b, "\n| --- |%s\n", strings.Repeat(" --- |", len(peers)))
	for _, n := range sizes {
		fmt.Fprintf(b, "| %d |", n)
		for _, p := range peers {
			if bytes, ok := r.Idle[p][n]; ok {
				fmt.Fprintf(b, " %s |", number(bytes/1024))
			} else {
				fmt.Fprintf(b, " – |")
			}
		}
		fmt.Fprintln(b)
	}
}

// String gives the median and, in brackets, the extremes.
func (s spread) String() string {
	if s.min == s.max {
		return number(s.median)
	}
	return fmt.Sprintf("%s (%s–%s)", number(s.median), number(s.min), number(s.max))
}

// number shows three digits that count, or all before the point.
func number(v float64) string {
	decimals := 0
	if v != 0 {
		decimals = max(0, 2-int(math.Floor(math.Log10(math.Abs(v)))))
	}
	return strconv.FormatFloat(v, 'f', min(decimals, 2), 64)
}
