package attacks

import (
	"bytes"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/pgtest"
)

// Attacks that need messages of their own, rather than SQL in the usual ones.

// wire is a connection on which a test sends what it likes.
type wire struct {
	net.Conn
	received *bytes.Buffer
}

// raw takes over the connection below a logged-in client.
func (c *client) raw(t *testing.T) *wire {
	t.Helper()
	c.received.Reset()
	hijacked, err := c.Hijack()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hijacked.Conn.Close() })
	hijacked.Conn.SetDeadline(time.Now().Add(patience))
	return &wire{hijacked.Conn, c.received}
}

// play sends the messages in one write and gives the replies up to the next
// ReadyForQuery.
func (w *wire) play(t *testing.T, messages ...pgproto3.FrontendMessage) []pgtest.Reply {
	t.Helper()
	var out []byte
	for _, m := range messages {
		var err error
		if out, err = m.Encode(out); err != nil {
			t.Fatal(err)
		}
	}
	return w.playBytes(t, out)
}

func (w *wire) playBytes(t *testing.T, out []byte) []pgtest.Reply {
	t.Helper()
	if _, err := w.Write(out); err != nil {
		t.Fatal(err)
	}
	return w.toReady(t)
}

func (w *wire) toReady(t *testing.T) []pgtest.Reply {
	t.Helper()
	var replies []pgtest.Reply
	for {
		r, err := pgtest.ReadReply(w)
		if err != nil {
			t.Fatalf("after %v: %v", replies, err)
		}
		if replies = append(replies, r); r.Type == 'Z' {
			return replies
		}
	}
}

// types are the message types of replies.
func types(replies []pgtest.Reply) string {
	var s strings.Builder
	for _, r := range replies {
		s.WriteByte(r.Type)
	}
	return s.String()
}

// wantRefused checks that replies are one refusal and ReadyForQuery.
func wantRefused(t *testing.T, replies []pgtest.Reply, rule string) {
	t.Helper()
	if types(replies) != "EZ" {
		t.Errorf("got %v, want a refusal by %s", replies, rule)
		return
	}
	if e := replies[0].ErrorResponse(t); e.Code != "42501" || e.Detail != "rule: "+rule {
		t.Errorf("got %+v, want a refusal by %s", e, rule)
	}
}

// clean checks that nothing of B is in what was received.
func (w *wire) clean(t *testing.T) {
	t.Helper()
	if secret := secretIn(w.received.Bytes()); secret != "" {
		t.Errorf("%s is in %q", secret, w.received)
	}
}

// leaks checks that something of B is: what the attack does without the proxy.
func (w *wire) leaks(t *testing.T) {
	t.Helper()
	if secretIn(w.received.Bytes()) == "" {
		t.Errorf("no leak on a direct connection: %q", w.received)
	}
}

func protocolStage(t *testing.T, a *attack) *stage {
	t.Helper()
	if a.role == "" {
		a.role = defaultRole
	}
	return newStage(t, pgtest.Default(t).NewEmptyDatabase(t), a)
}

// TestFunctionCall has the message that calls functions by OID, past all SQL
// (PROTO-007).
func TestFunctionCall(t *testing.T) {
	s := protocolStage(t, &attack{})
	oid := func(signature string) uint32 {
		t.Helper()
		n, err := strconv.ParseUint(s.DB.Query(t, "SELECT $1::regprocedure::oid", signature)[0][0], 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		return uint32(n)
	}
	setConfig := &pgproto3.FunctionCall{
		Function:  oid("set_config(text,text,boolean)"),
		Arguments: [][]byte{[]byte("request.jwt.claims"), []byte(`{"organization_id":"` + orgB + `"}`), []byte("f")},
	}
	queryToXML := &pgproto3.FunctionCall{
		Function:  oid("query_to_xml(text,boolean,boolean,text)"),
		Arguments: [][]byte{[]byte("TABLE norls"), []byte("t"), []byte("f"), {}},
	}
	read := &pgproto3.Query{String: "SELECT secret FROM claims ORDER BY id DESC LIMIT 1"}

	proxied := s.proxied(t).raw(t)
	wantRefused(t, proxied.play(t, setConfig), "protocol.function_call")
	wantRefused(t, proxied.play(t, queryToXML), "protocol.function_call")
	proxied.play(t, read)
	proxied.clean(t)

	direct := s.direct(t, true).raw(t)
	direct.play(t, queryToXML)
	direct.leaks(t)
	direct.received.Reset()
	direct.play(t, setConfig)
	direct.play(t, read)
	direct.leaks(t)
}

// TestRefusedParse has a refused Parse with Bind and Execute behind it: they
// must not run what the name, or no name, stood for before (PROTO-009), nor
// what a name that is the same to Postgres stands for (PROTO-006).
func TestRefusedParse(t *testing.T) {
	long := strings.Repeat("n", 63)
	for _, names := range [][2]string{{"", ""}, {"s", "s"}, {long + "x", long + "y"}} {
		t.Run(names[0], func(t *testing.T) {
			s := protocolStage(t, &attack{})
			w := s.proxied(t).raw(t)
			bind, execute := &pgproto3.Bind{PreparedStatement: names[1]}, &pgproto3.Execute{}
			if got := w.play(t, &pgproto3.Parse{Name: names[0], Query: "SELECT 'old'"}, &pgproto3.Sync{}); types(got) != "1Z" {
				t.Fatalf("got %v", got)
			}
			for _, sql := range []string{"SELECT secret FROM norls", "SET app.org_id = 'x'"} {
				replies := w.play(t, &pgproto3.Parse{Name: names[1], Query: sql}, bind, execute, &pgproto3.Sync{})
				if types(replies) != "EZ" || !strings.HasPrefix(replies[0].ErrorResponse(t).Detail, "rule: ") {
					t.Errorf("%s: got %v", sql, replies)
				}
			}
			// In a pipeline of its own the old one may run; the refused one never.
			w.play(t, bind, execute, &pgproto3.Sync{})
			// A second Execute on a portal's name that Postgres takes for the same.
			w.play(t, &pgproto3.Parse{Name: "p", Query: "SELECT secret FROM norls"},
				&pgproto3.Bind{DestinationPortal: long + "x", PreparedStatement: "p"}, &pgproto3.Execute{Portal: long + "y"}, &pgproto3.Sync{})
			w.clean(t)

			direct := s.direct(t, true).raw(t)
			direct.play(t, &pgproto3.Parse{Name: "p", Query: "SELECT secret FROM norls"},
				&pgproto3.Bind{DestinationPortal: long + "x", PreparedStatement: "p"}, &pgproto3.Execute{Portal: long + "y"}, &pgproto3.Sync{})
			direct.leaks(t)
		})
	}
}

// TestVoidParameters has parameters of type void, which Postgres drops before it looks a function up: three arguments in
// the text are the form of ts_rewrite with two, which runs SQL text.
func TestVoidParameters(t *testing.T) {
	const void, text = 2278, 25
	query := []byte(`SELECT 'a'::tsquery, quote_literal(set_config('request.jwt.claims', '{"organization_id":"` + orgB + `"}', false))::tsquery`)
	bind := &pgproto3.Bind{Parameters: [][]byte{query, nil}}
	execute, sync := &pgproto3.Execute{}, &pgproto3.Sync{}
	read := &pgproto3.Query{String: "SELECT secret FROM claims ORDER BY id DESC LIMIT 1"}
	attacks := map[string][]pgproto3.FrontendMessage{
		"Parse":   {&pgproto3.Parse{Query: "SELECT ts_rewrite('a', $1, $2)", ParameterOIDs: []uint32{text, void}}, bind, execute, sync},
		"cast":    {&pgproto3.Parse{Query: "SELECT ts_rewrite('a', $1::text, $2::void)"}, bind, execute, sync},
		"PREPARE": {&pgproto3.Query{String: "PREPARE p(text, void) AS SELECT ts_rewrite('a', $1, $2)"}},
	}
	s := protocolStage(t, &attack{})
	for name, messages := range attacks {
		t.Run(name, func(t *testing.T) {
			proxied := s.proxied(t).raw(t)
			wantRefused(t, proxied.play(t, messages...), "function.never_allowed")
			proxied.play(t, read)
			proxied.clean(t)
			if name == "PREPARE" {
				return // EXECUTE has no value of that type
			}
			direct := s.direct(t, true).raw(t)
			direct.play(t, messages...)
			direct.play(t, read)
			direct.leaks(t)
		})
	}
}

// TestParameterTypes declares a parameter of a domain that no text may name: its check runs as its owner.
func TestParameterTypes(t *testing.T) {
	s := protocolStage(t, &attack{setup: []string{`
		CREATE FUNCTION peek(text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
			BEGIN RAISE NOTICE '%', (SELECT string_agg(secret, ',') FROM norls); RETURN true; END $$;
		GRANT EXECUTE ON FUNCTION peek(text) TO PUBLIC;
		CREATE DOMAIN peeking AS text CHECK (peek(VALUE));
		CREATE TYPE peeking_pair AS (a peeking, b integer)`}})
	for name, value := range map[string]string{"peeking": "x", "peeking[]": "{x}", "peeking_pair": "(x,1)"} {
		t.Run(name, func(t *testing.T) {
			oid, err := strconv.ParseUint(s.DB.Query(t, "SELECT $1::regtype::oid", name)[0][0], 10, 32)
			if err != nil {
				t.Fatal(err)
			}
			messages := []pgproto3.FrontendMessage{
				&pgproto3.Parse{Query: "SELECT $1", ParameterOIDs: []uint32{uint32(oid)}},
				&pgproto3.Bind{Parameters: [][]byte{[]byte(value)}}, &pgproto3.Execute{}, &pgproto3.Sync{},
			}
			proxied := s.proxied(t).raw(t)
			wantRefused(t, proxied.play(t, messages...), "type.not_allowed")
			proxied.clean(t)
			direct := s.direct(t, true).raw(t)
			direct.play(t, messages...)
			direct.leaks(t)
		})
	}
}

// TestSharedNames has statements prepared in one way and executed in the other
// (PROTO-019), and portals that are SQL cursors.
func TestSharedNames(t *testing.T) {
	s := protocolStage(t, &attack{})
	attack := func(w *wire) {
		w.play(t, &pgproto3.Query{String: "PREPARE a AS SELECT secret FROM norls"})
		w.play(t, &pgproto3.Bind{PreparedStatement: "a"}, &pgproto3.Execute{}, &pgproto3.Sync{})
		w.play(t, &pgproto3.Parse{Name: "b", Query: "SELECT secret FROM norls"}, &pgproto3.Sync{})
		w.play(t, &pgproto3.Query{String: "EXECUTE b"})
		w.play(t, &pgproto3.Query{String: "BEGIN"})
		w.play(t, &pgproto3.Query{String: "DECLARE c CURSOR FOR SELECT secret FROM norls"})
		w.play(t, &pgproto3.Describe{ObjectType: 'P', Name: "c"}, &pgproto3.Execute{Portal: "c"}, &pgproto3.Sync{})
		w.play(t, &pgproto3.Query{String: "ROLLBACK"})
		w.play(t, &pgproto3.Query{String: "BEGIN"})
		w.play(t, &pgproto3.Parse{Query: "SELECT secret FROM norls"}, &pgproto3.Bind{DestinationPortal: "d"}, &pgproto3.Sync{})
		w.play(t, &pgproto3.Query{String: "FETCH ALL d"})
		w.play(t, &pgproto3.Query{String: "ROLLBACK"})
	}
	proxied := s.proxied(t).raw(t)
	attack(proxied)
	proxied.clean(t)
	direct := s.direct(t, true).raw(t)
	attack(direct)
	if n := bytes.Count(direct.received.Bytes(), []byte("NORLS-B")); n != 4 {
		t.Errorf("%d of 4 ways leak on a direct connection", n)
	}
}

// TestCopyConfusion sends data for a COPY that was refused, and SQL inside it
// (PROTO-013).
func TestCopyConfusion(t *testing.T) {
	s := protocolStage(t, &attack{})
	messages := []pgproto3.FrontendMessage{
		&pgproto3.Query{String: "COPY norls FROM STDIN"},
		&pgproto3.CopyData{Data: []byte("7\t" + orgB + "\tplanted\n")},
		&pgproto3.CopyDone{},
	}
	planted := func() string { return s.DB.Query(t, "SELECT count(*) FROM norls WHERE secret = 'planted'")[0][0] }

	w := s.proxied(t).raw(t)
	wantRefused(t, w.play(t, messages...), "statement.copy_from")
	for _, sql := range []string{"COPY claims FROM STDIN", "COPY claims (id) FROM STDIN (FORMAT binary)"} {
		wantRefused(t, w.play(t, &pgproto3.Query{String: sql}), "statement.copy_from")
		data, _ := (&pgproto3.Query{String: "SELECT secret FROM norls"}).Encode(nil)
		wantRefused(t, w.play(t, &pgproto3.CopyData{Data: data}, &pgproto3.CopyFail{Message: "x"},
			&pgproto3.Query{String: "SELECT secret FROM norls"}), "relation.rls_disabled")
	}
	if got := w.play(t, &pgproto3.Query{String: "SELECT 1"}); types(got) != "TDCZ" {
		t.Errorf("afterwards: %v", got)
	}
	w.clean(t)
	if planted() != "0" {
		t.Error("COPY wrote through the proxy")
	}

	s.direct(t, true).raw(t).play(t, messages...)
	if planted() != "1" {
		t.Error("COPY does not write on a direct connection")
	}
}

// TestEncodings has bytes that are one string to a parser that reads UTF-8, and
// two statements to a server that was told another encoding (PARSE-010).
func TestEncodings(t *testing.T) {
	s := protocolStage(t, &attack{})
	for encoding, text := range map[string]string{
		"BIG5":           "SELECT E'\xa5\x5c'; SELECT secret FROM norls --'",
		"SJIS":           "SELECT E'\x83\x5c'; SELECT secret FROM norls --'",
		"GBK":            "SELECT E'あ\\'; SELECT secret FROM norls --'",
		"GB18030":        "SELECT E'あ\\'; SELECT secret FROM norls --'",
		"SHIFT_JIS_2004": "SELECT E'あ\\'; SELECT secret FROM norls --'",
	} {
		t.Run(encoding, func(t *testing.T) {
			names := &pgproto3.Query{String: "SET NAMES '" + encoding + "'"}
			query := &pgproto3.Query{String: text}
			w := s.proxied(t).raw(t)
			wantRefused(t, w.play(t, names), "setting.value")
			w.play(t, query)
			w.play(t, &pgproto3.Parse{Query: text}, &pgproto3.Bind{}, &pgproto3.Execute{}, &pgproto3.Sync{})
			w.clean(t)

			direct := s.direct(t, true).raw(t)
			direct.play(t, names)
			direct.play(t, query)
			direct.leaks(t)
		})
	}
}

// TestReportedChange has a function that the operator allowed change how text is
// read, with a text behind it that only then is two statements: the session ends
// before anything of that comes through (PROTO-027).
func TestReportedChange(t *testing.T) {
	s := protocolStage(t, &attack{
		setup: []string{`CREATE FUNCTION encode_as(text) RETURNS text LANGUAGE sql AS $$ SELECT set_config('client_encoding', $1, false) $$;
			CREATE FUNCTION read_as(text) RETURNS text LANGUAGE sql AS $$ SELECT set_config('standard_conforming_strings', $1, false) $$`},
		allowFunctions: []string{"public.encode_as", "public.read_as"},
	})
	for change, text := range map[string]string{
		"SELECT encode_as('GBK')": "SELECT E'あ\\'; SELECT secret FROM norls --'",
		"SELECT read_as('off')":   "SELECT '\\'' || (SELECT max(secret) FROM norls) -- '",
	} {
		t.Run(change, func(t *testing.T) {
			attack, err := (&pgproto3.Query{String: change}).Encode(nil)
			if err == nil {
				attack, err = (&pgproto3.Query{String: text}).Encode(attack)
			}
			if err != nil {
				t.Fatal(err)
			}
			w := s.proxied(t).raw(t)
			if _, err := w.Write(attack); err != nil {
				t.Fatal(err)
			}
			var last pgtest.Reply
			for {
				r, err := pgtest.ReadReply(w)
				if err != nil {
					break
				}
				last = r
			}
			if e := last.ErrorResponse(t); e.Code != "57P01" || e.Severity != "FATAL" {
				t.Errorf("the session ends with %+v", e)
			}
			w.clean(t)

			direct := s.direct(t, true).raw(t)
			direct.playBytes(t, attack)
			direct.toReady(t)
			direct.leaks(t)
		})
	}
}
