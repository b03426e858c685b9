package metrics

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// orgs accounts for what the orgs do. At most max of them have a series of their own:
// those with the most traffic of late. What the others do is in one series together.
//
// A series begins at 0 when its org gets it and is gone when the org loses it, and
// what is counted goes to one series only, at the time of settle. So no series ever
// falls, and sums and rates over them are right whoever comes and goes.
//
// It is guarded by Metrics.mu.
type orgs struct {
	max      int
	accounts map[string]*account
	owners   int    // accounts with a series
	other    totals // the series of the others
	all      totals // what was settled in total
	settled  time.Time
	kept     int // accounts after the last settle
}

// account is what one org has done.
type account struct {
	label    string
	sessions map[*Session]struct{}
	past     totals  // of sessions that have ended
	settled  totals  // what has been given to a series
	own      bool    // it has a series
	series   totals  // and this is in it
	traffic  float64 // bytes, of which half count after halfLife
}

// The bounds of orgs.
const (
	halfLife = 5 * time.Minute
	// overtake is how many times as much traffic another org must have to take a
	// series away, so that orgs with about the same do not take turns.
	overtake = 2
	// spare is how many accounts may come before settle has to drop old ones.
	spare = 1000
)

func newOrgs(limit int) orgs { return orgs{max: limit, accounts: make(map[string]*account)} }

// account gives the org's, a new one with a series if there is one left.
func (o *orgs) account(org string) *account {
	label := orgLabel(org)
	a := o.accounts[label]
	if a == nil {
		a = &account{label: label, sessions: make(map[*Session]struct{})}
		if o.owners < o.max {
			a.own = true
			o.owners++
		}
		o.accounts[label] = a
	}
	return a
}

// crowded tells that accounts of orgs that are gone may have to be dropped.
func (o *orgs) crowded() bool { return len(o.accounts) > 2*o.kept+spare }

// totals is all that the org has done since its account began.
func (a *account) totals() totals {
	t := a.past
	for s := range a.sessions {
		t.add(s.totals())
	}
	return t
}

// settle gives what was counted since the last time to the series, and then the
// series to the orgs with the most traffic.
func (o *orgs) settle(now time.Time) {
	decay := math.Exp2(-max(now.Sub(o.settled), 0).Seconds() / halfLife.Seconds())
	o.settled = now
	for label, a := range o.accounts {
		t := a.totals()
		d := t.since(a.settled)
		a.settled = t
		o.all.add(d)
		if a.own {
			a.series.add(d)
		} else {
			o.other.add(d)
		}
		a.traffic = a.traffic*decay + float64(d.received+d.sent)
		if len(a.sessions) == 0 && (!a.own || a.traffic < 1) {
			if a.own {
				o.owners--
			}
			delete(o.accounts, label)
		}
	}
	o.kept = len(o.accounts)
	o.elect()
}

// elect gives series to the orgs with the most traffic.
func (o *orgs) elect() {
	if len(o.accounts) == o.owners {
		return
	}
	var owners, rest []*account
	for _, a := range o.accounts {
		if a.own {
			owners = append(owners, a)
		} else {
			rest = append(rest, a)
		}
	}
	slices.SortFunc(owners, func(a, b *account) int { return byTraffic(b, a) })
	slices.SortFunc(rest, byTraffic)
	for _, a := range rest {
		if o.owners == o.max {
			if len(owners) == 0 || a.traffic <= overtake*owners[0].traffic {
				return
			}
			owners[0].own, owners[0].series = false, totals{}
			owners = owners[1:]
			o.owners--
		}
		a.own = true
		o.owners++
	}
}

// byTraffic puts the busiest first.
func byTraffic(a, b *account) int {
	return cmp.Or(cmp.Compare(b.traffic, a.traffic), cmp.Compare(len(b.sessions), len(a.sessions)), strings.Compare(a.label, b.label))
}

// The labels of orgs.
const (
	otherOrgs     = "other"
	maxLabelBytes = 100
	// altered marks a label that is not the org's text; no other label has it.
	altered = "~"
)

// orgLabel is an org's text as it stands in a label: with what is not printable left
// out, and cut. Such a label ends with a hash of the text, so that no two orgs share
// one.
func orgLabel(org string) string {
	label := cleanLabel(org)
	if label == org && org != otherOrgs && org != "" && !strings.Contains(org, altered) {
		return label
	}
	sum := sha256.Sum256([]byte(org))
	return label + altered + hex.EncodeToString(sum[:8])
}

// cleanLabel leaves out what is not printable, and cuts.
func cleanLabel(text string) string {
	clean := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	if len(clean) <= maxLabelBytes {
		return clean
	}
	cut := maxLabelBytes
	for !utf8.RuneStart(clean[cut]) {
		cut--
	}
	return clean[:cut]
}
