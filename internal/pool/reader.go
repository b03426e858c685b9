package pool

import (
	"errors"
	"sync"
	"unsafe"

	"tenantproxy/internal/wire"
)

// Owner gets what an upstream connection says, by calls from the connection's
// reader. While there is none, whatever comes but what Postgres may send at any
// time ends the connection.
type Owner interface {
	// Burst is a Receiver's. An error ends the connection.
	// Ended is the last call: the connection is closed.
	wire.Receiver
}

// reading is who reads an upstream connection. It is read for as long as it is open, so
// that a close is noticed at once, whoever has it.
type reading struct {
	upstream *Upstream
	mu       sync.Mutex
	owner    Owner
	busy     bool      // a Burst of an owner's runs, or is about to
	ended    error     // why reading is over
	rest     sync.Cond // busy has ended, or reading has
	// lost is called when reading ends without an owner.
	lost func(u *Upstream)
	idle wire.Scanner // of what comes without an owner
}

// errOutOfStep means that a connection without an owner was sent something.
var errOutOfStep = errors.New("the upstream connection is in the middle of something")

// unownedClasses are what Postgres may send at any time (manual, "Asynchronous
// Operations"); all else is Invalid.
var unownedClasses = wire.Classes{
	wire.MsgNoticeResponse:       wire.Inspect,
	wire.MsgNotificationResponse: wire.Inspect,
	wire.MsgParameterStatus:      wire.Inspect,
}

// startReading begins to read. The end of reading closes the connection.
func (u *Upstream) startReading() {
	r := &u.reading
	r.upstream = u
	r.rest.L = &r.mu
	r.idle = wire.Scanner{MaxBody: maxAnswer, Classes: &unownedClasses, Handler: unowned{u}}
	u.Stream.Expect(0, u.Memory())
	u.Stream.Start(r)
}

// Memory is what is used of the connection for each message.
func (u *Upstream) Memory() wire.Memory {
	return wire.MemoryOf(u, unsafe.Offsetof(u.reading)+unsafe.Offsetof(u.reading.idle))
}

// Ended implements wire.Receiver.
func (r *reading) Ended(err error) {
	r.upstream.Stream.Close()
	r.mu.Lock()
	r.ended = err
	owner, lost := r.owner, r.lost
	r.rest.Broadcast()
	r.mu.Unlock()
	switch {
	case owner != nil:
		owner.Ended(err)
	case lost != nil:
		lost(r.upstream)
	}
}

// Burst implements wire.Receiver.
func (r *reading) Burst(buf []byte, n int) error {
	r.mu.Lock()
	owner := r.owner
	if owner == nil {
		defer r.mu.Unlock()
		return r.idle.Burst(buf, n)
	}
	r.busy = true
	r.mu.Unlock()
	err := owner.Burst(buf, n)
	r.mu.Lock()
	r.busy = false
	r.rest.Broadcast()
	r.mu.Unlock()
	return err
}

// Attach makes o the owner of a connection that has none, before anything is sent
// on it. An error tells that the connection is not usable any more; o then gets
// no call.
func (u *Upstream) Attach(o Owner) error {
	r := &u.reading
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.ended != nil:
		return r.ended
	case r.owner != nil || !r.idle.Between():
		return errOutOfStep
	}
	r.owner = o
	return nil
}

// DetachInBurst leaves the connection without an owner. Nothing may be outstanding, and
// the caller is in the owner's Burst.
func (u *Upstream) DetachInBurst() {
	u.reading.mu.Lock()
	u.reading.owner = nil
	u.reading.mu.Unlock()
}

// Detach leaves the connection without an owner, unless the owner's Burst runs or
// the connection has ended. Nothing may be outstanding.
func (u *Upstream) Detach() bool {
	r := &u.reading
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy || r.ended != nil {
		return false
	}
	r.owner = nil
	return true
}

// AwaitRest waits until no Burst runs, and tells whether the connection is still open.
// The Burst of an owner may go on for a moment after it has answered the last that
// was outstanding, and even when the connection has the next owner.
func (u *Upstream) AwaitRest() bool {
	r := &u.reading
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.busy && r.ended == nil {
		r.rest.Wait()
	}
	return r.ended == nil
}

// whenLost has f called when the connection ends while it has no owner.
func (u *Upstream) whenLost(f func(*Upstream)) {
	u.reading.mu.Lock()
	u.reading.lost = f
	u.reading.mu.Unlock()
}

// alive tells whether nobody has noticed an end yet.
func (u *Upstream) alive() bool {
	u.reading.mu.Lock()
	defer u.reading.mu.Unlock()
	return u.reading.ended == nil
}

// unowned looks at what comes without an owner.
type unowned struct{ upstream *Upstream }

// Need implements wire.Handler.
func (h unowned) Need(_ byte, bodyLen int) int { return bodyLen }

// Send implements wire.Handler: there is nobody to send it to.
func (h unowned) Send([]byte) error { return nil }

// Frame implements wire.Handler.
func (h unowned) Frame(msgType byte, body []byte, _ int) (wire.Action, []byte, error) {
	if msgType == wire.MsgParameterStatus {
		return wire.Pass, nil, h.upstream.parameterStatus(body)
	}
	return wire.Pass, nil, nil
}
