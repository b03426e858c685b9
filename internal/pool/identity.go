package pool

import (
	"crypto/sha256"
	"encoding/binary"

	"tenantproxy/internal/wire"
)

// identity is a digest of a Context but for its Seal: equal for equal contexts, whoever
// has made them, and different for others. The zero value is unknown. It has contexts be
// compared in one step, in the place of all their strings.
type identity [sha256.Size]byte

// identified is the identity of a Context and what it was made from, by which a context
// that has changed since is told: its lists are replaced then, not written to.
type identified struct {
	identity    identity
	role        string
	client, own *wire.Parameter // the first of each list
	clients     int             // how many there are
	owns        int
}

// identify has the context know its identity.
func (c *Context) identify() {
	if c.known() == (identity{}) {
		c.identified = identified{c.digest(), c.Role, first(c.Client), first(c.Own), len(c.Client), len(c.Own)}
	}
}

// known gives the identity if it is known.
func (c *Context) known() identity {
	i := &c.identified
	if i.client != first(c.Client) || i.clients != len(c.Client) || i.own != first(c.Own) || i.owns != len(c.Own) || i.role != c.Role {
		return identity{}
	}
	return i.identity
}

func first(list []wire.Parameter) *wire.Parameter {
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}

// digest makes the identity: of the strings with their lengths, so that no two contexts
// have the same.
func (c *Context) digest() (i identity) {
	h := sha256.New()
	var length []byte
	write := func(s string) {
		length = binary.AppendUvarint(length[:0], uint64(len(s)))
		h.Write(length)
		h.Write([]byte(s))
	}
	write(c.Role)
	for _, list := range [][]wire.Parameter{c.Client, c.Own} {
		h.Write(binary.AppendUvarint(nil, uint64(len(list))))
		for _, p := range list {
			write(p.Name)
			write(p.Value)
		}
	}
	h.Sum(i[:0])
	return i
}
