package auditlog

import "time"

// Event is something that the log records. Its fields are those of the line, and
// docs/AUDIT_LOG.md says what they mean. Names are stable; an event may get more
// fields.
type Event interface {
	// Name is the event's, lower-case and dotted.
	Name() string
	append(l line) line
}

// LoginAccepted is a client that is in.
type LoginAccepted struct {
	Database string
	// TLS is the version of the protocol; empty: none.
	TLS string
	// Certificate is the subject of the client's certificate.
	Certificate string
	// Expires is when the token does; zero: never.
	Expires time.Time
}

// Name implements Event.
func (LoginAccepted) Name() string { return "login.accepted" }

func (e LoginAccepted) append(l line) line {
	return l.text("database", e.Database).text("tls", e.TLS).text("certificate", e.Certificate).when("expires", e.Expires)
}

// LoginRefused is a client that was told that it does not get in.
type LoginRefused struct {
	SQLSTATE string
	// Reason is the true one, which the client may not have been told.
	Reason string
	// Address is what refusals are counted by.
	Address string
}

// Name implements Event.
func (LoginRefused) Name() string { return "login.refused" }

func (e LoginRefused) append(l line) line {
	return l.text("sqlstate", e.SQLSTATE).text("reason", e.Reason)
}

func (e LoginRefused) sparing() (key string, burst int) { return e.Address, 60 }

// SessionEnded is the end of a session that was logged in.
type SessionEnded struct {
	// Reason is why; SQLSTATE is what the client was told, if the proxy ended it.
	Reason, SQLSTATE string
	// InTransaction tells that a transaction was open.
	InTransaction bool
	Duration      time.Duration
	// BytesIn came from the client, BytesOut from Postgres.
	BytesIn, BytesOut uint64
	// Statements ran; Refused did not.
	Statements, Refused uint64
}

// Name implements Event.
func (SessionEnded) Name() string { return "session.ended" }

func (e SessionEnded) append(l line) line {
	return l.text("reason", e.Reason).text("sqlstate", e.SQLSTATE).flag("in_transaction", e.InTransaction).
		milliseconds("duration_ms", e.Duration).count("bytes_in", e.BytesIn).count("bytes_out", e.BytesOut).
		count("statements", e.Statements).count("refused", e.Refused)
}

// StatementRefused is a statement that did not reach Postgres.
type StatementRefused struct {
	Rule, Object, SQLSTATE, Fingerprint string
	// Text is the statement's, for Options.Literals only.
	Text string
}

// Name implements Event.
func (StatementRefused) Name() string { return "statement.refused" }

func (e StatementRefused) append(l line) line {
	return l.text("rule", e.Rule).text("object", e.Object).text("sqlstate", e.SQLSTATE).
		text("fingerprint", e.Fingerprint).bounded("text", e.Text, MaxSQL)
}

// StatementReported is a statement that report mode let through.
type StatementReported struct {
	Rule, Object, Fingerprint string
	// Text is the statement's, for Options.Literals only.
	Text string
}

// Name implements Event.
func (StatementReported) Name() string { return "statement.reported" }

func (e StatementReported) append(l line) line {
	return l.text("rule", e.Rule).text("object", e.Object).
		text("fingerprint", e.Fingerprint).bounded("text", e.Text, MaxSQL)
}

// The outcomes of a StatementExecuted.
const (
	OutcomeOK         = "ok"
	OutcomeFailed     = "failed"     // with an error of Postgres's
	OutcomeSuspended  = "suspended"  // more rows are there to be fetched
	OutcomeSkipped    = "skipped"    // Postgres left it out, behind an error in its pipeline
	OutcomeUnanswered = "unanswered" // the session ended first
)

// StatementExecuted is a Query, or an Execute, that Postgres got.
type StatementExecuted struct {
	Outcome string
	// Command is the first word of the command tag, of the last statement of a text.
	Command string
	// Rows were returned or changed.
	Rows uint64
	// Statements is how many a text held, if Postgres answered more than one.
	Statements uint64
	Duration   time.Duration
	// SQLSTATE is that of the error.
	SQLSTATE    string
	Fingerprint string
	// Text is the statement's, for Options.Literals only.
	Text string
}

// Name implements Event.
func (StatementExecuted) Name() string { return "statement.executed" }

func (e StatementExecuted) append(l line) line {
	l = l.text("outcome", e.Outcome).text("command", e.Command).count("rows", e.Rows)
	if e.Statements > 1 {
		l = l.count("statements", e.Statements)
	}
	return l.milliseconds("duration_ms", e.Duration).text("sqlstate", e.SQLSTATE).
		text("fingerprint", e.Fingerprint).bounded("text", e.Text, MaxSQL)
}

// TokenRefreshed is a session that has got a new token. The line names its sub and jti.
type TokenRefreshed struct {
	// Expires is when the token does; zero: never.
	Expires time.Time
}

// Name implements Event.
func (TokenRefreshed) Name() string { return "token.refreshed" }

func (e TokenRefreshed) append(l line) line { return l.when("expires", e.Expires) }

// TokenRefused is a new token that a session was not given.
type TokenRefused struct{ Reason string }

// Name implements Event.
func (TokenRefused) Name() string { return "token.refused" }

func (e TokenRefused) append(l line) line { return l.text("reason", e.Reason) }

// TokenExpired is a session that ends with its token.
type TokenExpired struct{ Expired time.Time }

// Name implements Event.
func (TokenExpired) Name() string { return "token.expired" }

func (e TokenExpired) append(l line) line { return l.when("expired", e.Expired) }

// TokenRevoked is a session that ends because of a line in auth.revocation_file.
type TokenRevoked struct {
	// By is what that names: jti, sub or org.
	By string
}

// Name implements Event.
func (TokenRevoked) Name() string { return "token.revoked" }

func (e TokenRevoked) append(l line) line { return l.text("by", e.By) }

// ContextFailed is a session that ends because its context may not be in place.
type ContextFailed struct{ Reason string }

// Name implements Event.
func (ContextFailed) Name() string { return "context.failed" }

func (e ContextFailed) append(l line) line { return l.text("reason", e.Reason) }

// UpstreamError is an error of Postgres's, the first of its SQLSTATE in a minute.
type UpstreamError struct {
	SQLSTATE string
	// Message is the error's, without what may be a value.
	Message string
}

// Name implements Event.
func (UpstreamError) Name() string { return "upstream.error" }

func (e UpstreamError) append(l line) line {
	return l.text("sqlstate", e.SQLSTATE).text("message", e.Message)
}

func (e UpstreamError) sparing() (key string, burst int) { return e.SQLSTATE, 1 }

// LimitReached is a client that was sent away, or has waited in vain, because of a
// limit.
type LimitReached struct {
	// Limit says which.
	Limit string
}

// Name implements Event.
func (LimitReached) Name() string { return "limit.reached" }

func (e LimitReached) append(l line) line { return l.text("limit", e.Limit) }

func (e LimitReached) sparing() (key string, burst int) { return e.Limit, 5 }

// CancelRefused is a cancel request with a key that no session has.
type CancelRefused struct {
	// Address is what they are counted by.
	Address string
}

// Name implements Event.
func (CancelRefused) Name() string { return "cancel.refused" }

func (CancelRefused) append(l line) line { return l }

func (e CancelRefused) sparing() (key string, burst int) { return e.Address, 1 }

// ConfigReloaded is another configuration in force.
type ConfigReloaded struct {
	// Changed are the sections that are others.
	Changed []string
}

// Name implements Event.
func (ConfigReloaded) Name() string { return "config.reloaded" }

func (e ConfigReloaded) append(l line) line { return l.list("changed", e.Changed) }

// ConfigRefused is a configuration that was not put in force.
type ConfigRefused struct{ Reason string }

// Name implements Event.
func (ConfigRefused) Name() string { return "config.refused" }

func (e ConfigRefused) append(l line) line { return l.text("reason", e.Reason) }

// CatalogChanged is a generation of the catalog, or other rules, in force.
type CatalogChanged struct {
	Database string
	// Role is the upstream role.
	Role       string
	Generation uint64
	// Protected, Shared and Refused count the relations that row-level security keeps
	// apart, that all tenants may read, and that none may.
	Protected, Shared, Refused uint64
	// Lost were protected before and are not now; Gained the other way round. Added
	// and Removed are relations of that name, whatever they are.
	// Opened were refused before and may now be read by all tenants; Closed the other
	// way round.
	Lost, Gained, Opened, Closed, Added, Removed []string
}

// Name implements Event.
func (CatalogChanged) Name() string { return "catalog.changed" }

func (e CatalogChanged) append(l line) line {
	return l.text("database", e.Database).text("role", e.Role).count("generation", e.Generation).
		count("protected", e.Protected).count("shared", e.Shared).count("refused", e.Refused).
		list("lost", e.Lost).list("gained", e.Gained).
		list("opened", e.Opened).list("closed", e.Closed).list("added", e.Added).list("removed", e.Removed)
}

// CatalogUnavailable is the moment from which no statement of a database passes.
type CatalogUnavailable struct{ Database, Role, Reason string }

// Name implements Event.
func (CatalogUnavailable) Name() string { return "catalog.unavailable" }

func (e CatalogUnavailable) append(l line) line {
	return l.text("database", e.Database).text("role", e.Role).text("reason", e.Reason)
}

// Opened is the first line in a file, of a process or after a rotation, and the first of
// what a reload has changed.
type Opened struct {
	Version string
	// Statements, OnFull and Literals are what the log is to have.
	Statements Statements
	OnFull     string
	Literals   bool
	Rotated    bool
}

// Name implements Event.
func (Opened) Name() string { return "audit.opened" }

func (e Opened) append(l line) line {
	return l.text("version", e.Version).text("statements", string(e.Statements)).text("on_full", e.OnFull).
		flag("literals", e.Literals).flag("rotated", e.Rotated)
}

// Dropped tells of events that are not there (Options.Drop).
type Dropped struct{ Events uint64 }

// Name implements Event.
func (Dropped) Name() string { return "audit.dropped" }

func (e Dropped) append(l line) line { return l.count("events", e.Events) }

// Recovered is the end of a time in which nothing could be written.
type Recovered struct {
	Reason string
	For    time.Duration
	// Refused counts the logins and messages that were turned away meanwhile.
	Refused uint64
}

// Name implements Event.
func (Recovered) Name() string { return "audit.recovered" }

func (e Recovered) append(l line) line {
	return l.text("reason", e.Reason).milliseconds("duration_ms", e.For).count("refused", e.Refused)
}

// Closed is the last line of a process that ended in order.
type Closed struct{}

// Name implements Event.
func (Closed) Name() string { return "audit.closed" }

func (Closed) append(l line) line { return l }
