package catalog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Load reads a snapshot over conn, for the role that statements on it run as, in one
// READ ONLY REPEATABLE READ transaction of its own.
//
// With prev it first asks whether anything may have changed since, which is
// much cheaper, and returns prev itself if not. If what was read is the same
// as prev's after all, the new snapshot keeps prev's generation; else it has
// the next one.
//
// Load uses conn alone, and outside a transaction. After an error the state of
// conn is unknown: the caller closes it.
func Load(ctx context.Context, conn *pgconn.PgConn, prev *Snapshot) (*Snapshot, error) {
	snap, err := load(ctx, conn, prev)
	if err != nil {
		return nil, fmt.Errorf("reading the catalog: %w", err)
	}
	return snap, nil
}

func load(ctx context.Context, conn *pgconn.PgConn, prev *Snapshot) (*Snapshot, error) {
	if status := conn.TxStatus(); status != 'I' {
		return nil, fmt.Errorf("the connection is in a transaction (status %c)", status)
	}
	r := newReader(conn)
	if err := r.command(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); err != nil {
		return nil, err
	}
	if err := r.command(ctx, PinSession); err != nil {
		return nil, err
	}
	var fingerprint string
	if err := r.query(ctx, fingerprintQuery(), nil, func(f *fields) { fingerprint += f.text() + " " + f.text() + "\n" }); err != nil {
		return nil, err
	}
	if prev != nil && prev.fingerprint != "" && prev.fingerprint == fingerprint {
		return prev, r.command(ctx, "COMMIT")
	}
	// What is read from here on is the content.
	r.digest.Reset()
	snap := &Snapshot{
		Generation:     1,
		Schemas:        make(map[string]bool),
		Relations:      make(map[Name]*Relation),
		RelationsByOID: make(map[uint32]*Relation),
		Functions:      make(map[Name][]*Function),
		FunctionsByOID: make(map[uint32]*Function),
		Types:          make(map[Name]*Type),
	}
	if err := r.readInto(ctx, snap); err != nil {
		return nil, err
	}
	if err := r.command(ctx, "COMMIT"); err != nil {
		return nil, err
	}
	snap.LoadedAt = time.Now()
	snap.digest = [32]byte(r.digest.Sum(nil))
	// Definitions that could not be read are to be tried again next time.
	if r.complete {
		snap.fingerprint = fingerprint
	}
	if prev != nil {
		snap.Generation = prev.Generation
		if snap.digest != prev.digest {
			snap.Generation++
		}
	}
	return snap, nil
}

// readInto reads the content. The role comes first: privileges are its.
func (r *reader) readInto(ctx context.Context, s *Snapshot) error {
	for _, step := range []func(context.Context, *Snapshot) error{
		r.readRole, r.readSchemas, r.readRelations, r.readFunctions, r.readOperators, r.readFamilies, r.readTypes, r.readCasts,
	} {
		if err := step(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) readRole(ctx context.Context, s *Snapshot) error {
	var roles []Role
	err := r.query(ctx, identityQuery, nil, func(f *fields) {
		s.Database, s.ServerVersion = f.text(), f.int()
		roles = append(roles, Role{
			Name: f.text(), OID: f.oid(), Superuser: f.bool(), BypassRLS: f.bool(),
			Replication: f.bool(), CreateRole: f.bool(), Settings: f.list(),
		})
	})
	if err != nil {
		return err
	}
	if len(roles) == 0 {
		return errors.New("the session's role is not in pg_roles")
	}
	for i := range roles {
		if err := r.readMemberships(ctx, s.ServerVersion, &roles[i]); err != nil {
			return err
		}
	}
	s.Role = roles[0]
	r.role, r.login = s.Role.OID, s.Role.OID
	if len(roles) > 1 {
		s.Login = &roles[1]
		r.login = s.Login.OID
	}
	return nil
}

func (r *reader) readMemberships(ctx context.Context, serverVersion int, role *Role) error {
	canSet := "SET"
	if serverVersion < 16_00_00 {
		canSet = "MEMBER"
	}
	return r.query(ctx, membershipsQuery, []string{oidText(role.OID), canSet}, func(f *fields) {
		role.Memberships = append(role.Memberships, Membership{
			Name: f.text(), OID: f.oid(), Superuser: f.bool(), BypassRLS: f.bool(),
			Replication: f.bool(), CanSet: f.bool(),
		})
	})
}

func (r *reader) readSchemas(ctx context.Context, s *Snapshot) error {
	return r.query(ctx, schemasQuery, []string{oidText(r.role)}, func(f *fields) {
		name := f.text()
		s.Schemas[name] = f.bool()
	})
}

func (r *reader) readRelations(ctx context.Context, s *Snapshot) error {
	err := r.query(ctx, relationsQuery, []string{oidText(r.role), oidText(r.login)}, func(f *fields) {
		rel := &Relation{
			OID: f.oid(), Name: Name{Schema: f.text(), Name: f.text()}, Kind: RelKind(f.char()),
			Owner: f.text(), RoleIsOwner: f.bool(), LoginIsOwner: f.bool(), OwnerBypassesRLS: f.bool(),
			RLSEnabled: f.bool(), RLSForced: f.bool(), Policies: f.int(),
			SecurityInvoker: f.bool(), HasRules: f.bool(), Columns: f.list(),
		}
		s.addRelation(rel)
	})
	if err != nil {
		return err
	}
	var views []uint32
	for oid, rel := range s.RelationsByOID {
		if rel.Kind == View && !rel.IsSystem() {
			views = append(views, oid)
		}
	}
	return r.deparse(ctx, viewDefinitionsQuery, views, func(oid uint32, text string) {
		s.RelationsByOID[oid].Definition = text
	})
}

func (r *reader) readFunctions(ctx context.Context, s *Snapshot) error {
	err := r.query(ctx, functionsQuery, []string{oidText(r.role)}, func(f *fields) {
		s.addFunction(&Function{
			OID: f.oid(), Name: Name{Schema: f.text(), Name: f.text()}, Kind: f.char(), Volatility: f.char(),
			SecurityDefiner: f.bool(), Language: f.text(), Owner: f.text(),
			ArgTypes: f.list(), ArgNames: f.list(), OutTypes: f.list(), Defaults: f.text(), HasInternalArg: f.bool(), ReturnType: f.text(),
			Source: f.text(), SQLBody: f.bool(), Config: f.list(), Extension: f.text(),
			RowArg: f.oid(), AggFunctions: f.oids(), AggStates: f.list(), Leakproof: f.bool(), Executable: f.bool(),
		})
	})
	if err != nil {
		return err
	}
	var parsed []uint32
	for oid, function := range s.FunctionsByOID {
		if function.SQLBody {
			parsed = append(parsed, oid)
		}
	}
	return r.deparse(ctx, functionBodiesQuery, parsed, func(oid uint32, text string) {
		s.FunctionsByOID[oid].Source = text
	})
}

func (r *reader) readOperators(ctx context.Context, s *Snapshot) error {
	return r.query(ctx, operatorsQuery, nil, func(f *fields) {
		s.Operators = append(s.Operators, &Operator{
			Name: Name{Schema: f.text(), Name: f.text()}, Function: f.oid(), Substitutes: f.oids(),
		})
	})
}

func (r *reader) readFamilies(ctx context.Context, s *Snapshot) error {
	return r.query(ctx, familiesQuery, nil, func(f *fields) {
		s.Families = append(s.Families, &OperatorFamily{
			Name: Name{Schema: f.text(), Name: f.text()}, Support: f.oids(), Operators: f.oids(),
		})
	})
}

func (r *reader) readTypes(ctx context.Context, s *Snapshot) error {
	return r.query(ctx, typesQuery, nil, func(f *fields) {
		t := &Type{
			Name: Name{Schema: f.text(), Name: f.text()}, OID: f.oid(), Kind: f.char(),
			Extension: f.text(), Functions: f.oids(), BaseType: f.text(),
		}
		s.Types[t.Name] = t
	})
}

func (r *reader) readCasts(ctx context.Context, s *Snapshot) error {
	return r.query(ctx, castsQuery, nil, func(f *fields) {
		s.Casts = append(s.Casts, &Cast{Source: f.text(), Target: f.text(), Function: f.oid(), Context: f.char()})
	})
}

func (s *Snapshot) addRelation(rel *Relation) {
	s.Relations[rel.Name] = rel
	s.RelationsByOID[rel.OID] = rel
}

func (s *Snapshot) addFunction(function *Function) {
	s.Functions[function.Name] = append(s.Functions[function.Name], function)
	s.FunctionsByOID[function.OID] = function
}
