package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// access decides who may ask. With a token, whoever has it: as a bearer token (RFC
// 6750), or as the password of HTTP Basic, which browsers can send. /healthz and
// /readyz need none, since the kubelet's probes can keep no secret: all they then say
// is yes or no.
//
// Without a token whoever can connect may ask, which is for loopback and unix sockets.
// A page from elsewhere in a browser on this machine could connect too, by a name of
// its own that it has resolve to 127.0.0.1; but then the request has that name.
type access struct {
	tokenFile string
	anyHost   bool
	log       *slog.Logger
	refusals  *rate.Limiter // of lines in the log
}

// The bounds of a token, in bytes.
const (
	minTokenBytes = 16
	maxTokenBytes = 4 << 10
)

func newAccess(o *Options) (*access, error) {
	a := &access{
		tokenFile: o.TokenFile, anyHost: o.AnyHost, log: o.Log,
		refusals: rate.NewLimiter(rate.Every(time.Minute), 1),
	}
	return a, CheckToken(a.tokenFile)
}

// CheckToken tells whether the file holds a token that can be used, or what is wrong.
// No file is fine.
func CheckToken(file string) error {
	if file == "" {
		return nil
	}
	_, err := readToken(file)
	return err
}

// readToken reads the file. Errors do not hold its content.
func readToken(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("reading admin.token_file: %w", err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxTokenBytes+1))
	if err != nil {
		return "", fmt.Errorf("reading admin.token_file: %w", err)
	}
	token := strings.TrimRight(string(content), "\r\n")
	if len(token) < minTokenBytes || len(token) > maxTokenBytes || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("reading admin.token_file %s: a token has %d to %d printable ASCII characters and no blanks", name, minTokenBytes, maxTokenBytes)
	}
	return token, nil
}

// allowed tells whether the request may see everything, or why not.
func (a *access) allowed(r *http.Request) error {
	// A page from elsewhere cannot read an answer, but it could ask for what costs,
	// with the password that the browser knows (W3C, "Fetch Metadata Request Headers").
	if site := r.Header.Get("Sec-Fetch-Site"); (site == "cross-site" || site == "same-site") && r.Header.Get("Sec-Fetch-Mode") != "navigate" {
		return errForeignPage
	}
	if a.tokenFile == "" {
		if !a.anyHost && !namesAddress(r.Host) {
			return errForeignHost
		}
		return nil
	}
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		if _, given, ok = r.BasicAuth(); !ok {
			return errNoToken
		}
	}
	token, err := readToken(a.tokenFile)
	if err != nil {
		return err
	}
	// The hashes have the same length, whatever was given.
	want, got := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(given))
	if subtle.ConstantTimeCompare(want[:], got[:]) != 1 {
		return errNoToken
	}
	return nil
}

var (
	errNoToken     = errors.New("the token of admin.token_file is needed")
	errForeignPage = errors.New("the request is of a page from elsewhere")
	errForeignHost = errors.New("the request names a host that is neither an address nor localhost; with admin.token_file any name works")
)

// namesAddress tells whether a Host header has an address or localhost, with a port
// or without.
func namesAddress(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	if strings.EqualFold(name, "localhost") {
		return true
	}
	_, err = netip.ParseAddr(name)
	return err == nil
}

// guard lets those requests through that may be answered.
func (a *access) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := a.allowed(r)
		switch {
		case err == nil:
			next.ServeHTTP(w, r)
			return
		case r.URL.Path == "/healthz" || r.URL.Path == "/readyz":
			next.ServeHTTP(w, r.WithContext(withoutDetails(r.Context())))
			return
		}
		if a.refusals.Allow() {
			a.log.Warn("request to the admin address refused", "client", r.RemoteAddr, "path", r.URL.Path, "error", err)
		}
		switch {
		case errors.Is(err, errNoToken):
			w.Header().Add("WWW-Authenticate", `Bearer realm="tenantproxy"`)
			w.Header().Add("WWW-Authenticate", `Basic realm="tenantproxy", charset="UTF-8"`)
			http.Error(w, err.Error(), http.StatusUnauthorized)
		case errors.Is(err, errForeignPage):
			http.Error(w, err.Error(), http.StatusForbidden)
		case errors.Is(err, errForeignHost):
			http.Error(w, err.Error(), http.StatusMisdirectedRequest)
		default: // the file cannot be read: that is for the log
			http.Error(w, "the token cannot be checked", http.StatusInternalServerError)
		}
	})
}
