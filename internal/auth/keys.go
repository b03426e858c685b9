package auth

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"tenantproxy/internal/filewatch"
)

// KeysOptions say where keys come from.
type KeysOptions struct {
	// Sources are read in this order. Required.
	Sources []KeySource
	// RootCAs are the authorities for the certificates of JWKSURL; nil: the
	// system's.
	RootCAs *x509.CertPool
	// Log gets what changes and what fails; nil: nowhere.
	Log *slog.Logger
}

// keyTiming is how often Keys looks for changes, and how long it waits.
type keyTiming struct {
	// poll is between looks at the files.
	poll time.Duration
	// refresh is between fetches of a URL; retry the first wait after one that
	// failed, which doubles up to refresh.
	refresh, retry time.Duration
	// asked is the least time between fetches that tokens with unknown keys set off.
	asked time.Duration
	// fetch bounds one fetch.
	fetch time.Duration
}

// Keys are the keys that tokens are verified with, kept up to date: files are
// read again when they change, URLs are fetched now and then and when a token
// names a key that is not known. What cannot be read leaves the keys of before in
// force. Safe for concurrent use.
type Keys struct {
	log     *slog.Logger
	timing  keyTiming
	files   []*fileSource
	remotes []*remote
	current atomic.Pointer[keySet]

	mu      sync.Mutex
	sources [][]verificationKey // in the order of the options
	reads   []sourceRead        // likewise
}

// fileSource is a file of keys. It is guarded by Keys.mu.
type fileSource struct {
	KeySource
	slot  int // in Keys.sources
	watch *filewatch.Files
}

// NewKeys reads the files; a file that cannot be used is an error, which names it
// and never holds its content. URLs are fetched by Run.
func NewKeys(o KeysOptions) (*Keys, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	k := &Keys{
		log: o.Log,
		timing: keyTiming{
			poll: time.Second, refresh: 5 * time.Minute, retry: 5 * time.Second,
			asked: 30 * time.Second, fetch: 5 * time.Second,
		},
		sources: make([][]verificationKey, len(o.Sources)),
		reads:   make([]sourceRead, len(o.Sources)),
	}
	client := newKeyClient(o.RootCAs)
	for i, s := range o.Sources {
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("loading key %d: %w", i+1, err)
		}
		if s.JWKSURL == "" {
			k.files = append(k.files, &fileSource{KeySource: s, slot: i, watch: filewatch.New(s.file())})
			continue
		}
		address, err := parseJWKSURL(s.JWKSURL)
		if err != nil {
			return nil, fmt.Errorf("loading key %d: %w", i+1, err)
		}
		k.remotes = append(k.remotes, newRemote(k, i, address, client))
	}
	if err := k.readFiles(); err != nil {
		return nil, err
	}
	if len(k.current.Load().keys) == 0 && len(k.remotes) == 0 {
		return nil, errors.New("loading keys: no key to verify tokens with")
	}
	return k, nil
}

// Run keeps the keys up to date until ctx ends, and returns when nothing of it
// runs any more. It is called once.
func (k *Keys) Run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	for _, r := range k.remotes {
		running.Go(func() { r.run(ctx) })
	}
	filewatch.Every(ctx, k.timing.poll, k.pollFiles)
}

// Fetched returns when each URL has been fetched, or has failed to be, for the
// first time. Run must be running.
func (k *Keys) Fetched(ctx context.Context) {
	for _, r := range k.remotes {
		select {
		case <-r.first:
		case <-ctx.Done():
			return
		}
	}
}

// Reload reads all files again, whether they have changed or not, and has the URLs
// fetched without waiting for it. It is all or nothing: with an error the keys
// stay what they were.
func (k *Keys) Reload(context.Context) error {
	if err := k.readFiles(); err != nil {
		return err
	}
	for _, r := range k.remotes {
		raise(r.wanted)
	}
	return nil
}

// readFiles reads all files, or changes nothing.
func (k *Keys) readFiles() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	read := make([][]verificationKey, len(k.files))
	for i, f := range k.files {
		f.watch.Note()
		var err error
		if read[i], err = f.load(); err != nil {
			return fmt.Errorf("loading key %d: %w", f.slot+1, err)
		}
	}
	for i, f := range k.files {
		k.noteRead(f.slot, nil)
		k.sources[f.slot] = k.dateKeys(f.slot, read[i])
	}
	k.install()
	return nil
}

// pollFiles reads the files that have changed, each by itself.
func (k *Keys) pollFiles() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, f := range k.files {
		if !f.watch.Changed() {
			continue
		}
		keys, err := f.load()
		k.noteRead(f.slot, err)
		if f.watch.Failed(err) {
			k.log.Error("a key file cannot be used, the keys stay what they were", "error", err)
		}
		if err == nil {
			k.sources[f.slot] = k.dateKeys(f.slot, keys)
			k.install()
		}
	}
}

// replace puts the keys of one source in force.
func (k *Keys) replace(slot int, keys []verificationKey) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sources[slot] = k.dateKeys(slot, keys)
	k.install()
}

// install makes a set of the sources' keys. The set in force stays if it is the
// same: what was verified rests on it (tokenCache).
func (k *Keys) install() {
	var all []verificationKey
	for _, keys := range k.sources {
		all = append(all, keys...)
	}
	set := newKeySet(all)
	before := k.current.Load()
	if before != nil && before.equal(set) {
		return
	}
	k.current.Store(set)
	if before != nil {
		k.log.Info("the keys for tokens have changed", "keys", len(all), "before", len(before.keys))
	}
}

// refetch has the URLs asked for a key that is not known, and waits for their
// answers: at most once in 30 seconds for all that ask, and no longer than ctx
// and the time of one fetch. It tells whether there is another set than the one
// that was looked at.
func (k *Keys) refetch(ctx context.Context, seen *keySet) bool {
	ctx, cancel := context.WithTimeout(ctx, k.timing.fetch)
	defer cancel()
	for _, r := range k.remotes {
		r.ask(ctx)
	}
	return k.current.Load() != seen
}
