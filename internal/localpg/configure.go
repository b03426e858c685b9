package localpg

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// configure writes postgresql.conf, pg_hba.conf and the TLS files.
func (c *Cluster) configure(opts Options) error {
	// As root we write where another account can: never follow its links out.
	data, err := os.OpenRoot(c.dataDir())
	if err != nil {
		return fmt.Errorf("configuring Postgres: %w", err)
	}
	defer func() { _ = data.Close() }() // only a handle
	settings := map[string]string{
		"listen_addresses":        "",
		"unix_socket_directories": c.dir,
		"unix_socket_permissions": "0700",
		"max_connections":         "200",
		"shared_buffers":          "64MB",
		"max_wal_size":            "512MB",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		"jit":                     "off",
	}
	if opts.TCP {
		settings["listen_addresses"] = "127.0.0.1"
	}
	if !opts.Durable {
		settings["fsync"] = "off"
		settings["synchronous_commit"] = "off"
		settings["full_page_writes"] = "off"
	}
	if opts.TLSCert != nil {
		settings["ssl"] = "on"
		settings["ssl_cert_file"] = "server.crt"
		settings["ssl_key_file"] = "server.key"
		if err := c.writeData(data, "server.crt", opts.TLSCert); err != nil {
			return err
		}
		if err := c.writeData(data, "server.key", opts.TLSKey); err != nil {
			return err
		}
	}
	maps.Copy(settings, opts.Settings)
	var conf strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&conf, "%s = %s\n", name, quoteSetting(settings[name]))
	}
	if err := c.writeData(data, "postgresql.conf", []byte(conf.String())); err != nil {
		return err
	}
	hba := opts.HBA
	if len(hba) == 0 {
		hba = []string{"local all all trust", "host all all 127.0.0.1/32 scram-sha-256"}
	}
	lines := append([]string{"local all " + Superuser + " trust"}, hba...)
	return c.writeData(data, "pg_hba.conf", []byte(strings.Join(lines, "\n")+"\n"))
}

// quoteSetting writes a value as guc-file.l reads it.
func quoteSetting(value string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`, "\n", `\n`).Replace(value) + "'"
}

// writeData puts a file into the data directory, readable by the server alone.
func (c *Cluster) writeData(data *os.Root, name string, content []byte) error {
	err := data.WriteFile(name, content, 0o600)
	if err == nil {
		err = data.Chmod(name, 0o600) // it may have been there
	}
	if err == nil && c.account.switched {
		err = data.Lchown(name, c.account.uid, c.account.gid)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}
