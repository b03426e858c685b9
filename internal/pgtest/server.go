package pgtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/localpg"
)

// VersionsEnv names the environment variable with the bin directories of the
// servers that EachVersion uses, separated like PATH. Unset: the default
// server and those that scripts/ensure-postgres.sh has fetched into the
// module's .cache/postgres.
const VersionsEnv = "TENANTPROXY_TEST_PG"

// Server is a running cluster shared by the tests of one binary.
type Server struct {
	// Cluster is shared: a test that halts it takes it from the others.
	*localpg.Cluster
	// Major is the server's major version, such as 15.
	Major int

	templateOnce sync.Once
	templateErr  error
}

// servers holds the clusters of this test binary by bin directory. It is the
// one piece of package state: TestMain and the tests share nothing else.
var servers = struct {
	sync.Mutex
	// managed is set while Main runs, which is what stops the clusters.
	managed bool
	byDir   map[string]*Server
}{byDir: make(map[string]*Server)}

// Main runs the tests, stops the clusters that they started, and exits. Call
// it from TestMain.
func Main(m *testing.M) { os.Exit(run(m, nil)) }

// MainCheckingLeaks is Main for a package whose tests must leave no goroutine
// behind.
func MainCheckingLeaks(m *testing.M, opts ...goleak.Option) {
	os.Exit(run(m, func() error { return goleak.Find(opts...) }))
}

func run(m *testing.M, after func() error) int {
	servers.Lock()
	servers.managed = true
	servers.Unlock()

	// Ctrl-C removes the clusters too.
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, syscall.SIGINT, syscall.SIGTERM)
	done := make(chan struct{})
	var watcher sync.WaitGroup
	watcher.Go(func() {
		select {
		case sig := <-interrupted:
			fmt.Fprintf(os.Stderr, "pgtest: %v: stopping Postgres\n", sig)
			_ = stopServers() // we are leaving with an error in any case
			os.Exit(1)
		case <-done:
		}
	})

	code := m.Run()
	close(done)
	watcher.Wait()
	signal.Stop(interrupted)
	err := stopServers()
	if after != nil && code == 0 {
		err = errors.Join(err, after())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		return max(code, 1)
	}
	return code
}

func stopServers() error {
	servers.Lock()
	defer servers.Unlock()
	errs := make(chan error, len(servers.byDir))
	for _, s := range servers.byDir {
		go func() { errs <- s.Stop() }()
	}
	var err error
	for range servers.byDir {
		err = errors.Join(err, <-errs)
	}
	clear(servers.byDir)
	servers.managed = false
	return err
}

// Default is the server that tests use when the version does not matter: the
// one that localpg.FindBinaries finds. It fails the test if there is none.
func Default(t testing.TB) *Server {
	t.Helper()
	dir, err := localpg.FindBinaries(fetched(t)...)
	if err != nil {
		t.Fatalf("%v; scripts/ensure-postgres.sh installs a server", err)
	}
	return open(t, dir)
}

// EachVersion runs the test as a subtest, named pg14 and so on, on every
// server version that is there (see VersionsEnv), all at the same time: they
// share nothing but the processor.
func EachVersion(t *testing.T, test func(t *testing.T, s *Server)) {
	t.Helper()
	for _, dir := range versionDirs(t) {
		t.Run("pg"+strconv.Itoa(majorOf(t, dir)), func(t *testing.T) {
			t.Parallel()
			test(t, open(t, dir))
		})
	}
}

func versionDirs(t testing.TB) []string {
	t.Helper()
	if list := os.Getenv(VersionsEnv); list != "" {
		return filepath.SplitList(list)
	}
	first, err := localpg.FindBinaries(fetched(t)...)
	if err != nil {
		t.Fatalf("%v; scripts/ensure-postgres.sh installs a server", err)
	}
	dirs, majors := []string{first}, map[int]bool{majorOf(t, first): true}
	for _, dir := range fetched(t) {
		if major := majorOf(t, dir); !majors[major] {
			dirs, majors[major] = append(dirs, dir), true
		}
	}
	slices.SortFunc(dirs, func(a, b string) int { return cmp.Compare(majorOf(t, a), majorOf(t, b)) })
	return dirs
}

// fetched are the bin directories under the module's .cache/postgres, the
// newest version first.
func fetched(t testing.TB) []string {
	t.Helper()
	dir, err := os.Getwd() // go test runs in the package's directory
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			found, _ := filepath.Glob(filepath.Join(dir, ".cache/postgres/*/bin")) // the pattern is valid
			slices.Sort(found)                                                     // two digits each
			slices.Reverse(found)
			return found
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test's directory")
		}
		dir = filepath.Dir(dir)
	}
}

var versionPattern = regexp.MustCompile(`\) (\d+)`)

// majorOf asks the server program itself: "postgres (PostgreSQL) 15.20 …".
func majorOf(t testing.TB, binDir string) int {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), filepath.Join(binDir, "postgres"), "--version").CombinedOutput()
	found := versionPattern.FindSubmatch(out)
	if err != nil || found == nil {
		t.Fatalf("asking %s/postgres for its version: %v: %s", binDir, err, out)
	}
	major, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return major
}

func open(t testing.TB, binDir string) *Server {
	t.Helper()
	servers.Lock()
	defer servers.Unlock()
	if !servers.managed {
		t.Fatal("this package has no TestMain that calls pgtest.Main")
	}
	if s := servers.byDir[binDir]; s != nil {
		return s
	}
	cluster, err := localpg.Start(context.Background(), localpg.Options{
		BinDir: binDir,
		// Small: several test binaries run their own at the same time.
		Settings: map[string]string{"shared_buffers": "32MB", "max_prepared_transactions": "4"},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Cluster: cluster, Major: majorOf(t, binDir)}
	servers.byDir[binDir] = s
	return s
}

// templateDatabase holds the demo schema with a small seed; tests get copies.
const templateDatabase = "demo_template"

// template makes the template database once.
func (s *Server) template(t testing.TB) string {
	t.Helper()
	s.templateOnce.Do(func() {
		ctx := context.Background()
		s.templateErr = errors.Join(
			execute(ctx, s.DSN("postgres", localpg.Superuser), "CREATE DATABASE "+templateDatabase),
			execute(ctx, s.DSN(templateDatabase, localpg.Superuser), demo.SchemaSQL(), demo.SeedSQL(demo.TestScale)),
		)
	})
	if s.templateErr != nil {
		t.Fatalf("making the template database: %v", s.templateErr)
	}
	return templateDatabase
}
