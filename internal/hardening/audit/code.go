package audit

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/hardening/schema"
)

// views is V-INV. Below a view that runs as its owner, everything is read as that
// owner, also through further views with security_invoker.
func (r *run) views() {
	for _, v := range r.s.Sorted() {
		if v.Kind != catalog.View || v.Extension != "" || !v.App.Any() || r.t.Shared[v.Name] {
			continue
		}
		if base, owner := r.escapes(v, r.s.App.OID, map[*schema.Relation]bool{}); base != nil {
			fix := fmt.Sprintf("ALTER VIEW %s SET (security_invoker = true);", ref(v))
			if r.s.Server.Version < 15_00_00 {
				fix = "Have the view owned by a role without BYPASSRLS, and force row-level security below it."
			}
			r.add("V-INV", ref(v), v, fmt.Sprintf("view %s reads %s as %s, who is not subject to its policies", ref(v), ref(base), schema.Ident(owner)), fix)
		}
	}
}

// escapes gives a table below the view that is read as a role that its policies
// do not hold for.
func (r *run) escapes(v *schema.Relation, as uint32, seen map[*schema.Relation]bool) (base *schema.Relation, role string) {
	if seen[v] {
		return nil, ""
	}
	seen[v] = true
	if !v.SecurityInvoker {
		as = v.Owner
	}
	owner := r.s.Roles[as]
	for _, below := range v.Reads {
		if below.Kind == catalog.View {
			if base, role := r.escapes(below, as, seen); base != nil {
				return base, role
			}
			continue
		}
		if !below.IsTable() || r.t.Shared[below.Name] || as == r.s.App.OID {
			continue
		}
		owns := r.s.Effective(as)[below.Owner] && !below.RLSForced
		if owner == nil || owner.EscapesRLS() || owns || !below.RLSEnabled {
			return below, r.s.RoleName(as)
		}
	}
	return nil, ""
}

var (
	dynamicPattern = regexp.MustCompile(`(?i)\bexecute\b`)
	secretName     = regexp.MustCompile(`(?i)secret|password|passwd|api_?key|private_?key|jwt_?key|token`)
	secretInBody   = regexp.MustCompile(`(?i)-----BEGIN [A-Z ]*PRIVATE KEY|\b(secret|password|api_?key|signing_?key|jwt_secret)\w*['"]?\s*(:=|=|=>|,|:)\s*E?'[^']{8,}'|eyJ[\w-]{10,}\.[\w-]{10,}\.`)
)

// tamperPattern finds what changes one of the settings, the role or row_security:
// SET and RESET of them, quoted or not, and what sets any by its name in a value.
func tamperPattern(settings ...string) *regexp.Regexp {
	var names strings.Builder
	for _, name := range settings {
		if name == "" {
			continue
		}
		var parts []string
		for _, part := range strings.Split(name, ".") {
			parts = append(parts, `"?`+regexp.QuoteMeta(part)+`"?`)
		}
		names.WriteString("|" + strings.Join(parts, `\s*\.\s*`))
	}
	const protected = `"?role\b|session\b|"?session_authorization\b|"?row_security\b|transaction\s+snapshot\b`
	return regexp.MustCompile(`(?i)\bset_config\b|\bupdate\s+(only\s+)?("?pg_catalog"?\s*\.\s*)?"?pg_settings\b|\bdiscard\s+all\b|` +
		`\bset\s+(local\s+|session\s+)?(` + protected + names.String() + `)|\breset\s+(all\b|` + protected + names.String() + `)`)
}

// functions is families S and O, and the bodies of C-SECRET.
func (r *run) functions() {
	for _, f := range r.s.SortedFunctions() {
		if f.Extension != "" {
			continue
		}
		if f.Source != "" && secretInBody.MatchString(f.Source) {
			r.add("C-SECRET", f.Signature, nil, "the body of "+f.Signature+" holds what looks like a secret", "Take it out, and change the secret: everybody could read it.")
		}
		if f.AppExecute && !f.ReturnsTrigger {
			r.callable(f)
		}
		if fault := r.pathFault(f); f.SecurityDefiner && fault != "" {
			r.add("S-PATH", f.Signature, nil, f.Signature+" is SECURITY DEFINER and "+fault, fmt.Sprintf("ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp;", f.Signature))
		}
		if f.Leakproof {
			r.add("S-LEAK", f.Signature, nil, f.Signature+" is LEAKPROOF", fmt.Sprintf("ALTER FUNCTION %s NOT LEAKPROOF;", f.Signature))
		}
		if f.Kind == "a" {
			r.add("O-CODE", "aggregate "+f.Signature, nil, "aggregate "+f.Signature+" is defined by a user", "Review it, or drop it.")
		}
	}
	for _, c := range r.s.Code {
		if c.Extension == "" {
			r.add("O-CODE", c.Identity, nil, c.Identity+" is defined by a user", "Review it, or drop it.")
		}
	}
	for _, rel := range r.s.Sorted() {
		for _, t := range rel.Triggers {
			if t.Function != nil && t.Function.SecurityDefiner && t.Enabled != "D" {
				r.add("O-CODE", ref(rel)+"."+schema.Ident(t.Name), rel, fmt.Sprintf("trigger %s runs %s as its owner", schema.Ident(t.Name), t.Function.Signature), "Make the function SECURITY INVOKER, or review it.")
			}
		}
	}
}

func (r *run) callable(f *schema.Function) {
	revoke := fmt.Sprintf("REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC, %s;", f.Signature, schema.Ident(r.s.App.Name))
	if f.Kind == "p" {
		revoke = strings.Replace(revoke, "FUNCTION", "PROCEDURE", 1)
	}
	if f.SecurityDefiner && !r.f.genuine(f) {
		r.add("S-DEF", f.Signature, nil, f.Signature+" runs as "+schema.Ident(r.s.RoleName(f.Owner))+" and the upstream role may execute it", revoke)
	}
	var faults []string
	if r.tampering.MatchString(f.Source) {
		faults = append(faults, "changes settings or the role")
	}
	if dynamicPattern.MatchString(f.Source) && f.Language != "sql" {
		faults = append(faults, "runs dynamic SQL")
	}
	for _, setting := range f.Settings {
		name, _, _ := strings.Cut(setting, "=")
		if r.protects(name) {
			faults = append(faults, "has a SET clause for "+strings.ToLower(name))
		}
	}
	if len(faults) > 0 {
		r.add("S-TAMPER", f.Signature, nil, f.Signature+" "+strings.Join(faults, " and "), revoke)
	}
}

// protects tells whether a setting decides who a session is or what its policies
// see.
func (r *run) protects(name string) bool {
	name = strings.ToLower(name)
	return name == strings.ToLower(r.t.Setting) || r.t.ClaimsSetting != "" && name == strings.ToLower(r.t.ClaimsSetting) ||
		slices.Contains([]string{"role", "session_authorization", "row_security"}, name)
}
