package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/catalog"
	"tenantproxy/internal/config"
	"tenantproxy/internal/pool"
	"tenantproxy/internal/proxy"
	"tenantproxy/internal/rewrite"
)

// service is the proxy with what keeps its rules fresh, built from a
// configuration. Nothing in it connects before start.
type service struct {
	server    *proxy.Server
	pool      *pool.Pool
	databases []database
	log       *slog.Logger

	wg   sync.WaitGroup
	stop context.CancelFunc
}

// database has the rules of one database, and what keeps them fresh.
type database struct {
	decider *proxy.Decider
	loader  *catalog.Loader
}

// newService builds everything and opens the files that the configuration names.
func newService(cfg *config.Config, log *slog.Logger) (*service, error) {
	verifier, err := newVerifier(cfg)
	if err != nil {
		return nil, err
	}
	tlsConfig, err := newTLS(cfg.TLS)
	if err != nil {
		return nil, err
	}
	policy := newPolicy(cfg)
	if err := policy.Validate(); err != nil {
		return nil, err
	}
	if policy.Mode == "report" {
		log.Warn("policy.mode is report: statements that enforce would refuse are let through")
	}
	dialer, err := newDialer(cfg, policy)
	if err != nil {
		return nil, err
	}
	s := &service{log: log, pool: pool.NewPool(pool.Options{
		Dialer:             dialer,
		Reuse:              cfg.Pool.Reuse,
		ShareAcrossTenants: cfg.Pool.ShareAcrossTenants,
		MaxUpstream:        cfg.Pool.MaxUpstream,
		MaxPerTenant:       cfg.Pool.MaxPerTenant,
		IdleTimeout:        cfg.Pool.IdleTimeout,
		AcquireTimeout:     cfg.Pool.AcquireTimeout,
		Log:                log,
	})}
	s.stop = s.pool.Close
	deciders := make(map[string]*proxy.Decider)
	for _, name := range dialer.Databases() {
		db := newDatabase(cfg, policy, dialer, name, log.With("database", name))
		s.databases = append(s.databases, db)
		deciders[name] = db.decider
	}
	s.server = proxy.NewServer(proxy.Options{
		Verifier:                     verifier,
		Pool:                         s.pool,
		Deciders:                     deciders,
		Pinned:                       proxy.PinnedSettings(policy),
		TransactionPooling:           cfg.Pool.Mode == "transaction",
		TenantSetting:                cfg.Tenant.Setting,
		ClaimsSetting:                cfg.Tenant.ClaimsSetting,
		PassErrorDetails:             cfg.Policy.ErrorDetails == "pass",
		TenantKeys:                   tenantKeys(cfg.Tenant),
		TLS:                          tlsConfig,
		TLSMode:                      proxy.TLSMode(cfg.TLS.Required),
		MaxTokenBytes:                int(cfg.Auth.MaxTokenBytes),
		MaxMessageBytes:              int(cfg.Limits.MaxMessageBytes),
		MaxSQLBytes:                  int(cfg.Policy.MaxSQLBytes),
		MaxClients:                   cfg.Limits.MaxClients,
		MaxUnauthenticatedPerAddress: cfg.Limits.MaxUnauthenticatedPerAddress,
		LoginTimeout:                 cfg.Limits.LoginTimeout,
		ExpiryGrace:                  cfg.Auth.ExpiryGrace,
		KeepExpired:                  cfg.Auth.OnExpiry == "keep",
		Log:                          log,
	})
	return s, nil
}

// tenantKeys is proxy.Options.TenantKeys: an org of type text may be any text.
func tenantKeys(cfg config.Tenant) string {
	if cfg.Type == "text" {
		return ""
	}
	return cfg.Column
}

// newDialer makes the dialer of upstream connections; it does not connect.
func newDialer(cfg *config.Config, policy rewrite.Policy) (*pool.Dialer, error) {
	return pool.NewDialer(pool.DialerOptions{
		Config: cfg.Upstream.ConnConfig, Databases: cfg.Upstream.Databases, Pinned: proxy.PinnedSettings(policy),
	})
}

func newDatabase(cfg *config.Config, policy rewrite.Policy, dialer *pool.Dialer, name string, log *slog.Logger) database {
	var db database
	db.decider = proxy.NewDecider(proxy.DeciderOptions{
		Policy:               policy,
		VerdictCacheBytes:    int(cfg.Policy.VerdictCacheBytes),
		TenantColumn:         cfg.Tenant.Column,
		AcceptPrivilegedRole: cfg.Policy.AcceptPrivilegedRole,
		Refresh:              func(ctx context.Context) error { return db.loader.Refresh(ctx) },
		Log:                  log,
	})
	db.loader = catalog.NewLoader(catalog.LoaderOptions{
		Dial: func(ctx context.Context, onNotification pgconn.NotificationHandler) (*pgconn.PgConn, error) {
			return dialer.Dial(ctx, name, onNotification)
		},
		Interval: cfg.Policy.CatalogRefresh,
		OnChange: db.decider.Install,
		Log:      log,
	})
	return db
}

// start begins to read the catalogs. It returns when each has been read once,
// with an error if the role is not fit to serve tenants (I9). A database that
// cannot be reached yet is no error: clients get 08006 until it can.
func (s *service) start(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	s.stop = func() {
		cancel()
		s.wg.Wait()
		s.pool.Close()
	}
	for _, db := range s.databases {
		s.wg.Go(func() { db.loader.Run(ctx) })
	}
	for _, db := range s.databases {
		// A reading that fails answers this with its error.
		if err := db.loader.Refresh(ctx); err != nil {
			s.log.Warn("serving begins without the database", "error", err)
			continue
		}
		var privileged *proxy.PrivilegedRoleError
		if err := db.decider.Err(); errors.As(err, &privileged) {
			s.stop()
			return &exitError{exitUsage, fmt.Errorf("%w (policy.accept_privileged_role: true serves all the same)", err)}
		}
	}
	return nil
}

func newPolicy(cfg *config.Config) rewrite.Policy {
	policy := rewrite.Policy{
		Mode:              cfg.Policy.Mode,
		Schemas:           cfg.Policy.Schemas,
		AllowRelations:    cfg.Policy.AllowRelations,
		AllowFunctions:    cfg.Policy.AllowFunctions,
		DenyFunctions:     cfg.Policy.DenyFunctions,
		AllowDDL:          cfg.Policy.AllowDDL,
		Explain:           cfg.Policy.Explain,
		ListenNotify:      cfg.Policy.ListenNotify,
		CursorWithHold:    cfg.Policy.CursorWithHold,
		LockTable:         cfg.Policy.LockTable,
		MaxSQLBytes:       int(cfg.Policy.MaxSQLBytes),
		ProtectedSettings: []string{cfg.Tenant.Setting},
	}
	if cfg.Tenant.ClaimsSetting != "" {
		policy.ProtectedSettings = append(policy.ProtectedSettings, cfg.Tenant.ClaimsSetting)
	}
	return policy
}

func newVerifier(cfg *config.Config) (*auth.Verifier, error) {
	sources := make([]auth.KeySource, len(cfg.Auth.Keys))
	for i, key := range cfg.Auth.Keys {
		sources[i] = auth.KeySource{
			JWKSFile: key.JWKSFile, PublicKeyFile: key.PublicKeyFile, HMACSecretFile: key.HMACSecretFile,
		}
	}
	keys, err := auth.LoadKeys(sources)
	if err != nil {
		return nil, err
	}
	return auth.NewVerifier(auth.Options{
		Algorithms:     cfg.Auth.Algorithms,
		Issuer:         cfg.Auth.Issuer,
		Audience:       cfg.Auth.Audience,
		Leeway:         cfg.Auth.Leeway,
		RequireExp:     cfg.Auth.RequireExp,
		RequiredClaims: cfg.Auth.RequiredClaims,
		MaxTokenBytes:  int(cfg.Auth.MaxTokenBytes),
		Keys:           keys,
		Claim:          cfg.Tenant.Claim,
		OrgType:        cfg.Tenant.Type,
		Claims:         cfg.Tenant.Claims,
	})
}

func newTLS(cfg config.TLS) (*tls.Config, error) {
	if cfg.CertFile == "" {
		return nil, nil
	}
	cert, err := tls.LoadX509KeyPair(cfg.CertFile, cfg.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("loading tls.cert_file and tls.key_file: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, nil
}
