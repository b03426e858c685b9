package rewrite

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"testing"
)

//go:generate go test -run ^TestRulesAreDocumented$ -update .

const rulesFile = "../../docs/RULES.md"

// ruleExample is what docs/RULES.md shows for a rule.
type ruleExample struct {
	// sql gives the rule in the setup; shown, if set, stands for it on paper.
	sql, shown string
	// setup is the name of a setup of the golden verdicts; empty: default.
	setup string
	// with says what the example needs besides the schema of the introduction.
	with string
	// refusal is for a rule that no text gives, or the proxy before Check: that
	// of its own about sessions, which cmd/tenantproxy holds to this file, and
	// those against our own mistakes.
	refusal *Refusal
}

func ruleExamples() map[Rule]ruleExample {
	return map[Rule]ruleExample{
		RuleTextTooLarge: {
			sql: "SELECT '" + strings.Repeat("x", defaultMaxBytes) + "'", shown: "SELECT '…a million letters…'",
			refusal: Refuse(RuleTextTooLarge, "the statement is too long",
				"policy.max_sql_bytes bounds the text of one statement; large values belong in parameters."),
		},
		RuleTextEncoding: {sql: "SELECT '\xff'", shown: "SELECT '…a byte that is not UTF-8…'"},
		RuleTextTooDeep:  {sql: "SELECT 1" + strings.Repeat(" + 1", maxDepth), shown: "SELECT 1 + 1 + … + 1 -- 3,000 of them"},
		RuleTextComments: {sql: strings.Repeat("/* ", 40) + strings.Repeat("*/ ", 40) + "SELECT 1", shown: "/* /* /* … 40 deep … */ */ */ SELECT 1"},
		RuleSyntaxError:  {sql: "SELECT *\nFORM contacts"},
		RuleInternalError: {
			with:    "It shows a mistake in tenantproxy: no statement is known that gives it.",
			refusal: &(&Checker{maxBytes: 100}).Check("SELECT * FROM contacts").Refusal,
		},
		RuleNodeUnknown: {
			with: "It would come with a new version of the parser: no statement is known that gives it. " +
				"The error is that of a node by the name of NewNode.",
			refusal: refuse(RuleNodeUnknown, "NewNode", "", "statement holds a %s, which is not known here", "NewNode"),
		},

		RuleStatement:          {sql: "CREATE TABLE notes (id bigint)"},
		RuleStatementTwoPhase:  {sql: "PREPARE TRANSACTION 'later'"},
		RuleStatementTruncate:  {sql: "TRUNCATE contacts"},
		RuleStatementDo:        {sql: "DO $$ BEGIN END $$"},
		RuleStatementSelInto:   {sql: "SELECT * INTO copied FROM contacts"},
		RuleStatementLock:      {sql: "LOCK TABLE contacts"},
		RuleStatementNotify:    {sql: "LISTEN jobs"},
		RuleChannelName:        {sql: "LISTEN a_name_of_more_than_the_forty_two_bytes_left", setup: "prefix", with: "policy.listen_notify is `prefix`."},
		RuleStatementExplain:   {sql: "EXPLAIN ANALYZE SELECT * FROM contacts"},
		RuleStatementHold:      {sql: "DECLARE c CURSOR WITH HOLD FOR SELECT * FROM contacts"},
		RuleStatementReset:     {sql: "RESET ALL; SELECT * FROM contacts"},
		RuleStatementConflict:  {sql: "INSERT INTO contacts (id, name) VALUES (1, 'Ada') ON CONFLICT (id)\nDO UPDATE SET name = excluded.name WHERE contacts.name <> ''", setup: "unfixed", with: "The server is PostgreSQL 15.19."},
		RuleStatementCopyFile:  {sql: "COPY contacts TO '/tmp/contacts'"},
		RuleStatementCopyFrom:  {sql: "COPY contacts FROM STDIN"},
		RuleStatementSnapshot:  {sql: "SET TRANSACTION SNAPSHOT '00000003-0000001B-1'"},
		RuleStatementOverRules: {sql: "INSERT INTO ruled (id) VALUES (1)", with: "`ruled` is protected, and has a rule made by CREATE RULE."},

		RuleTemporary:     {sql: "CREATE TEMP TABLE staged (id bigint REFERENCES contacts)", setup: "temp", with: "policy.allow_ddl is `temp`."},
		RuleTemporaryName: {sql: "CREATE TEMP TABLE contacts (id bigint)", setup: "temp", with: "policy.allow_ddl is `temp`."},

		RuleRelationUnknown:  {sql: "SELECT * FROM contcats"},
		RuleRelationSchema:   {sql: "SELECT * FROM reporting.daily", with: "policy.schemas is `[public]`."},
		RuleRelationDatabase: {sql: "SELECT * FROM other.public.contacts"},
		RuleRelationTemp:     {sql: "SELECT * FROM pg_temp.scratch"},
		RuleRelationRLS:      {sql: "SELECT * FROM import_staging"},
		RuleRelationOwner:    {sql: "SELECT * FROM owned", with: "`owned` belongs to the upstream role."},
		RuleRelationBypass:   {sql: "SELECT * FROM contacts", setup: "superuser", with: "The upstream role is a superuser, and policy.accept_privileged_role is set."},
		RuleRelationKind:     {sql: "SELECT * FROM mv", with: "`mv` is a materialized view."},
		RuleRelationSequence: {sql: "SELECT last_value FROM contacts_id_seq"},
		RuleRelationShared:   {sql: "UPDATE plans SET price = 0", with: "`plans` is in policy.allow_relations."},
		RuleCatalog:          {sql: "SELECT query FROM pg_stat_activity"},
		RuleCatalogWrite:     {sql: "UPDATE pg_settings SET setting = 'off' WHERE name = 'row_security'"},

		RuleViewOwner:    {sql: "SELECT * FROM v_superuser", with: "`v_superuser` reads `contacts`, belongs to a superuser and is no `security_invoker`."},
		RuleViewAnalysis: {sql: "SELECT * FROM v_loop_a", with: "`v_loop_a` reads `v_loop_b`, and that `v_loop_a`."},

		RuleFunctionUnknown:  {sql: "SELECT no_such_function(1)"},
		RuleFunctionDenied:   {sql: "SELECT random()", setup: "generous", with: "policy.deny_functions is `[pg_catalog.random]`."},
		RuleFunctionNever:    {sql: "SELECT pg_terminate_backend(4711)"},
		RuleFunctionBuiltin:  {sql: "SELECT * FROM pg_show_all_settings()"},
		RuleFunctionVolatile: {sql: "SELECT pg_sleep(60)"},
		RuleFunctionDefiner:  {sql: "SELECT definer(1)", with: "`definer` is SECURITY DEFINER."},
		RuleFunctionUser:     {sql: "SELECT helper(1)", with: "`helper` is a function of the application's own, in PL/Perl."},
		RuleFunctionBody:     {sql: "SELECT sets_path()", setup: "bodies", with: "`sets_path` is a function in SQL that runs `SET search_path`."},
		RuleFunctionDynamic:  {sql: "SELECT dynamic('norls')", setup: "procedural", with: "`dynamic` is a function in PL/pgSQL that runs `EXECUTE format('SELECT … FROM %I', $1)`."},
		RuleFunctionArgument: {sql: "SELECT current_setting($1)"},
		RuleColumnCall:       {sql: "SELECT c.full_name FROM contacts c", with: "`full_name` is a function of a contact, not a column."},

		RuleOperator: {sql: "SELECT name <@> 1 FROM contacts", with: "The operator `<@>` runs the function `definer`."},
		RuleType:     {sql: "SELECT 'x'::checked", setup: "hostile", with: "`checked` is a domain whose constraint runs the function `definer`."},
		RuleTypeNone: {sql: "SELECT 'x'::no_such_type"},
		RuleCast:     {sql: "SELECT ('x'::ct)::text", setup: "cast", with: "The cast from `ct` to `text` runs the application's function `c2t`."},
		RuleSample:   {sql: "SELECT * FROM contacts TABLESAMPLE system_rows (1)", with: "The extension tsm_system_rows is installed."},

		RuleSettingProtected: {sql: "SET app.org_id = '2'"},
		RuleSettingUnknown:   {sql: "SET log_statement = 'none'"},
		RuleSettingValue:     {sql: "SET search_path = private"},
		RuleSettingRead:      {sql: "SHOW data_directory"},
		RuleSettingRole:      {sql: "SET ROLE postgres"},

		RuleCatalogUnavailable: {
			with: "Any statement, while the database could not be reached for long enough that what is known of its schema is stale.",
			refusal: Refuse(RuleCatalogUnavailable, "the catalog of the database is not known",
				"No statement passes until it can be read. The operator finds the cause in the log of tenantproxy."),
		},
		RuleRolePrivileged: {
			with: "Any statement, while the upstream role is a superuser, has BYPASSRLS, and so on.",
			refusal: Refuse(RuleRolePrivileged, "the upstream role is not subject to row-level security",
				"No statement passes. The operator finds the cause in the log of tenantproxy."),
		},
		RulePreparedStale: {
			with: "A Bind or EXECUTE of a statement whose text the session has too many of to keep, after a change of the schema.",
			refusal: Refuse(RulePreparedStale, "the schema has changed since the statement was prepared",
				"Prepare the statement again."),
		},
		RuleTemporaryNumber: {
			with: "`CREATE TEMP TABLE` of a name, after a thousand others, with policy.allow_ddl: `temp`.",
			refusal: Refuse(RuleTemporaryNumber, "too many names of temporary tables in one session",
				"Use the same names again, or connect anew."),
		},
		RuleFunctionCall: {
			with:    "A FunctionCall message, as from PQfn of libpq; it also carries large objects.",
			refusal: Refuse(RuleFunctionCall, "the function call message is not allowed", "Call the function in a SELECT."),
		},
		RuleReplication: {
			with:    "A connection with the startup parameter `replication=database`.",
			refusal: Refuse(RuleReplication, "replication connections are not allowed", ""),
		},
		RuleOptions: {
			with: "A connection with the startup parameter `options=-d 5`.",
			refusal: Refuse(RuleOptions, "startup options hold a switch that is not allowed",
				"Use -c name=value or --name=value with settings that SET may change."),
		},
		RuleResetUnavailable: {
			with: "A pipeline of the extended protocol in which `RESET ALL` is not alone before its Sync.",
			refusal: Refuse(RuleResetUnavailable, "settings cannot be reset here",
				"In the extended protocol a reset of the session's settings is the only statement before its Sync, outside a transaction. Otherwise use a simple Query."),
		},
		RuleSequenceState: {
			with: "`SELECT lastval()` outside a transaction, with pool.mode: `transaction`.",
			refusal: Refuse(RuleSequenceState, "currval and lastval are not available outside a transaction",
				"Use INSERT … RETURNING, or call them in the transaction of the nextval. pool.mode is transaction."),
		},
		RulePreparedName: {
			with: "`EXECUTE s1`, with pool.mode: `transaction`, where s1 was prepared by a Parse message.",
			refusal: Refuse(RulePreparedName, "prepared statement \"s1\" cannot be named in SQL",
				"Use it by the protocol, or prepare it by PREPARE. pool.mode is transaction."),
		},
		RuleTokenUnavailable: {
			with: "`SET tenantproxy.token = '…'` in a transaction.",
			refusal: Refuse(RuleTokenUnavailable, "the session's token cannot be replaced here",
				"Set it outside a transaction and, in a pipeline, as the first statement after a Sync."),
		},
		RuleTokenRejected: {
			with:    "`SET tenantproxy.token = '…'` with a token that has expired.",
			refusal: RefuseToken(),
		},
		RuleAuditUnavailable: {
			with:    "Any statement, while the disk of the audit log is full.",
			refusal: RefuseUnaudited(true),
		},
	}
}

const rulesHead = `# Rules

<!-- Written by "go generate ./internal/rewrite" from the rules and their examples. Do not edit. -->

Every refusal has a rule. Its id is in the error's detail, in the proxy's log and in the output of
` + "`tenantproxy check`" + `, and never changes its meaning. Each rule is shown with a statement and the error that a
client gets for it, as psql shows it with ` + "`\\set VERBOSITY verbose`" + `.

The examples are on a schema of a call centre. Of its tables, ` + "`contacts`" + ` is protected: row-level security is
enabled and forced on it; ` + "`import_staging`" + ` is not. The configuration is the default one, but for
` + "`policy.allow_relations: [public.plans]`" + `.
`

// areas are the headings, by what the ids begin with.
func areas() map[string]string {
	return map[string]string{
		"text": "Texts", "syntax": "Texts", "internal": "Texts", "node": "Texts", "statement": "Statements",
		"relation": "Relations and views", "temporary": "Relations and views", "catalog": "Relations and views", "view": "Relations and views",
		"function": "Functions, operators and types", "operator": "Functions, operators and types", "type": "Functions, operators and types",
		"cast": "Functions, operators and types", "tablesample": "Functions, operators and types", "setting": "Settings",
	}
}

// TestRulesAreDocumented holds docs/RULES.md to the rules: each has an example
// that gives it, with the error that it gives now. -update writes the file.
func TestRulesAreDocumented(t *testing.T) {
	examples, checkers := ruleExamples(), setups(t)
	sessions := make(map[Rule]bool)
	for _, rule := range sessionRules() {
		sessions[rule.Rule] = true
	}
	var doc strings.Builder
	doc.WriteString(rulesHead)
	heading := ""
	for _, rule := range Rules() {
		example, ok := examples[rule.Rule]
		delete(examples, rule.Rule)
		if !ok {
			t.Errorf("rule %s has no example", rule.Rule)
			continue
		}
		area := "Sessions"
		if !sessions[rule.Rule] {
			id, _, _ := strings.Cut(string(rule.Rule), ".")
			area = areas()[id]
		}
		if area == "" {
			t.Errorf("rule %s has no area", rule.Rule)
		}
		if area != heading {
			heading = area
			fmt.Fprintf(&doc, "\n## %s\n", heading)
		}
		refusal := example.refusal
		if example.sql != "" {
			given := &checkers[cmp.Or(example.setup, "default")].Check(example.sql).Refusal
			if given.Rule != rule.Rule {
				t.Errorf("the example of %s gives %q: %s", rule.Rule, given.Rule, given.Message)
			}
			refusal = cmp.Or(refusal, given)
		}
		if refusal == nil || refusal.Rule != rule.Rule {
			t.Errorf("the example of %s gives %+v", rule.Rule, refusal)
			continue
		}
		writeRule(&doc, rule, example, refusal)
	}
	for rule := range examples {
		t.Errorf("there is an example, but no rule %s", rule)
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(rulesFile, []byte(doc.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if written, err := os.ReadFile(rulesFile); err != nil || string(written) != doc.String() {
		t.Errorf("docs/RULES.md is stale (%v): run go generate ./internal/rewrite", err)
	}
}

func writeRule(doc *strings.Builder, rule RuleText, example ruleExample, refusal *Refusal) {
	fmt.Fprintf(doc, "\n### %s\n\n%s\n", rule.Rule, rule.Text)
	switch rule.Report {
	case StillRefused:
		doc.WriteString("Report mode refuses by it too.\n")
	case LetThrough:
		doc.WriteString("Report mode lets it through.\n")
	}
	if example.with != "" {
		fmt.Fprintf(doc, "%s\n", example.with)
	}
	sql := example.sql
	if example.shown != "" {
		sql = example.shown
	}
	if sql != "" {
		fmt.Fprintf(doc, "\n```sql\n%s\n```\n", sql)
	}
	fmt.Fprintf(doc, "\n```text\nERROR:  %s: %s\nDETAIL:  %s\n", refusal.SQLSTATE, refusal.Message, refusal.Detail)
	if refusal.Hint != "" {
		fmt.Fprintf(doc, "HINT:  %s\n", refusal.Hint)
	}
	doc.WriteString("```\n")
}
