package auth

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
)

func TestLoadPublicKeyFiles(t *testing.T) {
	keys := newKeyring(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "issuer"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1, 0), // long over: dates are not looked at
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, keys.p256.Public(), keys.p256)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pkcs1 := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&keys.rsa.PublicKey)})
	for _, test := range []struct {
		why     string
		content []byte
		alg     string
	}{
		{"certificate", certificate, "ES256"},
		{"PKCS #1", pkcs1, "RS256"},
		{"several, with text between", bytes.Join([][]byte{pkcs1, certificate}, []byte("the new key:\n")), "ES256"},
		{"PKIX", publicPEM(t, keys.ed25519.Public()), "EdDSA"},
	} {
		t.Run(test.why, func(t *testing.T) {
			o := secretOptions(t)
			o.Keys = loadKeys(t, KeySource{PublicKeyFile: writeFile(t, "issuer.pem", test.content)})
			o.Algorithms = []string{test.alg}
			signer := keys.signer(test.alg)
			signer.Claims = claimsOf(orgA, nil)
			if _, err := newVerifier(t, o).Verify(context.Background(), mint(t, signer)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNewKeysRefuses(t *testing.T) {
	keys := newKeyring(t)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(keys.p256)
	if err != nil {
		t.Fatal(err)
	}
	privatePEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	public := publicPEM(t, keys.rsa.Public())
	publicFile := func(content []byte) KeySource {
		return KeySource{PublicKeyFile: writeFile(t, "k", content)}
	}
	secretFile := func(content string) KeySource {
		return KeySource{HMACSecretFile: writeFile(t, "k", []byte(content))}
	}
	for _, test := range []struct {
		why    string
		source KeySource
		want   string // end of the error
	}{
		{"nothing named", KeySource{}, "a key source names exactly one file or URL"},
		{"two named", KeySource{JWKSFile: "a", PublicKeyFile: "b"}, "a key source names exactly one file or URL"},
		{"no such file", KeySource{PublicKeyFile: filepath.Join(t.TempDir(), "none")}, "no such file or directory"},
		{"empty file", publicFile(nil), "not a PEM file of public keys or certificates"},
		{"first block damaged", publicFile(append(bytes.Replace(public, []byte("\nMII"), []byte("\n*II"), 1), public...)), "not a PEM file of public keys or certificates"},
		{"second block cut off", publicFile(append(bytes.Clone(public), public[:60]...)), "not a PEM file of public keys or certificates"},
		{"private key", publicFile(privatePEM), "it holds a private key: give the public key only, the private one belongs to the issuer"},
		{"private key after a public one", publicFile(append(bytes.Clone(public), privatePEM...)), "it holds a private key: give the public key only, the private one belongs to the issuer"},
		{"parameters", publicFile(pem.EncodeToMemory(&pem.Block{Type: "EC PARAMETERS"})), "it holds a PEM block that is neither a public key nor a certificate"},
		{"RSA of 1024 bits", publicFile(publicPEM(t, small.Public())), "the RSA key has 1024 bits, at least 2048 are needed"},
		{"P-224", publicFile(publicPEM(t, p224.Public())), "the EC key is on a curve of 224 bits, only P-256, P-384 and P-521 are supported"},
		{"short secret", secretFile(strings.Repeat("s", 31)), "the HMAC secret has 31 bytes, at least 32 are needed"},
		{"short secret and line break", secretFile(strings.Repeat("s", 31) + "\n"), "the HMAC secret has 31 bytes, at least 32 are needed"},
		{"empty secret", secretFile(""), "the HMAC secret has 0 bytes, at least 32 are needed"},
		{"public key as secret", secretFile(string(public)), "it holds a PEM block, not a secret"},
	} {
		t.Run(test.why, func(t *testing.T) {
			_, err := NewKeys(KeysOptions{Sources: []KeySource{test.source}})
			if err == nil || !strings.HasPrefix(err.Error(), "loading key 1: ") || !strings.HasSuffix(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	if _, err := NewKeys(KeysOptions{}); err == nil {
		t.Error("no source at all gave a key set")
	}
}

func TestReadSecret(t *testing.T) {
	text := strings.Repeat("s", 40)
	binary := strings.Repeat("\x01\x90", 20)
	for content, want := range map[string]string{
		text:            text,
		text + "\n":     text,
		text + "\r\n":   text,
		text + "\n\n":   text + "\n\n", // more than one line break: taken as it is
		binary + "\n":   binary + "\n",
		binary + "\r\n": binary + "\r\n",
	} {
		got, err := ReadSecret(writeFile(t, "secret", []byte(content)))
		if err != nil || string(got) != want {
			t.Errorf("%q: got %q, %v; want %q", content, got, err, want)
		}
	}
}

// jwk writes a key as a JWK with members changed; nil deletes.
func jwk(t *testing.T, key any, changes map[string]any) map[string]any {
	t.Helper()
	parsed, err := jwkset.NewJWKFromKey(key, jwkset.JWKOptions{Marshal: jwkset.JWKMarshalOptions{Private: true}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(parsed.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatal(err)
	}
	for name, value := range changes {
		if value == nil {
			delete(members, name)
		} else {
			members[name] = value
		}
	}
	return members
}

func jwksFile(t *testing.T, keys ...map[string]any) KeySource {
	t.Helper()
	text, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	return KeySource{JWKSFile: writeFile(t, "jwks.json", text)}
}

func TestJWKSRestrictsKeys(t *testing.T) {
	keys := newKeyring(t)
	other := newKeyring(t)
	o := secretOptions(t)
	o.Algorithms = allAlgorithms
	o.Keys = loadKeys(t, jwksFile(t,
		jwk(t, &keys.rsa.PublicKey, map[string]any{"kid": "rsa", "alg": "RS256", "use": "sig"}),
		jwk(t, &keys.p256.PublicKey, map[string]any{"kid": "ec", "key_ops": []string{"verify"}}),
		jwk(t, &other.p256.PublicKey, map[string]any{"kid": "ec"}), // a kid need not be unique
		jwk(t, keys.ed25519.Public(), map[string]any{"kid": "ed", "alg": nil}),
		jwk(t, testSecret, map[string]any{"alg": "HS256"}),
		jwk(t, &keys.p384.PublicKey, map[string]any{"kid": "enc", "use": "enc"}),
		jwk(t, &keys.p521.PublicKey, map[string]any{"kid": "wrap", "key_ops": []string{"wrapKey"}}),
		map[string]any{"kty": "XX", "kid": "future"},
		map[string]any{"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"},
		map[string]any{"kty": "OKP", "crv": "X25519", "x": encodePart(strings.Repeat("x", 32))},
	))
	v := newVerifier(t, o)
	for _, test := range []struct {
		ring     *keyring
		alg, kid string
		reason   string // empty: accepted
	}{
		{keys, "RS256", "rsa", ""},
		{keys, "RS256", "", ""},
		{keys, "RS384", "rsa", "no key for alg RS384, kid rsa"},
		{keys, "PS256", "rsa", "no key for alg PS256, kid rsa"},
		{keys, "RS256", "ec", "no key for alg RS256, kid ec"},
		{keys, "ES256", "ec", ""},
		{other, "ES256", "ec", ""},
		{other, "ES256", "", ""},
		{keys, "EdDSA", "ed", ""},
		{other, "EdDSA", "ed", "signature is not valid (alg EdDSA, kid ed)"},
		{keys, "HS256", "any: this key has no id", ""},
		{keys, "HS384", "", "no key for alg HS384, no kid"},
		{keys, "ES384", "enc", "no key for alg ES384, kid enc"},
		{keys, "ES512", "wrap", "no key for alg ES512, kid wrap"},
	} {
		signer := test.ring.signer(test.alg)
		signer.KeyID, signer.Claims = test.kid, claimsOf(orgA, nil)
		token := mint(t, signer)
		if test.reason != "" {
			expectRejected(t, v, token, test.reason)
		} else if _, err := v.Verify(context.Background(), token); err != nil {
			t.Errorf("%s, kid %q: refused: %v", test.alg, test.kid, err)
		}
	}
}

func TestJWKSRefuses(t *testing.T) {
	keys := newKeyring(t)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		why    string
		source KeySource
		want   string // end of the error
	}{
		{"not JSON", KeySource{JWKSFile: writeFile(t, "k", []byte("keys"))}, `not a JSON object with a list "keys"`},
		{"no keys", jwksFile(t), "no key to verify tokens with"},
		{"keys for encryption only", jwksFile(t, jwk(t, &keys.rsa.PublicKey, map[string]any{"use": "enc"})), "no key to verify tokens with"},
		{"alg none", jwksFile(t, jwk(t, &keys.rsa.PublicKey, map[string]any{"alg": "none"})), "no key to verify tokens with"},
		{"private RSA key", jwksFile(t, jwk(t, keys.rsa, nil)), "key 1: it is a private key: give the public key only, the private one belongs to the issuer"},
		{"private EC key second", jwksFile(t, jwk(t, &keys.rsa.PublicKey, nil), jwk(t, keys.p256, nil)), "key 2: it is a private key: give the public key only, the private one belongs to the issuer"},
		{"small RSA key", jwksFile(t, jwk(t, &small.PublicKey, nil)), "key 1: the RSA key has 1024 bits, at least 2048 are needed"},
		{"short secret", jwksFile(t, jwk(t, []byte("short"), nil)), "key 1: the HMAC secret has 5 bytes, at least 32 are needed"},
		{"secret that is not base64url", jwksFile(t, map[string]any{"kty": "oct", "k": "not base64 but secret"}), "key 1: not a valid symmetric key"},
		{"RSA key for HMAC", jwksFile(t, jwk(t, &keys.rsa.PublicKey, map[string]any{"alg": "HS256"})), "key 1: its alg HS256 does not go with a key of kind RSA"},
		{"EC key for another curve", jwksFile(t, jwk(t, &keys.p256.PublicKey, map[string]any{"alg": "ES384"})), "key 1: its alg ES384 does not go with a key of kind EC P-256"},
	} {
		t.Run(test.why, func(t *testing.T) {
			_, err := NewKeys(KeysOptions{Sources: []KeySource{test.source}})
			if err == nil || !strings.HasSuffix(err.Error(), ": "+test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	offCurve := jwk(t, &keys.p256.PublicKey, nil)
	offCurve["x"], offCurve["y"] = offCurve["y"], offCurve["x"]
	if _, err := NewKeys(KeysOptions{Sources: []KeySource{jwksFile(t, offCurve)}}); err == nil {
		t.Error("a point that is not on its curve was taken for a key")
	}
}
