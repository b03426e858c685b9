package auth

import (
	"bytes"
	"errors"
	"strings"
)

// Errors of ParseBearer. They do not hold what the client sent.
var (
	// ErrBearerSyntax means a message that is not one of OAUTHBEARER.
	ErrBearerSyntax = errors.New("malformed OAUTHBEARER message")
	// ErrBearerBinding means a client that insists on channel binding, which the
	// mechanism does not have.
	ErrBearerBinding = errors.New("OAUTHBEARER has no channel binding")
	// ErrBearerIdentity means a client that wants to act as somebody else.
	ErrBearerIdentity = errors.New("an authorization identity is not supported")
)

// bearerSeparator is kvsep of RFC 7628, section 3.1.
const bearerSeparator = '\x01'

// BearerDummy is what a client answers a failure with (RFC 7628, section 3.2.3).
const BearerDummy = string(bearerSeparator)

// ParseBearer takes the token out of the first message of a client of the SASL
// mechanism OAUTHBEARER (RFC 7628, section 3.1), as strictly as Postgres 18 does
// (oauth_exchange in auth-oauth.c): a GS2 header without channel binding or
// authorization identity, pairs of keys and values, of which auth counts and may
// come once, and nothing behind them. An empty token means that the client asks
// where to get one. What the token holds is not looked at.
func ParseBearer(message []byte) (token string, err error) {
	if len(message) == 0 {
		return "", ErrBearerSyntax
	}
	if message[0] == 'p' {
		return "", ErrBearerBinding
	}
	header, rest, ok := bytes.Cut(message, []byte{bearerSeparator})
	switch {
	case !ok || len(header) < 3 || header[0] != 'n' && header[0] != 'y' || header[1] != ',' || header[len(header)-1] != ',':
		return "", ErrBearerSyntax
	case len(header) > 3:
		return "", ErrBearerIdentity
	}
	found := false
	for !bytes.Equal(rest, []byte{bearerSeparator}) {
		var pair []byte
		if pair, rest, ok = bytes.Cut(rest, []byte{bearerSeparator}); !ok {
			return "", ErrBearerSyntax
		}
		key, value, ok := bytes.Cut(pair, []byte("="))
		if !ok || len(key) == 0 || bytes.ContainsFunc(key, notLetter) || bytes.ContainsFunc(value, notPrintable) {
			return "", ErrBearerSyntax
		}
		if string(key) != "auth" {
			continue
		}
		if found {
			return "", ErrBearerSyntax
		}
		found = true
		if token, err = credentials(string(value)); err != nil {
			return "", err
		}
	}
	if !found {
		return "", ErrBearerSyntax
	}
	return token, nil
}

// credentials takes the token out of "Bearer TOKEN" (RFC 6750, section 2.1); the
// scheme is in any case (RFC 9110, section 11.1).
func credentials(value string) (string, error) {
	if value == "" {
		return "", nil
	}
	scheme, token, ok := strings.Cut(value, " ")
	token = strings.TrimLeft(token, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" || strings.ContainsAny(token, " \t\r\n") {
		return "", ErrBearerSyntax
	}
	return token, nil
}

func notLetter(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }

// notPrintable tells what a value cannot have (RFC 7628, section 3.1).
func notPrintable(r rune) bool {
	return (r < ' ' || r > '~') && r != '\t' && r != '\r' && r != '\n'
}
