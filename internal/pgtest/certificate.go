package pgtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"testing"
	"time"
)

// Certificate is a self-signed certificate for 127.0.0.1 and localhost.
type Certificate struct {
	// CertPEM and KeyPEM are for files and for localpg.Options.
	CertPEM, KeyPEM []byte
	// TLS is the pair; Roots trusts it.
	TLS   tls.Certificate
	Roots *x509.CertPool
}

// NewCertificate makes a certificate that is valid for a day around now, but for
// the changes.
func NewCertificate(t testing.TB, change ...func(*x509.Certificate)) *Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "localhost"},
		NotBefore:    time.Now().Add(-12 * time.Hour), NotAfter: time.Now().Add(12 * time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	for _, c := range change {
		c(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c := &Certificate{
		CertPEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		KeyPEM:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
		Roots:   x509.NewCertPool(),
	}
	if c.TLS, err = tls.X509KeyPair(c.CertPEM, c.KeyPEM); err != nil {
		t.Fatal(err)
	}
	c.Roots.AppendCertsFromPEM(c.CertPEM)
	return c
}

// WriteFiles puts the pair into files of the names, the key first, in place of
// what is there.
func (c *Certificate) WriteFiles(t testing.TB, cert, key string) {
	t.Helper()
	for _, file := range []struct {
		name    string
		content []byte
	}{{key, c.KeyPEM}, {cert, c.CertPEM}} {
		next := file.name + ".next"
		if err := os.WriteFile(next, file.content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, file.name); err != nil {
			t.Fatal(err)
		}
	}
}
