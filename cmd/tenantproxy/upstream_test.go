package main

import (
	"crypto/x509"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/auth/authtest"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/localpg"
	"tenantproxy/internal/pgtest"
)

// TestUpstreamCertificate has Postgres with a certificate for another host, and with one
// that has expired: the operator is told which, clients are told nothing of it, and
// nothing is sent to such a server.
func TestUpstreamCertificate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*x509.Certificate)
		says   string
	}{
		"another host": {
			func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"db.example"}, nil },
			"certificate is valid for db.example, not localhost",
		},
		"expired": {func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }, "certificate has expired"},
	} {
		t.Run(name, func(t *testing.T) {
			wrong, says := pgtest.NewCertificate(t, c.change), c.says
			cluster, err := localpg.Start(t.Context(), localpg.Options{
				TCP: true, TLSCert: wrong.CertPEM, TLSKey: wrong.KeyPEM, HBA: []string{"hostssl all tenants 127.0.0.1/32 trust"},
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := cluster.Stop(); err != nil {
					t.Error(err)
				}
			})
			admin := login(t, cluster.DSN("postgres", localpg.Superuser))
			if got := run1(t, admin, "CREATE ROLE tenants LOGIN; CREATE TABLE plans (id int); GRANT SELECT ON plans TO tenants"); got != "" {
				t.Fatal(got)
			}
			root := write(t, t.TempDir(), "root.crt", string(wrong.CertPEM))
			issuer := authtest.NewIssuer(t)
			dsn := func(params string) string {
				return fmt.Sprintf("postgres://tenants@localhost:%d/postgres?%s", cluster.Port(), params)
			}
			strict, lax := dsn("sslmode=verify-full&sslrootcert="+root), dsn("sslmode=require")
			file, _ := writeConfig(t, strict, issuer, "")
			s := startServe(t, file)
			client := clientDSN(s.address(t), "postgres", issuer.OrgToken(t, demo.OrgA, nil))
			if log := s.text(); !strings.Contains(log, says) || !strings.Contains(log, "serving begins without the database") {
				t.Errorf("the log does not say it: %s", log)
			}
			_, err = pgconn.Connect(t.Context(), client)
			if code(err) != "08006" || strings.Contains(err.Error(), "certificate") {
				t.Errorf("a client: %v", err)
			}

			// check says it too, and with its exit code.
			_, stderr, exit := runWith(t, "", "check", "--config", file, "SELECT 1")
			if exit != exitUnreachable || !strings.Contains(stderr, says) {
				t.Errorf("check: exit code %d, %s", exit, stderr)
			}

			// A configuration that does not ask for a host is served; back to one that
			// does, it stays.
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s.reload(t, file, strings.Replace(string(content), strict, lax, 1), reloaded)
			conn := login(t, client)
			s.reload(t, file, string(content), says)
			if got := run1(t, conn, "TABLE plans"); got != "" {
				t.Errorf("after a reload that failed: %s", got)
			}
		})
	}
}
