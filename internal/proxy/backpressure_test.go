package proxy_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/proxy"
)

// These tests move more than the sockets hold through sessions in transaction mode, with
// a peer that does not read at first.

// sender writes to a connection in the background.
type sender struct {
	sent atomic.Int64 // bytes
	done chan error
}

// sendAll writes what next gives until it gives nothing.
func sendAll(conn net.Conn, next func() []byte) *sender {
	s := &sender{done: make(chan error, 1)}
	conn.SetWriteDeadline(time.Now().Add(5 * patience))
	go func() {
		for p := next(); len(p) > 0; p = next() {
			n, err := conn.Write(p)
			s.sent.Add(int64(n))
			if err != nil {
				s.done <- err
				return
			}
		}
		s.done <- nil
	}()
	return s
}

// stalls waits until the sender gets on no more, and gives how far it came.
func (s *sender) stalls(t *testing.T) int64 {
	t.Helper()
	last, since := int64(-1), time.Now()
	eventually(t, "being held back", func() bool {
		if sent := s.sent.Load(); sent != last {
			last, since = sent, time.Now()
		}
		return last > 0 && time.Since(since) > time.Second
	})
	return last
}

// finished waits until all is sent.
func (s *sender) finished(t *testing.T) {
	t.Helper()
	select {
	case err := <-s.done:
		if err != nil {
			t.Fatalf("sending, after %d bytes: %v", s.sent.Load(), err)
		}
	case <-time.After(5 * patience):
		t.Fatalf("sending does not end, after %d bytes", s.sent.Load())
	}
}

// heapInUse is after a collection.
func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// heldBack checks that the sender is held back while little is kept in memory, and that
// the other org's session is served meanwhile.
func (f *fixture) heldBack(t *testing.T, s *sender, before uint64, total int64, other func()) {
	t.Helper()
	if sent := s.stalls(t); sent > total/2 {
		t.Errorf("%d of %d bytes were taken from the client", sent, total)
	}
	if after := heapInUse(); after > before+16<<20 {
		t.Errorf("the heap grew by %d bytes", after-before)
	}
	for range 20 {
		other()
	}
}

// bulk lets through COPY FROM, as report mode does, and allows two connections.
func bulk(s *setup) { s.Policy.Mode, s.Pool.MaxUpstream = "report", 2 }

// TestTransactionCopyIn copies in far more than fits into the sockets, to a table whose
// trigger waits, and to one that has an error in the middle of it. The session keeps
// its connection to the end of the COPY, and not longer.
func TestTransactionCopyIn(t *testing.T) {
	const frames, rows = 1000, 100 // in a frame
	line := bytes.Repeat([]byte("x"), 1000)
	frame := func(lines [][]byte) []byte {
		p, err := (&pgproto3.CopyData{Data: append(bytes.Join(lines, []byte("\n")), '\n')}).Encode(nil)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	good := make([][]byte, rows)
	for i := range good {
		good[i] = line
	}
	lines := frame(good)
	f := start(t, transactionMode, bulk)
	f.DB.Exec(t, `CREATE TABLE bulk (x varchar(1000) NOT NULL); GRANT ALL ON bulk TO PUBLIC;
		CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_advisory_xact_lock_shared(5); RETURN NULL; END$$;
		CREATE TRIGGER held BEFORE INSERT ON bulk EXECUTE FUNCTION held()`)
	f.Refresh(t)
	holder := f.DB.Connect(t, f.DB.Superuser())
	conn, other := raw(t, f.Connect(t, demo.OrgA)), f.Connect(t, demo.OrgB)
	serve := func() {
		t.Helper()
		if got := one(t, other, seenBy); got != demo.OrgB {
			t.Errorf("org B sees %s", got)
		}
	}
	serve()
	for name, damaged := range map[string]bool{"to its end": false, "with an error": true} {
		t.Run(name, func(t *testing.T) {
			f.DB.Exec(t, "TRUNCATE bulk")
			query(t, holder, "SELECT pg_advisory_lock(5)")
			send(t, conn, &pgproto3.Query{String: "COPY bulk FROM STDIN"})
			until(t, conn, 'G')
			before, i := heapInUse(), 0
			s := sendAll(conn, func() []byte {
				i++
				switch {
				case i == frames/2 && damaged:
					return frame([][]byte{append(line, 'y')}) // is too long
				case i <= frames:
					return lines
				case i == frames+1:
					p, _ := (&pgproto3.CopyDone{}).Encode(nil)
					return p
				}
				return nil
			})
			f.heldBack(t, s, before, int64(frames*len(lines)), serve)
			query(t, holder, "SELECT pg_advisory_unlock(5)")
			replies := until(t, conn, 'Z')
			s.finished(t)
			want := fmt.Sprintf("COPY %d\x00", frames*rows)
			if damaged {
				if e := replies[0].ErrorResponse(t); e.Code != "22001" {
					t.Errorf("got %+v", e)
				}
			} else if len(replies) != 2 || string(replies[0].Body) != want {
				t.Errorf("got %v, want %s", replies, want)
			}
			f.free(t)
			left := fmt.Sprint(frames * rows)
			if damaged {
				left = "0"
			}
			if got := f.DB.Query(t, "SELECT count(*) FROM bulk WHERE length(x) = 1000")[0][0]; got != left {
				t.Errorf("%s rows are there, want %s", got, left)
			}
			serve()
			if got := brief(t, exchange(t, conn, 1, &pgproto3.Query{String: seenBy})); !strings.Contains(got, demo.OrgA) {
				t.Errorf("afterwards: %s", got)
			}
		})
	}
}

// TestTransactionPipelineSlowReader sends a pipeline of transactions far larger than the
// sockets, whose answers are as large, and reads nothing until the proxy takes no more.
func TestTransactionPipelineSlowReader(t *testing.T) {
	cert := pgtest.NewCertificate(t)
	f := start(t, transactionMode, withTLS(cert, proxy.TLSAuto), func(s *setup) { s.Pool.MaxUpstream = 2 })
	t.Run("plain", func(t *testing.T) { f.testSlowPipeline(t, f.Connect(t, demo.OrgA)) })
	t.Run("TLS", func(t *testing.T) {
		conn, err := f.dialTLS(t, "sslmode=require", &tls.Config{RootCAs: cert.Roots})
		if err != nil {
			t.Fatal(err)
		}
		f.testSlowPipeline(t, conn)
	})
}

func (f *fixture) testSlowPipeline(t *testing.T, client *pgconn.PgConn) {
	const queries, size = 4000, 8 << 10
	conn, other := raw(t, client), f.Connect(t, demo.OrgB)
	serve := func() {
		t.Helper()
		if got := one(t, other, seenBy); got != demo.OrgB {
			t.Errorf("org B sees %s", got)
		}
	}
	serve()
	if got := brief(t, exchange(t, conn, 1, &pgproto3.Parse{Name: "echo", Query: "SELECT $1::text"}, &pgproto3.Sync{})); got != "1ZI " {
		t.Fatal(got)
	}
	value := func(i int) []byte { return append(fmt.Appendf(nil, "%06d", i), bytes.Repeat([]byte("v"), size)...) }
	i := -1
	before := heapInUse()
	s := sendAll(conn, func() (p []byte) {
		if i++; i == queries {
			return nil
		}
		for _, m := range []pgproto3.FrontendMessage{
			&pgproto3.Bind{PreparedStatement: "echo", Parameters: [][]byte{value(i)}}, &pgproto3.Execute{}, &pgproto3.Sync{},
		} {
			p, _ = m.Encode(p)
		}
		return p
	})
	f.heldBack(t, s, before, queries*size, serve)
	conn.SetReadDeadline(time.Now().Add(5 * patience))
	for i := range queries {
		for _, want := range []byte("2DCZ") {
			reply, err := pgtest.ReadReply(conn)
			if err != nil || reply.Type != want {
				t.Fatalf("answer %d: got %v, %v, want %c", i, reply, err, want)
			}
			if want == 'D' && !bytes.Equal(reply.Body[6:], value(i)) {
				t.Fatalf("answer %d is another's, or damaged: %.20q", i, reply.Body[6:])
			}
		}
	}
	s.finished(t)
	f.free(t)
	serve()
}
