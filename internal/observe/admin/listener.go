package admin

import (
	"net"
	"sync"
)

// The bounds of open connections. Past them the next one is closed at once: who opens
// many must not use up the file descriptors that clients of the proxy need.
const (
	maxConnections        = 256
	maxConnectionsPerHost = 64
)

// bounded is a listener that keeps to the bounds.
type bounded struct {
	net.Listener

	mu    sync.Mutex
	all   int
	hosts map[string]int // by address; unix sockets have none, and only the first bound
}

func newBounded(ln net.Listener) *bounded {
	return &bounded{Listener: ln, hosts: make(map[string]int)}
}

// Accept implements net.Listener.
func (b *bounded) Accept() (net.Conn, error) {
	for {
		conn, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		host, _, _ := net.SplitHostPort(conn.RemoteAddr().String()) // empty for a unix socket
		if !b.enter(host) {
			conn.Close()
			continue
		}
		return &boundedConn{Conn: conn, leave: sync.OnceFunc(func() { b.leave(host) })}, nil
	}
}

func (b *bounded) enter(host string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all >= maxConnections || host != "" && b.hosts[host] >= maxConnectionsPerHost {
		return false
	}
	b.all++
	b.hosts[host]++
	return true
}

func (b *bounded) leave(host string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all--
	if b.hosts[host]--; b.hosts[host] == 0 {
		delete(b.hosts, host)
	}
}

type boundedConn struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (c *boundedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
