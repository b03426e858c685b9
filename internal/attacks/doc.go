// Package attacks holds known ways to break tenant isolation on a shared
// Postgres role, as tests against a real server: each shows that it works on a
// direct connection, where Postgres does not stop it itself, and that it fails
// through the proxy. The attacker is a client with a valid token of org A; it
// wants rows of org B, to change them, or to have another context than A's.
//
// testdata/attacks has the attacks that are SQL, a file for each class; attack
// in format_test.go describes the form. Each runs in the simple protocol, in the
// extended one without and with statement names, and as one text. After every
// run nothing that the client received holds a secret of B, what is in the
// database besides A's rows is the same, and so is the context of the session.
// The other tests have attacks that need messages of their own.
//
// Some are elsewhere:
//
//	tokens                                   internal/auth, internal/proxy TestLoginRefusesTokens
//	startup packets, TLS, GSS ping-pong      internal/proxy TestBeforeLogin, TestTLS; internal/wire
//	malformed messages, NUL in a text        internal/proxy TestProtocolViolations
//	error recovery in pipelines              internal/proxy testdata/transcripts
//	clients that do not read                 internal/proxy TestSlowReader
//	texts that take the parser down          internal/proxy TestNastyTexts
//	temporary tables that take what the      attacks DDL-105 to DDL-108: none has the
//	  next tenant writes (CTX-033)             name of a relation
//	WITH CHECK (true), a permissive policy   internal/hardening/audit
//	  beside the tenant's, organizations       TestAttacksOnTheSchema: every statement is
//	  that any tenant may delete               one that the policies allow
//	foreign keys without the tenant column   the same: Postgres checks keys and
//	  that point at, or cascade to, B's rows   cascades without policies
//	placeholders in the proxy's own SQL      it has none: values are bound
package attacks
