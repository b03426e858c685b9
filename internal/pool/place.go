package pool

import "slices"

// Place is where the connections of a session come from and go to: those of its
// database, its role and, unless orgs share them, its org, within what the org may have.
// A session keeps it, so that nothing has to be looked up for a transaction. Pool.Place
// makes it, and only that Pool takes it. One goroutine at a time may use it.
type Place struct {
	key key
	org string
	// lease is empty, or of what was dropped, when it has to be looked up. It is
	// guarded by Pool.mu.
	lease lease
}

// Place gives the place of a session of org on database, whose context has the role.
func (p *Pool) Place(database, role, org string) Place {
	at := Place{key: key{database: database, role: role}, org: org}
	if !p.opts.ShareAcrossTenants {
		at.key.org = org
	}
	return at
}

// key tells which sessions a connection can serve.
type key struct {
	database string
	role     string // that of its startup packet; empty: the login role
	org      string // empty when connections are shared among orgs
}

// lease is what a connection in use is accounted under, and goes back to.
type lease struct {
	shelf  *shelf
	tenant *tenant
}

// shelf has the free connections of a key.
type shelf struct {
	key     key
	free    []*Upstream // the last used at the end
	users   int         // leases and waiters, who rely on it
	dropped bool        // there may be another one of the key
}

// tenant is what one org has and wants.
type tenant struct {
	org     string
	leased  int
	waiters []*waiter // the longest waiting first
	dropped bool      // there may be another one of the org
}

// find looks up what a Place does not know, or not any more.
func (s *slots) find(at *Place) lease {
	l := &at.lease
	if l.shelf == nil || l.shelf.dropped {
		if l.shelf = s.shelves[at.key]; l.shelf == nil {
			l.shelf = &shelf{key: at.key}
			s.shelves[at.key] = l.shelf
		}
	}
	if l.tenant == nil || l.tenant.dropped {
		if l.tenant = s.tenants[at.org]; l.tenant == nil {
			l.tenant = &tenant{org: at.org}
			s.tenants[at.org] = l.tenant
		}
	}
	return *l
}

// forget drops what is not needed of a tenant.
func (s *slots) forget(t *tenant) {
	if len(t.waiters) > 0 {
		return
	}
	s.turn = slices.DeleteFunc(s.turn, func(other *tenant) bool { return other == t })
	if t.leased == 0 {
		t.dropped = true
		delete(s.tenants, t.org)
	}
}

// tidy forgets what is not needed of those that come no more. Before that it is kept,
// since in transaction mode most come again at once.
func (s *slots) tidy() {
	for _, t := range s.tenants {
		s.forget(t)
	}
	for k, of := range s.shelves {
		if len(of.free) == 0 && of.users == 0 {
			of.dropped = true
			delete(s.shelves, k)
		}
	}
}
