package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/auth/authtest"
)

const testOrg = "6c1e1f0a-0a5d-4f6e-9f0b-1d2c3b4a5968"

// runToken runs the command as the shell would and gives its output.
func runToken(args ...string) (stdout, stderr string, err error) {
	command := newTokenCommand()
	command.SilenceUsage, command.SilenceErrors = true, true
	var out, errOut bytes.Buffer
	command.SetOut(&out)
	command.SetErr(&errOut)
	command.SetArgs(args)
	err = command.Execute()
	return out.String(), errOut.String(), err
}

func verifyToken(t *testing.T, o auth.Options, stdout string) *auth.Identity {
	t.Helper()
	v, err := auth.NewVerifier(o)
	if err != nil {
		t.Fatal(err)
	}
	token, isLine := strings.CutSuffix(stdout, "\n")
	if !isLine {
		t.Fatalf("stdout is not one line: %q", stdout)
	}
	id, err := v.Verify(t.Context(), token)
	if err != nil {
		t.Fatalf("the token is refused: %#v", err)
	}
	return id
}

func TestTokenWithSecret(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	before := time.Now().Truncate(time.Second)
	stdout, stderr, err := runToken("--secret-file", issuer.SecretFile, "--org", testOrg)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(stderr, "for development") {
		t.Errorf("no warning on stderr: %q", stderr)
	}
	id := verifyToken(t, issuer.Options(t), stdout)
	if id.Org != testOrg || id.Subject != "" || id.ExpiresAt.Before(before.Add(time.Hour)) || id.ExpiresAt.After(time.Now().Add(time.Hour)) {
		t.Errorf("got %+v", id)
	}
}

func TestTokenWithEveryFlag(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	privateFile, publicFile := filepath.Join(directory, "private.pem"), filepath.Join(directory, "public.pem")
	for file, block := range map[string]*pem.Block{
		privateFile: {Type: "PRIVATE KEY", Bytes: private}, publicFile: {Type: "PUBLIC KEY", Bytes: public},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := auth.NewKeys(auth.KeysOptions{Sources: []auth.KeySource{{PublicKeyFile: publicFile}}})
	if err != nil {
		t.Fatal(err)
	}
	stdout, _, err := runToken("--key-file", privateFile, "--alg", "ES384", "--kid", "dev-1", "--org", "42", "--claim", "app_metadata.org.id",
		"--sub", "u1", "--jti", "t1", "--issuer", "https://dev.example/", "--audience", "web", "--audience", "app-db", "--ttl", "0",
		"--set", `role="agent"`, "--set", "app_metadata.big=12345678901234567890", "--set", `https://dev\.example/x={"a": [true, null]}`)
	if err != nil {
		t.Fatal(err)
	}
	id := verifyToken(t, auth.Options{
		Algorithms: []string{"ES384"}, Keys: keys, Issuer: "https://dev.example/", Audience: []string{"app-db"},
		Claim: "app_metadata.org.id", OrgType: "bigint", Claims: []string{"app_metadata", "role", "aud", "https://dev.example/x"},
	}, stdout)
	want := auth.Identity{
		Org: "42", Subject: "u1", TokenID: "t1", Issuer: "https://dev.example/",
		ClaimsJSON: `{"app_metadata":{"big":12345678901234567890,"org":{"id":"42"}},"aud":["web","app-db"],` +
			`"https://dev.example/x":{"a":[true,null]},"role":"agent"}`,
	}
	if *id != want {
		t.Errorf("got  %+v\nwant %+v", *id, want)
	}
}

func TestTokenAlreadyExpired(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	stdout, _, err := runToken("--secret-file", issuer.SecretFile, "--org", testOrg, "--ttl", "-1m")
	if err != nil {
		t.Fatal(err)
	}
	v, err := auth.NewVerifier(issuer.Options(t))
	if err != nil {
		t.Fatal(err)
	}
	if id, err := v.Verify(t.Context(), strings.TrimSpace(stdout)); err == nil {
		t.Errorf("an expired token gave %+v", id)
	}
}

func TestTokenRefuses(t *testing.T) {
	secret := authtest.NewIssuer(t).SecretFile
	for _, test := range []struct {
		args []string
		want string // part of the error
	}{
		{[]string{"--secret-file", secret}, "--org is needed"},
		{[]string{"--org", "x"}, "at least one of the flags in the group [secret-file key-file] is required"},
		{[]string{"--org", "x", "--secret-file", secret, "--key-file", secret}, "[key-file secret-file] were all set"},
		{[]string{"--org", "", "--secret-file", secret}, "--org is needed"},
		{[]string{"--org", "x", "--secret-file", secret, "extra"}, "unknown command"},
		{[]string{"--org", "x", "--secret-file", secret + ".none"}, "no such file"},
		{[]string{"--org", "x", "--key-file", secret}, "not a PEM file"},
		{[]string{"--org", "x", "--secret-file", secret, "--alg", "none"}, `algorithm "none" is not known`},
		{[]string{"--org", "x", "--secret-file", secret, "--alg", "ES256"}, "ES256 needs a key of kind EC P-256"},
		{[]string{"--org", "x", "--secret-file", secret, "--claim", "a..b"}, "--claim: claim path"},
		{[]string{"--org", "x", "--secret-file", secret, "--set", "role"}, "want name=JSON"},
		{[]string{"--org", "x", "--secret-file", secret, "--set", "role=agent"}, "the value is not JSON"},
		{[]string{"--org", "x", "--secret-file", secret, "--set", "role=1 2"}, "the value is not JSON"},
		{[]string{"--org", "x", "--secret-file", secret, "--set", "organization_id.x=1"}, "organization_id is not an object"},
	} {
		stdout, _, err := runToken(test.args...)
		if err == nil || !strings.Contains(err.Error(), test.want) || stdout != "" {
			t.Errorf("%v: got %q, %v; want %s", test.args, stdout, err, test.want)
		}
	}
}
