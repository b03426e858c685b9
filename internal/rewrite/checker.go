// Package rewrite decides what a SQL text may do: from the text, a catalog
// snapshot and a policy it makes a Verdict. It connects to nothing and changes
// nothing; the same input gives the same verdict.
//
// The way of one text: Check (checker.go), prescan (prescan.go, lexer.go),
// parse (parse.go), then statement by statement through the table of
// statements (statements.go) and the walk over every node (walk.go), which
// resolves relations (scope.go, relations.go, catalogs.go), functions
// (functions.go, reviewed.go) and their bodies (bodies.go, below.go), types,
// operators and casts (types.go), settings (settings.go) and names that call
// functions (columns.go). What is not known is refused (I4).
package rewrite

import (
	"fmt"
	"sort"
	"sync"

	"tenantproxy/internal/catalog"
)

// Checker decides for one snapshot and one policy. After New it only remembers
// what it has found about the bodies of functions; it is safe for concurrent use.
type Checker struct {
	policy Policy
	snap   *catalog.Snapshot
	path   []string

	allowRelations map[catalog.Name]bool
	allowFunctions map[catalog.Name]bool
	denyFunctions  map[catalog.Name]bool
	protected      map[string]bool
	maxBytes       int
	// letThrough are the rules that report mode does not refuse by; none in
	// another mode.
	letThrough map[Rule]bool

	// relationNames are the names of relations of all schemas, to tell a name
	// that exists nowhere from one that is not in reach.
	relationNames map[string]bool
	// typeNames are the names of types outside pg_catalog, and sourceWords the words
	// in the sources of functions that did not come with the server, in lower case:
	// both for policy.allow_ddl: temp only.
	typeNames, sourceWords map[string]bool
	// hidesCatalog tells that a relation of the path has the name of one in
	// pg_catalog.
	hidesCatalog bool
	// operators are those outside pg_catalog whose function is not allowed.
	operators map[string][]refusedOperator
	// casts are the refusals of casts by name of source or target type, and
	// implicit the one of a cast or an operator family that needs no syntax, if there
	// is any: it refuses every query.
	casts    map[string]*Refusal
	implicit *Refusal
	// types are the refusals of types; rowTypes is that of all row types, if
	// some domain's check is refused.
	types    map[*catalog.Type]*Refusal
	rowTypes *Refusal
	// typesByOID has the types of the snapshot.
	typesByOID map[uint32]*catalog.Type
	// views are the findings about each view, by OID.
	views map[uint32]protection
	// bodies are the findings about functions that have been called: a bodyKey
	// to a *Refusal, nil if the function may be called.
	bodies sync.Map
	// below are functions that pass by their bodies, whatever runs them, with any
	// of the runningPaths.
	below        map[*catalog.Function]bool
	runningPaths [][]string

	warnings []string
}

// New makes a Checker. It analyses the views of the snapshot, and the functions
// below views, types, casts and aggregates, so its cost grows with their number. The error is one of the policy: an entry that is
// malformed, or a function that can never be allowed. Entries that name
// nothing in the catalog are only warned of.
func New(policy Policy, snap *catalog.Snapshot) (*Checker, error) {
	if snap == nil {
		return nil, fmt.Errorf("making checker: no catalog snapshot")
	}
	if err := policy.Validate(); err != nil {
		return nil, err
	}
	c := &Checker{
		policy:        policy,
		snap:          snap,
		protected:     make(map[string]bool),
		maxBytes:      policy.MaxSQLBytes,
		relationNames: make(map[string]bool, len(snap.Relations)),
	}
	if policy.Mode == "report" {
		c.letThrough = rulesLetThrough()
	}
	if c.maxBytes == 0 {
		c.maxBytes = defaultMaxBytes
	}
	for _, name := range policy.ProtectedSettings {
		c.protected[foldASCII(name)] = true
	}
	if err := c.readNames(); err != nil {
		return nil, err
	}
	for name := range snap.Relations {
		c.relationNames[name.Name] = true
	}
	if policy.AllowDDL == "temp" {
		c.readTempNames()
	}
	// Postgres skips schemas that the role has no USAGE on
	// (recomputeNamespacePath in namespace.c).
	for _, schema := range policy.path() {
		if usage, known := snap.Schemas[schema]; usage || !known || schema == systemSchema {
			c.path = append(c.path, schema)
		}
	}
	c.hidesCatalog = c.findsCatalogHidden()
	c.judgeBelow()
	return c, nil
}

// readNames reads the policy's lists of relations and functions.
func (c *Checker) readNames() (err error) {
	if c.allowRelations, err = parseNames("policy.allow_relations", c.policy.AllowRelations); err != nil {
		return err
	}
	if c.allowFunctions, err = parseNames("policy.allow_functions", c.policy.AllowFunctions); err != nil {
		return err
	}
	if c.denyFunctions, err = parseNames("policy.deny_functions", c.policy.DenyFunctions); err != nil {
		return err
	}
	for name := range c.allowRelations {
		if c.snap.Relations[name] == nil {
			c.warnf("policy.allow_relations: there is no relation %s", name)
		}
	}
	for _, list := range []struct {
		key   string
		names map[catalog.Name]bool
	}{{"policy.allow_functions", c.allowFunctions}, {"policy.deny_functions", c.denyFunctions}} {
		for name := range list.names {
			if len(c.snap.Functions[name]) == 0 {
				c.warnf("%s: there is no function %s", list.key, name)
			}
		}
	}
	for _, schema := range c.policy.Schemas {
		if _, ok := c.snap.Schemas[schema]; !ok {
			c.warnf("policy.schemas: there is no schema %s", schema)
		}
	}
	sort.Strings(c.warnings)
	return nil
}

func (c *Checker) warnf(format string, args ...any) {
	c.warnings = append(c.warnings, fmt.Sprintf(format, args...))
}

// Snapshot gives the snapshot that the verdicts rest on.
func (c *Checker) Snapshot() *catalog.Snapshot { return c.snap }

// Warnings lists what in the policy names nothing in the catalog, sorted. The
// caller must not change it.
func (c *Checker) Warnings() []string { return c.warnings }

// Check decides about one text, which may hold several statements: all must be
// allowed. It never panics; a bug in the analysis is a refusal.
func (c *Checker) Check(sql string) (verdict *Verdict) {
	defer func() {
		if p := recover(); p != nil {
			// The panic's text may hold a constant of the statement (I8).
			verdict = &Verdict{Refusal: *refuse(RuleInternalError, "", "Please report the statement.",
				"the statement could not be analysed")}
		}
	}()
	v := &Verdict{}
	empty, refusal := prescan(sql, c.maxBytes)
	if refusal == nil && !empty {
		refusal = c.checkStatements(sql, v)
	}
	if refusal != nil {
		return &Verdict{
			Refusal:         *refusal,
			UnknownRelation: v.UnknownRelation,
			LooksAtLiterals: v.LooksAtLiterals,
			fingerprint:     v.fingerprint,
		}
	}
	v.Allowed = true
	v.Empty = empty
	return v
}

// checkStatements decides about every statement of a text, and records in v
// what they do to the session.
func (c *Checker) checkStatements(sql string, v *Verdict) *Refusal {
	statements, refusal := parse(sql, c.snap.ServerVersion)
	if refusal != nil {
		return refusal
	}
	v.fingerprint = new(fingerprint)
	v.Alone = len(statements) == 1
	for _, raw := range statements {
		w := &walker{c: c, v: v, path: c.path, root: raw.GetStmt(), raw: raw, sql: sql}
		wasReset := c.resetsContext(v.Resets)
		if refusal := w.topLevel(raw.GetStmt()); refusal != nil {
			return refusal
		}
		if wasReset && !w.inert(raw.GetStmt()) {
			return refuse(RuleStatementReset, "", "Send the reset as a text of its own.",
				"a statement that follows a reset of the session's context in the same text is not allowed")
		}
	}
	return nil
}
