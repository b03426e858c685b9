package auth

import (
	"context"
	"testing"
)

// BenchmarkVerify is the cost of a login's token, one algorithm of each kind: of one
// that was not seen before, and of one that was.
func BenchmarkVerify(b *testing.B) {
	keys := newKeyring(b)
	set := loadKeys(b, keys.sources(b)...)
	for _, alg := range []string{"HS256", "RS256", "ES256", "EdDSA"} {
		o := secretOptions(b)
		o.Keys, o.Algorithms = set, []string{alg}
		v := newVerifier(b, o)
		signer := keys.signer(alg)
		signer.Claims = claimsOf(orgA, map[string]any{
			"iss": "https://issuer.example/", "aud": "app-db", "iat": testNow().Unix(), "role": "authenticated",
			"app_metadata": map[string]any{"provider": "email", "providers": []string{"email"}},
		})
		token := mint(b, signer)
		b.Run(alg+"/miss", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.verify(context.Background(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(alg+"/hit", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(context.Background(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
