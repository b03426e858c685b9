package wire

import (
	"io"
	"net"
	"os"
	"syscall"
	"unsafe"
)

// rawConn gives the descriptor's RawConn for the socket types whose bytes are
// the protocol's; nil for TLS and anything unknown.
func rawConn(conn net.Conn) syscall.RawConn {
	var raw syscall.RawConn
	var err error
	switch c := conn.(type) {
	case *net.TCPConn:
		raw, err = c.SyscallConn()
	case *net.UnixConn:
		raw, err = c.SyscallConn()
	}
	if err != nil {
		return nil
	}
	return raw
}

// recv and send are the system calls without entersyscall: with MSG_DONTWAIT
// they never block, so there is no reason to hand the processor over.
func recv(fd uintptr, p []byte, flags uintptr) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd,
		uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), syscall.MSG_DONTWAIT|flags, 0, 0)
	if errno == 0 {
		recvRace(p[:n])
	}
	return int(n), errno
}

func send(fd uintptr, p []byte) (int, syscall.Errno) {
	sendRace(p)
	n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, fd,
		uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
	return int(n), errno
}

// readRaw is ReadEach inside one RawConn.Read, whose callback returns false to
// park until the socket is readable. A read that did not fill the buffer has
// emptied the socket, so the next one waits for the poller; only a full buffer
// is followed by another read at once.
func (s *Stream) readRaw(handle func([]byte, int) error) error {
	var loan readBuffer
	defer loan.release()
	large := false
	var result error
	err := s.raw.Read(func(fd uintptr) bool {
		for {
			if s.interrupted.Load() {
				result = ErrInterrupted
				return true
			}
			buf := loan.take(large)
			n, errno := recv(fd, buf[Headroom:], 0)
			switch {
			case errno == syscall.EINTR:
				continue
			case errno == syscall.EAGAIN:
				loan.release()
				large = false
				return false
			case errno != 0:
				result = os.NewSyscallError("recv", errno)
				return true
			case n == 0:
				result = io.EOF
				return true
			}
			s.reads.Add(1)
			if result = handle(buf, n); result != nil {
				return true
			}
			if n < len(buf)-Headroom {
				loan.release()
				large = false
				return false
			}
			large = true
		}
	})
	if result != nil {
		return result
	}
	return woken(err)
}

// writeRaw is Write inside one RawConn.Write, parking while the socket is full.
func (s *Stream) writeRaw(p []byte) error {
	var result error
	err := s.raw.Write(func(fd uintptr) bool {
		for len(p) > 0 {
			n, errno := send(fd, p)
			switch {
			case errno == syscall.EINTR:
			case errno == syscall.EAGAIN:
				return false
			case errno != 0:
				result = os.NewSyscallError("send", errno)
				return true
			default:
				p = p[n:]
			}
		}
		return true
	})
	if result != nil {
		return result
	}
	return err
}

// hasUnseen tells whether the socket holds a close, an error or bytes. The
// descriptor is held by RawConn.Control, which may run beside a parked Read.
func hasUnseen(raw syscall.RawConn) bool {
	unseen := false
	err := raw.Control(func(fd uintptr) {
		var p [1]byte
		_, errno := recv(fd, p[:], syscall.MSG_PEEK)
		unseen = errno != syscall.EAGAIN && errno != syscall.EINTR
	})
	return err == nil && unseen
}
