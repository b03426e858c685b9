package wire

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// ErrInterrupted is what ends reading after Interrupt.
var ErrInterrupted = errors.New("reading was interrupted")

// Receiver gets what a Stream reads.
type Receiver interface {
	// Burst gets n bytes at buf[Headroom:]; it may overwrite all of buf and must not keep
	// it. An error ends reading. It runs in the Poller's goroutine, if there is one, and
	// calls MayBlock before it waits for something. A panic in it is an error: a
	// *PanicError.
	Burst(buf []byte, n int) error
	// Ended is the last call, in a goroutine of its own: nothing comes any more, for the
	// reason err.
	Ended(err error)
}

// Stream is one end of a relay: a connection that is read by one Receiver at a time
// and written by one goroutine at a time. It has one of two forms:
//
//   - On Linux and without TLS it waits in a Poller and makes its system calls
//     itself. It holds no buffer while it waits.
//   - Otherwise it uses net.Conn's Read and Write, in a goroutine of its own.
type Stream struct {
	form
	conn net.Conn
}

// Conn is the connection that NewStream got, for its addresses and what TLS says of it. It
// may be closed while the Stream is not.
func (s *Stream) Conn() net.Conn { return s.conn }

// form is what the forms of a Stream have in common.
type form interface {
	// Start has r get what is read until the peer closes (io.EOF), reading fails, r's
	// Burst gives an error, Close (net.ErrClosed) or Interrupt is called (ErrInterrupted).
	// One Receiver at a time may be at work.
	Start(r Receiver)
	// MayBlock is for the Burst that runs now: what follows may take long, and other
	// Streams do not wait for it. After the first call it costs next to nothing. Called by
	// anybody else it does no harm.
	MayBlock()
	// Expect notes the i-th piece, counted from 0, of the memory that the Receiver will use
	// for each Burst; what there is of it may change at any time. It is safe for
	// concurrent use.
	Expect(i int, m Memory)
	// TryWrite sends what p begins with, n bytes of it, as far as that needs no wait.
	TryWrite(p []byte) (n int, err error)
	// Write sends all of p, or gives an error. It waits while the peer does not read:
	// that is the relay's backpressure. Close and a write deadline end it.
	Write(p []byte) error
	// Memory is what a write to the Stream uses, for Expect.
	Memory() Memory
	// SetWriteDeadline ends Writes at that time, with os.ErrDeadlineExceeded. It is
	// safe for concurrent use.
	SetWriteDeadline(t time.Time) error
	// Silence is Silence of the connection. It is safe for concurrent use.
	Silence() time.Duration
	// PeerClosed is PeerClosed of the connection. It is safe for concurrent use.
	PeerClosed() bool
	// Interrupt ends reading, now and after every later Start, as soon as the Receiver's
	// Burst returns. It is safe for concurrent use.
	Interrupt()
	// CloseWrite tells the peer that nothing more will come, and leaves reading open.
	CloseWrite() error
	// Close closes the connection and wakes whoever reads or writes. It is safe for
	// concurrent use and may be called more than once.
	Close() error
	// CloseLingering is CloseLingering for the connection. Nobody reads.
	CloseLingering()
}

// NewStream makes a Stream of conn and owns it from then on. On conn nothing may have
// been read ahead. With a Poller that takes the connection, conn itself is closed, and
// the Stream goes on with a descriptor of its own; poller may be nil.
func NewStream(conn net.Conn, poller *Poller) *Stream {
	if polled := poller.take(conn); polled != nil {
		return polled
	}
	return &Stream{&ordinary{conn: conn, room: newRoom(conn)}, conn}
}

// PanicError is a panic of a Receiver: a bug.
type PanicError struct {
	Value any
	Stack []byte
}

// Error gives the value, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// burst keeps a bug in a Receiver from ending more than its Stream.
func burst(r Receiver, buf []byte, n int) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{p, debug.Stack()}
		}
	}()
	return r.Burst(buf, n)
}

// The sizes of the pooled buffers, in bytes: one for messages as they come and
// go, one for a stream that fills the first.
const (
	smallBuffer = 16 << 10
	largeBuffer = 64 << 10
)

var smallBuffers = sync.Pool{New: func() any { return new([smallBuffer]byte) }}
var largeBuffers = sync.Pool{New: func() any { return new([largeBuffer]byte) }}

// readBuffer is a buffer on loan from a pool, or none.
type readBuffer struct {
	small *[smallBuffer]byte
	large *[largeBuffer]byte
}

// take gives the buffer that is on loan, after borrowing one if there is none.
func (b *readBuffer) take(large bool) []byte {
	switch {
	case b.large != nil:
		return b.large[:]
	case large:
		b.release()
		b.large = largeBuffers.Get().(*[largeBuffer]byte)
		return b.large[:]
	case b.small == nil:
		b.small = smallBuffers.Get().(*[smallBuffer]byte)
	}
	return b.small[:]
}

// release gives back what is on loan.
func (b *readBuffer) release() {
	if b.small != nil {
		smallBuffers.Put(b.small)
	}
	if b.large != nil {
		largeBuffers.Put(b.large)
	}
	*b = readBuffer{}
}

// ordinary is the form of a Stream that is no Poller's.
type ordinary struct {
	conn        net.Conn
	room        *room // nil: nobody knows
	interrupted atomic.Bool
}

// read keeps its buffer while it waits: Read must have one.
func (s *ordinary) read(r Receiver) error {
	var loan readBuffer
	defer loan.release()
	large := false
	for {
		if s.interrupted.Load() {
			return ErrInterrupted
		}
		buf := loan.take(large)
		n, err := s.conn.Read(buf[Headroom:])
		if n > 0 {
			if err := burst(r, buf, n); err != nil {
				return err
			}
			large = n == len(buf)-Headroom
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			// Woken by Interrupt, which sets its flag first, or by somebody who took
			// the connection for one that is logging in.
			err = s.conn.SetReadDeadline(time.Time{})
		}
		if err != nil {
			return err
		}
	}
}

func (s *ordinary) Start(r Receiver) {
	go func() { r.Ended(s.read(r)) }()
}

// MayBlock does nothing: the goroutine that reads is nobody else's.
func (s *ordinary) MayBlock() {}

// Expect does nothing: who waits in a goroutine does not know who is next.
func (s *ordinary) Expect(int, Memory) {}

// Memory is nothing: that is crypto/tls's.
func (s *ordinary) Memory() Memory { return Memory{} }

// TryWrite sends all or nothing: a Write of TLS cannot be broken off. It asks the kernel
// first, which costs far less than to hand on the lead of a loop for each Write.
func (s *ordinary) TryWrite(p []byte) (int, error) {
	if s.room == nil || !s.room.fits(len(p)) {
		return 0, nil
	}
	return s.conn.Write(p)
}

func (s *ordinary) Write(p []byte) error {
	_, err := s.conn.Write(p)
	return err
}

func (s *ordinary) SetWriteDeadline(t time.Time) error { return s.conn.SetWriteDeadline(t) }

func (s *ordinary) Silence() time.Duration { return Silence(s.conn) }

func (s *ordinary) PeerClosed() bool { return PeerClosed(s.conn) }

func (s *ordinary) Interrupt() {
	s.interrupted.Store(true)
	_ = s.conn.SetReadDeadline(time.Unix(1, 0)) // fails on a closed connection, which wakes the reader too
}

func (s *ordinary) CloseWrite() error {
	if c, ok := s.conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return s.conn.Close()
}

func (s *ordinary) Close() error { return s.conn.Close() }

func (s *ordinary) CloseLingering() { CloseLingering(s.conn) }
