package report

import (
	"encoding/json"
	"io"
	"strings"
	"unicode"
)

// WriteIndented writes a value as JSON for people too: indented, and with < and > as they
// are.
func WriteIndented(to io.Writer, value any) error {
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// OneLine keeps names with control characters from writing lines of their own, or to the
// terminal.
func OneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// Cell keeps a text within a cell of a Markdown table, and from being markup.
func Cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "`", "'").Replace(OneLine(text))
}
