package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/config"
	"tenantproxy/internal/hardening/audit"
	"tenantproxy/internal/hardening/report"
	"tenantproxy/internal/hardening/verify"
	"tenantproxy/internal/rewrite"
)

// auditFlags are the flags of tenantproxy audit.
type auditFlags struct {
	source                catalogSource
	adminDSN              string
	format, failOn, out   string
	only, skip            []string
	baseline, newBaseline string
	evidence              string
	noData                bool
	tableTimeout          time.Duration
}

func newAuditCommand() *cobra.Command {
	var f auditFlags
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Find what lets one tenant reach another's rows",
		Long: `Read the schema, roles and grants of a database, and its rows unless --no-data is
given, and report what breaks or weakens the isolation of tenants, with its fix.

It connects as an administrator, with --admin-dsn or TENANTPROXY_ADMIN_DSN, in
transactions that change nothing. Of the configuration tenant and policy count, and
of upstream.dsn the role, unless tenant.roles names others: the report is about one of
them, --role. auth may be missing.
docs/AUDIT.md explains each check.

Exit codes: 0 fine; 1 findings at least as bad as --fail-on; 2 usage or
configuration; 3 the database could not be reached or read.`,
		Example: `  tenantproxy audit --config tenantproxy.yaml --admin-dsn postgres://postgres@db/app
  tenantproxy audit --config tenantproxy.yaml --format html --out audit.html
  tenantproxy audit --config tenantproxy.yaml --format html --evidence evidence.json --out audit.html
  tenantproxy audit --config tenantproxy.yaml --write-baseline baseline.json
  tenantproxy audit --config tenantproxy.yaml --baseline baseline.json --format sarif --out audit.sarif`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.source.configFile, "config", "", "configuration file (YAML); TENANTPROXY_… variables come over it")
	f.source.roleFlag(cmd)
	flags.StringVar(&f.adminDSN, "admin-dsn", "", "connection string of an administrator (default: "+adminDSNVariable+")")
	flags.StringVar(&f.format, "format", "text", "text, json, markdown, html or sarif (2.1.0)")
	flags.StringVar(&f.failOn, "fail-on", "high", "least severity that fails: critical, high, medium, low or none")
	flags.StringVar(&f.out, "out", "", "write the report to this file")
	flags.StringSliceVar(&f.only, "only", nil, "report these checks only, such as T-OFF,P-TRUE")
	flags.StringSliceVar(&f.skip, "skip", nil, "leave these checks out")
	flags.StringVar(&f.baseline, "baseline", "", "findings in this file are known and do not fail")
	flags.StringVar(&f.newBaseline, "write-baseline", "", "write the findings to this file, for --baseline")
	flags.StringVar(&f.evidence, "evidence", "", "what verify --format json has written about the same database, for the HTML report")
	flags.BoolVar(&f.noData, "no-data", false, "do not look at rows")
	flags.DurationVar(&f.tableTimeout, "table-timeout", 30*time.Second, "time for one query on the rows of a table")
	return cmd
}

func (f *auditFlags) run(cmd *cobra.Command) error {
	write, ok := report.Writer(f.format)
	if !ok {
		return fmt.Errorf("--format %s: want text, json, markdown, html or sarif", f.format)
	}
	if f.format == "text" && f.out == "" && inColor(cmd.OutOrStdout()) {
		write = report.WriteColoredText
	}
	least := audit.Severity(f.failOn)
	if f.failOn == "none" {
		least = ""
	} else if least.Rank() == 0 {
		return fmt.Errorf("--fail-on %s: want critical, high, medium, low or none", f.failOn)
	}
	checks, err := f.checks()
	if err != nil {
		return err
	}
	known, err := readBaseline(f.baseline)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	cfg, err := f.source.loadConfig(os.Environ())
	if err != nil {
		return &exitError{exitUsage, err}
	}
	tenancy, err := newTenancy(cfg)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	r, err := f.audit(cmd.Context(), cfg, tenancy, checks, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	if r.Proof, err = readEvidence(f.evidence, r); err != nil {
		return &exitError{exitUsage, err}
	}
	for i := range r.Findings {
		r.Findings[i].Known = known[baselineEntry{r.Findings[i].Check, r.Findings[i].Object}]
	}
	if err := toFile(f.out, cmd.OutOrStdout(), func(to io.Writer) error { return write(to, r) }); err != nil {
		return &exitError{exitUsage, fmt.Errorf("writing the report: %w", err)}
	}
	if f.newBaseline != "" {
		if err := writeBaseline(f.newBaseline, r.Findings); err != nil {
			return &exitError{exitUsage, err}
		}
		return nil
	}
	if r.Failed(least) {
		return &exitError{exitFindings, errors.New(r.Summary())}
	}
	return nil
}

// checks gives those that --only and --skip leave.
func (f *auditFlags) checks() ([]audit.Check, error) {
	all := audit.Checks()
	for _, id := range slices.Concat(f.only, f.skip) {
		if !slices.ContainsFunc(all, func(c audit.Check) bool { return c.ID == id }) {
			return nil, fmt.Errorf("there is no check %s; docs/AUDIT.md lists them", id)
		}
	}
	return slices.DeleteFunc(all, func(c audit.Check) bool {
		return len(f.only) > 0 && !slices.Contains(f.only, c.ID) || slices.Contains(f.skip, c.ID)
	}), nil
}

func (f *auditFlags) audit(ctx context.Context, cfg *config.Config, t audit.Tenancy, checks []audit.Check, progress io.Writer) (*report.Report, error) {
	role, err := f.source.upstreamRole(cfg)
	if err != nil {
		return nil, err
	}
	conn, err := connectAdmin(ctx, f.adminDSN)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(context.Background()) }() // nothing depends on it any more
	s, err := readSchema(ctx, conn, role)
	if err != nil {
		return nil, err
	}
	findings := audit.Catalog(s, t)
	data := !f.noData && slices.ContainsFunc(checks, func(c audit.Check) bool {
		return strings.HasPrefix(c.ID, "D-") || c.ID == "P-TRUE" || c.ID == "P-NULLOPEN" // which tables are read for too
	})
	if data {
		line := newProgress(progress)
		rows, err := audit.Data(ctx, conn, s, t, audit.DataOptions{Timeout: f.tableTimeout, Progress: func(done, total int, table string) {
			line.show("rows: %d of %d, %s", done+1, total, report.OneLine(table))
		}})
		line.clear()
		if err != nil {
			return nil, &exitError{exitUnreachable, err}
		}
		findings = audit.Sorted(append(findings, rows...))
	}
	findings = slices.DeleteFunc(findings, func(found audit.Finding) bool {
		return !slices.ContainsFunc(checks, func(c audit.Check) bool { return c.ID == found.Check })
	})
	coverage := audit.Cover(s, t)
	return &report.Report{
		Format: report.Format, Time: time.Now().UTC(), Version: versionText(), Database: s.Database.Name, Role: s.App.Name,
		Server: s.Server.VersionText, Coverage: coverage, Checks: checks, DataChecked: data,
		Findings: append([]audit.Finding{}, findings...), Controls: report.Controls(findings, coverage, data),
	}, nil
}

// newTenancy is what audit, harden and verify need of the configuration.
func newTenancy(cfg *config.Config) (audit.Tenancy, error) {
	// The configuration has the name as it is stored, and has been validated.
	namespace, table, _ := strings.Cut(cfg.Tenant.Table, ".")
	t := audit.Tenancy{
		Column: cfg.Tenant.Column, Table: catalog.Name{Schema: namespace, Name: table}, Type: cfg.Tenant.Type, Setting: cfg.Tenant.Setting,
		ClaimsSetting: cfg.Tenant.ClaimsSetting, Schemas: cfg.Policy.Schemas, Shared: make(map[catalog.Name]bool),
	}
	for _, entry := range cfg.Policy.AllowRelations {
		name, err := rewrite.ParseName(entry)
		if err != nil {
			return audit.Tenancy{}, fmt.Errorf("policy.allow_relations: %w", err)
		}
		t.Shared[name] = true
	}
	return t, nil
}

// baselineEntry identifies a finding from one run to the next.
type baselineEntry struct {
	Check  string `json:"check"`
	Object string `json:"object"`
}

// readEvidence reads what verify has written, which must be about the same database and
// role; nil without a name.
func readEvidence(name string, r *report.Report) (*report.Proof, error) {
	if name == "" {
		return nil, nil
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading --evidence: %w", err)
	}
	var result verify.Result
	if err := json.Unmarshal(content, &result); err != nil {
		return nil, fmt.Errorf("reading --evidence %s: %w (verify --format json makes it)", name, err)
	}
	if result.Database != r.Database || result.Role != r.Role {
		return nil, fmt.Errorf("reading --evidence %s: it is about database %q and role %q, and not about %q and %q", name, result.Database, result.Role, r.Database, r.Role)
	}
	return result.Proof(), nil
}

func readBaseline(name string) (map[baselineEntry]bool, error) {
	known := make(map[baselineEntry]bool)
	if name == "" {
		return known, nil
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading --baseline: %w", err)
	}
	var entries []baselineEntry
	if err := json.Unmarshal(content, &entries); err != nil {
		return nil, fmt.Errorf("reading --baseline %s: %w (audit --write-baseline makes one)", name, err)
	}
	for _, e := range entries {
		known[e] = true
	}
	return known, nil
}

// writeBaseline leaves unknown findings out: what could not be looked at is not
// known.
func writeBaseline(name string, findings []audit.Finding) error {
	entries := []baselineEntry{}
	for _, f := range findings {
		if !f.Unknown {
			entries = append(entries, baselineEntry{f.Check, f.Object})
		}
	}
	if err := toFile(name, nil, func(to io.Writer) error { return report.WriteIndented(to, entries) }); err != nil {
		return fmt.Errorf("writing --write-baseline: %w", err)
	}
	return nil
}

// toFile has something written to a file, or to standard output without a name.
func toFile(name string, stdout io.Writer, write func(io.Writer) error) error {
	if name == "" {
		return write(stdout)
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}
