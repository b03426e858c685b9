package proxy_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
)

// TestSettingsMove goes through the ways to set something: the settings go with their
// session on a connection that others have in between, and stay with it.
func TestSettingsMove(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	token := f.Token(t, demo.OrgA)
	for _, c := range []struct{ name, sql, show, want string }{
		{"SET", "SET work_mem = '7MB'", "work_mem", "7MB"},
		{"SET SESSION", "SET SESSION lock_timeout = '1500ms'", "lock_timeout", "1500ms"},
		{"to a list", "SET datestyle = german, dmy", "datestyle", "German, DMY"},
		{"TIME ZONE", "SET TIME ZONE INTERVAL '+02:30' HOUR TO MINUTE", "timezone", "<+02:30>-02:30"},
		{"quotes", "SET application_name = 'it''s \"mine\"'", "application_name", `it's "mine"`},
		{"set_config", "SELECT set_config('work_mem', '7MB', false)", "work_mem", "7MB"},
		{"set_config for the transaction", "SELECT set_config('work_mem', '7MB', true)", "work_mem", "4MB"},
		{"characteristics", "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "transaction_read_only", "on"},
		{"LOCAL", "BEGIN; SET LOCAL work_mem = '7MB'; COMMIT", "work_mem", "4MB"},
		{"in a transaction", "BEGIN; SET work_mem = '7MB'; COMMIT", "work_mem", "7MB"},
		{"LOCAL behind SET", "BEGIN; SET work_mem = '6MB'; SET LOCAL work_mem = '7MB'; COMMIT", "work_mem", "6MB"},
		{"rolled back", "BEGIN; SET work_mem = '7MB'; ROLLBACK", "work_mem", "4MB"},
		{"to a savepoint", "BEGIN; SET work_mem = '6MB'; SAVEPOINT s; SET work_mem = '7MB'; ROLLBACK TO s; COMMIT", "work_mem", "6MB"},
		{"in a text that fails", "SET work_mem = '7MB'; SELECT 1/0", "work_mem", "4MB"},
		{"to a wrong value", "SET statement_timeout = 'soon'", "statement_timeout", "0"},
		{"of a transaction", "SET transaction_isolation = 'serializable'", "transaction_isolation", "read committed"},
		{"twice", "SET work_mem = '6MB'; SET work_mem = '7MB'", "work_mem", "7MB"},
		{"as it is pinned", "SET search_path = public", "search_path", "public"},
	} {
		for _, extended := range []bool{false, true} {
			if extended && strings.Contains(c.sql, ";") {
				continue
			}
			t.Run(fmt.Sprintf("%s/extended %v", c.name, extended), func(t *testing.T) {
				a, err := f.Dial(t, token)
				if err != nil {
					t.Fatal(err)
				}
				same, err := f.Dial(t, token)
				if err != nil {
					t.Fatal(err)
				}
				b := f.Connect(t, demo.OrgB)
				before := one(t, same, "SHOW "+c.show)
				if extended {
					_ = a.ExecParams(t.Context(), c.sql, nil, nil, nil, nil).Read().Err
				} else {
					_, _ = tryQuery(t, a, c.sql)
				}
				for range 2 {
					if got := one(t, b, "SHOW "+c.show) + one(t, same, "SHOW "+c.show); got != before+before {
						t.Errorf("others have %s, want twice %s", got, before)
					}
					if got := one(t, a, "SHOW "+c.show); got != c.want {
						t.Errorf("got %s, want %s", got, c.want)
					}
					if got := one(t, a, seenBy) + one(t, b, seenBy); got != demo.OrgA+demo.OrgB {
						t.Errorf("they see %s", got)
					}
				}
				f.free(t)
				for _, conn := range []interface{ Close(context.Context) error }{a, b, same} {
					conn.Close(t.Context())
				}
			})
		}
	}
}

// TestSettingsReset goes through the ways back, for a client that asked for settings
// when it connected.
func TestSettingsReset(t *testing.T) {
	for _, c := range []struct {
		name, sql string // texts, one behind the other
		want      string
	}{
		{"one", "RESET datestyle", "German, DMY|7MB"},
		{"one that was not asked for", "RESET work_mem", "SQL, DMY|4MB"},
		{"to default", "SET datestyle TO DEFAULT", "German, DMY|7MB"},
		{"all", "RESET ALL", "German, DMY|4MB"},
		{"DISCARD", "DISCARD ALL", "German, DMY|4MB"},
		{"as asyncpg does", "SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL;", "German, DMY|4MB"},
		{"in a text that fails", "RESET ALL; SELECT 1/0", "SQL, DMY|7MB"},
		{"the org", "RESET app.org_id", "SQL, DMY|7MB"},
		{"in a transaction", "BEGIN | RESET ALL | COMMIT", "German, DMY|4MB"},
		{"rolled back", "BEGIN | RESET ALL | ROLLBACK", "SQL, DMY|7MB"},
		{"one, rolled back", "BEGIN | RESET datestyle | ROLLBACK", "SQL, DMY|7MB"},
		{"to a savepoint", "BEGIN | SAVEPOINT s | RESET ALL | SHOW datestyle | ROLLBACK TO s | COMMIT", "SQL, DMY|7MB"},
		{"and set again", "RESET datestyle; SET datestyle = iso", "ISO, MDY|7MB"},
		{"set, and reset", "SET datestyle = iso; RESET datestyle", "German, DMY|7MB"},
		{"and set again in a transaction", "BEGIN | RESET ALL | SET work_mem = '6MB' | COMMIT", "German, DMY|6MB"},
		{"set, and the org", "BEGIN | SET work_mem = '6MB' | RESET app.org_id | SHOW work_mem | COMMIT", "SQL, DMY|6MB"},
		{"in a failed transaction", "BEGIN | SELECT no_column FROM contacts | RESET ALL | ROLLBACK", "SQL, DMY|7MB"},
		{"all in one text", "BEGIN; RESET ALL; ROLLBACK", "SQL, DMY|7MB"}, // refused
		{"while pinned", "PREPARE p AS SELECT 1 | SET work_mem = '6MB' | RESET datestyle", "German, DMY|6MB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := start(t, transactionMode, func(s *setup) { s.Pool.MaxUpstream = 2 })
			a, b := f.Connect(t, demo.OrgA, "datestyle", "german"), f.Connect(t, demo.OrgB)
			query(t, a, "SET datestyle = sql")
			query(t, a, "SET work_mem = '7MB'")
			for _, sql := range strings.Split(c.sql, " | ") {
				_, _ = tryQuery(t, a, sql)
			}
			for range 3 {
				if got := one(t, b, "SHOW datestyle") + "|" + one(t, b, "SHOW work_mem"); got != "ISO, MDY|4MB" {
					t.Errorf("org B has %s", got)
				}
				if got := one(t, a, "SHOW datestyle") + "|" + one(t, a, "SHOW work_mem"); got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
				if told, want := a.ParameterStatus("DateStyle"), strings.Split(c.want, "|")[0]; told != want {
					t.Errorf("the client was told %s, want %s", told, want)
				}
				if got := one(t, a, seenBy); got != demo.OrgA {
					t.Errorf("org A sees %s", got)
				}
			}
		})
	}
}

// TestSettingsOfAFunction has a function set what a client may not: it does not go to
// another connection with what the client sets.
func TestSettingsOfAFunction(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	f.DB.Exec(t, `CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
		PERFORM set_config('work_mem', '1GB', false), set_config('search_path', 'pg_temp, public', false); RETURN NEW; END$$;
		CREATE TRIGGER spoil BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION spoil()`)
	f.Refresh(t)
	a, b := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgB)
	query(t, a, "BEGIN; SET work_mem = '6MB'; SET search_path = public")
	query(t, a, "UPDATE contacts SET full_name = full_name; COMMIT")
	if got := one(t, b, "SHOW work_mem") + one(t, b, "SHOW search_path"); got != `4MB"public", pg_catalog` && got != "4MBpublic, pg_catalog" {
		t.Errorf("org B has %s", got)
	}
	same := f.Connect(t, demo.OrgA)
	query(t, a, "BEGIN; SET work_mem = '6MB'")
	query(t, a, "UPDATE contacts SET full_name = full_name; COMMIT")
	if got := one(t, same, "SHOW work_mem"); got != "4MB" {
		t.Errorf("another session of the same org has %s", got)
	}
	if got := one(t, a, "SHOW work_mem") + one(t, a, "SHOW search_path"); !strings.HasPrefix(got, "4MB") || strings.Contains(got, "pg_temp") {
		t.Errorf("org A has %s", got)
	}
}

// TestSettingsInPipelines sets, and goes on at once.
func TestSettingsInPipelines(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	b := f.Connect(t, demo.OrgB)
	conn := raw(t, f.Connect(t, demo.OrgA))
	for i := range 20 {
		value := fmt.Sprintf("%dMB", 5+i)
		send(t, conn, &pgproto3.Query{String: "SET work_mem = '" + value + "'"}, &pgproto3.Query{String: "SHOW work_mem"},
			&pgproto3.Parse{Query: "SELECT current_setting('work_mem')"}, &pgproto3.Bind{}, &pgproto3.Execute{}, &pgproto3.Sync{})
		var got string
		for range 3 {
			got += brief(t, until(t, conn, 'Z'))
		}
		if strings.Count(got, value) != 2 {
			t.Errorf("got %s, want %s", got, value)
		}
		if got := one(t, b, "SHOW work_mem"); got != "4MB" {
			t.Errorf("org B has %s", got)
		}
		if got := brief(t, exchange(t, conn, 1, &pgproto3.Query{String: "SHOW work_mem"})); !strings.Contains(got, value) {
			t.Errorf("got %s, want %s", got, value)
		}
	}
}

// TestSettingsAndCancels cancels while settings are read: the session keeps its own.
func TestSettingsAndCancels(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	a, b := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgB)
	for i := range 15 {
		value := fmt.Sprintf("%dMB", 5+i)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 3 {
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				_ = a.CancelRequest(ctx) // it may hit nothing
				cancel()
			}
		}()
		_, err := tryQuery(t, a, "SET work_mem = '"+value+"'")
		<-done
		if err != nil {
			sqlstate(t, err, "57014")
			continue
		}
		got, err := tryQuery(t, a, "SHOW work_mem")
		if err != nil {
			sqlstate(t, err, "57014")
		} else if got[0] != value {
			t.Errorf("got %s, want %s", got, value)
		}
		if a.IsClosed() {
			t.Fatal("the session ended")
		}
		if _, err := tryQuery(t, b, "SHOW work_mem"); err != nil {
			sqlstate(t, err, "53300") // a is pinned, after cancels in a row
		}
	}
}

// TestSettingsAndGoodbye has clients set something and leave at once, in every way, while
// what has come of it is read: nothing is left hanging, nor its settings.
func TestSettingsAndGoodbye(t *testing.T) {
	f := start(t, transactionMode, oneUpstream)
	b := f.Connect(t, demo.OrgB)
	for range 15 {
		for _, goodbye := range [][]pgproto3.FrontendMessage{{&pgproto3.Terminate{}}, {&pgproto3.Sync{}, &pgproto3.Terminate{}}, {}} {
			conn := raw(t, f.Connect(t, demo.OrgA))
			messages := append([]pgproto3.FrontendMessage{&pgproto3.Query{String: "SET work_mem = '7MB'"}}, goodbye...)
			send(t, conn, messages...)
			conn.Close()
		}
		for range 5 {
			conn := f.Connect(t, demo.OrgA)
			query(t, conn, "SET work_mem = '7MB'")
			conn.Close(t.Context())
		}
		if got := one(t, b, "SHOW work_mem"); got != "4MB" {
			t.Errorf("org B has %s", got)
		}
	}
	b.Close(t.Context())
	f.gone(t)
}
