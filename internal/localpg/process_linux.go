package localpg

import "syscall"

// processAttr starts a program as the account, in a process group of its own
// so that Ctrl-C in a terminal reaches only us, and with an immediate shutdown
// (SIGQUIT, postmaster.c) for when we die without a chance to stop it. The
// kernel sends that when the starting *thread* ends: see process.run.
func processAttr(a account) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGQUIT}
	if a.switched {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attr
}
