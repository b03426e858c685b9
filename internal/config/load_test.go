package config

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// minimal is the least that a file must say.
const minimal = `upstream: {dsn: "postgres://app_tenant@db:5432/app"}
auth:
  algorithms: [ES256]
  keys: [{public_key_file: issuer.pem}]
`

// load reads a file with this content, by the name t.yaml.
func load(t *testing.T, content string, environ ...string) (*Config, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("t.yaml", []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load("t.yaml", environ)
}

func mustLoad(t *testing.T, content string, environ ...string) *Config {
	t.Helper()
	c, err := load(t, content, environ...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestMinimalFileHasDefaults(t *testing.T) {
	got := mustLoad(t, minimal)
	want := Default()
	want.Upstream.DSN = "postgres://app_tenant@db:5432/app"
	want.Auth.Algorithms = []string{"ES256"}
	want.Auth.Keys = []KeySource{{PublicKeyFile: "issuer.pem"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestValues(t *testing.T) {
	got := mustLoad(t, `# all kinds of values, and all ways to write them
listen: [127.0.0.1:6432, "[::1]:0", unix:///run/tenantproxy, localhost:7000]
tls:
upstream:
  dsn: |-
    host=a,b port=5432 user=app dbname=app
    target_session_attrs=read-write
  databases:
    - app
    - "2024"
auth:
  algorithms: ["HS256"]
  keys:
    - hmac_secret_file: hs256.key
    - {jwks_file: 'keys.json'}
  leeway: 1m30s
  require_exp: false
  required_claims: {token_use: access, level: 2, verified: true, "quoted": "2"}
  max_token_bytes: 16384
tenant: {claim: 'app_metadata.org\.id', type: bigint, claims_setting: "", claims: [sub]}
policy:
  allow_relations: [public.plans, 'public."Price List"', '"Public"."a"".b"']
  catalog_refresh: 500ms
  listen_notify: allow
pool: {mode: transaction}
limits: {max_clients: 5, max_message_bytes: 64MiB, drain_timeout: 0s}
`)
	want := Default()
	want.Listen = []string{"127.0.0.1:6432", "[::1]:0", "unix:///run/tenantproxy", "localhost:7000"}
	want.Upstream.DSN = "host=a,b port=5432 user=app dbname=app\ntarget_session_attrs=read-write"
	want.Upstream.Databases = []string{"app", "2024"}
	want.Auth.Algorithms = []string{"HS256"}
	want.Auth.Keys = []KeySource{{HMACSecretFile: "hs256.key"}, {JWKSFile: "keys.json"}}
	want.Auth.Leeway = 90 * time.Second
	want.Auth.RequireExp = false
	want.Auth.RequiredClaims = map[string]any{"token_use": "access", "level": int64(2), "verified": true, "quoted": "2"}
	want.Auth.MaxTokenBytes = 16 * KiB
	want.Tenant.Claim = `app_metadata.org\.id`
	want.Tenant.Type = "bigint"
	want.Tenant.ClaimsSetting = ""
	want.Tenant.Claims = []string{"sub"}
	want.Policy.AllowRelations = []string{"public.plans", `public."Price List"`, `"Public"."a"".b"`}
	want.Policy.CatalogRefresh = 500 * time.Millisecond
	want.Policy.ListenNotify = "allow"
	want.Pool.Mode = "transaction"
	want.Limits.MaxClients = 5
	want.Limits.MaxMessageBytes = 64 * MiB
	want.Limits.DrainTimeout = 0
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %#v\nwant %#v", got, want)
	}
}

var update = flag.Bool("update", false, "rewrite golden files")

// TestAllKeysAreKnown reads the reference configuration: the only thing wrong
// with it may be what is not supported yet, and that is listed exactly.
func TestAllKeysAreKnown(t *testing.T) {
	_, err := Load(filepath.Join("testdata", "all_keys.yaml"), nil)
	if err == nil {
		t.Fatal("the reference configuration is accepted: features that are not there are promised")
	}
	golden := filepath.Join("testdata", "all_keys.errors")
	if *update {
		if err := os.WriteFile(golden, []byte(err.Error()+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, readErr := os.ReadFile(golden)
	if readErr != nil {
		t.Fatal(readErr)
	}
	if got := err.Error() + "\n"; got != string(want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}

	// And it does name every key that there is.
	l := &loader{config: Default(), source: "all_keys.yaml", origins: make(map[string]string), refused: make(map[string]bool)}
	content, err := os.ReadFile(filepath.Join("testdata", "all_keys.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	l.readYAML(content)
	for _, s := range settings(l.config) {
		if l.origins[s.path] == "" {
			t.Errorf("%s is not in the reference configuration", s.path)
		}
	}
}

func TestNotYetListsKnownKeys(t *testing.T) {
	defaults := make(map[string]string)
	for _, s := range settings(Default()) {
		defaults[s.path] = textOf(s.value)
	}
	for _, key := range notYet() {
		value, ok := defaults[key.path]
		if !ok {
			t.Errorf("%s is not a key", key.path)
		} else if key.accepted[0] != value {
			t.Errorf("%s: the default %q is not what is accepted, %q", key.path, value, key.accepted)
		}
	}
}

// TestBadFiles has one mistake in each file. The text is added to a file that is
// fine, so that the line numbers count from 1 in what is shown.
func TestBadFiles(t *testing.T) {
	for _, test := range []struct{ why, content, want string }{
		// What is not understood.
		{"unknown key", "upsteam: {}", `t.yaml:1:1: unknown key "upsteam": did you mean "upstream"?`},
		{"unknown key in a section", "auth:\n  isuer: x", `t.yaml:2:3: unknown key "auth.isuer": did you mean "auth.issuer"?`},
		{"two letters swapped", "polciy: {}", `t.yaml:1:1: unknown key "polciy": did you mean "policy"?`},
		{"key of another section", "issuer: x", `t.yaml:1:1: unknown key "issuer": did you mean "auth.issuer"?`},
		{"key in another case", "Listen: []", `t.yaml:1:1: unknown key "Listen": did you mean "listen"?`},
		{"key like no other", "frobnicate: 1", `t.yaml:1:1: unknown key "frobnicate"`},
		{"key that may be a slipped secret", `"s3cret/pass word": x`, `t.yaml:1:1: unknown key (not a plain name)`},
		{"unknown key of a key source", "auth:\n  keys:\n    - jwk_file: x", `t.yaml:3:7: unknown key "auth.keys[0].jwk_file": did you mean "auth.keys[0].jwks_file"?`},
		{"key twice", "log: {level: info}\nlog: {level: debug}", `t.yaml:2:1: key "log" is given twice, first in line 1`},
		{"key twice in a section", "log:\n  level: info\n  format: json\n  \"level\": debug", `t.yaml:4:3: key "log.level" is given twice, first in line 2`},
		{"claim twice", "auth: {required_claims: {a: 1, a: 2}}", `t.yaml:1:32: auth.required_claims: claim "a" is given twice`},
		{"not YAML", "auth: {algorithms: [x", `t.yaml:1:20: not valid YAML: sequence end token ']' not found`},
		{"tab", "auth:\n\tissuer: x", "t.yaml:2:1: not valid YAML: found character '\t' that cannot start any token"},
		{"two documents", "log: {level: info}\n---\nlog: {level: debug}", `t.yaml:3:1: a second document: the configuration is one`},
		{"a list", "- listen", `t.yaml:1:1: the file must be a list of keys with values, not a list`},
		{"anchor", "log: &x {level: info}", `t.yaml:1:6: log: must be keys with values, not an anchor or alias`},
		{"merge key", "log:\n  <<: {level: info}", `t.yaml:2:3: a key must be a plain name`},
		{"tag", "log: {level: !!str info}", `t.yaml:1:14: log.level: must be text, not a tag`},

		// Wrong types.
		{"list for text", "auth: {issuer: [x]}", `t.yaml:1:16: auth.issuer: must be text, not a list`},
		{"number for text", "tenant: {column: 5}", `t.yaml:1:18: tenant.column: must be text, not a number: put it in quotes`},
		{"boolean for text", "auth: {issuer: true}", `t.yaml:1:16: auth.issuer: must be text, not a boolean: put it in quotes`},
		{"nothing for text", "auth: {issuer: }", `t.yaml:1:15: auth.issuer: must be text, not nothing`},
		{"text for list", "auth: {audience: app-db}", `t.yaml:1:18: auth.audience: must be a list such as [a, b], not text`},
		{"number in list", "upstream: {databases: [app, 2024]}", `t.yaml:1:29: upstream.databases[1]: must be text, not a number: put it in quotes`},
		{"text for section", "log: info", `t.yaml:1:6: log: must be keys with values, not text`},
		{"text for boolean", `auth: {require_exp: "true"}`, `t.yaml:1:21: auth.require_exp: must be true or false, not text`},
		{"yes for boolean", "auth: {require_exp: yes}", `t.yaml:1:21: auth.require_exp: must be true or false, not text`},
		{"text for number", `limits: {max_clients: "5"}`, `t.yaml:1:23: limits.max_clients: must be a whole number, not text`},
		{"fraction for number", "limits: {max_clients: 5.5}", `t.yaml:1:23: limits.max_clients: must be a whole number, not a number`},
		{"number in another base", "limits: {max_clients: 0x10}", `t.yaml:1:23: limits.max_clients: "0x10" is not a whole number`},
		{"duration without unit", "auth:\n  leeway: 30", `t.yaml:2:11: auth.leeway: "30" is not a duration such as 500ms, 30s or 5m`},
		{"duration in days", "auth: {leeway: 1d}", `t.yaml:1:16: auth.leeway: "1d" is not a duration such as 500ms, 30s or 5m`},
		{"size in decimal units", "auth: {max_token_bytes: 8KB}", `t.yaml:1:25: auth.max_token_bytes: "8KB" is not a size such as 8192, 8KiB, 1MiB or 1GiB`},
		{"size with a fraction", "auth: {max_token_bytes: 1.5}", `t.yaml:1:25: auth.max_token_bytes: must be a size such as 8KiB, not a number`},
		{"size negative", "auth: {max_token_bytes: -1}", `t.yaml:1:25: auth.max_token_bytes: "-1" is not a size such as 8192, 8KiB, 1MiB or 1GiB`},
		{"size past 64 bits", "auth: {max_token_bytes: 9999999999GiB}", `t.yaml:1:25: auth.max_token_bytes: "9999999999GiB" is too large`},
		{"key sources as mapping", "auth: {keys: {jwks_file: x}}", `t.yaml:1:14: auth.keys: must be a list of key sources such as [{jwks_file: keys.json}], not keys with values`},
		{"key source as text", "auth: {keys: [keys.json]}", `t.yaml:1:15: auth.keys[0]: must be keys with values, not text`},
		{"required claims as list", "auth: {required_claims: [x]}", `t.yaml:1:25: auth.required_claims: must be claims with values such as {token_use: access}, not a list`},
		{"required claim as list", "auth: {required_claims: {aud: [x]}}", `t.yaml:1:31: auth.required_claims: claim "aud" must be text, true, false or a whole number, not a list`},

		// Values that are read but make no sense.
		{"no address", "listen: []", `t.yaml:1:9: listen: at least one address is needed`},
		{"address without port", "listen: [127.0.0.1:1, localhost]", `t.yaml:1:23: listen[1]: "localhost" is not host:port or unix:///directory`},
		{"port past 65535", "listen: [127.0.0.1:65536]", `t.yaml:1:10: listen[0]: "127.0.0.1:65536" has no port between 0 and 65535`},
		{"named port", "listen: [127.0.0.1:postgresql]", `t.yaml:1:10: listen[0]: "127.0.0.1:postgresql" has no port between 0 and 65535`},
		{"URL as address", "listen: [tcp://127.0.0.1:6432]", `t.yaml:1:10: listen[0]: "tcp://127.0.0.1:6432" is not host:port or unix:///directory`},
		{"relative socket directory", "listen: [unix://run]", `t.yaml:1:10: listen[0]: "unix://run" does not name a directory, as in unix:///run/tenantproxy`},
		{"socket path too long", "listen: [unix:///" + strings.Repeat("x", 100) + "]", `t.yaml:1:10: listen[0]: the socket's path would be longer than 107 bytes`},
		{"open to the world without TLS", `listen: [":6432"]`, `t.yaml:1:10: listen[0]: :6432 is reachable from other machines, where TLS is required: set tls.cert_file and tls.key_file, or tls.required: never`},
		{"TLS always without certificate", "tls: {required: always}", `t.yaml:1:17: tls.required: always needs tls.cert_file and tls.key_file`},
		{"certificate without key", "tls:\n  cert_file: a", `t.yaml:2:3: tls.key_file: is needed with tls.cert_file`},
		{"key without certificate", "tls: {key_file: a}", `t.yaml:1:6: tls.cert_file: is needed with tls.key_file`},
		{"client certificates without a certificate", "tls: {client_ca_file: a}", `t.yaml:1:23: tls.client_ca_file: needs tls.cert_file and tls.key_file`},
		{"client certificates without TLS", "tls: {cert_file: a, key_file: a, client_ca_file: a, required: never}", `t.yaml:1:63: tls.required: never leaves clients no way to present a certificate, which tls.client_ca_file asks for`},
		{"TLS maybe", "tls: {required: maybe}", `t.yaml:1:17: tls.required: "maybe" is not auto, always or never`},
		{"no DSN", `upstream: {dsn: ""}`, `t.yaml:1:17: upstream.dsn: is required, in the file or as TENANTPROXY_UPSTREAM_DSN`},
		{"empty database", `upstream: {databases: [""]}`, `t.yaml:1:24: upstream.databases[0]: "" is empty`},
		{"no algorithms", "auth: {algorithms: []}", `t.yaml:1:20: auth.algorithms: is required, in the file or as TENANTPROXY_AUTH_ALGORITHMS`},
		{"algorithm none", "auth: {algorithms: [ES256, none]}", `t.yaml:1:28: auth.algorithms[1]: "none" is not HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA`},
		{"algorithm in another case", "auth: {algorithms: [es256]}", `t.yaml:1:21: auth.algorithms[0]: "es256" is not HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA`},
		{"no keys", "auth: {keys: []}", `t.yaml:1:14: auth.keys: is required, in the file or as TENANTPROXY_AUTH_KEYS`},
		{"key source with nothing", "auth: {keys: [{}]}", `t.yaml:1:15: auth.keys[0]: must have exactly one of jwks_url, jwks_file, public_key_file and hmac_secret_file`},
		{"key source with two", "auth:\n  keys:\n    - jwks_file: a\n      public_key_file: b", `t.yaml:3:7: auth.keys[0]: must have exactly one of jwks_url, jwks_file, public_key_file and hmac_secret_file`},
		{"empty audience", `auth: {audience: [""]}`, `t.yaml:1:19: auth.audience[0]: is empty`},
		{"negative leeway", "auth: {leeway: -1s}", `t.yaml:1:16: auth.leeway: must not be negative`},
		{"token of no size", "auth: {max_token_bytes: 0}", `t.yaml:1:25: auth.max_token_bytes: 0 is not between 1 and 1MiB`},
		{"token of any size", "auth: {max_token_bytes: 2MiB}", `t.yaml:1:25: auth.max_token_bytes: 2MiB is not between 1 and 1MiB`},
		{"no claim", `tenant: {claim: ""}`, `t.yaml:1:17: tenant.claim: is empty`},
		{"org type", "tenant: {type: int}", `t.yaml:1:16: tenant.type: "int" is not uuid, bigint or text`},
		{"setting without a dot", "tenant: {setting: search_path}", `t.yaml:1:19: tenant.setting: "search_path" is not the name of a custom setting, such as app.org_id`},
		{"setting with a dash", "tenant: {setting: app.org-id}", `t.yaml:1:19: tenant.setting: "app.org-id" is not the name of a custom setting, such as app.org_id`},
		{"setting of the proxy", "tenant: {setting: TenantProxy.token}", `t.yaml:1:19: tenant.setting: "TenantProxy.token": names that start with tenantproxy. are the proxy's own`},
		{"one setting for both", "tenant: {setting: a.b, claims_setting: A.B}", `t.yaml:1:40: tenant.claims_setting: is the same setting as tenant.setting`},
		{"empty claim name", `tenant: {claims: [sub, ""]}`, `t.yaml:1:24: tenant.claims[1]: is empty`},
		{"roles without a claim", "tenant: {roles: [a, b]}", `t.yaml:1:9: tenant.role_claim: is needed with tenant.roles`},
		{"role claim without roles", "tenant: {role_claim: role}", `t.yaml:1:9: tenant.roles: is needed with tenant.role_claim`},
		{"empty role", `tenant: {role_claim: role, roles: [a, ""]}`, `t.yaml:1:39: tenant.roles[1]: is empty`},
		{"the login role", "tenant: {role_claim: role, roles: [none]}", `t.yaml:1:36: tenant.roles[0]: "none" is not a role`},
		{"a role with a line end", `tenant: {role_claim: role, roles: ["a\n"]}`, `t.yaml:1:36: tenant.roles[0]: "a\n" is longer than 63 bytes or has control characters`},
		{"a role twice", "tenant: {role_claim: role, roles: [a, a]}", `t.yaml:1:39: tenant.roles[1]: "a" is there twice`},
		{"no column", `tenant: {column: ""}`, `t.yaml:1:18: tenant.column: "" is empty`},
		{"table without schema", "tenant: {table: organizations}", `t.yaml:1:17: tenant.table: "organizations" has no schema: write it as schema.name`},
		{"no schemas", "policy: {schemas: []}", `t.yaml:1:19: policy.schemas: at least one schema is needed`},
		{"system schema", "policy: {schemas: [public, pg_catalog]}", `t.yaml:1:28: policy.schemas[1]: pg_catalog is a system schema, which has rules of its own`},
		{"relation without schema", "policy: {allow_relations: [plans]}", `t.yaml:1:28: policy.allow_relations[0]: "plans" has no schema: write it as schema.name`},
		{"relation with database", "policy: {allow_relations: [app.public.plans]}", `t.yaml:1:28: policy.allow_relations[0]: "app.public.plans" has more than a schema and a name`},
		{"relation to be quoted", `policy: {allow_relations: [public.Price List]}`, `t.yaml:1:28: policy.allow_relations[0]: "public.Price List": the name has to be quoted, as in SQL: schema."Name"`},
		{"relation with half a quote", `policy: {allow_relations: ['public."Plans']}`, `t.yaml:1:28: policy.allow_relations[0]: "public.\"Plans": a quote is not closed`},
		{"relation with more than a quote", `policy: {allow_relations: ['public."Plans"x']}`, `t.yaml:1:28: policy.allow_relations[0]: "public.\"Plans\"x": there is something behind a quoted name`},
		{"relation without name", `policy: {allow_relations: ['public.']}`, `t.yaml:1:28: policy.allow_relations[0]: "public.": the name is empty`},
		{"relation with an empty name", `policy: {allow_relations: ['public.""']}`, `t.yaml:1:28: policy.allow_relations[0]: "public.\"\"": a quoted name is empty, longer than 63 bytes or has control characters`},
		{"function with arguments", `policy: {allow_functions: ["public.f(int)"]}`, `t.yaml:1:28: policy.allow_functions[0]: "public.f(int)": the name has characters that such a name cannot have (write it as in SQL: schema.name or schema."Name", without arguments)`},
		{"function without name", `policy: {deny_functions: ["public."]}`, `t.yaml:1:27: policy.deny_functions[0]: "public.": the name is empty`},
		{"explain", "policy: {explain: all}", `t.yaml:1:19: policy.explain: "all" is not none, plain or analyze`},
		{"error details", "policy: {error_details: none}", `t.yaml:1:25: policy.error_details: "none" is not strip or pass`},
		{"statement larger than a message", "limits: {max_message_bytes: 512KiB}", `policy.max_sql_bytes: 1MiB is not between 1 and 512KiB`},
		{"no refresh", "policy: {catalog_refresh: 0s}", `t.yaml:1:27: policy.catalog_refresh: must be more than 0`},
		{"no clients", "limits: {max_clients: 0}", `t.yaml:1:23: limits.max_clients: must be more than 0`},
		{"no time to log in", "limits: {login_timeout: 0s}", `t.yaml:1:25: limits.login_timeout: must be more than 0`},
		{"message past 1GiB", "limits: {max_message_bytes: 2GiB}", `t.yaml:1:29: limits.max_message_bytes: 2GiB is not between 1 and 1GiB`},
		{"log level", "log: {level: trace}", `t.yaml:1:14: log.level: "trace" is not debug, info, warn or error`},

		// What is not there yet.
		{"transactions that share nothing", "pool:\n  mode: transaction\n  reuse: false", `t.yaml:2:9: pool.mode: transaction needs pool.reuse: true`},
		{"neither now nor later", "pool: {mode: statement}", `t.yaml:1:14: pool.mode: "statement" is not session or transaction`},
		{"negative limit", "pool: {max_upstream: -1}", `t.yaml:1:22: pool.max_upstream: must not be negative`},
		{"admin for all without a token", "admin: {listen: 0.0.0.0:9632}", "t.yaml:1:8: admin.token_file: is required: 0.0.0.0:9632 can be reached from other machines"},
		{"admin without a host", "admin: {listen: :9632}", "t.yaml:1:8: admin.token_file: is required: :9632 can be reached from other machines"},
		{"admin on a name", "admin: {listen: proxy.internal:9632}", "t.yaml:1:8: admin.token_file: is required: proxy.internal:9632 can be reached from other machines"},
		{"admin without a port", "admin: {listen: 127.0.0.1}", `t.yaml:1:17: admin.listen: "127.0.0.1" is not host:port or unix:///directory`},
		{"admin in a directory", "admin: {listen: unix:///run/tenantproxy/}", `t.yaml:1:17: admin.listen: "unix:///run/tenantproxy/" does not name a socket, as in unix:///run/tenantproxy/admin.sock`},
		{"audit log to nowhere", `audit_log: {path: ""}`, `t.yaml:1:19: audit_log.path: "" is not supported yet (only -)`},
	} {
		t.Run(test.why, func(t *testing.T) {
			// The rest of what is needed comes from the environment, unless the
			// file is about it.
			_, err := load(t, test.content, withoutGiven(test.content,
				"TENANTPROXY_UPSTREAM_DSN=postgres://app_tenant@db/app",
				"TENANTPROXY_AUTH_ALGORITHMS=ES256",
				"TENANTPROXY_AUTH_KEYS=[{public_key_file: issuer.pem}]")...)
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// withoutGiven drops the variables whose key the file has.
func withoutGiven(content string, environ ...string) []string {
	var rest []string
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		key := strings.ToLower(name[strings.LastIndexByte(name, '_')+1:])
		if !strings.Contains(content, key+":") {
			rest = append(rest, variable)
		}
	}
	return rest
}

func TestAllMistakesAtOnce(t *testing.T) {
	_, err := load(t, "listen: 5\nauth: {leeway: x}\nnope: 1", "TENANTPROXY_LOG_LEVL=x")
	want := `t.yaml:1:9: listen: must be a list such as [a, b], not a number
t.yaml:2:16: auth.leeway: "x" is not a duration such as 500ms, 30s or 5m
t.yaml:3:1: unknown key "nope"
TENANTPROXY_LOG_LEVL: unknown variable: did you mean TENANTPROXY_LOG_LEVEL?`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	_, err = load(t, "tenant: {type: x}\npool: {max_upstream: -1}")
	want = `upstream.dsn: is required, in the file or as TENANTPROXY_UPSTREAM_DSN
auth.algorithms: is required, in the file or as TENANTPROXY_AUTH_ALGORITHMS
auth.keys: is required, in the file or as TENANTPROXY_AUTH_KEYS
t.yaml:1:16: tenant.type: "x" is not uuid, bigint or text
t.yaml:2:22: pool.max_upstream: must not be negative`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestNoFile(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none.yaml"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that the file does not exist", err)
	}
}
