package deploy

import (
	"crypto/sha256"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// buildDeb makes the package, as version 0.0.1, and gives its name.
func buildDeb(t *testing.T) string {
	t.Helper()
	has(t, "dpkg-deb")
	run(t, nil, "make", "deb", "VERSION=v0.0.1")
	files, err := filepath.Glob("../bin/tenantproxy_0.0.1_*.deb")
	if err != nil || len(files) != 1 {
		t.Fatalf("make deb makes %q (%v)", files, err)
	}
	return files[0]
}

// TestDebianPackage installs the package on a throw-away copy of this system, runs its
// service as its unit says, upgrades, removes and purges it.
func TestDebianPackage(t *testing.T) {
	s := newThrowaway(t)
	deb := "/mnt/bin/" + filepath.Base(buildDeb(t))
	u := startUpstream(t)
	before := s.do("cd $ROOT && find etc usr/bin usr/lib/systemd var/lib var/log -name '*tenantproxy*'; cd /; grep tenantproxy $ROOT/etc/passwd $ROOT/etc/group; true")
	if before != "" {
		t.Skipf("tenantproxy is installed here: %s", before)
	}

	out := s.in("dpkg -i " + deb)
	if !strings.Contains(out, "/etc/tenantproxy/tenantproxy.yaml is to be completed") {
		t.Errorf("dpkg says nothing of the configuration: %s", out)
	}
	for file, want := range map[string]string{
		"/etc/tenantproxy":                                             "root:tenantproxy 750",
		"/etc/tenantproxy/tenantproxy.yaml":                            "root:tenantproxy 640",
		"/etc/logrotate.d/tenantproxy":                                 "root:root 644",
		"/usr/bin/tenantproxy":                                         "root:root 755",
		"/usr/share/man/man1/tenantproxy-serve.1.gz":                   "root:root 644",
		"/usr/share/bash-completion/completions/tenantproxy":           "root:root 644",
		"/usr/lib/systemd/system/" + filepath.Base(unitFile):           "root:root 644",
		"/usr/share/doc/tenantproxy/examples/tenantproxy.example.yaml": "root:root 644",
	} {
		// Docker's images of Debian leave manuals and documents out.
		if got, code := s.try("chroot $ROOT stat -c '%U:%G %a' " + file); got != want && (code == 0 || !strings.HasPrefix(file, "/usr/share/")) {
			t.Errorf("%s is %s, not %s", file, got, want)
		}
	}
	if out := s.in("getent passwd tenantproxy"); !strings.Contains(out, ":/nonexistent:/usr/sbin/nologin") {
		t.Errorf("the user: %s", out)
	}
	if _, code := s.try("chroot $ROOT runuser -u nobody -- cat /etc/tenantproxy/tenantproxy.yaml"); code == 0 {
		t.Error("everybody can read the configuration")
	}
	if out, code := s.try("chroot $ROOT systemd-analyze verify --man=no /usr/lib/systemd/system/tenantproxy.service /usr/lib/systemd/system/tenantproxy.socket"); code != 0 || out != "" {
		t.Errorf("systemd-analyze verify: %s", out)
	}

	// Completed, it passes its check, and the service runs.
	for name, content := range map[string]string{
		"hs256.key": readFile(t, u.issuer.SecretFile), "upstream.password": u.password, "ca.pem": string(u.certificate.CertPEM),
		"tenantproxy.yaml": `listen: ["127.0.0.1:0", "unix:///run/tenantproxy"]
admin: {listen: "127.0.0.1:0"}
upstream: {dsn: "` + u.dsn + `&sslrootcert=/etc/tenantproxy/ca.pem", password_file: /etc/tenantproxy/upstream.password}
auth: {algorithms: [HS256], keys: [{hmac_secret_file: /etc/tenantproxy/hs256.key}]}
audit_log: {path: /var/log/tenantproxy/audit.log}
`,
	} {
		s.in("cd /etc/tenantproxy; printf %s " + quoted(content) + " >" + name + "; chown root:tenantproxy " + name + "; chmod 0640 " + name)
	}
	s.in("runuser -u tenantproxy -- tenantproxy serve --config /etc/tenantproxy/tenantproxy.yaml --check-config >/dev/null")
	s.runService(t, u)

	// With its rotation, where that is installed: the old log stays, and is complete.
	if _, code := s.try("chroot $ROOT sh -c 'command -v logrotate'"); code == 0 {
		s.in("logrotate -f /etc/logrotate.d/tenantproxy; test -s /var/log/tenantproxy/audit.log.1; test ! -e /var/log/tenantproxy/audit.log")
	}

	// An upgrade keeps what an administrator has changed.
	if out := s.in("chmod 0640 /etc/tenantproxy/ca.pem; dpkg -i " + deb); strings.Contains(out, "to be completed") {
		t.Errorf("with a complete configuration: %s", out)
	}
	if got := s.in("cat /etc/tenantproxy/tenantproxy.yaml"); !strings.Contains(got, "hs256.key") {
		t.Errorf("the upgrade has changed the configuration: %s", got)
	}

	// Removed, the configuration stays; purged, the administrator's keys do.
	s.in("dpkg -r tenantproxy; test ! -e /usr/bin/tenantproxy; test -e /etc/tenantproxy/tenantproxy.yaml")
	s.in("dpkg -P tenantproxy; test ! -e /etc/tenantproxy/tenantproxy.yaml; test -e /etc/tenantproxy/hs256.key; getent group tenantproxy")
	s.in("rm -r /etc/tenantproxy")
	// Without any, nothing is left.
	s.in("dpkg -i " + deb + "; test -d /var/log/tenantproxy; dpkg -P tenantproxy")
	if left := s.do("cd $UPPER && find . -name '*tenantproxy*' ! -type c; cd /; grep tenantproxy $ROOT/etc/passwd $ROOT/etc/group $ROOT/etc/shadow; true"); left != "" {
		t.Errorf("a purge leaves %s", left)
	}
}

// runService does what systemd would with the installed unit: its directories, its
// user, no capabilities, and its command; it reloads and stops it.
func (s *throwaway) runService(t *testing.T, u *upstream) {
	t.Helper()
	unit := "/usr/lib/systemd/system/tenantproxy.service"
	command := unitValues(t, unitFile, "ExecStart")
	user := unitValues(t, unitFile, "User")
	if len(command) != 1 || len(user) != 1 || s.in("cat "+unit)+"\n" != readFile(t, unitFile) {
		t.Fatal("the installed unit is another")
	}
	for key, in := range map[string]string{"RuntimeDirectory": "/run/", "LogsDirectory": "/var/log/"} {
		mode := unitValues(t, unitFile, key+"Mode")
		for _, directory := range unitValues(t, unitFile, key) {
			s.in("install -d -o " + user[0] + " -g " + user[0] + " -m " + mode[0] + " " + in + directory)
		}
	}
	s.in("umask 0077; setpriv --reuid=" + user[0] + " --regid=" + user[0] + " --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all " +
		"env -i PATH=/usr/bin:/bin " + command[0] + " >/run/log 2>&1 & echo $! >/run/pid")
	var address, socket string
	for deadline := time.Now().Add(patience); address == "" || socket == ""; time.Sleep(50 * time.Millisecond) {
		log := s.in("cat /run/log")
		for line := range strings.Lines(log) {
			var entry struct{ Msg, Address string }
			if json.Unmarshal([]byte(line), &entry) != nil || entry.Msg != "listening" {
				continue
			}
			if strings.HasPrefix(entry.Address, "/") {
				socket = entry.Address
			} else {
				address = entry.Address
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the service does not listen: %s", log)
		}
	}
	u.query(t, address)
	if socket != "/run/tenantproxy/.s.PGSQL.0" && socket != "/run/tenantproxy/.s.PGSQL.6432" {
		t.Errorf("the socket is %s", socket)
	}
	s.in("kill -HUP $(cat /run/pid)")
	for deadline := time.Now().Add(patience); !strings.Contains(s.in("cat /run/log"), "configuration reloaded"); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no reload: %s", s.in("cat /run/log"))
		}
	}
	u.query(t, address)
	if got := s.in("stat -c '%U %a' /var/log/tenantproxy/audit.log; grep -c login.accepted /var/log/tenantproxy/audit.log"); got != "tenantproxy 600\n2" {
		t.Errorf("the audit log: %s", got)
	}
	s.in("kill -TERM $(cat /run/pid); while kill -0 $(cat /run/pid) 2>/dev/null; do sleep 0.1; done")
	if log := s.in("cat /run/log"); !strings.Contains(log, `"msg":"draining"`) {
		t.Errorf("the service did not drain: %s", log)
	}
}

// TestDebCanBeRepeated: the package is the same when it is made again.
func TestDebCanBeRepeated(t *testing.T) {
	first := sha256.Sum256([]byte(readFile(t, buildDeb(t))))
	if second := sha256.Sum256([]byte(readFile(t, buildDeb(t)))); first != second {
		t.Errorf("it is %x, and then %x", first, second)
	}
}
