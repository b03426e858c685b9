package auditlog

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Statements says which statements a Log has.
type Statements string

// The values of Statements.
const (
	StatementsNone    Statements = "none"
	StatementsRefused Statements = "refused" // and those that report mode lets through
	StatementsAll     Statements = "all"
)

// Options configure a Log.
type Options struct {
	// Path is the file, which is made with mode 0600 or appended to; "-" is stdout.
	Path       string
	Statements Statements
	// Drop loses what finds the queue full, and counts it. Otherwise nothing is lost:
	// whoever has something to note waits, and Admit lets nothing begin that could
	// not be noted.
	Drop bool
	// Literals keeps the texts of statements and of errors as they are.
	Literals bool
	// Version is of the program, for the first line.
	Version string
	// QueueBytes bounds the queue; 0: 1 MiB. Twice as much is held while a write is
	// on its way.
	QueueBytes int
	// Log is told of failures and recoveries; nil: nobody is.
	Log *slog.Logger

	stallTime time.Duration // 0: defaultStallTime
}

const defaultQueueBytes = 1 << 20

// settings are the options that Reconfigure changes.
type settings struct {
	path           string
	statements     Statements
	drop, literals bool
}

func (o *Options) settings() *settings { return &settings{o.Path, o.Statements, o.Drop, o.Literals} }

// reopening asks the writer to go on in the file that is at the path.
type reopening struct {
	path   string
	answer chan<- error
}

// Log is an open audit log. All methods may be called on nil, which is no log: it takes
// everything, keeps nothing and never fails. Safe for concurrent use.
type Log struct {
	opts     Options
	log      *slog.Logger
	instance string // of this process, in every line
	settings atomic.Pointer[settings]

	throttle throttle

	mu sync.Mutex
	// pending are whole lines, in order.
	pending []byte
	seq     uint64 // of the last event, also of those that were dropped
	dropped uint64 // since the last line that says so
	// droppedInAll counts since the beginning.
	droppedInAll uint64
	// room, if somebody waits for it, is closed when pending was taken.
	room    chan struct{}
	closed  bool
	writing bool // the writer is in a write

	failure atomic.Pointer[UnavailableError]
	turned  atomic.Uint64 // what Admit has turned away since the failure

	wake    chan struct{} // has room for one: pending or closed has changed
	reopens chan reopening
	giveUp  chan struct{} // closed when Close waits no more
	done    chan struct{} // closed when the writer has ended
	lost    int           // lines that it could not write, once it has
}

// Open opens the log and begins to write. The error names the path.
func Open(o Options) (*Log, error) {
	if o.QueueBytes <= 0 {
		o.QueueBytes = defaultQueueBytes
	}
	if o.stallTime == 0 {
		o.stallTime = defaultStallTime
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	t, err := openTarget(o.Path)
	if err != nil {
		return nil, err
	}
	var id [6]byte
	rand.Read(id[:]) // never fails: see crypto/rand
	l := &Log{
		opts: o, log: o.Log, instance: hex.EncodeToString(id[:]),
		wake: make(chan struct{}, 1), reopens: make(chan reopening),
		giveUp: make(chan struct{}), done: make(chan struct{}),
	}
	l.settings.Store(o.settings())
	go l.run(t)
	l.Note(nil, l.opened(false))
	return l, nil
}

func (l *Log) opened(rotated bool) Opened {
	onFull, s := "block", l.settings.Load()
	if s.drop {
		onFull = "drop"
	}
	return Opened{
		Version: l.opts.Version, Statements: s.statements, OnFull: onFull, Literals: s.literals, Rotated: rotated,
	}
}

// Refused tells whether refused statements are recorded.
func (l *Log) Refused() bool { return l != nil && l.settings.Load().statements != StatementsNone }

// All tells whether every statement is recorded.
func (l *Log) All() bool { return l != nil && l.settings.Load().statements == StatementsAll }

// Literals tells whether texts may be recorded as they are.
func (l *Log) Literals() bool { return l != nil && l.settings.Load().literals }

// Full tells whether Write would wait for most events now. The next moment it may be
// otherwise.
func (l *Log) Full() bool {
	if l == nil || l.opts.Drop {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.pending) > l.opts.QueueBytes/2
}

// Write records an event by somebody, or by nobody (nil). If the queue is full it waits
// until there is room, or ctx ends and the event is taken all the same; with
// Options.Drop the event is lost. What happens too often is summed up instead, see
// docs/AUDIT_LOG.md.
func (l *Log) Write(ctx context.Context, a *Actor, e Event) {
	if l != nil {
		l.record(ctx, false, a, e)
	}
}

// Note is Write for those who must not wait, since sessions depend on them: there is
// room in reserve for them, and past that the event is lost and counted.
func (l *Log) Note(a *Actor, e Event) {
	if l != nil {
		l.record(context.Background(), true, a, e)
	}
}

func (l *Log) record(ctx context.Context, reserve bool, a *Actor, e Event) {
	now := time.Now()
	var repeated uint64
	if s, ok := e.(sparing); ok {
		if repeated, ok = l.throttle.pass(now, a, s); !ok {
			return
		}
	}
	l.put(ctx, reserve, now, a, e, repeated)
}

// lines has buffers for lines that are put together.
var lines = sync.Pool{New: func() any { return new(line) }}

// put queues an event; with reserve, without waiting.
func (l *Log) put(ctx context.Context, reserve bool, now time.Time, a *Actor, e Event, repeated uint64) {
	buf := lines.Get().(*line)
	defer func() {
		if cap(*buf) <= 2*MaxSQL {
			lines.Put(buf)
		}
	}()
	*buf = l.line((*buf)[:0], now, a, e, repeated)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.awaitRoom(ctx, reserve, len(*buf)) {
		l.seq++
		l.dropped++
		l.droppedInAll++
		return
	}
	l.queue(*buf)
}

// line appends the line of an event, but for its number and end.
func (l *Log) line(dst line, now time.Time, a *Actor, e Event, repeated uint64) line {
	dst = e.append(dst.begin(now, e.Name()).by(a))
	if repeated > 0 {
		dst = dst.count("repeated", repeated)
	}
	return dst.text("instance", l.instance)
}

// queue adds a line, and its number. mu is held.
func (l *Log) queue(text line) {
	if len(l.pending) == 0 {
		raise(l.wake)
	}
	l.seq++
	l.pending = append(l.pending, text...)
	l.pending = append(l.pending, `,"seq":`...)
	l.pending = strconv.AppendUint(l.pending, l.seq, 10)
	l.pending = append(l.pending, '}', '\n')
}

// awaitRoom tells whether a line of n bytes may be queued, when that is known. mu is
// held, but not while it waits.
func (l *Log) awaitRoom(ctx context.Context, reserve bool, n int) bool {
	for {
		switch {
		case l.closed:
			return false
		case len(l.pending) == 0 || len(l.pending)+n <= l.opts.QueueBytes:
			return true
		case reserve:
			return len(l.pending)+n <= 2*l.opts.QueueBytes
		case l.settings.Load().drop:
			return false
		case ctx.Err() != nil:
			return true // one for each who waits
		}
		if l.room == nil {
			l.room = make(chan struct{})
		}
		room := l.room
		l.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
		}
		l.mu.Lock()
	}
}

func raise(signal chan<- struct{}) {
	select {
	case signal <- struct{}{}:
	default:
	}
}

// take gives the writer what is queued, in exchange for an empty buffer.
func (l *Log) take(empty []byte) (batch []byte, closed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	batch, l.pending = l.pending, empty
	if l.room != nil {
		close(l.room)
		l.room = nil
	}
	return batch, l.closed
}

// Reopen opens the path again, as a rotation needs it: lines from then on go to the new
// file. If it cannot be opened the old one is kept. It returns when that is done, or
// with ctx's error.
func (l *Log) Reopen(ctx context.Context) error {
	if l == nil {
		return nil
	}
	return l.reopen(ctx, l.settings.Load().path)
}

// Reconfigure puts o's Path, Statements, Drop and Literals in force; the rest stays. The
// error is about the path, and then nothing changes. Not for concurrent use.
func (l *Log) Reconfigure(ctx context.Context, o Options) error {
	if l == nil {
		return nil
	}
	before, after := l.settings.Load(), o.settings()
	if *before == *after {
		return nil
	}
	l.settings.Store(after)
	if before.path == after.path {
		l.Note(nil, l.opened(true)) // whoever reads it is to know what it has from now on
		return nil
	}
	err := l.reopen(ctx, after.path)
	if err != nil {
		l.settings.Store(before)
	}
	return err
}

func (l *Log) reopen(ctx context.Context, path string) error {
	answer := make(chan error, 1)
	select {
	case l.reopens <- reopening{path, answer}:
		return <-answer
	case <-l.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close writes what is queued, to the disk, and ends the log; events after it are lost.
// It tries until ctx ends. The error then says how many lines are lost.
func (l *Log) Close(ctx context.Context) error {
	if l == nil {
		return nil
	}
	l.expireThrottled(time.Now(), true)
	l.Note(nil, Closed{})
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	raise(l.wake)
	select {
	case <-l.done:
	case <-ctx.Done():
		close(l.giveUp)
		select {
		case <-l.done:
		case <-time.After(time.Second):
			return &LostError{Lines: -1, Err: l.Err()} // it is stuck in a write
		}
	}
	if l.lost > 0 {
		return &LostError{Lines: l.lost, Err: l.Err()}
	}
	return l.Err()
}
