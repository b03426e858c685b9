package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/config"
	"tenantproxy/internal/observe/auditlog"
	"tenantproxy/internal/pool"
	"tenantproxy/internal/proxy"
	"tenantproxy/internal/rewrite"
)

// upstream is a Postgres that sessions run on: connections to it, and the rules of
// its databases for each role. Nothing in it connects before start.
type upstream struct {
	pool   *pool.Pool
	served []served
	sealed bool // sessions have a sealed context
	log    *slog.Logger

	cancel context.CancelFunc // nil before start
	wg     sync.WaitGroup
}

// served has the rules of one database for one role, and what keeps them fresh.
type served struct {
	proxy.Served
	decider *proxy.Decider
	loader  *catalog.Loader
}

func newUpstream(cfg *config.Config, policy rewrite.Policy, log *slog.Logger, audit *auditlog.Log) (*upstream, error) {
	dialer, err := newDialer(cfg, policy)
	if err != nil {
		return nil, err
	}
	u := &upstream{log: log, sealed: cfg.Tenant.SealKeyFile != "", pool: pool.NewPool(pool.Options{
		Dialer:             dialer,
		Reuse:              cfg.Pool.Reuse,
		ShareAcrossTenants: cfg.Pool.ShareAcrossTenants,
		MaxUpstream:        cfg.Pool.MaxUpstream,
		MaxPerTenant:       cfg.Pool.MaxPerTenant,
		IdleTimeout:        cfg.Pool.IdleTimeout,
		AcquireTimeout:     cfg.Pool.AcquireTimeout,
		Log:                log,
	})}
	for _, name := range dialer.Databases() {
		for _, role := range roles(cfg.Tenant) {
			u.served = append(u.served, newServed(cfg, policy, dialer, proxy.Served{Database: name, Role: role}, log, audit))
		}
	}
	return u, nil
}

func (u *upstream) deciders() map[proxy.Served]*proxy.Decider {
	deciders := make(map[proxy.Served]*proxy.Decider)
	for _, s := range u.served {
		deciders[s.Served] = s.decider
	}
	return deciders
}

// newDialer makes the dialer of upstream connections; it does not connect.
func newDialer(cfg *config.Config, policy rewrite.Policy) (*pool.Dialer, error) {
	return pool.NewDialer(pool.DialerOptions{
		Config: cfg.Upstream.ConnConfig, Databases: cfg.Upstream.Databases, Pinned: proxy.PinnedSettings(policy),
	})
}

func deciderOptions(cfg *config.Config, policy rewrite.Policy) proxy.DeciderOptions {
	return proxy.DeciderOptions{
		Policy:               policy,
		VerdictCacheBytes:    int(cfg.Policy.VerdictCacheBytes),
		TenantColumn:         cfg.Tenant.Column,
		AcceptPrivilegedRole: cfg.Policy.AcceptPrivilegedRole,
	}
}

func newServed(cfg *config.Config, policy rewrite.Policy, dialer *pool.Dialer, what proxy.Served, log *slog.Logger, audit *auditlog.Log) served {
	log = log.With("database", what.Database)
	s := served{Served: what}
	opts := deciderOptions(cfg, policy)
	opts.Role = what.Role
	opts.Refresh = func(ctx context.Context) error { return s.loader.Refresh(ctx) }
	opts.Log = log
	opts.Audit, opts.Database = audit, what.Database
	s.decider = proxy.NewDecider(opts)
	s.loader = catalog.NewLoader(catalog.LoaderOptions{
		Dial: func(ctx context.Context, onNotification pgconn.NotificationHandler) (*pgconn.PgConn, error) {
			return dialer.Dial(ctx, what.Database, what.Role, onNotification)
		},
		Interval: cfg.Policy.CatalogRefresh,
		OnChange: s.decider.Install,
		Log:      log,
	})
	return s
}

// start begins to read the catalogs. It returns when each has been read once,
// with an error if a role is not fit to serve tenants (I9) or cannot be taken. A
// database that cannot be reached yet is an error only if all are needed now:
// otherwise clients get 08006 until it can. After an error, stop has still to be called.
func (u *upstream) start(ctx context.Context, needed bool) error {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	u.cancel = cancel
	for _, s := range u.served {
		u.wg.Go(func() { s.loader.Run(running) })
	}
	for _, s := range u.served {
		// A reading that fails answers this with its error.
		err := s.loader.Refresh(ctx)
		if err == nil {
			err = u.checkSeal(ctx, s.Served)
		}
		var noRole *pool.RoleError
		var wrong *exitError
		switch {
		case errors.As(err, &noRole):
			return &exitError{exitUsage, fmt.Errorf("tenant.roles: %w", noRole)}
		case errors.As(err, &wrong):
			return wrong
		case err != nil:
			if needed {
				return fmt.Errorf("reading database %q: %w", s.Database, err)
			}
			u.log.Warn("serving begins without the database", "error", err)
			continue
		}
		err = s.decider.Err()
		var privileged *proxy.PrivilegedRoleError
		if errors.As(err, &privileged) {
			return &exitError{exitUsage, fmt.Errorf("%w (policy.accept_privileged_role: true serves all the same)", err)}
		}
		if err != nil && needed {
			return fmt.Errorf("reading database %q: %w", s.Database, err)
		}
	}
	return nil
}

// stop ends the reading and closes the connections that no session has.
func (u *upstream) stop() {
	if u.cancel != nil {
		u.cancel()
	}
	u.wg.Wait()
	u.pool.Close()
}
