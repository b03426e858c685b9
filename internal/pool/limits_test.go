package pool_test

import (
	"testing"
	"time"

	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/pool"
)

// TestLowerLimit lowers the limit while sessions wait: what is given back over it is
// closed, although somebody wants it, and the one that waits gets the last.
func TestLowerLimit(t *testing.T) {
	p := newPool(t, pgtest.NewDatabase(t), func(o *pool.Options) { o.MaxUpstream = 3 })
	held := []*pool.Upstream{acquire(t, p, "a"), acquire(t, p, "a"), acquire(t, p, "b")}
	p.SetLimits(pool.Limits{MaxUpstream: 1, AcquireTimeout: time.Minute})
	got := make(chan *pool.Upstream, 1)
	go func() {
		u, err := acquireFor(t.Context(), p, p.Dialer().DefaultDatabase(), "c", contextOf("c"))
		if err != nil {
			t.Error(err)
		}
		got <- u
	}()
	for i, u := range held {
		select {
		case <-got:
			t.Fatalf("a session got a connection over the limit, after %d were given back", i)
		case <-time.After(100 * time.Millisecond):
		}
		if open := p.Stats().Open; open != 3-i {
			t.Fatalf("%d connections are open", open)
		}
		p.Release(u, true)
	}
	p.Release(<-got, true)
	if s := p.Stats(); s.Open != 1 || s.Free != 1 {
		t.Errorf("in the end: %+v", s)
	}
}
