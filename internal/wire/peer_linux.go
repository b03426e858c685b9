package wire

import (
	"net"
	"syscall"
	"unsafe"
)

// The events of poll(2) that tell of a peer that has closed.
const (
	pollErr   = 0x0008
	pollHup   = 0x0010
	pollRdHup = 0x2000
)

// PeerClosed tells whether the peer has closed its side of the connection, also behind
// bytes that nobody has read yet. It reads nothing, and is safe for concurrent use.
func PeerClosed(conn net.Conn) bool {
	for {
		below, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		conn = below.NetConn()
	}
	c, ok := conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	closed := false
	err = raw.Control(func(fd uintptr) { closed = peerClosed(fd) })
	return err == nil && closed
}

// peerClosed is PeerClosed of a socket.
func peerClosed(fd uintptr) bool {
	poll := struct {
		fd              int32
		events, revents int16
	}{fd: int32(fd), events: pollRdHup}
	var now syscall.Timespec
	//nolint:gosec // what ppoll gets lives until it returns
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&poll)), 1, uintptr(unsafe.Pointer(&now)), 0, 0, 0)
	return errno == 0 && poll.revents&(pollErr|pollHup|pollRdHup) != 0
}
