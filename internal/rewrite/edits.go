package rewrite

import (
	"cmp"
	"slices"
	"strings"
)

// edit is a place in a client's text, in bytes, that is sent in another way than
// the client wrote it. Everything else is sent as it is.
type edit struct {
	start, end int
	// channel is the name of a channel there, which gets the session's prefix.
	channel string
	// temporary tells of the name of a relation, which is given the schema pg_temp.
	temporary bool
}

// Edited tells of a text that is to be sent as Rewritten writes it.
func (v *Verdict) Edited() bool { return len(v.edits) > 0 }

// Rewritten gives the text as it is to be sent, with prefix in front of the names
// of channels.
func (d *Decision) Rewritten(prefix string) string {
	var b strings.Builder
	written := 0
	for _, e := range d.edits {
		b.WriteString(d.Text[written:e.start])
		if e.temporary {
			b.WriteString(tempSchema + "." + d.Text[e.start:e.end])
		} else {
			b.WriteString(`"` + strings.ReplaceAll(prefix+e.channel, `"`, `""`) + `"`)
		}
		written = e.end
	}
	b.WriteString(d.Text[written:])
	return b.String()
}

// SameText tells whether two decisions about one text have it sent in the same way.
func (v *Verdict) SameText(other *Verdict) bool { return slices.Equal(v.edits, other.edits) }

// edit notes an edit; the verdict then holds for its text alone.
func (v *Verdict) edit(e edit) {
	v.LooksAtLiterals = true
	at, found := slices.BinarySearchFunc(v.edits, e, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	if !found {
		v.edits = slices.Insert(v.edits, at, e)
	}
}

// nameAt gives the place of the name that begins at a byte of the text; false if
// it is not written there plainly, in one token that means name.
func (w *walker) nameAt(start int, name string) (edit, bool) {
	if start < 0 || start > len(w.sql) {
		return edit{}, false
	}
	lex := lexer{sql: w.sql, pos: start}
	lex.next()
	return edit{start: lex.start, end: lex.pos}, means(w.sql[lex.start:lex.pos], name)
}

// means tells whether a token is a name, plainly written.
func means(token, name string) bool {
	parts, ok := splitQualified(token)
	return ok && len(parts) == 1 && parts[0] == name
}
