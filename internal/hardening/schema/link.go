package schema

import (
	"context"
	"errors"
	"maps"
	"slices"

	"tenantproxy/internal/catalog"
)

// link puts what policies, views and triggers mention in place.
func (r *reader) link(ctx context.Context) error {
	dependencies, err := rows[struct {
		Kind                   string
		Object, Ref            uint32
		IsFunction, IsOperator bool
		Deptype                string
	}](ctx, r.tx, dependenciesQuery)
	if err != nil {
		return err
	}
	policies := make(map[uint32]*Policy)
	for _, rel := range r.s.Relations {
		for _, p := range rel.Policies {
			policies[p.OID] = p
		}
		for _, t := range rel.Triggers {
			t.Function = r.s.Functions[t.FunctionOID]
		}
	}
	for _, d := range dependencies {
		function, rel := r.s.Functions[d.Ref], r.s.Relations[d.Ref]
		if p := policies[d.Object]; d.Kind == "policy" && p != nil {
			switch {
			case d.IsOperator:
				p.CallsOperators = true
			case d.IsFunction && function != nil:
				p.Calls = append(p.Calls, function)
			// On its own table a policy depends automatically, and for its columns
			// normally; a sub-select on the same table cannot be told from these.
			case !d.IsFunction && rel != nil && rel != p.Relation:
				p.Reads = append(p.Reads, rel)
			}
		}
		if v := r.s.Relations[d.Object]; d.Kind == "view" && v != nil {
			switch {
			case d.IsFunction && function != nil:
				v.Calls = append(v.Calls, function)
			case !d.IsFunction && rel != nil && !slices.Contains(v.Reads, rel):
				v.Reads = append(v.Reads, rel)
			}
		}
	}
	return nil
}

// readTexts reads what Postgres writes back as text from its parsed form.
func (r *reader) readTexts(ctx context.Context) error {
	policies := make(map[uint32]*Policy)
	checks := make(map[uint32]*Check)
	views := make(map[uint32]*Relation)
	bodies := make(map[uint32]*Function)
	indexes := make(map[uint32]*Index)
	for _, rel := range r.s.Relations {
		if rel.Kind == catalog.View || rel.Kind == catalog.MaterializedView {
			views[rel.OID] = rel
		}
		for _, p := range rel.Policies {
			policies[p.OID] = p
		}
		for _, c := range rel.Checks {
			checks[c.OID] = c
		}
		for _, i := range rel.Indexes {
			if !i.plain() {
				indexes[i.OID] = i
			}
		}
	}
	for _, f := range r.s.Functions {
		if f.SQLBody {
			bodies[f.OID] = f
		}
	}
	return errors.Join(
		r.deparse(ctx, policyTextsQuery, maps.Keys(policies), func(oid uint32, a, b string, read bool) {
			p := policies[oid]
			p.Using, p.Check, p.Unread = a, b, !read
			p.Relation.Unread = p.Relation.Unread || !read
		}),
		r.deparse(ctx, checkTextsQuery, maps.Keys(checks), func(oid uint32, a, _ string, _ bool) { checks[oid].Definition = a }),
		r.deparse(ctx, indexTextsQuery, maps.Keys(indexes), func(oid uint32, a, _ string, _ bool) { indexes[oid].Definition = a }),
		r.deparse(ctx, viewTextsQuery, maps.Keys(views), func(oid uint32, a, _ string, read bool) {
			views[oid].Definition, views[oid].Unread = a, !read
		}),
		r.deparse(ctx, functionTextsQuery, maps.Keys(bodies), func(oid uint32, a, _ string, _ bool) { bodies[oid].Source = a }),
	)
}
