package proxy

import (
	"sync"

	"tenantproxy/internal/pool"
)

// lease is a session's hold of its upstream connection. The goroutine that reads
// from the client, the connection's reader and cancel requests use the connection
// between enter and leave, so that it is given back by nobody's hand while another
// is at work on it. Safe for concurrent use.
type lease struct {
	mu       sync.Mutex
	upstream *pool.Upstream // nil when it has been given back
	users    int
	left     sync.Cond     // there are no users
	ended    chan struct{} // closed when the connection has ended
}

func (l *lease) init(u *pool.Upstream) {
	l.upstream = u
	l.left.L = &l.mu
	l.ended = make(chan struct{})
}

// enter gives the connection, which then stays the session's until leave; nil if
// there is none any more.
func (l *lease) enter() *pool.Upstream {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.users++
	return l.upstream
}

// leave undoes enter.
func (l *lease) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.users--; l.users == 0 {
		l.left.Broadcast()
	}
}

// take waits until nobody uses the connection, and takes it from the session if
// clean, which may look at everything then, says so. It gives nil otherwise, or if
// the connection has something to say or has ended.
func (l *lease) take(clean func() bool) *pool.Upstream {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.users > 0 {
		l.left.Wait()
	}
	u := l.upstream
	if !clean() || !u.Detach() {
		return nil
	}
	l.upstream = nil
	return u
}

// takeEnded waits until the connection has ended and nobody uses it, and takes it.
func (l *lease) takeEnded() *pool.Upstream {
	<-l.ended
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.users > 0 {
		l.left.Wait()
	}
	u := l.upstream
	l.upstream = nil
	return u
}
