package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// workload is one kind of load.
type workload struct {
	name string
	// needsSession tells that it uses prepared statements from one transaction to
	// the next.
	needsSession bool
	run          func(ctx context.Context, db *database, p *peer, duration time.Duration) (sample, error)
}

// sample is what one run gave. What was not measured is zero.
type sample struct {
	TPS        float64 `json:"tps,omitempty"`        // transactions, or connections, a second
	CPUMicros  float64 `json:"cpu_micros,omitempty"` // of the peer's process, for each of these
	P99Millis  float64 `json:"p99_millis,omitempty"` // of the transactions' latency
	RowsPerSec float64 `json:"rows_per_sec,omitempty"`
}

// String is for the progress on the terminal.
func (s sample) String() string {
	if s.RowsPerSec > 0 {
		return fmt.Sprintf("%10.0f rows/s", s.RowsPerSec)
	}
	return fmt.Sprintf("%10.0f/s %8.1f µs CPU %8.2f ms p99", s.TPS, s.CPUMicros, s.P99Millis)
}

// workloads are all there are, in the order of the report.
func workloads() []workload {
	var all []workload
	for _, mode := range []string{"simple", "extended", "prepared"} {
		for _, clients := range []int{1, 8, 64} {
			all = append(all, workload{
				name:         fmt.Sprintf("%s-%d", mode, clients),
				needsSession: mode == "prepared",
				run:          pgbench(clients, "-S", "-M", mode),
			})
		}
	}
	return append(all,
		workload{name: "tpcb-8", run: pgbench(8)},
		workload{name: "churn-8", run: pgbench(8, "-S", "-C")},
		workload{name: "copy-1M", run: rows(func(ctx context.Context, conn *pgconn.PgConn) (int64, error) {
			tag, err := conn.CopyTo(ctx, io.Discard, "COPY (SELECT aid, bid, abalance, filler FROM pgbench_accounts) TO STDOUT")
			return tag.RowsAffected(), err
		})},
		workload{name: "select-1M", run: rows(func(ctx context.Context, conn *pgconn.PgConn) (n int64, err error) {
			result := conn.ExecParams(ctx, "SELECT aid, bid, abalance, filler FROM pgbench_accounts", nil, nil, nil, nil)
			for result.NextRow() {
				n++
			}
			_, err = result.Close()
			return n, err
		})},
	)
}

// Lines of pgbench's report.
var (
	tpsLine   = regexp.MustCompile(`(?m)^tps = ([0-9.]+)`)
	countLine = regexp.MustCompile(`(?m)^number of transactions actually processed: ([0-9]+)`)
)

// pgbench runs the program of that name with so many clients.
func pgbench(clients int, args ...string) func(context.Context, *database, *peer, time.Duration) (sample, error) {
	return func(ctx context.Context, db *database, p *peer, duration time.Duration) (s sample, err error) {
		prefix := filepath.Join(db.logs, "run")
		cmd := exec.CommandContext(ctx, db.pgbench, append([]string{ //nolint:gosec // the Postgres that was found
			"-n", "-c", strconv.Itoa(clients), "-j", strconv.Itoa(min(clients, 2)),
			"-T", strconv.FormatFloat(duration.Seconds(), 'f', 0, 64), "-l", "--log-prefix", prefix,
			"-h", "127.0.0.1", "-p", strconv.Itoa(p.port), "-U", p.user, databaseName,
		}, args...)...)
		cmd.Env = append(os.Environ(), "PGPASSWORD="+p.password, "PGSSLMODE=disable", "PGGSSENCMODE=disable")
		before, err := p.process.cpu()
		if err != nil {
			return s, err
		}
		out, err := cmd.CombinedOutput()
		if err != nil {
			return s, fmt.Errorf("%w: %s", err, out)
		}
		after, err := p.process.cpu()
		if err != nil {
			return s, err
		}
		tps, count := tpsLine.FindSubmatch(out), countLine.FindSubmatch(out)
		if tps == nil || count == nil {
			return s, fmt.Errorf("pgbench says neither tps nor transactions: %s", out)
		}
		n, err := strconv.ParseFloat(string(count[1]), 64)
		if err != nil || n == 0 {
			return s, fmt.Errorf("pgbench made %s transactions", count[1])
		}
		if s.TPS, err = strconv.ParseFloat(string(tps[1]), 64); err != nil {
			return s, err
		}
		s.CPUMicros = float64((after - before).Microseconds()) / n
		s.P99Millis, err = p99(prefix)
		return s, err
	}
}

// p99 reads the latencies of pgbench's logs, and removes them: the third field of
// each line, in microseconds.
func p99(prefix string) (millis float64, err error) {
	logs, err := filepath.Glob(prefix + ".*")
	if err != nil {
		return 0, err
	}
	var latencies []int64
	for _, name := range logs {
		file, err := os.Open(name)
		if err != nil {
			return 0, err
		}
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			var client, number, latency int64
			if _, err := fmt.Sscan(lines.Text(), &client, &number, &latency); err != nil {
				return 0, errors.Join(fmt.Errorf("reading pgbench's log: %w", err), file.Close())
			}
			latencies = append(latencies, latency)
		}
		if err := errors.Join(lines.Err(), file.Close(), os.Remove(name)); err != nil {
			return 0, err
		}
	}
	if len(latencies) == 0 {
		return 0, errors.New("pgbench has logged no transactions")
	}
	slices.Sort(latencies)
	return float64(latencies[len(latencies)*99/100]) / 1000, nil
}

// rows measures one large result on a connection of its own.
func rows(fetch func(context.Context, *pgconn.PgConn) (int64, error)) func(context.Context, *database, *peer, time.Duration) (sample, error) {
	return func(ctx context.Context, _ *database, p *peer, _ time.Duration) (s sample, err error) {
		conn, err := pgconn.Connect(ctx, p.dsn())
		if err != nil {
			return s, err
		}
		defer func() { err = errors.Join(err, conn.Close(ctx)) }()
		before, err := p.process.cpu()
		if err != nil {
			return s, err
		}
		start := time.Now()
		n, err := fetch(ctx, conn)
		if err != nil {
			return s, err
		}
		s.RowsPerSec = float64(n) / time.Since(start).Seconds()
		after, err := p.process.cpu()
		if err != nil {
			return s, err
		}
		s.CPUMicros = float64((after - before).Microseconds()) / float64(n)
		return s, nil
	}
}
