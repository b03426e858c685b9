package clients

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"tenantproxy/internal/demo"
)

// TestTokens runs the programs of testdata/tokens, which get their tokens from
// TOKEN_URL: one for each connection, of which the first expires soon, and one for a
// connection that has one already.
func TestTokens(t *testing.T) {
	f := start(t)
	for _, p := range []program{
		{name: "node_postgres", command: []string{"node", "testdata/tokens/node_postgres.js"}},
		{name: "pgjdbc", command: pgjdbcWithPlugin(t)},
	} {
		t.Run(p.name, func(t *testing.T) {
			t.Log(p.versions(t))
			var given atomic.Int64
			issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				n, lives := given.Add(1), time.Hour
				if n == 1 {
					lives = 4 * time.Second
				}
				fmt.Fprint(w, f.Issuer.OrgToken(t, demo.OrgA, map[string]any{
					"sub": fmt.Sprintf("token-%d", n), "exp": time.Now().Add(lives).Unix(),
				}))
			}))
			defer issuer.Close()
			out, err := p.run(t, "work", append(environment(t, f.Address, f.DB.Name, "unused", demo.OrgA), "TOKEN_URL="+issuer.URL)...)
			const want = "user token-1\nended 57P01\nuser token-2\nSET\nuser token-3 true\ndone\n"
			if err != nil || out != want {
				t.Errorf("%v: %s\nwant: %s", err, end(out), want)
			}
		})
	}
}

// pgjdbcWithPlugin compiles the program: pgjdbc does not find a plugin in what java
// runs from its source.
func pgjdbcWithPlugin(t *testing.T) []string {
	t.Helper()
	_, noCompiler := exec.LookPath("javac")
	_, noDriver := os.Stat("/usr/share/java/postgresql.jar")
	if noCompiler != nil || noDriver != nil {
		return []string{"javac"} // versions will say so
	}
	classes := t.TempDir()
	out, err := exec.CommandContext(t.Context(), "javac", "-d", classes, "-cp", classPath(t), "testdata/tokens/Pgjdbc.java").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return []string{"java", "-XX:TieredStopAtLevel=1", "-cp", classes + string(filepath.ListSeparator) + classPath(t), "Pgjdbc"}
}
