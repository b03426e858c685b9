// Package bench measures the hot path on a real Postgres, directly and through
// the proxy with all its checks on, in one run: only the ratio means something.
//
//	go test -run '^$' -bench . ./bench
package bench

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/observe/auditlog"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/proxytest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// roundTrips are point queries as clients send them. next gives the messages of the
// i-th, ready to be sent.
var roundTrips = []struct {
	name string
	// newTexts tells that each text is new, which the proxy has to look at more closely.
	newTexts bool
	// prepared tells that client.prepare comes first.
	prepared bool
	// kept are the allocations by which transaction mode keeps what was prepared.
	kept float64
	next func(i int) []pgproto3.FrontendMessage
}{
	{"simple-new-literal", true, false, 0, func(i int) []pgproto3.FrontendMessage {
		return []pgproto3.FrontendMessage{&pgproto3.Query{String: fmt.Sprintf("SELECT name FROM plans WHERE max_agents = %d", i)}}
	}},
	{"simple-same-text", false, false, 0, func(int) []pgproto3.FrontendMessage {
		return []pgproto3.FrontendMessage{&pgproto3.Query{String: "SELECT name FROM plans WHERE code = 'scale'"}}
	}},
	{"extended", false, false, 2, func(int) []pgproto3.FrontendMessage {
		return []pgproto3.FrontendMessage{
			&pgproto3.Parse{Query: "SELECT name FROM plans WHERE code = $1"}, &pgproto3.Bind{Parameters: [][]byte{[]byte("scale")}},
			&pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{}, &pgproto3.Sync{},
		}
	}},
	{"prepared", false, true, 0, func(int) []pgproto3.FrontendMessage {
		return []pgproto3.FrontendMessage{
			&pgproto3.Bind{PreparedStatement: "s", Parameters: [][]byte{[]byte("scale")}}, &pgproto3.Execute{}, &pgproto3.Sync{},
		}
	}},
}

// BenchmarkRoundTrip runs one of roundTrips at a time: directly, through the proxy, and
// with all statements in the audit log. Allocations are all of the
// process, the client's 0 among them: those of the proxy.
func BenchmarkRoundTrip(b *testing.B) {
	p := proxytest.Start(b)
	audited := startAudited(b, p.DB)
	clients := map[string]*client{
		"direct":  newClient(b, p.DB.Connect(b, p.DB.App())),
		"proxied": newClient(b, p.Connect(b, demo.OrgA)),
		"audited": newClient(b, audited.Connect(b, demo.OrgA)),
	}
	for _, c := range roundTrips {
		for _, path := range []string{"direct", "proxied", "audited"} {
			b.Run(c.name+"/"+path, func(b *testing.B) {
				if c.prepared {
					clients[path].prepare(b)
				}
				messages := encode(b, c.next(0))
				b.ReportAllocs()
				for i := range b.N {
					if c.newTexts {
						b.StopTimer()
						messages = encode(b, c.next(i))
						b.StartTimer()
					}
					clients[path].exchange(b, messages)
				}
			})
		}
	}
}

// TestRoundTripAllocatesNothing holds that a statement which comes again costs the proxy
// no allocation, whatever the protocol, in either mode of the pool.
func TestRoundTripAllocatesNothing(t *testing.T) {
	for _, transactions := range []bool{false, true} {
		p := proxytest.Start(t, func(s *proxytest.Setup) { s.Options.TransactionPooling = transactions })
		for _, trip := range roundTrips {
			if trip.newTexts {
				continue
			}
			c := newClient(t, p.Connect(t, demo.OrgA))
			if trip.prepared {
				c.prepare(t)
			}
			t.Run(fmt.Sprintf("%s/transactions=%v", trip.name, transactions), func(t *testing.T) {
				messages := encode(t, trip.next(0))
				for range 100 {
					c.exchange(t, messages)
				}
				// What else runs in the process has a few now and then.
				allocs := testing.AllocsPerRun(2000, func() { c.exchange(t, messages) })
				if allocs > 0 && (!transactions || allocs > trip.kept) {
					t.Errorf("%v allocations", allocs)
				}
			})
		}
	}
}

// startAudited starts a second proxy before the database, with an audit log of all
// statements.
func startAudited(b *testing.B, db *pgtest.Database) *proxytest.Proxy {
	b.Helper()
	log, err := auditlog.Open(auditlog.Options{
		Path: filepath.Join(b.TempDir(), "audit.log"), Statements: auditlog.StatementsAll,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := log.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return proxytest.Start(b, func(s *proxytest.Setup) { s.DB, s.Options.Audit = db, log })
}

// BenchmarkLargeResult reads a million small rows.
func BenchmarkLargeResult(b *testing.B) {
	p := proxytest.Start(b)
	for _, path := range []struct {
		name string
		conn *pgconn.PgConn
	}{
		{"direct", p.DB.Connect(b, p.DB.App())},
		{"proxied", p.Connect(b, demo.OrgA)},
	} {
		b.Run(path.name, func(b *testing.B) {
			for range b.N {
				tag, err := path.conn.CopyTo(b.Context(), io.Discard, "COPY (SELECT g, 'some text for a row' FROM generate_series(1, 1000000) g) TO STDOUT")
				if err != nil || tag.RowsAffected() != 1_000_000 {
					b.Fatal(tag, err)
				}
			}
		})
	}
}

// client sends and receives without allocating.
type client struct {
	conn net.Conn
	in   *bufio.Reader
}

func newClient(t testing.TB, conn *pgconn.PgConn) *client {
	t.Helper()
	hijacked, err := conn.Hijack()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hijacked.Conn.Close() })
	return &client{hijacked.Conn, bufio.NewReader(hijacked.Conn)}
}

// prepare makes the statement s, anew if there is one.
func (c *client) prepare(t testing.TB) {
	t.Helper()
	c.exchange(t, encode(t, []pgproto3.FrontendMessage{
		&pgproto3.Close{ObjectType: 'S', Name: "s"},
		&pgproto3.Parse{Name: "s", Query: "SELECT name FROM plans WHERE code = $1"}, &pgproto3.Sync{},
	}))
}

func encode(t testing.TB, messages []pgproto3.FrontendMessage) (out []byte) {
	t.Helper()
	var err error
	for _, m := range messages {
		if out, err = m.Encode(out); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// exchange sends messages and reads to ReadyForQuery.
func (c *client) exchange(t testing.TB, messages []byte) {
	t.Helper()
	if _, err := c.conn.Write(messages); err != nil {
		t.Fatal(err)
	}
	for {
		head, err := c.in.Peek(5)
		if err != nil {
			t.Fatal(err)
		}
		msgType, length := head[0], int(binary.BigEndian.Uint32(head[1:]))
		if _, err := c.in.Discard(1 + length); err != nil {
			t.Fatal(err)
		}
		switch msgType {
		case 'E':
			t.Fatal("an error came back")
		case 'Z':
			return
		}
	}
}
