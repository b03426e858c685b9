package proxy_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/proxy"
	"tenantproxy/internal/proxytest"
)

func TestMain(m *testing.M) {
	if what := os.Getenv(crowdVariable); what != "" {
		if err := beCrowd(what); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	pgtest.MainCheckingLeaks(m)
}

// patience bounds what must happen at all; it measures nothing.
const patience = 20 * time.Second

// fixture is a proxy with what these tests need more.
type fixture struct{ *proxytest.Proxy }

type setup = proxytest.Setup

func start(t testing.TB, change ...func(*setup)) *fixture {
	t.Helper()
	return &fixture{proxytest.Start(t, change...)}
}

// raw gives the connection below a logged-in client.
func raw(t testing.TB, conn *pgconn.PgConn) net.Conn {
	t.Helper()
	hijacked, err := conn.Hijack()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hijacked.Conn.Close() })
	return hijacked.Conn
}

// query runs SQL by the simple protocol and gives the rows of its last result,
// columns joined by |.
func query(t testing.TB, conn *pgconn.PgConn, sql string) []string {
	t.Helper()
	rows, err := tryQuery(t, conn, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return rows
}

func tryQuery(t testing.TB, conn *pgconn.PgConn, sql string) ([]string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	results, err := conn.Exec(ctx, sql).ReadAll()
	if err != nil || len(results) == 0 {
		return nil, err
	}
	var rows []string
	for _, row := range results[len(results)-1].Rows {
		rows = append(rows, string(bytes.Join(row, []byte("|"))))
	}
	return rows, nil
}

// one runs SQL that gives one row.
func one(t testing.TB, conn *pgconn.PgConn, sql string) string {
	t.Helper()
	rows := query(t, conn, sql)
	if len(rows) != 1 {
		t.Fatalf("%s: %d rows", sql, len(rows))
	}
	return rows[0]
}

// refused checks that err is the proxy's refusal by the rule.
func refused(t testing.TB, err error, rule string) {
	t.Helper()
	e := pgError(t, err)
	if e.Code != "42501" || !strings.Contains(e.Detail, "rule: "+rule) {
		t.Fatalf("got %+v, want a refusal by %s", e, rule)
	}
}

// sqlstate checks that err is an error of Postgres's kind with the code.
func sqlstate(t testing.TB, err error, code string) *pgconn.PgError {
	t.Helper()
	e := pgError(t, err)
	if e.Code != code {
		t.Fatalf("got %+v, want SQLSTATE %s", e, code)
	}
	return e
}

func pgError(t testing.TB, err error) *pgconn.PgError {
	t.Helper()
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an error response", err)
	}
	return e
}

// rawConnect gives a connection on which nothing has been sent.
func (f *fixture) rawConnect(t testing.TB) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", f.Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return conn
}

// closes checks that the peer closes the connection, after whatever it sends.
func closes(t testing.TB, conn net.Conn) []byte {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(patience))
	rest, err := io.ReadAll(conn)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		t.Fatalf("the connection stays open, after %q", rest)
	}
	return rest
}

// withTLS turns on TLS.
func withTLS(cert *pgtest.Certificate, mode proxy.TLSMode) func(*setup) {
	return func(s *setup) {
		s.Options.TLS = &tls.Config{Certificates: []tls.Certificate{cert.TLS}, MinVersion: tls.VersionTLS12}
		s.Options.TLSMode = mode
	}
}

// eventually waits until the condition holds.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not happen", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// sleeps waits until a client's pg_sleep(600) runs.
func (f *fixture) sleeps(t testing.TB) {
	t.Helper()
	eventually(t, "the sleep", func() bool {
		return f.DB.Query(t, "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND query LIKE '%pg_sleep(600)%' AND state = 'active' AND pid <> pg_backend_pid()", f.DB.Name)[0][0] == "1"
	})
}

// cancels has the client cancel a statement of its own.
func (f *fixture) cancels(t testing.TB, conn *pgconn.PgConn) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		_, err := tryQuery(t, conn, "SELECT pg_sleep(600)")
		done <- err
	}()
	f.sleeps(t)
	if err := conn.CancelRequest(t.Context()); err != nil {
		t.Fatal(err)
	}
	sqlstate(t, <-done, "57014")
}
