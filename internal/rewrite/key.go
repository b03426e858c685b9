package rewrite

import (
	"slices"
	"strings"
)

// The marks that stand for constants in a key. No text that passes checkText
// holds a NUL, so no other text has them.
const (
	markString = "\x00s"
	markBits   = "\x00b"
	markNumber = "\x00n"
)

// AppendKey appends a text with its constants left out. A verdict that does not look
// at literals (Verdict.LooksAtLiterals) holds for every text of the same key,
// so a verdict cache can be asked for it when it does not have the text
// itself. ok is false for a text that has no key, and must be checked.
//
// The normalization of pg_query would not do: it writes $1 for a constant, and
// so makes one text of mood'x', a cast, and of mood$1, a name.
func (c *Checker) AppendKey(to []byte, sql string) (key []byte, ok bool) {
	if checkText(sql, c.maxBytes) != nil {
		return to, false
	}
	to = slices.Grow(to, len(sql)+16)
	lex := lexer{sql: sql}
	written := 0
	for {
		tok := lex.next()
		mark := ""
		switch tok.kind {
		case tokenEnd:
			if lex.commentDepth > maxCommentDepth {
				return to, false
			}
			return append(to, sql[written:]...), true
		case tokenString:
			mark = markString
		case tokenBits:
			mark = markBits
		case tokenNumber:
			mark = markNumber
		case tokenWord:
			// UESCAPE gives a string a say in what a name is.
			if len(tok.text) == len("uescape") && strings.EqualFold(tok.text, "uescape") {
				return to, false
			}
			continue
		default:
			continue
		}
		to = append(to, sql[written:lex.start]...)
		to = append(to, mark...)
		written = lex.pos
	}
}
