package auditlog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
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

// TestFullDevice loses nothing on a device that is full, and lets nothing begin, until
// there is a file that takes it.
func TestFullDevice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	if err := os.Symlink("/dev/full", path); err != nil {
		t.Fatal(err)
	}
	l := open(t, Options{Path: path})
	eventually(t, "the failure", func() bool { return l.Err() != nil })
	var unavailable *UnavailableError
	if err := l.Admit(); !errors.As(err, &unavailable) || !unavailable.DiskFull() {
		t.Errorf("Admit gives %v", err)
	}
	if l.Blocked() == nil {
		t.Error("it is not blocked")
	}
	l.Write(t.Context(), nil, executed(1))
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := l.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the recovery", func() bool { return l.Err() == nil && l.Admit() == nil })
	shut(t, l)
	lines := read(t, path)
	if got := fmt.Sprint(names(lines)); got != "[audit.opened statement.executed audit.opened audit.recovered audit.closed]" {
		t.Errorf("got %s", got)
	}
	if r := lines[3]; r["refused"] != 1.0 || !strings.Contains(r["reason"].(string), "no space left") {
		t.Errorf("got %v", r)
	}
}

// TestFullDisk fills a file system, where one can be mounted, and goes on when there is
// room, or in another file. TestFullDevice is for everywhere.
func TestFullDisk(t *testing.T) {
	for _, how := range []string{"freed", "rotated"} {
		t.Run(how, func(t *testing.T) {
			disk := t.TempDir()
			if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64k"); err != nil {
				t.Logf("no tmpfs here: %v", err)
				return
			}
			defer func() {
				if err := syscall.Unmount(disk, 0); err != nil {
					t.Error(err)
				}
			}()
			full, filler := filepath.Join(disk, "audit.log"), filepath.Join(disk, "filler")
			path, elsewhere := filepath.Join(t.TempDir(), "audit.log"), filepath.Join(t.TempDir(), "elsewhere")
			if err := os.Symlink(full, path); err != nil {
				t.Fatal(err)
			}
			l := open(t, Options{Path: path})
			written := fill(t, l, filler)
			text := ""
			if how == "freed" {
				if err := os.Remove(filler); err != nil {
					t.Fatal(err)
				}
			} else {
				if err := errors.Join(os.Remove(path), os.Symlink(elsewhere, path)); err != nil {
					t.Fatal(err)
				}
				if err := l.Reopen(t.Context()); err != nil {
					t.Fatal(err)
				}
				before, err := os.ReadFile(full)
				if err != nil {
					t.Fatal(err)
				}
				// What it has of the last line is again, and whole, in the next file.
				text = string(before[:strings.LastIndexByte(string(before), '\n')+1])
				if len(text) == len(before) {
					t.Error("the disk was full at the end of a line: nothing was tried")
				}
			}
			eventually(t, "the recovery", func() bool { return l.Err() == nil })
			shut(t, l)
			after, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			lines := parse(t, text+string(after))
			rows := 0
			for _, line := range lines {
				if line["event"] == "statement.executed" {
					if line["rows"].(float64) != float64(rows) {
						t.Fatalf("got %v, want %d", line, rows)
					}
					rows++
				}
			}
			if rows != written || names(lines)[len(lines)-2] != "audit.recovered" {
				t.Errorf("%d of %d, and at the end %v", rows, written, lines[len(lines)-2:])
			}
		})
	}
}

// fill writes events until there is no room any more, for which it makes a file too, and
// gives their number.
func fill(t *testing.T, l *Log, filler string) (written int) {
	t.Helper()
	for ; l.Admit() == nil; written++ {
		l.Write(t.Context(), nil, executed(written))
		if written == 50 {
			if err := os.WriteFile(filler, make([]byte, 24<<10), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(100 * time.Microsecond)
	}
	return written
}

// fifo gives a path to write to that nobody reads until the test does.
func fifo(t *testing.T) (path string, reader *os.File) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "audit.fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reader.Close() })
	return path, reader
}

// collect reads from a fifo until what comes is quiet about the event name.
func collect(t *testing.T, reader *os.File, until string) string {
	t.Helper()
	var text strings.Builder
	buf := make([]byte, 4<<10)
	for !strings.Contains(text.String(), until) || !strings.HasSuffix(text.String(), "\n") {
		reader.SetReadDeadline(time.Now().Add(patience))
		n, err := reader.Read(buf)
		if err != nil {
			t.Fatalf("%v after %q", err, text.String())
		}
		text.Write(buf[:n])
	}
	return text.String()
}

// TestBlock has those wait who find the queue full, until there is room or they have to
// go, and loses nothing.
func TestBlock(t *testing.T) {
	path, reader := fifo(t)
	l := open(t, Options{Path: path, QueueBytes: 2 << 10, stallTime: 10 * time.Millisecond})
	const events = 1000
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range events {
			l.Write(t.Context(), nil, executed(i))
		}
	}()
	// A pipe holds 64 KiB, and events are some 200 bytes.
	eventually(t, "the stall", func() bool { return l.Err() != nil })
	select {
	case <-done:
		t.Fatal("nobody waited")
	case <-time.After(50 * time.Millisecond):
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	l.Write(over, nil, TokenRefused{Reason: "who cannot wait is let in all the same"})
	l.Note(nil, TokenRefused{Reason: "who must not wait has room in reserve"})
	go l.Close(t.Context())
	text := collect(t, reader, "audit.closed")
	<-done
	rows := 0
	for _, line := range parse(t, text) {
		if line["event"] == "statement.executed" {
			if line["rows"].(float64) != float64(rows) {
				t.Fatalf("got %v, want %d", line, rows)
			}
			rows++
		}
	}
	if strings.Count(text, "token.refused") != 2 {
		t.Errorf("events of those who do not wait are lost: %s", text)
	}
	if rows == 0 || strings.Contains(text, "audit.dropped") {
		t.Errorf("%d events, %s", rows, text)
	}
	<-l.done
}

// TestDrop loses what finds the queue full, and says how much.
func TestDrop(t *testing.T) {
	path, reader := fifo(t)
	l := open(t, Options{Path: path, QueueBytes: 2 << 10, Drop: true, stallTime: 10 * time.Millisecond})
	var events float64
	eventually(t, "the stall", func() bool { // once the pipe is full
		for range 100 {
			l.Write(t.Context(), nil, executed(0))
			events++
		}
		return l.Err() != nil
	})
	if err := errors.Join(l.Admit(), l.Blocked()); err != nil {
		t.Errorf("it stops what is going on: %v", err)
	}
	go l.Close(t.Context())
	text := collect(t, reader, "audit.closed")
	<-l.done
	var executed, dropped, last float64
	for _, line := range parse(t, text) {
		switch line["event"] {
		case "statement.executed":
			executed++
		case "audit.dropped":
			dropped += line["events"].(float64)
		}
		if seq := line["seq"].(float64); seq <= last {
			t.Errorf("%v after %v", seq, last)
		} else {
			last = seq
		}
	}
	if executed+dropped != events || dropped == 0 {
		t.Errorf("%v executed, %v dropped", executed, dropped)
	}
}

// TestCloseInVain says how much is lost when nothing can be written at the end.
func TestCloseInVain(t *testing.T) {
	l, err := Open(Options{Path: "/dev/full"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		l.Write(t.Context(), nil, executed(i))
	}
	eventually(t, "the failure", func() bool { return l.Err() != nil })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	var lost *LostError
	if err := l.Close(ctx); !errors.As(err, &lost) || lost.Lines != 12 { // with opened and closed
		t.Errorf("Close gives %v", err)
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
