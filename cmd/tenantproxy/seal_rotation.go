package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"tenantproxy/internal/hardening/seal"
)

// sealRotation is what harden does about the keys of the seal: first a new key counts
// beside the one that proxies have, then they get it, and then no other counts.
type sealRotation struct {
	add    string // file of the new key
	retire bool
}

// rotate writes seal_key.sql to --out, or runs it.
func (f *hardenFlags) rotate(cmd *cobra.Command) error {
	ctx := cmd.Context()
	if f.out == "" && !f.apply {
		return errors.New("--out or --apply is needed")
	}
	cfg, err := f.source.loadConfig(os.Environ())
	if err != nil {
		return &exitError{exitUsage, err}
	}
	configured, err := newSealKey(cfg.Tenant)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	if configured == nil {
		return &exitError{exitUsage, errors.New("tenant.seal_key_file is needed: it has the key that proxies seal with")}
	}
	admin, err := connectAdmin(ctx, f.adminDSN)
	if err != nil {
		return err
	}
	defer func() { _ = admin.Close(ctx) }() // nothing in it is to be kept
	ids, err := sealKeys(ctx, admin)
	if err != nil {
		return err
	}
	if !slices.Contains(ids, configured.ID()) {
		return errOtherKey(ids)
	}
	sql, said, err := f.rotation.plan(*configured, ids)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	if sql == "" {
		fmt.Fprintln(cmd.OutOrStdout(), "There is nothing to do.")
		return nil
	}
	if f.out != "" {
		if err := os.MkdirAll(f.out, 0o750); err != nil {
			return fmt.Errorf("making --out: %w", err)
		}
		if err := f.write("seal_key.sql", "-- Made by tenantproxy harden. Keep it as secret as the key.\n"+sql); err != nil {
			return err
		}
	}
	if !f.apply {
		fmt.Fprintf(cmd.OutOrStdout(), "Run %s. %s\n", filepath.Join(f.out, "seal_key.sql"), said)
		return nil
	}
	if _, err := admin.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
		return &exitError{exitFindings, fmt.Errorf("changing the keys: %w", err)}
	}
	fmt.Fprintln(cmd.OutOrStdout(), "Done.", said)
	return nil
}

// plan gives the SQL, none if there is nothing to do, and what to do after it.
func (r sealRotation) plan(configured seal.Key, ids []string) (sql, said string, err error) {
	if r.retire {
		if len(ids) == 1 {
			return "", "", nil
		}
		return configured.DropOtherKeysSQL(), fmt.Sprintf("Key %s counts, and no other.", configured.ID()), nil
	}
	added, err := readSealKey(r.add)
	if err != nil {
		return "", "", fmt.Errorf("loading --add-seal-key: %w", err)
	}
	for _, id := range ids {
		switch id {
		case added.ID():
			return "", "", nil
		case configured.ID():
		default:
			return "", "", fmt.Errorf("key %s counts as well, and a third one would put it out of use: end that change with --retire-seal-keys first", id)
		}
	}
	return added.AddKeySQL(), fmt.Sprintf("Key %s then counts beside %s. Next, make it tenant.seal_key_file of every proxy and reload them; when their old sessions have ended, run harden --retire-seal-keys.",
		added.ID(), configured.ID()), nil
}

// sealKeys gives the ids of the keys that count in the database.
func sealKeys(ctx context.Context, admin *pgx.Conn) ([]string, error) {
	rows, err := admin.Query(ctx, "SELECT id FROM tenantproxy.seal_keys ORDER BY added_at")
	if err == nil {
		var ids []string
		if ids, err = pgx.CollectRows(rows, pgx.RowTo[string]); err == nil {
			return ids, nil
		}
	}
	var refusal *pgconn.PgError
	if errors.As(err, &refusal) && refusal.Code == "42P01" {
		return nil, &exitError{exitUsage, errors.New("the database has no sealed context: harden --sealed installs it")}
	}
	return nil, &exitError{exitFindings, fmt.Errorf("reading the keys of the sealed context: %w", err)}
}

func errOtherKey(ids []string) error {
	return &exitError{exitUsage, fmt.Errorf("the key in tenant.seal_key_file does not count in this database, which has %s: proxies with it show no rows", cmp.Or(strings.Join(ids, ", "), "none"))}
}
