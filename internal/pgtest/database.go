package pgtest

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/localpg"
)

// Database is a database of one test, dropped with it.
type Database struct {
	// Name is the database's name, unique in the server.
	Name   string
	server *Server
}

// lastName makes the names of databases and roles unique in this test binary.
var lastName atomic.Int64

func uniqueName(prefix string) string {
	return prefix + strconv.FormatInt(lastName.Add(1), 10)
}

// NewDatabase is Default(t).NewDatabase.
func NewDatabase(t testing.TB, sql ...string) *Database {
	t.Helper()
	return Default(t).NewDatabase(t, sql...)
}

// NewDatabase makes a database with the demo schema and its seed at
// demo.TestScale, and runs the further SQL in it as superuser. It is dropped,
// with the sessions that are still in it, when the test ends.
func (s *Server) NewDatabase(t testing.TB, sql ...string) *Database {
	t.Helper()
	return s.newDatabase(t, s.template(t), sql)
}

// NewEmptyDatabase is NewDatabase without the demo schema.
func (s *Server) NewEmptyDatabase(t testing.TB, sql ...string) *Database {
	t.Helper()
	return s.newDatabase(t, "template1", sql)
}

func (s *Server) newDatabase(t testing.TB, template string, sql []string) *Database {
	t.Helper()
	d := &Database{Name: uniqueName("test"), server: s}
	admin := s.DSN("postgres", localpg.Superuser)
	if err := execute(t.Context(), admin, "CREATE DATABASE "+d.Name+" TEMPLATE "+template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// t.Context is over by now.
		if err := execute(context.Background(), admin, "DROP DATABASE "+d.Name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	d.Exec(t, sql...)
	return d
}

// Server is the server that the database is in.
func (d *Database) Server() *Server { return d.server }

// Superuser is the DSN of the cluster's superuser, a URL for the Unix socket.
func (d *Database) Superuser() string { return d.As(localpg.Superuser) }

// App is the DSN of the unprivileged role that the proxy connects as.
func (d *Database) App() string { return d.As(demo.AppRole) }

// Owner is the DSN of a session of the role that owns the demo schema. That
// role cannot log in: the session is the superuser's, after SET ROLE.
func (d *Database) Owner() string {
	return d.Superuser() + "&options=-c%20role%3D" + demo.OwnerRole
}

// As is the DSN of the given role, which the server trusts on its socket.
func (d *Database) As(role string) string { return d.server.DSN(d.Name, role) }

// Exec runs SQL as superuser; each text may hold several statements, and is
// one transaction unless it says otherwise.
func (d *Database) Exec(t testing.TB, sql ...string) {
	t.Helper()
	if len(sql) == 0 {
		return
	}
	if err := execute(t.Context(), d.Superuser(), sql...); err != nil {
		t.Fatal(err)
	}
}

// Query runs one statement as superuser and returns its rows as text, NULL as
// the empty string.
func (d *Database) Query(t testing.TB, sql string, args ...string) [][]string {
	t.Helper()
	return Query(t, d.Connect(t, d.Superuser()), sql, args...)
}

// Connect opens a connection that is closed when the test ends.
func (d *Database) Connect(t testing.TB, dsn string) *pgconn.PgConn {
	t.Helper()
	conn, err := pgconn.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) }) // the test may have broken it on purpose
	return conn
}

// CreateRole makes a role with the given options ("LOGIN BYPASSRLS") and
// returns its name. It is dropped when the test ends: make it before the
// databases where it gets privileges, as these are then dropped first.
func (s *Server) CreateRole(t testing.TB, options string) string {
	t.Helper()
	name := uniqueName("role")
	admin := s.DSN("postgres", localpg.Superuser)
	if err := execute(t.Context(), admin, "CREATE ROLE "+name+" "+options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := execute(context.Background(), admin, "DROP ROLE "+name); err != nil {
			t.Error(err)
		}
	})
	return name
}

// Query runs one statement on the connection and returns its rows as text,
// NULL as the empty string.
func Query(t testing.TB, conn *pgconn.PgConn, sql string, args ...string) [][]string {
	t.Helper()
	params := make([][]byte, len(args))
	for i, arg := range args {
		params[i] = []byte(arg)
	}
	result := conn.ExecParams(t.Context(), sql, params, nil, nil, nil).Read()
	if result.Err != nil {
		t.Fatalf("%s: %v", sql, result.Err)
	}
	rows := make([][]string, len(result.Rows))
	for i, row := range result.Rows {
		for _, value := range row {
			rows[i] = append(rows[i], string(value))
		}
	}
	return rows
}

// execute runs the texts in order on a connection of its own.
func execute(ctx context.Context, dsn string, sql ...string) (err error) {
	conn, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, text := range sql {
		if _, err := conn.Exec(ctx, text).ReadAll(); err != nil {
			return fmt.Errorf("running %.200q: %w", text, err)
		}
	}
	return nil
}
