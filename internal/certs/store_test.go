package certs_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tenantproxy/internal/certs"
	"tenantproxy/internal/pgtest"
)

// files are names in a directory of the test's own.
func files(t *testing.T) certs.Files {
	dir := t.TempDir()
	return certs.Files{Cert: filepath.Join(dir, "server.crt"), Key: filepath.Join(dir, "server.key")}
}

// served gives the certificate that a client is shown, after a handshake that
// must succeed.
func served(t *testing.T, store *certs.Store, client *tls.Config) *x509.Certificate {
	t.Helper()
	cert, err := shake(t, store, client)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func shake(t *testing.T, store *certs.Store, client *tls.Config) (*x509.Certificate, error) {
	t.Helper()
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	deadline := time.Now().Add(20 * time.Second)
	here.SetDeadline(deadline)
	there.SetDeadline(deadline)
	server := tls.Server(there, store.Config())
	done := make(chan error, 1)
	go func() {
		err := server.Handshake()
		there.Close()
		done <- err
	}()
	client = client.Clone()
	client.InsecureSkipVerify = true // what is looked at is which it is
	conn := tls.Client(here, client)
	err := conn.Handshake()
	if err == nil {
		io.ReadAll(conn) // with TLS 1.3 a refusal comes after the client's part
	}
	if serverErr := <-done; serverErr != nil || err != nil {
		if serverErr != nil {
			err = serverErr
		}
		return nil, err
	}
	return conn.ConnectionState().PeerCertificates[0], nil
}

func TestLoad(t *testing.T) {
	good, other := pgtest.NewCertificate(t), pgtest.NewCertificate(t)
	expired := pgtest.NewCertificate(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	future := pgtest.NewCertificate(t, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) })
	for name, c := range map[string]struct {
		cert, key, ca []byte
		says          string
	}{
		"good":               {good.CertPEM, good.KeyPEM, nil, ""},
		"with authority":     {good.CertPEM, good.KeyPEM, other.CertPEM, ""},
		"expired":            {expired.CertPEM, expired.KeyPEM, nil, "the certificate expired on "},
		"not valid yet":      {future.CertPEM, future.KeyPEM, nil, "not valid before "},
		"another's key":      {good.CertPEM, other.KeyPEM, nil, "private key does not match"},
		"a key is no cert":   {good.KeyPEM, good.KeyPEM, nil, "tls.cert_file"},
		"no certificate":     {nil, good.KeyPEM, nil, "server.crt"},
		"authority is a key": {good.CertPEM, good.KeyPEM, good.KeyPEM, "holds no certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			f := files(t)
			for file, content := range map[string][]byte{f.Cert: c.cert, f.Key: c.key, f.Cert + ".ca": c.ca} {
				if content != nil {
					if err := os.WriteFile(file, content, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			if c.ca != nil {
				f.ClientCA = f.Cert + ".ca"
			}
			store, err := certs.Load(f)
			if c.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				if !store.Expires().Equal(good.TLS.Leaf.NotAfter) {
					t.Errorf("expires %s", store.Expires())
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "PRIVATE") {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

func TestHandshake(t *testing.T) {
	cert, client, stranger := pgtest.NewCertificate(t), pgtest.NewCertificate(t), pgtest.NewCertificate(t)
	f := files(t)
	cert.WriteFiles(t, f.Cert, f.Key)
	open, err := certs.Load(f)
	if err != nil {
		t.Fatal(err)
	}
	f.ClientCA = filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(f.ClientCA, client.CertPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	closed, err := certs.Load(f)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		store  *certs.Store
		client *tls.Config
		ok     bool
	}{
		"TLS 1.2":                        {open, &tls.Config{MaxVersion: tls.VersionTLS12}, true},
		"TLS 1.3":                        {open, &tls.Config{MinVersion: tls.VersionTLS13}, true},
		"TLS 1.1":                        {open, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, false},
		"ALPN":                           {open, &tls.Config{NextProtos: []string{"postgresql"}}, true},
		"ALPN among others":              {open, &tls.Config{NextProtos: []string{"h2", "postgresql"}}, true},
		"another's ALPN":                 {open, &tls.Config{NextProtos: []string{"http/1.1"}}, false},
		"client certificate":             {closed, &tls.Config{Certificates: []tls.Certificate{client.TLS}}, true},
		"no client certificate":          {closed, &tls.Config{}, false},
		"no client certificate, TLS 1.2": {closed, &tls.Config{MaxVersion: tls.VersionTLS12}, false},
		"a stranger's certificate": {closed, &tls.Config{GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &stranger.TLS, nil // whatever the server asks for
		}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := shake(t, c.store, c.client); (err == nil) != c.ok {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestWatch replaces the files under a Store, also by ones that do not fit.
func TestWatch(t *testing.T) {
	first, second, third := pgtest.NewCertificate(t), pgtest.NewCertificate(t), pgtest.NewCertificate(t)
	f := files(t)
	first.WriteFiles(t, f.Cert, f.Key)
	store, err := certs.Load(f)
	if err != nil {
		t.Fatal(err)
	}
	second.WriteFiles(t, f.Cert, f.Key) // before anybody watches
	ctx, cancel := context.WithCancel(t.Context())
	reloads := make(chan error, 100)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		store.Watch(ctx, 5*time.Millisecond, func(err error) { reloads <- err })
	}()
	defer func() { cancel(); <-ended }()
	next := func() error {
		t.Helper()
		select {
		case err := <-reloads:
			return err
		case <-time.After(20 * time.Second):
			t.Fatal("the change is not seen")
			return nil
		}
	}
	serves := func(want *pgtest.Certificate) {
		t.Helper()
		if got := served(t, store, &tls.Config{}); !got.Equal(want.TLS.Leaf) {
			t.Errorf("serves %s, want %s", got.SerialNumber, want.TLS.Leaf.SerialNumber)
		}
	}
	if err := next(); err != nil {
		t.Fatal(err)
	}
	serves(second)
	if err := os.WriteFile(f.Cert, third.CertPEM, 0o600); err != nil { // without its key
		t.Fatal(err)
	}
	if err := next(); err == nil {
		t.Error("a certificate with another's key is taken")
	}
	serves(second)
	for len(reloads) > 0 { // a file may be seen half written
		<-reloads
	}
	if err := os.WriteFile(f.Key, third.KeyPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	for next() != nil {
	}
	serves(third)
	if err := os.Remove(f.Key); err != nil {
		t.Fatal(err)
	}
	if err := next(); err == nil {
		t.Error("a key that is gone is no error")
	}
	serves(third)
}
