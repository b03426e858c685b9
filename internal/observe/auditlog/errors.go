package auditlog

import (
	"errors"
	"fmt"
	"syscall"
	"time"
)

// UnavailableError means that the log cannot be written at present.
type UnavailableError struct {
	Err   error
	since time.Time
}

// Error says why not.
func (e *UnavailableError) Error() string { return fmt.Sprintf("writing the audit log: %s", e.Err) }

// Unwrap gives the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }

// DiskFull tells whether it is for want of space.
func (e *UnavailableError) DiskFull() bool {
	return errors.Is(e.Err, syscall.ENOSPC) || errors.Is(e.Err, syscall.EDQUOT) || errors.Is(e.Err, syscall.EFBIG)
}

// LostError means that a Log was closed before everything was written.
type LostError struct {
	// Lines were not written, the one that was written in part among them; -1: as
	// many as were queued.
	Lines int
	Err   error
}

// Error says how many, and why.
func (e *LostError) Error() string {
	what := "what was queued"
	if e.Lines >= 0 {
		what = fmt.Sprintf("%d lines", e.Lines)
	}
	return fmt.Sprintf("closing the audit log: %s lost: %v", what, e.Err)
}

// Unwrap gives the cause.
func (e *LostError) Unwrap() error { return e.Err }

// Err tells why the log cannot be written at present; nil if it can.
func (l *Log) Err() error {
	if l == nil {
		return nil
	}
	if failure := l.failure.Load(); failure != nil {
		return failure
	}
	return nil
}

// Blocked is Err if that keeps logins and statements from running, so that who is asked
// whether the service is ready can say no; nil with Options.Drop.
func (l *Log) Blocked() error {
	if l == nil || l.settings.Load().drop {
		return nil
	}
	return l.Err()
}

// Admit tells whether something may begin that the log has to know of: it may not while
// nothing can be written, unless the log may have gaps (Options.Drop). The error is an
// *UnavailableError. It costs an atomic load.
func (l *Log) Admit() error {
	if l == nil || l.settings.Load().drop {
		return nil
	}
	failure := l.failure.Load()
	if failure == nil {
		return nil
	}
	l.turned.Add(1)
	return failure
}
