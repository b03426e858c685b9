package proxy_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// TestStatementsInDoubt has names whose Parse or Close did not take effect,
// because of an error in their pipeline. After a change of the schema they must
// be refused for what they really stand for.
func TestStatementsInDoubt(t *testing.T) {
	const protected, other = "SELECT count(*) FROM contacts", "SELECT 'other'"
	parse := func(name, sql string) pgproto3.FrontendMessage { return &pgproto3.Parse{Name: name, Query: sql} }
	run := func(name string) []pgproto3.FrontendMessage {
		return []pgproto3.FrontendMessage{&pgproto3.Bind{PreparedStatement: name}, &pgproto3.Execute{}, &pgproto3.Sync{}}
	}
	sync, closeS := &pgproto3.Sync{}, &pgproto3.Close{ObjectType: 'S', Name: "s"}
	fails := parse("fails", "SELECT no_such_column FROM contacts")
	type messages = []pgproto3.FrontendMessage

	for _, c := range []struct {
		name string
		// before are the pipelines until the schema changes, each with one Sync.
		before []messages
		// then is what runs after it.
		then messages
		// refused tells that it must not run; otherwise result is what comes back.
		refused bool
		result  string
	}{
		{"prepared", []messages{{parse("s", protected), sync}}, run("s"), true, ""},
		{"prepared again under the same name", []messages{{parse("s", protected), sync}, {parse("s", other), sync}}, run("s"), true, ""},
		{"closed", []messages{{parse("s", protected), sync}, {closeS, sync}, {parse("s", other), sync}}, run("s"), false, "other"},
		{"closed behind an error", []messages{{parse("s", protected), sync}, {fails, closeS, sync}, {parse("s", other), sync}}, run("s"), true, ""},
		{"prepared behind an error", []messages{{parse("s", other), sync}, {fails, closeS, parse("s", protected), sync}}, run("s"), true, ""},
		{"closed and prepared in one pipeline", []messages{{parse("s", protected), sync}, {closeS, parse("s", other), sync}}, run("s"), false, "other"},
		{"settled after a doubt", []messages{{parse("s", protected), sync}, {fails, closeS, sync}, {closeS, sync}, {parse("s", other), sync}, {sync}}, run("s"), false, "other"},
		{"unnamed", []messages{{parse("", protected), sync}}, run(""), true, ""},
		{"unnamed, replaced", []messages{{parse("", protected), sync}, {parse("", other), sync}}, run(""), false, "other"},
		{"unnamed, replaced behind an error", []messages{{parse("", protected), sync}, {fails, parse("", other), sync}}, run(""), true, ""},
		{"unnamed, replaced in the same pipeline", []messages{{parse("", protected), sync}, {fails, parse("", other), sync}},
			append(messages{parse("", other)}, run("")...), false, "other"},
		{"DEALLOCATE, parsed only", []messages{{parse("s", protected), sync}, {parse("", "DEALLOCATE s"), sync}, {sync}}, run("s"), true, ""},
		{"DISCARD ALL, parsed only", []messages{{parse("s", protected), sync}, {parse("", "DISCARD ALL"), sync}, {sync}}, run("s"), true, ""},
		{"PREPARE, parsed only", []messages{{parse("s", protected), sync}, {parse("", "PREPARE s AS "+other), sync}, {sync}}, run("s"), true, ""},
		{"PREPARE, parsed and executed", []messages{
			{parse("", "PREPARE s AS "+protected), &pgproto3.Bind{}, &pgproto3.Execute{}, sync}, {sync},
		}, messages{&pgproto3.Query{String: "EXECUTE s"}}, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := start(t)
			conn := raw(t, f.Connect(t, demo.OrgA))
			for _, pipeline := range c.before {
				send(t, conn, pipeline...)
				until(t, conn, 'Z')
			}
			f.DB.Exec(t, "ALTER TABLE contacts DISABLE ROW LEVEL SECURITY")
			f.Refresh(t)
			send(t, conn, c.then...)
			replies := until(t, conn, 'Z')
			if got := refusedReply(t, replies); got != c.refused {
				t.Errorf("refused: %v, got %v", got, replies)
			}
			if !c.refused && !strings.Contains(texts(replies), c.result) {
				t.Errorf("got %v", replies)
			}
		})
	}
}

// TestStatementsForgotten prepares one name more often than is kept: after a
// change of the schema it has to be prepared again, and then works.
func TestStatementsForgotten(t *testing.T) {
	f := start(t)
	conn := raw(t, f.Connect(t, demo.OrgA))
	for i := range 20 {
		// All but the first fail, since the name is taken.
		send(t, conn, &pgproto3.Parse{Name: "s", Query: "SELECT " + strings.Repeat("1+", i) + "1"}, &pgproto3.Sync{})
		until(t, conn, 'Z')
	}
	bind := []pgproto3.FrontendMessage{&pgproto3.Bind{PreparedStatement: "s"}, &pgproto3.Execute{}, &pgproto3.Sync{}}
	send(t, conn, bind...)
	if replies := until(t, conn, 'Z'); refusedReply(t, replies) {
		t.Fatalf("before any change: %v", replies)
	}
	f.DB.Exec(t, "ALTER TABLE contacts ADD COLUMN more text")
	f.Refresh(t)
	send(t, conn, bind...)
	if replies := until(t, conn, 'Z'); !refusedReply(t, replies) {
		t.Errorf("after a change: %v", replies)
	}
	send(t, conn, &pgproto3.Close{ObjectType: 'S', Name: "s"}, &pgproto3.Sync{})
	until(t, conn, 'Z')
	send(t, conn, append([]pgproto3.FrontendMessage{&pgproto3.Parse{Name: "s", Query: "SELECT 'again'"}}, bind...)...)
	if replies := until(t, conn, 'Z'); refusedReply(t, replies) || !strings.Contains(texts(replies), "again") {
		t.Errorf("prepared again: %v", replies)
	}
	send(t, conn, bind...)
	if replies := until(t, conn, 'Z'); refusedReply(t, replies) {
		t.Errorf("and once more: %v", replies)
	}
}

// refusedReply tells whether there is an error of the proxy's among the replies.
func refusedReply(t *testing.T, replies []pgtest.Reply) bool {
	t.Helper()
	for _, reply := range replies {
		if reply.Type == 'E' {
			return strings.Contains(reply.ErrorResponse(t).Detail, "rule: ")
		}
	}
	return false
}

func texts(replies []pgtest.Reply) string {
	var all strings.Builder
	for _, reply := range replies {
		all.Write(reply.Body)
	}
	return all.String()
}
