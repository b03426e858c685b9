package migrate_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/hardening/migrate"
	"tenantproxy/internal/hardening/schema"
	"tenantproxy/internal/pgtest"
)

// TestAsOwner migrates as the role that owns the tables, which is no superuser, twice.
func TestAsOwner(t *testing.T) {
	db := pgtest.NewDatabase(t, "DROP VIEW campaign_leaderboard; ALTER TABLE contacts NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")
	for round, want := range []bool{true, false} {
		_, o, _ := plan(t, db)
		owner, err := pgx.Connect(t.Context(), db.Owner())
		if err != nil {
			t.Fatal(err)
		}
		if o.Schema, err = schema.Read(t.Context(), owner, schema.Options{Role: demo.AppRole}); err != nil {
			t.Fatal(err)
		}
		stray, err := migrate.FindStray(t.Context(), owner, o)
		if err != nil || len(stray) != 0 {
			t.Errorf("round %d: stray rows %v, %v", round, stray, err)
		}
		p := migrate.Make(o)
		if got := len(p.Steps) > 0; got != want {
			t.Errorf("round %d: %d steps", round, len(p.Steps))
		}
		if err := p.Apply(t.Context(), owner.PgConn(), nil); err != nil {
			t.Error(err)
		}
		if err := owner.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
