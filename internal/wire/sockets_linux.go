package wire

// sockets are those of a loop, by the identifiers that epoll reports them with. It is an
// array since it is looked into for each event. The loop's mu guards it.
type sockets struct {
	slots []struct {
		socket *polled // nil: the slot is free
		use    int32   // how many sockets it has had, this one among them; it wraps
	}
	free []int32 // slots
	n    int     // sockets
}

// socketID tells a socket: its slot, counted from 1, and which of those that the slot
// has had. The zero value is the loop's own descriptor.
type socketID struct{ slot, use int32 }

func (s *sockets) add(p *polled) socketID {
	if len(s.free) == 0 {
		s.slots = append(s.slots, struct {
			socket *polled
			use    int32
		}{})
		s.free = append(s.free, int32(len(s.slots)))
	}
	slot := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	s.n++
	at := &s.slots[slot-1]
	at.socket = p
	at.use++
	return socketID{slot, at.use}
}

// get gives nil for a socket that was removed, also if another one has its slot now.
func (s *sockets) get(id socketID) *polled {
	if id.slot < 1 || int(id.slot) > len(s.slots) || s.slots[id.slot-1].use != id.use {
		return nil
	}
	return s.slots[id.slot-1].socket
}

func (s *sockets) remove(id socketID) {
	if s.get(id) != nil {
		s.slots[id.slot-1].socket = nil
		s.free = append(s.free, id.slot)
		s.n--
	}
}
