package proxy_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/rewrite"
)

// listener is a client that keeps what it is notified of, as channel=payload.
type listener struct {
	*pgconn.PgConn
	heard []string
	pids  map[uint32]bool
}

func (f *fixture) listener(t *testing.T, org string) *listener {
	t.Helper()
	l := &listener{pids: make(map[uint32]bool)}
	config, err := pgconn.ParseConfig(f.DSN(f.Token(t, org)))
	if err != nil {
		t.Fatal(err)
	}
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) {
		l.heard = append(l.heard, n.Channel+"="+n.Payload)
		l.pids[n.PID] = true
	}
	if l.PgConn, err = pgconn.ConnectConfig(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(context.Background()) })
	return l
}

// hears waits, without sending anything, until it has heard just that since the
// last time.
func (l *listener) hears(t *testing.T, want ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for len(l.heard) < len(want) {
		if err := l.WaitForNotification(ctx); err != nil {
			t.Fatalf("heard %q, want %q: %v", l.heard, want, err)
		}
	}
	if !slices.Equal(l.heard, want) {
		t.Fatalf("heard %q, want %q", l.heard, want)
	}
	l.heard = nil
}

func channelsOfTheirOwn(s *setup) { s.Policy.ListenNotify = "prefix" }

// TestChannelsOfTheirOwn has two orgs, and the database's own sessions, use the
// same names of channels.
func TestChannelsOfTheirOwn(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		f := start(t, channelsOfTheirOwn, func(s *setup) { s.DB = server.NewDatabase(t) })
		a, also, b := f.listener(t, demo.OrgA), f.listener(t, demo.OrgA), f.listener(t, demo.OrgB)
		direct := f.DB.Connect(t, f.DB.Superuser())

		query(t, a.PgConn, `SELECT 1; LISTEN jobs; LISTEN "Jobs ""today"""`)
		if err := also.ExecParams(t.Context(), "LISTEN /* what */ JOBS", nil, nil, nil, nil).Read().Err; err != nil {
			t.Fatal(err)
		}
		query(t, b.PgConn, "LISTEN jobs")
		query(t, b.PgConn, `LISTEN "Jobs ""today"""`)

		query(t, a.PgConn, "NOTIFY jobs, 'of a'")
		a.hears(t, "jobs=of a")
		also.hears(t, "jobs=of a") // idle
		query(t, b.PgConn, "NOTIFY Jobs, 'of b'")
		b.hears(t, "jobs=of b") // and nothing of a's
		query(t, also.PgConn, `BEGIN; NOTIFY "Jobs ""today""", 'quoted'; NOTIFY jobs; COMMIT`)
		a.hears(t, `Jobs "today"=quoted`, "jobs=")
		also.hears(t, "jobs=")
		if len(a.pids) != 2 {
			t.Errorf("the notifications are of %d sessions", len(a.pids))
		}

		// Those of the database are on other channels, unless they use the prefix.
		pgtest.Query(t, direct, "SELECT pg_notify('jobs', 'direct')")
		pgtest.Query(t, direct, "LISTEN jobs")
		const prefixSQL = `translate(encode(substr(sha256(convert_to('tenantproxy channel ' || $1::text, 'UTF8')), 1, 15), 'base64'), '+/', '-_') || ':'`
		for _, org := range []string{demo.OrgA, demo.OrgB} {
			if got := pgtest.Query(t, direct, "SELECT "+prefixSQL, org)[0][0]; got != rewrite.ChannelPrefix(org) {
				t.Errorf("the prefix in SQL is %s, want %s", got, rewrite.ChannelPrefix(org))
			}
		}
		pgtest.Query(t, direct, "SELECT pg_notify("+prefixSQL+" || 'jobs', 'to a')", demo.OrgA)
		a.hears(t, "jobs=to a")
		also.hears(t, "jobs=to a")
		query(t, b.PgConn, "NOTIFY jobs, 'last'")
		b.hears(t, "jobs=last")

		query(t, a.PgConn, "UNLISTEN jobs")
		query(t, also.PgConn, "UNLISTEN *")
		query(t, also.PgConn, `NOTIFY jobs, 'nobody listens'; NOTIFY "Jobs ""today""", 'one does'`)
		a.hears(t, `Jobs "today"=one does`)
		query(t, also.PgConn, "LISTEN jobs")
		query(t, also.PgConn, "DISCARD ALL")
		query(t, a.PgConn, "NOTIFY jobs")
		query(t, also.PgConn, "SELECT 1")
		also.hears(t)
	})
}

// TestChannelsOfOthers has an upstream session that listens to channels which are
// not its org's, as code of the schema's owner could make it: what it hears there
// does not reach the client.
func TestChannelsOfOthers(t *testing.T) {
	f := start(t, channelsOfTheirOwn, func(s *setup) {
		s.Policy.AllowFunctions = append(s.Policy.AllowFunctions, "public.listen_to")
	})
	f.DB.Exec(t, `CREATE FUNCTION listen_to(channel text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('LISTEN %I', channel); END $$`)
	f.Refresh(t)
	a := f.listener(t, demo.OrgA)
	ofB := rewrite.ChannelPrefix(demo.OrgB) + "jobs"
	for _, channel := range []string{"jobs", ofB, rewrite.ChannelPrefix(demo.OrgA)[:20] + "jobs"} {
		query(t, a.PgConn, "SELECT listen_to('"+channel+"')")
	}
	query(t, a.PgConn, "LISTEN jobs")
	direct := f.DB.Connect(t, f.DB.Superuser())
	for range 100 {
		pgtest.Query(t, direct, "SELECT pg_notify($1, 'secret-of-b'), pg_notify('jobs', 'x')", ofB)
	}
	query(t, f.listener(t, demo.OrgB).PgConn, "NOTIFY jobs, 'secret-of-b'")
	pgtest.Query(t, direct, "SELECT pg_notify($1, 'own')", rewrite.ChannelPrefix(demo.OrgA)+"jobs")
	a.hears(t, "jobs=own")
	if got := one(t, a.PgConn, "SELECT 1"); got != "1" {
		t.Errorf("got %s", got)
	}
}

// TestChannelsInPipelines has the texts change length amid a pipeline.
func TestChannelsInPipelines(t *testing.T) {
	f := start(t, channelsOfTheirOwn)
	conn := raw(t, f.Connect(t, demo.OrgA))
	var messages []pgproto3.FrontendMessage
	for i := range 3 {
		name := fmt.Sprint("s", i)
		messages = append(messages,
			&pgproto3.Parse{Name: name, Query: "LISTEN jobs"}, &pgproto3.Bind{PreparedStatement: name}, &pgproto3.Execute{},
			&pgproto3.Parse{Query: "SELECT $1::int", ParameterOIDs: []uint32{23}},
			&pgproto3.Bind{Parameters: [][]byte{[]byte("7")}}, &pgproto3.Execute{})
	}
	messages = append(messages, &pgproto3.Parse{Query: "NOTIFY jobs, 'x'"}, &pgproto3.Bind{}, &pgproto3.Execute{}, &pgproto3.Sync{})
	send(t, conn, messages...)
	types := ""
	for _, reply := range until(t, conn, 'Z') {
		if reply.Type != 'A' {
			types += string(reply.Type)
		}
	}
	if types != "12C12DC12C12DC12C12DC12CZ" {
		t.Errorf("got %s", types)
	}
	// Refused amid it, by its place.
	send(t, conn, &pgproto3.Query{String: "LISTEN jobs; SELECT * FROM import_staging"})
	if replies := until(t, conn, 'Z'); !refusedReply(t, replies) {
		t.Errorf("got %v", replies)
	}
	send(t, conn, &pgproto3.Query{String: "LISTEN a_name_of_more_than_the_forty_two_bytes_left"})
	if replies := until(t, conn, 'Z'); !refusedReply(t, replies) {
		t.Errorf("got %v", replies)
	}
}
