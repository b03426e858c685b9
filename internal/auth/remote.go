package auth

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	// maxJWKSBytes bounds the answer of an address of keys, in bytes.
	maxJWKSBytes = 1 << 20
	// maxRedirects bounds how often one fetch is sent on.
	maxRedirects = 3
)

// remote is an address of keys.
type remote struct {
	keys    *Keys
	slot    int // in Keys.sources
	address *url.URL
	client  *http.Client
	// wanted makes run fetch before it is time to.
	wanted chan struct{}
	// first is closed when the first fetch has ended.
	first chan struct{}

	mu sync.Mutex
	// asked is when a token last set a fetch off; pending is closed when that
	// fetch has ended, and nil then; serving tells that it has begun.
	asked   time.Time
	pending chan struct{}
	serving bool
}

func newRemote(keys *Keys, slot int, address *url.URL, client *http.Client) *remote {
	return &remote{
		keys: keys, slot: slot, address: address, client: client,
		wanted: make(chan struct{}, 1), first: make(chan struct{}),
	}
}

// parseJWKSURL reads the address of a JWK set: https, or http on this machine, with
// no user or password in it.
func parseJWKSURL(text string) (*url.URL, error) {
	address, err := url.Parse(text)
	if err != nil || address.Host == "" || address.Opaque != "" {
		return nil, errors.New("the address of the JWK set is not a URL") // the error would quote it
	}
	if address.User != nil {
		return nil, errors.New("the address of the JWK set has a user name in it, which would be in logs")
	}
	if !trustworthy(address) {
		return nil, errors.New("the address of the JWK set is neither https nor on loopback: whoever is on the way could put keys of their own there")
	}
	return address, nil
}

// trustworthy tells whether nobody on the network can change what an address answers.
func trustworthy(address *url.URL) bool {
	switch address.Scheme {
	case "https":
		return true
	case "http":
		host := address.Hostname()
		ip := net.ParseIP(host)
		return host == "localhost" || ip != nil && ip.IsLoopback()
	}
	return false
}

// newKeyClient makes the client for all addresses. It keeps no connection open
// between fetches, which are minutes apart.
func newKeyClient(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{}).DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			DisableKeepAlives:      true,
			ForceAttemptHTTP2:      true,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			switch origin := via[0].URL; {
			case len(via) > maxRedirects:
				return errors.New("it redirects too often")
			case r.URL.Host != origin.Host || r.URL.Scheme != origin.Scheme:
				return errors.New("it redirects to another host")
			}
			return nil
		},
	}
}

// name is the address for the log: a query may hold a secret.
func (r *remote) name() string {
	return r.address.Scheme + "://" + r.address.Host + r.address.EscapedPath()
}

// run fetches until ctx ends: at once, then when it is time, or wanted.
func (r *remote) run(ctx context.Context) {
	firstEnded := sync.OnceFunc(func() { close(r.first) })
	defer firstEnded()
	timing := r.keys.timing
	failures := 0
	var failure string
	for {
		r.begin()
		err := r.fetch(ctx)
		r.end()
		r.keys.noteFetch(r.slot, err)
		firstEnded()
		if ctx.Err() != nil {
			return
		}
		wait := timing.refresh
		if err != nil {
			if err.Error() != failure { // once, not for as long as it lasts
				r.keys.log.Error("fetching a JWK set failed, its keys stay what they were", "url", r.name(), "error", err)
			}
			failure = err.Error()
			wait = min(timing.refresh, timing.retry<<min(failures, 16))
			failures++
		} else {
			if failures > 0 {
				r.keys.log.Info("fetching a JWK set works again", "url", r.name())
			}
			failures, failure = 0, ""
		}
		// A fleet of proxies does not ask at the same moment.
		timer := time.NewTimer(wait*9/10 + rand.N(wait/5+1)) //nolint:gosec // no secret
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-r.wanted:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// ask has the address fetched on behalf of a token with an unknown key, and waits
// until that is done or ctx ends. Soon after the last such fetch it does nothing.
func (r *remote) ask(ctx context.Context) {
	r.mu.Lock()
	if r.pending == nil {
		if !r.asked.IsZero() && time.Since(r.asked) < r.keys.timing.asked {
			r.mu.Unlock()
			return
		}
		r.asked = time.Now()
		r.pending = make(chan struct{})
		raise(r.wanted)
	}
	pending := r.pending
	r.mu.Unlock()
	select {
	case <-pending:
	case <-ctx.Done():
	}
}

// begin notes that a fetch begins: it is the one that was asked for until now. One
// that was on its way already may bring what was there before.
func (r *remote) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.serving = r.pending != nil
	select {
	case <-r.wanted:
	default:
	}
}

// end lets those go on that waited for the fetch.
func (r *remote) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.serving {
		close(r.pending)
		r.pending, r.serving = nil, false
	}
}

// fetch gets the keys and puts them in force. With an error they stay as they are.
func (r *remote) fetch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.keys.timing.fetch)
	defer cancel()
	content, err := r.get(ctx)
	if err != nil {
		return err
	}
	keys, unfit, err := parseJWKS(content)
	if err != nil {
		return fmt.Errorf("reading JWK set: %w", err)
	}
	usable := keys[:0]
	for _, key := range keys {
		if key.kind == kindSecret {
			unfit = append(unfit, errors.New("a key is symmetric: whoever can read the address could sign with it"))
			continue
		}
		usable = append(usable, key)
	}
	for _, err := range unfit {
		r.keys.log.Warn("a key of a JWK set is passed over", "url", r.name(), "error", err)
	}
	if len(usable) == 0 {
		return errors.New("reading JWK set: no key to verify tokens with")
	}
	r.keys.replace(r.slot, usable)
	return nil
}

// get reads the answer of the address. Its errors do not hold the address, whose
// query may be a secret.
func (r *remote) get(ctx context.Context) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.address.String(), nil)
	if err != nil {
		return nil, errors.New("the address is not valid")
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	response, err := r.client.Do(request)
	if err != nil {
		var withAddress *url.Error
		if errors.As(err, &withAddress) {
			err = withAddress.Err
		}
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer has status %d", response.StatusCode)
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, maxJWKSBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if len(content) > maxJWKSBytes {
		return nil, fmt.Errorf("the answer is larger than %d bytes", maxJWKSBytes)
	}
	return content, nil
}

// raise sends on a channel with room for one, unless it is raised already.
func raise(signal chan<- struct{}) {
	select {
	case signal <- struct{}{}:
	default:
	}
}
