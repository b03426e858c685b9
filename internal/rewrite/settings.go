package rewrite

import (
	"slices"
	"strconv"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"tenantproxy/internal/catalog"
)

// maxWorkMemKB is the most that a tenant may set work_mem to, in kB: 256 MB.
const maxWorkMemKB = 256 * 1024

// settingValue is a value as far as the text shows it.
type settingValue struct {
	// known is false for a parameter or an expression.
	known bool
	// words are the elements as SET has them; text is the value as set_config
	// or a startup parameter has it.
	words []string
	text  string
	// fromText tells which of the two it is.
	fromText bool
}

// scalar is the value as one word.
func (v settingValue) scalar() (string, bool) {
	switch {
	case !v.known:
		return "", false
	case v.fromText:
		return v.text, true
	case len(v.words) == 1:
		return v.words[0], true
	}
	return "", false
}

// CheckSetting decides about a setting that a client gives as a startup
// parameter or in the options parameter: the same list as for SET. It gives
// nil if the setting is allowed. Dashes in the name must have been turned into
// underscores already, where Postgres does so (ParseLongOption in guc.c).
func (c *Checker) CheckSetting(name, value string) *Refusal {
	return c.settingRefusal(name, settingValue{known: true, text: value, fromText: true})
}

// settingRefusal says why a tenant may not give a setting a value; nil if it
// may.
func (c *Checker) settingRefusal(name string, value settingValue) *Refusal {
	name = foldASCII(name)
	switch {
	case name == TokenSetting:
		return refuse(RuleSettingProtected, name, "SET "+TokenSetting+" = '…' gives the session a new token, alone in its text and with a plain string.",
			"setting \"%s\" may not be set like this", name)
	case c.protected[name] || proxySetting(name):
		return refuse(RuleSettingProtected, name, "The proxy sets it from the token.", "setting \"%s\" may not be set", name)
	case name == "role" || name == "session_authorization":
		return refuse(RuleSettingRole, name, "The proxy decides which role a session has.", "setting \"%s\" may not be set", name)
	case freeSetting(name):
		return nil
	}
	check := c.valueCheck(name)
	if check == nil {
		return refuse(RuleSettingUnknown, name, "", "setting \"%s\" may not be set by a tenant", name)
	}
	if !value.known || !check(value) {
		return refuse(RuleSettingValue, name, c.valueHint(name), "setting \"%s\" may not be set to this value", name)
	}
	return nil
}

// proxySetting tells of the settings that carry the proxy's own secrets to Postgres,
// such as the seal of the context: a tenant may neither set nor read them.
func proxySetting(name string) bool { return strings.HasPrefix(name, "tenantproxy.") }

// freeSetting tells of the settings that may have any value: they change how
// values are shown, how long a tenant waits, and how its queries are planned.
func freeSetting(name string) bool {
	switch name {
	case "application_name", "datestyle", "intervalstyle", "timezone",
		"extra_float_digits", "bytea_output", "xmloption",
		"default_transaction_isolation", "default_transaction_read_only",
		"default_transaction_deferrable",
		"transaction_isolation", "transaction_read_only", "transaction_deferrable",
		"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout",
		"jit", "plan_cache_mode",
		// Of extensions that are allowed.
		"pg_trgm.similarity_threshold", "pg_trgm.word_similarity_threshold",
		"pg_trgm.strict_word_similarity_threshold",
		"hnsw.ef_search", "hnsw.iterative_scan", "hnsw.max_scan_tuples",
		"hnsw.scan_mem_multiplier",
		"ivfflat.probes", "ivfflat.iterative_scan", "ivfflat.max_probes":
		return true
	}
	return strings.HasPrefix(name, "enable_")
}

// valueCheck gives the test of a setting that may have some values only; nil
// for settings that may not be set at all.
func (c *Checker) valueCheck(name string) func(settingValue) bool {
	switch name {
	case "client_encoding":
		return isUTF8
	case "standard_conforming_strings", "row_security":
		return isOn
	case "search_path":
		return c.isPinnedPath
	case "work_mem":
		return isModestMemory
	case "client_min_messages":
		return isPlainMessageLevel
	}
	return nil
}

func (c *Checker) valueHint(name string) string {
	switch name {
	case "client_encoding":
		return "It is always UTF8."
	case "standard_conforming_strings", "row_security":
		return "It is always on."
	case "search_path":
		return "It is always " + c.policy.SearchPath() + "."
	case "work_mem":
		return "Up to 256MB is allowed."
	}
	return ""
}

// isUTF8 compares as pg_char_to_encoding does: letters and digits only.
func isUTF8(v settingValue) bool {
	s, ok := v.scalar()
	clean := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return r
		}
		return -1
	}, foldASCII(s))
	return ok && (clean == "utf8" || clean == "unicode")
}

func isOn(v settingValue) bool {
	s, ok := v.scalar()
	switch foldASCII(s) {
	case "on", "true", "t", "yes", "y", "1":
		return ok
	}
	return false
}

// isPinnedPath tells whether a search_path means the pinned one: the same
// list, or the list without pg_catalog, which Postgres then searches first.
// The order matters only for relations of a name that both have; functions,
// types and operators of one name are judged together.
func (c *Checker) isPinnedPath(v settingValue) bool {
	names := v.words
	if v.fromText {
		var ok bool
		if names, ok = splitIdentifierList(v.text); !ok {
			return false
		}
	}
	pinned := c.policy.path()
	if !v.known || len(names) < len(pinned)-1 || len(names) > len(pinned) {
		return false
	}
	for i, name := range names {
		if name != pinned[i] {
			return false
		}
	}
	return len(names) == len(pinned) || !c.hidesCatalog
}

// findsCatalogHidden tells whether a schema of the path has a relation that
// goes by the name of one in pg_catalog.
func (c *Checker) findsCatalogHidden() bool {
	for name := range c.snap.Relations {
		if name.Schema == systemSchema {
			for _, schema := range c.policy.Schemas {
				if c.snap.Relations[catalog.Name{Schema: schema, Name: name.Name}] != nil {
					return true
				}
			}
		}
	}
	return false
}

// isModestMemory reads a number with kB, MB or GB; kB if it has no unit.
func isModestMemory(v settingValue) bool {
	s, ok := v.scalar()
	if !ok {
		return false
	}
	s = strings.TrimSpace(s)
	unit := 1
	for _, u := range []struct {
		suffix string
		kB     int
	}{{"kB", 1}, {"MB", 1 << 10}, {"GB", 1 << 20}} {
		if strings.HasSuffix(s, u.suffix) {
			s, unit = strings.TrimSpace(strings.TrimSuffix(s, u.suffix)), u.kB
			break
		}
	}
	n, err := strconv.ParseUint(s, 10, 31)
	return err == nil && len(s) <= 9 && s[0] != '0' && int(n)*unit <= maxWorkMemKB
}

// isPlainMessageLevel leaves out the debug levels, which show internals.
func isPlainMessageLevel(v settingValue) bool {
	s, ok := v.scalar()
	switch foldASCII(s) {
	case "log", "info", "notice", "warning", "error", "fatal", "panic":
		return ok
	}
	return false
}

// readableSetting tells of the settings that SHOW, current_setting and a query
// of pg_settings may read: those that a tenant may set, its own context, and
// what drivers ask for.
func (c *Checker) readableSetting(name string) bool {
	name = foldASCII(name)
	if c.protected[name] || freeSetting(name) || c.valueCheck(name) != nil {
		return true
	}
	switch name {
	case "server_version", "server_version_num", "server_encoding", "lc_collate",
		"lc_ctype", "lc_messages", "lc_monetary", "lc_numeric", "lc_time",
		"integer_datetimes", "is_superuser", "session_authorization", "role",
		"in_hot_standby", "max_identifier_length", "max_index_keys", "max_function_args",
		"block_size", "max_connections", "password_encryption", "ssl",
		"backslash_quote", "escape_string_warning", "default_tablespace",
		"default_table_access_method", "default_text_search_config",
		"default_toast_compression", "idle_session_timeout", "transaction_timeout",
		"wal_level", "track_activities", "maintenance_work_mem", "temp_tablespaces",
		"constraint_exclusion", "random_page_cost", "seq_page_cost",
		"effective_cache_size", "segment_size", "scram_iterations":
		return true
	}
	return false
}

func (c *Checker) readRefusal(name string) *Refusal {
	if c.readableSetting(name) {
		return nil
	}
	name = foldASCII(name)
	if proxySetting(name) {
		return refuse(RuleSettingProtected, name, "", "setting \"%s\" may not be read by a tenant", name)
	}
	return refuse(RuleSettingRead, name, "", "setting \"%s\" may not be read by a tenant", name)
}

// resetsContext tells whether a reset touches what keeps the tenant apart.
func (c *Checker) resetsContext(scope ResetScope) bool {
	if scope.All {
		return true
	}
	for _, name := range scope.Names {
		if c.protected[name] || proxySetting(name) || name == "role" || name == "session_authorization" {
			return true
		}
	}
	return false
}

// reset records that a setting goes back to its reset value.
func (w *walker) reset(name string) {
	name = foldASCII(name)
	w.v.Resets.Names = append(w.v.Resets.Names, name)
	w.v.Sets = slices.DeleteFunc(w.v.Sets, func(set string) bool { return set == name })
	if name == "session_authorization" {
		w.v.Resets.Names = append(w.v.Resets.Names, "role")
	}
}

// resetAll records that all settings go back to their reset values.
func (w *walker) resetAll() {
	w.v.Resets.All = true
	w.v.Sets = nil
}

func (w *walker) variableSet(n *pg_query.VariableSetStmt) *Refusal {
	name := n.GetName()
	switch n.GetKind() {
	case pg_query.VariableSetKind_VAR_SET_VALUE:
		if !n.GetIsLocal() {
			w.sets(name)
		}
		return w.c.settingRefusal(name, w.setValue(n.GetArgs()))
	case pg_query.VariableSetKind_VAR_SET_DEFAULT, pg_query.VariableSetKind_VAR_RESET:
		w.reset(name)
		return nil
	case pg_query.VariableSetKind_VAR_RESET_ALL:
		w.resetAll()
		return nil
	case pg_query.VariableSetKind_VAR_SET_MULTI:
		switch name {
		case "TRANSACTION":
			return nil
		case "SESSION CHARACTERISTICS":
			w.sets("default_transaction_isolation", "default_transaction_read_only", "default_transaction_deferrable")
			return nil
		case "TRANSACTION SNAPSHOT":
			return w.tolerate(refuse(RuleStatementSnapshot, "", "", "SET TRANSACTION SNAPSHOT is not allowed"))
		}
	}
	return refuse(RuleSettingUnknown, foldASCII(name), "", "this form of SET is not allowed")
}

// sets records that settings get a value for the session. The characteristics of a
// transaction are its own.
func (w *walker) sets(names ...string) {
	for _, name := range names {
		if name = foldASCII(name); !strings.HasPrefix(name, "transaction_") {
			w.v.Sets = append(w.v.Sets, name)
		}
	}
}

// setValue reads the arguments of SET.
func (w *walker) setValue(args []*pg_query.Node) settingValue {
	v := settingValue{known: len(args) > 0}
	for _, arg := range args {
		word, ok := w.literal(arg)
		if !ok {
			return settingValue{}
		}
		v.words = append(v.words, word)
	}
	return v
}

// literal is the one way to read a constant: it records that the verdict
// depends on it, and so holds for this text only.
func (w *walker) literal(n *pg_query.Node) (string, bool) {
	w.v.LooksAtLiterals = true
	constant := n.GetAConst()
	switch {
	case constant == nil || constant.GetIsnull():
		return "", false
	case constant.GetSval() != nil:
		return constant.GetSval().GetSval(), true
	case constant.GetFval() != nil:
		return constant.GetFval().GetFval(), true
	case constant.GetBoolval() != nil:
		return strconv.FormatBool(constant.GetBoolval().GetBoolval()), true
	case constant.GetIval() != nil:
		return strconv.Itoa(int(constant.GetIval().GetIval())), true
	}
	return "", false
}

// textLiteral reads 'x' and 'x'::text.
func (w *walker) textLiteral(n *pg_query.Node) (string, bool) {
	if cast := n.GetTypeCast(); cast != nil {
		parts, ok := nameParts(cast.GetTypeName().GetNames())
		if !ok || parts[len(parts)-1] != "text" || len(cast.GetTypeName().GetArrayBounds()) > 0 {
			w.v.LooksAtLiterals = true
			return "", false
		}
		n = cast.GetArg()
	}
	if n.GetAConst().GetSval() == nil {
		w.v.LooksAtLiterals = true
		return "", false
	}
	return w.literal(n)
}

// settingFunction judges set_config and current_setting, whose first argument
// must be a literal.
func (w *walker) settingFunction(f *catalog.Function, call *pg_query.FuncCall) *Refusal {
	args := call.GetArgs()
	for _, arg := range args {
		if arg.GetNamedArgExpr() != nil || call.GetFuncVariadic() {
			return refuse(RuleFunctionArgument, f.String(), "Give the arguments by position.",
				"function \"%s\" is allowed with plain arguments only", f)
		}
	}
	if len(args) == 0 {
		return refuse(RuleFunctionArgument, f.String(), "", "function \"%s\" needs the name of a setting", f)
	}
	name, ok := w.textLiteral(args[0])
	if !ok {
		return refuse(RuleFunctionArgument, f.String(), "Write the name of the setting as a literal.",
			"function \"%s\" is allowed with a literal name only", f)
	}
	if f.Name.Name == "current_setting" {
		return w.tolerate(w.c.readRefusal(name))
	}
	var value settingValue
	if len(args) > 1 {
		value.text, value.known = w.textLiteral(args[1])
		value.fromText = true
	}
	if r := w.c.settingRefusal(name, value); r != nil {
		return r
	}
	if !value.known {
		// NULL sets the reset value, and a parameter may be NULL.
		w.reset(name)
	}
	if len(args) > 2 {
		if local, ok := w.literal(args[2]); ok && local == "true" {
			return nil
		}
	}
	w.sets(name)
	return nil
}

// settingsView is the catalog relation whose UPDATE is a SET, through any view of
// it (rule pg_settings_u in system_views.sql).
func settingsView() catalog.Name { return catalog.Name{Schema: systemSchema, Name: "pg_settings"} }

// readsSettings finds the reference to pg_settings in a query that asks for
// readable names only: FROM pg_settings alone, WHERE name = 'x' or name IN
// ('x', …). A further condition could look at the other rows first, since the
// order of conditions is the planner's.
func (w *walker) readsSettings(n *pg_query.SelectStmt) *pg_query.RangeVar {
	if len(n.GetFromClause()) != 1 || w.body != nil { // name may be an argument
		return nil
	}
	ref := n.GetFromClause()[0].GetRangeVar()
	if ref.GetRelname() != "pg_settings" || len(ref.GetAlias().GetColnames()) > 0 || len(n.GetLockingClause()) > 0 {
		return nil
	}
	if rel := w.lookUp(ref); rel == nil || rel.Schema != systemSchema || w.isCTE(ref) {
		return nil
	}
	shown := ref.GetAlias().GetAliasname()
	if shown == "" {
		shown = ref.GetRelname()
	}
	if !w.namesReadable(n.GetWhereClause().GetAExpr(), shown) {
		return nil
	}
	return ref
}

// namesReadable tells of a condition that lets only readable names pass. Its
// column must be that of pg_settings and not one of an outer query.
func (w *walker) namesReadable(e *pg_query.A_Expr, qualifier string) bool {
	operator, ok := nameParts(e.GetName())
	if !ok || len(operator) != 1 || operator[0] != "=" || w.operator(e.GetName()) != nil {
		return false
	}
	column := e.GetLexpr().GetColumnRef().GetFields()
	if len(column) == 0 || len(column) > 2 || column[len(column)-1].GetString_().GetSval() != "name" ||
		len(column) == 2 && column[0].GetString_().GetSval() != qualifier {
		return false
	}
	var names []*pg_query.Node
	switch e.GetKind() {
	case pg_query.A_Expr_Kind_AEXPR_OP:
		names = []*pg_query.Node{e.GetRexpr()}
	case pg_query.A_Expr_Kind_AEXPR_IN:
		names = e.GetRexpr().GetList().GetItems()
	}
	for _, n := range names {
		name, ok := w.textLiteral(n)
		if !ok || !w.c.readableSetting(name) {
			return false
		}
	}
	return len(names) > 0
}
