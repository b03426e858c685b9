package pool

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"tenantproxy/internal/hardening/seal"
	"tenantproxy/internal/wire"
)

// asLogin runs a query as the login role in a session that runs as another one, which
// does not see the start of the login role's session.
func asLogin(query string) string { return "BEGIN; SET LOCAL ROLE NONE; " + query + "; ROLLBACK" }

// errUnreadableBackend means that the role does not see the start of its session.
var errUnreadableBackend = errors.New("the role cannot read backend_start of its own session")

// adopt makes c the connection's context, with its seal. It does not put it in
// place. The connection is idle.
func (u *Upstream) adopt(ctx context.Context, c Context) error {
	if c.Seal != nil && u.backend.PID == 0 {
		if err := u.readBackend(ctx, c.Role); err != nil {
			return fmt.Errorf("reading what the seal is for: %w", err)
		}
	}
	u.Become(c)
	return nil
}

// Become makes c the context of a connection that has had one with a seal before, if c
// has one. Whoever has the connection puts it in place.
func (u *Upstream) Become(c Context) {
	c.identify()
	u.wanted, u.identity = c, c.known()
	if c.Seal != nil {
		c.Own = append(append([]wire.Parameter(nil), c.Own...), c.Seal(u.backend))
	}
	u.Context = c
}

func (u *Upstream) readBackend(ctx context.Context, role string) error {
	var b seal.Backend
	query := seal.BackendQuery
	if role != "" {
		query = asLogin(query)
	}
	err := u.exchange(ctx, wire.AppendQuery(nil, query), 1, func(row []byte) error {
		values, err := rowValues(row)
		if err != nil || len(values) != 3 {
			return errUnreadableBackend
		}
		pid, err := strconv.ParseUint(values[0], 10, 32)
		if err != nil {
			return errUnreadableBackend
		}
		started, err := strconv.ParseInt(values[1], 10, 64)
		if err != nil {
			return errUnreadableBackend
		}
		b = seal.Backend{PID: uint32(pid), Started: started, Role: values[2]}
		return nil
	})
	if role != "" {
		b.Role = role
	}
	if err == nil && b.PID == 0 {
		err = errUnreadableBackend
	}
	u.backend = b
	return err
}

// rowValues takes the body of a DataRow apart. NULL is empty.
func rowValues(row []byte) ([]string, error) {
	malformed := errors.New("malformed data row")
	if len(row) < 2 {
		return nil, malformed
	}
	values := make([]string, binary.BigEndian.Uint16(row))
	row = row[2:]
	for i := range values {
		if len(row) < 4 {
			return nil, malformed
		}
		n := int(int32(binary.BigEndian.Uint32(row)))
		row = row[4:]
		if n > len(row) {
			return nil, malformed
		}
		if n > 0 {
			values[i], row = string(row[:n]), row[n:]
		}
	}
	return values, nil
}
