package config

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

const environmentPrefix = "TENANTPROXY_"

// EnvironmentName is the variable for the key at a path: upstream.dsn gives
// TENANTPROXY_UPSTREAM_DSN.
func EnvironmentName(path string) string {
	return environmentPrefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// otherVariables are those with our prefix that are not part of the
// configuration.
func otherVariables() []string {
	return []string{
		"TENANTPROXY_ADMIN_DSN", // audit, harden and verify
		"TENANTPROXY_PG_BIN",    // where demo and the tests find Postgres
		"TENANTPROXY_TEST_PG",
	}
}

// isServiceVariable recognises what Kubernetes sets in every container beside a
// service that is called tenantproxy.
func isServiceVariable(name string) bool {
	return regexp.MustCompile(`^TENANTPROXY_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`).
		MatchString(name)
}

// readEnvironment takes the variables with our prefix. Lists of text are
// separated by commas; what is neither a scalar nor a list of text is written
// as YAML, as in TENANTPROXY_AUTH_KEYS='[{jwks_file: keys.json}]'.
func (l *loader) readEnvironment(environ []string) {
	known := make(map[string]setting)
	for _, s := range settings(l.config) {
		known[EnvironmentName(s.path)] = s
	}
	l.environment = true
	seen := make(map[string]bool)
	for _, variable := range slices.Sorted(slices.Values(environ)) {
		name, value, ok := strings.Cut(variable, "=")
		if !ok || !strings.HasPrefix(name, environmentPrefix) {
			continue
		}
		l.source = name
		if seen[name] {
			l.problems = append(l.problems, fmt.Errorf("%s: the variable is set twice", name))
			continue
		}
		seen[name] = true
		s, ok := known[name]
		if !ok {
			l.unknownVariable(name, known)
			continue
		}
		if err := l.readVariable(s, value); err != nil {
			l.problems = append(l.problems, fmt.Errorf("%s: %s: %w", name, s.path, err))
		}
	}
}

func (l *loader) readVariable(s setting, value string) error {
	switch s.value.Interface().(type) {
	case []string:
		list := []string{}
		for element := range strings.SplitSeq(value, ",") {
			if element = strings.TrimSpace(element); element != "" {
				list = append(list, element)
			}
		}
		s.value.Set(reflect.ValueOf(list))
	case []KeySource, map[string]any:
		if node := l.parseYAML([]byte(value)); node != nil {
			l.readValue(node, s.value, s.path)
			return nil
		}
		s.value.SetZero()
	default:
		if err := setText(s.value, value); err != nil {
			return err
		}
	}
	l.given(s.path, l.source)
	return nil
}

func (l *loader) unknownVariable(name string, known map[string]setting) {
	if slices.Contains(otherVariables(), name) || isServiceVariable(name) {
		return
	}
	text := name + ": unknown variable"
	names := otherVariables()
	for candidate := range known {
		names = append(names, candidate)
	}
	slices.Sort(names)
	// The prefix, which is right, must not make everything look near.
	for i := range names {
		names[i] = strings.TrimPrefix(names[i], environmentPrefix)
	}
	if near := nearest(strings.TrimPrefix(name, environmentPrefix), names); near != "" {
		text += ": did you mean " + environmentPrefix + near + "?"
	}
	l.problems = append(l.problems, errors.New(text))
}

// lastName is the last name of a path.
func lastName(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }
