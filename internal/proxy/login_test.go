package proxy_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/proxy"
)

// startupPacket makes a startup message of the parameters, names and values.
func startupPacket(params ...string) []byte {
	var body []byte
	body = binary.BigEndian.AppendUint32(body, 3<<16)
	for _, p := range params {
		body = append(append(body, p...), 0)
	}
	body = append(body, 0)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...)
}

// lastError reads to the end of the connection and gives the ErrorResponse that
// it ends with.
func lastError(t *testing.T, conn net.Conn) *pgproto3.ErrorResponse {
	t.Helper()
	var last pgtest.Reply
	for {
		reply, err := pgtest.ReadReply(conn)
		if err != nil {
			return last.ErrorResponse(t)
		}
		last = reply
	}
}

func TestLogin(t *testing.T) {
	f := start(t)
	conn := f.Connect(t, demo.OrgA, "application_name", "tests")
	if got := one(t, conn, "SELECT count(*) > 0, bool_and(org_id = '"+demo.OrgA+"') FROM contacts"); got != "t|t" {
		t.Errorf("rows of the org: %s", got)
	}
	if got := one(t, conn, "SELECT current_user, current_setting('app.org_id')"); got != demo.AppRole+"|"+demo.OrgA {
		t.Errorf("context %s", got)
	}
	if got := one(t, conn, "SHOW application_name"); got != "tests" {
		t.Errorf("application_name %s", got)
	}
	if got := conn.ParameterStatus("client_encoding"); got != "UTF8" {
		t.Errorf("client_encoding %s", got)
	}
	if conn.PID() == 0 || len(conn.SecretKey()) != 4 {
		t.Errorf("cancel key %d, %v", conn.PID(), conn.SecretKey())
	}
}

// TestLoginRefusesTokens has every bad token end in the one answer, with the
// reason in the log and neither the token nor a claim's value there.
func TestLoginRefusesTokens(t *testing.T) {
	dir := t.TempDir()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	publicFile := filepath.Join(dir, "issuer.pem")
	if err := os.WriteFile(publicFile, publicPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	var secretFile string
	f := start(t, func(s *setup) {
		secretFile = filepath.Join(dir, "hs256.key")
		if err := os.WriteFile(secretFile, []byte(strings.Repeat("k", 40)), 0o600); err != nil {
			t.Fatal(err)
		}
		keys, err := auth.NewKeys(auth.KeysOptions{Sources: []auth.KeySource{{HMACSecretFile: secretFile}, {PublicKeyFile: publicFile}}})
		if err != nil {
			t.Fatal(err)
		}
		s.Auth.Keys = keys
		s.Auth.Algorithms = []string{"HS256", "RS256"}
		s.Auth.Issuer = "https://issuer.example/"
	})
	secret := []byte(strings.Repeat("k", 40))
	claims := func(change func(map[string]any)) map[string]any {
		c := map[string]any{
			"organization_id": demo.OrgA, "sub": "alice-the-user", "iss": "https://issuer.example/",
			"exp": time.Now().Add(time.Hour).Unix(),
		}
		if change != nil {
			change(c)
		}
		return c
	}
	mint := func(o auth.MintOptions) string {
		token, err := auth.Mint(o)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	good := mint(auth.MintOptions{Secret: secret, Claims: claims(nil)})
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	_, payload, _ := strings.Cut(good, ".")
	payload, signature, _ := strings.Cut(payload, ".")
	otherKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}

	for _, c := range []struct {
		name, token, sqlstate, reason string
	}{
		{"a password", "hunter2-is-my-password", "28P01", "three parts"},
		{"empty", "", "28P01", ""},
		{"expired", mint(auth.MintOptions{Secret: secret, Claims: claims(func(c map[string]any) { c["exp"] = 1 })}), "28P01", "exp"},
		{"without exp", mint(auth.MintOptions{Secret: secret, Claims: claims(func(c map[string]any) { delete(c, "exp") })}), "28P01", "exp"},
		{"another issuer", mint(auth.MintOptions{Secret: secret, Claims: claims(func(c map[string]any) { c["iss"] = "https://evil.example/" })}), "28P01", "iss"},
		{"alg none", part(`{"alg":"none","typ":"JWT"}`) + "." + payload + ".", "28P01", "empty"},
		{"alg none with a signature", part(`{"alg":"none"}`) + "." + payload + "." + signature, "28P01", "alg"},
		{"alg None", part(`{"alg":"None"}`) + "." + payload + "." + signature, "28P01", "alg"},
		{"HS256 with the RSA public key", mint(auth.MintOptions{Secret: publicPEM, Claims: claims(nil)}), "28P01", "sign"},
		{"another key", mint(auth.MintOptions{Secret: []byte(strings.Repeat("x", 40)), Claims: claims(nil)}), "28P01", "sign"},
		{"an algorithm that is not configured", mint(auth.MintOptions{Key: otherKey, Claims: claims(nil)}), "28P01", "alg"},
		{"longer than max_token_bytes", good + strings.Repeat("A", 9000), "28P01", "max_token_bytes"},
		{"no org", mint(auth.MintOptions{Secret: secret, Claims: claims(func(c map[string]any) { delete(c, "organization_id") })}), "28000", "organization_id is missing"},
		{"org of the wrong type", mint(auth.MintOptions{Secret: secret, Claims: claims(func(c map[string]any) { c["organization_id"] = 7 })}), "28000", "organization_id"},
		{"two orgs", mint(auth.MintOptions{Secret: secret, Claims: claims(func(c map[string]any) { c["organization_id"] = []string{demo.OrgA, demo.OrgB} })}), "28000", "organization_id"},
		{"the org's name in another case", mint(auth.MintOptions{Secret: secret, Claims: claims(func(c map[string]any) {
			delete(c, "organization_id")
			c["Organization_ID"] = demo.OrgB
		})}), "28000", "organization_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(f.Log.String())
			_, err := f.Dial(t, c.token)
			e := sqlstate(t, err, c.sqlstate)
			if c.sqlstate == "28P01" && e.Message != "token rejected" {
				t.Errorf("the client is told %q", e.Message)
			}
			if e.Severity != "FATAL" {
				t.Errorf("severity %s", e.Severity)
			}
			log := f.Log.String()[before:]
			if !strings.Contains(log, "login refused") || !strings.Contains(log, c.reason) {
				t.Errorf("the log does not say why: %s", log)
			}
			if strings.Contains(log, "alice-the-user") || len(c.token) > 40 && strings.Contains(log, c.token[:40]) {
				t.Errorf("the log holds a secret: %s", log)
			}
		})
	}
	if _, err := f.Dial(t, good); err != nil {
		t.Errorf("a good token: %v", err)
	}
}

// TestLoginRefusesStartup has startup packets that could change who the session
// is, or how.
func TestLoginRefusesStartup(t *testing.T) {
	f := start(t)
	for _, c := range []struct {
		name, sqlstate, rule string
		params               []string
	}{
		{"options set the org", "42501", "setting.protected", []string{"options", "-c app.org_id=" + demo.OrgB}},
		{"options in one word", "42501", "setting.protected", []string{"options", "-capp.org_id=" + demo.OrgB}},
		{"long options", "42501", "setting.protected", []string{"options", "--app.org-id=" + demo.OrgB}},
		{"long options with the claims", "42501", "setting.protected", []string{"options", "--Request.JWT.Claims={}"}},
		{"options set the role", "42501", "setting.", []string{"options", "-c role=" + demo.OwnerRole}},
		{"options with a switch", "42501", "protocol.options", []string{"options", "-d 5"}},
		{"the org as a parameter", "42501", "setting.protected", []string{"app.org_id", demo.OrgB}},
		{"the claims as a parameter", "42501", "setting.protected", []string{"REQUEST.jwt.claims", "{}"}},
		{"the role as a parameter", "42501", "setting.", []string{"role", demo.OwnerRole}},
		{"session_authorization", "42501", "setting.", []string{"session_authorization", "postgres"}},
		{"row_security off", "42501", "setting.", []string{"row_security", "off"}},
		{"another search_path", "42501", "setting.", []string{"search_path", "auth"}},
		{"another encoding", "42501", "setting.", []string{"client_encoding", "GBK"}},
		{"backslashes", "42501", "setting.", []string{"standard_conforming_strings", "off"}},
		{"a library", "42501", "setting.", []string{"local_preload_libraries", "x"}},
		{"replication", "42501", "protocol.replication", []string{"replication", "database"}},
		{"a bad time zone", "22023", "", []string{"TimeZone", "Nowhere/AtAll"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := f.Dial(t, f.Token(t, demo.OrgA), c.params...)
			e := sqlstate(t, err, c.sqlstate)
			if !strings.Contains(e.Detail, c.rule) {
				t.Errorf("detail %q, want rule %s", e.Detail, c.rule)
			}
		})
	}
	for _, params := range [][]string{
		{"application_name", "x", "client_encoding", "'utf-8'", "DateStyle", "ISO, MDY", "TimeZone", "Europe/Berlin"},
		{"options", "-c statement_timeout=5s --work-mem=4MB", "extra_float_digits", "2"},
		{"client_encoding", "SQL_ASCII"},
		{"search_path", "public, pg_catalog"},
		{"replication", "false"},
	} {
		conn, err := f.Dial(t, f.Token(t, demo.OrgA), params...)
		if err != nil {
			t.Errorf("%v: %v", params, err)
			continue
		}
		if got := one(t, conn, "SELECT current_setting('client_encoding'), current_setting('app.org_id')"); got != "UTF8|"+demo.OrgA {
			t.Errorf("%v: context %s", params, got)
		}
	}
}

// TestLoginDatabase has clients ask for databases, and for users: only the token says who
// they are (JWT-012).
func TestLoginDatabase(t *testing.T) {
	f := start(t)
	config, err := pgconn.ParseConfig(f.DSN(f.Token(t, demo.OrgA)))
	if err != nil {
		t.Fatal(err)
	}
	config.Database = "postgres"
	_, err = pgconn.ConnectConfig(t.Context(), config)
	sqlstate(t, err, "3D000")
	// A user name of the client's choice is no identity.
	config.Database, config.User = f.DB.Name, "postgres"
	conn, err := pgconn.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if got := one(t, conn, "SELECT current_user, session_user"); got != demo.AppRole+"|"+demo.AppRole {
		t.Errorf("role %s", got)
	}
}

// TestBeforeLogin has bytes that are no login. None gets anything but a clear
// error, and none leaves the connection hanging (PROTO-017).
func TestBeforeLogin(t *testing.T) {
	f := start(t)
	t.Run("10 MB startup packet", func(t *testing.T) {
		conn := f.rawConnect(t)
		go func() {
			conn.Write(binary.BigEndian.AppendUint32(nil, 10<<20))
			conn.Write(make([]byte, 10<<20)) // it may be cut off
		}()
		if e := lastError(t, conn); e.Code != "08P01" {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("user twice", func(t *testing.T) {
		conn := f.rawConnect(t)
		conn.Write(startupPacket("user", "app", "database", f.DB.Name, "user", "postgres"))
		if e := lastError(t, conn); e.Code != "08P01" {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("a query instead of the password", func(t *testing.T) {
		conn := f.rawConnect(t)
		conn.Write(startupPacket("user", "app", "database", f.DB.Name))
		query, _ := (&pgproto3.Query{String: "SELECT 1"}).Encode(nil)
		conn.Write(query)
		if e := lastError(t, conn); e.Code != "08P01" {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("a SASL response instead of the password", func(t *testing.T) {
		conn := f.rawConnect(t)
		conn.Write(startupPacket("user", "app", "database", f.DB.Name))
		sasl, _ := (&pgproto3.SASLInitialResponse{AuthMechanism: "SCRAM-SHA-256", Data: []byte("n,,n=,r=x")}).Encode(nil)
		conn.Write(sasl)
		if e := lastError(t, conn); e.Code != "08P01" {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("an HTTP request", func(t *testing.T) {
		conn := f.rawConnect(t)
		fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if e := lastError(t, conn); e.Code != "08P01" {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("SSL and GSS requests without TLS", func(t *testing.T) {
		conn := f.rawConnect(t)
		for _, code := range []uint32{80877103, 80877104} {
			conn.Write(binary.BigEndian.AppendUint32([]byte{0, 0, 0, 8}, code))
			var answer [1]byte
			if _, err := conn.Read(answer[:]); err != nil || answer[0] != 'N' {
				t.Fatalf("answer %q, %v", answer, err)
			}
		}
		conn.Write(binary.BigEndian.AppendUint32([]byte{0, 0, 0, 8}, 80877103))
		if e := lastError(t, conn); e.Code != "08P01" {
			t.Errorf("a second SSLRequest: %+v", e)
		}
	})
	t.Run("a wrong cancel key", func(t *testing.T) {
		conn := f.rawConnect(t)
		conn.Write([]byte{0, 0, 0, 16, 0x04, 0xd2, 0x16, 0x2e, 0, 0, 0, 1, 0, 0, 0, 2})
		if rest := closes(t, conn); len(rest) != 0 {
			t.Errorf("answered %q", rest)
		}
	})
	t.Run("a newer protocol", func(t *testing.T) {
		conn := f.rawConnect(t)
		packet := startupPacket("user", "app", "database", f.DB.Name, "_pq_.wish", "x")
		packet[7] = 2 // 3.2
		conn.Write(packet)
		reply, err := pgtest.ReadReply(conn)
		if err != nil || reply.Type != 'v' || string(reply.Body) != "\x00\x03\x00\x02\x00\x00\x00\x01_pq_.wish\x00" {
			t.Errorf("got %v, %v", reply, err)
		}
	})
}

// TestSilence has clients that stop in the middle of the login.
func TestSilence(t *testing.T) {
	f := start(t, func(s *setup) { s.Options.LoginTimeout = 300 * time.Millisecond })
	for name, sent := range map[string][]byte{
		"nothing":                    nil,
		"half a startup packet":      startupPacket("user", "app")[:7],
		"no password":                startupPacket("user", "app", "database", f.DB.Name),
		"half a password":            append(startupPacket("user", "app", "database", f.DB.Name), 'p', 0, 0, 0, 90, 'e', 'y'),
		"a password without its end": append(startupPacket("user", "app", "database", f.DB.Name), 'p', 0, 0),
	} {
		t.Run(name, func(t *testing.T) {
			conn := f.rawConnect(t)
			conn.Write(sent)
			closes(t, conn)
		})
	}
	eventually(t, "the end of all logins", func() bool { return f.Server.Connections() == 0 })
}

// TestTLS has clients with TLS, and without where it is required (PROTO-030), and what
// others put between (PROTO-016).
func TestTLS(t *testing.T) {
	cert := pgtest.NewCertificate(t)
	f := start(t, withTLS(cert, proxy.TLSAlways))
	clientTLS := &tls.Config{RootCAs: cert.Roots, ServerName: "localhost", MinVersion: tls.VersionTLS12}

	t.Run("verified", func(t *testing.T) {
		config, err := pgconn.ParseConfig(strings.Replace(f.DSN(f.Token(t, demo.OrgA)), "sslmode=disable", "sslmode=require", 1))
		if err != nil {
			t.Fatal(err)
		}
		config.TLSConfig = clientTLS
		conn, err := pgconn.ConnectConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		if got := one(t, conn, "SELECT count(*) FROM contacts WHERE org_id <> '"+demo.OrgA+"'"); got != "0" {
			t.Errorf("%s foreign rows", got)
		}
		_, err = tryQuery(t, conn, "SELECT * FROM import_staging")
		refused(t, err, "relation.rls_disabled")
		// More than one TLS record, and than any buffer.
		if got := one(t, conn, "SELECT length(repeat('x', 5000000))"); got != "5000000" {
			t.Errorf("length %s", got)
		}
		if got := len(one(t, conn, "SELECT repeat('x', 5000000)")); got != 5_000_000 {
			t.Errorf("received %d bytes", got)
		}
	})
	t.Run("required", func(t *testing.T) {
		_, err := f.Dial(t, f.Token(t, demo.OrgA))
		if e := sqlstate(t, err, "28000"); e.Message != "TLS required" {
			t.Errorf("message %q", e.Message)
		}
	})
	t.Run("garbage behind SSLRequest", func(t *testing.T) {
		conn := f.rawConnect(t)
		// A third party's plaintext startup message, sent with the request: it
		// must not be read as if it came through TLS (CVE-2021-23214).
		conn.Write(append([]byte{0, 0, 0, 8, 4, 210, 22, 47}, startupPacket("user", "mallory", "database", f.DB.Name)...))
		rest := closes(t, conn)
		if len(rest) == 0 || rest[0] != 'S' || strings.Contains(string(rest), "R\x00\x00\x00\x08") {
			t.Errorf("answered %q", rest)
		}
	})
	t.Run("a second SSLRequest inside TLS", func(t *testing.T) {
		conn := f.rawConnect(t)
		conn.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47})
		var answer [1]byte
		if _, err := conn.Read(answer[:]); err != nil || answer[0] != 'S' {
			t.Fatalf("answer %q, %v", answer, err)
		}
		secure := tls.Client(conn, clientTLS)
		if err := secure.Handshake(); err != nil {
			t.Fatal(err)
		}
		secure.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47})
		if e := lastError(t, secure); e.Code != "08P01" {
			t.Errorf("got %+v", e)
		}
	})
}

func TestLimits(t *testing.T) {
	f := start(t, func(s *setup) { s.Options.MaxClients = 2; s.Options.MaxUnauthenticatedPerAddress = 1 })
	first := f.Connect(t, demo.OrgA)
	waiting := f.rawConnect(t)
	waiting.Write(startupPacket("user", "app"))
	if reply, err := pgtest.ReadReply(waiting); err != nil || reply.Type != 'R' {
		t.Fatalf("got %v, %v", reply, err)
	}
	_, err := f.Dial(t, f.Token(t, demo.OrgA))
	if e := sqlstate(t, err, "53300"); !strings.Contains(e.Message, "max_clients") {
		t.Errorf("message %q", e.Message)
	}
	first.Close(t.Context())
	eventually(t, "the first client's end", func() bool { return f.Server.Connections() == 1 })
	_, err = f.Dial(t, f.Token(t, demo.OrgA))
	if e := sqlstate(t, err, "53300"); !strings.Contains(e.Message, "address") {
		t.Errorf("message %q", e.Message)
	}
	waiting.Close()
	eventually(t, "the waiting client's end", func() bool { return f.Server.Connections() == 0 })
	f.Connect(t, demo.OrgA)
}

func TestUpstreamDown(t *testing.T) {
	f := start(t, func(s *setup) {
		s.Upstream = "postgres://app@127.0.0.1:1/nowhere?sslmode=disable"
		s.Unready = true
	})
	config, err := pgconn.ParseConfig(f.DSN(f.Token(t, demo.OrgA)))
	if err != nil {
		t.Fatal(err)
	}
	config.Database = "nowhere"
	_, err = pgconn.ConnectConfig(t.Context(), config)
	e := sqlstate(t, err, "08006")
	if strings.Contains(e.Message, "127.0.0.1") {
		t.Errorf("the client is told where the database is: %q", e.Message)
	}
}
