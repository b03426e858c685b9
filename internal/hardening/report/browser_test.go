package report_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"tenantproxy/internal/browsertest"
	"tenantproxy/internal/hardening/report"
)

// TestInBrowser opens the report, and the proof, in Chromium, as browsertest does, and
// looks at their print. Set SCREENSHOTS to a directory to look at the pages yourself.
func TestInBrowser(t *testing.T) {
	for name, write := range map[string]func(io.Writer) error{
		"report": func(to io.Writer) error {
			r := sample()
			r.Proof = sampleProof()
			return report.WriteHTML(to, r)
		},
		"proof": func(to io.Writer) error { return report.WriteProof(to, sampleProof()) },
	} {
		t.Run(name, func(t *testing.T) {
			var html strings.Builder
			if err := write(&html); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), name+".html")
			if err := os.WriteFile(file, []byte(html.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			inspect(t, name, file)
		})
	}
}

// inspect looks at one page.
func inspect(t *testing.T, name, file string) {
	t.Helper()
	browser := browsertest.Open(t)
	browser.Everywhere(t, "file://"+file, name+"-", nil)
	// A4 has 794 pixels. On paper nothing can be scrolled, and ink is dark.
	browser.Do(t, chromedp.EmulateViewport(794, 1123), browsertest.Media("print", "dark"))
	if clipped := browsertest.Evaluate[string](t, browser, `[...document.querySelectorAll('body, .scroll, pre')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.tagName + '.' + e.className).join(' ')`); clipped != "" {
		t.Errorf("cut off on paper: %s", clipped)
	}
	if ink := browsertest.Evaluate[string](t, browser, `getComputedStyle(document.body).backgroundColor + ' ' + getComputedStyle(document.body).color`); ink != "rgb(255, 255, 255) rgb(27, 31, 36)" {
		t.Errorf("the print has %s", ink)
	}
	browser.Keep(t, name+"-print.png", browser.Screenshot)
	browser.Keep(t, name+"-print.pdf", browser.Print)
	if complaints := browser.Complaints(); len(complaints) > 0 {
		t.Errorf("the browser says: %q", complaints)
	}
}
