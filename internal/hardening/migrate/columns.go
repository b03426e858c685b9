package migrate

import (
	"strings"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/hardening/schema"
)

// index makes one that leads with the tenant column, which policies look rows up by.
func (p *planner) index(r *schema.Relation, column *schema.Column) {
	name := indexName(r, column.Name)
	qualified := schema.Ident(r.Schema) + "." + schema.Ident(name)
	for _, i := range r.Indexes {
		if i.Leads(column.Number) {
			return
		}
		if i.Name == name && !i.Valid {
			p.plan.Steps = append(p.plan.Steps, Step{Object: qualified, Why: "an index that was not finished", Up: "DROP INDEX CONCURRENTLY " + qualified, Alone: true})
		}
	}
	create := " INDEX " + schema.Ident(name) + " ON " + schema.QuoteName(r.Name) + " (" + schema.Ident(column.Name) + ")"
	step := Step{Object: schema.QuoteName(r.Name), Why: "an index for the policies"}
	if r.Kind == catalog.PartitionedTable { // neither form works concurrently
		step.Up, step.Down = "CREATE"+create, "DROP INDEX "+qualified
	} else {
		step.Alone = true
		step.Up = "CREATE" + strings.Replace(create, " INDEX ", " INDEX CONCURRENTLY ", 1)
		step.Down = "DROP INDEX CONCURRENTLY " + qualified
	}
	p.plan.Steps = append(p.plan.Steps, step)
}

// notNull goes by way of a CHECK, so that SET NOT NULL need not read the table under
// its lock (ATExecSetNotNull in tablecmds.c).
func (p *planner) notNull(r *schema.Relation, column *schema.Column) {
	if column.NotNull {
		return
	}
	table, name := schema.QuoteName(r.Name), schema.Ident(column.Name)
	there, valid := false, false
	for _, c := range r.Checks {
		if c.Name == notNullCheck {
			there, valid = true, c.Validated
		}
	}
	drop := "ALTER TABLE " + table + " DROP CONSTRAINT IF EXISTS " + notNullCheck
	if !there {
		p.step(r, "no new row without an org", "ALTER TABLE "+table+" ADD CONSTRAINT "+notNullCheck+" CHECK ("+name+" IS NOT NULL) NOT VALID", drop)
	}
	if !valid {
		p.step(r, "no row without an org", "ALTER TABLE "+table+" VALIDATE CONSTRAINT "+notNullCheck, "")
	}
	p.step(r, "no row without an org", "ALTER TABLE "+table+" ALTER COLUMN "+name+" SET NOT NULL;\n"+drop, "ALTER TABLE "+table+" ALTER COLUMN "+name+" DROP NOT NULL")
}

// foreignKey has rows go with their org.
func (p *planner) foreignKey(r *schema.Relation, column *schema.Column) {
	if p.key == nil {
		return
	}
	table := schema.QuoteName(r.Name)
	if column.TypeOID != p.key.TypeOID {
		p.note("%s.%s is of type %s, and the tenants' key of type %s: no foreign key is made", table, schema.Ident(column.Name), column.Type, p.key.Type)
		return
	}
	if blind(p.Schema, p.tenants) && !refers(r, column, p.tenants) {
		p.note("%s gets no foreign key: %s does not see the orgs, since row-level security is forced on it; a role that escapes it can", table, p.Schema.Admin.Name)
		return
	}
	var cascades, valid bool
	var name string
	var other []*schema.ForeignKey
	for _, k := range r.ForeignKeys {
		if k.Parent != p.tenants || len(k.Columns) != 1 || k.Columns[0] != column.Number {
			continue
		}
		if k.OnDelete == "c" {
			cascades, valid, name = true, k.Validated, k.Name
			continue
		}
		other = append(other, k)
	}
	if !cascades {
		add := "ALTER TABLE " + table + " ADD CONSTRAINT " + tenantForeign + " FOREIGN KEY (" + schema.Ident(column.Name) + ") REFERENCES " +
			schema.QuoteName(p.tenants.Name) + " (" + schema.Ident(p.key.Name) + ") ON DELETE CASCADE"
		if r.Kind == catalog.PartitionedTable {
			valid = true // NOT VALID is not for these (before 18)
		} else {
			add += " NOT VALID"
		}
		name = tenantForeign
		p.step(r, "rows that go with their org", add, "ALTER TABLE "+table+" DROP CONSTRAINT "+tenantForeign)
	}
	if !valid {
		p.step(r, "no row of an org that is not there", "ALTER TABLE "+table+" VALIDATE CONSTRAINT "+schema.Ident(name), "")
	}
	for _, k := range other {
		p.step(r, "a key that keeps an org from being deleted", "ALTER TABLE "+table+" DROP CONSTRAINT "+schema.Ident(k.Name),
			"ALTER TABLE "+table+" ADD CONSTRAINT "+schema.Ident(k.Name)+" "+k.Definition)
	}
}
