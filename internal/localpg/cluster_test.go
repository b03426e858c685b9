package localpg

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"go.uber.org/goleak"
)

// childEnv makes this test binary a parent whose death is tested.
const childEnv = "LOCALPG_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		beParent()
	}
	goleak.VerifyTestMain(m)
}

// beParent starts a cluster, says which, and waits to be killed.
func beParent() {
	c, err := Start(context.Background(), Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(c.server.pid, c.dir)
	select {}
}

func startCluster(t *testing.T, opts Options) *Cluster {
	t.Helper()
	c, err := Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func query(t *testing.T, config *pgconn.Config, sql string) string {
	t.Helper()
	conn, err := pgconn.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	result := conn.ExecParams(t.Context(), sql, nil, nil, nil, nil).Read()
	if result.Err != nil {
		t.Fatalf("%s: %v", sql, result.Err)
	}
	return string(result.Rows[0][0])
}

func config(t *testing.T, dsn string) *pgconn.Config {
	t.Helper()
	config, err := pgconn.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func TestClusterKeepsDataOverHaltAndIsRemovedByStop(t *testing.T) {
	c := startCluster(t, Options{Settings: map[string]string{"cluster_name": `it's a \ name`}})
	superuser := config(t, c.DSN("postgres", Superuser))
	if got := query(t, superuser, "SHOW cluster_name"); got != `it's a \ name` {
		t.Errorf("cluster_name is %q", got)
	}
	query(t, superuser, "SELECT pg_catalog.lo_create(4242)::text")

	for _, crash := range []bool{false, true} {
		if err := c.Halt(crash); err != nil {
			t.Fatal(err)
		}
		if _, err := pgconn.ConnectConfig(t.Context(), superuser); err == nil {
			t.Fatal("a halted cluster accepts connections")
		}
		if err := c.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := query(t, superuser, "SELECT count(*)::text FROM pg_largeobject_metadata WHERE oid = 4242"); got != "1" {
			t.Errorf("after a halt with crash=%v the data is gone", crash)
		}
	}

	pid := c.server.pid
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(c.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory is still there: %v", err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d is still there: %v", pid, err)
	}
	if err := c.Resume(t.Context()); err == nil {
		t.Error("a removed cluster was resumed")
	}
	if err := c.Stop(); err != nil {
		t.Errorf("second Stop: %v", err)
	}
}

func TestTCPAsksForAPasswordAndSpeaksTLS(t *testing.T) {
	cert, key, pool := selfSigned(t)
	c := startCluster(t, Options{TCP: true, TLSCert: cert, TLSKey: key})
	conn, err := pgconn.ConnectConfig(t.Context(), config(t, c.DSN("postgres", Superuser)))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "CREATE ROLE visitor LOGIN PASSWORD 'open sesame'").ReadAll(); err != nil {
		t.Fatal(err)
	}

	overTCP := config(t, c.DSN("postgres", "visitor"))
	overTCP.Host, overTCP.Port, overTCP.Fallbacks = "127.0.0.1", uint16(c.Port()), nil
	overTCP.TLSConfig = &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
	overTCP.Password = "open sesame"
	if got := query(t, overTCP, "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()"); got != "true" {
		t.Errorf("ssl is %s", got)
	}

	overTCP.Password = "wrong"
	_, err = pgconn.ConnectConfig(t.Context(), overTCP)
	var refusal *pgconn.PgError
	if !errors.As(err, &refusal) || refusal.Code != "28P01" {
		t.Errorf("a wrong password gives %v", err)
	}
}

func TestFailureToStartCarriesTheLogAndLeavesNothing(t *testing.T) {
	before, _ := filepath.Glob("/tmp/tppg*")
	_, err := Start(t.Context(), Options{Settings: map[string]string{"shared_buffers": "a lot"}})
	if err == nil || !strings.Contains(err.Error(), `invalid value for parameter "shared_buffers"`) {
		t.Errorf("the error does not tell the server's reason: %v", err)
	}
	seen := make(map[string]bool)
	for _, dir := range before {
		seen[dir] = true
	}
	after, _ := filepath.Glob("/tmp/tppg*/log")
	for _, log := range after {
		if content, _ := os.ReadFile(log); !seen[filepath.Dir(log)] && strings.Contains(string(content), "a lot") {
			t.Errorf("%s was left behind", filepath.Dir(log))
		}
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Start with a cancelled context: %v", err)
	}
}

func TestFindBinaries(t *testing.T) {
	fake := filepath.Join(t.TempDir(), "16", "bin")
	if err := os.MkdirAll(fake, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name string, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(fake, name), []byte("#!/bin/sh\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv(BinDirEnv, fake)
	write("postgres", 0o755)
	if dir, err := FindBinaries(); !errors.Is(err, ErrNoBinaries) {
		t.Errorf("a directory without initdb is taken: %s, %v", dir, err)
	}
	write("initdb", 0o644)
	if dir, err := FindBinaries(); !errors.Is(err, ErrNoBinaries) {
		t.Errorf("a directory whose initdb cannot be run is taken: %s, %v", dir, err)
	}
	if err := os.Chmod(filepath.Join(fake, "initdb"), 0o755); err != nil {
		t.Fatal(err)
	}
	if dir, err := FindBinaries(); err != nil || dir != fake {
		t.Errorf("got %s, %v; want %s", dir, err, fake)
	}
	t.Setenv(BinDirEnv, "")
	t.Setenv("PATH", fake)
	if dir, err := FindBinaries(); err != nil || dir != fake {
		t.Errorf("from PATH: got %s, %v; want %s", dir, err, fake)
	}
}

func selfSigned(t *testing.T) (cert, key []byte, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	key = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	return cert, key, pool
}
