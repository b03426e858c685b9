package wire

import (
	"encoding/binary"
	"errors"
	"sync"
)

// Class says what a Scanner does with the frames of a message type.
type Class uint8

// The classes. The zero value is Invalid, so that a type that nobody
// classified is refused (I4).
const (
	Invalid Class = iota // ends the scan with an *InvalidFrameError
	Forward              // passed on as it is, whatever its length
	Inspect              // shown to the Handler first
)

// Classes gives each message type its class.
type Classes [256]Class

// Errors that end a scan. The stream behind them cannot be trusted any more.
var (
	// ErrFrameTooLong means a frame over Scanner.MaxBody bytes.
	ErrFrameTooLong = errors.New("message is too long")
	// ErrFrameLength means a length field under 4, which no frame can have.
	ErrFrameLength = errors.New("message has an invalid length")
)

// InvalidFrameError is a frame of a type that is not expected in this direction
// or state.
type InvalidFrameError struct{ Type byte }

// Error names the message type by its byte value.
func (e *InvalidFrameError) Error() string {
	const hex = "0123456789abcdef"
	return "unexpected message type 0x" + string([]byte{hex[e.Type>>4], hex[e.Type&15]})
}

// Action is what a Handler wants done with a frame.
type Action uint8

// The actions.
const (
	Pass        Action = iota // send the frame on as it is
	Replace                   // send the replacement in its place
	ReplaceHead               // the same for its header and the first Scanner.Head bytes of its body
	Again                     // send everything before the frame, then show it again
)

// Handler decides about the frames of class Inspect, and gets what is sent on. It is an
// interface rather than functions since those would be objects of their own: memory that
// is not in any cache when the next burst of a session comes.
type Handler interface {
	// Need says how many bytes of the body Frame must see before it can
	// decide: at most bodyLen; bodyLen for the whole frame. It bounds what the
	// scanner holds in memory for one frame.
	Need(msgType byte, bodyLen int) int
	// Frame decides about one frame, from the first Need bytes of its body (it
	// may get more, never past the frame's end). body is valid during the call only.
	// With Replace, the frame is dropped to its end and replacement, which may
	// be empty, is sent instead; the scanner is done with it when it next calls Frame.
	// An error ends the scan after everything before this frame is sent.
	Frame(msgType byte, body []byte, bodyLen int) (action Action, replacement []byte, err error)
	// Send sends bytes on, all of them or an error; it does not keep them.
	Send(p []byte) error
}

// Headroom is the space in bytes that a Scanner wants free in front of each
// burst, for the end of the burst before.
const Headroom = 64

// Scanner splits a stream into frames, in place, shows some of them to its
// Handler and sends the stream on with as few writes as the replacements
// allow: one a burst when there are none. It is not safe for concurrent use.
type Scanner struct {
	// MaxBody bounds the body of one frame, in bytes.
	MaxBody int
	Classes *Classes
	Handler Handler
	// Head is set by the Handler before it returns ReplaceHead: how many bytes of the
	// body go with the header, of those that it was shown.
	Head int

	rest     int    // bytes of the current frame that are still to come
	dropping bool   // rest is dropped, not sent on
	held     []byte // an undecided frame that is too long for carry
	// out, during a burst that holds a replacement, is what is to be sent before the
	// rest of the burst; it is from outBuffers.
	out     *[]byte
	carried int
	carry   [Headroom]byte // the undecided end of the last burst
}

// outBuffers have room for what a burst becomes by its replacements.
var outBuffers = sync.Pool{New: func() any { return new([]byte) }}

// maxOutBuffer is the most that a buffer may have grown to, in bytes, to be used again.
const maxOutBuffer = 64 << 10

// Between tells whether all that came was whole frames.
func (s *Scanner) Between() bool { return s.rest == 0 && s.carried == 0 && s.held == nil }

// InFrame tells whether a frame was sent on in part: anything written now
// would land in its middle.
func (s *Scanner) InFrame() bool { return s.rest > 0 && !s.dropping }

// Burst scans the n bytes at buf[Headroom:] and sends on what is decided. The
// bytes in front of them are overwritten. What is undecided is copied, so buf
// can be reused when Burst returns.
func (s *Scanner) Burst(buf []byte, n int) error {
	if s.held != nil {
		return s.burstHeld(buf, n)
	}
	start := Headroom
	if s.carried > 0 {
		start -= copy(buf[Headroom-s.carried:Headroom], s.carry[:s.carried])
		s.carried = 0
	}
	return s.scan(buf[start : Headroom+n])
}

// scan sends on the decided part of p and keeps the rest.
func (s *Scanner) scan(p []byte) error {
	sent := 0 // p[:sent] is sent or dropped
	pos := 0  // p[sent:pos] is to be sent
	flush := func() error {
		if s.out != nil {
			s.gather(p[sent:pos])
			sent = pos
			return s.writeOut()
		}
		if pos == sent {
			return nil
		}
		err := s.Handler.Send(p[sent:pos])
		sent = pos
		return err
	}
	for {
		if s.rest > 0 {
			n := min(s.rest, len(p)-pos)
			pos += n
			if s.dropping {
				sent = pos // nothing was pending: a replacement flushes first
			}
			s.rest -= n
			if s.rest > 0 {
				break
			}
			s.dropping = false
		}
		if len(p)-pos < HeaderLen {
			break
		}
		msgType, bodyLen, err := s.header(p[pos:])
		if err != nil {
			return errors.Join(flush(), err)
		}
		if s.Classes[msgType] == Forward {
			s.rest = bodyLen
			pos += HeaderLen
			continue
		}
		if len(p)-pos-HeaderLen < s.Handler.Need(msgType, bodyLen) {
			break
		}
		seen := min(bodyLen, len(p)-pos-HeaderLen)
		action, replacement, err := s.Handler.Frame(msgType, p[pos+HeaderLen:pos+HeaderLen+seen], bodyLen)
		if err != nil {
			return errors.Join(flush(), err)
		}
		if action == Again || action == Replace && len(replacement) == 0 {
			if err := flush(); err != nil {
				return err
			}
		}
		if action == Again {
			continue
		}
		s.rest = bodyLen
		if action == Pass {
			pos += HeaderLen
			continue
		}
		if len(replacement) > 0 {
			s.gather(p[sent:pos])
			s.gather(replacement)
		}
		pos += HeaderLen
		if action == ReplaceHead {
			pos += s.Head
			s.rest -= s.Head
		}
		sent = pos
		s.dropping = action == Replace && bodyLen > 0
	}
	if err := flush(); err != nil {
		return err
	}
	s.keep(p[pos:])
	return nil
}

// gather puts off to send p until the rest of the burst is.
func (s *Scanner) gather(p []byte) {
	if s.out == nil {
		s.out = outBuffers.Get().(*[]byte)
	}
	*s.out = append(*s.out, p...)
}

// writeOut sends what was gathered.
func (s *Scanner) writeOut() error {
	out := s.out
	s.out = nil
	err := s.Handler.Send(*out)
	if cap(*out) <= maxOutBuffer {
		*out = (*out)[:0]
		outBuffers.Put(out)
	}
	return err
}

// keep holds the undecided end of a burst.
func (s *Scanner) keep(p []byte) {
	if len(p) == 0 {
		return
	}
	if len(p) <= Headroom {
		s.carried = copy(s.carry[:], p)
		return
	}
	s.held = append(make([]byte, 0, 2*len(p)), p...)
}

// burstHeld completes the held frame, and scans it together with what came
// behind it. It grows with the bytes that arrive, never with the length that
// a frame claims to have.
func (s *Scanner) burstHeld(buf []byte, n int) error {
	s.held = append(s.held, buf[Headroom:Headroom+n]...)
	msgType, bodyLen, err := s.header(s.held)
	if err != nil {
		return err
	}
	if len(s.held)-HeaderLen < s.Handler.Need(msgType, bodyLen) {
		return nil
	}
	held := s.held
	s.held = nil
	return s.scan(held)
}

// header reads the header of the frame that p begins with, and refuses what
// can be refused by it.
func (s *Scanner) header(p []byte) (msgType byte, bodyLen int, err error) {
	msgType = p[0]
	if s.Classes[msgType] == Invalid {
		return 0, 0, &InvalidFrameError{Type: msgType}
	}
	length := binary.BigEndian.Uint32(p[1:])
	if length < 4 {
		return 0, 0, ErrFrameLength
	}
	if uint64(length)-4 > uint64(s.MaxBody) {
		return 0, 0, ErrFrameTooLong
	}
	return msgType, int(length) - 4, nil
}
