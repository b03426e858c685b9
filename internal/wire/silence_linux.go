package wire

import (
	"net"
	"syscall"
	"time"
	"unsafe"
)

// Silence tells how long the peer of a TCP connection has acknowledged nothing, if there
// is something that it owes an acknowledgement for; 0 otherwise, and for connections of
// another kind. Keepalives do not find a peer that vanishes with data on its way to it;
// the kernel tries again for some 15 minutes. A peer that lives and does not read owes
// nothing for more than a moment: it answers the probes of its closed window, which come
// two minutes apart at most (tcp(7), TCP_RTO_MAX in net/tcp.h).
func Silence(conn net.Conn) time.Duration {
	c := tcpBelow(conn)
	if c == nil {
		return 0
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return 0
	}
	var owed time.Duration
	if raw.Control(func(fd uintptr) { owed = silence(fd) }) != nil {
		return 0
	}
	return owed
}

// tcpBelow is the TCP connection that conn is, or that is below its TLS; nil if it is
// something else.
func tcpBelow(conn net.Conn) *net.TCPConn {
	for {
		below, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			tcp, _ := conn.(*net.TCPConn)
			return tcp
		}
		conn = below.NetConn()
	}
}

// silence is Silence of a socket.
func silence(fd uintptr) time.Duration {
	var info syscall.TCPInfo
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, syscall.IPPROTO_TCP, syscall.TCP_INFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 || info.Unacked == 0 && info.Probes == 0 {
		return 0
	}
	return time.Duration(info.Last_ack_recv) * time.Millisecond
}
