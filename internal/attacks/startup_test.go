package attacks

import (
	"bytes"
	"encoding/binary"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/pgtest"
)

// startup sends a startup message of names and values, and the password if it
// is asked for, and gives the replies to ReadyForQuery or to the end.
func startup(t *testing.T, network, address, password string, params ...string) (*wire, []pgtest.Reply) {
	t.Helper()
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	body := binary.BigEndian.AppendUint32(nil, 3<<16)
	for _, p := range params {
		body = append(append(body, p...), 0)
	}
	body = append(body, 0)
	if _, err := conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...)); err != nil {
		t.Fatal(err)
	}
	w := &wire{Conn: conn, received: new(bytes.Buffer)}
	w.Conn = &recordingConn{conn, w.received}
	var replies []pgtest.Reply
	for {
		r, err := pgtest.ReadReply(w)
		if err != nil {
			return w, replies
		}
		if r.Type == 'R' && binary.BigEndian.Uint32(r.Body) == 3 {
			message, err := (&pgproto3.PasswordMessage{Password: password}).Encode(nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Write(message); err != nil {
				t.Fatal(err)
			}
		}
		if replies = append(replies, r); r.Type == 'Z' {
			return w, replies
		}
	}
}

// TestStartup has startup messages that would make the session another's: each
// works on a direct connection (PROTO-001, PROTO-003, PROTO-004, ROLE-006).
func TestStartup(t *testing.T) {
	s := protocolStage(t, &attack{role: "app_member", acceptPrivileged: true})
	socket := placeholders(s.DB).Replace("<socket>/.s.PGSQL.<port>")
	user, database := []string{"user", "app_member"}, []string{"database", s.DB.Name}
	both := append(append([]string{}, user...), database...)
	for name, c := range map[string]struct {
		params []string
		// leak is in what a direct session then says of itself.
		leak, sqlstate, rule string
	}{
		"-c":                {[]string{"options", "-c app.org_id=" + orgB}, "org=" + orgB, "42501", "setting.protected"},
		"-c in one word":    {[]string{"options", "-capp.org_id=" + orgB}, "org=" + orgB, "42501", "setting.protected"},
		"long":              {[]string{"options", "--app.org_id=" + orgB}, "org=" + orgB, "42501", "setting.protected"},
		"dash":              {[]string{"options", "-c app.org-id=" + orgB}, "org=" + orgB, "42501", "setting.protected"},
		"long, with a dash": {[]string{"options", "--app.org-id=" + orgB}, "org=" + orgB, "42501", "setting.protected"},
		"capitals":          {[]string{"options", "-c APP.Org_Id=" + orgB}, "org=" + orgB, "42501", "setting.protected"},
		"a space":           {[]string{"options", `-c app.org_id=x\ ` + orgB}, "org=x " + orgB, "42501", "setting.protected"},
		"an escaped letter": {[]string{"options", `-c \app.org_id=` + orgB}, "org=" + orgB, "42501", "setting.protected"},
		"behind another":    {[]string{"options", "-c work_mem=4MB\t-c\tapp.org_id=" + orgB}, "org=" + orgB, "42501", "setting.protected"},
		"a parameter":       {[]string{"App.Org_ID", orgB}, "org=" + orgB, "42501", "setting.protected"},
		"the claims":        {[]string{"request.jwt.claims", `{"organization_id":"` + orgB + `"}`}, "SECRET-B", "42501", "setting.protected"},
		"the role":          {[]string{"options", "-c role=tp_bypass"}, "role=tp_bypass", "42501", "setting.role"},
		"role, a parameter": {[]string{"role", "tp_bypass"}, "SECRET-B", "42501", "setting.role"},
		"user twice":        {[]string{"user", "postgres"}, "role=postgres", "08P01", ""},
		"database twice":    {[]string{"database", "postgres"}, "db=postgres", "08P01", ""},
		"options twice":     {[]string{"options", "-c work_mem=4MB", "options", "-c app.org_id=" + orgB}, "org=" + orgB, "08P01", ""},
	} {
		t.Run(name, func(t *testing.T) {
			params := append(append([]string{}, both...), c.params...)
			w, replies := startup(t, "tcp", s.Address, s.Token(t, orgA), params...)
			e := replies[len(replies)-1].ErrorResponse(t)
			if e.Code != c.sqlstate || !strings.Contains(e.Detail, c.rule) {
				t.Errorf("got %+v, want %s %s", e, c.sqlstate, c.rule)
			}
			w.clean(t)

			direct, replies := startup(t, "unix", socket, "", params...)
			if replies[len(replies)-1].Type != 'Z' {
				t.Fatalf("no direct session: %v", replies)
			}
			direct.play(t, &pgproto3.Query{String: "SELECT 'org=' || coalesce(current_setting('app.org_id', true), ''), 'role=' || current_user, 'db=' || current_database()"})
			direct.play(t, &pgproto3.Query{String: "SELECT max(secret) FROM claims WHERE code LIKE 'B-%'"})
			if !bytes.Contains(direct.received.Bytes(), []byte(c.leak)) {
				t.Errorf("no %s on a direct connection: %q", c.leak, direct.received)
			}
		})
	}
}
