package pool

import (
	"slices"
	"unique"
)

// watchedSettings are settings that never change in a tenant's session (I3), and whose
// changes Postgres reports by ParameterStatus (manual, "Asynchronous Operations").
var watchedSettings = [...]string{
	"client_encoding", "standard_conforming_strings", "is_superuser", "session_authorization",
}

// Watched are the values that Postgres has reported of the settings that never change in
// a tenant's session: how SQL text is read, and who runs it. Two are equal if all values
// are.
type Watched struct {
	values unique.Handle[[len(watchedSettings)]string]
}

// watch gives those among the values of all settings that are reported.
func watch(reported map[string]string) Watched {
	var values [len(watchedSettings)]string
	for i, name := range watchedSettings {
		values[i] = reported[name]
	}
	return Watched{unique.Make(values)}
}

// Differs names a setting that has another value in other; empty: none has.
func (w Watched) Differs(other Watched) string {
	if w == other {
		return ""
	}
	values, others := w.values.Value(), other.values.Value()
	for i, name := range watchedSettings {
		if values[i] != others[i] {
			return name
		}
	}
	return ""
}

// Watched gives the last reported values of the settings that never change. It is safe
// for concurrent use.
func (u *Upstream) Watched() Watched {
	u.paramsMu.Lock()
	defer u.paramsMu.Unlock()
	return u.watched
}

// NoteParameter keeps a value that Postgres has reported, for the next session's
// login. It is safe for concurrent use.
func (u *Upstream) NoteParameter(name, value string) {
	u.paramsMu.Lock()
	defer u.paramsMu.Unlock()
	u.hijacked.ParameterStatuses[name] = value
	if slices.Contains(watchedSettings[:], name) {
		u.watched = watch(u.hijacked.ParameterStatuses)
	}
}
