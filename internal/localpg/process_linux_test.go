package localpg

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestServerDiesWithItsParent(t *testing.T) {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childEnv+"=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, readErr := bufio.NewReader(out).ReadString('\n')
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if readErr != nil {
		t.Fatal(readErr)
	}
	_ = child.Wait() // killed: an error by design
	words := strings.Fields(line)
	if len(words) != 2 {
		t.Fatalf("the child says %q", line)
	}
	defer os.RemoveAll(words[1])
	pid, err := strconv.Atoi(words[0])
	if err != nil {
		t.Fatal(err)
	}
	for !ended(pid) {
		if t.Context().Err() != nil {
			t.Fatal("the server outlives its parent")
		}
		time.Sleep(10 * time.Millisecond) // the test's own timeout bounds this
	}
}

// ended tells that the process is gone or a zombie that nobody reaps here.
func ended(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(rest, "Z")
}
