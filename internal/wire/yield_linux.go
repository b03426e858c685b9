package wire

import _ "unsafe" // for go:linkname

// yield lets the goroutines run that wait for this one's processor, as runtime.Gosched
// does. That, though, wakes another thread to look for work, which finds the caller: a
// loop that calls it 140 times a second goes from thread to thread, away from its caches
// and its place with the kernel's scheduler. Throughput at 8 clients was a twentieth less.
//
// The runtime keeps the name for who links to it (goyield in runtime/proc.go).
//
//go:linkname yield runtime.goyield
func yield()
