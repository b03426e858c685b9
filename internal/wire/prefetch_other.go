//go:build !amd64 && !arm64

package wire

import "unsafe"

// prefetch is not known here.
func prefetch(unsafe.Pointer, int32) {}
