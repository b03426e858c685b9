package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/hardening/schema"
)

// Session is a connection that acts for one organization after the other. It runs
// statements in transactions of its own making, which it never commits.
type Session struct {
	// Via is direct or proxy.
	Via  string
	Conn *pgx.Conn
	// Enter, unless nil, puts the context of an organization in place within the
	// transaction; through the proxy it is there already.
	Enter func(ctx context.Context, tx pgx.Tx, org string) error
}

// Setting is a setting and its value.
type Setting struct{ Name, Value string }

// Options say what to verify.
type Options struct {
	// Admin sees all rows: what it says is what counts.
	Admin *pgx.Conn
	// Schema is the database's, for the proxy's role.
	Schema *schema.Schema
	// Schemas are the schemas of tenants, Column the tenant column, Table the
	// tenants' own table.
	Schemas []string
	Column  string
	Table   catalog.Name
	// Shared are tables that all tenants may read on purpose.
	Shared map[catalog.Name]bool
	// Orgs are two organizations; empty: those of the tenants' table with rows in
	// the most tables, or, if there are no two, two that are made in each transaction.
	Orgs [2]string
	// Context gives the settings that carry an organization's context, to try what
	// happens without them, and to tamper with.
	Context func(org string) ([]Setting, error)
	// Direct opens a session as the proxy's role, Proxy, unless nil, one of the
	// organization through the proxy.
	Direct func(ctx context.Context) (*Session, error)
	Proxy  func(ctx context.Context, org string) (*Session, error)
	// Progress, unless nil, is told of each table.
	Progress func(table string)
}

// table is a tenant table, and what the administrator knows of it.
type table struct {
	*schema.Relation
	sql    string // its name
	column string
	// rows are the numbers of rows of both organizations; -1 is unknown.
	rows [2]int64
	// lacks tells that an organization has no row in it, or is not there.
	lacks bool
	// sample is a row of the first organization: the columns that can be inserted,
	// and its place.
	columns []string
	values  []*string
	ctid    string
}

const (
	// limits bound each statement, so that nobody waits for long.
	limits = "SET LOCAL statement_timeout = '30s'; SET LOCAL lock_timeout = '2s'"
	// candidates is how many organizations are looked at for two with rows.
	candidates = 20
)

// verifier is one run.
type verifier struct {
	Options
	foreign []Setting // the context of the second organization
	// locked are tables whose lock somebody else has had for longer than is waited.
	locked map[uint32]bool
	result *Result
	tables []*table
}

// Run verifies. Errors mean that nothing is proven: a connection that is lost, an
// administrator that does not see all rows, no two organizations.
func Run(ctx context.Context, o Options) (*Result, error) {
	v := &verifier{Options: o, locked: make(map[uint32]bool), result: &Result{
		Time: time.Now().UTC(), Database: o.Schema.Database.Name, ServerVersion: o.Schema.Server.VersionText, Role: o.Schema.App.Name,
	}}
	if err := v.prepare(ctx); err != nil {
		return nil, err
	}
	v.result.Orgs = v.Orgs
	if err := v.direct(ctx); err != nil {
		return nil, err
	}
	if v.Proxy != nil {
		if err := v.proxied(ctx); err != nil {
			return nil, err
		}
	}
	if err := v.cascade(ctx); err != nil {
		return nil, err
	}
	return v.result, nil
}

// rolledBack runs f in a transaction that is rolled back whatever happens.
func rolledBack(ctx context.Context, conn *pgx.Conn, f func(tx pgx.Tx) error) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return fmt.Errorf("beginning transaction: %w", err)
	}
	_, err = tx.Exec(ctx, limits)
	if err == nil {
		err = f(tx)
	}
	return errors.Join(err, tx.Rollback(ctx))
}

// asAdmin is rolledBack for the administrator: row_security = off makes Postgres
// fail where a policy would hide rows from it.
func (v *verifier) asAdmin(ctx context.Context, f func(tx pgx.Tx) error) error {
	return rolledBack(ctx, v.Admin, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL row_security = off"); err != nil {
			return err
		}
		return f(tx)
	})
}

// attempt runs one statement in a savepoint, which it goes back to, and gives its
// error. A lost connection shows at the next one.
func attempt(ctx context.Context, tx pgx.Tx, f func(tx pgx.Tx) error) (tried error, err error) {
	sub, err := tx.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("setting savepoint: %w", err)
	}
	tried = f(sub)
	return tried, sub.Rollback(ctx)
}

// attemptOn is attempt for a statement on a table: it is enough to have waited once for
// its lock.
func (v *verifier) attemptOn(ctx context.Context, tx pgx.Tx, t *table, f func(tx pgx.Tx) error) (tried error, err error) {
	if v.locked[t.OID] {
		if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '10ms'"); err != nil {
			return nil, err
		}
	}
	tried, err = attempt(ctx, tx, f)
	if code, _ := sqlstate(tried); code == lockNotAvailable {
		v.locked[t.OID] = true
	}
	return tried, err
}

// prepare finds the tables, two organizations and their rows.
func (v *verifier) prepare(ctx context.Context) error {
	for r := range v.Schema.Tables() {
		if !contains(v.Schemas, r.Schema) || r.Extension != "" || v.Shared[r.Name] {
			continue
		}
		t := &table{Relation: r, sql: schema.QuoteName(r.Name), column: v.Column, rows: [2]int64{-1, -1}}
		if r.Name == v.Table {
			key := r.PrimaryKey()
			if key == nil || len(key.Columns) != 1 || r.ColumnAt(key.Columns[0]) == nil {
				return fmt.Errorf("verifying: %s has no primary key of one column", t.sql)
			}
			t.column = r.ColumnAt(key.Columns[0]).Name
		}
		if r.Column(t.column) != nil {
			v.tables = append(v.tables, t)
		}
	}
	if len(v.tables) == 0 {
		return fmt.Errorf("verifying: no table of %s has a column %s", strings.Join(v.Schemas, ", "), v.Column)
	}
	if v.Orgs == [2]string{} {
		if err := v.chooseOrgs(ctx); err != nil {
			return err
		}
	}
	for _, t := range v.tables {
		if err := v.look(ctx, t); err != nil {
			return err
		}
	}
	var err error
	v.foreign, err = v.Context(v.Orgs[1])
	return err
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// chooseOrgs takes the two organizations that have rows in the most tables.
func (v *verifier) chooseOrgs(ctx context.Context) error {
	tenants := v.Schema.ByName[v.Table]
	if tenants == nil || tenants.PrimaryKey() == nil {
		return fmt.Errorf("verifying: there is no table %s to take two organizations from; name them", v.Table)
	}
	key := schema.Ident(tenants.ColumnAt(tenants.PrimaryKey().Columns[0]).Name)
	return v.asAdmin(ctx, func(tx pgx.Tx) error {
		var score strings.Builder
		for _, t := range v.tables {
			fmt.Fprintf(&score, " + (EXISTS (SELECT FROM %s x WHERE x.%s::text = o.org))::int", t.sql, schema.Ident(t.column))
		}
		rows, err := tx.Query(ctx, fmt.Sprintf("SELECT org FROM (SELECT %s::text AS org FROM %s LIMIT %d) o ORDER BY 0%s DESC, org LIMIT 2",
			key, schema.QuoteName(v.Table), candidates, score.String()))
		if err != nil {
			return fmt.Errorf("choosing organizations: %w", err)
		}
		orgs, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return fmt.Errorf("choosing organizations: %w", err)
		}
		if len(orgs) < 2 {
			if v.Proxy != nil {
				return fmt.Errorf("verifying: %s has %d organizations, and two are needed: through the proxy those count that are committed", v.Table, len(orgs))
			}
			return v.makeIDs(tenants.ColumnAt(tenants.PrimaryKey().Columns[0]).Type)
		}
		v.Orgs = [2]string(orgs)
		return nil
	})
}

// look reads what the administrator knows of a table. What cannot be read stays
// unknown.
func (v *verifier) look(ctx context.Context, t *table) error {
	return v.asAdmin(ctx, func(tx pgx.Tx) error {
		if err := v.lookIn(ctx, tx, t); err != nil {
			return err
		}
		t.lacks = t.rows[0] == 0 || t.rows[1] == 0
		return nil
	})
}

// lookIn is look within a transaction of the administrator's.
func (v *verifier) lookIn(ctx context.Context, tx pgx.Tx, t *table) error {
	for i, org := range v.Orgs {
		_, err := attempt(ctx, tx, func(tx pgx.Tx) error {
			return tx.QueryRow(ctx, "SELECT count(*) FROM "+t.sql+" WHERE "+schema.Ident(t.column)+" = "+t.literal(org)).Scan(&t.rows[i])
		})
		if err != nil {
			return err
		}
	}
	var list []string
	t.columns = nil
	for _, c := range t.Columns {
		if c.Generated == "" && c.Identity != "a" {
			t.columns = append(t.columns, c.Name)
			list = append(list, schema.Ident(c.Name)+"::text")
		}
	}
	if t.rows[0] <= 0 || len(list) == 0 {
		return nil
	}
	_, err := attempt(ctx, tx, func(tx pgx.Tx) error {
		values := make([]*string, len(list)+1)
		into := make([]any, len(values))
		for i := range values {
			into[i] = &values[i]
		}
		err := tx.QueryRow(ctx, "SELECT "+strings.Join(list, ", ")+", ctid::text FROM "+t.sql+
			" WHERE "+schema.Ident(t.column)+" = "+t.literal(v.Orgs[0])+" LIMIT 1").Scan(into...)
		if err == nil {
			t.values, t.ctid = values[:len(list)], *values[len(list)]
		}
		return err
	})
	return err
}

// literal is an organization in the type of the table's column.
func (t *table) literal(org string) string {
	return schema.Literal(org) + "::" + t.Column(t.column).Type
}
