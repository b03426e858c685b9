package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/config"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/localpg"
	"tenantproxy/internal/proxy"
)

// demoDatabase is the demo's database.
const demoDatabase = "callcenter"

// demoTokenLifetime is long enough for a day of trying things.
const demoTokenLifetime = 24 * time.Hour

func newDemoCommand() *cobra.Command {
	var once bool
	var listenOn string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Start Postgres with a demo schema, the proxy before it, and print tokens",
		Long: `Start a private Postgres with the schema of a call-centre product for 302
organizations, the proxy before it, and print DSNs with tokens for two of them.
Then show what is allowed, isolated and refused, and stay up for you to try.
Everything is removed at the end.`,
		Example: `  tenantproxy demo
  tenantproxy demo --once`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// SIGHUP is that the terminal is closed.
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
			defer stop()
			return runDemo(ctx, cmd.OutOrStdout(), listenOn, once)
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "show the session and exit")
	cmd.Flags().StringVar(&listenOn, "listen", "127.0.0.1:6432", "where the proxy listens; another port is taken if it is in use")
	return cmd
}

func runDemo(ctx context.Context, out io.Writer, listenOn string, once bool) (err error) {
	dir, err := os.MkdirTemp("", "tenantproxy-demo")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	fmt.Fprintln(out, "Starting Postgres with the demo schema …")
	cluster, err := startDemoPostgres(ctx)
	if err != nil {
		return &exitError{exitUnreachable, err}
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()

	ln, err := demoListener(ctx, listenOn)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	configFile, secret, err := writeDemoConfig(dir, cluster, ln.Addr().String())
	if err != nil {
		ln.Close()
		return err
	}
	page, stop, err := serveDemo(ctx, configFile, ln)
	if err != nil {
		ln.Close()
		return err
	}
	defer stop()

	dsns := make(map[string]string)
	for _, org := range []string{demo.OrgA, demo.OrgB} {
		token, err := auth.Mint(auth.MintOptions{Secret: secret, Claims: map[string]any{
			"organization_id": org, "sub": "demo-user", "exp": time.Now().Add(demoTokenLifetime).Unix(),
		}})
		if err != nil {
			return err
		}
		dsns[org] = demoDSN(ln.Addr().String(), token)
	}
	fmt.Fprintf(out, "tenantproxy listens on %s; its configuration is %s,\nits audit log audit.log beside it. Its status page: http://%s/\n", ln.Addr(), configFile, page)
	if err := showSession(ctx, out, dsns[demo.OrgA], dsns[demo.OrgB]); err != nil {
		return err
	}
	if once {
		return nil
	}
	fmt.Fprintf(out, "\nNow you, as %s:\n\n  psql '%s'\n\nor as %s:\n\n  psql '%s'\n\nCtrl-C ends the demo and removes everything.\n",
		demo.OrgAName, dsns[demo.OrgA], demo.OrgBName, dsns[demo.OrgB])
	<-ctx.Done()
	return nil
}

// startDemoPostgres starts a cluster with the demo database.
func startDemoPostgres(ctx context.Context) (_ *localpg.Cluster, err error) {
	cluster, err := localpg.Start(ctx, localpg.Options{})
	if errors.Is(err, localpg.ErrNoBinaries) {
		return nil, fmt.Errorf("%w (make demo installs one)", err)
	} else if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, cluster.Stop())
		}
	}()
	if err := execAll(ctx, cluster.DSN("postgres", localpg.Superuser), "CREATE DATABASE "+demoDatabase); err != nil {
		return nil, err
	}
	return cluster, execAll(ctx, cluster.DSN(demoDatabase, localpg.Superuser), demo.SchemaSQL(), demo.SeedSQL(demo.FullScale))
}

func execAll(ctx context.Context, dsn string, texts ...string) error {
	conn, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, text := range texts {
		if _, err := conn.Exec(ctx, text).ReadAll(); err != nil {
			return fmt.Errorf("setting up the demo database: %w", err)
		}
	}
	return nil
}

// demoListener listens on the address, or on another port if that is in use.
func demoListener(ctx context.Context, address string) (net.Listener, error) {
	var listen net.ListenConfig
	ln, err := listen.Listen(ctx, "tcp", address)
	if !errors.Is(err, syscall.EADDRINUSE) {
		return ln, err
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return listen.Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
}

// writeDemoConfig writes the configuration that the demo runs with, for people
// to look at, and the secret that its tokens are signed with.
func writeDemoConfig(dir string, cluster *localpg.Cluster, address string) (file string, secret []byte, err error) {
	var random [32]byte
	rand.Read(random[:]) // never fails: see crypto/rand
	secret = hex.AppendEncode(nil, random[:])
	secretFile := filepath.Join(dir, "hs256.key")
	if err := os.WriteFile(secretFile, secret, 0o600); err != nil {
		return "", nil, err
	}
	text := strings.NewReplacer(
		"AUDIT", filepath.Join(dir, "audit.log"), "ADDRESS", address, "UPSTREAM", cluster.DSN(demoDatabase, demo.AppRole), "SECRET", secretFile,
	).Replace(`listen: ["ADDRESS"]
upstream:
  dsn: UPSTREAM
auth:
  algorithms: [HS256]
  keys:
    - hmac_secret_file: SECRET
tenant:
  claim: organization_id
  setting: app.org_id
  claims_setting: request.jwt.claims
admin: {listen: "127.0.0.1:0"}
policy:
  schemas: [public]
  allow_relations: [public.plans]          # shared by all organizations on purpose
  allow_functions: [pg_catalog.pg_sleep]   # to have something to cancel
audit_log: {path: AUDIT, statements: all}
log: {level: warn, format: text}
`)
	file = filepath.Join(dir, "tenantproxy.yaml")
	return file, secret, os.WriteFile(file, []byte(text), 0o600)
}

// serveDemo serves on ln, and operators on page; stop ends it.
func serveDemo(ctx context.Context, configFile string, ln net.Listener) (page net.Addr, stop func(), err error) {
	cfg, err := config.Load(configFile, nil)
	if err != nil {
		return nil, nil, err
	}
	log := newLog(cfg.Log)
	audit, err := openAuditLog(cfg.AuditLog, log)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, closeAuditLog(audit))
		}
	}()
	service, err := newService(cfg, log, audit)
	if err != nil {
		return nil, nil, err
	}
	admin, err := listenAdmin(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	stopAdmin, err := serveAdmin(service, cfg.Admin, admin)
	if err != nil {
		return nil, nil, err
	}
	if err := service.start(context.WithoutCancel(ctx)); err != nil {
		service.server.Close()
		stopAdmin()
		return nil, nil, err
	}
	done := make(chan error, 1)
	go func() { done <- service.server.Serve(ln) }()
	return admin.Addr(), func() {
		service.server.Close()
		if err := <-done; !errors.Is(err, proxy.ErrServerClosed) {
			service.log.Error("the proxy ended early", "error", err)
		}
		service.stop()
		stopAdmin()
		if err := closeAuditLog(audit); err != nil {
			service.log.Error("the audit log is not complete", "error", err)
		}
	}, nil
}

func demoDSN(address, token string) string {
	u := url.URL{
		Scheme: "postgres", Host: address, Path: "/" + demoDatabase,
		User: url.UserPassword("app", token), RawQuery: "sslmode=disable",
	}
	return u.String()
}
