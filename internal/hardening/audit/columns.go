package audit

import (
	"fmt"
	"regexp"
	"strings"

	"tenantproxy/internal/hardening/schema"
)

// columns is family C: the tenant column itself.
func (r *run) columns() {
	if r.root == nil {
		r.unknown("C-COL", schema.QuoteName(r.t.Table), nil,
			"the tenants' table "+schema.QuoteName(r.t.Table)+" is not there, so nothing can be said of keys to it; set tenant.table")
	} else if r.rootKey() == nil {
		r.add("C-COL", ref(r.root), r.root, "the tenants' table has no primary key of one column", "Give it a primary key of one column of type "+r.t.Type+".")
	}
	for rel := range r.s.Tables() {
		if rel == r.root || !r.inScope(rel) && !r.tenantTable(rel) {
			continue
		}
		column := rel.Column(r.t.Column)
		if column == nil {
			r.add("C-COL", ref(rel), rel, "table "+ref(rel)+" has no column "+r.t.Column,
				fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s; or list it in policy.allow_relations if all tenants share it", ref(rel), schema.Ident(r.t.Column), r.typeName()))
			continue
		}
		r.oneColumn(rel, column)
	}
}

func (r *run) typeName() string {
	if key := r.rootKey(); key != nil {
		return key.Type
	}
	return r.t.Type
}

func (r *run) oneColumn(rel *schema.Relation, column *schema.Column) {
	name, col := ref(rel), schema.Ident(column.Name)
	if column.Type != r.typeName() {
		r.add("C-COL", name, rel, fmt.Sprintf("%s.%s is %s, and the tenants' key is %s", name, col, column.Type, r.typeName()),
			fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s TYPE %s USING %s::%s;", name, col, r.typeName(), col, r.typeName()))
	}
	if !column.NotNull {
		message := name + "." + col + " may be NULL"
		for _, c := range rel.Checks {
			if !c.Validated && isNotNullCheck(c.Definition, column.Name) {
				message += fmt.Sprintf("; the constraint %s is not validated", schema.Ident(c.Name))
			}
		}
		if column.NotNullUnvalidated {
			message += "; its NOT NULL constraint is not validated"
		}
		r.add("C-NN", name, rel, message, fmt.Sprintf(
			"ALTER TABLE %[1]s ADD CONSTRAINT %[3]s CHECK (%[2]s IS NOT NULL) NOT VALID;\nALTER TABLE %[1]s VALIDATE CONSTRAINT %[3]s;\nALTER TABLE %[1]s ALTER COLUMN %[2]s SET NOT NULL;\nALTER TABLE %[1]s DROP CONSTRAINT %[3]s;",
			name, col, schema.Ident(rel.Name.Name+"_"+column.Name+"_present")))
	}
	r.tenantKey(rel, column)
	// A partitioned table's index has one on each partition.
	indexed := false
	for _, i := range rel.Indexes {
		indexed = indexed || i.Leads(column.Number)
	}
	if !indexed {
		r.add("C-IDX", name, rel, "no valid index of "+name+" leads with "+col, fmt.Sprintf("CREATE INDEX CONCURRENTLY ON %s (%s);", name, col))
	}
}

// isNotNullCheck tells whether a constraint says that a column is not NULL.
func isNotNullCheck(definition, column string) bool {
	return regexp.MustCompile(`(?i)CHECK \(+` + regexp.QuoteMeta(schema.Ident(column)) + ` IS NOT NULL\)`).MatchString(definition)
}

// tenantKey is C-FK.
func (r *run) tenantKey(rel *schema.Relation, column *schema.Column) {
	key := r.rootKey()
	if key == nil {
		return // said once, of the table
	}
	var faults []string
	for _, k := range rel.ForeignKeys {
		if k.Parent != r.root || !k.Carries(column.Number, key.Number) {
			continue
		}
		faults = nil
		if k.OnDelete != "c" {
			faults = append(faults, "is not ON DELETE CASCADE")
		}
		if !k.Validated {
			faults = append(faults, "is not validated")
		}
		if k.TriggersDisabled {
			faults = append(faults, "has a disabled trigger")
		}
		if len(faults) == 0 {
			return
		}
		faults = []string{schema.Ident(k.Name) + " " + strings.Join(faults, ", ")}
	}
	message := "no foreign key from " + ref(rel) + " to " + ref(r.root)
	if faults != nil {
		message = "foreign key " + faults[0]
	}
	constraint := schema.Ident(rel.Name.Name + "_" + column.Name + "_tenant")
	r.add("C-FK", ref(rel), rel, message, fmt.Sprintf(
		"ALTER TABLE %[1]s ADD CONSTRAINT %[2]s FOREIGN KEY (%[3]s) REFERENCES %[4]s (%[5]s) ON DELETE CASCADE NOT VALID;\nALTER TABLE %[1]s VALIDATE CONSTRAINT %[2]s;",
		ref(rel), constraint, schema.Ident(column.Name), ref(r.root), schema.Ident(key.Name)))
}

// keys is family I: what keys tell of other tenants.
func (r *run) keys() {
	for rel := range r.s.Tables() {
		column := rel.Column(r.t.Column)
		if !r.tenantTable(rel) || rel == r.root || column == nil {
			continue
		}
		for _, k := range rel.ForeignKeys {
			if k.Parent == nil || k.Parent == r.root || k.Inherited || !r.tenantTable(k.Parent) {
				continue
			}
			if other := k.Parent.Column(r.t.Column); !k.Carries(column.Number, other.Number) {
				r.add("I-XFK", ref(rel)+"."+schema.Ident(k.Name), rel,
					fmt.Sprintf("foreign key %s from %s to %s does not carry %s", schema.Ident(k.Name), ref(rel), ref(k.Parent), r.t.Column),
					r.tenantForeignKey(rel, k))
			}
		}
		for _, i := range rel.Indexes {
			if (i.Unique || i.Exclusion) && !i.Inherited && !containsColumn(i.Columns, column.Number) && !r.surrogate(rel, i) {
				r.add("I-UNIQ", ref(rel)+"."+schema.Ident(i.Name), rel,
					fmt.Sprintf("index %s of %s is unique over all tenants", schema.Ident(i.Name), ref(rel)),
					r.tenantUnique(rel, i))
			}
		}
	}
}

// tenantForeignKey makes the key one that has the tenant column on both sides.
func (r *run) tenantForeignKey(rel *schema.Relation, k *schema.ForeignKey) string {
	list := func(of *schema.Relation, numbers []int16) string {
		names := []string{schema.Ident(r.t.Column)}
		for _, name := range of.ColumnNames(numbers) {
			names = append(names, schema.Ident(name))
		}
		return strings.Join(names, ", ")
	}
	words := map[string]string{"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
	action := ""
	if word := words[k.OnUpdate]; word != "" {
		action += " ON UPDATE " + word
	}
	word := words[k.OnDelete]
	if k.OnDelete == "n" || k.OnDelete == "d" { // which would change the org as well
		word += " (" + strings.TrimPrefix(list(rel, k.Columns), schema.Ident(r.t.Column)+", ") + ")"
		if r.s.Server.Version < 15_00_00 {
			word = "" // it has no such list
		}
	}
	if word != "" {
		action += " ON DELETE " + word
	}
	if k.Deferrable {
		action += " DEFERRABLE"
	}
	if k.Deferred {
		action += " INITIALLY DEFERRED"
	}
	return fmt.Sprintf("ALTER TABLE %[1]s ADD UNIQUE (%[2]s);\nALTER TABLE %[3]s ADD FOREIGN KEY (%[4]s) REFERENCES %[1]s (%[2]s)%[5]s;\nALTER TABLE %[3]s DROP CONSTRAINT %[6]s;",
		ref(k.Parent), list(k.Parent, k.ParentColumns), ref(rel), list(rel, k.Columns), action, schema.Ident(k.Name))
}

// tenantUnique makes the index one that has the tenant column in front.
func (r *run) tenantUnique(rel *schema.Relation, i *schema.Index) string {
	names := []string{schema.Ident(r.t.Column)}
	for _, name := range rel.ColumnNames(i.Columns) {
		names = append(names, schema.Ident(name))
	}
	if i.Exclusion || i.Partial || len(names) != len(i.Columns)+1 { // it has an expression
		return strings.TrimSuffix(fmt.Sprintf("Put %s in front of what it is about: %s", r.t.Column, i.Definition), ": ")
	}
	if i.Primary {
		return fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s, ADD PRIMARY KEY (%s);", ref(rel), schema.Ident(i.ConstraintName), strings.Join(names, ", "))
	}
	drop := "DROP INDEX " + schema.Ident(i.Schema) + "." + schema.Ident(i.Name)
	if i.ConstraintName != "" {
		drop = "ALTER TABLE " + ref(rel) + " DROP CONSTRAINT " + schema.Ident(i.ConstraintName)
	}
	return fmt.Sprintf("ALTER TABLE %s ADD UNIQUE (%s);\n%s;", ref(rel), strings.Join(names, ", "), drop)
}

// surrogate tells of a primary key of one uuid column with a default: nobody
// guesses its values, so that it tells nothing.
func (r *run) surrogate(rel *schema.Relation, i *schema.Index) bool {
	if !i.Primary || len(i.Columns) != 1 {
		return false
	}
	c := rel.ColumnAt(i.Columns[0])
	return c != nil && c.Type == "uuid" && c.HasDefault
}

func containsColumn(columns []int16, number int16) bool {
	for _, c := range columns {
		if c == number {
			return true
		}
	}
	return false
}
