package proxy_test

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tenantproxy/internal/demo"
)

// TestOAuthLibpq logs in with libpq 18, which asks where to get a token first. It
// comes with the build of PostgreSQL 18 that the tests run on.
func TestOAuthLibpq(t *testing.T) {
	library, err := filepath.Abs("../../.cache/postgres/18/lib/libpq.so.5")
	if err != nil {
		t.Fatal(err)
	}
	python, missing := exec.LookPath("python3")
	if found, _ := filepath.Glob(library); len(found) == 0 || missing != nil {
		t.Skip("needs libpq 18 (make postgres) and python3")
	}
	f := startOAuth(t)
	host, port, err := net.SplitHostPort(f.Address)
	if err != nil {
		t.Fatal(err)
	}
	dsn := fmt.Sprintf("host=%s port=%s dbname=%s user=app sslmode=disable oauth_issuer=https://issuer.example oauth_client_id=tests", host, port, f.DB.Name)
	run := func(token string) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		out, err := exec.CommandContext(ctx, python, "testdata/libpq/oauth.py", library, dsn, token,
			"SELECT current_setting('app.org_id')").CombinedOutput()
		return string(out), err
	}
	out, err := run(f.Token(t, demo.OrgA))
	if err != nil || out != "asked to go to "+discovery+"\nresult "+demo.OrgA+"\n" {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := run("a.b.c"); err == nil || !strings.Contains(out, "token rejected") {
		t.Errorf("with a bad token: %v: %s", err, out)
	}
}
