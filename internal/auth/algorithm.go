package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
)

const (
	minRSABits     = 2048 // RFC 7518, section 3.3
	minSecretBytes = 32   // RFC 7518, section 3.2, for HS256
)

// keyKind is what ties an algorithm to the keys that may be used with it. A key
// has exactly one kind, so a public RSA key can never serve as an HMAC secret.
type keyKind string

const (
	kindSecret  keyKind = "HMAC secret"
	kindRSA     keyKind = "RSA"
	kindP256    keyKind = "EC P-256"
	kindP384    keyKind = "EC P-384"
	kindP521    keyKind = "EC P-521"
	kindEd25519 keyKind = "Ed25519"
)

// algorithm is a JWS algorithm (RFC 7518, section 3.1; RFC 8037) with the kind
// of key that it takes. RFC 7518 binds each ES algorithm to one curve.
type algorithm struct {
	method jwt.SigningMethod
	kind   keyKind
}

// algorithmNamed is the closed list of what tokens may be signed with. Names
// are compared exactly; "none" in any spelling is not among them.
func algorithmNamed(name string) (algorithm, bool) {
	switch name {
	case "HS256":
		return algorithm{jwt.SigningMethodHS256, kindSecret}, true
	case "HS384":
		return algorithm{jwt.SigningMethodHS384, kindSecret}, true
	case "HS512":
		return algorithm{jwt.SigningMethodHS512, kindSecret}, true
	case "RS256":
		return algorithm{jwt.SigningMethodRS256, kindRSA}, true
	case "RS384":
		return algorithm{jwt.SigningMethodRS384, kindRSA}, true
	case "RS512":
		return algorithm{jwt.SigningMethodRS512, kindRSA}, true
	case "PS256":
		return algorithm{jwt.SigningMethodPS256, kindRSA}, true
	case "PS384":
		return algorithm{jwt.SigningMethodPS384, kindRSA}, true
	case "PS512":
		return algorithm{jwt.SigningMethodPS512, kindRSA}, true
	case "ES256":
		return algorithm{jwt.SigningMethodES256, kindP256}, true
	case "ES384":
		return algorithm{jwt.SigningMethodES384, kindP384}, true
	case "ES512":
		return algorithm{jwt.SigningMethodES512, kindP521}, true
	case "EdDSA":
		return algorithm{jwt.SigningMethodEdDSA, kindEd25519}, true
	}
	return algorithm{}, false
}

// KnownAlgorithm reports whether name is a signature algorithm that a Verifier
// can be given: HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512,
// ES256, ES384, ES512 or EdDSA. Names are case-sensitive.
func KnownAlgorithm(name string) bool {
	_, ok := algorithmNamed(name)
	return ok
}

// kindOfSecret checks that an HMAC secret is long enough.
func kindOfSecret(secret []byte) (keyKind, error) {
	if len(secret) < minSecretBytes {
		return "", fmt.Errorf("the HMAC secret has %d bytes, at least %d are needed", len(secret), minSecretBytes)
	}
	return kindSecret, nil
}

// kindOfPublicKey checks that a public key is of a kind and size that tokens
// may be verified with.
func kindOfPublicKey(key crypto.PublicKey) (keyKind, error) {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits < minRSABits {
			return "", fmt.Errorf("the RSA key has %d bits, at least %d are needed", bits, minRSABits)
		}
		return kindRSA, nil
	case *ecdsa.PublicKey:
		switch bits := k.Curve.Params().BitSize; bits {
		case 256:
			return kindP256, nil
		case 384:
			return kindP384, nil
		case 521:
			return kindP521, nil
		default:
			return "", fmt.Errorf("the EC key is on a curve of %d bits, only P-256, P-384 and P-521 are supported", bits)
		}
	case ed25519.PublicKey:
		if len(k) != ed25519.PublicKeySize {
			return "", errors.New("the Ed25519 key has the wrong size")
		}
		return kindEd25519, nil
	}
	return "", fmt.Errorf("keys of type %T are not supported", key)
}
