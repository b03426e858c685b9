package pool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/hardening/seal"
	"tenantproxy/internal/wire"
)

// Context is what a session runs with, whatever its client says (I3). Client and Own may
// be replaced, but once a Pool or an Upstream has got them nobody changes what is in them.
type Context struct {
	// Role is what the session's statements run as; empty: the login role. A
	// connection has one for its whole life: it is in the startup packet, and so what
	// every reset goes back to (catalog.Snapshot.PrivilegeFindings has the exceptions).
	Role string
	// Client are the settings that the client asked for at startup.
	Client []wire.Parameter
	// Own are the settings that are the proxy's alone: the org and the claims.
	// They come after the client's, and win.
	Own []wire.Parameter
	// Seal, unless nil, makes one more of Own, which holds on one upstream
	// connection only. Upstream.adopt calls it.
	Seal func(seal.Backend) wire.Parameter

	identified identified
}

// equal tells whether two contexts are the same.
func (c *Context) equal(other *Context) bool {
	return c.Role == other.Role && slices.Equal(c.Own, other.Own) && slices.Equal(c.Client, other.Client)
}

// contextName is the name of the prepared statement and of the portal that put
// a context in. They are closed in the same message sequence, so that the
// unnamed ones stay the client's.
const contextName = "tenantproxy_context"

// AppendApply appends the messages that put the context in on a connection that
// owes no answer: one call of set_config for each setting, with bound values.
// Postgres answers with ParseComplete, BindComplete, a DataRow for CheckApplied,
// CommandComplete, two times CloseComplete and ReadyForQuery; ParameterStatus
// and notices may come in between.
//
// Sent inside a transaction, a rollback goes back to what was before it, which
// was this same context.
func (c *Context) AppendApply(dst []byte) []byte {
	var calls []string
	var values [][]byte
	for i, p := range c.settings() {
		calls = append(calls, fmt.Sprintf("pg_catalog.set_config($%d, $%d, false)", 2*i+1, 2*i+2))
		values = append(values, []byte(p.Name), []byte(p.Value))
	}
	return appendContextQuery(dst, calls, values)
}

// appendContextQuery appends a query of calls with bound values.
func appendContextQuery(dst []byte, calls []string, values [][]byte) []byte {
	dst = wire.AppendParse(dst, contextName, "SELECT "+strings.Join(calls, ", "))
	for _, message := range []pgproto3.FrontendMessage{
		&pgproto3.Bind{DestinationPortal: contextName, PreparedStatement: contextName, Parameters: values},
		&pgproto3.Execute{Portal: contextName},
		&pgproto3.Close{ObjectType: 'P', Name: contextName},
		&pgproto3.Close{ObjectType: 'S', Name: contextName},
		&pgproto3.Sync{},
	} {
		var err error
		if dst, err = message.Encode(dst); err != nil {
			panic(err) // only for messages over a gigabyte
		}
	}
	return dst
}

func (c *Context) settings() []wire.Parameter {
	settings := append(append([]wire.Parameter(nil), c.Client...), c.Own...)
	if c.Role != "" {
		settings = append(settings, c.role())
	}
	return settings
}

func (c *Context) role() wire.Parameter { return wire.Parameter{Name: "role", Value: c.Role} }

// len is the number of settings.
func (c *Context) len() int {
	n := len(c.Client) + len(c.Own)
	if c.Role != "" {
		n++
	}
	return n
}

// errNotApplied means that Postgres took a setting of the proxy's in another
// form than it was given, or answered with something else.
var errNotApplied = errors.New("the context did not take effect")

// CheckApplied compares the body of the DataRow that answers AppendApply with
// what was to be set. Only the proxy's own settings must read the same; Postgres
// may have its own spelling for the client's.
func (c *Context) CheckApplied(row []byte) error {
	if len(row) < 2 || int(binary.BigEndian.Uint16(row)) != c.len() {
		return errNotApplied
	}
	row = row[2:]
	for i := range c.len() {
		if len(row) < 4 {
			return errNotApplied
		}
		n := int(int32(binary.BigEndian.Uint32(row))) // -1 is NULL
		row = row[4:]
		if n < 0 || n > len(row) {
			return errNotApplied
		}
		if own := i - len(c.Client); own >= 0 {
			want := c.Role // the last
			if own < len(c.Own) {
				want = c.Own[own].Value
			}
			if !bytes.Equal(row[:n], []byte(want)) {
				return errNotApplied
			}
		}
		row = row[n:]
	}
	if len(row) != 0 {
		return errNotApplied
	}
	return nil
}

// neutral is a context without an org: every policy that reads the settings
// gives no rows. It is what the resets of a reused connection go back to. The role is
// the connection's own, and stays.
func (c *Context) neutral() []wire.Parameter {
	neutral := make([]wire.Parameter, len(c.Own), len(c.Own)+1)
	for i, p := range c.Own {
		neutral[i].Name = p.Name
	}
	if c.Role != "" {
		neutral = append(neutral, c.role())
	}
	return neutral
}

// AppendRead appends the messages that ask for the values of settings, on a connection
// that owes no answer. Postgres answers as to AppendApply; ReadValues takes the DataRow.
func AppendRead(dst []byte, names []string) []byte {
	calls := make([]string, len(names))
	values := make([][]byte, len(names))
	for i, name := range names {
		calls[i] = fmt.Sprintf("pg_catalog.current_setting($%d, true)", i+1)
		values[i] = []byte(name)
	}
	return appendContextQuery(dst, calls, values)
}

// ReadValues takes the body of the DataRow that answers AppendRead apart. The value of a
// setting that there is not is empty.
func ReadValues(row []byte) ([]string, error) { return rowValues(row) }
