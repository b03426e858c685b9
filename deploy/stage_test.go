// Package deploy tests the packages: each is built, checked by what knows its format,
// and run as an operator would, before a real Postgres.
package deploy

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/auth/authtest"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/localpg"
	"tenantproxy/internal/pgtest"
)

// patience bounds what must happen at all; it measures nothing.
const patience = time.Minute

// imageUser is the user of the image and of the Kubernetes example.
const imageUser = 65532

// upstream is a Postgres with the demo schema that asks for TLS and a password, as one
// on another machine would, and an issuer of tokens.
type upstream struct {
	dsn         string // of the proxy's role, without the password
	password    string
	certificate *pgtest.Certificate
	issuer      *authtest.Issuer
	token       string // for an org; empty: one of issuer
}

func startUpstream(t *testing.T) *upstream {
	t.Helper()
	u := &upstream{password: "correct horse", certificate: pgtest.NewCertificate(t), issuer: authtest.NewIssuer(t)}
	cluster, err := localpg.Start(t.Context(), localpg.Options{
		TCP: true, TLSCert: u.certificate.CertPEM, TLSKey: u.certificate.KeyPEM,
		HBA: []string{"hostssl all all 127.0.0.1/32 scram-sha-256"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	conn, err := pgconn.Connect(t.Context(), cluster.DSN("postgres", localpg.Superuser))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, sql := range []string{demo.SchemaSQL(), demo.SeedSQL(demo.TestScale), "ALTER ROLE " + demo.AppRole + " PASSWORD '" + u.password + "'"} {
		if _, err := conn.Exec(t.Context(), sql).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	u.dsn = fmt.Sprintf("postgres://%s@127.0.0.1:%d/postgres?sslmode=verify-full", demo.AppRole, cluster.Port())
	return u
}

// query logs in as an org, to an address (host:port, or the directory of a unix
// socket), and counts its contacts.
func (u *upstream) query(t *testing.T, address string) {
	t.Helper()
	token := cmp.Or(u.token, u.issuer.OrgToken(t, demo.OrgA, nil))
	dsn := url.URL{Scheme: "postgres", User: url.UserPassword("app", token), Host: address, Path: "/postgres", RawQuery: "sslmode=disable"}
	if strings.HasPrefix(address, "/") {
		dsn.Host, dsn.RawQuery = "", url.Values{"host": {address}, "port": {"6432"}}.Encode()
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, err := pgconn.Connect(ctx, dsn.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	results, err := conn.Exec(ctx, "SELECT count(*) > 0, bool_and(org_id = '"+demo.OrgA+"') FROM contacts").ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := string(bytes.Join(results[0].Rows[0], []byte(","))); got != "t,t" {
		t.Errorf("contacts of the org: %s", got)
	}
	if _, err := conn.Exec(ctx, "SELECT * FROM import_staging").ReadAll(); err == nil || !strings.Contains(err.Error(), "42501") {
		t.Errorf("a relation without row-level security: %v", err)
	}
}

// shortDir makes a temporary directory whose name leaves room for that of a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "tpd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil { // others than us run in it
		t.Fatal(err)
	}
	return dir
}

// put writes a file with the directories that it needs, owned by root, or whoever we
// are, and by the group.
func put(t *testing.T, name, content string, mode os.FileMode, group int) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	own(t, name, -1, group)
}

func own(t *testing.T, name string, user, group int) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	if err := os.Chown(name, user, group); err != nil {
		t.Fatal(err)
	}
}

// jailed runs a program that sees nothing of the system but a directory, as a user:
// as root by chroot(2), otherwise as ourselves in a user namespace, where the system
// allows them.
func jailed(t *testing.T, root string, user int, env []string, program string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Dir = append([]string{"TMPDIR=/nowhere"}, env...), "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(user), Gid: uint32(user)}
	} else {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return cmd
}

// server is a running proxy.
type server struct {
	cmd    *exec.Cmd
	exited chan struct{}
	tcp    chan string // the address of a listener
	mu     sync.Mutex
	log    strings.Builder
}

// start runs the proxy until the test ends, and waits until it listens.
func start(t *testing.T, cmd *exec.Cmd) *server {
	t.Helper()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &server{cmd: cmd, exited: make(chan struct{}), tcp: make(chan string, 8)}
	go func() {
		defer close(s.exited)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			s.mu.Lock()
			fmt.Fprintln(&s.log, lines.Text())
			s.mu.Unlock()
			var line struct{ Msg, Address string }
			if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "listening" {
				s.tcp <- line.Address
			}
		}
		_ = cmd.Wait() // its state says it
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		<-s.exited
		if t.Failed() {
			t.Logf("the proxy's log:\n%s", s.text())
		}
	})
	return s
}

func (s *server) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// address is the next one that the proxy listens on.
func (s *server) address(t *testing.T) string {
	t.Helper()
	select {
	case address := <-s.tcp:
		return address
	case <-s.exited:
		t.Fatalf("serve ended: %s", s.text())
	case <-time.After(patience):
		t.Fatalf("serve does not listen: %s", s.text())
	}
	return ""
}

// drain ends the proxy as operators do.
func (s *server) drain(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.exited:
		if code := s.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("exit code %d: %s", code, s.text())
		}
	case <-time.After(patience):
		t.Fatalf("serve does not end: %s", s.text())
	}
}

// run runs a command to its end, in the root of the repository, and gives its output.
func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = "..", append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v:\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// has skips the test where a program is not installed.
func has(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("no %s here: scripts/ensure-packaging.sh installs it on Debian", program)
	}
}
