package proxy_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

func send(t testing.TB, conn net.Conn, messages ...pgproto3.FrontendMessage) {
	t.Helper()
	var p []byte
	for _, m := range messages {
		var err error
		if p, err = m.Encode(p); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.Write(p); err != nil {
		t.Fatal(err)
	}
}

// until reads replies up to the first of the type.
func until(t testing.TB, conn net.Conn, msgType byte) []pgtest.Reply {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(patience))
	var replies []pgtest.Reply
	for {
		reply, err := pgtest.ReadReply(conn)
		if err != nil {
			t.Fatalf("waiting for %c after %v: %v", msgType, replies, err)
		}
		replies = append(replies, reply)
		if reply.Type == msgType {
			return replies
		}
	}
}

// gone waits until no client is left, and in the database nothing of theirs: only
// the catalog's connection, and those that the pool keeps.
func (f *fixture) gone(t testing.TB) {
	t.Helper()
	eventually(t, "the end of all sessions", func() bool { return f.Server.Connections() == 0 })
	eventually(t, "the end of all leases", func() bool { s := f.Pool.Stats(); return s.Open == s.Free })
	eventually(t, "the end of all upstream connections", func() bool {
		return f.DB.Query(t, "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND usename = $2",
			f.DB.Name, demo.AppRole)[0][0] == strconv.Itoa(1+f.Pool.Stats().Free)
	})
}

// TestLargeValues sends values that are longer than every buffer both ways.
func TestLargeValues(t *testing.T) {
	f := start(t)
	conn := f.Connect(t, demo.OrgA)
	const size = 64 << 20
	value := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	result := conn.ExecParams(t.Context(), "SELECT length($1::text), $1::text", [][]byte{value}, nil, nil, nil).Read()
	if result.Err != nil {
		t.Fatal(result.Err)
	}
	if string(result.Rows[0][0]) != fmt.Sprint(size) || !bytes.Equal(result.Rows[0][1], value) {
		t.Errorf("got length %s and %d bytes", result.Rows[0][0], len(result.Rows[0][1]))
	}
}

// TestLargeRowInBoundedMemory relays a 256 MB row to a client that drops it,
// and measures what the process allocated meanwhile (PROTO-031).
func TestLargeRowInBoundedMemory(t *testing.T) {
	f := start(t)
	conn := raw(t, f.Connect(t, demo.OrgA))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	send(t, conn, &pgproto3.Query{String: "SELECT repeat('x', 256 * 1024 * 1024)"})
	conn.SetReadDeadline(time.Now().Add(3 * patience))
	var total int64
	for {
		var head [5]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			t.Fatal(err)
		}
		n, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(head[1:]))-4)
		if err != nil {
			t.Fatal(err)
		}
		total += n
		if head[0] == 'Z' {
			break
		}
	}
	runtime.ReadMemStats(&after)
	if total < 256<<20 {
		t.Errorf("only %d bytes came", total)
	}
	// Far less than the row. It is not nothing: under the race detector pools
	// forget some of their buffers on purpose.
	if used := after.TotalAlloc - before.TotalAlloc; used > 128<<20 {
		t.Errorf("%d bytes were allocated for one row", used)
	}
}

func TestCopy(t *testing.T) {
	f := start(t, func(s *setup) { s.Policy.AllowRelations = append(s.Policy.AllowRelations, "public.import_staging") })
	conn := f.Connect(t, demo.OrgA)
	var out bytes.Buffer
	tag, err := conn.CopyTo(t.Context(), &out, "COPY (SELECT g, repeat('y', 100) FROM generate_series(1, 50000) g) TO STDOUT")
	if err != nil || tag.RowsAffected() != 50000 || out.Len() < 50000*100 {
		t.Errorf("copied %s, %d bytes, %v", tag, out.Len(), err)
	}
	out.Reset()
	if _, err := conn.CopyTo(t.Context(), &out, "COPY contacts TO STDOUT"); err != nil || strings.Contains(out.String(), demo.Marker(demo.OrgB)) {
		t.Errorf("COPY of a tenant table: %v, org B's marker there: %v", err, strings.Contains(out.String(), demo.Marker(demo.OrgB)))
	}
	_, err = conn.CopyFrom(t.Context(), strings.NewReader("x\n"), "COPY contacts FROM STDIN")
	refused(t, err, "statement.copy_from")
	if got := one(t, conn, "SELECT 1"); got != "1" {
		t.Errorf("afterwards: %s", got)
	}
}

// TestCopyIn sends COPY data through the proxy for a table that takes it.
func TestCopyIn(t *testing.T) {
	f := start(t)
	conn := raw(t, f.Connect(t, demo.OrgA))
	// The proxy refuses COPY FROM where row-level security makes Postgres refuse
	// it; so this is about what a client may send in the wrong state.
	send(t, conn, &pgproto3.CopyData{Data: []byte("stray\n")}, &pgproto3.CopyDone{}, &pgproto3.CopyFail{Message: "x"},
		&pgproto3.Query{String: "SELECT 1"})
	replies := until(t, conn, 'Z')
	if replies[0].Type != 'T' {
		t.Errorf("got %v", replies)
	}
}

// TestPipelineLargerThanSockets sends far more than fits into any socket buffer
// before reading anything: both directions have to move at once.
func TestPipelineLargerThanSockets(t *testing.T) {
	f := start(t)
	conn := raw(t, f.Connect(t, demo.OrgA))
	const queries = 3000
	value := bytes.Repeat([]byte("v"), 8<<10)
	var sent sync.WaitGroup
	sent.Go(func() {
		conn.SetWriteDeadline(time.Now().Add(3 * patience))
		for range queries {
			var p []byte
			for _, m := range []pgproto3.FrontendMessage{
				&pgproto3.Parse{Query: "SELECT $1::text"},
				&pgproto3.Bind{Parameters: [][]byte{value}},
				&pgproto3.Execute{}, &pgproto3.Sync{},
			} {
				p, _ = m.Encode(p)
			}
			if _, err := conn.Write(p); err != nil {
				t.Errorf("sending: %v", err)
				return
			}
		}
	})
	conn.SetReadDeadline(time.Now().Add(3 * patience))
	rows := 0
	for ready := 0; ready < queries; {
		reply, err := pgtest.ReadReply(conn)
		if err != nil {
			t.Fatalf("after %d answers: %v", ready, err)
		}
		switch reply.Type {
		case 'Z':
			ready++
		case 'D':
			rows++
		case 'E':
			t.Fatalf("got %v", reply)
		}
	}
	sent.Wait()
	if rows != queries {
		t.Errorf("%d rows for %d queries", rows, queries)
	}
}

func TestCancel(t *testing.T) {
	f := start(t)
	conn := f.Connect(t, demo.OrgA)
	other := f.Connect(t, demo.OrgA)
	done := make(chan error, 1)
	go func() {
		_, err := tryQuery(t, conn, "SELECT pg_sleep(600)")
		done <- err
	}()
	eventually(t, "the sleep", func() bool {
		return f.DB.Query(t, "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND query LIKE '%pg_sleep(600)%' AND state = 'active' AND pid <> pg_backend_pid()", f.DB.Name)[0][0] == "1"
	})
	// Another client's key, and the right process id with a wrong secret, do nothing.
	if err := other.CancelRequest(t.Context()); err != nil {
		t.Fatal(err)
	}
	forged := f.rawConnect(t)
	packet := []byte{0, 0, 0, 16, 0x04, 0xd2, 0x16, 0x2e}
	packet = binary.BigEndian.AppendUint32(packet, conn.PID())
	forged.Write(append(packet, 1, 2, 3, 4))
	closes(t, forged)
	select {
	case err := <-done:
		t.Fatalf("ended too early with %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	if err := conn.CancelRequest(t.Context()); err != nil {
		t.Fatal(err)
	}
	sqlstate(t, <-done, "57014")
	if got := one(t, conn, "SELECT 1"); got != "1" {
		t.Errorf("afterwards: %s", got)
	}
}

func TestNotices(t *testing.T) {
	var notices []string
	f := start(t, func(s *setup) { s.Policy.ListenNotify = "allow" })
	config, err := pgconn.ParseConfig(f.DSN(f.Token(t, demo.OrgA)))
	if err != nil {
		t.Fatal(err)
	}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { notices = append(notices, n.Code) }
	notified := make(chan string, 1)
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) { notified <- n.Channel + ":" + n.Payload }
	conn, err := pgconn.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	query(t, conn, "ROLLBACK")
	if fmt.Sprint(notices) != "[25P01]" {
		t.Errorf("notices %v", notices)
	}
	query(t, conn, "LISTEN news")
	// It arrives while the session is idle, with nothing asked.
	query(t, f.Connect(t, demo.OrgA), "NOTIFY news, 'hello'")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := conn.WaitForNotification(ctx); err != nil {
		t.Fatal(err)
	}
	if got := <-notified; got != "news:hello" {
		t.Errorf("got %s", got)
	}
}

// TestHalfClose has a client that sends its last statements and closes its
// writing side: it still gets the answers, as from Postgres.
func TestHalfClose(t *testing.T) {
	f := start(t)
	for _, terminate := range []bool{false, true} {
		conn := raw(t, f.Connect(t, demo.OrgA))
		messages := []pgproto3.FrontendMessage{&pgproto3.Query{String: "SELECT pg_sleep(0.2)"}, &pgproto3.Query{String: "SELECT 'last'"}}
		if terminate {
			messages = append(messages, &pgproto3.Terminate{})
		}
		send(t, conn, messages...)
		if !terminate {
			conn.(*net.TCPConn).CloseWrite()
		}
		until(t, conn, 'Z')
		if replies := until(t, conn, 'Z'); !strings.Contains(fmt.Sprint(replies), "last") {
			t.Errorf("terminate %v: got %v", terminate, replies)
		}
		if rest := closes(t, conn); len(rest) != 0 {
			t.Errorf("terminate %v: then %q", terminate, rest)
		}
	}
	f.gone(t)
}

// TestClientDies has clients that vanish in every state. Nothing of theirs stays.
func TestClientDies(t *testing.T) {
	f := start(t)
	raw(t, f.Connect(t, demo.OrgA)).Close()
	f.gone(t)
	files := openFiles(t) // with one free upstream connection
	for name, messages := range map[string][]pgproto3.FrontendMessage{
		"idle":            nil,
		"in transaction":  {&pgproto3.Query{String: "BEGIN"}},
		"in a large read": {&pgproto3.Query{String: "SELECT repeat('x', 100000) FROM generate_series(1, 5000)"}},
		"in a pipeline":   {&pgproto3.Parse{Query: "SELECT 1"}, &pgproto3.Bind{}},
	} {
		for _, reset := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/reset=%v", name, reset), func(t *testing.T) {
				conn := raw(t, f.Connect(t, demo.OrgA))
				if len(messages) > 0 {
					send(t, conn, messages...)
				}
				if name == "in transaction" {
					until(t, conn, 'Z')
				}
				if reset {
					conn.(*net.TCPConn).SetLinger(0)
				}
				conn.Close()
				f.gone(t)
			})
		}
	}
	t.Run("mid-frame", func(t *testing.T) {
		conn := raw(t, f.Connect(t, demo.OrgA))
		conn.Write([]byte{'Q', 0, 0, 1, 0, 'S', 'E'})
		conn.Close()
		f.gone(t)
	})
	for deadline := time.Now().Add(patience); openFiles(t) > files; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d descriptors are open, %d were", openFiles(t), files)
		}
	}
}

// TestUpstreamDies has Postgres end the session, with and without a word.
func TestUpstreamDies(t *testing.T) {
	f := start(t)
	kill := func(t *testing.T, conn *pgconn.PgConn) {
		t.Helper()
		pid := one(t, conn, "SELECT pg_backend_pid()")
		f.DB.Query(t, "SELECT pg_terminate_backend($1)", pid)
	}
	t.Run("idle", func(t *testing.T) {
		conn := f.Connect(t, demo.OrgA)
		kill(t, conn)
		client := raw(t, conn)
		replies := until(t, client, 'E') // at once, with nothing asked
		if e := replies[len(replies)-1].ErrorResponse(t); e.Code != "57P01" || e.Severity != "FATAL" {
			t.Errorf("got %+v", e)
		}
		if rest := closes(t, client); len(rest) != 0 {
			t.Errorf("then %q", rest)
		}
	})
	t.Run("mid-query", func(t *testing.T) {
		conn := f.Connect(t, demo.OrgA)
		pid := one(t, conn, "SELECT pg_backend_pid()")
		done := make(chan error, 1)
		go func() {
			_, err := tryQuery(t, conn, "SELECT pg_sleep(600)")
			done <- err
		}()
		eventually(t, "the sleep", func() bool {
			return f.DB.Query(t, "SELECT state FROM pg_stat_activity WHERE pid = $1", pid)[0][0] == "active"
		})
		f.DB.Query(t, "SELECT pg_terminate_backend($1)", pid)
		sqlstate(t, <-done, "57P01")
	})
	f.gone(t)
}

// TestUpstreamLostWithoutAWord puts a relay that can be cut between proxy and
// Postgres.
func TestUpstreamLostWithoutAWord(t *testing.T) {
	db := pgtest.NewDatabase(t)
	cutter := newCutter(t, fmt.Sprintf("%s/.s.PGSQL.%d", db.Server().SocketDir(), db.Server().Port()))
	f := start(t, func(s *setup) {
		s.DB = db
		s.Upstream = fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", demo.AppRole, cutter.ln.Addr(), s.DB.Name)
	})
	for _, inTransaction := range []bool{false, true} {
		conn := f.Connect(t, demo.OrgA)
		if inTransaction {
			query(t, conn, "BEGIN")
		}
		cutter.cut()
		client := raw(t, conn)
		replies := until(t, client, 'E')
		if e := replies[len(replies)-1].ErrorResponse(t); e.Code != "08006" || e.Severity != "FATAL" {
			t.Errorf("got %+v", e)
		}
		closes(t, client)
	}
	eventually(t, "the end of all sessions", func() bool { return f.Server.Connections() == 0 })
}

// TestProtocolViolations has messages that no client may send. The session ends
// with 08P01 and a word of why (PROTO-012).
func TestProtocolViolations(t *testing.T) {
	f := start(t, func(s *setup) { s.Options.MaxMessageBytes = 1 << 20 })
	frame := func(msgType byte, body string) []byte {
		return append(binary.BigEndian.AppendUint32([]byte{msgType}, uint32(len(body)+4)), body...)
	}
	for name, message := range map[string][]byte{
		"unknown type":                   frame('?', ""),
		"password after login":           frame('p', "again\x00"),
		"startup message after login":    startupPacket("user", "app"),
		"length under 4":                 {'Q', 0, 0, 0, 1},
		"over max_message_bytes":         {'d', 0x7f, 0xff, 0xff, 0xff},
		"query without terminator":       frame('Q', "SELECT 1"),
		"empty query message":            frame('Q', ""),
		"parse without terminator":       frame('P', "s\x00SELECT 1"),
		"parse with too few types":       frame('P', "s\x00SELECT 1\x00\x00\x02\x00\x00\x00\x17"),
		"parse with bytes behind":        frame('P', "s\x00SELECT 1\x00\x00\x00junk"),
		"bind without names":             frame('B', "x"),
		"close without terminator":       frame('C', "Sx"),
		"a backend's message":            frame('Z', "I"),
		"a type with the high bit":       frame(0xff, ""),
		"names longer than any sane one": frame('B', strings.Repeat("n", 10000)),
	} {
		t.Run(name, func(t *testing.T) {
			conn := raw(t, f.Connect(t, demo.OrgA))
			if _, err := conn.Write(message); err != nil {
				t.Fatal(err)
			}
			conn.SetReadDeadline(time.Now().Add(patience))
			if e := lastError(t, conn); e.Code != "08P01" || e.Severity != "FATAL" {
				t.Errorf("got %+v", e)
			}
		})
	}
	f.gone(t)
	// Texts that hold a NUL are a matter of the statement, not of the frame.
	conn := raw(t, f.Connect(t, demo.OrgA))
	conn.Write(frame('Q', "SELECT 1\x00; SELECT * FROM import_staging\x00"))
	replies := until(t, conn, 'Z')
	if e := replies[0].ErrorResponse(t); e.Code != "42501" && e.Code != "42601" {
		t.Errorf("a text with a NUL: %+v", e)
	}
}

// TestNastyTexts has texts that would take the parser, and with it the process,
// down. Each gets an error, and the session goes on.
func TestNastyTexts(t *testing.T) {
	f := start(t)
	conn := f.Connect(t, demo.OrgA)
	for name, sql := range map[string]string{
		"60 kB of additions": "SELECT 1" + strings.Repeat("+1", 30000),
		"casts":              "SELECT 1" + strings.Repeat("::int", 30000),
		"parentheses":        "SELECT " + strings.Repeat("(", 30000) + "1" + strings.Repeat(")", 30000),
		"unions":             "SELECT 1" + strings.Repeat(" UNION SELECT 1", 20000),
		"comments":           strings.Repeat("/*", 30000) + strings.Repeat("*/", 30000),
		"over 1 MiB":         "SELECT '" + strings.Repeat("x", 1<<20) + "'",
		"way over 1 MiB":     "SELECT '" + strings.Repeat("x", 5<<20) + "'",
		"invalid UTF-8":      "SELECT '\xff'",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tryQuery(t, conn, sql)
			if e := pgError(t, err); e.Code != "42501" && e.Code != "42601" {
				t.Errorf("simple: %+v", e)
			}
			_, err = conn.Prepare(t.Context(), "s", sql, nil)
			if e := pgError(t, err); e.Code != "42501" && e.Code != "42601" {
				t.Errorf("extended: %+v", e)
			}
			if got := one(t, conn, "SELECT 1"); got != "1" {
				t.Errorf("afterwards: %s", got)
			}
		})
	}
}

// TestShutdown drains: who is idle goes at once, who is in a transaction at its end.
func TestShutdown(t *testing.T) {
	f := start(t)
	idle := raw(t, f.Connect(t, demo.OrgA))
	busy := f.Connect(t, demo.OrgA)
	query(t, busy, "BEGIN")
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		done <- f.Server.Shutdown(ctx)
	}()
	if e := lastError(t, idle); e.Code != "57P01" {
		t.Errorf("the idle client got %+v", e)
	}
	if got := one(t, busy, "SELECT count(*) > 0 FROM contacts"); got != "t" {
		t.Errorf("in the transaction: %s", got)
	}
	if _, err := net.Dial("tcp", f.Address); err == nil {
		t.Error("a new client is let in")
	}
	query(t, busy, "COMMIT")
	if err := <-done; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if e := lastError(t, raw(t, busy)); e.Code != "57P01" {
		t.Errorf("the busy client got %+v", e)
	}
}

func TestShutdownTimeout(t *testing.T) {
	f := start(t)
	busy := f.Connect(t, demo.OrgA)
	query(t, busy, "BEGIN")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := f.Server.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v", err)
	}
	if e := lastError(t, raw(t, busy)); e.Code != "57P01" {
		t.Errorf("got %+v", e)
	}
}

// TestExpiry has tokens expire while their sessions are connected (JWT-005).
func TestExpiry(t *testing.T) {
	for name, grace := range map[string]time.Duration{"long grace": time.Hour, "no grace": 0} {
		t.Run(name, func(t *testing.T) {
			f := start(t, func(s *setup) { s.Options.ExpiryGrace = grace })
			login := func() *pgconn.PgConn {
				token := f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"exp": time.Now().Add(2 * time.Second).Unix()})
				conn, err := f.Dial(t, token)
				if err != nil {
					t.Fatal(err)
				}
				return conn
			}
			idle, busy := raw(t, login()), login()
			query(t, busy, "BEGIN")
			if e := lastError(t, idle); e.Code != "57P01" || !strings.Contains(e.Message, "expired") {
				t.Errorf("the idle client got %+v", e)
			}
			if grace > 0 {
				query(t, busy, "SELECT 1")
				query(t, busy, "COMMIT")
			}
			if e := lastError(t, raw(t, busy)); e.Code != "57P01" {
				t.Errorf("the busy client got %+v", e)
			}
		})
	}
}

// TestSlowReader has a client that does not read: the proxy holds back, and
// what others do goes on (PROTO-031).
func TestSlowReader(t *testing.T) {
	f := start(t)
	var slow []net.Conn // more than the poller has loops
	for range 10 {
		conn := raw(t, f.Connect(t, demo.OrgA))
		send(t, conn, &pgproto3.Query{String: "SELECT repeat('x', 1000) FROM generate_series(1, 200000)"})
		slow = append(slow, conn)
	}
	time.Sleep(100 * time.Millisecond) // the sockets fill
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	other := f.Connect(t, demo.OrgB)
	for range 20 {
		if got := one(t, other, "SELECT 1"); got != "1" {
			t.Fatalf("got %s", got)
		}
	}
	runtime.ReadMemStats(&after)
	if after.HeapInuse > before.HeapInuse+32<<20 {
		t.Errorf("the heap grew by %d bytes behind slow readers", after.HeapInuse-before.HeapInuse)
	}
	for _, conn := range slow {
		conn.Close()
	}
	other.Close(t.Context())
	f.gone(t)
}

// cutter relays to a unix socket until it is told to cut, with a reset.
type cutter struct {
	ln    net.Listener
	mu    sync.Mutex
	conns []net.Conn
	wg    sync.WaitGroup
}

func newCutter(t *testing.T, target string) *cutter {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{ln: ln}
	c.wg.Go(func() {
		for {
			near, err := ln.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", target)
			if err != nil {
				near.Close()
				continue
			}
			c.mu.Lock()
			c.conns = append(c.conns, near, far)
			c.mu.Unlock()
			c.wg.Go(func() { io.Copy(near, far); near.Close() })
			c.wg.Go(func() { io.Copy(far, near); far.Close() })
		}
	})
	t.Cleanup(func() {
		ln.Close()
		c.cut()
		c.wg.Wait()
	})
	return c
}

func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		conn.Close()
	}
	c.conns = nil
}

// TestLongErrors has errors that are longer than what is held of one.
func TestLongErrors(t *testing.T) {
	f := start(t)
	conn := f.Connect(t, demo.OrgA)
	for _, size := range []int{1000, 500_000, 3_000_000} {
		_, err := tryQuery(t, conn, fmt.Sprintf("SELECT repeat('x', %d)::int", size))
		e := sqlstate(t, err, "22P02")
		if size <= 500_000 && len(e.Message) < size || size > 500_000 && (len(e.Message) > 1<<20 || e.Message == "") {
			t.Errorf("of an error of %d bytes %d came", size, len(e.Message))
		}
		if got := one(t, conn, "SELECT 1"); got != "1" {
			t.Errorf("afterwards: %s", got)
		}
	}
}
