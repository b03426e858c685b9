package rewrite

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
)

// topLevel judges a statement at the top of a text.
func (w *walker) topLevel(n *pg_query.Node) *Refusal {
	if isQuery(n) {
		return w.node(n)
	}
	// What the normalized text leaves out of statements other than queries is
	// not only constants of expressions, so none is shared under it.
	w.v.LooksAtLiterals = true
	return w.utility(statementOf(n))
}

// isQuery tells of the statements that can stand inside others.
func isQuery(n *pg_query.Node) bool {
	return n.GetSelectStmt() != nil || n.GetInsertStmt() != nil || n.GetUpdateStmt() != nil ||
		n.GetDeleteStmt() != nil || n.GetMergeStmt() != nil
}

// statementOf unwraps a Node; nil if it is empty.
func statementOf(n *pg_query.Node) proto.Message {
	m := n.ProtoReflect()
	field := m.WhichOneof(m.Descriptor().Oneofs().Get(0))
	if field == nil {
		return nil
	}
	return m.Get(field).Message().Interface()
}

// query judges what stands inside a wrapper such as PREPARE.
func (w *walker) query(n *pg_query.Node) *Refusal {
	if isQuery(n) {
		return w.node(n)
	}
	if create := n.GetCreateTableAsStmt(); create != nil {
		return w.createTableAs(create)
	}
	return w.refusedStatement(statementOf(n))
}

// utility is the table of statements that are not queries.
func (w *walker) utility(statement proto.Message) *Refusal {
	switch n := statement.(type) {
	case *pg_query.TransactionStmt:
		w.v.Transacts = true
		return w.tolerate(transaction(n))
	case *pg_query.VariableSetStmt:
		return w.variableSet(n)
	case *pg_query.VariableShowStmt:
		return w.tolerate(w.c.readRefusal(n.GetName()))
	case *pg_query.DiscardStmt:
		return w.discard(n)
	case *pg_query.ConstraintsSetStmt:
		// Moves the checks of the tenant's own transaction; names constraints,
		// not relations.
		return nil

	case *pg_query.PrepareStmt:
		w.v.Prepares = append(w.v.Prepares, cutName(n.GetName()))
		if r := w.nodes(n.GetArgtypes()); r != nil {
			return r
		}
		return w.query(n.GetQuery())
	case *pg_query.ExecuteStmt:
		return w.execute(n)
	case *pg_query.DeallocateStmt:
		if n.GetName() == "" {
			w.v.DeallocatesAll = true
		} else {
			w.v.Deallocates = append(w.v.Deallocates, cutName(n.GetName()))
		}
		return nil

	case *pg_query.DeclareCursorStmt:
		return w.declare(n)
	case *pg_query.FetchStmt, *pg_query.ClosePortalStmt:
		// A portal is made by DECLARE or Bind only, which are analysed.
		return nil

	case *pg_query.ExplainStmt:
		return w.explain(n)
	case *pg_query.CopyStmt:
		return w.copy(n)
	case *pg_query.LockStmt:
		return w.lock(n)
	case *pg_query.UnlistenStmt:
		if n.GetConditionname() == "" {
			return nil
		}
		return w.notification("UNLISTEN", n.GetConditionname())
	case *pg_query.ListenStmt:
		w.v.KeepsState = true
		return w.notification("LISTEN", n.GetConditionname())
	case *pg_query.NotifyStmt:
		return w.notification("NOTIFY", n.GetConditionname())

	case *pg_query.CreateTableAsStmt:
		return w.createTableAs(n)
	case *pg_query.CreateStmt:
		return w.createTable(n)
	case *pg_query.IndexStmt:
		return w.createIndex(n)
	case *pg_query.DropStmt:
		return w.drop(n)
	case *pg_query.TruncateStmt:
		return w.truncate(n)
	case *pg_query.VacuumStmt:
		return w.analyze(n)

	case *pg_query.DoStmt:
		return w.do(n)
	case *pg_query.CallStmt:
		return w.node(&pg_query.Node{Node: &pg_query.Node_FuncCall{FuncCall: n.GetFunccall()}})
	}
	return w.refusedStatement(statement)
}

// elsewhere is the hint for what is not a tenant's to do.
const elsewhere = "Run it directly on the database, with a role of its own."

// refusedStatement refuses with the words that name the statement.
func (w *walker) refusedStatement(statement proto.Message) *Refusal {
	if statement == nil {
		return refuse(RuleNodeUnknown, "", "", "empty statement")
	}
	name := statement.ProtoReflect().Descriptor().Name()
	if words, ok := refusedStatements[name]; ok {
		return refuse(RuleStatement, words, elsewhere, "%s is not allowed", words)
	}
	return refuse(RuleStatement, string(name), "", "%s is not allowed here", strings.ToUpper(strings.TrimSuffix(string(name), "Stmt")))
}

func transaction(n *pg_query.TransactionStmt) *Refusal {
	switch n.GetKind() {
	case pg_query.TransactionStmtKind_TRANS_STMT_BEGIN, pg_query.TransactionStmtKind_TRANS_STMT_START,
		pg_query.TransactionStmtKind_TRANS_STMT_COMMIT, pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK,
		pg_query.TransactionStmtKind_TRANS_STMT_SAVEPOINT, pg_query.TransactionStmtKind_TRANS_STMT_RELEASE,
		pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:
		return nil
	}
	return refuse(RuleStatementTwoPhase, "", "", "two-phase commit is not allowed")
}

func (w *walker) discard(n *pg_query.DiscardStmt) *Refusal {
	switch n.GetTarget() {
	case pg_query.DiscardMode_DISCARD_ALL:
		w.resetAll()
		w.v.DeallocatesAll = true
		return nil
	case pg_query.DiscardMode_DISCARD_PLANS, pg_query.DiscardMode_DISCARD_SEQUENCES, pg_query.DiscardMode_DISCARD_TEMP:
		return nil
	}
	return refuse(RuleStatement, "DISCARD", "", "this form of DISCARD is not allowed")
}

func (w *walker) execute(n *pg_query.ExecuteStmt) *Refusal {
	w.v.Executes = append(w.v.Executes, cutName(n.GetName()))
	w.reaches = true
	return w.nodes(n.GetParams())
}

func (w *walker) createTableAs(n *pg_query.CreateTableAsStmt) *Refusal {
	if n.GetObjtype() != pg_query.ObjectType_OBJECT_TABLE {
		return refuse(RuleStatement, "CREATE MATERIALIZED VIEW", elsewhere, "CREATE MATERIALIZED VIEW is not allowed")
	}
	if r := w.into(n.GetInto(), refuse(RuleStatementSelInto, "", elsewhere, "CREATE TABLE AS is not allowed")); r != nil {
		return r
	}
	if execute := n.GetQuery().GetExecuteStmt(); execute != nil {
		return w.execute(execute)
	}
	return w.query(n.GetQuery())
}

// cursorHold is CURSOR_OPT_HOLD (parsenodes.h).
const cursorHold = 0x0020

func (w *walker) declare(n *pg_query.DeclareCursorStmt) *Refusal {
	w.v.KeepsState = w.v.KeepsState || n.GetOptions()&cursorHold != 0
	if n.GetOptions()&cursorHold != 0 && !w.c.policy.CursorWithHold {
		if r := w.tolerate(refuse(RuleStatementHold, "", "Set policy.cursor_with_hold.", "DECLARE CURSOR WITH HOLD is not allowed")); r != nil {
			return r
		}
	}
	return w.query(n.GetQuery())
}

func (w *walker) explain(n *pg_query.ExplainStmt) *Refusal {
	if w.c.policy.Explain != "plain" && w.c.policy.Explain != "analyze" {
		if r := w.tolerate(refuse(RuleStatementExplain, "", "Set policy.explain to plain.", "EXPLAIN is not allowed")); r != nil {
			return r
		}
	}
	for _, option := range n.GetOptions() {
		def := option.GetDefElem()
		switch def.GetDefname() {
		case "verbose", "costs", "settings", "generic_plan", "buffers", "wal", "timing", "summary", "format":
		case "analyze":
			if w.c.policy.Explain != "analyze" && !isOff(def.GetArg()) {
				if r := w.tolerate(refuse(RuleStatementExplain, "", "Set policy.explain to analyze.", "EXPLAIN ANALYZE is not allowed")); r != nil {
					return r
				}
			}
		default:
			if r := w.tolerate(refuse(RuleStatementExplain, "", "", "this option of EXPLAIN is not allowed")); r != nil {
				return r
			}
		}
	}
	query := n.GetQuery()
	switch {
	case query.GetExecuteStmt() != nil:
		return w.execute(query.GetExecuteStmt())
	case query.GetDeclareCursorStmt() != nil:
		return w.declare(query.GetDeclareCursorStmt())
	}
	return w.query(query)
}

// isOff tells of an option that is switched off for certain (defGetBoolean in
// define.c).
func isOff(arg *pg_query.Node) bool {
	switch {
	case arg.GetInteger() != nil:
		return arg.GetInteger().GetIval() == 0
	case arg.GetString_() != nil:
		s := foldASCII(arg.GetString_().GetSval())
		return s == "false" || s == "off"
	}
	return false
}

func (w *walker) copy(n *pg_query.CopyStmt) *Refusal {
	switch {
	case n.GetIsProgram() || n.GetFilename() != "":
		return refuse(RuleStatementCopyFile, "", "Use COPY … TO STDOUT, or psql's \\copy.", "COPY with a file or program of the server is not allowed")
	case n.GetIsFrom() && w.isTemporary(n.GetRelation()):
		return w.copyFrom(n)
	case n.GetIsFrom():
		if r := w.tolerate(refuse(RuleStatementCopyFrom, "", "Use INSERT, with several rows in each statement.", "COPY FROM is not allowed")); r != nil {
			return r
		}
		return w.copyFrom(n)
	}
	if query := n.GetQuery(); query != nil {
		return w.query(query)
	}
	if n.GetRelation() == nil || n.GetWhereClause() != nil {
		return refuse(RuleNodeUnknown, "CopyStmt", "", "this form of COPY is not known here")
	}
	return w.rangeVar(n.GetRelation())
}

func (w *walker) copyFrom(n *pg_query.CopyStmt) *Refusal {
	w.v.CopiesIn = true
	if r := w.target(n.GetRelation()); r != nil {
		return r
	}
	return w.node(n.GetWhereClause())
}

func (w *walker) lock(n *pg_query.LockStmt) *Refusal {
	if !w.c.policy.LockTable {
		if r := w.tolerate(refuse(RuleStatementLock, "", "Use SELECT … FOR UPDATE, or set policy.lock_table.", "LOCK TABLE is not allowed")); r != nil {
			return r
		}
	}
	for _, relation := range n.GetRelations() {
		ref := relation.GetRangeVar()
		if ref == nil {
			return refuse(RuleNodeUnknown, "LockStmt", "", "LOCK TABLE holds something that is not known here")
		}
		if r := w.target(ref); r != nil {
			return r
		}
	}
	return nil
}

// inert tells of a statement that may follow a reset of the context in the
// same text: it neither reads nor writes rows, and does not show the context.
func (w *walker) inert(n *pg_query.Node) bool {
	switch s := statementOf(n).(type) {
	case *pg_query.SelectStmt:
		return !w.reaches
	case *pg_query.TransactionStmt:
		// COMMIT runs deferred triggers.
		return s.GetKind() != pg_query.TransactionStmtKind_TRANS_STMT_COMMIT
	case *pg_query.VariableSetStmt, *pg_query.DiscardStmt, *pg_query.ClosePortalStmt,
		*pg_query.UnlistenStmt, *pg_query.DeallocateStmt:
		return true
	}
	return false
}

// maxNameBytes is NAMEDATALEN - 1: Postgres keeps no more of the name of a
// prepared statement.
const maxNameBytes = 63

func cutName(name string) string {
	if len(name) > maxNameBytes {
		return name[:maxNameBytes]
	}
	return name
}
