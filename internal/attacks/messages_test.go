package attacks

import (
	"encoding/binary"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/proxytest"
)

// TestReplication has the commands of a walsender, and sessions that ask to be one
// (PROTO-008): with the attribute they work on a direct connection.
func TestReplication(t *testing.T) {
	s := protocolStage(t, &attack{setup: []string{"ALTER ROLE app REPLICATION"}, cleanup: []string{"ALTER ROLE app NOREPLICATION"}, role: "app", acceptPrivileged: true})
	both := []string{"user", "app", "database", s.DB.Name}
	for _, value := range []string{"true", "on", "1", "yes", "t", "database", "DATABASE"} {
		for _, key := range []string{"replication", "Replication"} {
			w, replies := startup(t, "tcp", s.Address, s.Token(t, orgA), append(append([]string{}, both...), key, value)...)
			if last := replies[len(replies)-1]; last.Type != 'E' {
				t.Errorf("%s=%s: got %v", key, value, replies)
			}
			w.clean(t)
		}
	}
	commands := []string{"IDENTIFY_SYSTEM", "BASE_BACKUP", "CREATE_REPLICATION_SLOT s PHYSICAL", "START_REPLICATION 0/0"}
	proxied := s.proxied(t).raw(t)
	for _, command := range commands {
		if replies := proxied.play(t, &pgproto3.Query{String: command}); types(replies) != "EZ" || replies[0].ErrorResponse(t).Code != "42601" {
			t.Errorf("%s: got %v", command, replies)
		}
	}
	direct, _ := startup(t, "unix", placeholders(s.DB).Replace("<socket>/.s.PGSQL.<port>"), "", append(both, "replication", "database")...)
	if got := direct.play(t, &pgproto3.Query{String: commands[0]}); types(got) != "TDCZ" {
		t.Errorf("on a direct connection: %v", got)
	}
	direct.play(t, &pgproto3.Query{String: "SELECT secret FROM norls"})
	direct.leaks(t)
}

// TestSkipToSync has errors in pipelines, Postgres's own and refusals: what is behind one
// is skipped to the next Sync, and what is behind that runs (PROTO-010).
func TestSkipToSync(t *testing.T) {
	s := protocolStage(t, &attack{})
	step := func(sql string) []pgproto3.FrontendMessage {
		return []pgproto3.FrontendMessage{&pgproto3.Parse{Query: sql}, &pgproto3.Bind{}, &pgproto3.Execute{}}
	}
	pipeline := func(first, second string) (messages []pgproto3.FrontendMessage) {
		messages = append(append(messages, step(first)...), step(second)...)
		messages = append(messages, &pgproto3.Sync{})
		return append(append(messages, step("SELECT 7")...), &pgproto3.Sync{})
	}
	play := func(w *wire, messages []pgproto3.FrontendMessage) string {
		return types(w.play(t, messages...)) + types(w.toReady(t))
	}
	direct := s.direct(t, true).raw(t)
	for _, c := range []struct{ first, second, want string }{
		{"SELECT nosuch", "SELECT secret FROM norls", "EZ12DCZ"},
		{"SELECT 1/(random()*0)::int", "SELECT secret FROM norls", "12EZ12DCZ"},
		{"SELECT 1", "SELECT nosuch", "12DCEZ12DCZ"},
	} {
		w := s.proxied(t).raw(t)
		if got := play(w, pipeline(c.first, c.second)); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.first, c.second, got, c.want)
		}
		w.clean(t)
		if got := play(direct, pipeline(c.first, c.second)); got != c.want {
			t.Errorf("%s, %s: %s on a direct connection, want %s", c.first, c.second, got, c.want)
		}
	}
	for _, c := range []struct{ first, second, want string }{
		{"SELECT secret FROM norls", "SELECT secret FROM norls", "EZ12DCZ"},
		{"SELECT 1", "SELECT secret FROM norls", "12DCEZ12DCZ"},
		{"SELECT 1/(random()*0)::int", "SET role = postgres", "12EZ12DCZ"},
	} {
		w := s.proxied(t).raw(t)
		if got := play(w, pipeline(c.first, c.second)); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.first, c.second, got, c.want)
		}
		w.clean(t)
	}
}

// TestStrings has texts with something behind their end (PROTO-011), and without an end
// (PROTO-012).
func TestStrings(t *testing.T) {
	s := protocolStage(t, &attack{})
	frame := func(msgType byte, body string) []byte {
		return append(binary.BigEndian.AppendUint32([]byte{msgType}, uint32(len(body)+4)), body...)
	}
	sync := string(frame('S', ""))
	behind := map[string]string{
		"Query":             string(frame('Q', "SELECT 1\x00; SELECT secret FROM norls\x00")),
		"Query, two ends":   string(frame('Q', "SELECT 1\x00\x00")),
		"Parse":             string(frame('P', "\x00SELECT 1\x00; SELECT secret FROM norls\x00\x00\x00")) + sync,
		"Parse, the name":   string(frame('P', "s\x00x\x00SELECT secret FROM norls\x00\x00\x00")) + sync,
		"no end":            string(frame('Q', "SELECT secret FROM norls")),
		"Parse without end": string(frame('P', "\x00SELECT secret FROM norls")) + sync,
		"nothing":           string(frame('Q', "")),
	}
	for name, message := range behind {
		t.Run(name, func(t *testing.T) {
			w := s.proxied(t).raw(t)
			if _, err := w.Write([]byte(message)); err != nil {
				t.Fatal(err)
			}
			r, err := pgtest.ReadReply(w)
			if err != nil || r.Type != 'E' {
				t.Fatalf("got %v, %v", r, err)
			}
			switch e := r.ErrorResponse(t); {
			case e.Severity == "FATAL" && e.Code == "08P01":
				if _, err := pgtest.ReadReply(w); err == nil {
					t.Error("the session goes on")
				}
			case e.Code == "42601" || e.Code == "42501":
				w.toReady(t)
				if got := w.play(t, &pgproto3.Query{String: "SELECT 1"}); types(got) != "TDCZ" {
					t.Errorf("afterwards: %v", got)
				}
			default:
				t.Errorf("got %+v", e)
			}
			w.clean(t)
		})
	}
}

// TestOpenPortal has a portal that is not read to its end while the context is changed
// (PROTO-020): on a direct connection it goes on with the rows of the context before.
func TestOpenPortal(t *testing.T) {
	s := protocolStage(t, &attack{})
	open := []pgproto3.FrontendMessage{
		&pgproto3.Query{String: "BEGIN"},
		&pgproto3.Parse{Query: "SELECT secret FROM claims ORDER BY id"}, &pgproto3.Bind{DestinationPortal: "p"},
		&pgproto3.Execute{Portal: "p", MaxRows: 1}, &pgproto3.Sync{},
	}
	next := []pgproto3.FrontendMessage{&pgproto3.Execute{Portal: "p"}, &pgproto3.Sync{}}

	direct := s.direct(t, false).raw(t)
	become := func(org string) {
		direct.play(t, &pgproto3.Query{String: "SELECT set_config('app.org_id', '" + org + "', false), set_config('request.jwt.claims', '{\"organization_id\":\"" + org + "\"}', false)"})
	}
	become(orgB)
	direct.play(t, open...)
	direct.toReady(t)
	become(orgA)
	direct.received.Reset()
	direct.play(t, next...)
	direct.leaks(t)

	for _, change := range []string{
		"SET tenantproxy.token = '" + s.Token(t, orgB) + "'", "SET tenantproxy.token = '" + s.Token(t, orgA) + "'",
		"SET app.org_id = '" + orgB + "'", "RESET ALL", "DISCARD ALL", "COMMIT", "ROLLBACK",
	} {
		w := s.proxied(t).raw(t)
		w.play(t, open...)
		w.toReady(t)
		w.play(t, &pgproto3.Query{String: change})
		w.play(t, next...)
		w.play(t, &pgproto3.Query{String: "ROLLBACK"})
		w.clean(t)
	}
}

// TestContextOfAnyText has an org whose name a driver that puts values into SQL by itself
// would take for more than a name (PROTO-025).
func TestContextOfAnyText(t *testing.T) {
	for _, reuse := range []bool{true, false} {
		p := proxytest.Start(t, func(setup *proxytest.Setup) { setup.Auth.OrgType, setup.Pool.Reuse = "text", reuse })
		for _, org := range []string{"-$1", "$tag$ $1 $tag$", `\'; SELECT 1 --`, "'", "$1", "--", "/*", "x' , 'y", `"`, "a=b c", `\\`, "‘’", "-1"} {
			conn, err := p.Dial(t, p.Issuer.OrgToken(t, org, map[string]any{"note": org}))
			if err != nil {
				t.Errorf("%s: %v", org, err)
				continue
			}
			for _, sql := range []string{"SELECT 1", "RESET ALL", "DISCARD ALL"} {
				if _, err := conn.Exec(t.Context(), sql).ReadAll(); err != nil {
					t.Fatal(err)
				}
				got := pgtest.Query(t, conn, "SELECT current_setting('app.org_id'), current_setting('request.jwt.claims')::json ->> 'note'")[0]
				if got[0] != org || got[1] != org {
					t.Errorf("after %s the org %q is %q", sql, org, got)
				}
			}
			conn.Close(t.Context())
		}
	}
}

// TestManyParameters has as many parameters as the messages can say, each of which the
// proxy could be made to hold (PROTO-031).
func TestManyParameters(t *testing.T) {
	s := protocolStage(t, &attack{})
	const many = 65535
	parse := &pgproto3.Parse{Query: "SELECT $65535::text", ParameterOIDs: make([]uint32, many)}
	for i := range parse.ParameterOIDs {
		parse.ParameterOIDs[i] = 25
	}
	bind := &pgproto3.Bind{Parameters: make([][]byte, many)}
	for i := range bind.Parameters {
		bind.Parameters[i] = []byte("x")
	}
	w := s.proxied(t).raw(t)
	if got := w.play(t, parse, bind, &pgproto3.Execute{}, &pgproto3.Sync{}); types(got) != "12DCZ" {
		t.Errorf("got %v", got)
	}
	// More types than there is room for are not what the message says.
	short, err := parse.Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	short = short[:len(short)-4]
	binary.BigEndian.PutUint32(short[1:], uint32(len(short)-1))
	if _, err := w.Write(short); err != nil {
		t.Fatal(err)
	}
	r, err := pgtest.ReadReply(w)
	if err != nil || r.ErrorResponse(t).Code != "08P01" {
		t.Errorf("got %v, %v", r, err)
	}
}

// TestPlaintextBehindRequest has a startup message in one segment with a request for
// encryption that is declined (PROTO-016): it is a client's like any other, and gets
// nowhere without a token.
func TestPlaintextBehindRequest(t *testing.T) {
	s := protocolStage(t, &attack{})
	for _, code := range []uint32{80877103, 80877104} {
		conn, err := net.Dial("tcp", s.Address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		body := "\x00\x03\x00\x00user\x00app\x00database\x00" + s.DB.Name + "\x00\x00"
		message := binary.BigEndian.AppendUint32([]byte{0, 0, 0, 8}, code)
		message = append(binary.BigEndian.AppendUint32(message, uint32(len(body)+4)), body...)
		query, err := (&pgproto3.Query{String: "SELECT secret FROM norls"}).Encode(message)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(query); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 1)
		if _, err := conn.Read(answer); err != nil || answer[0] != 'N' {
			t.Fatalf("answered %q, %v", answer, err)
		}
		var got []pgtest.Reply
		for {
			r, err := pgtest.ReadReply(conn)
			if err != nil {
				break
			}
			got = append(got, r)
		}
		if types(got) != "RE" || got[1].ErrorResponse(t).Code != "08P01" || strings.Contains(string(got[1].Body), "NORLS") {
			t.Errorf("got %v", got)
		}
	}
}
