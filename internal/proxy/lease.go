package proxy

import (
	"sync"
	"sync/atomic"

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
	pinned   atomic.Bool // the session keeps its connection until it ends
	// parks is the session that gives its connection back when it does not need it: one
	// in transaction mode, until it ends.
	parks *session
	left  sync.Cond     // there are no users
	ended chan struct{} // closed when the connection has ended
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

// leave undoes enter. In transaction mode the last one gives the connection back, if
// the session does not need it now. inBurst tells that the caller is in the Burst of
// the connection's reader.
func (l *lease) leave(inBurst bool) {
	l.mu.Lock()
	l.users--
	var given *pool.Upstream
	contextLost := false
	parks := l.parks
	for l.users == 0 && l.parks != nil && l.upstream != nil && parks.atRest() && !l.pinned.Load() && !parks.readSettings() {
		u := l.upstream
		if detach(u, inBurst) {
			l.upstream, given = nil, u
			contextLost = parks.contextLost() // the next connection's may follow at once
			break
		}
		// A Burst is ending, as that of the pool's own exchange may be when the session
		// begins, or wants to enter, and then leaves itself.
		l.mu.Unlock()
		open := u.AwaitRest()
		l.mu.Lock()
		if !open || l.upstream != u {
			break
		}
	}
	if l.users == 0 {
		l.left.Broadcast()
	}
	l.mu.Unlock()
	if given != nil {
		parks.pool.Park(given, contextLost)
	}
}

func detach(u *pool.Upstream, inBurst bool) bool {
	if inBurst {
		u.DetachInBurst()
		return true
	}
	return u.Detach()
}

// hold gives the session, which is between enter and leave, a connection.
func (l *lease) hold(u *pool.Upstream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.upstream = u
}

// keep has the connection not be given back by leave any more: who releases it is to
// find it here.
func (l *lease) keep() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.parks = nil
}

// take waits until nobody uses the connection, and takes it from the session if
// clean, which may look at everything then, says so. It gives nil otherwise, or if
// the connection has ended.
func (l *lease) take(clean func() bool) *pool.Upstream {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		for l.users > 0 {
			l.left.Wait()
		}
		u := l.upstream
		if u == nil || !clean() {
			return nil
		}
		if u.Detach() {
			l.upstream = nil
			return u
		}
		// A Burst is ending, or has something to say: it may want to enter.
		l.mu.Unlock()
		open := u.AwaitRest()
		l.mu.Lock()
		if !open {
			return nil
		}
	}
}

// takeEnded waits until the connection, if there is one, has ended and nobody uses
// it, and takes it.
func (l *lease) takeEnded() *pool.Upstream {
	u := l.enter()
	l.leave(false)
	if u == nil {
		return nil
	}
	<-l.ended
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.users > 0 {
		l.left.Wait()
	}
	l.upstream = nil
	return u
}
