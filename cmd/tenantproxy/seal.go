package main

import (
	"fmt"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/config"
	"tenantproxy/internal/hardening/seal"
	"tenantproxy/internal/pool"
	"tenantproxy/internal/wire"
)

// newSeal gives what seals an org, nil without a key.
func newSeal(cfg config.Tenant) (func(org string, b pool.Backend) wire.Parameter, error) {
	if cfg.SealKeyFile == "" {
		return nil, nil
	}
	key, err := readSealKey(cfg.SealKeyFile)
	if err != nil {
		return nil, fmt.Errorf("loading tenant.seal_key_file: %w", err)
	}
	return func(org string, b pool.Backend) wire.Parameter {
		return wire.Parameter{Name: seal.Setting, Value: key.Seal(org, seal.Backend{PID: b.PID, Started: b.Started, Role: b.Role})}
	}, nil
}

func readSealKey(file string) (seal.Key, error) {
	secret, err := auth.ReadSecret(file)
	if err != nil {
		return seal.Key{}, err
	}
	return seal.NewKey(secret)
}
