package auth

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

var allAlgorithms = []string{
	"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
}

func TestVerifyEveryAlgorithm(t *testing.T) {
	keys := newKeyring(t)
	set := loadKeys(t, keys.sources(t)...)
	for _, alg := range allAlgorithms {
		t.Run(alg, func(t *testing.T) {
			o := secretOptions(t)
			o.Keys, o.Algorithms = set, []string{alg}
			v := newVerifier(t, o)
			signer := keys.signer(alg)
			signer.Claims = claimsOf(orgA, nil)
			id, err := v.Verify(context.Background(), mint(t, signer))
			if err != nil {
				t.Fatal(err)
			}
			if id.Org != orgA {
				t.Errorf("org %s, want %s", id.Org, orgA)
			}

			// The same claims signed with any other algorithm are refused, by
			// the list and not by chance: the keys of all are in the set.
			for _, other := range allAlgorithms {
				if other == alg {
					continue
				}
				signer := keys.signer(other)
				signer.Claims = claimsOf(orgA, nil)
				expectRejected(t, v, mint(t, signer), "header: alg "+other+" is not accepted")
			}
		})
	}
}

func TestIdentity(t *testing.T) {
	o := secretOptions(t)
	o.Claim = "app_metadata.organization_id"
	v := newVerifier(t, o)
	id, err := v.Verify(context.Background(), signRaw(t, plainHeader, `{
		"iss": "https://issuer.example/", "sub": "user-1", "jti": "t-1", "exp": 1800000060.5,
		"app_metadata": {"organization_id": "`+strings.ToUpper(orgA)+`"},
		"Name": "<Zo\u00eb & \ud83d\ude00>", "amount": 1.50e3, "big": 12345678901234567890
	}`))
	if err != nil {
		t.Fatal(err)
	}
	want := &Identity{
		Org: orgA, Subject: "user-1", TokenID: "t-1", Issuer: "https://issuer.example/",
		ClaimsJSON: `{"Name":"<Zoë & 😀>","amount":1.50e3,` +
			`"app_metadata":{"organization_id":"` + strings.ToUpper(orgA) + `"},"big":12345678901234567890,` +
			`"exp":1800000060.5,"iss":"https://issuer.example/","jti":"t-1","sub":"user-1"}`,
		ExpiresAt: time.Unix(1800000060, 500_000_000).UTC(),
	}
	if !reflect.DeepEqual(id, want) {
		t.Errorf("got  %+v\nwant %+v", id, want)
	}
}

func TestChosenClaims(t *testing.T) {
	o := secretOptions(t)
	o.Claims = []string{"organization_id", "https://example.com/role", "absent"}
	v := newVerifier(t, o)
	id, err := v.Verify(context.Background(), signRaw(t, plainHeader, payloadWith(`,"https://example.com/role":"agent","email":"x@example.com"`)))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"https://example.com/role":"agent","organization_id":"` + orgA + `"}`
	if id.ClaimsJSON != want {
		t.Errorf("claims %s, want %s", id.ClaimsJSON, want)
	}
}

func TestNoExpiry(t *testing.T) {
	o := secretOptions(t)
	o.RequireExp = false
	id, err := newVerifier(t, o).Verify(context.Background(), mint(t, MintOptions{Secret: testSecret, Claims: claimsOf(orgA, map[string]any{"exp": nil})}))
	if err != nil {
		t.Fatal(err)
	}
	if !id.ExpiresAt.IsZero() {
		t.Errorf("expires at %s, want never", id.ExpiresAt)
	}
}

// TestTimes holds each date claim against the clock, to the second on both
// sides of its bound.
func TestTimes(t *testing.T) {
	o := secretOptions(t)
	o.Leeway = 30 * time.Second
	v := newVerifier(t, o)
	now := testNow().Unix()
	for _, test := range []struct {
		why    string
		claims map[string]any
		reason string // empty: accepted
	}{
		{"expired within the leeway", map[string]any{"exp": now - 29}, ""},
		{"expired exactly at the leeway", map[string]any{"exp": now - 30}, "expired (exp)"},
		{"expired long ago", map[string]any{"exp": now - 86400}, "expired (exp)"},
		{"exp 0 is 1970, not none", map[string]any{"exp": 0}, "expired (exp)"},
		{"no exp", map[string]any{"exp": nil}, "exp is missing"},
		{"not yet valid, within the leeway", map[string]any{"nbf": now + 30}, ""},
		{"not yet valid", map[string]any{"nbf": now + 31}, "not valid yet (nbf)"},
		{"issued by a fast clock", map[string]any{"iat": now + 30}, ""},
		{"issued in the future", map[string]any{"iat": now + 31}, "issued in the future (iat)"},
		{"exp as text", map[string]any{"exp": "1800003600"}, "exp is a string, not a number"},
		{"exp as list", map[string]any{"exp": []int{1800003600}}, "exp is an array, not a number"},
		{"exp true", map[string]any{"exp": true}, "exp is a boolean, not a number"},
		{"exp in milliseconds", map[string]any{"exp": now * 1000}, "exp is not a time between 1970 and 9999"},
		{"exp negative", map[string]any{"exp": -1}, "exp is not a time between 1970 and 9999"},
		{"nbf as text", map[string]any{"nbf": "0"}, "nbf is a string, not a number"},
		{"iat as object", map[string]any{"iat": map[string]any{}}, "iat is an object, not a number"},
	} {
		t.Run(test.why, func(t *testing.T) {
			token := mint(t, MintOptions{Secret: testSecret, Claims: claimsOf(orgA, test.claims)})
			if test.reason != "" {
				expectRejected(t, v, token, test.reason)
				return
			}
			if _, err := v.Verify(context.Background(), token); err != nil {
				t.Errorf("refused: %v", err)
			}
		})
	}
	// What Mint cannot write.
	expectRejected(t, v, signRaw(t, plainHeader, `{"organization_id":"`+orgA+`","exp":1e999}`), "exp is not a time between 1970 and 9999")
	expectRejected(t, v, signRaw(t, plainHeader, `{"organization_id":"`+orgA+`","exp":null}`), "exp is null, not a number")
}

func TestIssuerAudienceAndRequiredClaims(t *testing.T) {
	o := secretOptions(t)
	o.Issuer = "https://issuer.example/"
	o.Audience = []string{"app-db", "app-db-2"}
	o.RequiredClaims = map[string]any{"token_use": "access", "meta.level": uint64(2), "verified": true}
	v := newVerifier(t, o)
	good := map[string]any{
		"iss": "https://issuer.example/", "aud": "app-db",
		"token_use": "access", "meta": map[string]any{"level": 2}, "verified": true,
	}
	for _, test := range []struct {
		why     string
		changes map[string]any
		reason  string // empty: accepted
	}{
		{"as configured", nil, ""},
		{"one of several audiences", map[string]any{"aud": []string{"web", "app-db-2"}}, ""},
		{"issuer without the slash", map[string]any{"iss": "https://issuer.example"}, "of another issuer (iss)"},
		{"issuer in another case", map[string]any{"iss": "https://Issuer.example/"}, "of another issuer (iss)"},
		{"issuer as list", map[string]any{"iss": []string{"https://issuer.example/"}}, "iss is an array, not a string"},
		{"no issuer", map[string]any{"iss": nil}, "iss is missing"},
		{"empty issuer", map[string]any{"iss": ""}, "iss or aud is empty"},
		{"no audience", map[string]any{"aud": nil}, "aud is missing"},
		{"empty list of audiences", map[string]any{"aud": []string{}}, "iss or aud is empty"},
		{"another audience", map[string]any{"aud": "app-db-3"}, "for another audience (aud)"},
		{"audience as prefix", map[string]any{"aud": "app-d"}, "for another audience (aud)"},
		{"audience as object", map[string]any{"aud": map[string]any{"app-db": true}}, "aud is an object"},
		{"number among the audiences", map[string]any{"aud": []any{"app-db", 1}}, "aud has an element that is a number"},
		{"required text of another value", map[string]any{"token_use": "id"}, "required claim token_use does not have the required value"},
		{"required text in a list", map[string]any{"token_use": []string{"access"}}, "required claim token_use does not have the required value"},
		{"required text missing", map[string]any{"token_use": nil}, "required claim token_use is missing"},
		{"required text in another case too", map[string]any{"Token_Use": "access"}, "required claim token_use has a sibling whose name differs in letter case only"},
		{"required number as text", map[string]any{"meta": map[string]any{"level": "2"}}, "required claim meta.level does not have the required value"},
		{"required number with a fraction", map[string]any{"meta": map[string]any{"level": 2.5}}, "required claim meta.level is not an integer"},
		{"required number not where it should be", map[string]any{"meta": 2, "level": 2}, "required claim meta.level is missing: meta is a number, not an object"},
		{"required boolean as text", map[string]any{"verified": "true"}, "required claim verified does not have the required value"},
		{"required boolean false", map[string]any{"verified": false}, "required claim verified does not have the required value"},
		{"subject as number", map[string]any{"sub": 7}, "sub is a number, not a string"},
		{"token id as object", map[string]any{"jti": map[string]any{}}, "jti is an object, not a string"},
	} {
		t.Run(test.why, func(t *testing.T) {
			claims := claimsOf(orgA, good)
			for name, value := range test.changes {
				if value == nil {
					delete(claims, name)
				} else {
					claims[name] = value
				}
			}
			token := mint(t, MintOptions{Secret: testSecret, Claims: claims})
			if test.reason != "" {
				expectRejected(t, v, token, test.reason)
				return
			}
			if _, err := v.Verify(context.Background(), token); err != nil {
				t.Errorf("refused: %v", err)
			}
		})
	}
}

func TestNewVerifierRefusesOptions(t *testing.T) {
	for _, test := range []struct {
		change func(*Options)
		want   string
	}{
		{func(o *Options) { o.Algorithms = nil }, "no algorithms"},
		{func(o *Options) { o.Algorithms = []string{"none"} }, `algorithm "none" is not known`},
		{func(o *Options) { o.Algorithms = []string{"hs256"} }, `algorithm "hs256" is not known`},
		{func(o *Options) { o.Algorithms = []string{"RS256"} }, "no key can be used with the algorithms [RS256]"},
		{func(o *Options) { o.Keys = nil }, "no keys"},
		{func(o *Options) { o.Claim = "" }, `claim path "": a name is empty`},
		{func(o *Options) { o.Claim = "a..b" }, `claim path "a..b": a name is empty`},
		{func(o *Options) { o.Claim = `a\b` }, `claim path "a\\b": a backslash goes before a dot or a backslash only`},
		{func(o *Options) { o.OrgType = "UUID" }, `org type "UUID" is not uuid, bigint or text`},
		{func(o *Options) { o.Leeway = -1 }, "the leeway is negative"},
		{func(o *Options) { o.MaxTokenBytes = -1 }, "the maximum size is negative"},
		{func(o *Options) { o.RequiredClaims = map[string]any{"level": 1.5} }, "required claim level: its value must be a string, a boolean or an integer"},
		{func(o *Options) { o.RequiredClaims = map[string]any{"x": nil} }, "required claim x: its value must be a string, a boolean or an integer"},
		{func(o *Options) { o.RequiredClaims = map[string]any{"n": uint64(1 << 63)} }, "required claim n: the number is too large"},
		{func(o *Options) { o.RequiredClaims = map[string]any{".x": "y"} }, `claim path ".x": a name is empty`},
	} {
		o := secretOptions(t)
		test.change(&o)
		v, err := NewVerifier(o)
		if err == nil || err.Error() != "verifying tokens: "+test.want || v != nil {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

// TestVerifyConcurrently is for the race detector.
func TestVerifyConcurrently(t *testing.T) {
	v := newVerifier(t, secretOptions(t))
	var wg sync.WaitGroup
	for i := range 8 {
		token := mint(t, MintOptions{Secret: testSecret, Claims: claimsOf(orgA, map[string]any{"sub": fmt.Sprint(i)})})
		wg.Go(func() {
			for range 50 {
				id, err := v.Verify(context.Background(), token)
				if err != nil || id.Subject != fmt.Sprint(i) {
					t.Errorf("got %+v, %v for subject %d", id, err, i)
				}
			}
		})
	}
	wg.Wait()
}
