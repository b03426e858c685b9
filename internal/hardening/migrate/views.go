package migrate

import (
	"fmt"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/hardening/schema"
)

// view has a view, and those below it, run as whoever asks. It is left as it is if the
// upstream role could not use it then.
func (p *planner) view(r *schema.Relation) {
	view := schema.QuoteName(r.Name)
	if p.Schema.Server.Version < 150000 {
		p.note("view %s runs as %s: this server has no security_invoker", view, schema.Ident(p.Schema.RoleName(r.Owner)))
		return
	}
	change, missing := p.below(r, r.App, make(map[*schema.Relation]bool))
	if missing != "" {
		p.note("view %s runs as %s: as the upstream role it would need %s", view, schema.Ident(p.Schema.RoleName(r.Owner)), missing)
		return
	}
	for _, v := range change {
		if !p.invokers[v] {
			p.invokers[v] = true
			name := schema.QuoteName(v.Name)
			p.step(v, "policies for whoever asks, not for the view's owner", "ALTER VIEW "+name+" SET (security_invoker = true)", "ALTER VIEW "+name+" RESET (security_invoker)")
		}
	}
}

// below gives the views to change, the lowest first, or the privilege that the
// upstream role lacks: what it may do with the view, it must be allowed below it.
func (p *planner) below(v *schema.Relation, want schema.Privileges, seen map[*schema.Relation]bool) (change []*schema.Relation, missing string) {
	if seen[v] {
		return nil, ""
	}
	seen[v] = true
	for _, r := range v.Reads {
		has := r.App
		for _, privilege := range []struct {
			name      string
			want, has bool
		}{
			{"SELECT", true, has.Select},
			// Only a view of one relation can be written to without a rule.
			{"INSERT", want.Insert && len(v.Reads) == 1, has.Insert},
			{"UPDATE", want.Update && len(v.Reads) == 1, has.Update},
			{"DELETE", want.Delete && len(v.Reads) == 1, has.Delete},
		} {
			if privilege.want && !privilege.has {
				return nil, fmt.Sprintf("%s on %s", privilege.name, schema.QuoteName(r.Name))
			}
		}
		if r.Kind == catalog.View {
			more, missing := p.below(r, want, seen)
			if missing != "" {
				return nil, missing
			}
			change = append(change, more...)
		}
	}
	if !v.SecurityInvoker {
		change = append(change, v)
	}
	return change, ""
}
