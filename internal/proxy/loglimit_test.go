package proxy_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/proxytest"
)

// logLines gives the lines of a JSON log.
func logLines(t *testing.T, log *proxytest.Log) (lines []map[string]any) {
	t.Helper()
	for text := range strings.Lines(log.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		lines = append(lines, line)
	}
	return lines
}

// TestLogLines holds that every line about a session says whose it is, whatever the
// client calls itself.
func TestLogLines(t *testing.T) {
	log := new(proxytest.Log)
	f := start(t, func(s *setup) {
		s.Options.Log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	if _, err := f.Dial(t, "nonsense\n\x1b[31m", "application_name", "evil\n<script>"); err == nil {
		t.Fatal("nonsense logs in")
	}
	f.rawConnect(t).Close()
	_, err := f.Dial(t, f.Token(t, demo.OrgA), "search_path", "evil\n"+strings.Repeat("x", 5000))
	refused(t, err, "setting.value")
	conn := f.Connect(t, demo.OrgA)
	if _, err := tryQuery(t, conn, "SELECT * FROM \"evil\n\x1b[31m\""); err == nil {
		t.Fatal("an unknown relation is read")
	}
	if _, err := tryQuery(t, conn, "SET tenantproxy.token = 'nonsense'"); err == nil {
		t.Fatal("nonsense is a token")
	}
	conn.Close(t.Context())
	seen := make(map[string]int)
	eventually(t, "the end", func() bool { return strings.Contains(log.String(), `"session ended"`) })
	for _, line := range logLines(t, log) {
		message := line["msg"].(string)
		seen[message]++
		switch message {
		case "login", "session ended", "statement refused", "new token refused":
			if line["session"] == nil || line["client"] == nil || line["org"] != demo.OrgA {
				t.Errorf("whose line is %v?", line)
			}
		case "login refused", "connection ended before login":
			if line["session"] == nil || line["client"] == nil {
				t.Errorf("whose line is %v?", line)
			}
			if strings.Contains(line["reason"].(string), "setting") != (line["org"] != nil) {
				t.Errorf("an org without a token, or a token without: %v", line)
			}
		}
	}
	for message, n := range map[string]int{
		"login": 1, "session ended": 1, "statement refused": 2, "new token refused": 1, "login refused": 2,
	} {
		if seen[message] != n {
			t.Errorf("%d lines of %q, want %d, in %s", seen[message], message, n, log)
		}
	}
}

// TestLogLimit has a client be refused time and again: the log has a few lines, and the
// number of the others.
func TestLogLimit(t *testing.T) {
	log := new(proxytest.Log)
	f := start(t, func(s *setup) { s.Options.Log = slog.New(slog.NewJSONHandler(log, nil)) })
	noisy, other := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgB)
	sent := 0
	refuse := func() {
		_, err := tryQuery(t, noisy, "SELECT * FROM import_staging")
		refused(t, err, "relation.rls_disabled")
		sent++
	}
	count := func() (lines, suppressed int) {
		for _, line := range logLines(t, log) {
			if line["msg"] == "statement refused" && line["org"] == demo.OrgA {
				lines++
				n, _ := line["suppressed"].(float64)
				suppressed += int(n)
			}
		}
		return lines, suppressed
	}
	for range 1000 {
		refuse()
	}
	if lines, _ := count(); lines > 500 {
		t.Errorf("%d lines of 1000", lines)
	}
	eventually(t, "a line that counts the others", func() bool {
		before, _ := count()
		refuse()
		lines, suppressed := count()
		return lines > before && lines+suppressed == sent
	})
	// Another session's lines are its own.
	_, err := tryQuery(t, other, "SELECT * FROM import_staging")
	refused(t, err, "relation.rls_disabled")
	if !strings.Contains(log.String(), `"org":"`+demo.OrgB+`","rule":"relation.rls_disabled"`) {
		t.Error("the line of another session is suppressed")
	}
}
