package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/localpg"
	"tenantproxy/internal/pgtest"
)

// databaseSide runs audit, harden and verify with the same configuration.
type databaseSide struct {
	dir, config, admin string
}

func newDatabaseSide(t *testing.T, upstream, admin, more string) *databaseSide {
	t.Helper()
	dir := t.TempDir()
	return &databaseSide{dir: dir, config: write(t, dir, "c.yaml", fmt.Sprintf("upstream: {dsn: %q}\n%s", upstream, more)), admin: admin}
}

// run gives all that a command says, after its exit code is what it should be.
func (d *databaseSide) run(t *testing.T, want int, args ...string) string {
	t.Helper()
	stdout, stderr, code := runWith(t, "", append(args, "--config", d.config, "--admin-dsn", d.admin)...)
	if code != want {
		t.Errorf("%s: exit code %d, want %d\n%s%s", args, code, want, stdout, stderr)
	}
	return stdout + stderr
}

func mustSay(t *testing.T, said string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(said, text) {
			t.Errorf("it does not say %q:\n%s", text, said)
		}
	}
}

// TestOddNames has the tenants' table, its key, the tenant column and the tables need
// quotes, and the orgs be numbers or texts.
func TestOddNames(t *testing.T) {
	for of, values := range map[string][2]string{"bigint": {"7", "8"}, "text": {"'Zoë''s'", "'b\"c'"}} {
		t.Run(of, func(t *testing.T) {
			db := pgtest.NewDatabase(t, fmt.Sprintf(`DROP SCHEMA public, auth CASCADE; CREATE SCHEMA "My App"; GRANT USAGE ON SCHEMA "My App" TO app_tenant;
				CREATE TABLE "My App"."All Orgs" ("The Key" %[1]s PRIMARY KEY, name text); INSERT INTO "My App"."All Orgs" VALUES (%[2]s, 'a'), (%[3]s, 'b');
				CREATE TABLE "My App"."Select" (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Org" %[1]s, body text); INSERT INTO "My App"."Select" ("Org") VALUES (%[2]s), (%[3]s);
				GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "My App" TO app_tenant;
				CREATE VIEW "My App"."A View" AS SELECT * FROM "My App"."Select"; GRANT SELECT ON "My App"."A View" TO app_tenant`, of, values[0], values[1]))
			d := newDatabaseSide(t, db.App(), db.Superuser(), `
policy: {schemas: ["My App"]}
tenant: {table: 'My App.All Orgs', column: Org, type: `+of+`, setting: app.org_id}`)
			mustSay(t, d.run(t, exitFindings, "audit"), `T-OFF`, `"My App"."Select"`, `C-NN`, `V-INV`)
			d.run(t, exitFindings, "verify")
			d.run(t, exitFine, "harden", "--apply", "--out", filepath.Join(d.dir, "out"))
			said := d.run(t, exitFine, "audit", "--only", "T-OFF,T-FORCE,T-CMD,C-NN,C-FK,C-IDX,V-INV,P-ROOT,D-NULL,D-ORPHAN,P-NULLOPEN,P-TRUE,G-PRIV")
			mustSay(t, said, "2 of 2 tables isolated")
			d.run(t, exitFine, "verify")
			mustSay(t, d.run(t, exitFine, "harden", "--out", filepath.Join(d.dir, "again")), "nothing to do")
		})
	}
}

// TestLockedTable has a table be locked: what could not be looked at is said and fails,
// and a migration that stops says where.
func TestLockedTable(t *testing.T) {
	db := pgtest.NewDatabase(t, "DELETE FROM import_staging", "ALTER TABLE contacts NO FORCE ROW LEVEL SECURITY")
	lock, err := pgx.Connect(t.Context(), db.Superuser())
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close(context.Background())
	tx, err := lock.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "LOCK TABLE contacts IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	d := newDatabaseSide(t, db.App(), db.Superuser(), "policy: {allow_relations: [public.plans]}")
	mustSay(t, d.run(t, exitFindings, "audit", "--only", "T-CMD,P-NULLOPEN,D-XREF"), "(unknown)", "public.contacts")
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(d.dir, "out")
	d.run(t, exitFine, "harden", "--out", out)
	if tx, err = lock.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "LOCK TABLE contacts IN EXCLUSIVE MODE"); err != nil { // it can be read, and neither written nor altered
		t.Fatal(err)
	}
	mustSay(t, d.run(t, exitFindings, "verify"), "UNKNOWN", "SQLSTATE 55P03")
	said := d.run(t, exitFindings, "harden", "--apply", "--out", filepath.Join(d.dir, "stopped"))
	mustSay(t, said, "applying step ", "public.contacts", "the steps before it are done, and another run does the rest")
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.run(t, exitFine, "harden", "--apply", "--out", filepath.Join(d.dir, "rest"))
	mustSay(t, d.run(t, exitFine, "harden", "--out", filepath.Join(d.dir, "done")), "nothing to do")
}

// TestAdministratorWithoutPrivileges may read the catalogs, and no rows.
func TestAdministratorWithoutPrivileges(t *testing.T) {
	server := pgtest.Default(t)
	role := server.CreateRole(t, "LOGIN BYPASSRLS")
	db := server.NewDatabase(t, "DROP TABLE import_staging")
	d := newDatabaseSide(t, db.App(), db.As(role), "policy: {allow_relations: [public.plans]}")
	said := d.run(t, exitFindings, "audit", "--only", "D-NULL,D-ORPHAN,D-XREF,P-TRUE,P-NULLOPEN,H-HBA")
	mustSay(t, said, "permission denied", "(unknown)", "pg_hba.conf cannot be read")
	unlooked := newDatabaseSide(t, db.App(), server.NewDatabase(t).As(role), "policy: {allow_relations: [public.plans]}")
	mustSay(t, unlooked.run(t, exitFindings, "harden", "--out", filepath.Join(d.dir, "out")), "looking for stray rows in public.import_staging", "permission denied")
	if _, err := os.Stat(filepath.Join(d.dir, "out", "up.sql")); err == nil {
		t.Error("a migration was written that nobody has looked at rows for")
	}
	d.run(t, exitUsage, "verify")
	mustSay(t, d.run(t, exitFindings, "verify", "--orgs", demo.OrgA+","+demo.OrgB), "UNKNOWN")
	d.run(t, exitFine, "verify", "--orgs", demo.OrgA+","+demo.OrgB, "--accept-unknown", "--out", filepath.Join(d.dir, "evidence"))
}

// TestNoTenantsTable goes without, and says so.
func TestNoTenantsTable(t *testing.T) {
	db := pgtest.NewDatabase(t, "DELETE FROM import_staging", "ALTER TABLE organizations RENAME TO customers")
	d := newDatabaseSide(t, db.App(), db.Superuser(), "policy: {allow_relations: [public.plans]}")
	mustSay(t, d.run(t, exitFindings, "audit"), "set tenant.table")
	mustSay(t, d.run(t, exitFine, "harden", "--out", filepath.Join(d.dir, "out")), "the tenants' own table, does not exist: no foreign keys are made")
	mustSay(t, d.run(t, exitUsage, "verify"), "there is no table public.organizations")
}

// TestColumnOfAnotherType is said, and not compared by casts that fail.
func TestColumnOfAnotherType(t *testing.T) {
	db := pgtest.NewDatabase(t, "DROP TABLE import_staging", "CREATE TABLE texts (org_id text NOT NULL, id int PRIMARY KEY); INSERT INTO texts SELECT id, row_number() OVER () FROM organizations; GRANT SELECT, INSERT, UPDATE, DELETE ON texts TO app_tenant")
	d := newDatabaseSide(t, db.App(), db.Superuser(), "policy: {allow_relations: [public.plans]}")
	mustSay(t, d.run(t, exitFindings, "audit"), "public.texts.org_id is text, and the tenants' key is uuid")
	mustSay(t, d.run(t, exitFine, "harden", "--apply", "--out", filepath.Join(d.dir, "out")), "public.texts.org_id is of type text, and the tenants' key of type uuid: no foreign key is made")
	mustSay(t, d.run(t, exitFindings, "verify"), "cascade own", "public.texts", "1 broken")
}

// TestNoDatabase cannot reach any.
func TestNoDatabase(t *testing.T) {
	d := newDatabaseSide(t, "postgres://app@127.0.0.1:1/none", "postgres://postgres@127.0.0.1:1/none?connect_timeout=5", "")
	for _, args := range [][]string{{"audit"}, {"harden", "--out", d.dir}, {"verify"}, {"audit", "--no-data"}} {
		mustSay(t, d.run(t, exitUnreachable, args...), "connecting with --admin-dsn")
	}
}

// TestOldServer has a server that is older than what is supported.
func TestOldServer(t *testing.T) {
	bin, err := filepath.Abs("../../.cache/postgres-old/13/bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(bin); err != nil {
		t.Skip("PostgreSQL 13 is not here: make postgres")
	}
	cluster, err := localpg.Start(t.Context(), localpg.Options{BinDir: bin})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	}()
	dsn := cluster.DSN("postgres", localpg.Superuser)
	d := newDatabaseSide(t, dsn, dsn, "")
	for _, args := range [][]string{{"audit"}, {"harden", "--out", filepath.Join(d.dir, "out")}, {"verify"}} {
		mustSay(t, d.run(t, exitUsage, args...), "the server is PostgreSQL 13.", "14 is the oldest that is supported")
	}
	if _, err := os.Stat(filepath.Join(d.dir, "out")); err == nil {
		t.Error("harden has written something")
	}
}
