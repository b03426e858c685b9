package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/auth/authtest"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/hardening/seal"
	"tenantproxy/internal/hardening/verify"
	"tenantproxy/internal/pgtest"
)

// roleSetup is a database with a login role and two that it may become; the third is
// not granted, and owns the seal where there is one.
type roleSetup struct {
	db                             *pgtest.Database
	login, editor, viewer, foreign string
	issuer                         *authtest.Issuer
}

func newRoleSetup(t *testing.T) *roleSetup {
	server := pgtest.Default(t)
	r := &roleSetup{
		login:  server.CreateRole(t, "LOGIN NOINHERIT"),
		editor: server.CreateRole(t, ""), viewer: server.CreateRole(t, ""), foreign: server.CreateRole(t, ""),
		issuer: authtest.NewIssuer(t),
	}
	r.db = server.NewDatabase(t, strings.NewReplacer("$login", r.login, "$editor", r.editor, "$viewer", r.viewer).Replace(`
		GRANT $editor, $viewer TO $login; GRANT USAGE ON SCHEMA public, auth TO $editor, $viewer;
		GRANT EXECUTE ON FUNCTION auth.jwt() TO $editor, $viewer;
		GRANT SELECT, UPDATE ON contacts TO $editor; GRANT SELECT ON contacts TO $viewer`))
	return r
}

func (r *roleSetup) config(roles ...string) string {
	return fmt.Sprintf("tenant: {role_claim: role, roles: [%s]}\n", strings.Join(roles, ", "))
}

func (r *roleSetup) token(t *testing.T, role string) string {
	t.Helper()
	return r.issuer.OrgToken(t, demo.OrgA, map[string]any{"role": role})
}

// refusesToServe checks that serve ends with the exit code for a wrong configuration.
func refusesToServe(t *testing.T, file, because string) {
	t.Helper()
	s := startServe(t, file)
	if code := s.exit(t); code != exitUsage || !strings.Contains(s.text(), because) {
		t.Errorf("exit code %d, want %q in %s", code, because, s.text())
	}
}

func TestServeRoles(t *testing.T) {
	r := newRoleSetup(t)
	file, _ := writeConfig(t, r.db.As(r.login), r.issuer, r.config(r.editor, r.viewer))
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := startServe(t, file)
	dsn := func(role string) string { return clientDSN(s.address(t), r.db.Name, r.token(t, role)) }
	editor, viewer := login(t, dsn(r.editor)), login(t, dsn(r.viewer))
	for conn, role := range map[*pgconn.PgConn]string{editor: r.editor, viewer: r.viewer} {
		if got := pgtest.Query(t, conn, "SELECT current_user, session_user")[0]; got[0] != role || got[1] != r.login {
			t.Errorf("the session is %v, want %s", got, role)
		}
	}
	if got := run1(t, viewer, "UPDATE contacts SET phone = phone"); got != "42501" {
		t.Errorf("the viewer writes: %q", got)
	}
	_, err = pgconn.Connect(t.Context(), dsn(r.foreign))
	if code(err) != "28000" {
		t.Errorf("a role that is not served: %v", err)
	}

	// A role that the login role may not become leaves the configuration as it was.
	s.reload(t, file, strings.Replace(string(content), r.viewer, r.foreign, 1), "cannot become role "+r.foreign)
	if got := run1(t, viewer, "SELECT count(*) FROM contacts"); got != "" {
		t.Errorf("after a reload that failed: %s", got)
	}
	// One that is no longer served ends its sessions, in a transaction too.
	run1(t, viewer, "BEGIN")
	s.reload(t, file, strings.Replace(string(content), ", "+r.viewer, "", 1), reloaded)
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if got := run1(t, viewer, "SELECT 1"); got == "57P01" {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("the session goes on: %q", got)
		}
	}
	if _, err := pgconn.Connect(t.Context(), dsn(r.viewer)); code(err) != "28000" {
		t.Errorf("a role that is no longer served: %v", err)
	}
	login(t, dsn(r.editor))
}

func TestServeRefusesRoles(t *testing.T) {
	r := newRoleSetup(t)
	for _, role := range []string{r.foreign, "nosuch", "postgres"} {
		file, _ := writeConfig(t, r.db.As(r.login), r.issuer, r.config(r.editor, role))
		refusesToServe(t, file, "the login role "+r.login+" cannot become role "+role+": ")
	}
	for _, who := range []string{r.editor, r.login} {
		r.db.Exec(t, "ALTER ROLE "+who+" BYPASSRLS")
		file, _ := writeConfig(t, r.db.As(r.login), r.issuer, r.config(r.editor, r.viewer))
		refusesToServe(t, file, "role "+who+" has BYPASSRLS")
		r.db.Exec(t, "ALTER ROLE "+who+" NOBYPASSRLS")
	}
}

// TestServeSealedRole has a sealed context whose functions cannot read when a session of
// the role began: it would see no rows.
func TestServeSealedRole(t *testing.T) {
	r := newRoleSetup(t)
	keyFile := write(t, t.TempDir(), "seal.key", "a key of a test, 32 bytes or more")
	key, err := readSealKey(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	r.db.Exec(t, "GRANT CREATE ON DATABASE "+r.db.Name+" TO "+r.foreign+"; SET ROLE "+r.foreign+";"+
		seal.InstallSQL(seal.Options{OrgType: "uuid", OrgSetting: "app.org_id"})+key.AddKeySQL()+"RESET ROLE;",
		"ALTER POLICY own_organization ON public.contacts USING (org_id = (SELECT tenantproxy.org_id()))")
	more := fmt.Sprintf("tenant: {role_claim: role, roles: [%s], seal_key_file: %s}\n", r.editor, keyFile)
	file, _ := writeConfig(t, r.db.As(r.login), r.issuer, more)
	refusesToServe(t, file, "GRANT pg_read_all_stats TO "+r.foreign)
	r.db.Exec(t, "GRANT pg_read_all_stats TO "+r.foreign)
	s := startServe(t, file)
	conn := login(t, clientDSN(s.address(t), r.db.Name, r.token(t, r.editor)))
	if got := pgtest.Query(t, conn, "SELECT string_agg(DISTINCT org_id::text, ',') FROM contacts")[0][0]; got != demo.OrgA {
		t.Errorf("the session sees %q", got)
	}

	// verify is about the role too, with a seal of its own and through the proxy.
	r.db.Exec(t, "DROP TABLE import_staging; GRANT SELECT ON ALL TABLES IN SCHEMA public TO "+r.editor)
	out := filepath.Join(t.TempDir(), "evidence.json")
	_, stderr, code := runWith(t, "", "verify", "--config", file, "--admin-dsn", r.db.Superuser(), "--format", "json", "--out", out,
		"--through-proxy", "postgres://app@"+s.address(t)+"/"+r.db.Name+"?sslmode=disable", "--secret-file", r.issuer.SecretFile)
	evidence, err := os.ReadFile(out)
	if err != nil {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	var result verify.Result
	if err := json.Unmarshal(evidence, &result); err != nil {
		t.Fatal(err)
	}
	if code != exitFine || result.Failed() || result.Role != r.editor || result.Count(verify.Isolated) < 30 {
		t.Errorf("exit code %d, role %s, %s%s", code, result.Role, result.Summary(), stderr)
	}
	stdout, stderr, code := runWith(t, "", "audit", "--config", file, "--admin-dsn", r.db.Superuser(), "--format", "json", "--fail-on", "none")
	if code != exitFine || !strings.Contains(stdout, `"role": "`+r.editor+`"`) {
		t.Errorf("audit: exit code %d, %.500s%s", code, stdout, stderr)
	}
}

// TestCheckRole decides as a role of the configuration.
func TestCheckRole(t *testing.T) {
	r := newRoleSetup(t)
	config := write(t, t.TempDir(), "tenantproxy.yaml", fmt.Sprintf("upstream: {dsn: %q}\n%s", r.db.As(r.login), r.config(r.editor, r.viewer)))
	for role, args := range map[string][]string{r.editor: nil, r.viewer: {"--role", r.viewer}} {
		stdout, stderr, code := runWith(t, "", append([]string{"check", "--config", config, "--format", "json", "SELECT 1"}, args...)...)
		if code != exitFine || !strings.Contains(stdout, `"role": "`+role+`"`) {
			t.Errorf("%v: exit code %d, %s%s", args, code, stdout, stderr)
		}
	}
	if _, stderr, code := runWith(t, "", "check", "--config", config, "--role", r.foreign, "SELECT 1"); code != exitUsage || !strings.Contains(stderr, "tenant.roles has "+r.editor+", "+r.viewer) {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}
