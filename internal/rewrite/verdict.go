package rewrite

// Verdict is what Check decided about one SQL text. The zero value refuses.
// A Verdict is immutable once returned: it is cached and shared between
// sessions.
type Verdict struct {
	// Allowed tells whether the text may be forwarded.
	Allowed bool
	// Refusal says why not; set whenever Allowed is false, and with NeedsTemp.
	Refusal Refusal
	// Reported, of an allowed text, is why it would be refused were the mode not
	// report: a refusal for each rule and object, at most maxReported of them.
	Reported []Refusal
	// Empty tells of a text proven to be blanks, comments and semicolons only,
	// to which Postgres answers EmptyQueryResponse.
	Empty bool
	// Prepares and Executes are the names of SQL-level PREPARE and EXECUTE, in
	// the order of the text, cut to 63 bytes as Postgres stores them
	// (commands/prepare.c). They share one namespace with the names of the
	// extended protocol's Parse.
	Prepares, Executes []string
	// Deallocates are the names given to DEALLOCATE; DeallocatesAll tells of
	// DEALLOCATE ALL and DISCARD ALL.
	Deallocates    []string
	DeallocatesAll bool
	// Resets tells which settings go back to their reset value when the text
	// runs: the caller applies the context again before anything else runs.
	Resets ResetScope
	// UnknownRelation tells that the refusal rests on a relation, function or
	// type that is not in the snapshot: the caller may refresh it once and
	// check again.
	UnknownRelation bool
	// LooksAtLiterals tells that the verdict depends on a constant of the
	// text. Only a verdict without it holds for every text that normalizes to
	// the same.
	LooksAtLiterals bool
	// KeepsState tells that the text may leave something in the session that Postgres
	// keeps beyond the transaction, other than Prepares, CreatesTemp and Sets say: a
	// cursor WITH HOLD, a LISTEN, or whatever a function does that is not built in.
	KeepsState bool
	// Sets are the settings that may have another value in the session after the text
	// than Resets says, folded to lower case: what was set before a reset is not there.
	Sets []string
	// CopiesIn tells of a COPY FROM STDIN, which takes data from the client.
	CopiesIn bool
	// Transacts tells that the text begins or ends transactions, or savepoints.
	Transacts bool
	// Alone tells of a text of one statement.
	Alone bool
	// ReadsSequences tells of currval and lastval, which show what the session did
	// in earlier transactions.
	ReadsSequences bool
	// CreatesTemp are the names of the temporary tables that the text makes.
	CreatesTemp []string
	// NeedsTemp are names that no relation has, and that the text is allowed with as
	// those of temporary tables. If the session has not made one of a name, the text
	// is to be refused with Refusal, which is set then although Allowed is true.
	NeedsTemp []string
	// edits are what is sent otherwise than it was written, in the order of the text.
	edits []edit
	// fingerprint is that of the text; nil if that was not parsed.
	fingerprint *fingerprint
}

// ResetScope is the set of settings that a text resets.
type ResetScope struct {
	// All tells of RESET ALL and DISCARD ALL; the latter also undoes SET ROLE
	// and SET SESSION AUTHORIZATION.
	All bool
	// Names are the settings that are reset by name (RESET x, SET x TO
	// DEFAULT, SET LOCAL x TO DEFAULT), folded to lower case. Resetting
	// session_authorization resets role too (SetSessionAuthorization in
	// miscinit.c), so both are named then.
	Names []string
}

// None tells whether nothing is reset.
func (r ResetScope) None() bool { return !r.All && len(r.Names) == 0 }

// Refusal is why a text was refused, in the fields of a Postgres
// ErrorResponse. No field ever holds a constant of the text (I8).
type Refusal struct {
	// Rule is the stable id of the rule that refused.
	Rule Rule
	// SQLSTATE is 42501 for a refused statement, 42601 for a text that does
	// not parse, 42P01 when the catalog proves that the relation does not
	// exist anywhere.
	SQLSTATE string
	// Message names the object; Detail holds "rule: <id>"; Hint says what
	// would allow the statement, where something would.
	Message, Detail, Hint string
	// Object is the relation, function, type or setting named, or empty.
	Object string
}

// Error gives the message, so that a Refusal can be logged as an error.
func (r *Refusal) Error() string { return r.Message }
