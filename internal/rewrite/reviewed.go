package rewrite

import (
	_ "embed"
	"strings"

	"tenantproxy/internal/catalog"
)

// reviewed says of every function that comes with the server versions that we know
// what it may do, by name and argument types. It is data and not a rule, such as one by
// volatility, so that what a later version brings is refused until somebody has
// looked at it (I4); TestBuiltinsOfEachVersion finds what is missing.
//
//go:embed builtins.tsv
var reviewed string

// builtinClass is why a built-in may be called or not.
type builtinClass struct {
	allowed bool
	// never tells that policy.allow_functions does not help.
	never bool
	// reason goes on from "the function …"; empty if there is no such class.
	reason string
}

// describeClass gives the meaning of a class in builtins.tsv.
func describeClass(name string) builtinClass {
	allowed := func(reason string) builtinClass { return builtinClass{allowed: true, reason: reason} }
	refused := func(reason string) builtinClass { return builtinClass{reason: reason} }
	never := func(reason string) builtinClass { return builtinClass{never: true, reason: reason} }
	switch name {
	case "pure":
		return allowed("computes from its arguments")
	case "reads":
		return allowed("computes from its arguments, the session's settings and the schema")
	case "session":
		return allowed("is volatile and touches only the session's own state, the clock or chance")
	case "schema":
		return allowed("is volatile and shows nothing but the schema")
	case "sequence":
		return allowed("uses a sequence that the role has a privilege on")

	case "settings":
		return refused("shows every setting")
	case "one-setting":
		return refused("reads a setting; allowed only with the literal name of one that SHOW would allow")
	case "other-sessions":
		return refused("shows what other sessions do")
	case "activity":
		return refused("shows other sessions' activity")
	case "statistics":
		return refused("changes statistics or shows which there are")
	case "samples":
		return refused("shows samples of all tenants' rows")
	case "transactions":
		return refused("shows other sessions' transactions")
	case "server":
		return refused("shows the server's files or internals")
	case "validators":
		return refused("parses function bodies or access methods")
	case "event-triggers":
		return refused("is for event triggers only")
	case "triggers":
		return refused("is for triggers only")
	case "sequence-state":
		return refused("shows how much all tenants insert")
	case "sizes":
		return refused("shows how much all tenants store")
	case "advisory-locks":
		return refused("takes locks that all tenants share")
	case "sleeps":
		return refused("keeps a connection busy")
	case "recovery":
		return refused("reaches the write-ahead log, backup, recovery or replication")
	case "administers":
		return refused("administers the server")
	case "physical":
		return refused("finds rows by their place, in a table given as text or number")
	case "large-object-privileges":
		return refused("shows which large objects there are")

	case "internal":
		return never("takes an internal argument")
	case "typed-input":
		return never("runs the input function of a type given as text or number")
	case "sets-context":
		return never("sets the tenant's context; allowed only with a literal name that SET would allow")
	case "runs-sql":
		return never("runs SQL text")
	case "runs-sql-form":
		return never("runs SQL text in its form with two arguments")
	case "reads-tables":
		return never("reads tables by name")
	case "backends":
		return never("reaches other tenants' sessions")
	case "notifies":
		return never("reaches other tenants' sessions; use NOTIFY where policy.listen_notify allows it")
	case "sets-sequence":
		return never("changes a sequence for all tenants")
	case "large-objects":
		return never("reaches large objects, which have no row-level security")
	case "snapshot-export":
		return never("shares a transaction's snapshot")
	case "files":
		return never("reaches the server's files")
	case "replication":
		return never("reaches replication, its slots or the write-ahead log")
	case "upgrade":
		return never("is for pg_upgrade only")
	}
	return builtinClass{}
}

// builtin gives the class of a function that comes with the server; its reason is
// empty if nobody has reviewed it.
func builtin(f *catalog.Function) builtinClass {
	for _, e := range reviewedForms(f.Name) {
		if strings.Contains(e.forms, "("+strings.Join(f.ArgTypes, ",")+")") {
			return describeClass(e.class)
		}
	}
	return builtinClass{}
}

// neverAllowed gives the reason why some form of the built-in is refused with no
// setting that allows it, or "".
func neverAllowed(name catalog.Name) string {
	for _, e := range reviewedForms(name) {
		if class := describeClass(e.class); class.never {
			return class.reason
		}
	}
	return ""
}

// reviewedEntry is a line of builtins.tsv: the forms are "(integer) (text,text)".
type reviewedEntry struct{ name, class, forms string }

// reviewedForms finds the lines of a name by binary search, which needs no table
// to be built at start.
func reviewedForms(f catalog.Name) (entries []reviewedEntry) {
	name := f.Name
	if f.Schema != systemSchema {
		name = f.String()
	}
	low, high := 0, len(reviewed) // both begin a line, the one looked for is not before low
	for low < high {
		middle := (low + high) / 2
		begin := low + strings.LastIndexByte(reviewed[low:middle], '\n') + 1
		if e, length := readEntry(reviewed[begin:]); e.name < name {
			low = begin + length
		} else {
			high = begin
		}
	}
	for low < len(reviewed) {
		e, length := readEntry(reviewed[low:])
		if e.name != name {
			break
		}
		entries = append(entries, e)
		low += length
	}
	return entries
}

// readEntry takes a line, which a newline ends, from the front of text.
func readEntry(text string) (e reviewedEntry, length int) {
	line, _, _ := strings.Cut(text, "\n")
	e.name, e.class, _ = strings.Cut(line, "\t")
	e.class, e.forms, _ = strings.Cut(e.class, "\t")
	return e, len(line) + 1
}
