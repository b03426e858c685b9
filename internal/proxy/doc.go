// Package proxy serves clients: it takes a connection from its first byte to
// its last.
//
// The way of a connection, and of a statement on it, by file:
//
//	server.go     accept, the limits before login, drain
//	startup.go    SSLRequest, TLS, the startup message
//	login.go      the token, the upstream connection, the welcome
//	context.go    the settings that a session runs with
//	relay.go      the two directions, and how a session ends
//	frontend.go   client to upstream: check, forward or substitute
//	statements.go   the prepared statements behind Bind and EXECUTE
//	decider.go      the rules in force
//	backend.go    upstream to client: pass on, recognise refusals, watch settings
//	cancel.go     a CancelRequest's way to the upstream connection
package proxy
