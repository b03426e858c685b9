package audit

import (
	"regexp"
	"strings"
)

// A policy's expression, as pg_get_expr writes it, is taken apart at AND and OR,
// which it always puts in brackets. What is in between is looked at by its text:
// a term that is not recognised ties nothing and is not always true, so that
// T-CMD reports what is not understood.

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

var sameOnBothSides = regexp.MustCompile(`^(\S+) (?:=|>=|<=) (\S+)$`)

// alwaysTrue tells whether it is sure to be true for every row.
func alwaysTrue(expr string) bool {
	expr = bare(expr)
	if parts := terms(expr, "OR"); len(parts) > 1 {
		for _, p := range parts {
			if alwaysTrue(p) {
				return true
			}
		}
		return false
	}
	if parts := terms(expr, "AND"); len(parts) > 1 {
		for _, p := range parts {
			if !alwaysTrue(p) {
				return false
			}
		}
		return true
	}
	if rest, ok := strings.CutPrefix(expr, "NOT "); ok {
		return bare(rest) == "false"
	}
	if m := sameOnBothSides.FindStringSubmatch(expr); m != nil {
		// A column equals itself, but for NULL.
		return m[1] == m[2]
	}
	return expr == "true"
}

// neverTrue tells whether it is false or NULL for every row.
func neverTrue(expr string) bool {
	expr = bare(expr)
	return expr == "false" || expr == "NULL::boolean" || expr == "NOT true"
}

// tied tells whether no row passes but those whose column equals something that
// the context says: a setting, a helper's answer, or what a sub-select finds.
func tied(expr, column string) bool {
	expr = bare(expr)
	if neverTrue(expr) {
		return true
	}
	if parts := terms(expr, "OR"); len(parts) > 1 {
		for _, p := range parts {
			if !tied(p, column) {
				return false
			}
		}
		return true
	}
	if parts := terms(expr, "AND"); len(parts) > 1 {
		for _, p := range parts {
			if tied(p, column) {
				return true
			}
		}
		return false
	}
	if sides := terms(expr, "="); len(sides) == 2 {
		return isColumn(sides[0], column) && fromContext(sides[1]) || isColumn(sides[1], column) && fromContext(sides[0])
	}
	if sides := terms(expr, "IN"); len(sides) == 2 {
		return isColumn(sides[0], column) && strings.HasPrefix(bare(sides[1]), "SELECT")
	}
	return false
}

var castSuffix = regexp.MustCompile(`::[a-z][a-z ]*(\(\d+\))?$`)

// isColumn tells whether it is the column, under a cast or not.
func isColumn(side, column string) bool {
	side = bare(side)
	side = bare(castSuffix.ReplaceAllString(side, ""))
	if dot := strings.LastIndexByte(side, '.'); dot >= 0 && !strings.HasPrefix(side, `"`) {
		side = side[dot+1:]
	}
	return side == column || side == `"`+strings.ReplaceAll(column, `"`, `""`)+`"`
}

// fromContext tells of a call: of current_setting, or a helper.
var callPattern = regexp.MustCompile(`[A-Za-z_0-9"]\(`)

func fromContext(side string) bool { return callPattern.MatchString(side) }
