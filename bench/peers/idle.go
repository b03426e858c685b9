package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sync/errgroup"
)

func numbers(s string) ([]int, error) {
	var all []int
	for _, field := range list(s) {
		n, err := strconv.Atoi(field)
		if err != nil || n <= 0 {
			return nil, fmt.Errorf("-idle: %q is not a number of clients", field)
		}
		all = append(all, n)
	}
	return all, nil
}

// settleTime is how long the memory of a peer gets to come to rest.
const settleTime = 2 * time.Second

// idleMemory logs in that many clients, which then say nothing, and gives what the
// peer's process grows by for each, in bytes. It measures nothing, and says 0
// clients, where there is no process, or not for so many.
func idleMemory(ctx context.Context, p *peer, clients int) (perClient float64, connected int, err error) {
	if p.process.pid == 0 || p.clients > 0 && clients > p.clients {
		return 0, 0, nil
	}
	before, err := p.process.resident()
	if err != nil {
		return 0, 0, err
	}
	var mu sync.Mutex
	var conns []*pgconn.PgConn
	defer func() {
		for _, conn := range conns {
			err = errors.Join(err, conn.Close(ctx))
		}
	}()
	var logins errgroup.Group
	logins.SetLimit(16)
	for range clients {
		logins.Go(func() error {
			conn, err := pgconn.Connect(ctx, p.dsn())
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			conns = append(conns, conn)
			return nil
		})
	}
	if err := logins.Wait(); err != nil {
		return 0, len(conns), err
	}
	time.Sleep(settleTime)
	after, err := p.process.resident()
	return (after - before) / float64(clients), clients, err
}
