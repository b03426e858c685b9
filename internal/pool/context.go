package pool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/wire"
)

// Context is what a session runs with, whatever its client says (I3).
type Context struct {
	// Client are the settings that the client asked for at startup.
	Client []wire.Parameter
	// Own are the settings that are the proxy's alone: the org and the claims.
	// They come after the client's, and win.
	Own []wire.Parameter
	// Seal, unless nil, makes one more of Own, which holds on one upstream
	// connection only. Upstream.adopt calls it.
	Seal func(Backend) wire.Parameter
}

// equal tells whether two contexts are the same.
func (c *Context) equal(other *Context) bool {
	return slices.Equal(c.Own, other.Own) && slices.Equal(c.Client, other.Client)
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
	var sql strings.Builder
	bind := pgproto3.Bind{DestinationPortal: contextName, PreparedStatement: contextName}
	sql.WriteString("SELECT ")
	for i, p := range c.settings() {
		if i > 0 {
			sql.WriteString(", ")
		}
		fmt.Fprintf(&sql, "pg_catalog.set_config($%d, $%d, false)", 2*i+1, 2*i+2)
		bind.Parameters = append(bind.Parameters, []byte(p.Name), []byte(p.Value))
	}
	dst = wire.AppendParse(dst, contextName, sql.String())
	for _, message := range []pgproto3.FrontendMessage{
		&bind,
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
	return append(append([]wire.Parameter(nil), c.Client...), c.Own...)
}

// errNotApplied means that Postgres took a setting of the proxy's in another
// form than it was given, or answered with something else.
var errNotApplied = errors.New("the context did not take effect")

// CheckApplied compares the body of the DataRow that answers AppendApply with
// what was to be set. Only the proxy's own settings must read the same; Postgres
// may have its own spelling for the client's.
func (c *Context) CheckApplied(row []byte) error {
	if len(row) < 2 || int(binary.BigEndian.Uint16(row)) != len(c.Client)+len(c.Own) {
		return errNotApplied
	}
	row = row[2:]
	for i := range len(c.Client) + len(c.Own) {
		if len(row) < 4 {
			return errNotApplied
		}
		n := int(int32(binary.BigEndian.Uint32(row))) // -1 is NULL
		row = row[4:]
		if n < 0 || n > len(row) {
			return errNotApplied
		}
		if own := i - len(c.Client); own >= 0 && !bytes.Equal(row[:n], []byte(c.Own[own].Value)) {
			return errNotApplied
		}
		row = row[n:]
	}
	if len(row) != 0 {
		return errNotApplied
	}
	return nil
}

// neutral is a context without an org: every policy that reads the settings
// gives no rows. It is what the resets of a reused connection go back to.
func (c *Context) neutral() []wire.Parameter {
	neutral := make([]wire.Parameter, len(c.Own))
	for i, p := range c.Own {
		neutral[i].Name = p.Name
	}
	return neutral
}
