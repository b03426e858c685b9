package proxy

import (
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
)

// The DETAIL of an integrity violation (class 23) quotes values of rows: "Key
// (code)=(X) already exists", "Failing row contains (…)". Postgres itself leaves
// them out where row-level security applies to whom the statement runs as
// (BuildIndexValueDescription, ExecBuildSlotValueDescription, ri_ReportViolation).
// So what quotes values comes from code that runs as somebody else, and may be
// about any org's rows; or from tables without row-level security, which tenants
// write only if those are temporary ones of their own. It is passed on when it
// can be shown to hold the session's own values only.

// ownDetail tells of a detail that holds nothing of another org. Only what
// Postgres's own code raises counts, by the name of its C function, which nobody
// can give to RAISE.
func (b *backend) ownDetail(e *pgproto3.ErrorResponse) bool {
	keys := b.session.server.options().TenantKeys
	switch e.Routine {
	case "_bt_check_unique":
		return b.ownTempTable(e) || leadsWith(e.Detail, keys, b.session.org)
	case "ri_ReportViolation":
		// Without a bracket it is "Key is not present in table …".
		return !strings.Contains(e.Detail, "(") || leadsWith(e.Detail, keys, b.session.org)
	case "ExecConstraints", "ReportNotNullViolationError":
		return b.ownTempTable(e)
	}
	return false
}

// ownTempTable tells of a temporary table that the client has made itself. No
// code of the schema's owner writes to one of that name (tempTables).
func (b *backend) ownTempTable(e *pgproto3.ErrorResponse) bool {
	return strings.HasPrefix(e.SchemaName, "pg_temp_") && b.session.front.temps.has(e.TableName)
}

// leadsWith tells of a key whose first column is the tenant's, with the org's
// value: Key (org_id, code)=(ORG, X) …, in whatever language the words are.
func leadsWith(detail, column, org string) bool {
	_, rest, _ := strings.Cut(detail, "(")
	columns, values, ok := strings.Cut(rest, ")=(")
	return ok && column != "" && org != "" && firstOf(columns+")", column) && firstOf(values, org)
}

// firstOf tells whether a list, up to its closing bracket, begins with item.
func firstOf(list, item string) bool {
	rest, ok := strings.CutPrefix(list, item)
	return ok && (strings.HasPrefix(rest, ", ") || strings.HasPrefix(rest, ")"))
}
