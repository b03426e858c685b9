package clients

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/proxytest"
)

// program is one of testdata/programs or testdata/go. Its words are
//
//	versions  print what it runs with on one line; fail if that is not there
//	work      what an application does all day, all of which is allowed
//	refused   what is refused by default: a change of schema, or what needs a setting
//
// It connects as PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD say, prints
// every row that it reads, and "done" if nothing failed.
type program struct {
	name    string
	command []string
	// refused tells that it has the word refused.
	refused bool
}

var refusedWord = regexp.MustCompile(`["']refused["']`)

// programs are all there are.
func programs(t *testing.T) []program {
	t.Helper()
	found, err := filepath.Glob("testdata/programs/*")
	if err != nil {
		t.Fatal(err)
	}
	var all []program
	for _, path := range found {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		base := filepath.Base(path)
		p := program{name: strings.ToLower(strings.TrimSuffix(base, filepath.Ext(base))), refused: refusedWord.Match(text)}
		switch filepath.Ext(base) {
		case ".py":
			// The one that has apt's modules. Isolated, since files have the names of modules.
			p.command = []string{"/usr/bin/python3", "-I", "-B", path}
		case ".js":
			p.command = []string{"node", path}
		case ".rb":
			p.command = []string{"ruby", path}
		case ".php":
			p.command = []string{"php", path}
		case ".java":
			p.command = []string{"java", "-XX:TieredStopAtLevel=1", "-cp", classPath(t), path}
		default:
			t.Fatalf("%s: how does it run?", path)
		}
		all = append(all, p)
	}
	if len(all) == 0 {
		t.Fatal("no programs")
	}
	// A module of its own: what clients need is not what we need.
	return append(all,
		program{name: "gorm", command: []string{"go", "-C", "testdata/go", "run", "./gorm"}, refused: true},
		program{name: "pgx", command: []string{"go", "-C", "testdata/go", "run", "./pgx"}})
}

// classPath is all that Debian's packages of pgjdbc and Hibernate need.
func classPath(t *testing.T) string {
	t.Helper()
	const dir = "/usr/share/java"
	var jars []string
	for _, name := range []string{
		"postgresql", "hibernate-core", "hibernate-commons-annotations", "geronimo-jpa_2.0_spec", "geronimo-jta-1.2-spec",
		"dom4j", "slf4j-api", "slf4j-nop", "commons-collections3", "antlr", "javassist", "cglib",
	} {
		jars = append(jars, filepath.Join(dir, name+".jar"))
	}
	return strings.Join(jars, string(filepath.ListSeparator))
}

// nodePath is where scripts/ensure-clients.sh puts the packages of testdata/node
// and testdata/prisma.
func nodePath(t *testing.T) string {
	t.Helper()
	cache, err := filepath.Abs("../../.cache/clients")
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(cache, "node/node_modules") + string(filepath.ListSeparator) + filepath.Join(cache, "prisma/node_modules")
}

// run runs the program with the word and gives what it printed.
func (p program) run(t *testing.T, word string, environment ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.command[0], append(p.command[1:], word)...)
	cmd.Env = append(os.Environ(), append(environment,
		"LC_ALL=C.UTF-8", "TZ=UTC", "NODE_PATH="+nodePath(t), "CHECKPOINT_DISABLE=1",
	)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// end is the part of an output that says what went wrong.
func end(out string) string { return out[max(0, len(out)-3000):] }

// versions skips the test if the program is not installed here.
func (p program) versions(t *testing.T) string {
	t.Helper()
	out, err := p.run(t, "versions")
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		lines := strings.Split(strings.TrimSpace(out), "\n")
		t.Skipf("%s is not installed (scripts/ensure-clients.sh): %v: %s", p.name, err, lines[len(lines)-1])
	case err != nil:
		t.Skipf("%s is not installed (scripts/ensure-clients.sh): %v", p.name, err)
	}
	return strings.TrimSpace(out)
}

// environment is how a program connects.
func environment(t *testing.T, address, database, password, org string) []string {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return []string{
		"PGHOST=" + host, "PGPORT=" + port, "PGDATABASE=" + database, "PGUSER=app", "PGPASSWORD=" + password,
		"PGSSLMODE=disable", "ORG_ID=" + org,
	}
}

// TestClients runs each program through the proxy, as two organizations in turn:
// each sees and changes its own rows alone.
func TestClients(t *testing.T) { testClients(t) }

// TestClientsTransactionMode runs them in transaction mode.
func TestClientsTransactionMode(t *testing.T) { testClients(t, transactionMode) }

func testClients(t *testing.T, change ...func(*proxytest.Setup)) {
	f := start(t, change...)
	invokerView(t, f.DB)
	f.Refresh(t)
	for _, p := range programs(t) {
		t.Run(p.name, func(t *testing.T) {
			t.Log(p.versions(t))
			for _, own := range []string{demo.OrgA, demo.OrgB} {
				before := othersRows(t, f.DB, own)
				out, err := p.run(t, "work", environment(t, f.Address, f.DB.Name, f.Token(t, own), own)...)
				if err != nil || !strings.HasSuffix(strings.TrimSpace(out), "done") {
					t.Fatalf("%v: %s", err, end(out))
				}
				if !strings.Contains(out, demo.Marker(own)) {
					t.Errorf("%s sees no rows of its own: %s", own, out)
				}
				for _, other := range []string{demo.OrgA, demo.OrgB} {
					if other != own && (strings.Contains(out, demo.Marker(other)) || strings.Contains(out, other)) {
						t.Errorf("%s sees rows of %s: %s", own, other, out)
					}
				}
				if othersRows(t, f.DB, own) != before {
					t.Errorf("%s has changed rows of others", own)
				}
			}
		})
	}
}
