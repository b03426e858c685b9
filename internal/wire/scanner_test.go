package wire

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// editor passes frames on, replaces those whose body begins with "r" and the heads
// of those with "h12", and notes what it saw.
type editor struct {
	need    func(bodyLen int) int
	seen    []string
	scanner *Scanner
	out     bytes.Buffer
	writes  int
}

func (e *editor) Send(p []byte) error {
	if len(p) == 0 {
		return errors.New("empty write")
	}
	e.out.Write(p)
	e.writes++
	return nil
}

func (e *editor) Need(_ byte, bodyLen int) int { return e.need(bodyLen) }

func (e *editor) Frame(msgType byte, body []byte, bodyLen int) (Action, []byte, error) {
	e.seen = append(e.seen, fmt.Sprintf("%c%d", msgType, bodyLen))
	if len(body) > 0 && body[0] == 'r' {
		return Replace, []byte("<replaced>"), nil
	}
	if bytes.HasPrefix(body, []byte("h12")) {
		e.scanner.Head = 3
		return ReplaceHead, []byte("<head>"), nil
	}
	if len(body) > 0 && body[0] == 'e' {
		return Pass, nil, errors.New("handler's error")
	}
	return Pass, nil, nil
}

var testClasses = Classes{'F': Forward, 'I': Inspect}

func newTestScanner(need func(int) int) (*Scanner, *editor, *bytes.Buffer) {
	e := &editor{need: need}
	s := &Scanner{MaxBody: 1 << 20, Classes: &testClasses, Handler: e}
	e.scanner = s
	return s, e, &e.out
}

// feed gives p to the scanner as one burst.
func feed(s *Scanner, p []byte) error {
	buf := make([]byte, Headroom+len(p))
	copy(buf[Headroom:], p)
	err := s.Burst(buf, len(p))
	for i := range buf { // the scanner may not keep it
		buf[i] = 0xee
	}
	return err
}

func frame(msgType byte, body string) []byte {
	return append(AppendHeader(nil, msgType, len(body)), body...)
}

func whole(bodyLen int) int { return bodyLen }
func first10(n int) int     { return min(n, 10) }

// TestScannerSplits cuts a stream in two at every byte, and then into random
// pieces: what comes out, and what the handler sees, must not depend on it.
func TestScannerSplits(t *testing.T) {
	var in, want []byte
	var wantSeen []string
	add := func(msgType byte, body string) {
		in = append(in, frame(msgType, body)...)
		if msgType == 'I' {
			wantSeen = append(wantSeen, fmt.Sprintf("I%d", len(body)))
			if strings.HasPrefix(body, "r") {
				want = append(want, "<replaced>"...)
				return
			}
			if strings.HasPrefix(body, "h12") {
				want = append(append(want, "<head>"...), body[3:]...)
				return
			}
		}
		want = append(want, frame(msgType, body)...)
	}
	add('F', "")
	add('I', "")
	add('I', "pass")
	add('I', "r")
	add('F', strings.Repeat("x", 300))
	add('I', "replace "+strings.Repeat("y", 200))
	add('I', "pass "+strings.Repeat("z", 400))
	add('I', "r2")
	add('I', "r3")
	add('I', "h12")
	add('I', "h12"+strings.Repeat("z", 400))
	add('I', "h12x")
	add('F', "end")

	for name, need := range map[string]func(int) int{"whole": whole, "prefix": first10} {
		check := func(t *testing.T, cuts []int) {
			t.Helper()
			s, e, out := newTestScanner(need)
			from := 0
			for _, to := range append(cuts, len(in)) {
				if err := feed(s, in[from:to]); err != nil {
					t.Fatalf("cuts %v: %v", cuts, err)
				}
				from = to
			}
			if !bytes.Equal(out.Bytes(), want) {
				t.Fatalf("cuts %v: got %q, want %q", cuts, out.Bytes(), want)
			}
			if fmt.Sprint(e.seen) != fmt.Sprint(wantSeen) {
				t.Fatalf("cuts %v: saw %v, want %v", cuts, e.seen, wantSeen)
			}
			if s.InFrame() {
				t.Fatalf("cuts %v: InFrame at the end", cuts)
			}
		}
		t.Run(name, func(t *testing.T) {
			for cut := range in {
				check(t, []int{cut})
			}
			every := make([]int, len(in))
			for i := range every {
				every[i] = i
			}
			check(t, every)
			rng := rand.New(rand.NewPCG(1, 2))
			for range 500 {
				var cuts []int
				for at := rng.IntN(90); at < len(in); at += rng.IntN(90) {
					cuts = append(cuts, at)
				}
				check(t, cuts)
			}
		})
	}
}

func TestScannerOneWritePerBurst(t *testing.T) {
	s, e, _ := newTestScanner(whole)
	var burst []byte
	for range 100 {
		burst = append(burst, frame('F', "row")...)
		burst = append(burst, frame('I', "status")...)
		burst = append(burst, frame('I', "replaced")...)
		burst = append(burst, frame('I', "h12 is not")...)
	}
	if err := feed(s, burst); err != nil {
		t.Fatal(err)
	}
	if e.writes != 1 {
		t.Errorf("%d writes for one burst", e.writes)
	}
}

// TestScannerRefuses checks that an error comes after everything before the
// faulty frame was sent on, and nothing of it or behind it.
func TestScannerRefuses(t *testing.T) {
	good := frame('F', "good")
	huge := AppendHeader(nil, 'F', 1<<20+1)
	for _, c := range []struct {
		name string
		bad  []byte
		want error
	}{
		{"unknown type", frame('?', "x"), &InvalidFrameError{Type: '?'}},
		{"type zero", frame(0, "x"), &InvalidFrameError{Type: 0}},
		{"too long", huge, ErrFrameTooLong},
		{"sign bit in length", []byte{'F', 0xff, 0xff, 0xff, 0xff}, ErrFrameTooLong},
		{"length under 4", []byte{'F', 0, 0, 0, 3}, ErrFrameLength},
		{"handler's error", frame('I', "e"), errors.New("handler's error")},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, split := range []bool{false, true} {
				s, _, out := newTestScanner(whole)
				in := bytes.Join([][]byte{good, c.bad, good}, nil)
				var err error
				if split {
					if err = feed(s, in[:len(good)+2]); err == nil {
						err = feed(s, in[len(good)+2:])
					}
				} else {
					err = feed(s, in)
				}
				if err == nil || err.Error() != c.want.Error() {
					t.Errorf("split %v: error %v, want %v", split, err, c.want)
				}
				if !bytes.Equal(out.Bytes(), good) {
					t.Errorf("split %v: sent %q", split, out.Bytes())
				}
			}
		})
	}
}

// TestScannerHoldsWhatArrives checks that a frame which claims to be long costs
// memory only as its bytes arrive.
func TestScannerHoldsWhatArrives(t *testing.T) {
	s, _, _ := newTestScanner(whole)
	if err := feed(s, append(AppendHeader(nil, 'I', 1<<20), make([]byte, 100)...)); err != nil {
		t.Fatal(err)
	}
	if cap(s.held) > 1024 {
		t.Errorf("holds %d bytes for 105 that came", cap(s.held))
	}
}

func TestScannerInFrame(t *testing.T) {
	s, _, _ := newTestScanner(first10)
	if err := feed(s, append(AppendHeader(nil, 'F', 100), 1, 2, 3)); err != nil {
		t.Fatal(err)
	}
	if !s.InFrame() {
		t.Error("not InFrame in the middle of a forwarded frame")
	}
	s, _, _ = newTestScanner(first10)
	if err := feed(s, append(AppendHeader(nil, 'I', 100), "replace me please"...)); err != nil {
		t.Fatal(err)
	}
	if s.InFrame() {
		t.Error("InFrame while a replaced frame is dropped")
	}
}

// FuzzScanner compares a stream cut in three with the stream in one piece.
func FuzzScanner(f *testing.F) {
	f.Add(append(frame('F', "abc"), frame('I', "rxx")...), 3, 9)
	f.Add([]byte{'F', 0, 0, 0, 3}, 1, 2)
	f.Add(append(frame('I', "h12abc"), frame('I', "rxx")...), 3, 9)
	f.Add(append(AppendHeader(nil, 'I', 70), strings.Repeat("q", 70)...), 66, 70)
	f.Fuzz(func(t *testing.T, in []byte, a, b int) {
		clamp := func(n int) int { return max(0, min(n, len(in))) }
		a, b = clamp(a), clamp(b)
		if a > b {
			a, b = b, a
		}
		one, oneSeen, oneOut := newTestScanner(first10)
		oneErr := feed(one, in)
		cut, cutSeen, cutOut := newTestScanner(first10)
		var cutErr error
		for _, piece := range [][]byte{in[:a], in[a:b], in[b:]} {
			if cutErr = feed(cut, piece); cutErr != nil {
				break
			}
		}
		if fmt.Sprint(oneErr) != fmt.Sprint(cutErr) {
			t.Fatalf("errors %v and %v", oneErr, cutErr)
		}
		if !bytes.Equal(oneOut.Bytes(), cutOut.Bytes()) {
			t.Fatalf("sent %q and %q", oneOut, cutOut)
		}
		if fmt.Sprint(oneSeen.seen) != fmt.Sprint(cutSeen.seen) {
			t.Fatalf("saw %v and %v", oneSeen.seen, cutSeen.seen)
		}
	})
}
