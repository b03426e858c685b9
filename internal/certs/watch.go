package certs

import (
	"context"
	"crypto/tls"
	"slices"
	"time"

	"tenantproxy/internal/filewatch"
)

// Watch looks at the files every interval until ctx ends, and reads them again when one
// has changed. notify is told of each other certificate, and of each new error. A
// certificate and a key that are replaced one after the other do not fit for a moment;
// the next look finds the other changed.
func (s *Store) Watch(ctx context.Context, interval time.Duration, notify func(error)) {
	filewatch.Every(ctx, interval, func() {
		if news, err := s.look(); news {
			notify(err)
		}
	})
}

// look reads the files if they have changed. It tells whether there is news: another
// certificate or other authorities, or an error.
func (s *Store) look() (news bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.watch.Changed() {
		return false, nil
	}
	before := s.current.Load()
	err = s.read()
	if err != nil {
		return s.watch.Failed(err), err
	}
	s.watch.Failed(nil)
	return !same(before, s.current.Load()), nil
}

func same(a, b *tls.Config) bool {
	if (a.ClientCAs == nil) != (b.ClientCAs == nil) || a.ClientCAs != nil && !a.ClientCAs.Equal(b.ClientCAs) {
		return false
	}
	return slices.EqualFunc(a.Certificates[0].Certificate, b.Certificates[0].Certificate, slices.Equal)
}
