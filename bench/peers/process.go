package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a running peer; the zero value is none.
type process struct{ pid int }

// startProcess starts a peer with as many descriptors as it may have. Its
// output goes to a file, whose end stop's error has if the peer did not end well.
func startProcess(logFile string, env []string, program string, args ...string) (process, func() error, error) {
	log, err := os.Create(logFile)
	if err != nil {
		return process{}, nil, err
	}
	defer log.Close()
	// Go raises its own limit of descriptors and gives children back the old one.
	cmd := exec.Command("/bin/sh", append([]string{"-c", `ulimit -n "$(ulimit -Hn)"; exec "$@"`, "sh", program}, args...)...) //nolint:gosec,noctx // a peer that was found; stop ends it
	cmd.Env, cmd.Stdout, cmd.Stderr = env, log, log
	if err := cmd.Start(); err != nil {
		return process{}, nil, err
	}
	exited := make(chan struct{})
	var ended error
	go func() {
		defer close(exited)
		ended = cmd.Wait()
	}()
	stop := func() error {
		if err := cmd.Process.Signal(syscall.SIGTERM); errors.Is(err, os.ErrProcessDone) {
			text, _ := os.ReadFile(logFile) // what can be read is the best there is
			<-exited
			return fmt.Errorf("%s ended by itself: %w: %s", program, ended, text)
		}
		select {
		case <-exited: // by our signal
			return nil
		case <-time.After(10 * time.Second):
			return errors.Join(fmt.Errorf("%s does not end", program), cmd.Process.Kill())
		}
	}
	return process{pid: cmd.Process.Pid}, stop, nil
}

// clockTick is the unit of times in /proc/PID/stat: USER_HZ, which is 100 on
// every architecture that Go runs on (manual page proc(5)).
const clockTick = time.Second / 100

// cpu is the processor time that the process has used, user and system.
func (p process) cpu() (time.Duration, error) {
	if p.pid == 0 {
		return 0, nil
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	if err != nil {
		return 0, err
	}
	// The second field, the name in brackets, may hold anything.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	const utime, stime = 11, 12 // fields 14 and 15, counted from the third
	var total time.Duration
	for _, i := range []int{utime, stime} {
		ticks, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, err
		}
		total += time.Duration(ticks) * clockTick
	}
	return total, nil
}

// resident is the resident memory of the process, in bytes.
func (p process) resident() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kib * 1024, err
		}
	}
	return 0, errors.New("/proc has no VmRSS")
}
