package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5"

	"tenantproxy/internal/config"
	"tenantproxy/internal/hardening/audit"
	"tenantproxy/internal/hardening/schema"
)

// adminDSNVariable is where the administrator's DSN is read from without a flag.
const adminDSNVariable = "TENANTPROXY_ADMIN_DSN"

// connectAdmin connects as an administrator, never as the proxy's role. Its errors
// have their exit code and no password.
func connectAdmin(ctx context.Context, dsn string) (*pgx.Conn, error) {
	if dsn == "" {
		dsn = os.Getenv(adminDSNVariable)
	}
	if dsn == "" {
		return nil, &exitError{exitUsage, errors.New("no administrator's connection: give --admin-dsn or " + adminDSNVariable)}
	}
	if _, err := (config.Upstream{DSN: config.DSN(dsn)}).ConnConfig(); err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("reading the administrator's DSN: %w", errors.Unwrap(err))}
	}
	ctx, cancel := context.WithTimeout(ctx, catalogTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, &exitError{exitUnreachable, fmt.Errorf("connecting with --admin-dsn: %w", err)}
	}
	return conn, nil
}

// readSchema reads the database for the upstream role. Its errors have their exit code.
func readSchema(ctx context.Context, conn *pgx.Conn, role string) (*schema.Schema, error) {
	s, err := schema.Read(ctx, conn, schema.Options{Role: role, BuiltIns: audit.BuiltIns()})
	var noRole *schema.RoleError
	var old *schema.VersionError
	switch {
	case errors.As(err, &noRole), errors.As(err, &old):
		return nil, &exitError{exitUsage, err}
	case err != nil:
		return nil, &exitError{exitUnreachable, err}
	}
	return s, nil
}
