package proxy

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"tenantproxy/internal/pool"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// proxyPrefix begins the names of prepared statements that are the proxy's.
const proxyPrefix = "tenantproxy_"

// preparedText is what a Parse of a session in transaction mode prepared: enough to
// prepare it again on another upstream connection.
type preparedText struct {
	// name is what it is called upstream, which says the same of text and types for
	// every session; empty for the unnamed statement.
	name     string
	sql      string            // as it is sent
	types    []byte            // of the parameters, as Parse has them
	decision *rewrite.Decision // about the text as the client sent it
	rules    *rules            // that made decision
	again    bool              // it was decided again since the Parse
	refusal  *rewrite.Refusal  // of what rules refuse although decision allows it
	sent     uint64            // the cycle in which it was last sent, counted from 1
	sentOn   *pool.Upstream    // and where to
}

// newPreparedText keeps types.
func newPreparedText(named bool, sql string, types []byte, r *rules, d *rewrite.Decision) *preparedText {
	t := &preparedText{sql: sql, types: types, decision: d, rules: r}
	if named {
		t.name = upstreamName(sql, types)
	}
	return t
}

// same tells whether a Parse that r has let through, by d, prepares the statement as it is.
func (t *preparedText) same(sql string, types []byte, r *rules, d *rewrite.Decision) bool {
	return t.decision == d && t.rules == r && !t.again && t.sql == sql && bytes.Equal(t.types, types)
}

// upstreamName is a name that no two texts with types have in common: a session must
// not come to run what another one has prepared.
func upstreamName(sql string, types []byte) string {
	h := sha256.New()
	h.Write(types)
	h.Write([]byte(sql))
	const bits = 192 // enough that nobody finds two
	return proxyPrefix + base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:bits/8])
}

// isProxyName tells of the names that only the proxy gives.
func isProxyName[T ~string | ~[]byte](name T) bool {
	return strings.HasPrefix(string(name), proxyPrefix)
}

// append appends the message that prepares the statement.
func (t *preparedText) append(dst []byte) []byte {
	return wire.AppendTypedParse(dst, t.name, t.sql, t.types)
}

// refused says why the statement may not run under r (I6).
func (t *preparedText) refused(r *rules) *rewrite.Refusal {
	if t.rules != r {
		d := r.check([]byte(t.decision.Text))
		t.refusal = nil
		if d.Allowed && !d.SameText(t.decision.Verdict) {
			t.refusal = preparedStale() // it is sent as something else than what is allowed now
		} else if d.Allowed {
			t.refusal = r.refusesTypes(t.types)
		}
		t.decision, t.rules, t.again = d, r, true
	}
	if !t.decision.Allowed {
		return &t.decision.Refusal
	}
	return t.refusal
}

// refusesTypes says why a Parse may not have the types, which begin with their number.
func (r *rules) refusesTypes(types []byte) *rewrite.Refusal {
	if r.closed != nil {
		return r.closed
	}
	for oids := types[2:]; len(oids) > 0; oids = oids[4:] {
		if refusal := r.cache.Checker().ParameterType(binary.BigEndian.Uint32(oids)); refusal != nil {
			return refusal
		}
	}
	return nil
}

// cost is what it takes to remember the statement, in bytes.
func (t *preparedText) cost() int {
	const besides = 256 // the structures and names around the text, rounded up
	return len(t.sql) + besides
}
