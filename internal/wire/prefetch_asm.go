//go:build amd64 || arm64

package wire

import "unsafe"

// prefetch has the processor begin to fetch so many cache lines. It does nothing for an
// address that is nowhere.
//
//go:noescape
func prefetch(start unsafe.Pointer, lines int32)
