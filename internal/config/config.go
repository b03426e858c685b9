// Package config is the one configuration of tenantproxy: a YAML file, with
// environment variables over it, into a Config whose values have been checked.
//
// The file is strict: what is not understood is an error that says where it is.
// Every key can be given by an environment variable instead, TENANTPROXY_ and
// its path in upper case (upstream.dsn: TENANTPROXY_UPSTREAM_DSN), and the file
// may be left out. File names are relative to the working directory.
//
// Keys whose feature is not there yet are known but held to the one value that
// describes what the proxy does today; see notYet.
package config

import "time"

// Config is the whole configuration. The comment of each field is the reference
// text of its key; defaults are those of Default. A Config is not changed after
// Load and may be shared.
type Config struct {
	// Listen are the addresses for clients: host:port, or unix:///dir for a
	// socket in a directory, named as Postgres does. Default 127.0.0.1:6432.
	Listen   []string `yaml:"listen"`
	TLS      TLS      `yaml:"tls"`
	Upstream Upstream `yaml:"upstream"`
	Auth     Auth     `yaml:"auth"`
	Tenant   Tenant   `yaml:"tenant"`
	Policy   Policy   `yaml:"policy"`
	Pool     Pool     `yaml:"pool"`
	Limits   Limits   `yaml:"limits"`
	Admin    Admin    `yaml:"admin"`
	AuditLog AuditLog `yaml:"audit_log"`
	Log      Log      `yaml:"log"`
}

// TLS is the encryption towards clients.
type TLS struct {
	// CertFile is the server's certificate with its chain, in PEM. Needed
	// wherever TLS is required. Read again when it changes. Default: no TLS.
	CertFile string `yaml:"cert_file"`
	// KeyFile is the private key of CertFile, in PEM.
	KeyFile string `yaml:"key_file"`
	// ClientCAFile, when set, makes every client use TLS and present a
	// certificate that one of these authorities signed, besides its token.
	ClientCAFile string `yaml:"client_ca_file"`
	// Required tells which connections must use TLS. auto: all but those over
	// loopback and unix sockets, or with ClientCAFile all; always; never. Default
	// auto.
	Required string `yaml:"required"`
}

// Upstream is the Postgres that serves tenants.
type Upstream struct {
	// DSN is a libpq connection string, a URL or keywords and values. Several
	// hosts, target_session_attrs, sslmode and client certificates work as in
	// libpq. Required. Its role must be unprivileged.
	DSN DSN `yaml:"dsn"`
	// PasswordFile holds the password of the DSN's role. Otherwise the DSN,
	// PGPASSWORD or the passfile has it.
	PasswordFile string `yaml:"password_file"`
	// Databases are the databases that clients may ask for. Default: only the
	// DSN's.
	Databases []string `yaml:"databases"`
}

// Auth says which tokens are accepted.
type Auth struct {
	// Method is how the token is sent. password: it is the password;
	// oauthbearer: it comes by SASL (RFC 7628), as PostgreSQL 18 has it. Default
	// password.
	Method string `yaml:"method"`
	// Issuer is compared exactly with the claim iss. Empty: not checked.
	Issuer string `yaml:"issuer"`
	// Audience lists accepted values of the claim aud. Empty: not checked.
	Audience []string `yaml:"audience"`
	// Algorithms lists the signature algorithms that are accepted: HS256,
	// HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384,
	// ES512, EdDSA. Required. A key is only used with an algorithm of its kind.
	Algorithms []string `yaml:"algorithms"`
	// Keys are where the keys that verify tokens come from. Required.
	Keys []KeySource `yaml:"keys"`
	// Leeway is allowed for clocks that differ, on exp, nbf and iat. Default 30s.
	Leeway time.Duration `yaml:"leeway"`
	// RequireExp refuses tokens that never expire. Default true.
	RequireExp bool `yaml:"require_exp"`
	// OnExpiry is what happens to a session whose token expires. close: it ends
	// at the next transaction boundary, at the latest after ExpiryGrace; keep: it
	// goes on. Default close.
	OnExpiry string `yaml:"on_expiry"`
	// ExpiryGrace bounds how long an open transaction may outlive its token.
	// Default 30s.
	ExpiryGrace time.Duration `yaml:"expiry_grace"`
	// RequiredClaims maps paths of claims to the text, boolean or integer that
	// they must be equal to, for example {token_use: access}. Default: none.
	RequiredClaims map[string]any `yaml:"required_claims"`
	// MaxTokenBytes caps the size of a token. Default 8KiB, at most 1MiB.
	MaxTokenBytes ByteSize `yaml:"max_token_bytes"`
	// RevocationFile lists revoked tokens, subjects and orgs: jti:, sub: or org: and
	// the value, one a line. It is read again when it changes. Default: none.
	RevocationFile string `yaml:"revocation_file"`
}

// KeySource is one place that keys come from; exactly one of its keys is set.
type KeySource struct {
	// JWKSURL is the address of a JWK set: https, or http on loopback. It is asked
	// every 5 minutes, and when a token names a key that is not known.
	JWKSURL string `yaml:"jwks_url,omitempty"`
	// JWKSFile is a file with a JWK set.
	JWKSFile string `yaml:"jwks_file,omitempty"`
	// PublicKeyFile is a PEM file with public keys or certificates.
	PublicKeyFile string `yaml:"public_key_file,omitempty"`
	// HMACSecretFile is a file with an HMAC secret of at least 32 bytes.
	HMACSecretFile string `yaml:"hmac_secret_file,omitempty"`
}

// Tenant says how a token's org reaches the database.
type Tenant struct {
	// Claim is the path to the claim that names the org: names separated by
	// dots, as in app_metadata.organization_id; \. is a dot within a name.
	// Default organization_id.
	Claim string `yaml:"claim"`
	// Type is the type of an org's id: uuid, bigint or text. Default uuid.
	Type string `yaml:"type"`
	// Setting is the Postgres setting that gets the org. Default app.org_id.
	Setting string `yaml:"setting"`
	// ClaimsSetting is the Postgres setting that gets the claims as JSON.
	// Empty: none. Default request.jwt.claims, as PostgREST and Supabase have it.
	ClaimsSetting string `yaml:"claims_setting"`
	// SealKeyFile holds the key that the org's setting is sealed with, at least 32
	// random bytes, the same as in the database (harden --sealed). Empty: no seal.
	SealKeyFile string `yaml:"seal_key_file"`
	// Claims are the names of the top-level claims that go into ClaimsSetting.
	// Default: all.
	Claims []string `yaml:"claims"`
	// RoleClaim is the claim that names the role to become. Not supported yet.
	RoleClaim string `yaml:"role_claim"`
	// Roles are those that RoleClaim may name. Not supported yet.
	Roles []string `yaml:"roles"`
	// Column is the column that holds the org in tenants' tables: one that the
	// upstream role owns must have row-level security forced. Default org_id.
	Column string `yaml:"column"`
	// Table is the tenants' own table, "schema.name", for audit, harden and
	// verify. Default public.organizations.
	Table string `yaml:"table"`
}

// Policy says what statements may do.
type Policy struct {
	// Mode is what a refusal does. enforce: the statement does not run; report:
	// it runs and is logged and counted, unless it could change the session's
	// context or cannot be analysed. Default enforce.
	Mode string `yaml:"mode"`
	// Schemas are those whose relations tenants may use. Default public.
	Schemas []string `yaml:"schemas"`
	// AllowRelations are relations without row-level security that are shared
	// on purpose, each "schema.name". Default: none.
	AllowRelations []string `yaml:"allow_relations"`
	// AllowFunctions are functions that are allowed although the rules refuse
	// them, each "schema.name". Default: none.
	AllowFunctions []string `yaml:"allow_functions"`
	// DenyFunctions are functions that are refused although the rules allow
	// them, each "schema.name". Default: none.
	DenyFunctions []string `yaml:"deny_functions"`
	// AllowDO allows DO blocks that can be analysed. Default false; true is not
	// supported yet.
	AllowDO bool `yaml:"allow_do"`
	// AllowDDL is the schema changes that are allowed. none; temp: temporary
	// tables. Default none.
	AllowDDL string `yaml:"allow_ddl"`
	// ListenNotify is for LISTEN and NOTIFY, whose channels all tenants of a
	// database share. deny; allow; prefix: each org has channels of its own.
	// Default deny.
	ListenNotify string `yaml:"listen_notify"`
	// Explain is the EXPLAIN that is allowed. none; plain: without ANALYZE;
	// analyze: both. Default plain.
	Explain string `yaml:"explain"`
	// CursorWithHold allows cursors that outlive their transaction. Default false.
	CursorWithHold bool `yaml:"cursor_with_hold"`
	// LockTable allows LOCK TABLE, which can hold up other tenants. Default false.
	LockTable bool `yaml:"lock_table"`
	// ErrorDetails is for the DETAIL of key violations, which can name values of
	// another org. strip; pass. Default strip.
	ErrorDetails string `yaml:"error_details"`
	// MaxSQLBytes caps the text of one statement. Default 1MiB.
	MaxSQLBytes ByteSize `yaml:"max_sql_bytes"`
	// VerdictCacheBytes is the memory for remembered verdicts. Default 64MiB.
	VerdictCacheBytes ByteSize `yaml:"verdict_cache_bytes"`
	// AcceptPrivilegedRole serves although the upstream role could bypass
	// row-level security, with a warning. Default false.
	AcceptPrivilegedRole bool `yaml:"accept_privileged_role"`
	// CatalogRefresh is how often the catalog is read again. Default 5s.
	CatalogRefresh time.Duration `yaml:"catalog_refresh"`
}

// Pool says how upstream connections are shared.
type Pool struct {
	// Mode is how long a client keeps an upstream connection. session: until it
	// leaves; transaction: to the end of each transaction, which needs Reuse. Default
	// session.
	Mode string `yaml:"mode"`
	// Reuse lets an upstream connection serve another client afterwards. false
	// gives every client a connection of its own. Default true.
	Reuse bool `yaml:"reuse"`
	// ShareAcrossTenants lets an upstream connection serve a second org.
	// Default true.
	ShareAcrossTenants bool `yaml:"share_across_tenants"`
	// MaxUpstream caps the upstream connections of clients; 0: no limit.
	// Default 90.
	MaxUpstream int `yaml:"max_upstream"`
	// MaxPerTenant caps those in use for one org; 0: no limit. Default 30.
	MaxPerTenant int `yaml:"max_per_tenant"`
	// IdleTimeout closes upstream connections that nobody has used for so long;
	// 0: they stay. Default 5m.
	IdleTimeout time.Duration `yaml:"idle_timeout"`
	// AcquireTimeout is how long a client waits when a limit is reached; 0: as
	// long as its login may take. Default 10s.
	AcquireTimeout time.Duration `yaml:"acquire_timeout"`
}

// Limits bound what clients can use up.
type Limits struct {
	// MaxClients caps client connections. Default 10000.
	MaxClients int `yaml:"max_clients"`
	// MaxClientsPerTenant caps the client connections of one org; 0: no limit.
	// Default 0.
	MaxClientsPerTenant int `yaml:"max_clients_per_tenant"`
	// MaxUnauthenticatedPerAddress caps the connections from one address that
	// have not logged in yet. Default 100.
	MaxUnauthenticatedPerAddress int `yaml:"max_unauthenticated_per_address"`
	// LoginTimeout is the time from accepting a connection to ReadyForQuery.
	// Default 10s.
	LoginTimeout time.Duration `yaml:"login_timeout"`
	// DrainTimeout is how long sessions may go on after SIGTERM. Default 30s.
	DrainTimeout time.Duration `yaml:"drain_timeout"`
	// IdleInTransactionTimeout ends sessions that idle in a transaction; 0s:
	// never. Default 0s. Exact to a second.
	IdleInTransactionTimeout time.Duration `yaml:"idle_in_transaction_timeout"`
	// MaxMessageBytes caps one protocol message. Default 1GiB, which is also the
	// most.
	MaxMessageBytes ByteSize `yaml:"max_message_bytes"`
}

// Admin is the HTTP server for operators. Not supported yet.
type Admin struct {
	// Listen is its address, host:port; empty: off. Default empty.
	Listen string `yaml:"listen"`
	// TokenFile holds the bearer token that requests must carry.
	TokenFile string `yaml:"token_file"`
	// Pprof serves Go's profiles. Default false.
	Pprof bool `yaml:"pprof"`
}

// AuditLog is the record of statements. Not supported yet.
type AuditLog struct {
	// Path is the file, JSON lines; "-" is stdout. Default "-".
	Path string `yaml:"path"`
	// Statements says which are recorded: none, refused or all. Default none.
	Statements string `yaml:"statements"`
	// OnFull is what happens when the log cannot be written. block: statements
	// wait; drop: lines are lost and counted. Default block.
	OnFull string `yaml:"on_full"`
	// Literals keeps the literals of statements. Default false.
	Literals bool `yaml:"literals"`
}

// Log is the proxy's own log, on stderr.
type Log struct {
	// Level is the least severe that is written: debug, info, warn or error.
	// Default info.
	Level string `yaml:"level"`
	// Format is json or text. Default json.
	Format string `yaml:"format"`
}

// Default gives the configuration that an empty file stands for. It is not
// complete: upstream.dsn, auth.algorithms and auth.keys have no default.
func Default() *Config {
	return &Config{
		Listen: []string{"127.0.0.1:6432"},
		TLS:    TLS{Required: "auto"},
		Auth: Auth{
			Method:        "password",
			Leeway:        30 * time.Second,
			RequireExp:    true,
			OnExpiry:      "close",
			ExpiryGrace:   30 * time.Second,
			MaxTokenBytes: 8 * KiB,
		},
		Tenant: Tenant{
			Claim:         "organization_id",
			Type:          "uuid",
			Setting:       "app.org_id",
			ClaimsSetting: "request.jwt.claims",
			Column:        "org_id",
			Table:         "public.organizations",
		},
		Policy: Policy{
			Mode:              "enforce",
			Schemas:           []string{"public"},
			AllowDDL:          "none",
			ListenNotify:      "deny",
			Explain:           "plain",
			ErrorDetails:      "strip",
			MaxSQLBytes:       1 * MiB,
			VerdictCacheBytes: 64 * MiB,
			CatalogRefresh:    5 * time.Second,
		},
		Pool: Pool{
			Mode:               "session",
			Reuse:              true,
			ShareAcrossTenants: true,
			MaxUpstream:        90,
			MaxPerTenant:       30,
			IdleTimeout:        5 * time.Minute,
			AcquireTimeout:     10 * time.Second,
		},
		Limits: Limits{
			MaxClients:                   10000,
			MaxUnauthenticatedPerAddress: 100,
			LoginTimeout:                 10 * time.Second,
			DrainTimeout:                 30 * time.Second,
			MaxMessageBytes:              1 * GiB,
		},
		AuditLog: AuditLog{Path: "-", Statements: "none", OnFull: "block"},
		Log:      Log{Level: "info", Format: "json"},
	}
}
