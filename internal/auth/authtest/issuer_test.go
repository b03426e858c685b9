package authtest

import (
	"testing"

	"tenantproxy/internal/auth"
)

func TestIssuersDoNotTrustEachOther(t *testing.T) {
	const org = "6c1e1f0a-0a5d-4f6e-9f0b-1d2c3b4a5968"
	own, other := NewIssuer(t), NewIssuer(t)
	v, err := auth.NewVerifier(own.Options(t))
	if err != nil {
		t.Fatal(err)
	}
	id, err := v.Verify(t.Context(), own.OrgToken(t, org, map[string]any{"sub": "s"}))
	if err != nil || id.Org != org || id.Subject != "s" {
		t.Errorf("own token: got %+v, %v", id, err)
	}
	if id, err := v.Verify(t.Context(), other.OrgToken(t, org, nil)); err == nil {
		t.Errorf("a token of another issuer gave %+v", id)
	}
}
