//go:build !linux

package pool

import "syscall"

// setUserTimeout does nothing: libpq too leaves tcp_user_timeout out where the
// system has no TCP_USER_TIMEOUT.
func setUserTimeout(string, syscall.RawConn, int) error { return nil }
