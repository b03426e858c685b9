package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"tenantproxy/internal/config"
)

// TestLogChanges has the level and the format change under loggers that exist.
func TestLogChanges(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(newLogHandler(&out, config.Log{Level: "info", Format: "json"}))
	session := log.With("session", 7).WithGroup("of").With("org", "a")
	logged := func(want string) {
		t.Helper()
		got := out.String()
		if i := strings.Index(got, "level"); i >= 0 { // behind the time
			got = got[i:]
		}
		if got != want {
			t.Errorf("logged %q, want %q", got, want)
		}
		out.Reset()
	}
	session.Debug("x", "n", 1)
	logged("")
	session.Info("x", "n", 1)
	logged(`level":"INFO","msg":"x","session":7,"of":{"org":"a","n":1}}` + "\n")
	reconfigureLog(log, config.Log{Level: "debug", Format: "text"})
	session.Debug("x", "n", 1)
	logged("level=DEBUG msg=x session=7 of.org=a of.n=1\n")
	reconfigureLog(log, config.Log{Level: "error", Format: "json"})
	session.Warn("x")
	logged("")
	reconfigureLog(slog.New(slog.DiscardHandler), config.Log{})
}
