package auditlog

// Who is whose doing an event is, as far as it is known.
type Who struct {
	// Session is the number of the connection, as the log has it; 0: none.
	Session uint64
	// Org, Role, Subject and TokenID are the org, role, sub and jti of the verified token.
	Org, Role, Subject, TokenID string
	// Client is the address; Application what the client says that it is.
	Client, Application string
}

// Actor is a Who as lines have it. Immutable.
type Actor struct{ fields line }

// maxApplication bounds the name of an application, in bytes. Postgres keeps 63.
const maxApplication = 128

// NewActor makes the Actor of who, for all events that are theirs.
func NewActor(who Who) *Actor {
	var l line
	if who.Session != 0 {
		l = l.count("session", who.Session)
	}
	l = l.text("org", who.Org).text("role", who.Role).text("sub", who.Subject).text("jti", who.TokenID)
	l = l.text("client", who.Client).bounded("application_name", who.Application, maxApplication)
	return &Actor{fields: l}
}

func (l line) by(a *Actor) line {
	if a == nil {
		return l
	}
	return append(l, a.fields...)
}
