package auditlog

import (
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// maxText bounds a text in a line, in bytes, before it is escaped.
	maxText = 1 << 10
	// MaxSQL bounds the text of a statement, likewise.
	MaxSQL = 64 << 10
	// maxList bounds the elements of a list; one more says how many are left out.
	maxList = 100
)

// line is a line of the log as it is put together. Fields without a value are left
// out, so what is always there is written as it is.
type line []byte

// begin writes what every line begins with.
func (l line) begin(now time.Time, name string) line {
	l = append(l, `{"time":"`...)
	l = now.UTC().AppendFormat(l, "2006-01-02T15:04:05.000000Z07:00")
	l = append(l, `","event":"`...)
	l = append(l, name...)
	return append(l, '"')
}

func (l line) name(name string) line {
	l = append(l, `,"`...)
	l = append(l, name...)
	return append(l, `":`...)
}

func (l line) text(name, value string) line { return l.bounded(name, value, maxText) }

func (l line) bounded(name, value string, most int) line {
	if value == "" {
		return l
	}
	return l.name(name).quoted(value, most)
}

// count writes a number, also if it is 0.
func (l line) count(name string, value uint64) line {
	return strconv.AppendUint(l.name(name), value, 10)
}

func (l line) flag(name string, value bool) line {
	if !value {
		return l
	}
	return append(l.name(name), "true"...)
}

// milliseconds writes a duration, to the microsecond.
func (l line) milliseconds(name string, d time.Duration) line {
	return strconv.AppendFloat(l.name(name), float64(d.Microseconds())/1000, 'f', -1, 64)
}

func (l line) when(name string, t time.Time) line {
	if t.IsZero() {
		return l
	}
	return l.text(name, t.UTC().Format(time.RFC3339))
}

func (l line) list(name string, values []string) line {
	if len(values) == 0 {
		return l
	}
	l = append(l.name(name), '[')
	for i, value := range values {
		if i > 0 {
			l = append(l, ',')
		}
		if i == maxList {
			l = l.quoted("and "+strconv.Itoa(len(values)-maxList)+" more", maxText)
			break
		}
		l = l.quoted(value, maxText)
	}
	return append(l, ']')
}

// quoted writes a JSON string (RFC 8259, section 7) of the first most bytes of value,
// with an ellipsis if there are more. What is not printable is escaped, so that no
// terminal takes it for a command or turns the line around; so is what HTML would take
// for a tag. Bytes that are not UTF-8 become U+FFFD.
func (l line) quoted(value string, most int) line {
	more := len(value) > most
	if more {
		for most > 0 && !utf8.RuneStart(value[most]) {
			most--
		}
		value = value[:most]
	}
	l = append(l, '"')
	from := 0 // value[from:i] is to be written as it is
	for i := 0; i < len(value); {
		c := value[i]
		if c >= ' ' && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' {
			i++
			continue
		}
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(value[i:])
			if unicode.IsPrint(r) && (r != utf8.RuneError || size > 1) {
				i += size
				continue
			}
		}
		l = append(l, value[from:i]...)
		l = l.escaped(r)
		i += size
		from = i
	}
	l = append(l, value[from:]...)
	if more {
		l = append(l, "…"...)
	}
	return append(l, '"')
}

func (l line) escaped(r rune) line {
	switch r {
	case '"', '\\':
		return append(l, '\\', byte(r))
	case '\n':
		return append(l, `\n`...)
	case '\t':
		return append(l, `\t`...)
	}
	if r > 0xffff {
		r -= 0x10000
		return l.unit(0xd800 + r>>10).unit(0xdc00 + r&0x3ff)
	}
	return l.unit(r)
}

// unit writes one UTF-16 code unit.
func (l line) unit(r rune) line {
	const hex = "0123456789abcdef"
	return append(l, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}
