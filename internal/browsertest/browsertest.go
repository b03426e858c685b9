// Package browsertest opens pages in Chromium, for tests, and looks at what every page
// of this project must have: nothing beyond the right edge on a phone or a desktop, in
// light and dark, no complaint of the browser, nothing that axe-core finds, and a
// keyboard that gets into it. `make browser` installs what it needs; tests skip
// without it.
//
// With SCREENSHOTS set to a directory it keeps pictures there.
package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// timeout bounds the life of a browser.
const timeout = 5 * time.Minute

// Browser is a browser with one tab. It ends with the test that opened it.
type Browser struct {
	ctx context.Context
	axe string

	mu         sync.Mutex
	complaints []string
}

// Open starts a browser, or skips the test if there is none.
func Open(t *testing.T) *Browser {
	t.Helper()
	axe, err := os.ReadFile(filepath.Join(root(t), ".cache/browser/node_modules/axe-core/axe.min.js"))
	if err != nil {
		t.Skip("axe-core is not here: make browser")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not here: make browser")
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, chromedp.ExecPath(chromium), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(2*time.Minute), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil { // it waits until the browser is gone
			t.Error(err)
		}
		cancel()
	})
	b := &Browser{ctx: ctx, axe: string(axe)}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	return b
}

// root is the project's directory.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		t.Fatal("there is no go.mod above the test")
	}
}

func (b *Browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *cdplog.EventEntryAdded:
		b.complaints = append(b.complaints, e.Entry.Text)
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.complaints = append(b.complaints, fmt.Sprint("console.", e.Type))
	}
}

// Complaints are what the browser has said of the pages since the last time: errors,
// violations of the policy, and what pages wrote to the console.
func (b *Browser) Complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.complaints
	b.complaints = nil
	return all
}

// Do runs steps.
func (b *Browser) Do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// Evaluate gives the value of an expression in the page; a promise is awaited.
func Evaluate[T any](t *testing.T, b *Browser, expression string) T {
	t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// Media has pages shown on a screen (kind is empty) or as they are printed, in the
// scheme light or dark.
func Media(kind, scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: kind, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	})
}

// Everywhere opens the address on a phone and a desktop, in light and dark, has ready
// wait until the page is as it should be, and looks at it. Pictures are named after
// name.
func (b *Browser) Everywhere(t *testing.T, address, name string, ready func(t *testing.T)) {
	t.Helper()
	for _, width := range []int64{360, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(fmt.Sprintf("%d %s", width, scheme), func(t *testing.T) {
				b.Do(t, chromedp.EmulateViewport(width, 800), Media("", scheme), chromedp.Navigate(address))
				if ready != nil {
					ready(t)
				}
				b.look(t, scheme)
				b.Keep(t, fmt.Sprintf("%s%d-%s.png", name, width, scheme), b.Screenshot)
			})
		}
	}
}

// look checks what every page must have.
func (b *Browser) look(t *testing.T, scheme string) {
	t.Helper()
	// What scrolls by itself may have wider parts.
	if wide := Evaluate[string](t, b, `[...document.querySelectorAll('body *')]
		.filter(e => !e.parentElement.closest('.scroll, pre') && e.getBoundingClientRect().right > innerWidth + 1)
		.map(e => e.tagName + '.' + e.className).join(' ') + (document.documentElement.scrollWidth > innerWidth ? ' page' : '')`); wide != "" {
		t.Errorf("beyond the right edge: %s", wide)
	}
	if got := Evaluate[string](t, b, `getComputedStyle(document.body).backgroundColor.match(/\d+/g).reduce((sum, n) => sum + +n, 0) < 200 ? 'dark' : 'light'`); got != scheme {
		t.Errorf("the background is %s", got)
	}
	b.Do(t, chromedp.KeyEvent("\t"))
	if !Evaluate[bool](t, b, `document.activeElement !== document.body`) {
		t.Error("the Tab key reaches nothing")
	}
	for _, violation := range b.Violations(t) {
		t.Error(violation)
	}
}

// Violations runs axe-core in the page, past its Content-Security-Policy.
func (b *Browser) Violations(t *testing.T) (list []string) {
	t.Helper()
	Evaluate[chromedp.Void](t, b, b.axe+"; null")
	found := Evaluate[string](t, b, `axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(r => JSON.stringify(
		r.passes.length < 10 ? ['axe-core looked at next to nothing'] : r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target + ' ' + n.failureSummary).join('; '))))`)
	if err := json.Unmarshal([]byte(found), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// Screenshot is a picture of the whole page.
func (b *Browser) Screenshot() ([]byte, error) {
	return chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
}

// Print is the page as a PDF, on A4.
func (b *Browser) Print() ([]byte, error) {
	return chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4)))
}

// Keep writes a picture, if somebody wants to see it.
func (b *Browser) Keep(t *testing.T, name string, take func() ([]byte, error)) {
	t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	picture, err := take()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), picture, 0o600); err != nil { //nolint:gosec // a directory of the developer's
		t.Error(err)
	}
}
