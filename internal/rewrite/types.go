package rewrite

import (
	"fmt"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"tenantproxy/internal/catalog"
)

func (w *walker) typeName(n *pg_query.TypeName) *Refusal {
	parts, ok := nameParts(n.GetNames())
	if !ok || n.GetPctType() {
		return refuse(RuleTypeNone, "", "", "type reference is not allowed here")
	}
	known, r := w.typeByName(parts)
	if r != nil {
		return r
	}
	if !known {
		shown := strings.Join(parts, ".")
		w.v.UnknownRelation = true
		return refuse(RuleTypeNone, shown, "", "type \"%s\" is not known", shown)
	}
	if last := parts[len(parts)-1]; last == "float4" || last == "float8" {
		// float(n) is one or the other by the number n, and casts differ.
		w.v.LooksAtLiterals = w.v.LooksAtLiterals || len(w.c.casts) > 0
	}
	return w.children(n.ProtoReflect(), "names")
}

// typeByName judges every type that a name may mean, and the casts that a
// mention of it may run; known is false if there is none.
func (w *walker) typeByName(parts []string) (known bool, r *Refusal) {
	schemas, name, r := w.schemasOf(parts, "type", RuleTypeNone)
	if r != nil {
		return false, r
	}
	for _, schema := range schemas {
		found, r := w.c.typeIn(schema, name)
		if r != nil {
			return true, r
		}
		known = known || found
	}
	if !known {
		return false, nil
	}
	for _, base := range elementNames(name) {
		for _, key := range []string{base, formatName(base)} {
			if r := w.c.casts[key]; r != nil {
				return true, r
			}
		}
	}
	return true, nil
}

// ParameterType judges a type that a Parse message declares for a parameter, by
// its OID; nil if it may be used. Bind runs its input function and, of a domain,
// its checks, though the text need not name it. A type that is not in the
// snapshot by itself (an array, the row of a table, one that is new) passes only
// while there is no refused type that it could be made of.
func (c *Checker) ParameterType(oid uint32) *Refusal {
	if oid < firstNormalOID { // 0: not declared
		return nil
	}
	if t := c.typesByOID[oid]; t != nil {
		return c.types[t]
	}
	if c.rowTypes != nil || len(c.types) > 0 {
		return refuse(RuleType, "", "Leave the type of the parameter out and write a cast, such as $1::text.",
			"a parameter of type %d is not allowed: it could be made of a type that is not", oid)
	}
	return nil
}

// elementNames gives a type's name and, if it looks like an array's, the
// names that its element may have (makeArrayTypeName in pg_type.c puts
// underscores in front).
func elementNames(name string) []string {
	names := []string{name}
	for strings.HasPrefix(name, "_") {
		name = name[1:]
		names = append(names, name)
	}
	return names
}

// typeIn judges the types of a schema that a name may mean.
func (c *Checker) typeIn(schema, name string) (found bool, r *Refusal) {
	for _, candidate := range elementNames(name) {
		qualified := catalog.Name{Schema: schema, Name: candidate}
		if t := c.snap.Types[qualified]; t != nil {
			found = true
			if r := c.types[t]; r != nil {
				return true, r
			}
		}
		if rel := c.snap.Relations[qualified]; rel != nil && rel.Kind != catalog.Sequence {
			found = true
			if c.rowTypes != nil && !rel.IsSystem() {
				return true, c.rowTypes
			}
		}
		if schema == systemSchema && builtinType(candidate) {
			found = true
		}
	}
	if schema == informationSchema {
		switch name {
		case "cardinal_number", "character_data", "sql_identifier", "time_stamp", "yes_or_no":
			found = true
		}
	}
	// The name of an array type is cut to 63 bytes, and so may lack the end of
	// its element's.
	if len(name) >= 63 && name[0] == '_' {
		for _, t := range c.snap.Types {
			if t.Schema == schema && strings.HasPrefix(t.Name.Name, strings.TrimLeft(name, "_")) {
				found = true
				if r := c.types[t]; r != nil {
					return true, r
				}
			}
		}
	}
	return found, nil
}

// typeRefusal says why a type may not be used; nil if it may. Enums have no
// code of their own; a domain runs its checks, a range its subtype's
// functions, and a base type the code of its extension.
func (c *Checker) typeRefusal(t *catalog.Type, over []*catalog.Type) *Refusal {
	for _, seen := range over {
		if seen == t {
			return refuse(RuleType, t.String(), "", "type \"%s\" is defined over itself", t)
		}
	}
	if t.Extension != "" {
		if curatedExtension(t.Extension) {
			return nil
		}
		return refuse(RuleType, t.String(), "", "type \"%s\" belongs to extension %s, which is not known here", t, t.Extension)
	}
	for _, oid := range t.Functions {
		f := c.snap.FunctionsByOID[oid]
		if f == nil {
			return refuse(RuleType, t.String(), "", "type \"%s\" runs a function that is not known", t)
		}
		if r := c.functionRefusal(f); r != nil {
			return refuse(RuleType, t.String(), r.Hint, "type \"%s\" runs function \"%s\", which is not allowed", t, f)
		}
	}
	switch t.Kind {
	case 'e', 'r', 'm':
		return nil
	case 'c':
		return c.rowTypes
	case 'd':
		return c.baseRefusal(t, append(over, t))
	}
	return refuse(RuleType, t.String(), "", "type \"%s\" is of a kind that is not allowed", t)
}

// baseRefusal judges the type that a domain is over, which may be another
// domain. format_type leaves out the schema of a type in pg_catalog, and of
// one in its reader's search path: any of that name must pass.
func (c *Checker) baseRefusal(t *catalog.Type, over []*catalog.Type) *Refusal {
	schema, name := splitFormatted(t.BaseType)
	for qualified, base := range c.snap.Types {
		if qualified.Name != name || schema != "" && qualified.Schema != schema {
			continue
		}
		if r := c.typeRefusal(base, over); r != nil {
			return r
		}
	}
	return nil
}

// splitFormatted takes apart what format_type gives: dimensions and modifiers
// are dropped, quotes undone.
func splitFormatted(formatted string) (schema, name string) {
	s := strings.TrimRight(formatted, "[]")
	if parts, ok := splitQualified(s); ok && len(parts) == 2 {
		return parts[0], parts[1]
	}
	if i := strings.IndexByte(s, '('); i > 0 && !strings.Contains(s, `"`) {
		rest := ""
		if j := strings.IndexByte(s, ')'); j > i {
			rest = s[j+1:]
		}
		s = s[:i] + rest
		if parts, ok := splitQualified(s); ok && len(parts) == 2 {
			return parts[0], parts[1]
		}
	}
	if parts, ok := splitQualified(s); ok && len(parts) == 1 && s != `"char"` {
		return "", parts[0]
	}
	return "", s
}

// judgeTypes finds the refusal of each type. A value of a row type can run the
// check of any domain, since the snapshot does not tell the types of columns:
// so row types are refused if there is a domain that is.
func (c *Checker) judgeTypes() {
	c.types, c.rowTypes = make(map[*catalog.Type]*Refusal), nil
	c.typesByOID = make(map[uint32]*catalog.Type, len(c.snap.Types))
	for _, t := range c.snap.Types {
		c.typesByOID[t.OID] = t
	}
	for _, t := range c.snap.Types {
		if t.Kind != 'd' {
			continue
		}
		if r := c.typeRefusal(t, nil); r != nil && (c.rowTypes == nil || r.Object < c.rowTypes.Object) {
			c.rowTypes = r
		}
	}
	for _, t := range c.snap.Types {
		if r := c.typeRefusal(t, nil); r != nil {
			c.types[t] = r
		}
	}
}

// judgeCasts finds the casts whose function is not allowed. Which cast runs
// depends on types that are not known here, so every mention of a source or
// target type is refused, and where no syntax is needed every query: that is so
// for implicit and assignment casts, and for explicit ones to json, which to_json
// and its kin run (json_categorize_type in json.c).
func (c *Checker) judgeCasts() {
	c.casts, c.implicit = make(map[string]*Refusal), nil
	for _, cast := range c.snap.Casts {
		if cast.Function == 0 {
			continue
		}
		hint, shown := "", fmt.Sprintf("function %d", cast.Function)
		if f := c.snap.FunctionsByOID[cast.Function]; f != nil {
			r := c.functionRefusal(f)
			if r == nil {
				continue
			}
			hint, shown = r.Hint, f.String()
		}
		refusal := refuse(RuleCast, shown, hint, "the cast from %s to %s runs function \"%s\", which is not allowed",
			cast.Source, cast.Target, shown)
		for _, formatted := range []string{cast.Source, cast.Target} {
			_, name := splitFormatted(formatted)
			c.casts[name] = refusal
		}
		if cast.Context != 'e' || cast.Target == "json" {
			c.implicit = refusal
		}
	}
}
