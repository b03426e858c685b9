package audit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/hardening/schema"
)

// probe reads a table as the upstream role, in transactions that are rolled back:
// with an org that does not exist (P-TRUE), and without one, with an empty one and
// with garbage (P-NULLOPEN). A row that comes back proves the fault, whatever the
// policies say; an error of the policy is as good as no rows.
func (r *run) probe(ctx context.Context, conn *pgx.Conn, rel *schema.Relation, timeout time.Duration) error {
	if !rel.App.Select || !rel.RLSEnabled || r.s.App.EscapesRLS() || r.opened(rel) {
		return nil
	}
	random := "tenantproxy-" + rand.Text()
	switch r.typeName() {
	case "uuid":
		bytes := make([]byte, 16)
		_, _ = rand.Read(bytes) // it never fails (crypto/rand)
		random = fmt.Sprintf("%x", bytes)
	case "bigint", "integer":
		random = "-1234567890"
	}
	for _, p := range []struct {
		check, value, with string
	}{
		{"P-NULLOPEN", "", "an empty setting"}, {"P-NULLOPEN", "\x00", "the setting unset"}, {"P-NULLOPEN", "garbage", "garbage in the setting"},
		{"P-TRUE", random, "an org that does not exist"},
	} {
		rows, err := r.seen(ctx, conn, rel, p.value, timeout)
		var refusal *pgconn.PgError
		switch {
		case errors.As(err, &refusal):
			if code := refusal.Code; code == "57014" || code == "55P03" || strings.Contains(refusal.Message, "set role") {
				r.unknown(p.check, ref(rel)+" probed", rel, "what the upstream role sees of "+ref(rel)+" is not known: "+refusal.Message)
				return nil
			}
		case err != nil:
			return err
		case rows:
			r.add(p.check, ref(rel)+" probed", rel, fmt.Sprintf("with %s the upstream role sees rows of %s", p.with, ref(rel)), r.floor(rel))
			return nil
		}
	}
	return nil
}

// opened tells whether the texts of the policies show it already.
func (r *run) opened(rel *schema.Relation) bool {
	for _, p := range rel.Policies {
		if p.Permissive && (r.f.alwaysTrue(p.Using) || r.f.openWithoutContext(p.Using, r.tenantColumn(rel))) {
			return true
		}
	}
	return false
}

// seen tells whether the upstream role sees any row with this org; a zero byte
// stands for none.
func (r *run) seen(ctx context.Context, conn *pgx.Conn, rel *schema.Relation, org string, timeout time.Duration) (rows bool, err error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, tx.Rollback(ctx)) }() // it only reads
	if _, err := tx.Exec(ctx, `SELECT pg_catalog.set_config('lock_timeout', '200ms', true), pg_catalog.set_config('row_security', 'on', true),
		pg_catalog.set_config('statement_timeout', $1, true)`, fmt.Sprint(timeout.Milliseconds())); err != nil {
		return false, err
	}
	if org != "\x00" {
		for _, name := range []string{r.t.Setting, r.t.ClaimsSetting} {
			value := org
			if name == r.t.ClaimsSetting && org != "" && org != "garbage" {
				value = "{}"
			}
			if name == "" {
				continue
			}
			if _, err := tx.Exec(ctx, "SELECT pg_catalog.set_config($1, $2, true)", name, value); err != nil {
				return false, err
			}
		}
	}
	if _, err := tx.Exec(ctx, "SET LOCAL ROLE "+schema.Ident(r.s.App.Name)); err != nil {
		return false, err
	}
	return rows, tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+ref(rel)+")").Scan(&rows)
}
