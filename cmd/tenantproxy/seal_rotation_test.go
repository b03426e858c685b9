package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/auth/authtest"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

const contactsSeen = "SELECT count(*) > 0 FROM contacts"

func seesContacts(t *testing.T, conn *pgconn.PgConn) bool {
	t.Helper()
	return pgtest.Query(t, conn, contactsSeen)[0][0] == "t"
}

// TestSealRotation changes the key under a running proxy: at no step does a session that
// is not ended see nothing, and the old key is worth nothing in the end.
func TestSealRotation(t *testing.T) {
	for _, mode := range []string{"session", "transaction"} {
		t.Run(mode, func(t *testing.T) {
			dir := t.TempDir()
			keyFile, next := filepath.Join(dir, "seal.key"), filepath.Join(dir, "next.key")
			first, second := "the first seal key of a test, long", "the second seal key of a test, long"
			for file, text := range map[string]string{keyFile: first, next: second} {
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			db := pgtest.NewDatabase(t)
			db.Exec(t, "DELETE FROM import_staging")
			issuer := authtest.NewIssuer(t)
			file, _ := writeConfig(t, db.App(), issuer, "tenant: {seal_key_file: '"+keyFile+"'}\npool: {mode: "+mode+"}\n")
			harden := func(want int, args ...string) string {
				t.Helper()
				stdout, stderr, code := runWith(t, "", append([]string{"harden", "--config", file, "--admin-dsn", db.Superuser()}, args...)...)
				if code != want || strings.Contains(stdout+stderr, "seal key of a test") {
					t.Fatalf("%s: exit code %d, want %d\n%s%s", args, code, want, stdout, stderr)
				}
				return stdout + stderr
			}
			if said := harden(exitUsage, "--add-seal-key", next, "--apply"); !strings.Contains(said, "no sealed context") {
				t.Errorf("it says: %s", said)
			}
			harden(exitFine, "--sealed", "--apply", "--out", filepath.Join(dir, "out"))

			s := startServe(t, file)
			dsn := clientDSN(s.address(t), db.Name, issuer.OrgToken(t, demo.OrgA, nil))
			before := login(t, dsn)
			check := func(conn *pgconn.PgConn, when string) {
				t.Helper()
				if !seesContacts(t, conn) {
					t.Errorf("%s: no rows are seen", when)
				}
			}
			check(before, "before")
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s.reload(t, file, string(content), reloaded)
			check(before, "after a reload without a change")

			harden(exitFine, "--add-seal-key", next, "--apply")
			check(before, "with two keys")
			harden(exitFine, "--add-seal-key", next, "--apply") // again: nothing to do
			third := filepath.Join(dir, "third.key")
			if err := os.WriteFile(third, []byte("a third seal key of a test, long enough"), 0o600); err != nil {
				t.Fatal(err)
			}
			if said := harden(exitUsage, "--add-seal-key", third, "--apply"); !strings.Contains(said, "--retire-seal-keys first") {
				t.Errorf("a third key: %s", said)
			}

			if err := os.WriteFile(keyFile, []byte(second), 0o600); err != nil {
				t.Fatal(err)
			}
			s.reload(t, file, string(content), reloaded)
			check(login(t, dsn), "with the second key")
			for deadline := time.Now().Add(patience); run1(t, before, "SELECT 1") == ""; time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("a session that is sealed with the first key goes on")
				}
			}
			harden(exitFine, "--retire-seal-keys", "--apply")
			if said := harden(exitFine, "--retire-seal-keys", "--apply"); !strings.Contains(said, "nothing to do") {
				t.Errorf("again: %s", said)
			}
			check(login(t, dsn), "with the second key alone")

			// The first key is worth nothing now: a proxy with it shows no rows.
			if err := os.WriteFile(keyFile, []byte(first), 0o600); err != nil {
				t.Fatal(err)
			}
			s.reload(t, file, string(content), reloaded)
			if seesContacts(t, login(t, dsn)) {
				t.Error("the first key still counts")
			}
			if said := harden(exitUsage, "--retire-seal-keys", "--apply"); !strings.Contains(said, "does not count in this database") {
				t.Errorf("with a key that does not count: %s", said)
			}
			harden(exitUsage, "--sealed", "--out", filepath.Join(dir, "wrong"))
		})
	}
}

// TestSealRotationByHand writes what is to be run, in a file that nobody else may read.
func TestSealRotationByHand(t *testing.T) {
	dir := t.TempDir()
	keyFile, next := filepath.Join(dir, "seal.key"), filepath.Join(dir, "next.key")
	for file, text := range map[string]string{keyFile: "the first seal key of a test, long", next: "the second seal key of a test, long"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db := pgtest.NewDatabase(t, "DELETE FROM import_staging")
	config := write(t, dir, "c.yaml", "upstream: {dsn: '"+db.App()+"'}\ntenant: {seal_key_file: '"+keyFile+"'}\n")
	harden := func(want int, args ...string) {
		t.Helper()
		if _, stderr, code := runWith(t, "", append([]string{"harden", "--config", config, "--admin-dsn", db.Superuser()}, args...)...); code != want {
			t.Fatalf("%s: exit code %d, want %d\n%s", args, code, want, stderr)
		}
	}
	keys := func() string { return db.Query(t, "SELECT count(*) FROM tenantproxy.seal_keys")[0][0] }
	harden(exitFine, "--sealed", "--apply", "--out", filepath.Join(dir, "out"))
	harden(exitUsage, "--add-seal-key", next)
	harden(exitUsage, "--add-seal-key", next, "--sealed", "--out", dir)
	harden(exitUsage, "--add-seal-key", filepath.Join(dir, "none"), "--apply")
	for i, args := range [][]string{{"--add-seal-key", next}, {"--retire-seal-keys"}} {
		out := filepath.Join(dir, args[0])
		harden(exitFine, append(args, "--out", out)...)
		if got, want := keys(), []string{"1", "2"}[i]; got != want {
			t.Errorf("%s without --apply: %s keys", args[0], got)
		}
		info, err := os.Stat(filepath.Join(out, "seal_key.sql"))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("%v, %v", info, err)
		}
		sql, err := os.ReadFile(filepath.Join(out, "seal_key.sql"))
		if err != nil || bytes.Contains(sql, []byte("seal key of a test")) {
			t.Fatalf("%v, %s", err, sql)
		}
		db.Exec(t, string(sql))
	}
	if keys() != "1" {
		t.Errorf("%s keys are left", keys())
	}
	// A run that ended before the key was there is made good by the next.
	db.Exec(t, "DELETE FROM tenantproxy.seal_keys")
	harden(exitFine, "--sealed", "--apply", "--out", filepath.Join(dir, "again"))
	if keys() != "1" {
		t.Errorf("%s keys after a run that had stopped", keys())
	}
	// Without a proxy's key in the configuration nothing can be told.
	plain := write(t, dir, "plain.yaml", "upstream: {dsn: '"+db.App()+"'}\n")
	if _, _, code := runWith(t, "", "harden", "--config", plain, "--admin-dsn", db.Superuser(), "--retire-seal-keys", "--apply"); code != exitUsage {
		t.Errorf("without tenant.seal_key_file: exit code %d", code)
	}
}
