package auth

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
)

func TestMintUsualAlgorithm(t *testing.T) {
	keys := newKeyring(t)
	set := loadKeys(t, keys.sources(t)...)
	for alg, key := range map[string]crypto.Signer{
		"HS256": nil, "RS256": keys.rsa, "ES256": keys.p256, "ES384": keys.p384, "ES512": keys.p521, "EdDSA": keys.ed25519,
	} {
		o := secretOptions(t)
		o.Keys, o.Algorithms = set, []string{alg}
		m := MintOptions{Key: key, Claims: claimsOf(orgA, nil)}
		if key == nil {
			m.Secret = testSecret
		}
		if _, err := newVerifier(t, o).Verify(context.Background(), mint(t, m)); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
	}
}

func TestMintRefuses(t *testing.T) {
	keys := newKeyring(t)
	for _, test := range []struct {
		options MintOptions
		want    string
	}{
		{MintOptions{}, "the HMAC secret has 0 bytes, at least 32 are needed"},
		{MintOptions{Secret: []byte("short")}, "the HMAC secret has 5 bytes, at least 32 are needed"},
		{MintOptions{Secret: testSecret, Key: keys.rsa}, "both a secret and a private key are given"},
		{MintOptions{Secret: testSecret, Algorithm: "none"}, `algorithm "none" is not known`},
		{MintOptions{Secret: testSecret, Algorithm: "RS256"}, "RS256 needs a key of kind RSA, the key is of kind HMAC secret"},
		{MintOptions{Key: keys.p384, Algorithm: "ES256"}, "ES256 needs a key of kind EC P-256, the key is of kind EC P-384"},
	} {
		if token, err := Mint(test.options); err == nil || token != "" || err.Error() != "minting a token: "+test.want {
			t.Errorf("got %q, %v; want %s", token, err, test.want)
		}
	}
}

func TestReadPrivateKey(t *testing.T) {
	keys := newKeyring(t)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(keys.ed25519)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(keys.p384)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		block  string
		der    []byte
		public crypto.PublicKey
	}{
		{"PRIVATE KEY", pkcs8, keys.ed25519.Public()},
		{"EC PRIVATE KEY", sec1, keys.p384.Public()},
		{"RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(keys.rsa), keys.rsa.Public()},
	} {
		file := writeFile(t, "key.pem", pem.EncodeToMemory(&pem.Block{Type: test.block, Bytes: test.der}))
		key, err := ReadPrivateKey(file)
		if err != nil {
			t.Fatal(err)
		}
		if public := key.Public().(interface{ Equal(crypto.PublicKey) bool }); !public.Equal(test.public) {
			t.Errorf("%s: read another key", test.block)
		}
	}
	for content, want := range map[string]string{
		"no PEM":                                "not a PEM file",
		string(publicPEM(t, keys.rsa.Public())): "its first PEM block is not a private key",
	} {
		if _, err := ReadPrivateKey(writeFile(t, "key.pem", []byte(content))); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestSetClaim(t *testing.T) {
	claims := map[string]any{"flat": "x"}
	for path, value := range map[string]any{"app_metadata.org.id": orgA, `https://x\.example`: 1, "app_metadata.plan": "pro"} {
		if err := SetClaim(claims, path, value); err != nil {
			t.Fatal(err)
		}
		parsed, err := parseClaimPath(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := parsed.find(claims); err != nil || got != value {
			t.Errorf("%s: got %v, %v", path, got, err)
		}
	}
	if err := SetClaim(claims, "flat.id", 1); err == nil || err.Error() != `claim path "flat.id": flat is not an object` {
		t.Errorf("a claim was replaced by an object: %v", err)
	}
	if err := SetClaim(claims, "", 1); err == nil {
		t.Error("an empty path was taken")
	}
}
