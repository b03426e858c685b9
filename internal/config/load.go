package config

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// loader collects a configuration, where each value came from, and what is
// wrong with it.
type loader struct {
	config *Config
	// source is what is being read: the file's name, or an environment variable.
	source string
	// environment tells that source is a variable: it has no lines.
	environment bool
	// origins maps the path of each value that was given to where that was.
	origins  map[string]string
	problems []error
	// refused are the paths that validation found a problem with.
	refused map[string]bool
}

// Load reads the file at path, unless path is empty, and the TENANTPROXY_
// variables of environ (as os.Environ gives them), which come over the file.
// What neither gives has its default.
//
// The error names everything that is wrong, a line each, with the file, line
// and column or the variable. It never holds a secret. Files that the
// configuration names are not opened, but for those that libpq's conventions
// tie to the DSN (passfile, service file, certificates).
func Load(path string, environ []string) (*Config, error) {
	l := &loader{config: Default(), origins: make(map[string]string), refused: make(map[string]bool)}
	if path != "" {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("reading configuration: %w", err)
		}
		l.source = path
		l.readYAML(content)
	}
	l.readEnvironment(environ)
	// Checks of a configuration that could not be read in full would report
	// what follows from that as well.
	if len(l.problems) == 0 {
		l.validate()
	}
	if len(l.problems) > 0 {
		return nil, errors.Join(l.problems...)
	}
	return l.config, nil
}

// problem records what is wrong with the value at a path, which validation
// found.
func (l *loader) problem(path, format string, args ...any) {
	text := path + ": " + fmt.Sprintf(format, args...)
	if origin := l.origin(path); origin != "" {
		text = origin + ": " + text
	}
	l.problems = append(l.problems, errors.New(text))
	l.refused[path] = true
}

// origin is where the value at a path was given, or what it is a part of.
func (l *loader) origin(path string) string {
	for {
		if origin, ok := l.origins[path]; ok {
			return origin
		}
		end := strings.LastIndexAny(path, ".[")
		if end < 0 {
			return ""
		}
		path = path[:end]
	}
}

// given records where the value at a path was given. It replaces what was given
// before, with all parts.
func (l *loader) given(path, origin string) {
	for earlier := range l.origins {
		if strings.HasPrefix(earlier, path+".") || strings.HasPrefix(earlier, path+"[") {
			delete(l.origins, earlier)
		}
	}
	l.origins[path] = origin
}
