package auditlog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// target is where the lines go. It belongs to the writer.
type target struct {
	path string
	file *os.File
	// regular tells of a file with a disk below it, dirty that it has what was not
	// synced.
	regular, dirty bool
	// torn tells that its last line has no end.
	torn   bool
	synced time.Time
}

// syncInterval is how much, in time, may be lost when the machine goes down.
const syncInterval = time.Second

func openTarget(path string) (*target, error) {
	if path == "-" {
		return &target{path: path, file: os.Stdout}, nil
	}
	t := &target{path: path}
	if err := t.open(); err != nil {
		return nil, err
	}
	return t, nil
}

// CheckPath tells whether Open could open the path, as far as can be told without making
// the file.
func CheckPath(path string) error {
	if path == "-" {
		return nil
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		path = filepath.Dir(path)
		_, err = os.Stat(path)
	} else if err == nil && info.IsDir() {
		err = &fs.PathError{Op: "open", Path: path, Err: syscall.EISDIR}
	}
	const write = 2 // W_OK of access(2)
	if err == nil {
		if refused := syscall.Access(path, write); refused != nil {
			err = &fs.PathError{Op: "open", Path: path, Err: refused}
		}
	}
	if err != nil {
		return fmt.Errorf("opening the audit log: %w", err)
	}
	return nil
}

// open opens the path. After an error the target is what it was before.
func (t *target) open() error {
	// Not blocking: a pipe that nobody reads is an error, not something to wait for.
	file, err := os.OpenFile(t.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return fmt.Errorf("opening the audit log: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return fmt.Errorf("opening the audit log: %w", err)
	}
	t.file, t.regular, t.dirty = file, info.Mode().IsRegular(), false
	// A process may have been killed, or the disk full: our first line is not to be
	// taken for the rest of its last one.
	t.torn = t.regular && isTorn(t.path, info.Size())
	return nil
}

// isTorn tells of a file whose last line has no end, as far as it may be read.
func isTorn(path string, size int64) bool {
	if size == 0 {
		return false
	}
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	var last [1]byte
	_, err = file.ReadAt(last[:], size-1)
	return err == nil && last[0] != '\n'
}

func (t *target) write(p []byte) (int, error) {
	if t.torn {
		if _, err := t.file.Write([]byte{'\n'}); err != nil {
			return 0, err
		}
		t.torn = false
	}
	n, err := t.file.Write(p)
	t.dirty = t.dirty || n > 0
	return n, err
}

// sync has the disk keep what was written, if it has not yet.
func (t *target) sync() error {
	if !t.dirty || !t.regular {
		return nil
	}
	if err := t.file.Sync(); err != nil {
		return err
	}
	t.dirty, t.synced = false, time.Now()
	return nil
}

// syncDue is sync, once an interval.
func (t *target) syncDue(now time.Time) error {
	if now.Sub(t.synced) < syncInterval {
		return nil
	}
	return t.sync()
}

// reopen goes on in the file that is at the path now, and gives what it wrote to before,
// to be closed; nil if that is the same. After an error the target is what it was before.
func (t *target) reopen(path string) (old *target, err error) {
	if path == "-" && t.path == "-" {
		return nil, nil
	}
	next, err := openTarget(path)
	if err != nil {
		return nil, err
	}
	before := *t
	*t = *next
	return &before, nil
}

// close syncs and closes the file; stdout stays open.
func (t *target) close() error {
	err := t.sync()
	if t.path == "-" {
		return err
	}
	if closing := t.file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("closing the audit log: %w", err)
	}
	return nil
}
