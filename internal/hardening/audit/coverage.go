package audit

import "tenantproxy/internal/hardening/schema"

// Relation is the coverage of one tenant table.
type Relation struct {
	Name string `json:"relation"`
	// Enabled and Forced are what is switched on.
	Enabled bool `json:"rls_enabled"`
	Forced  bool `json:"rls_forced"`
	// Isolated tells that for every command that is granted each row is tied to
	// the tenant, and that row-level security is forced.
	Isolated bool      `json:"isolated"`
	Commands []Command `json:"commands"`
}

// Coverage says which tables of tenants are isolated for the upstream role.
type Coverage struct {
	// Role is the upstream role, with all that it inherits.
	Role string `json:"role"`
	// Tables counts tenant tables, Enabled those with row-level security switched
	// on, Isolated those where it is also forced and ties rows to the tenant.
	Tables    int        `json:"tables"`
	Enabled   int        `json:"rls_enabled"`
	Isolated  int        `json:"isolated"`
	Relations []Relation `json:"relations"`
}

// Cover works out the coverage.
func Cover(s *schema.Schema, t Tenancy) Coverage {
	r := newRun(s, t)
	c := Coverage{Role: s.App.Name, Relations: []Relation{}}
	for rel := range s.Tables() {
		if !r.tenantTable(rel) && !r.inScope(rel) {
			continue
		}
		one := Relation{Name: ref(rel), Enabled: rel.RLSEnabled, Forced: rel.RLSForced, Commands: r.commandsOf(rel)}
		one.Isolated = rel.RLSEnabled && rel.RLSForced && !s.App.EscapesRLS()
		for _, command := range one.Commands {
			one.Isolated = one.Isolated && (command.Isolated || !command.Granted)
		}
		c.Tables++
		if one.Enabled {
			c.Enabled++
		}
		if one.Isolated {
			c.Isolated++
		}
		c.Relations = append(c.Relations, one)
	}
	return c
}
