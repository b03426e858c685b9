package proxy_test

import (
	"context"
	"encoding/json"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

const discovery = "https://issuer.example/.well-known/openid-configuration"

func startOAuth(t *testing.T) *fixture {
	t.Helper()
	return start(t, byOAuth)
}

func byOAuth(s *setup) { s.Options.OAuth, s.Options.OAuthDiscovery = true, discovery }

// dialOAuth logs in by SASL OAUTHBEARER as pgx does.
func (f *fixture) dialOAuth(t *testing.T, token string) (*pgconn.PgConn, error) {
	t.Helper()
	config, err := pgconn.ParseConfig(f.DSN(""))
	if err != nil {
		t.Fatal(err)
	}
	config.OAuthTokenProvider = func(context.Context) (string, error) { return token, nil }
	conn, err := pgconn.ConnectConfig(t.Context(), config)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { conn.Conn().Close() })
	return conn, nil
}

// TestOAuth logs in as pgx does, before a server of any version.
func TestOAuth(t *testing.T) {
	f := startOAuth(t)
	conn, err := f.dialOAuth(t, f.Token(t, demo.OrgA))
	if err != nil {
		t.Fatal(err)
	}
	if got := one(t, conn, "SELECT count(*) > 0, bool_and(org_id = '"+demo.OrgA+"') FROM contacts"); got != "t|t" {
		t.Errorf("rows of the org: %s", got)
	}
	if _, err := f.dialOAuth(t, "a.b.c"); err == nil || !strings.Contains(err.Error(), "invalid_token") {
		t.Errorf("with a bad token: %v", err)
	}
	_, err = f.dialOAuth(t, f.Issuer.Token(t, map[string]any{"exp": 4e9})) // valid, but of no org
	sqlstate(t, err, "28000")
	if _, err := f.Dial(t, f.Token(t, demo.OrgA)); err == nil {
		t.Error("the token came as a password")
	}
}

// TestOAuthExchange has the failures, message by message.
func TestOAuthExchange(t *testing.T) {
	f := startOAuth(t)
	initial := func(mechanism, data string) pgproto3.FrontendMessage {
		return &pgproto3.SASLInitialResponse{AuthMechanism: mechanism, Data: []byte(data)}
	}
	dummy := &pgproto3.SASLResponse{Data: []byte{1}}
	for name, test := range map[string]struct {
		messages []pgproto3.FrontendMessage
		fails    bool // by SASL first
		code     string
	}{
		"discovery":         {[]pgproto3.FrontendMessage{initial("OAUTHBEARER", "n,,\x01auth=\x01\x01"), dummy}, true, "28P01"},
		"bad token":         {[]pgproto3.FrontendMessage{initial("OAUTHBEARER", "n,,\x01auth=Bearer a.b.c\x01\x01"), dummy}, true, "28P01"},
		"no dummy":          {[]pgproto3.FrontendMessage{initial("OAUTHBEARER", "n,,\x01auth=Bearer a.b.c\x01\x01"), &pgproto3.SASLResponse{Data: []byte("x")}}, true, "28P01"},
		"token once more":   {[]pgproto3.FrontendMessage{initial("OAUTHBEARER", "n,,\x01auth=\x01\x01"), &pgproto3.SASLResponse{Data: []byte("n,,\x01auth=Bearer " + f.Token(t, demo.OrgA) + "\x01\x01")}}, true, "28P01"},
		"statement behind":  {[]pgproto3.FrontendMessage{initial("OAUTHBEARER", "n,,\x01auth=\x01\x01"), &pgproto3.Query{String: "SELECT 1"}}, true, "28P01"},
		"channel binding":   {[]pgproto3.FrontendMessage{initial("OAUTHBEARER", "p=tls-unique,,\x01auth=Bearer a\x01\x01")}, false, "08P01"},
		"identity":          {[]pgproto3.FrontendMessage{initial("OAUTHBEARER", "n,a=admin,\x01auth=Bearer a\x01\x01")}, false, "08P01"},
		"another mechanism": {[]pgproto3.FrontendMessage{initial("SCRAM-SHA-256", "n,,n=,r=x")}, false, "08P01"},
		"password":          {[]pgproto3.FrontendMessage{&pgproto3.PasswordMessage{Password: f.Token(t, demo.OrgA)}}, false, "08P01"},
		"statement":         {[]pgproto3.FrontendMessage{&pgproto3.Query{String: "SELECT 1"}}, false, "08P01"},
		"too long":          {[]pgproto3.FrontendMessage{initial("OAUTHBEARER", "n,,\x01auth=Bearer "+strings.Repeat("a", 10<<10)+"\x01\x01")}, false, "28P01"},
		"token too long":    {[]pgproto3.FrontendMessage{initial("OAUTHBEARER", "n,,\x01auth=Bearer "+strings.Repeat("a", 8<<10+1)+"\x01\x01"), dummy}, true, "28P01"},
	} {
		t.Run(name, func(t *testing.T) {
			conn := f.rawConnect(t)
			conn.Write(startupPacket("user", "app", "database", f.DB.Name))
			if r := readReply(t, conn); r.Type != 'R' || !strings.Contains(string(r.Body), "OAUTHBEARER\x00\x00") {
				t.Fatalf("asked with %v", r)
			}
			for _, m := range test.messages {
				encoded, err := m.Encode(nil)
				if err != nil {
					t.Fatal(err)
				}
				conn.Write(encoded)
			}
			if test.fails {
				r := readReply(t, conn)
				var status map[string]string
				if r.Type != 'R' || len(r.Body) < 4 || json.Unmarshal(r.Body[4:], &status) != nil ||
					status["status"] != "invalid_token" || status["openid-configuration"] != discovery {
					t.Fatalf("failed with %v", r)
				}
			}
			if e := lastError(t, conn); e.Code != test.code || e.Severity != "FATAL" {
				t.Errorf("got %+v", e)
			}
		})
	}
	if strings.Contains(f.Log.String(), "a.b.c") || strings.Contains(f.Log.String(), f.Token(t, demo.OrgA)) {
		t.Error("the log has a token")
	}
}

func readReply(t *testing.T, conn net.Conn) pgtest.Reply {
	t.Helper()
	reply, err := pgtest.ReadReply(conn)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}
