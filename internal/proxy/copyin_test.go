package proxy_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/observe/auditlog"
)

// TestCopyInTranscripts has data come in by the extended protocol, with Syncs that
// Postgres ignores: the replies are those of Postgres, however the messages are cut.
func TestCopyInTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/transcripts/copyin/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	t.Run("session", func(t *testing.T) {
		start(t, temporaryTables).compareTranscripts(t, files)
	})
	t.Run("transaction", func(t *testing.T) {
		start(t, temporaryTables, transactionMode).compareTranscripts(t, files)
	})
}

// TestCopyInIsAnswered has a session go on behind a COPY as libpq sends it: a new token,
// which waits for all answers, is taken, and the audit log tells what each statement came to.
func TestCopyInIsAnswered(t *testing.T) {
	for name, mode := range map[string]func(*setup){"session": func(*setup) {}, "transaction": transactionMode} {
		t.Run(name, func(t *testing.T) {
			f := startAudited(t, auditlog.Options{}, temporaryTables, mode)
			c := f.Connect(t, demo.OrgA)
			query(t, c, "CREATE TEMP TABLE bulk (x text)")
			conn := raw(t, c)
			send(t, conn, &pgproto3.Parse{Query: "COPY bulk FROM STDIN"}, &pgproto3.Bind{}, &pgproto3.Describe{ObjectType: 'P'},
				&pgproto3.Execute{}, &pgproto3.Sync{})
			until(t, conn, 'G')
			send(t, conn, &pgproto3.CopyData{Data: []byte("a\n")}, &pgproto3.CopyDone{}, &pgproto3.Sync{})
			until(t, conn, 'Z')
			for _, sql := range []string{setToken(f.Token(t, demo.OrgA)), "SELECT 1/0", "SELECT 2"} {
				send(t, conn, &pgproto3.Query{String: sql})
				until(t, conn, 'Z')
			}
			conn.Close()
			f.await(t, "session.ended", 1)
			var outcomes []string
			for _, e := range f.events(t) {
				if e["event"] == "statement.executed" {
					outcomes = append(outcomes, fmt.Sprint(e["command"], " ", e["outcome"]))
				}
			}
			want := []string{"CREATE TABLE ok", "COPY ok", "<nil> failed", "SELECT ok"}
			if len(outcomes) != len(want) {
				t.Fatalf("got %q", outcomes)
			}
			for i := range want {
				if outcomes[i] != want[i] {
					t.Errorf("statement %d: got %q, want %q", i, outcomes[i], want[i])
				}
			}
		})
	}
}

// TestCopyInQuery has a Query in the middle of a COPY: what will be answered is not known,
// so the session ends.
func TestCopyInQuery(t *testing.T) {
	f := start(t, temporaryTables)
	c := f.Connect(t, demo.OrgA)
	query(t, c, "CREATE TEMP TABLE bulk (x text)")
	conn := raw(t, c)
	send(t, conn, &pgproto3.Parse{Query: "COPY bulk FROM STDIN"}, &pgproto3.Bind{}, &pgproto3.Execute{}, &pgproto3.Query{String: "SELECT 1"})
	if e := until(t, conn, 'E'); e[len(e)-1].ErrorResponse(t).Code != "08P01" {
		t.Errorf("got %v", e)
	}
}
