package rewrite

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"

	"tenantproxy/internal/catalog"
)

// Postgres reads c.name as a call of name(c) when the relation c has no column
// of that name (ParseFuncOrColumn in parse_func.c). So the last part of a
// dotted name must either mean no function that is refused, or be a column for
// certain.

func (w *walker) columnRef(n *pg_query.ColumnRef) *Refusal {
	fields := n.GetFields()
	if len(fields) < 2 || fields[len(fields)-1].GetAStar() != nil {
		return nil
	}
	last := fields[len(fields)-1].GetString_()
	qualifier := fields[len(fields)-2].GetString_()
	if last == nil || qualifier == nil {
		return refuse(RuleNodeUnknown, "ColumnRef", "", "statement holds a column reference that is not known here")
	}
	r := w.columnCall(last.GetSval())
	if r == nil || w.isVariable(qualifier.GetSval()) ||
		!w.isArgument(qualifier.GetSval()) && w.isColumn(qualifier.GetSval(), last.GetSval()) {
		return nil
	}
	return r
}

// indirection judges (expression).name: the expression may be of any row type.
func (w *walker) indirection(n *pg_query.A_Indirection) *Refusal {
	for _, part := range n.GetIndirection() {
		if name := part.GetString_(); name != nil {
			if r := w.columnCall(name.GetSval()); r != nil {
				return r
			}
		}
	}
	return w.children(n.ProtoReflect())
}

// columnCall judges the functions that a name after a dot may call: those on
// the path that can take one argument.
func (w *walker) columnCall(name string) *Refusal {
	for _, schema := range w.path {
		for _, f := range w.c.functionIn(schema, name) {
			if len(f.ArgTypes) == 0 {
				continue
			}
			if r := w.callRefusal(f); r != nil {
				return refuse(RuleColumnCall, f.String(), r.Hint, "the name \"%s\" after a dot may call function \"%s\", which is not allowed", name, f)
			}
			if !isBuiltin(f) {
				w.reaches = true
			}
		}
	}
	return nil
}

// isColumn tells whether qualifier.name is a column for certain: whatever in
// the whole statement goes by the qualifier is a plain relation that has the
// column.
func (w *walker) isColumn(qualifier, name string) bool {
	if w.qualifiers == nil {
		w.qualifiers = w.readQualifiers()
	}
	q := w.qualifiers[qualifier]
	if q == nil || q.uncertain {
		return false
	}
	for rel := range q.relations {
		if !rel.HasColumn(name) {
			return false
		}
	}
	return true
}

// mayShow tells whether the statement may read a column of the relation: by its
// name, by a star, by the whole row, or under another name.
func (w *walker) mayShow(n *pg_query.RangeVar, column string) bool {
	if len(n.GetAlias().GetColnames()) > 0 {
		return true
	}
	rows := map[string]bool{n.GetRelname(): true, n.GetAlias().GetAliasname(): true}
	renamed := false
	everyMessage(w.root.ProtoReflect(), func(m proto.Message) {
		if join, ok := m.(*pg_query.JoinExpr); ok {
			rows[join.GetAlias().GetAliasname()] = true
			rows[join.GetJoinUsingAlias().GetAliasname()] = true
			renamed = renamed || len(join.GetAlias().GetColnames()) > 0
		}
	})
	shown := renamed
	everyMessage(w.root.ProtoReflect(), func(m proto.Message) {
		ref, ok := m.(*pg_query.ColumnRef)
		if !ok || len(ref.GetFields()) == 0 {
			return
		}
		last := ref.GetFields()[len(ref.GetFields())-1]
		name := last.GetString_().GetSval()
		shown = shown || last.GetAStar() != nil || name == column || rows[name]
	})
	return shown
}

// qualifier is what a name before a dot may stand for in a statement.
type qualifier struct {
	relations map[*catalog.Relation]bool
	// uncertain tells that it may also be something whose columns are not
	// known here, such as a sub-select.
	uncertain bool
}

// unnamedItem stands for FROM items without an alias that Postgres names itself, after
// the function in them and the like.
const unnamedItem = ""

// readQualifiers collects the names by which the FROM items of the whole
// statement go, in whatever scope.
func (w *walker) readQualifiers() map[string]*qualifier {
	all := make(map[string]*qualifier)
	entry := func(name string) *qualifier {
		if all[name] == nil {
			all[name] = &qualifier{relations: make(map[*catalog.Relation]bool)}
		}
		return all[name]
	}
	// A CTE hides a relation of its name, but perhaps not everywhere.
	ctes := make(map[string]bool)
	everyMessage(w.root.ProtoReflect(), func(m proto.Message) {
		if n, ok := m.(*pg_query.CommonTableExpr); ok {
			ctes[n.GetCtename()] = true
		}
	})
	everyMessage(w.root.ProtoReflect(), func(m proto.Message) {
		var alias *pg_query.Alias
		switch n := m.(type) {
		case *pg_query.RangeVar:
			q := entry(n.GetRelname())
			if n.GetAlias() != nil {
				q = entry(n.GetAlias().GetAliasname())
			}
			rel := w.lookUp(n)
			if rel == nil || len(n.GetAlias().GetColnames()) > 0 || n.GetSchemaname() == "" && ctes[n.GetRelname()] {
				q.uncertain = true
			} else {
				q.relations[rel] = true
			}
			return
		case *pg_query.RangeSubselect:
			alias = n.GetAlias()
		case *pg_query.RangeFunction:
			if alias = n.GetAlias(); alias == nil {
				entry(unnamedItem).uncertain = true
			}
		case *pg_query.RangeTableFunc:
			if alias = n.GetAlias(); alias == nil {
				entry(unnamedItem).uncertain = true
			}
		case *pg_query.JoinExpr:
			alias = n.GetAlias()
			if using := n.GetJoinUsingAlias(); using != nil {
				entry(using.GetAliasname()).uncertain = true
			}
		}
		if alias != nil {
			entry(alias.GetAliasname()).uncertain = true
		}
	})
	return all
}
