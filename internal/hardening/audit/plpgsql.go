package audit

import (
	"regexp"
	"strings"

	"tenantproxy/internal/hardening/schema"
	"tenantproxy/internal/rewrite"
)

// A helper in PL/pgSQL is taken for one that gives the org only if each of its
// statements is of a few plain forms. It is cut at its semicolons, wherever they are:
// a cut within a constant or comment leaves a piece that is none of the forms, so
// that such a helper is not recognised, rather than misread.

var (
	blockWord   = regexp.MustCompile(`(?is)^(?:--[^\n]*\n|<<\w+>>|DECLARE\b|BEGIN\b|ELSE\b|EXCEPTION\b|(?:IF|ELSIF|ELSEIF|WHEN)\b.*?\bTHEN\b)\s*`)
	declaration = regexp.MustCompile(`(?is)^([a-z_]\w*)\s+(?:CONSTANT\s+)?([a-z_][\w ]*?(?:\[\])?)(?:\s*(?:\bNOT\s+NULL\s*)?(?::=|=|\bDEFAULT\b)\s*(.+))?$`)
	assignment  = regexp.MustCompile(`(?is)^([a-z_]\w*)\s*(?::=|=)\s*(.+)$`)
	selectInto  = regexp.MustCompile(`(?is)^SELECT\s+(.+?)\s+INTO\s+(?:STRICT\s+)?([a-z_]\w*)$`)
	intoSelect  = regexp.MustCompile(`(?is)^SELECT\s+INTO\s+(?:STRICT\s+)?([a-z_]\w*)\s+(.+)$`)
	returned    = regexp.MustCompile(`(?is)^RETURN\s+(.+)$`)
	ignored     = regexp.MustCompile(`(?is)^(?:NULL|END(?:\s+IF)?|RAISE\b.*|)$`)
)

// procedure is what a body assigns, and what it returns.
type procedure struct {
	types    map[string]string // of variables
	assigned map[string][]*rewrite.Expr
	returns  []*rewrite.Expr
}

// readProcedure reads a body; nil if it has anything but the plain forms.
func readProcedure(fn *schema.Function) *procedure {
	if fn.Language != "plpgsql" {
		return nil
	}
	p := &procedure{types: make(map[string]string), assigned: make(map[string][]*rewrite.Expr)}
	declaring := false
	for _, piece := range strings.Split(fn.Source, ";") {
		piece = strings.TrimSpace(piece)
		for {
			word := blockWord.FindString(piece)
			if word == "" {
				break
			}
			switch strings.ToUpper(strings.TrimSpace(word)) {
			case "DECLARE":
				declaring = true
			case "BEGIN":
				declaring = false
			}
			piece = piece[len(word):]
		}
		if !p.take(piece, declaring) {
			return nil
		}
	}
	return p
}

// take tells whether a piece is of one of the forms.
func (p *procedure) take(piece string, declaring bool) bool {
	assign := func(name, text string, parse func(string) *rewrite.Expr) bool {
		e := parse(text)
		name = strings.ToLower(name)
		p.assigned[name] = append(p.assigned[name], e)
		return e != nil && e.Kind != rewrite.ExprOther && p.types[name] != ""
	}
	sole := func(text string) *rewrite.Expr { return rewrite.ParseSelectExpr("SELECT " + text) }
	if ignored.MatchString(piece) {
		return true
	}
	if declaring {
		m := declaration.FindStringSubmatch(piece)
		if m == nil || p.types[strings.ToLower(m[1])] != "" {
			return false
		}
		p.types[strings.ToLower(m[1])] = strings.ToLower(strings.TrimSpace(m[2]))
		return m[3] == "" || assign(m[1], m[3], rewrite.ParseExpr)
	}
	if m := returned.FindStringSubmatch(piece); m != nil {
		e := rewrite.ParseExpr(m[1])
		p.returns = append(p.returns, e)
		return e.Kind != rewrite.ExprOther
	}
	if m := intoSelect.FindStringSubmatch(piece); m != nil {
		return assign(m[1], m[2], sole)
	}
	if m := selectInto.FindStringSubmatch(piece); m != nil {
		return assign(m[2], m[1], sole)
	}
	m := assignment.FindStringSubmatch(piece)
	return m != nil && assign(m[1], m[2], rewrite.ParseExpr)
}

// procedureReads tells whether whatever is returned is made of what the context says:
// all that is ever assigned to a variable counts, in whatever order. Without a value
// a variable is NULL.
func (f *formula) procedureReads(p *procedure, columnType string) bool {
	if p == nil {
		return false
	}
	given := make(map[string]bool)
	for name, of := range p.types {
		given[name] = keepsResult(columnType, of)
	}
	fits := func(e *rewrite.Expr) bool {
		return e.Kind == rewrite.ExprNull || f.fromContext(f.withVariables(e, given), columnType)
	}
	for changed := true; changed; {
		changed = false
		for name, list := range p.assigned {
			if given[name] && !every(list, func(e *rewrite.Expr) bool { return fits(e) || saysNothing(e) }) {
				given[name], changed = false, true
			}
		}
	}
	return every(p.returns, fits) && some(p.returns, func(e *rewrite.Expr) bool { return e.Kind != rewrite.ExprNull })
}

// withVariables puts a call that reads the org in the place of variables that are
// given by the context.
func (f *formula) withVariables(e *rewrite.Expr, given map[string]bool) *rewrite.Expr {
	if e.Kind == rewrite.ExprColumn && given[strings.ToLower(e.Name)] {
		return f.example
	}
	if len(e.Args) == 0 {
		return e
	}
	replaced := *e
	replaced.Args = make([]*rewrite.Expr, len(e.Args))
	for i, arg := range e.Args {
		replaced.Args[i] = f.withVariables(arg, given)
	}
	return &replaced
}
