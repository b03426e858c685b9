package proxy_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/pool"
)

// exchange sends a pipeline and gives the replies up to each of syncs ReadyForQuery.
func exchange(t *testing.T, conn net.Conn, syncs int, messages ...pgproto3.FrontendMessage) (replies []pgtest.Reply) {
	t.Helper()
	send(t, conn, messages...)
	for range syncs {
		replies = append(replies, until(t, conn, 'Z')...)
	}
	return replies
}

// brief is what matters of replies: errors by SQLSTATE and message, rows by their
// values, and the types of the rest.
func brief(t *testing.T, replies []pgtest.Reply) string {
	t.Helper()
	var b strings.Builder
	for _, r := range replies {
		switch r.Type {
		case 'S', 'N': // of the settings that the other org's visit has changed
		case 'E':
			e := r.ErrorResponse(t)
			fmt.Fprintf(&b, "[%s %s]", e.Code, e.Message)
		case 'D':
			fmt.Fprintf(&b, "(%s)", r.Body[2:])
		case 'Z':
			fmt.Fprintf(&b, "Z%s ", r.Body)
		default:
			b.WriteByte(r.Type)
		}
	}
	return b.String()
}

// TestPreparedLikeDirect plays random sequences of messages about prepared statements
// directly, and in transaction mode on an upstream connection that another org has
// between any two exchanges: the answers are the same.
func TestPreparedLikeDirect(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	other := f.Connect(t, demo.OrgB)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	pick := func(words ...string) string { return words[rng.IntN(len(words))] }
	// Of two names for one text an error may have the other. In a failed transaction a
	// Parse that is put in fails before the Bind could for another reason.
	inFailed := regexp.MustCompile(`\[[^]]*\]ZE`)
	comparable := func(s string) string {
		return inFailed.ReplaceAllString(strings.ReplaceAll(s, `"b"`, `"a"`), "[error]ZE")
	}
	var played []string
	defer func() {
		if t.Failed() {
			t.Logf("played:\n%s", strings.Join(played, "\n"))
		}
	}()
	for range 150 {
		direct, proxied := raw(t, f.connectDirect(t, demo.OrgA)), raw(t, f.Connect(t, demo.OrgA))
		played = nil
		for range 6 {
			var messages []pgproto3.FrontendMessage
			syncs, inTransaction := 0, false
			note := func(m pgproto3.FrontendMessage) {
				messages = append(messages, m)
				played = append(played, fmt.Sprintf("%T%+v", m, m)[len("*pgproto3."):])
			}
			for range 1 + rng.IntN(3) {
				if rng.IntN(4) == 0 {
					sql := pick("SELECT 'simple'", "DEALLOCATE ALL", "DISCARD ALL", "SELECT 1/0")
					if rng.IntN(2) == 0 {
						sql, inTransaction = pick("BEGIN", "BEGIN; SELECT 1/0"), true
					}
					note(&pgproto3.Query{String: sql})
					syncs++
					continue
				}
				others := false
				for range 1 + rng.IntN(6) {
					name := pick("", "a", "b")
					kind := rng.IntN(7)
					others = others || 2 <= kind && kind <= 4
					switch kind {
					case 0, 1:
						if others && name == "" {
							// If this one is skipped, or fails, is not told apart from an
							// error before it: the statement counts as gone.
							continue
						}
						note(&pgproto3.Parse{Name: name, Query: pick("SELECT 'one'", "SELECT 'two'", "SELECT 'three'", "SELECT no_column FROM contacts", "SELECT $1::int")})
					case 2, 3:
						note(&pgproto3.Bind{PreparedStatement: name})
						note(&pgproto3.Execute{})
					case 4:
						note(&pgproto3.Describe{ObjectType: 'S', Name: name})
					case 5:
						note(&pgproto3.Close{ObjectType: 'S', Name: name})
					case 6:
						note(&pgproto3.Close{ObjectType: 'P'})
					}
				}
				note(&pgproto3.Sync{})
				syncs++
			}
			if inTransaction {
				note(&pgproto3.Query{String: "ROLLBACK"})
				syncs++
			}
			want, got := brief(t, exchange(t, direct, syncs, messages...)), brief(t, exchange(t, proxied, syncs, messages...))
			if got, want = comparable(got), comparable(want); got != want {
				t.Fatalf("got\n%s\nwant\n%s", got, want)
			}
			if rng.IntN(2) == 0 {
				if got := one(t, other, seenBy); got != demo.OrgB {
					t.Fatalf("org B sees %s", got)
				}
			}
		}
		direct.Close()
		proxied.Close()
	}
}

// TestPreparedNames goes through names that the client and the proxy could mean
// different things by.
func TestPreparedNames(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	other := f.Connect(t, demo.OrgB)
	conn := raw(t, f.Connect(t, demo.OrgA))
	long := strings.Repeat("n", 70)
	play := func(want string, messages ...pgproto3.FrontendMessage) {
		t.Helper()
		if _, simple := messages[0].(*pgproto3.Query); !simple {
			messages = append(messages, &pgproto3.Sync{})
		}
		if got := brief(t, exchange(t, conn, 1, messages...)); !strings.Contains(got, want) {
			t.Errorf("%T%+v: got %s, want %s", messages[0], messages[0], got, want)
		}
		query(t, other, "SELECT 1") // has the connection forget
	}
	sql := func(text string) *pgproto3.Query { return &pgproto3.Query{String: text} }
	parse := func(name, text string, types ...uint32) *pgproto3.Parse {
		return &pgproto3.Parse{Name: name, Query: text, ParameterOIDs: types}
	}
	bind := func(name string, values ...string) *pgproto3.Bind {
		b := &pgproto3.Bind{PreparedStatement: name}
		for _, v := range values {
			b.Parameters = append(b.Parameters, []byte(v))
		}
		return b
	}
	run := &pgproto3.Execute{}
	const int4, text = 23, 25

	play("1Z", parse("a", "SELECT pg_typeof($1)", int4))
	play("1Z", parse("b", "SELECT pg_typeof($1)", text))
	play("integer", bind("a", "1"), run)
	play("text", bind("b", "1"), run)
	play(`[42P05 prepared statement "a" already exists]`, parse("a", "SELECT 1"))
	play(`[08P01 bind message supplies 2 parameters, but prepared statement "b" requires 1]`, bind("b", "1", "2"))
	play("t", &pgproto3.Describe{ObjectType: 'S', Name: "b"})
	play(`[26000 prepared statement "c" does not exist]`, bind("c"))

	play("1Z", parse(long, "SELECT 'long'"))
	play("long", bind(long[:63]), run)
	play("already exists", parse(long[:65], "SELECT 1"))

	for _, name := range []string{"tenantproxy_context", "tenantproxy_refused", "tenantproxy_x"} {
		play(`[26000 prepared statement "`+name+`" does not exist]`, bind(name))
		play(`[26000 prepared statement "`+name+`" does not exist]`, &pgproto3.Describe{ObjectType: 'S', Name: name})
		play("3Z", &pgproto3.Close{ObjectType: 'S', Name: name})
		play("1Z", parse(name, "SELECT 'mine'"))
		play("mine", bind(name), run)
		play("42501", sql("EXECUTE "+name))
	}
	play("42501", sql("PREPARE tenantproxy_y AS SELECT 1"))
	play("42501", sql("EXECUTE a(1)"))
	play("42501", sql("PREPARE a AS SELECT 1"))
	play("42501", sql("DEALLOCATE a; SELECT 1"))
	play("integer", bind("a", "1"), run)

	play("CZI", sql("DEALLOCATE a"))
	play(`[26000 prepared statement "a" does not exist]`, bind("a", "1"))
	play("26000", sql("DEALLOCATE a"))
	play("12CZ", parse("", "DEALLOCATE b"), bind(""), run)
	play(`[26000 prepared statement "b" does not exist]`, bind("b", "1"))
	play("1Z", parse("a", "SELECT 'a'"))
	play("12CZ", parse("", "DEALLOCATE ALL"), bind(""), run)
	play(`[26000`, bind("a"))

	// What PREPARE makes is the connection's, to which the session is pinned then.
	play("CZ", sql("DEALLOCATE ALL"))
	query(t, other, "SELECT 1")
	send(t, conn, sql("PREPARE p AS SELECT 'p'"), parse("a", "SELECT 'a'"), bind("p"), run, bind("a"), run, parse("p", "SELECT 1"), &pgproto3.Sync{})
	if got := brief(t, until(t, conn, 'Z')) + brief(t, until(t, conn, 'Z')); !strings.Contains(got, `already exists]`) || strings.Count(got, "(") != 2 {
		t.Errorf("got %s", got)
	}
}

// preparedOn counts the prepared statements of the connection that conn has now.
func preparedOn(t *testing.T, conn *pgconn.PgConn) string {
	t.Helper()
	return one(t, conn, "SELECT count(*) FROM pg_prepared_statements")
}

// TestPreparedIsShared has sessions of one context prepare the same: a connection has
// it once, and not more than it may have.
func TestPreparedIsShared(t *testing.T) {
	f := start(t, transactionMode, oneUpstream, func(s *setup) {
		s.Policy.AllowRelations = append(s.Policy.AllowRelations, "pg_catalog.pg_prepared_statements")
	})
	token := f.Token(t, demo.OrgA)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var all []*pgconn.PgConn
	for i := range 3 {
		conn, err := f.Dial(t, token)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, conn)
		if _, err := conn.Prepare(ctx, fmt.Sprintf("s%d", i), "SELECT 'shared'", nil); err != nil {
			t.Fatal(err)
		}
	}
	for i, conn := range all {
		if r := conn.ExecPrepared(ctx, fmt.Sprintf("s%d", i), nil, nil, nil).Read(); r.Err != nil || string(r.Rows[0][0]) != "shared" {
			t.Fatal(r.Err)
		}
	}
	if got := preparedOn(t, all[0]); got != "1" {
		t.Errorf("%s statements are prepared", got)
	}
	for i := range pool.MaxPrepared + 50 {
		if _, err := all[1].Prepare(ctx, fmt.Sprint(i), fmt.Sprintf("SELECT %d", i), nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := preparedOn(t, all[0]); got != fmt.Sprint(pool.MaxPrepared) {
		t.Errorf("%s statements are prepared", got)
	}
	for i := range pool.MaxPrepared + 50 {
		if r := all[1].ExecPrepared(ctx, fmt.Sprint(i), nil, nil, nil).Read(); r.Err != nil || string(r.Rows[0][0]) != fmt.Sprint(i) {
			t.Fatal(r.Err)
		}
	}
	if got := preparedOn(t, all[0]); got != fmt.Sprint(pool.MaxPrepared) {
		t.Errorf("%s statements are prepared", got)
	}
	// The same sessions, one message at a time in a batch that does not wait.
	conn := raw(t, all[2])
	var batch []pgproto3.FrontendMessage
	for range 50 {
		batch = append(batch, &pgproto3.Bind{PreparedStatement: "s2"}, &pgproto3.Execute{}, &pgproto3.Sync{})
	}
	if got := brief(t, exchange(t, conn, 50, batch...)); strings.Count(got, "shared") != 50 || strings.ContainsAny(got, "[13") {
		t.Errorf("got %s", got)
	}
}

// TestPreparedAgain changes the schema under a statement that has to be prepared again
// (I6), or cannot be.
func TestPreparedAgain(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	other, conn := f.Connect(t, demo.OrgB), f.Connect(t, demo.OrgA)
	f.DB.Exec(t, "CREATE VIEW v WITH (security_barrier) AS SELECT org_id FROM contacts; ALTER VIEW v OWNER TO "+demo.AppRole+"; GRANT SELECT ON v TO "+demo.AppRole)
	f.Refresh(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := conn.Prepare(ctx, "s", "SELECT DISTINCT org_id FROM v", nil); err != nil {
		t.Fatal(err)
	}
	run := func() error { return conn.ExecPrepared(ctx, "s", nil, nil, nil).Read().Err }
	query(t, other, "SELECT 1")
	if err := run(); err != nil {
		t.Fatal(err)
	}
	// The view comes to run as the superuser, whom no policy holds back.
	f.DB.Exec(t, "ALTER VIEW v OWNER TO CURRENT_USER")
	f.Refresh(t)
	for range 2 {
		refused(t, run(), "view.")
		query(t, other, "SELECT 1")
	}
	f.DB.Exec(t, "DROP VIEW v") // which the proxy does not know yet
	refused(t, run(), "view.")
	f.DB.Exec(t, "CREATE VIEW v WITH (security_barrier) AS SELECT org_id FROM contacts; ALTER VIEW v OWNER TO "+demo.AppRole+"; GRANT SELECT ON v TO "+demo.AppRole)
	f.Refresh(t)
	if err := run(); err != nil {
		t.Fatal(err)
	}
	f.DB.Exec(t, "DROP VIEW v")
	query(t, other, "SELECT 1")
	sqlstate(t, run(), "42P01") // of the Parse, as the answer to the Bind
	if got := one(t, conn, seenBy); got != demo.OrgA {
		t.Errorf("org A sees %s", got)
	}
}

// TestPreparedSweptAway has a function drop what the proxy takes for prepared: the
// next one has it prepared again.
func TestPreparedSweptAway(t *testing.T) {
	f := start(t, transactionMode, oneUpstream, func(s *setup) {
		s.Policy.AllowFunctions = append(s.Policy.AllowFunctions, "public.sweep")
	})
	f.DB.Exec(t, "CREATE FUNCTION sweep() RETURNS void LANGUAGE plpgsql AS $$BEGIN EXECUTE 'DEALLOCATE ALL'; END$$")
	f.Refresh(t)
	conn := f.Connect(t, demo.OrgA)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := conn.Prepare(ctx, "s", "SELECT 1", nil); err != nil {
		t.Fatal(err)
	}
	query(t, conn, "SELECT sweep()")
	e := sqlstate(t, conn.ExecPrepared(ctx, "s", nil, nil, nil).Read().Err, "26000")
	if !strings.Contains(e.Message, `"s"`) {
		t.Errorf("got %s", e.Message)
	}
	if err := conn.ExecPrepared(ctx, "s", nil, nil, nil).Read().Err; err != nil {
		t.Error(err)
	}
}

// TestPipelineEndsBeforeQuery ends a session that mixes the protocols so that nobody
// could tell what its answers belong to.
func TestPipelineEndsBeforeQuery(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	conn := raw(t, f.Connect(t, demo.OrgA))
	send(t, conn, &pgproto3.Parse{Query: "SELECT 1"}, &pgproto3.Query{String: "SELECT 2"}, &pgproto3.Sync{})
	if got := string(closes(t, conn)); !strings.Contains(got, "08P01") {
		t.Errorf("got %q", got)
	}
}

// TestPreparedTooMuch prepares more than is remembered of a session: what comes then
// keeps the session where it is, and works.
func TestPreparedTooMuch(t *testing.T) {
	f := start(t, transactionMode, func(s *setup) { s.Pool.MaxUpstream = 2 })
	conn, other := raw(t, f.Connect(t, demo.OrgA)), f.Connect(t, demo.OrgB)
	padding := strings.Repeat(" ", 1<<20-100)
	for i := range 20 {
		got := brief(t, exchange(t, conn, 1, &pgproto3.Parse{Name: fmt.Sprint(i), Query: fmt.Sprintf("SELECT 'n%d'", i) + padding}, &pgproto3.Sync{}))
		if got != "1ZI " {
			t.Fatalf("statement %d: %s", i, got)
		}
	}
	query(t, other, "SELECT 1")
	for i := range 20 {
		got := brief(t, exchange(t, conn, 1, &pgproto3.Bind{PreparedStatement: fmt.Sprint(i)}, &pgproto3.Execute{}, &pgproto3.Sync{}))
		if !strings.Contains(got, fmt.Sprintf("n%d)", i)) {
			t.Errorf("statement %d: %s", i, got)
		}
	}
}
