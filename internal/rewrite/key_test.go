package rewrite

import (
	"strings"
	"testing"
)

// keyOf gives the key of a text, appended to something else.
func keyOf(c *Checker, sql string) (key string, ok bool) {
	appended, ok := c.AppendKey([]byte("so far "), sql)
	key, kept := strings.CutPrefix(string(appended), "so far ")
	if !kept {
		panic("what was there is not")
	}
	return key, ok
}

func TestKey(t *testing.T) {
	c := callCentre(t).checker(testPolicy())
	for sql, want := range map[string]string{
		"SELECT * FROM contacts WHERE id = 1":           "SELECT * FROM contacts WHERE id = #n",
		"SELECT 'a''b', E'a\\'b', $$a$$, $x$$$$x$, 1.5": "SELECT #s, #s, #s, #s, #n.#n",
		"SELECT B'1', X'ff', N'a'":                      "SELECT #b, #b, N#s",
		`SELECT "a'1'" -- '1'`:                          `SELECT "a'1'" -- '1'`,
		"SELECT $1, a$1, a1":                            "SELECT $1, a$1, a1",
		"SELECT mood'x'":                                "SELECT mood#s",
		"SELECT 1e5, 0x1F":                              "SELECT #ne5, #nx1F",
		"SELECT U&'a'":                                  "SELECT U&'a'",
	} {
		got, ok := keyOf(c, sql)
		if got = strings.ReplaceAll(got, "\x00", "#"); !ok || got != want {
			t.Errorf("%s: got %s, want %s", sql, got, want)
		}
	}
	for _, sql := range []string{
		`SELECT U&"d!0061" UESCAPE '!'`,
		"SELECT '\xff'",
		"SELECT '\x00s'",
		"SELECT " + repeat("/*", 40),
		"SELECT '" + repeat("x", defaultMaxBytes) + "'",
	} {
		if key, ok := keyOf(c, sql); ok {
			t.Errorf("%.40q has key %.40q", sql, key)
		}
	}
}

// TestKeysDiffer holds that texts which mean different things, and which a
// simpler normalization makes one, have different keys.
func TestKeysDiffer(t *testing.T) {
	c := callCentre(t).checker(testPolicy())
	for _, pair := range [][2]string{
		{"SELECT mood'x'", "SELECT mood$1"},
		{"SELECT u&'a'", "SELECT u&E'a'"},
		{"SELECT 'a'", "SELECT B'1'"},
		{"SELECT 1", "SELECT '1'"},
		{"SELECT -- 'a'\n1", "SELECT 'a'\n1"},
		{"SELECT 'a\\', norls, '", "SELECT E'a\\', norls, '"},
	} {
		a, okA := keyOf(c, pair[0])
		b, okB := keyOf(c, pair[1])
		if okA && okB && a == b {
			t.Errorf("%q and %q have one key", pair[0], pair[1])
		}
	}
}

func BenchmarkKey(b *testing.B) {
	c := callCentre(b).checker(testPolicy())
	for name, sql := range map[string]string{
		"short":  "SELECT name FROM contacts WHERE id = 1",
		"in10kB": "SELECT name FROM contacts WHERE id IN (100000" + repeat(", 123456", 1250) + ")",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(sql)))
			var key []byte
			for b.Loop() {
				var ok bool
				if key, ok = c.AppendKey(key[:0], sql); !ok {
					b.Fatal("no key")
				}
			}
		})
	}
}
