package deploy

import (
	"crypto/sha256"
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const staticBinary = "../bin/static/tenantproxy"

// buildStatic builds the binary, as VERSION 0.0.1.
func buildStatic(t *testing.T) {
	t.Helper()
	run(t, nil, "make", "static", "VERSION=v0.0.1")
}

// TestStatic runs the binary in a directory that has nothing but it, its configuration
// and the certificates of authorities, as an unprivileged user.
func TestStatic(t *testing.T) {
	buildStatic(t)
	binary, err := elf.Open(staticBinary)
	if err != nil {
		t.Fatal(err)
	}
	defer binary.Close()
	if libraries, err := binary.ImportedLibraries(); err != nil || len(libraries) > 0 {
		t.Errorf("it wants %v (%v)", libraries, err)
	}
	for _, program := range binary.Progs {
		if program.Type == elf.PT_INTERP {
			t.Error("it wants a dynamic linker")
		}
		if program.Flags&elf.PF_W != 0 && program.Flags&elf.PF_X != 0 {
			t.Error("it has memory that can be written and executed")
		}
	}
	if binary.Type != elf.ET_DYN {
		t.Error("it is not position-independent")
	}

	u := startUpstream(t)
	root := shortDir(t)
	put(t, filepath.Join(root, "etc/ssl/certs/ca-certificates.crt"), string(u.certificate.CertPEM), 0o644, -1)
	configuration := writeConfiguration(t, u, root, imageUser, "")
	program := filepath.Join(root, "tenantproxy")
	put(t, program, readFile(t, staticBinary), 0o755, -1)

	version := jailed(t, root, imageUser, nil, "/tenantproxy", "version")
	out, err := version.CombinedOutput()
	if err != nil && os.Geteuid() != 0 {
		t.Skipf("neither root nor a user namespace here: %v", err)
	}
	if err != nil || !strings.HasPrefix(string(out), "tenantproxy v0.0.1 (") {
		t.Fatalf("version: %s (%v)", out, err)
	}
	s := start(t, jailed(t, root, imageUser, nil, "/tenantproxy", "serve", "--config", configuration))
	u.query(t, s.address(t))
	s.drain(t)
}

// writeConfiguration puts a configuration with its secrets into etc/tenantproxy of a
// root, readable by the group, and gives the name that it has in there.
func writeConfiguration(t *testing.T, u *upstream, root string, group int, more string) string {
	t.Helper()
	dir := filepath.Join(root, "etc/tenantproxy")
	put(t, filepath.Join(dir, "hs256.key"), readFile(t, u.issuer.SecretFile), 0o640, group)
	put(t, filepath.Join(dir, "upstream.password"), u.password+"\n", 0o640, group)
	put(t, filepath.Join(dir, "tenantproxy.yaml"), fmt.Sprintf(`listen: ["127.0.0.1:0"]
admin: {listen: "127.0.0.1:0"}
upstream: {dsn: %q, password_file: /etc/tenantproxy/upstream.password}
auth:
  algorithms: [HS256]
  keys: [{hmac_secret_file: /etc/tenantproxy/hs256.key}]
%s`, u.dsn, more), 0o640, group)
	return "/etc/tenantproxy/tenantproxy.yaml"
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestStaticCanBeRepeated builds the same sources in another directory: the binary is
// the same to the byte.
func TestStaticCanBeRepeated(t *testing.T) {
	buildStatic(t)
	want := sha256.Sum256([]byte(readFile(t, staticBinary)))
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	for name := range strings.Lines(run(t, nil, "git", "ls-files", "--cached", "--others", "--exclude-standard")) {
		name = strings.TrimSuffix(name, "\n")
		content, err := os.ReadFile(filepath.Join("..", name))
		if os.IsNotExist(err) {
			continue // removed, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(elsewhere, name), string(content), info.Mode()&fs.ModePerm, -1)
	}
	run(t, nil, "make", "-C", elsewhere, "static", "VERSION=v0.0.1")
	if got := sha256.Sum256([]byte(readFile(t, filepath.Join(elsewhere, "bin/static/tenantproxy")))); got != want {
		t.Errorf("built elsewhere it is %x, here %x", got, want)
	}
}
