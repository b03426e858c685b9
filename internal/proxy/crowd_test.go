package proxy_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/demo"
)

// crowdVariable has a test binary be a crowd of clients: host:port, and how many. The
// clients need descriptors of their own, which one process may not have for both sides.
const crowdVariable = "TENANTPROXY_TEST_CROWD"

// beCrowd connects many clients at once that say nothing, or the beginning of something.
// It prints a line when all are connected, and one with what became of them.
func beCrowd(what string) error {
	address, count, _ := strings.Cut(what, " ")
	crowd, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	var refused, ended, failed atomic.Int64
	var dialed, clients sync.WaitGroup
	dialed.Add(crowd)
	room := make(chan struct{}, 200) // of dials; the backlog of a listener is finite
	for i := range crowd {
		room <- struct{}{}
		clients.Go(func() {
			conn, err := net.Dial("tcp", address)
			<-room
			dialed.Done()
			if err != nil {
				failed.Add(1)
				return
			}
			defer conn.Close()
			if i%2 == 0 {
				conn.Write([]byte{0, 0, 0, 50, 0, 3}) // and no more
			}
			conn.SetReadDeadline(time.Now().Add(2 * crowdPatience))
			rest, err := io.ReadAll(conn)
			var timeout net.Error
			switch {
			case errors.As(err, &timeout) && timeout.Timeout():
				failed.Add(1)
			case strings.Contains(string(rest), "53300"):
				refused.Add(1)
			default:
				ended.Add(1)
			}
		})
	}
	dialed.Wait()
	fmt.Println("connected")
	clients.Wait()
	_, err = fmt.Println(refused.Load(), ended.Load(), failed.Load())
	return err
}

// crowdPatience bounds what 10,000 clients take on a busy machine.
const crowdPatience = 2 * time.Minute

// crowd is a running crowd of clients.
type crowd struct {
	lines *bufio.Scanner
	cmd   *exec.Cmd
}

func (f *fixture) crowd(t *testing.T, size int) *crowd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*crowdPatience)
	t.Cleanup(cancel)
	c := &crowd{cmd: exec.CommandContext(ctx, os.Args[0])}
	c.cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", crowdVariable, f.Address, size))
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.cmd.Process.Kill() })
	c.lines = bufio.NewScanner(out)
	return c
}

// connected waits until all clients are.
func (c *crowd) connected(t *testing.T) {
	t.Helper()
	if !c.lines.Scan() || c.lines.Text() != "connected" {
		t.Fatalf("the crowd says %q, %v", c.lines.Text(), c.lines.Err())
	}
}

// result waits until all clients are gone.
func (c *crowd) result(t *testing.T) (refused, ended, failed int) {
	t.Helper()
	if !c.lines.Scan() {
		t.Fatalf("the crowd says nothing: %v", c.lines.Err())
	}
	if _, err := fmt.Sscan(c.lines.Text(), &refused, &ended, &failed); err != nil {
		t.Fatalf("the crowd says %q: %v", c.lines.Text(), err)
	}
	if err := c.cmd.Wait(); err != nil {
		t.Error(err)
	}
	return refused, ended, failed
}

// crowdSize is 10,000, if the process may have so many descriptors.
func crowdSize(t *testing.T) int {
	t.Helper()
	size := 10_000
	if testing.Short() {
		size = 1000
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if room := int(limit.Cur) - 500; room < size {
		t.Logf("the process may have %d descriptors: %d clients instead of %d", limit.Cur, room, size)
		size = room
	}
	return size
}

// leavesNothing checks that goroutines and descriptors are what they were, but for those
// of one upstream connection.
func (f *fixture) leavesNothing(t *testing.T) func() {
	t.Helper()
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	return func() {
		t.Helper()
		for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
			connections, more, open := f.Server.Connections(), runtime.NumGoroutine()-goroutines, openFiles(t)-files
			if connections == 0 && more <= 2 && open <= 2 {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("left are %d connections, %d goroutines more and %d files", connections, more, open)
			}
		}
	}
}

// TestCrowd has 10,000 clients at once that say nothing, or a few bytes: few are let in
// from one address, the others are told, and clients of other addresses log in meanwhile.
func TestCrowd(t *testing.T) {
	const most = 50
	size := crowdSize(t)
	f := start(t, oneUpstream, func(s *setup) {
		s.Options.MaxUnauthenticatedPerAddress = most
		s.Options.LoginTimeout = 3 * time.Second
	})
	nothing := f.leavesNothing(t)
	crowd := f.crowd(t, size)
	const others = 5
	for range others {
		f.fromElsewhere(t).Close(t.Context())
		if n := f.Server.Connections(); n > most+others { // some may be about to end
			t.Errorf("%d connections", n)
		}
	}
	crowd.connected(t)
	f.fromElsewhere(t).Close(t.Context())
	refused, ended, failed := crowd.result(t)
	t.Logf("%d refused, %d timed out", refused, ended)
	// Who is refused in a hurry may find the connection reset instead.
	if failed != 0 || refused == 0 || ended == 0 || refused+ended != size {
		t.Errorf("%d refused, %d timed out, %d left hanging", refused, ended, failed)
	}
	nothing()
	f.Connect(t, demo.OrgA)
}

// TestFullHouse has 10,000 clients take all places, say nothing, and lose them when the
// time for their login is over.
func TestFullHouse(t *testing.T) {
	size := crowdSize(t)
	f := start(t, oneUpstream, func(s *setup) {
		s.Options.MaxClients, s.Options.MaxUnauthenticatedPerAddress = size, 2*size
		s.Options.LoginTimeout = 30 * time.Second
	})
	nothing := f.leavesNothing(t)
	crowd := f.crowd(t, size)
	crowd.connected(t)
	eventually(t, "a full house", func() bool { return f.Server.Connections() == size })
	_, err := f.Dial(t, f.Token(t, demo.OrgA))
	if e := sqlstate(t, err, "53300"); !strings.Contains(e.Message, "limits.max_clients") {
		t.Errorf("message %q", e.Message)
	}
	if refused, ended, failed := crowd.result(t); ended != size {
		t.Errorf("%d refused, %d timed out, %d left hanging", refused, ended, failed)
	}
	nothing()
	f.Connect(t, demo.OrgA)
}

// fromElsewhere logs in from another address of the loopback.
func (f *fixture) fromElsewhere(t *testing.T) *pgconn.PgConn {
	t.Helper()
	config, err := pgconn.ParseConfig(f.DSN(f.Token(t, demo.OrgA)))
	if err != nil {
		t.Fatal(err)
	}
	config.DialFunc = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).DialContext
	conn, err := pgconn.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
