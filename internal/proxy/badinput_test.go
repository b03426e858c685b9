package proxy_test

import (
	"strings"
	"testing"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// TestLongTexts has texts that are long and nothing else: they run.
func TestLongTexts(t *testing.T) {
	f := start(t)
	conn := f.Connect(t, demo.OrgA)
	padding := func(sql string, size int) string { return sql + strings.Repeat(" ", size-len(sql)) }
	id := one(t, conn, "SELECT min(id::text) FROM contacts")
	for name, c := range map[string]struct{ sql, want string }{
		"IN of 100,000":            {"SELECT count(*) FROM contacts WHERE id IN ('" + id + "'" + strings.Repeat(",NULL", 100_000) + ")", "1"},
		"VALUES of 50,000 rows":    {"SELECT sum(n) FROM (VALUES (0)" + strings.Repeat(", (1)", 50_000) + ") v(n)", "50000"},
		"an array of 100,000":      {"SELECT cardinality(ARRAY[0" + strings.Repeat(",1", 100_000) + "])", "100001"},
		"1 MiB of blanks":          {padding("SELECT 7", 1<<20), "7"},
		"a constant of nearly it":  {"SELECT length('" + strings.Repeat("x", 1<<20-17) + "')", "1048559"},
		"2,000 statements in one":  {strings.Repeat("SELECT 1;", 2000) + "SELECT 8", "8"},
		"a comment of nearly that": {"SELECT 9 /* " + strings.Repeat("x", 1<<20-100) + " */", "9"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := one(t, conn, c.sql); got != c.want {
				t.Errorf("simple: %s, want %s", got, c.want)
			}
			if strings.Contains(c.sql, ";") {
				return
			}
			result := conn.ExecParams(t.Context(), c.sql, nil, nil, nil, nil).Read()
			if result.Err != nil || string(result.Rows[0][0]) != c.want {
				t.Errorf("extended: %q, %v", result.Rows, result.Err)
			}
		})
	}
	// One byte more is refused, and the session goes on.
	_, err := tryQuery(t, conn, padding("SELECT 7", 1<<20+1))
	refused(t, err, "text.too_large")
	if got := one(t, conn, "SELECT 1"); got != "1" {
		t.Errorf("afterwards: %s", got)
	}
}

// TestNewerGrammar has statements that the server knows and the parser does not: the
// error says so, and the session goes on.
func TestNewerGrammar(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, s *pgtest.Server) {
		f := start(t, func(setup *setup) { setup.DB = s.NewDatabase(t) })
		conn, direct := f.Connect(t, demo.OrgA), f.DB.Connect(t, f.DB.Superuser())
		for sql, since := range map[string]int{
			"SELECT * FROM JSON_TABLE('[1]', '$[*]' COLUMNS (n int PATH '$')) t":                                  17,
			"SELECT JSON_VALUE('{\"a\": 1}', '$.a')":                                                              17,
			"MERGE INTO contacts c USING (SELECT 1) s ON false WHEN MATCHED THEN DELETE RETURNING merge_action()": 17,
			"MERGE INTO contacts c USING (SELECT 1) s ON false WHEN NOT MATCHED BY SOURCE AND false THEN DELETE":  17,
			"UPDATE contacts SET full_name = full_name WHERE false RETURNING WITH (OLD AS o) o.full_name":         18,
			"CREATE TEMP TABLE v (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL)":                              18,
		} {
			_, err := tryQuery(t, direct, sql)
			if knows := s.Major >= since; knows != (err == nil) {
				t.Errorf("%s: on %d itself: %v", sql, s.Major, err)
			}
			hinted := func(err error) {
				t.Helper()
				e := pgError(t, err)
				if strings.HasPrefix(e.Detail, "rule: ") && (s.Major >= 17) != strings.Contains(e.Hint, "grammar of PostgreSQL 16") && e.Code == "42601" {
					t.Errorf("%s: the hint is %q", sql, e.Hint)
				}
				if e.Code != "42601" && e.Code != "42501" {
					t.Errorf("%s: %+v", sql, e)
				}
			}
			_, err = tryQuery(t, conn, sql)
			hinted(err)
			_, err = conn.Prepare(t.Context(), "", sql, nil)
			hinted(err)
			query(t, conn, "BEGIN")
			_, err = tryQuery(t, conn, sql)
			hinted(err)
			if conn.TxStatus() != 'E' {
				t.Errorf("%s: in a transaction, the status is then %c", sql, conn.TxStatus())
			}
			query(t, conn, "ROLLBACK")
			if got := one(t, conn, "SELECT 1"); got != "1" {
				t.Errorf("afterwards: %s", got)
			}
		}
		// This parses as columns of two relations, and is for the server to understand.
		_, err := tryQuery(t, conn, "UPDATE contacts SET full_name = full_name WHERE org_id <> '"+demo.OrgA+"' RETURNING old.full_name, new.full_name")
		if s.Major < 18 {
			sqlstate(t, err, "42P01")
		} else if err != nil {
			t.Error(err)
		}
	})
}
