package clients

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/rewrite"
)

// refusedSuffix ends the names of recordings of the word refused. In all others
// everything is allowed.
const refusedSuffix = "_refused"

// newChecker has the policy and the catalog that the role of tenants sees.
func newChecker(t *testing.T, db *pgtest.Database) *rewrite.Checker {
	t.Helper()
	snapshot, err := catalog.Load(t.Context(), db.Connect(t, db.As(demo.AppRole)), nil)
	if err != nil {
		t.Fatal(err)
	}
	// As if the server had the fixes that ON CONFLICT … WHERE needs, whichever it is.
	snapshot.ServerVersion = snapshot.ServerVersion/10000*10000 + 99
	checker, err := rewrite.New(policy(), snapshot)
	if err != nil {
		t.Fatal(err)
	}
	return checker
}

// verdict is the line below a statement in testdata/orm.
func verdict(checker *rewrite.Checker, sql string) string {
	if v := checker.Check(sql); !v.Allowed {
		return "=> refused " + string(v.Refusal.Rule)
	}
	return "=> allowed"
}

// TestRecorded decides about everything that the programs have sent, on every
// version of Postgres.
func TestRecorded(t *testing.T) {
	files, err := filepath.Glob("testdata/orm/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	pgtest.EachVersion(t, func(t *testing.T, s *pgtest.Server) {
		db := s.NewDatabase(t, schema)
		invokerView(t, db)
		checker := newChecker(t, db)
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".sql")
			statements := readRecording(t, file)
			if len(statements) < 10 {
				t.Errorf("%s has only %d statements", name, len(statements))
			}
			for _, r := range statements {
				if got := verdict(checker, r.sql); got != r.verdict {
					t.Errorf("%s: %s\n got %s\nwant %s", name, r.sql, got, r.verdict)
				}
				if r.verdict != "=> allowed" && !strings.HasSuffix(name, refusedSuffix) {
					t.Errorf("%s: an application could not: %s\n%s", name, r.sql, r.verdict)
				}
			}
		}
	})
}

type recorded struct{ sql, verdict string }

// readRecording reads a file of testdata/orm: comments and an empty line, then each text
// as it was sent, the line with its verdict, and an empty line.
func readRecording(t *testing.T, path string) []recorded {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, body, found := strings.Cut(string(content), "\n\n")
	if !found {
		t.Fatalf("%s has no head", path)
	}
	var all []recorded
	for body != "" {
		sql, rest, found := strings.Cut(body, "\n=> ")
		if !found {
			t.Fatalf("%s: no verdict below %s", path, body)
		}
		line, rest, found := strings.Cut(rest, "\n\n")
		if !found {
			t.Fatalf("%s: no empty line below %s", path, line)
		}
		all, body = append(all, recorded{sql, "=> " + line}), rest
	}
	return all
}
