package deploy

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

const unitFile = "systemd/tenantproxy.service"

// unitValues gives what a unit says for a key, in the order of its lines.
func unitValues(t *testing.T, file, key string) []string {
	t.Helper()
	var values []string
	for line := range strings.Lines(readFile(t, file)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), key+"="); ok {
			values = append(values, value)
		}
	}
	return values
}

// TestUnitExposure holds the service to what systemd thinks of its sandbox: 2.0 is
// what it calls OK, 10.0 is none at all.
func TestUnitExposure(t *testing.T) {
	has(t, "systemd-analyze")
	run(t, nil, "systemd-analyze", "--no-pager", "security", "--offline=true", "--threshold=20", "deploy/"+unitFile)
}

// TestUnitAllowsWhatTheProxyDoes watches a login with strace: each system call is one
// that the unit's filter lets pass, and no memory is made executable
// (MemoryDenyWriteExecute). There is no systemd here to enforce it.
func TestUnitAllowsWhatTheProxyDoes(t *testing.T) {
	has(t, "systemd-analyze")
	has(t, "strace")
	buildStatic(t)
	u := startUpstream(t)
	dir := shortDir(t)
	trace := filepath.Join(dir, "trace")
	configuration := filepath.Join(dir, "tenantproxy.yaml")
	put(t, filepath.Join(dir, "upstream.password"), u.password, 0o600, -1)
	put(t, filepath.Join(dir, "ca.pem"), string(u.certificate.CertPEM), 0o600, -1)
	put(t, configuration, `listen: ["127.0.0.1:0", "unix://`+dir+`"]
admin: {listen: "127.0.0.1:0"}
upstream: {dsn: "`+u.dsn+`&sslrootcert=`+dir+`/ca.pem", password_file: `+dir+`/upstream.password}
auth: {algorithms: [HS256], keys: [{hmac_secret_file: `+u.issuer.SecretFile+`}]}
audit_log: {path: `+dir+`/audit.log, statements: all}
`, 0o600, -1)
	binary, err := filepath.Abs(staticBinary)
	if err != nil {
		t.Fatal(err)
	}
	cmd := jailed(t, "", os.Geteuid(), os.Environ(), "strace", "-f", "-qq", "--signal=none", "-o", trace, binary, "serve", "--config", configuration)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s := start(t, cmd)
	address := s.address(t)
	u.query(t, address)
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGHUP); err != nil { // strace lets it pass
		t.Fatal(err)
	}
	u.query(t, address)
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-s.exited
	if !strings.Contains(s.text(), "configuration reloaded") {
		t.Errorf("not reloaded: %s", s.text())
	}

	allowed := make(map[string]bool)
	var change func(set string, to bool)
	change = func(set string, to bool) {
		for line := range strings.Lines(run(t, nil, "systemd-analyze", "--no-pager", "syscall-filter", set)) {
			if name := strings.TrimSpace(line); strings.HasPrefix(name, "@") && name != set {
				change(name, to)
			} else if name != "" && !strings.HasPrefix(name, "#") && !strings.HasPrefix(name, "@") {
				allowed[name] = to
			}
		}
	}
	for _, filter := range unitValues(t, unitFile, "SystemCallFilter") {
		without, forbids := strings.CutPrefix(filter, "~")
		for set := range strings.FieldsSeq(without) {
			change(set, !forbids)
		}
	}
	if !allowed["epoll_pwait"] || allowed["mount"] || allowed["setuid"] {
		t.Fatalf("the filter is read wrongly: %v", allowed)
	}
	file, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	call := regexp.MustCompile(`^\d+ +(?:<\.\.\. )?([a-z0-9_]+)(?:\(| resumed)`)
	refused, calls := make(map[string]bool), 0
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if match := call.FindStringSubmatch(lines.Text()); match != nil {
			calls++
			if !allowed[match[1]] && !refused[match[1]] {
				refused[match[1]] = true
				t.Errorf("the filter refuses %s", match[1])
			}
		}
		if strings.Contains(lines.Text(), "PROT_EXEC") {
			t.Errorf("memory is made executable: %s", lines.Text())
		}
	}
	if calls < 200 {
		t.Errorf("strace saw %d calls", calls)
	}
}
