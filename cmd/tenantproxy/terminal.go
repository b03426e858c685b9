package main

import (
	"fmt"
	"io"
	"os"
)

// isTerminal tells whether somebody looks at what is written, as far as one can tell.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// inColor tells whether what is written may have colors: on a terminal that has
// them, unless NO_COLOR is set (no-color.org).
func inColor(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// progress shows where a command is, on one line of a terminal. Elsewhere, and as nil, it
// shows nothing.
type progress struct{ to io.Writer }

func newProgress(to io.Writer) *progress {
	if !isTerminal(to) {
		return nil
	}
	return &progress{to}
}

// show writes over what was shown before.
func (p *progress) show(format string, args ...any) {
	if p != nil {
		fmt.Fprintf(p.to, "\r\x1b[K"+format, args...)
	}
}

// clear leaves the line to what comes next.
func (p *progress) clear() { p.show("") }
