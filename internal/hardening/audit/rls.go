package audit

import (
	"fmt"
	"slices"
	"strings"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/hardening/schema"
)

// rowSecurity is family T: whether row-level security holds at all.
func (r *run) rowSecurity() {
	for _, rel := range r.s.Sorted() {
		if (rel.Kind == catalog.MaterializedView || rel.Kind == catalog.ForeignTable) && rel.App.Select && !r.t.Shared[rel.Name] && rel.Extension == "" {
			r.add("T-KIND", ref(rel), rel, "the upstream role may read "+rel.KindName()+" "+ref(rel),
				fmt.Sprintf("REVOKE SELECT ON %s FROM %s;", ref(rel), schema.Ident(r.s.App.Name)))
		}
		if !rel.IsTable() || !r.inScope(rel) && !r.tenantTable(rel) {
			continue
		}
		enable := fmt.Sprintf("ALTER TABLE %[1]s ENABLE ROW LEVEL SECURITY;\nALTER TABLE %[1]s FORCE ROW LEVEL SECURITY;", ref(rel))
		protectedParent := slices.ContainsFunc(rel.Ancestors(), func(a *schema.Relation) bool { return a.RLSEnabled })
		switch {
		case !rel.RLSEnabled && protectedParent:
			if rel.App.Any() {
				r.add("T-CHILD", ref(rel), rel, rel.KindName()+" "+ref(rel)+" has no row-level security of its own, and the upstream role can name it", enable)
			}
		case !rel.RLSEnabled && len(rel.Policies) > 0:
			r.add("T-DORMANT", ref(rel), rel, fmt.Sprintf("%s has %d policies, and row-level security is off", ref(rel), len(rel.Policies)), enable)
		case !rel.RLSEnabled:
			r.add("T-OFF", ref(rel), rel, "row-level security is off on "+ref(rel), enable)
		case !rel.RLSForced:
			r.add("T-FORCE", ref(rel), rel, "row-level security is not forced on "+ref(rel), fmt.Sprintf("ALTER TABLE %s FORCE ROW LEVEL SECURITY;", ref(rel)))
		}
		if rel.RLSEnabled {
			r.commands(rel)
		}
	}
}

// Command is one command with the state of its isolation.
type Command struct {
	// Name is SELECT, INSERT, UPDATE or DELETE.
	Name string `json:"command"`
	// Granted tells whether the upstream role has the privilege.
	Granted bool `json:"granted"`
	// Isolated tells whether every row that it touches is tied to the tenant.
	Isolated bool `json:"isolated"`
	// By names the permissive policies that tie nothing.
	By []string `json:"by,omitempty"`
}

// commandsOf judges each command by the policies that are in force for the
// upstream role: any restrictive one that ties, or all of the permissive ones.
// Without a permissive policy no row passes.
func (r *run) commandsOf(rel *schema.Relation) []Command {
	column := r.tenantColumn(rel)
	all := []Command{{Name: "SELECT", Granted: rel.App.Select}, {Name: "INSERT", Granted: rel.App.Insert},
		{Name: "UPDATE", Granted: rel.App.Update}, {Name: "DELETE", Granted: rel.App.Delete}}
	for i, code := range []string{schema.CmdSelect, schema.CmdInsert, schema.CmdUpdate, schema.CmdDelete} {
		c := &all[i]
		c.Isolated = rel.RLSEnabled
		floor := false
		for _, p := range rel.Policies {
			if p.Command != schema.CmdAll && p.Command != code || !p.AppliesTo(r.effective) {
				continue
			}
			if !p.HasUsing && !p.HasCheck {
				continue // it lets nothing through and filters nothing (add_with_check_options in rowsecurity.c)
			}
			ties := !p.Unread
			// A new row is checked by WITH CHECK, a row that is there by USING.
			if code != schema.CmdInsert {
				ties = ties && r.f.tied(p.Using, column)
			}
			if code == schema.CmdInsert || code == schema.CmdUpdate {
				ties = ties && r.f.tied(p.EffectiveCheck(), column)
			}
			if p.Permissive && !ties {
				c.By = append(c.By, p.Name)
			}
			floor = floor || !p.Permissive && ties
		}
		if floor {
			c.By = nil
		}
		c.Isolated = c.Isolated && len(c.By) == 0
	}
	return all
}

// Ties tells whether no row passes a policy but those of the tenant, whatever the command.
func Ties(s *schema.Schema, t Tenancy, p *schema.Policy) bool {
	r := newRun(s, t)
	column := r.tenantColumn(p.Relation)
	return !p.Unread && (!p.HasUsing || r.f.tied(p.Using, column)) && r.f.tied(p.EffectiveCheck(), column)
}

// commands is T-CMD. Policies that are always true are P-TRUE's.
func (r *run) commands(rel *schema.Relation) {
	open := make(map[string][]string)
	for _, c := range r.commandsOf(rel) {
		if !c.Granted {
			continue
		}
		for _, name := range c.By {
			open[name] = append(open[name], c.Name)
		}
	}
	for _, p := range rel.Policies {
		if open[p.Name] == nil || r.f.alwaysTrue(p.Using) || r.f.alwaysTrue(p.EffectiveCheck()) {
			continue
		}
		object := ref(rel) + "." + schema.Ident(p.Name)
		if p.Unread {
			r.unknown("T-CMD", object, rel, "the policy "+schema.Ident(p.Name)+" could not be read: the table is locked")
			continue
		}
		r.add("T-CMD", object, rel, fmt.Sprintf("for %s nothing in policy %s that is recognised ties the row to the tenant", strings.Join(open[p.Name], ", "), schema.Ident(p.Name)),
			r.floor(rel))
	}
}

// floor is the restrictive policy that harden would write.
func (r *run) floor(rel *schema.Relation) string {
	column := r.tenantColumn(rel)
	if column == nil {
		return "Add the tenant column, and a restrictive policy on it."
	}
	condition := fmt.Sprintf("%s = (SELECT nullif(current_setting(%s, true), '')::%s)", schema.Ident(column.Name), schema.Literal(r.t.Setting), column.Type)
	return fmt.Sprintf("CREATE POLICY tenant_floor ON %s AS RESTRICTIVE TO PUBLIC\n  USING (%s) WITH CHECK (%s);", ref(rel), condition, condition)
}
