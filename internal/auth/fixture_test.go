package auth

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	orgA = "6c1e1f0a-0a5d-4f6e-9f0b-1d2c3b4a5968"
	orgB = "f2f9a3de-5b7c-4a8d-8e1f-0a9b8c7d6e5f"
)

var testSecret = []byte("a secret of the issuer, 32 bytes.")

// testNow is the time by the verifier's clock in all tests.
func testNow() time.Time { return time.Unix(1_800_000_000, 0) }

// keyring is a key of each kind.
type keyring struct {
	rsa              *rsa.PrivateKey
	p256, p384, p521 *ecdsa.PrivateKey
	ed25519          ed25519.PrivateKey
}

func newKeyring(tb testing.TB) *keyring {
	tb.Helper()
	var k keyring
	var errs [5]error
	k.rsa, errs[0] = rsa.GenerateKey(rand.Reader, 2048)
	k.p256, errs[1] = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	k.p384, errs[2] = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	k.p521, errs[3] = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	_, k.ed25519, errs[4] = ed25519.GenerateKey(rand.Reader)
	if err := errors.Join(errs[:]...); err != nil {
		tb.Fatal(err)
	}
	return &k
}

// signer gives what an algorithm signs with.
func (k *keyring) signer(alg string) MintOptions {
	o := MintOptions{Algorithm: alg}
	switch alg[:2] + alg[len(alg)-3:] {
	case "HS256", "HS384", "HS512":
		o.Secret = testSecret
	case "ES256":
		o.Key = k.p256
	case "ES384":
		o.Key = k.p384
	case "ES512":
		o.Key = k.p521
	case "EdDSA":
		o.Key = k.ed25519
	default:
		o.Key = k.rsa
	}
	return o
}

// sources are all the keys in files, as a deployment has them.
func (k *keyring) sources(tb testing.TB) []KeySource {
	tb.Helper()
	var public bytes.Buffer
	for _, key := range []crypto.Signer{k.rsa, k.p256, k.p384, k.p521, k.ed25519} {
		public.Write(publicPEM(tb, key.Public()))
	}
	return []KeySource{
		{PublicKeyFile: writeFile(tb, "issuer.pem", public.Bytes())},
		{HMACSecretFile: writeFile(tb, "hmac.key", testSecret)},
	}
}

func publicPEM(tb testing.TB, key crypto.PublicKey) []byte {
	tb.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func writeFile(tb testing.TB, name string, content []byte) string {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), name)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		tb.Fatal(err)
	}
	return file
}

func loadKeys(tb testing.TB, sources ...KeySource) *Keys {
	tb.Helper()
	keys, err := NewKeys(KeysOptions{Sources: sources})
	if err != nil {
		tb.Fatal(err)
	}
	return keys
}

// secretOptions are the options most tests start from: HS256 and a uuid.
func secretOptions(tb testing.TB) Options {
	tb.Helper()
	return Options{
		Algorithms: []string{"HS256"},
		Keys:       loadKeys(tb, KeySource{HMACSecretFile: writeFile(tb, "hmac.key", testSecret)}),
		RequireExp: true,
		Claim:      "organization_id",
		OrgType:    "uuid",
		Clock:      testNow,
	}
}

func newVerifier(tb testing.TB, o Options) *Verifier {
	tb.Helper()
	v, err := NewVerifier(o)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func mint(tb testing.TB, o MintOptions) string {
	tb.Helper()
	token, err := Mint(o)
	if err != nil {
		tb.Fatal(err)
	}
	return token
}

// claimsOf are valid claims for an org, with changes; a nil deletes.
func claimsOf(org any, changes map[string]any) map[string]any {
	claims := map[string]any{
		"organization_id": org,
		"sub":             "user-1",
		"exp":             testNow().Unix() + 3600,
	}
	for name, value := range changes {
		if value == nil {
			delete(claims, name)
		} else {
			claims[name] = value
		}
	}
	return claims
}

// signRaw signs header and payload texts as they are, which Mint never would.
func signRaw(tb testing.TB, header, payload string) string {
	tb.Helper()
	signed := encodePart(header) + "." + encodePart(payload)
	signature, err := jwt.SigningMethodHS256.Sign(signed, testSecret)
	if err != nil {
		tb.Fatal(err)
	}
	return signed + "." + encodePart(string(signature))
}

func encodePart(text string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

const plainHeader = `{"alg":"HS256","typ":"JWT"}`

// payloadWith is a valid payload text with more members at its end.
func payloadWith(members string) string {
	return `{"organization_id":"` + orgA + `","exp":1800003600` + members + `}`
}

// expectRejected checks that the token is refused for the reason, and that the
// reason gives away neither the token nor a part of it.
func expectRejected(tb testing.TB, v *Verifier, token, reason string) {
	tb.Helper()
	id, err := v.Verify(context.Background(), token)
	var rejected *RejectedError
	if !errors.As(err, &rejected) {
		tb.Fatalf("got %+v, %v; want a RejectedError", id, err)
	}
	if id != nil {
		tb.Errorf("a refused token gave an identity: %+v", id)
	}
	if rejected.Reason != reason {
		tb.Errorf("reason %q, want %q", rejected.Reason, reason)
	}
	if rejected.Error() != "token rejected" {
		tb.Errorf("the error tells the client more than it may: %q", rejected)
	}
	for _, part := range strings.Split(token, ".") {
		if len(part) > 8 && strings.Contains(rejected.LogValue().String(), part) {
			tb.Errorf("the log text holds a part of the token: %s", rejected.LogValue())
		}
	}
}

// expectClaimError checks that the token is valid but names no org or role.
func expectClaimError(tb testing.TB, v *Verifier, token, text string) {
	tb.Helper()
	id, err := v.Verify(context.Background(), token)
	var claimErr *ClaimError
	if !errors.As(err, &claimErr) {
		tb.Fatalf("got %+v, %v; want a ClaimError", id, err)
	}
	if id != nil {
		tb.Errorf("a refused token gave an identity: %+v", id)
	}
	if claimErr.Error() != text {
		tb.Errorf("error %q, want %q", claimErr, text)
	}
}

// fixedKeys are keys that no file or URL would be accepted with.
func fixedKeys(keys []verificationKey) *Keys {
	var k Keys
	k.current.Store(newKeySet(keys))
	return &k
}
