package auth

import (
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
func (v *Verifier) split(token string) (compactToken, error) {
	if len(token) > v.maxTokenBytes {
		return compactToken{}, rejected("larger than %d bytes", v.maxTokenBytes)
	}
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

// verifySignature lets a configured key decide. Of the header only alg, kid and
// crit are read: keys and URLs that a token brings along (jwk, jku, x5c, x5u)
// are nothing that its bearer could not have written.
func (v *Verifier) verifySignature(t compactToken) error {
	header, err := decodeObject(t.header)
	if err != nil {
		return rejected("header: %s", err)
	}
	if _, ok := header["crit"]; ok { // RFC 7515, section 4.1.11: no extension is understood
		return rejected("header: has crit")
	}
	name, ok := header["alg"].(string)
	if !ok {
		return rejected("header: alg is missing or not a string")
	}
	alg, ok := v.algorithms[name]
	if !ok {
		return rejected("header: alg %s is not accepted", printable(name))
	}
	var keyID *string
	with := "no kid"
	if value, ok := header["kid"]; ok {
		id, ok := value.(string)
		if !ok {
			return rejected("header: kid is %s, not a string", describe(value))
		}
		keyID, with = &id, "kid "+printable(id)
	}
	candidates := v.keys.candidates(name, alg.kind, keyID)
	if len(candidates) == 0 {
		return rejected("no key for alg %s, %s", name, with)
	}
	for _, key := range candidates {
		if alg.method.Verify(t.signed, t.signature, key.key) == nil {
			return nil
		}
	}
	return rejected("signature is not valid (alg %s, %s)", name, with)
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
