package schema

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/catalog"
)

// OldestServer is the oldest server that is read, as server_version_num.
const OldestServer = 14_00_00

// RoleError tells that the upstream role is not a role of the cluster.
type RoleError struct{ Role string }

func (e *RoleError) Error() string {
	return fmt.Sprintf("role %s does not exist in this cluster", Ident(e.Role))
}

// VersionError tells that the server is older than what is read.
type VersionError struct{ Version string }

func (e *VersionError) Error() string {
	return fmt.Sprintf("the server is PostgreSQL %s; 14 is the oldest that is supported", e.Version)
}

// Options are what Read needs to know.
type Options struct {
	// Role is the upstream role, whose privileges are read.
	Role string
	// BuiltIns are names of functions of pg_catalog to read.
	BuiltIns []string
}

// Read reads the database that conn is connected to, in one REPEATABLE READ READ
// ONLY transaction. It takes no lock for longer than it takes to write a batch of
// definitions back as text, and waits for none longer than 200 ms: what could not
// be read for that is marked Unread. It uses conn alone, and outside a
// transaction; after an error the caller closes it. Errors are *RoleError,
// *VersionError, and those of the server.
func Read(ctx context.Context, conn *pgx.Conn, options Options) (*Schema, error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	r := &reader{tx: tx, s: &Schema{
		Roles: make(map[uint32]*Role), Namespaces: make(map[string]*Namespace), Relations: make(map[uint32]*Relation),
		ByName: make(map[catalog.Name]*Relation), Functions: make(map[uint32]*Function),
	}}
	err = r.read(ctx, options)
	err = errors.Join(err, tx.Rollback(ctx)) // there is nothing to commit
	if err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	return r.s, nil
}

// reader fills in one Schema.
type reader struct {
	tx pgx.Tx
	s  *Schema
}

func (r *reader) read(ctx context.Context, options Options) error {
	if err := r.readServer(ctx, options); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{
		r.readRelations, r.readTableParts, r.readPolicies, r.readFunctions, r.readGrants, r.readRest,
		r.link, r.readTexts,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	builtIns, err := rows[BuiltIn](ctx, r.tx, builtInsQuery, r.s.App.OID, slices.Clone(options.BuiltIns))
	r.s.BuiltIns = builtIns
	return err
}

// readServer comes first: privileges are those of the upstream role.
func (r *reader) readServer(ctx context.Context, options Options) error {
	if err := r.tx.QueryRow(ctx, "SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4, pg_catalog.current_setting('server_version')").
		Scan(&r.s.Server.Version, &r.s.Server.VersionText); err != nil {
		return err
	}
	if r.s.Server.Version < OldestServer {
		return &VersionError{r.s.Server.VersionText}
	}
	if _, err := r.tx.Exec(ctx, catalog.PinSession); err != nil {
		return err
	}
	roles, err := rows[Role](ctx, r.tx, rolesQuery)
	if err != nil {
		return err
	}
	var admin string
	if err := r.tx.QueryRow(ctx, "SELECT CURRENT_USER").Scan(&admin); err != nil {
		return err
	}
	for i := range roles {
		role := &roles[i]
		r.s.Roles[role.OID] = role
		if role.Name == options.Role {
			r.s.App = role
		}
		if role.Name == admin {
			r.s.Admin = role
		}
	}
	if r.s.App == nil {
		return &RoleError{options.Role}
	}
	if r.s.Admin == nil {
		return fmt.Errorf("the session's role %s is not in pg_roles", Ident(admin))
	}
	if r.s.Memberships, err = rows[Membership](ctx, r.tx, membershipsQuery(r.s.Server.Version)); err != nil {
		return err
	}
	settings, err := rows[struct{ Name, Setting string }](ctx, r.tx, serverSettingsQuery)
	if err != nil {
		return err
	}
	r.s.Server.Settings = make(map[string]string)
	for _, setting := range settings {
		r.s.Server.Settings[setting.Name] = setting.Setting
	}
	found, err := rows[Database](ctx, r.tx, databaseQuery, r.s.App.OID)
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return errors.New("the database is not in pg_database")
	}
	r.s.Database = found[0]
	return nil
}

func (r *reader) readRelations(ctx context.Context) error {
	namespaces, err := rows[Namespace](ctx, r.tx, namespacesQuery, r.s.App.OID)
	if err != nil {
		return err
	}
	for i := range namespaces {
		r.s.Namespaces[namespaces[i].Name] = &namespaces[i]
	}
	relations, err := rows[Relation](ctx, r.tx, relationsQuery)
	if err != nil {
		return err
	}
	for i := range relations {
		rel := &relations[i]
		r.s.Relations[rel.OID], r.s.ByName[rel.Name] = rel, rel
	}
	privileges, err := rows[struct {
		OID uint32
		Privileges
	}](ctx, r.tx, privilegesQuery(r.s.Server.Version), r.s.App.OID)
	if err != nil {
		return err
	}
	for _, p := range privileges {
		if rel := r.s.Relations[p.OID]; rel != nil {
			rel.App = p.Privileges
			// Without USAGE on the schema nothing in it can be named.
			if n := r.s.Namespaces[rel.Schema]; n != nil && !n.AppUsage {
				rel.App = Privileges{}
			}
		}
	}
	columns, err := rows[Column](ctx, r.tx, columnsQuery(r.s.Server.Version))
	if err != nil {
		return err
	}
	for i := range columns {
		if rel := r.s.Relations[columns[i].Relation]; rel != nil {
			rel.Columns = append(rel.Columns, &columns[i])
		}
	}
	links, err := rows[struct{ Child, Parent uint32 }](ctx, r.tx, inheritanceQuery)
	if err != nil {
		return err
	}
	for _, l := range links {
		if child, parent := r.s.Relations[l.Child], r.s.Relations[l.Parent]; child != nil && parent != nil {
			child.Parents = append(child.Parents, parent)
			parent.Children = append(parent.Children, child)
		}
	}
	return nil
}

// readTableParts reads constraints, indexes and triggers.
func (r *reader) readTableParts(ctx context.Context) error {
	keys, err := rows[ForeignKey](ctx, r.tx, foreignKeysQuery)
	if err != nil {
		return err
	}
	for i := range keys {
		key := &keys[i]
		key.Relation, key.Parent = r.s.Relations[key.RelationOID], r.s.Relations[key.ParentOID]
		if key.Relation == nil {
			continue
		}
		key.Relation.ForeignKeys = append(key.Relation.ForeignKeys, key)
		if key.Parent != nil {
			key.Parent.ReferencedBy = append(key.Parent.ReferencedBy, key)
		}
	}
	checks, err := rows[Check](ctx, r.tx, checksQuery)
	if err != nil {
		return err
	}
	for i := range checks {
		if rel := r.s.Relations[checks[i].RelationOID]; rel != nil {
			rel.Checks = append(rel.Checks, &checks[i])
		}
	}
	indexes, err := rows[Index](ctx, r.tx, indexesQuery)
	if err != nil {
		return err
	}
	for i := range indexes {
		if rel := r.s.Relations[indexes[i].RelationOID]; rel != nil {
			rel.Indexes = append(rel.Indexes, &indexes[i])
		}
	}
	triggers, err := rows[Trigger](ctx, r.tx, triggersQuery)
	if err != nil {
		return err
	}
	for i := range triggers {
		if rel := r.s.Relations[triggers[i].RelationOID]; rel != nil {
			rel.Triggers = append(rel.Triggers, &triggers[i])
		}
	}
	return nil
}

func (r *reader) readPolicies(ctx context.Context) error {
	policies, err := rows[Policy](ctx, r.tx, policiesQuery)
	if err != nil {
		return err
	}
	for i := range policies {
		if rel := r.s.Relations[policies[i].RelationOID]; rel != nil {
			policies[i].Relation = rel
			rel.Policies = append(rel.Policies, &policies[i])
		}
	}
	return nil
}

func (r *reader) readFunctions(ctx context.Context) error {
	functions, err := rows[Function](ctx, r.tx, functionsQuery, r.s.App.OID)
	if err != nil {
		return err
	}
	for i := range functions {
		r.s.Functions[functions[i].OID] = &functions[i]
	}
	return nil
}

func (r *reader) readGrants(ctx context.Context) error {
	for _, kind := range []struct {
		query string
		add   func(Grant)
	}{
		{relationGrantsQuery + " UNION ALL " + columnGrantsQuery, func(g Grant) {
			if rel := r.s.Relations[g.Object]; rel != nil {
				rel.Grants = append(rel.Grants, g)
			}
		}},
		{functionGrantsQuery, func(g Grant) {
			if f := r.s.Functions[g.Object]; f != nil {
				f.Grants = append(f.Grants, g)
			}
		}},
		{namespaceGrantsQuery, func(g Grant) {
			for _, n := range r.s.Namespaces {
				if n.OID == g.Object {
					n.Grants = append(n.Grants, g)
				}
			}
		}},
		{databaseGrantsQuery, func(g Grant) { r.s.Database.Grants = append(r.s.Database.Grants, g) }},
	} {
		grants, err := rows[Grant](ctx, r.tx, kind.query+" ORDER BY 1, 2, 3, 4, 5")
		if err != nil {
			return err
		}
		for _, g := range grants {
			kind.add(g)
		}
	}
	return nil
}

// readRest reads what belongs to no relation.
func (r *reader) readRest(ctx context.Context) error {
	var err error
	read := func(into func() error) {
		if err == nil {
			err = into()
		}
	}
	s := r.s
	read(func() (err error) { s.Code, err = rows[Code](ctx, r.tx, codeQuery); return })
	read(func() (err error) { s.EventTriggers, err = rows[EventTrigger](ctx, r.tx, eventTriggersQuery); return })
	read(func() (err error) { s.DefaultGrants, err = rows[DefaultGrant](ctx, r.tx, defaultGrantsQuery); return })
	read(func() (err error) {
		s.StoredSettings, err = rows[StoredSetting](ctx, r.tx, storedSettingsQuery)
		return
	})
	read(func() (err error) { s.Extensions, err = rows[Extension](ctx, r.tx, extensionsQuery); return })
	read(func() (err error) { s.Publications, err = rows[Publication](ctx, r.tx, publicationsQuery); return })
	if s.Server.Version >= 15_00_00 {
		read(func() (err error) {
			s.ParameterGrants, err = rows[ParameterGrant](ctx, r.tx, parameterGrantsQuery)
			return
		})
	}
	read(func() error {
		names, err := r.tx.Query(ctx, "SELECT srvname::pg_catalog.text FROM pg_catalog.pg_foreign_server ORDER BY 1")
		if err != nil {
			return err
		}
		s.ForeignServers, err = pgx.CollectRows(names, pgx.RowTo[string])
		return err
	})
	read(func() error {
		return r.tx.QueryRow(ctx, "SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata").Scan(&s.LargeObjects)
	})
	if err != nil {
		return err
	}
	return r.readHBA(ctx)
}

// readHBA reads pg_hba.conf, if Admin may.
func (r *reader) readHBA(ctx context.Context) error {
	var may bool
	if err := r.tx.QueryRow(ctx, `SELECT pg_catalog.has_table_privilege('pg_catalog.pg_hba_file_rules', 'SELECT')
		AND pg_catalog.has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE')`).Scan(&may); err != nil || !may {
		return err
	}
	return r.attempt(ctx, func() error {
		rules, err := rows[HBARule](ctx, r.tx, hbaQuery)
		var refusal *pgconn.PgError
		if errors.As(err, &refusal) {
			return nil // the file may be out of the server's reach: then it is not known
		}
		r.s.HBA = append([]HBARule{}, rules...)
		return err
	})
}

// rows runs a query and gives its rows, by the names of the columns.
func rows[T any](ctx context.Context, tx pgx.Tx, sql string, args ...any) ([]T, error) {
	found, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(found, pgx.RowToStructByName[T])
	if err != nil {
		return nil, fmt.Errorf("%w (in %.60q…)", err, sql)
	}
	return list, nil
}

func oidText(oid uint32) string { return strconv.FormatUint(uint64(oid), 10) }
