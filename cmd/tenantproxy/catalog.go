package main

import (
	"bufio"
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
	"tenantproxy/internal/pool"
)

// catalogTimeout bounds connecting and reading the catalog once.
const catalogTimeout = time.Minute

func newCatalogCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "catalog",
		Short:   "Work with the snapshot of the database's catalog",
		Example: `  tenantproxy catalog dump --config tenantproxy.yaml > catalog.json`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCatalogDumpCommand())
	return cmd
}

func newCatalogDumpCommand() *cobra.Command {
	var source catalogSource
	cmd := &cobra.Command{
		Use:   "dump",
		Short: "Print the catalog snapshot as JSON, for check --catalog",
		Long: `Connect upstream as the proxy does and print what it knows of the database, as
JSON: relations with their columns and row-level security, views, functions,
types, the role. There are no rows in it, but the definitions of views, bodies of
functions and settings stored for the role are.

Of the configuration, upstream, tenant and policy count; auth may be missing.`,
		Example: `  tenantproxy catalog dump --config tenantproxy.yaml > catalog.json
  tenantproxy check --config tenantproxy.yaml --catalog catalog.json 'SELECT * FROM contacts'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := source.loadConfig(os.Environ())
			if err != nil {
				return &exitError{exitUsage, err}
			}
			snap, err := source.load(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			return dumpCatalog(cmd.OutOrStdout(), snap)
		},
	}
	source.connectionFlags(cmd)
	return cmd
}

// dumpCatalog writes the snapshot, indented, so that two of them can be compared.
func dumpCatalog(to io.Writer, snap *catalog.Snapshot) error {
	out := bufio.NewWriter(to)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(snap); err != nil {
		return fmt.Errorf("writing the catalog snapshot: %w", err)
	}
	return out.Flush()
}

// catalogSource is where a command gets the catalog from: flags and
// configuration.
type catalogSource struct {
	configFile string
	database   string
	role       string
	// file is a snapshot to read instead of connecting.
	file string
}

func (s *catalogSource) connectionFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.configFile, "config", "", "configuration file (YAML); TENANTPROXY_… variables come over it")
	cmd.Flags().StringVar(&s.database, "database", "", "database to connect to, if upstream.databases has several (default: that of upstream.dsn)")
	s.roleFlag(cmd)
}

// loadConfig reads the configuration without what only serve uses: tokens are
// not verified here, and nothing connects with a catalog file. So a machine
// that checks SQL needs neither keys nor a DSN.
func (s *catalogSource) loadConfig(environ []string) (*config.Config, error) {
	unused := map[string]string{"auth.algorithms": "ES256", "auth.keys": "[{jwks_file: unused}]"}
	if s.file != "" {
		unused["upstream.dsn"] = "postgres://unused.invalid"
	}
	environ = slices.Clone(environ)
	for path, value := range unused {
		name := config.EnvironmentName(path)
		environ = slices.DeleteFunc(environ, func(variable string) bool { return strings.HasPrefix(variable, name+"=") })
		environ = append(environ, name+"="+value)
	}
	return config.Load(s.configFile, environ)
}

// load reads the snapshot, from the file or from the database. Its errors have
// their exit code.
func (s *catalogSource) load(ctx context.Context, cfg *config.Config) (*catalog.Snapshot, error) {
	if s.file != "" {
		snap, err := readCatalog(s.file)
		if err != nil {
			return nil, &exitError{exitUsage, err}
		}
		return snap, nil
	}
	dialer, err := newDialer(cfg, newPolicy(cfg))
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	database := s.database
	switch {
	case database == "":
		database = dialer.DefaultDatabase()
	case !slices.Contains(dialer.Databases(), database):
		return nil, &exitError{exitUsage, fmt.Errorf("--database %s: the configuration has %s", database, strings.Join(dialer.Databases(), ", "))}
	}
	role, err := s.sessionRole(cfg.Tenant)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, catalogTimeout)
	defer cancel()
	conn, err := dialer.Dial(ctx, database, role, nil)
	var noRole *pool.RoleError
	if errors.As(err, &noRole) {
		return nil, &exitError{exitUsage, fmt.Errorf("tenant.roles: %w", err)}
	}
	if err != nil {
		return nil, &exitError{exitUnreachable, err}
	}
	defer conn.Close(ctx)
	snap, err := catalog.Load(ctx, conn, nil)
	if err != nil {
		return nil, &exitError{exitUnreachable, err}
	}
	return snap, nil
}

func readCatalog(name string) (*catalog.Snapshot, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading --catalog: %w", err)
	}
	defer file.Close()
	snap, err := catalog.Read(bufio.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("reading --catalog %s: %w (tenantproxy catalog dump makes one)", name, err)
	}
	return snap, nil
}
