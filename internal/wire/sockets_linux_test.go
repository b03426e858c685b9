package wire

import "testing"

// TestSockets has slots used again: what was removed is not found by its old identifier.
func TestSockets(t *testing.T) {
	var s sockets
	if got := s.get(socketID{}); got != nil {
		t.Error("the zero identifier is a socket's")
	}
	first, second := new(polled), new(polled)
	old := s.add(first)
	if s.get(old) != first {
		t.Fatal("a socket is not found")
	}
	s.remove(old)
	s.remove(old)
	if s.get(old) != nil || s.n != 0 {
		t.Fatal("a removed socket is found")
	}
	now := s.add(second)
	if now == old || now.slot != old.slot {
		t.Fatalf("the slot of %v was not used again, or as the same: %v", old, now)
	}
	if s.get(old) != nil || s.get(now) != second || s.n != 1 {
		t.Error("an old identifier finds the next socket")
	}
	s.remove(old)
	if s.get(now) != second {
		t.Error("removing an old identifier removed the next socket")
	}
	if id := s.add(first); id.slot == now.slot || s.get(id) != first || s.n != 2 {
		t.Error("two sockets share a slot")
	}
}
