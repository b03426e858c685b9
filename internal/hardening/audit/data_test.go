package audit_test

import (
	"context"
	"regexp"
	"slices"
	"testing"
	"time"

	"tenantproxy/internal/hardening/audit"
	"tenantproxy/internal/hardening/schema"
	"tenantproxy/internal/pgtest"
)

// data runs the data checks on a database for story_app.
func data(t *testing.T, db *pgtest.Database, o audit.DataOptions, settings string) []audit.Finding {
	t.Helper()
	conn := connect(t, db.Superuser())
	s, err := schema.Read(t.Context(), conn, schema.Options{Role: "story_app"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), settings); err != nil {
		t.Fatal(err)
	}
	findings, err := audit.Data(t.Context(), conn, s, tenancy(), o)
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

// slow is a schema in which looking for orphans takes long with oneByOne: each row is
// compared with the orgs one by one.
const (
	slow = sound + `CREATE TABLE huge (org_id uuid NOT NULL, id int, PRIMARY KEY (org_id, id)); ALTER TABLE huge ENABLE ROW LEVEL SECURITY; ALTER TABLE huge FORCE ROW LEVEL SECURITY;
		INSERT INTO organizations SELECT gen_random_uuid() FROM generate_series(1, 2000);
		INSERT INTO huge SELECT o.id, n FROM organizations o, generate_series(1, 100) n ORDER BY n, o.id; ANALYZE huge;`
	oneByOne = "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off; SET enable_material = off; SET max_parallel_workers_per_gather = 0"
)

// TestSample cuts a check short: what is said of the whole is what a sample shows, and
// a sample that shows a fault is a finding.
func TestSample(t *testing.T) {
	db := pgtest.Default(t).NewEmptyDatabase(t, slow)
	look := func(unknown bool, says string) {
		t.Helper()
		found := data(t, db, audit.DataOptions{Timeout: 2 * time.Second, SampleBlocks: 20}, oneByOne)
		if len(found) != 1 || found[0].Check != "D-ORPHAN" || found[0].Unknown != unknown || !regexp.MustCompile(says).MatchString(found[0].Message) {
			t.Errorf("found %+v", found)
		}
	}
	look(true, `not found out in 2s; a random sample of \d+ of about 1\d{3} blocks, with \d{3,} rows, has none, so that with 95 % confidence under [\d.]+ % of the blocks have one$`)
	db.Exec(t, "DELETE FROM organizations WHERE id IN (SELECT id FROM organizations ORDER BY md5(id::text) LIMIT 8)")
	look(false, `an org that does not exist: \d+ of \d{3,} in a random sample of \d+ of about 1\d{3} blocks`)
}

// TestLocked has a table that is locked be unknown, and the others not wait for it.
func TestLocked(t *testing.T) {
	db := pgtest.Default(t).NewEmptyDatabase(t, sound+tied+`GRANT SELECT ON organizations TO story_app; CREATE TABLE u (LIKE t INCLUDING ALL); ALTER TABLE t DROP CONSTRAINT "Big ""T_pkey", ALTER org_id DROP NOT NULL`)
	lock := connect(t, db.Superuser())
	tx, err := lock.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }() // it ends with the connection
	if _, err := tx.Exec(t.Context(), "LOCK TABLE t IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	found := names(data(t, db, audit.DataOptions{Timeout: time.Minute}, ""))
	for _, name := range []string{"D-NULL public.t unknown", "P-NULLOPEN public.t probed unknown"} {
		if !slices.Contains(found, name) {
			t.Errorf("not found: %s, but %q", name, found)
		}
	}
	findings, _ := audited(t, db, db.Superuser(), tenancy())
	if found := names(findings); !slices.Contains(found, "T-CMD public.t.p unknown") || !slices.Contains(found, "T-OFF public.u") {
		t.Errorf("found %q", found)
	}
}
