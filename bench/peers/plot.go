package main

import (
	"fmt"
	"strings"
)

// The plot's measures, in pixels.
const (
	plotWidth  = 860
	labelWidth = 110
	barHeight  = 13
	groupGap   = 14
	plotTop    = 70
)

// colours are told apart also without colour vision (the palette of Okabe and Ito).
var colours = map[string]string{
	pgbouncerSession: "#0072b2", pgbouncerTx: "#56b4e9", haproxy: "#999999",
	tenantproxySession: "#d55e00", tenantproxyTx: "#e69f00",
}

// plot draws the headline, CPU time per transaction, as an SVG: a group of bars for
// each workload, whiskers from the smallest to the largest round.
func (r *results) plot() string {
	var workloads []string
	largest := 1.0
	for _, w := range r.Workloads {
		// Churn and TPC-B have bars so long that the others could not be read.
		if isRows(w) || w == "churn-8" || w == "tpcb-8" {
			continue
		}
		workloads = append(workloads, w)
		for _, p := range r.Peers {
			largest = max(largest, spreadOf(r.values(w, p, cpuMicros)).max)
		}
	}
	x := func(v float64) float64 { return labelWidth + v/largest*(plotWidth-labelWidth-70) }

	var body strings.Builder
	y := plotTop
	for _, w := range workloads {
		first := y
		for _, p := range r.Peers {
			s := spreadOf(r.values(w, p, cpuMicros))
			if s == (spread{}) {
				continue
			}
			middle := float64(y) + float64(barHeight)/2
			fmt.Fprintf(&body, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"><title>%s, %s: %s µs</title></rect>`+"\n",
				labelWidth, y, x(s.median)-labelWidth, barHeight-2, colours[p], w, p, s)
			fmt.Fprintf(&body, `<path d="M%.1f %.1fH%.1fM%.1f %dv%dM%.1f %dv%d"/>`+"\n",
				x(s.min), middle-1, x(s.max), x(s.min), y+3, barHeight-8, x(s.max), y+3, barHeight-8)
			fmt.Fprintf(&body, `<text x="%.1f" y="%.1f">%s</text>`+"\n", x(s.max)+5, middle+3, number(s.median))
			y += barHeight
		}
		fmt.Fprintf(&body, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", labelWidth-8, (first+y)/2+3, w)
		y += groupGap
	}

	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-labelledby="t">`+"\n",
		plotWidth, y+10, plotWidth, y+10)
	fmt.Fprintf(&b, `<title id="t">CPU time of the proxy process for each transaction</title>
<style>text{font:11px system-ui,sans-serif;fill:#222}.h{font-size:15px;font-weight:600}path{stroke:#222;fill:none}</style>
<rect width="100%%" height="100%%" fill="#fff"/>
<text class="h" x="16" y="26">CPU time of the proxy process, µs for each transaction (less is better)</text>
`)
	legend := 16
	for _, p := range r.Peers {
		if colours[p] == "" {
			continue // direct has no process
		}
		fmt.Fprintf(&b, `<rect x="%d" y="40" width="11" height="11" fill="%s"/><text x="%d" y="50">%s</text>`+"\n", legend, colours[p], legend+16, p)
		legend += 30 + 7*len(p)
	}
	b.WriteString(body.String())
	b.WriteString("</svg>\n")
	return b.String()
}
