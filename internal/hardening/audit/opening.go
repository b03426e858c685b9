package audit

import (
	"strings"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/hardening/schema"
	"tenantproxy/internal/rewrite"
)

// P-NULLOPEN evaluates a policy's expression as far as it can be told without a row,
// for sessions whose context is missing. It only ever adds a finding: whether the
// tenant is tied is T-CMD's.

// outcome is what an expression gives without a context.
type outcome int

const (
	// unclear: it depends on the row, or is not understood.
	unclear outcome = iota
	// fails: it raises an error, so that no row passes.
	fails
	isNull
	isText
	isTrue
	isFalse
	// opens: it is true for some rows, and only because there is no context.
	opens
)

// result is an outcome, with the value of a text, and whether it comes from the
// missing context.
type result struct {
	outcome
	text    string
	context bool
}

// missing is a state of the settings: what they hold, nil if they are unset.
type missing struct{ org, claims *string }

// contexts are the states that are no context: unset as in a session past the proxy,
// empty as after a reset, and claims that name nobody.
func contexts() []missing {
	empty, object := "", "{}"
	return []missing{{}, {&empty, &empty}, {&empty, &object}}
}

// openWithoutContext tells whether rows pass because there is no context.
func (f *formula) openWithoutContext(text string, column *schema.Column) bool {
	if text == "" {
		return false
	}
	for _, m := range contexts() {
		e := evaluation{f, m, column, 0}
		if r := e.value(f.parse(text)); r.outcome == opens || r.outcome == isTrue && r.context {
			return true
		}
	}
	return false
}

// evaluation evaluates in one state.
type evaluation struct {
	f       *formula
	missing missing
	// column is the tenant column; a helper's body has none.
	column *schema.Column
	depth  int
}

// maxDepth bounds helpers that call each other.
const maxDepth = 20

func (v evaluation) value(e *rewrite.Expr) result {
	switch e.Kind {
	case rewrite.ExprConstant:
		switch e.Name {
		case "true", "t":
			return result{isTrue, e.Name, false}
		case "false", "f":
			return result{isFalse, e.Name, false}
		}
		return result{isText, e.Name, false}
	case rewrite.ExprNull:
		return result{outcome: isNull}
	case rewrite.ExprAnd:
		return v.and(e.Args)
	case rewrite.ExprOr:
		return v.or(e.Args)
	case rewrite.ExprNot:
		return not(v.value(e.Args[0]))
	case rewrite.ExprSelect:
		return v.value(e.Args[0])
	case rewrite.ExprIsNull, rewrite.ExprIsTrue, rewrite.ExprIsFalse:
		return test(e.Kind, v.value(e.Args[0]))
	case rewrite.ExprDistinct:
		return distinct(v.value(e.Args[0]), v.value(e.Args[1]))
	case rewrite.ExprNullIf:
		return nullIf(v.value(e.Args[0]), v.value(e.Args[1]))
	case rewrite.ExprCoalesce:
		return v.coalesce(e.Args)
	case rewrite.ExprCast:
		return cast(e.Name, v.value(e.Args[0]))
	case rewrite.ExprOperator:
		return operate(e.Name, v.value(e.Args[0]), v.value(e.Args[1]))
	case rewrite.ExprAny:
		return operate("= ANY", v.value(e.Args[0]), v.value(e.Args[1]))
	case rewrite.ExprCall:
		return v.call(e)
	}
	return result{}
}

// call evaluates current_setting, and helpers that are one expression.
func (v evaluation) call(e *rewrite.Expr) result {
	if e.Name == "current_setting" && (e.Schema == "" || e.Schema == systemSchema) {
		return v.setting(e.Args)
	}
	helpers := v.f.helpers[catalog.Name{Schema: e.Schema, Name: e.Name}]
	if len(helpers) != 1 || len(e.Args) > 0 || v.depth == maxDepth {
		return result{}
	}
	body := soleExpression(helpers[0])
	if body == nil {
		return result{}
	}
	return evaluation{v.f, v.missing, nil, v.depth + 1}.value(body)
}

// setting is what current_setting gives: without true for missing_ok it raises an
// error for a setting that is not there.
func (v evaluation) setting(args []*rewrite.Expr) result {
	if len(args) == 0 || !every(args, constant) || !v.f.settings[strings.ToLower(args[0].Name)] {
		return result{}
	}
	held := v.missing.org
	if strings.ToLower(args[0].Name) == v.f.claims {
		held = v.missing.claims
	}
	switch {
	case held != nil:
		return result{isText, *held, true}
	case len(args) == 2 && args[1].Name == "true":
		return result{isNull, "", true}
	}
	return result{fails, "", true}
}

func (v evaluation) and(args []*rewrite.Expr) result {
	var worst result
	all, context, unsure, opened := true, false, false, false
	for _, arg := range args {
		r := v.value(arg)
		switch r.outcome {
		case isTrue:
			context = context || r.context
			continue
		case isFalse, fails, isNull:
			worst = r
		case opens:
			opened = true
		default:
			unsure = true
		}
		all = false
	}
	tied := v.column != nil && some(args, func(e *rewrite.Expr) bool { return v.f.ties(e, v.column) })
	switch {
	case all:
		return result{isTrue, "", context}
	case worst.outcome != unclear:
		return worst // the row does not pass, whichever it is
	case opened && !tied, unsure && context && !tied:
		return result{opens, "", true}
	}
	return result{}
}

func (v evaluation) or(args []*rewrite.Expr) result {
	var r result
	all := true
	for _, arg := range args {
		switch one := v.value(arg); one.outcome {
		case isTrue:
			if !one.context {
				return one // it is P-TRUE's
			}
			r = one
		case opens:
			if r.outcome != isTrue {
				r = one
			}
		case isFalse:
		default:
			all = false
		}
	}
	if r.outcome == unclear && all {
		return result{outcome: isFalse}
	}
	return r
}

func not(r result) result {
	switch r.outcome {
	case isTrue:
		return result{isFalse, "", r.context}
	case isFalse:
		return result{isTrue, "", r.context}
	case isNull, fails:
		return r
	}
	return result{}
}

func boolean(b, context bool) result {
	if b {
		return result{isTrue, "", context}
	}
	return result{isFalse, "", context}
}

// test is IS NULL, IS TRUE or IS FALSE.
func test(kind rewrite.ExprKind, r result) result {
	switch {
	case r.outcome == fails, r.outcome == opens && kind == rewrite.ExprIsTrue:
		return r
	case r.outcome == unclear, r.outcome == opens:
		return result{}
	}
	wanted := map[rewrite.ExprKind]outcome{rewrite.ExprIsNull: isNull, rewrite.ExprIsTrue: isTrue, rewrite.ExprIsFalse: isFalse}[kind]
	if kind != rewrite.ExprIsNull && r.outcome == isText {
		return result{}
	}
	return boolean(r.outcome == wanted, r.context)
}

func distinct(a, b result) result {
	switch {
	case a.outcome == fails || b.outcome == fails:
		return result{outcome: fails}
	case a.outcome == isNull && b.outcome == isNull:
		return boolean(false, a.context || b.context)
	case a.outcome == isText && b.outcome == isText:
		return boolean(a.text != b.text, a.context || b.context)
	case a.outcome == isNull && b.outcome == isText || a.outcome == isText && b.outcome == isNull:
		return boolean(true, a.context || b.context)
	}
	return result{}
}

func nullIf(a, b result) result {
	switch {
	case a.outcome == isNull, a.outcome == fails:
		return a
	case a.outcome == isText && b.outcome == isText && a.text == b.text:
		return result{isNull, "", a.context || b.context}
	case a.outcome == isText && b.outcome == isText, b.outcome == isNull:
		return a
	}
	return result{}
}

// coalesce gives the first that is not NULL; that there was one before comes from
// the context, and so does what stands in.
func (v evaluation) coalesce(args []*rewrite.Expr) result {
	context := false
	for _, arg := range args {
		r := v.value(arg)
		context = context || r.context
		if r.outcome != isNull {
			r.context = context
			return r
		}
	}
	return result{isNull, "", context}
}

// cast is of a text: an empty one, and an object, are no uuid and no number.
func cast(of string, r result) result {
	if r.outcome != isText {
		if r.outcome == isNull || r.outcome == fails {
			return r
		}
		return result{}
	}
	switch of {
	case "text", "varchar":
		return r
	case "uuid", "int8", "int4", "int2", "numeric", "float8", "bool":
		if r.context {
			return result{fails, "", true}
		}
	case "json", "jsonb":
		if r.text == "" {
			return result{fails, "", r.context}
		}
		return r
	}
	return result{}
}

// operate is of operators that are strict, which || of arrays alone is not: NULL on
// either side gives NULL.
func operate(operator string, a, b result) result {
	switch {
	case operator == "||":
		return result{}
	case a.outcome == fails || b.outcome == fails:
		return result{fails, "", true}
	case a.outcome == isNull || b.outcome == isNull:
		return result{isNull, "", a.context || b.context}
	case a.outcome != isText || b.outcome != isText:
		return result{}
	}
	switch operator {
	case "=":
		return boolean(a.text == b.text, a.context || b.context)
	case "<>":
		return boolean(a.text != b.text, a.context || b.context)
	case "->", "->>", "#>", "#>>":
		if a.text == "{}" {
			return result{isNull, "", a.context}
		}
	case "?", "?|", "?&":
		if a.text == "{}" {
			return boolean(false, a.context)
		}
	}
	return result{}
}
