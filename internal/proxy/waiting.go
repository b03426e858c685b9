package proxy

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"tenantproxy/internal/wire"
)

// Why a wait for an upstream connection ends before there is one.
var (
	errWaitCanceled = errors.New("the wait for an upstream connection was canceled")
	errClientGone   = errors.New("the client left while it waited for an upstream connection")
	errSessionEnds  = errors.New("the session ends while it waits for an upstream connection")
)

// waiting is a session's wait for an upstream connection, in transaction mode: a cancel
// request, the end of the session, and the client's leaving end it. Safe for concurrent
// use.
type waiting struct {
	mu     sync.Mutex
	waits  bool
	ctx    context.Context // nil, or canceled, when it has to be made anew
	cancel context.CancelCauseFunc
}

// begin gives the context of a wait, which is parent's child.
func (w *waiting) begin(parent context.Context) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx == nil || w.ctx.Err() != nil {
		w.ctx, w.cancel = context.WithCancelCause(parent) // end, or the parent, cancels it
	}
	w.waits = true
	return w.ctx
}

// done ends the wait.
func (w *waiting) done() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waits = false
}

// end cancels the wait, if there is one.
func (w *waiting) end(cause error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waits {
		w.cancel(cause)
	}
}

// close frees what the waits of a session that is over have left.
func (w *waiting) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cancel != nil {
		w.cancel(errSessionEnds)
	}
}

// endIfGone ends the wait of a session whose client has left. One that has only closed
// its sending side is taken for gone as well: no driver does.
func (s *session) endIfGone() {
	s.waiting.mu.Lock()
	waits := s.waiting.waits
	s.waiting.mu.Unlock()
	if waits && s.client.PeerClosed() {
		s.waiting.end(errClientGone)
	}
}

// whileThere gives a context that ends when the client has left, until stop is called.
func whileThere(ctx context.Context, conn net.Conn) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	var mu sync.Mutex // held until timer is set
	var timer *time.Timer
	mu.Lock()
	timer = time.AfterFunc(sweepInterval, func() {
		mu.Lock()
		defer mu.Unlock()
		if wire.PeerClosed(conn) {
			cancel(errClientGone)
			return
		}
		if ctx.Err() == nil {
			timer.Reset(sweepInterval)
		}
	})
	mu.Unlock()
	return ctx, func() {
		cancel(nil)
		timer.Stop()
	}
}
