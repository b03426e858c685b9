package audit

import "strings"

// P-NULLOPEN looks at the text that pg_get_expr writes, which puts every AND and
// OR in brackets. It only ever adds a finding: T-CMD judges the parsed expression.

// terms splits at a word on the top level: outside of brackets and quotes.
func terms(expr, word string) []string {
	var parts []string
	depth, start := 0, 0
	for i := 0; i < len(expr); i++ {
		switch c := expr[i]; c {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case '\'', '"':
			for i++; i < len(expr) && expr[i] != c; i++ {
			}
		default:
			if depth == 0 && strings.HasPrefix(expr[i:], " "+word+" ") {
				parts = append(parts, expr[start:i])
				start = i + len(word) + 2
				i = start - 1
			}
		}
	}
	return append(parts, expr[start:])
}

// bare takes away brackets around the whole.
func bare(expr string) string {
	for {
		expr = strings.TrimSpace(expr)
		if !strings.HasPrefix(expr, "(") || !closesAtEnd(expr) {
			return expr
		}
		expr = expr[1 : len(expr)-1]
	}
}

// closesAtEnd tells whether the first bracket's partner is the last character.
func closesAtEnd(expr string) bool {
	depth := 0
	for i := 0; i < len(expr); i++ {
		switch c := expr[i]; c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i == len(expr)-1
			}
		case '\'', '"':
			for i++; i < len(expr) && expr[i] != c; i++ {
			}
		}
	}
	return false
}
