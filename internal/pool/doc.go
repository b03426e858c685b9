// Package pool makes the upstream connections: it dials and authenticates them
// with the proxy's own role, with a startup packet built from scratch, and hands
// them out ready for a tenant's statements.
//
// An upstream connection is dedicated today: it serves one client with one
// context for its whole life. The context travels in the startup packet, which
// makes it the reset value of the session, so that RESET ALL and DISCARD ALL
// return to it (I3).
package pool
