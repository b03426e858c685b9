package localpg

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Superuser is the name of the cluster's bootstrap superuser.
const Superuser = "postgres"

// Options say what cluster to make. The zero value is a server on a Unix
// socket that only this process's user can reach, with durability off.
type Options struct {
	// BinDir holds initdb and postgres; empty: FindBinaries.
	BinDir string
	// Settings go into postgresql.conf, over the defaults of this package.
	Settings map[string]string
	// HBA are the lines of pg_hba.conf, after one that trusts the superuser on
	// the Unix socket (whose directory is private). Empty: everybody is
	// trusted on the Unix socket, and TCP asks for SCRAM.
	HBA []string
	// TCP makes the server listen on a free port of 127.0.0.1 too.
	TCP bool
	// TLSCert and TLSKey, PEM, turn on TLS for TCP.
	TLSCert, TLSKey []byte
	// Durable leaves fsync and its kin on.
	Durable bool
}

// Cluster is a running cluster. Its methods are safe for concurrent use.
type Cluster struct {
	binDir  string
	dir     string
	port    int
	tcp     bool
	account account
	log     *os.File

	mu sync.Mutex
	// server is nil while the cluster is halted or stopped.
	server  *process
	removed bool
}

// startTimeout bounds initdb plus the first start when ctx has no deadline.
const startTimeout = 2 * time.Minute

// Start makes a cluster in a temporary directory and returns when it accepts
// connections. The caller ends it with Stop. Errors carry the end of the
// server's log.
func Start(ctx context.Context, opts Options) (*Cluster, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, startTimeout)
		defer cancel()
	}
	binDir := opts.BinDir
	if binDir == "" {
		found, err := FindBinaries()
		if err != nil {
			return nil, err
		}
		binDir = found
	}
	acct, err := serverAccount()
	if err != nil {
		return nil, err
	}
	c := &Cluster{binDir: binDir, account: acct, tcp: opts.TCP}
	if err := c.create(ctx, opts); err != nil {
		return nil, errors.Join(c.withLog(err), c.Stop())
	}
	if err := c.startOnFreePort(ctx); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// create makes the directories and an initialised, configured data directory.
func (c *Cluster) create(ctx context.Context, opts Options) error {
	// Short, whatever TMPDIR is: a socket path has about 100 bytes (sun_path).
	dir, err := os.MkdirTemp("/tmp", "tppg")
	if err != nil {
		return fmt.Errorf("making a directory for Postgres: %w", err)
	}
	c.dir = dir
	c.log, err = os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("opening the Postgres log: %w", err)
	}
	// From here on the account may change what is in the directory.
	if err := c.account.give(dir); err != nil {
		return err
	}
	err = runToEnd(ctx, c.account, c.log, dir, filepath.Join(c.binDir, "initdb"),
		"--pgdata="+c.dataDir(), "--username="+Superuser, "--auth=trust",
		"--encoding=UTF8", "--no-locale", "--no-sync")
	if err != nil {
		return err
	}
	return c.configure(opts)
}

func (c *Cluster) dataDir() string { return filepath.Join(c.dir, "data") }

// startOnFreePort starts the server; with TCP it picks a port and, since
// somebody else may take it in between, tries again with another.
func (c *Cluster) startOnFreePort(ctx context.Context) error {
	if !c.tcp {
		c.port = 5432 // only names the socket, in a directory of its own
		return c.Resume(ctx)
	}
	var errs []error
	for range 5 {
		port, err := FreePort()
		if err != nil {
			return err
		}
		c.port = port
		if err = c.Resume(ctx); err == nil {
			return nil
		}
		errs = append(errs, err)
		if ctx.Err() != nil || !portTaken(port) {
			break
		}
	}
	return errors.Join(errs...)
}

// FreePort finds a port of 127.0.0.1 that nobody listens on, below the range that
// Linux and BSD take for outgoing connections (32768 and up), so that none of these
// can grab it meanwhile.
func FreePort() (int, error) {
	for range 100 {
		port := 20000 + rand.IntN(12000)
		if !portTaken(port) {
			return port, nil
		}
	}
	return 0, errors.New("finding a free port on 127.0.0.1: 100 attempts failed")
}

func portTaken(port int) bool {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return true
	}
	l.Close()
	return false
}

// Resume starts the server of a halted cluster, on the same port, and returns
// when it accepts connections. It does nothing if the server runs.
func (c *Cluster) Resume(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.removed {
		return errors.New("starting Postgres: the cluster was stopped and removed")
	}
	if c.server != nil {
		return nil
	}
	server, err := start(c.account, c.log, c.dir, filepath.Join(c.binDir, "postgres"),
		"-D", c.dataDir(), "-p", strconv.Itoa(c.port))
	if err != nil {
		return err
	}
	if err := c.awaitReady(ctx, server); err != nil {
		return errors.Join(c.withLog(err), server.stop(syscall.SIGQUIT))
	}
	c.server = server
	return nil
}

// awaitReady connects until that works, the server ends, or ctx does.
func (c *Cluster) awaitReady(ctx context.Context, server *process) error {
	config, err := pgconn.ParseConfig(c.DSN("postgres", Superuser))
	if err != nil {
		return fmt.Errorf("connecting to Postgres: %w", err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgconn.ConnectConfig(ctx, config)
		if err == nil {
			return conn.Close(ctx)
		}
		// Only an answer that more time cannot change ends the wait early.
		var refusal *pgconn.PgError
		if errors.As(err, &refusal) && refusal.Code != cannotConnectNow {
			return fmt.Errorf("connecting to Postgres: %w", err)
		}
		select {
		case <-server.exited:
			return fmt.Errorf("starting Postgres: it ended: %w", server.err)
		case <-ctx.Done():
			return fmt.Errorf("waiting for Postgres to start: %w (last: %w)", context.Cause(ctx), err)
		case <-tick.C:
		}
	}
}

// cannotConnectNow is the SQLSTATE of a server that is still starting up.
const cannotConnectNow = "57P03"

// Halt stops the server and keeps its data, for tests of an upstream that goes
// away: a clean fast shutdown, or with crash an immediate one, after which the
// next start recovers. Resume brings it back.
func (c *Cluster) Halt(crash bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.halt(crash)
}

func (c *Cluster) halt(crash bool) error {
	if c.server == nil {
		return nil
	}
	shutdown := syscall.SIGINT
	if crash {
		shutdown = syscall.SIGQUIT
	}
	if err := c.server.stop(shutdown); err != nil {
		return c.withLog(err)
	}
	c.server = nil
	return nil
}

// Stop ends the server and removes the cluster. It may be called again.
func (c *Cluster) Stop() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.removed {
		return nil
	}
	if err := c.halt(false); err != nil {
		return err
	}
	c.removed = true
	if c.log != nil {
		c.log.Close()
	}
	if c.dir == "" {
		return nil
	}
	if err := os.RemoveAll(c.dir); err != nil {
		return fmt.Errorf("removing the Postgres cluster: %w", err)
	}
	return nil
}

// DSN is a URL for the Unix socket, for libpq as well as for pgx.
func (c *Cluster) DSN(database, user string) string {
	query := url.Values{"host": {c.SocketDir()}, "port": {strconv.Itoa(c.port)}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", User: url.User(user), Path: "/" + database, RawQuery: query.Encode()}
	return u.String()
}

// SocketDir is the directory of the Unix socket. Only the server's account
// and root can enter it.
func (c *Cluster) SocketDir() string { return c.dir }

// Port is that of TCP on 127.0.0.1, and the number in the socket's name.
func (c *Cluster) Port() int { return c.port }

// BinDir holds the programs that the cluster runs on.
func (c *Cluster) BinDir() string { return c.binDir }

// logTailBytes is how much of the log an error carries.
const logTailBytes = 4096

// LogTail is the end of the server's log, up to 4 KiB; empty once stopped.
func (c *Cluster) LogTail() string {
	if c.log == nil {
		return ""
	}
	info, err := c.log.Stat()
	if err != nil {
		return ""
	}
	tail := make([]byte, min(info.Size(), logTailBytes))
	n, _ := c.log.ReadAt(tail, info.Size()-int64(len(tail))) // what could be read is the best there is
	return string(tail[:n])
}

func (c *Cluster) withLog(err error) error {
	if tail := strings.TrimSpace(c.LogTail()); tail != "" {
		return fmt.Errorf("%w; the log ends with:\n%s", err, tail)
	}
	return err
}
