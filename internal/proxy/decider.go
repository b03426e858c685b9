package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/rewrite"
)

// DeciderOptions configure a Decider.
type DeciderOptions struct {
	Policy rewrite.Policy
	// VerdictCacheBytes bounds the memory of remembered verdicts.
	VerdictCacheBytes int
	// TenantColumn is the column that marks a tenant table, for I9.
	TenantColumn string
	// AcceptPrivilegedRole serves although the upstream role could see past
	// row-level security, with a warning.
	AcceptPrivilegedRole bool
	// Refresh reads the catalog now, and gives what it found to Install before
	// it returns. It is called for a statement that names an unknown relation.
	Refresh func(ctx context.Context) error
	Log     *slog.Logger
}

// Decider holds the rules in force: the policy applied to the newest catalog
// snapshot. Until Install has been called, every statement is refused (I4).
// Safe for concurrent use.
type Decider struct {
	opts    DeciderOptions
	current atomic.Pointer[rules]
}

// rules are what statements are decided by, until the catalog changes.
// Immutable.
type rules struct {
	// cache decides, unless closed is set: then nothing passes, for the reason.
	cache  *rewrite.Cache
	closed *rewrite.Refusal
	reason error
}

// NewDecider makes a Decider that refuses everything.
func NewDecider(opts DeciderOptions) *Decider {
	d := &Decider{opts: opts}
	d.current.Store(closedRules(errors.New("the catalog of the database has not been read yet")))
	return d
}

// closedRules let nothing pass, because of err. What clients are told of it is
// for their eyes.
func closedRules(err error) *rules {
	var privileged *PrivilegedRoleError
	if errors.As(err, &privileged) {
		return &rules{reason: err, closed: rewrite.Refuse(rewrite.RuleRolePrivileged,
			"the upstream role is not subject to row-level security",
			"No statement passes. The operator finds the cause in the log of tenantproxy.")}
	}
	return &rules{reason: err, closed: rewrite.Refuse(rewrite.RuleCatalogUnavailable,
		"the catalog of the database is not known",
		"No statement passes until it can be read. The operator finds the cause in the log of tenantproxy.")}
}

// Install puts a snapshot in force; nil means that the catalog cannot be read
// any more (I6). Afterwards Err says whether statements pass.
func (d *Decider) Install(snap *catalog.Snapshot) {
	rules, err := d.apply(snap)
	if err != nil {
		d.opts.Log.Error("no statement passes", "error", err)
		rules = closedRules(err)
	}
	d.current.Store(rules)
}

// Err tells why no statement passes at all; nil if the rules are in force.
func (d *Decider) Err() error { return d.rules().reason }

func (d *Decider) apply(snap *catalog.Snapshot) (*rules, error) {
	if snap == nil {
		return nil, errors.New("the catalog cannot be read")
	}
	if findings := snap.PrivilegeFindings(d.opts.TenantColumn); len(findings) > 0 {
		err := &PrivilegedRoleError{Role: snap.Role.Name, Findings: findings}
		if !d.opts.AcceptPrivilegedRole {
			return nil, err
		}
		d.opts.Log.Warn("accepted by policy.accept_privileged_role", "error", err)
	}
	for _, finding := range snap.SettingFindings() {
		d.opts.Log.Warn("stored setting", "finding", finding)
	}
	checker, err := rewrite.New(d.opts.Policy, snap)
	if err != nil {
		return nil, fmt.Errorf("applying the policy to the catalog: %w", err)
	}
	for _, warning := range checker.Warnings() {
		d.opts.Log.Warn("policy", "warning", warning)
	}
	return &rules{cache: rewrite.NewCache(checker, d.opts.VerdictCacheBytes)}, nil
}

// PrivilegedRoleError means that the upstream role could see past row-level
// security (I9).
type PrivilegedRoleError struct {
	Role     string
	Findings []string
}

// Error lists the findings.
func (e *PrivilegedRoleError) Error() string {
	return fmt.Sprintf("the upstream role %s is not safe for tenants: %s", e.Role, strings.Join(e.Findings, "; "))
}

// rules gives the rules in force.
func (d *Decider) rules() *rules { return d.current.Load() }

// unread tells that nothing is known of the database, rather than something
// that lets nothing pass.
func (r *rules) unread() bool {
	return r.closed != nil && r.closed.Rule == rewrite.RuleCatalogUnavailable
}

// check decides about one text.
func (r *rules) check(sql []byte) *rewrite.Decision {
	if r.closed != nil {
		return &rewrite.Decision{Text: string(sql), Verdict: &rewrite.Verdict{Refusal: *r.closed}}
	}
	return r.cache.Check(sql)
}

// checkSetting decides about a setting that a client gives at startup.
func (r *rules) checkSetting(name, value string) *rewrite.Refusal {
	if r.closed != nil {
		return r.closed
	}
	return r.cache.Checker().CheckSetting(name, value)
}
