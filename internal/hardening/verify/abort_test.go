package verify_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"

	"tenantproxy/internal/hardening/verify"
	"tenantproxy/internal/pgtest"
)

// saboteur counts the statements of all connections of a run, and strikes after one.
type saboteur struct {
	n, at  int
	strike func(conn *pgx.Conn)
}

func (s *saboteur) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

func (s *saboteur) TraceQueryEnd(_ context.Context, conn *pgx.Conn, _ pgx.TraceQueryEndData) {
	if s.n++; s.n == s.at {
		s.strike(conn)
	}
}

func (s *saboteur) connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	config.Tracer = s
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestAborted cancels a run after any of its statements, or ends the backend that has
// just run it: nothing is proven, and nothing has changed.
func TestAborted(t *testing.T) {
	db := pgtest.NewDatabase(t)
	prepared := options(t, db)
	session, err := prepared.Direct(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	attempt := func(ctx context.Context, s *saboteur) error {
		o := prepared
		o.Admin = s.connect(t, db.Superuser())
		app := s.connect(t, db.App())
		defer func() { _, _ = o.Admin.Close(context.Background()), app.Close(context.Background()) }() // they may be gone
		o.Direct = func(context.Context) (*verify.Session, error) {
			return &verify.Session{Via: "direct", Conn: app, Enter: session.Enter}, nil
		}
		_, err := verify.Run(ctx, o)
		return err
	}
	before := fingerprint(t, db)
	var whole saboteur
	if err := attempt(t.Context(), &whole); err != nil {
		t.Fatal(err)
	}
	const rounds = 8
	for i := range rounds {
		// Somewhere in each eighth, so that preparation, matrix, contexts and cascade
		// have their turn; the last one is a rollback, after which all is done.
		at := min(whole.n*i/rounds+1+rand.IntN(whole.n/rounds), whole.n-1)
		for name, strike := range map[string]func(*testing.T, context.CancelFunc) func(*pgx.Conn){
			"cancelled": func(_ *testing.T, cancel context.CancelFunc) func(*pgx.Conn) { return func(*pgx.Conn) { cancel() } },
			"terminated": func(t *testing.T, _ context.CancelFunc) func(*pgx.Conn) {
				return func(conn *pgx.Conn) {
					db.Query(t, "SELECT pg_terminate_backend($1::text::int, 60000)", strconv.FormatUint(uint64(conn.PgConn().PID()), 10))
				}
			},
		} {
			t.Run(name, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if err := attempt(ctx, &saboteur{at: at, strike: strike(t, cancel)}); err == nil {
					t.Errorf("after statement %d of %d it says that it has proven something", at, whole.n)
				}
				if fingerprint(t, db) != before {
					t.Errorf("after statement %d of %d the data is not what it was", at, whole.n)
				}
			})
		}
	}
}
