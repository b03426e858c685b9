package auth

import (
	"crypto/sha256"

	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	// maxRemembered is how many tokens are remembered, and maxRememberedClaims the
	// longest claims in bytes of one that is: 64 MiB in the worst case, and a few
	// with tokens as issuers make them.
	maxRemembered       = 4096
	maxRememberedClaims = 16 << 10
)

// digest is a token as it is remembered. Two tokens with one digest would be taken
// for each other, so it is a cryptographic hash.
type digest [sha256.Size]byte

func digestOf(token string) digest { return sha256.Sum256([]byte(token)) }

// accepted is a token that was accepted.
type accepted struct {
	identity *Identity
	times    tokenTimes
	// by is the set of keys that it was verified with. It counts with no other, so
	// that nothing lives on that was signed by a key which is gone.
	by *keySet
}

// tokenCache remembers the tokens that were accepted last. What a client sends
// without the signature of an issuer takes no room in it. Safe for concurrent use.
type tokenCache struct{ tokens *lru.Cache[digest, *accepted] }

func newTokenCache() *tokenCache {
	tokens, err := lru.New[digest, *accepted](maxRemembered)
	if err != nil { // only for a size of 0
		panic(err)
	}
	return &tokenCache{tokens}
}

// get gives what is remembered of a token that was verified with set.
func (c *tokenCache) get(d digest, set *keySet) *accepted {
	a, ok := c.tokens.Get(d)
	if !ok || a.by != set {
		return nil
	}
	return a
}

func (c *tokenCache) put(d digest, a *accepted) {
	if len(a.identity.ClaimsJSON) <= maxRememberedClaims {
		c.tokens.Add(d, a)
	}
}
