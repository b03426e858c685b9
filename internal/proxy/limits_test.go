package proxy_test

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// TestTenantLimit has one org at its limit and another that is not, and counts
// logins that fail and sessions that end.
func TestTenantLimit(t *testing.T) {
	f := start(t, func(s *setup) { s.Options.MaxClientsPerTenant = 2 })
	first, second := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgA)
	_, err := f.Dial(t, f.Token(t, demo.OrgA))
	if e := sqlstate(t, err, "53300"); !strings.Contains(e.Message, "limits.max_clients_per_tenant") {
		t.Errorf("message %q", e.Message)
	}
	f.Connect(t, demo.OrgB)
	first.Close(t.Context())
	second.Close(t.Context())
	for range 5 { // a login that fails behind its token leaves nothing
		eventually(t, "a place", func() bool {
			_, err := f.Dial(t, f.Token(t, demo.OrgA), "TimeZone", "Nowhere/AtAll")
			return pgError(t, err).Code == "22023"
		})
	}
	f.Connect(t, demo.OrgA)
	f.Connect(t, demo.OrgA)
}

// TestIdleInTransaction has sessions idle in a transaction, and ones that are not.
func TestIdleInTransaction(t *testing.T) {
	f := start(t, func(s *setup) { s.Options.IdleInTransactionTimeout = time.Second })
	outside, busy := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgA)
	query(t, busy, "BEGIN")
	done := make(chan error, 1)
	go func() {
		_, err := tryQuery(t, busy, "SELECT pg_sleep(4); COMMIT")
		done <- err
	}()
	for _, begin := range []string{"BEGIN", "BEGIN; SELECT 1/0"} {
		conn := f.Connect(t, demo.OrgA)
		tryQuery(t, conn, begin)
		if e := lastError(t, raw(t, conn)); e.Code != "25P03" || e.Severity != "FATAL" {
			t.Errorf("%s: ends with %+v", begin, e)
		}
	}
	if err := <-done; err != nil {
		t.Errorf("a busy session: %v", err)
	}
	if got := one(t, outside, "SELECT 1"); got != "1" {
		t.Errorf("a session outside a transaction: %s", got)
	}
}

// TestLimitsOverTLS tells a client that came for TLS, and lets it cancel.
func TestLimitsOverTLS(t *testing.T) {
	cert := pgtest.NewCertificate(t)
	certificates, _ := store(t, cert, nil)
	f := start(t, func(s *setup) { s.Options.TLS, s.Options.MaxClients = certificates.Config(), 1 })
	conn, err := f.dialTLS(t, "sslmode=require", &tls.Config{RootCAs: cert.Roots})
	if err != nil {
		t.Fatal(err)
	}
	for _, params := range []string{"sslmode=require", "sslmode=require&sslnegotiation=direct"} {
		_, err := f.dialTLS(t, params, &tls.Config{RootCAs: cert.Roots})
		if e := sqlstate(t, err, "53300"); !strings.Contains(e.Message, "limits.max_clients") {
			t.Errorf("message %q", e.Message)
		}
	}
	f.cancels(t, conn)
}

// TestDrainLogins drains with clients that have not logged in: they do not hold it up.
func TestDrainLogins(t *testing.T) {
	f := start(t)
	silent, asked := f.rawConnect(t), f.rawConnect(t)
	asked.Write(startupPacket("user", "app", "database", f.DB.Name))
	if reply, err := pgtest.ReadReply(asked); err != nil || reply.Type != 'R' {
		t.Fatalf("got %v, %v", reply, err)
	}
	eventually(t, "both", func() bool { return f.Server.Connections() == 2 })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := f.Server.Shutdown(ctx); err != nil {
		t.Errorf("logins hold the drain up: %v", err)
	}
	for _, conn := range []net.Conn{silent, asked} {
		if e := lastError(t, conn); e.Code != "57P01" {
			t.Errorf("got %+v", e)
		}
	}
}

// TestVanishedClient has a client that acknowledges nothing any more, while rows are on
// their way to it, and one that only does not read.
func TestVanishedClient(t *testing.T) {
	f := start(t, func(s *setup) { s.Options.MaxSilence = time.Second })
	many := "SELECT repeat('x', 1000) FROM generate_series(1, 100000)"
	vanished, slow := raw(t, f.Connect(t, demo.OrgA)), raw(t, f.Connect(t, demo.OrgB))
	send(t, vanished, &pgproto3.Query{String: many})
	send(t, slow, &pgproto3.Query{String: many})
	if _, err := pgtest.ReadReply(vanished); err != nil {
		t.Fatal(err)
	}
	pgtest.Vanish(t, vanished)
	eventually(t, "the end of the session", func() bool { return strings.Contains(f.Log.String(), "acknowledges nothing") })
	eventually(t, "the end of its connections", func() bool { return f.Server.Connections() == 1 && f.Pool.Stats().Open == 1 })
	for {
		reply, err := pgtest.ReadReply(slow)
		if err != nil {
			t.Fatalf("the slow client: %v", err)
		}
		if reply.Type == 'Z' {
			break
		}
	}
}
