package main

import (
	"context"
	"fmt"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/config"
	"tenantproxy/internal/hardening/seal"
	"tenantproxy/internal/proxy"
	"tenantproxy/internal/wire"
)

// newSealKey reads the key that the configuration names; nil if it names none.
func newSealKey(cfg config.Tenant) (*seal.Key, error) {
	if cfg.SealKeyFile == "" {
		return nil, nil
	}
	key, err := readSealKey(cfg.SealKeyFile)
	if err != nil {
		return nil, fmt.Errorf("loading tenant.seal_key_file: %w", err)
	}
	return &key, nil
}

func readSealKey(file string) (seal.Key, error) {
	secret, err := auth.ReadSecret(file)
	if err != nil {
		return seal.Key{}, err
	}
	return seal.NewKey(secret)
}

// sealer gives what seals an org, nil without a key.
func sealer(key *seal.Key) func(org string, b seal.Backend) wire.Parameter {
	if key == nil {
		return nil
	}
	return func(org string, b seal.Backend) wire.Parameter {
		return wire.Parameter{Name: seal.Setting, Value: key.Seal(org, b)}
	}
}

// checkSeal gives an error if the database has a sealed context that never counts for
// the role: its sessions would see no rows, and nobody would know why.
func (u *upstream) checkSeal(ctx context.Context, s proxy.Served) error {
	if !u.sealed || s.Role == "" {
		return nil
	}
	conn, err := u.pool.Dialer().Dial(ctx, s.Database, s.Role, nil)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	result := conn.ExecParams(ctx, seal.UnreadableQuery, nil, nil, nil, nil).Read()
	if result.Err != nil {
		return fmt.Errorf("checking the sealed context: %w", result.Err)
	}
	if len(result.Rows) > 0 {
		owner := string(result.Rows[0][0])
		return &exitError{exitUsage, fmt.Errorf("tenant.seal_key_file: no seal counts in sessions of role %s in database %q, since neither it nor %s, "+
			"who owns the function tenantproxy.unseal, may read when a session began: GRANT pg_read_all_stats TO %[3]s", s.Role, s.Database, owner)}
	}
	return nil
}
