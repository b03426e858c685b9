package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/catalog"
	"tenantproxy/internal/certs"
	"tenantproxy/internal/config"
	"tenantproxy/internal/hardening/seal"
	"tenantproxy/internal/pool"
	"tenantproxy/internal/proxy"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// service is the proxy with what keeps its rules fresh, built from a
// configuration. Nothing in it connects before start.
type service struct {
	server    *proxy.Server
	keys      *auth.Keys
	verifier  *auth.Verifier
	pool      *pool.Pool
	databases []database
	// certificates are for clients; nil without TLS.
	certificates *certs.Store
	log          *slog.Logger

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
	keys, err := newKeys(cfg.Auth, log)
	if err != nil {
		return nil, err
	}
	verifier, err := newVerifier(cfg, keys, log)
	if err != nil {
		return nil, err
	}
	store, err := newCertificates(cfg.TLS)
	if err != nil {
		return nil, err
	}
	sign, err := newSeal(cfg.Tenant)
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
	s := &service{log: log, certificates: store, keys: keys, verifier: verifier, pool: pool.NewPool(pool.Options{
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
		Seal:                         sign,
		PassErrorDetails:             cfg.Policy.ErrorDetails == "pass",
		TenantKeys:                   tenantKeys(cfg.Tenant),
		TLS:                          tlsConfig(store),
		TLSMode:                      tlsMode(cfg.TLS),
		MaxTokenBytes:                int(cfg.Auth.MaxTokenBytes),
		MaxMessageBytes:              int(cfg.Limits.MaxMessageBytes),
		MaxSQLBytes:                  int(cfg.Policy.MaxSQLBytes),
		MaxClients:                   cfg.Limits.MaxClients,
		MaxUnauthenticatedPerAddress: cfg.Limits.MaxUnauthenticatedPerAddress,
		MaxClientsPerTenant:          cfg.Limits.MaxClientsPerTenant,
		IdleInTransactionTimeout:     cfg.Limits.IdleInTransactionTimeout,
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

// newSeal gives what seals an org, nil without a key.
func newSeal(cfg config.Tenant) (func(org string, b pool.Backend) wire.Parameter, error) {
	if cfg.SealKeyFile == "" {
		return nil, nil
	}
	key, err := readSealKey(cfg.SealKeyFile)
	if err != nil {
		return nil, fmt.Errorf("loading tenant.seal_key_file: %w", err)
	}
	return func(org string, b pool.Backend) wire.Parameter {
		return wire.Parameter{Name: seal.Setting, Value: key.Seal(org, seal.Backend{PID: b.PID, Started: b.Started, Role: b.Role})}
	}, nil
}

func readSealKey(file string) (seal.Key, error) {
	secret, err := auth.ReadSecret(file)
	if err != nil {
		return seal.Key{}, err
	}
	return seal.NewKey(secret)
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

// start begins to read the catalogs and to keep the keys up to date. It returns when
// each catalog has been read once, and each address of keys asked,
// with an error if the role is not fit to serve tenants (I9). A database that
// cannot be reached yet is no error: clients get 08006 until it can.
func (s *service) start(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	s.stop = func() {
		cancel()
		s.wg.Wait()
		s.pool.Close()
	}
	s.wg.Go(func() { s.keys.Run(ctx) })
	if revocations := s.verifier.Revocations(); revocations != nil {
		s.wg.Go(func() { revocations.Run(ctx) })
	}
	for _, db := range s.databases {
		s.wg.Go(func() { db.loader.Run(ctx) })
	}
	if s.certificates != nil {
		s.wg.Go(func() { watchCertificates(ctx, s.certificates, s.log) })
	}
	s.keys.Fetched(ctx)
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

// newKeys reads the files of keys.
func newKeys(cfg config.Auth, log *slog.Logger) (*auth.Keys, error) {
	sources := make([]auth.KeySource, len(cfg.Keys))
	for i, key := range cfg.Keys {
		sources[i] = auth.KeySource{
			JWKSURL: key.JWKSURL, JWKSFile: key.JWKSFile, PublicKeyFile: key.PublicKeyFile, HMACSecretFile: key.HMACSecretFile,
		}
	}
	return auth.NewKeys(auth.KeysOptions{Sources: sources, Log: log})
}

func newVerifier(cfg *config.Config, keys *auth.Keys, log *slog.Logger) (*auth.Verifier, error) {
	var revocations *auth.Revocations
	if cfg.Auth.RevocationFile != "" {
		var err error
		if revocations, err = auth.NewRevocations(cfg.Auth.RevocationFile, cfg.Tenant.Type, log); err != nil {
			return nil, err
		}
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
		Revocations:    revocations,
		Claim:          cfg.Tenant.Claim,
		OrgType:        cfg.Tenant.Type,
		Claims:         cfg.Tenant.Claims,
	})
}
