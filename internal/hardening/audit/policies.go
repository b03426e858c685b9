package audit

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tenantproxy/internal/hardening/schema"
)

// policies is family P: what policies and their helpers say. A WITH CHECK that is
// missing is no fault: USING stands in for it (manual, CREATE POLICY).
func (r *run) policies() {
	helpers := make(map[uint32]bool)
	for _, rel := range r.s.Sorted() {
		if !r.inScope(rel) && !r.tenantTable(rel) {
			continue
		}
		for _, p := range rel.Policies {
			r.truth(rel, p)
			r.texts(rel, p)
			for _, f := range p.Calls {
				if !helpers[f.OID] {
					helpers[f.OID] = true
					r.helper(f)
				}
			}
			for _, read := range p.Reads {
				r.reads(rel, p, read)
			}
			if !p.Permissive && !slices.Contains(p.Roles, 0) {
				r.add("P-ROLE", policyName(rel, p), rel, fmt.Sprintf("restrictive policy %s is not TO PUBLIC", schema.Ident(p.Name)),
					fmt.Sprintf("ALTER POLICY %s ON %s TO PUBLIC;", schema.Ident(p.Name), ref(rel)))
			}
		}
	}
}

func policyName(rel *schema.Relation, p *schema.Policy) string {
	return ref(rel) + "." + schema.Ident(p.Name)
}

// truth is P-TRUE and P-ROOT. It counts for the roles that the upstream role has.
func (r *run) truth(rel *schema.Relation, p *schema.Policy) {
	always := r.f.alwaysTrue(p.Using) || r.f.alwaysTrue(p.Check)
	if !p.Permissive || !always || !p.AppliesTo(r.effective) {
		return
	}
	if rel != r.root {
		r.add("P-TRUE", policyName(rel, p), rel, fmt.Sprintf("policy %s for %s is always true", schema.Ident(p.Name), p.CommandName()),
			fmt.Sprintf("DROP POLICY %s ON %s;\n%s", schema.Ident(p.Name), ref(rel), r.floor(rel)))
		return
	}
	message := fmt.Sprintf("policy %s for %s on the tenants' table is always true", schema.Ident(p.Name), p.CommandName())
	if p.Command == schema.CmdAll || p.Command == schema.CmdDelete {
		seen := map[*schema.Relation]bool{}
		r.cascade(rel, seen)
		message += fmt.Sprintf("; deleting a row of it cascades to %d tables", len(seen))
	}
	r.add("P-ROOT", policyName(rel, p), rel, message, fmt.Sprintf("DROP POLICY %s ON %s;\n%s", schema.Ident(p.Name), ref(rel), r.floor(rel)))
}

// cascade collects the tables that a deleted row's cascade reaches.
func (r *run) cascade(rel *schema.Relation, seen map[*schema.Relation]bool) {
	for _, k := range rel.ReferencedBy {
		if k.OnDelete == "c" && !k.Relation.Partition && !seen[k.Relation] {
			seen[k.Relation] = true
			r.cascade(k.Relation, seen)
		}
	}
}

var (
	settingPattern = regexp.MustCompile(`(?i)current_setting\s*\(\s*'([^']+)'`)
	// What an expression says that is not within a sub-select.
	userPattern = regexp.MustCompile(`(?i)\b(current_user|session_user|CURRENT_ROLE|\buser\b\s*(=|\)))`)
	metaPattern = regexp.MustCompile(`(?i)user_metadata|raw_user_meta_data`)
	likePattern = regexp.MustCompile(`~~\*?| SIMILAR TO `)
)

// texts is P-GUC, P-META, P-USER, P-LIKE, P-PERF and P-NULLOPEN, for a policy's
// own text.
func (r *run) texts(rel *schema.Relation, p *schema.Policy) {
	text := p.Using + " " + p.Check
	name := policyName(rel, p)
	r.settingsIn(name, rel, text)
	if metaPattern.MatchString(text) {
		r.add("P-META", name, rel, fmt.Sprintf("policy %s reads user_metadata", schema.Ident(p.Name)), "Read the org from a claim that only the issuer writes, such as app_metadata.")
	}
	if userPattern.MatchString(text) {
		r.add("P-USER", name, rel, fmt.Sprintf("policy %s looks at current_user", schema.Ident(p.Name)), r.floor(rel))
	}
	if likePattern.MatchString(text) {
		r.add("P-LIKE", name, rel, fmt.Sprintf("policy %s matches by pattern", schema.Ident(p.Name)), r.floor(rel))
	}
	if callOutsideSelect(p.Using) {
		r.add("P-PERF", name, rel, fmt.Sprintf("policy %s calls a function for each row", schema.Ident(p.Name)), "Write (SELECT helper()) in its place, and nullif(…, '') around a setting before its cast.")
	}
	for _, expr := range []string{p.Using, p.EffectiveCheck()} {
		if p.Permissive && r.f.openWithoutContext(expr, r.tenantColumn(rel)) {
			r.add("P-NULLOPEN", name, rel, fmt.Sprintf("policy %s lets rows through while the setting is unset or empty", schema.Ident(p.Name)), r.floor(rel))
		}
	}
}

// settingsIn is P-GUC: settings that are read and not the proxy's.
func (r *run) settingsIn(object string, rel *schema.Relation, text string) {
	for _, m := range settingPattern.FindAllStringSubmatch(text, -1) {
		name := strings.ToLower(m[1])
		if strings.Contains(name, ".") && name != strings.ToLower(r.t.Setting) && name != strings.ToLower(r.t.ClaimsSetting) {
			r.add("P-GUC", object, rel, fmt.Sprintf("%s reads the setting %s, and the proxy puts the org into %s", object, schema.Ident(name), r.t.Setting),
				fmt.Sprintf("Read %s, or set tenant.setting or tenant.claims_setting.", r.t.Setting))
		}
	}
}

var (
	rowCall   = regexp.MustCompile(`[a-z_0-9"]\(`)
	cheapCall = regexp.MustCompile(`(?i)\b(nullif|coalesce|greatest|least|any|all|in|exists|values|array|row|current_setting|cast)\(`)
)

// callOutsideSelect tells of a call of a helper that is not in a sub-select.
func callOutsideSelect(expr string) bool {
	for {
		start := strings.Index(expr, "( SELECT ")
		if start < 0 {
			break
		}
		depth, end := 0, len(expr)
		for i := start; i < len(expr); i++ {
			switch expr[i] {
			case '(':
				depth++
			case ')':
				depth--
			}
			if depth == 0 {
				end = i + 1
				break
			}
		}
		expr = expr[:start] + expr[end:]
	}
	return rowCall.MatchString(cheapCall.ReplaceAllString(expr, "")) || strings.Contains(expr, "current_setting(")
}

// helper is P-FN, and P-GUC and P-META for the bodies of helpers.
func (r *run) helper(f *schema.Function) {
	if f.Extension != "" {
		return
	}
	var faults []string
	if f.Volatility == "i" {
		faults = append(faults, "is IMMUTABLE")
	}
	if fault := r.pathFault(f); fault != "" {
		faults = append(faults, fault)
	}
	if len(faults) > 0 {
		r.add("P-FN", f.Signature, nil, "policy helper "+f.Signature+" "+strings.Join(faults, " and "),
			fmt.Sprintf("ALTER FUNCTION %s STABLE SET search_path = pg_catalog, pg_temp;", f.Signature))
	}
	r.settingsIn(f.Signature, nil, f.Source)
	if metaPattern.MatchString(f.Source) {
		r.add("P-META", f.Signature, nil, "policy helper "+f.Signature+" reads user_metadata", "Read a claim that only the issuer writes, such as app_metadata.")
	}
}

// pathFault says how objects of others can come before those that a function means; empty
// if they cannot. In a path that is pinned, tables need no schema before their names if
// only trusted roles may create in what it lists, and pg_temp comes last (manual, CREATE
// FUNCTION, "Writing SECURITY DEFINER Functions Safely").
func (r *run) pathFault(f *schema.Function) string {
	path, pinned := f.Setting("search_path")
	switch {
	case f.SQLBody: // names were resolved when it was made
		return ""
	case !pinned:
		return "has no search_path"
	case path == `""` || path == "":
		return ""
	}
	parts := strings.Split(strings.ReplaceAll(path, " ", ""), ",")
	for _, part := range parts {
		name := strings.ReplaceAll(strings.Trim(part, `"`), `""`, `"`)
		if n := r.s.Namespaces[name]; n != nil && n.AppCreate {
			return "has schema " + schema.Ident(name) + " in its search_path, where the upstream role may create objects"
		}
		if name == "$user" {
			return `has "$user" in its search_path`
		}
	}
	if parts[len(parts)-1] != "pg_temp" {
		return "has a search_path in which pg_temp is not last"
	}
	return ""
}

// reads is P-REL. That the app can write what the policy reads matters if nothing ties
// its writes, or if the policy believes what it reads, with nothing else that ties.
func (r *run) reads(rel *schema.Relation, p *schema.Policy, read *schema.Relation) {
	if !read.IsTable() {
		return // a view is V-INV's
	}
	var faults []string
	if !read.RLSEnabled {
		faults = append(faults, "has no row-level security")
	}
	column, open := r.tenantColumn(rel), false
	for _, c := range r.commandsOf(read) {
		open = open || c.Granted && !c.Isolated && c.Name != "SELECT"
	}
	believed := !r.f.tied(p.Using, column) && p.HasUsing || !r.f.tied(p.EffectiveCheck(), column) && p.HasCheck
	if a := read.App; (a.Insert || a.Update || a.Delete) && (open || believed && !r.floored(rel)) {
		faults = append(faults, "can be written by the upstream role")
	}
	if len(faults) == 0 {
		return
	}
	fix := fmt.Sprintf("ALTER TABLE %[1]s ENABLE ROW LEVEL SECURITY;\nALTER TABLE %[1]s FORCE ROW LEVEL SECURITY;", ref(read))
	if read.RLSEnabled {
		fix = r.floor(rel)
	}
	r.add("P-REL", policyName(rel, p)+" on "+ref(read), rel, fmt.Sprintf("policy %s reads %s, which %s", schema.Ident(p.Name), ref(read), strings.Join(faults, " and ")), fix)
}

// floored tells whether a restrictive policy for all commands ties the table's rows.
func (r *run) floored(rel *schema.Relation) bool {
	column := r.tenantColumn(rel)
	return slices.ContainsFunc(rel.Policies, func(p *schema.Policy) bool {
		return !p.Permissive && p.Command == schema.CmdAll && p.AppliesTo(r.effective) && r.f.tied(p.Using, column) && r.f.tied(p.EffectiveCheck(), column)
	})
}
