package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// keyServer is an issuer's address of keys. What it does can be changed.
type keyServer struct {
	*httptest.Server
	requests atomic.Int32
	answer   atomic.Pointer[http.HandlerFunc]
}

func newKeyServer(t *testing.T, start func(http.Handler) *httptest.Server) *keyServer {
	t.Helper()
	s := new(keyServer)
	s.Server = start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		(*s.answer.Load())(w, r)
	}))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(s.Close)
	return s
}

func (s *keyServer) does(answer http.HandlerFunc) { s.answer.Store(&answer) }

// publishes has the server answer with the public keys of signers.
func (s *keyServer) publishes(t *testing.T, signers ...*signer) {
	t.Helper()
	content := jwksOf(t, signers...)
	s.does(func(w http.ResponseWriter, _ *http.Request) { w.Write(content) })
}

// signer is a key of the issuer's.
type signer struct {
	id  string
	key *ecdsa.PrivateKey
}

func newSigner(t testing.TB, id string) *signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &signer{id, key}
}

func (s *signer) token(t testing.TB, org string) string {
	t.Helper()
	return mint(t, MintOptions{Algorithm: "ES256", Key: s.key, KeyID: s.id, Claims: claimsOf(org, nil)})
}

func jwksOf(t testing.TB, signers ...*signer) []byte {
	t.Helper()
	var keys []map[string]string
	for _, s := range signers {
		point, err := s.key.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, map[string]string{
			"kty": "EC", "crv": "P-256", "kid": s.id,
			"x": encodePart(string(point[1:33])), "y": encodePart(string(point[33:])),
		})
	}
	content, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// remoteVerifier accepts what the server's keys have signed. Nothing is fetched by
// the clock but the first time.
func remoteVerifier(t *testing.T, s *keyServer, log *slog.Logger, change func(*keyTiming)) *Verifier {
	t.Helper()
	o := KeysOptions{Sources: []KeySource{{JWKSURL: s.URL + "/keys?secret=in-the-query"}}, Log: log}
	if s.Certificate() != nil {
		o.RootCAs = x509.NewCertPool()
		o.RootCAs.AddCert(s.Certificate())
	}
	keys, err := NewKeys(o)
	if err != nil {
		t.Fatal(err)
	}
	keys.timing = keyTiming{poll: time.Hour, refresh: time.Hour, retry: time.Hour, asked: time.Nanosecond, fetch: patience}
	if change != nil {
		change(&keys.timing)
	}
	run(t, keys)
	keys.Fetched(t.Context())
	options := secretOptions(t)
	options.Keys, options.Algorithms = keys, []string{"ES256", "HS256"}
	return newVerifier(t, options)
}

func run(t *testing.T, keys *Keys) {
	t.Helper()
	inBackground(t, keys.Run)
}

func runRevocations(t *testing.T, r *Revocations) {
	t.Helper()
	inBackground(t, r.Run)
}

func inBackground(t *testing.T, f func(context.Context)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { f(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
}

// patience bounds what must happen at all; it measures nothing.
const patience = 20 * time.Second

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not happen", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func accepts(t *testing.T, v *Verifier, token string) {
	t.Helper()
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("a token is refused: %v", slog.AnyValue(err).Resolve())
	}
}

// TestRotation has an issuer rotate its keys: a new one counts with its first
// token, and nothing lives on of one that is withdrawn, remembered or not.
func TestRotation(t *testing.T) {
	for name, start := range map[string]func(http.Handler) *httptest.Server{
		"https": httptest.NewTLSServer, "http on loopback": httptest.NewServer,
	} {
		t.Run(name, func(t *testing.T) {
			old, next := newSigner(t, "old"), newSigner(t, "next")
			s := newKeyServer(t, start)
			s.publishes(t, old)
			v := remoteVerifier(t, s, nil, nil)
			ofOld, ofNext := old.token(t, orgA), next.token(t, orgB)
			accepts(t, v, ofOld)
			accepts(t, v, ofOld) // from memory
			if got := s.requests.Load(); got != 1 {
				t.Errorf("%d fetches for a key that is known", got)
			}
			expectRejected(t, v, ofNext, "no key for alg ES256, kid next")
			s.publishes(t, old, next)
			accepts(t, v, ofNext)
			accepts(t, v, ofOld)
			s.publishes(t, next)
			if err := v.keys.Reload(t.Context()); err != nil { // as the clock would
				t.Fatal(err)
			}
			eventually(t, "the withdrawal", func() bool { return len(v.keys.current.Load().keys) == 1 })
			expectRejected(t, v, ofOld, "no key for alg ES256, kid old")
			accepts(t, v, ofNext)
			// Another key under the same id, as a restored backup of the issuer has it.
			imposter := newSigner(t, "next")
			s.publishes(t, imposter)
			if err := v.keys.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the exchange", func() bool { _, err := v.Verify(t.Context(), ofNext); return err != nil })
			expectRejected(t, v, ofNext, "signature is not valid (alg ES256, kid next)")
		})
	}
}

// TestRefresh has the clock fetch, also after failures.
func TestRefresh(t *testing.T) {
	old, next := newSigner(t, "old"), newSigner(t, "next")
	s := newKeyServer(t, httptest.NewTLSServer)
	s.does(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	v := remoteVerifier(t, s, nil, func(timing *keyTiming) {
		timing.refresh, timing.retry, timing.asked = 10*time.Millisecond, time.Millisecond, time.Hour
	})
	s.publishes(t, old)
	eventually(t, "the first key", func() bool { _, err := v.Verify(t.Context(), old.token(t, orgA)); return err == nil })
	s.publishes(t, next)
	eventually(t, "the next key", func() bool { _, err := v.Verify(t.Context(), next.token(t, orgA)); return err == nil })
	expectRejected(t, v, old.token(t, orgA), "no key for alg ES256, kid old")
}

// TestFailingFetchKeepsKeys has the address answer with everything but keys that
// can be used.
func TestFailingFetchKeepsKeys(t *testing.T) {
	good, foreign := newSigner(t, "good"), newSigner(t, "foreign")
	elsewhere := newKeyServer(t, httptest.NewTLSServer)
	elsewhere.publishes(t, foreign)
	symmetric := fmt.Sprintf(`{"keys":[{"kty":"oct","kid":"sym","k":"%s"}]}`, encodePart(string(testSecret)))
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		log    string
	}{
		"error":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, "status 500"},
		"garbage": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>sign in</html>") }, "not a JSON object"},
		"10 MB": {func(w http.ResponseWriter, _ *http.Request) {
			w.Write(jwksOf(t, foreign))
			w.Write([]byte(strings.Repeat(" ", 10<<20)))
		}, "larger than 1048576 bytes"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Write(jwksOf(t, foreign))
		}, "unexpected EOF"},
		"reset":      {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		"no keys":    {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"keys":[]}`) }, "no key to verify tokens with"},
		"other host": {http.RedirectHandler(elsewhere.URL+"/keys", http.StatusFound).ServeHTTP, "it redirects to another host"},
		"no longer s": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+r.Host+"/", http.StatusFound)
		}, "it redirects to another host"},
		"for ever":     {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) }, "it redirects too often"},
		"symmetric":    {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, symmetric) }, "a key is symmetric"},
		"huge headers": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) }, "header"},
	} {
		t.Run(name, func(t *testing.T) {
			var log syncLog
			s := newKeyServer(t, httptest.NewTLSServer)
			s.publishes(t, good)
			v := remoteVerifier(t, s, slog.New(slog.NewTextHandler(&log, nil)), nil)
			s.does(test.answer)
			expectRejected(t, v, foreign.token(t, orgA), "no key for alg ES256, kid foreign") // fetches
			eventually(t, "the failure", func() bool { return strings.Contains(log.String(), test.log) })
			accepts(t, v, good.token(t, orgB))
			expectRejected(t, v, mint(t, MintOptions{Secret: testSecret, KeyID: "sym", Claims: claimsOf(orgA, nil)}), "no key for alg HS256, kid sym")
			if s.requests.Load() < 2 {
				t.Error("nothing was fetched")
			}
			if text := log.String(); strings.Contains(text, "in-the-query") || strings.Contains(text, encodePart(string(testSecret))) {
				t.Errorf("the log has a secret: %s", text)
			}
		})
	}
	if got := elsewhere.requests.Load(); got != 0 {
		t.Errorf("the other host was asked %d times", got)
	}
}

// TestRedirectWithinHost follows what stays on the host.
func TestRedirectWithinHost(t *testing.T) {
	good := newSigner(t, "good")
	s := newKeyServer(t, httptest.NewTLSServer)
	s.does(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/moved" {
			http.Redirect(w, r, "/moved", http.StatusMovedPermanently)
			return
		}
		w.Write(jwksOf(t, good))
	})
	accepts(t, remoteVerifier(t, s, nil, nil), good.token(t, orgA))
}

// TestUnfitKeysArePassedOver has one bad key among good ones, which would keep a
// rotation from working if it counted for all.
func TestUnfitKeysArePassedOver(t *testing.T) {
	good := newSigner(t, "good")
	s := newKeyServer(t, httptest.NewTLSServer)
	s.does(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"keys":[{"kty":"EC","crv":"P-256","kid":"bad","x":"AA","y":"AA"},%s`, strings.TrimPrefix(string(jwksOf(t, good)), `{"keys":[`))
	})
	var log syncLog
	accepts(t, remoteVerifier(t, s, slog.New(slog.NewTextHandler(&log, nil)), nil), good.token(t, orgA))
	if !strings.Contains(log.String(), "passed over") {
		t.Errorf("nothing is said of the bad key: %s", log.String())
	}
}

// TestUnknownKeyStorm has many clients send tokens with keys that nobody has: one
// fetch is all that they set off together, and a client with a good token does not
// wait for it (JWT-003).
func TestUnknownKeyStorm(t *testing.T) {
	good := newSigner(t, "good")
	s := newKeyServer(t, httptest.NewTLSServer)
	s.publishes(t, good)
	v := remoteVerifier(t, s, nil, func(timing *keyTiming) { timing.asked = time.Hour })
	accepts(t, v, good.token(t, orgA))
	release := make(chan struct{})
	s.does(func(w http.ResponseWriter, _ *http.Request) {
		<-release
		w.Write(jwksOf(t, good))
	})
	unknown := newSigner(t, "")
	var storm sync.WaitGroup
	for i := range 50 {
		unknown.id = fmt.Sprintf("unknown-%d", i)
		token := unknown.token(t, orgA)
		storm.Go(func() {
			if id, err := v.Verify(context.Background(), token); err == nil {
				t.Errorf("accepted: %+v", id)
			}
		})
	}
	eventually(t, "the fetch", func() bool { return s.requests.Load() == 2 })
	accepts(t, v, good.token(t, orgB))
	close(release)
	storm.Wait()
	expectRejected(t, v, unknown.token(t, orgA), "no key for alg ES256, kid unknown-49")
	if got := s.requests.Load(); got != 2 {
		t.Errorf("%d fetches, want the first and one for all", got)
	}
	// A bad signature by a known key is no reason to fetch.
	imposter := newSigner(t, "good")
	expectRejected(t, v, imposter.token(t, orgA), "signature is not valid (alg ES256, kid good)")
}

// TestHangingAddress has the address take the request and say nothing more: neither
// a login nor the fetch itself waits for long.
func TestHangingAddress(t *testing.T) {
	good, unknown := newSigner(t, "good"), newSigner(t, "unknown")
	s := newKeyServer(t, httptest.NewTLSServer)
	s.publishes(t, good)
	v := remoteVerifier(t, s, nil, nil)
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	s.does(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		<-hang
	})
	// The login's own time ends the wait.
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := v.Verify(ctx, unknown.token(t, orgA)); err == nil {
		t.Error("accepted")
	}
	accepts(t, v, good.token(t, orgA)) // while it hangs
}

// TestHangingFetchEnds bounds the fetch itself, and with it a login without a bound. The
// bound leaves room for the handshake on a busy machine.
func TestHangingFetchEnds(t *testing.T) {
	s := newKeyServer(t, httptest.NewTLSServer)
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	s.does(func(http.ResponseWriter, *http.Request) { <-hang })
	var log syncLog
	v := remoteVerifier(t, s, slog.New(slog.NewTextHandler(&log, nil)), func(timing *keyTiming) { timing.fetch = time.Second })
	expectRejected(t, v, newSigner(t, "k").token(t, orgA), "no key for alg ES256, kid k")
	eventually(t, "the second fetch's end", func() bool { return s.requests.Load() >= 2 })
	if !strings.Contains(log.String(), "deadline exceeded") {
		t.Errorf("the log does not say that the fetch hung: %s", log.String())
	}
}

func TestParseJWKSURL(t *testing.T) {
	for text, want := range map[string]string{
		"https://issuer.example/jwks.json":   "",
		"https://issuer.example:8443":        "",
		"http://127.0.0.1:8080/jwks.json":    "",
		"http://[::1]/jwks.json":             "",
		"http://localhost/jwks.json":         "",
		"http://issuer.example/jwks.json":    "neither https nor on loopback",
		"http://127.0.0.1.example/jwks.json": "neither https nor on loopback",
		"http://localhost.example/":          "neither https nor on loopback",
		"http://10.0.0.1/jwks.json":          "neither https nor on loopback",
		"file:///etc/passwd":                 "not a URL",
		"file://localhost/etc/passwd":        "neither https nor on loopback",
		"ftp://issuer.example/jwks.json":     "neither https nor on loopback",
		"https://user:pass@issuer.example/":  "has a user name in it",
		"https:issuer.example":               "not a URL",
		"issuer.example/jwks.json":           "not a URL",
		"https://":                           "not a URL",
		"https://a b/":                       "not a URL",
		"":                                   "not a URL",
	} {
		_, err := parseJWKSURL(text)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "pass@") || text != "" && strings.Contains(err.Error(), text)) {
			t.Errorf("the error quotes the address: %v", err)
		}
	}
}

// syncLog is a log that is read while it is written.
type syncLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *syncLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *syncLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
