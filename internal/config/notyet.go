package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// later is a key whose feature is not there yet, with the values that describe
// what the proxy does without it. Anything else is an error: a key that is
// accepted and does nothing would be a promise.
type later struct {
	path     string
	accepted []string
}

// notYet lists these keys. A line goes when its feature comes.
func notYet() []later {
	return []later{
		{"audit_log.path", []string{"-"}},
		{"audit_log.statements", []string{"none"}},
		{"audit_log.on_full", []string{"block"}},
		{"audit_log.literals", []string{"false"}},
	}
}

// refuseNotYet reports the values that would need a feature that is not there.
func (l *loader) refuseNotYet() {
	values := make(map[string]reflect.Value)
	for _, s := range settings(l.config) {
		values[s.path] = s.value
	}
	for _, key := range notYet() {
		value := textOf(values[key.path])
		if l.refused[key.path] || slices.Contains(key.accepted, value) {
			continue
		}
		only := "only " + strings.Join(key.accepted, " or ")
		if key.accepted[0] == "" {
			only = "leave it empty"
		}
		if value == "" {
			value = `""`
		}
		l.problem(key.path, "%s is not supported yet (%s)", value, only)
	}
}

// textOf is a value as it would be written in the environment.
func textOf(value reflect.Value) string {
	switch v := value.Interface().(type) {
	case time.Duration:
		return formatDuration(v)
	case []string:
		return strings.Join(v, ",")
	default:
		return fmt.Sprint(v)
	}
}
