package rewrite

import (
	"fmt"
	"hash/maphash"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unsafe"
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

// TestCacheTells says of a text what of it was remembered, and of the cache how much is.
func TestCacheTells(t *testing.T) {
	cache := NewCache(callCentre(t).checker(testPolicy()), 1<<20)
	if bytes, decisions := cache.Size(); bytes != 0 || decisions != 0 {
		t.Errorf("a new cache has %d bytes and %d decisions", bytes, decisions)
	}
	const one, two, literal = "SELECT name FROM contacts WHERE id = 1", "SELECT name FROM contacts WHERE id = 2", "SELECT current_setting('TimeZone')"
	for i, step := range []struct {
		sql       string
		found     Found
		decisions int
	}{
		{one, FoundNothing, 1}, // the key
		{two, FoundKey, 1},
		{one, FoundKey, 2}, // it came again
		{one, FoundText, 2},
		{two, FoundKey, 3},
		{two, FoundText, 3},
		{one, FoundText, 3},
		{literal, FoundNothing, 4}, // another constant may be another verdict
		{literal, FoundText, 4},
	} {
		sql := []byte(step.sql)
		decided := cache.Decide(sql, func() {})
		d := decided.Decision()
		clear(sql) // the caller's buffer is used again
		if decided.Found != step.found || d.Text != step.sql || !d.Allowed || decided.Decision() != d {
			t.Errorf("step %d: found %d, not %d, with %+v", i, decided.Found, step.found, d)
		}
		if bytes, decisions := cache.Size(); decisions != step.decisions || bytes < decisions*len(one) {
			t.Errorf("step %d: it has %d bytes and %d decisions, not %d", i, bytes, decisions, step.decisions)
		}
	}
}

// TestCacheHitAllocatesNothing is about each statement that is not new, or is but for its
// constants.
func TestCacheHitAllocatesNothing(t *testing.T) {
	cache := NewCache(callCentre(t).checker(testPolicy()), 1<<20)
	for _, sql := range [][]byte{
		[]byte("SELECT name FROM contacts WHERE id = $1"),
		[]byte("SELECT * FROM norls"),
		[]byte("SELECT set_config('timezone', 'UTC', false)"),
		[]byte("not SQL"),
		fmt.Appendf(nil, "SELECT name FROM contacts WHERE id IN (1%s)", strings.Repeat(", 1", 1000)),
	} {
		cache.Check(sql)
		second := cache.Check(sql)
		if cache.Check(sql) != second {
			t.Fatalf("%.60s: it was decided again", sql)
		}
		if allocs := testing.AllocsPerRun(1000, func() { cache.Check(sql) }); allocs != 0 {
			t.Errorf("%.60s: a hit makes %v allocations", sql, allocs)
		}
	}
	const length = stackKey - 100
	cache.Check(freshText(nil, 0, length))
	_, before := cache.Size()
	i, sql := 0, make([]byte, 0, stackKey)
	allocs := testing.AllocsPerRun(1000, func() {
		i++
		sql = freshText(sql[:0], i, length)
		if d := cache.Decide(sql, func() {}); d.Found != FoundKey {
			t.Fatalf("%s: found %d", sql, d.Found)
		}
	})
	if allocs != 0 {
		t.Errorf("a hit by key makes %v allocations", allocs)
	}
	if _, after := cache.Size(); after != before {
		t.Errorf("texts that came once have left %d decisions", after-before)
	}
}

// freshText appends the i-th of texts that differ in a constant, of about length bytes.
func freshText(to []byte, i, length int) []byte {
	begin := len(to)
	to = append(to, "SELECT name"...)
	for len(to)-begin < length-70 {
		to = append(to, ", phone AS phone"...)
	}
	to = strconv.AppendInt(append(to, " FROM contacts WHERE id = "...), int64(i), 10)
	return append(to, " AND org_id = $1"...)
}

// TestCacheRemembersWhatComesAgain has texts come again while many others come once.
func TestCacheRemembersWhatComesAgain(t *testing.T) {
	cache := NewCache(callCentre(t).checker(testPolicy()), 8<<20)
	found := map[Found]int{}
	for i := range 100_000 {
		cache.Check(freshText(nil, i, 0))
		if i%10 == 0 {
			d := cache.Decide(fmt.Appendf(nil, "SELECT phone FROM contacts WHERE id = %d", i/10%10), func() {})
			found[d.Found]++
		}
	}
	if found[FoundNothing] != 1 || found[FoundText] < 9_900 {
		t.Errorf("of texts that come again 1 was to be analysed, nearly all others found: %v", found)
	}
	if _, decisions := cache.Size(); decisions != 10+2 {
		t.Errorf("%d decisions are remembered, for 10 texts and two keys", decisions)
	}
}

func TestBucketIsACacheLine(t *testing.T) {
	if size := unsafe.Sizeof(bucket{}); size != bucketBytes {
		t.Errorf("a bucket has %d bytes, not %d", size, bucketBytes)
	}
}

func TestCacheStaysInBounds(t *testing.T) {
	const maxBytes = 256 << 10
	cache := NewCache(callCentre(t).checker(testPolicy()), maxBytes)
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Go(func() {
			for i := range 500 {
				shape := fmt.Sprintf("SELECT %s AS c%d_%d", strings.Repeat("x", i%50*30), worker%2, i)
				for again := range 3 { // workers meet at the same shapes
					sql := fmt.Appendf(nil, "%s, %d", shape, again%2)
					if d := cache.Check(sql); d.Text != string(sql) {
						t.Errorf("%s: the decision is about %s", sql, d.Text)
					}
				}
			}
		})
	}
	wait.Wait()
	for _, table := range []*table{cache.byText, cache.byKey} {
		held, decisions := 0, 0
		for i := range table.buckets {
			for j := range table.buckets[i].decisions {
				d := table.buckets[i].decisions[j].Load()
				if d == nil {
					continue
				}
				held += d.bytes()
				decisions++
				if hash := maphash.String(cache.seed, d.Text); table.get(hash, []byte(d.Text)) != d {
					t.Errorf("%s is not found where it is", d.Text)
				}
			}
		}
		if bytes, counted := table.size(); held != bytes || decisions != counted || held+len(table.buckets)*bucketBytes > maxBytes/2 {
			t.Errorf("a table has %d decisions of %d bytes and counts %d of %d, of %d", decisions, held, counted, bytes, maxBytes/2)
		}
	}
	for _, none := range []int{0, -1, 1} {
		if d := NewCache(callCentre(t).checker(testPolicy()), none).Check([]byte("SELECT 1")); !d.Allowed {
			t.Error("without memory nothing is decided")
		}
	}
}

func BenchmarkCache(b *testing.B) {
	checker := callCentre(b).checker(testPolicy())
	for name, next := range map[string]func(sql []byte, i int) []byte{
		"text": func(sql []byte, _ int) []byte {
			return append(sql, "SELECT name FROM contacts WHERE id = 12345 AND org_id = $1"...)
		},
		"key":         func(sql []byte, i int) []byte { return freshText(sql, i, 0) },
		"key of 1 kB": func(sql []byte, i int) []byte { return freshText(sql, i, 1000) },
		"nothing": func(sql []byte, i int) []byte {
			return strconv.AppendInt(append(sql, "SELECT name FROM contacts WHERE id = 1 AND org_id = $1 ORDER BY name LIMIT 10 -- "...), int64(i), 10)
		},
	} {
		b.Run(name, func(b *testing.B) {
			cache := NewCache(checker, 64<<20)
			b.ReportAllocs()
			sql := make([]byte, 0, 2<<10)
			for i := 1_000_000; b.Loop(); i++ {
				sql = next(sql[:0], i)
				cache.Check(sql)
			}
		})
	}
}
