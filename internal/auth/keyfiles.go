package auth

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"unicode"
)

// KeySource names one place that verification keys come from. Exactly one field
// is set.
type KeySource struct {
	// JWKSURL is the address of a JWK set: https, or http on loopback. Keys that
	// cannot be used are passed over, and so are symmetric ones, which whoever
	// can read the address would have.
	JWKSURL string
	// JWKSFile is a JWK set (RFC 7517, section 5). Keys that are not for
	// verifying signatures, or of an unsupported type, are passed over; a
	// private key is an error.
	JWKSFile string
	// PublicKeyFile holds one or more PEM blocks: public keys (PKIX or PKCS #1)
	// or certificates, RSA, EC or Ed25519. Only the key of a certificate is
	// used: neither its chain nor its dates are checked.
	PublicKeyFile string
	// HMACSecretFile holds the secret as it is, at least 32 bytes. One line
	// break at the end of a text is not part of it.
	HMACSecretFile string
}

// file is the file that the source names; empty: it is a URL.
func (s KeySource) file() string {
	return cmp.Or(s.JWKSFile, s.PublicKeyFile, s.HMACSecretFile)
}

// check tells whether exactly one field is set.
func (s KeySource) check() error {
	set := 0
	for _, place := range []string{s.JWKSURL, s.JWKSFile, s.PublicKeyFile, s.HMACSecretFile} {
		if place != "" {
			set++
		}
	}
	if set != 1 {
		return errors.New("a key source names exactly one file or URL")
	}
	return nil
}

// load reads the keys of a file.
func (s KeySource) load() ([]verificationKey, error) {
	switch {
	case s.JWKSFile != "":
		return loadJWKS(s.JWKSFile)
	case s.PublicKeyFile != "":
		return loadPublicKeys(s.PublicKeyFile)
	default:
		secret, err := ReadSecret(s.HMACSecretFile)
		if err != nil {
			return nil, err
		}
		return []verificationKey{{kind: kindSecret, key: secret}}, nil
	}
}

func loadPublicKeys(file string) ([]verificationKey, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading public key: %w", err)
	}
	var keys []verificationKey
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		key, err := parsePublicKey(block)
		if err != nil {
			return nil, fmt.Errorf("reading public key %s: %w", file, err)
		}
		kind, err := kindOfPublicKey(key)
		if err != nil {
			return nil, fmt.Errorf("reading public key %s: %w", file, err)
		}
		keys = append(keys, verificationKey{kind: kind, key: key})
	}
	// Decode skips what is not a whole block. A damaged key must not be passed
	// over in silence.
	if len(keys) == 0 || bytes.Count(content, []byte("-----BEGIN")) != len(keys) {
		return nil, fmt.Errorf("reading public key %s: not a PEM file of public keys or certificates", file)
	}
	return keys, nil
}

func parsePublicKey(block *pem.Block) (crypto.PublicKey, error) {
	switch block.Type {
	case "PUBLIC KEY":
		return x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		return cert.PublicKey, nil
	case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("it holds a private key: give the public key only, the private one belongs to the issuer")
	}
	return nil, errors.New("it holds a PEM block that is neither a public key nor a certificate")
}

// ReadSecret reads an HMAC secret of at least 32 bytes. The content is the
// secret, not an encoding of it; one line break at the end is dropped when the
// rest is text, since editors and echo add it.
func ReadSecret(file string) ([]byte, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading HMAC secret: %w", err)
	}
	// An asymmetric key as HMAC secret is the confusion that lets whoever has
	// the public key sign tokens.
	if bytes.Contains(content, []byte("-----BEGIN")) {
		return nil, fmt.Errorf("reading HMAC secret %s: it holds a PEM block, not a secret", file)
	}
	secret := withoutFinalNewline(content)
	if _, err := kindOfSecret(secret); err != nil {
		return nil, fmt.Errorf("reading HMAC secret %s: %w", file, err)
	}
	return secret, nil
}

func withoutFinalNewline(content []byte) []byte {
	line := bytes.TrimSuffix(bytes.TrimSuffix(content, []byte("\n")), []byte("\r"))
	for _, b := range line {
		if b > unicode.MaxASCII || !unicode.IsPrint(rune(b)) {
			return content
		}
	}
	return line
}
