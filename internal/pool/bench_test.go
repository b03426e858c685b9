package pool

import (
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"tenantproxy/internal/wire"
)

// BenchmarkAcquirePark is what the pool takes for a transaction, with as many sessions
// by turns, each with a copy of the same context, and connections enough that nobody waits.
func BenchmarkAcquirePark(b *testing.B) {
	const org = "11111111-1111-1111-1111-111111111111"
	for _, sessions := range []int{1, 64} {
		b.Run(fmt.Sprint(sessions), func(b *testing.B) {
			p := NewPool(Options{Reuse: true, ShareAcrossTenants: true, MaxUpstream: 100, Log: slog.New(slog.DiscardHandler)})
			defer p.Close()
			contexts, places := make([]Context, sessions), make([]Place, sessions)
			for i := range sessions {
				places[i] = p.Place("bench", "", org)
				contexts[i] = Context{
					Client: []wire.Parameter{{Name: "application_name", Value: strings.Clone("bench")}},
					Own: []wire.Parameter{
						{Name: "app.org_id", Value: strings.Clone(org)},
						{Name: "request.jwt.claims", Value: fmt.Sprintf(`{"organization_id": %q}`, org)},
					},
				}
			}
			conn, peer := net.Pipe()
			defer peer.Close()
			w := p.slots.ask(&places[0], &contexts[0])
			p.slots.serve()
			u := &Upstream{Stream: wire.NewStream(conn, nil), born: time.Now()}
			u.Become(contexts[0])
			p.giveBack(w.lease, u)
			b.ReportAllocs()
			for i := 0; b.Loop(); i = (i + 1) % sessions {
				if p.AcquireAtOnce(&places[i], &contexts[i]) != u {
					b.Fatal("the connection is not free")
				}
				p.Park(u, false)
			}
		})
	}
}
