//go:build amd64 || arm64

package wire

// prefetch has the processor begin to fetch so many cache lines. It does nothing for an
// address that is nowhere.
//
//go:noescape
func prefetch(start *byte, lines int32)
