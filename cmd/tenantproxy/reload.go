package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"tenantproxy/internal/config"
	"tenantproxy/internal/hardening/seal"
	"tenantproxy/internal/observe/admin"
	"tenantproxy/internal/observe/auditlog"
	"tenantproxy/internal/pool"
	"tenantproxy/internal/rewrite"
)

// reloadTimeout bounds how long a reload waits for a new upstream.
const reloadTimeout = 15 * time.Second

// reload puts another configuration in force, or none of it and says why. What
// needs a restart is named in the log and stays as it is. Not for concurrent use.
//
// Rules that sessions can go on with count from their next statement on. The
// others, and another upstream, come with a new upstream, on which new sessions
// begin; those of the old one end.
func (s *service) reload(cfg *config.Config) (failed error) {
	next, err := readParts(cfg, s.log)
	if err != nil {
		return err
	}
	if err := admin.CheckToken(cfg.Admin.TokenFile); err != nil {
		return err
	}
	if err := s.reconfigureAuditLog(cfg.AuditLog); err != nil {
		return err
	}
	defer func() {
		if failed != nil {
			failed = errors.Join(failed, s.reconfigureAuditLog(s.cfg.AuditLog))
		}
	}()
	if reflect.DeepEqual(s.cfg.Auth, cfg.Auth) && reflect.DeepEqual(s.cfg.Tenant, cfg.Tenant) {
		// What was fetched, and which tokens were verified, is still good.
		next.keys, next.verifier = s.keys, s.verifier
		if err := s.rereadKeys(); err != nil {
			return err
		}
	}
	for _, section := range needRestart(s.atStart, cfg) {
		s.log.Warn("a change of the configuration needs a restart", "key", section)
	}
	old := s.upstream
	options := deciderOptions(cfg, next.policy)
	if reflect.DeepEqual(ofUpstream(s.cfg, s.sealKey), ofUpstream(cfg, next.sealKey)) {
		for _, served := range old.served {
			if err := served.decider.Check(options); err != nil {
				return err
			}
		}
		for _, served := range old.served {
			served.decider.Reconfigure(options)
		}
		old.pool.SetLimits(pool.Limits{
			MaxUpstream: cfg.Pool.MaxUpstream, MaxPerTenant: cfg.Pool.MaxPerTenant,
			IdleTimeout: cfg.Pool.IdleTimeout, AcquireTimeout: cfg.Pool.AcquireTimeout,
		})
		s.server.Reconfigure(s.serverOptions(cfg, next, old))
	} else if err := s.replaceUpstream(cfg, next); err != nil {
		return err
	}
	reconfigureLog(s.log, cfg.Log)
	s.reconfigureAdmin(cfg.Admin)
	warnOfReportMode(cfg, s.log)
	s.audit.Note(nil, auditlog.ConfigReloaded{Changed: changedSections(s.cfg, cfg)})
	s.cfg, s.keys, s.verifier, s.certificates, s.sealKey = cfg, next.keys, next.verifier, next.certificates, next.sealKey
	s.publish()
	s.watch()
	return nil
}

// reconfigureAdmin leaves all as it was if the address is another one, which needs a
// restart: who may ask without a token depends on it.
func (s *service) reconfigureAdmin(cfg config.Admin) {
	if s.admin == nil || cfg.Listen != s.atStart.Admin.Listen {
		return
	}
	if err := s.admin.Reconfigure(cfg.TokenFile, cfg.Pprof); err != nil { // it was fine a moment before
		s.log.Error("the server for operators stays as it was", "error", err)
	}
}

// rereadKeys reads the files of keys and revocations again. They count by
// themselves when they change, so it is no part of all or nothing.
func (s *service) rereadKeys() error {
	if err := s.keys.Reload(s.ctx); err != nil {
		return err
	}
	if revocations := s.verifier.Revocations(); revocations != nil {
		return revocations.Reload(s.ctx)
	}
	return nil
}

// replaceUpstream has new sessions begin on a new upstream, and the old one's end:
// at once if they run by what the configuration no longer says, otherwise at the
// end of their transactions, by the new rules until then.
func (s *service) replaceUpstream(cfg *config.Config, next parts) error {
	ctx, cancel := context.WithTimeout(s.ctx, reloadTimeout)
	defer cancel()
	up, err := newUpstream(cfg, next.policy, s.log, s.audit)
	if err != nil {
		return err
	}
	if err := up.start(ctx, true); err != nil {
		up.stop()
		return fmt.Errorf("starting with the new upstream: %w", err)
	}
	old, patience := s.upstream, cfg.Limits.DrainTimeout
	if reflect.DeepEqual(ofSessions(s.cfg), ofSessions(cfg)) {
		options := deciderOptions(cfg, next.policy)
		for _, served := range old.served {
			served.decider.Reconfigure(options)
		}
	} else {
		patience = 0
	}
	s.server.Reconfigure(s.serverOptions(cfg, next, up))
	s.upstream = up
	s.wg.Go(func() {
		ctx, cancel := context.WithTimeout(s.ctx, patience)
		defer cancel()
		s.server.Retire(ctx, old.pool)
		old.stop()
	})
	return nil
}

// sessionKeys is what a session has of the configuration since its login, and
// cannot go on without: the context, and the rules that go with it.
type sessionKeys struct {
	tenant config.Tenant
	policy rewrite.Policy
}

// ofSessions blanks the rules that may change under a session. A rule that is not
// named here ends sessions when it changes.
func ofSessions(cfg *config.Config) sessionKeys {
	policy := newPolicy(cfg)
	policy.Mode, policy.Explain, policy.MaxSQLBytes = "", "", 0
	policy.AllowRelations, policy.AllowFunctions, policy.DenyFunctions = nil, nil, nil
	policy.CursorWithHold, policy.LockTable, policy.AllowDo = false, false, false
	return sessionKeys{cfg.Tenant, policy}
}

// upstreamKeys is what an upstream is made of, besides limits.
type upstreamKeys struct {
	sessions sessionKeys
	upstream config.Upstream
	refresh  time.Duration
	mode     string
	reuse    bool
	share    bool
	// seal is the id of the key that sessions are sealed with: they have it until they
	// end, and it is to be retired.
	seal string
}

func ofUpstream(cfg *config.Config, key *seal.Key) upstreamKeys {
	id := ""
	if key != nil {
		id = key.ID()
	}
	return upstreamKeys{
		ofSessions(cfg), cfg.Upstream, cfg.Policy.CatalogRefresh, cfg.Pool.Mode, cfg.Pool.Reuse, cfg.Pool.ShareAcrossTenants, id,
	}
}

// needRestart names the keys that only count at the start, and are others than then.
func needRestart(atStart, cfg *config.Config) (names []string) {
	for name, pair := range map[string][2]any{
		"listen":       {atStart.Listen, cfg.Listen},
		"admin.listen": {atStart.Admin.Listen, cfg.Admin.Listen},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			names = append(names, name)
		}
	}
	return names
}
