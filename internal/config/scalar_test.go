package config

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestByteSize(t *testing.T) {
	for text, want := range map[string]ByteSize{
		"0": 0, "1": 1, "8192": 8 * KiB, "8KiB": 8 * KiB, "1MiB": MiB, "1GiB": GiB, "8589934591GiB": 8589934591 * GiB,
	} {
		if got, err := ParseByteSize(text); err != nil || got != want {
			t.Errorf("%s: got %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "KiB", "1 KiB", "1kib", "1K", "1KB", "1.5MiB", "-1", "+1", "0x1", "1e3", "1TiB", "1KiBKiB", "8589934592GiB", "9223372036854775808", "١"} {
		if got, err := ParseByteSize(text); err == nil {
			t.Errorf("%q: got %d, want an error", text, got)
		}
	}
	for size, want := range map[ByteSize]string{0: "0", 1: "1", 1023: "1023", 1024: "1KiB", 1025: "1025", 64 * MiB: "64MiB", 1536 * KiB: "1536KiB", 3 * GiB: "3GiB"} {
		if size.String() != want {
			t.Errorf("got %s, want %s", size, want)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 500 * time.Millisecond: "500ms", 30 * time.Second: "30s", time.Minute: "1m", 90 * time.Second: "1m30s",
		time.Hour: "1h", 10 * time.Hour: "10h", 61 * time.Minute: "1h1m", time.Hour + time.Second: "1h0m1s", -time.Minute: "-1m",
	} {
		got := formatDuration(d)
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if back, err := parseDuration(got); err != nil || back != d {
			t.Errorf("%s: read back as %s, %v", got, back, err)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "acb", 1}, {"abc", "ab", 1}, {"abc", "xabc", 1}, {"kitten", "sitting", 3},
	} {
		if got := editDistance(test.a, test.b); got != test.want {
			t.Errorf("%s, %s: got %d, want %d", test.a, test.b, got, test.want)
		}
		if got := editDistance(test.b, test.a); got != test.want {
			t.Errorf("%s, %s: got %d, want %d", test.b, test.a, got, test.want)
		}
	}
}

func TestListenAddresses(t *testing.T) {
	for _, test := range []struct {
		listen []string
		want   []ListenAddress
	}{
		{[]string{"127.0.0.1:6432", "[::1]:0", ":7000"}, []ListenAddress{{"tcp", "127.0.0.1:6432"}, {"tcp", "[::1]:0"}, {"tcp", ":7000"}}},
		{[]string{"unix:///run/tenantproxy"}, []ListenAddress{{"unix", "/run/tenantproxy/.s.PGSQL.6432"}}},
		{[]string{"unix:///run/", "127.0.0.1:0", "127.0.0.1:7000"}, []ListenAddress{{"unix", "/run/.s.PGSQL.7000"}, {"tcp", "127.0.0.1:0"}, {"tcp", "127.0.0.1:7000"}}},
	} {
		got, err := (&Config{Listen: test.listen}).ListenAddresses()
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%v: got %v, %v", test.listen, got, err)
		}
	}
	if _, err := (&Config{Listen: []string{"nowhere"}}).ListenAddresses(); err == nil || !strings.HasPrefix(err.Error(), "listen[0]: ") {
		t.Errorf("got %v", err)
	}
}

func TestOnlyLocal(t *testing.T) {
	for entry, want := range map[string]bool{
		"127.0.0.1:1": true, "127.8.8.8:1": true, "[::1]:1": true, "[::ffff:127.0.0.1]:1": true, "localhost:1": true, "unix:///run": true,
		":1": false, "0.0.0.0:1": false, "[::]:1": false, "10.0.0.1:1": false, "db.example:1": false, "localhost.example:1": false, "nonsense": false,
	} {
		if got := onlyLocal(entry); got != want {
			t.Errorf("%s: got %v", entry, got)
		}
	}
}

// TestSummary is golden for its form, and read again gives the same.
func TestSummary(t *testing.T) {
	c := mustLoad(t, minimal+"  required_claims: {token_use: access, level: 2, text: \"2\", yes: \"true\"}\n  leeway: 90s\npolicy: {max_sql_bytes: 1000}\n")
	summary, err := c.Summary()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"listen:\n  - 127.0.0.1:6432\n", "  dsn: postgres://app_tenant@db:5432/app\n", "  keys:\n    - public_key_file: issuer.pem\n",
		"  leeway: 1m30s\n", "  max_sql_bytes: \"1000\"\n", "  verdict_cache_bytes: 64MiB\n", "  client_ca_file: \"\"\n", "    token_use: access\n",
		"  audience: []\n", "  reuse: true\n", "  idle_timeout: 5m\n",
	} {
		if !strings.Contains(summary, line) {
			t.Errorf("no %q in\n%s", line, summary)
		}
	}
	again := mustLoad(t, summary)
	if !reflect.DeepEqual(again.Auth.RequiredClaims, c.Auth.RequiredClaims) {
		t.Errorf("read again: %+v", again.Auth.RequiredClaims)
	}
	secondSummary, err := again.Summary()
	if err != nil || secondSummary != summary {
		t.Errorf("read again: %v\n%s", err, secondSummary)
	}
	for _, s := range settings(c) {
		if !strings.Contains(summary, lastName(s.path)+":") {
			t.Errorf("%s is not in the summary", s.path)
		}
	}
}
