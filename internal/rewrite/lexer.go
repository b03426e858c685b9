package rewrite

import "strings"

type tokenKind byte

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenOpen  // ( or [
	tokenClose // ) or ]
	tokenComma
	tokenSemicolon
	tokenDot
	tokenString // '…', E'…', $$…$$
	tokenBits   // B'…', X'…'
	tokenNumber // digits only
	tokenOther  // a quoted name, U&'…', a parameter, an operator character
)

type token struct {
	kind tokenKind
	text string // of words and brackets only
}

// lexer splits a text where Postgres's scanner would (parser/scan.l, with
// standard_conforming_strings on), as far as the depth meter and Key need: it
// must never take for a string or comment what the parser reads as tokens, nor
// the other way round.
type lexer struct {
	sql string
	pos int
	// start is where the last token began.
	start int
	// commentDepth is the deepest nesting of comments met so far; next stops
	// inside a comment as soon as it passes maxCommentDepth.
	commentDepth int
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'
}

func isLetter(c byte) bool { return (c|' ')-'a' <= 'z'-'a' }

func isNameStart(c byte) bool { return isLetter(c) || c == '_' || c >= 0x80 }

func isNamePart(c byte) bool { return isNameStart(c) || c == '$' || isDigit(c) }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func (l *lexer) at(i int) byte {
	if i < len(l.sql) {
		return l.sql[i]
	}
	return 0
}

func (l *lexer) next() token {
	for l.pos < len(l.sql) {
		switch c := l.sql[l.pos]; {
		case isNameStart(c):
			return l.word(c)
		case isSpace(c):
			l.pos++
		case c == '-' && l.at(l.pos+1) == '-':
			l.lineComment()
		case c == '/' && l.at(l.pos+1) == '*':
			if !l.blockComment() {
				return token{kind: tokenOther}
			}
		default:
			return l.token(c)
		}
	}
	return token{}
}

// word reads a name or keyword, or what it is the prefix of.
func (l *lexer) word(c byte) token {
	l.start = l.pos
	end := l.pos + 1
	for end < len(l.sql) && isNamePart(l.sql[end]) {
		end++
	}
	if end == l.start+1 {
		if kind := l.prefixedString(c); kind != tokenEnd {
			return token{kind: kind}
		}
	}
	l.pos = end
	return token{tokenWord, l.sql[l.start:end]}
}

func (l *lexer) token(c byte) token {
	l.start = l.pos
	switch {
	case c == '\'':
		l.quoted(c, true)
		return token{kind: tokenString}
	case c == '"':
		l.quoted(c, true)
		return token{kind: tokenOther}
	case c == '$':
		return token{kind: l.dollar()}
	case isDigit(c):
		end := l.pos + 1
		for end < len(l.sql) && isDigit(l.sql[end]) {
			end++
		}
		l.pos = end
		return token{kind: tokenNumber}
	}
	l.pos++
	switch c {
	case '(', '[':
		return token{tokenOpen, l.sql[l.start:l.pos]}
	case ')', ']':
		return token{tokenClose, l.sql[l.start:l.pos]}
	case ',':
		return token{kind: tokenComma}
	case ';':
		return token{kind: tokenSemicolon}
	case '.':
		return token{kind: tokenDot}
	}
	// Operators are counted by the character: a run such as +++ is several.
	return token{kind: tokenOther}
}

// prefixedString skips E'…', B'…', X'…', U&'…' and U&"…"; tokenEnd if none
// starts here. N'…' is a keyword and a string to the scanner too: a cast to
// character.
func (l *lexer) prefixedString(c byte) tokenKind {
	switch next := l.at(l.pos + 1); {
	case next == '\'' && (c == 'e' || c == 'E'):
		l.pos++
		l.escapeString()
		return tokenString
	case next == '\'' && strings.IndexByte("bBxX", c) >= 0:
		l.pos++
		l.quoted('\'', false)
		return tokenBits
	case next == '&' && (c == 'u' || c == 'U'):
		if q := l.at(l.pos + 2); q == '\'' || q == '"' {
			l.pos += 2
			l.quoted(q, true)
			return tokenOther
		}
	}
	return tokenEnd
}

// quoted skips a string or name in which at most a doubled quote is special.
func (l *lexer) quoted(quote byte, doubling bool) {
	l.pos++
	for l.pos < len(l.sql) {
		i := strings.IndexByte(l.sql[l.pos:], quote)
		if i < 0 {
			l.pos = len(l.sql)
			return
		}
		l.pos += i + 1
		if !doubling || l.at(l.pos) != quote {
			return
		}
		l.pos++
	}
}

// escapeString skips a string with backslash escapes, and its continuations:
// a quote after blanks with a newline goes on in the same state.
func (l *lexer) escapeString() {
	l.pos++
	for l.pos < len(l.sql) {
		switch l.sql[l.pos] {
		case '\\':
			l.pos = min(l.pos+2, len(l.sql))
		case '\'':
			l.pos++
			if l.at(l.pos) == '\'' {
				l.pos++
			} else if !l.continued() {
				return
			}
		default:
			l.pos++
		}
	}
}

// continued tells whether the string that just ended goes on after a newline,
// and moves past the opening quote if so (quotecontinue in scan.l).
func (l *lexer) continued() bool {
	newline := false
	i := l.pos
	for i < len(l.sql) {
		switch c := l.sql[i]; {
		case c == '\n' || c == '\r':
			newline = true
			i++
		case isSpace(c):
			i++
		case c == '-' && l.at(i+1) == '-':
			for i < len(l.sql) && l.sql[i] != '\n' && l.sql[i] != '\r' {
				i++
			}
		case c == '\'' && newline:
			l.pos = i + 1
			return true
		default:
			return false
		}
	}
	return false
}

// dollar skips a parameter ($1) or a dollar-quoted string.
func (l *lexer) dollar() tokenKind {
	l.pos++
	if isDigit(l.at(l.pos)) {
		for isDigit(l.at(l.pos)) {
			l.pos++
		}
		return tokenOther
	}
	end := l.pos
	if isNameStart(l.at(end)) {
		for end < len(l.sql) && (isNameStart(l.sql[end]) || isDigit(l.sql[end])) {
			end++
		}
	}
	if l.at(end) != '$' {
		return tokenOther
	}
	tag := l.sql[l.pos-1 : end+1]
	l.pos = end + 1
	i := strings.Index(l.sql[l.pos:], tag)
	if i < 0 {
		l.pos = len(l.sql)
		return tokenOther
	}
	l.pos += i + len(tag)
	return tokenString
}

func (l *lexer) lineComment() {
	for l.pos < len(l.sql) && l.sql[l.pos] != '\n' && l.sql[l.pos] != '\r' {
		l.pos++
	}
}

// blockComment skips a comment with those nested in it; false if it does not
// end, or is nested too deeply.
func (l *lexer) blockComment() bool {
	depth := 0
	for l.pos < len(l.sql) {
		switch c, next := l.sql[l.pos], l.at(l.pos+1); {
		case c == '/' && next == '*':
			depth++
			l.pos += 2
			if l.commentDepth = max(l.commentDepth, depth); depth > maxCommentDepth {
				return false
			}
		case c == '*' && next == '/':
			depth--
			l.pos += 2
			if depth == 0 {
				return true
			}
		default:
			l.pos++
		}
	}
	return false
}
