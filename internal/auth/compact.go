package auth

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
)

// compactToken is a token in the three parts of RFC 7515, section 3.1, decoded
// but not verified.
type compactToken struct {
	signed    string // header and payload as they were signed, still encoded
	header    []byte
	payload   []byte
	signature []byte
}

// split takes a token apart. Only one spelling of each part is accepted: the
// alphabet of base64url, no padding, no line breaks, no bits past the last byte.
func split(token string) (compactToken, error) {
	if strings.ContainsFunc(token, notTokenChar) {
		return compactToken{}, rejected("has characters that no token has")
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return compactToken{}, rejected("not three parts separated by dots")
	}
	var t compactToken
	t.signed = token[:len(parts[0])+1+len(parts[1])]
	for i, to := range []*[]byte{&t.header, &t.payload, &t.signature} {
		decoded, err := base64.RawURLEncoding.Strict().DecodeString(parts[i])
		if err != nil || len(decoded) == 0 {
			return compactToken{}, rejected("a part is empty or not strict base64url")
		}
		*to = decoded
	}
	return t, nil
}

func notTokenChar(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
}

// header is what the header of a token says about its signature.
type header struct {
	name  string // of the algorithm
	alg   algorithm
	keyID *string // kid; nil: there is none
}

// readHeader takes from the header what is needed to verify the signature. Only
// alg, kid and crit are read: keys and URLs that a token brings along (jwk, jku,
// x5c, x5u) are nothing that its bearer could not have written.
func (v *Verifier) readHeader(text []byte) (header, error) {
	var h header
	object, err := decodeObject(text)
	if err != nil {
		return h, rejected("header: %s", err)
	}
	if _, ok := object["crit"]; ok { // RFC 7515, section 4.1.11: no extension is understood
		return h, rejected("header: has crit")
	}
	var ok bool
	if h.name, ok = object["alg"].(string); !ok {
		return h, rejected("header: alg is missing or not a string")
	}
	if h.alg, ok = v.algorithms[h.name]; !ok {
		return h, rejected("header: alg %s is not accepted", printable(h.name))
	}
	if value, ok := object["kid"]; ok {
		id, ok := value.(string)
		if !ok {
			return h, rejected("header: kid is %s, not a string", describe(value))
		}
		h.keyID = &id
	}
	return h, nil
}

// verifySignature lets a key of the set decide, and gives the set that it was in.
// A key that the set does not know may be newer than it.
func (v *Verifier) verifySignature(ctx context.Context, t compactToken) (*keySet, error) {
	h, err := v.readHeader(t.header)
	if err != nil {
		return nil, err
	}
	set := v.keys.current.Load()
	err = set.verify(t, h)
	if err != nil && !set.knows(h.keyID) && v.keys.refetch(ctx, set) {
		set = v.keys.current.Load()
		err = set.verify(t, h)
	}
	return set, err
}

// verify tells whether a key of the set has signed the token.
func (s *keySet) verify(t compactToken, h header) error {
	with := "no kid"
	if h.keyID != nil {
		with = "kid " + printable(*h.keyID)
	}
	candidates := s.candidates(h.name, h.alg.kind, h.keyID)
	if len(candidates) == 0 {
		return rejected("no key for alg %s, %s", h.name, with)
	}
	for _, key := range candidates {
		if h.alg.method.Verify(t.signed, t.signature, key.key) == nil {
			return nil
		}
	}
	return rejected("signature is not valid (alg %s, %s)", h.name, with)
}

// printable gives an unverified header value for the log: as it is if it looks
// like a name, its length otherwise.
func printable(value string) string {
	const maxBytes = 64
	if value == "" || len(value) > maxBytes || strings.ContainsFunc(value, notTokenChar) {
		return fmt.Sprintf("of %d bytes", len(value))
	}
	return value
}
