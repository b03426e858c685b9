package wire

import "testing"

// TestPrefetch fetches what is there and what is nowhere: it is a hint, and never fails.
func TestPrefetch(t *testing.T) {
	data := new([1000]byte)
	m := MemoryOf(data, 130)
	if m.lines != 3 {
		t.Errorf("130 bytes are %d cache lines", m.lines)
	}
	if m := MemoryOf(data, 1<<20); m.lines != 16 {
		t.Errorf("a kilobyte is %d cache lines", m.lines)
	}
	var e expected
	e.fetch() // nothing
	e.set(0, m)
	e.set(1, Memory{nil, 100})
	e.set(2, Memory{&data[0], -1})
	e.fetch()
}
