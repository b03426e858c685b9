package rewrite

import (
	"strings"
	"testing"

	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

func TestChannelPrefix(t *testing.T) {
	seen := make(map[string]bool)
	for _, org := range []string{"", "a", "A", "1", "11", `"`, "aaaaaaaa-0000-0000-0000-000000000001", strings.Repeat("x", 1000)} {
		prefix := ChannelPrefix(org)
		if len(prefix) != ChannelPrefixBytes || seen[prefix] || strings.ContainsAny(prefix, `"'\`) {
			t.Errorf("%s: %s", org, prefix)
		}
		seen[prefix] = true
	}
}

// TestRewrittenReadsTheSame parses texts before and after: nothing but the names
// of channels and the schemas of temporary tables may differ.
func TestRewrittenReadsTheSame(t *testing.T) {
	texts := goldenTexts(t)
	for _, name := range []string{"a", "A", `"a"`, `"a b"`, `""""`, `"--"`, `"/*"`, `"';"`, "größe", "off", "notify", `"U&"`} {
		for _, text := range []string{
			"LISTEN NAME", "NOTIFY NAME,'x'", "UNLISTEN NAME;", "listen/**/NAME--x", "\tNotify\f--\r\nNAME\n,\nE'\\''", ";;LISTEN NAME;;",
			"SELECT $$ LISTEN NAME $$;LISTEN NAME;SELECT 'ü';UNLISTEN NAME;NOTIFY NAME",
			"SELECT NAME.x FROM/**/NAME,ONLY(NAME)AS c(x);TABLE NAME", "SELECT 'ü'FROM NAME*WHERE 1=ANY(TABLE\nNAME)",
			"/* ü */DROP TABLE NAME,pg_temp.NAME , NAME CASCADE;DROP TABLE/**/IF EXISTS NAME;",
			"INSERT INTO NAME AS x TABLE NAME;DELETE FROM NAME*USING NAME x;TRUNCATE NAME*;COPY NAME FROM STDIN",
		} {
			texts = append(texts, strings.ReplaceAll(text, "NAME", name))
		}
	}
	for name, want := range map[string]int{"prefix": 12 * 7, "temp": 12 * 4} {
		c, rewritten := setups(t)[name], 0
		for _, text := range texts {
			if checkRewritten(t, c, text) {
				rewritten++
			}
		}
		if rewritten < want {
			t.Errorf("%s: only %d texts were rewritten", name, rewritten)
		}
	}
}

func FuzzRewritten(f *testing.F) {
	prefix, temp := setups(f)["prefix"], setups(f)["temp"]
	for _, text := range goldenTexts(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkRewritten(t, prefix, text)
		checkRewritten(t, temp, text)
	})
}

func checkRewritten(t *testing.T, c *Checker, text string) bool {
	t.Helper()
	d := &Decision{Text: text, Verdict: c.Check(text)}
	if !d.Allowed || !d.Edited() {
		return false
	}
	if !d.LooksAtLiterals {
		t.Errorf("the verdict would be found for other texts: %q", text)
	}
	const prefix = "aaaaaaaaaaaaaaaaaaaa:"
	rewritten := d.Rewritten(prefix)
	before, err := pg_query.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	after, err := pg_query.Parse(rewritten)
	if err != nil {
		t.Fatalf("%q does not parse: %v", rewritten, err)
	}
	edits := withoutSchemas(after) - withoutSchemas(before)
	everyMessage(after.ProtoReflect(), func(m proto.Message) {
		field := m.ProtoReflect().Descriptor().Fields().ByName("conditionname")
		if field == nil || m.ProtoReflect().Get(field).String() == "" || c.policy.ListenNotify != "prefix" {
			return
		}
		name, ok := strings.CutPrefix(m.ProtoReflect().Get(field).String(), prefix)
		if !ok || len(prefix+name) > maxNameBytes {
			t.Errorf("%q names the channel %s", rewritten, m.ProtoReflect().Get(field))
		}
		m.ProtoReflect().Set(field, protoreflect.ValueOfString(name))
		edits++
	})
	if edits != len(d.edits) {
		t.Errorf("%q: %d edits in %q, not %d", text, edits, rewritten, len(d.edits))
	}
	withoutLocations(before)
	withoutLocations(after)
	if !proto.Equal(before, after) {
		t.Errorf("%q reads otherwise as %q", text, rewritten)
	}
	// What is sent leaves no name open.
	if again := c.Check(rewritten); c.policy.AllowDDL == "temp" && (!again.Allowed || again.Edited() || len(again.NeedsTemp) > 0) {
		t.Errorf("%q is %s", rewritten, describe(again))
	}
	return true
}

// withoutSchemas takes pg_temp out of a tree, and counts how often it was there.
func withoutSchemas(tree *pg_query.ParseResult) (found int) {
	everyMessage(tree.ProtoReflect(), func(m proto.Message) {
		switch n := m.(type) {
		case *pg_query.RangeVar:
			if n.GetSchemaname() == tempSchema {
				n.Schemaname = ""
				found++
			}
		case *pg_query.DropStmt:
			for _, object := range n.GetObjects() {
				if list := object.GetList(); len(list.GetItems()) == 2 && list.GetItems()[0].GetString_().GetSval() == tempSchema {
					list.Items = list.Items[1:]
					found++
				}
			}
		}
	})
	return found
}

// withoutLocations takes out where in its text a tree was found.
func withoutLocations(tree *pg_query.ParseResult) {
	everyMessage(tree.ProtoReflect(), func(m proto.Message) {
		fields := m.ProtoReflect().Descriptor().Fields()
		for _, name := range []protoreflect.Name{"location", "stmt_location", "stmt_len"} {
			if field := fields.ByName(name); field != nil {
				m.ProtoReflect().Clear(field)
			}
		}
	})
}
