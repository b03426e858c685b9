package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/auth/authtest"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

//go:generate go test -run ^TestAuditLogIsDocumented$ -update-audit-log .

const auditDocs = "../../docs/AUDIT_LOG.md"

var updateAuditLog = flag.Bool("update-audit-log", false, "write the examples of docs/AUDIT_LOG.md")

// auditRun is a `serve` whose audit log is a file.
type auditRun struct {
	*server
	db      *pgtest.Database
	issuer  *authtest.Issuer
	config  string
	log     string // the audit log
	revoked string // auth.revocation_file
}

func startAudited(t *testing.T, db *pgtest.Database, auditPath, audit, more string) *auditRun {
	t.Helper()
	r := &auditRun{db: db, issuer: authtest.NewIssuer(t), log: auditPath, revoked: filepath.Join(t.TempDir(), "revoked")}
	if err := os.WriteFile(r.revoked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r.config, _ = writeConfig(t, db.App(), r.issuer, fmt.Sprintf("  catalog_refresh: 50ms\n%saudit_log: {path: %q, %s}\n", more, auditPath, audit))
	r.server = startServe(t, r.config, "TENANTPROXY_AUTH_REVOCATION_FILE="+r.revoked, adminOnAnyPort)
	return r
}

func (r *auditRun) dial(t *testing.T, claims map[string]any) (*pgconn.PgConn, error) {
	t.Helper()
	config, err := pgconn.ParseConfig(clientDSN(r.address(t), r.db.Name, r.issuer.OrgToken(t, demo.OrgA, claims)))
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["application_name"] = "reports"
	conn, err := pgconn.ConnectConfig(t.Context(), config)
	if err == nil {
		t.Cleanup(func() { conn.Close(t.Context()) })
	}
	return conn, err
}

func (r *auditRun) login(t *testing.T, claims map[string]any) *pgconn.PgConn {
	t.Helper()
	conn, err := r.dial(t, claims)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// await waits until the log has an event with the text in it, and gives the line.
func (r *auditRun) await(t *testing.T, event, with string) string {
	t.Helper()
	var text []byte
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var err error
		if text, err = os.ReadFile(r.log); err != nil {
			continue // it is being rotated
		}
		if line := eventIn(text, event, with); line != "" {
			return line
		}
	}
	t.Fatalf("no %s with %q in:\n%s", event, with, text)
	return ""
}

func eventIn(text []byte, event, with string) string {
	for line := range bytes.Lines(text) {
		if bytes.HasSuffix(line, []byte("\n")) && bytes.Contains(line, []byte(`"event":"`+event+`"`)) && bytes.Contains(line, []byte(with)) {
			return string(line)
		}
	}
	return ""
}

func (r *auditRun) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := r.process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// TestAuditLogIsDocumented provokes every event, and holds the examples of
// docs/AUDIT_LOG.md to them.
func TestAuditLogIsDocumented(t *testing.T) {
	lines := make(map[string]string)
	for _, run := range []func(t *testing.T, lines map[string]string){
		auditOfClients, auditOfOperators, auditOfReportMode, auditThatDrops, auditThatFails,
	} {
		run(t, lines)
	}
	document, err := os.ReadFile(auditDocs)
	if err != nil {
		t.Fatal(err)
	}
	section := regexp.MustCompile("(?s)### ([a-z.]+)\n.*?```json\n(.*?)```")
	seen := make(map[string]bool)
	document = section.ReplaceAllFunc(document, func(text []byte) []byte {
		parts := section.FindSubmatch(text)
		event, example := string(parts[1]), string(parts[2])
		seen[event] = true
		got := sameEachTime(lines[event])
		if lines[event] == "" {
			t.Errorf("%s is documented, and was not seen", event)
		} else if example != got && !*updateAuditLog {
			t.Errorf("%s:\ngot  %swant %s", event, got, example)
		}
		return bytes.Replace(text, []byte("```json\n"+example), []byte("```json\n"+got), 1)
	})
	for event, line := range lines {
		if !seen[event] {
			t.Errorf("%s is not documented: %s", event, line)
		}
	}
	source, err := os.ReadFile("../../internal/observe/auditlog/events.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile(`Name\(\) string +\{ return "([a-z.]+)" \}`).FindAllSubmatch(source, -1) {
		if !seen[string(name[1])] {
			t.Errorf("%s is not documented", name[1])
		}
	}
	if *updateAuditLog {
		if err := os.WriteFile(auditDocs, document, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// sameEachTime puts what differs from run to run as the documentation has it.
func sameEachTime(line string) string {
	for _, change := range [][2]string{
		{`"time":"[^"]*"`, `"time":"2026-11-25T14:03:11.123456Z"`},
		{`"(expires|expired)":"[^"]*"`, `"$1":"2026-11-25T15:00:00Z"`},
		{`"instance":"[0-9a-f]{12}"`, `"instance":"7f3a09c2d4e1"`},
		{`"seq":\d+`, `"seq":17`},
		{`"session":\d+`, `"session":4`},
		{`"client":"127.0.0.1:\d+"`, `"client":"127.0.0.1:51324"`},
		{`"duration_ms":[0-9.]+`, `"duration_ms":12.345`},
		{`"bytes_in":\d+`, `"bytes_in":1043`},
		{`"bytes_out":\d+`, `"bytes_out":20480`},
		{`"events":\d+`, `"events":1024`},
		{`"generation":\d+`, `"generation":2`},
		{`"database":"[^"]*"`, `"database":"app"`},
		{`"version":"[^"]*"`, `"version":"v1.0.0"`},
		{`/tmp/[^ :"]*/`, `/etc/tenantproxy/`},
		{`yaml:\d+:`, `yaml:11:`},
	} {
		line = regexp.MustCompile(change[0]).ReplaceAllString(line, change[1])
	}
	return line
}

// auditOfClients provokes what clients can.
func auditOfClients(t *testing.T, lines map[string]string) {
	db := pgtest.NewDatabase(t)
	db.Exec(t, `CREATE FUNCTION flip() RETURNS text LANGUAGE sql AS $$ SELECT set_config('standard_conforming_strings', 'off', false) $$`)
	r := startAudited(t, db, filepath.Join(t.TempDir(), "audit.log"), "statements: all",
		"  allow_functions: [public.flip]\nlimits: {max_unauthenticated_per_address: 2}\n")
	claims := map[string]any{"sub": "user-7", "jti": "token-9"}
	conn := r.login(t, claims)
	lines["login.accepted"] = r.await(t, "login.accepted", "")
	run1(t, conn, "SELECT count(*) FROM contacts WHERE id = 'c0000000-0000-4000-8000-000000000001'")
	lines["statement.executed"] = r.await(t, "statement.executed", "")
	if got := run1(t, conn, "SELECT * FROM import_staging WHERE name = 'Ada'"); got != "42501" {
		t.Errorf("got %s", got)
	}
	lines["statement.refused"] = r.await(t, "statement.refused", "import_staging")
	if got := run1(t, conn, "SELECT organizations.status FROM organizations"); got != "42703" {
		t.Errorf("got %s", got)
	}
	lines["upstream.error"] = r.await(t, "upstream.error", "")
	fresh := r.issuer.OrgToken(t, demo.OrgA, map[string]any{"sub": "user-7", "jti": "token-10"})
	if got := run1(t, conn, "SET tenantproxy.token = '"+fresh+"'"); got != "" {
		t.Errorf("got %s", got)
	}
	lines["token.refreshed"] = r.await(t, "token.refreshed", "")
	stale := r.issuer.OrgToken(t, demo.OrgA, map[string]any{"exp": time.Now().Add(-time.Hour).Unix()})
	if got := run1(t, conn, "SET tenantproxy.token = '"+stale+"'"); got != "28P01" {
		t.Errorf("got %s", got)
	}
	lines["token.refused"] = r.await(t, "token.refused", "")
	conn.Close(t.Context())
	lines["session.ended"] = r.await(t, "session.ended", "")

	if _, err := r.dial(t, map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}); code(err) != "28P01" {
		t.Errorf("got %v", err)
	}
	lines["login.refused"] = r.await(t, "login.refused", "expired")
	r.login(t, map[string]any{"sub": "user-7", "jti": "short", "exp": time.Now().Add(2 * time.Second).Unix()})
	lines["token.expired"] = r.await(t, "token.expired", "")
	r.login(t, map[string]any{"sub": "user-7", "jti": "stolen"})
	if err := os.WriteFile(r.revoked, []byte("jti:stolen\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	lines["token.revoked"] = r.await(t, "token.revoked", "")
	run1(t, r.login(t, claims), "SELECT flip()")
	lines["context.failed"] = r.await(t, "context.failed", "")

	cancel, err := net.Dial("tcp", r.address(t))
	if err != nil {
		t.Fatal(err)
	}
	defer cancel.Close()
	if _, err := cancel.Write([]byte{0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 1, 0, 0, 0, 2}); err != nil {
		t.Fatal(err)
	}
	lines["cancel.refused"] = r.await(t, "cancel.refused", "")
	for range 3 {
		silent, err := net.Dial("tcp", r.address(t))
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
	}
	lines["limit.reached"] = r.await(t, "limit.reached", "")
	text, err := os.ReadFile(r.log)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{fresh, stale, "Ada"} {
		if bytes.Contains(text, []byte(secret)) || strings.Contains(r.text(), secret) {
			t.Errorf("%q is in a log", secret)
		}
	}
}

// auditOfOperators provokes what operators and migrations do.
func auditOfOperators(t *testing.T, lines map[string]string) {
	db := pgtest.NewDatabase(t)
	r := startAudited(t, db, filepath.Join(t.TempDir(), "audit.log"), "statements: refused", "")
	r.address(t)
	db.Exec(t, "ALTER TABLE contacts DISABLE ROW LEVEL SECURITY")
	lines["catalog.changed"] = r.await(t, "catalog.changed", `"lost":["public.contacts"]`)
	content, err := os.ReadFile(r.config)
	if err != nil {
		t.Fatal(err)
	}
	r.reload(t, r.config, string(content)+"limits: {max_clients: 77}\n", reloaded)
	lines["config.reloaded"] = r.await(t, "config.reloaded", `"limits"`)
	if err := os.Rename(r.log, r.log+".1"); err != nil {
		t.Fatal(err)
	}
	r.reload(t, r.config, string(content)+"limits: {max_clients: 0}\n", "stays the one of before")
	lines["config.refused"] = r.await(t, "config.refused", "")
	lines["audit.opened"] = r.await(t, "audit.opened", `"rotated":true`)
	db.Exec(t, "ALTER TABLE contacts NO FORCE ROW LEVEL SECURITY; ALTER TABLE contacts OWNER TO "+demo.AppRole)
	lines["catalog.unavailable"] = r.await(t, "catalog.unavailable", "")
	r.signal(t, syscall.SIGTERM)
	if code := r.exit(t); code != exitFine {
		t.Errorf("exit code %d", code)
	}
	lines["audit.closed"] = r.await(t, "audit.closed", "")
	var seq float64
	for _, path := range []string{r.log + ".1", r.log} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			var e struct{ Seq float64 }
			if err := json.Unmarshal(line, &e); err != nil || e.Seq != seq+1 {
				t.Errorf("%v: %v in %s after %v", path, err, line, seq)
			}
			seq = e.Seq
		}
	}
}

// auditOfReportMode has its audit log on stdout.
func auditOfReportMode(t *testing.T, lines map[string]string) {
	db := pgtest.NewDatabase(t)
	issuer := authtest.NewIssuer(t)
	file, _ := writeConfig(t, db.App(), issuer, "  mode: report\n")
	cmd := tenantproxy(t, nil, "serve", "--config", file)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd.Stdout = write
	s := startCommand(t, cmd)
	write.Close()
	stdout := bufio.NewReader(read)
	conn := login(t, clientDSN(s.address(t), db.Name, issuer.OrgToken(t, demo.OrgA, map[string]any{"sub": "user-7", "jti": "token-9"})))
	if got := run1(t, conn, "SELECT count(*) FROM import_staging"); got != "" {
		t.Errorf("got %s", got)
	}
	for {
		line, err := stdout.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if line = eventIn([]byte(line), "statement.reported", ""); line != "" {
			lines["statement.reported"] = line
			break
		}
	}
	// Nobody reads any more: that ends no process, but what would have to be recorded.
	read.Close()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if got := run1(t, conn, "SELECT 1"); got == "58030" {
			break
		}
		_ = run1(t, conn, "SELECT count(*) FROM import_staging") // is recorded
		if time.Now().After(deadline) {
			t.Fatal("statements run, and cannot be recorded")
		}
	}
	s.process.Signal(syscall.SIGTERM)
	if code := s.exit(t); code != exitFindings || !strings.Contains(s.text(), "lost") && code == exitFine {
		t.Errorf("exit code %d: %s", code, s.text())
	}
}

// auditThatDrops has a log that nobody reads.
func auditThatDrops(t *testing.T, lines map[string]string) {
	fifo := filepath.Join(t.TempDir(), "audit.fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	r := startAudited(t, pgtest.NewDatabase(t), fifo, "statements: all, on_full: drop", "")
	conn := r.login(t, nil)
	for range 3 { // some 300 bytes each, for a queue of 1 MiB and a pipe
		batch := &pgconn.Batch{}
		for range 2000 {
			batch.ExecParams("SELECT 1", nil, nil, nil, nil)
		}
		if _, err := conn.ExecBatch(t.Context(), batch).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	text := bufio.NewReader(reader)
	for lines["audit.dropped"] == "" {
		reader.SetReadDeadline(time.Now().Add(patience))
		line, err := text.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		lines["audit.dropped"] = eventIn([]byte(line), "audit.dropped", "")
	}
	awaitReady(t, r.operators(t), http.StatusOK, `"ready":true`)
	go io.Copy(io.Discard, text)
	r.signal(t, syscall.SIGTERM)
	r.exit(t)
}

// auditThatFails has a log on a device that is full.
func auditThatFails(t *testing.T, lines map[string]string) {
	path := filepath.Join(t.TempDir(), "audit.log")
	if err := os.Symlink("/dev/full", path); err != nil {
		t.Fatal(err)
	}
	r := startAudited(t, pgtest.NewDatabase(t), path, "statements: all", "")
	r.address(t)
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		_, err := r.dial(t, nil)
		if code(err) == "53100" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %v", err)
		}
	}
	awaitReady(t, r.operators(t), http.StatusServiceUnavailable, "no space left on device")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	r.signal(t, syscall.SIGHUP)
	lines["audit.recovered"] = r.await(t, "audit.recovered", "")
	awaitReady(t, r.operators(t), http.StatusOK, `"ready":true`)
	if got := run1(t, r.login(t, nil), "SELECT 1"); got != "" {
		t.Errorf("got %s", got)
	}
}

// TestAuditLogCannotBeOpened does not start without the log that it is to have.
func TestAuditLogCannotBeOpened(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	for _, path := range []string{"/nowhere/audit.log", "/tmp"} {
		file, _ := writeConfig(t, "postgres://app@localhost/app?sslmode=disable", issuer, "audit_log: {path: "+path+"}\n")
		for _, more := range [][]string{nil, {"--check-config"}} {
			_, stderr, code := runToEnd(t, tenantproxy(t, nil, append([]string{"serve", "--config", file}, more...)...))
			if code != exitUsage || !strings.Contains(stderr, filepath.Dir(path)) || !strings.Contains(stderr, "audit_log.path") {
				t.Errorf("%s %v: exit code %d: %s", path, more, code, stderr)
			}
		}
	}
}
