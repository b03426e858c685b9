package pool

import (
	"fmt"
	"testing"
	"time"
)

// granted tells whether a waiter has its slot.
func granted(w *waiter) bool { return len(w.granted) == 1 }

// TestTurns has one tenant ask for everything before another asks for a little.
func TestTurns(t *testing.T) {
	s := newSlots(2, 0)
	k := key{database: "d"}
	var noisy []*waiter
	for range 10 {
		noisy = append(noisy, s.ask(k, "noisy", new(Context)))
	}
	s.serve()
	quiet := []*waiter{s.ask(k, "quiet", new(Context)), s.ask(k, "quiet", new(Context))}
	s.serve()
	if !granted(noisy[0]) || !granted(noisy[1]) || granted(noisy[2]) || granted(quiet[0]) {
		t.Fatal("the first two slots did not go to who asked first")
	}
	order := []*waiter{quiet[0], noisy[2], quiet[1], noisy[3], noisy[4]}
	for i, next := range order {
		if i%2 == 0 && i > 0 {
			s.giveBack(k, "quiet", nil, time.Now())
		} else {
			s.giveBack(k, "noisy", nil, time.Now())
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
	k := key{database: "d"}
	var noisy []*waiter
	for range 5 {
		noisy = append(noisy, s.ask(k, "noisy", new(Context)))
	}
	quiet := s.ask(k, "quiet", new(Context))
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
		s.giveBack(k, "noisy", nil, time.Now())
	}
	s.giveBack(k, "quiet", nil, time.Now())
	s.tidy()
	if s.open != 0 || len(s.tenants) != 0 || len(s.turn) != 0 {
		t.Errorf("left behind: %d open, %d tenants, %d turns", s.open, len(s.tenants), len(s.turn))
	}
}

// TestRoomForAnotherDatabase closes the connection that has been free for longest.
func TestRoomForAnotherDatabase(t *testing.T) {
	s := newSlots(3, 0)
	now := time.Now()
	connections := make([]*Upstream, 3)
	for i := range connections {
		k := key{database: fmt.Sprint("d", i)}
		s.ask(k, "a", new(Context))
		s.serve()
		connections[i] = &Upstream{}
		s.giveBack(k, "a", connections[i], now.Add(time.Duration(-i)*time.Second))
	}
	w := s.ask(key{database: "new"}, "a", new(Context))
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
	again := s.ask(key{database: "d0"}, "a", new(Context))
	s.serve()
	if g := <-again.granted; g.upstream != connections[0] {
		t.Error("a free connection was not used")
	}
}
