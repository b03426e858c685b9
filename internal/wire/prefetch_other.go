//go:build !amd64 && !arm64

package wire

// prefetch is not known here.
func prefetch(*byte, int32) {}
