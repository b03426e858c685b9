package proxy_test

import (
	"crypto/tls"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/certs"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/proxy"
)

// store has the certificate in files, and clients' certificates that ca signs.
func store(t *testing.T, cert, ca *pgtest.Certificate) (*certs.Store, certs.Files) {
	t.Helper()
	dir := t.TempDir()
	files := certs.Files{Cert: filepath.Join(dir, "crt"), Key: filepath.Join(dir, "key")}
	cert.WriteFiles(t, files.Cert, files.Key)
	if ca != nil {
		files.ClientCA = filepath.Join(dir, "ca")
		ca.WriteFiles(t, files.ClientCA, filepath.Join(dir, "ca.key"))
	}
	s, err := certs.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return s, files
}

// dialTLS logs in org A over TLS with the parameters of the DSN, and what client
// has besides.
func (f *fixture) dialTLS(t *testing.T, params string, client *tls.Config) (*pgconn.PgConn, error) {
	t.Helper()
	config, err := pgconn.ParseConfig(strings.Replace(f.DSN(f.Token(t, demo.OrgA)), "sslmode=disable", params, 1))
	if err != nil {
		t.Fatal(err)
	}
	config.TLSConfig.RootCAs, config.TLSConfig.ServerName = client.RootCAs, "localhost"
	config.TLSConfig.InsecureSkipVerify = false
	config.TLSConfig.Certificates = client.Certificates
	conn, err := pgconn.ConnectConfig(t.Context(), config)
	if err == nil {
		t.Cleanup(func() { conn.Close(t.Context()) })
	}
	return conn, err
}

// TestDirectTLS has clients that begin with the handshake (PROTO-030).
func TestDirectTLS(t *testing.T) {
	cert := pgtest.NewCertificate(t)
	certificates, _ := store(t, cert, nil)
	f := start(t, func(s *setup) { s.Options.TLS, s.Options.TLSMode = certificates.Config(), proxy.TLSAlways })
	client := &tls.Config{RootCAs: cert.Roots, ServerName: "localhost"}

	conn, err := f.dialTLS(t, "sslmode=require&sslnegotiation=direct", client)
	if err != nil {
		t.Fatal(err)
	}
	if got := one(t, conn, "SELECT current_setting('app.org_id')"); got != demo.OrgA {
		t.Errorf("org %s", got)
	}
	if got := len(one(t, conn, "SELECT repeat('x', 5000000)")); got != 5_000_000 {
		t.Errorf("received %d bytes", got)
	}
	f.cancels(t, conn) // in the same way

	for name, protocols := range map[string][]string{"no ALPN": nil, "another's ALPN": {"http/1.1"}} {
		t.Run(name, func(t *testing.T) {
			config := client.Clone()
			config.NextProtos = protocols
			secure := tls.Client(f.rawConnect(t), config)
			secure.Handshake() // what comes after it counts
			secure.Write(startupPacket("user", "app", "database", f.DB.Name))
			if rest, _ := io.ReadAll(secure); len(rest) != 0 {
				t.Errorf("answered %q", rest)
			}
		})
	}
	t.Run("behind an SSLRequest", func(t *testing.T) {
		conn := f.rawConnect(t)
		conn.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47})
		if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		config := client.Clone()
		config.NextProtos = []string{certs.ALPN}
		outer := tls.Client(conn, config)
		if err := outer.Handshake(); err != nil {
			t.Fatal(err)
		}
		if err := tls.Client(outer, config).Handshake(); err == nil {
			t.Error("TLS in TLS is let in")
		}
	})
	t.Run("without TLS", func(t *testing.T) {
		plain := start(t)
		secure := tls.Client(plain.rawConnect(t), client)
		if err := secure.Handshake(); err == nil {
			t.Error("there is no certificate for it")
		}
	})
}

func TestClientCertificates(t *testing.T) {
	cert, known, stranger := pgtest.NewCertificate(t), pgtest.NewCertificate(t), pgtest.NewCertificate(t)
	certificates, _ := store(t, cert, known)
	f := start(t, func(s *setup) { s.Options.TLS, s.Options.TLSMode = certificates.Config(), proxy.TLSAlways })
	for _, params := range []string{"sslmode=require", "sslmode=require&sslnegotiation=direct"} {
		if _, err := f.dialTLS(t, params, &tls.Config{RootCAs: cert.Roots, Certificates: []tls.Certificate{known.TLS}}); err != nil {
			t.Errorf("%s: %v", params, err)
		}
		for name, certificates := range map[string][]tls.Certificate{"none": nil, "a stranger's": {stranger.TLS}} {
			if _, err := f.dialTLS(t, params, &tls.Config{RootCAs: cert.Roots, Certificates: certificates}); err == nil {
				t.Errorf("%s: a client with %s is let in", params, name)
			}
		}
	}
	if !strings.Contains(f.Log.String(), `certificate="CN=localhost"`) {
		t.Error("the log does not name the certificate")
	}
	_, err := f.Dial(t, f.Token(t, demo.OrgA))
	sqlstate(t, err, "28000")
}

// TestCertificateReload replaces the certificate: sessions go on, new ones see the
// new one, and a pair that does not fit changes nothing.
func TestCertificateReload(t *testing.T) {
	first, second := pgtest.NewCertificate(t), pgtest.NewCertificate(t)
	certificates, files := store(t, first, nil)
	f := start(t, func(s *setup) { s.Options.TLS = certificates.Config() })
	conn, err := f.dialTLS(t, "sslmode=require", &tls.Config{RootCAs: first.Roots})
	if err != nil {
		t.Fatal(err)
	}
	first.WriteFiles(t, files.Cert, filepath.Join(t.TempDir(), "elsewhere"))
	second.WriteFiles(t, filepath.Join(t.TempDir(), "elsewhere"), files.Key)
	if err := certificates.Reload(); err == nil {
		t.Fatal("a pair that does not fit is taken")
	}
	if _, err := f.dialTLS(t, "sslmode=require", &tls.Config{RootCAs: first.Roots}); err != nil {
		t.Errorf("after a bad pair: %v", err)
	}
	second.WriteFiles(t, files.Cert, files.Key)
	if err := certificates.Reload(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.dialTLS(t, "sslmode=require", &tls.Config{RootCAs: second.Roots}); err != nil {
		t.Errorf("the new certificate: %v", err)
	}
	if _, err := f.dialTLS(t, "sslmode=require", &tls.Config{RootCAs: first.Roots}); err == nil {
		t.Error("the old certificate is still served")
	}
	if got := one(t, conn, "SELECT 1"); got != "1" {
		t.Errorf("the session of before: %s", got)
	}
}

// TestSilentHandshake has clients that stop in the handshake: they cost a login's
// time, and no error is written into what would be TLS.
func TestSilentHandshake(t *testing.T) {
	cert := pgtest.NewCertificate(t)
	f := start(t, withTLS(cert, proxy.TLSAlways), func(s *setup) { s.Options.LoginTimeout = 300 * time.Millisecond })
	request := []byte{0, 0, 0, 8, 4, 210, 22, 47}
	for name, c := range map[string]struct {
		sent []byte
		want string
	}{
		"behind SSLRequest":        {request, "S"},
		"in the hello":             {append(request, 0x16, 3, 1, 2, 0, 1), "S"},
		"direct, half a hello":     {[]byte{0x16, 3, 1, 2, 0, 1, 0}, ""},
		"direct, a huge handshake": {[]byte{0x16, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			conn := f.rawConnect(t)
			conn.Write(c.sent)
			if rest := string(closes(t, conn)); !strings.HasPrefix(rest, c.want) || strings.Contains(rest, "timeout") {
				t.Errorf("answered %q", rest)
			}
		})
	}
	eventually(t, "the end of all logins", func() bool { return f.Server.Connections() == 0 })
}
