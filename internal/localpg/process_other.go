//go:build unix && !linux

package localpg

import "syscall"

// processAttr starts a program as the account, in a process group of its own
// so that Ctrl-C in a terminal reaches only us. Only Linux can also tie its
// life to ours.
func processAttr(a account) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a.switched {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attr
}
