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

// TestPrefixedReadsTheSame parses texts before and after: nothing but the
// channels' names may differ.
func TestPrefixedReadsTheSame(t *testing.T) {
	c := setups(t)["prefix"]
	texts := goldenTexts(t)
	for _, name := range []string{"a", "A", `"a"`, `"a b"`, `""""`, `"--"`, `"/*"`, `"';"`, "größe", "off", "notify", `"U&"`} {
		for _, text := range []string{
			"LISTEN NAME", "NOTIFY NAME,'x'", "UNLISTEN NAME;", "listen/**/NAME--x", "\tNotify\f--\r\nNAME\n,\nE'\\''", ";;LISTEN NAME;;",
			"SELECT $$ LISTEN NAME $$;LISTEN NAME;SELECT 'ü';UNLISTEN NAME;NOTIFY NAME",
		} {
			texts = append(texts, strings.ReplaceAll(text, "NAME", name))
		}
	}
	rewritten := 0
	for _, text := range texts {
		if checkPrefixed(t, c, text) {
			rewritten++
		}
	}
	if rewritten < 12*7 {
		t.Errorf("only %d texts were rewritten", rewritten)
	}
}

func FuzzPrefixed(f *testing.F) {
	c := setups(f)["prefix"]
	for _, text := range goldenTexts(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { checkPrefixed(t, c, text) })
}

func checkPrefixed(t *testing.T, c *Checker, text string) bool {
	t.Helper()
	d := &Decision{Text: text, Verdict: c.Check(text)}
	if !d.Allowed || !d.NamesChannels() {
		return false
	}
	if !d.LooksAtLiterals {
		t.Errorf("the verdict would be found for other texts: %q", text)
	}
	const prefix = "aaaaaaaaaaaaaaaaaaaa:"
	prefixed := d.Prefixed(prefix)
	before, err := pg_query.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	after, err := pg_query.Parse(prefixed)
	if err != nil {
		t.Fatalf("%q does not parse: %v", prefixed, err)
	}
	names := 0
	everyMessage(after.ProtoReflect(), func(m proto.Message) {
		field := m.ProtoReflect().Descriptor().Fields().ByName("conditionname")
		if field == nil || m.ProtoReflect().Get(field).String() == "" {
			return
		}
		name, ok := strings.CutPrefix(m.ProtoReflect().Get(field).String(), prefix)
		if !ok || len(prefix+name) > maxNameBytes {
			t.Errorf("%q names the channel %s", prefixed, m.ProtoReflect().Get(field))
		}
		m.ProtoReflect().Set(field, protoreflect.ValueOfString(name))
		names++
	})
	if names != len(d.channels) {
		t.Errorf("%q: %d names, %d were found", text, names, len(d.channels))
	}
	withoutLocations(before)
	withoutLocations(after)
	if !proto.Equal(before, after) {
		t.Errorf("%q reads otherwise as %q", text, prefixed)
	}
	return true
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
