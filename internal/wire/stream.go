package wire

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// ErrInterrupted is what ReadEach returns after Interrupt.
var ErrInterrupted = errors.New("reading was interrupted")

// errWoken means that the read deadline passed, which in a relay is only ever
// set to wake the reader.
var errWoken = errors.New("reader was woken")

// woken turns the error of a read whose deadline has passed into errWoken. The
// handler's errors do not go through it: they may be another stream's deadline.
func woken(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return errWoken
	}
	return err
}

// Stream is one end of a relay: a connection that is read by one goroutine and
// written by one other.
//
// On Linux and without TLS it makes the system calls itself, inside the
// callbacks of syscall.RawConn: it parks until data is there instead of trying
// first, never hands its processor over for a call that does not block, and
// holds a buffer only while there is something in it. Elsewhere it uses
// net.Conn's Read and Write.
//
// Go's poller is edge-triggered. A stream that parks after a short read is not
// woken for a close that had already arrived together with that data;
// WakeIfClosed, called now and then from outside, finds those.
type Stream struct {
	conn net.Conn
	raw  syscall.RawConn // nil: use conn

	interrupted atomic.Bool
	reads       atomic.Uint32 // counts bursts; wraps
	peekedAt    uint32        // of reads, when WakeIfClosed last looked; guarded by peekMu
	seenAt      uint32
	peekMu      sync.Mutex
}

// NewStream makes a Stream of conn and owns it from then on. On conn nothing
// may have been read ahead.
func NewStream(conn net.Conn) *Stream {
	return &Stream{conn: conn, raw: rawConn(conn)}
}

// Conn is the connection below, for addresses and deadlines.
func (s *Stream) Conn() net.Conn { return s.conn }

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

// ReadEach reads until the peer closes (io.EOF), reading fails, handle returns an
// error (which it returns) or Interrupt is called (ErrInterrupted). handle gets
// n bytes at buf[Headroom:]; it may overwrite all of buf and must not keep it.
// One goroutine at a time may be in ReadEach.
func (s *Stream) ReadEach(handle func(buf []byte, n int) error) error {
	for {
		var err error
		if s.raw != nil {
			err = s.readRaw(handle)
		} else {
			err = s.readConn(handle)
		}
		if !errors.Is(err, errWoken) {
			return err
		}
		// Woken by Interrupt, which sets its flag first, or by WakeIfClosed.
		if err := s.conn.SetReadDeadline(time.Time{}); err != nil {
			return err
		}
		if s.interrupted.Load() {
			return ErrInterrupted
		}
	}
}

// readConn is ReadEach by the ordinary Read. It keeps its buffer while it waits.
func (s *Stream) readConn(handle func([]byte, int) error) error {
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
			s.reads.Add(1)
			if err := handle(buf, n); err != nil {
				return err
			}
			large = n == len(buf)-Headroom
		}
		if err != nil {
			return woken(err)
		}
	}
}

// Write sends all of p, or gives an error. It blocks while the peer does not
// read: that is the relay's backpressure. Close and a write deadline on Conn end it.
func (s *Stream) Write(p []byte) error {
	if s.raw != nil {
		return s.writeRaw(p)
	}
	_, err := s.conn.Write(p)
	return err
}

// Interrupt makes the ReadEach that runs, and every later one, return
// ErrInterrupted as soon as its handler returns. It is safe for concurrent use.
func (s *Stream) Interrupt() {
	s.interrupted.Store(true)
	_ = s.conn.SetReadDeadline(time.Unix(1, 0)) // fails on a closed connection, which wakes the reader too
}

// CloseWrite tells the peer that nothing more will come, and leaves reading open.
func (s *Stream) CloseWrite() error {
	if c, ok := s.conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return s.conn.Close()
}

// Close closes the connection and wakes whoever reads or writes. It is safe for
// concurrent use and may be called more than once.
func (s *Stream) Close() error { return s.conn.Close() }

// WakeIfClosed looks, without consuming anything, whether the peer has closed
// or sent something unseen while the reader is parked, and wakes it then. Once
// a stream has been found idle and open it costs an atomic load until it reads
// again: a later close has an edge of its own. It is safe for concurrent use.
func (s *Stream) WakeIfClosed() {
	if s.raw == nil {
		return
	}
	s.peekMu.Lock()
	defer s.peekMu.Unlock()
	reads := s.reads.Load()
	if reads != s.seenAt {
		s.seenAt = reads // busy: look when it has been still for a round
		return
	}
	if reads == s.peekedAt {
		return
	}
	s.peekedAt = reads
	if hasUnseen(s.raw) && s.reads.Load() == reads {
		_ = s.conn.SetReadDeadline(time.Unix(1, 0))
	}
}
