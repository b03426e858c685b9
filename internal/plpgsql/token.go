package plpgsql

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

type tokenKind byte

const (
	endToken tokenKind = iota
	wordToken
	stringToken
	integerToken
	parameterToken // $1
	symbolToken
	// otherToken stands inside of SQL only.
	otherToken
)

// token is one of Postgres's own scanner, which PL/pgSQL shares with SQL.
type token struct {
	kind tokenKind
	// text is a word's, in lower case unless it is quoted, or a symbol's.
	text   string
	quoted bool
	start  int
}

// is tells whether the token is a symbol or an unquoted word.
func (t token) is(text string) bool {
	return t.text == text && !t.quoted && (t.kind == wordToken || t.kind == symbolToken)
}

func (t token) isAny(texts ...string) bool {
	for _, text := range texts {
		if t.is(text) {
			return true
		}
	}
	return false
}

// scan splits the source; false if it cannot be.
func (r *reader) scan() bool {
	result, err := pg_query.Scan(r.source)
	if err != nil {
		return false
	}
	r.tokens = make([]token, 0, len(result.GetTokens())+1)
	for _, scanned := range result.GetTokens() {
		start, end := int(scanned.GetStart()), int(scanned.GetEnd())
		if start < 0 || end < start || end > len(r.source) {
			return false
		}
		t := token{kind: symbolToken, text: r.source[start:end], start: start}
		switch kind := scanned.GetToken(); {
		case kind == pg_query.Token_SQL_COMMENT || kind == pg_query.Token_C_COMMENT:
			continue
		case kind == pg_query.Token_IDENT || scanned.GetKeywordKind() != pg_query.KeywordKind_NO_KEYWORD:
			t.kind, t.text, t.quoted = wordToken, foldASCII(t.text), strings.HasPrefix(t.text, `"`)
			if t.quoted {
				t.text = strings.ReplaceAll(r.source[start+1:end-1], `""`, `"`)
			}
			if len(t.text) > maxName {
				return false // it is cut, perhaps to another name
			}
		case kind == pg_query.Token_PARAM:
			t.kind = parameterToken
		case kind == pg_query.Token_ICONST:
			t.kind = integerToken
		case kind == pg_query.Token_SCONST:
			t.kind = stringToken
		case kind == pg_query.Token_UIDENT, kind == pg_query.Token_USCONST, kind == pg_query.Token_FCONST,
			kind == pg_query.Token_BCONST, kind == pg_query.Token_XCONST:
			t.kind = otherToken
		}
		r.tokens = append(r.tokens, t)
	}
	r.tokens = append(r.tokens, token{kind: endToken, start: len(r.source)})
	return true
}

// foldASCII folds as Postgres folds identifiers in UTF-8.
func foldASCII(s string) string {
	return strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, s)
}

func (r *reader) peek() token { return r.tokens[r.pos] }

func (r *reader) peekAt(n int) token { return r.tokens[min(r.pos+n, len(r.tokens)-1)] }

func (r *reader) next() token {
	t := r.peek()
	r.pos = min(r.pos+1, len(r.tokens)-1)
	return t
}

// accept takes a symbol or a keyword. A keyword must be reserved, or stand where
// Postgres prefers it to a variable of that name.
func (r *reader) accept(text string) bool {
	if !r.peek().is(text) {
		return false
	}
	r.next()
	return true
}

// acceptUnreserved takes a keyword where Postgres would rather take a variable of
// that name, if there is one.
func (r *reader) acceptUnreserved(keyword string) bool {
	if r.peek().is(keyword) && r.names[keyword] {
		r.fail("a variable has the name of a keyword that is used beside it")
		return false
	}
	return r.accept(keyword)
}

func (r *reader) expect(text string) {
	if !r.accept(text) {
		r.fail("it has a statement of a form that is not known")
	}
}

// oneOf takes one of some words and tells which.
func (r *reader) oneOf(words ...string) string {
	t := r.peek()
	if !t.isAny(words...) {
		r.fail("it has a statement of a form that is not known")
		return ""
	}
	return r.next().text
}

func (r *reader) expectString() {
	if r.next().kind != stringToken {
		r.fail("it has a statement of a form that is not known")
	}
}

// name takes any word that may be a name.
func (r *reader) name() string {
	t := r.peek()
	if t.kind != wordToken || !t.quoted && isReserved(t.text) {
		r.fail("a name is missing")
		return ""
	}
	return r.next().text
}

func (r *reader) optionalName() {
	if t := r.peek(); t.kind == wordToken && (t.quoted || !isReserved(t.text)) {
		r.next()
	}
}

// isReserved tells of the keywords that cannot be names (pl_reserved_kwlist.h).
func isReserved(word string) bool {
	switch word {
	case "all", "begin", "by", "case", "declare", "else", "end", "execute", "for", "foreach", "from", "if", "in",
		"into", "loop", "not", "null", "or", "strict", "then", "to", "using", "when", "while":
		return true
	}
	return false
}
