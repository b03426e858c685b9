package proxy

import (
	"iter"
	"slices"
	"sync/atomic"
	"time"

	"tenantproxy/internal/rewrite"
)

// statements is what a session knows of its prepared statements: for each name
// the texts that it may stand for. Names made by Parse and by PREPARE are in one
// namespace. When the rules change, the texts are decided again, before a Bind
// or EXECUTE can run one that the new rules refuse (I6).
//
// Whether a Parse or Close took effect is known only when its answer is back,
// and with pipelining much may have been sent by then. So a name keeps every
// text that it may stand for until a moment when all answers are in: if there
// was no error among them, all that was sent took effect, and the newest text is
// the one. After an error the doubt stays, on the safe side.
//
// It belongs to the goroutine that reads from the client, but for cycles and failed.
type statements struct {
	rules   *rules      // all decisions below are by these
	changed bool        // rules were others before
	failed  atomic.Bool // an ErrorResponse came since doubts were last resolved
	cycles  cycles
	bytes   int // of the texts kept, counted for each name
	doubted []*statement
	// byName has those that have a name. The one without, which many drivers use for all
	// that they do, is part of this.
	byName  map[string]*statement
	unnamed statement
}

// cycles tells what has been sent and what has been answered. A cycle is what one
// ReadyForQuery answers: a Query, a FunctionCall, or all up to a Sync. Safe for
// concurrent use.
type cycles struct {
	sent     atomic.Uint64 // whole cycles
	open     atomic.Bool   // messages were sent since
	answered atomic.Uint64
	// moved, once a wait has made it, gets a value when answered grows or no
	// answer will come any more.
	moved atomic.Pointer[chan struct{}]
	ended atomic.Bool
}

// begin notes a message that a Sync will have to answer for.
func (c *cycles) begin() {
	if !c.open.Load() { // to store costs more
		c.open.Store(true)
	}
}

// answer notes a ReadyForQuery.
func (c *cycles) answer() {
	c.answered.Add(1)
	c.wake()
}

// noMore notes that there will be no more answers.
func (c *cycles) noMore() {
	c.ended.Store(true)
	c.wake()
}

func (c *cycles) wake() {
	if moved := c.moved.Load(); moved != nil {
		select {
		case *moved <- struct{}{}:
		default: // there is one already
		}
	}
}

// wait returns when all whole cycles are answered. It says no when the answers
// will not come, or have not come within limit. It is for the goroutine that
// reads from the client only.
func (c *cycles) wait(limit time.Duration) bool {
	if c.answered.Load() == c.sent.Load() {
		return true
	}
	moved := c.moved.Load()
	if moved == nil {
		made := make(chan struct{}, 1)
		moved = &made
		c.moved.Store(moved)
	}
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	for c.answered.Load() != c.sent.Load() {
		if c.ended.Load() {
			return false
		}
		select {
		case <-*moved:
		case <-timeout.C:
			return false
		}
	}
	return true
}

// end notes a message that is answered by ReadyForQuery, and with it everything
// that was sent before.
func (c *cycles) end() {
	c.sent.Add(1)
	if c.open.Load() {
		c.open.Store(false)
	}
}

// settled tells whether everything that was sent has been answered. It may stay
// false for good after misuse that Postgres answers with fewer ReadyForQuery:
// a Query in the middle of COPY, or behind an error in a pipeline.
func (c *cycles) settled() bool { return !c.open.Load() && c.answered.Load() == c.sent.Load() }

// statement is what one name may stand for.
type statement struct {
	name  string
	known bool // it may stand for something

	decisions []*rewrite.Decision // the newest last
	// one is where decisions are as long as there is one.
	one [1]*rewrite.Decision
	// forgotten, when not nil, tells that it may stand for texts too many to
	// keep, which these rules allowed; the newest is among them if newestLost.
	forgotten  *rules
	newestLost bool
	preparedIn uint64 // the cycle of the newest Parse
	// maybe tells that the newest text was sent in a way that does not tell
	// whether it took effect: a Parse of PREPARE, which may never be executed.
	maybe   bool
	closing bool // a Close or DEALLOCATE was sent last
	doubted bool
}

// Bounds of what is kept for a session. Past them a statement still runs; it
// only has to be prepared again after a change of the schema.
const (
	maxTextsPerName   = 8
	maxStatementBytes = 16 << 20
	// nameLen is what Postgres keeps of a name, in bytes (NAMEDATALEN - 1).
	nameLen = 63
)

// settle resolves the doubts that can be resolved.
func (s *statements) settle() {
	if len(s.doubted) == 0 || !s.cycles.settled() {
		return
	}
	failed := s.failed.Load() && s.failed.Swap(false)
	for _, st := range s.doubted {
		st.doubted = false
		switch {
		case failed: // it stands for any of its texts until it is prepared or closed anew
			st.closing = false
		case st.closing:
			s.forget(st, len(st.decisions))
			s.remove(st)
		case !st.newestLost && !st.maybe:
			s.forget(st, len(st.decisions)-1)
			st.forgotten = nil
		}
	}
	s.doubted = s.doubted[:0]
}

// get gives what a name may stand for; nil: nothing that was prepared here.
func (s *statements) get(name []byte) *statement {
	if len(name) > 0 {
		return s.byName[string(cutName(name))]
	}
	if s.unnamed.known {
		return &s.unnamed
	}
	return nil
}

// add is get for a name that is about to stand for something.
func (s *statements) add(name []byte) *statement {
	st := s.get(name)
	switch {
	case st != nil:
		return st
	case len(name) == 0:
		st = &s.unnamed
	default:
		if s.byName == nil {
			s.byName = make(map[string]*statement)
		}
		st = &statement{name: string(cutName(name))}
		s.byName[st.name] = st
	}
	st.known, st.decisions = true, st.one[:0]
	return st
}

// remove notes that the name stands for nothing. Its texts are forgotten already.
func (s *statements) remove(st *statement) {
	delete(s.byName, st.name)
	*st = statement{}
}

// forget drops the n oldest texts of st.
func (s *statements) forget(st *statement, n int) {
	if n == 0 {
		return
	}
	for _, d := range st.decisions[:n] {
		s.bytes -= len(d.Text)
	}
	st.decisions = slices.Delete(st.decisions, 0, n)
}

// prepare notes that name stands for the text of d, decided by r, from now on; or,
// with maybe, that it may.
func (s *statements) prepare(r *rules, name []byte, d *rewrite.Decision, maybe bool) {
	s.settle()
	s.decideAgain(r)
	st := s.add(name)
	s.doubt(st)
	st.closing = false
	st.newestLost = false
	st.maybe = maybe
	st.preparedIn = s.cycles.sent.Load()
	if st.newest() == d {
		return
	}
	if i := slices.IndexFunc(st.decisions, func(old *rewrite.Decision) bool { return old.Text == d.Text }); i >= 0 {
		st.decisions = append(slices.Delete(st.decisions, i, i+1), d)
		return
	}
	if len(st.decisions) == maxTextsPerName {
		s.forget(st, 1)
		st.forgotten = r
	}
	if s.bytes+len(d.Text) > maxStatementBytes {
		st.forgotten = r
		st.newestLost = true
		return
	}
	st.decisions = append(st.decisions, d)
	s.bytes += len(d.Text)
}

// close notes that name may be gone from now on.
func (s *statements) close(name []byte) {
	s.settle()
	if st := s.get(name); st != nil {
		s.doubt(st)
		st.closing = true
	}
}

// closeAll notes that every statement may be gone from now on.
func (s *statements) closeAll() {
	s.settle()
	for st := range s.all() {
		s.doubt(st)
		st.closing = true
	}
}

// all are those that may stand for something.
func (s *statements) all() iter.Seq[*statement] {
	return func(yield func(*statement) bool) {
		if s.unnamed.known && !yield(&s.unnamed) {
			return
		}
		for _, st := range s.byName {
			if !yield(st) {
				return
			}
		}
	}
}

// find gives what a name may stand for, decided by r; nil for one that was never
// prepared here: Postgres has its own error for that.
func (s *statements) find(r *rules, name []byte) *statement {
	s.settle()
	s.decideAgain(r)
	return s.get(name)
}

// refusal gives the reason why a statement may not run under the rules that it was found
// by, or nil.
func (s *statements) refusal(st *statement) *rewrite.Refusal {
	if !s.changed || st == nil {
		return nil
	}
	decisions := st.decisions
	stale := st.forgotten != nil && st.forgotten != s.rules
	if st.preparedIn == s.cycles.sent.Load() && !st.newestLost && !st.maybe {
		// Its Parse is in the same cycle: had that failed, Postgres would skip
		// this message too. So it stands for the newest text and no other.
		decisions = decisions[len(decisions)-1:]
		stale = false
	}
	for _, d := range decisions {
		if !d.Allowed {
			return &d.Refusal
		}
	}
	if stale {
		return preparedStale()
	}
	return nil
}

// some tells whether one of the texts that it may stand for is like that; yes if
// not all of them are known.
func (st *statement) some(like func(*rewrite.Decision) bool) bool {
	return st != nil && (st.forgotten != nil || slices.ContainsFunc(st.decisions, like))
}

func preparedStale() *rewrite.Refusal {
	return rewrite.Refuse(rewrite.RulePreparedStale,
		"the schema has changed since the statement was prepared", "Prepare the statement again.")
}

// reported gives what enforce mode would refuse a statement for, if
// refusal let it through and the rules have changed since some Parse: else that
// was reported then.
func (s *statements) reported(st *statement) []rewrite.Refusal {
	if !s.changed || st == nil || len(st.decisions) == 0 {
		return nil
	}
	return st.decisions[len(st.decisions)-1].Reported
}

// newest gives what was decided about the text that it was prepared with last; nil if
// that is not known.
func (st *statement) newest() *rewrite.Decision {
	if st == nil || st.newestLost || len(st.decisions) == 0 {
		return nil
	}
	return st.decisions[len(st.decisions)-1]
}

// decideAgain brings all decisions up to date with r.
func (s *statements) decideAgain(r *rules) {
	if s.rules == r {
		return
	}
	s.changed = s.changed || s.rules != nil
	s.rules = r
	for st := range s.all() {
		for i, d := range st.decisions {
			again := r.check([]byte(d.Text))
			if again.Allowed && !again.SameText(d.Verdict) {
				// It was sent as something else than what is allowed now.
				again = &rewrite.Decision{Text: d.Text, Verdict: &rewrite.Verdict{Refusal: *preparedStale()}}
			}
			st.decisions[i] = again
		}
	}
}

func (s *statements) doubt(st *statement) {
	if !st.doubted {
		st.doubted = true
		s.doubted = append(s.doubted, st)
	}
}

// cutName cuts a name of the protocol as Postgres does when it looks it up
// (commands/prepare.c: a hash key of NAMEDATALEN bytes).
func cutName(name []byte) []byte { return name[:min(len(name), nameLen)] }
