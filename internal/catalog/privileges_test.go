package catalog_test

import (
	"strings"
	"testing"

	"tenantproxy/internal/pgtest"
)

func TestPrivilegeFindings(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, s *pgtest.Server) {
		d := s.NewEmptyDatabase(t)
		for _, c := range []struct {
			name string
			// role are the options of the login role, setup runs before the
			// database's own objects; $role, $other and $db are filled in.
			role, other string
			setup       string
			// minMajor is the first version that has it.
			minMajor int
			// want are parts of the findings, one each.
			want []string
		}{
			{name: "unprivileged"},
			{name: "superuser", role: "SUPERUSER", want: []string{"$role is a superuser"}},
			{name: "bypassrls", role: "BYPASSRLS", want: []string{"$role has BYPASSRLS"}},
			{name: "replication", role: "REPLICATION", want: []string{"$role has REPLICATION"}},
			{name: "createrole", role: "CREATEROLE", want: []string{"$role has CREATEROLE"}},
			{name: "all at once", role: "BYPASSRLS REPLICATION", want: []string{"$role has BYPASSRLS", "$role has REPLICATION"}},
			{name: "member of a plain role", setup: "GRANT $other TO $role"},
			{name: "member of a superuser", other: "SUPERUSER", setup: "GRANT $other TO $role",
				want: []string{"$role can SET ROLE to $other, which has SUPERUSER"}},
			{name: "member without inheriting", role: "NOINHERIT", other: "BYPASSRLS REPLICATION", setup: "GRANT $other TO $role",
				want: []string{"$role can SET ROLE to $other, which has BYPASSRLS and REPLICATION"}},
			{name: "member of a member", other: "BYPASSRLS", setup: "CREATE ROLE $db_between; GRANT $other TO $db_between; GRANT $db_between TO $role",
				want: []string{"$role can SET ROLE to $other, which has BYPASSRLS"}},
			{name: "member that may not SET ROLE", other: "BYPASSRLS", setup: "GRANT $other TO $role WITH SET FALSE", minMajor: 16},
			{name: "member whose way is cut", other: "BYPASSRLS", minMajor: 16,
				setup: "CREATE ROLE $db_between; GRANT $other TO $db_between WITH SET FALSE; GRANT $db_between TO $role WITH SET TRUE"},
			{name: "file access", setup: "GRANT pg_read_server_files TO $role", want: []string{"$role is a member of pg_read_server_files"}},
			{name: "owner without force", setup: "CREATE TABLE own (org_id uuid); ALTER TABLE own ENABLE ROW LEVEL SECURITY; ALTER TABLE own OWNER TO $role",
				want: []string{"$role is the owner of tenant tables without FORCE ROW LEVEL SECURITY: public.own"}},
			{name: "owner with force", setup: "CREATE TABLE own (org_id uuid); ALTER TABLE own ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; ALTER TABLE own OWNER TO $role"},
			{name: "owner of a table with the column only", setup: "CREATE TABLE own (org_id uuid); ALTER TABLE own OWNER TO $role",
				want: []string{"FORCE ROW LEVEL SECURITY: public.own"}},
			{name: "owner of another table", setup: "CREATE TABLE own (n int); ALTER TABLE own OWNER TO $role"},
			{name: "owner of many", setup: `CREATE SCHEMA AUTHORIZATION $role; SET ROLE $role;
				DO $$ BEGIN FOR n IN 1..7 LOOP EXECUTE format('CREATE TABLE $role.own%s (org_id uuid)', n); END LOOP; END $$; RESET ROLE`,
				want: []string{"$role.own1, $role.own2, $role.own3, $role.own4, $role.own5 and 2 more"}},
			{name: "member of the owner", setup: "GRANT $other TO $role; CREATE TABLE own (org_id uuid); ALTER TABLE own OWNER TO $other",
				want: []string{"$role has or can take the rights of $other, the owner of tenant tables"}},
			{name: "member of the owner without inheriting", role: "NOINHERIT",
				setup: "GRANT $other TO $role; CREATE TABLE own (org_id uuid); ALTER TABLE own OWNER TO $other",
				want:  []string{"$role has or can take the rights of $other, the owner of tenant tables"}},
			{name: "stored role", other: "BYPASSRLS", setup: "ALTER ROLE $role SET role = $other", want: []string{"stored setting role=$other"}},
			{name: "stored row_security", setup: "ALTER ROLE $role IN DATABASE $db SET row_security = off", want: []string{"stored setting row_security=off"}},
			{name: "stored row_security of the database", setup: "ALTER DATABASE $db SET row_security = off", want: []string{"stored setting row_security=off"}},
			{name: "harmless stored setting", setup: "ALTER ROLE $role SET work_mem = '8MB'; ALTER ROLE $role SET search_path = public"},
			{name: "stored in another database", setup: "ALTER ROLE $role IN DATABASE postgres SET row_security = off"},
		} {
			if s.Major < c.minMajor {
				continue
			}
			t.Run(c.name, func(t *testing.T) {
				role, other := s.CreateRole(t, "LOGIN "+c.role), s.CreateRole(t, c.other)
				fill := strings.NewReplacer("$role", role, "$other", other, "$db", d.Name)
				if c.setup != "" {
					d.Exec(t, fill.Replace(c.setup))
				}
				findings := load(t, d.Connect(t, d.As(role)), nil).PrivilegeFindings("org_id")
				d.Exec(t, fill.Replace("DROP OWNED BY $role, $other; DROP ROLE IF EXISTS $db_between; ALTER DATABASE $db RESET ALL"))
				if len(findings) != len(c.want) {
					t.Fatalf("findings: %q", findings)
				}
				for i, want := range c.want {
					if want = fill.Replace(want); !strings.Contains(findings[i], want) {
						t.Errorf("finding %q lacks %q", findings[i], want)
					}
				}
			})
		}
	})
}

func TestSettingFindings(t *testing.T) {
	s := pgtest.Default(t)
	role := s.CreateRole(t, "LOGIN")
	d := s.NewEmptyDatabase(t)
	d.Exec(t, "ALTER ROLE "+role+" SET search_path = evil, public", "ALTER ROLE "+role+" SET work_mem = '8MB'",
		"ALTER DATABASE "+d.Name+" SET standard_conforming_strings = off")
	snap := load(t, d.Connect(t, d.As(role)), nil)
	equal(t, "settings", snap.Role.Settings, []string{"standard_conforming_strings=off", "search_path=evil, public", "work_mem=8MB"})
	findings := snap.SettingFindings()
	if len(findings) != 2 || !strings.Contains(findings[0], "standard_conforming_strings=off") || !strings.Contains(findings[1], "search_path=evil, public") {
		t.Errorf("findings: %q", findings)
	}
	equal(t, "privilege findings", snap.PrivilegeFindings("org_id"), nil)
}
