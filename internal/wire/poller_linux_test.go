package wire

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// polledPair is a connection whose near end is in poller.
func polledPair(t *testing.T, poller *Poller) (far net.Conn, near *Stream) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	far, err = net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	near = NewStream(conn, poller)
	if _, ok := near.form.(*polled); !ok {
		t.Fatal("the poller did not take the connection")
	}
	t.Cleanup(func() {
		far.Close()
		near.Close()
	})
	return far, near
}

func newPoller(t *testing.T) *Poller {
	t.Helper()
	p, err := NewPoller()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// echo has near send back what comes, and gives what ends it.
func echo(near *Stream) <-chan error {
	done := make(chan error, 1)
	go func() {
		done <- readEach(near, func(buf []byte, n int) error { return near.Write(buf[Headroom : Headroom+n]) })
	}()
	return done
}

func exchangeByte(t *testing.T, far net.Conn) {
	t.Helper()
	far.SetDeadline(time.Now().Add(patience))
	if _, err := far.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(far, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
}

// TestPollerHandsOn has handlers wait, of which one says so and one does not. The
// other Streams, which are in the same loops, go on.
func TestPollerHandsOn(t *testing.T) {
	for name, mayBlock := range map[string]func(*Stream){
		"told":   (*Stream).MayBlock,
		"untold": func(*Stream) {},
	} {
		t.Run(name, func(t *testing.T) {
			poller := newPoller(t)
			release := make(chan struct{})
			const waiting = 3
			bursts := make(chan string, 10*waiting)
			for range waiting {
				far, near := polledPair(t, poller)
				go readEach(near, func(buf []byte, n int) error {
					mayBlock(near)
					<-release
					mayBlock(near)
					bursts <- string(buf[Headroom : Headroom+n])
					return nil
				})
				if _, err := far.Write([]byte("one")); err != nil {
					t.Fatal(err)
				}
				defer func() { // while the handler of the first runs, or behind it
					if _, err := far.Write([]byte("two")); err != nil {
						t.Fatal(err)
					}
				}()
			}
			far, near := polledPair(t, poller)
			echo(near)
			for range 100 {
				exchangeByte(t, far)
			}
			select {
			case <-bursts:
				t.Fatal("a handler did not wait")
			default:
			}
			close(release)
			for range waiting {
				if got := wait(t, bursts, "the burst of a handler that waited"); got != "one" {
					t.Errorf("got %q", got)
				}
			}
			exchangeByte(t, far)
		})
	}
}

// TestPollerReadsOn looks that what comes while a handler waits is read, once, behind it.
func TestPollerReadsOn(t *testing.T) {
	poller := newPoller(t)
	far, near := polledPair(t, poller)
	release := make(chan struct{}, 1)
	entered := make(chan struct{})
	var got bytes.Buffer
	done := make(chan error, 1)
	go func() {
		done <- readEach(near, func(buf []byte, n int) error {
			near.MayBlock()
			entered <- struct{}{}
			<-release
			got.Write(buf[Headroom : Headroom+n])
			return nil
		})
	}()
	var want strings.Builder
	for i := range 50 {
		part := strings.Repeat(string(rune('a'+i%26)), i+1)
		want.WriteString(part)
		if _, err := far.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			release <- struct{}{}
		}
		wait(t, entered, "the handler")
	}
	far.Close()
	release <- struct{}{}
	if err := wait(t, done, "the end"); !errors.Is(err, io.EOF) {
		t.Errorf("ended with %v", err)
	}
	if got.String() != want.String() {
		t.Errorf("got %q", got.String())
	}
}

// TestPollerFullSockets has many Streams whose peers do not read: each waits for its own
// peer only.
func TestPollerFullSockets(t *testing.T) {
	poller := newPoller(t)
	var closed sync.WaitGroup
	t.Cleanup(closed.Wait) // behind the closes
	for range 20 {
		farFrom, from := polledPair(t, poller)
		_, to := polledPair(t, poller)
		closed.Go(func() {
			err := readEach(from, func(buf []byte, n int) error {
				sent, err := to.TryWrite(buf[Headroom : Headroom+n])
				if err != nil || sent == n {
					return err
				}
				from.MayBlock()
				return to.Write(buf[Headroom+sent : Headroom+n])
			})
			if !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.EOF) {
				t.Errorf("ended with %v", err)
			}
		})
		farFrom.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
		if _, err := farFrom.Write(make([]byte, 64<<20)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("writing past all buffers gave %v", err)
		}
		t.Cleanup(func() { to.Close() })
	}
	far, near := polledPair(t, poller)
	echo(near)
	for range 100 {
		exchangeByte(t, far)
	}
}

// TestStreamWriteDeadline bounds a Write to a peer that does not read.
func TestStreamWriteDeadline(t *testing.T) {
	pairs(t, func(t *testing.T, _ net.Conn, near *Stream) {
		done := make(chan error, 1)
		go func() { done <- near.Write(make([]byte, 64<<20)) }()
		time.Sleep(20 * time.Millisecond)
		if err := near.SetWriteDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if err := wait(t, done, "the deadline"); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("writing ended with %v", err)
		}
		if err := near.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("writing after it ended with %v", err)
		}
	})
}

// TestStreamPanic has a handler fail: it ends its own Stream only.
func TestStreamPanic(t *testing.T) {
	pairs(t, func(t *testing.T, far net.Conn, near *Stream) {
		if _, err := far.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		var bug *PanicError
		if err := readEach(near, func([]byte, int) error { panic("a bug") }); !errors.As(err, &bug) || bug.Value != "a bug" {
			t.Errorf("ended with %v", err)
		}
	})
}

// TestPollerCloses ends a Poller whose Streams are still open: they go on.
func TestPollerCloses(t *testing.T) {
	poller := newPoller(t)
	far, near := polledPair(t, poller)
	done := echo(near)
	poller.Close()
	exchangeByte(t, far)
	far.Close()
	if err := wait(t, done, "the end"); !errors.Is(err, io.EOF) {
		t.Errorf("ended with %v", err)
	}
}

// TestPollerChurn opens, uses and closes Streams from many goroutines: none is woken
// for another that had its descriptor before.
func TestPollerChurn(t *testing.T) {
	poller := newPoller(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				far, near := polledPair(t, poller)
				done := echo(near)
				exchangeByte(t, far)
				near.Close()
				if err := wait(t, done, "the end"); !errors.Is(err, net.ErrClosed) {
					t.Errorf("ended with %v", err)
				}
				far.Close()
			}
		})
	}
	all.Wait()
}
