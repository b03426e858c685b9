package certs

import (
	"context"
	"os"
	"time"
)

// Watch looks at the files every interval until ctx ends, and reloads when one
// has changed: another file under the name, another time or size. notify is told
// of each reload and its error. A certificate and a key that are replaced one
// after the other do not fit for a moment; the next look finds the other changed.
//
// It looks instead of being told, because a directory that is mounted, or swapped
// by a link as Kubernetes does with secrets, tells of nothing.
func (s *Store) Watch(ctx context.Context, interval time.Duration, notify func(error)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if s.changed() {
				notify(s.Reload())
			}
		}
	}
}

// changed tells whether the files are others than those that were read.
func (s *Store) changed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.seen.same(s.files.stat())
}

// stats are what the system says of the files; nil for one that is not there.
type stats [3]os.FileInfo

func (f Files) stat() (all stats) {
	for i, name := range []string{f.Cert, f.Key, f.ClientCA} {
		if info, err := os.Stat(name); name != "" && err == nil {
			all[i] = info
		}
	}
	return all
}

func (s stats) same(other stats) bool {
	for i, a := range s {
		b := other[i]
		if (a == nil) != (b == nil) {
			return false
		}
		if a != nil && (!os.SameFile(a, b) || !a.ModTime().Equal(b.ModTime()) || a.Size() != b.Size()) {
			return false
		}
	}
	return true
}
