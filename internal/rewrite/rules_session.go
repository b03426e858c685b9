package rewrite

// The rules that the proxy applies to a session rather than to a text.
const (
	RuleCatalogUnavailable Rule = "catalog.unavailable"
	RuleRolePrivileged     Rule = "role.privileged"
	RulePreparedStale      Rule = "prepared.stale"
	RulePreparedName       Rule = "prepared.name"
	RuleTemporaryNumber    Rule = "temporary.too_many"
	RuleFunctionCall       Rule = "protocol.function_call"
	RuleReplication        Rule = "protocol.replication"
	RuleOptions            Rule = "protocol.options"
	RuleResetUnavailable   Rule = "setting.reset_unavailable"
	RuleSequenceState      Rule = "sequence.session_state"
	RuleTokenUnavailable   Rule = "token.unavailable" //nolint:gosec // a rule, not a token
	RuleTokenRejected      Rule = "token.rejected"
	RuleAuditUnavailable   Rule = "audit.unavailable"
)

// sessionRules explains them, for Rules.
func sessionRules() []RuleText {
	return []RuleText{
		{RuleCatalogUnavailable, "The catalog of the database has not been read, or cannot be: what a statement would reach is unknown.", StillRefused},
		{RuleRolePrivileged, "The upstream role could see past row-level security.", StillRefused},
		{RulePreparedStale, "The schema has changed, and which text the prepared statement stands for is not known any more.", StillRefused},
		{RulePreparedName, "In transaction mode SQL names a statement that was prepared by the protocol, which has another name on each upstream connection, or one whose name is the proxy's.", StillRefused},
		{RuleTemporaryNumber, "The session has made temporary tables of 1,000 names, which is as many as are kept.", StillRefused},
		{RuleFunctionCall, "The FunctionCall message calls any function by its OID, past all SQL.", StillRefused},
		{RuleReplication, "A replication connection reads the write-ahead log, to which no policy applies.", StillRefused},
		{RuleOptions, "The startup options hold a switch other than a setting.", StillRefused},
		{RuleResetUnavailable, "A reset of the session's settings in the middle of a pipeline or, in the extended protocol, of a transaction: what follows would run before the proxy has put its own settings back.", StillRefused},
		{RuleSequenceState, "In transaction mode currval and lastval outside a transaction would show what somebody else did on the same upstream connection, or nothing.", StillRefused},
		{RuleTokenUnavailable, "A new token for the session in a transaction, or in a pipeline behind other messages since the last Sync: what runs there began with the old one.", StillRefused},
		{RuleTokenRejected, "A new token for the session that a login would not be accepted with either. The session goes on with the token that it has.", StillRefused},
		{RuleAuditUnavailable, "The audit log cannot be written, and audit_log.on_full is block: nothing runs that it would have to record. The SQLSTATE is 53100 when the disk is full, else 58030.", StillRefused},
	}
}

// RefuseUnaudited makes the refusal of what the audit log could not record, with the
// SQLSTATE of a full disk or of another failure to write.
func RefuseUnaudited(diskFull bool) *Refusal {
	r := Refuse(RuleAuditUnavailable, "the audit log of tenantproxy cannot be written",
		"No statement runs until it can. The operator finds the cause in the log of tenantproxy.")
	r.SQLSTATE = "58030"
	if diskFull {
		r.SQLSTATE = "53100"
	}
	return r
}

// RefuseToken makes the refusal of a new token for a session, with the SQLSTATE and
// the one message that a login gets.
func RefuseToken() *Refusal {
	r := Refuse(RuleTokenRejected, "token rejected", "")
	r.SQLSTATE = "28P01"
	return r
}

// Refuse makes a refusal with SQLSTATE 42501 for a rule that is applied outside
// this package.
func Refuse(rule Rule, message, hint string) *Refusal {
	return refuse(rule, "", hint, "%s", message)
}
