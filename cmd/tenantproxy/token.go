package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenantproxy/internal/auth"
)

// tokenFlags are the flags of tenantproxy token.
type tokenFlags struct {
	secretFile, keyFile string
	algorithm, keyID    string
	org, claim          string
	subject, tokenID    string
	issuer              string
	audience            []string
	ttl                 time.Duration
	set                 []string
}

// newTokenCommand is tenantproxy token: it mints a token to try the proxy with.
func newTokenCommand() *cobra.Command {
	var f tokenFlags
	cmd := &cobra.Command{
		Use:   "token {--secret-file FILE | --key-file FILE} --org ID",
		Short: "Mint a development token",
		Long: `Mint a token for an org and print it, to connect with as the password.

It is for development and tests: whoever has the secret or the private key can
act as any org. In production tokens come from the issuer, and neither of the
two belongs on a machine with the proxy.`,
		Example: `  tenantproxy token --secret-file hs256.key --org 6c1e1f0a-0a5d-4f6e-9f0b-1d2c3b4a5968
  tenantproxy token --key-file dev.pem --kid dev-1 --org 42 --claim app_metadata.org_id --set 'role="agent"'
  PGPASSWORD=$(tenantproxy token --secret-file hs256.key --org …) psql -h 127.0.0.1 -p 6432`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			token, err := f.mint(time.Now())
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.ErrOrStderr(), "This token is for development; in production tokens come from the issuer.")
			_, err = fmt.Fprintln(cmd.OutOrStdout(), token)
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.secretFile, "secret-file", "", "sign with the HMAC secret in this file (auth.keys: hmac_secret_file)")
	flags.StringVar(&f.keyFile, "key-file", "", "sign with the private key in this PEM file, RSA, EC or Ed25519")
	flags.StringVar(&f.algorithm, "alg", "", "signature algorithm (default: HS256, RS256, ES256, ES384, ES512 or EdDSA, by the key)")
	flags.StringVar(&f.keyID, "kid", "", "id of the key, for the header")
	flags.StringVar(&f.org, "org", "", "the org that the token is for")
	flags.StringVar(&f.claim, "claim", "organization_id", "claim that names the org, a dotted path (tenant.claim)")
	flags.StringVar(&f.subject, "sub", "", "subject, the user's id")
	flags.StringVar(&f.tokenID, "jti", "", "id of the token")
	flags.StringVar(&f.issuer, "issuer", "", "issuer (auth.issuer)")
	flags.StringSliceVar(&f.audience, "audience", nil, "audience (auth.audience); may be repeated")
	flags.DurationVar(&f.ttl, "ttl", time.Hour, "how long the token is valid; negative: it has expired already; 0: for ever")
	flags.StringArrayVar(&f.set, "set", nil, `another claim as name=JSON, for example role='"agent"'; may be repeated`)
	cmd.MarkFlagsOneRequired("secret-file", "key-file")
	cmd.MarkFlagsMutuallyExclusive("secret-file", "key-file")
	return cmd
}

// mint makes the token that the flags describe.
func (f *tokenFlags) mint(now time.Time) (string, error) {
	claims, err := f.claims(now)
	if err != nil {
		return "", err
	}
	options := auth.MintOptions{Algorithm: f.algorithm, KeyID: f.keyID, Claims: claims}
	if f.secretFile != "" {
		options.Secret, err = auth.ReadSecret(f.secretFile)
	} else {
		options.Key, err = auth.ReadPrivateKey(f.keyFile)
	}
	if err != nil {
		return "", err
	}
	return auth.Mint(options)
}

func (f *tokenFlags) claims(now time.Time) (map[string]any, error) {
	if f.org == "" {
		return nil, errors.New("--org is needed")
	}
	claims := map[string]any{"iat": now.Unix()}
	if f.ttl != 0 {
		claims["exp"] = now.Add(f.ttl).Unix()
	}
	for name, value := range map[string]string{"sub": f.subject, "jti": f.tokenID, "iss": f.issuer} {
		if value != "" {
			claims[name] = value
		}
	}
	switch len(f.audience) {
	case 0:
	case 1:
		claims["aud"] = f.audience[0]
	default:
		claims["aud"] = f.audience
	}
	if err := auth.SetClaim(claims, f.claim, f.org); err != nil {
		return nil, fmt.Errorf("--claim: %w", err)
	}
	for _, assignment := range f.set {
		name, text, ok := strings.Cut(assignment, "=")
		if !ok {
			return nil, fmt.Errorf("--set %s: want name=JSON", assignment)
		}
		value, err := decodeJSON(text)
		if err != nil {
			return nil, fmt.Errorf(`--set %s: the value is not JSON (text needs double quotes, as in %s='"…"')`, assignment, name)
		}
		if err := auth.SetClaim(claims, name, value); err != nil {
			return nil, fmt.Errorf("--set: %w", err)
		}
	}
	return claims, nil
}

// decodeJSON reads exactly one JSON value and keeps the digits of numbers.
func decodeJSON(text string) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the value")
	}
	return value, nil
}
