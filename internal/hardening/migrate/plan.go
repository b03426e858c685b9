// Package migrate writes the migration that closes what is open in a schema of many
// tenants, and its rollback, and applies it. What is to be done follows from the state
// of the database alone: a second run has nothing to do, and one after a failure has
// the rest.
//
// No step makes a table more open than it was, and the rollback goes through the same
// states backwards.
package migrate

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"tenantproxy/internal/hardening/audit"
	"tenantproxy/internal/hardening/schema"
	"tenantproxy/internal/hardening/seal"
)

// Step is one change: a transaction, or a statement that runs outside of one.
type Step struct {
	// Object is what it changes, Why what for.
	Object, Why string
	// Up makes the change, Down undoes it; empty: there is nothing to undo.
	Up, Down string
	// Alone tells that neither may run in a transaction (CREATE INDEX CONCURRENTLY).
	Alone bool
}

// Plan is what there is to do.
type Plan struct {
	Steps []Step
	// Notes are what stays open, and why.
	Notes []Note
}

// Note is something that the plan leaves to people.
type Note struct {
	Text string
	// Consider is SQL that would mend it, or a sentence, or empty. It is left to people
	// because something may need what it takes away.
	Consider string
}

// Options say what tenants look like. The tables that count are those of
// Tenancy.Schemas.
type Options struct {
	Schema *schema.Schema
	audit.Tenancy
	// Org gives the session's org as SQL, as a sub-select, in a column's type.
	Org func(columnType string) string
	// Sealed tells that Org is the sealed org: policies of an earlier plan are changed to
	// ask for it too.
	Sealed bool
	// KeepTemporary leaves the privilege to make temporary tables.
	KeepTemporary bool
	// Before are steps to begin with: what Org needs, and the notification of
	// schema changes.
	Before []Step
}

// SettingOrg is the Org of policies that read the setting.
func SettingOrg(setting string) func(columnType string) string {
	return func(columnType string) string {
		return "(SELECT nullif(current_setting(" + schema.Literal(setting) + ", true), '')::" + columnType + ")"
	}
}

// Names of what the migration makes. Names of policies and constraints are a table's
// own.
const (
	tenantPolicy  = "tenantproxy_org"
	floorPolicy   = "tenantproxy_floor"
	notNullCheck  = "tenantproxy_not_null"
	tenantForeign = "tenantproxy_org_fkey"
)

// planner makes one Plan.
type planner struct {
	Options
	plan    *Plan
	tenants *schema.Relation
	key     *schema.Column // of tenants
	// found are audit's findings about the catalogs: check and object.
	found map[[2]string]bool
	// effective are the roles whose privileges the upstream role has.
	effective map[uint32]bool
	// admin are those whose privileges the administrator has.
	admin map[uint32]bool
	// invokers are the views that are planned to run as whoever asks.
	invokers map[*schema.Relation]bool
}

// Make makes the plan for the schema as it was read.
func Make(o Options) *Plan {
	p := &planner{Options: o, plan: &Plan{Steps: slices.Clone(o.Before)}, found: make(map[[2]string]bool),
		effective: o.Schema.Effective(o.Schema.App.OID), admin: o.Schema.Effective(o.Schema.Admin.OID), invokers: make(map[*schema.Relation]bool)}
	for _, f := range audit.Catalog(o.Schema, o.Tenancy) {
		p.found[[2]string{f.Check, f.Object}] = true
		if !p.mends(f) {
			p.consider(f.Check+": "+f.Message, f.Fix)
		}
	}
	p.tenants = o.Schema.ByName[o.Table]
	if p.tenants == nil {
		p.note("%s, the tenants' own table, does not exist: no foreign keys are made", o.Table)
	} else if key := p.tenants.PrimaryKey(); key != nil && len(key.Columns) == 1 {
		p.key = p.tenants.ColumnAt(key.Columns[0])
	}
	// Constraints first: an owner on whom row-level security is forced could not
	// validate a foreign key, since it would not see the orgs.
	for _, part := range []func(*schema.Relation, *schema.Column){p.constraints, p.policies} {
		for r := range o.Schema.Tables() {
			if slices.Contains(o.Schemas, r.Schema) && r.Extension == "" && !o.Shared[r.Name] {
				if column := p.column(r); column != nil {
					part(r, column)
				}
			}
		}
	}
	p.privileges()
	for _, r := range o.Schema.Sorted() {
		if p.found[[2]string{"V-INV", schema.QuoteName(r.Name)}] {
			p.view(r)
		}
	}
	return p.plan
}

// mends tells whether a finding is one that the plan is about. Where it can do nothing
// about one of these all the same, such as a table without the tenant column, another
// finding or a note says why.
func (p *planner) mends(f audit.Finding) bool {
	return slices.Contains([]string{
		"C-NN", "C-FK", "C-IDX", "T-OFF", "T-DORMANT", "T-CHILD", "T-FORCE", "T-CMD", "P-TRUE", "P-ROOT", "P-NULLOPEN", "V-INV", "G-PRIV",
	}, f.Check) || f.Check == "P-ROLE" && p.restricts(f.Object)
}

func (p *planner) note(format string, args ...any) {
	p.consider(fmt.Sprintf(format, args...), "")
}

func (p *planner) consider(text, sql string) {
	p.plan.Notes = append(p.plan.Notes, Note{text, sql})
}

func (p *planner) step(r *schema.Relation, why, up, down string) {
	p.plan.Steps = append(p.plan.Steps, Step{Object: schema.QuoteName(r.Name), Why: why, Up: up, Down: down})
}

// column gives the tenant column of a table, or nil.
func (p *planner) column(r *schema.Relation) *schema.Column {
	if r == p.tenants {
		return p.key
	}
	return r.Column(p.Column)
}

// constraints plans what holds the tenant column together.
func (p *planner) constraints(r *schema.Relation, column *schema.Column) {
	if r != p.tenants && len(r.Parents) == 0 {
		p.index(r, column)
		p.notNull(r, column)
		p.foreignKey(r, column)
	}
}

// policies: the floor and the tenant's policy come before what opens nothing any more
// goes, and row-level security is switched on when they are there.
func (p *planner) policies(r *schema.Relation, column *schema.Column) {
	table := schema.QuoteName(r.Name)
	same := schema.Ident(column.Name) + " = " + p.Org(column.Type)
	permissive, floor := false, false
	for _, policy := range r.Policies {
		if policy.Unread {
			p.note("the policies of %s could not be read, because of a lock", table)
			return
		}
		permissive = permissive || policy.Permissive
		floor = floor || !policy.Permissive && policy.Name == floorPolicy
	}
	create := func(name, kind string) {
		p.step(r, "rows of the session's org only", "CREATE POLICY "+name+" ON "+table+kind+" FOR ALL TO PUBLIC USING ("+same+") WITH CHECK ("+same+")",
			"DROP POLICY "+name+" ON "+table)
	}
	if !floor {
		create(floorPolicy, " AS RESTRICTIVE")
	}
	switch {
	case permissive:
	case r.RLSEnabled: // it shows nothing now, and a policy would open it
		p.note("%s has row-level security and no permissive policy: nobody but who escapes it sees its rows", table)
	default:
		create(tenantPolicy, "")
	}
	for _, policy := range r.Policies {
		p.seal(r, policy, same)
		p.narrow(r, policy, same)
		p.widen(r, policy)
	}
	if !r.RLSForced {
		p.step(r, "policies for the owner too", "ALTER TABLE "+table+" FORCE ROW LEVEL SECURITY", "ALTER TABLE "+table+" NO FORCE ROW LEVEL SECURITY")
	}
	if !r.RLSEnabled {
		p.step(r, "row-level security", "ALTER TABLE "+table+" ENABLE ROW LEVEL SECURITY", "ALTER TABLE "+table+" DISABLE ROW LEVEL SECURITY")
	}
}

// seal has a policy of an earlier plan, which believes the setting, ask for the sealed org.
func (p *planner) seal(r *schema.Relation, policy *schema.Policy, same string) {
	if !p.Sealed || policy.Name != floorPolicy && policy.Name != tenantPolicy || strings.Contains(policy.Using, seal.Function) {
		return
	}
	alter := "ALTER POLICY " + policy.Name + " ON " + schema.QuoteName(r.Name)
	p.step(r, "a policy that asks for the sealed org", alter+" USING ("+same+") WITH CHECK ("+same+")", alter+" USING ("+policy.Using+") WITH CHECK ("+policy.EffectiveCheck()+")")
}

// narrow ties a policy that lets any row pass to the org as well, in place: the
// command, the roles and what else it asks stay, so that nothing is allowed that was
// not. A restrictive policy, such as the floor, can be removed by somebody later.
func (p *planner) narrow(r *schema.Relation, policy *schema.Policy, same string) {
	object := schema.QuoteName(r.Name) + "." + schema.Ident(policy.Name)
	if !slices.ContainsFunc([]string{"P-TRUE", "P-ROOT", "P-NULLOPEN"}, func(check string) bool { return p.found[[2]string{check, object}] }) {
		return
	}
	var up, down string
	for _, part := range []struct {
		there            bool
		text, expression string
	}{{policy.HasUsing, " USING ", policy.Using}, {policy.HasCheck, " WITH CHECK ", policy.Check}} {
		if !part.there {
			continue
		}
		narrowed := "(" + part.expression + ") AND " + same
		if strings.Trim(part.expression, "() ") == "true" {
			narrowed = same
		}
		up += part.text + "(" + narrowed + ")"
		down += part.text + "(" + part.expression + ")"
	}
	alter := "ALTER POLICY " + schema.Ident(policy.Name) + " ON " + schema.QuoteName(r.Name)
	p.step(r, "a policy that let any org pass", alter+up, alter+down)
}

// restricts tells whether an object is a restrictive policy that ties rows to the tenant:
// it may be for all roles. Another one may be meant for some on purpose.
func (p *planner) restricts(object string) bool {
	for r := range p.Schema.Tables() {
		for _, policy := range r.Policies {
			if schema.QuoteName(r.Name)+"."+schema.Ident(policy.Name) == object {
				return audit.Ties(p.Schema, p.Tenancy, policy)
			}
		}
	}
	return false
}

// widen has a floor of somebody else's be one for all roles.
func (p *planner) widen(r *schema.Relation, policy *schema.Policy) {
	object := schema.QuoteName(r.Name) + "." + schema.Ident(policy.Name)
	if !p.found[[2]string{"P-ROLE", object}] || !p.restricts(object) {
		return
	}
	var roles []string
	for _, oid := range policy.Roles {
		roles = append(roles, p.roleName(oid))
	}
	alter := "ALTER POLICY " + schema.Ident(policy.Name) + " ON " + schema.QuoteName(r.Name) + " TO "
	p.step(r, "a floor for all roles", alter+"PUBLIC", alter+strings.Join(roles, ", "))
}

// indexName is a name that no other table's index gets.
func indexName(r *schema.Relation, column string) string {
	h := fnv.New32a()
	h.Write([]byte(r.Schema + "." + r.Name.Name + "." + column))
	return fmt.Sprintf("tenantproxy_%08x_idx", h.Sum32())
}
