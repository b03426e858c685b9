package rewrite

import (
	"math/bits"
	"sync"
	"sync/atomic"
)

const (
	// entryOverhead is what a decision costs besides its text, in bytes: itself, and
	// the verdict, rounded up.
	entryOverhead = 512
	// reportedBytes is what one more refusal costs in Verdict.Reported.
	reportedBytes = 512

	// bucketPlaces and bucketBytes are how many decisions a bucket has room for, and its
	// own size: a cache line.
	bucketPlaces = 4
	bucketBytes  = 64
	// placeBytes is how much memory there is to be for each place: what the decision about
	// a text of a few hundred bytes takes.
	placeBytes = 1 << 10
	// minOthers is for how many others as large there has to be memory for one decision
	// to be remembered.
	minOthers = 16
)

// table finds decisions by their text, and forgets some when they take too much memory.
// Looking takes no lock, and touches one cache line for a text that is not there. Safe
// for concurrent use.
type table struct {
	buckets  []bucket
	maxBytes int // of the decisions, without the buckets

	mu        sync.Mutex // for changing what follows, and the places
	bytes     int
	decisions int
	hand      int // the bucket that forgets next
	turn      int // the place that is next in a full bucket
}

// bucket holds decisions about texts whose hashes are near each other.
type bucket struct {
	// tags are parts of the hashes: a tag that differs saves looking at the text. One
	// that is the same proves nothing.
	tags [bucketPlaces]atomic.Uint32
	// met has the tags of the last two texts that met was asked for.
	met       atomic.Uint64
	decisions [bucketPlaces]atomic.Pointer[Decision]
	_         [8]byte // up to the end of the cache line
}

// newTable makes a table of at most maxBytes bytes, its buckets among them.
func newTable(maxBytes int) *table {
	maxBytes = max(maxBytes, 0)
	buckets := 1 + maxBytes/(bucketPlaces*placeBytes+bucketBytes)
	return &table{buckets: make([]bucket, buckets), maxBytes: maxBytes - buckets*bucketBytes}
}

// bucket gives the bucket of a hash: its upper half says which. The lower is the tag.
func (t *table) bucket(hash uint64) (b *bucket, tag uint32) {
	i, _ := bits.Mul64(hash, uint64(len(t.buckets)))
	return &t.buckets[i], uint32(hash)
}

// get gives the decision about a text, or nil.
func (t *table) get(hash uint64, text []byte) *Decision {
	b, tag := t.bucket(hash)
	for i := range b.tags {
		if b.tags[i].Load() != tag {
			continue
		}
		if d := b.decisions[i].Load(); d != nil && d.Text == string(text) {
			return d
		}
	}
	return nil
}

// met tells whether it was asked for the text before, and not for too many others in
// between: each bucket knows the last two. Of 2³¹ other texts one is taken for one of them,
// and of two texts that come at once one may be forgotten: then something is remembered
// too soon or too late.
func (t *table) met(hash uint64) bool {
	b, tag := t.bucket(hash)
	last := b.met.Load()
	if uint32(last) == tag || uint32(last>>32) == tag {
		return true
	}
	b.met.Store(last<<32 | uint64(tag))
	return false
}

// put remembers d, and forgets others for it without regard to how they are used: one
// that is in use comes back at the price of one more check.
func (t *table) put(hash uint64, d *Decision) {
	cost := d.bytes()
	if cost > t.maxBytes/minOthers {
		return
	}
	b, tag := t.bucket(hash)
	t.mu.Lock()
	defer t.mu.Unlock()
	place := -1
	for i := range b.decisions {
		switch old := b.decisions[i].Load(); {
		case old == nil:
			place = i
		case old.Text == d.Text:
			return
		}
	}
	if place < 0 {
		t.turn = (t.turn + 1) % bucketPlaces
		place = t.turn
		t.forget(b, place)
	}
	for t.bytes+cost > t.maxBytes {
		for i := range t.buckets[t.hand].decisions {
			t.forget(&t.buckets[t.hand], i)
		}
		t.hand = (t.hand + 1) % len(t.buckets)
	}
	b.decisions[place].Store(d)
	b.tags[place].Store(tag)
	t.bytes += cost
	t.decisions++
}

// forget empties a place. mu is held.
func (t *table) forget(b *bucket, place int) {
	if old := b.decisions[place].Load(); old != nil {
		b.decisions[place].Store(nil)
		t.bytes -= old.bytes()
		t.decisions--
	}
}

// size is what is remembered: the bytes that are accounted for, and the decisions.
func (t *table) size() (bytes, decisions int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bytes, t.decisions
}

// bytes is what it costs to remember d.
func (d *Decision) bytes() int {
	return len(d.Text) + entryOverhead + len(d.Reported)*reportedBytes
}
