package auditlog

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what must happen at all; it measures nothing.
const patience = 20 * time.Second

// open opens a log, which is closed at the end of the test if it is not before.
func open(t testing.TB, o Options) *Log {
	t.Helper()
	if o.Path == "" {
		o.Path = filepath.Join(t.TempDir(), "audit.log")
	}
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		select {
		case <-l.done:
		default:
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_ = l.Close(ctx)
			<-l.done
		}
	})
	return l
}

func shut(t testing.TB, l *Log) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := l.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

// read gives the lines of files, all whole, with numbers that go on from one to the next.
func read(t testing.TB, paths ...string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parse(t, string(text))...)
	}
	for i, l := range all {
		if i > 0 && l["seq"].(float64) != all[i-1]["seq"].(float64)+1 {
			t.Fatalf("line %v comes after %v", l, all[i-1])
		}
	}
	return all
}

func parse(t testing.TB, text string) (all []map[string]any) {
	t.Helper()
	rest, ok := strings.CutSuffix(text, "\n")
	if !ok {
		t.Fatalf("the last line has no end: %q", text)
	}
	for _, l := range strings.Split(rest, "\n") {
		all = append(all, fields(t, l))
	}
	return all
}

func names(lines []map[string]any) (names []string) {
	for _, l := range lines {
		names = append(names, l["event"].(string))
	}
	return names
}

func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not happen", what)
		}
	}
}

func executed(i int) Event {
	return StatementExecuted{Outcome: OutcomeOK, Command: "SELECT", Rows: uint64(i), Fingerprint: "0123456789abcdef"}
}

// TestWriters has many write at once, and rotations in between: every event is in one
// of the files, once and whole.
func TestWriters(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "audit.log")
	l := open(t, Options{Path: path, QueueBytes: 4 << 10})
	const writers, each = 8, 500
	var wg sync.WaitGroup
	for i := range writers {
		actor := NewActor(Who{Session: uint64(i), Org: fmt.Sprint("org", i)})
		wg.Go(func() {
			for j := range each {
				l.Write(t.Context(), actor, executed(j))
			}
		})
	}
	var paths []string
	for i := range 5 {
		old := filepath.Join(dir, fmt.Sprint("audit.log.", i))
		if err := os.Rename(path, old); err != nil {
			t.Fatal(err)
		}
		if err := l.Reopen(t.Context()); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, old)
	}
	wg.Wait()
	shut(t, l)
	lines := read(t, append(paths, path)...)
	next := make(map[string]float64) // the rows that come next, by org
	for _, line := range lines {
		if line["event"] != "statement.executed" {
			continue
		}
		org := line["org"].(string)
		if line["rows"].(float64) != next[org] {
			t.Fatalf("%s: got %v, want %v", org, line["rows"], next[org])
		}
		next[org]++
	}
	for org, n := range next {
		if n != each {
			t.Errorf("%s has %v events", org, n)
		}
	}
	if len(next) != writers || lines[0]["event"] != "audit.opened" || lines[len(lines)-1]["event"] != "audit.closed" {
		t.Errorf("%d writers, from %v to %v", len(next), lines[0], lines[len(lines)-1])
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestOpenErrors(t *testing.T) {
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "no", "audit.log")} {
		if err := CheckPath(path); err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(path, "/audit.log")) {
			t.Errorf("%s: CheckPath gives %v", path, err)
		}
		if l, err := Open(Options{Path: path}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, %v", path, l, err)
		}
	}
}

func TestCheckPath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	for range 2 {
		if err := CheckPath(path); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := CheckPath("-"); err != nil {
		t.Error(err)
	}
}

// TestTornLine goes on behind what a process left that was killed.
func TestTornLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	if err := os.WriteFile(path, []byte(`{"event":"whole"}`+"\n"+`{"event":"to`), 0o600); err != nil {
		t.Fatal(err)
	}
	shut(t, open(t, Options{Path: path}))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) != 5 || lines[1] != `{"event":"to` || fields(t, lines[2])["event"] != "audit.opened" {
		t.Errorf("got %q", lines)
	}
}

// TestReopenErrors keeps the old file when there cannot be a new one.
func TestReopenErrors(t *testing.T) {
	dir := t.TempDir()
	path, moved := filepath.Join(dir, "audit.log"), filepath.Join(dir, "moved")
	l := open(t, Options{Path: path})
	if err := os.Rename(path, moved); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := l.Reopen(t.Context()); err == nil {
		t.Error("a directory was opened")
	}
	l.Write(t.Context(), nil, executed(1))
	shut(t, l)
	if got := fmt.Sprint(names(read(t, moved))); got != "[audit.opened statement.executed audit.closed]" {
		t.Errorf("got %s", got)
	}
}

// TestReconfigure changes what is recorded, and where, under a log that is in use.
func TestReconfigure(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	l := open(t, Options{Path: first, Statements: StatementsAll, Literals: true})
	l.Write(t.Context(), nil, executed(1))
	if err := l.Reconfigure(t.Context(), Options{Path: filepath.Join(dir, "no", "such"), Statements: StatementsNone}); err == nil || !l.All() || !l.Literals() {
		t.Errorf("a path that cannot be opened: %v, all %v, literals %v", err, l.All(), l.Literals())
	}
	l.Write(t.Context(), nil, executed(2))
	if err := l.Reconfigure(t.Context(), Options{Path: first, Statements: StatementsRefused}); err != nil || l.All() || !l.Refused() || l.Literals() {
		t.Errorf("got %v, all %v, refused %v, literals %v", err, l.All(), l.Refused(), l.Literals())
	}
	for deadline := time.Now().Add(time.Minute); len(read(t, first)) < 4; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the lines are not written")
		}
	}
	if err := l.Reconfigure(t.Context(), Options{Path: second, Statements: StatementsNone, Drop: true}); err != nil || l.Refused() {
		t.Errorf("got %v, refused %v", err, l.Refused())
	}
	l.Write(t.Context(), nil, executed(3))
	if err := l.Reopen(t.Context()); err != nil {
		t.Error(err)
	}
	shut(t, l)
	for path, want := range map[string]string{
		first:  "[audit.opened statement.executed statement.executed audit.opened]",
		second: "[audit.opened statement.executed audit.opened audit.closed]",
	} {
		if got := fmt.Sprint(names(read(t, path))); got != want {
			t.Errorf("%s has %s, want %s", filepath.Base(path), got, want)
		}
	}
}

func TestNil(t *testing.T) {
	var l *Log
	l.Write(t.Context(), nil, executed(1))
	l.Note(nil, executed(1))
	if l.Admit() != nil || l.Err() != nil || l.Blocked() != nil || l.All() || l.Refused() || l.Literals() ||
		l.Reopen(t.Context()) != nil || l.Reconfigure(t.Context(), Options{}) != nil || l.Close(t.Context()) != nil {
		t.Error("no log is not like one")
	}
}

// TestThrottle sums up what comes too often: every event is written or counted.
func TestThrottle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	l := open(t, Options{Path: path})
	for i := range 100 {
		l.Write(t.Context(), NewActor(Who{Session: uint64(i)}), LoginRefused{Address: "10.0.0.1", Reason: "expired"})
	}
	l.Write(t.Context(), nil, LoginRefused{Address: "10.0.0.2", Reason: "expired"})
	l.expireThrottled(time.Now().Add(2*throttleWindow), false)
	l.Write(t.Context(), nil, LoginRefused{Address: "10.0.0.1", Reason: "expired"})
	for i := range 3 * maxKeys {
		l.Write(t.Context(), nil, CancelRefused{Address: fmt.Sprint(i)})
	}
	if keys := len(l.throttle.entries); keys > maxKeys+10 {
		t.Errorf("%d keys are kept", keys)
	}
	shut(t, l)
	counts := make(map[string]float64)
	written := make(map[string]float64)
	for _, line := range read(t, path) {
		repeated, _ := line["repeated"].(float64)
		counts[line["event"].(string)] += 1 + repeated
		written[line["event"].(string)]++
		if repeated > 0 && line["event"] == "login.refused" && line["session"] != 99.0 {
			t.Errorf("not the last: %v", line)
		}
	}
	if counts["login.refused"] != 102 || written["login.refused"] != 63 {
		t.Errorf("%v refused logins in %v lines", counts["login.refused"], written["login.refused"])
	}
	if counts["cancel.refused"] != 3*maxKeys {
		t.Errorf("%v refused cancels", counts["cancel.refused"])
	}
}

func BenchmarkWrite(b *testing.B) {
	l := open(b, Options{})
	actor := NewActor(Who{Session: 1, Org: "0191d7a0-5a5a-7000-8000-000000000001", Subject: "user-1", TokenID: "token-1", Client: "127.0.0.1:54321", Application: "app"})
	event := StatementExecuted{Outcome: OutcomeOK, Command: "SELECT", Rows: 1, Duration: 1234567, Fingerprint: "0123456789abcdef"}
	b.ReportAllocs()
	for b.Loop() {
		l.Write(b.Context(), actor, event)
	}
}
