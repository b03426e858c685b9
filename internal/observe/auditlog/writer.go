package auditlog

import (
	"bytes"
	"context"
	"errors"
	"time"
)

const (
	// retryMin and retryMax bound the pause after a failure.
	retryMin = 100 * time.Millisecond
	retryMax = time.Second
	// defaultStallTime is how long a write may take before it counts as a failure: who reads
	// our stdout has stopped, or a file server has.
	defaultStallTime = 5 * time.Second
)

// errStalled means that a write takes longer than that.
var errStalled = errors.New("a write takes very long")

// run writes what is queued until the log is closed.
func (l *Log) run(t *target) {
	defer close(l.done)
	w := writer{log: l, target: t}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	w.stall = time.AfterFunc(l.opts.stallTime, l.stalled)
	w.stall.Stop()
	for {
		closed, err := w.write()
		more := l.settle(err)
		if err == nil && closed {
			if more {
				continue
			}
			if err := t.close(); err != nil {
				l.fail(err)
			}
			return
		}
		var again <-chan time.Time
		if err != nil {
			w.pause = min(max(2*w.pause, retryMin), retryMax)
			again = time.After(w.pause)
		} else {
			w.pause = 0
		}
		wake := l.wake
		if err != nil {
			wake = nil // there is a batch to be written first
		}
		select {
		case <-wake:
		case <-again:
		case now := <-tick.C:
			l.expireThrottled(now, false)
		case r := <-l.reopens:
			r.answer <- w.reopen(r.path)
		case <-l.giveUp:
			l.lost = w.left()
			_ = t.close() // the failure is known
			return
		}
	}
}

// writer is the state of run.
type writer struct {
	log    *Log
	target *target
	// batch[at:] is to be written; it was taken from the queue as a whole.
	batch []byte
	at    int
	pause time.Duration // after the last failure
	stall *time.Timer
}

// write writes all that is queued, and has the disk keep it when that is due. closed
// tells that there will be no more.
func (w *writer) write() (closed bool, err error) {
	for {
		if w.at == len(w.batch) {
			w.batch, closed = w.log.take(w.batch[:0])
			w.at = 0
			if len(w.batch) == 0 {
				return closed, w.target.syncDue(time.Now())
			}
		}
		w.log.begins()
		w.stall.Reset(w.log.opts.stallTime)
		n, err := w.target.write(w.batch[w.at:])
		w.stall.Stop()
		w.log.ends()
		w.at += n
		if err != nil {
			return false, err
		}
	}
}

// reopen goes on in another file, with the line that the old one has in part.
func (w *writer) reopen(path string) error {
	old, err := w.target.reopen(path)
	if old == nil {
		return err // nil for stdout
	}
	if err := old.close(); err != nil {
		w.log.log.Error("the end of the audit log's file of before may be lost", "error", err)
	}
	w.at = bytes.LastIndexByte(w.batch[:w.at], '\n') + 1
	w.pause = 0
	w.log.own(w.log.opened(true))
	return nil
}

// left counts the lines that were not written.
func (w *writer) left() int {
	rest, _ := w.log.take(nil)
	return bytes.Count(w.batch[w.at:], []byte{'\n'}) + bytes.Count(rest, []byte{'\n'})
}

func (l *Log) begins() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writing = true
}

func (l *Log) ends() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writing = false
}

// stalled counts a write that takes too long as a failure, until it ends.
func (l *Log) stalled() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.writing {
		l.fail(errStalled)
	}
}

// fail notes why nothing can be written.
func (l *Log) fail(err error) {
	before := l.failure.Load()
	if before == nil {
		l.turned.Store(0)
		l.failure.Store(&UnavailableError{Err: err, since: time.Now()})
		l.log.Error("the audit log cannot be written", "error", err)
		return
	}
	if errors.Is(before.Err, errStalled) {
		l.failure.Store(&UnavailableError{Err: err, since: before.since})
	}
}

// settle notes how the last attempt to write went. Once everything is written it
// records what became of it, and tells whether there is something to be recorded.
func (l *Log) settle(err error) (more bool) {
	if err != nil {
		l.fail(err)
		return false
	}
	if failure := l.failure.Load(); failure != nil {
		recovered := Recovered{Reason: failure.Err.Error(), For: time.Since(failure.since), Refused: l.turned.Load()}
		l.log.Warn("the audit log is written again", "after", recovered.For, "refused", recovered.Refused)
		l.own(recovered)
		l.failure.Store(nil) // now that nothing comes before it
		more = true
	}
	l.mu.Lock()
	dropped := l.dropped
	l.dropped = 0
	l.mu.Unlock()
	if dropped > 0 {
		l.log.Warn("audit events were dropped", "events", dropped)
		l.own(Dropped{Events: dropped})
		more = true
	}
	return more
}

// own records an event of the writer's, which there is always room for, even when the log
// is closed otherwise.
func (l *Log) own(e Event) {
	text := l.line(nil, time.Now(), nil, e, 0)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue(text)
}

// expireThrottled writes what was held back and whose time is over.
func (l *Log) expireThrottled(now time.Time, everything bool) {
	l.throttle.expire(now, everything, func(a *Actor, e Event, repeated uint64) {
		l.put(context.Background(), true, now, a, e, repeated)
	})
}
