package auth

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestAcceptedTokensAreRemembered has a token cost one signature check: the identity of
// the second time is that of the first. What is not accepted, and what is very long, takes
// no room, and keys that are not the ones of before have it checked again.
func TestAcceptedTokensAreRemembered(t *testing.T) {
	signer := newSigner(t, "k")
	file := writeFile(t, "issuer.pem", publicPEM(t, signer.key.Public()))
	keys := loadKeys(t, KeySource{PublicKeyFile: file})
	o := secretOptions(t)
	o.Keys, o.Algorithms, o.MaxTokenBytes = keys, []string{"ES256"}, 64<<10
	v := newVerifier(t, o)
	verify := func(token string) *Identity {
		t.Helper()
		id, err := v.Verify(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	token := signer.token(t, orgA)
	first := verify(token)
	if verify(token) != first {
		t.Error("the signature is checked again")
	}
	another := signer.token(t, orgB)
	if got := verify(another); got == first || got.Org != orgB {
		t.Errorf("another token is %+v", got)
	}
	if n := v.accepted.tokens.Len(); n != 2 {
		t.Errorf("%d tokens are remembered", n)
	}

	imposter := newSigner(t, "k")
	for range 3 {
		expectRejected(t, v, imposter.token(t, orgA), "signature is not valid (alg ES256, kid k)")
	}
	expectRejected(t, v, token[:len(token)-1], "a part is empty or not strict base64url")
	long := mint(t, MintOptions{Key: signer.key, KeyID: "k", Claims: claimsOf(orgA, map[string]any{"x": strings.Repeat("x", maxRememberedClaims)})})
	if again := verify(long); verify(long) == again {
		t.Error("a token that is very long is remembered")
	}
	if n := v.accepted.tokens.Len(); n != 2 {
		t.Errorf("%d tokens are remembered after others", n)
	}

	// The same key among others: what was verified rests on the set of before.
	both := append(publicPEM(t, signer.key.Public()), publicPEM(t, imposter.key.Public())...)
	if err := os.WriteFile(file, both, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := keys.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if verify(token) == first {
		t.Error("a token is remembered that was verified with other keys")
	}
}

// TestRememberedTokensAreBounded has more tokens than are remembered.
func TestRememberedTokensAreBounded(t *testing.T) {
	c := newTokenCache()
	set := new(keySet)
	for n := range maxRemembered + 100 {
		c.put(digestOf(fmt.Sprint(n)), &accepted{identity: new(Identity), by: set})
	}
	if n := c.tokens.Len(); n != maxRemembered {
		t.Errorf("%d tokens are remembered", n)
	}
	if c.get(digestOf("0"), set) != nil || c.get(digestOf(fmt.Sprint(maxRemembered)), set) == nil {
		t.Error("it is not the oldest that are forgotten")
	}
}
