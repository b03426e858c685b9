package wire

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what must happen at all; it measures nothing.
const patience = 20 * time.Second

// pairs gives connected sockets of the kinds that streams run on: the far end
// as a net.Conn, the near end as a Stream.
func pairs(t *testing.T, run func(t *testing.T, far net.Conn, near *Stream)) {
	for _, network := range []string{"tcp", "unix", "ordinary"} {
		t.Run(network, func(t *testing.T) {
			address := "127.0.0.1:0"
			kind := network
			switch network {
			case "unix":
				address = filepath.Join(t.TempDir(), "s")
			case "ordinary":
				kind = "tcp"
			}
			ln, err := net.Listen(kind, address)
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			far, err := net.Dial(kind, ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer far.Close()
			conn, err := ln.Accept()
			if err != nil {
				t.Fatal(err)
			}
			var poller *Poller
			if network != "ordinary" { // as for TLS
				if poller, err = NewPoller(); err != nil {
					t.Fatal(err)
				}
				defer poller.Close()
			}
			near := NewStream(conn, poller)
			defer near.Close()
			run(t, far, near)
		})
	}
}

// each is a Receiver of functions.
type each struct {
	burst func(buf []byte, n int) error
	ended chan error
}

func (e *each) Burst(buf []byte, n int) error { return e.burst(buf, n) }
func (e *each) Ended(err error)               { e.ended <- err }

// readEach has burst get what is read, to the end, which it gives.
func readEach(s *Stream, burst func(buf []byte, n int) error) error {
	e := &each{burst, make(chan error, 1)}
	s.Start(e)
	return <-e.ended
}

// readAll runs readEach in a goroutine and gives its result and what came.
func readAll(near *Stream) (result <-chan error, bursts <-chan []byte) {
	done := make(chan error, 1)
	got := make(chan []byte, 1000)
	go func() {
		done <- readEach(near, func(buf []byte, n int) error {
			got <- bytes.Clone(buf[Headroom : Headroom+n])
			return nil
		})
	}()
	return done, got
}

func wait[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("%s did not happen", what)
		panic("unreachable")
	}
}

func TestStreamEcho(t *testing.T) {
	pairs(t, func(t *testing.T, far net.Conn, near *Stream) {
		done := make(chan error, 1)
		go func() {
			done <- readEach(near, func(buf []byte, n int) error {
				near.MayBlock()
				return near.Write(buf[Headroom : Headroom+n])
			})
		}()
		// More than the buffers and both sockets hold, so that writes park.
		const size = 320 * 100_000
		sent := sha256.New()
		go func() {
			chunk := make([]byte, 100_000)
			for n := 0; n < size; n += len(chunk) {
				for i := range chunk {
					chunk[i] = byte(n>>8 + i*7)
				}
				sent.Write(chunk)
				if _, err := far.Write(chunk); err != nil {
					return
				}
			}
			far.(interface{ CloseWrite() error }).CloseWrite()
		}()
		received := sha256.New()
		far.SetReadDeadline(time.Now().Add(2 * patience))
		buf := make([]byte, 64<<10)
		for n := 0; n < size; {
			k, err := far.Read(buf)
			if err != nil {
				t.Fatalf("after %d bytes: %v", n, err)
			}
			received.Write(buf[:k])
			n += k
		}
		if !bytes.Equal(sent.Sum(nil), received.Sum(nil)) {
			t.Error("other bytes came back")
		}
		if err := wait(t, done, "the end"); !errors.Is(err, io.EOF) {
			t.Errorf("ended with %v", err)
		}
	})
}

// TestStreamCloseBehindData has bytes and FIN there before the first read, so that no
// event comes after it.
func TestStreamCloseBehindData(t *testing.T) {
	pairs(t, func(t *testing.T, far net.Conn, near *Stream) {
		if _, err := far.Write([]byte("last words")); err != nil {
			t.Fatal(err)
		}
		far.Close()
		time.Sleep(50 * time.Millisecond) // both are in the socket now
		done, got := readAll(near)
		if p := wait(t, got, "the data"); string(p) != "last words" {
			t.Errorf("got %q", p)
		}
		if err := wait(t, done, "the end"); !errors.Is(err, io.EOF) {
			t.Errorf("ended with %v", err)
		}
	})
}

// TestStreamTryWrite fills the way to a peer that does not read: TryWrite never waits,
// and what it says to have sent arrives, once and in order.
func TestStreamTryWrite(t *testing.T) {
	pairs(t, func(t *testing.T, far net.Conn, near *Stream) {
		sent := make(chan []byte, 1)
		go func() {
			var all []byte
			for i := byte(0); ; i++ {
				n, err := near.TryWrite(bytes.Repeat([]byte{i}, 10_000))
				if err != nil {
					t.Error(err)
				}
				all = append(all, bytes.Repeat([]byte{i}, n)...)
				if n < 10_000 {
					sent <- all
					return
				}
			}
		}()
		want := wait(t, sent, "a TryWrite that does not send all")
		if len(want) == 0 {
			t.Fatal("nothing was sent")
		}
		got := make([]byte, len(want))
		far.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.ReadFull(far, got); err != nil || !bytes.Equal(got, want) {
			t.Errorf("something else arrived (%v)", err)
		}
		if err := near.Write([]byte("more")); err != nil {
			t.Error(err)
		}
	})
}

func TestStreamInterrupt(t *testing.T) {
	pairs(t, func(t *testing.T, far net.Conn, near *Stream) {
		done, _ := readAll(near)
		time.Sleep(20 * time.Millisecond) // parked
		near.Interrupt()
		if err := wait(t, done, "the interruption"); err != ErrInterrupted {
			t.Errorf("ended with %v", err)
		}
		if err := readEach(near, func([]byte, int) error { return nil }); err != ErrInterrupted {
			t.Errorf("a later reading ended with %v", err)
		}
		if err := near.Write([]byte("x")); err != nil {
			t.Errorf("writing after it: %v", err)
		}
	})
}

// TestStreamInterruptBusy interrupts a stream that never parks.
func TestStreamInterruptBusy(t *testing.T) {
	pairs(t, func(t *testing.T, far net.Conn, near *Stream) {
		go func() {
			chunk := make([]byte, 64<<10)
			for {
				if _, err := far.Write(chunk); err != nil {
					return
				}
			}
		}()
		done := make(chan error, 1)
		started := make(chan struct{}, 1)
		go func() {
			done <- readEach(near, func([]byte, int) error {
				select {
				case started <- struct{}{}:
				default:
				}
				return nil
			})
		}()
		wait(t, started, "the first burst")
		near.Interrupt()
		if err := wait(t, done, "the interruption"); err != ErrInterrupted {
			t.Errorf("ended with %v", err)
		}
	})
}

func TestStreamCloseWakes(t *testing.T) {
	pairs(t, func(t *testing.T, far net.Conn, near *Stream) {
		done, _ := readAll(near)
		writing := make(chan error, 1)
		go func() { writing <- near.Write(make([]byte, 64<<20)) }() // far does not read
		time.Sleep(20 * time.Millisecond)
		near.Close()
		if err := wait(t, done, "the reader's end"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("reading ended with %v", err)
		}
		if err := wait(t, writing, "the writer's end"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("writing ended with %v", err)
		}
	})
}

func TestStreamReset(t *testing.T) {
	pairs(t, func(t *testing.T, far net.Conn, near *Stream) {
		done, _ := readAll(near)
		if tcp, ok := far.(*net.TCPConn); ok {
			tcp.SetLinger(0) // close with a reset
		}
		far.Close()
		if err := wait(t, done, "the end"); !errors.Is(err, io.EOF) && !isReset(err) {
			t.Errorf("ended with %v", err)
		}
		// The first write may still find room; then the reset is known.
		var err error
		for range 100 {
			if err = near.Write([]byte("x")); err != nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
		if !isReset(err) {
			t.Errorf("writing gave %v", err)
		}
	})
}

func TestStreamHandlerError(t *testing.T) {
	pairs(t, func(t *testing.T, far net.Conn, near *Stream) {
		want := errors.New("enough")
		if _, err := far.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if err := readEach(near, func([]byte, int) error { return want }); err != want {
			t.Errorf("got %v", err)
		}
	})
}

func TestCloseLingering(t *testing.T) {
	pairs(t, func(t *testing.T, far net.Conn, near *Stream) {
		// The far end is still sending when it is refused.
		go func() {
			chunk := make([]byte, 64<<10)
			for range 100 {
				if _, err := far.Write(chunk); err != nil {
					return
				}
			}
			far.(interface{ CloseWrite() error }).CloseWrite()
		}()
		if err := near.Write([]byte("go away")); err != nil {
			t.Fatal(err)
		}
		near.CloseLingering()
		far.SetReadDeadline(time.Now().Add(patience))
		got, err := io.ReadAll(far)
		if string(got) != "go away" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

// isReset tells whether err means that the peer is gone without an orderly close.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
