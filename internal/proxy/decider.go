package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/observe/auditlog"
	"tenantproxy/internal/rewrite"
)

// DeciderOptions configure a Decider.
type DeciderOptions struct {
	Policy rewrite.Policy
	// Role is what snapshots must be of; empty: whatever role they are of.
	Role string
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
	// Audit is told which relations are protected; nil: nobody is. Database is what it
	// calls the database before that has been read.
	Audit    *auditlog.Log
	Database string
}

// Decider holds the rules in force: the policy applied to the newest catalog
// snapshot. Until Install has been called, every statement is refused (I4).
// Safe for concurrent use.
type Decider struct {
	refresh func(ctx context.Context) error
	log     *slog.Logger
	current atomic.Pointer[rules]

	mu   sync.Mutex // orders Install and Reconfigure
	opts DeciderOptions
	made uint64            // how many rules were
	read bool              // Install was called
	snap *catalog.Snapshot // what it was called with

	audited auditedCatalog
}

// rules are what statements are decided by, until the catalog changes.
// Immutable.
type rules struct {
	// version is another one for other rules of the same Decider.
	version uint64
	// cache decides, unless closed is set: then nothing passes, for the reason.
	cache  *rewrite.Cache
	closed *rewrite.Refusal
	reason error
	// relations gives the verdicts about all of them, made when first asked for.
	relations func() []rewrite.RelationVerdict
}

// NewDecider makes a Decider that refuses everything.
func NewDecider(opts DeciderOptions) *Decider {
	d := &Decider{opts: opts, refresh: opts.Refresh, log: opts.Log}
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
	d.mu.Lock()
	defer d.mu.Unlock()
	d.read, d.snap = true, snap
	d.install()
}

// install puts the options and the snapshot in force. mu is held.
func (d *Decider) install() {
	rules, err := d.opts.apply(d.snap)
	if err != nil {
		d.log.Error("no statement passes", "error", err)
		rules = closedRules(err)
	}
	d.made++
	rules.version = d.made
	d.current.Store(rules)
	d.auditInstalled(err)
}

// Check tells whether Reconfigure with opts would leave rules in force: nil too
// while there is no snapshot to try them on.
func (d *Decider) Check(opts DeciderOptions) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.snap == nil {
		return nil
	}
	opts.Role = d.opts.Role
	opts.Log = slog.New(slog.DiscardHandler) // it will be said when it counts
	_, err := opts.apply(d.snap)
	return err
}

// Reconfigure puts other options in force, but for Role, Refresh, Log, Audit and Database, which stay.
// They count from the next statement on, for running sessions too, and prepared
// statements are decided again (I6). What sessions have of the policy since their
// login must be the same: schemas, protected settings, ListenNotify, AllowDDL.
func (d *Decider) Reconfigure(opts DeciderOptions) {
	d.mu.Lock()
	defer d.mu.Unlock()
	opts.Role, opts.Refresh, opts.Log = d.opts.Role, d.refresh, d.log
	opts.Audit, opts.Database = d.opts.Audit, d.opts.Database
	d.opts = opts
	if d.read {
		d.install()
	}
}

// prefixesChannels tells whether each org has channels of its own.
func (d *Decider) prefixesChannels() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.opts.Policy.ListenNotify == "prefix"
}

// Err tells why no statement passes at all; nil if the rules are in force.
func (d *Decider) Err() error { return d.rules().reason }

func (o *DeciderOptions) apply(snap *catalog.Snapshot) (*rules, error) {
	if snap == nil {
		return nil, errors.New("the catalog cannot be read")
	}
	if o.Role != "" && snap.Role.Name != o.Role {
		return nil, fmt.Errorf("the catalog was read as role %s, not as %s", snap.Role.Name, o.Role)
	}
	if findings := snap.PrivilegeFindings(o.TenantColumn); len(findings) > 0 {
		err := &PrivilegedRoleError{Role: snap.Role.Name, Findings: findings}
		if !o.AcceptPrivilegedRole {
			return nil, err
		}
		o.Log.Warn("accepted by policy.accept_privileged_role", "error", err)
	}
	for _, finding := range snap.SettingFindings() {
		o.Log.Warn("stored setting", "finding", finding)
	}
	checker, err := rewrite.New(o.Policy, snap)
	if err != nil {
		return nil, fmt.Errorf("applying the policy to the catalog: %w", err)
	}
	for _, warning := range checker.Warnings() {
		o.Log.Warn("policy", "warning", warning)
	}
	return &rules{
		cache: rewrite.NewCache(checker, o.VerdictCacheBytes), relations: sync.OnceValue(checker.Relations),
	}, nil
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
	d := r.checkInBurst(sql, func() {})
	return d.Decision()
}

// checkInBurst is check for a Receiver's Burst: it calls mayBlock before what may take
// long.
func (r *rules) checkInBurst(sql []byte, mayBlock func()) rewrite.Decided {
	if r.closed != nil {
		d := &rewrite.Decision{Text: string(sql), Verdict: &rewrite.Verdict{Refusal: *r.closed}}
		return d.Decided()
	}
	return r.cache.Decide(sql, mayBlock)
}

// checkSetting decides about a setting that a client gives at startup.
func (r *rules) checkSetting(name, value string) *rewrite.Refusal {
	if r.closed != nil {
		return r.closed
	}
	return r.cache.Checker().CheckSetting(name, value)
}
