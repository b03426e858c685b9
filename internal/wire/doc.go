// Package wire is tenantproxy's view of the PostgreSQL frontend/backend
// protocol (manual, chapter "Frontend/Backend Protocol"): the startup packet,
// frames and how to scan a stream of them without decoding, error responses
// with their SQLSTATEs, and the socket primitives that the relay runs on.
//
// It knows nothing of tenants, tokens or SQL.
package wire
