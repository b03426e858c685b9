package audit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/hardening/schema"
)

// setting is the context that a table is read with as the upstream role, to see what
// that shows.
type setting struct {
	check, with string
	// set tells that the settings hold value; otherwise they are not there.
	set   bool
	value string
}

// noContext must come before any setting is set in the session: one that was set is
// empty after a rollback, and not unset.
func noContext() setting { return setting{check: "P-NULLOPEN", with: "the setting unset"} }

func (r *run) wrongContexts() []setting {
	random := "tenantproxy-" + rand.Text()
	switch r.typeName() {
	case "uuid":
		bytes := make([]byte, 16)
		_, _ = rand.Read(bytes) // it never fails (crypto/rand)
		random = fmt.Sprintf("%x", bytes)
	case "bigint", "integer":
		random = "-1234567890"
	}
	return []setting{
		{"P-NULLOPEN", "an empty setting", true, ""},
		{"P-NULLOPEN", "garbage in the setting", true, "garbage"},
		{"P-TRUE", "an org that does not exist", true, random},
	}
}

// probe reads a table as the upstream role with each of the contexts, in transactions
// that are rolled back. A row that comes back proves the fault, whatever the policies
// say; an error of the policy is as good as no rows. done tells that there is a finding.
func (r *run) probe(ctx context.Context, conn *pgx.Conn, rel *schema.Relation, o DataOptions, contexts ...setting) (done bool, err error) {
	if !rel.App.Select || !rel.RLSEnabled || r.s.App.EscapesRLS() || r.opened(rel) {
		return true, nil
	}
	for _, c := range contexts {
		rows, unsure, err := r.shows(ctx, conn, rel, c, o)
		switch {
		case err != nil:
			return false, err
		case rows:
			r.add(c.check, ref(rel)+" probed", rel, fmt.Sprintf("with %s the upstream role sees rows of %s", c.with, ref(rel)), r.floor(rel))
			return true, nil
		case unsure != "":
			r.unknown(c.check, ref(rel)+" probed", rel, fmt.Sprintf("whether with %s the upstream role sees rows of %s is not known: %s", c.with, ref(rel), unsure))
			return true, nil
		}
	}
	return false, nil
}

// shows tells whether there are rows, or why that is not known. Of a table that takes
// too long a sample is read.
func (r *run) shows(ctx context.Context, conn *pgx.Conn, rel *schema.Relation, c setting, o DataOptions) (rows bool, unsure string, err error) {
	rows, unsure, err = r.seen(ctx, conn, rel, c, "", o)
	if !cutShort(err) {
		return rows, unsure, err
	}
	blocks, err := r.blocks(ctx, conn, rel, o)
	for _, size := range o.samples() {
		if err == nil {
			rows, unsure, err = r.seen(ctx, conn, rel, c, tableSample(size, blocks), o)
		}
		switch {
		case cutShort(err):
			err = nil
		case err != nil || rows || unsure != "":
			return rows, unsure, err
		default:
			return false, fmt.Sprintf("it takes more than %s; a random sample of about %d of %d blocks shows none", o.Timeout, min(size, blocks), blocks), nil
		}
	}
	return false, fmt.Sprintf("it takes more than %s, and so does a sample", o.Timeout), nil
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

// seen tells whether the upstream role sees any row in this context, or why that is not
// known. sample is a TABLESAMPLE, or empty. The error of a statement_timeout is given.
func (r *run) seen(ctx context.Context, conn *pgx.Conn, rel *schema.Relation, c setting, sample string, o DataOptions) (rows bool, unsure string, err error) {
	var refusal *pgconn.PgError
	err = readOnly(ctx, conn, o.Timeout, func(tx pgx.Tx) error {
		if err := r.enter(ctx, tx, c); err != nil {
			if errors.As(err, &refusal) {
				unsure = refusal.Message
				return nil
			}
			return err
		}
		return tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+ref(rel)+" "+sample+")").Scan(&rows)
	})
	switch {
	case cutShort(err) || !errors.As(err, &refusal):
		return rows, unsure, err
	case refusal.Code == lockNotAvailable:
		return false, refusal.Message, nil
	}
	return false, "", nil
}

// enter has the transaction be one of the upstream role in this context.
func (r *run) enter(ctx context.Context, tx pgx.Tx, c setting) error {
	for _, name := range []string{r.t.Setting, r.t.ClaimsSetting} {
		value := c.value
		if name == r.t.ClaimsSetting && value != "" && value != "garbage" {
			value = "{}"
		}
		if name == "" || !c.set {
			continue
		}
		if _, err := tx.Exec(ctx, "SELECT pg_catalog.set_config($1, $2, true)", name, value); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, "SET LOCAL row_security = on; SET LOCAL ROLE "+schema.Ident(r.s.App.Name))
	return err
}
