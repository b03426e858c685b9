package rewrite

import (
	"fmt"
	"slices"
	"sort"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"tenantproxy/internal/catalog"
)

// protection is what is known of a relation as seen by the role that reads it.
// The zero value refuses.
type protection struct {
	// readable tells that a tenant may read it.
	readable bool
	// protected tells that row-level security keeps the tenants apart in it,
	// so that it may be written too.
	protected bool
	// settings tells of a view that shows pg_settings, so that an UPDATE of it is
	// a SET.
	settings bool
	// bound tells of a view that calls functions that pass by their bodies, with
	// the session's search_path.
	bound bool
	// refusal is set when it is not readable.
	refusal *Refusal
}

// RelationVerdict is a relation with what Check says about it.
type RelationVerdict struct {
	// Relation is the snapshot's; it must not be changed.
	Relation *catalog.Relation
	// Readable tells that a tenant may read it, Protected that row-level
	// security keeps the tenants apart, so that a tenant may write it too. A
	// relation of policy.allow_relations is readable and not protected.
	Readable, Protected bool
	// Refusal says why it is not readable.
	Refusal *Refusal
}

// Relations gives every table, view, materialized view, foreign table and
// sequence outside the system schemas with its verdict, ordered by name, for
// the log at start and the status page.
func (c *Checker) Relations() []RelationVerdict {
	var relations []*catalog.Relation
	for _, rel := range c.snap.Relations {
		if !rel.IsSystem() && rel.Kind != catalog.CompositeType {
			relations = append(relations, rel)
		}
	}
	sortByName(relations)
	verdicts := make([]RelationVerdict, len(relations))
	for i, rel := range relations {
		p := c.protectionFor(rel)
		verdicts[i] = RelationVerdict{rel, p.readable, p.protected, p.refusal}
	}
	return verdicts
}

func sortByName(relations []*catalog.Relation) {
	sort.Slice(relations, func(i, j int) bool {
		a, b := relations[i].Name, relations[j].Name
		if a.Schema != b.Schema {
			return a.Schema < b.Schema
		}
		return a.Name < b.Name
	})
}

// protectionFor is the protection of a relation that a client's text names.
func (c *Checker) protectionFor(rel *catalog.Relation) protection {
	if !rel.IsSystem() && !c.allowRelations[rel.Name] && !c.schemaAllowed(rel.Schema) {
		return protection{refusal: refuse(RuleRelationSchema, rel.String(),
			fmt.Sprintf("Add %s to policy.schemas, or %s to policy.allow_relations.", rel.Schema, quoteName(rel.Name)),
			"schema of relation \"%s\" is not one of those that tenants may use", rel)}
	}
	return c.protection(rel, nil)
}

func (c *Checker) schemaAllowed(schema string) bool {
	for _, s := range c.policy.Schemas {
		if s == schema {
			return true
		}
	}
	return false
}

// protection is the protection of a relation that is read by a client (view is
// nil) or by the definition of a view.
func (c *Checker) protection(rel, view *catalog.Relation) protection {
	p := c.ownProtection(rel, view)
	if !p.readable && c.allowRelations[rel.Name] {
		return protection{readable: true, settings: p.settings}
	}
	return p
}

func (c *Checker) ownProtection(rel, view *catalog.Relation) protection {
	if rel.IsSystem() {
		return catalogProtection(rel)
	}
	switch rel.Kind {
	case catalog.Table, catalog.PartitionedTable:
		if r := c.tableRefusal(rel, view); r != nil {
			return protection{refusal: r}
		}
		return protection{readable: true, protected: true}
	case catalog.View:
		return c.viewProtection(rel)
	case catalog.Sequence:
		return protection{refusal: refuse(RuleRelationSequence, rel.String(), "Use nextval or currval.",
			"sequence \"%s\" may not be read as a relation", rel)}
	}
	return protection{refusal: refuse(RuleRelationKind, rel.String(), allowRelationHint(rel),
		"%s \"%s\" has no row-level security", kindName(rel.Kind), rel)}
}

// tableRefusal says why row-level security does not keep a table's rows apart
// for the role that reads it (check_enable_rls in rls.c); nil if it does. A
// partition or inheritance child counts by itself, not by its parent.
func (c *Checker) tableRefusal(rel, view *catalog.Relation) *Refusal {
	name := quoteName(rel.Name)
	if !rel.RLSEnabled {
		return refuse(RuleRelationRLS, rel.String(),
			fmt.Sprintf("ALTER TABLE %s ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.", name),
			"relation \"%s\" does not have row-level security", rel)
	}
	if view != nil && !view.SecurityInvoker {
		// Whether the owner is a member of the table's owner is not in the
		// snapshot, so only FORCE is proof.
		if view.OwnerBypassesRLS || !rel.RLSForced {
			return refuse(RuleViewOwner, view.String(),
				fmt.Sprintf("ALTER VIEW %s SET (security_invoker = true), or have a view owner without BYPASSRLS and ALTER TABLE %s FORCE ROW LEVEL SECURITY.", quoteName(view.Name), name),
				"view \"%s\" reads \"%s\" as its owner, who is not subject to row-level security there", view, rel)
		}
		return nil
	}
	if role := c.snap.Role; role.Superuser || role.BypassRLS {
		return refuse(RuleRelationBypass, rel.String(), "Connect upstream with a role that has neither SUPERUSER nor BYPASSRLS.",
			"row-level security of relation \"%s\" does not apply to the upstream role", rel)
	}
	if rel.RoleIsOwner && !rel.RLSForced {
		return refuse(RuleRelationOwner, rel.String(),
			fmt.Sprintf("ALTER TABLE %s FORCE ROW LEVEL SECURITY, or let another role own it.", name),
			"row-level security of relation \"%s\" is not forced on the upstream role, which owns it", rel)
	}
	return nil
}

func catalogProtection(rel *catalog.Relation) protection {
	name := rel.Name.Name
	if rel.Schema == informationSchema {
		if readableInformationSchema(name) {
			return protection{readable: true}
		}
		return protection{refusal: refuse(RuleCatalog, rel.String(), allowRelationHint(rel),
			"catalog relation \"%s\" is not on the list of readable ones", rel)}
	}
	if readableCatalog(name) {
		return protection{readable: true}
	}
	reason, _ := refusedCatalog(name)
	return protection{refusal: refuse(RuleCatalog, rel.String(), allowRelationHint(rel),
		"catalog relation \"%s\" is not readable by tenants: it %s", rel, reason)}
}

func allowRelationHint(rel *catalog.Relation) string {
	return fmt.Sprintf("Add %s to policy.allow_relations if all tenants may see it.", quoteName(rel.Name))
}

func kindName(kind catalog.RelKind) string {
	switch kind {
	case catalog.MaterializedView:
		return "materialized view"
	case catalog.ForeignTable:
		return "foreign table"
	case catalog.CompositeType:
		return "composite type"
	case catalog.Index, catalog.PartitionedIndex:
		return "index"
	}
	return "relation"
}

// judgeViews analyses all views once, so that Check only looks them up.
func (c *Checker) judgeViews() {
	var views []*catalog.Relation
	for _, rel := range c.snap.Relations {
		if rel.Kind == catalog.View && !rel.IsSystem() {
			views = append(views, rel)
		}
	}
	sortByName(views)
	for _, view := range views {
		c.viewProtection(view)
	}
}

// viewProtection analyses the definition of a view as if it were a text, with
// what lies below judged for the role that the view reads it as. Only New may
// let it reach a view that has not been judged yet.
func (c *Checker) viewProtection(view *catalog.Relation) protection {
	if p, done := c.views[view.OID]; done {
		return p
	}
	// A view that is met again below itself finds this.
	c.views[view.OID] = protection{refusal: viewRefusal(view, "its definition names itself")}
	p := c.analyseView(view)
	c.views[view.OID] = p
	return p
}

func (c *Checker) analyseView(view *catalog.Relation) protection {
	empty, refusal := prescan(view.Definition, len(view.Definition))
	if empty || refusal != nil {
		return protection{refusal: viewRefusal(view, "its definition could not be read")}
	}
	statements, refusal := parse(view.Definition, c.snap.ServerVersion)
	if refusal != nil || len(statements) != 1 || statements[0].GetStmt().GetSelectStmt() == nil {
		return protection{refusal: viewRefusal(view, "its definition could not be read")}
	}
	root := statements[0].GetStmt()
	w := &walker{c: c, v: &Verdict{}, path: []string{systemSchema}, view: view, deparsed: true, root: root}
	r := w.node(root)
	if r == nil && len(w.v.Reported) > 0 {
		r = &w.v.Reported[0]
	}
	if r != nil {
		if r.Object != view.String() {
			below := *r
			below.Message = fmt.Sprintf("view \"%s\" is not allowed: %s", view, r.Message)
			below.SQLSTATE = "42501"
			r = &below
		}
		return protection{refusal: r, settings: w.settings}
	}
	return protection{readable: true, protected: !w.unprotected, settings: w.settings, bound: w.bound}
}

func viewRefusal(view *catalog.Relation, why string) *Refusal {
	return refuse(RuleViewAnalysis, view.String(), allowRelationHint(view), "view \"%s\" is not allowed: %s", view, why)
}

// rangeVar judges a relation that is read.
func (w *walker) rangeVar(n *pg_query.RangeVar) *Refusal {
	if w.isCTE(n) {
		return nil
	}
	if w.isTemporary(n) {
		return w.temporary(n)
	}
	rel, r := w.resolve(n)
	if r != nil {
		if r := w.tolerate(r); r != nil {
			return r
		}
		return w.c.implicit
	}
	w.reaches = true
	if !rel.IsSystem() && w.c.implicit != nil {
		return w.c.implicit
	}
	return w.tolerate(w.read(n, rel))
}

// read judges a relation that a name was found to mean.
func (w *walker) read(n *pg_query.RangeVar, rel *catalog.Relation) *Refusal {
	p := w.protection(rel)
	w.settings = w.settings || p.settings || rel.Name == settingsView()
	if n == w.settingsRead {
		return nil
	}
	if !p.readable {
		return p.refusal
	}
	if !p.protected && !rel.IsSystem() {
		w.unprotected = true
	}
	if rel.Schema == systemSchema {
		if column := hiddenColumn(rel.Name.Name); column != "" && w.mayShow(n, column) {
			return refuse(RuleCatalog, rel.String(), "Name the columns that you need.",
				"column \"%s\" of catalog relation \"%s\" is not readable by tenants: it holds settings stored for roles", column, rel)
		}
	}
	return nil
}

// target judges a relation that is written.
func (w *walker) target(n *pg_query.RangeVar) *Refusal {
	if w.isTemporary(n) {
		return w.temporary(n)
	}
	rel, r := w.resolve(n)
	if r != nil {
		if r := w.tolerate(r); r != nil {
			return r
		}
		return w.c.implicit
	}
	w.reaches = true
	if rel.IsSystem() {
		return refuse(RuleCatalogWrite, rel.String(), "", "catalog relation \"%s\" may not be written", rel)
	}
	if w.c.implicit != nil {
		return w.c.implicit
	}
	return w.tolerate(w.write(rel))
}

// write judges a relation outside the catalogs that is written.
func (w *walker) write(rel *catalog.Relation) *Refusal {
	p := w.protection(rel)
	if p.settings {
		return refuse(RuleCatalogWrite, rel.String(), "Use SET.", "view \"%s\" shows pg_settings and may not be written", rel)
	}
	if !p.readable {
		return p.refusal
	}
	if rel.HasRules {
		return refuse(RuleStatementOverRules, rel.String(), "Replace the rule by a trigger.",
			"relation \"%s\" has rewrite rules and may not be written", rel)
	}
	if !p.protected {
		return refuse(RuleRelationShared, rel.String(),
			fmt.Sprintf("ALTER TABLE %s ENABLE ROW LEVEL SECURITY and give it a policy for what tenants may write.", quoteName(rel.Name)),
			"relation \"%s\" is shared by all tenants and may only be read", rel)
	}
	return nil
}

func (w *walker) protection(rel *catalog.Relation) protection {
	if w.view != nil {
		p := w.c.protection(rel, w.view)
		w.bound = w.bound || p.bound
		return p
	}
	p := w.c.protectionFor(rel)
	if p.bound && !slices.Equal(w.runtimePath(), w.c.path) {
		return protection{refusal: viewRefusal(rel, "it calls functions, which would run with another search_path here")}
	}
	return p
}

// resolve finds the relation that Postgres will find.
func (w *walker) resolve(n *pg_query.RangeVar) (*catalog.Relation, *Refusal) {
	name := catalog.Name{Schema: n.GetSchemaname(), Name: n.GetRelname()}
	if db := n.GetCatalogname(); db != "" && db != w.c.snap.Database {
		return nil, refuse(RuleRelationDatabase, name.String(), "",
			"cross-database references are not implemented: \"%s.%s\"", db, name)
	}
	if isTempSchema(name.Schema) {
		return nil, refuse(RuleRelationTemp, name.String(), "", "relation \"%s\" is not reachable by name", name)
	}
	if rel := w.lookUp(n); rel != nil {
		return rel, nil
	}
	shown := name.Name
	if name.Schema != "" {
		shown = name.String()
	}
	return nil, w.unknownRelation(name.Name, shown)
}

func (w *walker) isCTE(n *pg_query.RangeVar) bool {
	return n.GetSchemaname() == "" && n.GetCatalogname() == "" && w.ctes.has(n.GetRelname())
}

// lookUp gives the relation in the snapshot that a name means, or nil.
func (w *walker) lookUp(n *pg_query.RangeVar) *catalog.Relation {
	schemas := w.path
	if schema := n.GetSchemaname(); schema != "" {
		schemas = []string{schema}
	}
	for _, schema := range schemas {
		if rel := w.c.snap.Relations[catalog.Name{Schema: schema, Name: n.GetRelname()}]; rel != nil {
			return rel
		}
	}
	return nil
}

// unknownRelation answers as Postgres does when no schema has a relation of
// that name, so that the error tells the truth and nothing more.
func (w *walker) unknownRelation(name, shown string) *Refusal {
	w.v.UnknownRelation = true
	if !w.c.relationNames[name] {
		return &Refusal{
			Rule:     RuleRelationUnknown,
			SQLSTATE: "42P01",
			Message:  fmt.Sprintf("relation \"%s\" does not exist", shown),
			Detail:   "rule: " + string(RuleRelationUnknown),
			Object:   shown,
		}
	}
	return refuse(RuleRelationUnknown, shown, "A relation of that name is in another schema: qualify it, or see policy.schemas.",
		"relation \"%s\" is not known", shown)
}
