package proxy

import (
	"context"
	"encoding/json"
	"errors"
	"net"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/wire"
)

const (
	// bearerMechanism is the SASL mechanism of RFC 7628.
	bearerMechanism = "OAUTHBEARER"
	// bearerExtra is what its message may have besides the token, in bytes.
	bearerExtra = 1 << 10
)

// byOAuth takes the token from the SASL mechanism OAUTHBEARER, as PostgreSQL 18 does
// (manual, "SASL Authentication"). A token that is not accepted, or none at all, with
// which a client asks where to get one, is answered as RFC 7628 has it, section 3.2.2,
// before the error that ends the login.
func (o *Options) byOAuth(ctx context.Context, conn net.Conn) (*auth.Identity, error) {
	if _, err := conn.Write(wire.AppendAuthenticationSASL(nil, bearerMechanism)); err != nil {
		return nil, err
	}
	mechanism, message, err := wire.ReadSASLInitialResponse(conn, o.MaxTokenBytes+bearerExtra)
	if err != nil {
		return nil, err
	}
	if mechanism != bearerMechanism {
		return nil, wire.Fatalf(wire.ProtocolViolation, "client selected an invalid SASL authentication mechanism")
	}
	token, err := auth.ParseBearer(message)
	if err != nil {
		return nil, wire.Fatalf(wire.ProtocolViolation, "%s", err)
	}
	var id *auth.Identity
	if token == "" {
		err = &auth.RejectedError{Reason: "no token: the client asks where to get one"}
	} else {
		id, err = o.Verifier.Verify(ctx, token)
	}
	var rejected *auth.RejectedError
	if !errors.As(err, &rejected) {
		return id, err
	}
	if failure := o.failBearer(conn); failure != nil {
		// Some clients leave here. The reason for the log is the token's.
		return nil, errors.Join(err, failure)
	}
	return nil, err
}

// failBearer tells the client that its token is not accepted, and takes its answer,
// which holds nothing.
func (o *Options) failBearer(conn net.Conn) error {
	status, err := json.Marshal(struct {
		Status    string `json:"status"`
		Discovery string `json:"openid-configuration,omitempty"`
	}{"invalid_token", o.OAuthDiscovery})
	if err != nil { // a struct of strings
		return err
	}
	if _, err := conn.Write(wire.AppendAuthenticationSASLContinue(nil, status)); err != nil {
		return err
	}
	dummy, err := wire.ReadSASLResponse(conn, len(auth.BearerDummy))
	if err == nil && string(dummy) != auth.BearerDummy {
		err = wire.Fatalf(wire.ProtocolViolation, "malformed %s message", bearerMechanism)
	}
	return err
}
