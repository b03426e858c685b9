package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/localpg"
)

//go:embed schema.sql
var schemaSQL string

// Names in schema.sql.
const (
	databaseName = "bench"
	tenantRole   = "bench_tenant"
	appRole      = "bench_app"
	rolePassword = "bench"
	org          = "aaaaaaaa-0000-0000-0000-000000000001"
)

// maxUpstream is how many connections to Postgres each pool may have.
const maxUpstream = 90

// database is the one server that all peers stand before.
type database struct {
	cluster *localpg.Cluster
	version string
	pgbench string // the program
	logs    string // a directory for pgbench's logs
}

func startDatabase(ctx context.Context, dir string, scale int) (_ *database, err error) {
	cluster, err := localpg.Start(ctx, localpg.Options{TCP: true, Settings: map[string]string{
		"max_connections": strconv.Itoa(6*maxUpstream + 20),
		"shared_buffers":  "512MB",
		"max_wal_size":    "4GB",
	}})
	if err != nil {
		return nil, err
	}
	d := &database{cluster: cluster, logs: filepath.Join(dir, "logs")}
	defer func() {
		if err != nil {
			err = errors.Join(err, cluster.Stop())
		}
	}()
	if d.pgbench, err = executable("pgbench", cluster.BinDir(), "/usr/lib/postgresql/15/bin"); err != nil {
		return nil, err
	}
	if err := os.Mkdir(d.logs, 0o700); err != nil {
		return nil, err
	}
	admin := cluster.DSN("postgres", localpg.Superuser)
	if _, err := query(ctx, admin, "CREATE DATABASE "+databaseName); err != nil {
		return nil, err
	}
	admin = cluster.DSN(databaseName, localpg.Superuser)
	out, err := exec.CommandContext(ctx, d.pgbench, "-i", "-q", "-s", strconv.Itoa(scale), admin).CombinedOutput() //nolint:gosec // the Postgres that was found
	if err != nil {
		return nil, fmt.Errorf("filling pgbench's tables: %w: %s", err, out)
	}
	for _, sql := range []string{schemaSQL, "VACUUM ANALYZE"} { // which runs outside of a transaction only
		if _, err := query(ctx, admin, sql); err != nil {
			return nil, err
		}
	}
	d.version, err = query(ctx, admin, "SHOW server_version")
	return d, err
}

func (d *database) stop() error { return d.cluster.Stop() }

// query runs SQL text and gives the last value that comes back, if any.
func query(ctx context.Context, dsn, sql string) (value string, err error) {
	conn, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	results, err := conn.Exec(ctx, sql).ReadAll()
	if err != nil {
		return "", fmt.Errorf("setting up the database: %w", err)
	}
	for _, r := range results {
		for _, row := range r.Rows {
			value = string(row[0])
		}
	}
	return value, nil
}
