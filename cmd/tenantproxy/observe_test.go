package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tenantproxy/internal/auth/authtest"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/localpg"
	"tenantproxy/internal/observe/admin"
	"tenantproxy/internal/pgtest"
)

// operators waits until the server answers operators, and gives the address.
func (s *server) operators(t *testing.T) string {
	t.Helper()
	select {
	case address := <-s.admin:
		s.admin <- address
		return address
	case code := <-s.exited:
		t.Fatalf("serve exited with %d: %s", code, s.text())
	case <-time.After(patience):
		t.Fatalf("serve does not answer operators: %s", s.text())
	}
	return ""
}

// ask asks the server for operators; address is host:port or a socket's path.
func ask(t *testing.T, address, path string) (code int, body string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	host := address
	if strings.HasPrefix(address, "/") {
		client.Transport.(*http.Transport).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", address)
		}
		host = "tenantproxy.internal"
	}
	response, err := client.Get("http://" + host + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(content)
}

// awaitReady waits until /readyz answers with the code and names the check.
func awaitReady(t *testing.T, address string, code int, says string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		got, body := ask(t, address, "/readyz")
		if got == code && strings.Contains(body, says) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("/readyz stays at %d: %s, want %d with %s", got, body, code, says)
		}
	}
}

const adminOnAnyPort = "TENANTPROXY_ADMIN_LISTEN=127.0.0.1:0"

// TestOperators asks a running proxy what operators ask, and again while it drains.
func TestOperators(t *testing.T) {
	db := pgtest.NewDatabase(t)
	issuer := authtest.NewIssuer(t)
	configFile, _ := writeConfig(t, db.App(), issuer, "")
	s := startServe(t, configFile, adminOnAnyPort)
	address := s.operators(t)
	awaitReady(t, address, http.StatusOK, `"ready":true`)
	if code, body := ask(t, address, "/healthz"); code != http.StatusOK || body != "ok\n" {
		t.Errorf("/healthz: %d %s", code, body)
	}

	token := issuer.OrgToken(t, demo.OrgA, nil)
	hostile := "<script>alert(1)</script>\x01\u202e" + strings.Repeat("x", 1000)
	conn := login(t, clientDSN(s.address(t), db.Name, token)+"&application_name="+strings.NewReplacer("<", "%3C", ">", "%3E", "\x01", "%01", "/", "%2F").Replace(hostile))
	for _, step := range []struct{ sql, want string }{
		{"SELECT count(*) FROM contacts", ""},
		{"SELECT count(*) FROM pg_stat_user", "42P01"},
		{"SELECT 1/0", "22012"},
		{"BEGIN", ""},
	} {
		if got := run1(t, conn, step.sql); got != step.want {
			t.Errorf("%s: %q", step.sql, got)
		}
	}
	_, body := ask(t, address, "/metrics")
	for _, want := range []string{
		`tenantproxy_client_connections{state="idle_in_transaction"} 1`,
		`tenantproxy_logins_total{outcome="accepted"} 1`,
		`tenantproxy_statements_total{rule="relation.unknown",verdict="refused"} 1`,
		`tenantproxy_statements_total{rule="",verdict="allowed"} 3`,
		`tenantproxy_executions_total{protocol="simple"} 3`,
		`tenantproxy_upstream_errors_total{class="22"} 1`,
		fmt.Sprintf(`tenantproxy_org_sessions{org="%s"} 1`, demo.OrgA),
		fmt.Sprintf(`tenantproxy_org_refused_total{org="%s"} 1`, demo.OrgA),
		fmt.Sprintf(`tenantproxy_rules_in_force{database="%s",role=""} 1`, db.Name),
		`tenantproxy_upstream_connections{state="in_use"} 1`,
		`tenantproxy_ready{check="upstream"} 1`,
		`tenantproxy_draining 0`,
		`go_goroutines `, `process_open_fds `,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the metrics do not have %s", want)
		}
	}
	if strings.Contains(body, "alert(1)") {
		t.Error("the application_name is in the metrics")
	}
	var status admin.Status
	_, body = ask(t, address, "/api/status")
	if err := json.Unmarshal([]byte(body), &status); err != nil {
		t.Fatal(err)
	}
	secret, err := os.ReadFile(issuer.SecretFile)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(body, token) || strings.Contains(body, strings.TrimSpace(string(secret))) {
		t.Error("the status has a secret")
	}
	if !status.Ready || len(status.Sessions) != 1 || status.Sessions[0].State != "idle_in_transaction" || status.Sessions[0].Org != demo.OrgA ||
		!strings.HasPrefix(status.Sessions[0].Application, "<script>") || status.Counts.Refused != 1 || len(status.Counts.Orgs) != 1 ||
		len(status.Keys) != 1 || len(status.Keys[0].Keys) != 1 || status.Keys[0].Keys[0].Kind != "HMAC secret" || status.Keys[0].Keys[0].Since.IsZero() {
		t.Errorf("the status: %s", body)
	}
	var relations admin.Relations
	_, body = ask(t, address, "/api/relations?database="+db.Name)
	if err := json.Unmarshal([]byte(body), &relations); err != nil {
		t.Fatal(err)
	}
	protections := make(map[string]string)
	counts := make(map[string]int)
	for _, r := range relations.Relations {
		if r.Kind == "sequence" || strings.HasSuffix(r.Name, "_seq") {
			t.Errorf("a sequence: %+v", r)
		}
		protections[r.Name] = r.Protection + " " + r.Rule
		counts[r.Protection]++
	}
	if protections["public.contacts"] != "protected " || protections["public.plans"] != "shared " || counts[admin.Refused] == 0 {
		t.Errorf("the relations: %v", protections)
	}
	if d := status.Databases[0]; d.Protected != counts[admin.Protected] || d.Shared != counts[admin.Shared] || d.Refused != counts[admin.Refused] {
		t.Errorf("%+v counts others than %v", d, counts)
	}
	for _, r := range relations.Relations {
		if (r.Protection == admin.Refused) != (r.Rule != "" && r.Why != "") {
			t.Errorf("%+v", r)
		}
	}

	// The open transaction keeps it draining.
	s.process.Signal(syscall.SIGTERM)
	awaitReady(t, address, http.StatusServiceUnavailable, `"accepting","ok":false`)
	if code, body := ask(t, address, "/metrics"); code != http.StatusOK || !strings.Contains(body, "tenantproxy_draining 1") {
		t.Errorf("a scrape during the drain: %d", code)
	}
	if code, _ := ask(t, address, "/healthz"); code != http.StatusOK {
		t.Errorf("/healthz during the drain: %d", code)
	}
	if got := run1(t, conn, "COMMIT"); got != "" {
		t.Errorf("COMMIT: %s", got)
	}
	if code := s.exit(t); code != exitFine {
		t.Errorf("exit code %d", code)
	}
}

// TestReadiness takes the database away and gives it back.
func TestReadiness(t *testing.T) {
	cluster, err := localpg.Start(t.Context(), localpg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cluster.Stop() })
	admin := login(t, cluster.DSN("postgres", localpg.Superuser))
	for _, sql := range []string{"CREATE ROLE app_tenant LOGIN", "CREATE ROLE bypasser BYPASSRLS"} {
		if got := run1(t, admin, sql); got != "" {
			t.Fatal(got)
		}
	}
	issuer := authtest.NewIssuer(t)
	configFile, _ := writeConfig(t, cluster.DSN("postgres", "app_tenant"), issuer, "  catalog_refresh: 500ms\n")
	s := startServe(t, configFile, adminOnAnyPort)
	address := s.operators(t)
	awaitReady(t, address, http.StatusOK, `"ready":true`)
	if got := run1(t, admin, "GRANT bypasser TO app_tenant"); got != "" {
		t.Fatal(got)
	}
	awaitReady(t, address, http.StatusServiceUnavailable, `"role","ok":false`)
	if got := run1(t, admin, "REVOKE bypasser FROM app_tenant"); got != "" {
		t.Fatal(got)
	}
	awaitReady(t, address, http.StatusOK, `"ready":true`)
	if err := cluster.Halt(false); err != nil {
		t.Fatal(err)
	}
	awaitReady(t, address, http.StatusServiceUnavailable, `"upstream","ok":false`)
	if err := cluster.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	awaitReady(t, address, http.StatusOK, `"ready":true`)
}

// TestAdminAddress has addresses for operators that cannot be, and others that can.
func TestAdminAddress(t *testing.T) {
	db := pgtest.NewDatabase(t)
	issuer := authtest.NewIssuer(t)
	configFile, dir := writeConfig(t, db.App(), issuer, "")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	short := filepath.Join(dir, "short")
	if err := os.WriteFile(short, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		env  []string
		says string
	}{
		"taken":          {[]string{"TENANTPROXY_ADMIN_LISTEN=" + taken.Addr().String()}, "listening on admin.listen " + taken.Addr().String()},
		"without token":  {[]string{"TENANTPROXY_ADMIN_LISTEN=0.0.0.0:0"}, "admin.token_file: is required"},
		"token is short": {[]string{"TENANTPROXY_ADMIN_LISTEN=0.0.0.0:0", "TENANTPROXY_ADMIN_TOKEN_FILE=" + short}, "a token has 16"},
		"no token file":  {[]string{"TENANTPROXY_ADMIN_LISTEN=0.0.0.0:0", "TENANTPROXY_ADMIN_TOKEN_FILE=/nowhere"}, "reading admin.token_file"},
		"no directory":   {[]string{"TENANTPROXY_ADMIN_LISTEN=unix:///nowhere/admin.sock"}, "listening on admin.listen"},
	} {
		t.Run(name, func(t *testing.T) {
			_, stderr, code := runToEnd(t, tenantproxy(t, c.env, "serve", "--config", configFile))
			if code != exitUsage || !strings.Contains(stderr, c.says) {
				t.Errorf("exit code %d: %s", code, stderr)
			}
			if strings.Contains(name, "token") {
				_, stderr, code := runToEnd(t, tenantproxy(t, c.env, "serve", "--check-config", "--config", configFile))
				if code != exitUsage || !strings.Contains(stderr, c.says) {
					t.Errorf("--check-config: exit code %d: %s", code, stderr)
				}
			}
		})
	}
	t.Run("unix socket", func(t *testing.T) {
		socket := filepath.Join(dir, "admin.sock")
		s := startServe(t, configFile, "TENANTPROXY_ADMIN_LISTEN=unix://"+socket)
		if got := s.operators(t); got != socket {
			t.Errorf("the address is %s", got)
		}
		if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v: %v", info.Mode(), err)
		}
		awaitReady(t, socket, http.StatusOK, `"ready":true`)
	})
	t.Run("socket of systemd", func(t *testing.T) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		open, err := net.Listen("tcp", "0.0.0.0:0")
		if err != nil {
			t.Fatal(err)
		}
		defer open.Close()
		activate := func(ln net.Listener) *exec.Cmd {
			socket, err := ln.(*net.TCPListener).File()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { socket.Close() })
			plain := tenantproxy(t, []string{"LISTEN_FDS=1", "LISTEN_FDNAMES=admin"}, "serve", "--config", configFile)
			cmd := exec.CommandContext(t.Context(), "/bin/sh", append([]string{"-c", `LISTEN_PID=$$ exec "$0" "$@"`, plain.Path}, plain.Args[1:]...)...)
			cmd.Env, cmd.ExtraFiles = plain.Env, append(cmd.ExtraFiles, socket)
			return cmd
		}
		s := startCommand(t, activate(ln))
		s.address(t) // clients have an address of their own
		if got := s.operators(t); got != ln.Addr().String() {
			t.Errorf("the address is %s", got)
		}
		s.process.Signal(syscall.SIGTERM)
		s.exit(t)
		_, stderr, code := runToEnd(t, activate(open))
		if code != exitUsage || !strings.Contains(stderr, "admin.token_file is required") {
			t.Errorf("exit code %d: %s", code, stderr)
		}
	})
}
