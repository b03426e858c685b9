package config

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestEnvironmentAlone(t *testing.T) {
	got, err := Load("", []string{
		"PATH=/bin", "HOME", "TENANTPROXY=not ours",
		"TENANTPROXY_UPSTREAM_DSN=host=db user=app dbname=app",
		"TENANTPROXY_AUTH_ALGORITHMS=ES256, HS256,",
		"TENANTPROXY_AUTH_KEYS=[{jwks_file: keys.json}, {hmac_secret_file: hs256.key}]",
		"TENANTPROXY_AUTH_REQUIRED_CLAIMS={token_use: access, level: 2}",
		"TENANTPROXY_AUTH_LEEWAY=10s",
		"TENANTPROXY_AUTH_REQUIRE_EXP=false",
		"TENANTPROXY_AUTH_MAX_TOKEN_BYTES=4KiB",
		"TENANTPROXY_TENANT_CLAIMS_SETTING=",
		"TENANTPROXY_TENANT_COLUMN=5",
		"TENANTPROXY_POLICY_ALLOW_RELATIONS=public.plans,public.countries",
		"TENANTPROXY_LIMITS_MAX_CLIENTS=7",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Upstream.DSN = "host=db user=app dbname=app"
	want.Auth.Algorithms = []string{"ES256", "HS256"}
	want.Auth.Keys = []KeySource{{JWKSFile: "keys.json"}, {HMACSecretFile: "hs256.key"}}
	want.Auth.RequiredClaims = map[string]any{"token_use": "access", "level": int64(2)}
	want.Auth.Leeway = 10 * time.Second
	want.Auth.RequireExp = false
	want.Auth.MaxTokenBytes = 4 * KiB
	want.Tenant.ClaimsSetting = ""
	want.Tenant.Column = "5"
	want.Policy.AllowRelations = []string{"public.plans", "public.countries"}
	want.Limits.MaxClients = 7
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %#v\nwant %#v", got, want)
	}
}

func TestEnvironmentComesOverFile(t *testing.T) {
	file := minimal + "  leeway: 1s\nlisten: [127.0.0.1:1, 127.0.0.1:2]\ntenant: {claims: [sub, role]}\n"
	got := mustLoad(t, file, "TENANTPROXY_AUTH_LEEWAY=2s", "TENANTPROXY_LISTEN=127.0.0.1:3", "TENANTPROXY_TENANT_CLAIMS=",
		"TENANTPROXY_AUTH_KEYS=- jwks_file: other.json")
	if got.Auth.Leeway != 2*time.Second || !reflect.DeepEqual(got.Listen, []string{"127.0.0.1:3"}) || len(got.Tenant.Claims) != 0 ||
		!reflect.DeepEqual(got.Auth.Keys, []KeySource{{JWKSFile: "other.json"}}) {
		t.Errorf("got %+v", got)
	}
	// A mistake is reported where it was made.
	_, err := load(t, file, "TENANTPROXY_LISTEN=127.0.0.1:3,nowhere", "TENANTPROXY_AUTH_KEYS=[{}]")
	want := "TENANTPROXY_LISTEN: listen[1]: \"nowhere\" is not host:port or unix:///directory\n" +
		"TENANTPROXY_AUTH_KEYS: auth.keys[0]: must have exactly one of jwks_url, jwks_file, public_key_file and hmac_secret_file"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestBadEnvironment(t *testing.T) {
	for _, test := range []struct{ variable, want string }{
		{"TENANTPROXY_UPSTREM_DSN=secret", "TENANTPROXY_UPSTREM_DSN: unknown variable: did you mean TENANTPROXY_UPSTREAM_DSN?"},
		{"TENANTPROXY_DSN=secret", "TENANTPROXY_DSN: unknown variable"},
		{"TENANTPROXY_ADMIN_DSM=secret", "TENANTPROXY_ADMIN_DSM: unknown variable: did you mean TENANTPROXY_ADMIN_DSN?"},
		{"TENANTPROXY_X=1", "TENANTPROXY_X: unknown variable"},
		{"TENANTPROXY_=1", "TENANTPROXY_: unknown variable"},
		{"TENANTPROXY_AUTH_LEEWAY=30", `TENANTPROXY_AUTH_LEEWAY: auth.leeway: "30" is not a duration such as 500ms, 30s or 5m`},
		{"TENANTPROXY_AUTH_LEEWAY=", `TENANTPROXY_AUTH_LEEWAY: auth.leeway: "" is not a duration such as 500ms, 30s or 5m`},
		{"TENANTPROXY_AUTH_MAX_TOKEN_BYTES=", `TENANTPROXY_AUTH_MAX_TOKEN_BYTES: auth.max_token_bytes: "" is not a size such as 8192, 8KiB, 1MiB or 1GiB`},
		{"TENANTPROXY_AUTH_REQUIRE_EXP=1", `TENANTPROXY_AUTH_REQUIRE_EXP: auth.require_exp: "1" is not true or false`},
		{"TENANTPROXY_LIMITS_MAX_CLIENTS=+5", `TENANTPROXY_LIMITS_MAX_CLIENTS: limits.max_clients: "+5" is not a whole number`},
		{"TENANTPROXY_AUTH_KEYS=keys.json", "TENANTPROXY_AUTH_KEYS: auth.keys: must be a list of key sources such as [{jwks_file: keys.json}], not text"},
		{"TENANTPROXY_AUTH_KEYS=[{", "TENANTPROXY_AUTH_KEYS: not valid YAML: could not find flow mapping end token '}'"},
		{"TENANTPROXY_AUTH_REQUIRED_CLAIMS={a: [b]}", `TENANTPROXY_AUTH_REQUIRED_CLAIMS: auth.required_claims: claim "a" must be text, true, false or a whole number, not a list`},
		{"TENANTPROXY_ADMIN_LISTEN=0.0.0.0:9632", "admin.token_file: is required: 0.0.0.0:9632 can be reached from other machines"},
	} {
		_, err := load(t, minimal, test.variable)
		if err == nil || err.Error() != test.want {
			t.Errorf("got  %v\nwant %s", err, test.want)
		}
	}
	if _, err := load(t, minimal, "TENANTPROXY_LOG_LEVEL=info", "TENANTPROXY_LOG_LEVEL=warn"); err == nil ||
		err.Error() != "TENANTPROXY_LOG_LEVEL: the variable is set twice" {
		t.Errorf("a variable that is set twice: %v", err)
	}
}

// TestOtherVariables are not ours to complain about.
func TestOtherVariables(t *testing.T) {
	mustLoad(t, minimal, "TENANTPROXY_ADMIN_DSN=postgres://postgres:secret@db/app", "TENANTPROXY_PG_BIN=/usr/bin", "TENANTPROXY_TEST_PG=/usr",
		// Kubernetes, for a service called tenantproxy.
		"TENANTPROXY_SERVICE_HOST=10.0.0.1", "TENANTPROXY_SERVICE_PORT=6432", "TENANTPROXY_SERVICE_PORT_POSTGRES=6432",
		"TENANTPROXY_PORT=tcp://10.0.0.1:6432", "TENANTPROXY_PORT_6432_TCP=tcp://10.0.0.1:6432",
		"TENANTPROXY_PORT_6432_TCP_PROTO=tcp", "TENANTPROXY_PORT_6432_TCP_PORT=6432", "TENANTPROXY_PORT_6432_TCP_ADDR=10.0.0.1")
}

// TestEnvironmentNames are unique, and none is taken for another's variable.
func TestEnvironmentNames(t *testing.T) {
	paths := make(map[string]string)
	for _, s := range settings(Default()) {
		name := EnvironmentName(s.path)
		if other, taken := paths[name]; taken {
			t.Errorf("%s stands for %s and %s", name, other, s.path)
		}
		paths[name] = s.path
		if isServiceVariable(name) {
			t.Errorf("%s would be ignored", name)
		}
		if strings.ToUpper(name) != name {
			t.Errorf("%s is not in upper case", name)
		}
	}
	if got := EnvironmentName("tenant.claims_setting"); got != "TENANTPROXY_TENANT_CLAIMS_SETTING" {
		t.Errorf("got %s", got)
	}
}
