package rewrite

import (
	"os"
	"strings"
	"testing"
)

// TestAttacksAreRefused holds that no verdict of the attacks file was updated
// to an allowance.
func TestAttacksAreRefused(t *testing.T) {
	text, err := os.ReadFile("testdata/verdicts/attacks.sql")
	if err != nil {
		t.Fatal(err)
	}
	why, refused := "", 0
	for _, line := range strings.Split(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, "-- why: "):
			why = line
		case strings.HasPrefix(line, "=> refused"):
			refused++
		case strings.HasPrefix(line, "=>"):
			t.Errorf("%s\n%s", why, line)
		}
	}
	if refused < 80 {
		t.Errorf("only %d attacks are refused", refused)
	}
}
