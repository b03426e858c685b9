package rewrite

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
)

const stderrEnv = "TENANTPROXY_REWRITE_STDERR_TEST"

// TestParsingLeavesStderrAlone logs to stderr while other goroutines parse, in a
// process of its own. libpg_query has code that points the process's stderr at a
// pipe during each parse, and drops what was written; that it is not compiled in
// rests on a #define in its headers.
func TestParsingLeavesStderrAlone(t *testing.T) {
	const lines = 20000
	if os.Getenv(stderrEnv) != "" {
		logWhileParsing(t, lines)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestParsingLeavesStderrAlone$")
	cmd.Env = append(os.Environ(), stderrEnv+"=1")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("the process that parses ended: %v\n%s", err, stdout.Bytes())
	}
	var want bytes.Buffer
	for i := range lines {
		fmt.Fprintln(&want, "line", i)
	}
	if !bytes.Equal(stderr.Bytes(), want.Bytes()) {
		t.Errorf("of %d bytes that were logged, %d came: libpg_query redirects stderr", want.Len(), stderr.Len())
	}
}

func logWhileParsing(t *testing.T, lines int) {
	c := callCentre(t).checker(testPolicy())
	done := make(chan struct{})
	var parsing sync.WaitGroup
	for _, sql := range []string{
		"SELECT name FROM contacts WHERE id = 1", "not SQL",
		"SELECT 'a\\b'", // of which the lexer warns
	} {
		parsing.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					c.Check(sql)
					c.AppendKey(nil, sql)
				}
			}
		})
	}
	for i := range lines {
		fmt.Fprintln(os.Stderr, "line", i)
	}
	close(done)
	parsing.Wait()
}
