package proxy_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/demo"
)

// TestTransactionStorm has many clients of two orgs on three upstream connections, each
// with a prepared statement and settings of its own, while they cancel, leave in the
// middle of transactions, and upstream connections are killed. Whatever is answered is
// right, and nothing is left.
func TestTransactionStorm(t *testing.T) {
	f := start(t, transactionMode, func(s *setup) { s.Pool.MaxUpstream = 3 })
	var clients sync.WaitGroup
	var done atomic.Bool
	var answers, errs atomic.Int32
	for i := range 12 {
		client := &stormClient{t: t, f: f, org: []string{demo.OrgA, demo.OrgB}[i%2], memory: fmt.Sprintf("%dMB", 5+i), answers: &answers}
		client.token = f.Token(t, client.org)
		clients.Go(func() {
			for range 30 {
				if err := client.round(); err != nil {
					errs.Add(1)
				}
			}
			client.leave()
		})
	}
	killed := make(chan int)
	go func() {
		n := 0
		for ; !done.Load(); n++ {
			time.Sleep(20 * time.Millisecond)
			if n%4 == 0 {
				f.DB.Query(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
					WHERE datname = $1 AND application_name LIKE 'storm%' ORDER BY random() LIMIT 1`, f.DB.Name)
			}
		}
		killed <- n
	}()
	clients.Wait()
	done.Store(true)
	<-killed
	t.Logf("%d answers, %d rounds that were broken off", answers.Load(), errs.Load())
	if answers.Load() < 100 {
		t.Error("hardly anything was answered")
	}
	f.gone(t)
	f.free(t)
	if got := f.DB.Query(t, "SELECT count(*) FROM contacts WHERE full_name = 'changed'")[0][0]; got != "0" {
		t.Errorf("%s rows were changed by half a transaction", got)
	}
}

// stormClient is one client of TestTransactionStorm.
type stormClient struct {
	t       *testing.T
	f       *fixture
	org     string
	token   string
	memory  string
	answers *atomic.Int32
	conn    *pgconn.PgConn
}

// round connects, unless it is, and does something of each kind. An error breaks it off.
func (c *stormClient) round() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if c.conn == nil || c.conn.IsClosed() {
		if c.conn, err = c.f.Dial(c.t, c.token, "application_name", "storm of "+c.org); err != nil {
			return err
		}
		if _, err := c.conn.Prepare(ctx, "seen", seenBy, nil); err != nil {
			c.leave()
			return err
		}
		if err := c.exec(ctx, "SET work_mem = '"+c.memory+"'", ""); err != nil {
			c.leave() // it may or may not be set
			return err
		}
	}
	seen := c.conn.ExecPrepared(ctx, "seen", nil, nil, nil).Read()
	if seen.Err != nil {
		return c.expected(seen.Err)
	}
	c.is("seen", string(seen.Rows[0][0]), c.org)
	if err := c.exec(ctx, "SHOW work_mem", c.memory); err != nil {
		return err
	}
	if rand.IntN(3) == 0 {
		go func(conn *pgconn.PgConn) {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			_ = conn.CancelRequest(ctx) // it may hit anything of this session, or nothing
		}(c.conn)
	}
	if err := c.exec(ctx, "BEGIN; UPDATE contacts SET full_name = 'changed'", ""); err != nil {
		return err
	}
	if rand.IntN(6) == 0 {
		c.leave()
		return nil
	}
	if err := c.exec(ctx, seenBy, c.org); err != nil {
		return err
	}
	return c.exec(ctx, "ROLLBACK", "")
}

// exec runs a statement, and compares its one value unless want is empty.
func (c *stormClient) exec(ctx context.Context, sql, want string) error {
	results, err := c.conn.Exec(ctx, sql).ReadAll()
	if err != nil {
		return c.expected(err)
	}
	if want != "" {
		c.is(sql, string(results[0].Rows[0][0]), want)
	}
	return nil
}

func (c *stormClient) is(what, got, want string) {
	c.answers.Add(1)
	if got != want {
		c.t.Errorf("%s of %s: got %s, want %s", what, c.org, got, want)
	}
}

// expected looks for errors that nothing of the storm explains, and ends the transaction
// that there may be.
func (c *stormClient) expected(err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		switch e.Code {
		case "57014", "57P01", "08006", "25P02":
		default:
			c.t.Errorf("%+v", e)
		}
	}
	c.leave()
	return err
}

// leave closes the connection without a word, wherever it is.
func (c *stormClient) leave() {
	if c.conn != nil {
		c.conn.Conn().Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		c.conn.Close(ctx)
		c.conn = nil
	}
}
