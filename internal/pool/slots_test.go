package pool

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// granted tells whether a waiter has its slot.
func granted(w *waiter) bool { return len(w.granted) == 1 }

// placeOf is the place of an org whose connections are shared.
func placeOf(database, org string) *Place { return &Place{key: key{database: database}, org: org} }

// TestTurns has one tenant ask for everything before another asks for a little.
func TestTurns(t *testing.T) {
	s := newSlots(2, 0)
	noisyOne, quietOne := placeOf("d", "noisy"), placeOf("d", "quiet")
	var noisy []*waiter
	for range 10 {
		noisy = append(noisy, s.ask(noisyOne, new(Context)))
	}
	s.serve()
	quiet := []*waiter{s.ask(quietOne, new(Context)), s.ask(quietOne, new(Context))}
	s.serve()
	if !granted(noisy[0]) || !granted(noisy[1]) || granted(noisy[2]) || granted(quiet[0]) {
		t.Fatal("the first two slots did not go to who asked first")
	}
	order := []*waiter{quiet[0], noisy[2], quiet[1], noisy[3], noisy[4]}
	for i, next := range order {
		if i%2 == 0 && i > 0 {
			s.giveBack(quietOne.lease, nil)
		} else {
			s.giveBack(noisyOne.lease, nil)
		}
		s.serve()
		// Which of the two is first depends on whose turn it was; what counts is
		// that two rounds serve both.
		if i%2 == 1 && (!granted(order[i-1]) || !granted(next)) {
			t.Fatalf("after %d rounds somebody was passed over", i+1)
		}
	}
	if s.open != 2 {
		t.Errorf("%d connections are open", s.open)
	}
}

// TestLimitOfOneTenant lets the others pass who waits for their own limit.
func TestLimitOfOneTenant(t *testing.T) {
	s := newSlots(10, 2)
	noisyOne, quietOne := placeOf("d", "noisy"), placeOf("d", "quiet")
	var noisy []*waiter
	for range 5 {
		noisy = append(noisy, s.ask(noisyOne, new(Context)))
	}
	quiet := s.ask(quietOne, new(Context))
	s.serve()
	if !granted(noisy[1]) || granted(noisy[2]) || !granted(quiet) {
		t.Error("the limit of one tenant is not its own")
	}
	if s.blockedBy(noisy[2]) != limitTenant {
		t.Error("the wrong limit is named")
	}
	for _, w := range noisy[2:] {
		s.withdraw(w)
	}
	for range 2 {
		s.giveBack(noisyOne.lease, nil)
	}
	s.giveBack(quietOne.lease, nil)
	s.tidy()
	if s.open != 0 || len(s.tenants) != 0 || len(s.turn) != 0 || len(s.shelves) != 0 {
		t.Errorf("left behind: %d open, %d tenants, %d turns, %d shelves", s.open, len(s.tenants), len(s.turn), len(s.shelves))
	}
}

// TestRoomForAnotherDatabase closes the connection that has been free for longest.
func TestRoomForAnotherDatabase(t *testing.T) {
	s := newSlots(3, 0)
	connections := make([]*Upstream, 3)
	leases := make([]lease, 3)
	for i := range connections {
		leases[i] = s.ask(placeOf(fmt.Sprint("d", i), "a"), new(Context)).lease
		s.serve()
		connections[i] = &Upstream{}
	}
	for i, u := range slices.Backward(connections) {
		s.giveBack(leases[i], u)
	}
	w := s.ask(placeOf("new", "a"), new(Context))
	evicted := s.serve()
	if !granted(w) || len(evicted) != 1 || evicted[0] != connections[2] {
		t.Errorf("granted %v, evicted %v", granted(w), evicted)
	}
	if g := <-w.granted; g.upstream != nil {
		t.Error("a connection of another database was granted")
	}
	if s.open != 3 {
		t.Errorf("%d open", s.open)
	}
	again := s.ask(placeOf("d0", "a"), new(Context))
	s.serve()
	if g := <-again.granted; g.upstream != connections[0] {
		t.Error("a free connection was not used")
	}
}

// TestPlaceOutlivesTidy has a session come back after nothing was left of what its place
// had found, and find what others have by then.
func TestPlaceOutlivesTidy(t *testing.T) {
	s := newSlots(2, 1)
	first, second := placeOf("d", "a"), placeOf("d", "a")
	old := s.ask(first, new(Context))
	s.serve()
	s.tidy()
	if old.shelf.dropped || old.tenant.dropped {
		t.Fatal("what is in use was dropped")
	}
	s.giveBack(old.lease, nil)
	s.tidy()
	if !old.shelf.dropped || !old.tenant.dropped || len(s.tenants) != 0 || len(s.shelves) != 0 {
		t.Fatal("nothing was dropped")
	}
	w := s.ask(second, new(Context))
	s.serve()
	over := s.ask(first, new(Context))
	s.serve()
	if granted(over) {
		t.Error("the org got more than its limit")
	}
	s.withdraw(over)
	u := &Upstream{}
	s.giveBack(w.lease, u)
	if got := s.takeAtOnce(first, new(Context)); got != u {
		t.Error("the free connection was not found")
	}
	if got := s.takeAtOnce(second, new(Context)); got != nil {
		t.Error("it was given twice")
	}
	s.giveBack(first.lease, u)
	if w.shelf.users != 0 || w.tenant.leased != 0 || s.open != 1 {
		t.Errorf("%d users, %d leased, %d open", w.shelf.users, w.tenant.leased, s.open)
	}
}

// TestIdleSince closes no connection before it has been free for the whole time, by
// sweeps however late they are.
func TestIdleSince(t *testing.T) {
	const idle = time.Minute
	p := &Pool{opts: Options{IdleTimeout: idle}, slots: newSlots(0, 0)}
	at := placeOf("d", "a")
	u := &Upstream{}
	take := func() {
		t.Helper()
		if got := p.AcquireAtOnce(at, new(Context)); got != u {
			t.Fatal("it was not free")
		}
	}
	w := p.slots.ask(at, new(Context))
	p.slots.serve()
	began := time.Now()
	u.born = began
	p.slots.giveBack(w.lease, u)
	for _, now := range []time.Duration{time.Second, idle, time.Second + idle - 1} {
		if stale := p.sweepAt(began.Add(now)); len(stale) > 0 {
			t.Fatalf("closed after %v", now)
		}
	}
	take() // and free again: from the next sweep on
	p.slots.giveBack(u.lease, u)
	for _, now := range []time.Duration{2 * idle, 3*idle - 1} {
		if stale := p.sweepAt(began.Add(now)); len(stale) > 0 {
			t.Fatalf("closed after %v", now)
		}
	}
	if stale := p.sweepAt(began.Add(3 * idle)); len(stale) != 1 || stale[0] != u {
		t.Errorf("%v is closed in the end", stale)
	}
}
