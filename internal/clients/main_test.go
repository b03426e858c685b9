package clients

import (
	_ "embed"
	"testing"
	"time"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/proxytest"
	"tenantproxy/internal/rewrite"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// patience is for what should not happen: a client that hangs.
const patience = 3 * time.Minute

//go:embed testdata/schema.sql
var schema string

// policy is the one of an application that looks at its migrations when it starts.
func policy() rewrite.Policy {
	return rewrite.Policy{
		Schemas: []string{"public"},
		AllowRelations: []string{
			"public.plans", "public.alembic_version", "public.django_migrations", "public.schema_migrations",
			"public.ar_internal_metadata", `public."SequelizeMeta"`, "public.knex_migrations", "public.knex_migrations_lock",
			"public.migrations", "public._prisma_migrations",
		},
		Explain:           "plain",
		MaxSQLBytes:       1 << 20,
		ProtectedSettings: []string{"app.org_id", "request.jwt.claims"},
	}
}

// start runs a proxy before a database with the schema of the programs.
func start(t *testing.T, change ...func(*proxytest.Setup)) *proxytest.Proxy {
	t.Helper()
	return proxytest.Start(t, append([]func(*proxytest.Setup){func(s *proxytest.Setup) {
		s.DB = pgtest.NewDatabase(t, schema)
		s.Policy = policy()
	}}, change...)...)
}

// transactionMode shares upstream connections from one transaction to the next, so few
// that clients take turns on them.
func transactionMode(s *proxytest.Setup) {
	s.Options.TransactionPooling = true
	s.Pool.MaxUpstream = 3
}

// invokerView makes the view run as whoever asks. Servers before 15 cannot; there
// the owner is filtered too.
func invokerView(t *testing.T, db *pgtest.Database) {
	t.Helper()
	if db.Server().Major >= 15 {
		db.Exec(t, "ALTER VIEW project_totals SET (security_invoker = true)")
	}
}

// othersRows is a digest of all rows that are not the organization's.
func othersRows(t *testing.T, db *pgtest.Database, org string) string {
	t.Helper()
	digest := ""
	for _, table := range append(demo.TenantTables(), "members", "projects", "tasks", "labels", "task_labels", "events") {
		digest += db.Query(t, "SELECT md5(string_agg(r::text, '' ORDER BY r::text)) FROM "+table+" r WHERE org_id <> $1", org)[0][0]
	}
	return digest
}
