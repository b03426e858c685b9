package rewrite

import (
	"fmt"
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"tenantproxy/internal/catalog"
)

// With policy.allow_ddl: temp a tenant may have temporary tables. Postgres looks
// for relations and types in pg_temp first, so they must not have a name that
// anything else may mean (tempName). And since no snapshot has them, a name that no
// relation has is taken for one of theirs and sent as pg_temp.name: then it cannot
// come to mean a table that is made meanwhile, whoever is faster. What the
// definition of such a table holds is decided once and runs later, so it may hold
// next to nothing that runs.

const tempSchema = "pg_temp"

// maxSequenceTable is the longest name, in bytes, that Postgres leaves whole in
// those of the table's sequences (makeObjectName in indexcmds.c: 63 less "_" and
// "_seq", shared with the column's).
const maxSequenceTable = 29

// TempNameRefusal says why no temporary table may go by a name, or nil: because a
// relation or a type does, or because a function's source mentions it. A session
// that has such a table when a new snapshot says so must not run anything more.
func (c *Checker) TempNameRefusal(name string) *Refusal {
	why := ""
	switch {
	case len(name) >= maxNameBytes || !isPlainWord(name) || strings.HasPrefix(name, "_") || strings.HasPrefix(name, "pg_"):
		why = "it has to be a plain word of less than 63 bytes that begins with a letter, and not with pg_"
	case c.relationNames[name] || c.relationNames["_"+name]:
		why = "a relation has that name"
	case c.typeNames[name] || c.typeNames["_"+name] || builtinType(name):
		why = "a type has that name"
	case c.sourceWords[foldASCII(name)]:
		why = "the source of a function mentions that name"
	default:
		return nil
	}
	return refuse(RuleTemporaryName, name, "Choose another name for the temporary table.",
		"a temporary relation may not be named \"%s\": %s", name, why)
}

func isPlainWord(name string) bool {
	for i := 0; i < len(name); i++ {
		if !isNamePart(name[i]) || i == 0 && !isNameStart(name[i]) {
			return false
		}
	}
	return name != ""
}

// readTempNames collects the names that TempNameRefusal goes by.
func (c *Checker) readTempNames() {
	c.typeNames, c.sourceWords = make(map[string]bool), make(map[string]bool)
	for name := range c.snap.Types {
		c.typeNames[name.Name] = true
	}
	for _, f := range c.snap.FunctionsByOID {
		if f.Schema == systemSchema && f.OID < firstNormalOID {
			continue
		}
		for _, word := range strings.FieldsFunc(f.Source, func(r rune) bool { return r < 0x80 && !isNamePart(byte(r)) }) {
			c.sourceWords[foldASCII(word)] = true
		}
	}
}

// isTemporary tells of a name in the client's own text that can mean a temporary
// relation only.
func (w *walker) isTemporary(n *pg_query.RangeVar) bool {
	return w.raw != nil && w.c.policy.AllowDDL == "temp" && n.GetCatalogname() == "" &&
		(n.GetSchemaname() == "" || n.GetSchemaname() == tempSchema) && !w.c.relationNames[n.GetRelname()]
}

// temporary has such a name sent with its schema.
func (w *walker) temporary(n *pg_query.RangeVar) *Refusal {
	w.reaches = true
	if w.c.implicit != nil || n.GetSchemaname() == tempSchema {
		return w.c.implicit
	}
	place, ok := w.nameAt(int(n.GetLocation()), n.GetRelname())
	if !ok {
		return refuse(RuleTemporaryName, n.GetRelname(), "Write the name without U&.",
			"the name of relation \"%s\" is not written plainly", n.GetRelname())
	}
	place.temporary = true
	w.v.edit(place)
	if unknown := w.unknownRelation(n.GetRelname(), n.GetRelname()); w.v.Refusal.Rule == "" {
		w.v.Refusal = *unknown
	}
	w.v.NeedsTemp = append(w.v.NeedsTemp, n.GetRelname())
	return nil
}

// createsTemporary tells of a new table that would be temporary, and may be.
func (w *walker) createsTemporary(n *pg_query.RangeVar) bool {
	return w.raw != nil && w.c.policy.AllowDDL == "temp" && namesTemporary(n)
}

// namesTemporary tells whether a new relation will be temporary
// (RangeVarAdjustRelationPersistence in namespace.c).
func namesTemporary(n *pg_query.RangeVar) bool {
	return n.GetCatalogname() == "" &&
		(n.GetSchemaname() == tempSchema || n.GetSchemaname() == "" && n.GetRelpersistence() == "t")
}

// temporaryTable judges the name of a new table, and how it is kept.
func (w *walker) temporaryTable(n *pg_query.RangeVar, options []*pg_query.Node, tablespace, accessMethod string) *Refusal {
	if r := w.c.TempNameRefusal(n.GetRelname()); r != nil {
		return r
	}
	for _, option := range options {
		switch option.GetDefElem().GetDefname() {
		case "fillfactor", "autovacuum_enabled":
		default:
			return refuseTemporary("this storage parameter")
		}
	}
	if tablespace != "" {
		return refuseTemporary("TABLESPACE")
	}
	if accessMethod != "" && accessMethod != "heap" {
		return refuseTemporary("an access method")
	}
	w.v.CreatesTemp = append(w.v.CreatesTemp, n.GetRelname())
	return nil
}

func refuseTemporary(what string) *Refusal {
	return refuse(RuleTemporary, what, "Leave it out.", "%s is not allowed in the definition of a temporary table", what)
}

// temporaryHint is for what would be allowed if tenants might have temporary tables.
const temporaryHint = "Set policy.allow_ddl to temp."

// createTable judges CREATE TEMP TABLE.
func (w *walker) createTable(n *pg_query.CreateStmt) *Refusal {
	if !w.createsTemporary(n.GetRelation()) {
		hint := elsewhere
		if namesTemporary(n.GetRelation()) {
			hint = temporaryHint
		}
		return refuse(RuleStatement, "CREATE TABLE", hint, "CREATE TABLE is not allowed")
	}
	switch {
	case len(n.GetInhRelations()) > 0 || n.GetPartbound() != nil:
		return refuseTemporary("a parent")
	case n.GetPartspec() != nil:
		return refuseTemporary("PARTITION BY")
	case n.GetOfTypename() != nil:
		return refuseTemporary("OF a type")
	case len(n.GetConstraints()) > 0:
		return refuseTemporary("this form of constraint")
	}
	if r := w.temporaryTable(n.GetRelation(), n.GetOptions(), n.GetTablespacename(), n.GetAccessMethod()); r != nil {
		return r
	}
	sequences := false
	for _, element := range n.GetTableElts() {
		var r *Refusal
		switch {
		case element.GetColumnDef() != nil:
			var numbered bool
			numbered, r = w.temporaryColumn(element.GetColumnDef())
			sequences = sequences || numbered
		case element.GetConstraint() != nil:
			r = w.temporaryConstraint(element.GetConstraint())
		case element.GetTableLikeClause() != nil:
			like := element.GetTableLikeClause()
			r = w.temporaryLike(like)
			sequences = sequences || like.GetOptions()&likeIdentity != 0
		default:
			r = refuse(RuleNodeUnknown, "CreateStmt", "", "CREATE TABLE holds something that is not known here")
		}
		if r != nil {
			return r
		}
	}
	if sequences {
		return w.c.sequenceRefusal(n.GetRelation().GetRelname())
	}
	return nil
}

// sequenceRefusal judges the names table_column_seq of the sequences that Postgres
// makes for a temporary table.
func (c *Checker) sequenceRefusal(table string) *Refusal {
	if len(table) > maxSequenceTable {
		return refuse(RuleTemporaryName, table, fmt.Sprintf("Choose a name of at most %d bytes.", maxSequenceTable),
			"the name of temporary table \"%s\" is too long for one with serial or identity columns", table)
	}
	for name := range c.relationNames {
		if strings.HasPrefix(name, table+"_") && strings.Contains(name, "_seq") {
			return refuse(RuleTemporaryName, table, "Choose another name for the temporary table.",
				"a sequence of temporary table \"%s\" might hide \"%s\"", table, name)
		}
	}
	return nil
}

// temporaryColumn tells besides whether the column has a sequence.
func (w *walker) temporaryColumn(n *pg_query.ColumnDef) (sequence bool, r *Refusal) {
	if len(n.GetFdwoptions()) > 0 || n.GetRawDefault() != nil {
		return false, refuse(RuleNodeUnknown, "ColumnDef", "", "a column holds something that is not known here")
	}
	sequence = isSerial(n.GetTypeName())
	if !sequence {
		if r := w.typeName(n.GetTypeName()); r != nil {
			return false, r
		}
	}
	for _, constraint := range n.GetConstraints() {
		c := constraint.GetConstraint()
		sequence = sequence || c.GetContype() == pg_query.ConstrType_CONSTR_IDENTITY
		if r := w.temporaryConstraint(c); r != nil {
			return false, r
		}
	}
	return sequence, nil
}

// isSerial tells of the types that stand for an integer with a sequence
// (transformColumnDefinition in parse_utilcmd.c).
func isSerial(n *pg_query.TypeName) bool {
	parts, ok := nameParts(n.GetNames())
	return ok && len(parts) == 1 && slices.Contains([]string{
		"smallserial", "serial2", "serial", "serial4", "bigserial", "serial8",
	}, parts[0])
}

func (w *walker) temporaryConstraint(n *pg_query.Constraint) *Refusal {
	if name := n.GetConname(); name != "" {
		// An index has the name of its constraint, and is a relation.
		if r := w.c.TempNameRefusal(name); r != nil {
			return r
		}
	}
	switch n.GetContype() {
	case pg_query.ConstrType_CONSTR_NULL, pg_query.ConstrType_CONSTR_NOTNULL,
		pg_query.ConstrType_CONSTR_ATTR_DEFERRABLE, pg_query.ConstrType_CONSTR_ATTR_NOT_DEFERRABLE,
		pg_query.ConstrType_CONSTR_ATTR_DEFERRED, pg_query.ConstrType_CONSTR_ATTR_IMMEDIATE:
		return nil
	case pg_query.ConstrType_CONSTR_PRIMARY, pg_query.ConstrType_CONSTR_UNIQUE:
		if n.GetIndexname() != "" || n.GetIndexspace() != "" || len(n.GetOptions()) > 0 {
			return refuseTemporary("an option of a key")
		}
		return nil
	case pg_query.ConstrType_CONSTR_IDENTITY:
		for _, option := range n.GetOptions() {
			switch option.GetDefElem().GetDefname() {
			case "start", "increment", "minvalue", "maxvalue", "cache", "cycle":
			default:
				return refuseTemporary("this option of a sequence")
			}
		}
		return nil
	case pg_query.ConstrType_CONSTR_DEFAULT:
		if !w.isPlainDefault(n.GetRawExpr()) {
			return refuseTemporary("a DEFAULT other than a constant or a call of a built-in function")
		}
		return w.node(n.GetRawExpr())
	case pg_query.ConstrType_CONSTR_CHECK:
		return refuseTemporary("CHECK")
	case pg_query.ConstrType_CONSTR_GENERATED:
		return refuseTemporary("a generated column")
	case pg_query.ConstrType_CONSTR_FOREIGN:
		return refuseTemporary("REFERENCES")
	}
	return refuseTemporary("this form of constraint")
}

// isPlainDefault tells of a default that means the same as long as the table is
// there: built-in functions do not change with the schema. set_config is none, as
// its effect on the session is not known when it runs.
func (w *walker) isPlainDefault(n *pg_query.Node) bool {
	switch {
	case n.GetAConst() != nil, n.GetSqlvalueFunction() != nil:
		return true
	case n.GetTypeCast() != nil:
		return w.isPlainDefault(n.GetTypeCast().GetArg())
	case n.GetAArrayExpr() != nil:
		return !slices.ContainsFunc(n.GetAArrayExpr().GetElements(), func(e *pg_query.Node) bool { return !w.isPlainDefault(e) })
	case n.GetFuncCall() != nil:
		call := n.GetFuncCall()
		parts, ok := nameParts(call.GetFuncname())
		if !ok || parts[len(parts)-1] == "set_config" || slices.ContainsFunc(call.GetArgs(), func(e *pg_query.Node) bool { return !w.isPlainDefault(e) }) {
			return false
		}
		candidates, _, r := w.candidates(parts, call)
		return r == nil && len(candidates) > 0 && !slices.ContainsFunc(candidates, func(f *catalog.Function) bool { return !isBuiltin(f) })
	}
	return false
}

// The options of LIKE (TableLikeOption in parsenodes.h) that copy nothing that
// runs but the defaults, which run in the copied table too.
const (
	likeComments    = 1 << 0
	likeCompression = 1 << 1
	likeDefaults    = 1 << 3
	likeIdentity    = 1 << 5
	likeStorage     = 1 << 8
)

func (w *walker) temporaryLike(n *pg_query.TableLikeClause) *Refusal {
	if n.GetOptions()&^(likeComments|likeCompression|likeDefaults|likeIdentity|likeStorage) != 0 {
		return refuseTemporary("LIKE with INCLUDING of CONSTRAINTS, GENERATED, INDEXES, STATISTICS or ALL")
	}
	return w.rangeVar(n.GetRelation())
}

// into judges the table that a query is read into; refusal is for one that is not
// temporary.
func (w *walker) into(n *pg_query.IntoClause, refusal *Refusal) *Refusal {
	if !w.createsTemporary(n.GetRel()) {
		if namesTemporary(n.GetRel()) {
			refusal.Hint = temporaryHint
		}
		return w.tolerate(refusal)
	}
	return w.temporaryTable(n.GetRel(), n.GetOptions(), n.GetTableSpaceName(), n.GetAccessMethod())
}

// createIndex judges CREATE INDEX on a temporary table, on plain columns.
func (w *walker) createIndex(n *pg_query.IndexStmt) *Refusal {
	if !w.isTemporary(n.GetRelation()) {
		return refuse(RuleStatement, "CREATE INDEX", elsewhere, "CREATE INDEX is not allowed")
	}
	if n.GetIdxname() != "" {
		if r := w.c.TempNameRefusal(n.GetIdxname()); r != nil {
			return r
		}
	}
	if n.GetTableSpace() != "" || n.GetWhereClause() != nil || len(n.GetOptions()) > 0 {
		return refuseTemporary("an index with WHERE, WITH or TABLESPACE")
	}
	for _, column := range slices.Concat(n.GetIndexParams(), n.GetIndexIncludingParams()) {
		c := column.GetIndexElem()
		if c.GetName() == "" || c.GetExpr() != nil || len(c.GetOpclass()) > 0 || len(c.GetOpclassopts()) > 0 || len(c.GetCollation()) > 0 {
			return refuseTemporary("an index on more than plain columns")
		}
	}
	return w.temporary(n.GetRelation())
}

// drop judges DROP TABLE of temporary tables.
func (w *walker) drop(n *pg_query.DropStmt) *Refusal {
	refused := refuse(RuleStatement, "DROP", elsewhere, "DROP is not allowed")
	if n.GetRemoveType() != pg_query.ObjectType_OBJECT_TABLE || w.raw == nil {
		return refused
	}
	// The tree does not say where the names are: DROP TABLE [IF EXISTS] a, b.c …
	lex := lexer{sql: w.sql, pos: int(w.raw.GetStmtLocation())}
	skip := 2
	if n.GetMissingOk() {
		skip = 4
	}
	for range skip {
		lex.next()
	}
	for _, object := range n.GetObjects() {
		parts, ok := nameParts(object.GetList().GetItems())
		if !ok {
			return refused
		}
		ref := &pg_query.RangeVar{Relname: parts[len(parts)-1]}
		if len(parts) > 1 {
			ref.Schemaname = strings.Join(parts[:len(parts)-1], ".")
		}
		if !w.isTemporary(ref) {
			return refused
		}
		lex.next()
		ref.Location = int32(lex.start)
		for range 2 * (len(parts) - 1) {
			lex.next()
		}
		lex.next() // the comma
		needs, unknown := len(w.v.NeedsTemp), w.v.UnknownRelation
		if r := w.temporary(ref); r != nil {
			return r
		}
		if n.GetMissingOk() {
			w.v.NeedsTemp, w.v.UnknownRelation = w.v.NeedsTemp[:needs], unknown
		}
	}
	return nil
}

// truncate judges TRUNCATE, which is for temporary tables.
func (w *walker) truncate(n *pg_query.TruncateStmt) *Refusal {
	for _, relation := range n.GetRelations() {
		ref := relation.GetRangeVar()
		if ref == nil || !w.isTemporary(ref) {
			return w.tolerate(refuse(RuleStatementTruncate, "", "Use DELETE, which row-level security applies to.", "TRUNCATE is not allowed"))
		}
	}
	return w.temporaries(n.GetRelations())
}

func (w *walker) temporaries(relations []*pg_query.Node) *Refusal {
	for _, relation := range relations {
		if r := w.temporary(relation.GetRangeVar()); r != nil {
			return r
		}
	}
	return nil
}

// analyze judges ANALYZE of temporary tables.
func (w *walker) analyze(n *pg_query.VacuumStmt) *Refusal {
	var relations []*pg_query.Node
	for _, item := range n.GetRels() {
		if ref := item.GetVacuumRelation().GetRelation(); ref != nil && w.isTemporary(ref) {
			relations = append(relations, &pg_query.Node{Node: &pg_query.Node_RangeVar{RangeVar: ref}})
		}
	}
	if n.GetIsVacuumcmd() || len(relations) == 0 || len(relations) < len(n.GetRels()) {
		return refuse(RuleStatement, "VACUUM or ANALYZE", elsewhere, "VACUUM or ANALYZE is not allowed")
	}
	return w.temporaries(relations)
}
