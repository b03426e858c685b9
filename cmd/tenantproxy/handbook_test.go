package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/localpg"
)

// What the handbook shows is run. A fenced block says in a comment on the line above
// it what it is:
//
//	<!-- run -->               commands, which must succeed
//	<!-- run: exit code 1 -->  commands, the last of which must end so
//	<!-- not run: why -->      commands for elsewhere: they are read only
//	<!-- file: NAME -->        a file, which is written where the commands run
//	<!-- output -->            lines that the commands before it print, among others and
//	                           in this order; … stands for anything
//
// The commands of a document run one after the other in one bash, in an empty directory,
// before a Postgres of their own; in the texts only the places of the two servers are
// changed.

// block is a fenced block of a document.
type block struct {
	line int
	// language is what the fence says; kind and detail are of the comment above it.
	language, kind, detail string
	text                   string
}

// blocksOf reads the fenced blocks of a document.
func blocksOf(document string) []block {
	comment := regexp.MustCompile(`^\s*<!-- (run|not run|file|output)(?:: (.*))? -->$`)
	var blocks []block
	var open *block
	indent, above := "", ""
	for n, line := range strings.Split(document, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case open != nil && trimmed == "```":
			blocks, open = append(blocks, *open), nil
		case open != nil:
			open.text += strings.TrimPrefix(line, indent) + "\n"
		case strings.HasPrefix(trimmed, "```"):
			indent, _, _ = strings.Cut(line, "`")
			open = &block{line: n + 1, language: strings.TrimPrefix(trimmed, "```")}
			if match := comment.FindStringSubmatch(above); match != nil {
				open.kind, open.detail = match[1], match[2]
			}
		}
		above = line
	}
	return blocks
}

// reader is who follows a document: a directory, a Postgres, and a port for the proxy.
type reader struct {
	dir     string
	places  *strings.Replacer
	bash    *exec.Cmd
	input   io.WriteCloser
	output  *bufio.Reader
	printed string // by the last commands
}

// TestHandbook follows each document that has commands to run.
func TestHandbook(t *testing.T) {
	followed := 0
	for name, content := range documents(t) {
		blocks := blocksOf(content)
		if !slices.ContainsFunc(blocks, func(b block) bool { return b.kind == "run" }) {
			continue
		}
		followed++
		t.Run(strings.ReplaceAll(name, "/", "_"), func(t *testing.T) {
			t.Parallel()
			r := newReader(t)
			for _, b := range blocks {
				switch b.kind {
				case "file":
					write(t, r.dir, b.detail, r.places.Replace(b.text))
				case "run":
					r.run(t, b)
				case "output":
					if missing := missingLine(r.printed, b.text); missing != "" {
						t.Errorf("line %d: %q is not, or not in this order, in the output:\n%s", b.line, missing, r.printed)
					}
				}
				if t.Failed() {
					return // what follows builds on it
				}
			}
		})
	}
	if followed < 3 {
		t.Errorf("only %d documents have commands to run", followed)
	}
}

// missingLine gives the first of the lines that is not in the output, after the one
// before it.
func missingLine(output, lines string) string {
	rest := strings.Split(output, "\n")
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		pattern := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*") + "$")
		at := slices.IndexFunc(rest, func(printed string) bool { return pattern.MatchString(strings.TrimSpace(printed)) })
		if at < 0 {
			return line
		}
		rest = rest[at+1:]
	}
	return ""
}

// newReader gives the reader a database app with the demo schema, a role owner that
// owns it, and an administrator, postgres; and a repository with the configuration and
// the secret that most documents take for granted, and SQL of the app.
func newReader(t *testing.T) *reader {
	t.Helper()
	cluster, err := localpg.Start(t.Context(), localpg.Options{TCP: true, HBA: []string{"host all all 127.0.0.1/32 trust"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cluster.Stop() })
	for _, step := range [][2]string{
		{"postgres", "CREATE DATABASE app"}, {"app", demo.SchemaSQL()}, {"app", demo.SeedSQL(demo.TestScale)},
		{"app", "CREATE ROLE owner LOGIN; GRANT " + demo.OwnerRole + " TO owner"},
	} {
		conn, err := pgconn.Connect(t.Context(), cluster.DSN(step[0], localpg.Superuser))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), step[1]).ReadAll(); err != nil {
			t.Fatal(err)
		}
		conn.Close(t.Context())
	}
	var ports [2]string // of the proxy, for clients and for operators
	for i := range ports {
		port, err := localpg.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		ports[i] = strconv.Itoa(port)
	}
	dir, err := os.MkdirTemp("/tmp", "tph")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	wrapper := write(t, filepath.Join(dir, ".bin"), "tenantproxy", "#!/bin/sh\n"+runMainEnv+"=1 exec "+program+` "$@"`+"\n")
	if err := os.Chmod(wrapper, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "hs256.key", strings.Repeat("secret of the handbook ", 2))
	write(t, dir, "tenantproxy.yaml", fmt.Sprintf(`listen: ["127.0.0.1:%s"]
upstream: {dsn: "postgres://app_tenant@127.0.0.1:%d/app"}
auth: {algorithms: [HS256], keys: [{hmac_secret_file: hs256.key}]}
policy: {allow_relations: [public.plans]}
`, ports[0], cluster.Port()))
	write(t, dir, "dev.pem", devKey(t))
	write(t, dir, "db/queries/contacts.sql", "SELECT full_name FROM contacts WHERE id = $1;\n")
	write(t, dir, "db/queries/imports.sql", "-- tenantproxy: allow relation.rls_disabled loaded by a worker\nSELECT payload FROM import_staging WHERE id > $1;\n")
	for _, args := range [][]string{{"init", "-q"}, {"add", "db"}} {
		git := exec.CommandContext(t.Context(), "git", args...)
		git.Dir = dir
		if out, err := git.CombinedOutput(); err != nil {
			t.Fatalf("git: %v: %s", err, out)
		}
	}
	port := strconv.Itoa(cluster.Port())
	r := &reader{dir: dir, places: strings.NewReplacer(
		"127.0.0.1:5432", "127.0.0.1:"+port, "@db:5432", "@127.0.0.1:"+port, "@db/", "@127.0.0.1:"+port+"/",
		"6432", ports[0], "9632", ports[1], "sslmode=verify-full", "sslmode=disable", "bin/tenantproxy", "tenantproxy",
	)}
	r.bash = exec.CommandContext(t.Context(), "bash", "--norc", "--noprofile", "-euo", "pipefail", "-s")
	r.bash.Dir = dir
	r.bash.Env = []string{
		"PATH=" + filepath.Dir(wrapper) + ":" + cluster.BinDir() + ":" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C.UTF-8", "PAGER=cat",
		"TENANTPROXY_ADMIN_LISTEN=127.0.0.1:" + ports[1], // the default, but for the port
	}
	r.bash.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what it leaves running ends with it
	if r.input, err = r.bash.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	output, err := r.bash.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.output = bufio.NewReader(output)
	r.bash.Stderr = r.bash.Stdout
	if err := r.bash.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-r.bash.Process.Pid, syscall.SIGKILL)
		r.bash.Wait()
	})
	return r
}

// devKey is a private key to sign tokens with.
func devKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// run types a block into the shell and waits until it is done.
func (r *reader) run(t *testing.T, b block) {
	t.Helper()
	const end = "\x01end of block "
	want := 0
	if b.detail != "" {
		if _, err := fmt.Sscanf(b.detail, "exit code %d", &want); err != nil {
			t.Fatalf("line %d: run: %s", b.line, b.detail)
		}
	}
	script := write(t, filepath.Join(r.dir, ".bin"), "block", r.places.Replace(b.text))
	call := ". " + script + " </dev/null"
	if want != 0 { // of the last command
		call = "set +e; " + call + "; status=$?; set -e; [ $status -eq " + strconv.Itoa(want) + " ]"
	}
	if _, err := fmt.Fprintf(r.input, "%s; printf '\\n\\001end of block %%d\\n' $?\n", call); err != nil {
		t.Fatalf("line %d: %v", b.line, err)
	}
	timeout := time.AfterFunc(3*patience, func() { syscall.Kill(-r.bash.Process.Pid, syscall.SIGKILL) })
	defer timeout.Stop()
	var printed strings.Builder
	for {
		line, err := r.output.ReadString('\n')
		if strings.HasPrefix(line, end) {
			r.printed = printed.String()
			if testing.Verbose() {
				t.Logf("line %d:\n%s", b.line, r.printed)
			}
			return
		}
		printed.WriteString(line)
		if errors.Is(err, io.EOF) {
			t.Fatalf("line %d: the commands fail:\n%s\nprinting\n%s", b.line, r.places.Replace(b.text), printed.String())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
