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

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/hardening/schema"
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
	Notes []string
}

// Options say what tenants look like.
type Options struct {
	Schema *schema.Schema
	// Schemas are the schemas of tenants, Column the tenant column, Table the
	// tenants' own table, Shared the tables that have no tenant on purpose.
	Schemas []string
	Column  string
	Table   catalog.Name
	Shared  map[catalog.Name]bool
	// Org gives the session's org as SQL, as a sub-select, in a column's type.
	Org func(columnType string) string
	// Before are steps to begin with: what Org needs, and the notification of
	// schema changes.
	Before []Step
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
}

// Make makes the plan for the schema as it was read.
func Make(o Options) *Plan {
	p := &planner{Options: o, plan: &Plan{Steps: slices.Clone(o.Before)}}
	p.tenants = o.Schema.ByName[o.Table]
	if p.tenants == nil {
		p.note("%s, the tenants' own table, does not exist: no foreign keys are made", o.Table)
	} else if key := p.tenants.PrimaryKey(); key != nil && len(key.Columns) == 1 {
		p.key = p.tenants.ColumnAt(key.Columns[0])
	}
	// Constraints first: an owner on whom row-level security is forced could not
	// validate a foreign key, since it would not see the orgs.
	for _, part := range []func(*schema.Relation, *schema.Column){p.constraints, p.policies, p.revoke} {
		for r := range o.Schema.Tables() {
			if slices.Contains(o.Schemas, r.Schema) && r.Extension == "" && !o.Shared[r.Name] {
				if column := p.column(r); column != nil {
					part(r, column)
				}
			}
		}
	}
	p.withoutColumn()
	for _, r := range o.Schema.Sorted() {
		if slices.Contains(o.Schemas, r.Schema) && r.Kind == catalog.View && r.Extension == "" && r.App.Any() {
			p.view(r)
		}
	}
	return p.plan
}

func (p *planner) note(format string, args ...any) {
	p.plan.Notes = append(p.plan.Notes, fmt.Sprintf(format, args...))
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

// withoutColumn notes the tables that nothing can be done for.
func (p *planner) withoutColumn() {
	for r := range p.Schema.Tables() {
		if slices.Contains(p.Schemas, r.Schema) && r.Extension == "" && !p.Shared[r.Name] && p.column(r) == nil && r.App.Any() && !r.RLSEnabled {
			p.note("%s has no column %s and no row-level security, and the upstream role may use it: give it the column, list it in policy.allow_relations, or revoke", schema.QuoteName(r.Name), p.Column)
		}
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
		p.always(r, policy, same)
	}
	if !r.RLSForced {
		p.step(r, "policies for the owner too", "ALTER TABLE "+table+" FORCE ROW LEVEL SECURITY", "ALTER TABLE "+table+" NO FORCE ROW LEVEL SECURITY")
	}
	if !r.RLSEnabled {
		p.step(r, "row-level security", "ALTER TABLE "+table+" ENABLE ROW LEVEL SECURITY", "ALTER TABLE "+table+" DISABLE ROW LEVEL SECURITY")
	}
}

// always replaces what is always true in a policy. The command and the roles stay, so
// that nothing is allowed that was not.
func (p *planner) always(r *schema.Relation, policy *schema.Policy, same string) {
	var up, down string
	for _, part := range []struct {
		there            bool
		text, expression string
	}{{policy.HasUsing, " USING ", policy.Using}, {policy.HasCheck, " WITH CHECK ", policy.Check}} {
		if policy.Permissive && part.there && isTrue(part.expression) {
			up += part.text + "(" + same + ")"
			down += part.text + "(" + part.expression + ")"
		}
	}
	if up != "" {
		alter := "ALTER POLICY " + schema.Ident(policy.Name) + " ON " + schema.QuoteName(r.Name)
		p.step(r, "a policy that was always true", alter+up, alter+down)
	}
}

// isTrue tells of an expression that is the constant.
func isTrue(expression string) bool { return strings.Trim(expression, "() ") == "true" }

// revoke takes what side-steps policies away from the upstream role.
func (p *planner) revoke(r *schema.Relation, _ *schema.Column) {
	for _, g := range r.Grants {
		if g.Grantee == p.Schema.App.OID && g.Column == 0 && slices.Contains([]string{"TRUNCATE", "REFERENCES", "TRIGGER"}, g.Privilege) && g.Grantee != r.Owner {
			role, table := schema.Ident(p.Schema.App.Name), schema.QuoteName(r.Name)
			grant := "GRANT " + g.Privilege + " ON " + table + " TO " + role
			if g.Grantable {
				grant += " WITH GRANT OPTION"
			}
			p.step(r, "a privilege that policies do not limit", "REVOKE "+g.Privilege+" ON "+table+" FROM "+role, grant)
		}
	}
}

// view has a view run as whoever asks.
func (p *planner) view(r *schema.Relation) {
	if r.SecurityInvoker {
		return
	}
	view := schema.QuoteName(r.Name)
	if p.Schema.Server.Version < 150000 {
		p.note("view %s runs as %s: this server has no security_invoker", view, p.Schema.RoleName(r.Owner))
		return
	}
	p.step(r, "policies for whoever asks, not for the view's owner", "ALTER VIEW "+view+" SET (security_invoker = true)", "ALTER VIEW "+view+" RESET (security_invoker)")
}

// indexName is a name that no other table's index gets.
func indexName(r *schema.Relation, column string) string {
	h := fnv.New32a()
	h.Write([]byte(r.Schema + "." + r.Name.Name + "." + column))
	return fmt.Sprintf("tenantproxy_%08x_idx", h.Sum32())
}
