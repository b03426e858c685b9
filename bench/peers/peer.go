package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/localpg"
)

// The names of the peers.
const (
	direct             = "direct"
	pgbouncerSession   = "PgBouncer session"
	pgbouncerTx        = "PgBouncer transaction"
	haproxy            = "HAProxy"
	tenantproxySession = "tenantproxy session"
	tenantproxyTx      = "tenantproxy transaction"
)

// peer is one way to the database.
type peer struct {
	name     string
	version  string
	port     int
	user     string
	password string
	// perTransaction tells of a pool that loses prepared statements between
	// transactions.
	perTransaction bool
	// clients bounds how many may be idle at once; 0: as many as one likes.
	clients int
	// process is what stands between; zero for direct.
	process process
	stop    func() error
}

// startPeers starts those that are chosen, or all. What was started is given
// back even with an error.
func startPeers(ctx context.Context, dir string, db *database, o options) (peers []*peer, err error) {
	start := map[string]func() (*peer, error){
		direct:             func() (*peer, error) { return directPeer(db), nil },
		pgbouncerSession:   func() (*peer, error) { return startPgBouncer(ctx, dir, db, "session") },
		pgbouncerTx:        func() (*peer, error) { return startPgBouncer(ctx, dir, db, "transaction") },
		haproxy:            func() (*peer, error) { return startHAProxy(ctx, dir, db) },
		tenantproxySession: func() (*peer, error) { return startTenantproxy(ctx, dir, db, o.binary, "session") },
		tenantproxyTx:      func() (*peer, error) { return startTenantproxy(ctx, dir, db, o.binary, "transaction") },
	}
	for _, name := range []string{direct, pgbouncerSession, pgbouncerTx, haproxy, tenantproxySession, tenantproxyTx} {
		if len(o.peers) > 0 && !slices.Contains(o.peers, strings.ReplaceAll(strings.ToLower(name), " ", "-")) {
			continue
		}
		p, err := start[name]()
		if errors.Is(err, errNotThere) {
			say("%s is left out: %s", name, err)
			continue
		}
		if err != nil {
			return peers, fmt.Errorf("starting %s: %w", name, err)
		}
		p.name = name
		peers = append(peers, p)
		if err := p.await(ctx); err != nil {
			return peers, err
		}
	}
	return peers, nil
}

func stopPeers(peers []*peer) (err error) {
	for _, p := range peers {
		if p.stop != nil {
			err = errors.Join(err, p.stop())
		}
	}
	return err
}

func (p *peer) dsn() string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(p.user, p.password),
		Host: "127.0.0.1:" + strconv.Itoa(p.port), Path: "/" + databaseName, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// await connects until that works: some peers listen before they can serve.
func (p *peer) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		conn, err := pgconn.Connect(ctx, p.dsn())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("connecting to %s: %w", p.name, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func directPeer(db *database) *peer {
	return &peer{version: "PostgreSQL " + db.version, port: db.cluster.Port(), user: appRole, password: rolePassword, clients: maxUpstream}
}

// startPgBouncer: clients log in by SCRAM, as they do at Postgres.
func startPgBouncer(ctx context.Context, dir string, db *database, mode string) (*peer, error) {
	program, err := executable("pgbouncer")
	if err != nil {
		return nil, err
	}
	port, err := localpg.FreePort()
	if err != nil {
		return nil, err
	}
	// The secret as Postgres has it: with the password itself PgBouncer would
	// derive that anew for each login.
	secret, err := query(ctx, db.cluster.DSN(databaseName, localpg.Superuser),
		"SELECT rolpassword FROM pg_authid WHERE rolname = '"+appRole+"'")
	if err != nil {
		return nil, err
	}
	users := filepath.Join(dir, "users-"+mode)
	if err := os.WriteFile(users, fmt.Appendf(nil, "%q %q\n", appRole, secret), 0o644); err != nil { //nolint:gosec // of a database that lives for this run
		return nil, err
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user = postgres"
	}
	config := filepath.Join(dir, "pgbouncer-"+mode+".ini")
	text := fmt.Sprintf(`[databases]
%s = host=127.0.0.1 port=%d user=%s password=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = scram-sha-256
auth_file = %s
pool_mode = %s
default_pool_size = %d
max_client_conn = 12000
ignore_startup_parameters = extra_float_digits
log_connections = 0
log_disconnections = 0
%s
`, databaseName, db.cluster.Port(), appRole, rolePassword, port, users, mode, maxUpstream, user)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil { //nolint:gosec // as above
		return nil, err
	}
	p := &peer{port: port, user: appRole, password: rolePassword, perTransaction: mode == "transaction"}
	p.version, err = firstLine(ctx, program, "--version")
	if err != nil {
		return nil, err
	}
	p.process, p.stop, err = startProcess(filepath.Join(dir, "pgbouncer-"+mode+".log"), nil, program, "-q", config)
	return p, err
}

// startHAProxy: plain TCP, which knows nothing of Postgres.
func startHAProxy(ctx context.Context, dir string, db *database) (*peer, error) {
	program, err := executable("haproxy")
	if err != nil {
		return nil, err
	}
	port, err := localpg.FreePort()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "haproxy.cfg")
	text := fmt.Sprintf(`global
  maxconn 6000
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen bench
  bind 127.0.0.1:%d
  server postgres 127.0.0.1:%d
`, port, db.cluster.Port())
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	p := &peer{port: port, user: appRole, password: rolePassword, clients: maxUpstream}
	p.version, err = firstLine(ctx, program, "-v")
	if err != nil {
		return nil, err
	}
	p.process, p.stop, err = startProcess(filepath.Join(dir, "haproxy.log"), nil, program, "-db", "-f", config)
	return p, err
}

// errNotThere means that this build of the proxy cannot do it.
var errNotThere = errors.New("this build of tenantproxy refuses the configuration")

// startTenantproxy: with all its checks on; clients log in with a token.
func startTenantproxy(ctx context.Context, dir string, db *database, program, mode string) (*peer, error) {
	port, err := localpg.FreePort()
	if err != nil {
		return nil, err
	}
	var random [32]byte
	rand.Read(random[:]) // never fails: see crypto/rand
	secret := hex.AppendEncode(nil, random[:])
	secretFile := filepath.Join(dir, "secret-"+mode)
	if err := os.WriteFile(secretFile, secret, 0o600); err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "tenantproxy-"+mode+".yaml")
	text := fmt.Sprintf(`listen: ["127.0.0.1:%d"]
upstream:
  dsn: postgres://%s@127.0.0.1:%d/%s?sslmode=disable
auth:
  algorithms: [HS256]
  keys: [{hmac_secret_file: %s}]
tenant: {claim: org, setting: app.org_id}
pool: {mode: %s, max_upstream: %d, max_per_tenant: 0}
limits: {max_clients: 12000, max_unauthenticated_per_address: 12000}
admin: {listen: ""}
log: {level: warn}
`, port, tenantRole, db.cluster.Port(), databaseName, secretFile, mode, maxUpstream)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	env := append(os.Environ(), "PGPASSWORD="+rolePassword)
	check := exec.CommandContext(ctx, program, "serve", "--check-config", "--config", config) //nolint:gosec // the binary to measure
	check.Env = env
	if out, err := check.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", errNotThere, strings.TrimSpace(string(out)))
	}
	token, err := auth.Mint(auth.MintOptions{Secret: secret, Claims: map[string]any{
		"org": org, "sub": "bench", "exp": time.Now().Add(12 * time.Hour).Unix(),
	}})
	if err != nil {
		return nil, err
	}
	p := &peer{port: port, user: "bench", password: token}
	if mode == "session" {
		p.clients = maxUpstream
	}
	p.version, err = firstLine(ctx, program, "version")
	if err != nil {
		return nil, err
	}
	p.process, p.stop, err = startProcess(filepath.Join(dir, "tenantproxy-"+mode+".log"), env, program, "serve", "--config", config)
	return p, err
}

func firstLine(ctx context.Context, program string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, program, args...).Output() //nolint:gosec // a peer that was found
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(line), err
}
