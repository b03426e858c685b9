package main

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"mvdan.cc/sh/v3/syntax"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/hardening/report"
	"tenantproxy/internal/pgtest"
)

// callsIn gives the calls of this program in a text for a shell, without its name.
// What the shell would replace, such as variables, is an x.
func callsIn(text string) (calls [][]string, err error) {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil {
		return nil, fmt.Errorf("reading as a shell does: %w", err)
	}
	syntax.Walk(file, func(node syntax.Node) bool {
		call, ok := node.(*syntax.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		var words []string
		for _, word := range call.Args {
			words = append(words, wordText(word.Parts))
		}
		// What another program runs counts too: xargs, sudo and the like.
		if at := slices.IndexFunc(words, func(w string) bool { return path.Base(w) == "tenantproxy" }); at == 0 ||
			at > 0 && slices.Contains([]string{"sudo", "xargs", "exec"}, words[0]) {
			if words[0] == "xargs" {
				words = append(words, "x")
			}
			calls = append(calls, words[at+1:])
		}
		return true
	})
	return calls, nil
}

func wordText(parts []syntax.WordPart) string {
	var text strings.Builder
	for _, part := range parts {
		switch p := part.(type) {
		case *syntax.Lit:
			text.WriteString(strings.ReplaceAll(p.Value, `\`, ""))
		case *syntax.SglQuoted:
			text.WriteString(p.Value)
		case *syntax.DblQuoted:
			text.WriteString(wordText(p.Parts))
		default:
			text.WriteString("x")
		}
	}
	return text.String()
}

// parses tells what is wrong with a command line, without running it.
func parses(args []string) error {
	cmd, rest, err := newRootCommand().Find(args)
	if err != nil {
		return err
	}
	cmd.InitDefaultHelpFlag()
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if help, err := cmd.Flags().GetBool("help"); err == nil && help {
		return nil
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		return err
	}
	if err := cmd.ValidateRequiredFlags(); err != nil {
		return err
	}
	return cmd.ValidateFlagGroups()
}

// eachCommand visits a command and those below it, but for help, which needs no help.
func eachCommand(cmd *cobra.Command, visit func(*cobra.Command)) {
	if cmd.Name() == "help" {
		return
	}
	visit(cmd)
	for _, below := range cmd.Commands() {
		eachCommand(below, visit)
	}
}

func TestEveryCommandHasAnExample(t *testing.T) {
	eachCommand(newRootCommand(), func(cmd *cobra.Command) {
		if !cmd.Runnable() && cmd.Parent() != nil {
			return
		}
		calls, err := callsIn(cmd.Example)
		if err != nil || len(calls) == 0 {
			t.Errorf("%s has no example: %v", cmd.CommandPath(), err)
		}
		shown := cmd.Parent() == nil
		for _, call := range calls {
			if err := parses(call); err != nil {
				t.Errorf("%s: the example %q: %v", cmd.CommandPath(), call, err)
			}
			if of, _, err := newRootCommand().Find(call); err == nil && strings.HasPrefix(of.CommandPath(), cmd.CommandPath()) {
				shown = true
			}
		}
		if !shown {
			t.Errorf("%s: its examples do not show it", cmd.CommandPath())
		}
		if strings.Contains(cmd.Example, "\t") || cmd.Example != "" && !strings.HasPrefix(cmd.Example, "  ") {
			t.Errorf("%s: indent the examples with two blanks", cmd.CommandPath())
		}
	})
	for _, wrong := range [][]string{{"serve", "--confg", "x"}, {"serve", "more"}, {"check"}, {"token", "--org", "x"}, {"tell"}} {
		if parses(wrong) == nil {
			t.Errorf("%q parses", wrong)
		}
	}
}

// TestEveryFlagCompletes: a shell knows what the values of each flag are.
func TestEveryFlagCompletes(t *testing.T) {
	used := make(map[string]bool)
	eachCommand(newRootCommand(), func(cmd *cobra.Command) {
		cmd.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
			values := flagValues()
			for _, name := range []string{cmd.Name() + " --" + flag.Name, flag.Name} {
				if _, ok := values[name]; ok {
					used[name] = true
					return
				}
			}
			if flag.NoOptDefVal == "" {
				t.Errorf("--%s of %s takes a value, and is not in flagValues", flag.Name, cmd.CommandPath())
			}
		})
	})
	for name, kind := range flagValues() {
		if !used[name] {
			t.Errorf("flagValues has %s, which is no flag", name)
		}
		for _, word := range kind.words {
			word, _, _ := strings.Cut(word, "\t")
			switch name {
			case "alg":
				if !auth.KnownAlgorithm(word) {
					t.Errorf("--alg %s is offered and not known", word)
				}
			case "audit --format":
				if _, ok := report.Writer(word); !ok {
					t.Errorf("audit --format %s is offered and not known", word)
				}
			}
		}
	}
	// The errors of the other commands list what they take.
	for _, c := range []struct{ name, list string }{
		{"check --format", errorOf(t, "check", "--format", "x", "SELECT 1")},
		{"audit --format", errorOf(t, "audit", "--format", "x")},
		{"verify --format", errorOf(t, "verify", "--format", "x")},
		{"fail-on", errorOf(t, "audit", "--fail-on", "x")},
	} {
		for _, word := range flagValues()[c.name].words {
			if !strings.Contains(c.list, word) {
				t.Errorf("%s: %s is offered, but not in %q", c.name, word, c.list)
			}
		}
		if got, want := strings.Count(c.list, ",")+2, len(flagValues()[c.name].words); got != want {
			t.Errorf("%s: %d values are offered, %q has %d", c.name, want, c.list, got)
		}
	}
}

// errorOf is what a wrong command line is told, on stderr alone.
func errorOf(t *testing.T, args ...string) string {
	t.Helper()
	stdout, stderr, code := runToEnd(t, tenantproxy(t, nil, args...))
	if code != exitUsage || stdout != "" {
		t.Errorf("%q: exit code %d, stdout %q", args, code, stdout)
	}
	return stderr
}

// TestCompletionInBash asks a real bash what it would complete.
func TestCompletionInBash(t *testing.T) {
	const library = "/usr/share/bash-completion/bash_completion"
	if _, err := os.Stat(library); err != nil {
		t.Skip("bash-completion is not installed: scripts/ensure-packaging.sh installs it")
	}
	dir := t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "tenantproxy", "#!/bin/sh\n"+runMainEnv+"=1 exec "+program+` "$@"`+"\n")
	if err := os.Chmod(filepath.Join(dir, "tenantproxy"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"prod.yaml", "queries.sql", "notes.txt"} {
		write(t, dir, name, "")
	}
	script, _, code := runToEnd(t, tenantproxy(t, nil, "completion", "bash"))
	if code != exitFine {
		t.Fatalf("exit code %d", code)
	}
	write(t, dir, "completion.bash", script)
	for line, want := range map[string][]string{
		"tenantproxy ver":                     {"verify", "version"},
		"tenantproxy m":                       nil, // man is for packagers
		"tenantproxy audit --format ":         {"html", "json", "markdown", "sarif", "text"},
		"tenantproxy check --format s":        {"sarif"},
		"tenantproxy audit --fail-on ":        {"critical", "high", "low", "medium", "none"},
		"tenantproxy token --alg Ed":          {"EdDSA"},
		"tenantproxy audit --only T-O":        {"T-OFF"},
		"tenantproxy serve --config ":         {"prod.yaml"},
		"tenantproxy check ":                  {"queries.sql"},
		"tenantproxy serve ":                  nil,
		"tenantproxy audit --admin-dsn ":      nil,
		"tenantproxy completion ba":           {"bash"},
		"tenantproxy catalog ":                {"dump"},
		"tenantproxy serve --check-config --": {"--config", "--drain-timeout", "--help"},
	} {
		cmd := exec.CommandContext(t.Context(), "bash", "--norc", "--noprofile", "-c", `
source `+library+` && source ./completion.bash || exit 1
COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9 COMP_KEY=9
read -ra COMP_WORDS <<<"$1"
[[ $1 == *' ' ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
compopt() { :; } # outside of a completion bash has none
__start_tenantproxy
printf '%s\n' "${COMPREPLY[@]}"`, "bash", line)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "HOME=" + dir}
		stdout, stderr, code := runToEnd(t, cmd)
		var got []string
		for offer := range strings.Lines(stdout) {
			if word, _, _ := strings.Cut(strings.TrimSpace(offer), " "); word != "" { // a description may follow
				got = append(got, word)
			}
		}
		slices.Sort(got)
		if code != 0 || !slices.Equal(got, want) {
			t.Errorf("%q completes to %q, not to %q: %s", line, got, want, stderr)
		}
	}
}

// TestCompletionScripts: there is one for each shell, and that shell reads it, where
// it is installed.
func TestCompletionScripts(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		script, stderr, code := runToEnd(t, tenantproxy(t, nil, "completion", shell))
		if code != exitFine || stderr != "" || len(script) < 1000 {
			t.Errorf("%s: exit code %d, %d bytes: %s", shell, code, len(script), stderr)
		}
		if _, err := exec.LookPath(shell); err != nil {
			continue
		}
		file := write(t, t.TempDir(), "completion", script)
		if out, err := exec.CommandContext(t.Context(), shell, "-n", file).CombinedOutput(); err != nil {
			t.Errorf("%s -n: %v: %s", shell, err, out)
		}
	}
}

// TestManualPages: each command that is shown has a page, which is the same when it is
// made again, and which groff has nothing to say about.
func TestManualPages(t *testing.T) {
	pages := func() map[string]string {
		dir := filepath.Join(t.TempDir(), "man")
		if _, stderr, code := runToEnd(t, tenantproxy(t, []string{"SOURCE_DATE_EPOCH=86400"}, "man", "--out", dir)); code != exitFine {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		found := make(map[string]string)
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			page, err := os.ReadFile(filepath.Join(dir, entry.Name()))
			if err != nil {
				t.Fatal(err)
			}
			found[entry.Name()] = string(page)
		}
		return found
	}
	first, second := pages(), pages()
	for name, page := range first {
		if second[name] != page {
			t.Errorf("%s is not the same the second time", name)
		}
		if !strings.Contains(page, `"Jan 1970"`) {
			t.Errorf("%s does not have the date of SOURCE_DATE_EPOCH: %.200s", name, page)
		}
		if _, err := exec.LookPath("groff"); err != nil {
			continue
		}
		cmd := exec.CommandContext(t.Context(), "groff", "-man", "-Kutf8", "-Tutf8", "-ww", "-z")
		cmd.Stdin = strings.NewReader(page)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: groff says %v: %s", name, err, out)
		}
	}
	eachCommand(newRootCommand(), func(cmd *cobra.Command) {
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".1"
		if page, ok := first[name]; ok == cmd.Hidden {
			t.Errorf("there is a page %s: %v", name, ok)
		} else if ok && cmd.Example != "" && !strings.Contains(page, ".SH EXAMPLE") {
			t.Errorf("%s has no examples", name)
		}
	})
}

// TestColors are on a terminal, and nowhere else.
func TestColors(t *testing.T) {
	if _, err := exec.LookPath("script"); err != nil {
		t.Skip("util-linux's script is not installed")
	}
	db := pgtest.NewDatabase(t)
	config := checkConfig(t, db.App())
	plain := tenantproxy(t, nil, "check", "--config", config, "SELECT * FROM import_staging")
	const escape = "\x1b["
	if stdout, stderr, _ := runToEnd(t, plain); strings.Contains(stdout+stderr, escape) || !strings.Contains(stdout, "relation.rls_disabled") {
		t.Errorf("in a pipe: %q", stdout+stderr)
	}
	for env, colored := range map[string]bool{"TERM=xterm": true, "TERM=dumb": false, "NO_COLOR=1": false} {
		again := tenantproxy(t, []string{"TERM=xterm", env})
		// script gives it a terminal (util-linux).
		cmd := exec.CommandContext(t.Context(), "script", "-qec", shellQuoted(plain.Args), "/dev/null")
		cmd.Env = again.Env
		stdout, _, _ := runToEnd(t, cmd)
		if strings.Contains(stdout, escape) != colored || !strings.Contains(stdout, "relation.rls_disabled") {
			t.Errorf("on a terminal, with %s: %q", env, stdout)
		}
		audit := slices.Concat(plain.Args[:1], []string{"audit", "--config", config, "--admin-dsn", db.Superuser(), "--only", "T-OFF"})
		cmd = exec.CommandContext(t.Context(), "script", "-qec", shellQuoted(audit)+" 2>/dev/null", "/dev/null")
		cmd.Env = again.Env
		if stdout, _, _ := runToEnd(t, cmd); strings.Contains(stdout, escape) != colored || !strings.Contains(stdout, "T-OFF") {
			t.Errorf("audit on a terminal, with %s: %q", env, stdout)
		}
	}
}

// TestProgress is on a terminal, and nowhere else.
func TestProgress(t *testing.T) {
	has := func(args ...string) (inPipe, onTerminal bool) {
		plain := tenantproxy(t, nil, args...)
		_, stderr, _ := runToEnd(t, plain)
		cmd := exec.CommandContext(t.Context(), "script", "-qec", shellQuoted(plain.Args), "/dev/null")
		cmd.Env = plain.Env
		stdout, _, _ := runToEnd(t, cmd)
		const line = "\r\x1b[K"
		return strings.Contains(stderr, line), strings.Contains(stdout, line)
	}
	if _, err := exec.LookPath("script"); err != nil {
		t.Skip("util-linux's script is not installed")
	}
	db := pgtest.NewDatabase(t)
	config := checkConfig(t, db.App())
	for _, command := range []string{"audit", "verify"} {
		if inPipe, onTerminal := has(command, "--config", config, "--admin-dsn", db.Superuser()); inPipe || !onTerminal {
			t.Errorf("%s: progress in a pipe %v, on a terminal %v", command, inPipe, onTerminal)
		}
	}
}

func shellQuoted(args []string) string {
	var quoted []string
	for _, arg := range args {
		quoted = append(quoted, "'"+strings.ReplaceAll(arg, "'", `'\''`)+"'")
	}
	return strings.Join(quoted, " ")
}
