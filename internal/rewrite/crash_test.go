package rewrite

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

const crashEnv = "TENANTPROXY_REWRITE_CRASH_TEST"

// TestParserSurvives feeds texts around the limits of the parser to Check, in
// a process of its own: a crash in C takes the whole process with it. Growing
// n finds the deepest text of each kind that prescan lets pass, so that the
// limit is tested and not only what is far beyond it.
func TestParserSurvives(t *testing.T) {
	if os.Getenv(crashEnv) != "" {
		checkNastyTexts(t)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestParserSurvives$", "-test.v")
	cmd.Env = append(os.Environ(), crashEnv+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		lines := strings.Split(string(out), "\n")
		if len(lines) > 30 {
			lines = lines[:30]
		}
		t.Fatalf("the process that parses ended: %v\n%s", err, strings.Join(lines, "\n"))
	}
	done := 0
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "survived ") {
			done++
		}
	}
	if done != len(deep) {
		t.Fatalf("%d of %d kinds were survived", done, len(deep))
	}
}

func checkNastyTexts(t *testing.T) {
	c := callCentre(t).checker(testPolicy())
	for kind, text := range deep {
		passed, most := 0, 0
		for n := 64; n <= 100000; n += n / 4 {
			sql := text(n)
			if len(sql) > defaultMaxBytes {
				break
			}
			if _, r := prescan(sql, defaultMaxBytes); r == nil {
				passed, most = passed+1, n
			}
			v := c.Check(sql)
			if v.Refusal.Rule == RuleInternalError {
				t.Errorf("%s × %d: %s", kind, n, v.Refusal.Message)
			}
		}
		if passed == 0 && kind != "both sides" {
			t.Errorf("%s: no text reached the parser", kind)
		}
		fmt.Fprintf(os.Stdout, "survived %s, at most %d\n", kind, most)
	}
}

// TestLongStatementsAreAllowed holds that what is long but flat passes the
// whole way.
func TestLongStatementsAreAllowed(t *testing.T) {
	c := callCentre(t).checker(testPolicy())
	for kind, sql := range map[string]string{
		"INSERT of 100 kB": "INSERT INTO contacts (id, name, created_at) VALUES (1, 'abcdefgh', NULL)" + repeat(", (1, 'abcdefgh', now())", 4500),
		"IN of 100,000":    "SELECT * FROM contacts WHERE id IN (1" + repeat(",1", 100000) + ")",
		"OR of 5,000":      "SELECT * FROM contacts WHERE id = 1" + repeat(" OR id = 1", 5000),
		"WHEN of 5,000":    "UPDATE contacts SET name = CASE " + repeat("WHEN id = 1 THEN 'x' ", 5000) + "ELSE name END",
		"500 joins":        "SELECT 1 FROM contacts" + repeat(" JOIN campaigns ON true", 500),
		"500 unions":       "SELECT id FROM contacts" + repeat(" UNION ALL SELECT id FROM campaigns", 500),
	} {
		if v := c.Check(sql); !v.Allowed {
			t.Errorf("%s: %s", kind, v.Refusal.Message)
		}
	}
}

// TestRefusesPastParserLimits holds that an error of the decoder, which comes
// with an empty result, is a refusal and not an empty query.
func TestRefusesPastParserLimits(t *testing.T) {
	c := callCentre(t).checker(testPolicy())
	for kind, text := range deep {
		for _, n := range []int{5000, 20000, 30000} {
			if v := c.Check(text(n)); v.Allowed || v.Empty {
				t.Errorf("%s × %d is allowed", kind, n)
			}
		}
	}
}
