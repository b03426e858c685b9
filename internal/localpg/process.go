package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// How long a shutdown may take before the next, harsher one.
const (
	fastShutdownWait      = 15 * time.Second
	immediateShutdownWait = 5 * time.Second
)

// process is a running server program.
type process struct {
	pid int
	// exited is closed when the process has been waited for; err is set before.
	exited chan struct{}
	err    error
}

// start runs the program with its output going to log. The caller ends it
// with stop.
func start(a account, log *os.File, dir, program string, args ...string) (*process, error) {
	cmd := command(a, log, dir, program, args...)
	p := &process{exited: make(chan struct{})}
	started := make(chan error, 1)
	go p.run(cmd, started)
	if err := <-started; err != nil {
		return nil, explainStart(a, program, err)
	}
	p.pid = cmd.Process.Pid
	return p, nil
}

// run starts and waits for the command on a thread that it keeps to itself:
// were the starting thread to end first, the parent-death signal would fire
// while this process still lives (go.dev/issue/27505).
func (p *process) run(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(p.exited)
	err := cmd.Start()
	started <- err
	if err == nil {
		p.err = cmd.Wait()
	}
}

// stop asks for the given shutdown (SIGINT fast, SIGQUIT immediate;
// postmaster.c) and makes sure that the process is gone when it returns.
func (p *process) stop(shutdown syscall.Signal) error {
	if shutdown == syscall.SIGINT && p.signalAndWait(syscall.SIGINT, fastShutdownWait) {
		return nil
	}
	if p.signalAndWait(syscall.SIGQUIT, immediateShutdownWait) {
		return nil
	}
	if p.signalAndWait(syscall.SIGKILL, immediateShutdownWait) {
		return nil
	}
	return fmt.Errorf("stopping Postgres: process %d does not end", p.pid)
}

func (p *process) signalAndWait(sig syscall.Signal, wait time.Duration) bool {
	select {
	case <-p.exited: // its pid may belong to another by now
		return true
	default:
	}
	if err := syscall.Kill(p.pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-p.exited:
		return true
	case <-timer.C:
		return false
	}
}

// runToEnd runs a helper program such as initdb to its end, or to that of ctx.
func runToEnd(ctx context.Context, a account, log *os.File, dir, program string, args ...string) error {
	p, err := start(a, log, dir, program, args...)
	if err != nil {
		return err
	}
	select {
	case <-p.exited:
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("running %s: %w", filepath.Base(program), context.Cause(ctx)), p.stop(syscall.SIGQUIT))
	}
	if p.err != nil {
		return fmt.Errorf("running %s: %w", filepath.Base(program), p.err)
	}
	return nil
}

func command(a account, log *os.File, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...) //nolint:noctx // ended by signals, in order, not by a context
	cmd.Dir = dir                         // not ours: the account may be unable to read it
	cmd.Env = serverEnv(dir)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = processAttr(a)
	return cmd
}

// serverEnv is our environment without what would change how Postgres behaves.
func serverEnv(home string) []string {
	env := []string{"LC_ALL=C", "TZ=UTC", "HOME=" + home}
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, "PG") || strings.HasPrefix(name, "LC_") || name == "LANG" || name == "TZ" || name == "HOME" {
			continue
		}
		env = append(env, kv)
	}
	return env
}

// explainStart names the directory that keeps the account from the program,
// the usual surprise when root's own files are run as somebody else.
func explainStart(a account, program string, err error) error {
	err = fmt.Errorf("starting %s as %s: %w", program, a.name, err)
	if !a.switched || !errors.Is(err, fs.ErrPermission) {
		return err
	}
	for dir := filepath.Dir(program); ; dir = filepath.Dir(dir) {
		if info, statErr := os.Stat(dir); statErr == nil && info.Mode()&0o001 == 0 {
			return fmt.Errorf("%w (directory %s does not let other users in)", err, dir)
		}
		if dir == filepath.Dir(dir) {
			return err
		}
	}
}
