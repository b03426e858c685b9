package rewrite

import (
	"errors"
	"fmt"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"
	"github.com/pganalyze/pg_query_go/v5/parser"
)

// parse gives the statements of a text that prescan has passed. Any error is a
// refusal, whatever else the parser returned: past its limits it returns both
// an error and an empty result.
func parse(sql string, serverVersion int) ([]*pg_query.RawStmt, *Refusal) {
	result, err := pg_query.Parse(sql)
	var syntax *parser.Error
	switch {
	case errors.As(err, &syntax) && !strings.HasPrefix(syntax.Message, "memory exhausted"):
		return nil, syntaxError(sql, syntax.Cursorpos, serverVersion)
	case err != nil:
		return nil, refuse(RuleTextTooDeep, "", "Split the statement.", "statement is nested too deeply")
	case len(result.GetStmts()) == 0:
		// prescan saw a token, so this is not an empty query.
		return nil, syntaxError(sql, 0, serverVersion)
	}
	return result.GetStmts(), nil
}

// syntaxError says where, not what: the text near an error is often a constant
// whose quotes do not match (I8).
func syntaxError(sql string, cursor, serverVersion int) *Refusal {
	r := &Refusal{
		Rule:     RuleSyntaxError,
		SQLSTATE: "42601",
		Message:  "syntax error",
		Detail:   "rule: " + string(RuleSyntaxError),
	}
	if cursor > 0 {
		line, column := position(sql, cursor)
		r.Message = fmt.Sprintf("syntax error at line %d, column %d", line, column)
	}
	if serverVersion >= 170000 {
		r.Hint = fmt.Sprintf("The statement is read with the grammar of PostgreSQL 16; the server is %d.", serverVersion/10000)
	}
	return r
}

// position turns a cursor of the parser, in characters from 1, into line and
// column.
func position(sql string, cursor int) (line, column int) {
	line, column = 1, 1
	for _, r := range sql {
		if cursor--; cursor <= 0 {
			break
		}
		if column++; r == '\n' {
			line, column = line+1, 1
		}
	}
	return line, column
}
