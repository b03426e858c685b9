package auth

import (
	"io/fs"
	"os"
	"time"
)

// fileWatch notices that a file was written or replaced, by looking at it now and
// then. That needs no support of the file system and works through the symbolic
// links by which Kubernetes changes what it mounts.
type fileWatch struct {
	path string
	// seen is what the file was when it was last to be read; nil: it was not there.
	seen fs.FileInfo
	// settled tells that the file was old enough then for a later write to have
	// another time.
	settled bool
	failure string
}

// timeGrain is the coarsest that times of files are, with room to spare.
const timeGrain = 2 * time.Second

// changed tells whether the file is to be read again.
func (w *fileWatch) changed() bool {
	before, settled := w.seen, w.settled
	w.note()
	switch {
	case w.seen == nil || before == nil:
		return w.seen != before
	case !settled:
		return true
	}
	return !os.SameFile(before, w.seen) || !before.ModTime().Equal(w.seen.ModTime()) || before.Size() != w.seen.Size()
}

// note looks at the file, before it is read: a write in between is then seen as a
// change the next time.
func (w *fileWatch) note() {
	info, err := os.Stat(w.path)
	if err != nil {
		w.seen, w.settled = nil, true
		return
	}
	w.seen, w.settled = info, time.Since(info.ModTime()) > timeGrain
}

// failed notes the outcome of a reading, and tells whether it is an error that was
// not there before.
func (w *fileWatch) failed(err error) bool {
	before := w.failure
	w.failure = ""
	if err != nil {
		w.failure = err.Error()
	}
	return err != nil && w.failure != before
}

// raise sends on a channel with room for one, unless it is raised already.
func raise(signal chan<- struct{}) {
	select {
	case signal <- struct{}{}:
	default:
	}
}
