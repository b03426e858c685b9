package pgtest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Transcript is a scripted sequence of frontend messages. Its text form has a
// message a line, # for comments, and these words:
//
//	Query SQL                  Parse NAME SQL            Bind PORTAL NAME VALUE…
//	Describe S|P NAME          Execute PORTAL MAXROWS    Close S|P NAME
//	Sync   Flush   Terminate   CopyData TEXT   CopyDone   CopyFail REASON
//	FunctionCall OID
//	await TYPES                reads until messages of these types came, in order
//	refuse RULE MESSAGE…       a message that the proxy refuses by this rule
//
// A name of - is the unnamed one; \n in CopyData is a line's end. What lies
// between two awaits is sent as one pipeline.
type Transcript struct {
	steps []transcriptStep
}

type transcriptStep struct {
	line int
	// await lists message types to read up to; empty for a message.
	await string
	// message is what is sent; plain is what is sent where nothing refuses: for
	// a refused message one that is a syntax error instead.
	message, plain []byte
	// rule is set for a refused message.
	rule string
}

// syntaxError is what a refused statement is compared with: a statement that
// Postgres refuses while parsing it.
const syntaxError = "tenantproxy transcript: not SQL"

// ParseTranscript reads the text form.
func ParseTranscript(text string) (*Transcript, error) {
	t := new(Transcript)
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		step, err := parseStep(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		step.line = i + 1
		t.steps = append(t.steps, step)
	}
	return t, nil
}

func parseStep(line string) (transcriptStep, error) {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "await":
		if rest == "" {
			return transcriptStep{}, errors.New("await what?")
		}
		return transcriptStep{await: rest}, nil
	case "refuse":
		rule, message, _ := strings.Cut(rest, " ")
		step, err := parseStep(message)
		if err != nil {
			return step, err
		}
		step.rule = rule
		switch kind, args, _ := strings.Cut(message, " "); kind {
		case "Query", "FunctionCall":
			step.plain, err = encode(&pgproto3.Query{String: syntaxError})
		case "Parse":
			name, _, _ := strings.Cut(args, " ")
			step.plain, err = encode(&pgproto3.Parse{Name: unnamed(name), Query: syntaxError})
		default:
			err = fmt.Errorf("%s cannot be refused", kind)
		}
		return step, err
	}
	message, err := parseMessage(word, rest)
	if err != nil {
		return transcriptStep{}, err
	}
	p, err := encode(message)
	return transcriptStep{message: p, plain: p}, err
}

func parseMessage(word, rest string) (pgproto3.FrontendMessage, error) {
	args := strings.Fields(rest)
	arg := func(i int) string {
		if i < len(args) {
			return unnamed(args[i])
		}
		return ""
	}
	kind := func() byte {
		if k := arg(0); k == "S" || k == "P" {
			return k[0]
		}
		return '?'
	}
	switch word {
	case "Query":
		return &pgproto3.Query{String: rest}, nil
	case "Parse":
		name, sql, _ := strings.Cut(rest, " ")
		return &pgproto3.Parse{Name: unnamed(name), Query: sql}, nil
	case "Bind":
		bind := &pgproto3.Bind{DestinationPortal: arg(0), PreparedStatement: arg(1)}
		for _, value := range args[min(2, len(args)):] {
			bind.Parameters = append(bind.Parameters, []byte(value))
		}
		return bind, nil
	case "Describe":
		return &pgproto3.Describe{ObjectType: kind(), Name: arg(1)}, nil
	case "Close":
		return &pgproto3.Close{ObjectType: kind(), Name: arg(1)}, nil
	case "Execute":
		rows, err := strconv.ParseUint(arg(1), 10, 32)
		return &pgproto3.Execute{Portal: arg(0), MaxRows: uint32(rows)}, err
	case "FunctionCall":
		oid, err := strconv.ParseUint(arg(0), 10, 32)
		return &pgproto3.FunctionCall{Function: uint32(oid)}, err
	case "Sync":
		return &pgproto3.Sync{}, nil
	case "Flush":
		return &pgproto3.Flush{}, nil
	case "Terminate":
		return &pgproto3.Terminate{}, nil
	case "CopyData":
		return &pgproto3.CopyData{Data: []byte(strings.ReplaceAll(rest, `\n`, "\n"))}, nil
	case "CopyDone":
		return &pgproto3.CopyDone{}, nil
	case "CopyFail":
		return &pgproto3.CopyFail{Message: rest}, nil
	}
	return nil, fmt.Errorf("unknown word %q", word)
}

func unnamed(name string) string {
	if name == "-" {
		return ""
	}
	return name
}

func encode(message pgproto3.FrontendMessage) ([]byte, error) { return message.Encode(nil) }

// Refuses tells whether the transcript has refused messages.
func (t *Transcript) Refuses() bool {
	for _, step := range t.steps {
		if step.rule != "" {
			return true
		}
	}
	return false
}

// Reply is a backend message with its body.
type Reply struct {
	Type byte
	Body []byte
}

// String shows the message for a test's failure.
func (r Reply) String() string { return fmt.Sprintf("%c %q", r.Type, r.Body) }

// ErrorResponse decodes an ErrorResponse.
func (r Reply) ErrorResponse(t testing.TB) *pgproto3.ErrorResponse {
	t.Helper()
	var e pgproto3.ErrorResponse
	if err := e.Decode(r.Body); r.Type != 'E' || err != nil {
		t.Fatalf("%v is no error: %v", r, err)
	}
	return &e
}

// Cut says how Play cuts what it sends.
type Cut int

// The ways to cut.
const (
	CutNothing   Cut = iota // a pipeline is one write
	CutMessages             // a write a message
	CutEveryByte            // a write a byte
	CutInHalves             // every message in two writes, at its middle
	cutsBehind              // the end of the list
)

// Cuts lists all ways to cut.
func Cuts() []Cut {
	var all []Cut
	for c := range cutsBehind {
		all = append(all, c)
	}
	return all
}

// String names the way, for a test's name.
func (c Cut) String() string { return [...]string{"whole", "messages", "bytes", "halves"}[c] }

// playTimeout bounds one transcript; it measures nothing.
const playTimeout = 30 * time.Second

// Play sends the transcript over a logged-in connection and gives the replies.
// With refused, refused messages are sent as they are; without, a plain syntax
// error in their place. The connection is not closed.
func (t *Transcript) Play(tb testing.TB, conn net.Conn, cut Cut, refused bool) []Reply {
	tb.Helper()
	conn.SetDeadline(time.Now().Add(playTimeout))
	var replies []Reply
	var pending [][]byte
	flush := func() {
		for _, p := range cutUp(pending, cut) {
			if _, err := conn.Write(p); err != nil {
				tb.Fatalf("sending: %v", err)
			}
		}
		pending = nil
	}
	for _, step := range t.steps {
		if step.await == "" {
			if refused {
				pending = append(pending, step.message)
			} else {
				pending = append(pending, step.plain)
			}
			continue
		}
		flush()
		for _, want := range []byte(step.await) {
			for {
				reply, err := ReadReply(conn)
				if err != nil {
					tb.Fatalf("line %d: waiting for %c after %v: %v", step.line, want, replies, err)
				}
				replies = append(replies, reply)
				if reply.Type == want {
					break
				}
			}
		}
	}
	flush()
	return replies
}

func cutUp(messages [][]byte, cut Cut) [][]byte {
	var pieces [][]byte
	for _, m := range messages {
		switch cut {
		case CutNothing:
			if len(pieces) == 0 {
				pieces = append(pieces, nil)
			}
			pieces[0] = append(pieces[0], m...)
		case CutEveryByte:
			for i := range m {
				pieces = append(pieces, m[i:i+1])
			}
		case CutInHalves:
			pieces = append(pieces, m[:len(m)/2], m[len(m)/2:])
		default:
			pieces = append(pieces, m)
		}
	}
	return pieces
}

// ReadReply reads one backend message.
func ReadReply(r io.Reader) (Reply, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return Reply{}, err
	}
	reply := Reply{Type: head[0], Body: make([]byte, binary.BigEndian.Uint32(head[1:])-4)}
	_, err := io.ReadFull(r, reply.Body)
	return reply, err
}

// Compare reports where the proxied replies differ from the direct ones. They
// must be the same to the byte, but for errors that stand for refusals, which
// must be where the direct connection has its syntax error, name their rule and
// have SQLSTATE 42501, and for process ids in notifications.
func (t *Transcript) Compare(tb testing.TB, direct, proxied []Reply) {
	tb.Helper()
	var rules []string
	for _, step := range t.steps {
		if step.rule != "" {
			rules = append(rules, step.rule)
		}
	}
	for i := range max(len(direct), len(proxied)) {
		if i >= len(direct) || i >= len(proxied) {
			tb.Errorf("reply %d: direct has %d replies, proxied %d: %v, %v", i, len(direct), len(proxied), direct, proxied)
			return
		}
		want, got := direct[i], proxied[i]
		if want.Type == 'E' && strings.Contains(want.ErrorResponse(tb).Message, "tenantproxy") {
			e := got.ErrorResponse(tb)
			if e.Code != "42501" || e.Message == "" || e.Severity != "ERROR" || !namesRule(e.Detail, rules) {
				tb.Errorf("reply %d: refused with %+v, want 42501 and one of the rules %v", i, e, rules)
			}
			continue
		}
		if want.Type == 'A' && got.Type == 'A' { // the first four bytes are the sender's process id
			want.Body, got.Body = want.Body[4:], got.Body[4:]
		}
		if want.String() != got.String() {
			tb.Errorf("reply %d: direct %v, proxied %v", i, want, got)
			return
		}
	}
}

func namesRule(detail string, rules []string) bool {
	for _, rule := range rules {
		if strings.Contains(detail, "rule: "+rule) {
			return true
		}
	}
	return false
}
