package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"tenantproxy/internal/browsertest"
	"tenantproxy/internal/hardening/report"
)

// TestInBrowser opens the report in Chromium, as browsertest does, and looks at its
// print. Set SCREENSHOTS to a directory to look at the pages yourself.
func TestInBrowser(t *testing.T) {
	browser := browsertest.Open(t)
	file := filepath.Join(t.TempDir(), "report.html")
	var html strings.Builder
	if err := report.WriteHTML(&html, sample()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(html.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	browser.Everywhere(t, "file://"+file, "", nil)
	// A4 has 794 pixels. On paper nothing can be scrolled, and ink is dark.
	browser.Do(t, chromedp.EmulateViewport(794, 1123), browsertest.Media("print", "dark"))
	if clipped := browsertest.Evaluate[string](t, browser, `[...document.querySelectorAll('body, .scroll, pre')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.tagName + '.' + e.className).join(' ')`); clipped != "" {
		t.Errorf("cut off on paper: %s", clipped)
	}
	if ink := browsertest.Evaluate[string](t, browser, `getComputedStyle(document.body).backgroundColor + ' ' + getComputedStyle(document.body).color`); ink != "rgb(255, 255, 255) rgb(27, 31, 36)" {
		t.Errorf("the print has %s", ink)
	}
	browser.Keep(t, "print.png", browser.Screenshot)
	browser.Keep(t, "print.pdf", browser.Print)
	if complaints := browser.Complaints(); len(complaints) > 0 {
		t.Errorf("the browser says: %q", complaints)
	}
}
