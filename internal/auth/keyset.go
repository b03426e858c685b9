package auth

import (
	"bytes"
	"crypto"
	"slices"
	"time"
)

// keySet is the keys that tokens are verified with at a moment. It is immutable
// and safe for concurrent use.
type keySet struct {
	keys []verificationKey
	byID map[string][]verificationKey
}

// verificationKey is a key with all that restricts its use.
type verificationKey struct {
	kind keyKind
	alg  string // the only algorithm that the key may be used with; empty: any of its kind
	id   string // kid; empty when its source gives none
	key  any    // []byte, *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey
	// since is when its source first had it. It makes no other key.
	since time.Time
}

// equal tells whether two keys are the same, with the same restrictions.
func (k verificationKey) equal(other verificationKey) bool {
	if k.kind != other.kind || k.alg != other.alg || k.id != other.id {
		return false
	}
	if secret, ok := k.key.([]byte); ok {
		same, ok := other.key.([]byte)
		return ok && bytes.Equal(secret, same)
	}
	public, ok := k.key.(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(other.key)
}

func newKeySet(keys []verificationKey) *keySet {
	set := &keySet{keys: keys, byID: make(map[string][]verificationKey)}
	for _, k := range keys {
		set.byID[k.id] = append(set.byID[k.id], k)
	}
	return set
}

// equal tells whether two sets hold the same keys in the same order.
func (s *keySet) equal(other *keySet) bool {
	return slices.EqualFunc(s.keys, other.keys, verificationKey.equal)
}

// knows tells whether the set has a key with this id.
func (s *keySet) knows(keyID *string) bool {
	return keyID != nil && *keyID != "" && len(s.byID[*keyID]) > 0
}

// candidates are the keys that a token with this algorithm may be signed with.
// The key id only ever selects from the set. A key that came without an id fits
// any, and a token without one is tried with every key of the right kind.
func (s *keySet) candidates(algName string, kind keyKind, keyID *string) []verificationKey {
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
