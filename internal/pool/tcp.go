package pool

import (
	"fmt"
	"net"
	"strconv"
	"syscall"
	"time"
)

// takeTCPParams takes libpq's parameters of the TCP connection (manual, "Parameter
// Key Words"), which pgconn does not know, from the run-time parameters, and gives
// a dialer that is like that.
//
// Without them the first keepalive comes after 15 s of silence, then two more, 5 s
// apart. As in libpq, tcp_user_timeout is the system's unless it is given: it also
// ends a connection to a server that lives but does not read, because a statement
// before takes that long.
func takeTCPParams(params map[string]string) (*net.Dialer, error) {
	take := func(name string) (value int, given bool, err error) {
		text, given := params[name]
		if !given {
			return 0, false, nil
		}
		delete(params, name)
		value, err = strconv.Atoi(text)
		if err != nil || value < 0 || value > 1<<30 {
			return 0, false, fmt.Errorf("upstream.dsn: %s is not a number from 0 to %d", name, 1<<30)
		}
		return value, true, nil
	}
	keepAlive := net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}
	dialer := &net.Dialer{}
	for name, set := range map[string]func(n int){
		"keepalives":          func(n int) { keepAlive.Enable = n != 0 },
		"keepalives_idle":     func(n int) { keepAlive.Idle = time.Duration(n) * time.Second },
		"keepalives_interval": func(n int) { keepAlive.Interval = time.Duration(n) * time.Second },
		"keepalives_count":    func(n int) { keepAlive.Count = n },
		"tcp_user_timeout": func(n int) {
			dialer.Control = func(network, _ string, raw syscall.RawConn) error {
				return setUserTimeout(network, raw, n)
			}
		},
	} {
		n, given, err := take(name)
		if err != nil {
			return nil, err
		}
		if given && (n != 0 || name == "keepalives") { // 0 is the default, in libpq too
			set(n)
		}
	}
	if !keepAlive.Enable {
		dialer.KeepAlive = -1
		return dialer, nil
	}
	dialer.KeepAliveConfig = keepAlive
	return dialer, nil
}
