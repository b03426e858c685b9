package catalog_test

import (
	"testing"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// Work that changes no object leaves the very snapshot in place, so that a
// refresh costs next to nothing.
func TestOrdinaryWorkKeepsTheSnapshotAndAChangeDoesNot(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, s *pgtest.Server) {
		d := s.NewDatabase(t)
		conn := d.Connect(t, d.App())
		snap := load(t, conn, nil)
		client := d.Connect(t, d.Superuser())
		for _, work := range []string{
			"SELECT 1",
			"INSERT INTO import_staging (payload) SELECT '{}' FROM generate_series(1, 10000)",
			"UPDATE contacts SET company = 'changed'",
			"SELECT nextval('cold_call_logs_id_seq')",
			"ANALYZE",
			"VACUUM pg_class, pg_attribute, contacts",
			"CREATE TEMP TABLE scratch (n int PRIMARY KEY, t text DEFAULT 'x')",
			"CREATE TEMP VIEW scratch_view AS SELECT n FROM scratch",
			"CREATE TYPE pg_temp.scratch_type AS ENUM ('a')",
			"DROP TABLE scratch CASCADE",
		} {
			pgtest.Query(t, client, work)
			if load(t, conn, snap) != snap {
				t.Errorf("%s: another snapshot", work)
			}
		}
		pgtest.Query(t, client, "ALTER TABLE contacts DISABLE ROW LEVEL SECURITY")
		next := load(t, conn, snap)
		equal(t, "generation", next.Generation, snap.Generation+1)
		equal(t, "row-level security", next.Relations[name("contacts")].RLSEnabled, false)
	})
}

// Changes that no snapshot describes cost a reading, but no generation.
func TestIrrelevantChangesKeepTheGeneration(t *testing.T) {
	d := pgtest.NewDatabase(t)
	conn := d.Connect(t, d.App())
	snap := load(t, conn, nil)
	for _, change := range []string{
		"CREATE INDEX extra ON contacts (org_id, company)",
		"COMMENT ON TABLE contacts IS 'people'",
		"ALTER TABLE contacts ALTER company SET STATISTICS 1000",
		"VACUUM FULL contacts",
		"VACUUM FULL pg_class",
		"ALTER TABLE contacts SET (fillfactor = 90)",
		"GRANT SELECT ON import_staging TO PUBLIC",
		"ALTER POLICY own_organization ON contacts USING (false)",
	} {
		d.Exec(t, change)
		next := load(t, conn, snap)
		equal(t, change, next.Generation, snap.Generation)
		if again := load(t, conn, next); again != next {
			t.Errorf("%s: the next reading is not cheap again", change)
		}
		snap = next
	}
}

func TestEveryRelevantChangeMakesAGeneration(t *testing.T) {
	s := pgtest.Default(t)
	member := s.CreateRole(t, "")
	d := s.NewDatabase(t, everything)
	conn := d.Connect(t, d.App())
	snap := load(t, conn, nil)
	for _, change := range []string{
		"ALTER TABLE contacts DISABLE ROW LEVEL SECURITY",
		"ALTER TABLE contacts NO FORCE ROW LEVEL SECURITY",
		"CREATE POLICY more ON contacts USING (true)",
		"DROP POLICY more ON contacts",
		"ALTER TABLE contacts ADD COLUMN extra int",
		"ALTER TABLE contacts RENAME COLUMN extra TO other",
		"ALTER TABLE contacts DROP COLUMN other",
		"ALTER TABLE contacts RENAME TO people",
		"ALTER TABLE people OWNER TO app_tenant",
		"ALTER TABLE people SET SCHEMA hidden",
		"CREATE TABLE fresh (n int)",
		"DROP TABLE fresh",
		"CREATE OR REPLACE VIEW campaign_summary AS SELECT org_id, id AS campaign_id, name, status, 0::bigint AS calls, " +
			"0::bigint AS appointments, now() AS last_call_at FROM campaigns",
		"ALTER VIEW campaign_leaderboard OWNER TO " + demo.OwnerRole,
		"ALTER VIEW campaign_leaderboard SET (security_barrier = true); ALTER VIEW campaign_leaderboard RENAME TO board",
		"CREATE RULE quiet AS ON DELETE TO plans DO INSTEAD NOTHING",
		"GRANT USAGE ON SCHEMA hidden TO app_tenant",
		"ALTER SCHEMA hidden RENAME TO shown",
		"CREATE OR REPLACE FUNCTION shown.step(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 0'",
		"ALTER FUNCTION shown.step SECURITY DEFINER",
		"ALTER FUNCTION shown.step VOLATILE",
		"ALTER FUNCTION shown.step SET role = 'postgres'",
		"REVOKE EXECUTE ON FUNCTION shown.step FROM PUBLIC",
		"REVOKE EXECUTE ON FUNCTION pg_catalog.pg_notify FROM PUBLIC",
		"CREATE OPERATOR shown.!! (RIGHTARG = int, FUNCTION = shown.finish)",
		"DROP OPERATOR shown.!! (NONE, int)",
		"CREATE OPERATOR FAMILY shown.more USING btree; ALTER OPERATOR FAMILY shown.more USING btree ADD FUNCTION 1 (shown.pair, shown.pair) shown.compare(shown.pair, shown.pair)",
		"ALTER OPERATOR FAMILY shown.more USING btree ADD OPERATOR 3 shown.=== (shown.pair, shown.pair)",
		"DROP OPERATOR FAMILY shown.more USING btree",
		"DROP CAST (shown.pair AS json)",
		"ALTER DOMAIN shown.plain ADD CHECK (shown.fine(VALUE))",
		"ALTER DOMAIN shown.plain SET DEFAULT shown.fallback()",
		"CREATE EXTENSION citext SCHEMA public",
		"ALTER EXTENSION citext DROP FUNCTION public.citextin(cstring)",
		"ALTER EXTENSION citext ADD FUNCTION public.citextin(cstring)",
		"GRANT " + member + " TO app_tenant",
		"ALTER ROLE " + member + " BYPASSRLS",
		"ALTER ROLE " + member + " RENAME TO renamed_member",
		"ALTER ROLE renamed_member RENAME TO " + member,
		"ALTER DATABASE " + d.Name + " SET search_path = 'hidden'",
		"ALTER ROLE app_tenant IN DATABASE " + d.Name + " SET row_security = off",
		"ALTER ROLE app_tenant CREATEROLE",
		"ALTER ROLE app_tenant NOCREATEROLE",
	} {
		d.Exec(t, change)
		next := load(t, conn, snap)
		equal(t, change, next.Generation, snap.Generation+1)
		snap = next
	}
	d.Exec(t, "REVOKE "+member+" FROM app_tenant")
}

func TestUncommittedChangesAreNotSeen(t *testing.T) {
	d := pgtest.NewDatabase(t)
	conn := d.Connect(t, d.App())
	snap := load(t, conn, nil)
	migration := d.Connect(t, d.Superuser())
	pgtest.Query(t, migration, "BEGIN")
	pgtest.Query(t, migration, "ALTER TABLE plans ENABLE ROW LEVEL SECURITY")
	if load(t, conn, snap) != snap {
		t.Error("an uncommitted change makes another snapshot")
	}
	pgtest.Query(t, migration, "COMMIT")
	next := load(t, conn, snap)
	equal(t, "row-level security of plans", next.Relations[name("plans")].RLSEnabled, true)
	equal(t, "in the old snapshot", snap.Relations[name("plans")].RLSEnabled, false)
}

// A connection to another database or of another role is never taken for
// unchanged.
func TestAnotherRoleOrDatabaseMakesAGeneration(t *testing.T) {
	s := pgtest.Default(t)
	login := s.CreateRole(t, "LOGIN")
	d, other := s.NewDatabase(t), s.NewDatabase(t)
	snap := load(t, d.Connect(t, d.App()), nil)
	for _, conn := range []string{d.As(login), other.App()} {
		var next *catalog.Snapshot
		if next = load(t, d.Connect(t, conn), snap); next.Generation != snap.Generation+1 {
			t.Errorf("%s: generation %d", conn, next.Generation)
		}
	}
}
