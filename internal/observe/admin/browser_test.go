package admin_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tenantproxy/internal/browsertest"
	"tenantproxy/internal/observe/admin"
	"tenantproxy/internal/observe/metrics"
)

// hostile are texts that clients and issuers choose: application names, orgs, kids.
var hostile = []string{
	`<script>document.title = "broken"</script>`,
	`"><img src=x onerror="document.title='broken'">`,
	"control \x00\x01\x1b[31m\r\n characters",
	"\u202egnol si txet siht\u202c",
	strings.Repeat("very-long-", 103), // 1 kB
	"]]></td></table><!--",
}

// busy is a proxy with much to show: several databases, thousands of relations, and
// texts that are meant to break the page.
func busy(t *testing.T, now time.Time) admin.Options {
	t.Helper()
	m := metrics.New(metrics.Options{Rules: []string{"relation.rls_disabled", "function.security_definer", "view.runs_as_owner", "setting.protected", "statement.not_allowed", "syntax.error", "catalog.not_allowed"}})
	orgs := []string{"0b39cf0c-7b8d-4bd7-9e7c-0e9a0a2f2f11", "51c1b1b7-1d0c-4c4e-8f7e-6a8f1d1f7a02"}
	for i := range 40 {
		orgs = append(orgs, fmt.Sprintf("8e0c9a2e-0000-4000-8000-%012d", i))
	}
	for i, org := range append(orgs, hostile...) {
		for range i%3 + 1 {
			s := new(metrics.Session)
			m.Begin(s, org)
			for range 20 * (i%7 + 1) {
				s.Query()
				s.Received(180)
				s.Sent(2900)
			}
			if i%4 == 0 {
				s.Refused("relation.rls_disabled")
			}
		}
	}
	o := options()
	o.Metrics = m.Handler()
	read := now.Add(-2 * time.Second)
	expires := now.Add(19 * 24 * time.Hour)
	o.Status = func() admin.Status {
		status := admin.Status{
			Version: "v0.9.0", Started: now.Add(-51 * time.Hour), Mode: "enforce",
			Clients: map[string]int{"login": 1, "idle": 71, "active": 9, "idle_in_transaction": 2}, MaxClients: 10000,
			Upstream: metrics.Upstream{InUse: 11, Free: 34, Max: 90},
			Databases: []admin.Database{{
				Name: "app", InForce: true, Generation: 17, Read: &read, ServerVersion: 160011, Role: "app_tenant", Rules: 3,
				Protected: 2400, Shared: 40, Refused: 560, CacheBytes: 3_180_000, CacheEntries: 1210,
			}},
			Counts: hour(m.Summary(), now), CertificateExpires: &expires, SessionsInAll: 83,
			Keys: []admin.KeySource{
				{Name: "https://issuer.example/.well-known/jwks.json", Read: &read, Keys: []admin.Key{
					{ID: "2026-11", Kind: "EC P-256", Algorithm: "ES256", Since: now.Add(-9 * 24 * time.Hour)},
					{ID: "2026-08", Kind: "RSA", Since: now.Add(-90 * 24 * time.Hour)},
				}},
				{Name: "/etc/tenantproxy/hs256.key", Read: &read, Failure: "reading HMAC secret: open /etc/tenantproxy/hs256.key: permission denied", Keys: []admin.Key{{Kind: "HMAC secret", Since: now.Add(-time.Hour)}}},
			},
		}
		for i, text := range hostile {
			status.Keys[0].Keys = append(status.Keys[0].Keys, admin.Key{ID: text, Kind: "RSA", Since: now})
			status.Sessions = append(status.Sessions, admin.Session{
				Org: orgs[i], Client: "10.2.0.7:50123", Database: "app", Application: text, State: "idle_in_transaction", Began: now.Add(-time.Duration(i) * time.Minute),
			})
		}
		for i := range 30 {
			status.Sessions = append(status.Sessions, admin.Session{
				Org: orgs[i%5], Client: fmt.Sprintf("10.2.0.%d:40%03d", i, i), Database: "app", Application: "api", State: []string{"idle", "active"}[i%2], Began: now.Add(-time.Hour),
			})
		}
		return status
	}
	o.Relations = func(database, _ string) *admin.Relations {
		if database != "app" {
			return nil
		}
		return &admin.Relations{Database: "app", Rules: 3, Relations: manyRelations()}
	}
	return o
}

// hour makes up what was decided in the last hour.
func hour(s metrics.Summary, now time.Time) metrics.Summary {
	rules := []string{"relation.rls_disabled", "function.security_definer", "view.runs_as_owner", "setting.protected", "statement.not_allowed", "syntax.error", "catalog.not_allowed"}
	for i := range s.Hour {
		s.Hour[i].Start = now.Add(time.Duration(i-59) * time.Minute)
		s.Hour[i].Allowed = uint64(4200 + 37*((i*i)%61) + 90*(i%9))
		for j, rule := range rules {
			if n := (i*(j+3) + j) % 11; n < 5-j/2 && i%3 != j%3 {
				s.Hour[i].Refused[rule] = uint64(n)
			}
		}
	}
	s.Executed += uint64(time.Since(now).Seconds() * 1840)
	return s
}

func manyRelations() (list []admin.Relation) {
	for i := range 3000 {
		r := admin.Relation{Name: fmt.Sprintf("public.table_%04d", i), Kind: "table", Protection: admin.Protected}
		switch {
		case i%75 == 0:
			r.Protection = admin.Shared
		case i%5 == 1 && i < 2800:
			r.Protection, r.Rule = admin.Refused, "relation.rls_disabled"
			r.Why = fmt.Sprintf("relation %q does not have row-level security", r.Name)
			r.Hint = "ALTER TABLE " + r.Name + " ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it."
		}
		list = append(list, r)
	}
	for i, text := range hostile {
		list[i*5+1].Name = "public." + text
	}
	list[31].Kind, list[31].Rule, list[31].Why = "view", "view.runs_as_owner", `view "public.all_contacts" reads "public.contacts" as its owner, who is not subject to row-level security there`
	return list
}

// await waits until the expression is true in the page.
func await(t *testing.T, b *browsertest.Browser, expression string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !browsertest.Evaluate[bool](t, b, expression); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s\n%s", expression, browsertest.Evaluate[string](t, b, `document.body.innerText`))
		}
	}
}

// TestInBrowser looks at the status page in Chromium. Set SCREENSHOTS to a directory to
// look at it yourself.
func TestInBrowser(t *testing.T) {
	browser := browsertest.Open(t)
	var down atomic.Bool
	o := busy(t, time.Now())
	o.Checks = []admin.Check{{Name: "accepting", Err: func() error { return nil }}, {Name: "upstream", Err: func() error {
		if down.Load() {
			return errors.New("database app: connecting to read the catalog: connection refused")
		}
		return nil
	}}}
	address := start(t, o) + "/"
	loaded := func(t *testing.T) {
		t.Helper()
		await(t, browser, `document.querySelectorAll('#relations tbody tr').length > 1 && document.getElementById('live').textContent === 'Live'`)
		// A rate needs two events.
		await(t, browser, `!document.getElementById('cards').textContent.includes('…')`)
	}
	browser.Everywhere(t, address, "status-", loaded)

	text := func(id string) string {
		return browsertest.Evaluate[string](t, browser, fmt.Sprintf(`document.getElementById(%q).innerText`, id))
	}
	if got := browsertest.Evaluate[string](t, browser, `document.title + document.querySelectorAll('main script, main img').length`); got != "tenantproxy0" {
		t.Errorf("a text has become a part of the page: %s", got)
	}
	if got := text("sessions"); !strings.Contains(got, "<script>") || !strings.Contains(got, `\u{1b}`) || !strings.Contains(got, `\u{202e}`) || strings.ContainsAny(got, "\u202e\x1b") {
		t.Errorf("hostile texts are shown as %q", got)
	}
	if got := text("relations-sum"); got != "3,006 relations" && got != "3,000 relations" {
		t.Errorf("the relations: %s", got)
	}
	if got := text("relations"); !strings.Contains(got, "refused") || strings.Contains(got, "\nprotected\n") {
		t.Errorf("the first are not those that are refused: %s", got)
	}

	// By keyboard: to the field, a word, and on to the pages.
	browser.Do(t, chromedp.Evaluate[chromedp.Void](`document.getElementById('relations-text').focus()`), chromedp.KeyEvent("owner all_contacts"))
	await(t, browser, `document.querySelectorAll('#relations tbody tr').length === 1`)
	browser.Do(t, chromedp.Evaluate[chromedp.Void](`document.getElementById('relations-text').select()`), chromedp.KeyEvent("table_"))
	await(t, browser, `document.querySelectorAll('#relations tbody tr').length === 25`)
	first := text("relations")
	browser.Do(t, chromedp.Evaluate[chromedp.Void](`document.querySelector('#relations nav button:last-of-type').focus()`), chromedp.KeyEvent("\r"))
	if got := text("relations"); got == first || !strings.Contains(got, "26 to 50 of ") {
		t.Errorf("the second page: %s", got)
	}
	// An event does not take the page away from who reads it.
	before := browsertest.Evaluate[string](t, browser, `document.querySelector('#cards').innerText`)
	await(t, browser, fmt.Sprintf(`document.querySelector('#cards').innerText !== %s`, quote(t, before)))
	if got := text("relations"); !strings.Contains(got, "26 to 50 of ") {
		t.Errorf("after an event: %s", got)
	}

	down.Store(true)
	await(t, browser, `document.getElementById('ready').textContent === 'Not ready'`)
	if got := text("problems"); !strings.Contains(got, "connection refused") {
		t.Errorf("the problems: %s", got)
	}
	if complaints := browser.Complaints(); len(complaints) > 0 {
		t.Errorf("the browser says: %q", complaints)
	}
	browser.Everywhere(t, address, "problem-", loaded)
}

func quote(t *testing.T, text string) string {
	t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(quoted)
}

// TestEmptyInBrowser looks at the page of a proxy that has just begun and knows
// nothing yet.
func TestEmptyInBrowser(t *testing.T) {
	browser := browsertest.Open(t)
	o := options()
	o.Status = func() admin.Status {
		m := metrics.New(metrics.Options{})
		return admin.Status{
			Version: "v1", Started: time.Now(), Mode: "report", Counts: m.Summary(),
			Databases: []admin.Database{{Name: "app", Reason: "the catalog of the database has not been read yet"}},
		}
	}
	o.Checks = []admin.Check{{Name: "catalog", Err: func() error { return errors.New("the catalog of the database has not been read yet") }}}
	browser.Everywhere(t, start(t, o)+"/", "empty-", func(t *testing.T) {
		await(t, browser, `document.getElementById('ready').textContent === 'Not ready'`)
	})
	if complaints := browser.Complaints(); len(complaints) > 0 {
		t.Errorf("the browser says: %q", complaints)
	}
}

// TestPageIsWhole looks for what the page would load from elsewhere, and for what the
// policy forbids.
func TestPageIsWhole(t *testing.T) {
	entries, err := os.ReadDir("page")
	if err != nil {
		t.Fatal(err)
	}
	address := start(t, options())
	for _, entry := range entries {
		code, body, _ := get(t, address+"/page/"+entry.Name())
		if entry.Name() != "index.html" && code != http.StatusOK {
			t.Errorf("%s: %d", entry.Name(), code)
		}
		for _, forbidden := range []string{"innerHTML", "insertAdjacentHTML", "document.write", "eval(", " style=", "onclick", "<style"} {
			if strings.Contains(body, forbidden) {
				t.Errorf("%s has %s", entry.Name(), forbidden)
			}
		}
		for _, word := range strings.FieldsFunc(body, func(r rune) bool { return strings.ContainsRune(" \"'()<>\n`", r) }) {
			if strings.Contains(word, "//") && !slices.Contains([]string{"//", "http://www.w3.org/2000/svg"}, word) && strings.Contains(word, "://") {
				t.Errorf("%s names %s", entry.Name(), word)
			}
		}
	}
}
