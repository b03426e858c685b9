package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/auth/authtest"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// TestServeRotatesKeys serves before an issuer whose keys change while it runs:
// those of an address, and the secret in a file.
func TestServeRotatesKeys(t *testing.T) {
	db := pgtest.NewDatabase(t)
	issuer := authtest.NewIssuer(t)
	var published atomic.Pointer[[]byte]
	addressOfKeys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(*published.Load()) }))
	t.Cleanup(addressOfKeys.Close)
	token := func(key crypto.Signer, kid string) string {
		content := jwksOf(t, key, kid)
		published.Store(&content)
		token, err := auth.Mint(auth.MintOptions{Key: key, KeyID: kid, Claims: map[string]any{
			"organization_id": demo.OrgA, "exp": time.Now().Add(time.Hour).Unix(),
		}})
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	keys := make([]*ecdsa.PrivateKey, 2)
	for i := range keys {
		var err error
		if keys[i], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	first := token(keys[0], "first")
	configFile, _ := writeConfig(t, db.App(), issuer, "")
	s := startServe(t, configFile, "TENANTPROXY_AUTH_ALGORITHMS=ES256,HS256",
		"TENANTPROXY_AUTH_KEYS=[{jwks_url: '"+addressOfKeys.URL+"'}, {hmac_secret_file: '"+issuer.SecretFile+"'}]")
	address := s.address(t)
	login := func(token string) error {
		conn, err := pgconn.Connect(t.Context(), clientDSN(address, db.Name, token))
		if err == nil {
			conn.Close(t.Context())
		}
		return err
	}
	if err := login(first); err != nil {
		t.Fatalf("with the first key: %v", err)
	}
	if err := login(token(keys[1], "second")); err != nil {
		t.Errorf("with the second key: %v", err)
	}
	if err := login(first); err == nil || !strings.Contains(err.Error(), "28P01") {
		t.Errorf("with the key that is withdrawn: %v", err)
	}
	bySecret := issuer.OrgToken(t, demo.OrgA, nil)
	if err := login(bySecret); err != nil {
		t.Errorf("by secret: %v", err)
	}
	if err := os.WriteFile(issuer.SecretFile, []byte(strings.Repeat("another ", 5)), 0o600); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); login(bySecret) == nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the old secret still counts")
		}
	}
}

func jwksOf(t *testing.T, key crypto.Signer, kid string) []byte {
	t.Helper()
	jwk, err := jwkset.NewJWKFromKey(key.Public(), jwkset.JWKOptions{Metadata: jwkset.JWKMetadataOptions{KID: kid}})
	if err != nil {
		t.Fatal(err)
	}
	content, err := json.Marshal(jwkset.JWKSMarshal{Keys: []jwkset.JWKMarshal{jwk.Marshal()}})
	if err != nil {
		t.Fatal(err)
	}
	return content
}
