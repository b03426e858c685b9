package pgtest

import (
	"net"
	"syscall"
	"testing"
)

// Vanish has a TCP connection take nothing any more, acknowledgements among it: to its
// peer it is as a machine that has lost its power.
func Vanish(t testing.TB, conn net.Conn) {
	t.Helper()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		drop := []syscall.SockFilter{{Code: syscall.BPF_RET | syscall.BPF_K, K: 0}}
		failed = syscall.AttachLsf(int(fd), drop) //nolint:staticcheck // what is to be used instead makes filters, and attaches none
	})
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
}
