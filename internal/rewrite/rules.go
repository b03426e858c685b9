package rewrite

import "fmt"

// Rule is the stable id of a rule that refuses. The same id is in the error's
// detail, the audit log, the metric label and the documentation; an id never
// changes its meaning.
type Rule string

// The rules, in the order in which a text meets them.
const (
	RuleTextTooLarge  Rule = "text.too_large"
	RuleTextEncoding  Rule = "text.encoding"
	RuleTextTooDeep   Rule = "text.too_deep"
	RuleTextComments  Rule = "text.nested_comments"
	RuleSyntaxError   Rule = "syntax.error"
	RuleInternalError Rule = "internal.error"
	RuleNodeUnknown   Rule = "node.unknown"

	RuleStatement          Rule = "statement.not_allowed"
	RuleStatementTwoPhase  Rule = "statement.two_phase"
	RuleStatementTruncate  Rule = "statement.truncate"
	RuleStatementDo        Rule = "statement.do"
	RuleStatementSelInto   Rule = "statement.select_into"
	RuleStatementLock      Rule = "statement.lock_table"
	RuleStatementNotify    Rule = "statement.listen_notify"
	RuleChannelName        Rule = "statement.channel_name"
	RuleStatementExplain   Rule = "statement.explain"
	RuleStatementHold      Rule = "statement.cursor_with_hold"
	RuleStatementReset     Rule = "statement.after_reset"
	RuleStatementConflict  Rule = "statement.on_conflict"
	RuleStatementCopyFile  Rule = "statement.copy_file"
	RuleStatementCopyFrom  Rule = "statement.copy_from"
	RuleStatementSnapshot  Rule = "statement.set_snapshot"
	RuleStatementOverRules Rule = "statement.rewrite_rules"

	RuleRelationUnknown  Rule = "relation.unknown"
	RuleRelationSchema   Rule = "relation.schema_not_allowed"
	RuleRelationDatabase Rule = "relation.other_database"
	RuleRelationTemp     Rule = "relation.temporary"
	RuleTemporary        Rule = "temporary.definition"
	RuleTemporaryName    Rule = "temporary.name"
	RuleRelationRLS      Rule = "relation.rls_disabled"
	RuleRelationOwner    Rule = "relation.owner_not_forced"
	RuleRelationBypass   Rule = "relation.role_bypasses_rls"
	RuleRelationKind     Rule = "relation.kind_not_allowed"
	RuleRelationSequence Rule = "relation.sequence"
	RuleRelationShared   Rule = "relation.shared_write"
	RuleCatalog          Rule = "catalog.not_allowed"
	RuleCatalogWrite     Rule = "catalog.write"

	RuleViewOwner    Rule = "view.runs_as_owner"
	RuleViewAnalysis Rule = "view.not_analysed"

	RuleFunctionUnknown  Rule = "function.unknown"
	RuleFunctionDenied   Rule = "function.denied"
	RuleFunctionNever    Rule = "function.never_allowed"
	RuleFunctionBuiltin  Rule = "function.builtin_refused"
	RuleFunctionVolatile Rule = "function.volatile"
	RuleFunctionDefiner  Rule = "function.security_definer"
	RuleFunctionUser     Rule = "function.user_defined"
	RuleFunctionBody     Rule = "function.body"
	RuleFunctionDynamic  Rule = "function.dynamic_sql"
	RuleFunctionArgument Rule = "function.argument"
	RuleColumnCall       Rule = "function.column_call"

	RuleOperator Rule = "operator.user_defined"
	RuleType     Rule = "type.not_allowed"
	RuleTypeNone Rule = "type.unknown"
	RuleCast     Rule = "cast.user_defined"
	RuleSample   Rule = "tablesample.method"

	RuleSettingProtected Rule = "setting.protected"
	RuleSettingUnknown   Rule = "setting.not_allowed"
	RuleSettingValue     Rule = "setting.value"
	RuleSettingRead      Rule = "setting.not_readable"
	RuleSettingRole      Rule = "setting.role"
)

// RuleText is one rule with its explanation.
type RuleText struct {
	Rule Rule
	Text string
	// Report is what report mode does.
	Report ReportAction
}

// ReportAction says what becomes, in report mode, of a statement that a rule
// refuses. The zero value is none of a rule's: what nobody has classified stays
// refused.
type ReportAction uint8

// Report mode lets a statement through for what it reads, writes and waits for.
// It still refuses what could take the context from the proxy (I3), and so
// whatever runs code or changes settings that are not allowed, makes code that
// runs later, or cannot be analysed; and what the protocol forbids (I2).
const (
	StillRefused ReportAction = iota + 1
	LetThrough
)

// Rules lists every rule with a one-line explanation, in documentation order.
// The caller owns the slice.
func Rules() []RuleText {
	return append([]RuleText{
		{RuleTextTooLarge, "The text is longer than policy.max_sql_bytes.", StillRefused},
		{RuleTextEncoding, "The text is not strict UTF-8 or holds a NUL byte: parser and server would read different texts.", StillRefused},
		{RuleTextTooDeep, "An expression, join, set operation or nesting is deeper than the parser can hold safely.", StillRefused},
		{RuleTextComments, "Comments are nested deeper than 32: the scanner is quadratic in that depth.", StillRefused},
		{RuleSyntaxError, "The text does not parse with the grammar of PostgreSQL 16.", StillRefused},
		{RuleInternalError, "The analysis itself failed; the statement is refused rather than guessed at.", StillRefused},
		{RuleNodeUnknown, "The parse tree holds a node that the policy does not know.", StillRefused},

		{RuleStatement, "The kind of statement is not for tenants: schema changes, grants and maintenance go to the database directly.", StillRefused},
		{RuleStatementTwoPhase, "PREPARE TRANSACTION, COMMIT PREPARED and ROLLBACK PREPARED outlive the session and its context.", LetThrough},
		{RuleStatementTruncate, "TRUNCATE ignores row-level security.", LetThrough},
		{RuleStatementDo, "DO runs a block of code; policy.allow_do has one in PL/pgSQL analysed.", StillRefused},
		{RuleStatementSelInto, "SELECT INTO and CREATE TABLE AS make a table, and a new table has no row-level security.", LetThrough},
		{RuleStatementLock, "LOCK TABLE stops every tenant; policy.lock_table allows it.", LetThrough},
		{RuleStatementNotify, "Notification channels are shared by all tenants; policy.listen_notify allows them.", LetThrough},
		{RuleChannelName, "The channel's name leaves no room for the org's prefix of policy.listen_notify: prefix, or is written so that it cannot be given one.", StillRefused},
		{RuleStatementExplain, "EXPLAIN shows estimates, and with ANALYZE counts, over all tenants' rows; policy.explain allows it.", LetThrough},
		{RuleStatementHold, "A WITH HOLD cursor outlives its transaction; policy.cursor_with_hold allows it.", LetThrough},
		{RuleStatementReset, "A statement in the same text runs after a reset of the tenant's context.", StillRefused},
		{RuleStatementConflict, "ON CONFLICT DO UPDATE with WHERE, or through a view, leaks rows on servers without the fixes of November 2026.", LetThrough},
		{RuleStatementCopyFile, "COPY to or from a file or a program of the server.", StillRefused},
		{RuleStatementCopyFrom, "COPY FROM is not possible on a table with row-level security: use INSERT.", LetThrough},
		{RuleStatementSnapshot, "SET TRANSACTION SNAPSHOT joins the view of another session.", LetThrough},
		{RuleStatementOverRules, "The target has rewrite rules, whose actions run with the privileges of its owner.", LetThrough},

		{RuleRelationUnknown, "The relation is not in the catalog snapshot, or not where the search path looks.", LetThrough},
		{RuleRelationSchema, "The relation's schema is not one of policy.schemas.", LetThrough},
		{RuleRelationDatabase, "The name is qualified with another database.", LetThrough},
		{RuleRelationTemp, "Temporary and TOAST schemas are not reachable by name.", LetThrough},
		{RuleTemporary, "The definition of a temporary table holds something that runs later, or that reaches another relation.", StillRefused},
		{RuleTemporaryName, "A temporary relation may hide what goes by its name: another relation, a type, or what a function looks for.", StillRefused},
		{RuleRelationRLS, "Row-level security is not enabled on the table.", LetThrough},
		{RuleRelationOwner, "The upstream role owns the table, or is a member of its owner, and row-level security is not forced.", LetThrough},
		{RuleRelationBypass, "The upstream role is superuser or has BYPASSRLS: no policy applies to it.", LetThrough},
		{RuleRelationKind, "Materialized views, foreign tables, indexes and composite types have no row-level security.", LetThrough},
		{RuleRelationSequence, "A sequence's row shows how much all tenants insert.", LetThrough},
		{RuleRelationShared, "A relation of policy.allow_relations is shared by all tenants, and so is read-only to them.", LetThrough},
		{RuleCatalog, "The catalog shows other sessions' queries, samples of rows, or secrets, or is not on the allow-list.", LetThrough},
		{RuleCatalogWrite, "Catalogs are read-only; an UPDATE of pg_settings is a SET.", StillRefused},

		{RuleViewOwner, "The view reads with the privileges of its owner, who is not subject to row-level security below it.", LetThrough},
		{RuleViewAnalysis, "The view's definition could not be analysed, or names itself.", StillRefused},

		{RuleFunctionUnknown, "No function of that name is in the catalog snapshot.", StillRefused},
		{RuleFunctionDenied, "The function is in policy.deny_functions.", StillRefused},
		{RuleFunctionNever, "The function runs SQL text, reaches files, other sessions or the context, or takes internal arguments; no setting allows it.", StillRefused},
		{RuleFunctionBuiltin, "A built-in that shows or touches more than the tenant's own; policy.allow_functions allows it.", StillRefused},
		{RuleFunctionVolatile, "A volatile function that is not on the allow-list; policy.allow_functions allows it.", StillRefused},
		{RuleFunctionDefiner, "A SECURITY DEFINER function runs as its owner; policy.allow_functions allows it.", StillRefused},
		{RuleFunctionUser, "A user-defined function that is not analysed or does not pass by itself: it is in another language than SQL and PL/pgSQL, for triggers, or LEAKPROOF; policy.allow_functions allows it.", StillRefused},
		{RuleFunctionBody, "The body of a function holds a statement that is not analysed there; policy.allow_functions allows the function.", StillRefused},
		{RuleFunctionDynamic, "The body of a function, or of DO, runs SQL that it puts together; policy.allow_functions allows the function.", StillRefused},
		{RuleFunctionArgument, "set_config or current_setting of a name that is not a literal.", StillRefused},
		{RuleColumnCall, "The name after the dot is no column but calls a function that is not allowed.", StillRefused},

		{RuleOperator, "An operator of that name, or an operator class that a query may use unnamed, runs a function that is not allowed.", StillRefused},
		{RuleType, "The type runs a function that is not allowed when a value is read, written or checked.", StillRefused},
		{RuleTypeNone, "The type is not in the catalog snapshot and is not built in.", StillRefused},
		{RuleCast, "A cast to or from the type runs a function that is not allowed.", StillRefused},
		{RuleSample, "TABLESAMPLE with a method other than BERNOULLI and SYSTEM.", StillRefused},

		{RuleSettingProtected, "The setting carries the tenant's context: only the proxy sets it.", StillRefused},
		{RuleSettingUnknown, "The setting is not on the list of those that a tenant may set.", StillRefused},
		{RuleSettingValue, "The setting may not have this value, or the value is not a literal.", StillRefused},
		{RuleSettingRead, "The setting is not on the list of those that a tenant may read.", LetThrough},
		{RuleSettingRole, "SET ROLE and SET SESSION AUTHORIZATION change who policies are evaluated for.", StillRefused},
	}, sessionRules()...)
}

// refuse makes a Refusal with SQLSTATE 42501 (insufficient_privilege).
func refuse(rule Rule, object, hint, format string, args ...any) *Refusal {
	return &Refusal{
		Rule:     rule,
		SQLSTATE: "42501",
		Message:  fmt.Sprintf(format, args...),
		Detail:   "rule: " + string(rule),
		Hint:     hint,
		Object:   object,
	}
}
