// Package pool makes the upstream connections: it dials and authenticates them
// with the proxy's own role, with a startup packet built from scratch, and hands
// them out ready for a tenant's statements, within limits.
//
// A connection is dedicated to one session, with the context in the startup packet, or
// reused for others (see Upstream). Each has a goroutine that reads it for as long as it
// is open, and hands what comes to its Owner.
package pool
