package auditlog

import (
	"sync"
	"time"
)

// sparing is an Event that a client without rights could have written without end. Of
// those of one key, burst a minute are written; the rest are counted, and the count
// comes with the next that is written, or with the last of them when the minute is
// over.
type sparing interface {
	Event
	sparing() (key string, burst int)
}

const (
	// throttleWindow is what burst is for.
	throttleWindow = time.Minute
	// maxKeys bounds the keys that are told apart; the rest are one.
	maxKeys = 1000
)

// throttle holds back what comes too often. Safe for concurrent use.
type throttle struct {
	mu      sync.Mutex
	entries map[throttleKey]*throttled
}

type throttleKey struct{ event, key string }

type throttled struct {
	until    time.Time
	left     int    // of the burst
	repeated uint64 // events that were not written
	actor    *Actor // the last of them
	event    sparing
}

// pass tells whether an event is to be written now, and how many like it were not.
func (t *throttle) pass(now time.Time, a *Actor, e sparing) (repeated uint64, ok bool) {
	key, burst := e.sparing()
	id := throttleKey{e.Name(), key}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.entries == nil {
		t.entries = make(map[throttleKey]*throttled)
	}
	if t.entries[id] == nil && len(t.entries) >= maxKeys {
		id.key = ""
	}
	entry := t.entries[id]
	if entry == nil || now.After(entry.until) {
		repeated := entry.takeRepeated()
		t.entries[id] = &throttled{until: now.Add(throttleWindow), left: burst - 1}
		return repeated, true
	}
	if entry.left > 0 {
		entry.left--
		return 0, true
	}
	entry.repeated++
	entry.actor, entry.event = a, e
	return 0, false
}

func (e *throttled) takeRepeated() uint64 {
	if e == nil {
		return 0
	}
	return e.repeated
}

// expire forgets the keys whose minute is over, all with everything, and calls write
// for those of which events were held back: with the last of them, and how many there
// were besides it.
func (t *throttle) expire(now time.Time, everything bool, write func(a *Actor, e Event, repeated uint64)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, entry := range t.entries {
		if !everything && !now.After(entry.until) {
			continue
		}
		delete(t.entries, id)
		if entry.repeated > 0 {
			write(entry.actor, entry.event, entry.repeated-1)
		}
	}
}
