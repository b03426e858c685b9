package proxy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// TestTranscripts plays each transcript directly and through the proxy, cut in
// several ways, on every version of Postgres, and compares what comes back (I5).
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		f := start(t, func(s *setup) { s.DB = server.NewDatabase(t) })
		f.compareTranscripts(t, files)
	})
	t.Run("transaction", func(t *testing.T) {
		f := start(t, transactionMode)
		f.compareTranscripts(t, files)
	})
	t.Run("dedicated", func(t *testing.T) {
		f := start(t, func(s *setup) { s.Pool.Reuse = false })
		f.compareTranscripts(t, files)
	})
}

func (f *fixture) compareTranscripts(t *testing.T, files []string) {
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			f.compareTranscript(t, file)
		})
	}
}

func (f *fixture) compareTranscript(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	transcript, err := pgtest.ParseTranscript(string(text))
	if err != nil {
		t.Fatal(err)
	}
	direct := transcript.Play(t, raw(t, f.connectDirect(t, demo.OrgA)), pgtest.CutNothing, false)
	for _, cut := range pgtest.Cuts() {
		t.Run(cut.String(), func(t *testing.T) {
			conn := raw(t, f.Connect(t, demo.OrgA))
			transcript.Compare(t, direct, transcript.Play(t, conn, cut, true))
		})
	}
}

// connectDirect connects to Postgres itself with the context that the proxy
// would give the org's session.
func (f *fixture) connectDirect(t testing.TB, org string) *pgconn.PgConn {
	t.Helper()
	config, err := pgconn.ParseConfig(f.DB.App())
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["app.org_id"] = org
	config.RuntimeParams["request.jwt.claims"] = `{"organization_id":"` + org + `"}`
	config.RuntimeParams["search_path"] = "public, pg_catalog"
	conn, err := pgconn.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(t.Context()) })
	return conn
}
