package main

import (
	"testing"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/config"
)

// TestAlgorithmsAgree holds the two lists of algorithms together: config, which
// imports none of our packages, has one of its own.
func TestAlgorithmsAgree(t *testing.T) {
	for _, name := range []string{
		"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
		"none", "None", "hs256", "ES256K", "RS1", "Ed25519", "",
	} {
		_, err := config.Load("", []string{
			"TENANTPROXY_UPSTREAM_DSN=postgres://app@db/app", "TENANTPROXY_AUTH_ALGORITHMS=" + name, "TENANTPROXY_AUTH_KEYS=[{jwks_file: x}]",
		})
		if accepted := err == nil; accepted != auth.KnownAlgorithm(name) {
			t.Errorf("%q: config %v, auth %v", name, err, auth.KnownAlgorithm(name))
		}
	}
}
