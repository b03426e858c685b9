package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"tenantproxy/internal/filewatch"
)

// revocationPoll is between looks at the file.
const revocationPoll = 200 * time.Millisecond

// Revocations are the tokens, subjects and orgs that are not let in any more, by a
// file that is read again when it changes: "jti:", "sub:" or "org:" and the value, one
// a line; blank lines, and lines that begin with #, mean nothing. Safe for concurrent use.
type Revocations struct {
	log     *slog.Logger
	file    string
	readOrg orgReader
	changed chan struct{}
	current atomic.Pointer[map[string]bool] // "jti:value" and so on

	mu    sync.Mutex // guards watch
	watch *filewatch.Files
}

// NewRevocations reads the file. orgType is Options.OrgType, so that an org counts
// however it is spelled. A line that is none of these is an error, which has its
// number and not its text. Log gets what fails later; nil: nowhere.
func NewRevocations(file, orgType string, log *slog.Logger) (*Revocations, error) {
	readOrg, err := newOrgReader(orgType)
	if err != nil {
		return nil, fmt.Errorf("reading revocations: %w", err)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	r := &Revocations{
		log: log, file: file, readOrg: readOrg,
		changed: make(chan struct{}, 1), watch: filewatch.New(file),
	}
	if err := r.Reload(context.Background()); err != nil {
		return nil, err
	}
	return r, nil
}

// Run reads the file again when it changes, until ctx ends.
func (r *Revocations) Run(ctx context.Context) {
	filewatch.Every(ctx, revocationPoll, r.poll)
}

func (r *Revocations) poll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.watch.Changed() {
		return
	}
	if err := r.read(); r.watch.Failed(err) {
		r.log.Error("the revocations stay what they were", "error", err)
	}
}

// Reload reads the file, whether it has changed or not. With an error the
// revocations stay what they were.
func (r *Revocations) Reload(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watch.Note()
	return r.read()
}

func (r *Revocations) read() error {
	content, err := os.ReadFile(r.file)
	if err != nil {
		return fmt.Errorf("reading revocations: %w", err)
	}
	revoked := make(map[string]bool)
	number := 0
	for line := range strings.Lines(string(content)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		entry, err := r.entry(line)
		if err != nil {
			return fmt.Errorf("reading revocations %s: line %d: %w", r.file, number, err)
		}
		revoked[entry] = true
	}
	r.current.Store(&revoked)
	raise(r.changed)
	return nil
}

// entry reads one line.
func (r *Revocations) entry(line string) (string, error) {
	kind, value, _ := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch {
	case kind != "jti" && kind != "sub" && kind != "org":
		return "", errors.New("it does not begin with jti:, sub: or org: as it has to")
	case value == "":
		return "", errors.New("it has no value")
	case !utf8.ValidString(value):
		return "", errors.New("it is not UTF-8")
	case kind == "org":
		org, err := r.readOrg(value)
		if err != nil {
			return "", fmt.Errorf("the org %w", err)
		}
		value = org
	}
	return kind + ":" + value, nil
}

// Changed gets a value when the revocations may have changed. It is for one reader.
// A nil Revocations never changes.
func (r *Revocations) Changed() <-chan struct{} {
	if r == nil {
		return nil
	}
	return r.changed
}

// Of tells what of an identity is revoked: "jti", "sub" or "org"; empty: nothing. A
// nil Revocations revokes nothing.
func (r *Revocations) Of(id *Identity) string {
	if r == nil {
		return ""
	}
	revoked := *r.current.Load()
	switch {
	case id.TokenID != "" && revoked["jti:"+id.TokenID]:
		return "jti"
	case id.Subject != "" && revoked["sub:"+id.Subject]:
		return "sub"
	case revoked["org:"+id.Org]:
		return "org"
	}
	return ""
}
