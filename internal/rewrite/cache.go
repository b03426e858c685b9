package rewrite

import (
	"hash/maphash"
	"unsafe"
)

// Decision is a text and what was decided about it. Immutable.
type Decision struct {
	Text string
	*Verdict
}

// Cache remembers the decisions of one Checker. It belongs to the Checker, and
// so to one catalog generation and policy: with a new generation comes a new
// cache (I6). Safe for concurrent use.
//
// A decision is found by its text, or by the text without its constants
// (Checker.AppendKey) if it did not look at any: so an app that writes its values
// into its statements pays for the analysis once, too. Of such texts only those that
// come again are remembered by themselves, so that the others leave nothing.
type Cache struct {
	checker *Checker
	seed    maphash.Seed
	byText  *table
	byKey   *table // its decisions have the key for a text
}

// NewCache makes a cache of at most maxBytes bytes; 0 or less remembers nothing.
func NewCache(checker *Checker, maxBytes int) *Cache {
	return &Cache{
		checker: checker, seed: maphash.MakeSeed(),
		byText: newTable(maxBytes / 2), byKey: newTable(maxBytes / 2),
	}
}

// Checker is the checker whose decisions these are.
func (c *Cache) Checker() *Checker { return c.checker }

// Found tells what was remembered of a text.
type Found uint8

// What was remembered.
const (
	FoundNothing Found = iota
	FoundText          // the text itself
	FoundKey           // the text but for its constants
)

const (
	// longText is a text, in bytes, that takes longer to be read than other sessions are
	// to wait for, although it need not be analysed: tens of microseconds.
	longText = 2 << 10
	// stackKey is a key, in bytes, up to which it takes no allocation.
	stackKey = 512
)

// Decided is what Decide says of a text. The text itself stays the caller's, as long as
// nobody asks for the Decision. Not safe for concurrent use.
type Decided struct {
	*Verdict
	Found Found

	sql      []byte
	decision *Decision // nil until it is asked for, or found
}

// Decided is a Decision that was made before.
func (d *Decision) Decided() Decided { return Decided{Verdict: d.Verdict, decision: d} }

// Decision gives what may be kept, with a copy of the text if there is none yet. The
// first call has to come while the bytes that were decided about are there.
func (d *Decided) Decision() *Decision {
	if d.decision == nil {
		d.decision = &Decision{Text: string(d.sql), Verdict: d.Verdict}
	}
	return d.decision
}

// Check is Decide for who may take long, and does not care what was remembered.
func (c *Cache) Check(sql []byte) *Decision {
	d := c.Decide(sql, func() {})
	return d.Decision()
}

// Decide decides about sql. What was remembered costs no allocation, but for a key longer
// than stackKey, and what comes again to be remembered by itself: garbage for every
// statement with new constants would have the collector run every other second, beside
// sessions that wait. A text that may hold a token is not remembered. Decide calls
// mayBlock before what takes longer than to look a short text up.
func (c *Cache) Decide(sql []byte, mayBlock func()) Decided {
	hash := maphash.Bytes(c.seed, sql)
	if d := c.byText.get(hash, sql); d != nil {
		return Decided{Verdict: d.Verdict, Found: FoundText, decision: d}
	}
	if len(sql) > longText {
		mayBlock()
	}
	if namesProxy(sql) {
		mayBlock()
		return c.checker.decide(sql).Decided()
	}
	var room [stackKey]byte
	// The key takes nothing of the string over.
	key, hasKey := c.checker.AppendKey(room[:0], unsafe.String(unsafe.SliceData(sql), len(sql))) //nolint:gosec // not kept
	var keyHash uint64
	if hasKey {
		keyHash = maphash.Bytes(c.seed, key)
		if same := c.byKey.get(keyHash, key); same != nil {
			d := Decided{Verdict: same.Verdict, Found: FoundKey, sql: sql}
			if c.byText.met(hash) {
				c.byText.put(hash, d.Decision())
			}
			return d
		}
	}
	mayBlock()
	d := c.checker.decide(sql)
	if hasKey && !d.LooksAtLiterals {
		c.byKey.put(keyHash, &Decision{Text: string(key), Verdict: d.Verdict})
		c.byText.met(hash)
	} else {
		c.byText.put(hash, d)
	}
	return d.Decided()
}

// decide analyses a copy of sql.
func (c *Checker) decide(sql []byte) *Decision {
	text := string(sql)
	return &Decision{Text: text, Verdict: c.Check(text)}
}

// Size is what is remembered: the bytes that are accounted for, and the decisions.
func (c *Cache) Size() (bytes, decisions int) {
	bytes, decisions = c.byText.size()
	keyBytes, keys := c.byKey.size()
	return bytes + keyBytes, decisions + keys
}
