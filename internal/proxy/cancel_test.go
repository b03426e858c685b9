package proxy_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// holdingCancels forwards to the database, but keeps each CancelRequest back
// until release is closed. It gives the DSN to use instead.
func holdingCancels(t *testing.T, dsn string, release <-chan struct{}) string {
	t.Helper()
	config, err := pgconn.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	network, address := pgconn.NetworkAddress(config.Host, config.Port)
	serve := func(client net.Conn) {
		defer client.Close()
		var head [8]byte
		if _, err := io.ReadFull(client, head[:]); err != nil {
			return
		}
		if bytes.Equal(head[4:], []byte{0x04, 0xd2, 0x16, 0x2e}) {
			rest, _ := io.ReadAll(io.LimitReader(client, 8)) // what its sender has written stays sent
			<-release
			head := append(head[:], rest...)
			if server, err := net.Dial(network, address); err == nil {
				server.Write(head)
				io.ReadAll(server)
				server.Close()
			}
			return
		}
		server, err := net.Dial(network, address)
		if err != nil {
			return
		}
		defer server.Close()
		server.Write(head[:])
		go func() { io.Copy(server, client); server.Close() }()
		io.Copy(client, server)
	}
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	u := url.URL{Scheme: "postgres", Host: ln.Addr().String(), Path: config.Database, User: url.User(config.User), RawQuery: "sslmode=disable"}
	return u.String()
}

// TestLostCancel has a cancel that arrives long after its session has ended and
// everybody has stopped waiting for it: it must not find another session there.
func TestLostCancel(t *testing.T) {
	release := make(chan struct{})
	f := start(t, oneUpstream, func(s *setup) {
		s.DB = pgtest.NewDatabase(t)
		s.Upstream = holdingCancels(t, s.DB.App(), release)
	})
	first := f.Connect(t, demo.OrgA)
	pid := one(t, first, "SELECT pg_backend_pid()")
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		first.CancelRequest(ctx) // nobody is told how it went
	}()
	time.Sleep(200 * time.Millisecond) // so that it is on its way
	first.Close(t.Context())
	second := f.Connect(t, demo.OrgB)
	if got := one(t, second, "SELECT pg_backend_pid()"); got == pid {
		t.Error("the connection is given on with a cancel on its way")
	}
	done := make(chan error, 1)
	go func() {
		_, err := tryQuery(t, second, "SELECT pg_sleep(0.5)")
		done <- err
	}()
	close(release)
	if err := <-done; err != nil {
		t.Errorf("the second session is hit: %v", err)
	}
	<-sent
}

// TestCancelGuesses tries keys until the proxy listens no more, to a right one
// neither, and then waits.
func TestCancelGuesses(t *testing.T) {
	f := start(t)
	conn := f.Connect(t, demo.OrgA)
	done := make(chan error, 1)
	go func() {
		_, err := tryQuery(t, conn, "SELECT pg_sleep(600)")
		done <- err
	}()
	f.sleeps(t)
	for range 120 {
		guess := f.rawConnect(t)
		guess.Write(cancelPacket(conn.PID(), []byte{1, 2, 3, 4}))
		if rest := closes(t, guess); len(rest) != 0 {
			t.Fatalf("answered %q", rest)
		}
	}
	if err := conn.CancelRequest(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		t.Fatalf("a key is looked at after 120 wrong ones: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	eventually(t, "a cancel", func() bool {
		time.Sleep(time.Second)
		if err := conn.CancelRequest(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-done:
			sqlstate(t, err, "57014")
			return true
		case <-time.After(100 * time.Millisecond):
			return false
		}
	})
}
