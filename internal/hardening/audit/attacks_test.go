package audit_test

import (
	"slices"
	"testing"

	"tenantproxy/internal/pgtest"
)

// Attacks that need a schema with a hole, through which the proxy lets what the policies
// let: what holds them is that audit finds the hole. Each statement is org A's, which
// reaches org B.
const (
	orgs = `INSERT INTO organizations VALUES ('11111111-1111-4111-8111-111111111111'), ('22222222-2222-4222-8222-222222222222');
		INSERT INTO t (org_id, id) VALUES ('11111111-1111-4111-8111-111111111111', '33333333-3333-4333-8333-333333333333');`
	other = `INSERT INTO t (org_id, id) VALUES ('22222222-2222-4222-8222-222222222222', '44444444-4444-4444-8444-444444444444');`
	child = tied + `ALTER TABLE t ADD UNIQUE (id);
		CREATE TABLE c (org_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE, id int, t uuid REFERENCES t (id) ON DELETE CASCADE, PRIMARY KEY (org_id, id));
		ALTER TABLE c ENABLE ROW LEVEL SECURITY; ALTER TABLE c FORCE ROW LEVEL SECURITY; GRANT SELECT, INSERT ON c TO story_app;
		CREATE POLICY p ON c USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid));`
)

var schemaAttacks = []struct{ id, why, sql, attack, reached, want string }{
	{
		"DATA-035", "WITH CHECK (true)",
		`CREATE POLICY q ON t USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid)) WITH CHECK (true);` + orgs,
		`INSERT INTO t (org_id) VALUES ('22222222-2222-4222-8222-222222222222')`,
		`SELECT EXISTS (SELECT FROM t WHERE org_id = '22222222-2222-4222-8222-222222222222')`,
		"P-TRUE public.t.q",
	},
	{
		"DATA-037", "another feature's policy is always true", tied + `CREATE POLICY q ON t FOR SELECT USING (body IS NOT NULL OR true);` + orgs + other,
		`CREATE TEMP TABLE seen AS SELECT org_id FROM t`,
		`SELECT EXISTS (SELECT FROM seen WHERE org_id = '22222222-2222-4222-8222-222222222222')`,
		"P-TRUE public.t.q",
	},
	{
		"DATA-040", "a foreign key into another org", child + orgs + other,
		`INSERT INTO c VALUES ('11111111-1111-4111-8111-111111111111', 1, '44444444-4444-4444-8444-444444444444')`,
		`SELECT EXISTS (SELECT FROM c JOIN t ON t.id = c.t WHERE t.org_id <> c.org_id)`,
		"I-XFK public.c.c_t_fkey",
	},
	{
		"DATA-041", "a cascade into another org", child + orgs + `INSERT INTO c VALUES ('22222222-2222-4222-8222-222222222222', 1, '33333333-3333-4333-8333-333333333333')`,
		`DELETE FROM t WHERE id = '33333333-3333-4333-8333-333333333333'`,
		`SELECT NOT EXISTS (SELECT FROM c WHERE org_id = '22222222-2222-4222-8222-222222222222')`,
		"I-XFK public.c.c_t_fkey",
	},
	{
		"DATA-042", "everybody's organizations", tied + `GRANT SELECT, DELETE ON organizations TO story_app; CREATE POLICY q ON organizations USING (true) WITH CHECK (true);` + orgs + other,
		`DELETE FROM organizations WHERE id = '22222222-2222-4222-8222-222222222222'`,
		`SELECT NOT EXISTS (SELECT FROM t WHERE org_id = '22222222-2222-4222-8222-222222222222')`,
		"P-ROOT public.organizations.q",
	},
}

func TestAttacksOnTheSchema(t *testing.T) {
	for _, a := range schemaAttacks {
		t.Run(a.id, func(t *testing.T) {
			db := pgtest.Default(t).NewEmptyDatabase(t, sound+a.sql)
			findings, _ := audited(t, db, db.Superuser(), tenancy())
			if found := names(findings); !slices.Contains(found, a.want) {
				t.Errorf("%s: found %q, not %s", a.why, found, a.want)
			}
			conn := connect(t, db.Superuser())
			for _, sql := range []string{
				"DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO story_app', current_database()); END $$",
				"SET ROLE story_app", "SET app.org_id = '11111111-1111-4111-8111-111111111111'", a.attack, "RESET ROLE",
			} {
				if _, err := conn.Exec(t.Context(), sql); err != nil {
					t.Fatalf("%s: %v", sql, err)
				}
			}
			var reached bool
			if err := conn.QueryRow(t.Context(), a.reached).Scan(&reached); err != nil || !reached {
				t.Errorf("%s: nothing of the other org was reached (%v)", a.why, err)
			}
		})
	}
}
