package pool_test

import (
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/pool"
)

// TestTCPParams looks at the socket of a connection whose DSN has libpq's
// parameters for it.
func TestTCPParams(t *testing.T) {
	s := startSecured(t)
	const soKeepalive, idle, interval, count, userTimeout = syscall.SO_KEEPALIVE, syscall.TCP_KEEPIDLE, syscall.TCP_KEEPINTVL, syscall.TCP_KEEPCNT, 18
	for name, c := range map[string]struct {
		params []string
		want   map[int]int
	}{
		"none": {nil, map[int]int{idle: 15, interval: 5, count: 3, userTimeout: 0}},
		"all": {[]string{"keepalives", "1", "keepalives_idle", "7", "keepalives_interval", "2", "keepalives_count", "4", "tcp_user_timeout", "9000"},
			map[int]int{idle: 7, interval: 2, count: 4, userTimeout: 9000}},
		"off": {[]string{"keepalives", "0"}, map[int]int{-1: 0}},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := newDialer(t, s.dsn("127.0.0.1", "trusting", "", append(c.params, "sslmode", "disable")...)).Dial(t.Context(), "postgres", "", nil)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close(t.Context())
			raw, err := conn.Conn().(syscall.Conn).SyscallConn()
			if err != nil {
				t.Fatal(err)
			}
			for option, want := range c.want {
				level := syscall.IPPROTO_TCP
				if option == -1 {
					level, option = syscall.SOL_SOCKET, soKeepalive
				}
				var got int
				raw.Control(func(fd uintptr) { got, err = syscall.GetsockoptInt(int(fd), level, option) })
				if err != nil || got != want {
					t.Errorf("option %d is %d, want %d (%v)", option, got, want, err)
				}
			}
		})
	}
	for _, bad := range []string{"keepalives=yes", "tcp_user_timeout=-1", "keepalives_idle=5s"} {
		_, err := pool.NewDialer(pool.DialerOptions{Config: func() (*pgconn.Config, error) {
			return pgconn.ParseConfig("postgres://u@h/d?" + bad)
		}})
		if err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}
