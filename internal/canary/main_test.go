package canary

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"tenantproxy/internal/pgtest"
)

var (
	statements = flag.Int("statements", 1500, "how many statements the generator sends")
	smith      = flag.Int("sqlsmith", 0, "how many statements sqlsmith sends; 0: a tenth of -statements")
	seed       = flag.Uint64("seed", 0, "what the random statements depend on; 0: another one each time")
)

func TestMain(m *testing.M) {
	flag.Parse()
	if *smith == 0 {
		*smith = *statements / 10
	}
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano()) % 1_000_000_000
	}
	// At once, since a crash in the parser ends the process without a log.
	fmt.Fprintf(os.Stderr, "canary: -seed %d\n", *seed)
	pgtest.MainCheckingLeaks(m)
}
