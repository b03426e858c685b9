package attacks

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/pgtest"
)

// modes are the ways by which a statement reaches the server.
var modes = []struct {
	name string
	run  func(ctx context.Context, c *client, sql string) error
}{
	{"simple", simple},
	{"unnamed", func(ctx context.Context, c *client, sql string) error {
		return c.ExecParams(ctx, sql, nil, nil, nil, nil).Read().Err
	}},
	{"named", func(ctx context.Context, c *client, sql string) error {
		c.prepared++
		name := fmt.Sprint("s", c.prepared)
		if _, err := c.Prepare(ctx, name, sql, nil); err != nil {
			return err
		}
		return c.ExecPrepared(ctx, name, nil, nil, nil).Read().Err
	}},
}

func simple(ctx context.Context, c *client, sql string) error {
	_, err := c.Exec(ctx, sql).ReadAll()
	return err
}

// TestAttacks runs the attacks of testdata/attacks.
func TestAttacks(t *testing.T) {
	top := t // what is shared outlives a class
	files, err := filepath.Glob("testdata/attacks/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no attacks: %v", err)
	}
	sharedDB, ownDB := pgtest.Default(t).NewEmptyDatabase(t), pgtest.Default(t).NewEmptyDatabase(t)
	var shared *stage // for attacks that need nothing of their own, until one does harm
	seen := make(map[string]bool)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		attacks, err := parseAttacks(string(text))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".sql"), func(t *testing.T) {
			for _, a := range attacks {
				if seen[a.id] {
					t.Errorf("%s is there twice", a.id)
				}
				seen[a.id] = true
				if a.plain() && (shared == nil || len(differences(shared.print, shared.fingerprint(t))) > 0) {
					shared = newStage(top, sharedDB, a)
				}
				t.Run(a.id, func(t *testing.T) {
					if a.plain() {
						run(t, shared, a)
					} else {
						run(t, newStage(t, ownDB, a), a)
					}
				})
			}
		})
	}
}

func run(t *testing.T, s *stage, a *attack) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			c := s.proxied(t)
			own := c.context(t)
			for _, step := range a.steps {
				checkOutcome(t, step, mode.run(ctx, c, placeholders(s.DB).Replace(step.sql)))
			}
			checkSession(t, a, c, own)
			checkHarm(t, s)
		})
	}
	t.Run("one text", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		c := s.proxied(t)
		own := c.context(t)
		err := simple(ctx, c, placeholders(s.DB).Replace(a.text()))
		for _, step := range a.steps {
			// All of a text is decided before any of it runs.
			if step.refusedBy != "" && !isRefusal(err) {
				t.Errorf("the text holds what %s refuses: %v", step.refusedBy, err)
			}
		}
		checkSession(t, a, c, own)
		checkHarm(t, s)
	})
	// The leak comes last because it may harm the database.
	t.Run("direct", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		c := s.direct(t, len(a.direct) == 0)
		for _, sql := range a.direct {
			if err := simple(ctx, c, placeholders(s.DB).Replace(sql)); err != nil {
				t.Errorf("%s: %v", sql, err)
			}
		}
		for _, step := range a.steps {
			if err := simple(ctx, c, placeholders(s.DB).Replace(step.sql)); err != nil {
				var e *pgconn.PgError
				if !errors.As(err, &e) {
					t.Errorf("%s: %v", step.sql, err)
				}
			}
		}
		for _, leak := range a.leaks {
			if !leak.Match(c.received.Bytes()) {
				t.Errorf("no leak %s on a direct connection:\n%q", leak, c.received)
			}
		}
		if secret := secretIn(c.received.Bytes()); secret != "" && len(a.leaks) == 0 {
			t.Errorf("Postgres does not stop it: %s is in %q", secret, c.received)
		}
	})
}

func checkHarm(t *testing.T, s *stage) {
	t.Helper()
	if harm := s.harm(t); len(harm) > 0 {
		t.Errorf("the attack changed: %s", strings.Join(harm, ", "))
	}
}

// checkOutcome compares what a step did with what it should.
func checkOutcome(t *testing.T, s step, err error) {
	t.Helper()
	var e *pgconn.PgError
	if err != nil && !errors.As(err, &e) {
		t.Fatalf("%s\nbroke the connection: %v", s.sql, err)
	}
	switch {
	case s.refusedBy != "":
		if !isRefusal(err) || e.Detail != "rule: "+s.refusedBy {
			t.Errorf("%s\nis not refused by %s: %+v", s.sql, s.refusedBy, e)
		}
	case s.failsWith != "":
		if err == nil || e.Code != s.failsWith || isRefusal(err) {
			t.Errorf("%s\ndoes not fail with %s: %+v", s.sql, s.failsWith, e)
		}
	case err != nil:
		t.Errorf("%s\nfails: %+v", s.sql, e)
	}
}

// isRefusal tells of the proxy's own errors.
func isRefusal(err error) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case "42501", "42601", "42P01":
		return strings.HasPrefix(e.Detail, "rule: ")
	}
	return false
}

// checkSession looks at a session of A after an attack: at what it received, and
// at the context that it has now.
func checkSession(t *testing.T, a *attack, c *client, own string) {
	t.Helper()
	if secret := secretIn(c.received.Bytes()); secret != "" {
		t.Errorf("%s came through the proxy: %q", secret, c.received)
	}
	for _, leak := range a.leaks {
		if leak.Match(c.received.Bytes()) != (a.remains != "") {
			t.Errorf("leak %s, remains %q: through the proxy came %q", leak, a.remains, c.received)
		}
	}
	if c.IsClosed() {
		return
	}
	if c.TxStatus() != 'I' {
		if err := simple(t.Context(), c, "ROLLBACK"); err != nil {
			t.Fatalf("ROLLBACK: %v", err)
		}
	}
	if now := c.context(t); now != own {
		t.Errorf("the context was %s, and is %s", own, now)
	}
}
