package pgtest_test

import (
	"fmt"
	"testing"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.MainCheckingLeaks(m) }

func TestDatabasesAreSeparateAndConnectAsTheirRoles(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, s *pgtest.Server) {
		one := s.NewDatabase(t, "CREATE TABLE only_here (n int)", "INSERT INTO only_here VALUES (7)")
		two := s.NewDatabase(t)
		if rows := one.Query(t, "SELECT n FROM only_here WHERE n = $1", "7"); len(rows) != 1 || rows[0][0] != "7" {
			t.Errorf("the SQL given to NewDatabase left %v", rows)
		}
		if rows := two.Query(t, "SELECT to_regclass('only_here')"); rows[0][0] != "" {
			t.Error("a table of one database is in the other")
		}
		if rows := two.Query(t, "SELECT current_setting('server_version_num')::int / 10000"); rows[0][0] != fmt.Sprint(s.Major) {
			t.Errorf("server %v claims major version %d", rows, s.Major)
		}
		for dsn, want := range map[string]string{
			one.Superuser(): "postgres",
			one.Owner():     demo.OwnerRole,
			one.App():       demo.AppRole,
		} {
			rows := pgtest.Query(t, one.Connect(t, dsn), "SELECT current_user, current_database()")
			if rows[0][0] != want || rows[0][1] != one.Name {
				t.Errorf("%s connects as %v", dsn, rows[0])
			}
		}
	})
}

func TestDatabasesAndRolesEndWithTheirTest(t *testing.T) {
	s := pgtest.Default(t)
	var database, role string
	t.Run("inner", func(t *testing.T) {
		role = s.CreateRole(t, "LOGIN")
		d := s.NewEmptyDatabase(t, "CREATE SCHEMA AUTHORIZATION "+role)
		database = d.Name
		d.Connect(t, d.As(role)) // an open session does not hold up the drop
	})
	left := s.NewEmptyDatabase(t).Query(t,
		"SELECT datname FROM pg_database WHERE datname = $1 UNION ALL SELECT rolname FROM pg_roles WHERE rolname = $2", database, role)
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
