// Package authtest is an issuer of tokens for the tests of other packages. What
// it makes is real: the same keys, files and tokens that a deployment has.
package authtest

import (
	"crypto/rand"
	"encoding/hex"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tenantproxy/internal/auth"
)

// Issuer signs tokens with an HMAC secret of its own.
type Issuer struct {
	// SecretFile holds the secret, for configurations (hmac_secret_file). It is
	// removed at the end of the test.
	SecretFile string

	secret []byte
}

// NewIssuer makes an issuer with a random secret.
func NewIssuer(tb testing.TB) *Issuer {
	tb.Helper()
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		tb.Fatal(err)
	}
	secret := hex.AppendEncode(nil, random)
	file := filepath.Join(tb.TempDir(), "hs256.key")
	if err := os.WriteFile(file, secret, 0o600); err != nil {
		tb.Fatal(err)
	}
	return &Issuer{SecretFile: file, secret: secret}
}

// Options give a Verifier that accepts this issuer's tokens with a uuid in
// organization_id. The caller may change them first.
func (i *Issuer) Options(tb testing.TB) auth.Options {
	tb.Helper()
	keys, err := auth.NewKeys(auth.KeysOptions{Sources: []auth.KeySource{{HMACSecretFile: i.SecretFile}}})
	if err != nil {
		tb.Fatal(err)
	}
	return auth.Options{
		Algorithms: []string{"HS256"},
		RequireExp: true,
		Keys:       keys,
		Claim:      "organization_id",
		OrgType:    "uuid",
	}
}

// Token signs exactly these claims.
func (i *Issuer) Token(tb testing.TB, claims map[string]any) string {
	tb.Helper()
	token, err := auth.Mint(auth.MintOptions{Secret: i.secret, Claims: claims})
	if err != nil {
		tb.Fatal(err)
	}
	return token
}

// OrgToken signs a token for an org that is valid for an hour, with more claims
// on top (they may replace exp).
func (i *Issuer) OrgToken(tb testing.TB, org string, more map[string]any) string {
	tb.Helper()
	claims := map[string]any{
		"organization_id": org,
		"sub":             "user-of-" + org,
		"exp":             time.Now().Add(time.Hour).Unix(),
	}
	maps.Copy(claims, more)
	return i.Token(tb, claims)
}
