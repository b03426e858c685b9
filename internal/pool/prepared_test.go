package pool

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPreparedNames plays random sequences of what is done with statements against a list
// of them in the order of their last use.
func TestPreparedNames(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	var p Prepared
	var used []string // the last one at the end
	without := func(name string) []string {
		return slices.DeleteFunc(slices.Clone(used), func(other string) bool { return other == name })
	}
	name := ""
	for i := range 100_000 {
		if rng.IntN(3) > 0 { // otherwise the same as before
			name = fmt.Sprint("s", rng.IntN(MaxPrepared*3/2))
		}
		there := slices.Contains(used, name)
		switch kind := rng.IntN(1000); {
		case kind < 500:
			if got := p.Has(name); got != there {
				t.Fatalf("step %d: Has(%s) says %v", i, name, got)
			}
			if there {
				used = append(without(name), name)
			}
		case kind < 800:
			p.Add(name)
			used = append(without(name), name)
		case kind < 900:
			if got := p.Remove(name); got != there {
				t.Fatalf("step %d: Remove(%s) says %v", i, name, got)
			}
			used = without(name)
		case kind < 999:
			over := max(0, len(used)-MaxPrepared+1)
			if got := p.MakeRoom(); !slices.Equal(got, used[:over]) {
				t.Fatalf("step %d: MakeRoom closes %v, not %v", i, got, used[:over])
			}
			used = used[over:]
		default:
			p.Clear()
			used = nil
		}
	}
}
