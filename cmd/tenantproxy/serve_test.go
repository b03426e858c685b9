package main

import (
	"bufio"
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

// writeConfig writes a configuration that serves db on a port of the system's
// choice and on a unix socket.
func writeConfig(t *testing.T, upstream string, issuer *authtest.Issuer, more string) (file, socketDir string) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "tps") // short: a socket's path is
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	file = filepath.Join(dir, "tenantproxy.yaml")
	text := fmt.Sprintf(`listen: ["127.0.0.1:0", "unix://%s"]
upstream:
  dsn: %s
auth:
  algorithms: [HS256]
  keys: [{hmac_secret_file: %s}]
admin: {listen: ""}
policy:
  allow_relations: [public.plans]
%s`, dir, upstream, issuer.SecretFile, more)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, dir
}

// server is a running `tenantproxy serve`.
type server struct {
	process *os.Process
	exited  chan int
	mu      sync.Mutex
	log     strings.Builder
	tcp     chan string // the address of the TCP listener
	admin   chan string // that of the one for operators
}

func startServe(t *testing.T, configFile string, env ...string) *server {
	t.Helper()
	return startCommand(t, tenantproxy(t, env, "serve", "--config", configFile))
}

func startCommand(t *testing.T, cmd *exec.Cmd) *server {
	t.Helper()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &server{process: cmd.Process, exited: make(chan int, 1), tcp: make(chan string, 1), admin: make(chan string, 1)}
	go func() {
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			s.mu.Lock()
			fmt.Fprintln(&s.log, lines.Text())
			s.mu.Unlock()
			var line struct{ Msg, Address string }
			if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "listening" && !strings.HasPrefix(line.Address, "/") {
				s.tcp <- line.Address
			}
			if line.Msg == "serving operators" {
				s.admin <- line.Address
			}
		}
		cmd.Wait()
		s.exited <- cmd.ProcessState.ExitCode()
	}()
	t.Cleanup(func() {
		s.process.Kill()
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

// address waits until the server listens.
func (s *server) address(t *testing.T) string {
	t.Helper()
	select {
	case address := <-s.tcp:
		s.tcp <- address
		return address
	case code := <-s.exited:
		t.Fatalf("serve exited with %d: %s", code, s.text())
	case <-time.After(patience):
		t.Fatalf("serve does not listen: %s", s.text())
	}
	return ""
}

func (s *server) exit(t *testing.T) int {
	t.Helper()
	select {
	case code := <-s.exited:
		return code
	case <-time.After(patience):
		t.Fatalf("serve does not end: %s", s.text())
		return 0
	}
}

func clientDSN(address, database, token string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword("app", token), Host: address, Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}

func TestServe(t *testing.T) {
	db := pgtest.NewDatabase(t)
	issuer := authtest.NewIssuer(t)
	configFile, socketDir := writeConfig(t, db.App(), issuer, "")
	s := startServe(t, configFile)
	token := issuer.OrgToken(t, demo.OrgA, nil)
	for name, dsn := range map[string]string{
		"tcp":  clientDSN(s.address(t), db.Name, token),
		"unix": fmt.Sprintf("host=%s port=6432 user=app dbname=%s password=%s", socketDir, db.Name, token),
	} {
		conn, err := pgconn.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		rows := pgtest.Query(t, conn, "SELECT count(*) > 0, bool_and(org_id = '"+demo.OrgA+"') FROM contacts")
		if rows[0][0] != "t" || rows[0][1] != "t" {
			t.Errorf("%s: %v", name, rows)
		}
		conn.Close(t.Context())
	}
	if strings.Contains(s.text(), token) {
		t.Error("the token is in the log")
	}
	if err := s.process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := s.exit(t); code != exitFine {
		t.Errorf("exit code %d", code)
	}
	if _, err := os.Stat(filepath.Join(socketDir, ".s.PGSQL.6432")); !os.IsNotExist(err) {
		t.Errorf("the socket stays behind: %v", err)
	}
}

// TestServeDrains ends a server with a transaction open: it goes on to its end,
// and a second signal does not wait for it.
func TestServeDrains(t *testing.T) {
	db := pgtest.NewDatabase(t)
	issuer := authtest.NewIssuer(t)
	for _, twice := range []bool{false, true} {
		t.Run(fmt.Sprintf("twice=%v", twice), func(t *testing.T) {
			configFile, _ := writeConfig(t, db.App(), issuer, "")
			s := startServe(t, configFile)
			conn, err := pgconn.Connect(t.Context(), clientDSN(s.address(t), db.Name, issuer.OrgToken(t, demo.OrgA, nil)))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close(t.Context())
			if _, err := conn.Exec(t.Context(), "BEGIN").ReadAll(); err != nil {
				t.Fatal(err)
			}
			s.process.Signal(syscall.SIGTERM)
			for !strings.Contains(s.text(), "draining") {
				time.Sleep(10 * time.Millisecond)
			}
			if twice {
				s.process.Signal(syscall.SIGTERM)
			} else if _, err := conn.Exec(t.Context(), "SELECT 1; COMMIT").ReadAll(); err != nil {
				t.Errorf("the transaction could not end: %v", err)
			}
			if code := s.exit(t); code != exitFine {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

// TestServeRefusesToStart has configurations that must not serve.
func TestServeRefusesToStart(t *testing.T) {
	db := pgtest.NewDatabase(t)
	issuer := authtest.NewIssuer(t)
	for _, c := range []struct {
		name, upstream, more, says string
		code                       int
	}{
		{"superuser", db.Superuser(), "", "is a superuser", exitUsage},
		{"unknown key", db.App(), "limts: {max_clients: 5}\n", `did you mean "limits"`, exitUsage},
		{"transactions that share nothing", db.App(), "pool: {mode: transaction, reuse: false}\n", "needs pool.reuse", exitUsage},
		{"no such key file", db.App(), "tls: {cert_file: /nowhere/x.crt, key_file: /nowhere/x.key}\n", "/nowhere/x.crt", exitUsage},
		{"a function that can never be allowed", db.App(), "  allow_functions: [pg_catalog.query_to_xml]\n", "can never be allowed", exitUsage},
		{"role in the DSN", db.App() + "&role=postgres", "", "not allowed", exitUsage},
	} {
		t.Run(c.name, func(t *testing.T) {
			configFile, _ := writeConfig(t, c.upstream, issuer, c.more)
			_, stderr, code := runToEnd(t, tenantproxy(t, nil, "serve", "--config", configFile))
			if code != c.code || !strings.Contains(stderr, c.says) {
				t.Errorf("exit code %d: %s", code, stderr)
			}
		})
	}
	t.Run("accepted superuser", func(t *testing.T) {
		configFile, _ := writeConfig(t, db.As(localpg.Superuser), issuer, "  accept_privileged_role: true\n")
		s := startServe(t, configFile)
		s.address(t)
		if !strings.Contains(s.text(), "accept_privileged_role") {
			t.Errorf("no warning: %s", s.text())
		}
	})
	t.Run("port taken", func(t *testing.T) {
		configFile, _ := writeConfig(t, db.App(), issuer, "")
		s := startServe(t, configFile)
		_, stderr, code := runToEnd(t, tenantproxy(t, []string{"TENANTPROXY_LISTEN=" + s.address(t)}, "serve", "--config", configFile))
		if code != exitUsage || !strings.Contains(stderr, "listening on") {
			t.Errorf("exit code %d: %s", code, stderr)
		}
	})
}

// TestServeWithoutDatabase starts before the database does, as sidecars do.
func TestServeWithoutDatabase(t *testing.T) {
	cluster, err := localpg.Start(t.Context(), localpg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cluster.Stop() })
	conn, err := pgconn.Connect(t.Context(), cluster.DSN("postgres", localpg.Superuser))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "CREATE ROLE app_tenant LOGIN").ReadAll(); err != nil {
		t.Fatal(err)
	}
	conn.Close(t.Context())
	if err := cluster.Halt(false); err != nil {
		t.Fatal(err)
	}
	issuer := authtest.NewIssuer(t)
	configFile, _ := writeConfig(t, cluster.DSN("postgres", "app_tenant"), issuer, "")
	s := startServe(t, configFile)
	dsn := clientDSN(s.address(t), "postgres", issuer.OrgToken(t, demo.OrgA, nil))
	_, err = pgconn.Connect(t.Context(), dsn)
	if err == nil || !strings.Contains(err.Error(), "08006") {
		t.Errorf("with the database down: %v", err)
	}
	if err := cluster.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		conn, err := pgconn.Connect(t.Context(), dsn)
		if err == nil {
			_, err = conn.Exec(t.Context(), "SELECT 1").ReadAll()
			conn.Close(t.Context())
		}
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("with the database up again: %v", err)
		}
	}
}

func TestCheckConfig(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	configFile, _ := writeConfig(t, "postgres://app:hidden-password@db.example:5432/app?sslmode=disable", issuer, "")
	stdout, stderr, code := runToEnd(t, tenantproxy(t, []string{"TENANTPROXY_LIMITS_MAX_CLIENTS=77"}, "serve", "--config", configFile, "--check-config"))
	if code != exitFine || !strings.Contains(stdout, "max_clients: 77") || strings.Contains(stdout+stderr, "hidden-password") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	_, stderr, code = runToEnd(t, tenantproxy(t, []string{"TENANTPROXY_LIMITS_MAX_CLIENT=77"}, "serve", "--config", configFile, "--check-config"))
	if code != exitUsage || !strings.Contains(stderr, "TENANTPROXY_LIMITS_MAX_CLIENTS") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// TestDemoOnce runs the demo as a new user would, but for the screen.
func TestDemoOnce(t *testing.T) {
	dir, err := localpg.FindBinaries(pgtest.Default(t).BinDir())
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := runToEnd(t, tenantproxy(t, []string{localpg.BinDirEnv + "=" + dir}, "demo", "--once", "--listen", "127.0.0.1:0"))
	if code != exitFine {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	for _, want := range []string{"rule: relation.rls_disabled", "rule: view.runs_as_owner", "rule: setting.protected", demo.OrgAName} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is missing in:\n%s", want, stdout)
		}
	}
}

func TestVersionAndUsage(t *testing.T) {
	stdout, _, code := runToEnd(t, tenantproxy(t, nil, "version"))
	if code != exitFine || !strings.HasPrefix(stdout, "tenantproxy ") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
	_, stderr, code := runToEnd(t, tenantproxy(t, nil, "serve", "--no-such-flag"))
	if code != exitUsage || !strings.Contains(stderr, "no-such-flag") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
