package migrate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"tenantproxy/internal/hardening/schema"
)

// Stray are rows that belong to no org: with them, constraints cannot hold.
type Stray struct {
	// ID is D-NULL or D-ORPHAN, Table the table, Rows their number.
	ID, Table string
	Rows      int64
	// Condition finds them.
	Condition string
}

// FindStray looks for rows without an org, or with one that does not exist. It
// changes nothing. conn must see all rows.
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
			conditions = append(conditions, Stray{ID: "D-NULL", Condition: name + " IS NULL"})
		}
		if tenants != nil && !blind(o.Schema, tenants) && !refers(r, column, tenants) && tenants.PrimaryKey() != nil {
			if key := tenants.ColumnAt(tenants.PrimaryKey().Columns[0]); key != nil && key.TypeOID == column.TypeOID {
				conditions = append(conditions, Stray{ID: "D-ORPHAN", Condition: name + " IS NOT NULL AND NOT EXISTS (SELECT FROM " +
					schema.QuoteName(tenants.Name) + " o WHERE o." + schema.Ident(key.Name) + " = r." + name + ")"})
			}
		}
		for _, s := range conditions {
			s.Table = schema.QuoteName(r.Name)
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM "+s.Table+" r WHERE "+s.Condition).Scan(&s.Rows); err != nil {
				return nil, fmt.Errorf("looking for stray rows in %s: %w", s.Table, err)
			}
			if s.Rows > 0 {
				all = append(all, s)
			}
		}
	}
	return all, nil
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

// QuarantineSQL moves stray rows to a schema that nobody but its owner may use, for
// somebody to decide about.
func QuarantineSQL(stray []Stray) string {
	var b strings.Builder
	b.WriteString("-- Made by tenantproxy harden: moves rows that belong to no org out of the way. Read it first.\nBEGIN;\nCREATE SCHEMA IF NOT EXISTS tenantproxy_quarantine;\nREVOKE ALL ON SCHEMA tenantproxy_quarantine FROM PUBLIC;\n")
	for i, s := range stray {
		fmt.Fprintf(&b, "\n-- %s: %d rows of %s\nCREATE TABLE tenantproxy_quarantine.rows_%d AS SELECT * FROM %s r WHERE %s;\nDELETE FROM %[5]s r WHERE %[6]s;\n",
			s.ID, s.Rows, oneLine(s.Table), i+1, s.Table, s.Condition)
	}
	b.WriteString("COMMIT;\n")
	return b.String()
}
