package audit

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tenantproxy/internal/hardening/schema"
)

// roles is family R, and the stored secrets and logins.
func (r *run) roles() {
	app := r.s.App
	attributes := func(role *schema.Role) []string {
		var list []string
		for _, a := range []struct {
			name string
			has  bool
		}{{"SUPERUSER", role.Superuser}, {"BYPASSRLS", role.BypassRLS}, {"CREATEROLE", role.CreateRole}, {"REPLICATION", role.Replication}} {
			if a.has {
				list = append(list, a.name)
			}
		}
		if slices.Contains([]string{"pg_read_server_files", "pg_write_server_files", "pg_execute_server_program", "pg_read_all_data", "pg_write_all_data"}, role.Name) {
			list = append(list, "access past policies")
		}
		return list
	}
	if has := attributes(app); len(has) > 0 {
		r.add("R-ROLE", schema.Ident(app.Name), nil, "the upstream role has "+strings.Join(has, ", "),
			fmt.Sprintf("ALTER ROLE %s NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION;", schema.Ident(app.Name)))
	}
	if app.Superuser {
		return
	}
	owned := make(map[uint32]int)
	for rel := range r.s.Tables() {
		owned[rel.Owner]++
	}
	for _, m := range sortedRoles(r.s, r.effective, r.settable) {
		has := attributes(m)
		if n := owned[m.OID]; n > 0 {
			has = append(has, fmt.Sprintf("%d tables of its own", n))
		}
		switch {
		case len(has) == 0:
		case m == app && owned[m.OID] > 0:
			r.add("R-ROLE", schema.Ident(app.Name)+" owner", nil, fmt.Sprintf("the upstream role owns %d tables", owned[m.OID]), "Give them to a role that cannot log in.")
		case m != app:
			r.add("R-ROLE", schema.Ident(app.Name)+" member of "+schema.Ident(m.Name), nil,
				fmt.Sprintf("the upstream role is a member of %s, which has %s", schema.Ident(m.Name), strings.Join(has, ", ")),
				fmt.Sprintf("REVOKE %s FROM %s;", schema.Ident(m.Name), schema.Ident(app.Name)))
		}
	}
	r.storedSettings()
	r.logins()
}

func sortedRoles(s *schema.Schema, sets ...map[uint32]bool) []*schema.Role {
	var list []*schema.Role
	for _, set := range sets {
		for oid := range set {
			if role := s.Roles[oid]; role != nil && !slices.Contains(list, role) {
				list = append(list, role)
			}
		}
	}
	slices.SortFunc(list, func(a, b *schema.Role) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func (r *run) storedSettings() {
	for _, t := range r.s.StoredSettings {
		object := t.Scope(r.s) + " " + t.Name
		if secretName.MatchString(t.Name) && t.Value != "" && t.Name != "password_encryption" {
			r.add("C-SECRET", object, nil, "the setting "+t.Name+" is stored for "+t.Scope(r.s)+", and its name says secret", "RESET it, and change the secret: every role could read it.")
		}
		if t.Role != 0 && t.Role != r.s.App.OID {
			continue
		}
		if r.protects(t.Name) || slices.Contains([]string{"search_path", "standard_conforming_strings", "session_replication_role"}, t.Name) && t.Role == r.s.App.OID {
			r.add("R-SET", object, nil, "the setting "+t.Name+" is stored for "+t.Scope(r.s), "ALTER ROLE … RESET "+t.Name+"; or ALTER DATABASE … RESET "+t.Name+";")
		}
	}
	for _, g := range r.s.ParameterGrants {
		if g.Grantee == 0 || r.effective[g.Grantee] {
			r.add("R-SET", "parameter "+g.Name, nil, fmt.Sprintf("%s on parameter %s is granted to %s", g.Privilege, g.Name, r.s.RoleName(g.Grantee)),
				fmt.Sprintf("REVOKE %s ON PARAMETER %s FROM %s;", g.Privilege, schema.Ident(g.Name), schema.Ident(r.s.RoleName(g.Grantee))))
		}
	}
}

// logins is H-HBA: lines that let the upstream role in from anywhere, or without
// a password.
func (r *run) logins() {
	if r.s.HBA == nil {
		r.unknown("H-HBA", schema.Ident(r.s.App.Name), nil, "pg_hba.conf cannot be read with this role, so where the upstream role may log in from is not known")
		return
	}
	for _, h := range r.s.HBA {
		if !slices.ContainsFunc(h.Users, r.hbaUser) || !slices.ContainsFunc(h.Databases, r.hbaDatabase) || h.Method == "reject" || h.Error != "" {
			continue
		}
		wide := h.Address == "all" || h.Address == "0.0.0.0" || h.Address == "::"
		loopback := h.Type == "local" || h.Address == "127.0.0.1" || h.Address == "::1"
		if wide || h.Method == "trust" && !loopback {
			r.add("H-HBA", fmt.Sprintf("pg_hba.conf:%d", h.Line), nil, fmt.Sprintf("line %d of pg_hba.conf lets %s in from %s by %s", h.Line, schema.Ident(r.s.App.Name), h.Address, h.Method),
				"Put a line for the role with the proxy's address before it, and one that rejects it from elsewhere.")
		}
	}
}

// hbaUser and hbaDatabase tell whether an entry of pg_hba.conf stands for the upstream
// role and the database (check_role and check_db in hba.c). An expression that is
// not understood stands for them.
func (r *run) hbaUser(entry string) bool {
	if group, ok := strings.CutPrefix(entry, "+"); ok {
		return r.memberOf(group)
	}
	return entry == "all" || entry == r.s.App.Name || hbaPattern(entry, r.s.App.Name)
}

func (r *run) hbaDatabase(entry string) bool {
	name := r.s.Database.Name
	switch entry {
	case "all":
		return true
	case "sameuser":
		return name == r.s.App.Name
	case "samerole", "samegroup":
		return r.memberOf(name)
	}
	return entry == name || hbaPattern(entry, name)
}

// memberOf tells of memberships with and without INHERIT.
func (r *run) memberOf(group string) bool {
	return slices.ContainsFunc(sortedRoles(r.s, r.effective, r.settable), func(role *schema.Role) bool { return role.Name == group })
}

// hbaPattern tells whether an entry is a regular expression that the name matches.
func hbaPattern(entry, name string) bool {
	expr, ok := strings.CutPrefix(entry, "/")
	if !ok {
		return false
	}
	re, err := regexp.Compile(expr)
	return err != nil || re.MatchString(name)
}

// grants is family G.
func (r *run) grants() {
	app := schema.Ident(r.s.App.Name)
	if r.s.App.Superuser {
		return // R-ROLE says it
	}
	for _, rel := range r.s.Sorted() {
		if rel.Extension != "" {
			continue
		}
		var has []string
		if rel.IsTable() {
			for _, p := range []struct {
				name string
				has  bool
			}{{"TRUNCATE", rel.App.Truncate}, {"REFERENCES", rel.App.References}, {"TRIGGER", rel.App.Trigger}, {"MAINTAIN", rel.App.Maintain}} {
				if p.has {
					has = append(has, p.name)
				}
			}
		} else if rel.Kind == 'S' && rel.App.Update {
			has = []string{"UPDATE"}
		}
		if len(has) > 0 {
			r.add("G-PRIV", ref(rel), rel, fmt.Sprintf("the upstream role has %s on %s %s", strings.Join(has, ", "), rel.KindName(), ref(rel)),
				fmt.Sprintf("REVOKE %s ON %s FROM PUBLIC, %s;", strings.Join(has, ", "), ref(rel), app))
		}
	}
	db := schema.Ident(r.s.Database.Name)
	if r.s.Database.AppCreate {
		r.add("G-PRIV", "database CREATE", nil, "the upstream role may create schemas", fmt.Sprintf("REVOKE CREATE ON DATABASE %s FROM PUBLIC, %s;", db, app))
	}
	if r.s.Database.AppTemp {
		r.add("G-PRIV", "database TEMPORARY", nil, "the upstream role may create temporary tables", fmt.Sprintf("REVOKE TEMPORARY ON DATABASE %s FROM PUBLIC, %s;", db, app))
	}
	for _, n := range r.s.Namespaces {
		if n.AppCreate {
			r.add("G-PRIV", "schema "+schema.Ident(n.Name), nil, "the upstream role may create objects in schema "+schema.Ident(n.Name),
				fmt.Sprintf("REVOKE CREATE ON SCHEMA %s FROM PUBLIC, %s;", schema.Ident(n.Name), app))
		}
	}
	for _, g := range r.s.DefaultGrants {
		if g.Kind == "r" && (g.Grantee == 0 || r.effective[g.Grantee]) && slices.Contains([]string{"TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"}, g.Privilege) {
			r.add("G-PRIV", "default "+g.Privilege+" of "+schema.Ident(r.s.RoleName(g.Role))+" in "+g.Schema, nil,
				fmt.Sprintf("new tables of %s give %s to %s", schema.Ident(r.s.RoleName(g.Role)), g.Privilege, r.s.RoleName(g.Grantee)), "ALTER DEFAULT PRIVILEGES … REVOKE "+g.Privilege+" ON TABLES …;")
		}
	}
	r.builtIns()
}

// server is family X. The versions have the fixes of CVE-2026-120154,
// CVE-2026-16237 and CVE-2026-116311.
func (r *run) server() {
	fixed := map[int]int{14: 14_00_25, 15: 15_00_20, 16: 16_00_16, 17: 17_00_12, 18: 18_00_07}
	if least, known := fixed[r.s.Server.Version/10000]; known && r.s.Server.Version < least {
		r.add("X-VER", "server", nil, fmt.Sprintf("the server is %s; %d.%d has the fixes", r.s.Server.VersionText, least/10000, least%10000), "Update to the newest minor release.")
	}
	env := func(object, message, fix string) { r.add("X-ENV", object, nil, message, fix) }
	if r.s.Database.Encoding != "UTF8" {
		env("encoding", "the database's encoding is "+r.s.Database.Encoding, "Move the data to a database with encoding UTF8.")
	}
	if v := r.s.Server.Settings["max_prepared_transactions"]; v != "0" && v != "" {
		env("max_prepared_transactions", "prepared transactions are on", "ALTER SYSTEM SET max_prepared_transactions = 0; and restart")
	}
	for _, e := range r.s.Extensions {
		if e.Name == "dblink" || e.Name == "postgres_fdw" || e.Name == "pg_stat_statements" || e.Name == "file_fdw" || e.Name == "adminpack" {
			env("extension "+schema.Ident(e.Name), "extension "+schema.Ident(e.Name)+" is installed", "DROP EXTENSION "+schema.Ident(e.Name)+"; if nothing uses it")
		}
	}
	for _, name := range r.s.ForeignServers {
		env("server "+schema.Ident(name), "foreign server "+schema.Ident(name)+" is defined", "DROP SERVER "+schema.Ident(name)+"; if nothing uses it")
	}
	for _, p := range r.s.Publications {
		env("publication "+schema.Ident(p.Name), "publication "+schema.Ident(p.Name)+" sends rows of all tenants", "DROP PUBLICATION "+schema.Ident(p.Name)+"; if nothing subscribes")
	}
	if r.s.LargeObjects > 0 {
		env("large objects", fmt.Sprintf("there are %d large objects, which have no policies", r.s.LargeObjects), "Keep such data in a table with a tenant column.")
	}
}
