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
	// Listen are the addresses for clients: `host:port`, or `unix:///dir` for a socket
	// in that directory. It is named `.s.PGSQL.PORT`, with the port of the first TCP
	// address, else 6432, and everybody may connect: the token protects. Default
	// [127.0.0.1:6432].
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
	// CertFile is the server's certificate with its chain, PEM. Empty: no TLS.
	CertFile string `yaml:"cert_file"`
	// KeyFile is the private key of CertFile, PEM.
	KeyFile string `yaml:"key_file"`
	// ClientCAFile has the authorities of client certificates, PEM. Set: every client
	// must use TLS and present a certificate that one of them signed, besides its
	// token.
	ClientCAFile string `yaml:"client_ca_file"`
	// Required tells which connections must use TLS. `auto`: all but those from
	// loopback and over unix sockets, or with ClientCAFile all; `always`; `never`. An
	// address that other machines reach needs a certificate, or `never`. Default auto.
	Required string `yaml:"required"`
}

// Upstream is the Postgres that serves tenants.
type Upstream struct {
	// DSN is a libpq connection string, URL or keywords. Several hosts,
	// `target_session_attrs`, `sslmode`, client certificates, `channel_binding`,
	// `max_protocol_version` (3.0 if not given), `connect_timeout` (10 s if not
	// given), `keepalives` and its like, and `tcp_user_timeout` work. Settings in it
	// are defaults of every session; `role`, `session_authorization`, `options` and
	// `replication` are refused. Required.
	DSN DSN `yaml:"dsn"`
	// PasswordFile holds the password of the DSN's role. Empty: the DSN, `PGPASSWORD`
	// or the passfile has it.
	PasswordFile string `yaml:"password_file"`
	// Databases are those that clients may ask for. Empty: the DSN's. If there is a
	// list, the DSN's database is served only if it is in it.
	Databases []string `yaml:"databases"`
}

// Auth says which tokens are accepted.
type Auth struct {
	// Method is how the token is sent. `password`: it is the password; `oauthbearer`:
	// by SASL OAUTHBEARER (RFC 7628), as PostgreSQL 18 has it, before a server of any
	// version. A client without a token is told `auth.issuer` to go to, if that is an
	// `https` address. Default password.
	Method string `yaml:"method"`
	// Issuer is compared exactly with the claim `iss`. Empty: not checked.
	Issuer string `yaml:"issuer"`
	// Audience lists the values of the claim `aud` that are accepted: it must hold one
	// of them. Empty: not checked.
	Audience []string `yaml:"audience"`
	// Algorithms lists the signature algorithms that are accepted: HS256, HS384,
	// HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA. A
	// key is only used with an algorithm of its kind. Required.
	Algorithms []string `yaml:"algorithms"`
	// Keys are where the keys that verify tokens come from; each entry has exactly one
	// of the following. Required.
	Keys []KeySource `yaml:"keys"`
	// Leeway is allowed for clocks that differ, on `exp`, `nbf` and `iat`. Default
	// 30s.
	Leeway time.Duration `yaml:"leeway"`
	// RequireExp refuses tokens without `exp`, which never expire. Default true.
	RequireExp bool `yaml:"require_exp"`
	// OnExpiry is what happens to a session whose token expires. `close`: it ends at
	// the next transaction boundary, at the latest after ExpiryGrace, and gets a
	// NOTICE a minute before, unless it gets a new token; `keep`: it goes on. Default
	// close.
	OnExpiry string `yaml:"on_expiry"`
	// ExpiryGrace is how long an open transaction may outlive its token. Default 30s.
	ExpiryGrace time.Duration `yaml:"expiry_grace"`
	// RequiredClaims maps paths of claims to the text, boolean or integer that each
	// must be equal to, for example `{token_use: access}`.
	RequiredClaims map[string]any `yaml:"required_claims"`
	// MaxTokenBytes is the longest token; at most 1MiB. Default 8KiB.
	MaxTokenBytes ByteSize `yaml:"max_token_bytes"`
	// RevocationFile lists revoked tokens, subjects and orgs: `jti:`, `sub:` or `org:`
	// and the value, one a line; `#` begins a comment line. It is read again when it
	// changes: logins are refused and sessions end (57P01) within a second, also in a
	// transaction. A line that is none of these is an error at the start; later it
	// leaves the revocations as they are.
	RevocationFile string `yaml:"revocation_file"`
}

// KeySource is one place that keys come from; exactly one of its keys is set.
type KeySource struct {
	// JWKSURL is the address of a JWK set: `https`, or `http` on loopback, without a
	// user name. It is asked every 5 minutes, and when a token names a key that is not
	// known.
	JWKSURL string `yaml:"jwks_url,omitempty"`
	// JWKSFile is a file with a JWK set (RFC 7517).
	JWKSFile string `yaml:"jwks_file,omitempty"`
	// PublicKeyFile is a PEM file with public keys or certificates: RSA from 2048
	// bits, P-256, P-384, P-521, Ed25519. Of a certificate only the key is used: its
	// dates and chain are not checked.
	PublicKeyFile string `yaml:"public_key_file,omitempty"`
	// HMACSecretFile is a file with the secret as it is, at least 32 bytes. One line
	// break at the end of a text is left out.
	HMACSecretFile string `yaml:"hmac_secret_file,omitempty"`
}

// Tenant says how a token's org reaches the database.
type Tenant struct {
	// Claim is the path to the claim that names the org: names separated by dots, as
	// in `app_metadata.organization_id`; `\.` is a dot within a name. Take one that
	// users cannot edit. Default organization_id.
	Claim string `yaml:"claim"`
	// Type is the type of an org's id: `uuid`, `bigint` or `text`. One org has one
	// spelling: a uuid becomes lower case, a bigint has no leading zeros, a text no
	// control characters and at most 1024 bytes. The nil uuid is refused. Default
	// uuid.
	Type string `yaml:"type"`
	// Setting is the Postgres setting that gets the org. Policies read it with
	// `current_setting('app.org_id', true)`. Default app.org_id.
	Setting string `yaml:"setting"`
	// ClaimsSetting is the Postgres setting that gets the claims as JSON. Empty: none.
	// Default request.jwt.claims.
	ClaimsSetting string `yaml:"claims_setting"`
	// SealKeyFile holds the key that the org is sealed with (`harden --sealed`): at
	// least 32 random bytes, one line break at the end left out; the same key as in
	// the database. Without a seal, policies of a sealed database show no rows; in a
	// database that is not sealed it does nothing. Empty: no seal.
	SealKeyFile string `yaml:"seal_key_file"`
	// Claims are the top-level claims that go into ClaimsSetting. Empty: all. List
	// them if you raise `auth.max_token_bytes`: claims of more than about 9,000 bytes
	// do not fit into the startup packet, and `RESET ALL` and `DISCARD ALL` are
	// refused then.
	Claims []string `yaml:"claims"`
	// RoleClaim is the path to the claim that names the role that a session runs as,
	// as Claim. A token without it, or with a role that is not among Roles, is
	// refused. Empty: sessions run as the role of upstream.dsn.
	RoleClaim string `yaml:"role_claim"`
	// Roles are those that RoleClaim may name, as Postgres stores them. Each must be
	// unprivileged, and one that the role of upstream.dsn may become. Required with
	// RoleClaim.
	Roles []string `yaml:"roles"`
	// Column is the column of a tenant table that holds the org. A table with it that
	// the upstream role owns must have row-level security forced. Default org_id.
	Column string `yaml:"column"`
	// Table is the tenants' own table, for `audit`, `harden` and `verify`. Default
	// public.organizations.
	Table string `yaml:"table"`
}

// Policy says what statements may do.
type Policy struct {
	// Mode is what a refusal does. `enforce`: the statement does not run; `report`: it
	// runs, and is logged and counted, unless it could change the session's context or
	// cannot be analysed; tenants are not kept apart. Default enforce.
	Mode string `yaml:"mode"`
	// Schemas are those whose relations tenants may use. The `search_path` of every
	// session is these, then `pg_catalog`. Default [public].
	Schemas []string `yaml:"schemas"`
	// AllowRelations are relations without row-level security that all tenants may
	// read: `schema.name`, or `schema."Name"` as in SQL: without quotes upper case is
	// folded. They cannot be written.
	AllowRelations []string `yaml:"allow_relations"`
	// AllowFunctions are functions that are allowed although the rules refuse them:
	// `schema.name`. Every user-defined function that clients call by name has to be
	// here, but for those in SQL and PL/pgSQL that run as their caller and do nothing
	// that the client could not; those that policies call do not.
	AllowFunctions []string `yaml:"allow_functions"`
	// DenyFunctions are functions that are refused although the rules allow them.
	DenyFunctions []string `yaml:"deny_functions"`
	// AllowDO allows DO blocks in PL/pgSQL, analysed like the bodies of functions.
	// Default false.
	AllowDO bool `yaml:"allow_do"`
	// AllowDDL is the schema changes that are allowed. `none`; `temp`: temporary
	// tables. Default none.
	AllowDDL string `yaml:"allow_ddl"`
	// ListenNotify is for LISTEN and NOTIFY. `deny`; `allow`: all tenants of a
	// database share the channels; `prefix`: each org has channels of its own. Default
	// deny.
	ListenNotify string `yaml:"listen_notify"`
	// Explain is the EXPLAIN that is allowed. `none`; `plain`: without ANALYZE, with
	// estimates that come from all tenants' rows; `analyze`: both. Default plain.
	Explain string `yaml:"explain"`
	// CursorWithHold allows cursors that outlive their transaction. Default false.
	CursorWithHold bool `yaml:"cursor_with_hold"`
	// LockTable allows LOCK TABLE on what tenants may write, which can hold up other
	// tenants. Default false.
	LockTable bool `yaml:"lock_table"`
	// ErrorDetails is for the DETAIL of integrity violations (class 23), which can
	// quote another org's values. `strip` takes it out unless it shows none of them: a
	// key that leads with `tenant.column` and the session's own org (where
	// `tenant.type` is not `text`), a temporary table of the client's own, a text
	// without values; `pass` leaves it. Default strip.
	ErrorDetails string `yaml:"error_details"`
	// MaxSQLBytes is the longest text of one statement; at most
	// `limits.max_message_bytes`. Default 1MiB.
	MaxSQLBytes ByteSize `yaml:"max_sql_bytes"`
	// VerdictCacheBytes is the memory for remembered verdicts, for each database.
	// Default 64MiB.
	VerdictCacheBytes ByteSize `yaml:"verdict_cache_bytes"`
	// AcceptPrivilegedRole serves although the upstream role could see past row-level
	// security, with a warning in the log. Tables to which it would not apply stay
	// refused. Default false.
	AcceptPrivilegedRole bool `yaml:"accept_privileged_role"`
	// CatalogRefresh is how often the catalog is read again. A change of the schema
	// counts after that, or right away if the database tells of it. Default 5s.
	CatalogRefresh time.Duration `yaml:"catalog_refresh"`
}

// Pool says how upstream connections are shared.
type Pool struct {
	// Mode is how long a client keeps an upstream connection. `session`: until it
	// leaves; `transaction`: to the end of each transaction, which needs Reuse. Default
	// session.
	Mode string `yaml:"mode"`
	// Reuse lets an upstream connection serve another client afterwards. `false`:
	// every client has a connection of its own. Default true.
	Reuse bool `yaml:"reuse"`
	// ShareAcrossTenants lets an upstream connection serve a second org. Default true.
	ShareAcrossTenants bool `yaml:"share_across_tenants"`
	// MaxUpstream is the most upstream connections of clients; 0: no limit. Default
	// 90.
	MaxUpstream int `yaml:"max_upstream"`
	// MaxPerTenant is the most of them in use for one org; 0: no limit. Default 30.
	MaxPerTenant int `yaml:"max_per_tenant"`
	// IdleTimeout is when an unused upstream connection is closed; 0: never. Default
	// 5m.
	IdleTimeout time.Duration `yaml:"idle_timeout"`
	// AcquireTimeout is how long a client waits when a limit is reached; 0: as long as
	// its login may take. Default 10s.
	AcquireTimeout time.Duration `yaml:"acquire_timeout"`
}

// Limits bound what clients can use up.
type Limits struct {
	// MaxClients is the most client connections. Default 10000.
	MaxClients int `yaml:"max_clients"`
	// MaxClientsPerTenant is the most of one org, those that wait for an upstream
	// connection among them; 0: no limit. Default 0.
	MaxClientsPerTenant int `yaml:"max_clients_per_tenant"`
	// MaxUnauthenticatedPerAddress is the most connections from one address that have
	// not logged in. All clients of unix sockets are one address. Default 100.
	MaxUnauthenticatedPerAddress int `yaml:"max_unauthenticated_per_address"`
	// LoginTimeout is the time from accepting a connection to the end of its login,
	// the upstream connection included. Default 10s.
	LoginTimeout time.Duration `yaml:"login_timeout"`
	// DrainTimeout is how long open transactions may go on after SIGTERM. Default 30s.
	DrainTimeout time.Duration `yaml:"drain_timeout"`
	// IdleInTransactionTimeout ends sessions that idle in a transaction with 25P03,
	// exact to a second; 0s: never. Default 0s.
	IdleInTransactionTimeout time.Duration `yaml:"idle_in_transaction_timeout"`
	// MaxMessageBytes is the longest protocol message from a client; at most 1GiB. A
	// longer one ends the session. Default 1GiB.
	MaxMessageBytes ByteSize `yaml:"max_message_bytes"`
}

// Admin is the HTTP server for operators.
type Admin struct {
	// Listen is its address: `host:port`, or `unix:///path` of a socket, which only the
	// proxy's own user can connect to. Empty: off. Default
	// 127.0.0.1:9632.
	Listen string `yaml:"listen"`
	// TokenFile holds the token that requests must carry, at least 16 characters, as a
	// bearer token or as the password of HTTP Basic. It is read for every request.
	// Required where other machines reach `admin.listen`. Empty: none.
	TokenFile string `yaml:"token_file"`
	// Pprof serves Go's profiles, under `/debug/pprof/`. Default false.
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
	// Level is the least severe that is written: `debug`, `info`, `warn` or `error`.
	// Default info.
	Level string `yaml:"level"`
	// Format is `json` or `text`. Default json.
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
		Admin:    Admin{Listen: "127.0.0.1:9632"},
		AuditLog: AuditLog{Path: "-", Statements: "none", OnFull: "block"},
		Log:      Log{Level: "info", Format: "json"},
	}
}
