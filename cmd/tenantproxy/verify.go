package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/config"
	"tenantproxy/internal/hardening/report"
	"tenantproxy/internal/hardening/seal"
	"tenantproxy/internal/hardening/verify"
	"tenantproxy/internal/proxy"
)

// verifyFlags are the flags of tenantproxy verify.
type verifyFlags struct {
	source              catalogSource
	adminDSN, proxyDSN  string
	tokenFile           string
	secretFile, keyFile string
	keyID               string
	orgs                []string
	format, out         string
	acceptUnknown       bool
}

func newVerifyCommand() *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Prove on the live database that two orgs are kept apart",
		Long: `Try on every tenant table, as the proxy's role and with the context of one org, what
that org must and must not be able to do: read, insert, update, move a row into the
other org, delete; without a context; and whether deleting the org takes all of its
rows. What it finds is compared with what an administrator sees. Everything is rolled
back. With --through-proxy the same goes through the running proxy, and statements
that try to change the context.

Exit codes: 0 proven; 1 a leak, an org that cannot use its own rows, or something that
could not be tried (unless --accept-unknown); 2 usage; 3 could not connect.`,
		Example: `  tenantproxy verify --config tenantproxy.yaml --admin-dsn postgres://postgres@db/app
  tenantproxy verify --config tenantproxy.yaml --through-proxy postgres://app@127.0.0.1:6432/app --secret-file hs256.key --format markdown --out evidence.md`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	flags := cmd.Flags()
	f.source.connectionFlags(cmd)
	flags.StringVar(&f.adminDSN, "admin-dsn", "", "DSN of a role that sees all rows (default: "+adminDSNVariable+")")
	flags.StringVar(&f.proxyDSN, "through-proxy", "", "DSN of the running proxy, without a password")
	flags.StringVar(&f.tokenFile, "token-file", "", "token of the first org, for the proxy")
	flags.StringVar(&f.secretFile, "secret-file", "", "mint that token with the HMAC secret in this file")
	flags.StringVar(&f.keyFile, "key-file", "", "mint that token with the private key in this PEM file")
	flags.StringVar(&f.keyID, "kid", "", "id of that key")
	flags.StringSliceVar(&f.orgs, "orgs", nil, "the two orgs, ID,ID (default: two with rows in the most tables)")
	flags.BoolVar(&f.acceptUnknown, "accept-unknown", false, "what could not be tried does not fail")
	flags.StringVar(&f.format, "format", "text", "text, json, markdown or html")
	flags.StringVar(&f.out, "out", "", "file to write to (default: standard output)")
	cmd.MarkFlagsMutuallyExclusive("token-file", "secret-file", "key-file")
	return cmd
}

func (f *verifyFlags) run(cmd *cobra.Command) error {
	write := map[string]func(*verify.Result, io.Writer) error{
		"text": (*verify.Result).WriteText, "json": (*verify.Result).WriteJSON, "markdown": (*verify.Result).WriteMarkdown,
		"html": (*verify.Result).WriteHTML,
	}[f.format]
	if write == nil {
		return fmt.Errorf("--format %s is not text, json, markdown or html", f.format)
	}
	cfg, err := f.source.loadConfig(os.Environ())
	if err != nil {
		return &exitError{exitUsage, err}
	}
	result, err := f.verify(cmd, cfg)
	if err != nil {
		return err
	}
	result.Version = versionText()
	if err := toFile(f.out, cmd.OutOrStdout(), func(to io.Writer) error { return write(result, to) }); err != nil {
		return fmt.Errorf("writing the evidence: %w", err)
	}
	if result.Failed() || result.Count(verify.Unknown) > 0 && !f.acceptUnknown {
		return &exitError{exitFindings, errors.New(result.Summary())}
	}
	return nil
}

func (f *verifyFlags) verify(cmd *cobra.Command, cfg *config.Config) (*verify.Result, error) {
	ctx := cmd.Context()
	if f.proxyDSN != "" && f.tokenFile == "" && f.secretFile == "" && f.keyFile == "" {
		return nil, errors.New("--through-proxy needs --token-file, --secret-file or --key-file")
	}
	if f.tokenFile != "" && len(f.orgs) == 0 {
		return nil, errors.New("--token-file needs --orgs: the token is the first one's")
	}
	if len(f.orgs) != 0 && len(f.orgs) != 2 {
		return nil, fmt.Errorf("--orgs names %d, want two", len(f.orgs))
	}
	role, err := f.source.upstreamRole(cfg)
	if err != nil {
		return nil, err
	}
	tenancy, err := newTenancy(cfg)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	enter, err := f.enter(cfg, role)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	admin, err := connectAdmin(ctx, f.adminDSN)
	if err != nil {
		return nil, err
	}
	defer func() { _ = admin.Close(ctx) }() // nothing in it is to be kept
	s, err := readSchema(ctx, admin, role)
	if err != nil {
		return nil, err
	}
	progress := newProgress(cmd.ErrOrStderr())
	defer progress.clear()
	options := verify.Options{
		Admin: admin, Schema: s, Schemas: tenancy.Schemas, Column: tenancy.Column, Table: tenancy.Table, Shared: tenancy.Shared,
		Context: func(org string) ([]verify.Setting, error) { return contextOf(cfg.Tenant, role, org) },
		Direct: func(ctx context.Context) (*verify.Session, error) {
			conn, err := connectRole(ctx, cfg, role, s.Database.Name)
			if err != nil {
				return nil, &exitError{exitUnreachable, fmt.Errorf("connecting as the upstream role: %w", err)}
			}
			return &verify.Session{Via: "direct", Conn: conn, Enter: enter}, nil
		},
		Progress: func(table string) { progress.show("verifying %s", report.OneLine(table)) },
	}
	if len(f.orgs) == 2 {
		options.Orgs = [2]string(f.orgs)
	}
	if f.proxyDSN != "" {
		options.Proxy = func(ctx context.Context, org string) (*verify.Session, error) {
			conn, err := f.connectProxy(ctx, cfg, role, org)
			if err != nil {
				return nil, &exitError{exitUnreachable, fmt.Errorf("connecting through the proxy: %w", err)}
			}
			return &verify.Session{Via: "proxy", Conn: conn}, nil
		}
	}
	return verify.Run(ctx, options)
}

// connectRole connects as the proxy does, to run statements as the role.
func connectRole(ctx context.Context, cfg *config.Config, role, database string) (*pgx.Conn, error) {
	login, err := cfg.Upstream.ConnConfig()
	if err != nil {
		return nil, err
	}
	connConfig, err := pgx.ParseConfig("")
	if err != nil {
		return nil, err
	}
	connConfig.Config = *login
	connConfig.Database = database
	for _, p := range proxy.PinnedSettings(newPolicy(cfg)) {
		connConfig.RuntimeParams[p.Name] = p.Value
	}
	if cfg.Tenant.RoleClaim != "" {
		connConfig.RuntimeParams["role"] = role
	}
	return pgx.ConnectConfig(ctx, connConfig)
}

// connectProxy connects through the proxy with a token of the org, and of the role where
// tokens name one.
func (f *verifyFlags) connectProxy(ctx context.Context, cfg *config.Config, role, org string) (*pgx.Conn, error) {
	connConfig, err := pgx.ParseConfig(f.proxyDSN)
	if err != nil {
		return nil, errors.New("the DSN cannot be read")
	}
	if f.tokenFile != "" {
		token, err := os.ReadFile(f.tokenFile)
		if err != nil {
			return nil, fmt.Errorf("reading --token-file: %w", err)
		}
		connConfig.Password = strings.TrimSpace(string(token))
	} else {
		mint := tokenFlags{
			secretFile: f.secretFile, keyFile: f.keyFile, keyID: f.keyID, org: org, claim: cfg.Tenant.Claim,
			subject: "tenantproxy verify", issuer: cfg.Auth.Issuer, audience: cfg.Auth.Audience, ttl: time.Hour,
		}
		if cfg.Tenant.RoleClaim != "" {
			mint.set = []string{cfg.Tenant.RoleClaim + "=" + strconv.Quote(role)}
		}
		if connConfig.Password, err = mint.mint(time.Now()); err != nil {
			return nil, err
		}
	}
	return pgx.ConnectConfig(ctx, connConfig)
}

// enter gives what puts the context of an org in place on a direct connection: what
// the proxy sets, until the transaction ends.
func (f *verifyFlags) enter(cfg *config.Config, role string) (func(context.Context, pgx.Tx, string) error, error) {
	key, err := newSealKey(cfg.Tenant)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, tx pgx.Tx, org string) error {
		settings, err := contextOf(cfg.Tenant, role, org)
		if err != nil {
			return err
		}
		if key != nil {
			b, err := readBackend(ctx, tx)
			if err != nil {
				return fmt.Errorf("reading what the seal is for: %w", err)
			}
			settings = append(settings, verify.Setting{Name: seal.Setting, Value: key.Seal(org, b)})
		}
		for _, s := range settings {
			if _, err := tx.Exec(ctx, "SELECT pg_catalog.set_config($1, $2, true)", s.Name, s.Value); err != nil {
				return fmt.Errorf("setting %s: %w", s.Name, err)
			}
		}
		return nil
	}, nil
}

// readBackend reads what a seal is for. The start of a session is for its login role to
// see, so that it becomes that for a moment.
func readBackend(ctx context.Context, tx pgx.Tx) (seal.Backend, error) {
	var b seal.Backend
	var role string
	err := tx.QueryRow(ctx, "SELECT pg_catalog.current_setting('role')").Scan(&role)
	if err != nil {
		return b, err
	}
	if _, err := tx.Exec(ctx, "SET LOCAL ROLE NONE"); err != nil {
		return b, err
	}
	if err := tx.QueryRow(ctx, seal.BackendQuery).Scan(&b.PID, &b.Started, &b.Role); err != nil {
		return b, err
	}
	if role != "none" {
		b.Role = role
	}
	_, err = tx.Exec(ctx, "SELECT pg_catalog.set_config('role', $1, true)", role)
	return b, err
}

// contextOf is what the proxy sets for an org, but for the seal. The role is in the
// claims where tokens name one.
func contextOf(cfg config.Tenant, role, org string) ([]verify.Setting, error) {
	settings := []verify.Setting{{Name: cfg.Setting, Value: org}}
	if cfg.ClaimsSetting == "" {
		return settings, nil
	}
	claims := map[string]any{"sub": "tenantproxy verify"}
	if err := auth.SetClaim(claims, cfg.Claim, org); err != nil {
		return nil, err
	}
	if cfg.RoleClaim != "" {
		if err := auth.SetClaim(claims, cfg.RoleClaim, role); err != nil {
			return nil, err
		}
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return nil, err
	}
	return append(settings, verify.Setting{Name: cfg.ClaimsSetting, Value: string(text)}), nil
}
