package proxy

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"time"

	"tenantproxy/internal/pool"
	"tenantproxy/internal/wire"
)

// errTerminated means that the client sent Terminate.
var errTerminated = errors.New("client terminated")

// lastWordsTime bounds how long the end of a session waits for a client that
// does not read.
const lastWordsTime = 2 * time.Second

// run relays until the session ends, and closes both sides; then it calls ended. What the
// client sends goes through the frontend; the upstream connection's reader calls the
// backend, which writes to the client. All else that is written there takes
// backend.writing, so that nothing lands in the middle of a frame.
//
// What ends a session:
//   - Terminate, or the client closing its side: the upstream connection is given
//     back, or is told likewise, and ends when it has sent what it still owes.
//   - The upstream closing: the client gets what came, and 08006 unless Postgres
//     has said why itself.
//   - The proxy (terminate): the client gets the error, at a frame's end.
func (s *session) run(ended func()) {
	s.opts.Metrics.Begin(&s.counts, s.org)
	s.isOver = ended
	s.stopsWithServer = context.AfterFunc(s.ctx, func() {
		s.terminate(wire.Fatalf(wire.AdminShutdown, "terminating connection because tenantproxy is shutting down"))
	})
	u := s.lease.enter()
	if err := s.attach(u); err != nil {
		s.back.Ended(err)
	}
	s.client.Expect(0, s.memory())
	if s.lease.parks == nil { // it has no other
		s.client.Expect(1, u.Memory())
		s.client.Expect(2, u.Stream.Memory())
	}
	s.lease.leave(false)
	s.client.Start(&s.front)
}

// attach makes the session's backend the owner of u. In transaction mode a free connection keeps
// the memory of the session that had it last from being freed.
func (s *session) attach(u *pool.Upstream) error {
	u.Stream.Expect(1, s.memory())
	u.Stream.Expect(2, s.client.Memory())
	return u.Attach(&s.back)
}

// detached is for a connection that another session may have when this one has ended.
func detached(u *pool.Upstream) {
	u.Stream.Expect(1, wire.Memory{})
	u.Stream.Expect(2, wire.Memory{})
}

// Ended implements wire.Receiver: nothing more comes from the client, because of err.
func (f *frontend) Ended(err error) {
	s := f.session
	defer s.isOver()
	defer s.client.Close()
	defer s.stopsWithServer()
	s.server.guard(s.log, func() { s.end(err) })
}

// end is the end of a session whose client is not read from any more, because of err.
func (s *session) end(err error) {
	reason := errors.New("internal error")
	s.guard(func() { reason = s.clientEnded(err) })
	s.waiting.close()
	s.release()
	s.server.unregister(s)
	s.lastWords()
	if ended := s.ended.Load(); ended != nil {
		reason = ended
	}
	s.auditEnd(reason)
	s.log.Info("session ended", "reason", reason, "duration", time.Since(s.began))
	s.endCounts()
	s.client.CloseLingering()
}

// guard keeps a bug in one direction from leaving the other behind.
func (s *session) guard(f func()) {
	defer func() {
		if p := recover(); p != nil {
			s.fail(p, debug.Stack())
		}
	}()
	f()
}

// fail ends a session that has met a bug.
func (s *session) fail(panicked any, stack []byte) {
	s.server.panicked(s.log, panicked, stack)
	s.terminate(wire.Fatalf(wire.InternalError, "internal error"))
}

// clientEnded lets the other direction know of what has ended this one, and gives it.
func (s *session) clientEnded(err error) error {
	var bug *wire.PanicError
	var violation *wire.Error
	var upstreamGone *writeError
	switch {
	case errors.As(err, &bug):
		s.fail(bug.Value, bug.Stack)
	case errors.Is(err, wire.ErrInterrupted):
		// The other direction has ended.
	case errors.Is(err, errTerminated):
		// Postgres closes when it has read it, or does not get it.
		s.front.leaving.Store(true)
		s.front.left, s.front.told = true, s.front.forwarded
	case errors.Is(err, io.EOF):
		// Postgres sees the same, after all that was sent before.
		s.front.leaving.Store(true)
		s.front.left = true
		if u := s.lease.enter(); u != nil {
			s.front.told = !s.canHandBack() && u.Stream.CloseWrite() == nil
		}
		s.lease.leave(false)
	case errors.As(err, &violation):
		s.terminate(violation)
	case isBadFrame(err):
		s.terminate(wire.Fatalf(wire.ProtocolViolation, "%s", err))
	case errors.As(err, &upstreamGone):
		// What Postgres said last may still be on its way: the other direction
		// finds it, and its end.
	default:
		// The client is gone; nobody waits for what the upstream still does.
		s.front.leaving.Store(true)
		s.closeUpstream()
	}
	return err
}

// Ended implements pool.Owner: it finds out why the upstream connection has ended,
// if not because the session has.
func (b *backend) Ended(err error) {
	s := b.session
	var bug *wire.PanicError
	var own *wire.Error
	var clientGone *writeError
	switch {
	case errors.As(err, &bug):
		s.fail(bug.Value, bug.Stack)
	case errors.As(err, &clientGone):
		b.clientGone = true
	case errors.As(err, &own):
		s.terminate(own)
	case isBadFrame(err):
		s.log.Error("upstream broke the protocol", "error", err)
		s.terminate(wire.Fatalf(wire.ConnectionFailure, "the database sent something unexpected"))
	case s.ended.Load() == nil && !b.sawFatal && !s.front.leaving.Load():
		s.log.Warn("upstream connection lost", "error", err)
		s.terminate(wire.Fatalf(wire.ConnectionFailure, "the connection to the database was lost"))
	}
	close(s.lease.ended)
	s.front.statements.cycles.noMore()
	s.client.Interrupt()
}

// lastWords tells the client why the proxy has ended the session, if it has and
// the client can still be told. Nobody else writes to it any more.
func (s *session) lastWords() {
	last := s.ended.Load()
	s.back.writing.Lock() // after a notice that is on its way
	defer s.back.writing.Unlock()
	closed := s.back.closed
	s.back.closed = true
	if closed || last == nil || s.back.clientGone || s.back.scanner.InFrame() {
		return
	}
	if err := s.client.Write(last.Append(nil)); err != nil {
		s.log.Info("client did not take its last error", "error", err)
	}
}

// writeError means that the stream which a direction writes to takes nothing any
// more, as opposed to the one that it reads from.
type writeError struct{ error }

func (e *writeError) Unwrap() error { return e.error }

// forward writes p to a stream from the Burst of another, with its errors marked.
func forward(to, from *wire.Stream, p []byte) error {
	n, err := to.TryWrite(p)
	if err == nil && n < len(p) {
		from.MayBlock()
		err = to.Write(p[n:])
	}
	if err != nil {
		return &writeError{err}
	}
	return nil
}

// isBadFrame tells whether a scan ended at a frame that cannot be.
func isBadFrame(err error) bool {
	var unexpected *wire.InvalidFrameError
	return errors.As(err, &unexpected) || errors.Is(err, wire.ErrFrameTooLong) || errors.Is(err, wire.ErrFrameLength)
}

// terminate ends the session from the proxy's side: the client gets err as soon
// as the frame that it is being sent is complete, if that is soon. Only the
// first call counts. Safe for concurrent use.
func (s *session) terminate(err *wire.Error) {
	if !s.ended.CompareAndSwap(nil, err) {
		return
	}
	// A client that does not read must not keep the other direction waiting.
	_ = s.client.SetWriteDeadline(time.Now().Add(lastWordsTime)) // it may be closed
	s.client.Interrupt()
	s.waiting.end(errSessionEnds)
	s.closeUpstream()
}
