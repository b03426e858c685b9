package rewrite

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
)

// cteScope holds the common table expressions that an unqualified name in FROM
// may mean (scanNameSpaceForCTE in parse_relation.c). An inner one only hides
// an outer one of the same name, so counting them is enough.
type cteScope struct {
	names  []string
	counts map[string]int
}

func (s *cteScope) has(name string) bool { return s.counts[name] > 0 }

func (s *cteScope) add(name string) {
	if s.counts == nil {
		s.counts = make(map[string]int)
	}
	s.names = append(s.names, name)
	s.counts[name]++
}

// leave ends the scopes that began when there were n names.
func (s *cteScope) leave(n int) {
	for _, name := range s.names[n:] {
		s.counts[name]--
	}
	s.names = s.names[:n]
}

// with analyses a WITH clause and puts its names into scope; the caller
// restores the scope. In a plain WITH a query sees those before it, in WITH
// RECURSIVE all of them, itself included (transformWithClause in parse_cte.c).
func (w *walker) with(clause *pg_query.WithClause) *Refusal {
	if clause == nil {
		return nil
	}
	expressions := make([]*pg_query.CommonTableExpr, 0, len(clause.GetCtes()))
	for _, n := range clause.GetCtes() {
		cte := n.GetCommonTableExpr()
		if cte == nil {
			return refuse(RuleNodeUnknown, "WithClause", "", "WITH holds something that is not known here")
		}
		expressions = append(expressions, cte)
	}
	if clause.GetRecursive() {
		for _, cte := range expressions {
			w.ctes.add(cte.GetCtename())
		}
	}
	for _, cte := range expressions {
		if r := w.children(cte.ProtoReflect()); r != nil {
			return r
		}
		if !clause.GetRecursive() {
			w.ctes.add(cte.GetCtename())
		}
	}
	return nil
}

func (w *walker) selectStmt(n *pg_query.SelectStmt) *Refusal {
	if into := n.GetIntoClause(); into != nil {
		if r := w.into(into, refuse(RuleStatementSelInto, "", "Use INSERT … SELECT into a table that has row-level security.",
			"SELECT INTO is not allowed")); r != nil {
			return r
		}
	}
	defer w.ctes.leave(len(w.ctes.names))
	if r := w.with(n.GetWithClause()); r != nil {
		return r
	}
	if settings := w.readsSettings(n); settings != nil {
		w.settingsRead = settings
	}
	if len(n.GetLockingClause()) > 0 {
		if r := w.tolerate(w.locks(n)); r != nil {
			return r
		}
	}
	if r := w.children(n.ProtoReflect(), "with_clause", "into_clause"); r != nil {
		return r
	}
	// Values of any type come from functions, operators and constants too.
	return w.c.implicit
}

// locks judges FOR UPDATE and its kin, which write to the rows that they lock:
// what all tenants share may not be locked by one.
func (w *walker) locks(n *pg_query.SelectStmt) *Refusal {
	of := make(map[string]bool)
	all := false
	for _, item := range n.GetLockingClause() {
		relations := item.GetLockingClause().GetLockedRels()
		all = all || len(relations) == 0
		for _, ref := range relations {
			of[ref.GetRangeVar().GetRelname()] = true
		}
	}
	locked := func(alias *pg_query.Alias, name string) bool {
		if alias != nil {
			name = alias.GetAliasname()
		}
		return all || of[name]
	}
	for _, item := range n.GetFromClause() {
		if r := w.lockedItem(item, locked); r != nil {
			return r
		}
	}
	return nil
}

// lockedItem judges one item of FROM. A lock on a sub-select is one on all that
// is in its FROM (transformLockingClause in analyze.c).
func (w *walker) lockedItem(item *pg_query.Node, locked func(alias *pg_query.Alias, name string) bool) *Refusal {
	switch {
	case item.GetJoinExpr() != nil:
		if r := w.lockedItem(item.GetJoinExpr().GetLarg(), locked); r != nil {
			return r
		}
		return w.lockedItem(item.GetJoinExpr().GetRarg(), locked)
	case item.GetRangeVar() != nil:
		ref := item.GetRangeVar()
		if !locked(ref.GetAlias(), ref.GetRelname()) {
			return nil
		}
		return w.lockedRelation(ref)
	case item.GetRangeSubselect() != nil && locked(item.GetRangeSubselect().GetAlias(), ""):
		var refusal *Refusal
		everyMessage(item.ProtoReflect(), func(m proto.Message) {
			if ref, ok := m.(*pg_query.RangeVar); ok && refusal == nil {
				refusal = w.lockedRelation(ref)
			}
		})
		return refusal
	}
	return nil
}

func (w *walker) lockedRelation(ref *pg_query.RangeVar) *Refusal {
	rel := w.lookUp(ref)
	if rel == nil || w.isCTE(ref) { // what is unknown is refused where it is read
		return nil
	}
	if p := w.protection(rel); !p.readable || p.protected {
		return nil
	}
	return refuse(RuleRelationShared, rel.String(), "Leave FOR UPDATE or FOR SHARE out, or say OF which relations.",
		"rows of relation \"%s\", which all tenants share, may not be locked", rel)
}

func (w *walker) insertStmt(n *pg_query.InsertStmt) *Refusal {
	conflict := n.GetOnConflictClause()
	if conflict.GetAction() == pg_query.OnConflictAction_ONCONFLICT_UPDATE && !fixedOnConflict(w.c.snap.ServerVersion) {
		rel, r := w.resolve(n.GetRelation())
		if r == nil && (conflict.GetWhereClause() != nil || rel.Kind != 'r' && rel.Kind != 'p') {
			if r := w.tolerate(refuse(RuleStatementConflict, rel.String(),
				"Update the server to 14.25, 15.20, 16.16, 17.12, 18.7 or later.",
				"INSERT … ON CONFLICT DO UPDATE with WHERE, or through a view, is not allowed on this server")); r != nil {
				return r
			}
		}
	}
	return w.dml(n, n.GetRelation(), n.GetWithClause())
}

// fixedOnConflict tells whether a server, by server_version_num, has the fixes
// of CVE-2026-120154 and CVE-2026-16237.
func fixedOnConflict(version int) bool {
	switch version / 10000 {
	case 14:
		return version >= 140025
	case 15:
		return version >= 150020
	case 16:
		return version >= 160016
	case 17:
		return version >= 170012
	case 18:
		return version >= 180007
	}
	return version >= 190000
}

// dml analyses INSERT, UPDATE, DELETE and MERGE. The target is looked up in
// the catalog alone: a common table expression cannot be one.
func (w *walker) dml(n proto.Message, target *pg_query.RangeVar, with *pg_query.WithClause) *Refusal {
	defer w.ctes.leave(len(w.ctes.names))
	if r := w.with(with); r != nil {
		return r
	}
	if r := w.target(target); r != nil {
		return r
	}
	return w.children(n.ProtoReflect(), "with_clause", "relation")
}

// tableSample allows the two built-in methods; others are functions.
func (w *walker) tableSample(n *pg_query.RangeTableSample) *Refusal {
	parts, ok := nameParts(n.GetMethod())
	if ok && len(parts) == 2 && parts[0] == systemSchema {
		parts = parts[1:]
	}
	if !ok || len(parts) != 1 || parts[0] != "bernoulli" && parts[0] != "system" {
		return refuse(RuleSample, "", "", "TABLESAMPLE is allowed with BERNOULLI and SYSTEM only")
	}
	for _, schema := range w.path {
		if f := w.c.functionIn(schema, parts[0]); schema != systemSchema && len(f) > 0 {
			return refuse(RuleSample, f[0].String(), "", "TABLESAMPLE method %s is not the built-in one", f[0])
		}
	}
	return w.children(n.ProtoReflect(), "method")
}
