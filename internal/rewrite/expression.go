package rewrite

import (
	"strconv"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// ExprKind says what an Expr is.
type ExprKind int

// The kinds of expressions. What is none of the others is ExprOther.
const (
	ExprOther ExprKind = iota
	// ExprAnd and ExprOr have two or more Args, ExprNot one.
	ExprAnd
	ExprOr
	ExprNot
	// ExprOperator is a binary operator of pg_catalog, Name, with two Args.
	ExprOperator
	// ExprAny is Args[0] = ANY (Args[1]), or Args[0] IN a list (ExprArray) or a
	// sub-select; "=" is that of pg_catalog.
	ExprAny
	ExprArray
	// ExprColumn is a column; Name is without its table.
	ExprColumn
	// ExprConstant is a constant: Name is its text, empty for NULL.
	ExprConstant
	ExprNull
	// ExprCall is an ordinary call of the function Schema.Name; Schema is empty if
	// the text has none.
	ExprCall
	// ExprCast casts Args[0] to the type Schema.Name, which has no modifiers and is
	// no array.
	ExprCast
	ExprNullIf
	ExprCoalesce
	// ExprIsNull is Args[0] IS NULL of one value, ExprIsTrue and ExprIsFalse say the
	// same of IS TRUE and IS FALSE, and ExprDistinct is Args[0] IS DISTINCT FROM
	// Args[1]. With NOT they are within an ExprNot.
	ExprIsNull
	ExprIsTrue
	ExprIsFalse
	ExprDistinct
	// ExprSelect is a scalar sub-select of Args[0] alone: no FROM, no WHERE.
	ExprSelect
)

// Expr is an expression as the audit of policies looks at it: whatever could
// change the meaning of a part and is not modelled makes that part ExprOther.
type Expr struct {
	Kind         ExprKind
	Schema, Name string
	Args         []*Expr
}

var otherExpr = &Expr{Kind: ExprOther}

// ParseExpr reads one expression, such as pg_get_expr writes. A text that is not
// one, or that the parser does not know, is ExprOther.
func ParseExpr(text string) *Expr {
	if e := ParseSelectExpr("SELECT (" + text + "\n)"); e != nil {
		return e
	}
	return otherExpr
}

// ParseSelectExpr reads a query that selects one expression and nothing else:
// without FROM, WHERE or anything. It gives nil for any other text.
func ParseSelectExpr(sql string) *Expr {
	if _, refusal := prescan(sql, defaultMaxBytes); refusal != nil {
		return nil
	}
	statements, refusal := parse(sql, 0)
	if refusal != nil || len(statements) != 1 {
		return nil
	}
	return soleTarget(statements[0].GetStmt().GetSelectStmt())
}

// soleTarget gives the expression of a SELECT that has one and nothing else.
func soleTarget(s *pg_query.SelectStmt) *Expr {
	if s == nil || len(s.GetTargetList()) != 1 || len(s.GetFromClause()) > 0 || s.GetWhereClause() != nil || len(s.GetGroupClause()) > 0 ||
		s.GetHavingClause() != nil || len(s.GetValuesLists()) > 0 || s.GetOp() != pg_query.SetOperation_SETOP_NONE || s.GetWithClause() != nil ||
		len(s.GetDistinctClause()) > 0 || s.GetIntoClause() != nil || len(s.GetSortClause()) > 0 || s.GetLimitCount() != nil || s.GetLimitOffset() != nil ||
		len(s.GetWindowClause()) > 0 || len(s.GetLockingClause()) > 0 {
		return nil
	}
	return expression(s.GetTargetList()[0].GetResTarget().GetVal())
}

func expressions(nodes []*pg_query.Node) []*Expr {
	list := make([]*Expr, 0, len(nodes))
	for _, n := range nodes {
		list = append(list, expression(n))
	}
	return list
}

func expression(node *pg_query.Node) *Expr {
	switch n := node.GetNode().(type) {
	case *pg_query.Node_BoolExpr:
		kind := map[pg_query.BoolExprType]ExprKind{
			pg_query.BoolExprType_AND_EXPR: ExprAnd, pg_query.BoolExprType_OR_EXPR: ExprOr, pg_query.BoolExprType_NOT_EXPR: ExprNot,
		}[n.BoolExpr.GetBoolop()]
		return &Expr{Kind: kind, Args: expressions(n.BoolExpr.GetArgs())}
	case *pg_query.Node_AExpr:
		return operatorExpr(n.AExpr)
	case *pg_query.Node_SubLink:
		return subLinkExpr(n.SubLink)
	case *pg_query.Node_ColumnRef:
		if name, ok := names(n.ColumnRef.GetFields()); ok {
			return &Expr{Kind: ExprColumn, Name: name[len(name)-1]}
		}
	case *pg_query.Node_AConst:
		return constantExpr(n.AConst)
	case *pg_query.Node_TypeCast:
		return castExpr(n.TypeCast)
	case *pg_query.Node_FuncCall:
		return callExpr(n.FuncCall)
	case *pg_query.Node_NullTest:
		return negated(n.NullTest.GetNulltesttype() == pg_query.NullTestType_IS_NOT_NULL, ExprIsNull, n.NullTest.GetArg())
	case *pg_query.Node_BooleanTest:
		return booleanTest(n.BooleanTest)
	case *pg_query.Node_CoalesceExpr:
		return &Expr{Kind: ExprCoalesce, Args: expressions(n.CoalesceExpr.GetArgs())}
	case *pg_query.Node_AArrayExpr:
		return &Expr{Kind: ExprArray, Args: expressions(n.AArrayExpr.GetElements())}
	}
	return otherExpr
}

// negated makes an expression of a kind, within NOT or not.
func negated(not bool, kind ExprKind, args ...*pg_query.Node) *Expr {
	e := &Expr{Kind: kind, Args: expressions(args)}
	if not {
		return &Expr{Kind: ExprNot, Args: []*Expr{e}}
	}
	return e
}

func booleanTest(t *pg_query.BooleanTest) *Expr {
	switch t.GetBooltesttype() {
	case pg_query.BoolTestType_IS_TRUE, pg_query.BoolTestType_IS_NOT_TRUE:
		return negated(t.GetBooltesttype() == pg_query.BoolTestType_IS_NOT_TRUE, ExprIsTrue, t.GetArg())
	case pg_query.BoolTestType_IS_FALSE, pg_query.BoolTestType_IS_NOT_FALSE:
		return negated(t.GetBooltesttype() == pg_query.BoolTestType_IS_NOT_FALSE, ExprIsFalse, t.GetArg())
	case pg_query.BoolTestType_IS_UNKNOWN, pg_query.BoolTestType_IS_NOT_UNKNOWN:
		return negated(t.GetBooltesttype() == pg_query.BoolTestType_IS_NOT_UNKNOWN, ExprIsNull, t.GetArg())
	}
	return otherExpr
}

func operatorExpr(e *pg_query.A_Expr) *Expr {
	operator := builtInOperator(e.GetName())
	if operator == "" || e.GetLexpr() == nil {
		return otherExpr
	}
	args := []*Expr{expression(e.GetLexpr()), nil}
	switch e.GetKind() {
	case pg_query.A_Expr_Kind_AEXPR_IN:
		if operator != "=" {
			return otherExpr
		}
		args[1] = &Expr{Kind: ExprArray, Args: expressions(e.GetRexpr().GetList().GetItems())}
		return &Expr{Kind: ExprAny, Args: args}
	case pg_query.A_Expr_Kind_AEXPR_OP_ANY:
		if operator != "=" {
			return otherExpr
		}
		args[1] = expression(e.GetRexpr())
		return &Expr{Kind: ExprAny, Args: args}
	case pg_query.A_Expr_Kind_AEXPR_OP:
		args[1] = expression(e.GetRexpr())
		return &Expr{Kind: ExprOperator, Name: operator, Args: args}
	case pg_query.A_Expr_Kind_AEXPR_DISTINCT, pg_query.A_Expr_Kind_AEXPR_NOT_DISTINCT:
		if operator != "=" {
			return otherExpr
		}
		return negated(e.GetKind() == pg_query.A_Expr_Kind_AEXPR_NOT_DISTINCT, ExprDistinct, e.GetLexpr(), e.GetRexpr())
	case pg_query.A_Expr_Kind_AEXPR_NULLIF:
		args[1] = expression(e.GetRexpr())
		return &Expr{Kind: ExprNullIf, Args: args}
	default:
		return otherExpr
	}
}

// builtInOperator gives the name of an operator of pg_catalog, or nothing. In a
// text of pg_get_expr with an empty search_path those of others are qualified.
func builtInOperator(nodes []*pg_query.Node) string {
	switch name, ok := names(nodes); {
	case ok && len(name) == 1:
		return name[0]
	case ok && len(name) == 2 && name[0] == systemSchema:
		return name[1]
	default:
		return ""
	}
}

func subLinkExpr(l *pg_query.SubLink) *Expr {
	target := soleTarget(l.GetSubselect().GetSelectStmt())
	if target == nil {
		return otherExpr
	}
	selected := &Expr{Kind: ExprSelect, Args: []*Expr{target}}
	switch l.GetSubLinkType() {
	case pg_query.SubLinkType_EXPR_SUBLINK:
		return selected
	case pg_query.SubLinkType_ANY_SUBLINK:
		if len(l.GetOperName()) == 0 || builtInOperator(l.GetOperName()) == "=" {
			return &Expr{Kind: ExprAny, Args: []*Expr{expression(l.GetTestexpr()), selected}}
		}
	}
	return otherExpr
}

func constantExpr(c *pg_query.A_Const) *Expr {
	if c.GetIsnull() {
		return &Expr{Kind: ExprNull}
	}
	switch v := c.GetVal().(type) {
	case *pg_query.A_Const_Boolval:
		if v.Boolval.GetBoolval() {
			return &Expr{Kind: ExprConstant, Name: "true"}
		}
		return &Expr{Kind: ExprConstant, Name: "false"}
	case *pg_query.A_Const_Sval:
		return &Expr{Kind: ExprConstant, Name: v.Sval.GetSval()}
	case *pg_query.A_Const_Ival:
		return &Expr{Kind: ExprConstant, Name: strconv.Itoa(int(v.Ival.GetIval()))}
	case *pg_query.A_Const_Fval:
		return &Expr{Kind: ExprConstant, Name: v.Fval.GetFval()}
	default: // a string of bits
		return otherExpr
	}
}

// castExpr leaves out a cast of a constant, which is a constant.
func castExpr(c *pg_query.TypeCast) *Expr {
	arg := expression(c.GetArg())
	if arg.Kind == ExprConstant || arg.Kind == ExprNull {
		return arg
	}
	of := c.GetTypeName()
	name, ok := names(of.GetNames())
	if !ok || len(name) > 2 || len(of.GetTypmods()) > 0 || len(of.GetArrayBounds()) > 0 || of.GetSetof() || of.GetPctType() {
		return otherExpr
	}
	cast := &Expr{Kind: ExprCast, Name: name[len(name)-1], Args: []*Expr{arg}}
	if len(name) == 2 {
		cast.Schema = name[0]
	}
	return cast
}

func callExpr(c *pg_query.FuncCall) *Expr {
	name, ok := names(c.GetFuncname())
	if !ok || len(name) > 2 || c.GetAggStar() || c.GetAggDistinct() || c.GetAggFilter() != nil || len(c.GetAggOrder()) > 0 || c.GetOver() != nil ||
		c.GetAggWithinGroup() || c.GetFuncVariadic() {
		return otherExpr
	}
	call := &Expr{Kind: ExprCall, Name: name[len(name)-1], Args: expressions(c.GetArgs())}
	if len(name) == 2 {
		call.Schema = name[0]
	}
	return call
}

// names gives the parts of a dotted name.
func names(nodes []*pg_query.Node) (parts []string, ok bool) {
	for _, n := range nodes {
		s, isString := n.GetNode().(*pg_query.Node_String_)
		if !isString {
			return nil, false
		}
		parts = append(parts, s.String_.GetSval())
	}
	return parts, len(parts) > 0
}
