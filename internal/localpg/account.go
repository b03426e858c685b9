package localpg

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
)

// account is whom the server runs as. Postgres refuses to run as root
// (main.c, check_root), so root hands it to an unprivileged account.
type account struct {
	name     string
	uid, gid int
	// switched tells that the account is not the one this process has.
	switched bool
}

// serverAccount is this process's own account unless that is root, when it is
// the system user postgres, or nobody where there is no such user.
func serverAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{name: "the current user", uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	var errs []error
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		uid, uidErr := strconv.Atoi(found.Uid)
		gid, gidErr := strconv.Atoi(found.Gid)
		if err := errors.Join(uidErr, gidErr); err != nil || uid == 0 {
			errs = append(errs, fmt.Errorf("user %s has uid %s and gid %s", name, found.Uid, found.Gid))
			continue
		}
		return account{name: name, uid: uid, gid: gid, switched: true}, nil
	}
	return account{}, fmt.Errorf("finding an unprivileged account to run Postgres as, since we are root: %w", errors.Join(errs...))
}

// give hands a directory to the account.
func (a account) give(dir string) error {
	if !a.switched {
		return nil
	}
	if err := os.Chown(dir, a.uid, a.gid); err != nil {
		return fmt.Errorf("giving %s to %s: %w", dir, a.name, err)
	}
	return nil
}
