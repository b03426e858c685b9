package proxy

import (
	"bytes"
	"strings"
	"sync"
	"sync/atomic"

	"tenantproxy/internal/pool"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// protocolNames are the statements that a session in transaction mode has prepared by
// the protocol, by the client's names. What a name stands for is what Postgres has
// confirmed; what is under way is told apart, since an error can have it skipped. So
// every answer to a Parse and a Close is waited for, in the order in which they were
// sent, and those to what the proxy has put in between are kept from the client.
//
// The client's reader sends, the upstream connection's reader answers; safe for
// concurrent use by the two.
type protocolNames struct {
	mu      sync.Mutex
	waiting atomic.Int32  // how many replies are not answered yet
	unnamed *protocolName // nil while there is none; the others are in byName
	byName  map[string]*protocolName
	last    *protocolName // the one of byName that was looked up last; nil: it is not known
	bytes   int           // what the statements cost
	uses    uint64
	replies []reply
	first   int // of replies that is not answered yet
	// sweeps counts those that are of a DEALLOCATE ALL, the last of them in sweptIn.
	sweeps  int
	sweptIn uint64
	room    [2]reply // of replies, for as many as there are as a rule
}

// protocolName is what one of the client's names stands for.
type protocolName struct {
	name    string
	current *preparedText // nil: nothing
	// pending counts the replies under way that may change that; the last of them
	// makes it newest, in cycle.
	pending int
	newest  *preparedText
	cycle   uint64
	used    uint64 // the last use: of two names for one text the client means the later
	// doubted tells that current may be gone, since it is not known what has failed.
	doubted bool
}

// reply is what Postgres is to answer to one message.
type reply struct {
	// msgType is ParseComplete or CloseComplete; 0 stands for a DEALLOCATE, whose
	// answer does not tell itself apart: it counts as done when something behind it is
	// answered.
	msgType byte
	swallow bool // the client did not ask for it
	there   bool // what is closed was there: it still is if its Close is skipped
	all     bool // DEALLOCATE ALL
	alone   bool // an error is the DEALLOCATE's own
	// first tells that no message without a reply was sent before it since the last
	// one with; skipped that something before it in the cycle is sure to fail.
	first, skipped bool
	cycle          uint64 // ended by the ReadyForQuery of that number
	// entry, unless nil, is the client's name that is changed by it to statement.
	entry     *protocolName
	statement *preparedText
	unnamed   *preparedText // is what the unnamed statement is again
	upstream  string        // the name that is prepared or closed there
}

// maxSpareReplies is for how many replies room is kept when there are none.
const maxSpareReplies = 64

// push notes that a message is about to be sent.
func (p *protocolNames) push(r reply) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.add(r)
}

// add is push for who holds mu.
func (p *protocolNames) add(r reply) {
	if r.entry != nil {
		r.entry.pending++
		r.entry.newest, r.entry.cycle = r.statement, r.cycle
	}
	if r.statement != nil {
		p.bytes += r.statement.cost()
	}
	if r.all {
		p.sweeps++
		p.sweptIn = r.cycle
	}
	if p.replies == nil {
		p.replies = p.room[:0]
	}
	p.replies = append(p.replies, r)
	p.waiting.Add(1)
}

// pushUnnamed notes that a Parse of the unnamed statement is about to be sent, whose reply
// is r but for what it changes, and gives what it prepares. types are copied, if they have
// to be: most clients prepare the same again and again.
func (p *protocolNames) pushUnnamed(r reply, sql string, types []byte, by *rules, d *rewrite.Decision) *preparedText {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.make(nil)
	t := e.current
	if t == nil || e.pending > 0 || e.doubted || !t.same(sql, types, by, d) {
		t = newPreparedText(false, sql, bytes.Clone(types), by, d)
	}
	r.entry, r.statement, r.unnamed = e, t, t
	p.add(r)
	return t
}

// get gives what is known of a name; nil: nothing. mu is held.
func (p *protocolNames) get(name []byte) *protocolName {
	if len(name) == 0 {
		return p.unnamed
	}
	if p.last == nil || p.last.name != string(name) {
		p.last = p.byName[string(name)]
	}
	return p.last
}

// remove takes one of byName out. mu is held.
func (p *protocolNames) remove(e *protocolName) {
	delete(p.byName, e.name)
	p.last = nil
}

// entry gives the client's name, to be changed. The name is copied.
func (p *protocolNames) entry(name []byte) *protocolName {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.make(name)
}

// make is entry for who holds mu.
func (p *protocolNames) make(name []byte) *protocolName {
	e := p.get(name)
	switch {
	case e != nil:
	case len(name) == 0:
		e = &protocolName{}
		p.unnamed = e
	default:
		if p.byName == nil {
			p.byName = make(map[string]*protocolName)
		}
		e = &protocolName{name: string(name)}
		p.byName[e.name] = e
	}
	return e
}

// find tells what a message of the cycle means by a name; nil: nothing. Unless it is
// known, that depends on answers to earlier cycles. What the same cycle has changed
// counts as done, since after an error the message is skipped as well. toRun tells that
// the message uses the statement.
func (p *protocolNames) find(name []byte, cycle uint64, toRun bool) (t *preparedText, doubted, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.get(name)
	if e != nil && toRun {
		p.uses++
		e.used = p.uses
	}
	switch {
	case e == nil:
		return nil, false, true
	case p.sweeps > 0 && p.sweptIn != cycle:
		return nil, false, false
	case e.pending == 0:
		return e.current, e.doubted, true
	case e.cycle == cycle:
		return e.newest, false, true
	}
	return nil, false, false
}

// has tells whether the name may stand for something.
func (p *protocolNames) has(name []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.get(name) != nil
}

// isUnnamed tells whether v, of a connection's Prepared, says that the connection has
// the session's unnamed statement, whichever that is.
func (p *protocolNames) isUnnamed(v any) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	e, ok := v.(*protocolName)
	return ok && e == p.unnamed
}

// full tells whether no more statements can be remembered.
func (p *protocolNames) full() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bytes >= maxStatementBytes
}

// dropUnnamed notes that a Query drops the unnamed statement, as soon as it runs.
func (p *protocolNames) dropUnnamed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.unnamed; e != nil {
		p.set(e, nil)
		p.unnamed = nil // replies under way go to the one that is not found any more
	}
}

// clientName gives the client's name of a statement that is called so upstream; of
// several the one that was used last.
func (p *protocolNames) clientName(upstream string) (name string, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var used uint64
	for _, e := range p.byName {
		is := e.current != nil && e.current.name == upstream || e.newest != nil && e.newest.name == upstream
		if is && e.used >= used {
			name, known, used = e.name, true, e.used
		}
	}
	return name, known
}

// answered takes a ParseComplete or CloseComplete of the connection whose statements
// are on, and tells whether it is not for the client. It says no if none was due.
func (p *protocolNames) answered(msgType byte, on *pool.Prepared) (swallow, due bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.first < len(p.replies) {
		r := p.pop()
		if r.msgType == 0 {
			p.deallocated(r, on, true)
			continue
		}
		if r.msgType != msgType {
			return false, false
		}
		if r.entry != nil {
			p.set(r.entry, r.statement)
			p.changed(r.entry)
		}
		switch {
		case r.unnamed != nil:
			on.SetUnnamed(r.unnamed)
		case r.upstream != "" && msgType == wire.MsgParseComplete:
			on.Add(r.upstream)
		case r.upstream != "":
			on.Remove(r.upstream) // again: a Parse on its way may have added it since
		}
		return r.swallow, true
	}
	return false, false
}

// ended takes the ReadyForQuery that ends a cycle: what is not answered by then was
// skipped, or failed.
func (p *protocolNames) ended(cycle uint64, failed bool, on *pool.Prepared) {
	if p.waiting.Load() == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for first := true; p.first < len(p.replies) && p.replies[p.first].cycle <= cycle; first = false {
		r := p.pop()
		switch {
		case r.msgType == 0:
			p.deallocated(r, on, !failed)
			continue
		case r.there:
			on.Add(r.upstream)
		}
		if r.statement != nil {
			p.bytes -= r.statement.cost()
		}
		if r.entry == nil {
			continue
		}
		if r.statement != nil && r.entry.name == "" && first && !r.skipped {
			// If it is this one that has failed, it has dropped what there was. Those
			// behind it were skipped.
			if r.first {
				p.set(r.entry, nil)
				on.SetUnnamed(nil)
			} else {
				r.entry.doubted = true
				on.SetUnnamed(r.entry)
			}
		}
		p.changed(r.entry)
	}
}

// pop takes the first reply out. mu is held.
func (p *protocolNames) pop() reply {
	r := p.replies[p.first]
	p.replies[p.first] = reply{}
	p.waiting.Add(-1)
	if p.first++; p.first == len(p.replies) {
		p.replies, p.first = p.replies[:0], 0
		if cap(p.replies) > maxSpareReplies {
			p.replies = nil
		}
	}
	return r
}

// set makes e stand for t, which bytes has already. mu is held.
func (p *protocolNames) set(e *protocolName, t *preparedText) {
	if e.current != nil {
		p.bytes -= e.current.cost()
	}
	e.current, e.doubted = t, false
}

// changed notes that a reply that changes e is no longer under way. mu is held.
func (p *protocolNames) changed(e *protocolName) {
	if e.pending--; e.pending > 0 {
		return
	}
	e.newest = nil
	switch {
	case e == p.unnamed:
		if e.current == nil {
			p.unnamed = nil
		}
	case p.byName[e.name] != e: // the unnamed one has no name there
		p.set(e, nil)
	case e.current == nil:
		p.remove(e)
	}
}

// deallocated notes a DEALLOCATE, or that nobody knows whether there was one. mu is held.
func (p *protocolNames) deallocated(r reply, on *pool.Prepared, done bool) {
	on.Clear()
	if r.all {
		p.sweeps--
	}
	one := r.entry
	for _, e := range p.byName {
		switch {
		case e != one && !r.all:
		case done:
			p.set(e, nil)
			if e.pending == 0 {
				p.remove(e)
			}
		case !r.alone:
			e.doubted = e.current != nil
		}
	}
	if one != nil {
		p.changed(one)
	}
}

// inClientsWords replaces a name of the proxy's in an error message by the client's.
func (p *protocolNames) inClientsWords(message string) string {
	i := strings.Index(message, `"`+proxyPrefix)
	if i < 0 {
		return message
	}
	name, rest, ok := strings.Cut(message[i+1:], `"`)
	if !ok {
		return message
	}
	if own, ok := p.clientName(name); ok {
		return message[:i+1] + own + `"` + rest
	}
	return message
}

// undefinedStatement is Postgres's own error (FetchPreparedStatement in
// commands/prepare.c).
func undefinedStatement(name []byte) *rewrite.Refusal {
	return &rewrite.Refusal{SQLSTATE: wire.UndefinedStatement, Message: `prepared statement "` + string(name) + `" does not exist`}
}
