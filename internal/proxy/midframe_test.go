package proxy_test

import (
	"encoding/binary"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
)

// cutShort begins a message of which more is to come.
func cutShort(msgType byte, body string) []byte {
	const more = 1 << 10
	return append(binary.BigEndian.AppendUint32([]byte{msgType}, uint32(4+len(body)+more)), body...)
}

// fate is what becomes of an upstream connection.
type fate int

const (
	either fate = iota // which of the two depends on what is answered first
	kept
	ended
)

// TestTransactionClientDies has clients vanish in the middle of a message, with and
// without an upstream connection. It serves the other org's session only if no part of
// the message, and no transaction, is on it (I1, I7). Nothing is left of all of them.
func TestTransactionClientDies(t *testing.T) {
	const change = "UPDATE contacts SET full_name = 'half'"
	var long = strings.Repeat("v", 64<<10) // is forwarded before the rest has come
	simple := func(sql string) []pgproto3.FrontendMessage {
		return []pgproto3.FrontendMessage{&pgproto3.Query{String: sql}}
	}
	whole := func(m pgproto3.FrontendMessage) []byte {
		p, err := m.Encode(nil)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	parsed := func(name string, last pgproto3.FrontendMessage) []pgproto3.FrontendMessage {
		return []pgproto3.FrontendMessage{&pgproto3.Parse{Name: name, Query: "SELECT $1::text"}, last}
	}
	f := start(t, transactionMode, oneUpstream, func(s *setup) { s.Policy.Mode = "report" }) // which lets COPY FROM through
	f.DB.Exec(t, "CREATE TABLE bulk (n int); GRANT ALL ON bulk TO PUBLIC")
	f.Refresh(t)
	nothing := f.leavesNothing(t)
	other := f.Connect(t, demo.OrgB)
	for name, c := range map[string]struct {
		before []pgproto3.FrontendMessage
		await  byte   // what the client waits for, unless 0
		part   []byte // what it sends last
		fate   fate
	}{
		// Without a connection.
		"header":           {nil, 0, []byte{'Q', 0, 0}, kept},
		"query":            {nil, 0, cutShort('Q', change), kept},
		"parse":            {nil, 0, cutShort('P', "s\x00"+change), kept},
		"copy data":        {nil, 0, cutShort('d', long), kept},
		"terminate":        {nil, 0, []byte{'X', 0, 0, 0}, kept},
		"behind a query":   {simple("SELECT 1"), 'Z', cutShort('Q', change), either},
		"behind a setting": {simple("SET work_mem = '7MB'"), 'Z', cutShort('Q', change), either},
		"not waiting":      {simple("SELECT 1"), 0, cutShort('Q', change), either},
		// With one.
		"bind":                    {parsed("", &pgproto3.Flush{}), '1', cutShort('B', "\x00\x00\x00\x00\x00\x01\x00\x01\x00\x00"+long), ended},
		"bind of a new cycle":     {parsed("s", &pgproto3.Sync{}), 'Z', cutShort('B', "\x00s\x00\x00\x00\x00\x01\x00\x01\x00\x00"+long), ended},
		"query that is too long":  {nil, 0, cutShort('Q', change+strings.Repeat(" ", 2<<20)), either},
		"in a transaction":        {simple("BEGIN; " + change), 'Z', cutShort('Q', "COMMIT"), ended},
		"header in one":           {simple("BEGIN; " + change), 'Z', []byte{'Q'}, ended},
		"terminate in one":        {simple("BEGIN; " + change), 'Z', []byte{'X', 0, 0, 0}, ended},
		"in a failed one":         {simple("BEGIN; SELECT 1/0"), 'Z', cutShort('Q', "ROLLBACK"), ended},
		"in a pipeline":           {parsed("", &pgproto3.Flush{}), '1', cutShort('P', "s\x00"+change), ended},
		"in COPY":                 {simple("COPY bulk FROM STDIN"), 'G', cutShort('d', "1\n2\n"), ended},
		"behind COPY's data":      {append(simple("COPY bulk FROM STDIN"), &pgproto3.CopyData{Data: []byte("1\n")}), 'G', cutShort('d', "2\n"), ended},
		"behind COPY's error":     {simple("COPY bulk FROM STDIN"), 'G', append(whole(&pgproto3.CopyData{Data: []byte("no number\n")}), cutShort('d', long)...), either},
		"pinned":                  {simple("PREPARE p AS SELECT 1"), 'Z', cutShort('Q', change), either},
		"behind a long statement": {simple("SELECT pg_sleep(1)"), 0, cutShort('Q', change), ended},
		"not reading":             {simple("SELECT repeat('x', 100000) FROM generate_series(1, 5000)"), 'D', cutShort('Q', change), ended},
	} {
		for way, linger := range map[string]int{"close": -1, "reset": 0} {
			t.Run(name+"/"+way, func(t *testing.T) { f.diesIn(t, other, linger, c.before, c.await, c.part, c.fate) })
		}
	}
	other.Close(t.Context())
	nothing()
}

// diesIn is one case of TestTransactionClientDies. other is a session of org B.
func (f *fixture) diesIn(t *testing.T, other *pgconn.PgConn, linger int, before []pgproto3.FrontendMessage, await byte, part []byte, want fate) {
	conn := raw(t, f.Connect(t, demo.OrgA))
	pid := one(t, other, pidOf)
	f.free(t)
	if len(before) > 0 {
		send(t, conn, before...)
	}
	if await != 0 {
		until(t, conn, await)
	}
	if _, err := conn.Write(part); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).SetLinger(linger); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	eventually(t, "the end of the session", func() bool { return f.Server.Connections() == 1 })
	f.free(t)
	if got := one(t, other, seenBy); got != demo.OrgB {
		t.Errorf("org B sees %s", got)
	}
	if now := one(t, other, pidOf); want == kept && now != pid || want == ended && now == pid {
		t.Errorf("the connection was %s, and is %s now", pid, now)
	}
	if got := one(t, other, "SHOW work_mem"); got != "4MB" {
		t.Errorf("work_mem is %s", got)
	}
	if got := f.DB.Query(t, "SELECT (SELECT count(*) FROM contacts WHERE full_name = 'half') + (SELECT count(*) FROM bulk)")[0][0]; got != "0" {
		t.Errorf("%s rows of what was not finished", got)
	}
}
