package auth

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/golang-jwt/jwt/v5"
)

// MintOptions describe a token to be made.
type MintOptions struct {
	// Algorithm to sign with. Empty: the usual one for the key, HS256, RS256,
	// ES256, ES384, ES512 or EdDSA.
	Algorithm string
	// Secret signs with HMAC, at least 32 bytes; Key signs with a private key:
	// *rsa.PrivateKey, *ecdsa.PrivateKey or ed25519.PrivateKey. One of the two.
	Secret []byte
	Key    crypto.Signer
	// KeyID goes into the header as kid unless it is empty.
	KeyID string
	// Claims are the payload. Times are seconds since 1970.
	Claims map[string]any
}

// Mint makes a signed token, for development and tests: in production tokens
// come from the issuer. Errors never hold the key.
func Mint(o MintOptions) (string, error) {
	kind, key, err := o.signingKey()
	if err != nil {
		return "", fmt.Errorf("minting a token: %w", err)
	}
	name := o.Algorithm
	if name == "" {
		name = usualAlgorithm(kind)
	}
	alg, ok := algorithmNamed(name)
	if !ok {
		return "", fmt.Errorf("minting a token: algorithm %q is not known", name)
	}
	if alg.kind != kind {
		return "", fmt.Errorf("minting a token: %s needs a key of kind %s, the key is of kind %s", name, alg.kind, kind)
	}
	token := jwt.NewWithClaims(alg.method, jwt.MapClaims(o.Claims))
	if o.KeyID != "" {
		token.Header["kid"] = o.KeyID
	}
	signed, err := token.SignedString(key)
	if err != nil {
		return "", fmt.Errorf("minting a token: %w", err)
	}
	return signed, nil
}

func (o MintOptions) signingKey() (keyKind, any, error) {
	switch {
	case len(o.Secret) > 0 && o.Key != nil:
		return "", nil, errors.New("both a secret and a private key are given")
	case o.Key != nil:
		kind, err := kindOfPublicKey(o.Key.Public())
		return kind, o.Key, err
	default:
		kind, err := kindOfSecret(o.Secret)
		return kind, o.Secret, err
	}
}

func usualAlgorithm(kind keyKind) string {
	switch kind {
	case kindRSA:
		return "RS256"
	case kindP256:
		return "ES256"
	case kindP384:
		return "ES384"
	case kindP521:
		return "ES512"
	case kindEd25519:
		return "EdDSA"
	}
	return "HS256"
}

// ReadPrivateKey reads the first PEM block of a file as a private key to mint
// with: PKCS #8, PKCS #1 (RSA) or SEC 1 (EC), not encrypted.
func ReadPrivateKey(file string) (crypto.Signer, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading private key: %w", err)
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, fmt.Errorf("reading private key %s: not a PEM file", file)
	}
	key, err := parsePrivateKey(block)
	if err != nil {
		return nil, fmt.Errorf("reading private key %s: %w", file, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("reading private key %s: a key of type %T cannot sign", file, key)
	}
	return signer, nil
}

func parsePrivateKey(block *pem.Block) (any, error) {
	switch block.Type {
	case "PRIVATE KEY":
		return x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(block.Bytes)
	}
	return nil, errors.New("its first PEM block is not a private key")
}
