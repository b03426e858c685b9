package pool

import (
	"strings"
	"syscall"
)

// tcpUserTimeout is TCP_USER_TIMEOUT of linux/tcp.h, which package syscall lacks.
const tcpUserTimeout = 18

// setUserTimeout bounds how long sent bytes may stay without an acknowledgement,
// in milliseconds.
func setUserTimeout(network string, raw syscall.RawConn, milliseconds int) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var failed error
	err := raw.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, milliseconds)
	})
	if err != nil {
		return err
	}
	return failed
}
