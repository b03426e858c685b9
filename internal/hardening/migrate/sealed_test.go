package migrate_test

import (
	"strings"
	"testing"

	"tenantproxy/internal/hardening/migrate"
	"tenantproxy/internal/hardening/seal"
	"tenantproxy/internal/pgtest"
)

// TestSealedLater seals what has been hardened with policies that read the setting, and
// takes it back; a plain run afterwards leaves it sealed.
func TestSealedLater(t *testing.T) {
	db := pgtest.NewDatabase(t, before, seal.InstallSQL(seal.Options{OrgType: "uuid", OrgSetting: "app.org_id"}))
	first, _, admin := plan(t, db)
	if err := first.Apply(t.Context(), admin.PgConn(), nil); err != nil {
		t.Fatal(err)
	}
	plain := db.Catalogs(t)
	planned := func(sealed bool) *migrate.Plan {
		_, o, _ := plan(t, db)
		if o.Sealed = sealed; sealed {
			o.Org = seal.Org("uuid")
		}
		return migrate.Make(o)
	}
	unsealed := func() string {
		return db.Query(t, "SELECT count(*) FROM pg_policy WHERE polname ~ '^tenantproxy_' AND pg_get_expr(polqual, polrelid) !~ 'tenantproxy.org_id'")[0][0]
	}
	if unsealed() == "0" {
		t.Fatal("there is nothing to seal")
	}
	second := planned(true)
	if err := second.Apply(t.Context(), admin.PgConn(), nil); err != nil {
		t.Fatal(err)
	}
	if n := unsealed(); n != "0" {
		t.Errorf("%s policies still believe the setting", n)
	}
	for _, again := range []*migrate.Plan{planned(true), planned(false)} {
		for _, s := range again.Steps {
			t.Errorf("another run has something to do: %s", s.Up)
		}
	}
	db.Exec(t, strings.ReplaceAll(strings.ReplaceAll(second.DownSQL(), "BEGIN;", ""), "COMMIT;", ""))
	if db.Catalogs(t) != plain {
		t.Error("the schema is not what it was")
	}
}
