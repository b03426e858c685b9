// Package filewatch notices that files were written or replaced, by looking at them now
// and then. That needs no support of the file system, and works through the symbolic
// links by which Kubernetes changes what it mounts; a directory that is mounted, or
// swapped by a link, tells of nothing.
package filewatch

import (
	"context"
	"io/fs"
	"os"
	"time"
)

// Files are files that are read together. They are not safe for concurrent use.
type Files struct {
	names []string
	// seen is what the files were when they were last to be read; nil: not there.
	seen []fs.FileInfo
	// settled tells that all were old enough then for a later write to have another
	// time.
	settled bool
	failure string
}

// timeGrain is the coarsest that times of files are, with room to spare.
const timeGrain = 2 * time.Second

// New gives the files of the names, without those whose name is empty. It does not look
// at them: until Note has, Changed says that they have.
func New(names ...string) *Files {
	f := new(Files)
	for _, name := range names {
		if name != "" {
			f.names = append(f.names, name)
		}
	}
	f.seen = make([]fs.FileInfo, len(f.names))
	return f
}

// Changed tells whether the files are to be read again: one is another, came or went. As
// long as one was written a moment before, that cannot be told, and they are.
func (f *Files) Changed() bool {
	before, settled := f.seen, f.settled
	f.Note()
	for i, now := range f.seen {
		switch was := before[i]; {
		case now == nil && was == nil:
		case now == nil || was == nil, !settled, !same(was, now):
			return true
		}
	}
	return false
}

func same(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

// Note looks at the files, before they are read: a write in between is then seen as a
// change the next time.
func (f *Files) Note() {
	f.seen, f.settled = make([]fs.FileInfo, len(f.names)), true
	for i, name := range f.names {
		info, err := os.Stat(name)
		if err != nil {
			continue
		}
		f.seen[i] = info
		f.settled = f.settled && time.Since(info.ModTime()) > timeGrain
	}
}

// Failed notes the outcome of a reading, and tells whether it is an error that was not
// there before, and so worth a line in the log.
func (f *Files) Failed(err error) bool {
	before := f.failure
	f.failure = ""
	if err != nil {
		f.failure = err.Error()
	}
	return err != nil && f.failure != before
}

// Every calls look at every interval, until ctx ends.
func Every(ctx context.Context, interval time.Duration, look func()) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			look()
		}
	}
}
