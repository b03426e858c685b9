package rewrite

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestCacheGivesTheCheckersVerdict(t *testing.T) {
	checker := callCentre(t).checker(testPolicy())
	cache := NewCache(checker, 1<<20)
	for _, sql := range []string{
		"SELECT name FROM contacts WHERE id = 1", "SELECT name FROM contacts WHERE id = 2",
		"SELECT * FROM norls WHERE id = 1", "SELECT * FROM norls WHERE id = 2",
		"SELECT current_setting('TimeZone')", "SELECT current_setting('app.org_id')", "SELECT current_setting('nobodys.secret')",
		"SELECT set_config('timezone', 'UTC', false)", "SELECT set_config('app.org_id', 'UTC', false)",
		"SET timezone = 'UTC'", "not SQL 1", "not SQL 2", "",
	} {
		want := checker.Check(sql)
		for range 40 { // by checking, by key and by text
			got := cache.Check([]byte(sql))
			if got.Text != sql || got.Allowed != want.Allowed || got.Refusal != want.Refusal {
				t.Fatalf("%q: got %+v, want %+v", sql, got, want)
			}
		}
	}
}

// TestCacheFindsByKey counts what is remembered when only a constant differs.
func TestCacheFindsByKey(t *testing.T) {
	cache := NewCache(callCentre(t).checker(testPolicy()), 1<<20)
	first := cache.Check([]byte("SELECT name FROM contacts WHERE id = 0"))
	for i := range 1000 {
		d := cache.Check(fmt.Appendf(nil, "SELECT name FROM contacts WHERE id = %d", i))
		if d.Verdict != first.Verdict {
			t.Fatalf("text %d was analysed again", i)
		}
	}
}

// TestCacheTells says of a text whether something of it was remembered, and of the
// cache how much is.
func TestCacheTells(t *testing.T) {
	cache := NewCache(callCentre(t).checker(testPolicy()), 1<<20)
	if bytes, decisions := cache.Size(); bytes != 0 || decisions != 0 {
		t.Errorf("a new cache has %d bytes and %d decisions", bytes, decisions)
	}
	one, two := []byte("SELECT name FROM contacts WHERE id = 1"), []byte("SELECT name FROM contacts WHERE id = 2")
	if cache.Remembered(one) != nil {
		t.Error("a text is remembered that nobody has asked for")
	}
	first, remembered := cache.Decide(one, func() {})
	if remembered || cache.Remembered(one) != first {
		t.Errorf("the first time: %v", remembered)
	}
	if cache.Remembered(two) != nil {
		t.Error("a text with another constant is remembered as it is")
	}
	if d, remembered := cache.Decide(two, func() {}); !remembered || d.Verdict != first.Verdict {
		t.Errorf("with another constant: %v", remembered)
	}
	if d, remembered := cache.Decide(one, func() {}); !remembered || d != first {
		t.Errorf("the second time: %v", remembered)
	}
	if bytes, decisions := cache.Size(); bytes < 2*len(one) || decisions < 2 {
		t.Errorf("it has %d bytes and %d decisions", bytes, decisions)
	}
}

// TestCacheHitAllocatesNothing is about each statement that is not new.
func TestCacheHitAllocatesNothing(t *testing.T) {
	cache := NewCache(callCentre(t).checker(testPolicy()), 1<<20)
	for _, sql := range [][]byte{
		[]byte("SELECT name FROM contacts WHERE id = $1"),
		[]byte("SELECT * FROM norls"),
		[]byte("SELECT set_config('timezone', 'UTC', false)"),
		[]byte("not SQL"),
		fmt.Appendf(nil, "SELECT name FROM contacts WHERE id IN (1%s)", strings.Repeat(", 1", 1000)),
	} {
		first := cache.Check(sql)
		if cache.Check(sql) != first {
			t.Fatalf("%.60s: it was decided again", sql)
		}
		if allocs := testing.AllocsPerRun(1000, func() { cache.Check(sql) }); allocs != 0 {
			t.Errorf("%.60s: a hit makes %v allocations", sql, allocs)
		}
	}
}

func TestCacheStaysInBounds(t *testing.T) {
	const maxBytes = 256 << 10
	cache := NewCache(callCentre(t).checker(testPolicy()), maxBytes)
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Go(func() {
			for i := range 500 {
				cache.Check(fmt.Appendf(nil, "SELECT %s AS c%d_%d", strings.Repeat("x", i%50), worker, i))
			}
		})
	}
	wait.Wait()
	for _, shards := range []*cacheShards{&cache.byText, &cache.byKey} {
		for i := range shards {
			held := 0
			for name, d := range shards[i].decisions {
				held += entryBytes(name, d)
			}
			if held != shards[i].bytes || held > maxBytes/2/shardCount {
				t.Errorf("a shard holds %d bytes and counts %d, of %d", held, shards[i].bytes, maxBytes/2/shardCount)
			}
		}
	}
	if d := NewCache(callCentre(t).checker(testPolicy()), 0).Check([]byte("SELECT 1")); !d.Allowed {
		t.Error("without memory nothing is decided")
	}
}

func BenchmarkCacheHit(b *testing.B) {
	cache := NewCache(callCentre(b).checker(testPolicy()), 1<<20)
	sql := []byte("SELECT name FROM contacts WHERE id = 12345 AND org_id = $1")
	cache.Check(sql)
	b.ReportAllocs()
	for b.Loop() {
		cache.Check(sql)
	}
}

func BenchmarkCacheFreshLiteral(b *testing.B) {
	cache := NewCache(callCentre(b).checker(testPolicy()), 64<<20)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		cache.Check(fmt.Appendf(nil, "SELECT name FROM contacts WHERE id = %d AND org_id = $1", i))
	}
}
