package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"tenantproxy/internal/filewatch"
)

// ALPN is the protocol that clients name in the TLS handshake: they may with an
// SSLRequest, and must in direct TLS (manual, "SSL Session Encryption").
const ALPN = "postgresql"

// Files are the names of PEM files.
type Files struct {
	// Cert is the server's certificate, with its chain; Key is its private key.
	Cert, Key string
	// ClientCA are the authorities of client certificates. Unless empty, every
	// client must present a certificate that one of them signed.
	ClientCA string
}

// Store is a certificate in use. Its methods are safe for concurrent use.
type Store struct {
	files   Files
	current atomic.Pointer[tls.Config]

	mu    sync.Mutex // one reading at a time
	watch *filewatch.Files
}

// Load reads the files. A certificate that is not valid now is an error, as is a
// key that is not the certificate's.
func Load(files Files) (*Store, error) {
	s := &Store{files: files, watch: filewatch.New(files.Cert, files.Key, files.ClientCA)}
	if err := s.Reload(); err != nil {
		return nil, err
	}
	return s, nil
}

// Reload reads the files again. After an error what was read before stays in use.
// Handshakes that have begun, and sessions, go on as they are.
func (s *Store) Reload() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watch.Note()
	return s.read()
}

func (s *Store) read() error {
	config, err := s.files.load(time.Now())
	if err != nil {
		return err
	}
	s.current.Store(config)
	return nil
}

// Config gives a configuration that uses the newest certificate in every handshake.
// The caller does not change it.
func (s *Store) Config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return s.current.Load(), nil
		},
	}
}

// Expires is when the certificate in use does.
func (s *Store) Expires() time.Time { return s.current.Load().Certificates[0].Leaf.NotAfter }

// load makes a configuration of the files. Errors name the file, never its content.
func (f Files) load(now time.Time) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return nil, fmt.Errorf("loading tls.cert_file %s and tls.key_file %s: %w", f.Cert, f.Key, err)
	}
	switch leaf := pair.Leaf; {
	case now.After(leaf.NotAfter):
		return nil, fmt.Errorf("loading tls.cert_file %s: the certificate expired on %s", f.Cert, leaf.NotAfter.UTC().Format(time.RFC3339))
	case now.Before(leaf.NotBefore):
		return nil, fmt.Errorf("loading tls.cert_file %s: the certificate is not valid before %s", f.Cert, leaf.NotBefore.UTC().Format(time.RFC3339))
	}
	config := &tls.Config{
		Certificates: []tls.Certificate{pair},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{ALPN},
		// A resumed session would be let in by the authorities of before a reload.
		// Postgres has no tickets either (be-secure-openssl.c).
		SessionTicketsDisabled: true,
	}
	if f.ClientCA == "" {
		return config, nil
	}
	if config.ClientCAs, err = loadPool(f.ClientCA); err != nil {
		return nil, fmt.Errorf("loading tls.client_ca_file %s: %w", f.ClientCA, err)
	}
	config.ClientAuth = tls.RequireAndVerifyClientCert
	return config, nil
}

func loadPool(file string) (*x509.CertPool, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(content) {
		return nil, errors.New("it holds no certificate in PEM")
	}
	return pool, nil
}
