package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tenantproxy/internal/pgtest"
)

// TestHardenCommand hardens the demo, plain and sealed, proves it, finds nothing more
// to do, and takes it back.
func TestHardenCommand(t *testing.T) {
	for _, kind := range []string{"plain", "sealed"} {
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir()
			db := pgtest.NewDatabase(t)
			key := filepath.Join(dir, "seal.key")
			config := filepath.Join(dir, "tenantproxy.yaml")
			for name, text := range map[string]string{
				key: "a seal key for a test, long enough", config: "upstream: {dsn: '" + db.App() + "'}\npolicy: {allow_relations: [public.plans]}\ntenant: {seal_key_file: '" + key + "'}",
			} {
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			command := func(want int, args ...string) {
				t.Helper()
				if code := run(append(args, "--config", config, "--admin-dsn", db.Superuser())); code != want {
					t.Fatalf("%s: exit code %d, want %d", args, code, want)
				}
			}
			out := filepath.Join(dir, "out")
			harden := func(out string, args ...string) []string {
				if kind == "sealed" {
					args = append(args, "--sealed")
				}
				return append([]string{"harden", "--out", out}, args...)
			}
			db.Exec(t, "INSERT INTO import_staging (payload) VALUES ('{}')")
			command(exitFindings, harden(filepath.Join(dir, "stray"), "--apply")...)
			quarantine, err := os.ReadFile(filepath.Join(dir, "stray", "quarantine.sql"))
			if err != nil {
				t.Fatal(err)
			}
			db.Exec(t, string(quarantine))
			command(exitFindings, "verify", "--out", filepath.Join(dir, "before"))
			command(exitFine, harden(out, "--apply")...)
			command(exitFine, "verify", "--out", filepath.Join(dir, "after"))
			command(exitFine, harden(filepath.Join(dir, "again"))...)
			if _, err := os.Stat(filepath.Join(dir, "again", "up.sql")); err == nil {
				t.Error("a second run has something to do")
			}
			db.Exec(t, "CREATE TABLE late (org_id uuid)")
			command(exitUsage, harden(out)...) // it would overwrite down.sql
			db.Exec(t, "DROP TABLE late")
			up, err := os.ReadFile(filepath.Join(out, "up.sql"))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(up), "INSERT INTO tenantproxy.seal_keys") {
				t.Error("up.sql has the key")
			}
			down, err := os.ReadFile(filepath.Join(out, "down.sql"))
			if err != nil {
				t.Fatal(err)
			}
			for _, statement := range strings.Split(string(down), "\n-- ") {
				db.Exec(t, "-- "+statement)
			}
			if got := db.Query(t, "SELECT (SELECT relrowsecurity FROM pg_class WHERE oid = 'import_staging'::regclass), to_regnamespace('tenantproxy')")[0]; got[0] != "f" || got[1] != "" {
				t.Errorf("left behind: %q", got)
			}
		})
	}
}
