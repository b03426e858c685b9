package auditlog

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// fields gives what a line holds. A field that is there twice is an error.
func fields(t testing.TB, text string) map[string]any {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Fatalf("not UTF-8: %q", text)
	}
	for _, r := range text {
		if !unicode.IsPrint(r) {
			t.Fatalf("%U in %q", r, text)
		}
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	if _, err := decoder.Token(); err != nil {
		t.Fatal(err)
	}
	names := make(map[string]any)
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		var value any
		if err := decoder.Decode(&value); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if _, twice := names[name.(string)]; twice {
			t.Fatalf("%s is there twice in %s", name, text)
		}
		names[name.(string)] = value
	}
	if !json.Valid([]byte(text)) {
		t.Fatalf("not JSON: %s", text)
	}
	return names
}

func FuzzLine(f *testing.F) {
	f.Add("psql")
	f.Add("<script>alert(1)</script>")
	f.Add("a\x00b\x1b[31m\r\n\t\"\\\x7f")
	f.Add("\xff\xfe half \xe2\x82")
	f.Add("\u202eevil\u2028\u0085 \U0001F600 \U000E0001 \ufffd")
	f.Add(strings.Repeat("é", 3000))
	f.Fuzz(func(t *testing.T, text string) {
		actor := NewActor(Who{Session: 7, Org: text, Subject: text, TokenID: text, Client: text, Application: text})
		l := line(nil).begin(time.Now(), "login.refused").by(actor)
		l = LoginRefused{SQLSTATE: "28P01", Reason: text}.append(l)
		l = l.list("list", []string{text, text})
		got := fields(t, string(l)+"}")
		if text == "" {
			return
		}
		for name, most := range map[string]int{"org": maxText, "reason": maxText, "application_name": maxApplication} {
			value, ok := got[name].(string)
			if !ok || len(value) > 3*most+len("…") { // U+FFFD is three bytes
				t.Fatalf("%s: %.50q of %d bytes", name, value, len(value))
			}
			if len(text) <= most && value != strings.ToValidUTF8(strings.Join(strings.Split(text, ""), ""), "\ufffd") && utf8.ValidString(text) {
				t.Fatalf("%s: got %q, want %q", name, value, text)
			}
			if len(text) > most && !strings.HasSuffix(value, "…") {
				t.Fatalf("%s does not say that it was cut: %q", name, value)
			}
		}
	})
}

func TestLine(t *testing.T) {
	at := time.Date(2026, 11, 25, 15, 4, 5, 123456789, time.FixedZone("", 3600))
	l := line(nil).begin(at, "x.y").text("a", "").text("b", "<&>\n").count("c", 0).flag("d", false).flag("e", true).
		milliseconds("f", 1234567*time.Nanosecond).when("g", time.Time{}).when("h", at).list("i", nil)
	want := `{"time":"2026-11-25T14:04:05.123456Z","event":"x.y","b":"\u003c\u0026\u003e\n","c":0,"e":true,"f":1.234,"h":"2026-11-25T14:04:05Z"`
	if string(l) != want {
		t.Errorf("got  %s\nwant %s", l, want)
	}
	long := make([]string, 250)
	for i := range long {
		long[i] = "public.t"
	}
	names := fields(t, string(line(nil).begin(at, "x.y").list("names", long))+"}")["names"].([]any)
	if len(names) != maxList+1 || names[maxList] != "and 150 more" {
		t.Errorf("a long list ends in %v", names[len(names)-1])
	}
}
