package auth

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestStatus follows what is known of keys through changes of a file and failures of an
// address. Nothing secret is in it.
func TestStatus(t *testing.T) {
	const secret = "an-hmac-secret-of-forty-characters-or-so"
	file := writeFile(t, "hs256.key", []byte(secret))
	server := newKeyServer(t, httptest.NewServer)
	first, second := newSigner(t, "2026-08"), newSigner(t, "2026-11")
	server.publishes(t, first)
	keys, err := NewKeys(KeysOptions{Sources: []KeySource{{HMACSecretFile: file}, {JWKSURL: server.URL + "/jwks?api_key=hidden"}}})
	if err != nil {
		t.Fatal(err)
	}
	if s := keys.Status(); s[1].Name != server.URL+"/jwks" || !s[1].Read.IsZero() || len(s[1].Keys) != 0 || s[0].Name != file || s[0].Read.IsZero() {
		t.Errorf("before the first fetch: %+v", s)
	}
	keys.timing = keyTiming{poll: 10 * time.Millisecond, refresh: 10 * time.Millisecond, retry: 10 * time.Millisecond, asked: time.Hour, fetch: 10 * time.Second}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { keys.Run(ctx) })
	defer running.Wait()
	defer cancel()
	await := func(what string, is func([]SourceStatus) bool) []SourceStatus {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			s := keys.Status()
			if is(s) {
				return s
			}
			if time.Now().After(deadline) {
				t.Fatalf("never %s: %+v", what, s)
			}
		}
	}

	s := await("fetched", func(s []SourceStatus) bool { return len(s[1].Keys) == 1 })
	if k := s[1].Keys[0]; k.ID != "2026-08" || k.Kind != "EC P-256" || k.Since.IsZero() || s[1].Read.IsZero() {
		t.Errorf("fetched: %+v", s[1])
	}
	if k := s[0].Keys[0]; k.Kind != "HMAC secret" || k.ID != "" {
		t.Errorf("the file: %+v", s[0])
	}
	since := s[1].Keys[0].Since
	server.publishes(t, first, second)
	s = await("two keys", func(s []SourceStatus) bool { return len(s[1].Keys) == 2 })
	if !s[1].Keys[0].Since.Equal(since) || !s[1].Keys[1].Since.After(since) {
		t.Errorf("the key of before is known since %v and %v, the new one since %v", since, s[1].Keys[0].Since, s[1].Keys[1].Since)
	}
	server.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	s = await("failing", func(s []SourceStatus) bool { return s[1].Failure != "" })
	if len(s[1].Keys) != 2 || !strings.Contains(s[1].Failure, "502") {
		t.Errorf("failing: %+v", s[1])
	}
	server.publishes(t, second)
	await("well again", func(s []SourceStatus) bool { return s[1].Failure == "" && len(s[1].Keys) == 1 })

	if err := os.WriteFile(file, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	s = await("a file that cannot be used", func(s []SourceStatus) bool { return s[0].Failure != "" })
	if len(s[0].Keys) != 1 {
		t.Errorf("its key does not stay: %+v", s[0])
	}
	if text := fmt.Sprintf("%+v", s); strings.Contains(text, "hidden") || strings.Contains(text, secret) || strings.Contains(text, "short}") {
		t.Errorf("a secret is in %s", text)
	}
}
