package proxy_test

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/observe/auditlog"
)

// TestAuditUnavailable lets nothing run while the log cannot be written, and goes on
// when it can.
func TestAuditUnavailable(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(*setup)) {
		path := filepath.Join(t.TempDir(), "audit.log")
		f := startAudited(t, auditlog.Options{Path: path}, mode)
		conn := f.Connect(t, demo.OrgA)
		if _, err := conn.Prepare(t.Context(), "known", "SELECT 1", nil); err != nil {
			t.Fatal(err)
		}
		query(t, conn, "SELECT 1")
		aside(t, path, "/dev/full")
		if err := f.log.Reopen(t.Context()); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the failure", func() bool { return f.log.Err() != nil })
		_, err := tryQuery(t, conn, "DELETE FROM contacts")
		unaudited(t, err)
		unaudited(t, conn.ExecParams(t.Context(), "DELETE FROM contacts", nil, nil, nil, nil).Read().Err)
		unaudited(t, conn.ExecPrepared(t.Context(), "known", nil, nil, nil).Read().Err)
		_, err = f.Dial(t, f.Token(t, demo.OrgA))
		unaudited(t, err)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := f.log.Reopen(t.Context()); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the recovery", func() bool { return f.log.Err() == nil })
		if query(t, conn, "SELECT count(*) FROM contacts")[0] == "0" {
			t.Error("it was deleted")
		}
		f.await(t, "statement.refused", 0)
	})
}

// aside moves a file out of the way, and puts a link to another in its place.
func aside(t *testing.T, path, target string) {
	t.Helper()
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func unaudited(t *testing.T, err error) {
	t.Helper()
	if e := sqlstate(t, err, "53100"); e.Detail != "rule: audit.unavailable" {
		t.Errorf("got %+v", e)
	}
}

// TestAuditStalled has nobody read the log: sessions wait, and end all the same when the
// proxy does.
func TestAuditStalled(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(*setup)) {
		fifo := filepath.Join(t.TempDir(), "audit.fifo")
		if err := syscall.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
		reader, err := os.OpenFile(fifo, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		f := startAudited(t, auditlog.Options{Path: fifo, QueueBytes: 1 << 10}, mode)
		t.Cleanup(func() { reader.Close() }) // before the log's end, which it holds up
		conn := f.Connect(t, demo.OrgA)
		ended := make(chan error, 1)
		go func() {
			batch := &pgconn.Batch{}
			for range 1000 {
				batch.ExecParams("SELECT 1", nil, nil, nil, nil)
			}
			_, err := conn.ExecBatch(context.Background(), batch).ReadAll()
			ended <- err
		}()
		eventually(t, "the stall", func() bool { return f.log.Err() != nil })
		select {
		case err := <-ended:
			t.Fatalf("nothing waits for the log: %v", err)
		default:
		}
		f.Server.Close()
		<-ended
	})
}
