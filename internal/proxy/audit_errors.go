package proxy

import (
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
)

// quotes are what servers put around values and names in messages, in the languages
// that they have.
const quotes = "\"'`«»„“”‚‘’‹›"

// errorText is the message of an error for the audit log. Without literals it keeps
// only what Postgres itself wrote: messages from other code than that of
// saysNoMore are left out, since RAISE puts rows into them, and so is all between the
// first quote and the last, where values are (I8). Names that are not quoted stay:
// column organizations.status does not exist.
func errorText(e *pgproto3.ErrorResponse, literals bool) string {
	if literals {
		return e.Message
	}
	if !saysNoMore(e.File) {
		return ""
	}
	first, last := strings.IndexAny(e.Message, quotes), strings.LastIndexAny(e.Message, quotes)
	if first < 0 {
		return e.Message
	}
	rest := strings.TrimLeft(e.Message[last:], quotes)
	if first == last { // it is not closed
		rest = ""
	}
	return e.Message[:first] + "…" + rest
}

// saysNoMore tells of the files of Postgres whose messages hold names, numbers of its
// own and quoted values, but no other values. The name of the file comes with the
// error (errfinish in utils/error/elog.c), and RAISE cannot choose it.
func saysNoMore(file string) bool {
	switch file {
	case // parser/, and where names are looked up
		"analyze.c", "parse_agg.c", "parse_clause.c", "parse_coerce.c", "parse_collate.c", "parse_cte.c",
		"parse_expr.c", "parse_func.c", "parse_node.c", "parse_oper.c", "parse_param.c", "parse_relation.c",
		"parse_target.c", "parse_type.c", "scan.l", "gram.y", "namespace.c", "aclchk.c",
		// running statements: policies, constraints, locks, cancels and timeouts
		"postgres.c", "execMain.c", "execUtils.c", "execExpr.c", "execExprInterp.c", "nodeModifyTable.c", "nodeSubplan.c",
		"nbtinsert.c", "ri_triggers.c", "rls.c", "rowsecurity.c", "lock.c", "lmgr.c", "deadlock.c", "predicate.c",
		"heapam.c", "heapam_handler.c", "xact.c", "portalcmds.c", "portalmem.c", "pquery.c", "prepare.c", "utility.c", "proc.c",
		// arithmetic
		"int.c", "int8.c", "float.c", "numeric.c", "numutils.c":
		return true
	}
	return false
}
