package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// validate checks the values against each other and the world. It records all
// that is wrong.
func (l *loader) validate() {
	l.validateListen()
	l.validateUpstream()
	l.validateAuth()
	l.validateTenant()
	l.validatePolicy()
	l.validateLimits()
	l.validatePool()
	l.validateAdmin()
	l.oneOf("audit_log.statements", l.config.AuditLog.Statements, "none", "refused", "all")
	l.oneOf("audit_log.on_full", l.config.AuditLog.OnFull, "block", "drop")
	l.oneOf("log.level", l.config.Log.Level, "debug", "info", "warn", "error")
	l.oneOf("log.format", l.config.Log.Format, "json", "text")
	l.refuseNotYet()
}

func (l *loader) validateListen() {
	c := l.config
	if len(c.Listen) == 0 {
		l.problem("listen", "at least one address is needed")
	}
	for i, entry := range c.Listen {
		if _, err := parseListen(entry, defaultPort); err != nil {
			l.problem(fmt.Sprintf("listen[%d]", i), "%s", err)
		}
	}
	l.oneOf("tls.required", c.TLS.Required, "auto", "always", "never")
	switch {
	case c.TLS.CertFile != "" && c.TLS.KeyFile == "":
		l.problem("tls.key_file", "is needed with tls.cert_file")
	case c.TLS.CertFile == "" && c.TLS.KeyFile != "":
		l.problem("tls.cert_file", "is needed with tls.key_file")
	case c.TLS.CertFile == "" && c.TLS.ClientCAFile != "":
		l.problem("tls.client_ca_file", "needs tls.cert_file and tls.key_file")
	case c.TLS.ClientCAFile != "" && c.TLS.Required == "never":
		l.problem("tls.required", "never leaves clients no way to present a certificate, which tls.client_ca_file asks for")
	case c.TLS.CertFile == "" && c.TLS.Required == "always":
		l.problem("tls.required", "always needs tls.cert_file and tls.key_file")
	case c.TLS.CertFile == "" && c.TLS.Required == "auto":
		for i, entry := range c.Listen {
			if _, err := parseListen(entry, defaultPort); err == nil && !onlyLocal(entry) {
				l.problem(fmt.Sprintf("listen[%d]", i), "%s is reachable from other machines, where TLS is required: "+
					"set tls.cert_file and tls.key_file, or tls.required: never", entry)
			}
		}
	}
}

func (l *loader) validateUpstream() {
	u := l.config.Upstream
	if u.DSN == "" {
		l.required("upstream.dsn")
	} else if _, err := parseDSN(u.DSN); err != nil {
		l.problem("upstream.dsn", "%s", err)
	}
	for i, database := range u.Databases {
		l.name(fmt.Sprintf("upstream.databases[%d]", i), database)
	}
}

func (l *loader) validateAuth() {
	a := l.config.Auth
	l.oneOf("auth.method", a.Method, "password", "oauthbearer")
	l.oneOf("auth.on_expiry", a.OnExpiry, "close", "keep")
	if len(a.Algorithms) == 0 {
		l.required("auth.algorithms")
	}
	for i, algorithm := range a.Algorithms {
		l.oneOf(fmt.Sprintf("auth.algorithms[%d]", i), algorithm,
			"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
	}
	if len(a.Keys) == 0 {
		l.required("auth.keys")
	}
	for i, source := range a.Keys {
		given := 0
		for _, value := range []string{source.JWKSURL, source.JWKSFile, source.PublicKeyFile, source.HMACSecretFile} {
			if value != "" {
				given++
			}
		}
		if given != 1 {
			l.problem(fmt.Sprintf("auth.keys[%d]", i), "must have exactly one of jwks_url, jwks_file, public_key_file and hmac_secret_file")
		}
	}
	for i, audience := range a.Audience {
		if audience == "" {
			l.problem(fmt.Sprintf("auth.audience[%d]", i), "is empty")
		}
	}
	if slices.Contains(slices.Collect(maps.Keys(a.RequiredClaims)), "") {
		l.problem("auth.required_claims", "a claim has no name")
	}
	l.notNegative("auth.leeway", int64(a.Leeway))
	l.notNegative("auth.expiry_grace", int64(a.ExpiryGrace))
	l.size("auth.max_token_bytes", a.MaxTokenBytes, MiB)
}

func (l *loader) validateTenant() {
	t := l.config.Tenant
	if t.Claim == "" {
		l.problem("tenant.claim", "is empty")
	}
	l.oneOf("tenant.type", t.Type, "uuid", "bigint", "text")
	l.customSetting("tenant.setting", t.Setting)
	if t.ClaimsSetting != "" {
		l.customSetting("tenant.claims_setting", t.ClaimsSetting)
	}
	// Names of settings are case-insensitive in Postgres (guc.c, guc_name_compare).
	if strings.EqualFold(t.Setting, t.ClaimsSetting) {
		l.problem("tenant.claims_setting", "is the same setting as tenant.setting")
	}
	for i, claim := range t.Claims {
		if claim == "" {
			l.problem(fmt.Sprintf("tenant.claims[%d]", i), "is empty")
		}
	}
	l.validateRoles()
	l.name("tenant.column", t.Column)
	l.qualified("tenant.table", t.Table)
}

// validateRoles checks the roles as Postgres stores them: as a startup parameter a role
// is not folded (check_role in commands/variable.c). To become none is to become the
// login role.
func (l *loader) validateRoles() {
	t := l.config.Tenant
	switch {
	case t.RoleClaim != "" && len(t.Roles) == 0:
		l.problem("tenant.roles", "is needed with tenant.role_claim")
	case t.RoleClaim == "" && len(t.Roles) > 0:
		l.problem("tenant.role_claim", "is needed with tenant.roles")
	}
	for i, role := range t.Roles {
		path := fmt.Sprintf("tenant.roles[%d]", i)
		switch {
		case role == "":
			l.problem(path, "is empty")
		case len(role) > maxNameBytes || strings.ContainsFunc(role, unicode.IsControl):
			l.problem(path, "%q is longer than %d bytes or has control characters", role, maxNameBytes)
		case role == "none" || role == "public":
			l.problem(path, "%q is not a role", role)
		case slices.Contains(t.Roles[:i], role):
			l.problem(path, "%q is there twice", role)
		}
	}
}

func (l *loader) validatePolicy() {
	p := l.config.Policy
	l.oneOf("policy.mode", p.Mode, "enforce", "report")
	l.oneOf("policy.allow_ddl", p.AllowDDL, "none", "temp")
	l.oneOf("policy.listen_notify", p.ListenNotify, "deny", "allow", "prefix")
	l.oneOf("policy.explain", p.Explain, "none", "plain", "analyze")
	l.oneOf("policy.error_details", p.ErrorDetails, "strip", "pass")
	if len(p.Schemas) == 0 {
		l.problem("policy.schemas", "at least one schema is needed")
	}
	for i, schema := range p.Schemas {
		path := fmt.Sprintf("policy.schemas[%d]", i)
		l.name(path, schema)
		if strings.HasPrefix(schema, "pg_") || schema == "information_schema" {
			l.problem(path, "%s is a system schema, which has rules of its own", schema)
		}
	}
	for _, list := range []struct {
		path  string
		names []string
	}{
		{"policy.allow_relations", p.AllowRelations},
		{"policy.allow_functions", p.AllowFunctions},
		{"policy.deny_functions", p.DenyFunctions},
	} {
		for i, name := range list.names {
			l.entry(fmt.Sprintf("%s[%d]", list.path, i), name)
		}
	}
	l.size("policy.max_sql_bytes", p.MaxSQLBytes, l.config.Limits.MaxMessageBytes)
	l.size("policy.verdict_cache_bytes", p.VerdictCacheBytes, 1<<40)
	l.positive("policy.catalog_refresh", int64(p.CatalogRefresh))
}

func (l *loader) validateLimits() {
	m := l.config.Limits
	l.positive("limits.max_clients", int64(m.MaxClients))
	l.notNegative("limits.max_clients_per_tenant", int64(m.MaxClientsPerTenant))
	l.positive("limits.max_unauthenticated_per_address", int64(m.MaxUnauthenticatedPerAddress))
	l.positive("limits.login_timeout", int64(m.LoginTimeout))
	l.notNegative("limits.drain_timeout", int64(m.DrainTimeout))
	l.notNegative("limits.idle_in_transaction_timeout", int64(m.IdleInTransactionTimeout))
	l.size("limits.max_message_bytes", m.MaxMessageBytes, GiB)
}

func (l *loader) validatePool() {
	p := l.config.Pool
	l.oneOf("pool.mode", p.Mode, "session", "transaction")
	if p.Mode == "transaction" && !p.Reuse {
		l.problem("pool.mode", "transaction needs pool.reuse: true")
	}
	l.notNegative("pool.max_upstream", int64(p.MaxUpstream))
	l.notNegative("pool.max_per_tenant", int64(p.MaxPerTenant))
	l.notNegative("pool.idle_timeout", int64(p.IdleTimeout))
	l.notNegative("pool.acquire_timeout", int64(p.AcquireTimeout))
}

func (l *loader) validateAdmin() {
	a := l.config.Admin
	if a.Listen == "" {
		return
	}
	if _, err := parseAdmin(a.Listen); err != nil {
		l.problem("admin.listen", "%s", err)
		return
	}
	if a.TokenFile == "" && !onlyLocal(a.Listen) {
		l.problem("admin.token_file", "is required: %s can be reached from other machines", a.Listen)
	}
}

// required reports a key without a default that was not given.
func (l *loader) required(path string) {
	l.problem(path, "is required, in the file or as %s", EnvironmentName(path))
}

func (l *loader) oneOf(path, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		last := len(allowed) - 1
		l.problem(path, "%q is not %s or %s", value, strings.Join(allowed[:last], ", "), allowed[last])
	}
}

func (l *loader) positive(path string, value int64) {
	if value <= 0 {
		l.problem(path, "must be more than 0")
	}
}

func (l *loader) notNegative(path string, value int64) {
	if value < 0 {
		l.problem(path, "must not be negative")
	}
}

func (l *loader) size(path string, value, most ByteSize) {
	if value <= 0 || value > most {
		l.problem(path, "%s is not between 1 and %s", value, most)
	}
}

// customSetting checks the name of a setting that only the proxy sets: two or
// more identifiers with dots between (guc.c, valid_custom_variable_name).
func (l *loader) customSetting(path, name string) {
	if !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)+$`).MatchString(name) {
		l.problem(path, "%q is not the name of a custom setting, such as app.org_id", name)
		return
	}
	if strings.HasPrefix(strings.ToLower(name), "tenantproxy.") {
		l.problem(path, "%q: names that start with tenantproxy. are the proxy's own", name)
	}
}

// name checks the name of a schema, column or database, as Postgres stores it.
func (l *loader) name(path, name string) {
	if problem := nameProblem(name); problem != "" {
		l.problem(path, "%q %s", name, problem)
	}
}

// qualified checks a "schema.name".
func (l *loader) qualified(path, name string) {
	schema, object, ok := strings.Cut(name, ".")
	switch {
	case !ok:
		l.problem(path, "%q has no schema: write it as schema.name", name)
	case nameProblem(schema) != "":
		l.problem(path, "%q: the schema %s", name, nameProblem(schema))
	case nameProblem(object) != "":
		l.problem(path, "%q: the name %s", name, nameProblem(object))
	}
}

// entry checks a "schema.name" of a list of the policy. It is written as in SQL: an
// unquoted part is folded to lower case, and others are quoted.
func (l *loader) entry(path, name string) {
	var parts []string
	rest, more := name, true
	for more {
		part := ""
		if strings.HasPrefix(rest, `"`) {
			match := regexp.MustCompile(`^"((?:[^"]|"")*)"`).FindStringSubmatch(rest)
			if match == nil {
				l.problem(path, "%q: a quote is not closed", name)
				return
			}
			part, rest = strings.ReplaceAll(match[1], `""`, `"`), rest[len(match[0]):]
			if part == "" || len(part) > maxNameBytes || strings.ContainsFunc(part, unicode.IsControl) {
				l.problem(path, "%q: a quoted name is empty, longer than %d bytes or has control characters", name, maxNameBytes)
				return
			}
			if rest != "" && rest[0] != '.' {
				l.problem(path, "%q: there is something behind a quoted name", name)
				return
			}
		} else {
			end := strings.IndexByte(rest, '.')
			if end < 0 {
				end = len(rest)
			}
			part, rest = rest[:end], rest[end:]
			if problem := nameProblem(part); problem != "" {
				l.problem(path, "%q: the name %s", name, strings.Replace(problem, "write names as they are stored, without quotes or arguments", `write it as in SQL: schema.name or schema."Name", without arguments`, 1))
				return
			}
			if !plainName.MatchString(part) {
				l.problem(path, "%q: the name has to be quoted, as in SQL: schema.\"Name\"", name)
				return
			}
		}
		parts = append(parts, part)
		rest, more = strings.CutPrefix(rest, ".")
	}
	switch len(parts) {
	case 1:
		l.problem(path, "%q has no schema: write it as schema.name", name)
	case 2:
	default:
		l.problem(path, "%q has more than a schema and a name", name)
	}
}

// plainName is what may stand without quotes (scan.l, identifier).
var plainName = regexp.MustCompile(`^[A-Za-z_\x{80}-\x{10FFFF}][A-Za-z0-9_$\x{80}-\x{10FFFF}]*$`)

const maxNameBytes = 63 // NAMEDATALEN - 1

// nameProblem completes a sentence about a name that is not well-formed.
func nameProblem(name string) string {
	switch {
	case name == "":
		return "is empty"
	case len(name) > maxNameBytes:
		return fmt.Sprintf("is longer than %d bytes", maxNameBytes)
	case strings.ContainsAny(name, `."()`) || strings.ContainsFunc(name, unicode.IsControl):
		return "has characters that such a name cannot have (write names as they are stored, without quotes or arguments)"
	}
	return ""
}
