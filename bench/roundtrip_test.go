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

// BenchmarkRoundTrip runs one point query at a time: in the simple protocol with
// a new literal each time and with the same text, and prepared; directly, through the
// proxy, and with all statements in the audit log.
func BenchmarkRoundTrip(b *testing.B) {
	p := proxytest.Start(b)
	audited := startAudited(b, p.DB)
	paths := []struct {
		name string
		conn net.Conn
	}{
		{"direct", hijack(b, p.DB.Connect(b, p.DB.App()))},
		{"proxied", hijack(b, p.Connect(b, demo.OrgA))},
		{"audited", hijack(b, audited.Connect(b, demo.OrgA))},
	}
	for _, path := range paths {
		exchange(b, path.conn, &pgproto3.Parse{Name: "s", Query: "SELECT name FROM plans WHERE code = $1"}, &pgproto3.Sync{})
	}
	for _, c := range []struct {
		name     string
		messages func(i int) []pgproto3.FrontendMessage
	}{
		{"simple-new-literal", func(i int) []pgproto3.FrontendMessage {
			return []pgproto3.FrontendMessage{&pgproto3.Query{String: fmt.Sprintf("SELECT name FROM plans WHERE max_agents = %d", i)}}
		}},
		{"simple-same-text", func(int) []pgproto3.FrontendMessage {
			return []pgproto3.FrontendMessage{&pgproto3.Query{String: "SELECT name FROM plans WHERE code = 'scale'"}}
		}},
		{"prepared", func(int) []pgproto3.FrontendMessage {
			return []pgproto3.FrontendMessage{
				&pgproto3.Bind{PreparedStatement: "s", Parameters: [][]byte{[]byte("scale")}}, &pgproto3.Execute{}, &pgproto3.Sync{},
			}
		}},
	} {
		for _, path := range paths {
			b.Run(c.name+"/"+path.name, func(b *testing.B) {
				b.ReportAllocs()
				for i := range b.N {
					exchange(b, path.conn, c.messages(i)...)
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

func hijack(b *testing.B, conn *pgconn.PgConn) net.Conn {
	b.Helper()
	hijacked, err := conn.Hijack()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { hijacked.Conn.Close() })
	return hijacked.Conn
}

// exchange sends the messages and reads to ReadyForQuery.
func exchange(b *testing.B, conn net.Conn, messages ...pgproto3.FrontendMessage) {
	b.Helper()
	var out []byte
	var err error
	for _, m := range messages {
		if out, err = m.Encode(out); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := conn.Write(out); err != nil {
		b.Fatal(err)
	}
	in := bufio.NewReader(conn)
	for {
		var head [5]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			b.Fatal(err)
		}
		body := int(binary.BigEndian.Uint32(head[1:])) - 4
		if _, err := in.Discard(body); err != nil {
			b.Fatal(err)
		}
		switch head[0] {
		case 'E':
			b.Fatal("an error came back")
		case 'Z':
			return
		}
	}
}
