package main

import (
	"errors"
	"fmt"
	"iter"
	"time"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/catalog"
	"tenantproxy/internal/certs"
	"tenantproxy/internal/config"
	"tenantproxy/internal/observe/admin"
	"tenantproxy/internal/observe/metrics"
	"tenantproxy/internal/proxy"
	"tenantproxy/internal/rewrite"
)

// inForce is what the service runs by at the moment, for who looks at it while it
// reloads. It is not changed.
type inForce struct {
	cfg          *config.Config
	upstream     *upstream
	keys         *auth.Keys
	certificates *certs.Store
}

// publish makes what is in force known.
func (s *service) publish() {
	s.inForce.Store(&inForce{s.cfg, s.upstream, s.keys, s.certificates})
}

func newMetrics() *metrics.Metrics {
	var rules []string
	for _, rule := range rewrite.Rules() {
		rules = append(rules, string(rule.Rule))
	}
	return metrics.New(metrics.Options{Version: versionText(), Rules: rules})
}

// measure has the metrics ask the service.
func (s *service) measure() {
	s.metrics.SetSources(metrics.Sources{
		ClientStates: s.server.ClientStates,
		Upstream:     s.upstreamStats,
		Databases: func() (list []metrics.Database) {
			for _, db := range s.databases() {
				measured := metrics.Database{
					Name: db.Name, Role: db.TenantRole, Generation: db.Generation, InForce: db.InForce,
					Protected: db.Protected, Shared: db.Shared, Refused: db.Refused,
					CacheBytes: db.CacheBytes, CacheEntries: db.CacheEntries,
				}
				if db.Read != nil {
					measured.Read = *db.Read
				}
				list = append(list, measured)
			}
			return list
		},
		Keys: func() (list []metrics.KeySource) {
			for _, source := range s.inForce.Load().keys.Status() {
				list = append(list, metrics.KeySource{Name: source.Name, Keys: len(source.Keys), Read: source.Read})
			}
			return list
		},
		Certificate: func() time.Time {
			if store := s.inForce.Load().certificates; store != nil {
				return store.Expires()
			}
			return time.Time{}
		},
		Ready: func() map[string]bool {
			ready := make(map[string]bool)
			results, _ := admin.RunChecks(s.checks())
			for _, result := range results {
				ready[result.Name] = result.OK
			}
			return ready
		},
		Draining: s.draining.Load,
		AuditLog: func() metrics.AuditLog {
			stats := s.audit.Stats()
			return metrics.AuditLog{Events: stats.Events, Dropped: stats.Dropped, QueuedBytes: stats.QueuedBytes}
		},
	})
}

// checks are what has to be in order for the service to be ready.
func (s *service) checks() []admin.Check {
	return []admin.Check{
		{Name: "accepting", Err: func() error {
			if s.draining.Load() {
				return errors.New("the proxy is shutting down")
			}
			return nil
		}},
		{Name: "upstream", Err: s.eachDatabase(func(db *served) error { return db.loader.Failure() })},
		{Name: "catalog", Err: s.eachDatabase(func(db *served) error {
			err := db.decider.Err()
			if isPrivileged(err) {
				return nil // the next check's
			}
			return err
		})},
		{Name: "role", Err: s.eachDatabase(func(db *served) error {
			if err := db.decider.Err(); isPrivileged(err) {
				return err
			}
			return nil
		})},
		{Name: "audit_log", Err: s.audit.Blocked},
	}
}

func isPrivileged(err error) bool {
	var privileged *proxy.PrivilegedRoleError
	return errors.As(err, &privileged)
}

// eachDatabase gives a check that names the database which it fails for.
func (s *service) eachDatabase(check func(*served) error) func() error {
	return func() error {
		var problems []error
		for _, db := range s.inForce.Load().upstream.served {
			if err := check(&db); err != nil {
				problems = append(problems, fmt.Errorf("database %s%s: %w", db.Database, asRole(db.Role), err))
			}
		}
		return errors.Join(problems...)
	}
}

func asRole(role string) string {
	if role == "" {
		return ""
	}
	return " as " + role
}

func (s *service) upstreamStats() metrics.Upstream {
	stats := s.inForce.Load().upstream.pool.Stats()
	return metrics.Upstream{InUse: stats.Open - stats.Free, Free: stats.Free, Waiting: stats.Waiting, Max: stats.Max}
}

func (s *service) databases() (list []admin.Database) {
	for _, db := range s.inForce.Load().upstream.served {
		status := db.decider.Status()
		shown := admin.Database{
			Name: db.Database, TenantRole: db.Role, InForce: status.Err == nil, Generation: status.Generation, Read: known(db.loader.LastSuccess()),
			ServerVersion: status.ServerVersion, Role: status.Role, Rules: status.Version,
			CacheBytes: status.CacheBytes, CacheEntries: status.CacheEntries,
		}
		if status.Err != nil {
			shown.Reason = status.Err.Error()
		}
		for v := range shownRelations(&status) {
			switch protection(v) {
			case admin.Protected:
				shown.Protected++
			case admin.Shared:
				shown.Shared++
			default:
				shown.Refused++
			}
		}
		list = append(list, shown)
	}
	return list
}

// known is t, or nil if it is not known.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// shownRelations leaves out the sequences: each serial column has one, which no tenant
// can read and none needs to.
func shownRelations(status *proxy.DeciderStatus) iter.Seq[*rewrite.RelationVerdict] {
	return func(yield func(*rewrite.RelationVerdict) bool) {
		for i := range status.Relations {
			v := &status.Relations[i]
			if v.Relation.Kind != catalog.Sequence && !yield(v) {
				return
			}
		}
	}
}

func protection(v *rewrite.RelationVerdict) string {
	switch {
	case v.Readable && v.Protected:
		return admin.Protected
	case v.Readable:
		return admin.Shared
	}
	return admin.Refused
}

// relations are those of a database with the verdicts for a role, nil if it is not
// served.
func (s *service) relations(name, role string) *admin.Relations {
	for _, db := range s.inForce.Load().upstream.served {
		if db.Database != name || db.Role != role {
			continue
		}
		status := db.decider.Status()
		shown := &admin.Relations{Database: name, TenantRole: role, Rules: status.Version}
		for v := range shownRelations(&status) {
			relation := admin.Relation{Name: v.Relation.String(), Kind: v.Relation.Kind.Name(), Protection: protection(v)}
			if r := v.Refusal; r != nil {
				relation.Rule, relation.Why, relation.Hint = string(r.Rule), r.Message, r.Hint
			}
			shown.Relations = append(shown.Relations, relation)
		}
		return shown
	}
	return nil
}

// maxSessionsShown bounds the sessions on the status page.
const maxSessionsShown = 100

func (s *service) status() admin.Status {
	now := s.inForce.Load()
	status := admin.Status{
		Version: versionText(), Started: s.started, Mode: now.cfg.Policy.Mode,
		Clients: s.server.ClientStates(), MaxClients: now.cfg.Limits.MaxClients,
		Upstream: s.upstreamStats(), Databases: s.databases(), Counts: s.metrics.Summary(),
	}
	sessions, all := s.server.Sessions(maxSessionsShown)
	status.SessionsInAll = all
	for _, session := range sessions {
		status.Sessions = append(status.Sessions, admin.Session{
			Org: session.Org, Client: session.Client, Database: session.Database,
			Application: session.Application, State: session.State, Began: session.Began,
		})
	}
	for _, source := range now.keys.Status() {
		shown := admin.KeySource{Name: source.Name, Read: known(source.Read), Failure: source.Failure}
		for _, key := range source.Keys {
			shown.Keys = append(shown.Keys, admin.Key{ID: key.ID, Kind: key.Kind, Algorithm: key.Algorithm, Since: key.Since})
		}
		status.Keys = append(status.Keys, shown)
	}
	if now.certificates != nil {
		status.CertificateExpires = known(now.certificates.Expires())
	}
	return status
}
