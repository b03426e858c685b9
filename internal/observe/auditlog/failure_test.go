package auditlog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

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
	return path, reader
}

// collect reads from a fifo, in the background; all gives what was written to it before.
func collect(t *testing.T, fifo *os.File) (all func() string) {
	const end = "end\n"
	read := make(chan string, 1)
	go func() {
		var text strings.Builder
		buf := make([]byte, 4<<10)
		for !strings.HasSuffix(text.String(), end) {
			n, err := fifo.Read(buf)
			if err != nil {
				break
			}
			text.Write(buf[:n])
		}
		read <- strings.TrimSuffix(text.String(), end)
	}()
	return func() string {
		t.Helper()
		if _, err := fifo.WriteString(end); err != nil {
			t.Fatal(err)
		}
		select {
		case text := <-read:
			return text
		case <-time.After(patience):
			t.Fatal("the pipe has no end")
			return ""
		}
	}
}

// TestBlock has those wait who find the queue full, until there is room or they have to
// go, and loses nothing.
func TestBlock(t *testing.T) {
	path, reader := fifo(t)
	defer reader.Close() // else a failure hangs in a write
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
	all := collect(t, reader)
	<-done
	shut(t, l)
	text := all()
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
	if rows != events || strings.Contains(text, "audit.dropped") {
		t.Errorf("%d events, %s", rows, text)
	}
}

// TestBlockNoMore has those go on who wait when the log may drop events from then on.
func TestBlockNoMore(t *testing.T) {
	path, reader := fifo(t)
	defer reader.Close() // else a failure hangs in a write
	l := open(t, Options{Path: path, QueueBytes: 2 << 10, stallTime: 10 * time.Millisecond})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 1000 {
			l.Write(t.Context(), nil, executed(i))
		}
	}()
	eventually(t, "the stall", func() bool { return l.Err() != nil })
	if err := l.Reconfigure(t.Context(), Options{Path: path, Drop: true}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("it still waits")
	}
	all := collect(t, reader)
	shut(t, l)
	if text := all(); !strings.Contains(text, `"on_full":"drop"`) || !strings.Contains(text, "audit.dropped") {
		t.Errorf("got %s", text)
	}
}

// TestPipeWithoutReader does not wait for somebody to read.
func TestPipeWithoutReader(t *testing.T) {
	path, reader := fifo(t)
	reader.Close()
	if _, err := Open(Options{Path: path}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}

// TestDrop loses what finds the queue full, and says how much.
func TestDrop(t *testing.T) {
	path, reader := fifo(t)
	defer reader.Close() // else a failure hangs in a write
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
	all := collect(t, reader)
	shut(t, l)
	text := all()
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

// TestCloseAtLast writes everything when there is a file for it while the log is being
// closed, and how that was.
func TestCloseAtLast(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	if err := os.Symlink("/dev/full", path); err != nil {
		t.Fatal(err)
	}
	l := open(t, Options{Path: path})
	l.Write(t.Context(), nil, executed(1))
	eventually(t, "the failure", func() bool { return l.Err() != nil })
	closed := make(chan error, 1)
	go func() { closed <- l.Close(context.Background()) }()
	eventually(t, "the end", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.closed
	})
	l.Write(t.Context(), nil, executed(2)) // too late
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := l.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := names(parse(t, string(text)))
	if len(got) < 4 || got[0] != "audit.opened" || got[1] != "statement.executed" || !slices.Contains(got, "audit.recovered") || !slices.Contains(got, "audit.dropped") {
		t.Errorf("got %s", got)
	}
}
