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
	"tenantproxy/internal/pool"
	"tenantproxy/internal/proxy"
	"tenantproxy/internal/rewrite"
)

// upstream is a Postgres that sessions run on: connections to it, and the rules of
// its databases. Nothing in it connects before start.
type upstream struct {
	pool      *pool.Pool
	databases []database
	log       *slog.Logger

	cancel context.CancelFunc // nil before start
	wg     sync.WaitGroup
}

// database has the rules of one database, and what keeps them fresh.
type database struct {
	name    string
	decider *proxy.Decider
	loader  *catalog.Loader
}

func newUpstream(cfg *config.Config, policy rewrite.Policy, log *slog.Logger) (*upstream, error) {
	dialer, err := newDialer(cfg, policy)
	if err != nil {
		return nil, err
	}
	u := &upstream{log: log, pool: pool.NewPool(pool.Options{
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
		u.databases = append(u.databases, newDatabase(cfg, policy, dialer, name, log.With("database", name)))
	}
	return u, nil
}

func (u *upstream) deciders() map[string]*proxy.Decider {
	deciders := make(map[string]*proxy.Decider)
	for _, db := range u.databases {
		deciders[db.name] = db.decider
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

func newDatabase(cfg *config.Config, policy rewrite.Policy, dialer *pool.Dialer, name string, log *slog.Logger) database {
	db := database{name: name}
	opts := deciderOptions(cfg, policy)
	opts.Refresh = func(ctx context.Context) error { return db.loader.Refresh(ctx) }
	opts.Log = log
	db.decider = proxy.NewDecider(opts)
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
// cannot be reached yet is an error only if all are needed now: otherwise clients
// get 08006 until it can. After an error, stop has still to be called.
func (u *upstream) start(ctx context.Context, needed bool) error {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	u.cancel = cancel
	for _, db := range u.databases {
		u.wg.Go(func() { db.loader.Run(running) })
	}
	for _, db := range u.databases {
		// A reading that fails answers this with its error.
		if err := db.loader.Refresh(ctx); err != nil {
			if needed {
				return fmt.Errorf("reading database %q: %w", db.name, err)
			}
			u.log.Warn("serving begins without the database", "error", err)
			continue
		}
		err := db.decider.Err()
		var privileged *proxy.PrivilegedRoleError
		if errors.As(err, &privileged) {
			return &exitError{exitUsage, fmt.Errorf("%w (policy.accept_privileged_role: true serves all the same)", err)}
		}
		if err != nil && needed {
			return fmt.Errorf("reading database %q: %w", db.name, err)
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
