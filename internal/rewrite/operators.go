package rewrite

import (
	"fmt"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"tenantproxy/internal/catalog"
)

// refusedOperator is an operator outside pg_catalog that may run a function that
// is not allowed.
type refusedOperator struct {
	schema  string
	refusal *Refusal
}

// judgeOperators finds the operators whose function is not allowed, or that of the
// negator or commutator, which the planner may put in.
func (c *Checker) judgeOperators() {
	c.operators = make(map[string][]refusedOperator)
	for _, op := range c.snap.Operators {
		for _, oid := range append([]uint32{op.Function}, op.Substitutes...) {
			hint, shown := "", "that is not known"
			if f := c.snap.FunctionsByOID[oid]; f != nil {
				r := c.functionRefusal(f)
				if r == nil {
					continue
				}
				hint, shown = r.Hint, fmt.Sprintf("%q", f.String())
			}
			c.operators[op.Name.Name] = append(c.operators[op.Name.Name], refusedOperator{op.Schema,
				refuse(RuleOperator, op.String(), hint, "operator %s runs function %s, which is not allowed", op, shown)})
			break
		}
	}
}

// judgeFamilies finds the operator families that run a function which is not allowed.
// Neither a type nor an operator need be named for that, so every query is refused.
// What an index calls on its entries sees those of other tenants too, so that no body
// can do: it has to be allowed by the operator. The functions of an extension, which
// are in C, are taken to do no more than compare.
func (c *Checker) judgeFamilies() {
	for _, family := range c.snap.Families {
		for _, oid := range family.Support {
			f := c.snap.FunctionsByOID[oid]
			switch {
			case f == nil:
				c.refuseFamily(family, "that is not known", "")
			case f.Extension != "", c.allowFunctions[f.Name] && !c.denyFunctions[f.Name]:
			default:
				c.refuseFamily(family, fmt.Sprintf("\"%s\" on rows that row-level security hides", f), allowFunctionHint(f))
			}
		}
		for _, oid := range family.Operators {
			f := c.snap.FunctionsByOID[oid]
			if f == nil {
				c.refuseFamily(family, "that is not known", "")
			} else if r := c.functionRefusal(f); r != nil && f.Extension == "" {
				c.refuseFamily(family, fmt.Sprintf("\"%s\", which is not allowed", f), r.Hint)
			}
		}
	}
}

func (c *Checker) refuseFamily(family *catalog.OperatorFamily, does, hint string) {
	if c.implicit == nil {
		c.implicit = refuse(RuleOperator, family.String(), hint, "operator family %s runs function %s", family, does)
	}
}

// operator judges an operator by name, which may be qualified as in
// OPERATOR(schema.+); an empty name is none.
func (w *walker) operator(name []*pg_query.Node) *Refusal {
	if len(name) == 0 {
		return nil
	}
	parts, ok := nameParts(name)
	if !ok {
		return refuse(RuleOperator, "", "", "operator without a name")
	}
	schemas, symbol, r := w.schemasOf(parts, "operator", RuleOperator)
	if r != nil {
		return r
	}
	for _, refused := range w.c.operators[symbol] {
		for _, schema := range schemas {
			if refused.schema == schema {
				return refused.refusal
			}
		}
	}
	if len(parts) > 1 && schemas[0] != systemSchema && !w.c.hasOperator(schemas[0], symbol) {
		return refuse(RuleOperator, strings.Join(parts, "."), "", "operator %s is not known", strings.Join(parts, "."))
	}
	return nil
}

func (c *Checker) hasOperator(schema, symbol string) bool {
	for _, op := range c.snap.Operators {
		if op.Schema == schema && op.Name.Name == symbol {
			return true
		}
	}
	return false
}

// implicitOperators judges operators that the grammar uses by name without
// writing them: = in JOIN … USING, CASE x WHEN and IN, <= and >= in BETWEEN.
// In a view they were looked up when it was created, on a path that is not
// known any more, so every schema counts.
func (w *walker) implicitOperators(symbols ...string) *Refusal {
	for _, symbol := range symbols {
		for _, refused := range w.c.operators[symbol] {
			if w.deparsed {
				return refused.refusal
			}
			for _, schema := range w.path {
				if refused.schema == schema {
					return refused.refusal
				}
			}
		}
	}
	return nil
}

func (w *walker) expression(n *pg_query.A_Expr) *Refusal {
	var r *Refusal
	switch n.GetKind() {
	case pg_query.A_Expr_Kind_AEXPR_BETWEEN, pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN,
		pg_query.A_Expr_Kind_AEXPR_BETWEEN_SYM, pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		r = w.implicitOperators("<=", ">=", "<", ">")
	case pg_query.A_Expr_Kind_A_EXPR_KIND_UNDEFINED:
		r = refuse(RuleNodeUnknown, "A_Expr", "", "statement holds an expression that is not known here")
	default:
		r = w.operator(n.GetName())
	}
	if r != nil {
		return r
	}
	return w.children(n.ProtoReflect(), "name")
}

func (w *walker) subLink(n *pg_query.SubLink) *Refusal {
	r := w.operator(n.GetOperName())
	if r == nil && n.GetTestexpr() != nil && len(n.GetOperName()) == 0 {
		r = w.implicitOperators("=")
	}
	if r != nil {
		return r
	}
	return w.children(n.ProtoReflect(), "oper_name")
}
