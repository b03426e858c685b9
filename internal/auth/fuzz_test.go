package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzVerify mutates good tokens: none may be accepted but byte for byte, and
// what is refused is refused with one of the two errors.
func FuzzVerify(f *testing.F) {
	keys := newKeyring(f)
	o := secretOptions(f)
	o.Keys, o.Algorithms = loadKeys(f, keys.sources(f)...), allAlgorithms
	v := newVerifier(f, o)
	good := make(map[string]bool)
	for _, alg := range allAlgorithms {
		signer := keys.signer(alg)
		signer.Claims = claimsOf(orgA, nil)
		token := mint(f, signer)
		good[token] = true
		f.Add(token)
		f.Add(token[:len(token)-1])
		f.Add(token + "=")
	}
	f.Add("..")
	f.Add(encodePart(`{"alg":"none"}`) + "." + encodePart(payloadWith("")) + ".")
	f.Fuzz(func(t *testing.T, token string) {
		id, err := v.Verify(context.Background(), token)
		if good[token] {
			if err != nil || id.Org != orgA {
				t.Fatalf("a good token gave %+v, %v", id, err)
			}
			return
		}
		var rejected *RejectedError
		if id != nil || !errors.As(err, &rejected) {
			t.Fatalf("got %+v, %v for a token that nobody signed", id, err)
		}
	})
}

// FuzzSignedPayload signs any payload: the claims of whatever is accepted must
// be what a strict reader sees, and safe to hand to Postgres.
func FuzzSignedPayload(f *testing.F) {
	o := secretOptions(f)
	o.RequireExp = false
	v := newVerifier(f, o)
	for _, members := range []string{
		"", `,"a":[1,2.50,{"b":null}]`, `,"x":"\u0000"`, `,"x":"\ud83d\ude00"`, `,"x":"\ud800"`, `,"x":"\\u0000"`,
		`,"x":1,"x":2`, `,"\u0078":1,"x":2`, `,"x":1e999`, `,"x":"<&>\u2028"`, `,"nbf":0,"iat":1.5,"sub":"s","jti":"j"`,
	} {
		f.Add(payloadWith(members))
	}
	f.Fuzz(func(t *testing.T, payload string) {
		id, err := v.Verify(context.Background(), signRaw(t, plainHeader, payload))
		if err != nil {
			return
		}
		if !utf8.ValidString(id.ClaimsJSON) || bytes.IndexByte([]byte(id.ClaimsJSON), 0) >= 0 {
			t.Fatalf("claims that are not text: %q", id.ClaimsJSON)
		}
		in, out := numbersKept(t, payload), numbersKept(t, id.ClaimsJSON)
		if !reflect.DeepEqual(in, out) {
			t.Fatalf("claims %s of payload %s", id.ClaimsJSON, payload)
		}
		if claimed, ok := in["organization_id"].(string); !ok || strings.ToLower(claimed) != id.Org {
			t.Fatalf("org %s of payload %s", id.Org, payload)
		}
		again, err := v.Verify(context.Background(), signRaw(t, plainHeader, id.ClaimsJSON))
		if err != nil || again.ClaimsJSON != id.ClaimsJSON {
			t.Fatalf("claims %s are not stable: %+v, %v", id.ClaimsJSON, again, err)
		}
	})
}

func numbersKept(t *testing.T, text string) map[string]any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	var object map[string]any
	if err := dec.Decode(&object); err != nil {
		t.Fatalf("accepted but not JSON: %v", err)
	}
	return object
}
