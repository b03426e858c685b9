package pool_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/pool"
	"tenantproxy/internal/wire"
)

func TestMain(m *testing.M) { pgtest.MainCheckingLeaks(m) }

// newPool makes a pool of at most one connection as the superuser of a database,
// so that every session after the first gets the first one's.
func newPool(t *testing.T, db *pgtest.Database, change ...func(*pool.Options)) *pool.Pool {
	t.Helper()
	opts := pool.Options{
		Dialer: newDialer(t, db.Superuser()), Reuse: true, ShareAcrossTenants: true, MaxUpstream: 1,
		AcquireTimeout: 20 * time.Second, Log: slog.New(slog.DiscardHandler),
	}
	for _, c := range change {
		c(&opts)
	}
	p := pool.NewPool(opts)
	t.Cleanup(p.Close)
	return p
}

func contextOf(org string, client ...wire.Parameter) pool.Context {
	return pool.Context{
		Client: client,
		Own:    []wire.Parameter{{Name: "app.org_id", Value: org}, {Name: "request.jwt.claims", Value: `{"it's":"` + org + `"}`}},
	}
}

// acquireFor is Acquire for who keeps nobody waiting.
func acquireFor(ctx context.Context, p *pool.Pool, database, org string, c pool.Context) (*pool.Upstream, error) {
	at := p.Place(database, c.Role, org)
	return p.Acquire(ctx, &at, &c, func() {})
}

func acquire(t *testing.T, p *pool.Pool, org string, client ...wire.Parameter) *pool.Upstream {
	t.Helper()
	u, err := acquireFor(t.Context(), p, p.Dialer().DefaultDatabase(), org, contextOf(org, client...))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestReleaseForgets leaves one thing of every kind that Postgres keeps for a
// session, and looks for each in the next session on the same connection (I7).
// The role is a superuser, so that nothing is out of its reach.
func TestReleaseForgets(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.NewDatabase(t, "CREATE SEQUENCE numbers")
		p := newPool(t, db)
		states := []struct {
			name string
			// leave makes the state; probe reads it, and must then give what it
			// gives in a session that has just begun.
			leave, probe string
		}{
			{"setting", "SET work_mem = '7MB'", "SHOW work_mem"},
			{"setting with a dot", "SET my.setting = 'left'", "SELECT coalesce(current_setting('my.setting', true), '')"},
			{"tenant setting", "SET app.org_id = 'left'", "SHOW app.org_id"},
			{"claims", "SET request.jwt.claims = 'left'", "SHOW request.jwt.claims"},
			{"temporary table", "CREATE TEMP TABLE left_behind AS SELECT 1", "SELECT to_regclass('left_behind')"},
			{"temporary view", "CREATE TEMP VIEW left_view AS SELECT 1", "SELECT to_regclass('left_view')"},
			{"temporary function", "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "SELECT count(*) FROM pg_proc WHERE proname = 'f' AND pronamespace = pg_my_temp_schema()"},
			{"prepared statement", "PREPARE left_statement AS SELECT 1", "SELECT count(*) FROM pg_prepared_statements"},
			{"cursor", "DECLARE left_cursor CURSOR WITH HOLD FOR SELECT 1", "SELECT count(*) FROM pg_cursors"},
			{"advisory lock", "SELECT pg_advisory_lock(7)", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"},
			{"listen", "LISTEN left_channel", "SELECT count(*) FROM pg_listening_channels()"},
			{"sequence", "SELECT nextval('numbers')", "DO $$ BEGIN PERFORM currval('numbers'); EXCEPTION WHEN object_not_in_prerequisite_state THEN RETURN; END $$; SELECT 'forgotten'"},
			{"last sequence", "SELECT nextval('numbers')", "DO $$ BEGIN PERFORM lastval(); RAISE 'lastval is known'; EXCEPTION WHEN object_not_in_prerequisite_state THEN RETURN; END $$; SELECT 'forgotten'"},
			{"trigger switch", "SET session_replication_role = replica", "SHOW session_replication_role"},
			{"session characteristics", "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "SHOW transaction_read_only"},
			{"role", "SET ROLE pg_monitor", "SELECT current_user"},
			{"session authorization", "SET SESSION AUTHORIZATION pg_monitor", "SELECT session_user"},
		}
		u := acquire(t, p, "first")
		pid := ask(t, u, "SELECT pg_backend_pid()")[0]
		before := make([]string, len(states))
		for i, s := range states {
			if !strings.HasPrefix(s.probe, "DO") {
				before[i] = fmt.Sprint(ask(t, u, s.probe))
			}
		}
		for _, s := range states {
			ask(t, u, s.leave)
		}
		p.Release(u, true)

		u = acquire(t, p, "first")
		defer p.Release(u, true)
		if got := ask(t, u, "SELECT pg_backend_pid()")[0]; got != pid {
			t.Fatalf("the connection was not reused: %s, then %s", pid, got)
		}
		for i, s := range states {
			got := fmt.Sprint(ask(t, u, s.probe))
			if strings.HasPrefix(s.probe, "DO") {
				before[i] = "[forgotten]"
			}
			if got != before[i] {
				t.Errorf("%s: %s, want %s as at first", s.name, got, before[i])
			}
		}
	})
}

// TestReleaseForgetsSeed has the last client choose the next random numbers.
func TestReleaseForgetsSeed(t *testing.T) {
	p := newPool(t, pgtest.NewDatabase(t))
	const numbers = "SELECT random(), random()"
	u := acquire(t, p, "first")
	ask(t, u, "SELECT setseed(0.5)")
	known := ask(t, u, numbers)
	ask(t, u, "SELECT setseed(0.5)")
	if again := ask(t, u, numbers); !slices.Equal(known, again) {
		t.Fatalf("setseed does not decide: %v, %v", known, again)
	}
	ask(t, u, "SELECT setseed(0.5)")
	p.Release(u, true)
	u = acquire(t, p, "second")
	defer p.Release(u, true)
	if got := ask(t, u, numbers); slices.Equal(known, got) {
		t.Errorf("the next session has the random numbers that the last one chose: %v", got)
	}
}

// TestResetIsNeutral resets the settings of a second session's connection behind
// the proxy's back: what comes back is nobody's context, least of all the first's.
func TestResetIsNeutral(t *testing.T) {
	p := newPool(t, pgtest.NewDatabase(t))
	first := acquire(t, p, "first", wire.Parameter{Name: "application_name", Value: "the first's"})
	pid := ask(t, first, "SELECT pg_backend_pid()")[0]
	p.Release(first, true)
	u := acquire(t, p, "second")
	defer p.Release(u, true)
	if got := ask(t, u, "SELECT pg_backend_pid()")[0]; got != pid {
		t.Fatal("the connection was not reused")
	}
	const settings = "SELECT current_setting('app.org_id'), current_setting('request.jwt.claims'), current_setting('application_name')"
	if got := ask(t, u, settings); got[0] != "second" || got[1] != `{"it's":"second"}` || got[2] == "the first's" {
		t.Errorf("the context is %q", got)
	}
	for _, reset := range []string{"RESET ALL", "DISCARD ALL", "RESET app.org_id; RESET request.jwt.claims"} {
		ask(t, u, reset)
		if got := ask(t, u, settings); got[0] != "" || got[1] != "" {
			t.Errorf("after %s the context is %q", reset, got)
		}
	}
}

// TestWhatIsNotReused gives connections back that something is wrong with.
func TestWhatIsNotReused(t *testing.T) {
	db := pgtest.NewDatabase(t)
	for name, spoil := range map[string]func(t *testing.T, u *pool.Upstream) (reusable bool){
		"not said to be reusable": func(*testing.T, *pool.Upstream) bool { return false },
		"in a transaction": func(t *testing.T, u *pool.Upstream) bool {
			if err := u.Stream.Write(wire.AppendQuery(nil, "BEGIN")); err != nil {
				t.Fatal(err)
			}
			return true
		},
		"in a failed transaction": func(t *testing.T, u *pool.Upstream) bool {
			if err := u.Stream.Write(wire.AppendQuery(nil, "BEGIN; SELECT nothing")); err != nil {
				t.Fatal(err)
			}
			return true
		},
		"copying": func(t *testing.T, u *pool.Upstream) bool {
			if err := u.Stream.Write(wire.AppendQuery(nil, "COPY plans FROM STDIN")); err != nil {
				t.Fatal(err)
			}
			return true
		},
		"closed": func(_ *testing.T, u *pool.Upstream) bool {
			u.Stream.Close()
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, db)
			u := acquire(t, p, "first")
			pid := ask(t, u, "SELECT pg_backend_pid()")[0]
			p.Release(u, spoil(t, u))
			if s := p.Stats(); s.Open != 0 || s.Free != 0 {
				t.Errorf("left: %+v", s)
			}
			u = acquire(t, p, "second")
			defer p.Release(u, true)
			if got := ask(t, u, "SELECT pg_backend_pid()")[0]; got == pid {
				t.Error("the connection was reused")
			}
		})
	}
}

// TestServerClosesFree ends free connections on the server's side.
func TestServerClosesFree(t *testing.T) {
	db := pgtest.NewDatabase(t)
	p := newPool(t, db)
	u := acquire(t, p, "first")
	pid := ask(t, u, "SELECT pg_backend_pid()")[0]
	p.Release(u, true)
	db.Query(t, "SELECT pg_terminate_backend($1::int, 20000)", pid)
	u = acquire(t, p, "second") // before or after the sweep has seen it
	defer p.Release(u, true)
	if got := ask(t, u, "SELECT current_setting('app.org_id')")[0]; got != "second" {
		t.Errorf("the context is %q", got)
	}
}

func TestIdleTimeout(t *testing.T) {
	db := pgtest.NewDatabase(t)
	p := newPool(t, db, func(o *pool.Options) { o.IdleTimeout = time.Millisecond })
	p.Release(acquire(t, p, "first"), true)
	for deadline := time.Now().Add(20 * time.Second); p.Stats().Open > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the free connection stays open")
		}
	}
}

func TestLimits(t *testing.T) {
	db := pgtest.NewDatabase(t)
	short := func(o *pool.Options) { o.AcquireTimeout = 50 * time.Millisecond }
	for name, c := range map[string]struct {
		change func(*pool.Options)
		second string
		limit  string
	}{
		"all":        {func(o *pool.Options) { o.MaxUpstream = 1 }, "second", "pool.max_upstream"},
		"one tenant": {func(o *pool.Options) { o.MaxUpstream, o.MaxPerTenant = 5, 1 }, "first", "pool.max_per_tenant"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, db, short, c.change)
			u := acquire(t, p, "first")
			_, err := acquireFor(t.Context(), p, p.Dialer().DefaultDatabase(), c.second, contextOf(c.second))
			var limit *pool.LimitError
			if !errors.As(err, &limit) || limit.Limit != c.limit {
				t.Errorf("got %v, want %s", err, c.limit)
			}
			p.Release(u, true)
			p.Release(acquire(t, p, c.second), true)
		})
	}
	t.Run("who waits is counted", func(t *testing.T) {
		p := newPool(t, db, func(o *pool.Options) { o.MaxUpstream = 1 })
		u := acquire(t, p, "first")
		if s := p.Stats(); s != (pool.Stats{Open: 1, Max: 1}) {
			t.Errorf("%+v", s)
		}
		got := make(chan *pool.Upstream, 1)
		go func() {
			second, err := acquireFor(t.Context(), p, p.Dialer().DefaultDatabase(), "second", contextOf("second"))
			if err != nil {
				t.Error(err)
			}
			got <- second
		}()
		for deadline := time.Now().Add(20 * time.Second); p.Stats().Waiting != 1; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%+v", p.Stats())
			}
		}
		p.Release(u, true)
		second := <-got
		if s := p.Stats(); s != (pool.Stats{Open: 1, Max: 1}) {
			t.Errorf("%+v", s)
		}
		if second != nil {
			p.Release(second, true)
		}
	})
	t.Run("a caller that leaves", func(t *testing.T) {
		p := newPool(t, db)
		u := acquire(t, p, "first")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := acquireFor(ctx, p, p.Dialer().DefaultDatabase(), "second", contextOf("second")); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		p.Release(u, true)
	})
}

// TestApart keeps orgs on connections of their own.
func TestApart(t *testing.T) {
	p := newPool(t, pgtest.NewDatabase(t), func(o *pool.Options) { o.ShareAcrossTenants, o.MaxUpstream = false, 2 })
	pidOf := func(org string) string {
		u := acquire(t, p, org)
		defer p.Release(u, true)
		return ask(t, u, "SELECT pg_backend_pid()")[0]
	}
	a, b := pidOf("a"), pidOf("b")
	if a == b || pidOf("a") != a || pidOf("b") != b {
		t.Error("orgs shared a connection, or did not keep their own")
	}
	if c := pidOf("c"); c == a || c == b {
		t.Error("a third org got the connection of another")
	}
	if s := p.Stats(); s.Open != 2 {
		t.Errorf("%+v", s)
	}
}

// TestClientSettings puts a client's own settings in place, and refuses values
// that Postgres does not take.
func TestClientSettings(t *testing.T) {
	p := newPool(t, pgtest.NewDatabase(t))
	_, err := acquireFor(t.Context(), p, p.Dialer().DefaultDatabase(), "a", contextOf("a", wire.Parameter{Name: "datestyle", Value: "nonsense"}))
	var open *pool.OpenError
	if !errors.As(err, &open) || open.Server == nil || open.Server.Code != "22023" {
		t.Errorf("got %v", err)
	}
	u := acquire(t, p, "a", wire.Parameter{Name: "datestyle", Value: "german"}, wire.Parameter{Name: "application_name", Value: "it's \\ mine"})
	if got := u.Parameter("DateStyle"); got != "German, DMY" {
		t.Errorf("DateStyle is reported as %q", got)
	}
	if got := ask(t, u, "SHOW application_name")[0]; got != "it's \\ mine" {
		t.Errorf("application_name is %q", got)
	}
	p.Release(u, true)
	u = acquire(t, p, "a")
	defer p.Release(u, true)
	if got := u.Parameter("DateStyle"); got == "German, DMY" {
		t.Errorf("the next session's DateStyle is %q", got)
	}
}

// TestCrowd has many sessions of three orgs share two connections, one of them
// now and then closed under them, and looks at every context.
func TestCrowd(t *testing.T) {
	db := pgtest.NewDatabase(t)
	p := newPool(t, db, func(o *pool.Options) { o.MaxUpstream, o.MaxPerTenant = 2, 1 })
	var wg sync.WaitGroup
	for i := range 24 {
		org := fmt.Sprint("org", i%3)
		wg.Go(func() {
			for n := range 10 {
				u, err := acquireFor(t.Context(), p, p.Dialer().DefaultDatabase(), org, contextOf(org))
				if err != nil {
					t.Error(err)
					return
				}
				if got := ask(t, u, "SHOW app.org_id")[0]; got != org {
					t.Errorf("%s has the context of %s", org, got)
				}
				p.Release(u, n%4 != 3)
			}
		})
	}
	wg.Wait()
	if s := p.Stats(); s.Open != s.Free || s.Open > 2 {
		t.Errorf("%+v", s)
	}
}

// TestStormIsBounded has many sessions want connections to a server that accepts and
// does not answer: few are made at a time.
func TestStormIsBounded(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	var accepted atomic.Int32
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			defer conn.Close()
		}
	}()
	dialer, err := pool.NewDialer(pool.DialerOptions{Config: func() (*pgconn.Config, error) {
		return pgconn.ParseConfig("postgres://app@" + ln.Addr().String() + "/app?sslmode=disable")
	}})
	if err != nil {
		t.Fatal(err)
	}
	p := pool.NewPool(pool.Options{Dialer: dialer, Reuse: true, ShareAcrossTenants: true, Log: slog.New(slog.DiscardHandler)})
	defer p.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var sessions sync.WaitGroup
	for range 3 * pool.MaxDialing {
		sessions.Go(func() {
			if _, err := acquireFor(ctx, p, "app", "a", pool.Context{}); err == nil {
				t.Error("a connection")
			}
		})
	}
	for deadline := time.Now().Add(20 * time.Second); accepted.Load() < pool.MaxDialing && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond) // for more, if there were more
	if n := accepted.Load(); n != pool.MaxDialing {
		t.Errorf("%d connections are being made", n)
	}
	cancel()
	sessions.Wait()
}
