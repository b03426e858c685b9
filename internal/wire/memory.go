package wire

import (
	"sync/atomic"
	"unsafe"
)

// cacheLine is the size of what the processor fetches at a time, in bytes.
const cacheLine = 64

// Memory is a piece of memory that a Receiver will use for its next Burst. A Poller
// has the processor fetch it while the Receiver before is still at work: between two
// bursts of a session so much else runs on a busy server that nothing of it is left in
// the caches, and to wait for one line after the other took more than half of all the time
// that the proxy itself needed. It is a hint, and never wrong; it keeps the memory from
// being freed.
type Memory struct {
	start *byte
	lines int32
}

// MemoryOf is the first n bytes of *p, or all of it if it is smaller.
func MemoryOf[T any](p *T, n uintptr) Memory {
	n = min(n, unsafe.Sizeof(*p))
	return Memory{(*byte)(unsafe.Pointer(p)), int32((n + cacheLine - 1) / cacheLine)} //nolint:gosec // a size of a type
}

// maxExpected is how many pieces a Stream can be told of.
const maxExpected = 3

// expected are the pieces that a Stream was told of. Two calls at a time can mix two of
// them, which does no harm. Safe for concurrent use.
type expected [maxExpected]struct {
	start atomic.Pointer[byte]
	lines atomic.Int32
}

func (e *expected) set(i int, m Memory) {
	e[i].start.Store(m.start)
	if e[i].lines.Load() != m.lines { // to store costs more
		e[i].lines.Store(m.lines)
	}
}

// fetch has the processor begin to fetch all of it.
func (e *expected) fetch() {
	for i := range e {
		prefetch(e[i].start.Load(), e[i].lines.Load())
	}
}
