package wire

import (
	"io"
	"net"
	"time"
)

// The bounds of CloseLingering: long enough for a client to read its error.
const (
	lingerTime  = time.Second
	lingerBytes = 16 << 20
)

// CloseLingering closes conn so that the peer can read what was last written: it
// ends the writing side, then reads and drops what still comes, for at most a
// second and 16 MiB. Closing with unread bytes in the socket would reset the
// connection and take the last words with it.
func CloseLingering(conn net.Conn) {
	defer conn.Close()
	if conn.SetDeadline(time.Now().Add(lingerTime)) != nil {
		return
	}
	c, ok := conn.(interface{ CloseWrite() error })
	if !ok || c.CloseWrite() != nil {
		return
	}
	// An error ends the wait; there is nobody to tell.
	_, _ = io.CopyN(io.Discard, conn, lingerBytes)
}
