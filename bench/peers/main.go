// Command peers measures tenantproxy beside other ways to Postgres: directly,
// PgBouncer, HAProxy. All stand before the same server and the same tables, which
// have row-level security, and take their turns in rounds, so that what else the
// machine does meets them all. Only ratios within one run mean something.
//
//	make bench-peers
//
// It starts all that it needs on loopback, private to the run, and ends it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	var o options
	var only, peers string
	flag.IntVar(&o.rounds, "rounds", 5, "rounds, in each of which every peer gets every workload once")
	flag.DurationVar(&o.duration, "duration", 3*time.Second, "how long one run of pgbench takes")
	flag.IntVar(&o.scale, "scale", 10, "pgbench's scale: 100,000 accounts each")
	flag.StringVar(&only, "workloads", "", "comma-separated names; empty: all")
	flag.StringVar(&peers, "peers", "", "comma-separated names; empty: all")
	flag.StringVar(&o.idle, "idle", "1000,5000", "numbers of idle clients whose memory is measured; empty: none")
	flag.StringVar(&o.binary, "binary", "bin/tenantproxy", "the proxy to measure")
	flag.StringVar(&o.out, "out", "bench/results", "directory for peers.md, peers.svg and peers.json")
	flag.Parse()
	o.workloads, o.peers = list(only), list(peers)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// options are what the flags say.
type options struct {
	rounds           int
	duration         time.Duration
	scale            int
	workloads, peers []string
	idle             string
	binary, out      string
}

func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

func run(ctx context.Context, o options) (err error) {
	idle, err := numbers(o.idle)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("/tmp", "tppeers")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // PgBouncer drops root's rights
		return err
	}
	say("starting Postgres with pgbench's tables at scale %d", o.scale)
	db, err := startDatabase(ctx, dir, o.scale)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.stop()) }()

	peers, err := startPeers(ctx, dir, db, o)
	defer func() { err = errors.Join(err, stopPeers(peers)) }()
	if err != nil {
		return err
	}
	results := newResults(o, db, peers)
	loads := chosen(workloads(), o.workloads)
	for round := range o.rounds {
		for _, w := range loads {
			for i := range peers {
				p := peers[(i+round)%len(peers)] // nobody is always the first
				if w.needsSession && p.perTransaction {
					continue
				}
				s, err := measure(ctx, w, db, p, o.duration)
				if err != nil {
					return fmt.Errorf("running %s on %s: %w", w.name, p.name, err)
				}
				results.add(w.name, p.name, s)
				say("round %d/%d %-12s %-24s %s", round+1, o.rounds, w.name, p.name, s)
			}
		}
		results.roundEnded()
	}
	for _, n := range idle {
		for _, p := range peers {
			perClient, clients, err := idleMemory(ctx, p, n)
			if err != nil {
				return fmt.Errorf("connecting idle clients to %s: %w", p.name, err)
			}
			if clients == n {
				results.addIdle(p.name, n, perClient)
				say("%d idle clients  %-24s %.1f KiB each", n, p.name, perClient/1024)
			}
		}
	}
	return results.write(o.out)
}

// measure runs a workload, again if nothing came of it: on a busy machine many
// clients may connect for all of a short run.
func measure(ctx context.Context, w workload, db *database, p *peer, duration time.Duration) (s sample, err error) {
	for range 10 {
		if s, err = w.run(ctx, db, p, duration); !errors.Is(err, errNothingDone) {
			break
		}
		say("%s on %s: %s: once more", w.name, p.name, err)
	}
	return s, err
}

// chosen keeps the workloads that are named, or all.
func chosen(all []workload, names []string) []workload {
	if len(names) == 0 {
		return all
	}
	var some []workload
	for _, w := range all {
		for _, name := range names {
			if w.name == name {
				some = append(some, w)
			}
		}
	}
	return some
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// executable finds a program in the given directories, on PATH, or where
// Debian keeps daemons.
func executable(name string, dirs ...string) (string, error) {
	dirs = append(dirs, filepath.SplitList(os.Getenv("PATH"))...)
	for _, dir := range append(dirs, "/usr/sbin") {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 { //nolint:gosec // PATH is the caller's
			return path, nil
		}
	}
	return "", fmt.Errorf("no %s here: scripts/ensure-peers.sh installs it", name)
}
