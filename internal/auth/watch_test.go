package auth

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFilesAreWatched has files change in the ways that they do: overwritten,
// replaced, swapped by a symbolic link, taken away, damaged.
func TestFilesAreWatched(t *testing.T) {
	first, second, third := newSigner(t, "k"), newSigner(t, "k"), newSigner(t, "k")
	dir := t.TempDir()
	file := filepath.Join(dir, "issuer.pem")
	write := func(name string, content []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pemOf := func(s *signer) []byte { return publicPEM(t, s.key.Public()) }
	write("issuer.pem", pemOf(first))
	secretFile := writeFile(t, "hs256.key", testSecret)
	var log syncLog
	keys, err := NewKeys(KeysOptions{
		Sources: []KeySource{{PublicKeyFile: file}, {HMACSecretFile: secretFile}},
		Log:     slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	keys.timing.poll = time.Millisecond
	run(t, keys)
	o := secretOptions(t)
	o.Keys, o.Algorithms = keys, []string{"ES256", "HS256"}
	v := newVerifier(t, o)
	counts := func(s *signer) func() bool {
		token := s.token(t, orgA)
		return func() bool { _, err := v.Verify(t.Context(), token); return err == nil }
	}
	bySecret := mint(t, MintOptions{Secret: testSecret, Claims: claimsOf(orgA, nil)})
	eventually(t, "the first key", counts(first))
	accepts(t, v, bySecret)

	write("issuer.pem", pemOf(second)) // of the same size, and perhaps the same time
	eventually(t, "the second key", counts(second))
	if counts(first)() {
		t.Error("the overwritten key still counts")
	}

	write("issuer.pem", []byte("-----BEGIN PUBLIC KEY-----\nMII"))
	eventually(t, "the complaint", func() bool { return strings.Contains(log.String(), "not a PEM file") })
	if !counts(second)() {
		t.Error("a damaged file took the keys away")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the second complaint", func() bool { return strings.Contains(log.String(), "no such file") })
	if !counts(second)() {
		t.Error("a missing file took the keys away")
	}

	// A mount of Kubernetes: the file is a link into a directory that is swapped.
	write("v1.pem", pemOf(third))
	write("v2.pem", pemOf(first))
	link := func(to string) {
		t.Helper()
		if err := os.Symlink(to, file+".new"); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	link("v1.pem")
	eventually(t, "the third key", counts(third))
	link("v2.pem")
	eventually(t, "the first key again", counts(first))
	if counts(third)() {
		t.Error("the replaced key still counts")
	}
	// The other file can change while this one is broken.
	write("v2.pem", nil)
	other := []byte("another secret of the issuer, 34 b")
	if err := os.WriteFile(secretFile, other, 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the other secret", func() bool {
		_, err := v.Verify(t.Context(), mint(t, MintOptions{Secret: other, Claims: claimsOf(orgA, nil)}))
		return err == nil
	})
	expectRejected(t, v, bySecret, "signature is not valid (alg HS256, no kid)")
	if !counts(first)() {
		t.Error("an emptied file took the keys away")
	}
	if text := log.String(); strings.Contains(text, string(testSecret)) || strings.Contains(text, "MII") {
		t.Errorf("the log has the content of a file: %s", text)
	}
}

// TestReload is all or nothing.
func TestReload(t *testing.T) {
	first, second := newSigner(t, "k"), newSigner(t, "k")
	public := writeFile(t, "issuer.pem", publicPEM(t, first.key.Public()))
	secret := writeFile(t, "hs256.key", testSecret)
	keys := loadKeys(t, KeySource{PublicKeyFile: public}, KeySource{HMACSecretFile: secret})
	o := secretOptions(t)
	o.Keys, o.Algorithms = keys, []string{"ES256", "HS256"}
	v := newVerifier(t, o)
	bySecret := mint(t, MintOptions{Secret: testSecret, Claims: claimsOf(orgA, nil)})
	overwrite := func(file string, content []byte) {
		t.Helper()
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	overwrite(public, publicPEM(t, second.key.Public()))
	overwrite(secret, []byte("short"))
	err := keys.Reload(t.Context())
	if err == nil || !strings.Contains(err.Error(), "loading key 2: ") || strings.Contains(err.Error(), "short") {
		t.Errorf("got %v", err)
	}
	accepts(t, v, first.token(t, orgA))
	accepts(t, v, bySecret)
	expectRejected(t, v, second.token(t, orgA), "signature is not valid (alg ES256, kid k)")
	overwrite(secret, testSecret)
	if err := keys.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	accepts(t, v, second.token(t, orgA))
	accepts(t, v, bySecret)
	expectRejected(t, v, first.token(t, orgA), "signature is not valid (alg ES256, kid k)")
}
