package proxy

import (
	"slices"
	"sync"

	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// maxTempNames bounds how many names of temporary tables a session remembers.
const maxTempNames = 1000

// tempTables are the names that temporary tables of a session may have: those of
// all that it has asked for. None is ever taken out, since whether a DROP or a
// ROLLBACK took effect is not looked at; a name too many only means that Postgres,
// and not we, says that there is no such table. It belongs to the goroutine that
// reads from the client, but for has.
type tempTables struct {
	mu    sync.Mutex // held to change names, and by has
	names map[string]bool
	rules *rules // that no name was wrong by
}

// note keeps the names that an allowed text makes.
func (t *tempTables) note(names []string) {
	if len(names) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, name := range names {
		if t.names == nil {
			t.names = make(map[string]bool)
		}
		t.names[name] = true
	}
}

// has tells whether the session has asked for a table of that name. Safe for
// concurrent use.
func (t *tempTables) has(name string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.names[name]
}

// missing tells whether a text takes for a temporary table what the session has
// not made, nor makes by the same text.
func (t *tempTables) missing(v *rewrite.Verdict) bool {
	return slices.ContainsFunc(v.NeedsTemp, func(name string) bool {
		return !t.names[name] && !slices.Contains(v.CreatesTemp, name)
	})
}

// refusal says why a text may not make more temporary tables.
func (t *tempTables) refusal(v *rewrite.Verdict) *rewrite.Refusal {
	if len(v.CreatesTemp) == 0 || len(t.names)+len(v.CreatesTemp) <= maxTempNames {
		return nil
	}
	return rewrite.Refuse(rewrite.RuleTemporaryNumber,
		"too many names of temporary tables in one session", "Use the same names again, or connect anew.")
}

// hide tells of a table that hides, since the schema has changed, what somebody
// else means by its name: a policy's helper might read it. Nothing runs in such a
// session any more (I6).
func (t *tempTables) hide(r *rules) error {
	if t.rules == r || r.closed != nil {
		return nil
	}
	for name := range t.names {
		if r.cache.Checker().TempNameRefusal(name) != nil {
			return wire.Fatalf(wire.AdminShutdown, "terminating connection because its temporary table \"%s\" hides something newer", name)
		}
	}
	t.rules = r
	return nil
}
