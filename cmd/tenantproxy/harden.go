package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/config"
	"tenantproxy/internal/hardening/migrate"
	"tenantproxy/internal/hardening/report"
	"tenantproxy/internal/hardening/schema"
	"tenantproxy/internal/hardening/seal"
)

// hardenFlags are the flags of tenantproxy harden.
type hardenFlags struct {
	source        catalogSource
	adminDSN, out string
	apply, sealed bool
	rotation      sealRotation
}

func newHardenCommand() *cobra.Command {
	var f hardenFlags
	cmd := &cobra.Command{
		Use:   "harden --out DIR [--apply]",
		Short: "Write, and apply, the migration that closes what is open",
		Long: `Write up.sql, down.sql and report.md to a directory: row-level security on every table
with the tenant column, policies and a floor below them, NOT NULL, foreign keys that
cascade, indexes, views that run as whoever asks, and the event trigger that tells the
proxy of schema changes. With --sealed the policies ask for the sealed org.

Where there are rows without an org, with one that does not exist, or that refer to
another org's, it writes
quarantine.sql instead, and exits with 1.

With --apply the migration runs too, after the files are written: down.sql is what
takes it back. It stops at the first error; a second run, with another directory, does
the rest.

The key of the seal is changed with --add-seal-key, then in the proxies, and then with
--retire-seal-keys (docs/HARDEN.md).`,
		Example: `  tenantproxy harden --config tenantproxy.yaml --admin-dsn postgres://owner@db/app --out hardening
  tenantproxy harden --config tenantproxy.yaml --admin-dsn postgres://owner@db/app --out hardening --apply --sealed`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.source.connectionFlags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.adminDSN, "admin-dsn", "", "DSN of a role that owns the tables or is superuser (default: "+adminDSNVariable+")")
	flags.StringVar(&f.out, "out", "", "directory for the files; it is made, and must not have a migration yet")
	flags.BoolVar(&f.apply, "apply", false, "run the migration, with progress on stderr")
	flags.BoolVar(&f.sealed, "sealed", false, "policies ask for the sealed org (tenant.seal_key_file)")
	flags.StringVar(&f.rotation.add, "add-seal-key", "", "have the key in this file count beside that of tenant.seal_key_file, and do nothing else")
	flags.BoolVar(&f.rotation.retire, "retire-seal-keys", false, "have no key count but that of tenant.seal_key_file, and do nothing else")
	cmd.MarkFlagsMutuallyExclusive("sealed", "add-seal-key", "retire-seal-keys")
	return cmd
}

func (f *hardenFlags) run(cmd *cobra.Command) error {
	ctx := cmd.Context()
	if f.rotation != (sealRotation{}) {
		return f.rotate(cmd)
	}
	if f.out == "" {
		return errors.New("--out is needed: what takes a migration back is written before it runs")
	}
	cfg, err := f.source.loadConfig(os.Environ())
	if err != nil {
		return &exitError{exitUsage, err}
	}
	role, err := f.source.upstreamRole(cfg)
	if err != nil {
		return err
	}
	admin, err := connectAdmin(ctx, f.adminDSN)
	if err != nil {
		return err
	}
	defer func() { _ = admin.Close(ctx) }() // nothing in it is to be kept
	s, err := readSchema(ctx, admin, role)
	if err != nil {
		return err
	}
	options, key, notes, err := f.options(ctx, cfg, admin, s)
	if err != nil {
		return err
	}
	stray, err := migrate.FindStray(ctx, admin, options)
	if err != nil {
		return &exitError{exitFindings, err}
	}
	if err := os.MkdirAll(f.out, 0o750); err != nil {
		return fmt.Errorf("making --out: %w", err)
	}
	if len(stray) > 0 {
		for _, row := range stray {
			fmt.Fprintf(cmd.ErrOrStderr(), "%s: %d rows of %s\n", row.ID, row.Rows, row.Table)
		}
		if err := f.write("quarantine.sql", migrate.QuarantineSQL(stray)); err != nil {
			return err
		}
		return &exitError{exitFindings, errors.New("there are rows that belong to no org, or to two: decide about them first (quarantine.sql moves them away)")}
	}
	plan := migrate.Make(options)
	plan.Notes = append(plan.Notes, notes...)
	for _, note := range plan.Notes {
		fmt.Fprintln(cmd.ErrOrStderr(), "note:", report.OneLine(note.Text))
	}
	if len(plan.Steps) == 0 && key == nil {
		fmt.Fprintln(cmd.OutOrStdout(), "There is nothing to do.")
		return nil
	}
	// First what must not be lost: if it is there already, nothing is written.
	for _, file := range [][2]string{{"down.sql", plan.DownSQL()}, {"up.sql", plan.UpSQL()}, {"report.md", plan.Report()}} {
		if err := f.write(file[0], file[1]); err != nil {
			return err
		}
	}
	if key != nil {
		install := seal.InstallSQL(seal.Options{OrgType: cfg.Tenant.Type, OrgSetting: cfg.Tenant.Setting})
		if err := f.write("seal_key.sql", "-- Run this before up.sql, and keep it as secret as the key.\n"+install+key.AddKeySQL()); err != nil {
			return err
		}
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%d steps are in %s.\n", len(plan.Steps), filepath.Join(f.out, "up.sql"))
	if !f.apply {
		return nil
	}
	if key != nil { // in no file that others may read
		at := 0
		if !hasFunction(s, seal.Schema, "unseal") {
			at = 1 // behind what makes the table
		}
		plan.Steps = slices.Insert(plan.Steps, at, migrate.Step{Object: "tenantproxy.seal_keys", Why: "the key of the seals", Up: key.AddKeySQL()})
	}
	return f.applyPlan(ctx, cmd, admin, plan)
}

func (f *hardenFlags) applyPlan(ctx context.Context, cmd *cobra.Command, admin *pgx.Conn, plan *migrate.Plan) error {
	err := plan.Apply(ctx, admin.PgConn(), func(n int, s migrate.Step) {
		fmt.Fprintf(cmd.ErrOrStderr(), "%d/%d %s: %s\n", n, len(plan.Steps), s.Object, s.Why)
	})
	if err != nil {
		return &exitError{exitFindings, err}
	}
	fmt.Fprintf(cmd.OutOrStdout(), "All %d steps are done; %s takes them back.\n", len(plan.Steps), filepath.Join(f.out, "down.sql"))
	return nil
}

// write makes a file that is not there yet: a down.sql must not be lost to the next run.
func (f *hardenFlags) write(name, text string) error {
	file, err := os.OpenFile(filepath.Join(f.out, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return &exitError{exitUsage, fmt.Errorf("writing the migration: %w", err)}
	}
	if _, err := file.WriteString(text); err != nil {
		file.Close()
		return fmt.Errorf("writing the migration: %w", err)
	}
	return file.Close()
}

// options are what the configuration says of tenants, with what comes first.
func (f *hardenFlags) options(ctx context.Context, cfg *config.Config, admin *pgx.Conn, s *schema.Schema) (o migrate.Options, key *seal.Key, notes []migrate.Note, err error) {
	tenancy, err := newTenancy(cfg)
	if err != nil {
		return o, nil, nil, &exitError{exitUsage, err}
	}
	o = migrate.Options{Schema: s, Tenancy: tenancy, Org: migrate.SettingOrg(tenancy.Setting), KeepTemporary: cfg.Policy.AllowDDL == "temp"}
	dropSchema := ""
	if s.Namespaces[seal.Schema] == nil {
		dropSchema = ";\nDROP SCHEMA IF EXISTS " + seal.Schema
	}
	if f.sealed {
		if cfg.Tenant.SealKeyFile == "" {
			return o, nil, nil, &exitError{exitUsage, errors.New("--sealed needs tenant.seal_key_file: proxies without it would show no rows")}
		}
		configured, err := newSealKey(cfg.Tenant)
		if err != nil {
			return o, nil, nil, &exitError{exitUsage, err}
		}
		o.Org, o.Sealed = seal.Org(cfg.Tenant.Type), true
		if hasFunction(s, seal.Schema, "unseal") {
			ids, err := sealKeys(ctx, admin)
			switch {
			case err != nil:
				return o, nil, nil, err
			case len(ids) == 0: // a run before this one got no further
				key = configured
			case !slices.Contains(ids, configured.ID()):
				return o, nil, nil, errOtherKey(ids)
			}
		} else {
			o.Before = append(o.Before, migrate.Step{
				Object: "schema tenantproxy", Why: "the sealed context", Up: seal.InstallSQL(seal.Options{OrgType: cfg.Tenant.Type, OrgSetting: cfg.Tenant.Setting}),
				Down: seal.RemoveSQL + dropSchema,
			})
			dropSchema, key = "", configured
		}
	}
	switch {
	case hasFunction(s, seal.Schema, "notify_ddl"):
	case s.Admin.Superuser:
		o.Before = append(o.Before, migrate.Step{
			Object: "database", Why: "tells the proxy of schema changes", Up: catalog.CreateNotifySQL, Down: catalog.DropNotifySQL + dropSchema,
		})
	default:
		notes = append(notes, migrate.Note{Text: "the event trigger that tells the proxy of schema changes needs a superuser: without it changes count after policy.catalog_refresh", Consider: catalog.CreateNotifySQL})
	}
	return o, key, notes, nil
}

func hasFunction(s *schema.Schema, namespace, name string) bool {
	for _, f := range s.Functions {
		if f.Schema == namespace && f.Name == name {
			return true
		}
	}
	return false
}
