package catalog_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/pgtest"
)

// running is a Loader whose Run is under way, and what it has said.
type running struct {
	*catalog.Loader
	changes chan *catalog.Snapshot
	// broken makes every dial fail; dials counts them.
	broken atomic.Bool
	dials  atomic.Int64
	stop   func()
}

var errBroken = errors.New("broken on purpose")

func run(t *testing.T, d *pgtest.Database, opts catalog.LoaderOptions) *running {
	t.Helper()
	r := &running{changes: make(chan *catalog.Snapshot, 100)}
	opts.Dial = func(ctx context.Context, onNotification pgconn.NotificationHandler) (*pgconn.PgConn, error) {
		r.dials.Add(1)
		if r.broken.Load() {
			return nil, errBroken
		}
		config, err := pgconn.ParseConfig(d.App())
		if err != nil {
			return nil, err
		}
		config.OnNotification = onNotification
		return pgconn.ConnectConfig(ctx, config)
	}
	opts.OnChange = func(s *catalog.Snapshot) { r.changes <- s }
	r.Loader = catalog.NewLoader(opts)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.Run(ctx)
	}()
	r.stop = func() { cancel(); <-ended }
	t.Cleanup(r.stop)
	return r
}

func (r *running) awaitChange(t *testing.T) *catalog.Snapshot {
	t.Helper()
	select {
	case snap := <-r.changes:
		return snap
	case <-t.Context().Done():
		t.Fatal("no change")
		return nil
	}
}

// cutOff takes the loader's connection away, and every further one.
func (r *running) cutOff(t *testing.T, d *pgtest.Database) {
	t.Helper()
	r.broken.Store(true)
	d.Query(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app_tenant' AND datname = $1", d.Name)
}

func TestLoaderNoticesChanges(t *testing.T) {
	d := pgtest.NewDatabase(t)
	r := run(t, d, catalog.LoaderOptions{Interval: 10 * time.Millisecond})
	first := r.awaitChange(t)
	equal(t, "row-level security of plans", first.Relations[name("plans")].RLSEnabled, false)
	d.Exec(t, "INSERT INTO import_staging (payload) VALUES ('{}')", "ALTER TABLE plans ENABLE ROW LEVEL SECURITY")
	second := r.awaitChange(t)
	equal(t, "row-level security of plans", second.Relations[name("plans")].RLSEnabled, true)
	equal(t, "generation", second.Generation, first.Generation+1)
	if err := r.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "snapshot", r.Snapshot(), second)
	equal(t, "changes told", len(r.changes), 0)
	equal(t, "connections", r.dials.Load(), 1)
}

func TestRefreshSeesWhatWasCommittedBefore(t *testing.T) {
	d := pgtest.NewDatabase(t)
	r := run(t, d, catalog.LoaderOptions{Interval: time.Hour})
	r.awaitChange(t)
	for _, table := range []string{"one", "two", "three"} {
		d.Exec(t, "CREATE TABLE "+table+" (n int)")
		before := time.Now()
		if err := r.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r.Snapshot().Relations[name(table)] == nil {
			t.Errorf("table %s is not in the snapshot", table)
		}
		if r.LastSuccess().Before(before) {
			t.Error("the reading began before Refresh was called")
		}
	}
}

func TestManyRefreshesShareReadings(t *testing.T) {
	d := pgtest.NewDatabase(t)
	r := run(t, d, catalog.LoaderOptions{Interval: time.Hour})
	r.awaitChange(t)
	r.cutOff(t, d) // from now on, each reading but the first is a dial
	began, dialed := time.Now(), r.dials.Load()
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			for range 3 {
				if err := r.Refresh(t.Context()); err == nil {
					t.Error("Refresh without a database succeeds")
				}
			}
		})
	}
	all.Wait()
	if most := int64(time.Since(began)/(200*time.Millisecond)) + 1; r.dials.Load()-dialed > most {
		t.Errorf("%d readings in %v", r.dials.Load()-dialed, time.Since(began))
	}
}

func TestRefreshEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	idle := catalog.NewLoader(catalog.LoaderOptions{})
	if err := idle.Refresh(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Refresh: %v", err)
	}
}

func TestUnreadableCatalogMeansNoSnapshot(t *testing.T) {
	d := pgtest.NewDatabase(t)
	r := run(t, d, catalog.LoaderOptions{Interval: 50 * time.Millisecond, StaleAfter: 3 * time.Second})
	first := r.awaitChange(t)
	if err := r.Refresh(t.Context()); err != nil || r.Snapshot() != first {
		t.Fatalf("Refresh: %v; snapshot %p, want %p", err, r.Snapshot(), first)
	}

	r.cutOff(t, d)
	equal(t, "change", r.awaitChange(t), nil)
	equal(t, "snapshot", r.Snapshot(), nil)
	if err := r.Refresh(t.Context()); !errors.Is(err, errBroken) {
		t.Errorf("Refresh: %v", err)
	}

	r.broken.Store(false)
	back := r.awaitChange(t)
	if err := r.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r.Snapshot() != back || back.Generation != first.Generation {
		t.Errorf("back with %p of generation %d, Snapshot gives %p", back, back.Generation, r.Snapshot())
	}
}

// A server that accepts connections but does not answer is as bad as none.
func TestHangingCatalogMeansNoSnapshot(t *testing.T) {
	d := pgtest.NewDatabase(t)
	r := run(t, d, catalog.LoaderOptions{Interval: 50 * time.Millisecond, StaleAfter: 3 * time.Second})
	r.awaitChange(t)
	holder := d.Connect(t, d.Superuser())
	pgtest.Query(t, holder, "BEGIN")
	pgtest.Query(t, holder, "LOCK TABLE pg_catalog.pg_aggregate IN ACCESS EXCLUSIVE MODE")
	equal(t, "change", r.awaitChange(t), nil)
	equal(t, "snapshot", r.Snapshot(), nil)
	pgtest.Query(t, holder, "ROLLBACK")
	equal(t, "snapshot comes back", r.awaitChange(t) != nil, true)
}

func TestNoDatabaseFromTheStart(t *testing.T) {
	d := pgtest.NewDatabase(t)
	r := &running{}
	loader := catalog.NewLoader(catalog.LoaderOptions{Interval: 10 * time.Millisecond, Dial: func(ctx context.Context, _ pgconn.NotificationHandler) (*pgconn.PgConn, error) {
		if r.dials.Add(1) < 5 {
			return nil, errBroken
		}
		return pgconn.Connect(ctx, d.App())
	}})
	equal(t, "snapshot before Run", loader.Snapshot(), nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		loader.Run(ctx)
	}()
	if err := loader.Refresh(ctx); !errors.Is(err, errBroken) {
		t.Errorf("Refresh: %v", err)
	}
	equal(t, "snapshot", loader.Snapshot(), nil)
	equal(t, "last success", loader.LastSuccess(), time.Time{})
	for loader.Refresh(ctx) != nil {
	}
	equal(t, "snapshot is there at last", loader.Snapshot() != nil, true)
	cancel()
	<-ended
}

func TestEndedLoaderLetsGo(t *testing.T) {
	d := pgtest.NewDatabase(t)
	r := run(t, d, catalog.LoaderOptions{Interval: time.Hour, StaleAfter: 500 * time.Millisecond})
	r.awaitChange(t)
	r.stop()
	if err := r.Refresh(t.Context()); err == nil {
		t.Error("Refresh after the end succeeds")
	}
	for d.Query(t, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app_tenant' AND datname = $1", d.Name)[0][0] != "0" {
		if t.Context().Err() != nil {
			t.Fatal("the connection stays")
		}
	}
	equal(t, "change", r.awaitChange(t), nil)
	equal(t, "snapshot", r.Snapshot(), nil)
}
