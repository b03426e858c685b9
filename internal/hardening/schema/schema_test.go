package schema_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/hardening/schema"
	"tenantproxy/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// read reads the database as superuser.
func read(t *testing.T, db *pgtest.Database) *schema.Schema {
	t.Helper()
	s, err := schema.Read(t.Context(), connect(t, db.Superuser()), schema.Options{Role: demo.AppRole, BuiltIns: []string{"pg_notify"}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func relation(t *testing.T, s *schema.Schema, name string) *schema.Relation {
	t.Helper()
	r := s.ByName[catalog.Name{Schema: "public", Name: name}]
	if r == nil {
		t.Fatalf("no relation %s", name)
	}
	return r
}

func TestReadDemo(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		s := read(t, server.NewDatabase(t))
		if s.Server.Version/10000 != server.Major || s.App.Name != demo.AppRole || s.Admin.Name != "postgres" || s.Database.Encoding != "UTF8" {
			t.Errorf("read %+v, %+v, %+v, %+v", s.Server, s.App, s.Admin, s.Database)
		}
		contacts := relation(t, s, "contacts")
		if !contacts.RLSEnabled || !contacts.RLSForced || !contacts.App.Select || contacts.App.Truncate || contacts.PrimaryKey() == nil {
			t.Errorf("contacts is %+v", contacts)
		}
		org := contacts.Column("org_id")
		if org == nil || !org.NotNull || org.Type != "uuid" || !contacts.PrimaryKey().Leads(org.Number) {
			t.Errorf("contacts.org_id is %+v", org)
		}
		key := contacts.ForeignKeys[0]
		if key.Parent != relation(t, s, "organizations") || key.OnDelete != "c" || !key.Validated || key.TriggersDisabled || !slices.Contains(key.Parent.ReferencedBy, key) {
			t.Errorf("the foreign key is %+v", key)
		}
		for _, name := range demo.TenantTables() {
			for _, p := range relation(t, s, name).Policies {
				if p.Using == "" || p.Unread || len(p.Roles) == 0 {
					t.Errorf("policy %s of %s is %+v", p.Name, name, p)
				}
			}
		}
		view := relation(t, s, "campaign_leaderboard")
		if view.Definition == "" || len(view.Reads) == 0 {
			t.Errorf("the view is %+v", view)
		}
		if len(s.HBA) == 0 || len(s.BuiltIns) != 1 || !s.BuiltIns[0].AppExecute {
			t.Errorf("hba %v, built-ins %v", s.HBA, s.BuiltIns)
		}
		if len(contacts.Grants) == 0 || len(s.Database.Grants) == 0 || len(s.Namespaces["public"].Grants) == 0 {
			t.Error("no grants were read")
		}
	})
}

func TestReadWithoutRole(t *testing.T) {
	db := pgtest.NewDatabase(t)
	_, err := schema.Read(t.Context(), connect(t, db.Superuser()), schema.Options{Role: "No Such Role"})
	var missing *schema.RoleError
	if !errors.As(err, &missing) {
		t.Errorf("got %v", err)
	}
}

// A role without any privileges of its own reads the catalogs all the same, and
// HBA is unknown then, not empty.
func TestReadUnprivileged(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.NewDatabase(t)
		s, err := schema.Read(t.Context(), connect(t, db.App()), schema.Options{Role: demo.AppRole})
		if err != nil {
			t.Fatal(err)
		}
		if s.HBA != nil || s.Admin != s.App {
			t.Errorf("hba %v, admin %v", s.HBA, s.Admin)
		}
	})
}
