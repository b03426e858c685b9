package auth

import (
	"log/slog"
	"os"
	"strings"
	"testing"
)

func TestRevocations(t *testing.T) {
	file := writeFile(t, "revoked", []byte("# why\n\njti:t-1\r\n sub: mallory \norg:"+strings.ToUpper(orgB)+"\n"))
	var log syncLog
	r, err := NewRevocations(file, "uuid", slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	o := secretOptions(t)
	o.Revocations = r
	v := newVerifier(t, o)
	token := func(org, sub, jti string) string {
		return mint(t, MintOptions{Secret: testSecret, Claims: claimsOf(org, map[string]any{"sub": sub, "jti": jti})})
	}
	good := token(orgA, "alice", "t-2")
	accepts(t, v, good)
	accepts(t, v, token(orgA, "t-1", "mallory")) // values of the other claims
	for range 2 {                                // the second time from memory
		expectRejected(t, v, token(orgA, "alice", "t-1"), "revoked (jti)")
		expectRejected(t, v, token(orgA, "mallory", "t-2"), "revoked (sub)")
		expectRejected(t, v, token(orgB, "alice", "t-2"), "revoked (org)")
	}

	<-r.Changed()
	runRevocations(t, r)
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(token string) func() bool {
		return func() bool { _, err := v.Verify(t.Context(), token); return err != nil }
	}
	write("jti:t-2\n")
	<-r.Changed()
	eventually(t, "the revocation", refused(good))
	accepts(t, v, token(orgB, "mallory", "t-1"))
	write("jti:t-2\nsecret-of-somebody\n")
	eventually(t, "the complaint", func() bool { return strings.Contains(log.String(), "line 2: it does not begin with") })
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the second complaint", func() bool { return strings.Contains(log.String(), "no such file") })
	if !refused(good)() {
		t.Error("a missing file let the token in again")
	}
	if strings.Contains(log.String(), "secret-of") {
		t.Error("the log has a line of the file")
	}
	write("")
	eventually(t, "the pardon", func() bool { return !refused(good)() })
}

func TestRevocationsRefuse(t *testing.T) {
	for content, want := range map[string]string{
		"t-1":                      "line 1: it does not begin with jti:, sub: or org: as it has to",
		"jti:a\nJTI:b":             "line 2: it does not begin with jti:, sub: or org: as it has to",
		"iss:x":                    "line 1: it does not begin with jti:, sub: or org: as it has to",
		"jti:":                     "line 1: it has no value",
		"sub:  ":                   "line 1: it has no value",
		"sub:\xff":                 "line 1: it is not UTF-8",
		"org:acme":                 "line 1: the org is not a uuid in the form 8-4-4-4-12",
		"\n\norg:" + orgA + " # x": "line 3: the org is not a uuid in the form 8-4-4-4-12",
	} {
		_, err := NewRevocations(writeFile(t, "revoked", []byte(content)), "uuid", nil)
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", content, err, want)
		}
	}
	if _, err := NewRevocations(t.TempDir()+"/none", "uuid", nil); err == nil {
		t.Error("a file that is not there is accepted")
	}
}
