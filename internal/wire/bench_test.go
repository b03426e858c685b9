package wire

import "testing"

// passing passes every frame, after seeing all of it.
type passing struct{}

func (passing) Need(_ byte, bodyLen int) int                    { return bodyLen }
func (passing) Send([]byte) error                               { return nil }
func (passing) Frame(byte, []byte, int) (Action, []byte, error) { return Pass, nil, nil }

// BenchmarkScanner is the cost of finding the frames in one burst: those of a
// prepared query, of which each is looked at, and those of a result of 100 rows.
func BenchmarkScanner(b *testing.B) {
	var query, result []byte
	for _, size := range []int{20, 9, 0} { // Bind, Execute, Sync
		query = append(query, frame('I', string(make([]byte, size)))...)
	}
	for range 100 {
		result = append(result, frame('F', string(make([]byte, 60)))...)
	}
	for name, burst := range map[string][]byte{"query": query, "result100": result} {
		b.Run(name, func(b *testing.B) {
			s := Scanner{MaxBody: 1 << 20, Classes: &testClasses, Handler: passing{}}
			buf := make([]byte, Headroom+len(burst))
			b.ReportAllocs()
			b.SetBytes(int64(len(burst)))
			for b.Loop() {
				copy(buf[Headroom:], burst)
				if err := s.Burst(buf, len(burst)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestScannerAllocatesNothing holds the hot path: what passes costs no memory.
func TestScannerAllocatesNothing(t *testing.T) {
	burst := append(frame('I', "bind"), frame('F', string(make([]byte, 100)))...)
	s := Scanner{MaxBody: 1 << 20, Classes: &testClasses, Handler: passing{}}
	buf := make([]byte, Headroom+len(burst))
	copy(buf[Headroom:], burst)
	if n := testing.AllocsPerRun(100, func() {
		if err := s.Burst(buf, len(burst)); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("a burst costs %v allocations", n)
	}
}
