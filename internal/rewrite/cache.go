package rewrite

import (
	"hash/maphash"
	"math/rand/v2"
	"sync"
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
// (Checker.Key) if it did not look at any: so an app that writes its values into
// its statements pays for the analysis once, too.
type Cache struct {
	checker *Checker
	seed    maphash.Seed
	byText  cacheShards
	byKey   cacheShards
}

// NewCache makes a cache of at most maxBytes bytes; 0 or less remembers nothing.
func NewCache(checker *Checker, maxBytes int) *Cache {
	c := &Cache{checker: checker, seed: maphash.MakeSeed()}
	c.byText.init(maxBytes / 2)
	c.byKey.init(maxBytes / 2)
	return c
}

// Checker is the checker whose decisions these are.
func (c *Cache) Checker() *Checker { return c.checker }

// admitOneIn is how many texts that were found by their key it takes for one to
// be remembered by itself: those that come again get there soon, and those
// that never do, since they hold a new value each time, take little room.
const admitOneIn = 16

// Check decides about sql, which it does not keep. A text that is remembered
// costs no allocation; one that may hold a token is not remembered.
func (c *Cache) Check(sql []byte) *Decision {
	d, _ := c.Decide(sql, func() {})
	return d
}

// Remembered gives the decision about sql if the text itself is remembered, or nil.
func (c *Cache) Remembered(sql []byte) *Decision {
	return c.byText.get(maphash.Bytes(c.seed, sql), sql)
}

// longText is a text, in bytes, that takes longer to be read than other sessions are
// to wait for, although it need not be analysed: tens of microseconds.
const longText = 2 << 10

// Decide is Check, and tells whether something was remembered: the text, or the text
// without its constants. It calls mayBlock before what takes longer than to look a short
// text up.
func (c *Cache) Decide(sql []byte, mayBlock func()) (_ *Decision, remembered bool) {
	hash := maphash.Bytes(c.seed, sql)
	if d := c.byText.get(hash, sql); d != nil {
		return d, true
	}
	text := string(sql)
	if len(text) > longText {
		mayBlock()
	}
	if namesProxy(sql) {
		mayBlock()
		return &Decision{Text: text, Verdict: c.checker.Check(text)}, false
	}
	key, hasKey := c.checker.Key(text)
	var keyHash uint64
	if hasKey {
		keyHash = maphash.String(c.seed, key)
		if same := c.byKey.get(keyHash, []byte(key)); same != nil {
			d := &Decision{Text: text, Verdict: same.Verdict}
			if rand.N(admitOneIn) == 0 { //nolint:gosec // a choice of what to remember, not a secret
				c.byText.put(hash, text, d)
			}
			return d, true
		}
	}
	mayBlock()
	d := &Decision{Text: text, Verdict: c.checker.Check(text)}
	c.byText.put(hash, text, d)
	if hasKey && !d.LooksAtLiterals {
		c.byKey.put(keyHash, key, d)
	}
	return d, false
}

// Size is what is remembered: the bytes that are accounted for, and the decisions.
func (c *Cache) Size() (bytes, decisions int) {
	for _, shards := range []*cacheShards{&c.byText, &c.byKey} {
		for i := range shards {
			shard := &shards[i]
			shard.mu.RLock()
			bytes += shard.bytes
			decisions += len(shard.decisions)
			shard.mu.RUnlock()
		}
	}
	return bytes, decisions
}

const (
	shardCount = 16
	// entryOverhead is what an entry costs besides its name and text, in bytes:
	// the decision, the verdict and the map's slot, rounded up.
	entryOverhead = 512
	// reportedBytes is what one more refusal costs in Verdict.Reported.
	reportedBytes = 512
)

// cacheShards is a map in parts, so that sessions seldom wait for each other.
type cacheShards [shardCount]cacheShard

type cacheShard struct {
	mu        sync.RWMutex
	decisions map[string]*Decision
	bytes     int
	maxBytes  int
}

func (s *cacheShards) init(maxBytes int) {
	for i := range s {
		s[i].decisions = make(map[string]*Decision)
		s[i].maxBytes = maxBytes / shardCount
	}
}

func (s *cacheShards) get(hash uint64, name []byte) *Decision {
	shard := &s[hash%shardCount]
	shard.mu.RLock()
	defer shard.mu.RUnlock()
	return shard.decisions[string(name)]
}

func entryBytes(name string, d *Decision) int {
	return len(name) + len(d.Text) + entryOverhead + len(d.Reported)*reportedBytes
}

// put remembers d, and forgets others for it as the map happens to give them:
// one that is in use comes back at the price of one more check.
func (s *cacheShards) put(hash uint64, name string, d *Decision) {
	shard := &s[hash%shardCount]
	cost := entryBytes(name, d)
	if cost > shard.maxBytes {
		return
	}
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if shard.decisions[name] != nil {
		return
	}
	for other, old := range shard.decisions {
		if shard.bytes+cost <= shard.maxBytes {
			break
		}
		delete(shard.decisions, other)
		shard.bytes -= entryBytes(other, old)
	}
	shard.decisions[name] = d
	shard.bytes += cost
}
