package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// results are the samples of a run, with what is needed to make it again.
type results struct {
	Date      string            `json:"date"`
	Command   string            `json:"command"`
	Commit    string            `json:"commit"`
	Machine   string            `json:"machine"`
	Load      []string          `json:"load"`     // the 1-minute load averages of the machine after each round
	Peers     []string          `json:"peers"`    // in the order of the tables
	Versions  map[string]string `json:"versions"` // of each peer
	Rounds    int               `json:"rounds"`
	Duration  string            `json:"duration"` // of one run of pgbench
	Scale     int               `json:"scale"`
	Workloads []string          `json:"workloads"` // in the order of the tables
	// Samples are by workload and peer, one a round.
	Samples map[string]map[string][]sample `json:"samples"`
	// Idle is the growth in bytes for each idle client, by peer and number of clients.
	Idle map[string]map[int]float64 `json:"idle,omitempty"`
}

func newResults(o options, db *database, peers []*peer) *results {
	r := &results{
		Date:     time.Now().UTC().Format(time.DateOnly),
		Command:  "make bench-peers",
		Commit:   commit(),
		Machine:  machine(),
		Versions: make(map[string]string),
		Rounds:   o.rounds, Duration: o.duration.String(), Scale: o.scale,
		Samples: make(map[string]map[string][]sample),
		Idle:    make(map[string]map[int]float64),
	}
	if len(os.Args) > 1 {
		r.Command += fmt.Sprintf(" ARGS=%q", strings.Join(os.Args[1:], " "))
	}
	for _, p := range peers {
		r.Peers = append(r.Peers, p.name)
		r.Versions[p.name] = p.version
	}
	r.Versions[direct] = "PostgreSQL " + db.version
	return r
}

// roundEnded notes how busy the machine is, the run itself among it.
func (r *results) roundEnded() {
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		load, _, _ := strings.Cut(string(text), " ")
		r.Load = append(r.Load, load)
	}
}

func (r *results) add(workload, peer string, s sample) {
	if r.Samples[workload] == nil {
		r.Samples[workload] = make(map[string][]sample)
		r.Workloads = append(r.Workloads, workload)
	}
	r.Samples[workload][peer] = append(r.Samples[workload][peer], s)
}

func (r *results) addIdle(peer string, clients int, bytes float64) {
	if r.Idle[peer] == nil {
		r.Idle[peer] = make(map[int]float64)
	}
	r.Idle[peer][clients] = bytes
}

// write writes peers.json, peers.md and peers.svg.
func (r *results) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // to be committed
		return err
	}
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"peers.json": append(data, '\n'), "peers.md": []byte(r.markdown()), "peers.svg": []byte(r.plot()),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil { //nolint:gosec // to be committed
			return err
		}
	}
	say("wrote %s", filepath.Join(dir, "peers.{json,md,svg}"))
	return nil
}

// spread is a median with its extremes. The zero value is no measurement.
type spread struct{ min, median, max float64 }

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	values = slices.Sorted(slices.Values(values))
	middle := len(values) / 2
	s := spread{min: values[0], median: values[middle], max: values[len(values)-1]}
	if len(values)%2 == 0 {
		s.median = (values[middle-1] + values[middle]) / 2
	}
	return s
}

// metric takes one figure out of a sample.
type metric func(sample) float64

func tps(s sample) float64        { return s.TPS }
func cpuMicros(s sample) float64  { return s.CPUMicros }
func p99Millis(s sample) float64  { return s.P99Millis }
func rowsPerSec(s sample) float64 { return s.RowsPerSec }

// values are the figures of a workload on a peer, one a round.
func (r *results) values(workload, peer string, of metric) []float64 {
	var all []float64
	for _, s := range r.Samples[workload][peer] {
		if v := of(s); v != 0 {
			all = append(all, v)
		}
	}
	return all
}

// idleNumbers are the numbers of idle clients that were measured.
func (r *results) idleNumbers() []int {
	all := make(map[int]bool)
	for _, byNumber := range r.Idle {
		for n := range byNumber {
			all[n] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func commit() string {
	out, err := exec.CommandContext(context.Background(), "git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// machine says what the run was made on.
func machine() string {
	model, kernel := "unknown processor", ""
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		kernel = ", Linux " + strings.TrimSpace(string(release))
	}
	return fmt.Sprintf("%d × %s%s, shared with other loads", runtime.NumCPU(), model, kernel)
}
