package auth

import (
	"crypto/ecdh"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/MicahParks/jwkset"
)

// loadJWKS reads a JWK set from a file, in which every key must be in order.
func loadJWKS(file string) ([]verificationKey, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading JWK set: %w", err)
	}
	keys, unfit, err := parseJWKS(content)
	if err == nil && len(unfit) > 0 {
		err = unfit[0]
	}
	if err != nil {
		return nil, fmt.Errorf("reading JWK set %s: %w", file, err)
	}
	return keys, nil
}

// parseJWKS reads the keys that tokens can be verified with; unfit says of the
// others that claim to be what is wrong with them.
func parseJWKS(content []byte) (keys []verificationKey, unfit []error, err error) {
	var set struct {
		Keys []jwkset.JWKMarshal `json:"keys"`
	}
	if err := json.Unmarshal(content, &set); err != nil {
		return nil, nil, errors.New("not a JSON object with a list \"keys\"")
	}
	for i, jwk := range set.Keys {
		if !verifiesSignatures(jwk) {
			continue
		}
		key, err := parseJWK(jwk)
		// RFC 7517, section 5: implementations should ignore keys of a type
		// that they do not know.
		if errors.Is(err, jwkset.ErrUnsupportedKey) {
			continue
		}
		if err != nil {
			unfit = append(unfit, fmt.Errorf("key %d: %w", i+1, err))
			continue
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 && len(unfit) == 0 {
		return nil, nil, errors.New("no key to verify tokens with")
	}
	return keys, unfit, nil
}

// verifiesSignatures reports whether a key's own restrictions (RFC 7517,
// sections 4.2 to 4.4) leave it of use here.
func verifiesSignatures(jwk jwkset.JWKMarshal) bool {
	return (jwk.USE == "" || jwk.USE == jwkset.UseSig) &&
		(len(jwk.KEYOPS) == 0 || slices.Contains(jwk.KEYOPS, jwkset.KeyOpsVerify)) &&
		(jwk.ALG == "" || KnownAlgorithm(string(jwk.ALG)))
}

func parseJWK(jwk jwkset.JWKMarshal) (verificationKey, error) {
	if jwk.D != "" {
		return verificationKey{}, errors.New("it is a private key: give the public key only, the private one belongs to the issuer")
	}
	// Only the bare key counts: certificates beside it are neither trusted nor
	// fetched. Private is what lets the library read symmetric keys.
	jwk.X5C, jwk.X5U, jwk.X5T, jwk.X5TS256 = nil, "", "", ""
	parsed, err := jwkset.NewJWKFromMarshal(jwk, jwkset.JWKMarshalOptions{Private: true}, jwkset.JWKValidateOptions{})
	if err != nil && jwk.KTY == jwkset.KtyOct {
		return verificationKey{}, errors.New("not a valid symmetric key") // the library's text may quote it
	}
	if err != nil {
		return verificationKey{}, err
	}
	key := verificationKey{alg: string(jwk.ALG), id: jwk.KID, key: parsed.Key()}
	switch k := key.key.(type) {
	case *ecdh.PublicKey:
		return verificationKey{}, jwkset.ErrUnsupportedKey // X25519 is for encryption
	case []byte:
		key.kind, err = kindOfSecret(k)
	default:
		key.kind, err = kindOfPublicKey(k)
	}
	if err != nil {
		return verificationKey{}, err
	}
	if key.alg != "" {
		if alg, _ := algorithmNamed(key.alg); alg.kind != key.kind {
			return verificationKey{}, fmt.Errorf("its alg %s does not go with a key of kind %s", key.alg, key.kind)
		}
	}
	return key, nil
}
