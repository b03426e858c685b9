package wire

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"tenantproxy/internal/pgtest"
)

// tcpPair is a connection on loopback.
func tcpPair(t *testing.T) (near, far *net.TCPConn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	dialed, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dialed.Close(); accepted.Close() })
	return accepted.(*net.TCPConn), dialed.(*net.TCPConn)
}

func TestSilence(t *testing.T) {
	near, far := tcpPair(t)
	if got := Silence(near); got != 0 {
		t.Errorf("%v of a peer that owes nothing", got)
	}
	// A peer that does not read answers all the same.
	near.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	for chunk := make([]byte, 1<<20); ; {
		if _, err := near.Write(chunk); err != nil {
			break
		}
	}
	owes := 0
	for range 200 {
		time.Sleep(10 * time.Millisecond)
		if Silence(near) != 0 {
			owes++
		}
	}
	if owes > 100 {
		t.Errorf("a peer that does not read owes an acknowledgement %d of 200 times", owes)
	}
	pgtest.Vanish(t, far)
	for deadline := time.Now().Add(time.Minute); Silence(near) < time.Second; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%v of a peer that vanished", Silence(near))
		}
	}

	near, far = tcpPair(t)
	pgtest.Vanish(t, far)
	if _, err := near.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	secure := tls.Server(near, &tls.Config{})
	for deadline := time.Now().Add(time.Minute); Silence(secure) < time.Second; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%v of a peer that vanished", Silence(secure))
		}
	}
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if got := Silence(a); got != 0 {
		t.Errorf("%v of another kind of connection", got)
	}
}
