package rewrite

import (
	"fmt"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tenantproxy/internal/catalog"
)

// firstNormalOID is FirstNormalObjectId (transam.h): what initdb made has a
// smaller OID, whatever schema it is in.
const firstNormalOID = 16384

func (w *walker) funcCall(n *pg_query.FuncCall) *Refusal {
	parts, ok := nameParts(n.GetFuncname())
	if !ok {
		return refuse(RuleFunctionUnknown, "", "", "function call without a name")
	}
	if r := w.function(parts, n); r != nil {
		return r
	}
	// The grammar of 16 makes json_object a name of pg_catalog; older servers
	// look it up like any other.
	if w.c.snap.ServerVersion < 160000 && len(parts) == 2 && parts[0] == systemSchema && parts[1] == "json_object" {
		if r := w.function(parts[1:], n); r != nil {
			return r
		}
	}
	if r := w.children(n.ProtoReflect(), "funcname"); r != nil {
		return r
	}
	return w.c.implicit // CALL has no query around it
}

// function judges a call by name: every function that the name may mean must
// pass, since which one Postgres takes depends on types that are not known
// here.
func (w *walker) function(parts []string, call *pg_query.FuncCall) *Refusal {
	shown := strings.Join(parts, ".")
	candidates, found, r := w.candidates(parts, call)
	if r != nil {
		return r
	}
	// name(x) is also how a cast is written, if there is a type of that name.
	if args := len(call.GetArgs()); args >= 1 && fewestArgs(call) <= 1 {
		known, r := w.typeByName(parts)
		if r != nil {
			return r
		}
		if known && !found && args == 1 {
			return nil
		}
	}
	if len(candidates) == 0 {
		w.v.UnknownRelation = !found
		return refuse(RuleFunctionUnknown, shown, "", "function \"%s\" is not known with these arguments", shown)
	}
	for _, f := range candidates {
		if isBuiltin(f) && f.Schema == systemSchema && (f.Name.Name == "set_config" || f.Name.Name == "current_setting") &&
			!w.c.denyFunctions[f.Name] && !w.c.allowFunctions[f.Name] {
			if w.body != nil && f.Name.Name == "set_config" {
				return refuse(RuleFunctionBody, "set_config", "", "set_config is not allowed in the body of a function")
			}
			if r := w.settingFunction(f, call); r != nil {
				return r
			}
			w.reaches = true // it shows the context
			continue
		}
		if r := w.tolerate(w.callRefusal(f)); r != nil {
			return r
		}
		if !isBuiltin(f) {
			w.reaches = true
		}
		w.v.KeepsState = w.v.KeepsState || w.c.keepsState(f)
		w.v.ReadsSequences = w.v.ReadsSequences || isBuiltin(f) && (f.Name.Name == "currval" || f.Name.Name == "lastval")
	}
	return nil
}

// keepsState tells of a function that may leave something in the session: of what is
// not built in only extensions that compute are known not to, and of the built-ins
// those that are allowed by themselves, but for setseed.
func (c *Checker) keepsState(f *catalog.Function) bool {
	switch {
	case curatedExtension(f.Extension):
		return c.allowFunctions[f.Name]
	case !isBuiltin(f):
		return !c.isAllowedAggregate(f) && !c.isRangeConstructor(f)
	case f.Name.Name == "setseed":
		return true
	}
	return !builtin(f).allowed
}

// candidates are the functions that a name may mean with so many arguments, or
// more; found tells whether there is any with another number.
func (w *walker) candidates(parts []string, call *pg_query.FuncCall) (candidates []*catalog.Function, found bool, r *Refusal) {
	schemas, name, r := w.schemasOf(parts, "function", RuleFunctionUnknown)
	if r != nil {
		return nil, false, r
	}
	for _, schema := range schemas {
		for _, f := range w.c.functionIn(schema, name) {
			found = true
			// CALL passes output arguments too, which are not among ArgTypes.
			if call.GetFuncVariadic() || f.Kind == 'p' || takes(f, fewestArgs(call)) {
				candidates = append(candidates, f)
			}
		}
	}
	return candidates, found, nil
}

// fewestArgs is the number of arguments that a call has at the least.
// ParseFuncOrColumn (parse_func.c) drops arguments that are parameters of type
// void, as pgjdbc sends for the results of a function, and looks the function
// up by those that are left; the types of parameters are not in the text.
func fewestArgs(call *pg_query.FuncCall) int {
	n := len(call.GetArgs()) + withinGroup(call)
	for _, arg := range call.GetArgs() {
		for arg.GetTypeCast() != nil { // a cast of a parameter gives it its type
			arg = arg.GetTypeCast().GetArg()
		}
		if arg.GetParamRef() != nil {
			n--
		}
	}
	return n
}

// withinGroup is the number of aggregated arguments that are written outside
// the brackets.
func withinGroup(call *pg_query.FuncCall) int {
	if call.GetAggWithinGroup() {
		return len(call.GetAggOrder())
	}
	return 0
}

// schemasOf gives the schemas that a dotted name may be in, and the name. rule
// refuses one that is out of reach.
func (w *walker) schemasOf(parts []string, what string, rule Rule) (schemas []string, name string, r *Refusal) {
	shown := strings.Join(parts, ".")
	switch len(parts) {
	case 1:
		return w.path, parts[0], nil
	case 3:
		if parts[0] != w.c.snap.Database {
			return nil, "", refuse(rule, shown, "", "cross-database references are not implemented: \"%s\"", shown)
		}
		parts = parts[1:]
	case 2:
	default:
		return nil, "", refuse(RuleNodeUnknown, shown, "", "improper qualified name: %s", shown)
	}
	if isTempSchema(parts[0]) {
		return nil, "", refuse(rule, shown, "", "%s \"%s\" is not reachable by name", what, shown)
	}
	return parts[:1], parts[1], nil
}

func (c *Checker) functionIn(schema, name string) []*catalog.Function {
	return c.snap.Functions[catalog.Name{Schema: schema, Name: name}]
}

// takes tells whether a function can be called with n arguments; defaults may
// stand in for missing ones, and a variadic one takes any number.
func takes(f *catalog.Function, n int) bool {
	if n <= len(f.ArgTypes) {
		return true
	}
	if len(f.ArgTypes) == 0 {
		return false
	}
	last := f.ArgTypes[len(f.ArgTypes)-1]
	return strings.HasSuffix(last, "[]") || strings.HasSuffix(last, "array") || strings.Trim(last, `"`) == "any"
}

// isBuiltin tells of functions that come with the server.
func isBuiltin(f *catalog.Function) bool {
	return isSystemSchema(f.Schema) && f.OID < firstNormalOID && f.Extension == ""
}

// functionRefusal says why a function may not be called; nil if it may.
func (c *Checker) functionRefusal(f *catalog.Function) *Refusal {
	if c.denyFunctions[f.Name] {
		return refuse(RuleFunctionDenied, f.String(), "", "function \"%s\" is denied by policy.deny_functions", f)
	}
	if isBuiltin(f) {
		if reason := neverAllowedFunction(f); reason != "" {
			return refuse(RuleFunctionNever, f.String(), "", "function \"%s\" is not allowed: it %s", f, reason)
		}
	}
	switch {
	case c.allowFunctions[f.Name]:
		return nil
	case isBuiltin(f):
		if c.policy.ListenNotify == "prefix" && showsChannels(f.Name) {
			return refuse(RuleFunctionBuiltin, f.String(), allowFunctionHint(f), "function \"%s\" is not allowed: it shows channels with the org's prefix", f)
		}
		return builtinRefusal(f)
	case c.isAllowedAggregate(f) || c.isRangeConstructor(f):
		return nil
	case curatedExtension(f.Extension):
		return extensionRefusal(f)
	case c.below[f]:
		return nil
	case f.SecurityDefiner:
		return refuse(RuleFunctionDefiner, f.String(), allowFunctionHint(f),
			"function \"%s\" runs with the privileges of its owner", f)
	}
	return refuse(RuleFunctionUser, f.String(), allowFunctionHint(f), "function \"%s\" is not a built-in and has not been allowed", f)
}

func allowFunctionHint(f *catalog.Function) string {
	return fmt.Sprintf("Add %s to policy.allow_functions if tenants may call it.", quoteName(f.Name))
}

func neverAllowedFunction(f *catalog.Function) string {
	switch class := builtin(f); {
	case class.never:
		return class.reason
	case f.HasInternalArg:
		return "takes an internal argument"
	case hasArg(f, "cstring") && hasArg(f, "oid"):
		return "reads a value of a type given as a number"
	}
	return ""
}

func hasArg(f *catalog.Function, typ string) bool {
	for _, arg := range f.ArgTypes {
		if arg == typ {
			return true
		}
	}
	return false
}

// builtinRefusal judges a function that comes with the server.
func builtinRefusal(f *catalog.Function) *Refusal {
	class, rule := builtin(f), RuleFunctionBuiltin
	switch {
	case class.allowed:
		return nil
	case class.reason == "":
		class.reason = "came with a version of Postgres that is newer than its review here"
	case f.Volatility == 'v':
		rule = RuleFunctionVolatile
	}
	return refuse(rule, f.String(), allowFunctionHint(f), "function \"%s\" is not allowed: it %s", f, class.reason)
}

// extensionRefusal judges a function of a curated extension. Those in plpgsql
// are helpers for administrators that build SQL from text.
func extensionRefusal(f *catalog.Function) *Refusal {
	name := f.Name.Name
	reason := refusedExtension(f.Extension, name)
	switch {
	case reason != "":
	case f.SecurityDefiner:
		return refuse(RuleFunctionDefiner, f.String(), allowFunctionHint(f),
			"function \"%s\" runs with the privileges of its owner", f)
	case f.HasInternalArg:
		reason = "takes an internal argument"
	case f.Language != "c" && f.Language != "internal" && f.Language != "sql":
		reason = "is written in " + f.Language
	case f.Volatility == 'i' || f.Volatility == 's' || allowedExtensionVolatile(f.Extension, name):
		return nil
	default:
		return refuse(RuleFunctionVolatile, f.String(), allowFunctionHint(f),
			"function \"%s\" is volatile and has not been allowed", f)
	}
	return refuse(RuleFunctionBuiltin, f.String(), allowFunctionHint(f), "function \"%s\" is not allowed: it %s", f, reason)
}

// isAllowedAggregate tells of an aggregate that runs allowed functions only.
// Those of a curated extension run its own C code over internal states.
func (c *Checker) isAllowedAggregate(f *catalog.Function) bool {
	if f.Kind != 'a' {
		return false
	}
	if curatedExtension(f.Extension) {
		return true
	}
	for _, oid := range f.AggFunctions {
		part := c.snap.FunctionsByOID[oid]
		if part == nil || part.Kind == 'a' || c.functionRefusal(part) != nil {
			return false
		}
	}
	// A polymorphic function gives a value of the state's type, with its checks.
	for _, state := range f.AggStates {
		if schema, name := splitFormatted(state); schema != "" {
			if found, r := c.typeIn(schema, name); r != nil || !found {
				return false
			}
		}
	}
	return len(f.AggFunctions) > 0
}

// isRangeConstructor tells of the functions that CREATE TYPE … AS RANGE makes
// (makeRangeConstructors in typecmds.c): internal ones of the type's own name.
func (c *Checker) isRangeConstructor(f *catalog.Function) bool {
	t := c.snap.Types[f.Name]
	return t != nil && (t.Kind == 'r' || t.Kind == 'm') && f.Language == "internal" &&
		f.Volatility == 'i' && f.Kind == 'f' && c.types[t] == nil
}

// jsonConstructor judges the SQL/JSON constructors. Before 16 the server
// reads the same text as a call of a function by that name.
func (w *walker) jsonConstructor(m protoreflect.Message, name string) *Refusal {
	if w.c.snap.ServerVersion < 160000 {
		if r := w.function([]string{name}, &pg_query.FuncCall{FuncVariadic: true}); r != nil {
			return r
		}
	}
	return w.children(m)
}
