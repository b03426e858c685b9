package auth

import (
	"fmt"
	"log/slog"
)

// RejectedError is a token that is not accepted: malformed, forged, expired, of
// another issuer. The client is told SQLSTATE 28P01 and nothing else, so Error
// gives the same text for all of them; Reason is for the log.
type RejectedError struct {
	// Reason says what is wrong in terms of claim names, algorithm and key id.
	// It never holds the token, key material or the value of a claim.
	Reason string
}

// Error gives "token rejected", whatever the reason, so that an error that
// reaches a client by accident tells an attacker nothing.
func (e *RejectedError) Error() string { return "token rejected" }

// LogValue adds the reason, so that logging the error shows it.
func (e *RejectedError) LogValue() slog.Value {
	return slog.StringValue(e.Error() + ": " + e.Reason)
}

// ClaimError is an otherwise valid token that does not name an org, or a role where
// one is asked for: the claim is missing, not of the configured type, or names a
// role that is not among Options.Roles. The client is told SQLSTATE 28000; Error is
// fit to be shown to it, since it names the claim and not its value.
type ClaimError struct {
	// Claim is the configured path of the claim.
	Claim string
	// Problem completes the sentence "token claim … ".
	Problem string
}

// Error gives, for example, "token claim organization_id is missing".
func (e *ClaimError) Error() string {
	return "token claim " + e.Claim + " " + e.Problem
}

func rejected(format string, args ...any) error {
	return &RejectedError{Reason: fmt.Sprintf(format, args...)}
}
