package canary

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"

	"tenantproxy/internal/demo"
)

// TestSQLSmith runs sqlsmith as org A, once with what is allowed before its eyes and
// once with all that there is; scripts/ensure-clients.sh installs it.
func TestSQLSmith(t *testing.T) {
	program, err := exec.LookPath("sqlsmith")
	if err != nil {
		t.Skip("no sqlsmith here: apt-get install sqlsmith")
	}
	for i, options := range [][]string{{"--exclude-catalog"}, {}} {
		t.Run(fmt.Sprint(options), func(t *testing.T) {
			s := newStage(t)
			if i == 0 {
				s.hideRefused(t)
			}
			n := max(1, *smith/2)
			// It bounds what hangs; a thousand queries take about a minute.
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute+time.Duration(n)*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, program, append(options, "--verbose", "--target="+s.dsn(t, s.a, demo.OrgA), "--max-queries="+strconv.Itoa(n), "--seed="+strconv.FormatUint(*seed%1_000_000+uint64(i), 10))...)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Run(); err != nil {
				t.Errorf("sqlsmith: %v: %s", err, tail(stderr.Bytes()))
			}
			t.Logf("%s", errorRate.FindAll(stderr.Bytes(), -1))
			rate := errorRate.FindAllStringSubmatch(stderr.String(), -1)
			if rate == nil {
				t.Fatal("sqlsmith tells of no queries")
			}
			// With what is refused before its eyes it takes that nearly always.
			if failed, err := strconv.ParseFloat(rate[len(rate)-1][1], 64); err != nil || i == 0 && failed > 0.9 {
				t.Errorf("of sqlsmith's queries %v failed: %v", failed, err)
			}
			s.check(t)
		})
	}
}

var errorRate = regexp.MustCompile(`error rate: ([0-9.e+-]+)`)

func tail(p []byte) []byte { return p[max(0, len(p)-2000):] }
