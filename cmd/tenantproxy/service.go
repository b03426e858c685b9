package main

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/certs"
	"tenantproxy/internal/config"
	"tenantproxy/internal/hardening/seal"
	"tenantproxy/internal/observe/admin"
	"tenantproxy/internal/observe/auditlog"
	"tenantproxy/internal/observe/metrics"
	"tenantproxy/internal/proxy"
	"tenantproxy/internal/rewrite"
)

// service is the proxy with what keeps its rules fresh, built from a
// configuration. Nothing in it connects before start.
type service struct {
	server  *proxy.Server
	metrics *metrics.Metrics
	log     *slog.Logger
	audit   *auditlog.Log // nil: there is none
	admin   *admin.Server // nil: there is none
	started time.Time
	// atStart has what counts at the start only.
	atStart *config.Config
	// draining tells that the service is shutting down.
	draining atomic.Bool
	// inForce is what follows, for other goroutines.
	inForce atomic.Pointer[inForce]

	// What follows changes by reload; it is for one goroutine.
	cfg      *config.Config
	upstream *upstream
	keys     *auth.Keys
	verifier *auth.Verifier
	// certificates are for clients; nil without TLS.
	certificates *certs.Store
	sealKey      *seal.Key          // nil without tenant.seal_key_file
	unwatch      context.CancelFunc // ends the watch of certificates

	ctx    context.Context // ends with stop
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// newService builds everything and opens the files that the configuration names, but
// for the audit log, which the caller closes after stop.
func newService(cfg *config.Config, log *slog.Logger, audit *auditlog.Log) (*service, error) {
	parts, err := readParts(cfg, log)
	if err != nil {
		return nil, err
	}
	up, err := newUpstream(cfg, parts.policy, log, audit)
	if err != nil {
		return nil, err
	}
	warnOfReportMode(cfg, log)
	s := &service{
		metrics: newMetrics(), started: time.Now(), atStart: cfg, log: log, audit: audit, cfg: cfg, upstream: up, keys: parts.keys, verifier: parts.verifier, certificates: parts.certificates, sealKey: parts.sealKey, unwatch: func() {},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.server = proxy.NewServer(s.serverOptions(cfg, parts, up))
	s.publish()
	s.measure()
	return s, nil
}

// start begins to read the catalogs, as upstream.start does, and to keep the keys
// up to date; each address of keys has been asked when it returns.
func (s *service) start(ctx context.Context) error {
	s.watch()
	s.wg.Go(func() { s.metrics.Run(s.ctx) })
	s.keys.Fetched(ctx)
	if err := s.upstream.start(ctx, false); err != nil {
		s.stop()
		return err
	}
	return nil
}

// stop ends what is left when the server is closed.
func (s *service) stop() {
	s.cancel()
	s.wg.Wait()
	s.upstream.stop()
}

// watch looks after the files and addresses of keys, revocations and the
// certificate, and no more after those of before.
func (s *service) watch() {
	s.unwatch()
	ctx, cancel := context.WithCancel(s.ctx)
	s.unwatch = cancel
	keys, revocations := s.keys, s.verifier.Revocations()
	s.wg.Go(func() { keys.Run(ctx) })
	if revocations != nil {
		s.wg.Go(func() { revocations.Run(ctx) })
	}
	if store := s.certificates; store != nil {
		s.wg.Go(func() { watchCertificates(ctx, store, s.log) })
	}
}

// parts are what is made of a configuration and files alone.
type parts struct {
	keys         *auth.Keys
	verifier     *auth.Verifier
	certificates *certs.Store
	sealKey      *seal.Key // nil without tenant.seal_key_file
	policy       rewrite.Policy
}

func readParts(cfg *config.Config, log *slog.Logger) (parts, error) {
	keys, err := newKeys(cfg.Auth, log)
	if err != nil {
		return parts{}, err
	}
	verifier, err := newVerifier(cfg, keys, log)
	if err != nil {
		return parts{}, err
	}
	store, err := newCertificates(cfg.TLS)
	if err != nil {
		return parts{}, err
	}
	key, err := newSealKey(cfg.Tenant)
	if err != nil {
		return parts{}, err
	}
	policy := newPolicy(cfg)
	return parts{keys, verifier, store, key, policy}, policy.Validate()
}

func warnOfReportMode(cfg *config.Config, log *slog.Logger) {
	if cfg.Policy.Mode == "report" {
		log.Warn("policy.mode is report: statements that enforce would refuse are let through")
	}
}

// maxSilence is how long a client may acknowledge nothing that it is sent: probes of one
// that lives are at most two minutes apart, and one or two may get lost.
const maxSilence = 5 * time.Minute

func (s *service) serverOptions(cfg *config.Config, p parts, up *upstream) proxy.Options {
	return proxy.Options{
		Verifier:                     p.verifier,
		Pool:                         up.pool,
		Deciders:                     up.deciders(),
		Pinned:                       proxy.PinnedSettings(p.policy),
		TransactionPooling:           cfg.Pool.Mode == "transaction",
		TenantSetting:                cfg.Tenant.Setting,
		ClaimsSetting:                cfg.Tenant.ClaimsSetting,
		Seal:                         sealer(p.sealKey),
		PassErrorDetails:             cfg.Policy.ErrorDetails == "pass",
		TenantKeys:                   tenantKeys(cfg.Tenant),
		TLS:                          tlsConfig(p.certificates),
		TLSMode:                      tlsMode(cfg.TLS),
		OAuth:                        cfg.Auth.Method == "oauthbearer",
		OAuthDiscovery:               discoveryAddress(cfg.Auth.Issuer),
		MaxTokenBytes:                int(cfg.Auth.MaxTokenBytes),
		MaxMessageBytes:              int(cfg.Limits.MaxMessageBytes),
		MaxSQLBytes:                  int(cfg.Policy.MaxSQLBytes),
		MaxClients:                   cfg.Limits.MaxClients,
		MaxUnauthenticatedPerAddress: cfg.Limits.MaxUnauthenticatedPerAddress,
		MaxClientsPerTenant:          cfg.Limits.MaxClientsPerTenant,
		IdleInTransactionTimeout:     cfg.Limits.IdleInTransactionTimeout,
		MaxSilence:                   maxSilence,
		LoginTimeout:                 cfg.Limits.LoginTimeout,
		ExpiryGrace:                  cfg.Auth.ExpiryGrace,
		KeepExpired:                  cfg.Auth.OnExpiry == "keep",
		Audit:                        s.audit,
		Metrics:                      s.metrics,
		Log:                          s.log,
	}
}

// tenantKeys is proxy.Options.TenantKeys: an org of type text may be any text.
func tenantKeys(cfg config.Tenant) string {
	if cfg.Type == "text" {
		return ""
	}
	return cfg.Column
}

// discoveryAddress is where an issuer describes itself (OpenID Connect Discovery 1.0,
// section 4); empty for one that is not an https address.
func discoveryAddress(issuer string) string {
	if !strings.HasPrefix(issuer, "https://") {
		return ""
	}
	return strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
}

func newPolicy(cfg *config.Config) rewrite.Policy {
	policy := rewrite.Policy{
		Mode:              cfg.Policy.Mode,
		Schemas:           cfg.Policy.Schemas,
		AllowRelations:    cfg.Policy.AllowRelations,
		AllowFunctions:    cfg.Policy.AllowFunctions,
		DenyFunctions:     cfg.Policy.DenyFunctions,
		AllowDDL:          cfg.Policy.AllowDDL,
		AllowDo:           cfg.Policy.AllowDO,
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
		RoleClaim:      cfg.Tenant.RoleClaim,
		Roles:          cfg.Tenant.Roles,
		Claims:         cfg.Tenant.Claims,
	})
}
