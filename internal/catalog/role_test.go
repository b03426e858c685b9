package catalog_test

import (
	"strings"
	"testing"

	"tenantproxy/internal/pgtest"
)

// TestRoleOfStartup reads the catalog as a role that the startup packet names: it is the
// role that counts, and the login role is known too.
func TestRoleOfStartup(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, s *pgtest.Server) {
		login, role := s.CreateRole(t, "LOGIN NOINHERIT"), s.CreateRole(t, "")
		d := s.NewEmptyDatabase(t, strings.NewReplacer("$login", login, "$role", role).Replace(`
			GRANT $role TO $login; ALTER ROLE $login SET search_path = evil; ALTER ROLE $role SET row_security = off;
			CREATE TABLE of_role (org_id uuid); ALTER TABLE of_role OWNER TO $role;
			CREATE TABLE of_login (org_id uuid); ALTER TABLE of_login OWNER TO $login;
			CREATE SCHEMA private; GRANT USAGE ON SCHEMA private TO $role;
			CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC; GRANT EXECUTE ON FUNCTION f() TO $role`))
		as := d.Connect(t, d.As(login)+"&role="+role)
		snap := load(t, as, nil)
		if snap.Role.Name != role || snap.Login == nil || snap.Login.Name != login {
			t.Fatalf("role %+v, login %+v", snap.Role, snap.Login)
		}
		equal(t, "settings of the role, which no session has", snap.Role.Settings, nil)
		equal(t, "settings", snap.Login.Settings, []string{"search_path=evil"})
		if !snap.Schemas["private"] || !snap.Functions[name("public.f")][0].Executable {
			t.Error("privileges are not those of the role")
		}
		ofRole, ofLogin := snap.Relations[name("public.of_role")], snap.Relations[name("public.of_login")]
		if !ofRole.RoleIsOwner || ofLogin.RoleIsOwner || !ofLogin.LoginIsOwner || !ofRole.LoginIsOwner {
			t.Errorf("owners: %+v, %+v", ofRole, ofLogin)
		}
		if findings := snap.SettingFindings(); len(findings) != 1 || !strings.Contains(findings[0], login+" or its database has a stored setting search_path=evil") {
			t.Errorf("settings: %q", findings)
		}
		findings := strings.Join(snap.PrivilegeFindings("org_id"), "\n")
		for _, want := range []string{
			"role " + role + " is the owner of tenant tables without FORCE ROW LEVEL SECURITY: public.of_role",
			"role " + login + " is the owner of tenant tables without FORCE ROW LEVEL SECURITY: public.of_login",
			"role " + login + " has or can take the rights of " + role,
		} {
			if !strings.Contains(findings, want) {
				t.Errorf("no finding %q in %s", want, findings)
			}
		}
		d.Exec(t, "ALTER TABLE of_role FORCE ROW LEVEL SECURITY; ALTER TABLE of_login FORCE ROW LEVEL SECURITY")
		snap = load(t, as, snap)
		equal(t, "findings", snap.PrivilegeFindings("org_id"), nil)

		// Each of the two can make it unfit.
		for _, change := range []string{login + " BYPASSRLS", role + " REPLICATION"} {
			d.Exec(t, "ALTER ROLE "+change)
			next := load(t, as, snap)
			who, what, _ := strings.Cut(change, " ")
			if findings := strings.Join(next.PrivilegeFindings("org_id"), "\n"); !strings.Contains(findings, "role "+who+" has "+what) || next.Generation == snap.Generation {
				t.Errorf("%s: %q, generation %d", change, findings, next.Generation)
			}
			d.Exec(t, "ALTER ROLE "+who+" NO"+what)
			snap = load(t, as, next)
		}

		// The login role itself is read as it was.
		own := load(t, d.Connect(t, d.As(login)), nil)
		if own.Login != nil || own.Role.Name != login || own.Schemas["private"] {
			t.Errorf("role %+v, login %+v", own.Role, own.Login)
		}
	})
}

// TestServersThatLoseRoles has the releases around PostgreSQL's fix.
func TestServersThatLoseRoles(t *testing.T) {
	login, role := pgtest.Default(t).CreateRole(t, "LOGIN"), pgtest.Default(t).CreateRole(t, "")
	d := pgtest.NewDatabase(t, "GRANT "+role+" TO "+login)
	snap := load(t, d.Connect(t, d.As(login)+"&role="+role), nil)
	own := load(t, d.Connect(t, d.As(login)), nil)
	for version, loses := range map[int]bool{
		13_00_22: true, 14_00_14: true, 14_00_15: false, 15_00_09: true, 15_00_10: false, 16_00_05: true, 16_00_06: false,
		17_00_00: true, 17_00_01: true, 17_00_02: false, 18_00_00: false, 19_00_00: false,
	} {
		snap.ServerVersion, own.ServerVersion = version, version
		if findings := snap.PrivilegeFindings("org_id"); loses != (len(findings) == 1 && strings.Contains(findings[0], "CVE-2024-10978")) {
			t.Errorf("%d: %q", version, findings)
		}
		equal(t, "findings without a role", own.PrivilegeFindings("org_id"), nil)
	}
}
