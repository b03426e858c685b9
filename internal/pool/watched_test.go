package pool

import (
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// TestWatched tells of each of the settings that never change, and of no other.
func TestWatched(t *testing.T) {
	u := connectionOf(map[string]string{"client_encoding": "UTF8", "standard_conforming_strings": "on", "is_superuser": "off", "session_authorization": "app"})
	login := u.Watched()
	u.NoteParameter("application_name", "changed")
	if got := login.Differs(u.Watched()); got != "" || login != u.Watched() {
		t.Errorf("%q differs", got)
	}
	for _, name := range watchedSettings {
		was := u.Parameter(name)
		u.NoteParameter(name, "changed")
		if got := login.Differs(u.Watched()); got != name || login == u.Watched() {
			t.Errorf("%q differs, not %q", got, name)
		}
		u.NoteParameter(name, was)
		if login != u.Watched() || login.Differs(u.Watched()) != "" {
			t.Errorf("%s was changed back", name)
		}
	}
}

func connectionOf(reported map[string]string) *Upstream {
	return &Upstream{hijacked: &pgconn.HijackedConn{ParameterStatuses: reported}, watched: watch(reported)}
}
