package attacks

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// The two orgs. The attacker is A.
const (
	orgA = "aaaaaaaa-0000-0000-0000-000000000001"
	orgB = "bbbbbbbb-0000-0000-0000-000000000002"
)

// attack is one entry of a file in testdata/attacks:
//
//	-- attack ID: title
//	-- note: what is worth knowing; for the reader
//	-- leak: a regular expression; there may be several
//	SQL, on as many lines as it needs
//	=> outcome
//	more SQL
//	=> outcome
//
// An outcome is one of
//
//	refused RULE   the proxy refuses the statement by this rule
//	fails CODE     an error with this SQLSTATE comes through the proxy
//	runs           no error through the proxy
//	setup          no part of the attack: run as superuser before it
//	cleanup        the same, after it; for what a database does not take along
//	direct         no part either: plays an unsafe proxy, or an earlier tenant,
//	               ahead of the attack on a direct connection, which then has no
//	               context of its own
//
// Everything that is sent to the client on a direct connection must match each
// leak; through the proxy it must match none. Without a leak Postgres stops the
// attack itself, and the direct connection has none of B's secrets either.
// Further headers: "remains: why" for a leak that the proxy cannot stop and that
// must be seen through it too; "role: name" for the upstream role;
// "accept privileged" to serve that role although it could bypass row-level
// security; "explain: mode", "allow do", "allow ddl: mode", "allow relation: name", "allow function: name" for the
// policy.
//
// <A>, <B>, <socket>, <port> and <database> in SQL are replaced.
type attack struct {
	id, title        string
	setup, direct    []string
	steps            []step
	cleanup          []string
	leaks            []*regexp.Regexp
	remains          string
	role, explain    string
	acceptPrivileged bool
	allowRelations   []string
	allowFunctions   []string
	allowDDL         string
	allowDo          bool
}

type step struct {
	sql string
	// One is set, unless the statement runs.
	refusedBy, failsWith string
}

const (
	defaultRole    = "app"
	defaultExplain = "plain"
)

// parseAttacks reads a file of attacks.
func parseAttacks(text string) ([]*attack, error) {
	var (
		all   []*attack
		a     *attack
		lines []string
	)
	for i, line := range strings.Split(text, "\n") {
		at := func(format string, args ...any) error {
			return fmt.Errorf("line %d: %s", i+1, fmt.Sprintf(format, args...))
		}
		switch {
		case strings.HasPrefix(line, "-- attack "):
			id, title, ok := strings.Cut(strings.TrimPrefix(line, "-- attack "), ": ")
			if !ok || len(lines) > 0 {
				return nil, at("an attack begins amid SQL, or has no title")
			}
			a = &attack{id: id, title: title, role: defaultRole, explain: defaultExplain}
			all = append(all, a)
		case a == nil:
			if line != "" && !strings.HasPrefix(line, "-- ") {
				return nil, at("SQL before the first attack")
			}
		case len(lines) == 0 && strings.HasPrefix(line, "-- "):
			if err := a.header(strings.TrimPrefix(line, "-- ")); err != nil {
				return nil, at("%v", err)
			}
		case strings.HasPrefix(line, "=> "):
			if len(lines) == 0 {
				return nil, at("an outcome of nothing")
			}
			if err := a.outcome(strings.Join(lines, "\n"), strings.TrimPrefix(line, "=> ")); err != nil {
				return nil, at("%v", err)
			}
			lines = nil
		case line != "" || len(lines) > 0:
			lines = append(lines, line)
		}
	}
	if len(lines) > 0 {
		return nil, fmt.Errorf("SQL without an outcome: %q", lines)
	}
	for _, a := range all {
		if len(a.steps) == 0 || a.remains != "" && len(a.leaks) == 0 {
			return nil, fmt.Errorf("%s does nothing, or leaves a leak that it does not have", a.id)
		}
	}
	return all, nil
}

func (a *attack) header(line string) error {
	name, value, _ := strings.Cut(line, ": ")
	switch name {
	case "note":
	case "leak":
		pattern, err := regexp.Compile("(?s)" + value)
		if err != nil {
			return err
		}
		a.leaks = append(a.leaks, pattern)
	case "remains":
		a.remains = value
	case "role":
		a.role = value
	case "accept privileged":
		a.acceptPrivileged = true
	case "allow do":
		a.allowDo = true
	case "explain":
		a.explain = value
	case "allow relation":
		a.allowRelations = append(a.allowRelations, value)
	case "allow ddl":
		a.allowDDL = value
	case "allow function":
		a.allowFunctions = append(a.allowFunctions, value)
	default:
		return fmt.Errorf("unknown header %q", name)
	}
	return nil
}

func (a *attack) outcome(sql, outcome string) error {
	word, arg, _ := strings.Cut(outcome, " ")
	s := step{sql: sql}
	switch {
	case outcome == "setup":
		a.setup = append(a.setup, sql)
		return nil
	case outcome == "direct":
		a.direct = append(a.direct, sql)
		return nil
	case outcome == "cleanup":
		a.cleanup = append(a.cleanup, sql)
		return nil
	case word == "refused" && strings.Contains(arg, "."):
		s.refusedBy = arg
	case word == "fails" && len(arg) == 5:
		s.failsWith = arg
	case outcome == "runs":
	default:
		return fmt.Errorf("unknown outcome %q", outcome)
	}
	a.steps = append(a.steps, s)
	return nil
}

// plain tells that the attack needs nothing of its own around it.
func (a *attack) plain() bool {
	return len(a.setup)+len(a.cleanup)+len(a.allowRelations)+len(a.allowFunctions) == 0 &&
		a.role == defaultRole && a.allowDDL == "" && !a.allowDo && a.explain == defaultExplain && !a.acceptPrivileged
}

// text is the attack as one simple Query.
func (a *attack) text() string {
	texts := make([]string, len(a.steps))
	for i, s := range a.steps {
		texts[i] = s.sql
	}
	return strings.Join(texts, "\n;\n")
}

func TestFormat(t *testing.T) {
	got, err := parseAttacks("-- about the file\n\n-- attack X-1: a title: yes\n-- leak: S-B\nCREATE\n\nTABLE x\n=> setup\n\nSELECT 1\n=> refused a.b\nSELECT 2\n=> fails 42501\nSELECT 3\n=> runs\n")
	if err != nil || len(got) != 1 {
		t.Fatalf("got %v, %v", got, err)
	}
	a := got[0]
	if a.id != "X-1" || a.title != "a title: yes" || len(a.leaks) != 1 || a.setup[0] != "CREATE\n\nTABLE x" ||
		a.steps[0] != (step{"SELECT 1", "a.b", ""}) || a.steps[1] != (step{"SELECT 2", "", "42501"}) || a.steps[2] != (step{"SELECT 3", "", ""}) {
		t.Errorf("got %+v", a)
	}
	for name, text := range map[string]string{
		"unknown outcome":   "-- attack X-1: t\nSELECT 1\n=> succeeds\n",
		"rule without name": "-- attack X-1: t\nSELECT 1\n=> refused\n",
		"no outcome":        "-- attack X-1: t\nSELECT 1\n",
		"no SQL":            "-- attack X-1: t\n=> runs\n",
		"unknown header":    "-- attack X-1: t\n-- leaks: x\nSELECT 1\n=> runs\n",
		"bad expression":    "-- attack X-1: t\n-- leak: (\nSELECT 1\n=> runs\n",
		"SQL first":         "SELECT 1\n=> runs\n",
		"setup only":        "-- attack X-1: t\nSELECT 1\n=> setup\n",
		"what remains?":     "-- attack X-1: t\n-- remains: why\nSELECT 1\n=> runs\n",
	} {
		if _, err := parseAttacks(text); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
