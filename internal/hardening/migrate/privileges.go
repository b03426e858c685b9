package migrate

import (
	"fmt"
	"slices"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/hardening/schema"
)

// privileges plans what audit's G-PRIV is about: it takes from the upstream role what
// policies do not limit, however it has it. What PUBLIC had is then nobody's by default.
func (p *planner) privileges() {
	for _, r := range p.Schema.Sorted() {
		switch {
		case r.Extension != "":
		case r.IsTable():
			p.revokeAll(object{"TABLE", schema.QuoteName(r.Name), r.Owner, r.Grants}, r, "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN")
		case r.Kind == catalog.Sequence:
			p.sequence(r)
		}
	}
	for _, n := range sortedNamespaces(p.Schema) {
		if n.AppCreate {
			p.revokeAll(object{"SCHEMA", schema.Ident(n.Name), n.Owner, n.Grants}, nil, "CREATE")
			p.keepCreating(n)
		}
	}
	db := object{"DATABASE", schema.Ident(p.Schema.Database.Name), p.Schema.Database.Owner, p.Schema.Database.Grants}
	if p.Schema.Database.AppCreate {
		p.revokeAll(db, nil, "CREATE")
	}
	switch {
	case !p.Schema.Database.AppTemp:
	case p.KeepTemporary:
		p.consider("G-PRIV: the upstream role may create temporary tables, which policy.allow_ddl lets tenants do", "")
	default:
		p.revokeAll(db, nil, "TEMPORARY")
	}
	p.defaults()
}

// object is what has privileges.
type object struct {
	kind, name string
	owner      uint32
	grants     []schema.Grant
}

// may tells whether the administrator may do what the owner may.
func (p *planner) may(owner uint32) bool {
	return p.Schema.Admin.Superuser || p.admin[owner]
}

func (p *planner) roleName(oid uint32) string {
	if oid == 0 {
		return "PUBLIC"
	}
	return schema.Ident(p.Schema.RoleName(oid))
}

// revokeAll revokes each of the privileges from the upstream role, from roles whose
// privileges it has, and from PUBLIC.
func (p *planner) revokeAll(o object, r *schema.Relation, privileges ...string) {
	for _, g := range o.grants {
		if g.Grantee == o.owner || g.Grantee != 0 && !p.effective[g.Grantee] || !slices.Contains(privileges, g.Privilege) {
			continue
		}
		role, what := p.roleName(g.Grantee), g.Privilege
		if g.Column != 0 {
			what += " (" + schema.Ident(r.ColumnAt(g.Column).Name) + ")"
		}
		on := " ON " + o.kind + " " + o.name
		switch {
		case g.Grantor != o.owner: // REVOKE would not find it
			p.consider(fmt.Sprintf("G-PRIV: %s%s was granted to %s by %s: revoke it as that role", what, on, role, p.roleName(g.Grantor)), "REVOKE "+what+on+" FROM "+role+";")
			continue
		case !p.may(o.owner):
			p.consider(fmt.Sprintf("G-PRIV: %s%s is granted to %s, and %s is not its owner", what, on, role, schema.Ident(p.Schema.Admin.Name)), "REVOKE "+what+on+" FROM "+role+";")
			continue
		}
		grant := "GRANT " + what + on + " TO " + role
		if g.Grantable {
			grant += " WITH GRANT OPTION"
		}
		p.plan.Steps = append(p.plan.Steps, Step{Object: o.name, Why: "a privilege that policies do not limit", Up: "REVOKE " + what + on + " FROM " + role, Down: grant})
	}
}

// sequence takes setval away, and leaves nextval.
func (p *planner) sequence(r *schema.Relation) {
	if !r.App.Update {
		return
	}
	name := schema.QuoteName(r.Name)
	if !r.App.Usage && p.may(r.Owner) {
		p.step(r, "nextval without setval", "GRANT USAGE ON SEQUENCE "+name+" TO "+schema.Ident(p.Schema.App.Name), "REVOKE USAGE ON SEQUENCE "+name+" FROM "+schema.Ident(p.Schema.App.Name))
	}
	p.revokeAll(object{"SEQUENCE", name, r.Owner, r.Grants}, r, "UPDATE")
}

// keepCreating has the owners of what is in a schema create in it as before, if PUBLIC
// no longer may.
func (p *planner) keepCreating(n *schema.Namespace) {
	public := slices.ContainsFunc(n.Grants, func(g schema.Grant) bool { return g.Grantee == 0 && g.Privilege == "CREATE" && g.Grantor == n.Owner })
	if !public || !p.may(n.Owner) {
		return
	}
	owners := make(map[uint32]bool)
	for _, r := range p.Schema.Relations {
		if r.Schema == n.Name && r.Extension == "" {
			owners[r.Owner] = true
		}
	}
	for _, f := range p.Schema.Functions {
		if f.Schema == n.Name && f.Extension == "" {
			owners[f.Owner] = true
		}
	}
	for oid := range owners {
		role := p.Schema.Roles[oid]
		has := p.Schema.Effective(oid)
		granted := func(g schema.Grant) bool { return g.Privilege == "CREATE" && g.Grantee != 0 && has[g.Grantee] }
		if role == nil || role.Superuser || has[n.Owner] || p.effective[oid] || slices.ContainsFunc(n.Grants, granted) {
			delete(owners, oid)
		}
	}
	for _, role := range names(p.Schema, owners) {
		on := " CREATE ON SCHEMA " + schema.Ident(n.Name)
		p.plan.Steps = append(p.plan.Steps, Step{Object: schema.Ident(n.Name), Why: "who owns objects there goes on to create them", Up: "GRANT" + on + " TO " + role, Down: "REVOKE" + on + " FROM " + role})
	}
}

func names(s *schema.Schema, roles map[uint32]bool) []string {
	var list []string
	for oid := range roles {
		list = append(list, schema.Ident(s.RoleName(oid)))
	}
	slices.Sort(list)
	return list
}

func sortedNamespaces(s *schema.Schema) []*schema.Namespace {
	var list []*schema.Namespace
	for _, n := range s.Namespaces {
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b *schema.Namespace) int { return int(a.OID) - int(b.OID) })
	return list
}

// defaults is about the tables that are still to come.
func (p *planner) defaults() {
	for _, g := range p.Schema.DefaultGrants {
		if g.Kind != "r" || g.Grantee != 0 && !p.effective[g.Grantee] || !slices.Contains([]string{"TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"}, g.Privilege) {
			continue
		}
		role, of := p.roleName(g.Grantee), schema.Ident(p.Schema.RoleName(g.Role))
		alter := "ALTER DEFAULT PRIVILEGES FOR ROLE " + of
		if g.Schema != "" {
			alter += " IN SCHEMA " + schema.Ident(g.Schema)
		}
		up := alter + " REVOKE " + g.Privilege + " ON TABLES FROM " + role
		if g.Role == g.Grantee || !p.may(g.Role) {
			p.consider(fmt.Sprintf("G-PRIV: new tables of %s give %s to %s", of, g.Privilege, role), up+";")
			continue
		}
		down := alter + " GRANT " + g.Privilege + " ON TABLES TO " + role
		if g.Grantable {
			down += " WITH GRANT OPTION"
		}
		p.plan.Steps = append(p.plan.Steps, Step{Object: "new tables of " + of, Why: "a privilege that policies do not limit", Up: up, Down: down})
	}
}
