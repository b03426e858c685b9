package rewrite

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// Substitutes makes, for one connection, the statements that take the place of
// refused ones, and recognises the errors that they raise (DESIGN: "refusing by
// substitution"). A substitute is certain to be a syntax error, so that Postgres
// itself supplies everything a refusal has around it: its place among pipelined
// responses, the skip to Sync, the state of the transaction (I5).
//
// The refusal travels in the statement and comes back in the error's message,
// so there is nothing to keep in step. The nonce keeps it from being mistaken
// for anything that a client wrote. A client that came to know its nonce could
// only fake errors to itself.
//
// Safe for concurrent use.
type Substitutes struct {
	mark string // what precedes the payload
}

// The payload is what lies between the nonce and payloadEnd. base64url has no
// quote, backslash or dot, so it reads the same under every setting.
const payloadEnd = "."

// NewSubstitutes makes substitutes with a nonce of their own.
func NewSubstitutes() *Substitutes {
	var nonce [16]byte
	rand.Read(nonce[:]) // never fails: see crypto/rand
	return &Substitutes{mark: base64.RawURLEncoding.EncodeToString(nonce[:]) + ":"}
}

// SQL gives the statement that takes the place of the one refused with r. It is
// a quoted identifier without its end: the scanner's error, raised before the
// transaction's state is looked at (scan.l, scanner_yyerror), whose message
// repeats the text to its end. Whoever reads the server's log finds the rule in it.
func (s *Substitutes) SQL(r *Refusal) string {
	payload, err := json.Marshal(r)
	if err != nil { // a struct of strings
		panic(err)
	}
	return `"tenantproxy refused a statement, rule ` + string(r.Rule) + ", " +
		s.mark + base64.RawURLEncoding.EncodeToString(payload) + payloadEnd
}

// Match gives the refusal whose substitute raised the error with this message,
// or nil if it is another error.
func (s *Substitutes) Match(message string) *Refusal {
	_, rest, ok := strings.Cut(message, s.mark)
	if !ok {
		return nil
	}
	// What does not decode is not from SQL: the payload is whole, or not there.
	payload, _, _ := strings.Cut(rest, payloadEnd)
	text, _ := base64.RawURLEncoding.DecodeString(payload)
	var r Refusal
	if err := json.Unmarshal(text, &r); err == nil {
		return &r
	}
	return nil
}
