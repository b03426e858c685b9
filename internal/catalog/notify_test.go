package catalog_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// hears connects as the application's role with LISTEN, and gives what is notified.
func hears(t *testing.T, d *pgtest.Database) (*pgconn.PgConn, *[]*pgconn.Notification) {
	t.Helper()
	var heard []*pgconn.Notification
	config, err := pgconn.ParseConfig(d.App())
	if err != nil {
		t.Fatal(err)
	}
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) { heard = append(heard, n) }
	conn, err := pgconn.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	pgtest.Query(t, conn, "LISTEN "+catalog.NotifyChannel)
	return conn, &heard
}

// What is permanent is told of, by whichever role; what is temporary is not.
func TestDatabaseTellsOfChanges(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, s *pgtest.Server) {
		d := s.NewDatabase(t, catalog.CreateNotifySQL, catalog.CreateNotifySQL,
			"REVOKE EXECUTE ON FUNCTION pg_catalog.pg_notify FROM PUBLIC")
		conn, heard := hears(t, d)
		owner := d.Connect(t, d.Owner())
		told := func(sql string) int {
			t.Helper()
			*heard = nil
			pgtest.Query(t, owner, sql)
			// Postgres sends what is committed by then ahead of the answer.
			pgtest.Query(t, conn, "SELECT 1")
			return len(*heard)
		}
		for _, change := range []string{
			"CREATE TABLE fresh (id bigserial PRIMARY KEY, t text)",
			"ALTER TABLE fresh ENABLE ROW LEVEL SECURITY",
			"CREATE POLICY p ON fresh USING (true)",
			"ALTER POLICY p ON fresh USING (false)",
			"DROP POLICY p ON fresh",
			"GRANT SELECT ON fresh TO PUBLIC",
			"CREATE VIEW fresh_view AS SELECT 1 AS n",
			"CREATE FUNCTION fresh_function() RETURNS int LANGUAGE sql AS 'SELECT 1'",
			"ALTER FUNCTION fresh_function() SECURITY DEFINER",
			"DROP FUNCTION fresh_function()",
			"SELECT 1 AS n INTO selected_into",
			"CREATE TABLE created_as AS SELECT 1 AS n",
			"DROP TABLE fresh CASCADE",
			"SET session_replication_role = replica",
			"CREATE TABLE as_replica ()",
		} {
			if change == "SET session_replication_role = replica" {
				owner = d.Connect(t, d.Superuser())
				pgtest.Query(t, owner, change)
				continue
			}
			equal(t, change, told(change), 1)
		}
		for _, other := range []string{
			"SELECT 1",
			"INSERT INTO import_staging (payload) VALUES ('{}')",
			"CREATE TABLE IF NOT EXISTS created_as (n int)",
			"CREATE TEMP TABLE scratch (id bigserial PRIMARY KEY, t text DEFAULT 'x')",
			"CREATE INDEX ON scratch (t)",
			"ALTER TABLE scratch ADD COLUMN more int",
			"CREATE TEMP VIEW scratch_view AS SELECT id FROM scratch",
			"CREATE TEMP TABLE scratch_as AS SELECT 1 AS n",
			"SELECT 1 AS n INTO TEMP scratch_into",
			"CREATE TEMP SEQUENCE scratch_sequence",
			"DROP TABLE scratch CASCADE",
			"DROP SEQUENCE scratch_sequence",
			"DISCARD TEMP",
		} {
			equal(t, other, told(other), 0)
		}

		pgtest.Query(t, owner, "BEGIN")
		for i := range 50 {
			equal(t, "told before the commit", told(fmt.Sprintf("CREATE TABLE t%d ()", i)), 0)
		}
		equal(t, "told of one transaction", told("COMMIT"), 1)

		d.Exec(t, catalog.DropNotifySQL, catalog.DropNotifySQL)
		equal(t, "told after DropNotifySQL", told("CREATE TABLE untold ()"), 0)
	})
}

// As long as the interval is, a change is known as soon as it is told of.
func TestLoaderHearsOfChanges(t *testing.T) {
	d := pgtest.NewDatabase(t, catalog.CreateNotifySQL)
	r := run(t, d, catalog.LoaderOptions{Interval: time.Hour})
	last := r.awaitChange(t)
	for _, change := range []string{
		"ALTER TABLE contacts DISABLE ROW LEVEL SECURITY",
		"ALTER TABLE contacts ENABLE ROW LEVEL SECURITY",
		"DROP VIEW campaign_leaderboard",
	} {
		d.Exec(t, change)
		next := r.awaitChange(t)
		equal(t, change, next.Generation, last.Generation+1)
		last = next
	}
	equal(t, "connections", r.dials.Load(), 1)
}

// Whenever the notification comes, amid a reading or between two, what it tells
// of is read.
func TestLoaderHearsOfBursts(t *testing.T) {
	d := pgtest.NewDatabase(t, catalog.CreateNotifySQL)
	r := run(t, d, catalog.LoaderOptions{Interval: time.Hour})
	r.awaitChange(t)
	owner := d.Connect(t, d.Owner())
	const tables = 100
	for i := range tables {
		pgtest.Query(t, owner, fmt.Sprintf("CREATE TABLE burst%d ()", i))
	}
	readings := 1
	for r.awaitChange(t).Relations[name(fmt.Sprintf("burst%d", tables-1))] == nil {
		readings++
	}
	if readings >= tables {
		t.Errorf("%d readings of %d changes", readings, tables)
	}
}

// A lost connection is noticed at once, and what was missed is read.
func TestLoaderHearsAgainAfterALoss(t *testing.T) {
	d := pgtest.NewDatabase(t, catalog.CreateNotifySQL)
	r := run(t, d, catalog.LoaderOptions{Interval: time.Hour})
	r.awaitChange(t)
	for i := range 3 {
		r.cutOff(t, d)
		d.Exec(t, fmt.Sprintf("CREATE TABLE missed%d ()", i))
		r.broken.Store(false)
		last := r.awaitChange(t)
		equal(t, "missed while away", last.Relations[name(fmt.Sprintf("missed%d", i))] != nil, true)
		d.Exec(t, fmt.Sprintf("CREATE TABLE heard%d ()", i))
		last = r.awaitChange(t)
		equal(t, "heard afterwards", last.Relations[name(fmt.Sprintf("heard%d", i))] != nil, true)
	}
}

// The channel is anybody's to NOTIFY; that costs a reading at most, and seldom.
func TestForgedNotificationsChangeNothing(t *testing.T) {
	d := pgtest.NewDatabase(t)
	r := run(t, d, catalog.LoaderOptions{Interval: time.Hour})
	first := r.awaitChange(t)
	before := r.LastSuccess()
	forger := d.Connect(t, d.As(demo.AppRole))
	for i := range 1000 {
		pgtest.Query(t, forger, fmt.Sprintf("SELECT pg_notify('%s', '%d')", catalog.NotifyChannel, i))
	}
	for r.LastSuccess().Equal(before) {
		if t.Context().Err() != nil {
			t.Fatal("the notification does not arrive: nothing is tested")
		}
		time.Sleep(time.Millisecond)
	}
	equal(t, "snapshot", r.Snapshot(), first)
	equal(t, "changes told", len(r.changes), 0)
}
