package attacks

import (
	"context"
	"testing"

	"tenantproxy/internal/pgtest"
)

// TestOnConflictWhere has ON CONFLICT DO UPDATE with a condition on a row of B,
// DATA-136. Servers without the fixes of November 2026 evaluate the condition
// before the policy, and an error in it prints the hidden value; which server
// runs here is not known, so it is asked whether it leaks.
func TestOnConflictWhere(t *testing.T) {
	s := newStage(t, pgtest.Default(t).NewEmptyDatabase(t), &attack{
		role: defaultRole,
		setup: []string{`CREATE VIEW own WITH (security_invoker = true) AS SELECT * FROM claims;
			GRANT SELECT, INSERT, UPDATE ON own TO app`},
	})
	for _, sql := range []string{
		"INSERT INTO claims (id, org_id) VALUES (15, '<A>') ON CONFLICT (id) DO UPDATE SET code = 'm' WHERE claims.secret::int = 1",
		"INSERT INTO claims AS c (org_id, code) VALUES ('<A>', 'B-5') ON CONFLICT (code) DO UPDATE SET code = 'm' WHERE c.secret::uuid IS NULL",
		"INSERT INTO claims (id, org_id) VALUES (15, '<A>') ON CONFLICT ON CONSTRAINT claims_pkey DO UPDATE SET code = 'm' WHERE (claims).secret::date IS NULL",
		"WITH x AS (INSERT INTO claims (id, org_id) VALUES (15, '<A>') ON CONFLICT (id) DO UPDATE SET code = 'm' WHERE claims.secret::int = 1 RETURNING id) SELECT * FROM x",
		"COPY (INSERT INTO claims (id, org_id) VALUES (15, '<A>') ON CONFLICT (id) DO UPDATE SET code = 'm' WHERE claims.secret::int = 1 RETURNING id) TO STDOUT",
		"PREPARE p AS INSERT INTO claims (id, org_id) VALUES (15, '<A>') ON CONFLICT (id) DO UPDATE SET code = 'm' WHERE claims.secret::int = 1; EXECUTE p",
		"INSERT INTO own (id, org_id) VALUES (15, '<A>') ON CONFLICT (id) DO UPDATE SET code = 'm' WHERE own.secret::int = 1",
		"INSERT INTO own (id, org_id) VALUES (15, '<A>') ON CONFLICT (id) DO UPDATE SET amount = own.secret::int",
	} {
		t.Run(sql, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			sql := placeholders(s.DB).Replace(sql)
			direct := s.direct(t, true)
			if err := simple(ctx, direct, sql); err == nil {
				t.Errorf("a row of B is updated on a direct connection")
			}
			leaks := secretIn(direct.received.Bytes()) != ""

			proxied := s.proxied(t)
			own := proxied.context(t)
			err := simple(ctx, proxied, sql)
			if err == nil {
				t.Error("a row of B is updated")
			}
			if leaks && !isRefusal(err) {
				t.Errorf("the server leaks, and the proxy does not refuse: %v", err)
			}
			checkSession(t, &attack{}, proxied, own)
			if harm := s.harm(t); len(harm) > 0 {
				t.Errorf("changed: %v", harm)
			}
			t.Logf("on a direct connection this server leaks: %v", leaks)
		})
	}
}
