package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// checkSource is a text to check and what findings call it.
type checkSource struct {
	name, text string
}

// readSources reads all that is to be checked, in the order of the flags and
// arguments; all of it before anything is checked, so that a wrong name stops
// at once.
func readSources(files, args []string, stdin io.Reader) ([]checkSource, error) {
	var sources []checkSource
	for _, path := range files {
		found, err := readFiles(path)
		if err != nil {
			return nil, fmt.Errorf("reading --file: %w", err)
		}
		sources = append(sources, found...)
	}
	stdinRead := false
	for i, arg := range args {
		switch {
		case arg == "-":
			if stdinRead {
				return nil, fmt.Errorf("argument %d: standard input can be read once only", i+1)
			}
			stdinRead = true
			text, err := io.ReadAll(stdin)
			if err != nil {
				return nil, fmt.Errorf("reading standard input: %w", err)
			}
			sources = append(sources, checkSource{"<stdin>", string(text)})
		case namesFile(arg):
			text, err := os.ReadFile(arg)
			if err != nil {
				return nil, fmt.Errorf("reading argument %d: %w", i+1, err)
			}
			sources = append(sources, checkSource{arg, string(text)})
		default:
			sources = append(sources, checkSource{fmt.Sprintf("<argument %d>", i+1), arg})
		}
	}
	return sources, nil
}

// namesFile tells whether an argument is the name of a file rather than SQL,
// which can end in .sql too: SELECT * FROM audit.sql.
func namesFile(arg string) bool {
	if !strings.HasSuffix(arg, ".sql") {
		return false
	}
	if !strings.ContainsAny(arg, " \t\r\n") {
		return true
	}
	info, err := os.Stat(arg)
	return err == nil && info.Mode().IsRegular()
}

// readFiles reads a file, or the .sql files below a directory in the order of
// their names.
func readFiles(path string) ([]checkSource, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	names := []string{path}
	if info.IsDir() {
		if names, err = sqlFiles(path); err != nil {
			return nil, err
		}
	}
	var sources []checkSource
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		sources = append(sources, checkSource{name, string(text)})
	}
	return sources, nil
}

// sqlFiles lists the .sql files below a directory; none is an error, since it
// is a mistake that would pass for success.
func sqlFiles(directory string) (names []string, err error) {
	err = filepath.WalkDir(directory, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && filepath.Ext(name) == ".sql" {
			names = append(names, name)
		}
		return err
	})
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s: there is no .sql file below it", directory)
	}
	return names, err
}
