package localpg

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// BinDirEnv names the environment variable that gives the directory with
// initdb and postgres. When it is set, no other place is searched.
const BinDirEnv = "TENANTPROXY_PG_BIN"

// ErrNoBinaries is what FindBinaries wraps when no server is installed.
var ErrNoBinaries = errors.New("no Postgres server binaries found")

// FindBinaries returns a directory that holds both initdb and postgres: that
// of BinDirEnv; else the one on PATH; else the newest /usr/lib/postgresql
// version, where Debian keeps servers off PATH; else the first of more. The
// error wraps ErrNoBinaries and says where it looked.
func FindBinaries(more ...string) (string, error) {
	if dir := os.Getenv(BinDirEnv); dir != "" {
		if !hasServer(dir) {
			return "", fmt.Errorf("%w: %s=%s does not hold initdb and postgres", ErrNoBinaries, BinDirEnv, dir)
		}
		return filepath.Abs(dir)
	}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if program, err := filepath.EvalSymlinks(initdb); err == nil && hasServer(filepath.Dir(program)) {
			return filepath.Abs(filepath.Dir(program))
		}
	}
	candidates, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is valid
	slices.SortFunc(candidates, func(a, b string) int {
		return cmp.Compare(majorOf(b), majorOf(a))
	})
	for _, dir := range append(candidates, more...) {
		if hasServer(dir) {
			return filepath.Abs(dir)
		}
	}
	return "", fmt.Errorf("%w in $%s, PATH, /usr/lib/postgresql%s: install the package postgresql, or set %s",
		ErrNoBinaries, BinDirEnv, strings.Join(append([]string{""}, more...), ", "), BinDirEnv)
}

// majorOf is the version in /usr/lib/postgresql/<version>/bin, 0 if it is none.
func majorOf(binDir string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(binDir)))
	if err != nil {
		return 0
	}
	return n
}

func hasServer(dir string) bool {
	for _, program := range []string{"initdb", "postgres"} {
		info, err := os.Stat(filepath.Join(dir, program))
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}
