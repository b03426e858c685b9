package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"tenantproxy/internal/config"
	"tenantproxy/internal/rewrite"
)

// checkFlags are the flags of tenantproxy check.
type checkFlags struct {
	source catalogSource
	files  []string
	format string
}

func newCheckCommand() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check [flags] {SQL | FILE.sql | -}…",
		Short: "Tell whether the proxy would let statements through, and why not",
		Long: `Check SQL without running it: is each statement allowed, and why not.

An argument is a statement or several; one that ends in .sql is a file, unless
it has blanks in it and there is no such file; - is standard input. --file
names files and directories in any case. Texts of several statements are split
as psql splits them; psql's meta-commands are passed over, and psql's :name and
sqlc's macros count as parameters.

Without --catalog it connects upstream, as the proxy does, to know the schema. Of
the configuration, tenant and policy count, and upstream to connect; auth may be
missing.

A comment on the lines of a statement, or right above it, accepts a rule's
refusal, here and never in the proxy:

  -- tenantproxy: allow relation.rls_disabled the same for all tenants

Exit codes: 0 all is allowed or accepted; 1 it is not; 2 usage or configuration;
3 the database could not be reached.`,
		Example: `  tenantproxy check --config tenantproxy.yaml 'SELECT * FROM contacts'
  tenantproxy check --config tenantproxy.yaml --file db/queries
  git show HEAD:db/report.sql | tenantproxy check --config tenantproxy.yaml -

  # in CI, without a database
  tenantproxy catalog dump --config tenantproxy.yaml > catalog.json
  tenantproxy check --config tenantproxy.yaml --catalog catalog.json --format sarif --file db > check.sarif

  # as .git/hooks/pre-commit
  #!/bin/sh
  git diff --cached --name-only --diff-filter=d -z -- '*.sql' |
    xargs -0 -r tenantproxy check --config tenantproxy.yaml --catalog catalog.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args)+len(f.files) == 0 {
				return errors.New("nothing to check: give SQL, files, or - for standard input")
			}
			return nil
		},
		RunE: f.run,
	}
	f.source.connectionFlags(cmd)
	cmd.Flags().StringVar(&f.source.file, "catalog", "", "do not connect: read the catalog from this file, which catalog dump has made")
	cmd.Flags().StringArrayVar(&f.files, "file", nil, "check this file, or the .sql files below this directory; may be repeated")
	cmd.Flags().StringVar(&f.format, "format", "text", "text, json or sarif (2.1.0)")
	cmd.MarkFlagsMutuallyExclusive("catalog", "database")
	cmd.MarkFlagsMutuallyExclusive("catalog", "role")
	return cmd
}

func (f *checkFlags) run(cmd *cobra.Command, args []string) error {
	write, ok := map[string]func(io.Writer, *checkReport) error{
		"text": writeText, "json": writeJSON, "sarif": writeSARIF,
	}[f.format]
	if !ok {
		return fmt.Errorf("--format %s: want text, json or sarif", f.format)
	}
	sources, err := readSources(f.files, args, cmd.InOrStdin())
	if err != nil {
		return err
	}
	cfg, err := f.source.loadConfig(os.Environ())
	if err != nil {
		return &exitError{exitUsage, err}
	}
	checker, err := f.checker(cmd, cfg)
	if err != nil {
		return err
	}
	report := newCheckReport(checker.Snapshot())
	for _, source := range sources {
		report.check(checker, source)
	}
	if err := write(cmd.OutOrStdout(), report); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if report.failed() {
		return &exitError{exitFindings, errors.New(report.Summary.String())}
	}
	return nil
}

// checker makes what decides, as the proxy has it, and warns of what would keep
// the proxy from serving.
func (f *checkFlags) checker(cmd *cobra.Command, cfg *config.Config) (*rewrite.Checker, error) {
	snap, err := f.source.load(cmd.Context(), cfg)
	if err != nil {
		return nil, err
	}
	policy := newPolicy(cfg)
	policy.Mode = "enforce" // what report mode would log is what is asked for
	checker, err := rewrite.New(policy, snap)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	warnings := checker.Warnings()
	if !cfg.Policy.AcceptPrivilegedRole {
		for _, finding := range snap.PrivilegeFindings(cfg.Tenant.Column) {
			warnings = append(warnings, "serve would refuse every statement, since role "+snap.Role.Name+" is not safe for tenants: "+finding)
		}
	}
	for _, warning := range warnings {
		fmt.Fprintln(cmd.ErrOrStderr(), "tenantproxy: warning:", warning)
	}
	return checker, nil
}
