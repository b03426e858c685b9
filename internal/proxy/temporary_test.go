package proxy_test

import (
	"fmt"
	"strings"
	"testing"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

func temporaryTables(s *setup) { s.Policy.AllowDDL = "temp" }

// TestTemporaryTables loads rows in bulk by way of a temporary table, as
// applications do, and all else that is done with one.
func TestTemporaryTables(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		f := start(t, temporaryTables, func(s *setup) { s.DB = server.NewDatabase(t) })
		conn, other := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgA)

		query(t, conn, "DROP TABLE IF EXISTS staged")
		query(t, conn, `CREATE TEMP TABLE staged (id bigserial PRIMARY KEY, company text NOT NULL, at timestamptz DEFAULT now());
			CREATE INDEX staged_by_company ON staged (company)`)
		if _, err := conn.CopyFrom(t.Context(), strings.NewReader("one\ntwo\nthree\n"), "COPY staged (company) FROM STDIN WHERE company <> 'two'"); err != nil {
			t.Fatal(err)
		}
		query(t, conn, "ANALYZE staged; BEGIN; DECLARE c CURSOR FOR SELECT company FROM staged ORDER BY id")
		if got := query(t, conn, "FETCH ALL FROM c"); fmt.Sprint(got) != "[one three]" {
			t.Errorf("got %q", got)
		}
		query(t, conn, "COMMIT")
		if _, err := conn.Prepare(t.Context(), "p", "SELECT count(*) FROM staged s JOIN contacts c ON s.company <> c.company WHERE s.company = $1", nil); err != nil {
			t.Fatal(err)
		}
		if err := conn.ExecPrepared(t.Context(), "p", [][]byte{[]byte("one")}, nil, nil).Read().Err; err != nil {
			t.Fatal(err)
		}
		query(t, conn, "PREPARE q AS SELECT company FROM staged WHERE id = $1")
		if got := one(t, conn, "EXECUTE q(1)"); got != "one" {
			t.Errorf("got %s", got)
		}
		// Its rows go where policies let them, and no others come from there.
		query(t, conn, "UPDATE contacts SET company = staged.company FROM staged WHERE staged.id = 1")
		if got := f.DB.Query(t, "SELECT count(*) FROM contacts WHERE company = 'one' AND org_id = $1", demo.OrgB)[0][0]; got != "0" {
			t.Errorf("%s of B's rows changed", got)
		}
		query(t, conn, "CREATE TEMP TABLE copied AS TABLE contacts")
		if got := one(t, conn, "SELECT count(*) > 0, bool_and(org_id = '"+demo.OrgA+"') FROM copied"); got != "t|t" {
			t.Errorf("got %s", got)
		}
		query(t, conn, "SELECT id INTO TEMP copied_too FROM contacts; TRUNCATE copied, copied_too; DROP TABLE copied_too, pg_temp.copied")

		// It is this session's, and only as long as it is there.
		_, err := tryQuery(t, other, "SELECT * FROM staged")
		sqlstate(t, err, "42P01")
		query(t, conn, "BEGIN; CREATE TEMP TABLE shortly (id int) ON COMMIT DROP; INSERT INTO shortly VALUES (1); COMMIT")
		_, err = tryQuery(t, conn, "SELECT * FROM shortly")
		sqlstate(t, err, "42P01")
		query(t, conn, "BEGIN; CREATE TEMP TABLE undone (id int); ROLLBACK")
		_, err = tryQuery(t, conn, "INSERT INTO undone VALUES (1)")
		sqlstate(t, err, "42P01")
		query(t, conn, "DISCARD TEMP")
		_, err = tryQuery(t, conn, "SELECT * FROM staged")
		sqlstate(t, err, "42P01")
	})
}

// TestTemporaryNamesAreNotTakenForTables has a table made under the name of a
// temporary one that is gone, unknown to the proxy: it is not read for it.
func TestTemporaryNamesAreNotTakenForTables(t *testing.T) {
	f := start(t, temporaryTables)
	conn := f.Connect(t, demo.OrgA)
	query(t, conn, "BEGIN; CREATE TEMP TABLE staged (secret text); ROLLBACK")
	query(t, conn, "CREATE TEMP TABLE other (id int)")
	f.DB.Exec(t, "CREATE TABLE staged AS SELECT 'secret-of-b' AS secret; GRANT ALL ON staged TO PUBLIC")
	for _, sql := range []string{
		"SELECT secret FROM staged", "TABLE staged", "COPY staged TO STDOUT", "SELECT o FROM other, LATERAL (SELECT * FROM staged) o",
		"DELETE FROM staged", "TRUNCATE staged", "DROP TABLE staged", "EXPLAIN SELECT * FROM staged", "WITH other AS (TABLE staged) SELECT * FROM other",
	} {
		_, err := tryQuery(t, conn, sql)
		sqlstate(t, err, "42P01")
		sqlstate(t, conn.ExecParams(t.Context(), sql, nil, nil, nil, nil).Read().Err, "42P01")
	}
	query(t, conn, "DROP TABLE IF EXISTS staged")
	if got := f.DB.Query(t, "SELECT count(*) FROM staged")[0][0]; got != "1" {
		t.Errorf("the table has %s rows", got)
	}
	// Once it is known, nothing may hide it: not here, where something might.
	f.Refresh(t)
	_, err := tryQuery(t, conn, "SELECT 1")
	if e := sqlstate(t, err, "57P01"); !strings.Contains(e.Message, `"staged"`) {
		t.Errorf("got %+v", e)
	}
	_, err = tryQuery(t, f.Connect(t, demo.OrgA), "SELECT * FROM staged")
	refused(t, err, "relation.rls_disabled")
}

// TestPreparedForATable has a table that a statement was prepared for go away: the
// statement was not sent as one for a temporary table, so it is none.
func TestPreparedForATable(t *testing.T) {
	f := start(t, temporaryTables)
	f.DB.Exec(t, "CREATE TABLE brand AS SELECT 'own' AS secret; ALTER TABLE brand ENABLE ROW LEVEL SECURITY; GRANT ALL ON brand TO PUBLIC")
	f.Refresh(t)
	conn := f.Connect(t, demo.OrgA)
	if _, err := conn.Prepare(t.Context(), "p", "SELECT secret FROM brand", nil); err != nil {
		t.Fatal(err)
	}
	f.DB.Exec(t, "DROP TABLE brand")
	f.Refresh(t)
	query(t, conn, "BEGIN; CREATE TEMP TABLE brand (secret text); ROLLBACK")
	f.DB.Exec(t, "CREATE TABLE brand AS SELECT 'secret-of-b' AS secret; GRANT ALL ON brand TO PUBLIC")
	refused(t, conn.ExecPrepared(t.Context(), "p", nil, nil, nil).Read().Err, "prepared.stale")
}

// TestTooManyTemporaryTables has more names than a session may remember.
func TestTooManyTemporaryTables(t *testing.T) {
	f := start(t, temporaryTables)
	conn := f.Connect(t, demo.OrgA)
	for i := range 10 {
		var text strings.Builder
		for j := range 100 {
			fmt.Fprintf(&text, "CREATE TEMP TABLE many%d_%d () ON COMMIT DROP;", i, j)
		}
		query(t, conn, text.String())
	}
	_, err := tryQuery(t, conn, "CREATE TEMP TABLE one_more ()")
	refused(t, err, "temporary.too_many")
	if got := one(t, conn, "SELECT 1"); got != "1" {
		t.Errorf("got %s", got)
	}
}
