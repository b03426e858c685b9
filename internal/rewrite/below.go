package rewrite

import (
	"slices"
	"strings"

	"tenantproxy/internal/catalog"
)

// Functions also run without being named: below domains, casts, aggregates, operators
// and operator families. Where the walk looks one of these up, it must be settled
// already; and a body may use what it lies below. So New first takes all of these
// functions for allowed, then drops those whose bodies are refused on that
// assumption, until there is none to drop. What is left calls, and sets off,
// nothing but what is allowed by itself and what is left.

// maxRounds bounds how often New judges the functions below types, casts,
// aggregates and operators; if that does not settle them, all are refused.
const maxRounds = 32

// judgeBelow judges types, operators, casts and views, and the functions that lie
// below them.
func (c *Checker) judgeBelow() {
	c.runningPaths = c.pathsOfBodies()
	c.below = c.functionsBelow()
	for round := 0; ; round++ {
		if round == maxRounds {
			c.below = nil
		}
		c.bodies.Clear()
		c.views = make(map[uint32]protection)
		c.judgeTypes()
		c.judgeOperators()
		c.judgeCasts()
		c.judgeFamilies()
		var refused []*catalog.Function
		for f := range c.below {
			if c.refusalOnAnyPath(f) != nil {
				refused = append(refused, f)
			}
		}
		if len(refused) == 0 {
			break
		}
		for _, f := range refused {
			delete(c.below, f)
		}
	}
	c.judgeViews()
}

// functionsBelow are those functions with a body to judge that types, casts,
// aggregates and operators run.
func (c *Checker) functionsBelow() map[*catalog.Function]bool {
	below := make(map[*catalog.Function]bool)
	add := func(oids ...uint32) {
		for _, oid := range oids {
			if f := c.snap.FunctionsByOID[oid]; f != nil && c.mayHaveBody(f) {
				below[f] = true
			}
		}
	}
	for _, t := range c.snap.Types {
		add(t.Functions...)
	}
	for _, cast := range c.snap.Casts {
		add(cast.Function)
	}
	for _, f := range c.snap.FunctionsByOID {
		if f.Kind == 'a' && !isBuiltin(f) {
			add(f.AggFunctions...)
		}
	}
	for _, op := range c.snap.Operators {
		add(op.Function)
		add(op.Substitutes...)
	}
	for _, family := range c.snap.Families {
		add(family.Operators...)
	}
	return below
}

// mayHaveBody tells of a function that is refused unless its body passes.
func (c *Checker) mayHaveBody(f *catalog.Function) bool {
	r := c.functionRefusal(f)
	return r != nil && r.Rule == RuleFunctionUser && (f.Language == "sql" || f.Language == proceduralLanguage) && (f.Kind == 'f' || f.Kind == 'p') && f.Extension == ""
}

// pathsOfBodies are the search_paths that code may run with: that of the session,
// and those of the SET clauses of functions that may pass.
func (c *Checker) pathsOfBodies() [][]string {
	paths := map[string][]string{strings.Join(c.path, "\x00"): c.path}
	for _, f := range c.snap.FunctionsByOID {
		if len(f.Config) == 0 || !c.mayHaveBody(f) {
			continue
		}
		if path, r := (&walker{c: c}).configPath(f); r == nil {
			paths[strings.Join(path, "\x00")] = path
		}
	}
	keys := make([]string, 0, len(paths))
	for key := range paths {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	all := make([][]string, len(keys))
	for i, key := range keys {
		all[i] = paths[key]
	}
	return all
}

// refusalOnAnyPath judges a function that runs with whatever path is in force.
func (c *Checker) refusalOnAnyPath(f *catalog.Function) *Refusal {
	for _, path := range c.runningPaths {
		if r := c.bodyRefusalOn(path, f); r != nil {
			return r
		}
	}
	return nil
}

// bodyRefusalOn judges a function by its body, as called from nowhere in
// particular while the path is in force.
func (c *Checker) bodyRefusalOn(path []string, f *catalog.Function) *Refusal {
	return (&walker{c: c, v: &Verdict{}, path: path, running: path}).judgedBody(f)
}
