package proxy

import (
	"testing"

	"tenantproxy/internal/pool"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// TestUnnamedAgain prepares the unnamed statement again and again: what is the same in all
// is remembered once, whatever is not is told apart, and what it costs is accounted for.
func TestUnnamedAgain(t *testing.T) {
	var names protocolNames
	var on pool.Prepared
	first, other := &rules{}, &rules{version: 1}
	d := &rewrite.Decision{Text: "SELECT $1", Verdict: &rewrite.Verdict{Allowed: true}}
	same := &rewrite.Decision{Text: d.Text, Verdict: d.Verdict}
	types := []byte{0, 1, 0, 0, 0, 23}
	parse := func(sql string, types []byte, r *rules, d *rewrite.Decision) *preparedText {
		return names.pushUnnamed(reply{msgType: wire.MsgParseComplete}, sql, types, r, d)
	}
	confirm := func() {
		t.Helper()
		if swallow, due := names.answered(wire.MsgParseComplete, &on); swallow || !due {
			t.Errorf("swallow %v, due %v", swallow, due)
		}
	}
	was := parse(d.Text, types, first, d)
	if got := parse(d.Text, types, first, d); got == was {
		t.Error("what is not confirmed was used")
	} else {
		confirm()
		confirm()
		was = got
	}
	if allocs := testing.AllocsPerRun(10, func() {
		if got := parse(d.Text, types, first, d); got != was {
			t.Error("the same was remembered again")
		}
		confirm()
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
	for what, again := range map[string]func() *preparedText{
		"text":     func() *preparedText { return parse("SELECT $1 ", types, first, d) },
		"types":    func() *preparedText { return parse(d.Text, []byte{0, 1, 0, 0, 0, 25}, first, d) },
		"no types": func() *preparedText { return parse(d.Text, []byte{0, 0}, first, d) },
		"rules":    func() *preparedText { return parse(d.Text, types, other, d) },
		"decision": func() *preparedText { return parse(d.Text, types, first, same) },
		"decided again": func() *preparedText {
			was.again = true
			return parse(d.Text, types, first, d)
		},
		"doubted": func() *preparedText {
			names.unnamed.doubted = true
			return parse(d.Text, types, first, d)
		},
		"dropped": func() *preparedText {
			names.dropUnnamed()
			return parse(d.Text, types, first, d)
		},
	} {
		got := again()
		if got == was {
			t.Errorf("%s: what was remembered is taken for what is prepared", what)
		}
		confirm()
		if current, doubted, known := names.find(nil, 0, true); current != got || doubted || !known {
			t.Errorf("%s: found %v, %v, %v", what, current, doubted, known)
		}
		was = parse(d.Text, types, first, d)
		confirm()
	}
	message := []byte{0, 1, 0, 0, 0, 20}
	was = parse("SELECT $1::bigint", message, first, d)
	confirm()
	message[5] = 25 // the buffer is somebody else's now
	if was.types[5] != 20 {
		t.Error("the types were not copied")
	}
	if names.bytes != was.cost() {
		t.Errorf("%d bytes are accounted for one statement", names.bytes)
	}
	names.dropUnnamed()
	if names.bytes != 0 || names.unnamed != nil || names.waiting.Load() != 0 {
		t.Errorf("left: %d bytes, %v", names.bytes, names.unnamed)
	}
}
