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

	open    int                 // connections, those being dialed among them
	free    map[key][]*Upstream // the last used at the end
	tenants map[string]*tenant  // those with a lease or a waiter
	// turn are the tenants with waiters, in the order of their turns.
	turn []*tenant
}

// key tells which sessions a connection can serve.
type key struct {
	database string
	role     string // that of its startup packet; empty: the login role
	org      string // empty when connections are shared among orgs
}

// tenant is what one org has and wants.
type tenant struct {
	org     string
	leased  int
	waiters []*waiter // the longest waiting first
}

// waiter is a session that wants a connection.
type waiter struct {
	key    key
	wanted *Context
	tenant *tenant
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
		free: make(map[key][]*Upstream), tenants: make(map[string]*tenant),
	}
}

// ask queues a waiter for the org, who wants a connection to have a context.
func (s *slots) ask(k key, org string, wanted *Context) *waiter {
	t := s.tenants[org]
	if t == nil {
		t = &tenant{org: org}
		s.tenants[org] = t
	}
	w := &waiter{key: k, wanted: wanted, tenant: t, granted: make(chan grant, 1)}
	t.waiters = append(t.waiters, w)
	if len(t.waiters) == 1 {
		s.turn = append(s.turn, t)
	}
	return w
}

// takeAtOnce gives a free connection that fits, if nobody waits and the org may have
// one more: as ask and serve would, at less cost. nil: ask.
func (s *slots) takeAtOnce(k key, org string, wanted *Context) *Upstream {
	t := s.tenants[org]
	if len(s.turn) > 0 || t == nil || s.maxPerTenant > 0 && t.leased >= s.maxPerTenant {
		return nil
	}
	u := s.takeFree(k, wanted)
	if u != nil {
		t.leased++
	}
	return u
}

// withdraw takes a waiter out that was not granted anything.
func (s *slots) withdraw(w *waiter) {
	t := w.tenant
	t.waiters = slices.DeleteFunc(t.waiters, func(other *waiter) bool { return other == w })
	s.forget(t)
}

// forget drops what is not needed of a tenant.
func (s *slots) forget(t *tenant) {
	if len(t.waiters) > 0 {
		return
	}
	s.turn = slices.DeleteFunc(s.turn, func(other *tenant) bool { return other == t })
	if t.leased == 0 {
		delete(s.tenants, t.org)
	}
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
		u := s.takeFree(w.key, w.wanted)
		if u == nil && s.maxOpen > 0 && s.open >= s.maxOpen {
			u = s.takeFree(w.key, nil)
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

// takeFree takes a free connection that has the context in place, or none, of those
// the one that was used last: the others may then reach their idle timeout. Without
// wanted it takes the one that has been free for longest, whatever its context.
func (s *slots) takeFree(k key, wanted *Context) *Upstream {
	free := s.free[k]
	take := -1
	if wanted == nil && len(free) > 0 {
		take = 0
	}
	for i := len(free) - 1; i >= 0 && wanted != nil; i-- {
		if free[i].has(wanted) {
			take = i
			break
		}
		if take < 0 && free[i].has(&Context{}) {
			take = i
		}
	}
	if take < 0 {
		return nil
	}
	u := free[take]
	s.free[k] = slices.Delete(free, take, take+1)
	return u
}

// takeOldest takes the connection that has been free for longest.
func (s *slots) takeOldest() *Upstream {
	var oldest *Upstream
	var from key
	for k, free := range s.free {
		if len(free) > 0 && (oldest == nil || free[0].idleAt.Before(oldest.idleAt)) {
			oldest, from = free[0], k
		}
	}
	if oldest != nil {
		s.free[from] = slices.Delete(s.free[from], 0, 1)
	}
	return oldest
}

// giveBack ends a lease. u is free for the next from now on; nil means that the
// connection is gone.
func (s *slots) giveBack(k key, org string, u *Upstream, now time.Time) {
	if u == nil {
		s.open--
	} else {
		u.idleAt = now
		s.free[k] = append(s.free[k], u)
	}
	s.tenants[org].leased--
}

// tidy forgets what is not needed of those that come no more. Before that it is kept,
// since in transaction mode most come again at once.
func (s *slots) tidy() {
	for _, t := range s.tenants {
		s.forget(t)
	}
	for k, free := range s.free {
		if len(free) == 0 {
			delete(s.free, k)
		}
	}
}

// takeFreeIf takes the free connections for which drop says so.
func (s *slots) takeFreeIf(drop func(*Upstream) bool) (taken []*Upstream) {
	for k, free := range s.free {
		kept := slices.DeleteFunc(slices.Clone(free), func(u *Upstream) bool {
			if !drop(u) {
				return false
			}
			taken = append(taken, u)
			return true
		})
		s.free[k] = kept
	}
	s.open -= len(taken)
	return taken
}
