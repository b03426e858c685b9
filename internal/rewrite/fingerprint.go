package rewrite

import (
	"sync"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// fingerprint is that of the texts that share a verdict, once somebody has asked.
type fingerprint struct {
	once  sync.Once
	value string
}

// Fingerprint gives 16 hexadecimal digits that texts have in common which differ in
// constants, blanks and comments only: the fingerprint of libpg_query, version 3. It is
// empty for a text that was not parsed. The first call for a verdict costs about as
// much as parsing. Safe for concurrent use.
func (d *Decision) Fingerprint() string {
	f := d.fingerprint
	if f == nil {
		return ""
	}
	f.once.Do(func() {
		// Texts of one key differ in constants only, so any of them will do. The text
		// has passed the parser; an error leaves it without.
		f.value, _ = pg_query.Fingerprint(d.Text)
	})
	return f.value
}

// MayHoldToken tells of the texts that name the proxy's settings, and so may hold a
// token: whatever else may be logged, they may not (I8).
func MayHoldToken(text string) bool { return namesProxy([]byte(text)) }
