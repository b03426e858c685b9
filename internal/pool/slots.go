package pool

import (
	"slices"
	"time"
)

// slots shares out the right to have an upstream connection: how many there are,
// which of them are free, and who is next. It is a data structure only, guarded
// by Pool.mu.
type slots struct {
	// maxOpen bounds all connections, maxPerTenant those in use for one org; 0
	// is no bound.
	maxOpen, maxPerTenant int

	open    int // connections, those being dialed among them
	shelves map[key]*shelf
	tenants map[string]*tenant // those with a lease or a waiter and, until tidy, those that had one
	// turn are the tenants with waiters, in the order of their turns.
	turn []*tenant
	// givenBack counts how often a connection was.
	givenBack uint64
}

// waiter is a session that wants a connection.
type waiter struct {
	lease
	wanted *Context
	// granted gets the grant; it has room for it.
	granted chan grant
}

// grant is a slot, and the connection in it; nil means that one is to be dialed.
type grant struct{ upstream *Upstream }

// limit names the setting that keeps a waiter waiting.
type limit string

const (
	limitUpstream limit = "pool.max_upstream"
	limitTenant   limit = "pool.max_per_tenant"
)

func newSlots(maxOpen, maxPerTenant int) slots {
	return slots{
		maxOpen: maxOpen, maxPerTenant: maxPerTenant,
		shelves: make(map[key]*shelf), tenants: make(map[string]*tenant),
	}
}

// ask queues a waiter, who wants a connection to have a context.
func (s *slots) ask(at *Place, wanted *Context) *waiter {
	w := &waiter{lease: s.find(at), wanted: wanted, granted: make(chan grant, 1)}
	w.shelf.users++
	t := w.tenant
	t.waiters = append(t.waiters, w)
	if len(t.waiters) == 1 {
		s.turn = append(s.turn, t)
	}
	return w
}

// takeAtOnce gives a free connection that has the context in place, if nobody waits and
// the org may have one more: as ask and serve would, at less cost. nil: ask.
func (s *slots) takeAtOnce(at *Place, wanted *Context) *Upstream {
	l := s.find(at)
	if len(s.turn) > 0 || s.maxPerTenant > 0 && l.tenant.leased >= s.maxPerTenant {
		return nil
	}
	u := l.shelf.takeWith(wanted)
	if u != nil {
		l.shelf.users++
		l.tenant.leased++
		u.lease = l
	}
	return u
}

// withdraw takes a waiter out that was not granted anything.
func (s *slots) withdraw(w *waiter) {
	t := w.tenant
	t.waiters = slices.DeleteFunc(t.waiters, func(other *waiter) bool { return other == w })
	w.shelf.users--
	s.forget(t)
}

// blockedBy tells what w waits for.
func (s *slots) blockedBy(w *waiter) limit {
	if s.maxPerTenant > 0 && w.tenant.leased >= s.maxPerTenant {
		return limitTenant
	}
	return limitUpstream
}

// serve grants as much as there is, one waiter of each tenant in turn, so that a
// tenant that asks for much waits for itself. The connections that it gives back
// had to make room for others, and are to be closed.
func (s *slots) serve() (evicted []*Upstream) {
	for skipped := 0; skipped < len(s.turn); {
		t := s.turn[0]
		s.turn = append(s.turn[1:], t)
		if s.maxPerTenant > 0 && t.leased >= s.maxPerTenant {
			skipped++
			continue
		}
		w := t.waiters[0]
		u := w.shelf.takeFor(w.wanted)
		if u == nil && s.maxOpen > 0 && s.open >= s.maxOpen {
			u = w.shelf.takeOldest()
		}
		if u == nil {
			if s.maxOpen > 0 && s.open >= s.maxOpen {
				old := s.takeOldest()
				if old == nil {
					skipped++ // another tenant may want one of the free connections
					continue
				}
				s.open--
				evicted = append(evicted, old)
			}
			s.open++
		}
		skipped = 0
		t.leased++
		t.waiters = t.waiters[1:]
		s.forget(t)
		w.granted <- grant{u}
	}
	return evicted
}

// shrink takes free connections that are over the limit.
func (s *slots) shrink() (taken []*Upstream) {
	for s.maxOpen > 0 && s.open > s.maxOpen {
		old := s.takeOldest()
		if old == nil {
			break
		}
		s.open--
		taken = append(taken, old)
	}
	return taken
}

// takeWith takes a free connection that has the context in place; of several the one
// that was used last: the others may then reach their idle timeout.
func (of *shelf) takeWith(wanted *Context) *Upstream {
	for i := len(of.free) - 1; i >= 0; i-- {
		if of.free[i].has(wanted) {
			return of.take(i)
		}
	}
	return nil
}

// takeFor is takeWith, or takes one that has no context in place.
func (of *shelf) takeFor(wanted *Context) *Upstream {
	if u := of.takeWith(wanted); u != nil {
		return u
	}
	return of.takeWith(&Context{})
}

// takeOldest takes the connection that has been free for longest, whatever its context.
func (of *shelf) takeOldest() *Upstream {
	if len(of.free) == 0 {
		return nil
	}
	return of.take(0)
}

func (of *shelf) take(i int) *Upstream {
	u := of.free[i]
	of.free = slices.Delete(of.free, i, i+1)
	return u
}

// takeOldest takes the connection that has been free for longest.
func (s *slots) takeOldest() *Upstream {
	var from *shelf
	for _, of := range s.shelves {
		if len(of.free) > 0 && (from == nil || of.free[0].givenBack < from.free[0].givenBack) {
			from = of
		}
	}
	if from == nil {
		return nil
	}
	return from.takeOldest()
}

// giveBack ends a lease. u is free for the next from now on; nil means that the
// connection is gone.
func (s *slots) giveBack(l lease, u *Upstream) {
	if u == nil {
		s.open--
	} else {
		s.givenBack++
		u.givenBack, u.idleAt = s.givenBack, time.Time{}
		l.shelf.free = append(l.shelf.free, u)
	}
	l.shelf.users--
	l.tenant.leased--
}

// takeFreeIf takes the free connections for which drop says so.
func (s *slots) takeFreeIf(drop func(*Upstream) bool) (taken []*Upstream) {
	for _, of := range s.shelves {
		of.free = slices.DeleteFunc(of.free, func(u *Upstream) bool {
			if !drop(u) {
				return false
			}
			taken = append(taken, u)
			return true
		})
	}
	s.open -= len(taken)
	return taken
}
