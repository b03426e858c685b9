package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// fileAccessRoles are the predefined roles whose members reach data past all
// row-level security (manual, "Predefined Roles").
var fileAccessRoles = []string{"pg_read_server_files", "pg_write_server_files", "pg_execute_server_program"}

// PrivilegeFindings says why the upstream role is not the unprivileged one that
// I9 asks for: each finding a sentence, none if it is fine. The same holds for the
// login role, where that is another one. A tenant table is a table with row-level
// security or with a column named tenantColumn.
func (s *Snapshot) PrivilegeFindings(tenantColumn string) []string {
	findings := s.roleFindings(&s.Role, tenantColumn, func(rel *Relation) bool { return rel.RoleIsOwner })
	if s.Login != nil {
		if losesRole(s.ServerVersion) {
			findings = append(findings, fmt.Sprintf("server version %d.%d can have a session of role %s go on as role %s (CVE-2024-10978; mended in 14.15, 15.10, 16.6 and 17.2)",
				s.ServerVersion/10000, s.ServerVersion%10000, s.Role.Name, s.Login.Name))
		}
		findings = append(findings, s.roleFindings(s.Login, tenantColumn, func(rel *Relation) bool { return rel.LoginIsOwner })...)
	}
	return findings
}

// losesRole tells of servers where a reset of session_authorization, as by DISCARD ALL,
// goes to the login role and not to the role of the startup packet (CVE-2024-10978), or
// that ignore that role: the first releases with the fix did.
func losesRole(version int) bool {
	mended := map[int]int{14: 15, 15: 10, 16: 6, 17: 2}
	minor, affected := mended[version/10000]
	return version < 14_00_00 || affected && version%10000 < minor
}

// roleFindings are those of one role; owns tells of which relations it has the
// owner's rights.
func (s *Snapshot) roleFindings(role *Role, tenantColumn string, owns func(*Relation) bool) []string {
	var findings []string
	add := func(format string, args ...any) { findings = append(findings, fmt.Sprintf(format, args...)) }

	if role.Superuser {
		add("role %s is a superuser, and row-level security never applies to it", role.Name)
	}
	if role.BypassRLS {
		add("role %s has BYPASSRLS, and row-level security never applies to it", role.Name)
	}
	if role.Replication {
		add("role %s has REPLICATION, and can copy the whole cluster", role.Name)
	}
	if role.CreateRole {
		add("role %s has CREATEROLE, and can make itself a member of other roles", role.Name)
	}
	for _, m := range role.Memberships {
		if slices.Contains(fileAccessRoles, m.Name) {
			add("role %s is a member of %s, and can reach data through the server's files", role.Name, m.Name)
		}
		if attributes := m.dangerous(); m.CanSet && attributes != "" {
			add("role %s can SET ROLE to %s, which has %s", role.Name, m.Name, attributes)
		}
	}
	findings = append(findings, s.ownershipFindings(role, tenantColumn, owns)...)
	for _, setting := range role.Settings {
		if name, _, _ := strings.Cut(setting, "="); slices.Contains(identitySettings, strings.ToLower(name)) {
			add("role %s has a stored setting %s, with which its sessions do not run as that role under row-level security (ALTER ROLE … RESET %s)",
				role.Name, setting, name)
		}
	}
	return findings
}

// dangerous lists the attributes that SET ROLE would bring.
func (m *Membership) dangerous() string {
	var attributes []string
	if m.Superuser {
		attributes = append(attributes, "SUPERUSER")
	}
	if m.BypassRLS {
		attributes = append(attributes, "BYPASSRLS")
	}
	if m.Replication {
		attributes = append(attributes, "REPLICATION")
	}
	return strings.Join(attributes, " and ")
}

// ownershipFindings has one finding for each owner that the role is or can
// become, with the tenant tables where the owner is exempt from row-level
// security. A superuser is exempt everywhere, which is said elsewhere.
func (s *Snapshot) ownershipFindings(role *Role, tenantColumn string, owns func(*Relation) bool) []string {
	if role.Superuser {
		return nil
	}
	reachable := make(map[string]bool)
	for _, m := range role.Memberships {
		reachable[m.Name] = m.CanSet
	}
	unforced := make(map[string][]string)
	for name, rel := range s.Relations {
		tenant := (rel.Kind == Table || rel.Kind == PartitionedTable) && !rel.IsSystem() &&
			(rel.RLSEnabled || rel.HasColumn(tenantColumn))
		if tenant && !rel.RLSForced && (owns(rel) || reachable[rel.Owner]) {
			unforced[rel.Owner] = append(unforced[rel.Owner], name.String())
		}
	}
	var findings []string
	for owner, tables := range unforced {
		slices.Sort(tables)
		how := "is"
		if owner != role.Name {
			how = "has or can take the rights of " + owner + ","
		}
		findings = append(findings, fmt.Sprintf("role %s %s the owner of tenant tables without FORCE ROW LEVEL SECURITY: %s",
			role.Name, how, abbreviate(tables)))
	}
	slices.Sort(findings)
	return findings
}

// abbreviate names a few and counts the others.
func abbreviate(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// identitySettings change who a session is, or whether policies apply.
var identitySettings = []string{"role", "session_authorization", "row_security"}

// readingSettings change what names and SQL text mean to a session.
var readingSettings = []string{
	"search_path", "standard_conforming_strings", "backslash_quote", "client_encoding",
	"session_replication_role", "transform_null_equals",
}

// SettingFindings lists the settings stored for the role or the database that
// change what SQL means to its sessions, each a sentence. The proxy's startup
// parameters go before them, so they are worth a warning, not a refusal; those
// that nothing could make safe are among the PrivilegeFindings.
func (s *Snapshot) SettingFindings() []string {
	login := &s.Role
	if s.Login != nil {
		login = s.Login
	}
	var findings []string
	for _, setting := range login.Settings {
		if name, _, _ := strings.Cut(setting, "="); slices.Contains(readingSettings, strings.ToLower(name)) {
			findings = append(findings, fmt.Sprintf("role %s or its database has a stored setting %s, which the proxy overrides", login.Name, setting))
		}
	}
	return findings
}
