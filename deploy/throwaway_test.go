package deploy

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// throwaway is a shell in a copy of this system that is gone afterwards: an overlay
// over /, in a mount namespace of its own. $ROOT is the copy, $UPPER what has changed
// in it, and the repository is in its /mnt. It stands for a machine on which a package
// is installed, and for the image that a Dockerfile builds in. The network and the
// processes are those of the system.
type throwaway struct {
	t      *testing.T
	input  io.Writer
	output *bufio.Reader
}

const throwawaySetup = `
set -eu
mount -t tmpfs tmpfs "$STAGE"
ROOT=$STAGE/root UPPER=$STAGE/upper
mkdir "$ROOT" "$UPPER" "$STAGE/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$UPPER,workdir=$STAGE/work" "$ROOT"
mount --rbind /dev "$ROOT/dev"
mount -t proc proc "$ROOT/proc"
mount -t tmpfs tmpfs "$ROOT/run"
mount --bind "$REPOSITORY" "$ROOT/mnt"
cd /
set +e
`

// newThrowaway starts the shell. It skips the test where the system does not let us
// make one.
func newThrowaway(t *testing.T) *throwaway {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can make a throw-away copy of the system")
	}
	has(t, "unshare")
	repository, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	// The shell is the first process of its namespace: with it everything else ends.
	cmd := exec.CommandContext(t.Context(), "unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-s")
	cmd.Env = append(os.Environ(), "STAGE="+shortDir(t), "REPOSITORY="+repository+"/..")
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		input.Close()
		_ = cmd.Wait() // the last command's status, which was looked at
	})
	s := &throwaway{t: t, input: input, output: bufio.NewReader(output)}
	if out, code := s.try(throwawaySetup); code != 0 {
		t.Skipf("no overlay over / can be mounted here: %s", out)
	}
	return s
}

// endOfStep is printed behind the output of each step, with its status.
const endOfStep = "\x01end of step "

// try runs commands in the shell, and gives their output and the status of the last.
func (s *throwaway) try(commands string) (output string, code int) {
	s.t.Helper()
	if _, err := fmt.Fprintf(s.input, "{ %s\n} 2>&1 </dev/null; printf '\\n\\001end of step %%d\\n' $?\n", commands); err != nil {
		s.t.Fatal(err)
	}
	var out strings.Builder
	for {
		line, err := s.output.ReadString('\n')
		if status, ok := strings.CutPrefix(line, endOfStep); ok {
			if _, err := fmt.Sscan(status, &code); err != nil {
				s.t.Fatal(err)
			}
			return strings.TrimRight(out.String(), "\n"), code
		}
		out.WriteString(line)
		if err == io.EOF { // set -e, in the setup
			return out.String(), 1
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// do runs commands that must succeed.
func (s *throwaway) do(commands string) string {
	s.t.Helper()
	out, code := s.try(commands)
	if code != 0 {
		s.t.Fatalf("%s\nends with %d:\n%s", commands, code, out)
	}
	return out
}

// in runs commands that must succeed in the copy.
func (s *throwaway) in(commands string) string {
	s.t.Helper()
	return s.do("chroot $ROOT sh -ec " + quoted(commands))
}

// quoted is a text as one word of a shell's.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
