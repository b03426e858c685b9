package metrics

import "time"

// The outcomes of Login.
const (
	LoginAccepted      = "accepted"
	LoginTokenRejected = "token_rejected"
	LoginUnauthorized  = "unauthorized" // no org in the token, or TLS is required
	LoginRefused       = "refused"      // a startup parameter that is not allowed
	LoginLimit         = "limit"        // no room for the session, or no free upstream connection
	LoginUnreachable   = "unreachable"  // the database is
	LoginNoDatabase    = "no_database"  // it is not one that is served
	LoginTimeout       = "timeout"
	LoginProtocol      = "protocol" // what the client sent is not the protocol
	LoginShutdown      = "shutdown"
	LoginLeft          = "left" // the client went away
	LoginOther         = "other"
)

// LoginOutcomes are all of them. The caller owns the slice.
func LoginOutcomes() []string {
	return []string{
		LoginAccepted, LoginTokenRejected, LoginUnauthorized, LoginRefused, LoginLimit, LoginUnreachable,
		LoginNoDatabase, LoginTimeout, LoginProtocol, LoginShutdown, LoginLeft, LoginOther,
	}
}

// The outcomes of Cancel.
const (
	CancelPassed  = "passed"
	CancelUnknown = "unknown_key"
	CancelIgnored = "ignored" // its address has named too many keys that are not known
	CancelFailed  = "failed"
)

// Accepted counts a client connection.
func (m *Metrics) Accepted() {
	if m != nil {
		m.accepted.Inc()
	}
}

// TurnedAway counts a client connection that there is no room for. The reason is the
// key of the limit, or "shutdown".
func (m *Metrics) TurnedAway(reason string) {
	if m != nil {
		m.turnedAway.WithLabelValues(reason).Inc()
	}
}

// Login counts the end of a login. took counts if it was accepted.
func (m *Metrics) Login(outcome string, took time.Duration) {
	if m == nil {
		return
	}
	m.logins.WithLabelValues(outcome).Inc()
	if outcome == LoginAccepted {
		m.loginTime.Observe(took.Seconds())
	}
}

// Cancel counts a cancel request.
func (m *Metrics) Cancel(outcome string) {
	if m != nil {
		m.cancels.WithLabelValues(outcome).Inc()
	}
}

// Panicked counts a session that a bug has ended.
func (m *Metrics) Panicked() {
	if m != nil {
		m.panics.Inc()
	}
}

// Reloaded counts a reload of the configuration.
func (m *Metrics) Reloaded(err error) {
	switch {
	case m == nil:
	case err == nil:
		m.reloads.WithLabelValues("applied").Inc()
	default:
		m.reloads.WithLabelValues("rejected").Inc()
	}
}

// Acquired notes how long a session waited for an upstream connection that it got.
func (m *Metrics) Acquired(wait time.Duration) {
	if m != nil {
		m.acquireTime.Observe(wait.Seconds())
	}
}

// NotAcquired counts a session that got none: the reason is the key of the limit that
// was reached, or "unreachable".
func (m *Metrics) NotAcquired(reason string) {
	if m != nil {
		m.acquireFail.WithLabelValues(reason).Inc()
	}
}

// UpstreamError counts an error of Postgres that a client gets.
func (m *Metrics) UpstreamError(sqlstate string) {
	if m != nil {
		m.errors.WithLabelValues(sqlstateClass(sqlstate)).Inc()
	}
}

// sqlstateClass is the class of a SQLSTATE if it is one that Postgres has
// (errcodes.txt); functions can raise any other, which must not become series.
func sqlstateClass(sqlstate string) string {
	if len(sqlstate) != 5 {
		return "other"
	}
	switch class := sqlstate[:2]; class {
	case "01", "02", "03", "08", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "10", "20", "21", "22", "23", "24", "25",
		"26", "27", "28", "2B", "2D", "2F", "34", "38", "39", "3B", "3D", "3F", "40", "42", "44", "53", "54", "55",
		"57", "58", "72", "F0", "HV", "P0", "XX":
		return class
	}
	return "other"
}

// Found tells what was remembered of a text when it was decided about.
type Found uint8

// What was remembered.
const (
	ByText Found = iota // the text itself
	ByKey               // the text but for its constants
	NotFound
	numFound
)

var foundNames = [numFound]string{"text", "key", "none"}

// Analysed notes that a text was decided about of which nothing was remembered.
func (m *Metrics) Analysed(took time.Duration) {
	if m != nil {
		m.analysed.Add(1)
		m.checkTime[NotFound].Observe(took.Seconds())
	}
}

// SampledHit notes how long it took to find what was remembered of a text. Which texts
// there were is for the Session to count.
func (m *Metrics) SampledHit(found Found, took time.Duration) {
	if m != nil {
		m.checkTime[found].Observe(took.Seconds())
	}
}

// rule gives the counts of a rule.
func (m *Metrics) rule(id string) *ruleCount {
	if c := m.rules[id]; c != nil {
		return c
	}
	return m.rules[otherRule]
}
