package filewatch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestChanged has files change in the ways that they do: written, replaced, swapped by a
// symbolic link, taken away, and nothing at all.
func TestChanged(t *testing.T) {
	dir := t.TempDir()
	name := func(base string) string { return filepath.Join(dir, base) }
	old := time.Now().Add(-time.Hour)
	write := func(base, content string, at time.Time) {
		t.Helper()
		if err := os.WriteFile(name(base), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name(base), at, at); err != nil {
			t.Fatal(err)
		}
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	write("a", "1", old)
	write("b", "1", old)
	f := New(name("a"), "", name("b"))
	changed := func(what string, want bool) {
		t.Helper()
		if got := f.Changed(); got != want {
			t.Errorf("%s: changed is %v", what, got)
		}
	}
	changed("not looked at yet", true)
	changed("as it was", false)
	write("b", "1", old.Add(time.Second))
	changed("another time", true)
	write("b", "12", old.Add(time.Second))
	changed("another size", true)
	write("next", "12", old.Add(time.Second))
	check(os.Rename(name("next"), name("b")))
	changed("another file of the same time and size", true)
	changed("as it was", false)

	check(os.Remove(name("a")))
	changed("gone", true)
	changed("still gone", false)
	write("first", "1", old)
	write("second", "1", old)
	check(os.Symlink(name("first"), name("a")))
	changed("a link in its place", true)
	changed("as it was", false)
	check(os.Symlink(name("second"), name("link")))
	check(os.Rename(name("link"), name("a")))
	changed("the link swapped", true)
	changed("as it was", false)

	// A file that was written a moment before may be written again at the same time.
	write("second", "2", time.Now())
	changed("just written", true)
	changed("it may have been written again", true)
	write("second", "3", old)
	changed("an old one", true)
	changed("as it was", false)

	f = New(name("nosuch"))
	changed("never there", false)
	if New().Changed() {
		t.Error("no files have changed")
	}
}

func TestFailed(t *testing.T) {
	f := New()
	for i, c := range []struct {
		err  error
		want bool
	}{
		{nil, false}, {errors.New("a"), true}, {errors.New("a"), false}, {errors.New("b"), true}, {nil, false}, {errors.New("b"), true},
	} {
		if got := f.Failed(c.err); got != c.want {
			t.Errorf("%d, %v: %v", i, c.err, got)
		}
	}
}

func TestEvery(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	Every(ctx, time.Millisecond, func() {
		if n++; n == 3 {
			cancel()
		}
	})
	if n < 3 {
		t.Errorf("%d looks", n)
	}
}
