// Package proxytest runs the proxy before a real Postgres, for tests and
// benchmarks.
package proxytest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/auth/authtest"
	"tenantproxy/internal/catalog"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/pool"
	"tenantproxy/internal/proxy"
	"tenantproxy/internal/rewrite"
)

// Proxy is a running proxy before a database of its own with the demo schema.
type Proxy struct {
	DB     *pgtest.Database
	Server *proxy.Server
	Pool   *pool.Pool
	// Loader and Decider are those of the first role.
	Loader  *catalog.Loader
	Decider *proxy.Decider
	// Address is host:port on loopback.
	Address string
	// Issuer signs the tokens that the proxy accepts.
	Issuer *authtest.Issuer
	// Log is what the proxy has logged.
	Log *Log

	loaders []*catalog.Loader // one for each role
}

// Setup is what a test may change before the proxy starts.
type Setup struct {
	// DB is nil for a new one.
	DB *pgtest.Database
	// Role is the upstream role, on the database's socket; Upstream, if set, is
	// a DSN to use instead.
	Role, Upstream string
	Policy         rewrite.Policy
	Auth           auth.Options
	// Options are the server's; Start fills in what it makes itself.
	Options proxy.Options
	// Pool is how upstream connections are shared: reused, without limits.
	Pool pool.Options
	// Interval is between readings of the catalog; a long one, since tests
	// Refresh when they want to.
	Interval time.Duration
	// AcceptPrivileged is policy.accept_privileged_role.
	AcceptPrivileged bool
	// Unready leaves the catalog unread when the test begins.
	Unready bool
}

// Start runs a proxy for the length of the test, after the changes to its setup.
func Start(t testing.TB, change ...func(*Setup)) *Proxy {
	t.Helper()
	log := new(Log)
	issuer := authtest.NewIssuer(t)
	s := &Setup{
		Role: demo.AppRole,
		Policy: rewrite.Policy{
			Schemas:           []string{"public"},
			AllowRelations:    []string{"public.plans"},
			AllowFunctions:    []string{"pg_catalog.pg_sleep"},
			Explain:           "plain",
			MaxSQLBytes:       1 << 20,
			ProtectedSettings: []string{"app.org_id", "request.jwt.claims"},
		},
		Auth: issuer.Options(t),
		Options: proxy.Options{
			TenantSetting: "app.org_id", ClaimsSetting: "request.jwt.claims", TenantKeys: "org_id",
			TLSMode: proxy.TLSAuto, MaxTokenBytes: 8 << 10, MaxMessageBytes: 1 << 30, MaxSQLBytes: 1 << 20,
			MaxClients: 10000, MaxUnauthenticatedPerAddress: 100, LoginTimeout: time.Minute, ExpiryGrace: time.Hour,
			Log: slog.New(slog.NewTextHandler(log, nil)),
		},
		Pool:     pool.Options{Reuse: true, ShareAcrossTenants: true},
		Interval: time.Hour,
	}
	for _, c := range change {
		c(s)
	}
	if s.DB == nil {
		s.DB = pgtest.NewDatabase(t)
	}
	if s.Upstream == "" {
		s.Upstream = s.DB.As(s.Role)
	}
	f := &Proxy{DB: s.DB, Issuer: issuer, Log: log}

	verifier, err := auth.NewVerifier(s.Auth)
	if err != nil {
		t.Fatal(err)
	}
	pinned := proxy.PinnedSettings(s.Policy)
	dialer, err := pool.NewDialer(pool.DialerOptions{
		Config: func() (*pgconn.Config, error) { return pgconn.ParseConfig(s.Upstream) },
		Pinned: pinned,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Options.Deciders = make(map[proxy.Served]*proxy.Decider)
	roles := s.Auth.Roles
	if len(roles) == 0 {
		roles = []string{""}
	}
	for _, role := range roles {
		decider, loader := s.rules(dialer, role)
		s.Options.Deciders[proxy.Served{Database: dialer.DefaultDatabase(), Role: role}] = decider
		f.loaders = append(f.loaders, loader)
		if f.Decider == nil {
			f.Decider, f.Loader = decider, loader
		}
	}
	s.Pool.Dialer, s.Pool.Log = dialer, s.Options.Log
	f.Pool = pool.NewPool(s.Pool)
	s.Options.Verifier, s.Options.Pool, s.Options.Pinned = verifier, f.Pool, pinned
	f.Server = proxy.NewServer(s.Options)

	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, loader := range f.loaders {
		running.Go(func() { loader.Run(ctx) })
	}
	if !s.Unready {
		f.Refresh(t)
	}
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.Address = ln.Addr().String()
	running.Go(func() {
		if err := f.Server.Serve(ln); !errors.Is(err, proxy.ErrServerClosed) {
			t.Errorf("Serve ended with %v", err)
		}
	})
	t.Cleanup(func() {
		f.Server.Close()
		f.Pool.Close()
		cancel()
		running.Wait()
		if t.Failed() {
			t.Logf("the proxy's log:\n%s", log)
		}
	})
	return f
}

// rules are those of the role, empty for the upstream role itself.
func (s *Setup) rules(dialer *pool.Dialer, role string) (decider *proxy.Decider, loader *catalog.Loader) {
	decider = proxy.NewDecider(proxy.DeciderOptions{
		Policy: s.Policy, Role: role, VerdictCacheBytes: 64 << 20, TenantColumn: "org_id",
		AcceptPrivilegedRole: s.AcceptPrivileged,
		Refresh:              func(ctx context.Context) error { return loader.Refresh(ctx) },
		Log:                  s.Options.Log,
		Audit:                s.Options.Audit,
	})
	loader = catalog.NewLoader(catalog.LoaderOptions{
		Dial: func(ctx context.Context, onNotification pgconn.NotificationHandler) (*pgconn.PgConn, error) {
			return dialer.Dial(ctx, dialer.DefaultDatabase(), role, onNotification)
		},
		Interval: s.Interval, OnChange: decider.Install, Log: s.Options.Log,
	})
	return decider, loader
}

// Refresh makes the proxy know the schema as it is now.
func (f *Proxy) Refresh(t testing.TB) {
	t.Helper()
	for _, loader := range f.loaders {
		if err := loader.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// Token is a valid token of the org.
func (f *Proxy) Token(t testing.TB, org string) string {
	t.Helper()
	return f.Issuer.OrgToken(t, org, nil)
}

// DSN is for a client with the given password.
func (f *Proxy) DSN(password string) string {
	u := url.URL{
		Scheme: "postgres", Host: f.Address, Path: "/" + f.DB.Name,
		User: url.UserPassword("app", password), RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Connect logs in for the org.
func (f *Proxy) Connect(t testing.TB, org string, params ...string) *pgconn.PgConn {
	t.Helper()
	conn, err := f.Dial(t, f.Token(t, org), params...)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// Dial logs in with the password; params are names and values of startup parameters.
func (f *Proxy) Dial(t testing.TB, password string, params ...string) (*pgconn.PgConn, error) {
	t.Helper()
	config, err := pgconn.ParseConfig(f.DSN(password))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(params); i += 2 {
		config.RuntimeParams[params[i]] = params[i+1]
	}
	conn, err := pgconn.ConnectConfig(t.Context(), config)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		conn.Close(ctx) // the test may have broken it
	})
	return conn, nil
}

// Log is a log that is read while it is written.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (b *Log) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// String gives what was logged so far.
func (b *Log) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
