package wire

import (
	"net"
	"syscall"
	"unsafe"
)

// room knows how much a TCP socket below a connection, of TLS perhaps, takes without a
// wait. It is for the one who writes to the connection.
type room struct {
	raw  syscall.RawConn
	ask  func(fd uintptr) // made once, so that asking allocates nothing
	free int              // what ask has found, in bytes as the kernel counts them
}

// newRoom gives nil for a connection that is not known.
func newRoom(conn net.Conn) *room {
	tcp := tcpBelow(conn)
	if tcp == nil {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	r := &room{raw: raw}
	r.ask = func(fd uintptr) { r.free = freeSendBuffer(fd) }
	return r
}

// The kernel counts what its buffers take, which is more than the bytes in them: up to
// twice as much, and something for each of a few buffers and TLS records.
const sendOverhead = 8 << 10

// fits tells whether n bytes are sure to be taken at once: nobody else fills the buffer.
func (r *room) fits(n int) bool {
	r.free = 0
	if r.raw.Control(r.ask) != nil {
		return false
	}
	return r.free >= 2*n+sendOverhead
}

// SO_MEMINFO and its fields, of asm-generic/socket.h and linux/sock_diag.h.
const (
	soMemInfo       = 55
	memInfoSndbuf   = 3
	memInfoQueued   = 5
	memInfoVarCount = 9
)

// freeSendBuffer is what is left of the send buffer (sk_stream_memory_free in
// net/sock.h); 0 if the kernel does not say.
func freeSendBuffer(fd uintptr) int {
	var info [memInfoVarCount]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := syscall.RawSyscall6(syscall.SYS_GETSOCKOPT, fd, syscall.SOL_SOCKET, soMemInfo,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 || size <= memInfoQueued*4 {
		return 0
	}
	return int(info[memInfoSndbuf]) - int(info[memInfoQueued])
}
