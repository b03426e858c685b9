package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/auth/authtest"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
)

// soakTimeEnv is how long TestSoak goes on; make soak gives it more.
const soakTimeEnv = "SOAKTIME"

// signers are the keys of an issuer that rotates: the files have the last, the
// present and the next one of each, so that every token that is under way has its key.
type signers struct {
	pemFile, jwksFile string
	mu                sync.Mutex
	keys              [2][3]*ecdsa.PrivateKey // of the PEM file and of the JWK set: last, present, next
}

// rotate writes files in which the next keys have become the present ones.
func (s *signers) rotate(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	for i := range s.keys {
		for first := true; first || s.keys[i][0] == nil; first = false {
			next, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			s.keys[i] = [3]*ecdsa.PrivateKey{s.keys[i][1], s.keys[i][2], next}
		}
	}
	keys := s.keys
	s.mu.Unlock()
	var text []byte
	set := map[string][]any{"keys": nil}
	for n := range 3 {
		der, err := x509.MarshalPKIXPublicKey(&keys[0][n].PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})...)
		point, err := keys[1][n].PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		part := base64.RawURLEncoding.EncodeToString
		set["keys"] = append(set["keys"], map[string]string{
			"kty": "EC", "crv": "P-256", "kid": keyID(keys[1][n]), "x": part(point[1:33]), "y": part(point[33:]),
		})
	}
	jwks, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	for file, content := range map[string][]byte{s.pemFile: text, s.jwksFile: jwks} {
		if err := os.WriteFile(file+".next", content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".next", file); err != nil {
			t.Fatal(err)
		}
	}
}

func keyID(key *ecdsa.PrivateKey) string { return fmt.Sprintf("%x", key.X.Bytes()[:8]) }

// token is of org A, signed by the present key of the PEM file or of the JWK set.
func (s *signers) token(fromSet bool) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := auth.MintOptions{
		Key:    s.keys[0][1],
		Claims: map[string]any{"organization_id": demo.OrgA, "sub": "soak", "exp": time.Now().Add(time.Hour).Unix()},
	}
	if fromSet {
		o.Key, o.KeyID = s.keys[1][1], keyID(s.keys[1][1])
	}
	return auth.Mint(o)
}

// TestSoak rotates the certificate and the issuer's keys under load. No query of a
// client with a valid token may fail, in sessions that last nor in those that begin.
func TestSoak(t *testing.T) {
	duration := 5 * time.Second
	if text := os.Getenv(soakTimeEnv); text != "" {
		var err error
		if duration, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	db := pgtest.NewDatabase(t)
	dir := t.TempDir()
	issuer := &signers{pemFile: filepath.Join(dir, "issuer.pem"), jwksFile: filepath.Join(dir, "keys.json")}
	issuer.rotate(t)
	cert, key := filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key")
	pgtest.NewCertificate(t).WriteFiles(t, cert, key)

	file, _ := writeConfig(t, db.App(), authtest.NewIssuer(t), fmt.Sprintf("tls: {cert_file: %s, key_file: %s, required: always}\n", cert, key))
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, after, _ := strings.Cut(string(content), "  algorithms:")
	_, after, _ = strings.Cut(after, "policy:")
	text := before + fmt.Sprintf("  algorithms: [ES256]\n  keys: [{public_key_file: %s}, {jwks_file: %s}]\npolicy:", issuer.pemFile, issuer.jwksFile) + after
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	plain := tenantproxy(t, nil, "serve", "--config", file)
	long := exec.Command(plain.Path, plain.Args[1:]...) // without its limit of time
	long.Env = plain.Env
	s := startCommand(t, long)
	address := s.address(t)

	ctx, cancel := context.WithTimeout(t.Context(), duration)
	defer cancel()
	var queries, logins atomic.Int64
	ask := func(conn *pgconn.PgConn) error {
		results, err := conn.Exec(context.Background(), "SELECT count(*) > 0, bool_and(org_id = '"+demo.OrgA+"') FROM contacts").ReadAll()
		if err == nil && string(results[0].Rows[0][0])+string(results[0].Rows[0][1]) != "tt" {
			err = errors.New("other rows")
		}
		queries.Add(1)
		return err
	}
	// session is one from login to end; it lasts until ctx ends or for some queries.
	session := func(direct, fromSet bool, length int) error {
		token, err := issuer.token(fromSet)
		if err != nil {
			return err
		}
		config, err := pgconn.ParseConfig(strings.Replace(clientDSN(address, db.Name, token), "sslmode=disable", "sslmode=require", 1))
		if err != nil {
			return err
		}
		if direct {
			config.SSLNegotiation, config.TLSConfig.NextProtos = "direct", []string{"postgresql"}
		}
		config.TLSConfig.MinVersion = tls.VersionTLS12
		conn, err := pgconn.ConnectConfig(context.Background(), config)
		if err != nil {
			return err
		}
		logins.Add(1)
		for n := 0; (n < length || length == 0) && ctx.Err() == nil; n++ {
			if err := ask(conn); err != nil {
				return err
			}
			time.Sleep(50 * time.Millisecond)
		}
		return conn.Close(context.Background())
	}
	var load sync.WaitGroup
	for i := range 6 {
		length := 5
		if i < 2 {
			length = 0 // these go through all rotations
		}
		load.Go(func() {
			for ctx.Err() == nil {
				if err := session(i%2 == 0, i%3 == 0, length); err != nil {
					t.Errorf("client %d: %v", i, err)
					return
				}
			}
		})
	}
	if psql, err := exec.LookPath("psql"); err == nil {
		load.Go(func() {
			for ctx.Err() == nil {
				token, err := issuer.token(true)
				if err != nil {
					t.Error(err)
					return
				}
				cmd := exec.Command(psql, "-XAtc", "SELECT current_setting('app.org_id')",
					strings.Replace(clientDSN(address, db.Name, token), "sslmode=disable", "sslmode=require", 1))
				if out, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != demo.OrgA {
					t.Errorf("psql: %v: %s", err, out)
					return
				}
				logins.Add(1)
				queries.Add(1)
				time.Sleep(time.Second)
			}
		})
	}
	rotations := 0
	for ; ctx.Err() == nil; rotations++ {
		pgtest.NewCertificate(t).WriteFiles(t, cert, key)
		issuer.rotateServed(t, s)
		select {
		case <-ctx.Done():
		case <-time.After(1500 * time.Millisecond):
		}
	}
	load.Wait()
	if rotations < 2 || !strings.Contains(s.text(), "certificate in use") {
		t.Errorf("%d rotations", rotations)
	}
	t.Logf("%d logins, %d queries, %d rotations of the keys and the certificate", logins.Load(), queries.Load(), rotations)
	s.process.Signal(syscall.SIGTERM)
	if code := s.exit(t); code != exitFine {
		t.Errorf("exit code %d", code)
	}
}

// rotateServed makes the next keys the present ones, which the proxy knows already,
// and has it read the files.
func (s *signers) rotateServed(t *testing.T, proxy *server) {
	t.Helper()
	s.rotate(t)
	count := strings.Count(proxy.text(), reloaded)
	proxy.process.Signal(syscall.SIGHUP)
	for deadline := time.Now().Add(patience); strings.Count(proxy.text(), reloaded) == count; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the keys were not read: %s", proxy.text())
		}
	}
}
