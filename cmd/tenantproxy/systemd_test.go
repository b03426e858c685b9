package main

import (
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tenantproxy/internal/auth/authtest"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// TestSystemd is systemd: it opens the socket, is told of the states, and has a
// watchdog.
func TestSystemd(t *testing.T) {
	db := pgtest.NewDatabase(t)
	issuer := authtest.NewIssuer(t)
	file, dir := writeConfig(t, db.App(), issuer, "")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	socket, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	states, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: filepath.Join(dir, "notify")})
	if err != nil {
		t.Fatal(err)
	}
	defer states.Close()
	// await reads until a state comes, past those of the watchdog.
	await := func(want string) string {
		t.Helper()
		states.SetReadDeadline(time.Now().Add(patience))
		for {
			var buf [1000]byte
			n, err := states.Read(buf[:])
			if err != nil {
				t.Fatalf("no %s: %v", want, err)
			}
			if got := string(buf[:n]); strings.HasPrefix(got, want) {
				return got
			}
		}
	}

	env := []string{"NOTIFY_SOCKET=" + filepath.Join(dir, "notify"), "WATCHDOG_USEC=200000", "LISTEN_FDS=1", "LISTEN_FDNAMES=clients"}
	plain := tenantproxy(t, env, "serve", "--config", file)
	cmd := exec.CommandContext(t.Context(), "/bin/sh", append([]string{"-c", `LISTEN_PID=$$ exec "$0" "$@"`, plain.Path}, plain.Args[1:]...)...)
	cmd.Env = plain.Env
	cmd.ExtraFiles = append(cmd.ExtraFiles, socket)
	s := startCommand(t, cmd)
	await("READY=1")
	if got := s.address(t); got != ln.Addr().String() {
		t.Errorf("listens on %s, not on the socket that was handed over", got)
	}
	ln.Close()
	socket.Close()
	conn := login(t, clientDSN(s.address(t), db.Name, issuer.OrgToken(t, demo.OrgA, nil)))
	if got := run1(t, conn, "SELECT count(*) FROM contacts"); got != "" {
		t.Error(got)
	}
	await("WATCHDOG=1")
	s.process.Signal(syscall.SIGHUP)
	if got := await("RELOADING=1"); !strings.Contains(got, "\nMONOTONIC_USEC=") {
		t.Errorf("reloading without the time: %q", got)
	}
	await("READY=1")
	s.process.Signal(syscall.SIGTERM)
	await("STOPPING=1")
	if code := s.exit(t); code != exitFine {
		t.Errorf("exit code %d", code)
	}
}
