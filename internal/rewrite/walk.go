package rewrite

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tenantproxy/internal/catalog"
)

// walker analyses one statement, or one view's definition.
type walker struct {
	c *Checker
	v *Verdict
	// path is what unqualified names are resolved by.
	path []string
	// running is the search_path in force; nil for that of the session.
	running []string
	// view is the view whose definition is walked; nil for a client's text.
	view *catalog.Relation
	// body is the function whose body is walked, or nil; calls are the bodies that
	// led here.
	body  *catalog.Function
	calls *bodyCalls
	// variables are the names in a body in PL/pgSQL; nil elsewhere.
	variables map[string]bool
	// deparsed tells of a text that Postgres has written from its parsed form.
	deparsed bool
	// unprotected tells that the walk met a relation that is readable but not
	// kept apart by row-level security.
	unprotected bool
	// settings tells that it met pg_settings, or a view of it.
	settings bool
	// bound tells that a view calls a function that passes by its body.
	bound bool
	// reaches tells that the statement reads a relation or calls a function
	// that may.
	reaches bool
	ctes    cteScope
	// raw is the client's statement and sql the text that it is in; nil for what
	// the client did not send, such as a view's definition.
	raw *pg_query.RawStmt
	sql string
	// root is the whole statement, in which column qualifiers are looked up;
	// qualifiers is what was found, once something asked.
	root       *pg_query.Node
	qualifiers map[string]*qualifier
	// settingsRead is the one reference to pg_settings that is allowed, since
	// its query asks for readable names only.
	settingsRead *pg_query.RangeVar
}

// nodeClass is what the policy knows of a type of parse node.
type nodeClass byte

const (
	// unclassified types are refused; a test holds that there are none.
	unclassified nodeClass = iota
	// leaf nodes hold nothing that is executed.
	leaf
	// structural nodes are as good as what is in them.
	structural
	// judged nodes have rules of their own, in judge.
	judged
	// statementNode types stand at the top of a statement only.
	statementNode
	// analysedNode types are made by parse analysis, never by the parser.
	analysedNode
	// clauseOfRefused types occur only inside statements that are refused.
	clauseOfRefused
)

// visit analyses a node and all that is in it.
func (w *walker) visit(m protoreflect.Message) *Refusal {
	switch classOf(m) {
	case leaf:
		return nil
	case structural:
		return w.children(m)
	case judged:
		return w.judge(m)
	}
	name := string(m.Descriptor().Name())
	return refuse(RuleNodeUnknown, name, "", "statement holds a %s, which is not known here", name)
}

// children visits every message in m, whatever the field, but for the fields
// named.
func (w *walker) children(m protoreflect.Message, except ...protoreflect.Name) *Refusal {
	if _, ok := m.Interface().(*pg_query.Node); ok {
		// One of some 270 fields is set.
		if field := m.WhichOneof(m.Descriptor().Oneofs().Get(0)); field != nil {
			return w.visit(m.Get(field).Message())
		}
		return nil
	}
	fields := m.Descriptor().Fields()
next:
	for i := 0; i < fields.Len(); i++ {
		field := fields.Get(i)
		if field.Kind() != protoreflect.MessageKind || !m.Has(field) {
			continue
		}
		for _, name := range except {
			if field.Name() == name {
				continue next
			}
		}
		if field.IsList() {
			list := m.Get(field).List()
			for j := 0; j < list.Len(); j++ {
				if r := w.visit(list.Get(j).Message()); r != nil {
					return r
				}
			}
			continue
		}
		if r := w.visit(m.Get(field).Message()); r != nil {
			return r
		}
	}
	return nil
}

func (w *walker) node(n *pg_query.Node) *Refusal {
	if n == nil {
		return nil
	}
	return w.visit(n.ProtoReflect())
}

func (w *walker) nodes(list []*pg_query.Node) *Refusal {
	for _, n := range list {
		if r := w.node(n); r != nil {
			return r
		}
	}
	return nil
}

// judge applies the rules of a node type and visits what is in it.
func (w *walker) judge(m protoreflect.Message) *Refusal {
	switch n := m.Interface().(type) {
	case *pg_query.SelectStmt:
		return w.selectStmt(n)
	case *pg_query.InsertStmt:
		return w.insertStmt(n)
	case *pg_query.UpdateStmt:
		return w.dml(n, n.GetRelation(), n.GetWithClause())
	case *pg_query.DeleteStmt:
		return w.dml(n, n.GetRelation(), n.GetWithClause())
	case *pg_query.MergeStmt:
		return w.dml(n, n.GetRelation(), n.GetWithClause())
	case *pg_query.RangeVar:
		return w.rangeVar(n)
	case *pg_query.RangeTableSample:
		return w.tableSample(n)
	case *pg_query.LockingClause:
		// FOR UPDATE OF names relations of the FROM clause by alias.
		return nil
	case *pg_query.JoinExpr:
		if n.GetIsNatural() || len(n.GetUsingClause()) > 0 {
			if r := w.implicitOperators("="); r != nil {
				return r
			}
		}
		return w.children(m)
	case *pg_query.FuncCall:
		return w.funcCall(n)
	case *pg_query.ColumnRef:
		return w.columnRef(n)
	case *pg_query.A_Indirection:
		return w.indirection(n)
	case *pg_query.TypeName:
		return w.typeName(n)
	case *pg_query.A_Expr:
		return w.expression(n)
	case *pg_query.SubLink:
		return w.subLink(n)
	case *pg_query.SortBy:
		if r := w.operator(n.GetUseOp()); r != nil {
			return r
		}
		return w.children(m, "use_op")
	case *pg_query.CaseExpr:
		if n.GetArg() != nil {
			if r := w.implicitOperators("="); r != nil {
				return r
			}
		}
		return w.children(m)
	case *pg_query.JsonObjectConstructor:
		return w.jsonConstructor(m, "json_object")
	case *pg_query.JsonArrayConstructor, *pg_query.JsonArrayQueryConstructor:
		return w.jsonConstructor(m, "json_array")
	case *pg_query.JsonObjectAgg:
		return w.jsonConstructor(m, "json_objectagg")
	case *pg_query.JsonArrayAgg:
		return w.jsonConstructor(m, "json_arrayagg")
	}
	name := string(m.Descriptor().Name())
	return refuse(RuleNodeUnknown, name, "", "statement holds a %s, which has no rule here", name)
}

// nameParts gives the parts of a dotted name; false if a part is no name.
func nameParts(list []*pg_query.Node) ([]string, bool) {
	parts := make([]string, 0, len(list))
	for _, n := range list {
		s := n.GetString_()
		if s == nil {
			return nil, false
		}
		parts = append(parts, s.GetSval())
	}
	return parts, len(parts) > 0
}

// everyMessage calls f for m and every message in it.
func everyMessage(m protoreflect.Message, f func(proto.Message)) {
	f(m.Interface())
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.Kind() != protoreflect.MessageKind:
		case field.IsList():
			for list, i := value.List(), 0; i < list.Len(); i++ {
				everyMessage(list.Get(i).Message(), f)
			}
		default:
			everyMessage(value.Message(), f)
		}
		return true
	})
}
