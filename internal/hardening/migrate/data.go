package migrate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"tenantproxy/internal/hardening/schema"
)

// Stray are rows that belong to no org, or to two: with them, constraints cannot hold.
type Stray struct {
	// ID is the check of audit: D-NULL, D-ORPHAN or D-XREF. Table is the table,
	// Rows their number.
	ID, Table string
	Rows      int64
	// Condition finds them, where the table is r.
	Condition string
	relation  *schema.Relation
}

// FindStray looks for rows without an org, with one that does not exist, or that refer
// to a row of another one; rows that others refer to come last. It changes nothing. conn must see all rows.
func FindStray(ctx context.Context, conn *pgx.Conn, o Options) ([]Stray, error) {
	var all []Stray
	tx, err := conn.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("looking for stray rows: %w", err)
	}
	defer func() { _ = tx.Rollback(ctx) }() // it has changed nothing
	if _, err := tx.Exec(ctx, "SET LOCAL row_security = off; SET LOCAL lock_timeout = '5s'"); err != nil {
		return nil, fmt.Errorf("looking for stray rows: %w", err)
	}
	tenants := o.Schema.ByName[o.Table]
	for r := range o.Schema.Tables() {
		column := r.Column(o.Column)
		if !slices.Contains(o.Schemas, r.Schema) || r.Extension != "" || o.Shared[r.Name] || column == nil || len(r.Parents) > 0 || r == tenants {
			continue
		}
		name := schema.Ident(column.Name)
		var conditions []Stray
		if !column.NotNull {
			conditions = append(conditions, Stray{ID: "D-NULL", Condition: "r." + name + " IS NULL"})
		}
		if tenants != nil && !blind(o.Schema, tenants) && !refers(r, column, tenants) && tenants.PrimaryKey() != nil {
			if key := tenants.ColumnAt(tenants.PrimaryKey().Columns[0]); key != nil && key.TypeOID == column.TypeOID {
				conditions = append(conditions, Stray{ID: "D-ORPHAN", Condition: "r." + name + " IS NOT NULL AND NOT EXISTS (SELECT FROM " +
					schema.QuoteName(tenants.Name) + " o WHERE o." + schema.Ident(key.Name) + " = r." + name + ")"})
			}
		}
		for _, k := range r.ForeignKeys {
			if condition := crosses(r, column, k, o); condition != "" {
				conditions = append(conditions, Stray{ID: "D-XREF", Condition: condition})
			}
		}
		for _, s := range conditions {
			s.Table, s.relation = schema.QuoteName(r.Name), r
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM "+s.Table+" r WHERE "+s.Condition).Scan(&s.Rows); err != nil {
				return nil, fmt.Errorf("looking for stray rows in %s: %w", s.Table, err)
			}
			if s.Rows > 0 {
				all = append(all, s)
			}
		}
	}
	return childrenFirst(all), nil
}

// crosses finds rows whose foreign key leads to a row of another org; empty if there
// can be none, or if policies keep the administrator from looking.
func crosses(r *schema.Relation, column *schema.Column, k *schema.ForeignKey, o Options) string {
	if k.Parent == nil || k.Parent.Name == o.Table || k.Inherited || !k.Parent.IsTable() || blind(o.Schema, r) || blind(o.Schema, k.Parent) {
		return ""
	}
	other := k.Parent.Column(o.Column)
	if other == nil || k.Carries(column.Number, other.Number) || other.TypeOID != column.TypeOID {
		return ""
	}
	condition := "EXISTS (SELECT FROM " + schema.QuoteName(k.Parent.Name) + " p WHERE p." + schema.Ident(other.Name) + " <> r." + schema.Ident(column.Name)
	for i, c := range k.Columns {
		condition += " AND p." + schema.Ident(k.Parent.ColumnAt(k.ParentColumns[i]).Name) + " = r." + schema.Ident(r.ColumnAt(c).Name)
	}
	return condition + ")"
}

// childrenFirst puts rows before those that they refer to.
func childrenFirst(all []Stray) []Stray {
	var sorted []Stray
	placed := make(map[*schema.Relation]bool)
	var place func(r *schema.Relation)
	place = func(r *schema.Relation) {
		if placed[r] {
			return
		}
		placed[r] = true
		for _, k := range r.ReferencedBy {
			if k.Relation != nil {
				place(k.Relation)
			}
		}
		for _, s := range all {
			if s.relation == r {
				sorted = append(sorted, s)
			}
		}
	}
	for _, s := range all {
		place(s.relation)
	}
	return sorted
}

// blind tells whether policies hide rows of a table from the administrator.
func blind(s *schema.Schema, r *schema.Relation) bool {
	return r.RLSEnabled && r.RLSForced && !s.Admin.EscapesRLS()
}

// refers tells whether a constraint already holds that every org exists. An owner on
// whom row-level security is forced by then could not look.
func refers(r *schema.Relation, column *schema.Column, tenants *schema.Relation) bool {
	return slices.ContainsFunc(r.ForeignKeys, func(k *schema.ForeignKey) bool {
		return k.Parent == tenants && len(k.Columns) == 1 && k.Columns[0] == column.Number && k.Validated && !k.TriggersDisabled
	})
}

// QuarantineSQL moves stray rows, as JSON, to a table that nobody but its owner may
// use, for somebody to decide about. It stops where other rows refer to them, which
// would go, or change, with them.
func QuarantineSQL(stray []Stray) string {
	var b strings.Builder
	b.WriteString(`-- Made by tenantproxy harden: moves rows that belong to no org, or to two, out of the way.
-- Read it first. Back: INSERT INTO t SELECT (jsonb_populate_record(NULL::t, contents)).* FROM tenantproxy_quarantine.rows …
BEGIN;
CREATE SCHEMA IF NOT EXISTS tenantproxy_quarantine;
REVOKE ALL ON SCHEMA tenantproxy_quarantine FROM PUBLIC;
CREATE TABLE IF NOT EXISTS tenantproxy_quarantine.rows (at timestamptz NOT NULL DEFAULT now(), finding text NOT NULL, relation text NOT NULL, contents jsonb NOT NULL);
`)
	for _, s := range stray {
		fmt.Fprintf(&b, "\n-- %s: %d rows of %s\n", s.ID, s.Rows, oneLine(s.Table))
		for _, k := range s.relation.ReferencedBy {
			if k.Relation == nil || k.Inherited || !slices.Contains([]string{"c", "n", "d"}, k.OnDelete) { // the others stop the DELETE themselves
				continue
			}
			var join []string
			for i, c := range k.Columns {
				join = append(join, "c."+schema.Ident(k.Relation.ColumnAt(c).Name)+" = r."+schema.Ident(s.relation.ColumnAt(k.ParentColumns[i]).Name))
			}
			child := schema.QuoteName(k.Relation.Name)
			body := fmt.Sprintf("BEGIN IF EXISTS (SELECT FROM %s c JOIN %s r ON %s WHERE %s) THEN RAISE EXCEPTION '%%', %s; END IF; END",
				child, s.Table, strings.Join(join, " AND "), s.Condition, schema.Literal("rows of "+child+" refer to rows of "+s.Table+" that are to be moved: decide about them first"))
			fmt.Fprintf(&b, "DO %s;\n", schema.Literal(body))
		}
		fmt.Fprintf(&b, "INSERT INTO tenantproxy_quarantine.rows (finding, relation, contents) SELECT %s, %s, to_jsonb(r) FROM %s r WHERE %s;\nDELETE FROM %[3]s r WHERE %[4]s;\n",
			schema.Literal(s.ID), schema.Literal(s.Table), s.Table, s.Condition)
	}
	b.WriteString("COMMIT;\n")
	return b.String()
}
