// Package auth turns a token into a verified identity.
//
// A Verifier accepts JWTs in compact form (RFC 7515, section 3.1; RFC 7519),
// signed with one of the configured keys. What counts is only what the issuer
// signed: nothing else that a client sends takes part in who it is. The steps
// of Verify are ordered so that unverified bytes meet as little code as
// possible: size, characters, the header, the signature, and only then the
// claims. Anything that two readers could take differently (names in another
// case, a name twice, another spelling of base64url) is refused.
package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// DefaultMaxTokenBytes is the size cap when Options.MaxTokenBytes is 0.
const DefaultMaxTokenBytes = 8 << 10

// Options say which tokens a Verifier accepts and what it takes from them.
type Options struct {
	// Algorithms that tokens may be signed with, as KnownAlgorithm lists them.
	// Required. A key is only used with an algorithm of its own kind.
	Algorithms []string
	// Issuer is compared exactly with iss. Empty: not checked.
	Issuer string
	// Audience lists the accepted values; aud must hold one of them. Empty: not
	// checked.
	Audience []string
	// Leeway is allowed for clocks that differ, on exp, nbf and iat.
	Leeway time.Duration
	// RequireExp refuses a token without exp.
	RequireExp bool
	// RequiredClaims maps claim paths (as Claim) to the string, boolean or
	// integer that the claim must be equal to.
	RequiredClaims map[string]any
	// MaxTokenBytes caps the length of a token. 0: DefaultMaxTokenBytes.
	MaxTokenBytes int
	// Keys verify the signatures. Required. Whoever made them runs them.
	Keys *Keys
	// Revocations are looked at each time. Nil: none. Whoever made them runs them.
	Revocations *Revocations
	// Claim is the path to the claim that tells the org, names separated by
	// dots; \. stands for a dot within a name and \\ for a backslash. Required.
	Claim string
	// OrgType is the type of that claim: uuid, bigint or text.
	OrgType string
	// RoleClaim is the path to the claim that names the role, as Claim. Empty: tokens
	// name none.
	RoleClaim string
	// Roles are those that it may name, byte by byte. Required with RoleClaim.
	Roles []string
	// Claims are the exact names of the top-level claims that go into
	// Identity.ClaimsJSON. Empty: all.
	Claims []string
	// Clock tells the time. Nil: time.Now.
	Clock func() time.Time
}

// Identity is who a token says its bearer is.
type Identity struct {
	// Org is the value for the tenant setting, in its one canonical spelling:
	// a lower-case uuid, a decimal bigint, or text without control characters.
	// Never empty.
	Org string
	// Role is the Postgres role that the token names, one of Options.Roles; empty
	// without Options.RoleClaim.
	Role string
	// Subject, TokenID and Issuer are sub, jti and iss; empty where the token
	// has none.
	Subject, TokenID, Issuer string
	// ClaimsJSON is the value for the claims setting: the chosen claims as one
	// compact JSON object. Names, text and the digits of numbers are those of
	// the token. It is valid UTF-8 and holds no NUL, not even an escaped one.
	ClaimsJSON string
	// ExpiresAt is exp, without leeway. Zero: the token does not expire.
	ExpiresAt time.Time
}

// Verifier checks tokens. It remembers those that it has accepted, so that a client
// that connects again and again costs no signature check. Safe for concurrent use.
type Verifier struct {
	algorithms    map[string]algorithm
	maxTokenBytes int
	keys          *Keys
	accepted      *tokenCache
	revocations   *Revocations
	validator     *jwt.Validator
	times         *jwt.Validator // of the times alone
	registered    []string       // the registered claims that must be there
	required      []requiredClaim
	claim         string
	claimPath     claimPath
	readOrg       orgReader
	role          roleReader
	claims        []string
}

// NewVerifier checks the options. Errors name the option and never hold a key.
func NewVerifier(o Options) (*Verifier, error) {
	v := &Verifier{
		algorithms:    make(map[string]algorithm),
		maxTokenBytes: o.MaxTokenBytes,
		keys:          o.Keys,
		accepted:      newTokenCache(),
		revocations:   o.Revocations,
		claim:         o.Claim,
		claims:        slices.Clone(o.Claims),
	}
	if v.maxTokenBytes == 0 {
		v.maxTokenBytes = DefaultMaxTokenBytes
	}
	if v.maxTokenBytes < 0 {
		return nil, errors.New("verifying tokens: the maximum size is negative")
	}
	if o.Leeway < 0 {
		return nil, errors.New("verifying tokens: the leeway is negative")
	}
	if err := v.setAlgorithms(o.Algorithms); err != nil {
		return nil, fmt.Errorf("verifying tokens: %w", err)
	}
	if err := ValidateClaimPath(o.Claim); err != nil {
		return nil, fmt.Errorf("verifying tokens: %w", err)
	}
	var err error
	if v.claimPath, err = parseClaimPath(o.Claim); err != nil {
		return nil, fmt.Errorf("verifying tokens: %w", err)
	}
	if v.readOrg, err = newOrgReader(o.OrgType); err != nil {
		return nil, fmt.Errorf("verifying tokens: %w", err)
	}
	if v.role, err = newRoleReader(o.RoleClaim, o.Roles); err != nil {
		return nil, fmt.Errorf("verifying tokens: %w", err)
	}
	if v.required, err = newRequiredClaims(o.RequiredClaims); err != nil {
		return nil, fmt.Errorf("verifying tokens: %w", err)
	}
	v.setValidator(o)
	return v, nil
}

func (v *Verifier) setAlgorithms(names []string) error {
	if len(names) == 0 {
		return errors.New("no algorithms")
	}
	if v.keys == nil {
		return errors.New("no keys")
	}
	usable := 0
	for _, name := range names {
		alg, ok := algorithmNamed(name)
		if !ok {
			return fmt.Errorf("algorithm %q is not known", name)
		}
		v.algorithms[name] = alg
		usable += len(v.keys.current.Load().candidates(name, alg.kind, nil))
	}
	if usable == 0 && len(v.keys.remotes) == 0 {
		return fmt.Errorf("no key can be used with the algorithms %v", names)
	}
	return nil
}

func (v *Verifier) setValidator(o Options) {
	clock := o.Clock
	if clock == nil {
		clock = time.Now
	}
	checks := []jwt.ParserOption{jwt.WithTimeFunc(clock), jwt.WithLeeway(o.Leeway), jwt.WithIssuedAt()}
	v.times = jwt.NewValidator(checks...)
	if o.RequireExp {
		checks = append(checks, jwt.WithExpirationRequired())
		v.registered = append(v.registered, "exp")
	}
	if o.Issuer != "" {
		checks = append(checks, jwt.WithIssuer(o.Issuer))
		v.registered = append(v.registered, "iss")
	}
	if len(o.Audience) > 0 {
		checks = append(checks, jwt.WithAudience(slices.Clone(o.Audience)...))
		v.registered = append(v.registered, "aud")
	}
	v.validator = jwt.NewValidator(checks...)
}

// Verify checks a token and gives the identity that it carries, which is shared and
// must not be changed. It does not change or keep the token. It does no I/O, but
// for a token with a key that is not known it may wait for the key's address to be
// asked: a few seconds at most, or until ctx ends. The error is a *RejectedError or,
// for a token that is valid but does not name an org or a role, a *ClaimError.
func (v *Verifier) Verify(ctx context.Context, token string) (*Identity, error) {
	if len(token) > v.maxTokenBytes {
		return nil, rejected("larger than %d bytes", v.maxTokenBytes)
	}
	digest := digestOf(token)
	a := v.accepted.get(digest, v.keys.current.Load())
	if a != nil {
		// What time changes is looked at each time.
		if err := v.times.Validate(a.times); err != nil {
			return nil, validationReason(err)
		}
	} else {
		var err error
		if a, err = v.verify(ctx, token); err != nil {
			return nil, err
		}
		v.accepted.put(digest, a)
	}
	if what := v.revocations.Of(a.identity); what != "" {
		return nil, rejected("revoked (%s)", what)
	}
	return a.identity, nil
}

// Revocations are those of the options, or nil.
func (v *Verifier) Revocations() *Revocations { return v.revocations }

// verify checks a token that is not remembered.
func (v *Verifier) verify(ctx context.Context, token string) (*accepted, error) {
	parts, err := split(token)
	if err != nil {
		return nil, err
	}
	set, err := v.verifySignature(ctx, parts)
	if err != nil {
		return nil, err
	}
	claims, err := decodeObject(parts.payload)
	if err != nil {
		return nil, rejected("payload: %s", err)
	}
	if err := v.checkClaims(claims); err != nil {
		return nil, err
	}
	id, err := v.identity(claims)
	if err != nil {
		return nil, err
	}
	times, err := timesOf(claims)
	if err != nil {
		return nil, err
	}
	return &accepted{identity: id, times: times, by: set}, nil
}

// checkClaims holds verified claims against the options.
func (v *Verifier) checkClaims(claims map[string]any) error {
	for _, name := range v.registered {
		if _, ok := claims[name]; !ok {
			return rejected("%s is missing", name)
		}
	}
	if err := v.validator.Validate(registeredClaims(claims)); err != nil {
		return validationReason(err)
	}
	for _, r := range v.required {
		if err := r.check(claims); err != nil {
			return err
		}
	}
	return nil
}

// identity takes from verified claims what the rest of the proxy needs.
func (v *Verifier) identity(claims map[string]any) (*Identity, error) {
	registered := registeredClaims(claims)
	var id Identity
	var err error
	if id.Subject, err = registered.text("sub"); err != nil {
		return nil, err
	}
	if id.TokenID, err = registered.text("jti"); err != nil {
		return nil, err
	}
	if id.Issuer, err = registered.text("iss"); err != nil {
		return nil, err
	}
	exp, err := registered.GetExpirationTime()
	if err != nil {
		return nil, err
	}
	if exp != nil {
		id.ExpiresAt = exp.Time
	}
	value, err := v.claimPath.find(claims)
	if err != nil {
		return nil, &ClaimError{Claim: v.claim, Problem: err.Error()}
	}
	if id.Org, err = v.readOrg(value); err != nil {
		return nil, &ClaimError{Claim: v.claim, Problem: err.Error()}
	}
	if id.Role, err = v.role.read(claims); err != nil {
		return nil, err
	}
	if id.ClaimsJSON, err = encodeObject(v.chosen(claims)); err != nil {
		return nil, rejected("payload: cannot be written as JSON")
	}
	return &id, nil
}

// chosen are the claims that go into the claims setting.
func (v *Verifier) chosen(claims map[string]any) map[string]any {
	if len(v.claims) == 0 {
		return claims
	}
	chosen := make(map[string]any, len(v.claims))
	for _, name := range v.claims {
		if value, ok := claims[name]; ok {
			chosen[name] = value
		}
	}
	return chosen
}
