package wire

import (
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// polled is the form of a Stream whose socket is a Poller's. The descriptor is one that
// Go's own poller does not know, and is not woken for.
//
// Lock order: loop.mu, mu, fdMu.
type polled struct {
	// What a write uses comes first: with the Stream that it is called by it is one cache
	// line. The next has what a read needs besides.
	stream Stream
	// fdMu is held for reading while a system call uses fd, which never waits, and for
	// writing to close it: so none meets a descriptor that is somebody else's by now.
	fdMu sync.RWMutex
	fd   int32       // -1: closed
	late atomic.Bool // the write deadline has passed

	mu          sync.Mutex
	receiver    Receiver // nil: nobody reads
	serving     bool     // its Burst runs
	suspended   bool     // nobody leads the loop on its behalf: see loop.handOn
	interrupted bool
	closed      bool
	writing     bool   // a Write waits
	events      uint32 // what the loop waits for
	// turn is loop.turn of the Burst that runs or ran last, for MayBlock.
	turn atomic.Uint64
	loop *loop
	id   socketID

	expected   expected
	lateWriter *time.Timer
	writable   chan struct{} // wakes the Write that waits; has room for one
}

// memory is what every event of the socket uses.
func (s *polled) memory() Memory { return MemoryOf(s, unsafe.Offsetof(s.lateWriter)) }

// Memory is the first cache line.
func (s *polled) Memory() Memory { return MemoryOf(s, cacheLine) }

// take makes a Stream of a connection whose bytes on the socket are the protocol's: not
// of TLS, or of anything unknown. nil: it stays with conn.
func (p *Poller) take(conn net.Conn) *Stream {
	if p == nil {
		return nil
	}
	switch conn.(type) {
	case *net.TCPConn, *net.UnixConn:
	default:
		return nil
	}
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return nil
	}
	fd := -1
	err = raw.Control(func(old uintptr) {
		if dup, _, errno := syscall.Syscall(syscall.SYS_FCNTL, old, syscall.F_DUPFD_CLOEXEC, 0); errno == 0 {
			fd = int(dup)
		}
	})
	if err != nil || fd < 0 { // it is closed, or there are no descriptors left: conn will do, or say so
		return nil
	}
	s := &polled{
		loop: p.loops[int(p.next.Add(1))%len(p.loops)], fd: int32(fd),
		writable: make(chan struct{}, 1),
	}
	s.stream = Stream{s, conn}
	if !s.loop.add(s) {
		_ = syscall.Close(fd) // conn goes on
		return nil
	}
	conn.Close() // its descriptor only; the connection stays
	return &s.stream
}

// recv and send are the system calls without entersyscall: with MSG_DONTWAIT
// they never block, so there is no reason to hand the processor over.
func recv(fd int32, p []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), syscall.MSG_DONTWAIT, 0, 0)
	if errno == 0 {
		recvRace(p[:n])
	}
	return int(n), errno
}

func send(fd int32, p []byte) (int, syscall.Errno) {
	sendRace(p)
	n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
	return int(n), errno
}

func (s *polled) Start(r Receiver) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receiver = r
	s.endIfAsked()
	s.update()
}

func (s *polled) Expect(i int, m Memory) { s.expected.set(i, m) }

// ready is called by the leader of the loop, in its turn, with what is reported and a
// buffer.
func (s *polled) ready(events uint32, turn uint64, buf []byte) {
	s.mu.Lock()
	if s.writing && events&(syscall.EPOLLOUT|syscall.EPOLLERR|syscall.EPOLLHUP) != 0 {
		s.wakeWriter()
		s.update()
	}
	receiver := s.receiver
	if receiver == nil || s.suspended || events&^syscall.EPOLLOUT == 0 {
		s.mu.Unlock()
		return
	}
	s.serving = true
	s.mu.Unlock()
	s.turn.Store(turn)

	n, err := s.read(buf[Headroom:])
	if n > 0 {
		err = burst(receiver, buf, n)
	}

	s.mu.Lock()
	s.serving = false
	if err != nil {
		s.end(err)
	}
	s.endIfAsked()
	s.mu.Unlock()
}

// read gives what has come; nothing, without an error, if that was a false alarm.
func (s *polled) read(p []byte) (int, error) {
	s.fdMu.RLock()
	defer s.fdMu.RUnlock()
	if s.fd < 0 {
		return 0, net.ErrClosed
	}
	n, errno := recv(s.fd, p)
	switch {
	case errno == syscall.EAGAIN || errno == syscall.EINTR:
		return 0, nil
	case errno != 0:
		return 0, os.NewSyscallError("recv", errno)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// end ends reading, once. mu is held.
func (s *polled) end(err error) {
	if s.receiver == nil {
		return
	}
	go s.receiver.Ended(err)
	s.receiver = nil
	s.update()
}

// endIfAsked ends reading, unless a Burst runs, if somebody wants that. mu is held.
func (s *polled) endIfAsked() {
	switch {
	case s.serving:
	case s.closed:
		s.end(net.ErrClosed)
	case s.interrupted:
		s.end(ErrInterrupted)
	}
}

// update has the loop wait for what is wanted now. mu is held.
func (s *polled) update() {
	if s.closed {
		return
	}
	var want uint32
	if s.receiver != nil && !s.suspended {
		want |= syscall.EPOLLIN
	}
	if s.writing {
		want |= syscall.EPOLLOUT
	}
	if err := s.loop.control(int(s.fd), s.id, s.events, want); err != nil {
		// The system has no room for it, or there is a bug: nothing would ever come.
		s.events = 0
		s.end(os.NewSyscallError("epoll_ctl", err))
		s.wakeWriter()
		return
	}
	s.events = want
}

// suspend stops the reports of what can be read, while the Burst runs and somebody
// else leads the loop; resume goes on with them.
func (s *polled) suspend() { s.setSuspended(true) }
func (s *polled) resume()  { s.setSuspended(false) }

func (s *polled) setSuspended(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.suspended = yes
	s.update()
}

func (s *polled) MayBlock() { s.loop.handOn(s.turn.Load()) }

func (s *polled) TryWrite(p []byte) (int, error) {
	if s.late.Load() {
		return 0, os.ErrDeadlineExceeded
	}
	s.fdMu.RLock()
	defer s.fdMu.RUnlock()
	if s.fd < 0 {
		return 0, net.ErrClosed
	}
	sent := 0
	for sent < len(p) {
		n, errno := send(s.fd, p[sent:])
		switch errno {
		case 0:
			sent += n
		case syscall.EINTR:
		case syscall.EAGAIN:
			return sent, nil
		default:
			return sent, os.NewSyscallError("send", errno)
		}
	}
	return sent, nil
}

func (s *polled) Write(p []byte) error {
	for {
		n, err := s.TryWrite(p)
		if err != nil || n == len(p) {
			return err
		}
		p = p[n:]
		s.mu.Lock()
		s.writing = true
		s.update()
		if s.closed || s.events == 0 {
			s.wakeWriter()
		}
		s.mu.Unlock()
		<-s.writable // or closed, or late
	}
}

// wakeWriter wakes the Write that waits, if any. mu is held.
func (s *polled) wakeWriter() {
	s.writing = false
	select {
	case s.writable <- struct{}{}:
	default: // it has been woken already
	}
}

func (s *polled) SetWriteDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	if s.lateWriter != nil {
		s.lateWriter.Stop()
		s.lateWriter = nil
	}
	s.late.Store(false)
	if !t.IsZero() {
		var timer *time.Timer
		timer = time.AfterFunc(time.Until(t), func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.lateWriter == timer { // there is no other by now
				s.late.Store(true)
				s.wakeWriter()
				s.update()
			}
		})
		s.lateWriter = timer
	}
	return nil
}

func (s *polled) Silence() time.Duration {
	s.fdMu.RLock()
	defer s.fdMu.RUnlock()
	if s.fd < 0 {
		return 0
	}
	return silence(uintptr(s.fd))
}

func (s *polled) PeerClosed() bool {
	s.fdMu.RLock()
	defer s.fdMu.RUnlock()
	return s.fd >= 0 && peerClosed(uintptr(s.fd))
}

func (s *polled) Interrupt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.interrupted = true
	s.endIfAsked()
}

func (s *polled) CloseWrite() error {
	s.fdMu.RLock()
	defer s.fdMu.RUnlock()
	if s.fd < 0 {
		return net.ErrClosed
	}
	return os.NewSyscallError("shutdown", syscall.Shutdown(int(s.fd), syscall.SHUT_WR))
}

func (s *polled) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return net.ErrClosed
	}
	s.closed = true // the epoll forgets a descriptor that is closed
	if s.lateWriter != nil {
		s.lateWriter.Stop()
	}
	s.fdMu.Lock()
	err := syscall.Close(int(s.fd))
	s.fd = -1
	s.fdMu.Unlock()
	s.wakeWriter()
	s.endIfAsked()
	s.mu.Unlock()
	s.loop.remove(s)
	return os.NewSyscallError("close", err)
}

// CloseLingering ends the writing side and drops what still comes.
func (s *polled) CloseLingering() {
	defer func() { _ = s.Close() }()
	if s.CloseWrite() != nil {
		return
	}
	s.mu.Lock()
	s.interrupted = false
	s.mu.Unlock()
	enough := time.AfterFunc(lingerTime, s.Interrupt)
	defer enough.Stop()
	d := &dropping{done: make(chan struct{})}
	s.Start(d)
	<-d.done
}

// dropping drops what comes, up to lingerBytes.
type dropping struct {
	n    int
	done chan struct{}
}

func (d *dropping) Burst(_ []byte, n int) error {
	if d.n += n; d.n > lingerBytes {
		return ErrInterrupted
	}
	return nil
}

func (d *dropping) Ended(error) { close(d.done) }
