package rewrite

import (
	"bytes"
	"strings"
)

// TokenSetting is that by which a client gives its session a new token:
//
//	SET tenantproxy.token = '…'
//
// The proxy takes it. Postgres has no such setting, and never sees the statement.
const TokenSetting = "tenantproxy.token"

// NewToken gives the token of a text that sets TokenSetting for the session by a
// plain string, and does nothing else. Any other text that names the setting is for
// Check to refuse.
func NewToken(sql []byte) (token string, ok bool) {
	if !mayBeginSet(sql) {
		return "", false
	}
	l := &lexer{sql: string(sql)}
	word := func() string { l.next(); return foldASCII(l.sql[l.start:l.pos]) }
	if word() != "set" {
		return "", false
	}
	first := word()
	if first == "session" {
		first = word()
	}
	if unquoted(first) != "tenantproxy" || word() != "." || unquoted(word()) != "token" {
		return "", false
	}
	if by := word(); by != "=" && by != "to" {
		return "", false
	}
	if l.next().kind != tokenString || l.sql[l.start] != '\'' {
		return "", false
	}
	literal := l.sql[l.start:l.pos]
	for t := l.next(); t.kind != tokenEnd; t = l.next() {
		if t.kind != tokenSemicolon {
			return "", false
		}
	}
	token, ended := strings.CutSuffix(literal[1:], "'")
	return token, ended && !strings.Contains(token, "'")
}

// mayBeginSet lets through what begins with SET or with a comment, at no cost for
// all other texts.
func mayBeginSet(sql []byte) bool {
	for len(sql) > 0 && isSpace(sql[0]) {
		sql = sql[1:]
	}
	if len(sql) < 3 {
		return false
	}
	switch sql[0] {
	case '/', '-':
		return namesProxy(sql)
	}
	return bytes.EqualFold(sql[:3], []byte("set"))
}

func unquoted(name string) string {
	if len(name) >= 2 && name[0] == '"' && name[len(name)-1] == '"' {
		return name[1 : len(name)-1]
	}
	return name
}

// namesProxy tells of the texts that may hold a token, since they name the proxy's
// settings. They are not remembered (I8).
func namesProxy(text []byte) bool {
	const name, rare = "tenantproxy", len("tenantpro")
	for _, letter := range []byte{'x', 'X'} {
		for from := 0; ; {
			i := bytes.IndexByte(text[from:], letter)
			if i < 0 {
				break
			}
			from += i + 1
			if begin := from - 1 - rare; begin >= 0 && len(text) > from && bytes.EqualFold(text[begin:from+1], []byte(name)) {
				return true
			}
		}
	}
	return false
}
