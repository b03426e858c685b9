package main

import (
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
