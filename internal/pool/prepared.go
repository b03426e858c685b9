package pool

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// MaxPrepared is how many prepared statements an upstream connection keeps for the
// sessions that share it in transaction mode.
const MaxPrepared = 200

// Prepared tells which prepared statements an upstream connection has for certain: by
// names that say which text and parameter types they stand for, so that every session
// can use what another one has prepared. Whoever has the connection keeps it up to
// date; a reset empties it. The zero value is ready. Safe for concurrent use.
type Prepared struct {
	mu      sync.Mutex
	names   *simplelru.LRU[string, struct{}] // nil while there is none
	last    string                           // the one of names that was used last, if that is known; else empty
	unnamed any
}

// Has tells whether there is a statement of the name, which counts as a use of it.
func (p *Prepared) Has(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.names == nil {
		return false
	}
	if name == p.last && name != "" {
		return true
	}
	_, ok := p.names.Get(name)
	if ok {
		p.last = name
	}
	return ok
}

// Add notes that a statement was prepared.
func (p *Prepared) Add(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.names == nil {
		// MakeRoom takes names out in time; what pipelines add meanwhile has room too.
		p.names, _ = simplelru.NewLRU[string, struct{}](1<<20, nil) // fails for sizes under 1 only
	}
	p.names.Add(name, struct{}{})
	p.last = name
}

// Remove notes that a statement is closed, or prepared anew; it tells whether there
// was one.
func (p *Prepared) Remove(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = ""
	return p.names != nil && p.names.Remove(name)
}

// MakeRoom gives the names that are to be closed before one more statement is
// prepared: those that were not used for longest. They count as removed.
func (p *Prepared) MakeRoom() (closed []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.names != nil && p.names.Len() >= MaxPrepared {
		name, _, _ := p.names.RemoveOldest()
		p.last = ""
		closed = append(closed, name)
	}
	return closed
}

// Unnamed is what SetUnnamed was last called with; nil after a reset.
func (p *Prepared) Unnamed() any {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.unnamed
}

// SetUnnamed notes what the unnamed statement stands for; nil: nobody knows.
func (p *Prepared) SetUnnamed(statement any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unnamed = statement
}

// Clear notes that nothing is known to be prepared, but for the unnamed statement.
func (p *Prepared) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.names, p.last = nil, ""
}
