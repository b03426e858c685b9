package auth

import (
	"bytes"
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

// KeySet is the keys that tokens are verified with. It is immutable and safe
// for concurrent use.
type KeySet struct {
	keys []verificationKey
	byID map[string][]verificationKey
}

// verificationKey is a key with all that restricts its use.
type verificationKey struct {
	kind keyKind
	alg  string // the only algorithm that the key may be used with; empty: any of its kind
	id   string // kid; empty when its source gives none
	key  any    // []byte, *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey
}

// LoadKeys reads all sources, in order. Sources that together hold no usable
// key are an error. Errors name the file and never hold its content.
func LoadKeys(sources []KeySource) (*KeySet, error) {
	var keys []verificationKey
	for i, s := range sources {
		read, err := s.load()
		if err != nil {
			return nil, fmt.Errorf("loading key %d: %w", i+1, err)
		}
		keys = append(keys, read...)
	}
	if len(keys) == 0 {
		return nil, errors.New("loading keys: no key to verify tokens with")
	}
	return newKeySet(keys), nil
}

func newKeySet(keys []verificationKey) *KeySet {
	set := &KeySet{keys: keys, byID: make(map[string][]verificationKey)}
	for _, k := range keys {
		set.byID[k.id] = append(set.byID[k.id], k)
	}
	return set
}

// candidates are the keys that a token with this algorithm may be signed with.
// The key id only ever selects from the set. A key that came without an id fits
// any, and a token without one is tried with every key of the right kind.
func (s *KeySet) candidates(algName string, kind keyKind, keyID *string) []verificationKey {
	var fit []verificationKey
	add := func(keys []verificationKey) {
		for _, k := range keys {
			if k.kind == kind && (k.alg == "" || k.alg == algName) {
				fit = append(fit, k)
			}
		}
	}
	switch {
	case keyID == nil:
		add(s.keys)
	case *keyID == "":
		add(s.byID[""])
	default:
		add(s.byID[*keyID])
		add(s.byID[""])
	}
	return fit
}

func (s KeySource) load() ([]verificationKey, error) {
	set := 0
	for _, file := range []string{s.JWKSFile, s.PublicKeyFile, s.HMACSecretFile} {
		if file != "" {
			set++
		}
	}
	if set != 1 {
		return nil, errors.New("a key source names exactly one file")
	}
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
