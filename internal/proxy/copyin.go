package proxy

import (
	"bytes"
	"sync/atomic"

	"tenantproxy/internal/wire"
)

// copyIn follows COPY FROM STDIN by the extended protocol. While Postgres takes the data
// it ignores a Sync (CopyGetData in commands/copyfromparse.c), which libpq's PQexecParams
// sends right behind the Execute. So that it is known how often Postgres will answer, such
// an Execute waits for the answers to all cycles before its own, what follows it waits for
// Postgres to say whether it takes data, and a Sync that Postgres would ignore is not sent.
//
// By the simple protocol no client sends a Sync.
//
// It belongs to the goroutine that reads from the client, but for what is atomic.
type copyIn struct {
	// portals are those that were bound to such a statement, with the cycle, counted from
	// 1. Those of a transaction that is over are not there any more.
	portals map[string]uint64
	asked   bool // an Execute of one was sent, and Postgres has not said anything yet
	takes   bool // Postgres takes data, unless it has found an error in them
	// begun tells that Postgres has said that it takes data.
	begun atomic.Bool
	// watches tells that there were portals; then idleAfter is the last cycle at whose end
	// there was no transaction.
	watches   atomic.Bool
	idleAfter atomic.Uint64
}

// maxCopyPortals bounds the portals that are bound to COPY at a time. Who has more is
// not copying.
const maxCopyPortals = 256

// binds notes a Bind that is about to be sent.
func (f *frontend) binds(portal []byte, copies bool) error {
	c := &f.copyIn
	portal = cutName(portal)
	if !copies {
		if len(c.portals) > 0 {
			delete(c.portals, string(portal))
		}
		return nil
	}
	if c.portals == nil {
		c.portals = make(map[string]uint64)
		c.watches.Store(true)
	}
	for name, cycle := range c.portals {
		if cycle <= c.idleAfter.Load() {
			delete(c.portals, name)
		}
	}
	if len(c.portals) == maxCopyPortals {
		return wire.Fatalf(wire.ProtocolViolation, "too many portals of COPY FROM STDIN")
	}
	c.portals[string(portal)] = f.statements.cycles.sent.Load() + 1
	return nil
}

// executes notes an Execute that is about to be sent. With again, it is to be shown again.
func (f *frontend) executes(body []byte) (again bool, err error) {
	c := &f.copyIn
	if len(c.portals) == 0 {
		return false, nil
	}
	portal, _, _ := bytes.Cut(body, []byte{0})
	cycle, known := c.portals[string(cutName(portal))]
	if !known {
		return false, nil
	}
	if f.flushed() {
		return true, nil
	}
	if err := f.settle(); err != nil {
		return false, err
	}
	if cycle <= c.idleAfter.Load() {
		return false, nil // it went with its transaction
	}
	c.begun.Store(false)
	c.asked = true
	return false, nil
}

// duringCopy runs before a message of the client's is looked at. Replace tells that
// Postgres would ignore it; with Again it is to be shown again.
func (f *frontend) duringCopy(msgType byte) (wire.Action, error) {
	c := &f.copyIn
	if c.asked {
		if msgType == wire.MsgTerminate {
			return wire.Pass, nil
		}
		if f.flushed() {
			return wire.Again, nil
		}
		f.mayBlock()
		// However long that takes: the table may be locked. An error is that of the
		// Execute, or of what was before it in the cycle.
		f.statements.cycles.waitFor(func() bool { return c.begun.Load() || f.session.back.failed.Load() })
		c.asked, c.takes = false, c.begun.Load()
	}
	if !c.takes {
		return wire.Pass, nil
	}
	switch msgType {
	case wire.MsgCopyData, wire.MsgFlush, wire.MsgTerminate:
	case wire.MsgSync:
		if !f.session.back.failed.Load() {
			return wire.Replace, nil
		}
		c.takes = false // the error has ended it
	case wire.MsgQuery, wire.MsgFunctionCall:
		// Postgres ends the session, or if it has found an error before, does not answer.
		return wire.Pass, wire.Fatalf(wire.ProtocolViolation, "a COPY has to end before a simple query")
	default: // CopyDone, CopyFail, and what has Postgres end the session
		c.takes = false
	}
	return wire.Pass, nil
}
