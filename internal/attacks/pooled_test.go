package attacks

import (
	"fmt"
	"strings"
	"testing"

	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/proxytest"
)

// pooledSetup has a policy whose helper says that it is IMMUTABLE, so that a plan holds
// the org of whoever made it, and functions that keep such plans.
const pooledSetup = `
CREATE FUNCTION auth.org_imm() RETURNS uuid LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN current_setting('app.org_id')::uuid; END $$;
CREATE TABLE folded AS SELECT * FROM claims;
ALTER TABLE folded OWNER TO tp_owner;
ALTER TABLE folded ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON folded USING (org_id = auth.org_imm());
GRANT SELECT ON folded TO app;
CREATE FUNCTION in_plpgsql() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT secret FROM folded; END $$;
CREATE FUNCTION in_sql() RETURNS SETOF text LANGUAGE sql AS 'SELECT secret FROM folded';
`

// TestSharedBackend has the attacks of one tenant on the next, or of one on what the
// last has left, where both use the same upstream connection (CTX-030, CTX-031, CTX-033).
// On a direct connection the context is changed as an unsafe pooler does.
func TestSharedBackend(t *testing.T) {
	for _, a := range []struct {
		id            string
		first, second []string // of B, then of A
		leak          string
	}{
		{"CTX-030 prepared", []string{"SET plan_cache_mode = force_generic_plan", "PREPARE q AS SELECT secret FROM folded", "EXECUTE q"}, []string{"EXECUTE q"}, "SECRET-B"},
		{"CTX-030 PL/pgSQL", []string{"SET plan_cache_mode = force_generic_plan", "SELECT in_plpgsql()"}, []string{"SELECT in_plpgsql()"}, "SECRET-B"},
		{"CTX-030 SQL", []string{"SET plan_cache_mode = force_generic_plan", "SELECT in_sql()", "SELECT in_sql()"}, []string{"SELECT in_sql()"}, ""},
		{"CTX-031", []string{"DECLARE c CURSOR WITH HOLD FOR SELECT secret FROM claims"}, []string{"FETCH 1 FROM c"}, "SECRET-B"},
		{"CTX-031 prepared", []string{"PREPARE p AS SELECT 'SECRET-B'"}, []string{"EXECUTE p"}, "SECRET-B"},
		{"CTX-031 temporary", []string{"CREATE TEMP TABLE kept AS SELECT secret FROM claims"}, []string{"SELECT secret FROM kept"}, "SECRET-B"},
	} {
		t.Run(a.id, func(t *testing.T) {
			db := pgtest.Default(t).NewEmptyDatabase(t)
			attack := &attack{role: defaultRole, explain: defaultExplain, setup: []string{pooledSetup, "GRANT TEMP ON DATABASE <database> TO app"}}
			s := newStage(t, db, attack)
			direct := s.direct(t, false)
			become := func(org string) string {
				return fmt.Sprintf(`SELECT set_config('app.org_id', '%[1]s', false), set_config('request.jwt.claims', '{"organization_id": "%[1]s"}', false)`, org)
			}
			for _, sql := range append([]string{become(orgB)}, a.first...) {
				if err := simple(t.Context(), direct, sql); err != nil {
					t.Fatalf("%s: %v", sql, err)
				}
			}
			if err := simple(t.Context(), direct, become(orgA)); err != nil {
				t.Fatal(err)
			}
			direct.received.Reset()
			for _, sql := range a.second {
				if err := simple(t.Context(), direct, sql); err != nil {
					t.Fatalf("%s: %v", sql, err)
				}
			}
			if leaked := strings.Contains(direct.received.String(), a.leak); !leaked {
				t.Errorf("no leak on a direct connection: %q", direct.received)
			}
			for _, transactions := range []bool{false, true} {
				t.Run(fmt.Sprint("transactions ", transactions), func(t *testing.T) {
					p := proxytest.Start(t, func(p *proxytest.Setup) {
						p.DB, p.Role, p.Pool.MaxUpstream, p.Options.TransactionPooling = db, defaultRole, 1, transactions
						p.Policy.AllowDDL, p.Policy.CursorWithHold = "temp", true
					})
					login := func(org string) *client { return connect(t, p.DSN(p.Token(t, org)), nil) }
					backends := func() [][]string {
						return pgtest.Query(t, s.admin, "SELECT pid FROM pg_stat_activity WHERE usename = 'app' AND datname = current_database() AND pid <> $1 AND application_name <> 'tenantproxy catalog' ORDER BY 1", fmt.Sprint(direct.PID()))
					}
					b := login(orgB)
					for _, sql := range a.first {
						if err := simple(t.Context(), b, sql); err != nil {
							t.Fatalf("%s: %v", sql, err)
						}
					}
					before := backends()
					if err := b.Close(t.Context()); err != nil {
						t.Fatal(err)
					}
					victim := login(orgA)
					for _, sql := range append(a.second, "SELECT secret FROM folded") {
						_ = simple(t.Context(), victim, sql) // what B left may be gone
					}
					if after := backends(); fmt.Sprint(after) != fmt.Sprint(before) {
						t.Errorf("the backends were %v, and are %v", before, after)
					}
					if secret := secretIn(victim.received.Bytes()); secret != "" || !strings.Contains(victim.received.String(), "SECRET-A") {
						t.Errorf("A received %q", victim.received)
					}
				})
			}
		})
	}
}
