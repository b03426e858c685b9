package canary

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
)

// tap forwards connections to the proxy and looks for markers in what comes back.
type tap struct {
	address string
	needles [][]byte

	mu       sync.Mutex
	conns    map[net.Conn]bool // nil when closed
	received int64
	finds    []string // the first few
}

// newTap listens on loopback for the length of the test.
func newTap(t testing.TB, proxy string, needles [][]byte) *tap {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tap := &tap{address: ln.Addr().String(), needles: needles, conns: make(map[net.Conn]bool)}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			client, err := ln.Accept()
			if err != nil {
				return // closed below
			}
			running.Go(func() { tap.forward(client, proxy) })
		}
	})
	t.Cleanup(func() {
		ln.Close()
		tap.mu.Lock()
		for conn := range tap.conns {
			conn.Close()
		}
		tap.conns = nil
		tap.mu.Unlock()
		running.Wait()
	})
	return tap
}

// hold keeps a connection to be closed with the tap, or closes it if that has ended.
func (t *tap) hold(conn net.Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conns == nil {
		conn.Close()
		return
	}
	t.conns[conn] = true
}

func (t *tap) drop(conn net.Conn) {
	conn.Close()
	t.mu.Lock()
	delete(t.conns, conn)
	t.mu.Unlock()
}

func (t *tap) forward(client net.Conn, proxy string) {
	t.hold(client)
	defer t.drop(client)
	server, err := net.Dial("tcp", proxy)
	if err != nil {
		return
	}
	t.hold(server)
	defer t.drop(server)
	w := &watcher{tap: t}
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(server, io.TeeReader(client, (*sent)(w))) // ends with either side
		server.Close()
	})
	_, _ = io.Copy(io.MultiWriter(w, client), server)
	client.Close()
	both.Wait()
}

// watcher looks at one connection.
type watcher struct {
	tap *tap
	// tail is the end of what was received, in lower case, as far as a marker may
	// have begun in it.
	tail []byte
	mu   sync.Mutex
	last []byte // the end of what was sent
}

// sent is the watcher as a writer of what the client sends.
type sent watcher

func (s *sent) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = append(s.last, p...)
	s.last = s.last[max(0, len(s.last)-8<<10):]
	return len(p), nil
}

// Write never fails: the client gets what it would get.
func (w *watcher) Write(p []byte) (int, error) {
	w.tail = append(w.tail, lower(p)...)
	var found []byte
	for _, needle := range w.tap.needles {
		if i := bytes.Index(w.tail, needle); i >= 0 {
			found = bytes.Clone(w.tail[max(0, i-100):min(len(w.tail), i+200)])
			w.tail = nil // once
			break
		}
	}
	w.tail = append([]byte(nil), w.tail[max(0, len(w.tail)-100):]...)
	w.tap.mu.Lock()
	defer w.tap.mu.Unlock()
	w.tap.received += int64(len(p))
	if found != nil && len(w.tap.finds) < 5 {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.tap.finds = append(w.tap.finds, fmt.Sprintf("%q\nafter %q", found, w.last))
	}
	return len(p), nil
}

// state gives what was found so far, and how many bytes were looked at.
func (t *tap) state() (finds []string, received int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.finds...), t.received
}

// lower maps ASCII only, byte by byte: markers are looked for in any case.
func lower(p []byte) []byte {
	out := make([]byte, len(p))
	for i, c := range p {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		out[i] = c
	}
	return out
}

func TestTapFindsMarkers(t *testing.T) {
	for _, pieces := range [][]string{{"xxneedlexx"}, {"xxNee", "dLexx"}, {"n", "e", "e", "d", "l", "e"}, {"a", string(make([]byte, 300)), "needle"}} {
		w := &watcher{tap: &tap{needles: [][]byte{[]byte("other"), []byte("needle")}}}
		for _, piece := range pieces {
			_, _ = w.Write([]byte(piece))
		}
		if finds, _ := w.tap.state(); len(finds) != 1 {
			t.Errorf("%q: %q", pieces, finds)
		}
	}
}
