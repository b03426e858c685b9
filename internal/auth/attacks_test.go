package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// The tests named after an id (JWT-001 …) are the token attacks of the
// project's list of known ways to break tenant isolation.

// JWT-001: a token that says it is not signed.
func TestAttackJWT001None(t *testing.T) {
	v := newVerifier(t, secretOptions(t))
	for _, alg := range []string{"none", "None", "NONE", "nOnE", "", "hs256", "HS256 ", "HS512"} {
		signed := encodePart(`{"alg":"`+alg+`"}`) + "." + encodePart(payloadWith(""))
		_, signature, _ := strings.Cut(strings.TrimPrefix(signRaw(t, `{"alg":"`+alg+`"}`, payloadWith("")), signed), ".")
		want := "header: alg " + alg + " is not accepted"
		if alg == "" || strings.Contains(alg, " ") {
			want = fmt.Sprintf("header: alg of %d bytes is not accepted", len(alg))
		}
		expectRejected(t, v, signed+"."+signature, want) // with the signature that HS256 would have
		expectRejected(t, v, signed+"."+encodePart("x"), want)
		expectRejected(t, v, signed+".", "a part is empty or not strict base64url")
		expectRejected(t, v, signed, "not three parts separated by dots")
	}
	for header, want := range map[string]string{
		`{}`:                                "header: alg is missing or not a string",
		`{"alg":null}`:                      "header: alg is missing or not a string",
		`{"alg":["HS256"]}`:                 "header: alg is missing or not a string",
		`{"Alg":"HS256"}`:                   "header: alg is missing or not a string",
		`{"alg":"none","alg":"HS256"}`:      "header: an object names a key twice",
		`{"alg":"HS256","\u0061lg":"x"}`:    "header: an object names a key twice",
		`["HS256"]`:                         "header: not a JSON object",
		`{"alg":"HS256"} `:                  "",
		`{"alg":"HS256"}x`:                  "header: not a JSON object",
		`{"alg":"HS256","x":{"a":1,"a":2}}`: "header: an object names a key twice",
	} {
		token := signRaw(t, header, payloadWith(""))
		if want == "" {
			if _, err := v.Verify(context.Background(), token); err != nil {
				t.Errorf("%s: refused: %v", header, err)
			}
			continue
		}
		expectRejected(t, v, token, want)
	}
}

// JWT-002: the public key, which everybody may have, taken for an HMAC secret.
func TestAttackJWT002KeyConfusion(t *testing.T) {
	keys := newKeyring(t)
	set := loadKeys(t, keys.sources(t)...)
	der := publicPEM(t, keys.rsa.Public())
	for _, secret := range [][]byte{der, []byte(strings.TrimSpace(string(der)))} {
		token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(claimsOf(orgA, nil))).SignedString(secret)
		if err != nil {
			t.Fatal(err)
		}
		o := secretOptions(t)
		o.Keys, o.Algorithms = set, []string{"RS256"}
		expectRejected(t, newVerifier(t, o), token, "header: alg HS256 is not accepted")
		// Nor where HMAC tokens are accepted too.
		o.Algorithms = []string{"RS256", "HS256"}
		expectRejected(t, newVerifier(t, o), token, "signature is not valid (alg HS256, no kid)")
		// Nor where HS256 is accepted and there is no HMAC secret at all.
		o.Keys = loadKeys(t, KeySource{PublicKeyFile: writeFile(t, "issuer.pem", der)})
		expectRejected(t, newVerifier(t, o), token, "no key for alg HS256, no kid")
	}
}

// An ES256 token takes a key on P-256 and no other, although the signature of a
// key on another curve could be cut to the same length.
func TestAttackCurveConfusion(t *testing.T) {
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signed := encodePart(`{"alg":"ES256"}`) + "." + encodePart(payloadWith(""))
	digest := jwt.SigningMethodES256.Hash.New()
	digest.Write([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, p224, digest.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	token := signed + "." + encodePart(string(signature))
	if jwt.SigningMethodES256.Verify(signed, signature, &p224.PublicKey) != nil {
		t.Fatal("the attack does not work even without the binding: the test shows nothing")
	}
	keys := newKeyring(t)
	o := secretOptions(t)
	o.Algorithms = []string{"ES256"}
	o.Keys = fixedKeys([]verificationKey{
		{kind: kindP384, key: &p224.PublicKey},
		{kind: kindP256, key: &keys.p256.PublicKey},
	})
	expectRejected(t, newVerifier(t, o), token, "signature is not valid (alg ES256, no kid)")
	if _, err := NewKeys(KeysOptions{Sources: []KeySource{{PublicKeyFile: writeFile(t, "p224.pem", publicPEM(t, p224.Public()))}}}); err == nil {
		t.Error("a key on P-224 was loaded")
	}
}

// JWT-003: a key id as a path, as SQL, or another one each login.
func TestAttackJWT003KeyID(t *testing.T) {
	jwks := fmt.Sprintf(`{"keys":[{"kty":"oct","kid":"k1","k":"%s"}]}`, encodePart(string(testSecret)))
	o := secretOptions(t)
	o.Keys = loadKeys(t, KeySource{JWKSFile: writeFile(t, "jwks.json", []byte(jwks))})
	v := newVerifier(t, o)
	for kid, with := range map[string]string{
		"../../dev/null":    "kid of 14 bytes",
		"/dev/null":         "kid of 9 bytes",
		"' OR 1=1 --":       "kid of 11 bytes",
		"K1":                "kid K1",
		"k1\u0007":          "kid of 3 bytes",
		"":                  "kid of 0 bytes",
		"http://a.example/": "kid of 17 bytes",
	} {
		header, err := json.Marshal(map[string]any{"alg": "HS256", "kid": kid})
		if err != nil {
			t.Fatal(err)
		}
		expectRejected(t, v, signRaw(t, string(header), payloadWith("")), "no key for alg HS256, "+with)
	}
	for i := range 100 {
		kid := fmt.Sprintf("random-%d", i)
		expectRejected(t, v, mint(t, MintOptions{Secret: testSecret, KeyID: kid, Claims: claimsOf(orgA, nil)}), "no key for alg HS256, kid "+kid)
	}
	if set := o.Keys.current.Load(); len(set.keys) != 1 || len(set.byID) != 1 {
		t.Error("unknown key ids made the key set grow")
	}
	for header, want := range map[string]string{
		`{"alg":"HS256","kid":1}`:      "header: kid is a number, not a string",
		`{"alg":"HS256","kid":["k1"]}`: "header: kid is an array, not a string",
		`{"alg":"HS256","kid":null}`:   "header: kid is null, not a string",
	} {
		expectRejected(t, v, signRaw(t, header, payloadWith("")), want)
	}
	if _, err := v.Verify(context.Background(), mint(t, MintOptions{Secret: testSecret, KeyID: "k1", Claims: claimsOf(orgA, nil)})); err != nil {
		t.Errorf("the right key id is refused: %v", err)
	}
}

// A token that brings its own key, or says where to get it.
func TestAttackEmbeddedKey(t *testing.T) {
	keys := newKeyring(t)
	attacker := newKeyring(t)
	o := secretOptions(t)
	o.Keys, o.Algorithms = loadKeys(t, keys.sources(t)...), []string{"ES256"}
	v := newVerifier(t, o)
	point, err := attacker.p256.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims(claimsOf(orgA, nil)))
	token.Header["jwk"] = map[string]any{"kty": "EC", "crv": "P-256", "x": encodePart(string(point[1:33])), "y": encodePart(string(point[33:]))}
	token.Header["jku"] = "https://attacker.example/jwks.json"
	token.Header["x5u"] = "https://attacker.example/cert.pem"
	token.Header["x5c"] = []string{"MIIB"}
	signed, err := token.SignedString(attacker.p256)
	if err != nil {
		t.Fatal(err)
	}
	expectRejected(t, v, signed, "signature is not valid (alg ES256, no kid)")
}

// An extension that the issuer says must be understood (RFC 7515, section
// 4.1.11), such as an unencoded payload.
func TestAttackCrit(t *testing.T) {
	v := newVerifier(t, secretOptions(t))
	for _, header := range []string{
		`{"alg":"HS256","crit":["b64"],"b64":false}`,
		`{"alg":"HS256","crit":[]}`,
		`{"alg":"HS256","crit":null}`,
	} {
		expectRejected(t, v, signRaw(t, header, payloadWith("")), "header: has crit")
	}
}

// JWT-005: a verdict on a token is not remembered past the token's end, and the
// identity says when that is.
func TestAttackJWT005Expired(t *testing.T) {
	now := testNow()
	o := secretOptions(t)
	o.Clock = func() time.Time { return now }
	v := newVerifier(t, o)
	token := mint(t, MintOptions{Secret: testSecret, Claims: claimsOf(orgA, map[string]any{"exp": now.Unix() + 60})})
	id, err := v.Verify(context.Background(), token)
	if err != nil {
		t.Fatal(err)
	}
	if !id.ExpiresAt.Equal(now.Add(time.Minute)) {
		t.Errorf("expires at %s, want %s", id.ExpiresAt, now.Add(time.Minute))
	}
	now = now.Add(time.Minute)
	expectRejected(t, v, token, "expired (exp)")
}

// JWT-006: names that encoding/json would take for the claim.
func TestAttackJWT006CaseFolding(t *testing.T) {
	o := secretOptions(t)
	o.Claim = "task_org_id" // with a k and an s, for which Unicode has look-alikes
	v := newVerifier(t, o)
	ambiguous := "token claim task_org_id has a sibling whose name differs in letter case only"
	for _, name := range []string{"TASK_ORG_ID", "Task_org_id", "tas\u212A_org_id", "ta\u017Fk_org_id"} {
		foreign := fmt.Sprintf(`"%s":"%s"`, name, orgB)
		own := fmt.Sprintf(`"task_org_id":"%s"`, orgA)
		expectClaimError(t, v, signRaw(t, plainHeader, `{"exp":1800003600,`+foreign+`}`), "token claim task_org_id is missing")
		expectClaimError(t, v, signRaw(t, plainHeader, `{"exp":1800003600,`+own+`,`+foreign+`}`), ambiguous)
		expectClaimError(t, v, signRaw(t, plainHeader, `{"exp":1800003600,`+foreign+`,`+own+`}`), ambiguous)
	}
	expectRejected(t, v, signRaw(t, plainHeader, `{"EXP":1800003600,"task_org_id":"`+orgA+`"}`), "exp is missing")
}

// JWT-007: a name twice, and values of other types than the claim has.
func TestAttackJWT007TypeConfusion(t *testing.T) {
	v := newVerifier(t, secretOptions(t))
	for _, payload := range []string{
		`{"exp":1800003600,"organization_id":"` + orgA + `","organization_id":"` + orgB + `"}`,
		`{"exp":1800003600,"organization_id":"` + orgA + `","organization_\u0069d":"` + orgB + `"}`,
		payloadWith(`,"nested":{"a":1,"a":2}`),
		payloadWith(`,"nested":[[{"a":1,"b":2,"a":1}]]`),
		payloadWith(`,"exp":1`),
	} {
		expectRejected(t, v, signRaw(t, plainHeader, payload), "payload: an object names a key twice")
	}
	for value, problem := range map[string]string{
		`["` + orgA + `","` + orgB + `"]`:   "is an array, not a uuid string",
		`["` + orgA + `"]`:                  "is an array, not a uuid string",
		`{"id":"` + orgA + `"}`:             "is an object, not a uuid string",
		`123`:                               "is a number, not a uuid string",
		`null`:                              "is null, not a uuid string",
		`true`:                              "is a boolean, not a uuid string",
		`""`:                                "is not a uuid in the form 8-4-4-4-12",
		`"{` + strings.ToUpper(orgA) + `}"`: "is not a uuid in the form 8-4-4-4-12",
		`"{` + orgA + `}"`:                  "is not a uuid in the form 8-4-4-4-12",
		`"` + strings.ReplaceAll(orgA, "-", "") + `"`: "is not a uuid in the form 8-4-4-4-12",
		`" ` + orgA + `"`:             "is not a uuid in the form 8-4-4-4-12",
		`"` + orgA + `\n"`:            "is not a uuid in the form 8-4-4-4-12",
		`"urn:uuid:` + orgA + `"`:     "is not a uuid in the form 8-4-4-4-12",
		`"` + orgA + `,` + orgB + `"`: "is not a uuid in the form 8-4-4-4-12",
		`"` + nilUUID + `"`:           "is the nil uuid",
	} {
		token := signRaw(t, plainHeader, `{"exp":1800003600,"organization_id":`+value+`}`)
		expectClaimError(t, v, token, "token claim organization_id "+problem)
	}
	expectClaimError(t, v, signRaw(t, plainHeader, `{"exp":1800003600}`), "token claim organization_id is missing")
}

// JWT-011: a claim that users can edit themselves.
func TestAttackJWT011UserEditableClaim(t *testing.T) {
	for _, path := range []string{"user_metadata.organization_id", "User_Metadata.org", "a.raw_user_meta_data.org", "user_metadata"} {
		o := secretOptions(t)
		o.Claim = path
		if _, err := NewVerifier(o); err == nil || !strings.Contains(err.Error(), "users can edit") {
			t.Errorf("%s: got %v, want a refusal", path, err)
		}
	}
	// Nor does such a claim stand in for the configured one.
	members := `{"exp":1800003600,"user_metadata":{"organization_id":"` + orgB + `"}}`
	expectClaimError(t, newVerifier(t, secretOptions(t)), signRaw(t, plainHeader, members), "token claim organization_id is missing")
	o := secretOptions(t)
	o.Claim = "app_metadata.organization_id"
	expectClaimError(t, newVerifier(t, o), signRaw(t, plainHeader, members), "token claim app_metadata.organization_id is missing")
	expectClaimError(t, newVerifier(t, o), signRaw(t, plainHeader, `{"exp":1800003600,"app_metadata":"`+orgB+`"}`),
		"token claim app_metadata.organization_id is missing: app_metadata is a string, not an object")
	expectClaimError(t, newVerifier(t, o), signRaw(t, plainHeader, `{"exp":1800003600,"app_metadata.organization_id":"`+orgB+`"}`),
		"token claim app_metadata.organization_id is missing")
}

// JWT-012: the org is that of the configured claim, whatever else the token
// holds that looks like one. (That nothing but the token counts is in the type
// of Verify.)
func TestAttackJWT012IdentityFromClaimOnly(t *testing.T) {
	v := newVerifier(t, secretOptions(t))
	id, err := v.Verify(context.Background(), signRaw(t, `{"alg":"HS256","organization_id":"`+orgB+`"}`,
		payloadWith(`,"org_id":"`+orgB+`","user":"`+orgB+`","database":"b","role":"postgres","app":{"organization_id":"`+orgB+`"}`)))
	if err != nil {
		t.Fatal(err)
	}
	if id.Org != orgA {
		t.Errorf("org %s, want %s", id.Org, orgA)
	}
}

// Every other spelling of a good token is refused, so that a token that was
// revoked or logged has one form only.
func TestAttackSpelling(t *testing.T) {
	v := newVerifier(t, secretOptions(t))
	good := mint(t, MintOptions{Secret: testSecret, Claims: claimsOf(orgA, nil)})
	if _, err := v.Verify(context.Background(), good); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	const characters, three, base64url = "has characters that no token has", "not three parts separated by dots", "a part is empty or not strict base64url"
	// HS256 signatures have 32 bytes: the last character carries two unused bits.
	last := good[len(good)-1]
	alphabet := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	trailing := string(alphabet[strings.IndexByte(alphabet, last)|1])
	if trailing == string(last) {
		t.Fatal("the signature's last character already has unused bits set")
	}
	for _, test := range []struct{ why, token, reason string }{
		{"empty", "", three},
		{"padding", good + "=", characters},
		{"line break", parts[0] + "." + parts[1] + "\n." + parts[2], characters},
		{"carriage return", good + "\r", characters},
		{"space before", " " + good, characters},
		{"Bearer", "Bearer " + good, characters},
		{"NUL", good + "\x00", characters},
		{"standard alphabet", strings.Replace(good, parts[2], "+/"+parts[2][2:], 1), characters},
		{"not ASCII", good + "é", characters},
		{"not UTF-8", good + "\xff", characters},
		{"four parts", good + "." + parts[2], three},
		{"dot at the end", good + ".", three},
		{"unused bits set", good[:len(good)-1] + trailing, base64url},
		{"one character cut off", good[:len(good)-1], base64url},
		{"no payload", parts[0] + ".." + parts[2], base64url},
		{"signature of another part", parts[0] + "." + parts[1] + "." + parts[0], "signature is not valid (alg HS256, no kid)"},
		{"JSON serialisation", `{"payload":"` + parts[1] + `"}`, characters},
	} {
		t.Run(test.why, func(t *testing.T) { expectRejected(t, v, test.token, test.reason) })
	}
}

// The size is looked at before anything else.
func TestAttackLargeToken(t *testing.T) {
	o := secretOptions(t)
	token := mint(t, MintOptions{Secret: testSecret, Claims: claimsOf(orgA, nil)})
	o.MaxTokenBytes = len(token)
	if _, err := newVerifier(t, o).Verify(context.Background(), token); err != nil {
		t.Errorf("a token of the maximum size is refused: %v", err)
	}
	o.MaxTokenBytes--
	expectRejected(t, newVerifier(t, o), token, fmt.Sprintf("larger than %d bytes", len(token)-1))
	o.MaxTokenBytes = 0
	expectRejected(t, newVerifier(t, o), strings.Repeat("\x00", 10<<20), "larger than 8192 bytes")
	expectRejected(t, newVerifier(t, o), strings.Repeat(".", 8192), "not three parts separated by dots")
}

// Claims end up as text in Postgres: what that cannot hold is refused, as are
// texts that a JSON reader would silently change.
func TestAttackText(t *testing.T) {
	v := newVerifier(t, secretOptions(t))
	const text = "payload: text that Postgres cannot hold: a NUL, a lone surrogate or invalid UTF-8"
	for members, reason := range map[string]string{
		`,"x":"a\u0000b"`:         text,
		`,"x\u0000":1`:            text,
		`,"x":"\ud800"`:           text,
		`,"x":"\ud800\ud800"`:     text,
		`,"x":"\ud800\u0041"`:     text,
		`,"x":"\ud800x"`:          text,
		`,"x":"\udc00"`:           text,
		`,"x":"\uDFFF\uD800"`:     text,
		",\"x\":\"\xff\"":         text,
		",\"x\":\"\xed\xa0\x80\"": text, // a surrogate in UTF-8
		",\"x\":\"\x00\"":         "payload: not a JSON object",
		",\"x\":\"\n\"":           "payload: not a JSON object",
		`,"x":NaN`:                "payload: not a JSON object",
		`,"x":01`:                 "payload: not a JSON object",
		`,"x":1,`:                 "payload: not a JSON object",
		`,"x":` + strings.Repeat("[", 32) + strings.Repeat("]", 32): "payload: nested too deeply",
	} {
		expectRejected(t, v, signRaw(t, plainHeader, payloadWith(members)), reason)
	}
	for _, members := range []string{
		`,"x":"\\u0000"`, `,"x":"\ud83d\ude00"`, `,"x":"\\\\\u0041"`, `,"x":"\u0001"`,
		`,"x":` + strings.Repeat("[", 31) + strings.Repeat("]", 31),
	} {
		if _, err := v.Verify(context.Background(), signRaw(t, plainHeader, payloadWith(members))); err != nil {
			t.Errorf("%s: refused: %v", members, err)
		}
	}
}
