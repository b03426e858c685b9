package canary

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/demo"
)

// tally counts what became of statements.
type tally struct {
	sync.Mutex
	sent, fine, refused, failed, sessions int
	// codes counts the errors that were not refusals, lost what ended a session.
	codes map[string]int
	lost  []string
}

// TestGrammar has workers that log in as A and as B by turns, and send generated
// statements; B only reads. All share three upstream connections.
func TestGrammar(t *testing.T) {
	s := newStage(t)
	schema := s.schema(t)
	const workers = 4
	counts := &tally{codes: make(map[string]int)}
	var all sync.WaitGroup
	for w := range workers {
		g := &generator{r: rand.New(rand.NewPCG(*seed, uint64(w)+100)), schema: schema}
		all.Go(func() {
			for left := *statements / workers; left > 0 && !t.Failed(); {
				n := min(left, 20+g.r.IntN(60))
				s.session(t, s.a, demo.OrgA, g, n, counts)
				s.session(t, s.b, demo.OrgB, g, 3, &tally{codes: make(map[string]int)})
				left -= n
			}
		})
	}
	all.Wait()
	t.Logf("A sent %d statements in %d sessions: %d fine, %d refused, %d with other errors %v", counts.sent, counts.sessions, counts.fine, counts.refused, counts.failed, counts.codes)
	for _, lost := range counts.lost {
		t.Errorf("a session ended: %s", lost)
	}
	if counts.sent < *statements-workers || counts.fine < counts.sent/4 || counts.refused < counts.sent/100 {
		t.Error("the statements are not what they should be: too few, too few that run, or too few refused")
	}
	if finds, _ := s.b.state(); len(finds) == 0 {
		t.Error("B received none of its own markers: nothing would be found")
	}
	s.check(t)
}

// session logs in, sends at least n statements and leaves, now and then in the
// middle of things.
func (s *stage) session(t *testing.T, tap *tap, org string, g *generator, n int, counts *tally) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	conn, err := pgconn.Connect(ctx, s.dsn(t, tap, org))
	if err != nil {
		t.Errorf("logging in: %v", err)
		return
	}
	count := func(sql string, err error) {
		counts.Lock()
		defer counts.Unlock()
		counts.sent++
		var e *pgconn.PgError
		switch {
		case err == nil:
			counts.fine++
		case errors.As(err, &e) && strings.HasPrefix(e.Detail, "rule: "):
			counts.refused++
		case errors.As(err, &e):
			counts.failed++
			counts.codes[e.Code]++
		}
		if conn.IsClosed() {
			counts.lost = append(counts.lost, sql+": "+err.Error())
		}
	}
	if org == demo.OrgB { // what A might get to see is on the connection, in caches, in temporary files
		count("", run(ctx, conn, "SELECT * FROM contacts; SELECT * FROM cold_call_logs ORDER BY transcript; PREPARE p1 AS SELECT * FROM contacts; SET application_name = 'b'", 0))
	}
	for sent := 0; sent < n && !conn.IsClosed(); {
		for _, sql := range g.unit(org == demo.OrgA) {
			if conn.IsClosed() {
				break
			}
			count(sql, run(ctx, conn, sql, g.r.IntN(4)))
			sent++
		}
		if conn.TxStatus() != 'I' && !g.chance(4) && !conn.IsClosed() {
			count("ROLLBACK", run(ctx, conn, "ROLLBACK", 0))
			sent++
		}
	}
	counts.Lock()
	counts.sessions++
	counts.Unlock()
	if g.chance(3) && !conn.IsClosed() {
		if hijacked, err := conn.Hijack(); err == nil {
			hijacked.Conn.Close()
			return
		}
	}
	_ = conn.Close(ctx) // whatever state it is in
}

// run sends a text in one of the ways in which clients do.
func run(ctx context.Context, conn *pgconn.PgConn, sql string, way int) error {
	if strings.Contains(sql, "COPY") || strings.Contains(sql, "\x00") {
		way = 0 // pgconn has COPY in the simple protocol only
	}
	switch way {
	case 0:
		_, err := conn.Exec(ctx, sql).ReadAll()
		return err
	case 1:
		return conn.ExecParams(ctx, sql, nil, nil, nil, []int16{1}).Read().Err
	case 2:
		return conn.ExecParams(ctx, sql, nil, nil, nil, nil).Read().Err
	}
	if _, err := conn.Prepare(ctx, "statement", sql, nil); err != nil {
		return err
	}
	err := conn.ExecPrepared(ctx, "statement", nil, nil, nil).Read().Err
	if conn.IsClosed() {
		return err
	}
	return errors.Join(err, conn.Deallocate(ctx, "statement"))
}
