package wire

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Poller waits for the sockets of many Streams at once, with an epoll of its own,
// and runs the Receivers of those that have something: one after the other, in one
// goroutine for each of its loops.
//
// Go's own poller would wake a goroutine for each socket, on another thread if one
// is idle, for work that takes a microsecond. A prepared transaction of pgbench -S cost
// 15 to 28 % less processor time like this than with a goroutine for each direction
// that parks in syscall.RawConn.Read, side by side on two busy processors.
//
// A Burst that waits for something would keep the others of its loop waiting. So
// the loop is led by one goroutine at a time, and the lead can be handed on while a
// Burst runs: by it before it waits (Stream.MayBlock), or, if it did not
// say so, by the Poller after stallTime. Then another goroutine goes on with the
// loop, and the one with the Burst ends when that returns.
//
// The epoll is level-triggered: what was left in a socket, a close among it,
// is reported again. Safe for concurrent use.
type Poller struct {
	loops []*loop
	next  atomic.Uint32 // the loop of the next Stream
	stop  chan struct{}
	once  sync.Once
}

// stallTime is how long a Burst may run, at least, until another goroutine leads its
// loop. Each time that it has passed Go's scheduler is awake for a while, so it is not
// short: with 50 ms that cost a tenth of a small load.
const stallTime = 250 * time.Millisecond

// NewPoller makes a Poller with one loop for every two processors that Go uses: the
// other half is for TLS, the parser, and Postgres if it is near. Close ends it.
func NewPoller() (*Poller, error) {
	p := &Poller{stop: make(chan struct{})}
	for range max(1, runtime.GOMAXPROCS(0)/2) {
		l, err := newLoop()
		if err != nil {
			p.Close()
			return nil, err
		}
		p.loops = append(p.loops, l)
		go l.lead()
	}
	go p.watch()
	return p, nil
}

// Close ends the loops when they have no Streams any more. It does not wait.
func (p *Poller) Close() {
	p.once.Do(func() {
		close(p.stop)
		for _, l := range p.loops {
			l.close()
		}
	})
}

// watch hands on the lead of loops whose Burst takes long.
func (p *Poller) watch() {
	tick := time.NewTicker(stallTime)
	defer tick.Stop()
	seen := make([]uint64, len(p.loops))
	for {
		select {
		case <-p.stop:
			return
		case <-tick.C:
		}
		for i, l := range p.loops {
			turn := l.turn.Load()
			if turn == seen[i] {
				l.handOn(turn)
			}
			seen[i] = turn
		}
	}
}

// loop is one epoll and the sockets that it waits for.
type loop struct {
	epoll int
	wake  int // an eventfd, which ends the wait of a loop that is closed

	// turn grows by one when a Burst begins and when it ends, or when the lead is
	// handed on. It is odd while one runs under the leader.
	turn atomic.Uint64
	// What follows is the leader's; running is also read by who hands on.
	running *polled
	batch   []report
	yielded time.Time
	next    int
	events  [maxEvents]syscall.EpollEvent

	mu      sync.Mutex
	sockets sockets
	closed  bool
}

// maxEvents bounds what one wait gives: enough that a busy loop seldom waits, few
// enough that the batch is short.
const maxEvents = 64

// report is one socket that has something, or takes something.
type report struct {
	socket *polled
	events uint32
}

func newLoop() (*loop, error) {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	l := &loop{epoll: epoll, wake: -1}
	wake, _, errno := syscall.Syscall(syscall.SYS_EVENTFD2, 0, syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if errno != 0 {
		l.release()
		return nil, errno
	}
	l.wake = int(wake)
	if err := l.control(l.wake, socketID{}, 0, syscall.EPOLLIN); err != nil {
		l.release()
		return nil, err
	}
	return l, nil
}

// release gives the descriptors back; one that is not there has nothing to say.
func (l *loop) release() {
	_ = syscall.Close(l.wake)
	_ = syscall.Close(l.epoll)
}

// lead runs Receivers until the loop ends or the lead has been handed on. While one is at
// work, the memory of the next is fetched.
func (l *loop) lead() {
	buf := largeBuffers.Get().(*[largeBuffer]byte)
	defer largeBuffers.Put(buf)
	for {
		l.fetch(l.next)
		for l.next < len(l.batch) {
			r := l.batch[l.next]
			l.next++
			l.fetch(l.next)
			l.running = r.socket
			turn := l.turn.Add(1)
			r.socket.ready(r.events, turn, buf[:])
			if !l.turn.CompareAndSwap(turn, turn+1) {
				l.retire(r.socket)
				return
			}
		}
		if !l.wait() {
			return
		}
	}
}

// fetch has the processor fetch what the i-th of the batch uses, which the socket before
// it was fetched for, and the socket behind it. Earlier would be too early: a batch can
// take longer than the loop keeps its processor.
func (l *loop) fetch(i int) {
	if i < len(l.batch) {
		l.batch[i].socket.expected.fetch()
	}
	if i+1 < len(l.batch) {
		m := l.batch[i+1].socket.memory()
		prefetch(m.start, m.lines)
	}
}

// yieldAfter is how long there may be between two calls of the scheduler. Who does
// not call it for 10 ms has his processor taken away during the next wait, and for
// milliseconds after that Go's sysmon looks every 20 µs whether to do so again
// (retake in runtime/proc.go): with 64 busy clients that was a third of all context
// switches.
const yieldAfter = 7 * time.Millisecond

// wait gets the next batch. It says no when the loop has ended.
func (l *loop) wait() bool {
	if now := time.Now(); now.Sub(l.yielded) > yieldAfter {
		l.yielded = now
		yield()
	}
	n, err := syscall.EpollWait(l.epoll, l.events[:], -1)
	if err != nil && !errors.Is(err, syscall.EINTR) {
		panic("waiting for sockets: " + err.Error()) // the descriptor is ours: a bug
	}
	l.batch, l.next = l.batch[:0], 0
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range max(n, 0) {
		id := reportedID(&l.events[i])
		if id == (socketID{}) {
			var count [8]byte
			_, _ = syscall.Read(l.wake, count[:]) // there is one
		}
		// One that is not known is of a socket that was closed meanwhile.
		if socket := l.sockets.get(id); socket != nil {
			l.batch = append(l.batch, report{socket, l.events[i].Events})
		}
	}
	if l.closed && l.sockets.n == 0 {
		l.release()
		return false
	}
	return true
}

// handOn has another goroutine lead the loop, if the Burst of turn is still
// running under the leader.
func (l *loop) handOn(turn uint64) {
	if turn%2 == 0 || l.turn.Load() != turn {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.turn.CompareAndSwap(turn, turn+1) {
		return
	}
	l.running.suspend() // or what is left in it would be reported without end
	go l.lead()
}

// retire is the end of a goroutine that leads no more, when its Burst has returned.
func (l *loop) retire(p *polled) {
	l.mu.Lock() // handOn may not be done with the socket
	defer l.mu.Unlock()
	p.resume()
}

func (l *loop) add(p *polled) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	p.id = l.sockets.add(p)
	return true
}

func (l *loop) remove(p *polled) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sockets.remove(p.id)
	if l.closed && l.sockets.n == 0 {
		l.signal()
	}
}

func (l *loop) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.signal()
}

// signal ends the wait.
func (l *loop) signal() {
	one := [8]byte{1, 1, 1, 1, 1, 1, 1, 0} // in either byte order neither 0 nor the most
	_, _ = syscall.Write(l.wake, one[:])   // it fails only if it is signalled already
}

// reportedID is what control gave with the socket.
func reportedID(e *syscall.EpollEvent) socketID { return socketID{e.Fd, e.Pad} }

// control changes what the loop waits for on fd from one set of events to another.
func (l *loop) control(fd int, id socketID, from, to uint32) error {
	op := syscall.EPOLL_CTL_MOD
	switch {
	case from == to:
		return nil
	case from == 0:
		op = syscall.EPOLL_CTL_ADD
	case to == 0:
		op = syscall.EPOLL_CTL_DEL
	}
	return syscall.EpollCtl(l.epoll, op, fd, &syscall.EpollEvent{Events: to, Fd: id.slot, Pad: id.use})
}
