package wire

import (
	"net"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestPeerClosed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only there")
	}
	for _, address := range [][2]string{{"tcp", "127.0.0.1:0"}, {"unix", filepath.Join(t.TempDir(), "s")}} {
		ln, err := net.Listen(address[0], address[1])
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		peer, err := net.Dial(address[0], ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := peer.Write([]byte("not read")); err != nil {
			t.Fatal(err)
		}
		if PeerClosed(conn) {
			t.Errorf("%s: closed before it is", address[0])
		}
		peer.Close()
		for deadline := time.Now().Add(20 * time.Second); !PeerClosed(conn); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: not closed", address[0])
			}
		}
		conn.Close()
		if PeerClosed(conn) {
			t.Errorf("%s: told of a connection that is closed here", address[0])
		}
	}
}
