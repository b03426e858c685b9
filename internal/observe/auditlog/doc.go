// Package auditlog writes the record of who did what: one JSON object a line, in the
// order in which things were noted, for logins, sessions, statements, tokens, the
// configuration and the catalog. docs/AUDIT_LOG.md describes each line.
//
// Whoever notes an event encodes its line and puts it into a bounded queue; one
// goroutine writes what is queued with as few writes as it can. What happens when the
// queue is full, or nothing can be written, is the operator's choice (Options.Drop).
//
// A line never holds a token, a password or, unless Options.Literals, a constant of a
// statement (I8). Text that comes from clients is cut to a bound, and escaped, so that
// a line is always valid JSON and shows nothing that a terminal would act on.
package auditlog
