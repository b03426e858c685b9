package rewrite

import (
	"fmt"
	"strings"

	"tenantproxy/internal/catalog"
)

// Policy is what the operator configured (the policy: section of the
// configuration), plus the settings that only the proxy may set.
type Policy struct {
	// Mode is enforce or report; empty means enforce. In report mode Check allows
	// what breaks a rule that ReportAction lets through, and says so in
	// Verdict.Reported.
	Mode string
	// Schemas are the schemas whose relations tenants may use; the pinned
	// search_path is these, then pg_catalog.
	Schemas []string
	// AllowRelations are relations without row-level security that are shared
	// on purpose, each "schema.name", quoted as in SQL where a name needs it.
	AllowRelations []string
	// AllowFunctions are functions that are allowed although the rules refuse
	// them, and DenyFunctions those that are refused in any case; each
	// "schema.name", which means all overloads.
	AllowFunctions []string
	DenyFunctions  []string
	// AllowDDL is none or temp; empty means none. With temp, texts that name
	// temporary tables are sent as Decision.Rewritten writes them.
	AllowDDL string
	// AllowDo allows DO in PL/pgSQL, analysed like the body of a function.
	AllowDo bool
	// Explain is none, plain or analyze; empty means none.
	Explain string
	// ListenNotify is deny, allow or prefix; empty means deny. With prefix, texts
	// that name channels are sent as Decision.Rewritten writes them.
	ListenNotify string
	// CursorWithHold allows DECLARE … WITH HOLD.
	CursorWithHold bool
	// LockTable allows LOCK TABLE on relations that the tenant may use.
	LockTable bool
	// MaxSQLBytes bounds one statement text, in bytes; 0 means 1 MiB.
	MaxSQLBytes int
	// ProtectedSettings are tenant.setting and tenant.claims_setting: never
	// set by a tenant, in any spelling.
	ProtectedSettings []string
}

// SearchPath is the value of search_path that the proxy pins, and that Check
// resolves unqualified names by: Schemas, then pg_catalog, each quoted where
// SplitIdentifierString (varlena.c) would otherwise fold it. Schemas that
// come first hide built-ins of the same name, which is why pg_catalog is
// named: what a name may mean is then all in one list.
func (p Policy) SearchPath() string {
	quoted := make([]string, 0, len(p.Schemas)+1)
	for _, schema := range p.path() {
		quoted = append(quoted, quoteIdentifier(schema))
	}
	return strings.Join(quoted, ", ")
}

// path is the search path as a fresh list of schema names.
func (p Policy) path() []string {
	return append(append(make([]string, 0, len(p.Schemas)+1), p.Schemas...), systemSchema)
}

// Validate checks what can be checked without a catalog: the form of every entry,
// and that no function is to be allowed that never can be. New checks the same.
func (p Policy) Validate() error {
	seen := map[string]bool{}
	for _, schema := range p.Schemas {
		switch {
		case schema == "" || schema == "$user" || isSystemSchema(schema) || isTempSchema(schema):
			return fmt.Errorf("reading policy.schemas: %q cannot be a schema of tenants", schema)
		case seen[schema]:
			return fmt.Errorf("reading policy.schemas: %q is named twice", schema)
		}
		seen[schema] = true
	}
	switch p.Mode {
	case "", "enforce", "report":
	default:
		return fmt.Errorf("reading policy.mode: %q is not enforce or report", p.Mode)
	}
	switch p.AllowDDL {
	case "", "none", "temp":
	default:
		return fmt.Errorf("reading policy.allow_ddl: %q is not none or temp", p.AllowDDL)
	}
	switch p.Explain {
	case "", "none", "plain", "analyze":
	default:
		return fmt.Errorf("reading policy.explain: %q is not none, plain or analyze", p.Explain)
	}
	switch p.ListenNotify {
	case "", "deny", "allow", "prefix":
	default:
		return fmt.Errorf("reading policy.listen_notify: %q is not deny, allow or prefix", p.ListenNotify)
	}
	if p.MaxSQLBytes < 0 {
		return fmt.Errorf("reading policy.max_sql_bytes: %d is negative", p.MaxSQLBytes)
	}
	for key, entries := range map[string][]string{
		"policy.allow_relations": p.AllowRelations, "policy.deny_functions": p.DenyFunctions,
	} {
		if _, err := parseNames(key, entries); err != nil {
			return err
		}
	}
	allowed, err := parseNames("policy.allow_functions", p.AllowFunctions)
	if err != nil {
		return err
	}
	for name := range allowed {
		if reason := neverAllowed(name); reason != "" {
			return fmt.Errorf("reading policy.allow_functions: %s can never be allowed: it %s", name, reason)
		}
	}
	return nil
}

const (
	systemSchema      = "pg_catalog"
	informationSchema = "information_schema"
)

func isSystemSchema(schema string) bool {
	return schema == systemSchema || schema == informationSchema
}

// isTempSchema tells of the schemas of temporary and TOAST relations, which
// every session can name by alias (pg_temp) or number (pg_temp_3).
func isTempSchema(schema string) bool {
	return strings.HasPrefix(schema, "pg_temp") || strings.HasPrefix(schema, "pg_toast")
}

// parseNames reads a list of "schema.name" into a set.
func parseNames(key string, entries []string) (map[catalog.Name]bool, error) {
	names := make(map[catalog.Name]bool, len(entries))
	for _, entry := range entries {
		parts, ok := splitQualified(entry)
		if !ok || len(parts) != 2 {
			return nil, fmt.Errorf("reading %s: %q is not of the form schema.name", key, entry)
		}
		names[catalog.Name{Schema: parts[0], Name: parts[1]}] = true
	}
	return names, nil
}

// ParseName reads "schema.name" as the entries of a policy are read: a quoted part
// stands as it is, an unquoted one is folded to lower case.
func ParseName(text string) (catalog.Name, error) {
	parts, ok := splitQualified(text)
	if !ok || len(parts) != 2 {
		return catalog.Name{}, fmt.Errorf("%q is not a name of the form schema.name", text)
	}
	return catalog.Name{Schema: parts[0], Name: parts[1]}, nil
}

// splitQualified splits a dotted name as Postgres does: a quoted part stands
// as it is, an unquoted one is folded to lower case.
func splitQualified(s string) (parts []string, ok bool) {
	for {
		var part string
		if part, s, ok = cutIdentifier(s); !ok {
			return nil, false
		}
		parts = append(parts, part)
		if s == "" {
			return parts, true
		}
		if s[0] != '.' {
			return nil, false
		}
		s = s[1:]
	}
}

// cutIdentifier takes one identifier from the front of s.
func cutIdentifier(s string) (name, rest string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		var b strings.Builder
		for i := 1; i < len(s); i++ {
			if s[i] != '"' {
				b.WriteByte(s[i])
				continue
			}
			if i+1 < len(s) && s[i+1] == '"' {
				b.WriteByte('"')
				i++
				continue
			}
			return b.String(), s[i+1:], b.Len() > 0
		}
		return "", "", false
	}
	i := 0
	for i < len(s) && (isNamePart(s[i]) && (i > 0 || isNameStart(s[i]))) {
		i++
	}
	return foldASCII(s[:i]), s[i:], i > 0
}

// splitIdentifierList splits a comma-separated list as search_path is split
// (SplitIdentifierString in varlena.c).
func splitIdentifierList(s string) (names []string, ok bool) {
	for {
		s = strings.TrimLeft(s, " \t\n\r\f\v")
		var name string
		if name, s, ok = cutIdentifier(s); !ok {
			return nil, false
		}
		names = append(names, name)
		s = strings.TrimLeft(s, " \t\n\r\f\v")
		if s == "" {
			return names, true
		}
		if s[0] != ',' {
			return nil, false
		}
		s = s[1:]
	}
}

// foldASCII folds A–Z only, as Postgres compares setting names
// (guc_name_compare in guc.c) and, in UTF-8, folds identifiers.
func foldASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// quoteIdentifier quotes a name unless it is plainly safe without.
func quoteIdentifier(name string) string {
	plain := name != "" && !isDigit(name[0])
	for i := 0; i < len(name) && plain; i++ {
		c := name[i]
		plain = c == '_' || 'a' <= c && c <= 'z' || isDigit(c)
	}
	if plain {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// quoteName gives a name as it is written in SQL, for hints.
func quoteName(n catalog.Name) string {
	return quoteIdentifier(n.Schema) + "." + quoteIdentifier(n.Name)
}
